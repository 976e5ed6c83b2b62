//! Tables that live in a guest.

use super::{Function, Handle, Roots};
use crate::body::Body;
use crate::convert::words::Word;
use crate::convert::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, MultiValue};
use crate::error::{Error, Result};
use crate::lower::Refused;
use crate::lua::Lua;
use crate::shared::Shared;
use crate::value::Value;
use bvm_isa::Dialect;
use bvm_vm::data::table;
use bvm_vm::exec::{Got, Put};
use bvm_vm::heap::barrier;
use bvm_vm::meta::Event;
use bvm_vm::objects;
use bvm_vm::{Cpu, Raise};
use std::marker::PhantomData;
use std::sync::Arc;

/// A table that lives in a guest.
///
/// [`Table::get`] and [`Table::set`] do what the program would do, metamethods included; the names with `raw` do
/// not ask metamethods.
///
/// ```
/// use bvm::Lua;
/// let lua = Lua::new()?;
/// let config = lua.table()?;
/// config.set("name", "demo")?;
/// config.set("sizes", vec![1, 2, 3])?;
/// lua.globals().set("config", &config)?;
/// lua.load("config.sum = config.sizes[1] + config.sizes[3]").exec()?;
/// assert_eq!(config.get::<i64>("sum")?, 4);
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Table(pub(crate) Handle);

/// What reading a key comes to.
enum Fetched<V> {
    Done(V),
    /// A value that is a `V`.
    Kept(Value),
    Detour(Box<Detour>),
}

impl<V: FromLua> Fetched<V> {
    #[inline]
    fn new(
        body: &mut Body,
        shared: &Arc<Shared>,
        got: std::result::Result<V, (Got, bvm_vm::Value)>,
    ) -> Result<Fetched<V>> {
        match got {
            Ok(value) => Ok(Fetched::Done(value)),
            Err((Got::Value(word), _)) if V::KIND == Some(word.type_of()) => {
                body.raise_up(shared, word).map(Fetched::Kept)
            }
            Err((got, key)) => Detour::new(body, shared, got, key).map(Fetched::Detour),
        }
    }

    #[inline]
    fn take(self, lua: &Lua) -> Result<V> {
        match self {
            Fetched::Done(value) => Ok(value),
            Fetched::Kept(value) => V::from_lua(value, lua),
            Fetched::Detour(detour) => detour.go(lua),
        }
    }
}

/// What reading a key comes to when the value may be no `V`, or a function has to be called; apart, because it is large.
enum Detour {
    /// The value, and the key.
    Value(Value, Value),
    /// A metamethod with its arguments, and the key.
    Call(Function, MultiValue, Value),
}

impl Detour {
    #[cold]
    fn new(
        body: &mut Body,
        shared: &Arc<Shared>,
        got: Got,
        key: bvm_vm::Value,
    ) -> Result<Box<Detour>> {
        let mut raise = |word| body.raise_up(shared, word);
        let detour = match got {
            Got::Value(word) => Detour::Value(raise(word)?, raise(key)?),
            Got::Call(handler, object) => {
                let (function, object, key) = (raise(handler)?, raise(object)?, raise(key)?);
                let args = MultiValue::from_iter([object, key.clone()]);
                Detour::Call(as_function(function)?, args, key)
            }
            Got::Not(object) => return Err(not_indexed(object)),
        };
        Ok(Box::new(detour))
    }

    #[cold]
    fn go<V: FromLua>(self, lua: &Lua) -> Result<V> {
        let (value, key) = match self {
            Detour::Value(value, key) => (value, key),
            Detour::Call(function, args, key) => {
                let mut results = lua.call_now(&function, args)?;
                (results.next().unwrap_or_default(), key)
            }
        };
        V::from_lua(value, lua).map_err(|error| error.within(Key(&key)))
    }
}

/// A key or value on its way into the machine.
enum Given<T> {
    /// It goes straight.
    Plain(T),
    Value(Value),
}

impl<T: IntoLua> Given<T> {
    fn new(value: T, lua: &Lua) -> Result<Given<T>> {
        match T::IS_PLAIN {
            true => Ok(Given::Plain(value)),
            false => value.into_lua(lua).map(Given::Value),
        }
    }

    fn lower(
        self,
        roots: &Roots,
        shared: &Arc<Shared>,
        cpu: &mut Cpu<'_, '_>,
    ) -> Result<Word, Refused> {
        match self {
            Given::Plain(value) => Ok(value.into_word(cpu)?),
            Given::Value(value) => value.lower(roots, shared, cpu),
        }
    }
}

/// The call of a metamethod that puts a value, from it, the object, the key and the value: apart, because it is large.
#[cold]
fn put_by(
    body: &mut Body,
    shared: &Arc<Shared>,
    words: [bvm_vm::Value; 4],
) -> Result<Box<(Function, MultiValue)>> {
    let [function, object, key, value] = words.map(|word| body.raise_up(shared, word));
    let args = MultiValue::from_iter([object?, key?, value?]);
    Ok(Box::new((as_function(function?)?, args)))
}

impl Table {
    fn lua<R>(&self, f: impl FnOnce(&Lua) -> Result<R>) -> Result<R> {
        f(self.0.lua())
    }

    /// Does something with the table in the machine.
    pub(crate) fn reach<R>(
        &self,
        f: impl FnOnce(objects::Table, &mut Cpu<'_, '_>, &Keys<'_>) -> Result<R, Refused>,
    ) -> Result<R> {
        self.0.shared().with(|body, shared| {
            body.reach(shared, |roots, cpu| {
                let word = roots.object(cpu, shared, &self.0)?;
                let table = objects::Table::of(word).ok_or(Refused::Foreign)?;
                let lower = |value: &Value, cpu: &mut Cpu<'_, '_>| value.lower(roots, shared, cpu);
                f(table, cpu, &lower)
            })
        })
    }

    /// `table[key]`
    ///
    /// # Errors
    /// What a metamethod raises; [`Error::Type`] with the key when the value is no `V`.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        self.lua(|lua| {
            let key = Given::new(key, lua)?;
            let fetched = self.0.shared().with(|body, shared| {
                let got = body.reach(shared, |roots, cpu| {
                    let object = roots.object(cpu, shared, &self.0)?;
                    let key = key.lower(roots, shared, cpu)?;
                    let got = cpu.index_for_host(object, key)?;
                    let taken = match got {
                        Got::Value(word) => V::from_word(cpu.mem, word),
                        _ => None,
                    };
                    Ok(taken.ok_or((got, key)))
                })?;
                Fetched::new(body, shared, got)
            })?;
            fetched.take(lua)
        })
    }

    /// `table[key] = value`
    ///
    /// # Errors
    /// What a metamethod raises, a sealed table, a key of `nil` or NaN, no memory.
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        self.lua(|lua| {
            let (key, value) = (Given::new(key, lua)?, Given::new(value, lua)?);
            let access = self.0.shared().with(|body, shared| {
                let put = body.reach(shared, |roots, cpu| {
                    let object = roots.object(cpu, shared, &self.0)?;
                    let key = key.lower(roots, shared, cpu)?;
                    let value = value.lower(roots, shared, cpu)?;
                    Ok((cpu.set_index_for_host(object, key, value)?, key, value))
                })?;
                match put {
                    (Put::Done, ..) => Ok(None),
                    (Put::Call(handler, object), key, value) => {
                        put_by(body, shared, [handler, object, key, value]).map(Some)
                    }
                    (Put::Not(object), ..) => Err(not_indexed(object)),
                }
            })?;
            match access {
                None => Ok(()),
                Some(call) => lua.call_now(&call.0, call.1).map(drop),
            }
        })
    }

    /// Whether `table[key]` is not `nil`.
    ///
    /// # Errors
    /// Those of [`Table::get`].
    pub fn contains_key(&self, key: impl IntoLua) -> Result<bool> {
        Ok(!self.get::<Value>(key)?.is_nil())
    }

    /// `rawget(table, key)`
    ///
    /// # Errors
    /// [`Error::Type`] with the key when the value is no `V`.
    pub fn raw_get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        self.lua(|lua| {
            let key = Given::new(key, lua)?;
            let fetched = self.0.shared().with(|body, shared| {
                let got = body.reach(shared, |roots, cpu| {
                    let object = roots.object(cpu, shared, &self.0)?;
                    let key = key.lower(roots, shared, cpu)?;
                    let table = objects::Table::of(object).ok_or(Refused::Foreign)?;
                    let word = table::get(cpu.mem, table, key);
                    Ok(V::from_word(cpu.mem, word).ok_or((Got::Value(word), key)))
                })?;
                Fetched::new(body, shared, got)
            })?;
            fetched.take(lua)
        })
    }

    /// `rawset(table, key, value)`
    ///
    /// # Errors
    /// A sealed table, a key of `nil` or NaN, no memory.
    pub fn raw_set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        self.lua(|lua| {
            let (key, value) = (Given::new(key, lua)?, Given::new(value, lua)?);
            self.0.shared().with(|body, shared| {
                body.reach(shared, |roots, cpu| {
                    let word = roots.object(cpu, shared, &self.0)?;
                    let table = objects::Table::of(word).ok_or(Refused::Foreign)?;
                    let key = key.lower(roots, shared, cpu)?;
                    let value = value.lower(roots, shared, cpu)?;
                    Ok(cpu.raw_set(table, key, value)?)
                })
            })
        })
    }

    /// `#table`, without metamethods.
    ///
    /// # Errors
    /// The guest is gone.
    pub fn raw_len(&self) -> Result<usize> {
        self.reach(|table, cpu, _| Ok(table::border(cpu.mem, table) as usize))
    }

    /// `#table`. The metamethod `__len` counts in the dialect that has it for tables.
    ///
    /// # Errors
    /// What a metamethod raises.
    pub fn len(&self) -> Result<usize> {
        let handler = self.0.shared().with(|body, shared| {
            let handler = body.reach(shared, |roots, cpu| {
                let word = roots.object(cpu, shared, &self.0)?;
                match cpu.dialect() {
                    Dialect::Bvm52 => Ok(cpu.handler(word, Event::Len)),
                    _ => Ok(bvm_vm::Value::NIL),
                }
            })?;
            body.raise_up(shared, handler)
        })?;
        match handler {
            Value::Nil => self.raw_len(),
            handler => as_function(handler)?.call(self),
        }
    }

    /// Whether the table has no keys at all.
    ///
    /// # Errors
    /// The guest is gone.
    pub fn is_empty(&self) -> Result<bool> {
        self.reach(|table, cpu, _| {
            let first = table::next(cpu.mem, table, bvm_vm::Value::NIL);
            Ok(matches!(first, Ok(None)))
        })
    }

    /// Takes all keys out, without metamethods.
    ///
    /// # Errors
    /// A sealed table.
    pub fn clear(&self) -> Result<()> {
        self.reach(|table, cpu, _| {
            cpu.check_seal(table)?;
            cpu.changes(table);
            table::clear(cpu.mem, table);
            Ok(())
        })
    }

    /// The metatable.
    ///
    /// # Errors
    /// The guest is gone.
    pub fn metatable(&self) -> Result<Option<Table>> {
        let meta = self.0.shared().with(|body, shared| {
            let meta = body.reach(shared, |roots, cpu| {
                let word = roots.object(cpu, shared, &self.0)?;
                Ok(bvm_vm::meta::metatable(cpu.mem, word))
            })?;
            meta.map(|meta| body.keep(shared, meta.into())).transpose()
        })?;
        Ok(meta.map(Table))
    }

    /// Sets the metatable, or takes it away, whatever `__metatable` says.
    ///
    /// # Errors
    /// A sealed table, no memory.
    pub fn set_metatable(&self, meta: Option<&Table>) -> Result<()> {
        let meta = meta.map(|meta| Value::Table(meta.clone()));
        self.reach(|table, cpu, lower| {
            cpu.check_seal(table)?;
            let meta = meta.map(|meta| lower(&meta, cpu)).transpose()?;
            let meta = meta.and_then(objects::Table::of);
            barrier::link(
                cpu.mem,
                table.0,
                objects::Table::META,
                meta.map_or(0, |meta| meta.0),
            );
            Ok(())
        })
    }

    /// All pairs of the table, in the order of `pairs`, without metamethods. Keys may be set to other values and
    /// removed meanwhile, but not added.
    ///
    /// ```
    /// use bvm::{Lua, Table};
    /// let lua = Lua::new()?;
    /// let ages: Table = lua.load("return { ann = 40, bob = 50 }").eval()?;
    /// let mut sum = 0;
    /// for pair in ages.pairs::<String, u32>() {
    ///     let (_name, age) = pair?;
    ///     sum += age;
    /// }
    /// assert_eq!(sum, 90);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn pairs<K: FromLua, V: FromLua>(&self) -> Pairs<K, V> {
        Pairs {
            table: self.clone(),
            key: Some(Value::Nil),
            kind: PhantomData,
        }
    }

    /// The values at 1, 2, 3 and so on, up to the first `nil`, without metamethods.
    pub fn sequence_values<V: FromLua>(&self) -> Sequence<V> {
        Sequence {
            table: self.clone(),
            at: 1,
            kind: PhantomData,
        }
    }

    /// Calls `table.name(…)`.
    ///
    /// # Errors
    /// Those of [`Table::get`] and [`Function::call`].
    pub fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        self.get::<Function>(name)?.call(args)
    }

    /// Calls `table:name(…)`.
    ///
    /// # Errors
    /// Those of [`Table::get`] and [`Function::call`].
    pub fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        let method = self.get::<Function>(name)?;
        self.lua(|lua| {
            let mut all = MultiValue::from_iter([Value::Table(self.clone())]);
            args.push_into(&mut all, lua)?;
            method.call(all)
        })
    }

    /// The pair behind a key, without metamethods.
    fn pair_after(&self, key: &Value) -> Result<Option<(Value, Value)>> {
        self.0.shared().with(|body, shared| {
            let found = body.reach(shared, |roots, cpu| {
                let object = roots.object(cpu, shared, &self.0)?;
                let key = key.lower(roots, shared, cpu)?;
                let table = objects::Table::of(object).ok_or(Refused::Foreign)?;
                match table::next(cpu.mem, table, key) {
                    Ok(found) => Ok(found),
                    Err(_) => Err(Refused::Raise(key_is_gone(cpu))),
                }
            })?;
            let Some((key, value)) = found else {
                return Ok(None);
            };
            Ok(Some((
                body.raise_up(shared, key)?,
                body.raise_up(shared, value)?,
            )))
        })
    }
}

/// How keys and values are lowered.
pub(crate) type Keys<'a> = dyn Fn(&Value, &mut Cpu<'_, '_>) -> Result<bvm_vm::Value, Refused> + 'a;

fn key_is_gone(cpu: &mut Cpu<'_, '_>) -> Raise {
    cpu.runtime_error("invalid key to 'next'")
}

/// Where an `__index` or `__newindex` leads that is nothing to index.
fn not_indexed(object: bvm_vm::Value) -> Error {
    Error::runtime(format_args!(
        "attempt to index a {} value",
        object.type_name()
    ))
}

fn as_function(value: Value) -> Result<Function> {
    match value {
        Value::Function(function) => Ok(function),
        other => Err(Error::mismatch("function", other.type_name())),
    }
}

/// Bytes that are shown of a key.
const KEY_SHOWN: usize = 60;

/// A key, as a path to a value shows it. Keys of guests may be as long as their memory.
pub(crate) struct Key<'a>(pub &'a Value);

impl std::fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Value::String(text) => match text.get(..KEY_SHOWN) {
                Some(begin) => write!(f, "{}...", String::from_utf8_lossy(begin)),
                None => write!(f, "{text}"),
            },
            Value::Number(n) => write!(f, "[{}]", bvm_isa::number::format_number(*n)),
            other => write!(f, "[{}]", other.type_name()),
        }
    }
}

/// Iterates over the pairs of a table: see [`Table::pairs`].
#[derive(Debug)]
pub struct Pairs<K, V> {
    table: Table,
    /// The last key; nothing when it is over.
    key: Option<Value>,
    kind: PhantomData<fn() -> (K, V)>,
}

impl<K: FromLua, V: FromLua> Iterator for Pairs<K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Result<(K, V)>> {
        let last = self.key.take()?;
        let (key, value) = match self.table.pair_after(&last) {
            Ok(found) => found?,
            Err(error) => return Some(Err(error)),
        };
        self.key = Some(key.clone());
        Some(self.table.lua(|lua| {
            let shown = Key(&key).to_string();
            let value = V::from_lua(value, lua).map_err(|error| error.within(shown))?;
            Ok((K::from_lua(key, lua)?, value))
        }))
    }
}

/// Iterates over the sequence of a table: see [`Table::sequence_values`].
#[derive(Debug)]
pub struct Sequence<V> {
    table: Table,
    /// The next place; 0 when it is over.
    at: usize,
    kind: PhantomData<fn() -> V>,
}

impl<V: FromLua> Iterator for Sequence<V> {
    type Item = Result<V>;

    fn next(&mut self) -> Option<Result<V>> {
        let at = std::mem::take(&mut self.at);
        if at == 0 {
            return None;
        }
        match self.table.raw_get::<Value>(at) {
            Ok(Value::Nil) => None,
            Ok(value) => {
                self.at = at + 1;
                let place = format!("[{at}]");
                let element = self.table.lua(|lua| V::from_lua(value, lua));
                Some(element.map_err(|error| error.within(place)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
