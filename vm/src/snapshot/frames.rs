//! The activations of a strange thread: that each can be gone back to. Must not change anything.
//!
//! The engine trusts records: where a return leads, how many values it moves, which window a native has. So
//! all of that must be what a call has written, down to the word that called.

use super::Flaw;
use super::threads::{
    NOTED, Stacks, Stand, live_end, lua_at, native_at, needs_returned, takes_list,
};
use super::walk::Check;
use crate::data::thread::{DEAD, NORMAL, SUSPENDED};
use crate::exec::cpu::SLOT;
use crate::exec::frame::MARGIN;
use crate::exec::{ending, hook, leaving, stubs};
use crate::host::Mem;
use crate::load::renew::Starts;
use crate::native::HANDLER_BELOW;
use crate::objects::root::{self, AT};
use crate::objects::{Proto, Thread, frame};
use crate::value::{TAG_LIGHT, Value};
use bvm_isa::proto::VARARG_ISVARARG;
use bvm_isa::{Op, Word};

/// Bytes that a native may push without asking.
const ROOM: u32 = crate::exec::frame::ROOM * 8;

/// Looks at all threads; their stacks hold values.
pub(super) fn check(mem: &Mem<'_>, threads: &[u32], starts: &Starts) -> Check {
    for &t in threads {
        let mut walk = Frames {
            mem,
            starts,
            t,
            status: mem.get(t, Thread::STATUS),
            stand: Stand::of(mem, t),
            stacks: Stacks::of(mem, t),
            end: 0,
        };
        walk.end = live_end(mem, &walk.stand, &walk.stacks)?;
        walk.all()?;
    }
    Ok(())
}

struct Frames<'a, 'c> {
    mem: &'a Mem<'c>,
    starts: &'a Starts,
    t: u32,
    status: u8,
    stand: Stand,
    stacks: Stacks,
    /// Where live slots end.
    end: u32,
}

/// An activation, and what is known from above.
#[derive(Clone, Copy)]
struct Activation {
    fp: u32,
    base: u32,
    k: u32,
    /// Where it goes on.
    ip: u32,
    /// The interrupted instruction, for continuations that go back to it.
    note: u32,
    callee: Option<Callee>,
}

/// What an activation has called.
#[derive(Clone, Copy)]
struct Callee {
    /// Where its function is and its results will be.
    slot: u32,
    wanted: u32,
}

impl Frames<'_, '_> {
    fn flaw<T>(&self, what: &'static str, at: u32) -> Check<T> {
        Err(Flaw::new(what, at))
    }

    fn demand(&self, holds: bool, what: &'static str, at: u32) -> Check {
        match holds {
            true => Ok(()),
            false => self.flaw(what, at),
        }
    }

    fn all(&self) -> Check {
        let (mem, stand, stacks) = (self.mem, &self.stand, &self.stacks);
        self.results()?;
        self.demand(stacks.has_slot(stand.top), "a top in no stack", self.t)?;
        if stand.fp == stacks.frames {
            return self.without_activations();
        }
        let mut here = self.last()?;
        loop {
            let slot = self.activation(&here)?;
            let (fp, below) = (here.fp, here.fp - frame::SIZE);
            let wanted = u32::from(mem.get(fp, frame::WANTED));
            let end = u64::from(slot) + u64::from(wanted) * 8;
            let fits = wanted <= 512 && end <= u64::from(stacks.stack_end);
            self.demand(fits, "more results than fit", fp)?;
            let is_first = below == stacks.frames;
            let is_entry = mem.get(fp, frame::FLAGS) & frame::FLAG_ENTRY != 0;
            self.demand(is_first == is_entry, "an entry in the middle", fp)?;
            if is_first {
                return self.entry(fp, wanted);
            }
            here = Activation {
                fp: below,
                base: mem.get(fp, frame::BASE),
                k: mem.get(fp, frame::K),
                ip: mem.get(fp, frame::IP),
                note: mem.get(fp, frame::NOTE),
                callee: Some(Callee { slot, wanted }),
            };
        }
    }

    /// Results that the continuation will take lie on the stack.
    fn results(&self) -> Check {
        let (stand, stacks) = (&self.stand, &self.stacks);
        if !stand.is_running || !needs_returned(stand.ip) {
            return Ok(());
        }
        let returned = self.mem.get(AT, root::RETURNED);
        let fits = stacks.has_slot(returned) && returned < stacks.stack_end;
        self.demand(fits, "results in no stack", returned)?;
        let is_list = [stubs::HALT, stubs::COROUTINE_END].contains(&stand.ip);
        let fits = !is_list || returned <= stand.top;
        self.demand(fits, "results that end before they begin", returned)
    }

    /// The last activation, which runs or will be resumed.
    fn last(&self) -> Check<Activation> {
        let (mem, stand) = (self.mem, &self.stand);
        let waits = self.status == NORMAL || self.status == SUSPENDED;
        let is_native = mem.get(stand.fp, frame::KIND) == frame::KIND_NATIVE;
        let fits = !waits || is_native;
        self.demand(fits, "a coroutine that waits in no native", self.t)?;
        // A finalizer's own rings are not those of what it calls.
        const BOTH: u8 = frame::FLAG_RING | frame::FLAG_FINALIZER;
        let changes_rings = mem.get(stand.fp, frame::FLAGS) & BOTH == frame::FLAG_RING;
        let fits = !waits || !changes_rings;
        self.demand(fits, "a coroutine that waits in other rings", self.t)?;
        let is_over = [stubs::HALT, stubs::COROUTINE_END].contains(&stand.ip);
        let fits = !stand.is_running || !is_over;
        self.demand(fits, "an end in the middle", self.t)?;
        let above = stand.fp + frame::SIZE;
        let is_noted = stand.is_running && NOTED.contains(&stand.ip);
        let note = match is_noted && above < self.stacks.frames_end {
            true => mem.get(above, frame::NOTE),
            false => 0,
        };
        Ok(Activation {
            fp: stand.fp,
            base: stand.base,
            k: stand.k,
            ip: stand.ip,
            note,
            callee: None,
        })
    }

    /// Nothing runs, has begun, or is left of it.
    fn without_activations(&self) -> Check {
        let (stand, stacks) = (&self.stand, &self.stacks);
        if stand.is_running {
            let is_main = self.t == self.mem.get(AT, root::MAIN);
            let ends = [stubs::HALT, stubs::COROUTINE_END];
            let end = ends.get(usize::from(!is_main)).copied();
            return self.demand(
                Some(stand.ip) == end,
                "a coroutine that runs nothing",
                self.t,
            );
        }
        let fits = self.status == DEAD || self.status == SUSPENDED && stand.top > stacks.stack;
        self.demand(fits, "a coroutine without a function", self.t)
    }

    /// The first record goes back to the host, or to whoever has resumed.
    fn entry(&self, fp: u32, wanted: u32) -> Check {
        let back = match self.t == self.mem.get(AT, root::MAIN) {
            true => stubs::HALT,
            false => stubs::COROUTINE_END,
        };
        let fits = self.mem.get(fp, frame::IP) == back && wanted == 0;
        self.demand(fits, "an entry that comes from nowhere", fp)?;
        let base = self.mem.get(fp, frame::BASE);
        self.demand(self.stacks.has_slot(base), "a base in no stack", fp)
    }

    /// Looks at an activation; gives the slot of its function.
    fn activation(&self, here: &Activation) -> Check<u32> {
        let stacks = &self.stacks;
        let fits = stacks.has_slot(here.base) && here.base > stacks.stack && here.base <= self.end;
        self.demand(fits, "a base in no stack", here.fp)?;
        if let Some(callee) = here.callee {
            self.demand(
                callee.slot >= here.base,
                "a callee below its caller",
                here.fp,
            )?;
        }
        match self.mem.get(here.fp, frame::KIND) {
            frame::KIND_LUA => self.lua(here),
            frame::KIND_NATIVE => self.native(here),
            _ => self.flaw("an activation of no kind", here.fp),
        }
    }

    fn lua(&self, here: &Activation) -> Check<u32> {
        let mem = self.mem;
        let Some((_, proto)) = lua_at(mem, here.base) else {
            return self.flaw("a Lua activation of no Lua function", here.fp);
        };
        let size = u32::from(mem.get(proto.0, Proto::MAXSTACK));
        let fits = here.base + size * 8 + MARGIN <= self.stacks.stack_end;
        self.demand(fits, "registers beyond the stack", here.fp)?;
        let mut slot = here.base - 8;
        if mem.get(proto.0, Proto::VARARG) & VARARG_ISVARARG != 0 {
            let given = mem.get(here.fp, frame::EXTRA);
            let params = u32::from(mem.get(proto.0, Proto::PARAMS));
            let room = (slot - self.stacks.stack) / 8;
            self.demand(
                given >= params && given < room,
                "arguments beyond the stack",
                here.fp,
            )?;
            slot -= given * 8 + 8;
        }
        if self.status == DEAD {
            return Ok(slot);
        }
        self.demand(
            here.k == mem.get(proto.0, Proto::CONSTS),
            "constants of another function",
            here.fp,
        )?;
        self.lua_place(here, proto)?;
        Ok(slot)
    }

    /// The number and the word of an instruction, when `ip` is at one.
    fn word_at(&self, proto: Proto, ip: u32) -> Check<(u32, Word)> {
        let by = ip.wrapping_sub(self.mem.get(proto.0, Proto::CODE));
        let pc = (by / SLOT).wrapping_sub(1);
        let starts = self.starts.get(&proto.0);
        let is_start = by.is_multiple_of(SLOT)
            && pc < self.mem.get(proto.0, Proto::NCODE)
            && starts.is_some_and(|starts| starts.contains(pc as usize));
        if !is_start {
            return self.flaw("a place that is no instruction", ip);
        }
        let words = self.mem.get(proto.0, Proto::WORDS);
        Ok((pc, Word(self.mem.load(words + pc * 4))))
    }

    /// Whether a Lua function can go on where it is to.
    fn lua_place(&self, here: &Activation, proto: Proto) -> Check {
        match here.ip {
            stubs::META | stubs::META_NOT => {
                let (_, word) = self.word_at(proto, here.note)?;
                let fits = match word.op() {
                    Some(Op::Le | Op::Lt) => true,
                    Some(Op::GetGlobal | Op::GetTable | Op::SetGlobal | Op::SetTable) => {
                        here.ip == stubs::META
                    }
                    Some(Op::SelfOp | Op::Unm | Op::Len | Op::Concat | Op::Eq) => {
                        here.ip == stubs::META
                    }
                    Some(Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod | Op::Pow) => {
                        here.ip == stubs::META
                    }
                    Some(Op::TForLoop) => here.ip == stubs::META,
                    _ => false,
                };
                self.demand(fits, "an instruction that calls nothing", here.note)
            }
            stubs::HANDLED => self.demand(
                here.callee.is_some() || self.stand.is_running,
                "a handler of nothing",
                here.fp,
            ),
            stubs::UNWINDING => self.leaving(here, leaving::KEPT),
            stubs::ENDING => self.ending(here, Some(proto)),
            stubs::HOOK_END => {
                let (_, word) = self.word_at(proto, here.note)?;
                let top = self.hooked_top(here)?;
                self.open_list(here, proto, here.note, word, top)
            }
            stubs::FINALIZER_END => {
                self.word_at(proto, here.note)?;
                let takes = takes_list(self.mem, proto, here.note);
                self.demand(!takes, "a finalizer in a list", here.note)
            }
            _ => self.instruction(here, proto),
        }
    }

    fn instruction(&self, here: &Activation, proto: Proto) -> Check {
        let (pc, word) = self.word_at(proto, here.ip)?;
        let Some(callee) = here.callee else {
            return self.open_list(here, proto, here.ip, word, self.stand.top);
        };
        // The instruction before has called.
        let (_, call) = self.word_at(proto, here.ip.wrapping_sub(SLOT))?;
        let (a, c) = (u32::from(call.a()), u32::from(call.c()));
        let (register, wanted) = match call.op() {
            Some(Op::Call) => (a, c),
            Some(Op::TailCall) => (a, 0),
            Some(Op::TForLoop) => (a + 3, c + 1),
            _ => return self.flaw("a return to what has not called", here.ip),
        };
        let fits = pc > 0 && callee.slot == here.base + register * 8 && callee.wanted == wanted;
        self.demand(fits, "a return to what has called otherwise", here.ip)
    }

    /// A list that ends at `top` begins before, if the instruction takes one.
    fn open_list(&self, here: &Activation, proto: Proto, ip: u32, word: Word, top: u32) -> Check {
        if !takes_list(self.mem, proto, ip) {
            return Ok(());
        }
        let first = match word.op() {
            Some(Op::Return) => u32::from(word.a()),
            _ => u32::from(word.a()) + 1,
        };
        let fits = top >= here.base + first * 8 && top + MARGIN / 2 <= self.stacks.stack_end;
        self.demand(fits, "a list that ends before it begins", ip)
    }

    /// What an error has left is being closed: so many bytes of its window are the error, and how it goes on.
    fn leaving(&self, here: &Activation, kept: u32) -> Check {
        let fits = here.callee.is_none()
            && self.stand.top >= here.base + kept
            && self.stand.top + ROOM <= self.stacks.stack_end;
        self.demand(fits, "an error that leaves nothing", here.fp)
    }

    /// The same before the host gets the error. A traceback shows where it was raised, and nobody goes back there.
    fn ending(&self, here: &Activation, proto: Option<Proto>) -> Check {
        self.leaving(here, ending::KEPT)?;
        let is_main = self.t == self.mem.get(AT, root::MAIN);
        self.demand(is_main, "a coroutine that ends for the host", here.fp)?;
        let raised = Value(self.mem.load(self.stand.top - ending::KEPT + 8));
        match (raised.untag(TAG_LIGHT), proto) {
            (Some(at), _) if stubs::is_stub(at) => Ok(()),
            (Some(at), Some(proto)) => self.word_at(proto, at).map(|_| ()),
            _ => self.flaw("an error raised nowhere", here.fp),
        }
    }

    /// The top that a hook will restore: it lies below the hook's function.
    fn hooked_top(&self, here: &Activation) -> Check<u32> {
        let slot = match here.callee {
            Some(callee) => callee.slot,
            None => self.mem.get(AT, root::RETURNED),
        };
        let saved = Value(self.mem.load(slot.wrapping_sub(8))).untag(TAG_LIGHT);
        let top = saved.and_then(|saved| here.base.checked_add(saved));
        match top {
            Some(top) if slot > here.base && self.stacks.has_slot(top) => Ok(top),
            _ => self.flaw("a hook that has lost the top", here.fp),
        }
    }

    fn native(&self, here: &Activation) -> Check<u32> {
        let mem = self.mem;
        if native_at(mem, here.base).is_none() {
            return self.flaw("a native activation of no native", here.fp);
        }
        let slot = here.base - 8;
        if self.status == DEAD {
            return Ok(slot);
        }
        // Where the window ends, at least.
        let end = match here.callee {
            Some(callee) => callee.slot,
            None => self.stand.top,
        };
        let top = match here.ip {
            stubs::HOOK_END => self.hooked_top(here)?,
            _ => end,
        };
        let fits = end >= here.base && top >= here.base && top + ROOM <= self.stacks.stack_end;
        self.demand(fits, "a window beyond the stack", here.fp)?;
        self.native_place(here)?;
        match mem.get(here.fp, frame::EXTRA) == hook::LEAVING {
            true => {
                let fits = mem.get(here.fp, frame::TOP) <= (top - here.base) / 8;
                self.demand(fits, "a native that returns too much", here.fp)?;
            }
            false => self.waiting(here, end, top)?,
        }
        Ok(slot)
    }

    /// The slot that a native waits at for a call, a coroutine or an error.
    fn waiting(&self, here: &Activation, end: u32, top: u32) -> Check {
        let mem = self.mem;
        let kept = mem.get(here.fp, frame::TOP);
        let catches = mem.get(here.fp, frame::FLAGS) & frame::FLAG_CATCH != 0;
        let resumes = self.status == NORMAL && here.callee.is_none();
        let is_called = here.callee.is_some() && here.ip == stubs::NATIVE_RESUME;
        if !catches && !resumes && !is_called && here.ip != stubs::FINALIZER_END {
            return Ok(());
        }
        let place = u64::from(here.base) + u64::from(kept);
        let fits = kept.is_multiple_of(8) && place + 24 <= u64::from(self.stacks.stack_end);
        self.demand(fits, "a native that waits for no slot", here.fp)?;
        let fits = match is_called {
            true => place == u64::from(end),
            false => place <= u64::from(end.max(top)),
        };
        self.demand(fits, "a native that waits for another slot", here.fp)?;
        let handler = mem.get(here.fp, frame::EXTRA) >> 16;
        if catches && handler != 0 && handler != HANDLER_BELOW {
            let at = u64::from(here.base) + u64::from(handler - 1) * 8;
            self.demand(at < place, "a handler in no slot", here.fp)?;
        }
        Ok(())
    }

    /// Whether a native can go on where it is to.
    fn native_place(&self, here: &Activation) -> Check {
        let enters = [stubs::NATIVE_RUN, stubs::NATIVE_RESUME];
        let fits = match here.ip {
            stubs::NATIVE_RUN => here.callee.is_none(),
            stubs::NATIVE_RESUME => here.callee.is_none_or(|callee| callee.wanted == 0),
            stubs::HANDLED => true,
            stubs::UNWINDING => return self.leaving(here, leaving::KEPT),
            stubs::ENDING => return self.ending(here, None),
            stubs::HOOK_END | stubs::FINALIZER_END => enters.contains(&here.note),
            _ => false,
        };
        self.demand(fits, "a native that goes on nowhere", here.fp)
    }
}
