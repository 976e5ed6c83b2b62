//! How values that live in a guest are named outside it, and kept alive.
//!
//! A table that only the machine knows of holds everything that a handle names. A handle is a slot of it; when
//! the last copy of a handle is dropped, its slot is given back at the guest's next action.

use crate::error::Error;
use crate::lower::Refused;
use crate::lua::Lua;
use crate::shared::Shared;
use bvm_vm::data::table;
use bvm_vm::objects::Table;
use bvm_vm::{Cpu, Raise, Value};
use std::sync::Arc;

/// Names an object of a guest and keeps it alive. Copies name the same object.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Slot>);

struct Slot {
    /// Its place in the table; 0 for a handle that names nothing.
    index: u32,
    /// The guest, which is not kept.
    lua: Lua,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0.index)
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.names_the_same(other).unwrap_or(false)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.index != 0 {
            self.lua.shared().drop_slot(self.index);
        }
    }
}

impl Handle {
    /// A handle that names nothing.
    pub fn nothing(shared: &Arc<Shared>) -> Handle {
        Handle::new(0, shared)
    }

    fn new(index: u32, shared: &Arc<Shared>) -> Handle {
        let lua = Lua::passing(shared.clone());
        Handle(Arc::new(Slot { index, lua }))
    }

    /// The guest of the object.
    pub fn lua(&self) -> &Lua {
        &self.0.lua
    }

    /// What it shares with its handles.
    pub fn shared(&self) -> &Arc<Shared> {
        self.0.lua.shared()
    }

    fn names_the_same(&self, other: &Handle) -> Result<bool, Error> {
        if !Arc::ptr_eq(self.shared(), other.shared()) {
            return Ok(false);
        }
        self.shared().with(|body, shared| {
            let roots = &body.roots;
            Ok(body.vm.access(|cpu| {
                let [a, b] = [self, other].map(|handle| roots.object(cpu, shared, handle));
                matches!((a, b), (Ok(a), Ok(b)) if a == b)
            }))
        })
    }
}

/// The handles of one guest.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    free: Vec<u32>,
    used: u32,
}

impl Roots {
    /// Keeps an object of the guest alive.
    pub fn keep(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        shared: &Arc<Shared>,
        object: Value,
    ) -> Result<Handle, Raise> {
        // Making room may collect, and nothing else need hold the object.
        cpu.anchor(Some(object));
        let kept = self.store(cpu, shared, object);
        cpu.anchor(None);
        Ok(Handle::new(kept?, shared))
    }

    fn store(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        shared: &Shared,
        object: Value,
    ) -> Result<u32, Raise> {
        let table = match cpu.handles() {
            Some(table) => table,
            None => self.begin(cpu)?,
        };
        self.release(cpu, table, shared)?;
        let index = self.free.pop().unwrap_or(self.used + 1);
        table::set_int(cpu.mem, table, index, object)?;
        self.used = self.used.max(index);
        Ok(index)
    }

    fn begin(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<Table, Raise> {
        let table = cpu.new_table(16, 0)?;
        cpu.set_handles(Some(table));
        Ok(table)
    }

    /// Empties the slots of handles that are gone.
    fn release(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        table: Table,
        shared: &Shared,
    ) -> Result<(), Raise> {
        shared.take_dropped(|index| {
            table::set_int(cpu.mem, table, index, Value::NIL)?;
            self.free.push(index);
            Ok(())
        })
    }

    /// The object of a handle.
    pub fn object(
        &self,
        cpu: &mut Cpu<'_, '_>,
        shared: &Arc<Shared>,
        handle: &Handle,
    ) -> Result<Value, Refused> {
        if !Arc::ptr_eq(shared, handle.shared()) {
            return Err(Refused::Foreign);
        }
        let table = cpu.handles().ok_or(Refused::Foreign)?;
        Ok(table::get_int(cpu.mem, table, handle.0.index))
    }
}
