//! Rust values that become Lua values.

use super::from::shown;
use super::notation;
use super::words::{self, Word};
use crate::error::{Error, Result};
use crate::handle::{AnyUserData, Function, Str, Table, Thread};
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::Cpu;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

/// What can become one Lua value.
///
/// Numbers become numbers, texts and `&[u8]` strings, `None` becomes `nil`, sequences and maps become new tables.
/// An integer that no double holds exactly is an error.
///
/// ```
/// use bvm::{IntoLua, Lua, Result, Value};
/// struct Point { x: f64, y: f64 }
/// impl IntoLua for Point {
///     fn into_lua(self, lua: &Lua) -> Result<Value> {
///         let table = lua.table()?;
///         table.set("x", self.x)?;
///         table.set("y", self.y)?;
///         Ok(Value::Table(table))
///     }
/// }
/// let lua = Lua::new()?;
/// lua.globals().set("here", Point { x: 3.0, y: 4.0 })?;
/// assert_eq!(lua.load("return here.x * here.y").eval::<f64>()?, 12.0);
/// # Ok::<(), bvm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become Lua values",
    label = "no `IntoLua`",
    note = "derive `UserData` for what the guest is to have a handle of, `IntoLua` for what becomes a table"
)]
pub trait IntoLua: Sized {
    /// Makes the value.
    ///
    /// # Errors
    /// What a type demands, [`Error::OutOfMemory`], [`Error::Gone`].
    fn into_lua(self, lua: &Lua) -> Result<Value>;

    /// The type in the notation of the Lua language server, for stub files.
    fn lua_type() -> String {
        "any".to_owned()
    }

    /// Whether values go straight into the machine: see `words.rs`.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// The same as [`IntoLua::into_lua`] where `IS_PLAIN` says that it may be used. A string made by it is alive until
    /// some others have been made.
    ///
    /// # Errors
    /// Those of [`IntoLua::into_lua`].
    #[doc(hidden)]
    fn into_word(self, _: &mut Cpu<'_, '_>) -> Result<Word> {
        Ok(Word::NIL)
    }
}

/// A type whose values go straight into the machine.
macro_rules! straight {
    (|$self:ident, $cpu:ident| $make:expr) => {
        const IS_PLAIN: bool = true;

        #[inline]
        fn into_word($self, $cpu: &mut Cpu<'_, '_>) -> Result<Word> {
            $make
        }
    };
}

macro_rules! plain {
    ($($from:ty: $shown:literal $(, |$value:ident, $cpu:ident| $make:expr)?;)*) => { $(
        impl IntoLua for $from {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(self.into())
            }

            $(straight! { |$value, $cpu| $make })?

            shown! { $shown }
        }
    )* };
}

plain! {
    bool: "boolean", |self, _cpu| Ok(Word::boolean(self));
    f64: "number", |self, _cpu| Ok(Word::number(self));
    &str: "string", |self, cpu| words::string(cpu, self.as_bytes());
    String: "string", |self, cpu| words::string(cpu, self.as_bytes());
    &[u8]: "string", |self, cpu| words::string(cpu, self);
    Str: "string", |self, cpu| words::string(cpu, &self);
    Table: "table";
    Function: "function";
    AnyUserData: "userdata";
    Thread: "thread";
}

impl IntoLua for Value {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self)
    }
}

impl IntoLua for f32 {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Number(f64::from(self)))
    }

    straight! { |self, _cpu| Ok(Word::number(f64::from(self))) }

    shown! { "number" }
}

/// The number that an integer is.
macro_rules! exact {
    ($value:ident: $from:ty) => {{
        let number = $value as f64;
        let bits = $value as u64;
        // Doubles hold all integers up to 2^53; only beyond it is one looked at more closely.
        let is_small = match <$from>::MIN {
            _ if <$from>::BITS <= 32 => true,
            0 => bits <= 1 << 53,
            _ => bits.wrapping_add(1 << 53) <= 1 << 54,
        };
        // No double is the largest integer of 64 bits, though casting one that is larger gives that.
        match is_small || (number as $from == $value && $value != <$from>::MAX) {
            true => Ok(number),
            false => Err(Error::mismatch("integer that a number holds", stringify!($from))),
        }
    }};
}

macro_rules! integers {
    ($($from:ty)*) => { $(
        impl IntoLua for $from {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                exact!(self: $from).map(Value::Number)
            }

            straight! { |self, _cpu| exact!(self: $from).map(Word::number) }

            shown! { "integer" }
        }
    )* };
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

macro_rules! handles {
    ($($from:ty)*) => { $(
        impl IntoLua for &$from {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(self.clone().into())
            }

            shown! { <$from as IntoLua>::lua_type() }
        }
    )* };
}

handles! { Table Function AnyUserData Thread }

macro_rules! texts {
    ($($from:ty)*) => { $(
        impl IntoLua for &$from {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(self.clone().into())
            }

            straight! { |self, cpu| words::string(cpu, self.as_bytes()) }

            shown! { "string" }
        }
    )* };
}

texts! { String Str }

impl IntoLua for &Value {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.clone())
    }
}

impl IntoLua for char {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.to_string().into())
    }

    shown! { "string" }
}

impl IntoLua for Box<str> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(String::from(self).into())
    }

    straight! { |self, cpu| words::string(cpu, self.as_bytes()) }

    shown! { "string" }
}

impl IntoLua for Cow<'_, str> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.into_owned().into())
    }

    straight! { |self, cpu| words::string(cpu, self.as_bytes()) }

    shown! { "string" }
}

impl IntoLua for Cow<'_, [u8]> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.into_owned().into())
    }

    straight! { |self, cpu| words::string(cpu, &self) }

    shown! { "string" }
}

impl<const N: usize> IntoLua for &[u8; N] {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.as_slice().into())
    }

    straight! { |self, cpu| words::string(cpu, self) }

    shown! { "string" }
}

impl<T: IntoLua> IntoLua for Option<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.map_or(Ok(Value::Nil), |value| value.into_lua(lua))
    }

    const IS_PLAIN: bool = T::IS_PLAIN;

    #[inline]
    fn into_word(self, cpu: &mut Cpu<'_, '_>) -> Result<Word> {
        self.map_or(Ok(Word::NIL), |value| value.into_word(cpu))
    }

    shown! { notation::optional(&T::lua_type()) }
}

fn sequence<T: IntoLua>(values: impl IntoIterator<Item = T>, lua: &Lua) -> Result<Value> {
    lua.sequence(values).map(Value::Table)
}

fn map<K: IntoLua, V: IntoLua>(
    pairs: impl IntoIterator<Item = (K, V)>,
    lua: &Lua,
) -> Result<Value> {
    lua.table_from(pairs).map(Value::Table)
}

impl<T: IntoLua> IntoLua for Vec<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        sequence(self, lua)
    }

    shown! { notation::list(&T::lua_type()) }
}

impl<T: IntoLua, const N: usize> IntoLua for [T; N] {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        sequence(self, lua)
    }

    shown! { notation::list(&T::lua_type()) }
}

impl<T: IntoLua> IntoLua for Box<[T]> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        sequence(self.into_vec(), lua)
    }

    shown! { notation::list(&T::lua_type()) }
}

impl<K: IntoLua + Eq + Hash, V: IntoLua, S: BuildHasher> IntoLua for HashMap<K, V, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self, lua)
    }

    shown! { notation::map(&K::lua_type(), &V::lua_type()) }
}

impl<K: IntoLua + Ord, V: IntoLua> IntoLua for BTreeMap<K, V> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self, lua)
    }

    shown! { notation::map(&K::lua_type(), &V::lua_type()) }
}

/// A set becomes a table with the elements for keys and `true` for values.
impl<T: IntoLua + Eq + Hash, S: BuildHasher> IntoLua for HashSet<T, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self.into_iter().map(|element| (element, true)), lua)
    }

    shown! { notation::map(&T::lua_type(), "true") }
}

/// A set becomes a table with the elements for keys and `true` for values.
impl<T: IntoLua + Ord> IntoLua for BTreeSet<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self.into_iter().map(|element| (element, true)), lua)
    }

    shown! { notation::map(&T::lua_type(), "true") }
}
