//! Interrupting a guest from outside, and the end of one: the finalizers of all that is left.

use super::cpu::Cpu;
use super::unwind::Thrown;
use crate::error::Raise;
use crate::exit::Exit;
use crate::objects::root::{self, AT};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Raises an error where the guest stopped because of its fuel, as if the instruction there had
    /// failed. A guest may catch it. When nobody does, the error value comes back.
    pub fn interrupt(&mut self, message: &[u8]) -> Option<Value> {
        self.access(|cpu| {
            let raise = cpu.runtime_error_bytes(message);
            match cpu.throw(raise) {
                Thrown::Caught => None,
                Thrown::Out(Exit::Error(error)) => Some(error),
                Thrown::Out(_) => None,
            }
        })
    }

    /// Makes the finalizers of all userdata due, newest first, and begins a call of `closer`, which has
    /// to take them by [`Cpu::next_finalizer`] and call them.
    ///
    /// # Errors
    /// No memory for the call.
    pub fn start_closing(&mut self, closer: Value) -> Result<(), Raise> {
        self.start(closer, &[])?;
        self.access(|cpu| cpu.make_all_due());
        Ok(())
    }
}

impl Cpu<'_, '_> {
    /// Makes the finalizers of all userdata due, for a native that takes and calls them and then ends
    /// the guest.
    pub fn make_all_due(&mut self) {
        crate::heap::weak::separate_all(self.mem);
        // The closer calls the finalizers, and no safepoint does it on its own.
        self.mem.set(AT, root::IN_FINALIZER, 1);
    }

    /// After [`Cpu::make_all_due`], when the guest goes on all the same.
    pub fn forget_closing(&mut self) {
        self.mem.set(AT, root::IN_FINALIZER, 0);
    }
}
