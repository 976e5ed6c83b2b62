//! Leaving what an error unwinds. The variables there may be hundreds of thousands, so they are closed in portions, and
//! fuel is looked at between them. Must not look for who catches.
//!
//! Meanwhile the records above are dropped already. The activation at which unwinding ends runs at [`stubs::UNWINDING`], with
//! all that lies above its registers as its window. On top of that are the error and the ring that will pay afterwards.
//! What becomes of the error then, its record says: a native that catches gets it, a finalizer has ended, and of
//! another function the caller gets it.

use super::cpu::{Cpu, SLOT};
use super::stubs;
use super::unwind::Thrown;
use crate::data::{closure, string};
use crate::objects::root::{self, AT};
use crate::objects::{Proto, Str, Thread, frame};
use crate::ring::{Outer, Ring, Rings};
use crate::value::{TAG_LIGHT, Value};

/// Variables that are closed in a row.
pub(super) const PORTION: u32 = 256;
/// Variables that are closed for a unit.
const FOR_A_UNIT: u32 = 4;
/// Bytes on top of the window.
pub(crate) const KEPT: u32 = 16;

impl Cpu<'_, '_> {
    /// Drops everything above the record at `place`, and then goes on there with the error. Whoever has raised it
    /// pays.
    pub(super) fn unwind(&mut self, place: u32, error: Value) -> Thrown {
        self.unwind_for(place, error, self.rings().payer)
    }

    /// The same for the owner of an account that is used up: nobody pays that would not pay afterwards.
    pub(super) fn unwind_stopped(&mut self, place: u32, error: Value) -> Thrown {
        self.unwind_for(place, error, Ring::Library)
    }

    fn unwind_for(&mut self, place: u32, error: Value, payer: Ring) -> Thrown {
        let end = match self.ip == stubs::UNWINDING {
            // Another error takes the place of that.
            true => self.top().wrapping_sub(KEPT),
            false => self.live_end(),
        };
        self.drop_above(place);
        if self.has_left(self.lowest_left()) {
            return self.arrive(error);
        }
        let own = self.rings();
        let to = self.rings_to_come();
        self.set_rings(Rings {
            level: to.level,
            payer: to.payer.max(payer),
        });
        if self.close_portion(self.lowest_left()) {
            self.set_rings(own);
            return self.arrive(error);
        }
        let own = Value::tagged(TAG_LIGHT, u32::from(own.pack()));
        self.close_later(stubs::UNWINDING, end, &[error, own])
    }

    /// Lets a stub go on with closing, with what it needs from `end` on, where there is the margin for it.
    pub(super) fn close_later(&mut self, stub: u32, end: u32, kept: &[Value]) -> Thrown {
        for (at, value) in (end..).step_by(8).zip(kept) {
            self.mem.store(at, value.0);
        }
        self.set_top_at(end + 8 * kept.len() as u32);
        if self.mem.get(AT, root::PAUSED) != 0 {
            self.forget_step();
        }
        self.goto(stub);
        Thrown::Caught
    }

    /// The same without a pause, for a native that catches, when it is the host that wants it.
    pub(crate) fn unwind_at_once(&mut self, place: u32, error: Value) {
        self.drop_above(place);
        closure::close(self.mem, self.lowest_left());
        self.caught(error);
    }

    /// Goes on with closing.
    pub(super) fn go_on_unwinding(&mut self) -> Thrown {
        self.is_checkpoint = true;
        if !self.close_portion(self.lowest_left()) {
            return Thrown::Caught;
        }
        let top = self.top();
        let error = Value(self.mem.load(top.wrapping_sub(16)));
        let own = Value(self.mem.load(top.wrapping_sub(8)));
        self.set_rings(Rings::unpack(own.payload() as u8));
        self.arrive(error)
    }

    /// Drops the records above `place`, whose activation is now the running one.
    fn drop_above(&mut self, place: u32) {
        let base = self.base_of(place);
        self.drop_records(place);
        self.base = base;
        self.mem.set(AT, root::FP, place);
        if !self.in_native() {
            self.k = self.mem.get(self.proto().0, Proto::CONSTS);
        }
        let thread = self.thread();
        self.mem.set(thread.0, Thread::DEPTH, 0);
    }

    fn catches(&self) -> bool {
        self.mem.get(self.fp(), frame::FLAGS) & frame::FLAG_CATCH != 0
    }

    /// The lowest slot of what is left: what a native that catches has below its call stays.
    fn lowest_left(&self) -> u32 {
        match self.catches() {
            true => self.base.wrapping_add(self.mem.get(self.fp(), frame::TOP)),
            false => self.base,
        }
    }

    /// Whether no variables at `lowest` and above are open.
    fn has_left(&self, lowest: u32) -> bool {
        closure::open_at(self.mem, lowest).next().is_none()
    }

    /// Closes some of the variables at `lowest` and above; tells whether that was all.
    pub(super) fn close_portion(&mut self, lowest: u32) -> bool {
        let closed = closure::close_some(self.mem, lowest, PORTION);
        self.take_fuel(u64::from(closed / FOR_A_UNIT));
        self.has_left(lowest)
    }

    /// The rings in which the guest goes on: those of whoever called what is left, if that was in other ones.
    fn rings_to_come(&self) -> Rings {
        let fp = self.fp();
        let flags = self.mem.get(fp, frame::FLAGS);
        // A native that is a finalizer and catches has its own rings until it is left.
        let keeps = self.catches() && flags & frame::FLAG_FINALIZER != 0;
        match flags & frame::FLAG_RING != 0 && !keeps {
            true => Outer::unpack(self.mem.get(fp, frame::OUTER)).rings,
            false => self.rings(),
        }
    }

    /// Nothing is left open: the error goes on as the running record says.
    fn arrive(&mut self, error: Value) -> Thrown {
        if self.catches() {
            self.caught(error);
            return Thrown::Caught;
        }
        if self.is_strange_finalizer(self.fp()) {
            self.end_finalizer(self.fp());
            return Thrown::Caught;
        }
        self.throw_in_caller(error)
    }

    /// The running native gets `false` and the error. One that would only return them is left at once.
    fn caught(&mut self, error: Value) {
        let (place, slot) = (self.fp(), self.lowest_left());
        self.back_in_native();
        let flags = self.mem.get(place, frame::FLAGS) & !frame::FLAG_CATCH;
        self.mem.set(place, frame::FLAGS, flags);
        self.mem.store(slot, Value::FALSE.0);
        self.mem.store(slot + 8, error.0);
        self.set_top_at(slot + 16);
        self.take_fuel(4);
        if self.pass_results(slot, 2) {
            // Who interrupts a native may have found it in the middle of a step.
            self.forget_step();
        } else {
            self.goto(stubs::NATIVE_RUN);
        }
    }

    /// The running function was stopped: its caller gets the error, which is a text, as if the call had failed.
    fn throw_in_caller(&mut self, error: Value) -> Thrown {
        let fp = self.fp();
        let flags = self.mem.get(fp, frame::FLAGS);
        self.drop_records(fp.wrapping_sub(frame::SIZE));
        self.base = self.mem.get(fp, frame::BASE);
        self.k = self.mem.get(fp, frame::K);
        self.mem.set(AT, root::FP, fp.wrapping_sub(frame::SIZE));
        let ip = self.mem.get(fp, frame::IP);
        let at = match flags & frame::FLAG_META != 0 {
            true => self.mem.get(fp, frame::NOTE),
            false if stubs::is_stub(ip) => ip,
            false => ip.wrapping_sub(SLOT),
        };
        self.goto(at);
        let text = Str::of(error).map(|text| string::bytes(self.mem, text).to_vec());
        let raise = self.runtime_error_bytes(&text.unwrap_or_default());
        if ip == stubs::HANDLED {
            // The same handler would only be called once more, and stopped at once, without end.
            let error = self.error_value(raise);
            return self.end_handling(error);
        }
        self.throw(raise)
    }
}
