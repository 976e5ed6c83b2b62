//! Finalizers: `__gc` of userdata, called at safepoints, one at a time.

use super::cpu::Cpu;
use super::frame::Return;
use super::stubs;
use crate::error::Raise;
use crate::heap::weak::FINAL_DONE;
use crate::meta::{self, Event};
use crate::objects::root::{self, AT};
use crate::objects::{Userdata, frame};
use crate::value::Value;

impl Cpu<'_, '_> {
    /// Whether a finalizer should be called now.
    #[inline]
    pub(crate) fn finalizer_is_due(&self) -> bool {
        self.mem.get(AT, root::FINALIZE) != 0 && self.mem.get(AT, root::IN_FINALIZER) == 0
    }

    /// Takes the next userdata whose finalizer is due, with its finalizer.
    pub fn next_finalizer(&mut self) -> Option<(Value, Value)> {
        loop {
            let at = self.mem.get(AT, root::FINALIZE);
            if at == 0 {
                return None;
            }
            let next = self.mem.get(at, Userdata::NEXT);
            self.mem.set(AT, root::FINALIZE, next);
            let head = self.mem.get(AT, root::USERDATA);
            self.mem.set(at, Userdata::NEXT, head);
            self.mem.set(at, Userdata::FINAL, FINAL_DONE);
            self.mem.set(AT, root::USERDATA, at);
            let object = Value::from(Userdata(at));
            let handler = meta::handler(self.mem, object, Event::Gc);
            if !handler.is_nil() {
                return Some((handler, object));
            }
        }
    }

    /// Calls the next finalizer above everything live; the interrupted activation goes on afterwards.
    pub(crate) fn start_finalizer(&mut self) -> Result<(), Raise> {
        let at = self.live_end();
        let at = self.ensure_stack(at, at + 16)?;
        let Some((handler, object)) = self.next_finalizer() else {
            return Ok(());
        };
        if self.in_native() {
            let (fp, top) = (self.fp(), self.top());
            self.mem.set(fp, frame::TOP, top - self.base);
        }
        self.mem.store(at, handler.0);
        self.mem.store(at + 8, object.0);
        let back = Return {
            ip: stubs::FINALIZER_END,
            wanted: 1,
            flags: frame::FLAG_META | frame::FLAG_FINALIZER,
            note: self.ip,
            outer: 0,
        };
        self.mem.set(AT, root::IN_FINALIZER, 1);
        self.call_value(at, 1, back)
    }

    /// A finalizer has returned: the next one is called, or what it interrupted goes on.
    pub(super) fn finalizer_returned(&mut self) -> Result<(), Raise> {
        self.mem.set(AT, root::IN_FINALIZER, 0);
        let left = self.fp() + frame::SIZE;
        let ip = self.mem.get(left, frame::NOTE);
        if self.in_native() {
            let top = self.base + self.mem.get(self.fp(), frame::TOP);
            self.set_top_at(top);
        }
        self.goto(ip);
        if self.finalizer_is_due() {
            self.start_finalizer()?;
        }
        Ok(())
    }
}
