//! Rust's values become Lua's.

use super::{DEEPEST, too_deep};
use crate::convert::IntoLua;
use crate::error::{Error, Result};
use crate::handle::{Key, Table};
use crate::lua::Lua;
use crate::value::Value;
use serde::Serialize;
use serde::ser;

/// What `None` and `()` become.
#[derive(Clone, Copy)]
enum Role {
    /// `nil`.
    Alone,
    /// [`Value::NULL`]: `nil` cannot be there.
    Element,
    /// A field: `None` is left out, as reading one that is not there gives `None`.
    Field,
}

/// Makes one value.
pub(super) struct Ser<'a> {
    lua: &'a Lua,
    role: Role,
    depth: usize,
}

impl<'a> Ser<'a> {
    pub fn new(lua: &'a Lua) -> Ser<'a> {
        Ser {
            lua,
            role: Role::Alone,
            depth: 0,
        }
    }

    /// Begins a table with room; it is the only value of another one, with the key `tag`, if that is given.
    fn table(&self, tag: Option<&'static str>, sequence: usize, keys: usize) -> Result<Made<'a>> {
        let depth = self.depth + 1 + usize::from(tag.is_some());
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let room = |count: usize| u32::try_from(count.min(1 << 16)).unwrap_or(0);
        Ok(Made {
            lua: self.lua,
            table: self.lua.table_for(room(sequence), room(keys))?,
            tag,
            depth,
            length: 0,
            key: Value::Nil,
        })
    }
}

/// A table that is being filled.
pub(super) struct Made<'a> {
    lua: &'a Lua,
    table: Table,
    tag: Option<&'static str>,
    depth: usize,
    length: usize,
    /// The key of a map whose value comes next.
    key: Value,
}

impl Made<'_> {
    fn value<T: Serialize + ?Sized>(&self, value: &T, role: Role) -> Result<Value> {
        value.serialize(Ser {
            lua: self.lua,
            role,
            depth: self.depth,
        })
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.length += 1;
        let at = self.length;
        let value = self.value(value, Role::Element);
        let value = value.map_err(|error| error.within(format_args!("[{at}]")))?;
        self.table.raw_set(at, value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        let value = self.value(value, Role::Field);
        self.table.raw_set(name, value.map_err(|e| e.within(name))?)
    }

    fn finish(self) -> Result<Value> {
        let value = Value::Table(self.table);
        match self.tag {
            Some(tag) => self.lua.table_from([(tag, value)]).map(Value::Table),
            None => Ok(value),
        }
    }
}

macro_rules! as_they_are {
    ($($name:ident $from:ty;)*) => { $(
        fn $name(self, value: $from) -> Result<Value> {
            value.into_lua(self.lua)
        }
    )* };
}

impl<'a> ser::Serializer for Ser<'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Made<'a>;
    type SerializeTuple = Made<'a>;
    type SerializeTupleStruct = Made<'a>;
    type SerializeTupleVariant = Made<'a>;
    type SerializeMap = Made<'a>;
    type SerializeStruct = Made<'a>;
    type SerializeStructVariant = Made<'a>;

    as_they_are! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_f32 f32;
        serialize_f64 f64;
        serialize_char char;
        serialize_str &str;
        serialize_bytes &[u8];
    }

    fn serialize_i128(self, value: i128) -> Result<Value> {
        match i64::try_from(value) {
            Ok(value) => value.into_lua(self.lua),
            Err(_) => Err(Error::mismatch("integer that a number holds", "i128")),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<Value> {
        match u64::try_from(value) {
            Ok(value) => value.into_lua(self.lua),
            Err(_) => Err(Error::mismatch("integer that a number holds", "u128")),
        }
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(match self.role {
            Role::Element => Value::NULL,
            Role::Alone | Role::Field => Value::Nil,
        })
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(match self.role {
            Role::Alone => Value::Nil,
            Role::Element | Role::Field => Value::NULL,
        })
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Value> {
        Ok(name.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value> {
        let made = self.table(None, 0, 1)?;
        let value = made.value(value, Role::Element);
        made.table
            .raw_set(name, value.map_err(|e| e.within(name))?)?;
        made.finish()
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Made<'a>> {
        self.table(None, length.unwrap_or(0), 0)
    }

    fn serialize_tuple(self, length: usize) -> Result<Made<'a>> {
        self.table(None, length, 0)
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Made<'a>> {
        self.table(None, length, 0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Made<'a>> {
        self.table(Some(name), length, 0)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Made<'a>> {
        self.table(None, 0, length.unwrap_or(0))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Made<'a>> {
        self.table(None, 0, length)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Made<'a>> {
        self.table(Some(name), 0, length)
    }
}

macro_rules! filled {
    ($($kind:ident $add:ident($($key:ident)?) $with:ident;)*) => { $(
        impl ser::$kind for Made<'_> {
            type Ok = Value;
            type Error = Error;

            fn $add<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result<()> {
                self.$with($($key,)? value)
            }

            fn end(self) -> Result<Value> {
                self.finish()
            }
        }
    )* };
}

filled! {
    SerializeSeq serialize_element() push;
    SerializeTuple serialize_element() push;
    SerializeTupleStruct serialize_field() push;
    SerializeTupleVariant serialize_field() push;
    SerializeStruct serialize_field(key) field;
    SerializeStructVariant serialize_field(key) field;
}

impl ser::SerializeMap for Made<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = match self.value(key, Role::Alone)? {
            Value::Nil => return Err(Error::mismatch("key", "nil")),
            Value::Number(n) if n.is_nan() => return Err(Error::mismatch("key", "nan")),
            key => key,
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = std::mem::take(&mut self.key);
        let value = self.value(value, Role::Element);
        let value = value.map_err(|error| error.within(Key(&key)))?;
        self.table.raw_set(key, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}
