//! Lua values outside a guest: copies of plain ones, handles of the others. Must not touch a machine.

use crate::error::Error;
use crate::roots::Handle;

/// A Lua value as a program outside the guest sees it.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// `nil`
    #[default]
    Nil,
    /// `true` and `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A byte string, of any encoding or none.
    String(Vec<u8>),
    /// A table that stays in the guest.
    Table(Handle),
    /// A Lua or native function that stays in the guest.
    Function(Handle),
    /// A userdata that stays in the guest.
    Userdata(Handle),
    /// A coroutine that stays in the guest.
    Thread(Handle),
    /// A number that only the machine itself has use for.
    LightUserdata(u32),
}

impl Value {
    /// Lua's name of the type, as `type()` returns it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Userdata(_) | Value::LightUserdata(_) => "userdata",
            Value::Thread(_) => "thread",
        }
    }
}

macro_rules! into_value {
    ($($from:ty: |$v:ident| $make:expr;)*) => { $(
        impl From<$from> for Value {
            fn from($v: $from) -> Value { $make }
        }
    )* };
}

into_value! {
    (): |_v| Value::Nil;
    bool: |v| Value::Bool(v);
    f64: |v| Value::Number(v);
    i32: |v| Value::Number(f64::from(v));
    u32: |v| Value::Number(f64::from(v));
    &str: |v| Value::String(v.as_bytes().to_vec());
    String: |v| Value::String(v.into_bytes());
    &[u8]: |v| Value::String(v.to_vec());
    Vec<u8>: |v| Value::String(v);
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Nil, Into::into)
    }
}

/// What a Lua value can be turned into.
pub trait FromValue: Sized {
    /// Turns a value into this type. Nothing is coerced: a number is no string.
    ///
    /// # Errors
    /// [`Error::Type`] for values of another type.
    fn from_value(value: Value) -> Result<Self, Error>;
}

fn wrong<T>(expected: &'static str, value: &Value) -> Result<T, Error> {
    let got = value.type_name();
    Err(Error::Type { expected, got })
}

macro_rules! from_value {
    ($($to:ty, $expected:literal: $pattern:pat $(if $guard:expr)? => $make:expr;)*) => { $(
        impl FromValue for $to {
            fn from_value(value: Value) -> Result<$to, Error> {
                match value {
                    $pattern $(if $guard)? => $make,
                    other => wrong($expected, &other),
                }
            }
        }
    )* };
}

from_value! {
    bool, "boolean": Value::Bool(b) => Ok(b);
    f64, "number": Value::Number(n) => Ok(n);
    i64, "integer": Value::Number(n) if is_integer(n) => Ok(n as i64);
    Vec<u8>, "string": Value::String(bytes) => Ok(bytes);
    String, "string in UTF-8": Value::String(bytes) => match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => Err(Error::Type { expected: "string in UTF-8", got: "other bytes" }),
    };
}

/// Whether a number is a whole one that 64 bits hold.
fn is_integer(n: f64) -> bool {
    n == n.trunc() && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&n)
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Value, Error> {
        Ok(value)
    }
}

/// For programs that are run for their effects: any value will do.
impl FromValue for () {
    fn from_value(_: Value) -> Result<(), Error> {
        Ok(())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Option<T>, Error> {
        match value {
            Value::Nil => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}
