//! Debug information: lines, positions, names of operands, activations by level.

use crate::data::closure::{self, Function};
use crate::data::records::{self, Marks};
use crate::data::{lines, string};
use crate::exec::Cpu;
use crate::exec::cpu::{SLOT, pc_of};
use crate::exec::stubs;
use crate::host::Mem;
use crate::objects::{Closure, NativeClosure, Proto, Str, frame};
use crate::value::Value;
use bvm_isa::{Op, Word};

/// An activation found by its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activation {
    /// Its record.
    pub fp: u32,
    /// Its base.
    pub base: u32,
    /// Its function.
    pub function: Value,
    /// The instruction it executes or will go on at (for Lua functions).
    pub ip: u32,
    /// It stands for a call that a tail call replaced: there is no information about it.
    pub tail: bool,
}

impl Activation {
    /// The Lua closure, when it is one.
    pub fn lua(&self, mem: &Mem<'_>) -> Option<Closure> {
        match closure::function_of(mem, self.function)? {
            Function::Lua(c) => Some(c),
            Function::Native(_) => None,
        }
    }

    /// The prototype of its function, when that is a Lua function.
    pub fn proto(&self, mem: &Mem<'_>) -> Option<Proto> {
        Some(Proto(mem.get(self.lua(mem)?.0, Closure::PROTO)))
    }

    /// Number of the instruction that it executes.
    pub fn pc(&self, mem: &Mem<'_>) -> Option<u32> {
        let proto = Proto(mem.get(self.lua(mem)?.0, Closure::PROTO));
        let pc = pc_of(mem, proto, self.ip);
        if pc < mem.get(proto.0, Proto::NCODE) {
            Some(pc)
        } else {
            None
        }
    }

    /// The line that it executes, when that is known.
    pub fn line(&self, mem: &Mem<'_>) -> Option<u32> {
        let proto = Proto(mem.get(self.lua(mem)?.0, Closure::PROTO));
        line(mem, proto, self.pc(mem)?)
    }
}

/// The line of an instruction.
pub fn line(mem: &Mem<'_>, proto: Proto, pc: u32) -> Option<u32> {
    lines::get(mem, proto, pc)
}

/// Walks the activations of the running thread from the innermost outwards.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    fp: u32,
    base: u32,
    ip: u32,
    first: u32,
    tails: u32,
    /// No activation that is left has replaced others.
    is_plain: bool,
}

impl Walk {
    /// Starts at the running activation.
    pub fn new(cpu: &Cpu<'_, '_>) -> Walk {
        Walk {
            fp: cpu.fp(),
            base: cpu.base,
            ip: cpu.ip,
            first: cpu.first_record(),
            tails: 0,
            is_plain: false,
        }
    }

    /// Starts at the innermost activation of a suspended or dead thread.
    pub fn of_thread(mem: &Mem<'_>, t: crate::objects::Thread) -> Walk {
        use crate::objects::Thread;
        Walk {
            fp: mem.get(t.0, Thread::FP),
            base: mem.get(t.0, Thread::BASE),
            ip: mem.get(t.0, Thread::IP),
            first: mem.get(t.0, Thread::FRAMES) + frame::SIZE,
            tails: 0,
            is_plain: false,
        }
    }

    /// Is told what [`Walk::count`] has counted, so that passing activations need not look for replaced ones where there are
    /// none.
    pub fn knows(&mut self, count: u64) {
        let records = (self.fp.wrapping_add(frame::SIZE)).saturating_sub(self.first) / frame::SIZE;
        self.is_plain = self.tails == 0 && count == u64::from(records);
    }

    /// Passes `count` activations without looking at them; tells whether there were so many.
    /// A replaced activation costs nothing, however many tail calls there were.
    pub fn skip(&mut self, mem: &Mem<'_>, count: u32) -> bool {
        let mut left = count;
        loop {
            let replaced = self.tails.min(left);
            self.tails -= replaced;
            left -= replaced;
            if left == 0 {
                return true;
            }
            left -= self.skip_kept(mem, left);
            if left > 0 && self.tails == 0 {
                return false;
            }
        }
    }

    /// Passes `most` activations at most up to one that has replaced others; tells how many. Of a record that is passed only
    /// that is looked at.
    fn skip_kept(&mut self, mem: &Mem<'_>, most: u32) -> u32 {
        let (begin, mut at) = (self.fp, self.fp);
        let end = begin
            .saturating_sub(most.saturating_mul(frame::SIZE))
            .max(self.first.saturating_sub(frame::SIZE));
        if at > end && self.tails == 0 {
            let lowest = end.saturating_add(frame::SIZE);
            let replacing = match self.is_plain {
                true => None,
                false => records::find_down(mem, at, lowest, Marks::TAIL, |r| r.tail() != 0),
            };
            if let Some(replacing) = replacing {
                self.tails = u32::from(mem.get(replacing, frame::TAIL));
            }
            at = replacing.unwrap_or(lowest).saturating_sub(frame::SIZE);
        }
        if at != begin {
            self.step_out(mem, at + frame::SIZE);
        }
        begin.saturating_sub(at) / frame::SIZE
    }

    /// How many activations are left to walk.
    pub fn count(mut self, mem: &Mem<'_>) -> u64 {
        let mut count = u64::from(std::mem::take(&mut self.tails));
        loop {
            let kept = self.skip_kept(mem, u32::MAX);
            let replaced = std::mem::take(&mut self.tails);
            if kept == 0 {
                return count;
            }
            count += u64::from(kept) + u64::from(replaced);
        }
    }

    /// The next activation outwards; replaced ones count.
    pub fn next(&mut self, mem: &Mem<'_>) -> Option<Activation> {
        if self.tails > 0 {
            self.tails -= 1;
            let function = Value::NIL;
            let (fp, base, ip) = (self.fp, self.base, self.ip);
            return Some(Activation {
                fp,
                base,
                function,
                ip,
                tail: true,
            });
        }
        if self.fp < self.first {
            return None;
        }
        let found = Activation {
            fp: self.fp,
            base: self.base,
            function: Value(mem.load(self.base.wrapping_sub(8))),
            ip: self.ip,
            tail: false,
        };
        self.tails = u32::from(mem.get(self.fp, frame::TAIL));
        self.step_out(mem, self.fp);
        Some(found)
    }

    /// Goes to the activation that the record at `fp` goes back to.
    fn step_out(&mut self, mem: &Mem<'_>, fp: u32) {
        let ip = mem.get(fp, frame::IP);
        self.ip = if stubs::is_stub(ip) {
            // The caller was interrupted in an instruction, or is a native.
            mem.get(fp, frame::NOTE)
        } else {
            ip.wrapping_sub(SLOT)
        };
        self.base = mem.get(fp, frame::BASE);
        self.fp = fp.wrapping_sub(frame::SIZE);
    }
}

/// The activation at a level: 0 is the running one.
pub fn activation(cpu: &Cpu<'_, '_>, level: u32) -> Option<Activation> {
    let mut walk = Walk::new(cpu);
    if walk.skip(cpu.mem, level) {
        walk.next(cpu.mem)
    } else {
        None
    }
}

/// `chunk:line: ` of the function at a level, empty when it is not Lua code with lines.
pub fn position(cpu: &Cpu<'_, '_>, level: u32) -> Vec<u8> {
    let Some(found) = activation(cpu, level) else {
        return Vec::new();
    };
    let (Some(line), Some(c)) = (found.line(cpu.mem), found.lua(cpu.mem)) else {
        return Vec::new();
    };
    let proto = Proto(cpu.mem.get(c.0, Closure::PROTO));
    let mut text = chunk_name(cpu.mem, proto);
    text.extend_from_slice(format!(":{line}: ").as_bytes());
    text
}

/// The printable name of a prototype's chunk.
pub fn chunk_name(mem: &Mem<'_>, proto: Proto) -> Vec<u8> {
    bvm_isa::source::chunk_id(source(mem, proto))
}

/// The name of a prototype's chunk as the guest has it.
pub fn source_value(mem: &Mem<'_>, proto: Proto) -> Option<Str> {
    match mem.get(proto.0, Proto::SOURCE) {
        0 => None,
        at => Some(Str(at)),
    }
}

/// The source string of a prototype.
pub fn source<'a>(mem: &'a Mem<'_>, proto: Proto) -> &'a [u8] {
    match mem.get(proto.0, Proto::SOURCE) {
        0 => b"=?",
        at => string::bytes(mem, Str(at)),
    }
}

/// Bytes of a name in a message.
const MOST_NAME: usize = 4096;
/// How far into a function its words are looked at for the name of a value, and through how many moves.
const MOST_LOOKED_AT: u32 = 1 << 14;
const MOST_MOVES: u32 = 8;
/// Words that are looked at for a unit.
const LOOKED_AT: u32 = 64;

/// Units for looking for a name at word `pc`.
pub fn price_of_name(pc: u32) -> u64 {
    u64::from(pc.min(MOST_LOOKED_AT) / LOOKED_AT)
}

/// Kind and name of the operand in register `reg` of the running instruction:
/// `local 'x'`, `global 'x'`, `field 'x'`, `upvalue 'x'`, `method 'x'`, `constant 'x'`.
pub fn operand_name(cpu: &Cpu<'_, '_>, reg: u8) -> Option<(&'static str, Vec<u8>)> {
    if cpu.in_native() || stubs::is_stub(cpu.ip) {
        return None;
    }
    register_name(cpu.mem, cpu.closure(), cpu.pc(), reg)
}

/// Kind and name of what register `reg` holds at instruction `pc`.
pub fn register_name(
    mem: &Mem<'_>,
    c: Closure,
    pc: u32,
    reg: u8,
) -> Option<(&'static str, Vec<u8>)> {
    let proto = Proto(mem.get(c.0, Closure::PROTO));
    let mut reg = reg;
    let mut pc = pc;
    if pc > MOST_LOOKED_AT {
        return None;
    }
    // Each round follows one move from a lower register.
    for _ in 0..MOST_MOVES {
        if let Some(name) = local_name(mem, proto, u32::from(reg) + 1, pc) {
            return Some(("local", name));
        }
        let at = last_write(mem, proto, pc, reg)?;
        let w = word(mem, proto, at);
        match w.op()? {
            Op::GetGlobal => return Some(("global", const_text(mem, proto, w.bx()))),
            Op::Move if w.b() < u16::from(w.a()) => {
                reg = w.b() as u8;
                pc = at;
            }
            Op::GetTable => return Some(("field", key_name(mem, proto, w.c()))),
            Op::GetUpval => return Some(("upvalue", upvalue_name(mem, proto, w.b().into())?)),
            Op::SelfOp => return Some(("method", key_name(mem, proto, w.c()))),
            _ => return None,
        }
    }
    None
}

fn word(mem: &Mem<'_>, proto: Proto, pc: u32) -> Word {
    Word(
        mem.load(
            mem.get(proto.0, Proto::WORDS)
                .wrapping_add(pc.wrapping_mul(4)),
        ),
    )
}

fn const_text(mem: &Mem<'_>, proto: Proto, index: u32) -> Vec<u8> {
    let at = mem
        .get(proto.0, Proto::CONSTS)
        .wrapping_add(index.wrapping_mul(8));
    match Str::of(Value(mem.load(at))) {
        Some(s) => shown(mem, s),
        None => b"?".to_vec(),
    }
}

/// A name as messages show it, a C string: what they cost needs no thought then.
fn shown(mem: &Mem<'_>, name: Str) -> Vec<u8> {
    let bytes = string::bytes(mem, name);
    let bytes = bytes.get(..MOST_NAME).unwrap_or(bytes);
    let end = bytes.iter().position(|&byte| byte == 0);
    bytes
        .get(..end.unwrap_or(bytes.len()))
        .unwrap_or(bytes)
        .to_vec()
}

fn key_name(mem: &Mem<'_>, proto: Proto, operand: u16) -> Vec<u8> {
    if operand < 256 {
        return b"?".to_vec();
    }
    const_text(mem, proto, u32::from(operand) - 256)
}

/// Name of the upvalue number `i` of a prototype.
pub fn upvalue_name(mem: &Mem<'_>, proto: Proto, i: u32) -> Option<Vec<u8>> {
    if i >= mem.get(proto.0, Proto::NUPNAMES) {
        return Some(b"?".to_vec());
    }
    Some(shown(mem, upvalue_string(mem, proto, i)?))
}

/// The same as the guest has it; `None` when nobody knows it.
pub fn upvalue_string(mem: &Mem<'_>, proto: Proto, i: u32) -> Option<Str> {
    let is_known = i < mem.get(proto.0, Proto::NUPNAMES);
    is_known.then(|| Str(mem.load(mem.get(proto.0, Proto::UPNAMES) + i * 4)))
}

/// Name of the `number`th local variable (from 1) active at `pc`.
pub fn local_name(mem: &Mem<'_>, proto: Proto, number: u32, pc: u32) -> Option<Vec<u8>> {
    Some(shown(mem, local_string(mem, proto, number, pc)?))
}

/// The same as the guest has it.
pub fn local_string(mem: &Mem<'_>, proto: Proto, number: u32, pc: u32) -> Option<Str> {
    let list = mem.get(proto.0, Proto::LOCALS);
    let mut number = number;
    for i in 0..mem.get(proto.0, Proto::NLOCALS) {
        let entry = list + i * 12;
        if mem.load::<u32>(entry + 4) > pc {
            break;
        }
        if pc < mem.load::<u32>(entry + 8) {
            number -= 1;
            if number == 0 {
                return Some(Str(mem.load(entry)));
            }
        }
    }
    None
}

/// The last instruction before `stop` that surely wrote `reg`, by the straight walk that Lua 5.1's
/// symbolic execution makes: jumps forward that stay before `stop` are followed.
fn last_write(mem: &Mem<'_>, proto: Proto, stop: u32, reg: u8) -> Option<u32> {
    let mut found = None;
    let mut pc = 0;
    while pc < stop {
        let w = word(mem, proto, pc);
        let a = w.a();
        let writes = match w.op()? {
            Op::LoadNil => (u16::from(a)..=w.b()).contains(&u16::from(reg)),
            Op::TForLoop => reg >= a.saturating_add(2),
            Op::Call | Op::TailCall => reg >= a,
            Op::SelfOp => reg == a || reg == a.wrapping_add(1),
            Op::ForLoop => reg == a || reg == a.wrapping_add(3),
            Op::Vararg => reg >= a && (w.b() == 0 || u16::from(reg) < u16::from(a) + w.b() - 1),
            Op::SetTable
            | Op::SetGlobal
            | Op::SetUpval
            | Op::SetList
            | Op::Close
            | Op::Return
            | Op::Eq
            | Op::Lt
            | Op::Le => false,
            Op::Jmp => {
                let to = i64::from(pc) + 1 + i64::from(w.sbx());
                if to > i64::from(pc) && to <= i64::from(stop) {
                    pc = to as u32;
                    continue;
                }
                false
            }
            _ => reg == a,
        };
        if writes {
            found = Some(pc);
        }
        pc += 1 + extra_words(mem, proto, w);
    }
    found
}

/// Data words behind an instruction.
fn extra_words(mem: &Mem<'_>, proto: Proto, w: Word) -> u32 {
    match w.op() {
        Some(Op::SetList) if w.c() == 0 => 1,
        Some(Op::Closure) => {
            let list = mem.get(proto.0, Proto::PROTOS);
            let inner: u32 = mem.load(list.wrapping_add(w.bx().wrapping_mul(4)));
            u32::from(mem.get(inner, Proto::UPVALS))
        }
        _ => 0,
    }
}

/// The full name of a native, `library.name`; empty when this host does not have it.
pub fn native_name(mem: &Mem<'_>, c: NativeClosure) -> &'static str {
    let id = mem.get(c.0, NativeClosure::NATIVE);
    let native = mem.host().natives.get(id as usize);
    native.map_or("", |native| native.name)
}

/// Kind and name of the function of an activation, by the instruction that called it.
pub fn function_name(mem: &Mem<'_>, caller: &Activation) -> Option<(&'static str, Vec<u8>)> {
    let c = caller.lua(mem)?;
    let pc = caller.pc(mem)?;
    let proto = Proto(mem.get(c.0, Closure::PROTO));
    let w = word(mem, proto, pc);
    match w.op()? {
        Op::Call | Op::TailCall | Op::TForLoop => register_name(mem, c, pc, w.a()),
        _ => None,
    }
}
