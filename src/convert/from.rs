//! Lua values that become Rust values.

use super::notation;
use super::words::{self, Word};
use crate::error::{Error, Result};
use crate::handle::{AnyUserData, Function, Str, Table, Thread};
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::Type;
use bvm_vm::host::Mem;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

/// What one Lua value can become.
///
/// Numbers and the texts of numbers stand for each other, as in Lua's own library; nothing else is coerced. An
/// integer has to be a whole number that the type holds. Errors say where in a table the mistake is.
///
/// ```
/// use bvm::{FromLua, Lua, Result, Table, Value};
/// struct Options { name: String, size: Option<u32> }
/// impl FromLua for Options {
///     fn from_lua(value: Value, lua: &Lua) -> Result<Options> {
///         let table = Table::from_lua(value, lua)?;
///         Ok(Options { name: table.get("name")?, size: table.get("size")? })
///     }
/// }
/// let lua = Lua::new()?;
/// let options: Options = lua.load("return { name = 'ball', size = 5 }").eval()?;
/// assert_eq!((options.name.as_str(), options.size), ("ball", Some(5)));
/// let error = lua.load("return { name = 'ball', size = -1 }").eval::<Options>().err().expect("too small");
/// assert_eq!(error.to_string(), "bad result #1 'size' (u32 expected, got -1)");
/// # Ok::<(), bvm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made from Lua values",
    label = "no `FromLua`",
    note = "derive `FromLua` for what is a table; a value of a host type `T` is taken as `Ref<T>`, or as `&T` in `#[methods]`"
)]
pub trait FromLua: Sized {
    /// Turns a value into this type.
    ///
    /// # Errors
    /// [`Error::Type`] for values that do not fit.
    fn from_lua(value: Value, lua: &Lua) -> Result<Self>;

    /// What an argument that is not there becomes: what `nil` does, with an error that says so.
    ///
    /// # Errors
    /// [`Error::Type`] when `nil` does not fit.
    fn from_nothing(lua: &Lua) -> Result<Self> {
        Self::from_lua(Value::Nil, lua).map_err(|error| match error {
            Error::Type(mismatch) if mismatch.path.is_empty() => {
                Error::Type(mismatch).but_got("no value".into())
            }
            other => other,
        })
    }

    /// The type in the notation of the Lua language server, for stub files.
    fn lua_type() -> String {
        "any".to_owned()
    }

    /// Whether values may come straight out of the machine: see `words.rs`.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// The kind of objects of which all become such values.
    #[doc(hidden)]
    const KIND: Option<Type> = None;

    /// The same as [`FromLua::from_lua`] of a value that goes straight; `None` for the others.
    #[doc(hidden)]
    fn from_word(_: &Mem<'_>, _: Word) -> Option<Self> {
        None
    }
}

/// A type whose values come straight out of the machine.
macro_rules! straight {
    (|$mem:ident, $word:ident| $take:expr) => {
        const IS_PLAIN: bool = true;

        #[inline]
        fn from_word($mem: &Mem<'_>, $word: Word) -> Option<Self> {
            $take
        }
    };
}

/// A type of Rust with the one that stub files show.
macro_rules! shown {
    ($type:expr) => {
        fn lua_type() -> String {
            $type.into()
        }
    };
}

pub(super) use shown;

/// The mistake of a value that is no `expected`.
pub(crate) fn wrong<T>(expected: &'static str, value: &Value) -> Result<T> {
    Err(Error::mismatch(expected, value.type_name()))
}

macro_rules! variants {
    ($($to:ty, $expected:literal: $variant:ident;)*) => { $(
        impl FromLua for $to {
            fn from_lua(value: Value, _: &Lua) -> Result<$to> {
                match value {
                    Value::$variant(inner) => Ok(inner),
                    other => wrong($expected, &other),
                }
            }

            const KIND: Option<Type> = Some(Type::$variant);

            shown! { $expected }
        }
    )* };
}

variants! {
    Table, "table": Table;
    Function, "function": Function;
    AnyUserData, "userdata": Userdata;
    Thread, "thread": Thread;
}

impl FromLua for bool {
    fn from_lua(value: Value, _: &Lua) -> Result<bool> {
        value
            .as_boolean()
            .map_or_else(|| wrong("boolean", &value), Ok)
    }

    straight! { |_mem, word| matches!(word.type_of(), Type::Boolean).then(|| !word.is_falsy()) }

    shown! { "boolean" }
}

impl FromLua for Value {
    fn from_lua(value: Value, _: &Lua) -> Result<Value> {
        Ok(value)
    }

    straight! { |mem, word| words::copy(mem, word) }
}

/// For programs that are run for their effects: any value will do.
impl FromLua for () {
    fn from_lua(_: Value, _: &Lua) -> Result<()> {
        Ok(())
    }

    straight! { |_mem, _word| Some(()) }
}

/// The number that a value is or whose text it is.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => Some(*n),
        Value::String(text) => bvm_isa::number::parse_number(text.as_bytes()),
        _ => None,
    }
}

impl FromLua for f64 {
    fn from_lua(value: Value, _: &Lua) -> Result<f64> {
        number(&value).map_or_else(|| wrong("number", &value), Ok)
    }

    straight! { |_mem, word| word.as_number() }

    shown! { "number" }
}

impl FromLua for f32 {
    fn from_lua(value: Value, lua: &Lua) -> Result<f32> {
        f64::from_lua(value, lua).map(|n| n as f32)
    }

    straight! { |_mem, word| word.as_number().map(|n| n as f32) }

    shown! { "number" }
}

macro_rules! integers {
    ($($to:ty)*) => { $(
        impl Whole for $to {
            #[inline]
            fn of(n: f64) -> Option<$to> {
                let whole = n as $to;
                // Casts saturate. No double is the largest integer of 64 bits: that is another number.
                let is_too_large = <$to>::BITS == 64 && whole == <$to>::MAX;
                (whole as f64 == n && !is_too_large).then_some(whole)
            }
        }

        impl FromLua for $to {
            fn from_lua(value: Value, _: &Lua) -> Result<$to> {
                let Some(n) = number(&value) else {
                    return wrong(stringify!($to), &value);
                };
                whole(n).ok_or_else(|| {
                    let got = bvm_isa::number::format_number(n);
                    Error::mismatch(stringify!($to), "").but_got(got)
                })
            }

            straight! { |_mem, word| word.as_number().and_then(whole) }

            shown! { "integer" }
        }
    )* };
}

/// The integers that doubles are.
trait Whole: Sized {
    fn of(n: f64) -> Option<Self>;
}

#[inline]
fn whole<T: Whole>(n: f64) -> Option<T> {
    T::of(n)
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

impl FromLua for Str {
    fn from_lua(value: Value, _: &Lua) -> Result<Str> {
        match value {
            Value::String(bytes) => Ok(bytes),
            Value::Number(n) => Ok(bvm_isa::number::format_number(n).into()),
            other => wrong("string", &other),
        }
    }

    straight! { |mem, word| words::bytes(mem, word).map(Str::from) }

    shown! { "string" }
}

impl FromLua for String {
    fn from_lua(value: Value, lua: &Lua) -> Result<String> {
        let bytes = Str::from_lua(value, lua)?;
        String::from_utf8(bytes.into_bytes())
            .map_err(|_| Error::mismatch("string in UTF-8", "other bytes"))
    }

    straight! { |mem, word| std::str::from_utf8(words::bytes(mem, word)?).ok().map(str::to_owned) }

    shown! { "string" }
}

impl FromLua for Box<str> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Box<str>> {
        String::from_lua(value, lua).map(String::into_boxed_str)
    }

    shown! { "string" }
}

impl FromLua for char {
    fn from_lua(value: Value, lua: &Lua) -> Result<char> {
        let text = String::from_lua(value, lua)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Error::mismatch("one character", "string")),
        }
    }

    shown! { "string" }
}

impl<T: FromLua> FromLua for Option<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Option<T>> {
        match value {
            Value::Nil => Ok(None),
            other => T::from_lua(other, lua).map(Some),
        }
    }

    const IS_PLAIN: bool = T::IS_PLAIN;

    const KIND: Option<Type> = T::KIND;

    #[inline]
    fn from_word(mem: &Mem<'_>, word: Word) -> Option<Option<T>> {
        match word.type_of() {
            Type::Nil => Some(None),
            _ => T::from_word(mem, word).map(Some),
        }
    }

    shown! { notation::optional(&T::lua_type()) }
}

impl<T: FromLua> FromLua for Box<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Box<T>> {
        T::from_lua(value, lua).map(Box::new)
    }

    shown! { T::lua_type() }
}

fn sequence<T: FromLua, C: FromIterator<T>>(value: Value, lua: &Lua) -> Result<C> {
    Table::from_lua(value, lua)?.sequence_values().collect()
}

fn pairs<K: FromLua, V: FromLua, C: FromIterator<(K, V)>>(value: Value, lua: &Lua) -> Result<C> {
    Table::from_lua(value, lua)?.pairs().collect()
}

/// The elements 1, 2, 3 and so on of a table, up to the first `nil`.
impl<T: FromLua> FromLua for Vec<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Vec<T>> {
        sequence(value, lua)
    }

    shown! { notation::list(&T::lua_type()) }
}

impl<T: FromLua> FromLua for Box<[T]> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Box<[T]>> {
        sequence(value, lua)
    }

    shown! { notation::list(&T::lua_type()) }
}

impl<T: FromLua, const N: usize> FromLua for [T; N] {
    fn from_lua(value: Value, lua: &Lua) -> Result<[T; N]> {
        let elements: Vec<T> = sequence(value, lua)?;
        elements
            .try_into()
            .map_err(|_| Error::mismatch("sequence of another length", "table"))
    }

    shown! { notation::list(&T::lua_type()) }
}

impl<K: FromLua + Eq + Hash, V: FromLua, S: BuildHasher + Default> FromLua for HashMap<K, V, S> {
    fn from_lua(value: Value, lua: &Lua) -> Result<HashMap<K, V, S>> {
        pairs(value, lua)
    }

    shown! { notation::map(&K::lua_type(), &V::lua_type()) }
}

impl<K: FromLua + Ord, V: FromLua> FromLua for BTreeMap<K, V> {
    fn from_lua(value: Value, lua: &Lua) -> Result<BTreeMap<K, V>> {
        pairs(value, lua)
    }

    shown! { notation::map(&K::lua_type(), &V::lua_type()) }
}

/// The keys of a table.
impl<T: FromLua + Eq + Hash, S: BuildHasher + Default> FromLua for HashSet<T, S> {
    fn from_lua(value: Value, lua: &Lua) -> Result<HashSet<T, S>> {
        let table = Table::from_lua(value, lua)?;
        table.pairs::<T, Value>().map(|pair| Ok(pair?.0)).collect()
    }

    shown! { notation::map(&T::lua_type(), "any") }
}

/// The keys of a table.
impl<T: FromLua + Ord> FromLua for BTreeSet<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<BTreeSet<T>> {
        let table = Table::from_lua(value, lua)?;
        table.pairs::<T, Value>().map(|pair| Ok(pair?.0)).collect()
    }

    shown! { notation::map(&T::lua_type(), "any") }
}
