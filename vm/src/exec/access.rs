//! Indexing with metamethods, for instructions and natives alike.

use super::cpu::Cpu;
use super::grow::Growing;
use crate::data::growth::Room;
use crate::data::{growth, table};
use crate::error::Raise;
use crate::meta::{self, Event};
use crate::objects::root::{self, AT};
use crate::objects::{Str, Table};
use crate::ring::Ring;
use crate::value::Value;

/// Most metatables that one access follows.
const MAX_LOOP: u32 = 100;

/// What an indexing read comes to.
#[derive(Debug, Clone, Copy)]
pub enum Got {
    /// The value.
    Value(Value),
    /// The function `0` is to be called with `1` and the key.
    Call(Value, Value),
    /// This value cannot be indexed.
    Not(Value),
}

/// What an indexing write comes to.
#[derive(Debug, Clone, Copy)]
pub enum Put {
    /// Stored.
    Done,
    /// The function `0` is to be called with `1`, the key and the value.
    Call(Value, Value),
    /// This value cannot be indexed.
    Not(Value),
}

impl Cpu<'_, '_> {
    /// [`Cpu::index`] that is quicker for fields that are there: most of what a host reads. Others are searched twice, which
    /// a program would have to pay.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn index_for_host(&mut self, object: Value, key: Value) -> Result<Got, Raise> {
        if let (Some(t), Some(name)) = (Table::of(object), Str::of(key)) {
            let v = table::get_str(self.mem, t, name);
            if !v.is_nil() {
                return Ok(Got::Value(v));
            }
        }
        self.index(object, key)
    }

    /// A long chain of metatables is paid: a unit for each eight after the first sixteen, which hot code may follow.
    #[inline]
    fn note_level(&self, level: u32) {
        if level >= 16 && level.is_multiple_of(8) {
            self.mem.host().note_walk(1);
        }
    }

    /// `object[key]`, up to where a function has to be called.
    ///
    /// # Errors
    /// A chain of `__index` that does not end.
    pub fn index(&mut self, object: Value, key: Value) -> Result<Got, Raise> {
        let mut object = object;
        for level in 0..MAX_LOOP {
            self.note_level(level);
            let handler = match Table::of(object) {
                Some(t) => {
                    let v = table::get(self.mem, t, key);
                    if !v.is_nil() {
                        return Ok(Got::Value(v));
                    }
                    let handler = meta::handler(self.mem, object, Event::Index);
                    if handler.is_nil() {
                        return Ok(Got::Value(Value::NIL));
                    }
                    handler
                }
                None => {
                    let handler = meta::handler(self.mem, object, Event::Index);
                    if handler.is_nil() {
                        return Ok(Got::Not(object));
                    }
                    handler
                }
            };
            if handler.type_of() == crate::value::Type::Function {
                return Ok(Got::Call(handler, object));
            }
            object = handler;
        }
        Err(self.runtime_error("loop in gettable"))
    }

    /// `object[key] = value`, up to where a function has to be called.
    ///
    /// # Errors
    /// A nil or NaN key, a chain of `__newindex` that does not end, no memory.
    pub fn set_index(&mut self, object: Value, key: Value, value: Value) -> Result<Put, Raise> {
        growth::drop_parts(self.mem);
        self.set_index_growing(object, key, value, Growing::AtOnce)
    }

    /// [`Cpu::set_index`] that is quicker for fields that are there, as [`Cpu::index_for_host`] is.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn set_index_for_host(
        &mut self,
        object: Value,
        key: Value,
        value: Value,
    ) -> Result<Put, Raise> {
        if let (Some(t), Some(name)) = (Table::of(object), Str::of(key))
            && self.mem.get(t.0, Table::SEAL) == 0
            && let Some(at) = table::slot_str(self.mem, t, name)
            && !Value(self.mem.load(at)).is_nil()
        {
            growth::drop_parts(self.mem);
            table::put(self.mem, t, at, key, value);
            return Ok(Put::Done);
        }
        self.set_index(object, key, value)
    }

    /// The same, saying how a table may grow.
    pub(crate) fn set_index_growing(
        &mut self,
        object: Value,
        key: Value,
        value: Value,
        growing: Growing,
    ) -> Result<Put, Raise> {
        let mut object = object;
        for level in 0..MAX_LOOP {
            self.note_level(level);
            let handler = match Table::of(object) {
                Some(t) => {
                    self.check_seal(t)?;
                    let place = table::slot(self.mem, t, key);
                    if let Some(at) = place
                        && (!Value(self.mem.load(at)).is_nil()
                            || self.mem.get(t.0, Table::META) == 0)
                    {
                        table::put(self.mem, t, at, key, value);
                        return Ok(Put::Done);
                    }
                    if self.mem.get(t.0, Table::META) == 0 {
                        self.raw_set_new(t, key, value, growing)?;
                        return Ok(Put::Done);
                    }
                    if place.is_none() {
                        // Lua 5.1 makes a place for the key before it asks for `__newindex`: it refuses
                        // keys that no table can have, and the order of the table shows it.
                        self.raw_set_new(t, key, Value::NIL, growing)?;
                    }
                    let handler = meta::handler(self.mem, object, Event::NewIndex);
                    if handler.is_nil() {
                        self.raw_set(t, key, value)?;
                        return Ok(Put::Done);
                    }
                    handler
                }
                None => {
                    let handler = meta::handler(self.mem, object, Event::NewIndex);
                    if handler.is_nil() {
                        return Ok(Put::Not(object));
                    }
                    handler
                }
            };
            if handler.type_of() == crate::value::Type::Function {
                return Ok(Put::Call(handler, object));
            }
            object = handler;
        }
        Err(self.runtime_error("loop in settable"))
    }

    /// Raw `t[key] = value` with the errors of Lua for keys that no table can have.
    ///
    /// # Errors
    /// A nil or NaN key, no memory.
    pub fn raw_set(&mut self, t: Table, key: Value, value: Value) -> Result<(), Raise> {
        self.changes(t);
        self.raw_set_growing(t, key, value, Growing::AtOnce)
    }

    /// The same for a native that can begin its step again: so a large table need not grow at once.
    ///
    /// # Errors
    /// Those of [`Cpu::raw_set`], and when fuel has ended before the table has grown. Nothing has changed then.
    pub fn raw_set_in_portions(&mut self, t: Table, key: Value, value: Value) -> Result<(), Raise> {
        self.raw_set_growing(t, key, value, Growing::InPortions)
    }

    /// Gives a new table so many slots, and nodes for so many keys, for a native that can begin its step again.
    ///
    /// # Errors
    /// No memory; fuel has ended before a large one has them.
    pub fn make_parts(&mut self, t: Table, slots: u32, nodes: u32) -> Result<(), Raise> {
        self.make_room(t, Room::Parts(slots, nodes), Growing::InPortions)
    }

    fn raw_set_growing(
        &mut self,
        t: Table,
        key: Value,
        value: Value,
        growing: Growing,
    ) -> Result<(), Raise> {
        self.check_seal(t)?;
        self.check_key(key)?;
        if let Some(at) = table::slot(self.mem, t, key) {
            table::put(self.mem, t, at, key, value);
            return Ok(());
        }
        self.raw_set_new(t, key, value, growing)
    }

    /// Refuses to change a table that is sealed against the running ring.
    ///
    /// # Errors
    /// An error that names both rings.
    #[inline]
    pub fn check_seal(&mut self, t: Table) -> Result<(), Raise> {
        match self.mem.get(t.0, Table::SEAL) {
            0 => Ok(()),
            seal if self.ring().number() <= seal => Ok(()),
            seal => {
                let text = format!(
                    "attempt to change a table of ring {seal} in {}",
                    self.ring()
                );
                Err(self.runtime_error(&text))
            }
        }
    }

    /// Seals a table: only code of `ring` or further inside may change it from now on.
    pub fn seal(&mut self, t: Table, ring: Ring) {
        let seal = match ring {
            Ring::Plugin => 0,
            ring => ring.number(),
        };
        self.mem.set(t.0, Table::SEAL, seal);
        if ring < Ring::default() {
            self.mem.set(AT, root::SEALED, 1);
            self.choose_handlers();
        }
    }

    fn check_key(&mut self, key: Value) -> Result<(), Raise> {
        if key.is_nil() {
            return Err(self.runtime_error("table index is nil"));
        }
        if key.as_number().is_some_and(f64::is_nan) {
            return Err(self.runtime_error("table index is NaN"));
        }
        Ok(())
    }

    /// Raw `t[key] = value` for a key that the table has no place for.
    pub(crate) fn raw_set_new(
        &mut self,
        t: Table,
        key: Value,
        value: Value,
        growing: Growing,
    ) -> Result<(), Raise> {
        self.check_key(key)?;
        if table::set_if_room(self.mem, t, key, value) {
            return Ok(());
        }
        self.make_room(t, Room::Key(key), growing)?;
        Ok(table::set(self.mem, t, key, value)?)
    }
}
