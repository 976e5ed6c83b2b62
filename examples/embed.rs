//! The shortest program with Lua in it: load, run, read a result.
//!
//! Prints:
//! > 55
//! > bad.lua:1: unexpected symbol near '*'

fn main() -> bvm::Result<()> {
    let lua = bvm::Lua::new()?;
    let source = "local sum = 0 for i = 1, ... do sum = sum + i end return sum";
    let sum: i64 = lua.load(source).call(10)?;
    println!("{sum}");
    if let Err(error) = lua.load("local x = * 2").name("@bad.lua").exec() {
        println!("{error}");
    }
    Ok(())
}
