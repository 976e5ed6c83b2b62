//! Lua values outside a guest: copies of plain ones, handles of the others. Must not touch a machine.

use crate::handle::{AnyUserData, Function, Str, Table, Thread};

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
    String(Str),
    /// A table that stays in the guest.
    Table(Table),
    /// A function of Lua, the library or the host that stays in the guest.
    Function(Function),
    /// A userdata that stays in the guest.
    Userdata(AnyUserData),
    /// A coroutine that stays in the guest.
    Thread(Thread),
    /// A number that only the machine itself has use for.
    LightUserdata(u32),
}

impl Value {
    /// A value that says "nothing" where `nil` cannot be: in sequences, and as a value of a map. A program knows it when
    /// it is given it as a global; it is not `nil`, and true in conditions.
    pub const NULL: Value = Value::LightUserdata(0);

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

    /// Whether it is `nil`.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// `true` or `false`, if it is one.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The number, if it is one; strings are none.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// The number, if it is one and a whole one that an `i64` holds.
    ///
    /// ```
    /// use bvm::Value;
    /// assert_eq!(Value::Number(42.0).as_integer(), Some(42));
    /// assert_eq!(Value::Number(0.5).as_integer(), None);
    /// assert_eq!(Value::Number(1e300).as_integer(), None);
    /// ```
    pub fn as_integer(&self) -> Option<i64> {
        let n = self.as_number()?;
        // Casts saturate, and what has saturated is another number.
        (n as i64 as f64 == n && n as i64 != i64::MAX).then_some(n as i64)
    }

    /// Whether a condition takes it for true.
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Value::Nil | Value::Bool(false))
    }
}

macro_rules! parts {
    ($($name:ident: $variant:ident -> $part:ty, $doc:literal;)*) => {
        impl Value { $(
            #[doc = $doc]
            pub fn $name(&self) -> Option<&$part> {
                match self {
                    Value::$variant(part) => Some(part),
                    _ => None,
                }
            }
        )* }
    };
}

parts! {
    as_string: String -> Str, "The string, if it is one; numbers are none.";
    as_table: Table -> Table, "The table, if it is one.";
    as_function: Function -> Function, "The function, if it is one.";
    as_userdata: Userdata -> AnyUserData, "The userdata, if it is one that is not light.";
    as_thread: Thread -> Thread, "The coroutine, if it is one.";
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
    &str: |v| Value::String(v.into());
    String: |v| Value::String(v.into());
    &[u8]: |v| Value::String(v.into());
    Vec<u8>: |v| Value::String(v.into());
    Str: |v| Value::String(v);
    Table: |v| Value::Table(v);
    Function: |v| Value::Function(v);
    AnyUserData: |v| Value::Userdata(v);
    Thread: |v| Value::Thread(v);
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Nil, Into::into)
    }
}
