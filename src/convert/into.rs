//! Rust values that become Lua values.

use crate::error::{Error, Result};
use crate::handle::{AnyUserData, Function, Str, Table, Thread};
use crate::lua::Lua;
use crate::value::Value;
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
pub trait IntoLua: Sized {
    /// Makes the value.
    ///
    /// # Errors
    /// What a type demands, [`Error::OutOfMemory`], [`Error::Gone`].
    fn into_lua(self, lua: &Lua) -> Result<Value>;
}

macro_rules! plain {
    ($($from:ty,)*) => { $(
        impl IntoLua for $from {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(self.into())
            }
        }
    )* };
}

plain! { (), bool, f64, &str, String, &[u8], Str, Table, Function, AnyUserData, Thread, }

impl IntoLua for Value {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self)
    }
}

impl IntoLua for f32 {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Number(f64::from(self)))
    }
}

macro_rules! integers {
    ($($from:ty)*) => { $(
        impl IntoLua for $from {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                let number = self as f64;
                // No double is the largest integer of 64 bits, though casting one that is larger gives that.
                let is_largest = <$from>::BITS == 64 && self == <$from>::MAX;
                match number as $from == self && !is_largest {
                    true => Ok(Value::Number(number)),
                    false => Err(Error::mismatch("integer that a number holds", stringify!($from))),
                }
            }
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
        }
    )* };
}

handles! { String Str Table Function AnyUserData Thread }

impl IntoLua for &Value {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.clone())
    }
}

impl IntoLua for char {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.to_string().into())
    }
}

impl IntoLua for Box<str> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(String::from(self).into())
    }
}

impl IntoLua for Cow<'_, str> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.into_owned().into())
    }
}

impl IntoLua for Cow<'_, [u8]> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.into_owned().into())
    }
}

impl<const N: usize> IntoLua for &[u8; N] {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.as_slice().into())
    }
}

impl<T: IntoLua> IntoLua for Option<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.map_or(Ok(Value::Nil), |value| value.into_lua(lua))
    }
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
}

impl<T: IntoLua, const N: usize> IntoLua for [T; N] {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        sequence(self, lua)
    }
}

impl<T: IntoLua> IntoLua for Box<[T]> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        sequence(self.into_vec(), lua)
    }
}

impl<K: IntoLua + Eq + Hash, V: IntoLua, S: BuildHasher> IntoLua for HashMap<K, V, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self, lua)
    }
}

impl<K: IntoLua + Ord, V: IntoLua> IntoLua for BTreeMap<K, V> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self, lua)
    }
}

/// A set becomes a table with the elements for keys and `true` for values.
impl<T: IntoLua + Eq + Hash, S: BuildHasher> IntoLua for HashSet<T, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self.into_iter().map(|element| (element, true)), lua)
    }
}

/// A set becomes a table with the elements for keys and `true` for values.
impl<T: IntoLua + Ord> IntoLua for BTreeSet<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        map(self.into_iter().map(|element| (element, true)), lua)
    }
}
