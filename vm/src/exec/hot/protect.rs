//! `pcall` of a Lua function, and its end when the function returns. Errors are the cold code's.

use super::enter::{Header, arguments, fill_nil, open_window, push_record, reach};
use super::native::is_quiet;
use super::{Core, Memory, Regs, become_, dispatch, dispatch_checked, dispatch_paid, handler};
use crate::exec::cpu::SLOT;
use crate::exec::frame::ROOM;
use crate::exec::stubs;
use crate::native::RETURNS_ALL;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, frame};
use crate::value::{TAG_FUNCTION, Value};
use bvm_cage::Window;

/// The step of `pcall` behind the protected call.
const BEHIND: u32 = 1 | RETURNS_ALL;

/// Kind and flags of the record of `pcall`.
const CATCHES: u32 = (frame::KIND_NATIVE as u32) << 16 | (frame::FLAG_CATCH as u32) << 24;

handler! {
    /// A call of `pcall`: its record and that of the Lua function in its first argument.
    #[inline(never)]
    pcall(r) {
        let nargs = arguments(&r);
        let a = r.a();
        let f = Value(r.reg(a.wrapping_add(1)));
        if nargs == 0 || nargs > 255 || f.tag() != TAG_FUNCTION || !is_quiet(&r) {
            become_!(r, super::native::call)
        }
        let h = Header::read(&r.core, r.core.get(f.payload(), Closure::ENTRY));
        let window = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        let args = window.wrapping_add(8);
        let fp = r.core.get(AT, root::FP);
        let own = fp.wrapping_add(frame::SIZE);
        let room = window.wrapping_add((nargs + ROOM) * 8);
        if !h.is_simple(&r.core)
            || reach(h, args, nargs).max(room) > r.core.get(AT, root::STACK_LIMIT)
            || own >= r.core.get(AT, root::FRAME_LIMIT)
        {
            become_!(r, super::native::call)
        }
        let back = r.ip.wrapping_add(SLOT);
        let wanted = u32::from(r.c());
        push_record(&mut r, fp, back, wanted | CATCHES);
        r.core.set(own, frame::EXTRA, BEHIND);
        r.core.set(own, frame::TOP, 0);
        r.base = r.core.window(window);
        push_record(&mut r, own, stubs::NATIVE_RESUME, 0);
        open_window(&mut r, h, own.wrapping_add(frame::SIZE), args, nargs - 1);
        dispatch_checked!(r)
    }
}

handler! {
    /// A call that a native made has returned: `pcall` returns `true` and what the function returned, and
    /// other natives go on with their next step.
    returned(r) {
        let fp = r.core.get(AT, root::FP);
        let aux = r.core.get(fp, frame::AUX);
        let is_pcall = aux & !0xffff == CATCHES
            && r.core.get(fp, frame::EXTRA) == BEHIND
            && r.core.get(fp, frame::TOP) == 0;
        if !is_pcall || aux & 0xffff > 255 {
            become_!(r, super::native::next_step)
        }
        // The results lie where they belong, above the place of `pcall` itself.
        let to = r.core.offset_of(r.base).wrapping_sub(8);
        r.core.store(to, Value::TRUE.0);
        let wanted = aux & 0xffff;
        if wanted != 0 {
            let end = to.wrapping_add((wanted - 1) * 8);
            let top = r.core.get(AT, root::TOP);
            fill_nil(&mut r.core, top, end);
        }
        r.core.set(AT, root::RETURNED, to);
        r.core.set(AT, root::FP, fp.wrapping_sub(frame::SIZE));
        let ip = r.core.get(fp, frame::IP);
        r.fuel.go(r.ip, ip);
        r.ip = ip;
        r.base = r.core.window(r.core.get(fp, frame::BASE));
        r.k = r.core.window(r.core.get(fp, frame::K));
        dispatch_paid!(r)
    }
}
