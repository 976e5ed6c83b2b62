//! Finalizers: `__gc` of userdata, called at safepoints, one at a time.

use super::cpu::Cpu;
use super::frame::Return;
use super::stubs;
use crate::data::userdata;
use crate::error::Raise;
use crate::heap::weak::{FINAL_DONE, FINALIZERS_WAIT};
use crate::meta::{self, Event};
use crate::objects::root::{self, AT};
use crate::objects::{Userdata, frame};
use crate::ring::{Ring, Rings};
use crate::value::Value;

impl Cpu<'_, '_> {
    /// Whether a finalizer should be called now.
    #[inline]
    pub(crate) fn finalizer_is_due(&self) -> bool {
        self.mem.get(AT, root::FINALIZE) != 0 && self.mem.get(AT, root::IN_FINALIZER) == 0
    }

    /// Whether a finalizer runs, or whoever calls them all.
    pub fn in_finalizer(&self) -> bool {
        !matches!(self.mem.get(AT, root::IN_FINALIZER), 0 | FINALIZERS_WAIT)
    }

    /// A finalizer has ended by an error. As in Lua 5.1, the others that are due wait for the next collection, so
    /// that whoever has asked for this one and caught the error is not met by theirs.
    pub(super) fn put_off_finalizers(&mut self) {
        self.mem.set(AT, root::IN_FINALIZER, FINALIZERS_WAIT);
    }

    /// Takes the next userdata whose finalizer is due, with its finalizer, which is to run in [`Cpu::makers_rings`].
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
            userdata::set_final(self.mem, at, FINAL_DONE);
            self.mem.set(AT, root::USERDATA, at);
            let object = Value::from(Userdata(at));
            let handler = meta::handler(self.mem, object, Event::Gc);
            if !handler.is_nil() {
                return Some((handler, object));
            }
        }
    }

    /// Calls the next finalizer above everything live; the interrupted activation goes on afterwards. It runs in the ring
    /// that has made its userdata, and not in that of whoever is interrupted.
    pub(crate) fn start_finalizer(&mut self) -> Result<(), Raise> {
        let (at, note) = (self.live_end(), self.ip);
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
        self.mem.set(AT, root::IN_FINALIZER, 1);
        let outer = self.enter_finalizer(self.makers_rings(object));
        let back = Return {
            ip: stubs::FINALIZER_END,
            wanted: 1,
            flags: frame::FLAG_META | frame::FLAG_FINALIZER | frame::FLAG_RING,
            note,
            outer,
        };
        let before = self.fp();
        let called = self.call_value(at, 1, back);
        if called.is_err() && self.fp() == before {
            // There is no record that would end it when the error unwinds.
            let is_ignored = self.leave_finalizer(outer);
            self.put_off_finalizers();
            if is_ignored {
                self.mem.set(AT, root::IN_FINALIZER, 0);
                return Ok(());
            }
        }
        called
    }

    /// The rings in which the finalizer of a userdata runs.
    pub fn makers_rings(&self, object: Value) -> Rings {
        Rings::of(Userdata::of(object).map_or(Ring::Plugin, |u| userdata::maker(self.mem, u.0)))
    }

    /// Ends the finalizer at `fp`, which runs and has no open variables, as if it had returned.
    pub(super) fn end_finalizer(&mut self, fp: u32) {
        self.drop_records(fp.wrapping_sub(frame::SIZE));
        self.base = self.mem.get(fp, frame::BASE);
        self.k = self.mem.get(fp, frame::K);
        self.mem.set(AT, root::FP, fp.wrapping_sub(frame::SIZE));
        self.goto(stubs::FINALIZER_END);
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
