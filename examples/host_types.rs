//! A type of the host with methods, fields, operators and conversions from its declaration, and what editors show of it.
//!
//! > 2 open, 5 left
//! > bad argument #1 'options.seats' (u32 expected, got string)
//! > ---@meta inn
//! > inn = {}
//! > inn.Seating = {}
//! > ---@param options { seats: integer, outside: boolean? }
//! > ---@return Seating
//! > function inn.Seating.new(options) end
//! > ---A table where guests sit.
//! > ---@class Seating
//! > ---@field free integer How many seats are free. Read only.
//! > ---@operator add(Seating): Seating
//! > local Seating = {}
//! > ---Lets people sit down.
//! > ---@param people integer
//! > ---@return integer
//! > function Seating:seat(people) end

use bvm::{Error, FromLua, Lua, Module, Result, UserData};

/// What a seating is made from: a table with these fields.
#[derive(FromLua)]
struct Options {
    seats: u32,
    #[bvm(default)]
    outside: bool,
}

/// A table where guests sit.
#[derive(UserData)]
struct Seating {
    /// How many seats are free.
    #[bvm(get)]
    free: u32,
}

#[bvm::methods]
impl Seating {
    #[bvm(ctor)]
    fn new(options: Options) -> Seating {
        let spare = if options.outside { 2 } else { 0 };
        Seating {
            free: options.seats + spare,
        }
    }

    /// Lets people sit down.
    fn seat(&mut self, people: u32) -> Result<u32> {
        let left = self.free.checked_sub(people);
        self.free = left.ok_or_else(|| Error::runtime("too many people"))?;
        Ok(self.free)
    }

    #[bvm(meta = "__add")]
    fn join(&self, other: &Seating) -> Seating {
        Seating {
            free: self.free + other.free,
        }
    }
}

fn main() -> Result<()> {
    let mut inn = Module::new("inn");
    inn.class::<Seating>();
    let lua = Lua::builder().module(&inn).lua()?;
    lua.load(
        "local small = inn.Seating.new { seats = 4 }
         local large = inn.Seating.new { seats = 4, outside = true }
         large:seat(3)
         local left = (small + large).free - 2
         print(small:seat(2) .. ' open, ' .. left .. ' left')
         print((select(2, pcall(inn.Seating.new, { seats = 'many' }))))",
    )
    .exec()?;
    for line in inn.stub().lines().filter(|line| !line.is_empty()) {
        println!("{line}");
    }
    Ok(())
}
