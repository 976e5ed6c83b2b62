//! Activations: pushing, entering and leaving them, and growing the two stacks.

use super::cpu::Cpu;
use super::stubs;
use crate::data::closure::{self, Function};
use crate::data::{string, table};
use crate::error::Raise;
use crate::heap::{BLOCK, NoMemory, alloc, behind};
use crate::host::Mem;
use crate::meta::{self, Event};
use crate::objects::root::{self, AT};
use crate::objects::{Closure, NativeClosure, Proto, Thread, Upval, frame};
use crate::ring::Ring;
use crate::value::Value;
use bvm_isa::proto::{VARARG_HASARG, VARARG_ISVARARG, VARARG_NEEDSARG};

/// Most bytes of a value stack.
pub(super) const MAX_STACK: u32 = 64 << 20;
/// Bytes kept free above every window.
pub const MARGIN: u32 = 64 * 8;
/// Slots that a native may push without asking. They are above its window before the margin begins, but for leaves.
pub(crate) const ROOM: u32 = 24;

/// Bytes that a large stack gets at a time while there is room behind it.
pub(super) const EXTENSION: u32 = BLOCK;

/// How long a stack of `size` bytes gets that lies where it can get longer and needs `need` bytes.
fn extended(size: u32, need: u32) -> u32 {
    let longer = need.max(size + EXTENSION).next_multiple_of(BLOCK);
    longer.min(MAX_STACK + MARGIN)
}

/// Most words that are moved one by one: the usual lists are a few values long.
const FEW: u32 = 16;

/// Writes nil into `bytes` bytes of slots.
fn fill_nil(mem: &mut Mem<'_>, at: u32, bytes: u32) {
    if bytes > FEW * 8 {
        mem.bytes_mut(at, bytes).fill(0xff);
        return;
    }
    for i in 0..bytes / 8 {
        mem.store(at + i * 8, Value::NIL.0);
    }
}

/// Moves `count` values down a stack, or to where they do not overlap.
pub(super) fn copy_words(mem: &mut Mem<'_>, from: u32, to: u32, count: u32) {
    if from == to {
        return;
    }
    if count > FEW || to.wrapping_sub(from) < count * 8 {
        mem.copy(from, to, count * 8);
        return;
    }
    for i in 0..count {
        let v = mem.load::<u64>(from + i * 8);
        mem.store(to + i * 8, v);
    }
}

/// How an activation goes back to its caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Return {
    /// Where the caller goes on.
    pub ip: u32,
    /// Results wanted plus one; 0 = all.
    pub wanted: u16,
    /// `frame::FLAG_*`
    pub flags: u8,
    /// The interrupted instruction of a metamethod call.
    pub note: u32,
    /// `frame::OUTER` of the record that is replaced, if that has `FLAG_RING`.
    pub outer: u16,
}

impl Cpu<'_, '_> {
    /// Calls the value at stack offset `at` with `nargs` arguments above it. Goes to the callee's first
    /// instruction, or to the stub that runs a native.
    pub(crate) fn call_value(&mut self, at: u32, nargs: u32, back: Return) -> Result<(), Raise> {
        let callee = Value(self.mem.load(at));
        match closure::function_of(self.mem, callee) {
            Some(Function::Lua(f)) => self.enter_lua(f, at, nargs, back),
            Some(Function::Native(_)) => self.enter_native(at, nargs, back),
            None => self.call_by_metamethod(callee, at, nargs, back),
        }
    }

    fn call_by_metamethod(
        &mut self,
        callee: Value,
        at: u32,
        nargs: u32,
        back: Return,
    ) -> Result<(), Raise> {
        let handler = meta::handler(self.mem, callee, Event::Call);
        let function = closure::function_of(self.mem, handler);
        if function.is_none() {
            return Err(self.call_error(callee, at));
        }
        let at = self.ensure_stack(at, at + (nargs + 2) * 8)?;
        self.mem.copy(at, at + 8, (nargs + 1) * 8);
        self.mem.store(at, handler.0);
        match function {
            Some(Function::Lua(f)) => self.enter_lua(f, at, nargs + 1, back),
            _ => self.enter_native(at, nargs + 1, back),
        }
    }

    /// Pushes the record of a function in slot `at`.
    fn push_record(&mut self, back: Return, kind: u8, at: u32) -> Result<(), Raise> {
        let mut fp = self.fp() + frame::SIZE;
        let has_record = |cpu: &Self| kind == frame::KIND_NATIVE && cpu.has_spare_record(at);
        if fp > self.mem.get(AT, root::FRAME_LIMIT) && !has_record(self) {
            self.grow_frames()?;
            fp = self.fp() + frame::SIZE;
        }
        let aux = u32::from(back.wanted) | u32::from(kind) << 16 | u32::from(back.flags) << 24;
        let mut mem = self.mem.masked();
        mem.set(fp, frame::IP, back.ip);
        mem.set(fp, frame::BASE, self.base);
        mem.set(fp, frame::AUX, aux);
        mem.set(fp, frame::TAIL, 0);
        mem.set(fp, frame::OUTER, back.outer);
        mem.set(fp, frame::K, self.k);
        mem.set(fp, frame::EXTRA, 0);
        mem.set(fp, frame::NOTE, back.note);
        mem.set(AT, root::FP, fp);
        if mem.get(AT, root::HOOKED) != 0 {
            self.hook_entered();
        }
        Ok(())
    }

    fn enter_lua(&mut self, f: Closure, at: u32, nargs: u32, back: Return) -> Result<(), Raise> {
        let proto = Proto(self.mem.get(f.0, Closure::PROTO));
        // Hot code must leave whenever this grows, or fuel would depend on which of them ran.
        let size = u32::from(self.mem.get(proto.0, Proto::MAXSTACK));
        let need = match self.mem.get(proto.0, Proto::VARARG) & VARARG_ISVARARG {
            0 => size.max(nargs),
            _ => size + 1 + nargs.max(u32::from(self.mem.get(proto.0, Proto::PARAMS))),
        };
        let at = self.ensure_stack(at, at + 8 + need * 8)?;
        self.push_record(back, frame::KIND_LUA, at)?;
        self.is_checkpoint = true;
        let ring = self.mem.get(proto.0, Proto::RING);
        if self.is_outside(ring) {
            let ring = Ring::new(ring).unwrap_or(Ring::Plugin);
            self.cross(self.rings().call(ring));
        }
        self.open_window(f, proto, at, nargs)
    }

    /// Lays out the registers of `f`, whose record is pushed, and goes to its first instruction.
    fn open_window(&mut self, f: Closure, proto: Proto, at: u32, nargs: u32) -> Result<(), Raise> {
        let mut mem = self.mem.masked();
        let params = u32::from(mem.get(proto.0, Proto::PARAMS));
        let args = at + 8;
        let given = nargs.max(params);
        fill_nil(&mut mem, args + nargs * 8, (given - nargs) * 8);
        let vararg = mem.get(proto.0, Proto::VARARG);
        if vararg & VARARG_ISVARARG == 0 {
            self.base = args;
        } else {
            self.base = args + given * 8 + 8;
            mem.store(self.base - 8, Value::from(f).0);
            copy_words(&mut mem, args, self.base, params);
            fill_nil(&mut mem, args, params * 8);
            let fp = mem.get(AT, root::FP);
            mem.set(fp, frame::EXTRA, given);
        }
        // A hook may look at registers that nothing has been written to.
        let nils = match mem.get(AT, root::HOOKED) {
            0 => mem.get(proto.0, Proto::NILS),
            _ => mem.get(proto.0, Proto::MAXSTACK),
        };
        let nils = u32::from(nils).saturating_sub(params);
        fill_nil(&mut mem, self.base + params * 8, nils * 8);
        self.k = mem.get(proto.0, Proto::CONSTS);
        let entry = mem.get(proto.0, Proto::CODE) + super::cpu::SLOT;
        self.goto(entry);
        if vararg & VARARG_NEEDSARG != 0 {
            let end = self.frame_end();
            self.set_top_at(end);
            let t = self.arg_table(args + params * 8, given - params)?;
            self.mem.store(self.base + params * 8, t.0);
        } else if vararg & VARARG_HASARG != 0 {
            self.mem.store(self.base + params * 8, Value::NIL.0);
        }
        Ok(())
    }

    /// The table `arg` of 5.0-style vararg functions.
    fn arg_table(&mut self, first: u32, count: u32) -> Result<Value, NoMemory> {
        let t = table::new(self.mem, count, 1)?;
        for i in 0..count {
            let v = Value(self.mem.load(first + i * 8));
            table::set_int(self.mem, t, i + 1, v)?;
        }
        let n = string::intern(self.mem, b"n")?;
        table::set_str(self.mem, t, n, Value::number(f64::from(count)))?;
        Ok(t.into())
    }

    fn enter_native(&mut self, at: u32, nargs: u32, back: Return) -> Result<(), Raise> {
        let room = match self.is_leafs_slot(at) {
            // Hot code does some of them without looking.
            true => 0,
            false => ROOM,
        };
        let at = self.ensure_stack(at, at + 8 + (nargs + room) * 8)?;
        self.push_record(back, frame::KIND_NATIVE, at)?;
        self.base = at + 8;
        self.set_top_at(self.base + nargs * 8);
        self.goto(stubs::NATIVE_RUN);
        Ok(())
    }

    /// Replaces the running Lua activation by a call of the value at `at`.
    pub(crate) fn tail_call(&mut self, at: u32, nargs: u32) -> Result<(), Raise> {
        closure::close(self.mem, self.base);
        let callee = Value(self.mem.load(at));
        if closure::function_of(self.mem, callee).is_none() {
            let handler = meta::handler(self.mem, callee, Event::Call);
            if closure::function_of(self.mem, handler).is_none() {
                return Err(self.call_error(callee, at));
            }
            let at = self.ensure_stack(at, at + (nargs + 2) * 8)?;
            self.mem.copy(at, at + 8, (nargs + 1) * 8);
            self.mem.store(at, handler.0);
            return self.tail_call(at, nargs + 1);
        }
        let fp = self.fp();
        let to = self.result_place(fp);
        let back = Return {
            ip: self.mem.get(fp, frame::IP),
            wanted: self.mem.get(fp, frame::WANTED),
            flags: self.mem.get(fp, frame::FLAGS),
            note: self.mem.get(fp, frame::NOTE),
            outer: self.mem.get(fp, frame::OUTER),
        };
        let tails = self.mem.get(fp, frame::TAIL);
        copy_words(self.mem, at, to, nargs + 1);
        self.base = self.mem.get(fp, frame::BASE);
        self.k = self.mem.get(fp, frame::K);
        self.mem.set(AT, root::FP, fp - frame::SIZE);
        self.goto(back.ip);
        self.call_value(to, nargs, back)?;
        let fp = self.fp();
        self.mem.set(fp, frame::TAIL, tails.saturating_add(1));
        Ok(())
    }

    /// Where the results of the running activation go: the slot of its function.
    pub(crate) fn result_place(&self, fp: u32) -> u32 {
        let extra = match self.mem.get(fp, frame::KIND) {
            frame::KIND_LUA if self.proto_is_vararg() => self.mem.get(fp, frame::EXTRA) * 8 + 8,
            _ => 0,
        };
        self.base.wrapping_sub(8 + extra)
    }

    fn proto_is_vararg(&self) -> bool {
        self.mem.get(self.proto().0, Proto::VARARG) & VARARG_ISVARARG != 0
    }

    /// Leaves the running activation with `count` results that lie from `first` on.
    pub(crate) fn return_values(&mut self, first: u32, count: u32) {
        let fp = self.fp();
        let to = self.result_place(fp);
        let wanted = u32::from(self.mem.get(fp, frame::WANTED));
        if self.mem.get(fp, frame::FLAGS) & frame::FLAG_RING != 0 {
            self.restore_rings(fp);
        }
        self.base = self.mem.get(fp, frame::BASE);
        self.k = self.mem.get(fp, frame::K);
        let ip = self.mem.get(fp, frame::IP);
        self.mem.set(AT, root::FP, fp - frame::SIZE);
        self.mem.set(AT, root::RETURNED, to);
        self.goto(ip);
        self.put_results(first, count, to, wanted);
    }

    /// Moves `count` results that lie from `first` on to `to`: as many as `wanted` less one, or all for 0.
    #[inline(always)]
    pub(crate) fn put_results(&mut self, first: u32, count: u32, to: u32, wanted: u32) {
        if wanted == 2 && count > 0 {
            let v = self.mem.load::<u64>(first);
            self.mem.store(to, v);
            return;
        }
        self.put_many(first, count, to, wanted);
    }

    fn put_many(&mut self, first: u32, count: u32, to: u32, wanted: u32) {
        if wanted == 0 {
            copy_words(self.mem, first, to, count);
            self.set_top_at(to + count * 8);
            return;
        }
        let wanted = wanted - 1;
        let moved = count.min(wanted);
        copy_words(self.mem, first, to, moved);
        fill_nil(self.mem, to + moved * 8, (wanted - moved) * 8);
    }

    /// Makes sure that the stack reaches `end`; returns where `at` is afterwards.
    pub(crate) fn ensure_stack(&mut self, at: u32, end: u32) -> Result<u32, Raise> {
        if end <= self.mem.get(AT, root::STACK_LIMIT) {
            return Ok(at);
        }
        self.grow_stack(at, end)
    }

    #[cold]
    fn grow_stack(&mut self, at: u32, end: u32) -> Result<u32, Raise> {
        let thread = Thread(self.mem.get(AT, root::THREAD));
        let stack = self.mem.get(thread.0, Thread::STACK);
        let size = self.mem.get(thread.0, Thread::STACKSIZE);
        let need = (end - stack).saturating_add(MARGIN);
        if need > MAX_STACK {
            return Err(self.overflow());
        }
        if self.extend_stack(thread, stack, size, need) {
            return Ok(at);
        }
        let new_size = (size * 2)
            .max(need.next_multiple_of(256))
            .min(MAX_STACK + MARGIN);
        // The allocation may collect: all values up to the larger of both ends are in use.
        let top = self.top();
        self.set_top_at(top.max(at).min(stack + size));
        if self.move_frames_from(thread, stack + size..stack + extended(size, need))
            && self.extend_stack(thread, stack, size, need)
        {
            self.set_top_at(top);
            return Ok(at);
        }
        let untouched = self.mem.get(AT, root::TOP_BLOCK).saturating_mul(BLOCK);
        let new = alloc::alloc_stack(self.mem, u64::from(new_size));
        self.set_top_at(top);
        let new = new?;
        self.mem.copy(stack, new, size);
        // Blocks that nobody had before hold zeros, which are values, too. The system makes each of their pages when it is
        // first written to, so filling them here would take longer than all else.
        if new < untouched {
            fill_nil(self.mem, new + size, new_size - size);
        }
        let delta = new.wrapping_sub(stack);
        self.move_stack(thread, delta);
        self.mem.set(thread.0, Thread::STACK, new);
        self.mem.set(thread.0, Thread::STACKSIZE, new_size);
        self.mem.set(AT, root::STACK_LIMIT, new + new_size - MARGIN);
        // This is not charged: what filled the stack has paid, and a native that pauses may fill more.
        crate::heap::free_large(self.mem, stack, u64::from(size));
        Ok(at.wrapping_add(delta))
    }

    /// Makes the running thread's stack of `size` bytes longer where it lies, so that it has `need` bytes. Tells whether it
    /// could; it gets so little more that filling that takes some microseconds.
    fn extend_stack(&mut self, thread: Thread, stack: u32, size: u32, need: u32) -> bool {
        let longer = extended(size, need);
        let untouched = self.mem.get(AT, root::TOP_BLOCK).saturating_mul(BLOCK);
        if !behind::extend(self.mem, stack, size, longer) {
            return false;
        }
        let (end, new_end) = (stack + size, stack + longer);
        fill_nil(self.mem, end, new_end.min(untouched).saturating_sub(end));
        self.mem.set(thread.0, Thread::STACKSIZE, longer);
        self.mem.set(AT, root::STACK_LIMIT, new_end - MARGIN);
        true
    }

    /// Corrects everything that points into the running thread's stack.
    fn move_stack(&mut self, thread: Thread, delta: u32) {
        self.base = self.base.wrapping_add(delta);
        let top = self.top().wrapping_add(delta);
        self.set_top_at(top);
        let mut open = self.mem.get(AT, root::OPEN);
        while open != 0 {
            let place = self.mem.get(open, Upval::AT).wrapping_add(delta);
            self.mem.set(open, Upval::AT, place);
            open = self.mem.get(open, Upval::NEXT);
        }
        let first = self.mem.get(thread.0, Thread::FRAMES) + frame::SIZE;
        let mut fp = self.fp();
        while fp >= first {
            let base = self.mem.get(fp, frame::BASE).wrapping_add(delta);
            self.mem.set(fp, frame::BASE, base);
            fp -= frame::SIZE;
        }
    }

    /// The native closure of the running native activation.
    pub(crate) fn native_closure(&self) -> NativeClosure {
        NativeClosure(self.function().payload())
    }
}
