//! Handles can be serialised: what they name goes to any format, without another type between. Guests make the values:
//! neither their depth nor their size is trusted.

use super::{DEEPEST, Whole, is_exactly, is_sequence, wrong};
use crate::error::{Error, Result};
use crate::handle::{Key, Str, Table};
use crate::value::Value;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// A value within a table, or the table itself.
#[derive(Clone, Copy)]
struct Out<'a> {
    value: &'a Value,
    /// What the value is in.
    within: &'a Within<'a>,
}

/// The way to a value.
struct Within<'a> {
    whole: &'a Whole,
    outer: Option<Outer<'a>>,
}

/// A table on the way.
#[derive(Clone, Copy)]
struct Outer<'a> {
    /// What it is in itself.
    within: &'a Within<'a>,
    /// Its place in the guest, where it stays.
    place: u32,
    /// The key that is followed.
    key: &'a Value,
}

impl<'a> Within<'a> {
    /// The tables on the way, innermost first.
    fn tables(&self) -> impl Iterator<Item = Outer<'a>> {
        std::iter::successors(self.outer, |outer| outer.within.outer)
    }

    /// The error of a format, which says where it is.
    fn error<E: serde::ser::Error>(&self, error: Error) -> E {
        let at = |error: Error, outer: Outer<'_>| error.within(Key(outer.key));
        E::custom(self.tables().fold(error, at))
    }

    /// Says that a table is on the way to its parts, if it may be: gives its place.
    fn enter(&self, table: &Table) -> Result<u32> {
        let place = table.reach(|table, _, _| Ok(table.0))?;
        if self.tables().any(|outer| outer.place == place) {
            return Err(wrong("a table that is in itself", ""));
        }
        match self.tables().count() < DEEPEST {
            true => Ok(place),
            false => Err(super::too_deep()),
        }
    }
}

impl Out<'_> {
    fn table<S: Serializer>(&self, table: &Table, to: S) -> Result<S::Ok, S::Error> {
        let failed = |error| self.within.error::<S::Error>(error);
        let place = self.within.enter(table).map_err(failed)?;
        let part = |key: &Value, value: &Value, give: &mut dyn FnMut(&Out<'_>) -> Gone<S>| {
            let outer = Outer {
                within: self.within,
                place,
                key,
            };
            let within = &Within {
                whole: self.within.whole,
                outer: Some(outer),
            };
            give(&Out { value, within })
        };
        if is_sequence(table).map_err(failed)? {
            let length = table.raw_len().map_err(failed)?;
            let mut to = to.serialize_seq(Some(length))?;
            for value in table.sequence_values::<Value>().zip(1_u32..) {
                let (value, at) = (value.0.map_err(failed)?, Value::from(value.1));
                part(&at, &value, &mut |out| to.serialize_element(out))?;
            }
            return to.end();
        }
        let keys = table.pairs::<Value, ()>().count();
        let mut to = to.serialize_map(Some(keys))?;
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair.map_err(failed)?;
            part(&key, &key, &mut |out| to.serialize_key(out))?;
            part(&key, &value, &mut |out| to.serialize_value(out))?;
        }
        to.end()
    }
}

/// What giving a part comes to.
type Gone<S> = Result<(), <S as Serializer>::Error>;

impl Serialize for Out<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let paid = self.within.whole.pay(self.value);
        paid.map_err(|error| self.within.error::<S::Error>(error))?;
        match self.value {
            Value::Table(table) => self.table(table, to),
            value => plain(value, to, |error| self.within.error(error)),
        }
    }
}

/// What is no table.
fn plain<S: Serializer>(
    value: &Value,
    to: S,
    fail: impl FnOnce(Error) -> S::Error,
) -> Result<S::Ok, S::Error> {
    match value {
        Value::Nil => to.serialize_unit(),
        null if *null == Value::NULL => to.serialize_unit(),
        Value::Bool(b) => to.serialize_bool(*b),
        Value::Number(n) => match (*n as i64, *n as u64) {
            (whole, _) if is_exactly(*n, whole.into()) => to.serialize_i64(whole),
            (_, whole) if is_exactly(*n, whole.into()) => to.serialize_u64(whole),
            _ => to.serialize_f64(*n),
        },
        Value::String(text) => text.serialize(to),
        other => Err(fail(wrong(
            "nil, boolean, number, string or table",
            other.type_name(),
        ))),
    }
}

/// A string that is UTF-8 is a text, any other one bytes.
impl Serialize for Str {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.as_bytes()) {
            Ok(text) => to.serialize_str(text),
            Err(_) => to.serialize_bytes(self.as_bytes()),
        }
    }
}

/// A table with the keys 1 to n and no others is a sequence, and any other one a map, the empty one, too; without
/// metamethods.
///
/// A value that cannot be serialised, a table that is in itself, more than 128 levels, and more than 64 MiB and four
/// times the guest's memory are errors that say where.
///
/// ```
/// use bvm::{Lua, Table};
/// let lua = Lua::new()?;
/// let config: Table = lua.load("return { name = 'demo', sizes = { 1, 2.5 } }").eval()?;
/// assert_eq!(serde_json::to_string(&config)?, r#"{"name":"demo","sizes":[1,2.5]}"#);
/// lua.load("local config = ... config.sizes[3] = config").call::<()>(&config)?;
/// let error = serde_json::to_string(&config).unwrap_err();
/// assert_eq!(error.to_string(), "bad value 'sizes[3]' (a table that is in itself)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let whole = &Whole::of(self.0.lua());
        let within = &Within { whole, outer: None };
        let value = &Value::Table(self.clone());
        Out { value, within }.serialize(to)
    }
}

/// `nil` and [`Value::NULL`] are nothing, whole numbers integers, tables what [`Table`] says; functions, userdata and
/// coroutines are errors.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Table(table) => table.serialize(to),
            value => plain(value, to, S::Error::custom),
        }
    }
}
