//! Values of serde's data model on their way into a guest and out of it. Must not know any format.

mod de;
mod out;
mod ser;

use crate::error::{Error, Mismatch, Place, Result};
use crate::handle::Table;
use crate::lua::Lua;
use crate::value::Value;
use serde::Serialize;
use serde::de::{DeserializeOwned, Expected, Unexpected};
use std::cell::Cell;
use std::fmt::Display;

/// How deep a value may be, as in `serde_json`: programs make tables that hold themselves.
const DEEPEST: usize = 128;

/// Bytes that any value may have: its strings, and [`EACH`] for each value.
const LEAST: u64 = 64 << 20;
/// Bytes that a value counts for besides its text.
const EACH: u64 = 16;

/// What the parts of one value have in common.
struct Whole {
    /// Bytes that the rest may have.
    left: Cell<u64>,
    most: u64,
}

impl Whole {
    fn of(lua: &Lua) -> Whole {
        // A few kilobytes of tables that hold each other many times stand for more than any host has.
        let most = LEAST.max(lua.memory_used().saturating_mul(4));
        Whole {
            left: Cell::new(most),
            most,
        }
    }

    /// Counts a value without its parts.
    fn pay(&self, value: &Value) -> Result<()> {
        let text = match value {
            Value::String(text) => text.len() as u64,
            _ => 0,
        };
        match self.left.get().checked_sub(EACH + text) {
            Some(rest) => {
                self.left.set(rest);
                Ok(())
            }
            None => Err(wrong(format_args!("at most {} bytes", self.most), "more")),
        }
    }
}

/// Whether a table has the keys 1 to n, at least 1, and no others.
fn is_sequence(table: &Table) -> Result<bool> {
    let length = table.raw_len()?;
    if length == 0 {
        return Ok(false);
    }
    // As many pairs, none of them with another key.
    let mut count = 0;
    for pair in table.pairs::<Value, ()>() {
        match pair? {
            (Value::Number(n), ()) if n >= 1.0 && n <= length as f64 && n.fract() == 0.0 => {}
            _ => return Ok(false),
        }
        count += 1;
    }
    Ok(count == length)
}

/// Whether a number is this integer, and no zero below zero.
fn is_exactly(n: f64, whole: i128) -> bool {
    n as i128 == whole && n.fract() == 0.0 && (whole != 0 || n.is_sign_positive())
}

impl Lua {
    /// Turns what can be serialised into a Lua value.
    ///
    /// Structs and maps become tables with keys, sequences and tuples those with 1, 2, 3; enums are tagged as in
    /// `serde_json`: a variant without data is its name, any other a table with one key. Bytes are strings. `None` is
    /// `nil`, and a field of a struct with `None` is not there; `None` in sequences and as a value of maps, where `nil`
    /// cannot be, is [`Value::NULL`].
    ///
    /// ```
    /// use bvm::Lua;
    /// #[derive(serde::Serialize)]
    /// struct Options { name: &'static str, sizes: Vec<u32>, color: Option<u32> }
    /// let lua = Lua::new()?;
    /// let options = Options { name: "ball", sizes: vec![5, 6], color: None };
    /// lua.globals().set("options", lua.to_value(&options)?)?;
    /// let text: String = lua.load("options.name .. options.sizes[2] .. tostring(options.color)").eval()?;
    /// assert_eq!(text, "ball6nil");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Type`] with the path for an integer that no number holds, a key that is `nil` or NaN, and a value of
    /// more than 128 levels; [`Error::OutOfMemory`].
    pub fn to_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value> {
        value.serialize(ser::Ser::new(self))
    }

    /// Turns a Lua value into what can be deserialised, by the rules of [`Lua::to_value`], without metamethods.
    /// Numbers and texts do not stand for each other.
    ///
    /// Where the type does not say what a table is, one with the keys 1 to n and no others is a sequence, and any other
    /// a map, the empty one, too; a whole number is an integer.
    ///
    /// ```
    /// use bvm::{Lua, Value};
    /// #[derive(serde::Deserialize, Debug)]
    /// struct Config { opts: Opts }
    /// #[derive(serde::Deserialize, Debug)]
    /// struct Opts { timeout: u32, #[serde(default)] verbose: bool }
    /// let lua = Lua::new()?;
    /// let value: Value = lua.load("return { opts = { timeout = 30 } }").eval()?;
    /// let config: Config = lua.from_value(value)?;
    /// assert_eq!((config.opts.timeout, config.opts.verbose), (30, false));
    /// let value: Value = lua.load("return { opts = { timeout = 'soon' } }").eval()?;
    /// let error = lua.from_value::<Config>(value).unwrap_err();
    /// assert_eq!(error.to_string(), "bad value 'opts.timeout' (u32 expected, got string)");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Type`] with the path for what does not fit, for a value of more than 128 levels, such as a table that
    /// holds itself, and for one that is larger than 64 MiB and four times the guest's memory, such as a table with
    /// many names for one large string.
    #[allow(clippy::wrong_self_convention)]
    pub fn from_value<T: DeserializeOwned>(&self, value: Value) -> Result<T> {
        de::take(self, value)
    }
}

/// The mistake of a value that is too deep.
fn too_deep() -> Error {
    wrong(format_args!("at most {DEEPEST} levels"), "more")
}

/// A mistake in any words.
fn wrong(expected: impl Display, got: impl Display) -> Error {
    Error::Type(Box::new(Mismatch {
        expected: expected.to_string(),
        got: got.to_string(),
        path: String::new(),
        place: Place::Value,
    }))
}

/// What serde's visitors expect, in Lua's words where it has some.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "a map" | "a sequence" => "table",
        "unit" => "nil",
        text => text.strip_prefix("a ").unwrap_or(text),
    }
    .to_owned()
}

/// What serde's visitors got, in Lua's words.
fn found(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(_) => "boolean".into(),
        Unexpected::Signed(_) | Unexpected::Unsigned(_) => "number".into(),
        Unexpected::Float(n) => bvm_isa::number::format_number(n),
        Unexpected::Str(_) | Unexpected::Char(_) => "string".into(),
        Unexpected::Bytes(_) => "bytes that are no UTF-8".into(),
        Unexpected::Unit | Unexpected::Option => "nil".into(),
        Unexpected::Seq | Unexpected::Map => "table".into(),
        other => other.to_string(),
    }
}

/// A text of a guest, as messages show it.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    format!("'{short}{more}'")
}

fn one_of(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match names.as_slice() {
        [] => "nothing".into(),
        names => names.join(" or "),
    }
}

impl serde::ser::Error for Error {
    fn custom<T: Display>(message: T) -> Error {
        wrong(message, "")
    }
}

impl serde::de::Error for Error {
    fn custom<T: Display>(message: T) -> Error {
        wrong(message, "")
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Error {
        wrong(wanted(expected), found(unexpected))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Error {
        let got = match unexpected {
            Unexpected::Signed(n) => n.to_string(),
            Unexpected::Unsigned(n) => n.to_string(),
            Unexpected::Str(text) => quoted(text),
            other => found(other),
        };
        wrong(wanted(expected), got)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Error {
        wrong(wanted(expected), format_args!("{length} elements"))
    }

    fn unknown_variant(variant: &str, names: &'static [&'static str]) -> Error {
        wrong(one_of(names), quoted(variant))
    }

    fn unknown_field(field: &str, names: &'static [&'static str]) -> Error {
        wrong(one_of(names), format_args!("field {}", quoted(field)))
    }

    fn missing_field(field: &'static str) -> Error {
        wrong("value", "nil").within(field)
    }
}
