//! Userdata that live in a guest.

use super::{Handle, Table};
use crate::error::{Error, Result};
use crate::held::{Held, HeldEntry};
use crate::lua::Lua;
use crate::shared::Shared;
use bvm_vm::objects;
use std::sync::Arc;

/// A userdata that lives in a guest.
#[derive(Clone, PartialEq, Debug)]
pub struct AnyUserData(pub(crate) Handle);

impl AnyUserData {
    /// The error of the host that this stands for.
    pub(crate) fn held_error(&self, lua: &Lua) -> Result<Option<Error>> {
        lua.shared().with(|body, shared| {
            let word = self.word(body, shared)?;
            Ok(Held::error_of(&mut body.vm, word))
        })
    }

    /// The metatable.
    ///
    /// # Errors
    /// The guest is gone.
    pub fn metatable(&self) -> Result<Option<Table>> {
        self.0.shared().with(|body, shared| {
            let word = self.word(body, shared)?;
            let meta = body.vm.access(|cpu| {
                let at = objects::Userdata::of(word)?;
                let meta = cpu.mem.get(at.0, objects::Userdata::META);
                (meta != 0).then_some(objects::Table(meta))
            });
            let kept = meta
                .map(|meta| body.keep(shared, meta.into()))
                .transpose()?;
            Ok(kept.map(Table))
        })
    }

    /// What this stands for.
    pub(crate) fn held(&self, lua: &Lua) -> Result<Option<HeldEntry>> {
        lua.shared().with(|body, shared| {
            let word = self.word(body, shared)?;
            Ok(body
                .vm
                .access(|cpu| Held::within(cpu, |held, cpu| held.value(cpu, word).cloned())))
        })
    }

    /// Takes what this stands for away from the guest.
    pub(crate) fn forget(&self, lua: &Lua) -> Result<Option<HeldEntry>> {
        lua.shared().with(|body, shared| {
            let word = self.word(body, shared)?;
            Ok(body
                .vm
                .access(|cpu| Held::within(cpu, |held, cpu| held.take_value(cpu, word))))
        })
    }

    fn word(&self, body: &mut crate::body::Body, shared: &Arc<Shared>) -> Result<bvm_vm::Value> {
        body.reach(shared, |roots, cpu| roots.object(cpu, shared, &self.0))
    }
}
