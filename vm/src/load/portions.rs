//! Loading in portions, for a native that pauses in between. Must not know who compiles.
//!
//! A function that is loaded in part would be nothing that a snapshot could hold. So whoever makes a snapshot or an image
//! lets the rest be loaded first, though it is not paid for yet.

use super::Loading;
use crate::error::Raise;
use crate::exec::Cpu;
use crate::exec::cpu::WORK_PER_UNIT;
use crate::heap::NoMemory;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Str, Table};
use crate::ring::Ring;
use bvm_isa::pace::WHOLE;
use bvm_isa::verify::Verified;
use std::any::Any;

/// A function that has been loaded in portions.
pub struct Loaded {
    /// The function.
    pub function: Closure,
    /// What is left of what it was made of. Freeing that may take long.
    pub scraps: Option<Box<dyn Any + Send>>,
}

impl Cpu<'_, '_> {
    /// Begins to load a function that is made of `bytes` bytes, and lives in these globals and this ring. One that was begun before is
    /// dropped. The name of its source is `source` when the guest has that already.
    ///
    /// # Errors
    /// No memory.
    pub fn begin_loading(
        &mut self,
        verified: Verified,
        home: (Table, Ring),
        source: Option<Str>,
        bytes: u64,
    ) -> Result<(), Raise> {
        self.forget_loading();
        let begun = Loading::begin(self.mem, verified, home, source, Some(bytes));
        keep(self.mem, begun.map(Box::new))?;
        Ok(())
    }

    /// Whether a function is being loaded, or is loaded and not taken yet.
    pub fn is_loading(&self) -> bool {
        self.mem.get(AT, root::LOADED) != 0
    }

    /// Goes on loading until `parts` of [`WHOLE`] are done.
    ///
    /// # Errors
    /// No memory: it is given up.
    pub fn go_on_loading(&mut self, parts: u64) -> Result<(), Raise> {
        let Some(mut loading) = self.mem.host_mut().loading.take() else {
            return Ok(());
        };
        let until = u128::from(loading.work) * u128::from(parts) / u128::from(WHOLE);
        let went = loading.go_on(self.mem, until as u64);
        keep(self.mem, went.map(|()| loading))?;
        Ok(())
    }

    /// Takes the function that is being loaded, after all that is left of it. `None` when none is.
    ///
    /// # Errors
    /// No memory: it is given up.
    pub fn take_loaded(&mut self) -> Result<Option<Loaded>, Raise> {
        let scraps = finish(self.mem)?;
        let at = self.mem.get(AT, root::LOADED);
        self.mem.set(AT, root::LOADED, 0);
        let function = Closure(at);
        Ok((at != 0).then_some(Loaded { function, scraps }))
    }

    /// Nobody wants what is being loaded any more.
    pub fn forget_loading(&mut self) {
        self.mem.host_mut().loading = None;
        self.mem.set(AT, root::LOADED, 0);
    }
}

/// Keeps what is being loaded for the next step, or gives it up.
fn keep(mem: &mut Mem<'_>, loading: Result<Box<Loading>, NoMemory>) -> Result<(), NoMemory> {
    match loading {
        Ok(loading) => {
            mem.host_mut().loading = Some(loading);
            Ok(())
        }
        Err(NoMemory) => {
            mem.set(AT, root::LOADED, 0);
            Err(NoMemory)
        }
    }
}

/// Does all that is left of what is being loaded, for a snapshot or an image, with the same means as the native that pauses
/// would have. What there is no memory for will be compiled and loaded once more, as by that.
pub(crate) fn complete(mem: &mut Mem<'_>) {
    let runs = std::mem::replace(&mut mem.host_mut().standing.runs, true);
    if finish(mem).is_err() {
        mem.host_mut().work = None;
    }
    let walked = u64::from(mem.host().walked.take());
    let charge = mem.get(AT, root::GC_CHARGE) + walked * WORK_PER_UNIT;
    mem.set(AT, root::GC_CHARGE, charge);
    mem.host_mut().standing.runs = runs;
}

/// Does all that is left of what is being loaded; gives what it was made of.
///
/// # Errors
/// No memory: it is given up.
fn finish(mem: &mut Mem<'_>) -> Result<Option<Box<dyn Any + Send>>, NoMemory> {
    let Some(mut loading) = mem.host_mut().loading.take() else {
        return Ok(None);
    };
    let made = loading.finish(mem);
    if made.is_err() {
        mem.set(AT, root::LOADED, 0);
    }
    made.map(|_| Some(loading as Box<dyn Any + Send>))
}
