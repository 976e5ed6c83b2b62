//! The walk's visit of a thread: its two stacks, as far as something in them is alive.
//!
//! Registers above the running activation belong to nobody: a snapshot has nil there. So do records above
//! the last one, and fields of records that mean nothing for their kind.

use super::Flaw;
use super::walk::{Check, Walk};
use crate::data::heights;
use crate::exec::cpu::pc_of;
use crate::exec::frame::MARGIN;
use crate::exec::operate::CONCAT_MARK;
use crate::exec::{hook, stubs};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, KIND, NativeClosure, Proto, Table, Thread, Upval, frame};
use crate::value::{TAG_FUNCTION, Value};
use bvm_isa::proto::VARARG_ISVARARG;
use bvm_isa::{Op, Word};

/// Where a thread stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    pub is_running: bool,
    pub fp: u32,
    pub ip: u32,
    pub base: u32,
    pub k: u32,
    pub open: u32,
    pub top: u32,
}

impl Stand {
    /// The running thread's is kept in the root page.
    pub fn of(mem: &Mem<'_>, t: u32) -> Stand {
        if t == mem.get(AT, root::THREAD) {
            return Stand {
                is_running: true,
                fp: mem.get(AT, root::FP),
                ip: mem.get(AT, root::SAVED_IP),
                base: mem.get(AT, root::SAVED_BASE),
                k: mem.get(AT, root::SAVED_K),
                open: mem.get(AT, root::OPEN),
                top: mem.get(AT, root::TOP),
            };
        }
        Stand {
            is_running: false,
            fp: mem.get(t, Thread::FP),
            ip: mem.get(t, Thread::IP),
            base: mem.get(t, Thread::BASE),
            k: mem.get(t, Thread::K),
            open: mem.get(t, Thread::OPEN),
            top: mem.get(t, Thread::TOP),
        }
    }
}

/// Where a thread's stacks are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stacks {
    pub stack: u32,
    pub stack_end: u32,
    pub frames: u32,
    pub frames_end: u32,
}

impl Stacks {
    pub fn of(mem: &Mem<'_>, t: u32) -> Stacks {
        let (stack, frames) = (mem.get(t, Thread::STACK), mem.get(t, Thread::FRAMES));
        Stacks {
            stack,
            stack_end: stack.wrapping_add(mem.get(t, Thread::STACKSIZE)),
            frames,
            frames_end: frames.wrapping_add(u32::from(mem.get(t, Thread::CAPACITY)) * frame::SIZE),
        }
    }

    /// Whether an offset is one of a slot, or the end of the last.
    pub fn has_slot(&self, at: u32) -> bool {
        (self.stack..=self.stack_end).contains(&at) && (at - self.stack).is_multiple_of(8)
    }
}

/// Continuations for which the record of the activation that has just returned is needed.
pub(super) const NOTED: [u32; 4] = [
    stubs::META,
    stubs::META_NOT,
    stubs::HOOK_END,
    stubs::FINALIZER_END,
];

/// The Lua function of an activation, and its prototype.
pub(super) fn lua_at(mem: &Mem<'_>, base: u32) -> Option<(Closure, Proto)> {
    let at = Value(mem.load(base.wrapping_sub(8))).untag(TAG_FUNCTION)?;
    let is_lua = mem.get(at, KIND) == Closure::KIND;
    is_lua.then(|| (Closure(at), Proto(mem.get(at, Closure::PROTO))))
}

/// The instruction at `ip`, if that is one of the function's.
fn word_at(mem: &Mem<'_>, proto: Proto, ip: u32) -> Option<Word> {
    let pc = pc_of(mem, proto, ip);
    let words = mem.get(proto.0, Proto::WORDS);
    let is_there = pc < mem.get(proto.0, Proto::NCODE);
    is_there.then(|| Word(mem.load(words.wrapping_add(pc * 4))))
}

/// Whether an instruction takes a list of values that ends at the top.
pub(super) fn takes_list(mem: &Mem<'_>, proto: Proto, ip: u32) -> bool {
    word_at(mem, proto, ip).is_some_and(crate::exec::slow::takes_open_list)
}

pub(super) fn visit(walk: &mut Walk<'_, '_>, t: u32) -> Check {
    let mem = walk.mem;
    walk.threads.push(t);
    walk.field(t, Thread::ENV, Table::KIND)?;
    walk.optional(mem.get(t, Thread::RESUMER), Thread::KIND)?;
    walk.value(Value(mem.get(t, Thread::HOOK)))?;
    if walk.is_idle || !walk.lists.gray.contains(&t) {
        walk.blank(t, Thread::LISTED, 4);
    }
    let (stand, stacks) = (Stand::of(mem, t), Stacks::of(mem, t));
    if stand.is_running {
        for field in [
            Thread::FP,
            Thread::IP,
            Thread::BASE,
            Thread::K,
            Thread::OPEN,
        ] {
            walk.blank(t, field, 4);
        }
        walk.blank(t, Thread::TOP, 4);
    }
    let depth = stand.fp.wrapping_sub(stacks.frames);
    let fits = stacks.has_slot(stacks.stack_end)
        && stacks.frames <= stacks.frames_end
        && stacks.stack_end.wrapping_sub(stacks.stack) > MARGIN
        && (1..=mem.get(t, Thread::CAPACITY)).contains(&mem.get(t, Thread::ROOM))
        && depth.is_multiple_of(frame::SIZE)
        && depth < stacks.frames_end.wrapping_sub(stacks.frames);
    if !fits {
        return Err(Flaw::new("a coroutine beside its stacks", t));
    }
    let end = live_end(mem, &stand, &stacks)?;
    let alive = match walk.is_strict {
        // The heights are not there yet, and no leftovers are.
        true => end,
        false => registers_end(mem, &stand, &stacks).map_or(end, |alive| alive.min(end)),
    };
    take_stack(walk, &stacks, end, alive)?;
    take_frames(walk, t, &stand, &stacks)?;
    upvalues(walk, stand.open, stacks.stack, end)
}

/// End of what is alive on the stack.
pub(super) fn live_end(mem: &Mem<'_>, stand: &Stand, stacks: &Stacks) -> Check<u32> {
    let mut end = stand.top;
    if stand.is_running && stand.fp != stacks.frames {
        if mem_kind(mem, stand.fp) == frame::KIND_LUA {
            let Some((_, proto)) = lua_at(mem, stand.base) else {
                return Err(Flaw::new("an activation of no function", stand.fp));
            };
            let size = u32::from(mem.get(proto.0, Proto::MAXSTACK));
            end = stand.base.wrapping_add(size * 8);
            if takes_list(mem, proto, stand.ip) {
                end = end.max(stand.top);
            }
        }
        if stubs::has_own_top(stand.ip) {
            // What was above the registers belongs to them, and nothing more.
            end = stand.top;
        }
        if stubs::is_stub(stand.ip) {
            // Results that have not been taken yet.
            let returned = mem.get(AT, root::RETURNED);
            if stacks.has_slot(returned) && needs_returned(stand.ip) {
                end = end.max(returned.saturating_add(8));
            }
            if stand.ip == stubs::COROUTINE_END {
                end = end.max(stand.top);
            }
        }
    }
    match stacks.has_slot(end) {
        true => Ok(end),
        false => Err(Flaw::new("a stack that ends beside itself", stacks.stack)),
    }
}

/// End of what is alive where that is less than all registers of the running Lua function.
fn registers_end(mem: &Mem<'_>, stand: &Stand, stacks: &Stacks) -> Option<u32> {
    let has_begun = stand.is_running && stand.fp != stacks.frames;
    if !has_begun || mem_kind(mem, stand.fp) != frame::KIND_LUA {
        return None;
    }
    let (_, proto) = lua_at(mem, stand.base)?;
    let end = |ip, top| {
        let registers = heights::end(mem, proto, stand.base, pc_of(mem, proto, ip));
        match takes_list(mem, proto, ip) {
            true => registers.max(top),
            false => registers,
        }
    };
    let note = mem.get(stand.fp + frame::SIZE, frame::NOTE);
    let returned = mem.get(AT, root::RETURNED);
    // The interrupted instruction will take the results of the activation that has just returned.
    let results = match word_at(mem, proto, note) {
        Some(word) if word.op() == Some(Op::TForLoop) => u32::from(word.c()),
        _ => 1,
    };
    let results = returned.wrapping_add(results * 8);
    match stand.ip {
        stubs::HOOK_END => {
            // The top is kept below the hook's function.
            let saved = Value(mem.load(returned.wrapping_sub(8)));
            let top = stand.base.wrapping_add(saved.payload());
            Some(end(note, top).max(results))
        }
        ip if NOTED.contains(&ip) => Some(end(note, stand.top).max(results)),
        ip if stubs::is_stub(ip) => None,
        ip => Some(end(ip, stand.top)),
    }
}

/// Whether a continuation looks where the activation before put its results.
pub(super) fn needs_returned(ip: u32) -> bool {
    NOTED.contains(&ip) || [stubs::HALT, stubs::COROUTINE_END, stubs::HANDLED].contains(&ip)
}

fn mem_kind(mem: &Mem<'_>, fp: u32) -> u8 {
    mem.get(fp, frame::KIND)
}

fn take_stack(walk: &mut Walk<'_, '_>, stacks: &Stacks, end: u32, alive: u32) -> Check {
    let Stacks {
        stack, stack_end, ..
    } = *stacks;
    let mem = walk.mem;
    let size = u64::from(stack_end - stack);
    walk.space.take(stack, size, u64::from(end - stack))?;
    walk.blank_tail(stack, u64::from(end - stack));
    walk.slack.push((end, stack_end));
    walk.blank_at(alive, end - alive);
    for place in (stack..alive).step_by(8) {
        let v = Value(mem.load(place));
        // An instruction that waits for a metamethod may have left its mark in a register.
        if v != CONCAT_MARK {
            walk.value(v)?;
        }
    }
    Ok(())
}

/// Takes the records and notes what of them means nothing.
fn take_frames(walk: &mut Walk<'_, '_>, t: u32, stand: &Stand, stacks: &Stacks) -> Check {
    let mem = walk.mem;
    let (frames, size) = (stacks.frames, stacks.frames_end - stacks.frames);
    let mut used = stand.fp - frames + frame::SIZE;
    if stand.is_running && NOTED.contains(&stand.ip) && used < size {
        walk.blank_at(frames + used, u32::from(frame::NOTE.disp()));
        used += frame::SIZE;
    }
    walk.space.take(frames, u64::from(size), u64::from(used))?;
    let mut base = stand.base;
    let mut fp = stand.fp;
    // How the activation goes on, and whether it is the last one of a thread that waits for another one.
    let mut goes_on = stand.ip;
    let mut waits = mem.get(t, Thread::STATUS) == crate::data::thread::NORMAL;
    while fp > frames {
        let flags = mem.get(fp, frame::FLAGS);
        if flags & frame::FLAG_META == 0 {
            walk.blank(fp, frame::NOTE, 4);
        }
        if mem_kind(mem, fp) == frame::KIND_LUA {
            walk.blank(fp, frame::TOP, 4);
            let proto = lua_at(mem, base).map(|(_, proto)| proto);
            let is_vararg =
                proto.is_some_and(|p| mem.get(p.0, Proto::VARARG) & VARARG_ISVARARG != 0);
            if !is_vararg {
                walk.blank(fp, frame::EXTRA, 4);
            }
        } else {
            let is_kept = waits
                || flags & frame::FLAG_CATCH != 0
                || mem.get(fp, frame::EXTRA) == hook::LEAVING
                || goes_on == stubs::FINALIZER_END
                || goes_on == stubs::NATIVE_RESUME && fp != stand.fp;
            if !is_kept {
                walk.blank(fp, frame::TOP, 4);
            }
        }
        goes_on = mem.get(fp, frame::IP);
        waits = false;
        base = mem.get(fp, frame::BASE);
        // Natives have no constants, and nobody goes back below the first record.
        let below = fp - frame::SIZE;
        if below == frames || mem_kind(mem, below) == frame::KIND_NATIVE {
            walk.blank(fp, frame::K, 4);
        }
        fp = below;
    }
    if !stand.is_running && (stand.fp == frames || mem_kind(mem, stand.fp) == frame::KIND_NATIVE) {
        walk.blank(t, Thread::K, 4);
    }
    Ok(())
}

/// The open upvalues of a thread, highest first: each stands for a slot of what is alive on the stack.
fn upvalues(walk: &mut Walk<'_, '_>, first: u32, stack: u32, end: u32) -> Check {
    let mut at = first;
    let mut place = end;
    while at != 0 {
        walk.object(at, Upval::KIND)?;
        let next = walk.mem.get(at, Upval::AT);
        // This also ends a list that comes back to itself.
        if !(stack..place).contains(&next) || !(next - stack).is_multiple_of(8) {
            return Err(Flaw::new("an open upvalue beside its place", at));
        }
        place = next;
        at = walk.mem.get(at, Upval::NEXT);
    }
    Ok(())
}

/// The native of an activation.
pub(super) fn native_at(mem: &Mem<'_>, base: u32) -> Option<NativeClosure> {
    let at = Value(mem.load(base.wrapping_sub(8))).untag(TAG_FUNCTION)?;
    (mem.get(at, KIND) == NativeClosure::KIND).then_some(NativeClosure(at))
}
