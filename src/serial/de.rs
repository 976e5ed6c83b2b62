//! Lua's values become Rust's. Guests make the values: neither their depth nor their size is trusted.

use super::{DEEPEST, Whole, is_exactly, is_sequence, too_deep, wrong};
use crate::error::{Error, Result};
use crate::handle::{Key, Pairs, Table};
use crate::lua::Lua;
use crate::value::Value;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer,
    Unexpected, Visitor,
};

/// Turns a value of the guest into a `T`.
pub(super) fn take<T: DeserializeOwned>(lua: &Lua, value: Value) -> Result<T> {
    let whole = Whole::of(lua);
    T::deserialize(De {
        whole: &whole,
        value,
        depth: 0,
    })
}

/// One value.
struct De<'a> {
    whole: &'a Whole,
    value: Value,
    depth: usize,
}

impl<'a> De<'a> {
    fn with(&self, value: Value) -> De<'a> {
        De {
            whole: self.whole,
            value,
            depth: self.depth,
        }
    }

    fn is_nil(&self) -> bool {
        self.value.is_nil() || self.value == Value::NULL
    }

    fn pay(&self) -> Result<()> {
        self.whole.pay(&self.value)
    }

    fn inner(&self) -> Result<De<'a>> {
        match self.depth < DEEPEST {
            true => Ok(De {
                whole: self.whole,
                value: Value::Nil,
                depth: self.depth + 1,
            }),
            false => Err(too_deep()),
        }
    }

    fn sequence<'de, V: Visitor<'de>>(self, table: Table, visitor: V) -> Result<V::Value> {
        let mut elements = Elements {
            inner: self.inner()?,
            length: table.raw_len()?,
            table,
            at: 0,
        };
        let made = visitor.visit_seq(&mut elements)?;
        match elements.at < elements.length {
            true => Err(wrong(
                format_args!("{} elements", elements.at),
                elements.length,
            )),
            false => Ok(made),
        }
    }

    fn map<'de, V: Visitor<'de>>(self, table: Table, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Entries {
            inner: self.inner()?,
            pairs: table.pairs(),
            key: Value::Nil,
            value: Value::Nil,
        })
    }

    fn string<'de, V: Visitor<'de>>(text: crate::handle::Str, visitor: V) -> Result<V::Value> {
        match String::from_utf8(text.into_bytes()) {
            Ok(text) => visitor.visit_string(text),
            Err(error) => visitor.visit_byte_buf(error.into_bytes()),
        }
    }
}

impl<'de> Deserializer<'de> for De<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.pay()?;
        match self.value.clone() {
            Value::Nil | Value::NULL => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(b),
            Value::Number(n) => match (n as i64, n as u64) {
                (whole, _) if is_exactly(n, whole.into()) => visitor.visit_i64(whole),
                (_, whole) if is_exactly(n, whole.into()) => visitor.visit_u64(whole),
                _ => visitor.visit_f64(n),
            },
            Value::String(text) => De::string(text, visitor),
            Value::Table(table) if is_sequence(&table)? => self.sequence(table, visitor),
            Value::Table(table) => self.map(table, visitor),
            other => Err(Error::invalid_type(
                Unexpected::Other(other.type_name()),
                &visitor,
            )),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Number(n) => visitor.visit_f64(n),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.pay()?;
        match self.value {
            Value::String(text) => visitor.visit_byte_buf(text.into_bytes()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.is_nil() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.clone() {
            Value::Table(table) => self.sequence(table, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value.clone() {
            Value::Table(table) => self.map(table, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.pay()?;
        let (name, content) = match &self.value {
            Value::String(name) => (name.clone(), None),
            Value::Table(table) => {
                let mut pairs = table.pairs::<Value, Value>();
                match (pairs.next().transpose()?, pairs.next()) {
                    (Some((Value::String(name), value)), None) => (name, Some(value)),
                    _ => return Err(wrong("table with one key, the variant", "another table")),
                }
            }
            other => return Err(wrong("variant", other.type_name())),
        };
        let inner = self.inner()?;
        let name = name.to_string_lossy();
        let content = content.map(|value| inner.with(value));
        visitor.visit_enum(Variant { name, content })
    }

    /// Keys that are no names are no fields either.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.pay()?;
        match self.value {
            Value::String(text) => De::string(text, visitor),
            other => visitor.visit_string(Key(&other).to_string()),
        }
    }

    /// Does not look into what nobody wants.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string unit unit_struct
    }
}

/// The elements of a sequence.
struct Elements<'a> {
    inner: De<'a>,
    table: Table,
    length: usize,
    /// How many have been taken.
    at: usize,
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.at >= self.length {
            return Ok(None);
        }
        self.at += 1;
        let value = self.inner.with(self.table.raw_get(self.at)?);
        let made = seed.deserialize(value);
        made.map(Some)
            .map_err(|error| error.within(format_args!("[{}]", self.at)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.at)
    }
}

/// The pairs of a table.
struct Entries<'a> {
    inner: De<'a>,
    pairs: Pairs<Value, Value>,
    key: Value,
    value: Value,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, value)) = self.pairs.next().transpose()? else {
            return Ok(None);
        };
        self.value = value;
        self.key = key.clone();
        let key = self.inner.with(key);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let value = self.inner.with(std::mem::take(&mut self.value));
        let made = seed.deserialize(value);
        made.map_err(|error| error.within(Key(&self.key)))
    }
}

/// A variant of an enum.
struct Variant<'a> {
    name: String,
    content: Option<De<'a>>,
}

impl<'de, 'a> de::EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Variant<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Variant<'a>)> {
        let name: de::value::StrDeserializer<'_, Error> = self.name.as_str().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'a> Variant<'a> {
    /// Makes what the variant holds.
    fn open<T>(self, make: impl FnOnce(De<'a>) -> Result<T>) -> Result<T> {
        let Variant { name, content } = self;
        let made = match content {
            Some(content) => make(content),
            None => Err(wrong("value", "nil")),
        };
        made.map_err(|error| error.within(name))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        match &self.content {
            None => Ok(()),
            Some(_) => self.open(<() as de::Deserialize>::deserialize),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.open(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.open(|content| content.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.open(|content| content.deserialize_map(visitor))
    }
}
