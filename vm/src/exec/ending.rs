//! The end of a call by an error that nobody catches: the host gets it, and whatever it leaves stays until the next call. A
//! few captured variables stay open, too; many are closed first, in portions, or the next call would close them all at once.
//! Must not look for who catches.
//!
//! Meanwhile the records stay as they are, for the traceback, and the last activation runs at [`stubs::ENDING`]. On top of its
//! window are the error, where it was raised, and in which rings.

use super::cpu::Cpu;
use super::leaving::PORTION;
use super::stubs;
use super::unwind::Thrown;
use crate::data::closure;
use crate::exit::Exit;
use crate::objects::frame;
use crate::ring::{Ring, Rings};
use crate::value::{TAG_LIGHT, Value};

/// Bytes on top of the window.
pub(crate) const KEPT: u32 = 24;

impl Cpu<'_, '_> {
    /// Nobody in the main thread catches an error. Closing what it leaves is paid by `payer`, as long as that can, and then by
    /// the ring that the host has called.
    #[cold]
    pub(super) fn end_call(&mut self, error: Value, payer: Ring) -> Thrown {
        if self.ip == stubs::ENDING {
            // It takes the place of the error before.
            let place = self.top().wrapping_sub(KEPT);
            self.mem.store(place, error.0);
            return Thrown::Caught;
        }
        if !self.leaves_many() {
            return self.leave_for_host(error);
        }
        let (end, own) = (self.live_end(), self.rings());
        let [at, own] = [self.ip, u32::from(own.pack())].map(|n| Value::tagged(TAG_LIGHT, n));
        let home = self.home();
        self.set_rings(Rings {
            level: home,
            payer: home.max(payer),
        });
        self.close_later(stubs::ENDING, end, &[error, at, own])
    }

    /// Goes on with closing; what has been closed before may be nothing.
    pub(super) fn go_on_ending(&mut self) -> Thrown {
        self.is_checkpoint = true;
        let lowest = self.base_of(self.first_record());
        if !self.close_portion(lowest) {
            return Thrown::Caught;
        }
        let kept = self.top().wrapping_sub(KEPT);
        let [error, at, own] = [0, 8, 16].map(|by| Value(self.mem.load(kept.wrapping_add(by))));
        self.set_rings(Rings::unpack(own.payload() as u8));
        // The traceback shows where it was raised. If the run goes on from here, it ends in the same way.
        self.goto(at.payload());
        let thrown = self.leave_for_host(error);
        self.goto(stubs::ENDING);
        thrown
    }

    /// Whether many captured variables are open of all that the call has left.
    fn leaves_many(&self) -> bool {
        let bottom = self.first_record();
        self.fp() >= bottom && {
            let mut open = closure::open_at(self.mem, self.base_of(bottom));
            open.nth(PORTION as usize).is_some()
        }
    }

    fn leave_for_host(&mut self, error: Value) -> Thrown {
        self.keep_traceback();
        let bottom = self.first_record();
        self.drop_records(bottom.wrapping_sub(frame::SIZE));
        Thrown::Out(Exit::Error(error))
    }
}
