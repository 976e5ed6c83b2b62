//! Lists of values: arguments and results.

use super::words::{self, NOT_PLAIN, Words};
use super::{FromLua, IntoLua, notation};
use crate::error::Result;
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::Cpu;
use smallvec::SmallVec;

/// Arguments or results: any number of values. Taking them out begins at the front.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MultiValue {
    values: SmallVec<[Value; 4]>,
    /// How many have been taken.
    taken: usize,
}

impl MultiValue {
    /// No values.
    pub fn new() -> MultiValue {
        MultiValue::default()
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: Value) {
        self.values.push(value);
    }

    /// What has not been taken yet.
    pub fn as_slice(&self) -> &[Value] {
        self.values.get(self.taken..).unwrap_or_default()
    }

    /// How many values are left.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether no value is left.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Takes the first value that is left, or nothing, as a `T`.
    ///
    /// # Errors
    /// [`Error::Type`](crate::Error::Type) with the number of the value.
    pub fn take_as<T: FromLua>(&mut self, lua: &Lua) -> Result<T> {
        let taken = match self.next() {
            Some(value) => T::from_lua(value, lua),
            None => {
                self.taken += 1;
                T::from_nothing(lua)
            }
        };
        taken.map_err(|error| error.in_argument(u32::try_from(self.taken).unwrap_or(u32::MAX)))
    }

    /// What is left, as a vector.
    pub fn into_vec(mut self) -> Vec<Value> {
        self.values.drain(..self.taken.min(self.values.len()));
        self.values.into_vec()
    }
}

impl FromIterator<Value> for MultiValue {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> MultiValue {
        MultiValue {
            values: values.into_iter().collect(),
            taken: 0,
        }
    }
}

impl Extend<Value> for MultiValue {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, values: I) {
        self.values.extend(values);
    }
}

impl From<Vec<Value>> for MultiValue {
    fn from(values: Vec<Value>) -> MultiValue {
        MultiValue {
            values: values.into(),
            taken: 0,
        }
    }
}

impl Iterator for MultiValue {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let value = self.values.get_mut(self.taken).map(std::mem::take)?;
        self.taken += 1;
        Some(value)
    }
}

/// What can become a list of values: one value, a tuple, `()` for none, [`Variadic`], [`MultiValue`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become Lua values",
    label = "no `IntoLua`",
    note = "derive `UserData` for what the guest is to have a handle of, `IntoLua` for what becomes a table"
)]
pub trait IntoLuaMulti: Sized {
    /// Adds the values to a list.
    ///
    /// # Errors
    /// Those of [`IntoLua::into_lua`].
    fn push_into(self, list: &mut MultiValue, lua: &Lua) -> Result<()>;

    /// Makes the list.
    ///
    /// # Errors
    /// Those of [`IntoLua::into_lua`].
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue> {
        let mut list = MultiValue::new();
        self.push_into(&mut list, lua)?;
        Ok(list)
    }

    /// Adds the types of the values in the notation of the Lua language server; any number of values is `...any`.
    fn lua_types(list: &mut Vec<String>) {
        list.push(ANY_NUMBER.to_owned());
    }

    /// How many words go straight into the machine: see `words.rs`.
    #[doc(hidden)]
    const WORDS: usize = NOT_PLAIN;

    /// Pushes the words, of which there are at most [`words::MOST`].
    ///
    /// # Errors
    /// Those of [`IntoLua::into_lua`].
    #[doc(hidden)]
    fn push_words(self, _: &mut Cpu<'_, '_>) -> Result<()> {
        Ok(())
    }
}

/// The type of any values.
const ANY_NUMBER: &str = "...any";

/// What a list of values can become: one value, a tuple, `()`, [`Variadic`], [`MultiValue`]. What is missing is
/// `nil`, and what is too much is dropped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made from Lua values",
    label = "no `FromLua`",
    note = "derive `FromLua` for what is a table; a value of a host type `T` is taken as `Ref<T>`, or as `&T` in `#[methods]`"
)]
pub trait FromLuaMulti: Sized {
    /// Takes what this type needs from the front of a list.
    ///
    /// # Errors
    /// [`Error::Type`](crate::Error::Type) with the number of the value that does not fit.
    fn take_from(list: &mut MultiValue, lua: &Lua) -> Result<Self>;

    /// Turns a list into this type.
    ///
    /// # Errors
    /// [`Error::Type`](crate::Error::Type) with the number of the value that does not fit.
    fn from_lua_multi(mut list: MultiValue, lua: &Lua) -> Result<Self> {
        Self::take_from(&mut list, lua)
    }

    /// Adds the types of the values in the notation of the Lua language server; any number of values is `...any`.
    fn lua_types(list: &mut Vec<String>) {
        list.push(ANY_NUMBER.to_owned());
    }

    /// Whether values may come straight out of the machine: see `words.rs`.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// Takes what this type needs; `None` when something does not go straight.
    #[doc(hidden)]
    fn from_words(_: &mut Words<'_, '_>) -> Option<Self> {
        None
    }
}

impl<T: IntoLua> IntoLuaMulti for T {
    fn push_into(self, list: &mut MultiValue, lua: &Lua) -> Result<()> {
        list.push(self.into_lua(lua)?);
        Ok(())
    }

    const WORDS: usize = if T::IS_PLAIN { 1 } else { NOT_PLAIN };

    #[inline]
    fn push_words(self, cpu: &mut Cpu<'_, '_>) -> Result<()> {
        words::push(self, cpu)
    }

    fn lua_types(list: &mut Vec<String>) {
        list.push(T::lua_type());
    }
}

impl IntoLuaMulti for () {
    fn push_into(self, _: &mut MultiValue, _: &Lua) -> Result<()> {
        Ok(())
    }

    fn lua_types(_: &mut Vec<String>) {}

    const WORDS: usize = 0;
}

impl<T: FromLua> FromLuaMulti for T {
    fn take_from(list: &mut MultiValue, lua: &Lua) -> Result<T> {
        list.take_as(lua)
    }

    const IS_PLAIN: bool = <T as FromLua>::IS_PLAIN;

    #[inline]
    fn from_words(words: &mut Words<'_, '_>) -> Option<T> {
        words.take()
    }

    fn lua_types(list: &mut Vec<String>) {
        list.push(T::lua_type());
    }
}

impl IntoLuaMulti for MultiValue {
    fn push_into(self, list: &mut MultiValue, _: &Lua) -> Result<()> {
        self.for_each(|value| list.push(value));
        Ok(())
    }

    fn into_lua_multi(self, _: &Lua) -> Result<MultiValue> {
        Ok(self)
    }
}

impl FromLuaMulti for MultiValue {
    fn take_from(list: &mut MultiValue, _: &Lua) -> Result<MultiValue> {
        Ok(list.collect())
    }

    fn from_lua_multi(list: MultiValue, _: &Lua) -> Result<MultiValue> {
        Ok(list)
    }
}

/// All arguments or results that are left, as values of one type.
///
/// ```
/// use bvm::{Lua, Variadic};
/// let lua = Lua::new()?;
/// let sum = lua.function(|numbers: Variadic<f64>| numbers.iter().sum::<f64>())?;
/// lua.globals().set("sum", sum)?;
/// assert_eq!(lua.load("return sum(1, 2, 3)").eval::<f64>()?, 6.0);
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variadic<T>(pub Vec<T>);

impl<T> std::ops::Deref for Variadic<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> std::ops::DerefMut for Variadic<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> FromIterator<T> for Variadic<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Variadic<T> {
        Variadic(values.into_iter().collect())
    }
}

impl<T> IntoIterator for Variadic<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: IntoLua> IntoLuaMulti for Variadic<T> {
    fn push_into(self, list: &mut MultiValue, lua: &Lua) -> Result<()> {
        self.into_iter()
            .try_for_each(|value| value.push_into(list, lua))
    }

    fn lua_types(list: &mut Vec<String>) {
        list.push(format!("...{}", T::lua_type()));
    }
}

impl<T: FromLua> FromLuaMulti for Variadic<T> {
    fn take_from(list: &mut MultiValue, lua: &Lua) -> Result<Variadic<T>> {
        let mut values = Vec::with_capacity(list.len());
        while !list.is_empty() {
            values.push(list.take_as(lua)?);
        }
        Ok(Variadic(values))
    }

    fn lua_types(list: &mut Vec<String>) {
        list.push(format!("...{}", T::lua_type()));
    }
}

/// A function's way to tell of a failure by `nil` and a message, as Lua's library does: `Err` becomes these two, and
/// is read from them.
impl<T: FromLuaMulti> FromLuaMulti for std::result::Result<T, String> {
    fn take_from(list: &mut MultiValue, lua: &Lua) -> Result<Self> {
        match list.as_slice() {
            [Value::Nil, message @ Value::String(_), ..] => {
                let message = String::from_lua(message.clone(), lua)?;
                list.by_ref().take(2).for_each(drop);
                Ok(Err(message))
            }
            _ => T::take_from(list, lua).map(Ok),
        }
    }

    fn lua_types(list: &mut Vec<String>) {
        T::lua_types(list);
    }
}

/// Results that tell of a failure by `nil` and a message, instead of raising an error.
///
/// ```
/// use bvm::{Lua, OrNil};
/// let lua = Lua::new()?;
/// let half = lua.function(|n: u32| OrNil(if n % 2 == 0 { Ok(n / 2) } else { Err("odd") }))?;
/// lua.globals().set("half", half)?;
/// lua.load("assert(half(4) == 2); assert(select(2, half(5)) == 'odd')").exec()?;
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrNil<T, E>(pub std::result::Result<T, E>);

impl<T: IntoLuaMulti, E: std::fmt::Display> IntoLuaMulti for OrNil<T, E> {
    fn push_into(self, list: &mut MultiValue, lua: &Lua) -> Result<()> {
        match self.0 {
            Ok(values) => values.push_into(list, lua),
            Err(error) => (Value::Nil, error.to_string()).push_into(list, lua),
        }
    }

    fn lua_types(list: &mut Vec<String>) {
        let first = list.len();
        T::lua_types(list);
        for shown in list.iter_mut().skip(first) {
            *shown = notation::optional(shown);
        }
        if list.len() == first + 1 {
            list.push(notation::optional("string"));
        }
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)*) => { $(
        #[allow(non_snake_case)]
        impl<$($name: IntoLuaMulti),+> IntoLuaMulti for ($($name,)+) {
            fn push_into(self, list: &mut MultiValue, lua: &Lua) -> Result<()> {
                let ($($name,)+) = self;
                $($name.push_into(list, lua)?;)+
                Ok(())
            }

            const WORDS: usize = $($name::WORDS +)+ 0;

            #[inline]
            fn push_words(self, cpu: &mut Cpu<'_, '_>) -> Result<()> {
                let ($($name,)+) = self;
                $($name.push_words(cpu)?;)+
                Ok(())
            }

            fn lua_types(list: &mut Vec<String>) {
                $($name::lua_types(list);)+
            }
        }

        #[allow(non_snake_case)]
        impl<$($name: FromLuaMulti),+> FromLuaMulti for ($($name,)+) {
            fn take_from(list: &mut MultiValue, lua: &Lua) -> Result<Self> {
                $(let $name = $name::take_from(list, lua)?;)+
                Ok(($($name,)+))
            }

            const IS_PLAIN: bool = $($name::IS_PLAIN &&)+ true;

            #[inline]
            fn from_words(words: &mut Words<'_, '_>) -> Option<Self> {
                $(let $name = $name::from_words(words)?;)+
                Some(($($name,)+))
            }

            fn lua_types(list: &mut Vec<String>) {
                $($name::lua_types(list);)+
            }
        }
    )* };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}
