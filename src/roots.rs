//! Handles: how values that live in a guest are named outside it, and kept alive.
//!
//! A guest's registry holds a table of everything that a handle names. A handle is a slot of it; when
//! the last copy of a handle is dropped, its slot is given back at the guest's next action.

use bvm_vm::data::table;
use bvm_vm::objects::{Table, root};
use bvm_vm::{Cpu, Raise, Value, Vm};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Name of the table in the registry.
const NAME: &str = "bvm.handles";

/// Slots whose handles are gone; also the identity of the guest.
type Dropped = Arc<Mutex<Vec<u32>>>;

/// Names an object of a guest and keeps it alive. Copies name the same object.
///
/// Two handles are equal when one is a copy of the other.
#[derive(Clone)]
pub struct Handle(Arc<Slot>);

struct Slot {
    index: u32,
    dropped: Dropped,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handle({})", self.0.index)
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&self.dropped).push(self.index);
    }
}

fn lock(dropped: &Dropped) -> MutexGuard<'_, Vec<u32>> {
    // A list of numbers is complete at any moment, also after a panic elsewhere.
    dropped.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The handles of one guest.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    dropped: Dropped,
    free: Vec<u32>,
    used: u32,
}

impl Roots {
    /// Makes the table.
    pub fn install(vm: &mut Vm) -> Result<(), Raise> {
        vm.access(|cpu| {
            let made = cpu.new_table(16, 0)?;
            let registry = cpu.registry();
            cpu.set_field(registry, NAME, made.into())
        })
    }

    /// Makes the table one without handles: what only those have kept alive is given up.
    pub fn empty(vm: &mut Vm) -> Result<(), Raise> {
        vm.access(|cpu| {
            let registry = cpu.registry();
            match Table::of(cpu.field(registry, NAME)?) {
                Some(table) => table::clear(cpu.mem, table),
                None => {
                    let made = cpu.new_table(16, 0)?;
                    cpu.set_field(registry, NAME, made.into())?;
                }
            }
            Ok(())
        })
    }

    /// Keeps an object of the guest alive.
    pub fn keep(&mut self, cpu: &mut Cpu<'_, '_>, object: Value) -> Result<Handle, Raise> {
        // Making room may collect, and nothing else need hold the object.
        cpu.mem.set(root::AT, root::ANCHOR, object.payload());
        let kept = self.store(cpu, object);
        cpu.mem.set(root::AT, root::ANCHOR, 0);
        kept
    }

    fn store(&mut self, cpu: &mut Cpu<'_, '_>, object: Value) -> Result<Handle, Raise> {
        let table = handles(cpu)?;
        self.release(cpu, table)?;
        let index = self.free.pop().unwrap_or(self.used + 1);
        table::set_int(cpu.mem, table, index, object)?;
        self.used = self.used.max(index);
        let dropped = self.dropped.clone();
        Ok(Handle(Arc::new(Slot { index, dropped })))
    }

    /// Empties the slots of handles that are gone.
    fn release(&mut self, cpu: &mut Cpu<'_, '_>, table: Table) -> Result<(), Raise> {
        let gone = std::mem::take(&mut *lock(&self.dropped));
        for index in gone {
            table::set_int(cpu.mem, table, index, Value::NIL)?;
            self.free.push(index);
        }
        Ok(())
    }

    /// The object of a handle, `None` when the handle is another guest's.
    pub fn object(&self, cpu: &mut Cpu<'_, '_>, handle: &Handle) -> Result<Option<Value>, Raise> {
        if !Arc::ptr_eq(&self.dropped, &handle.0.dropped) {
            return Ok(None);
        }
        let table = handles(cpu)?;
        Ok(Some(table::get_int(cpu.mem, table, handle.0.index)))
    }
}

fn handles(cpu: &mut Cpu<'_, '_>) -> Result<Table, Raise> {
    let registry = cpu.registry();
    // A guest with the debug library reaches the registry; what it breaks there is its own.
    Table::of(cpu.field(registry, NAME)?).ok_or(Raise::NoMemory)
}
