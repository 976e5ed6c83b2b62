//! `debug.sethook` and `debug.gethook`: they keep the hook in its thread; the engine calls it.

use super::{check_thread, thread_argument};
use crate::base::{c_string, opt_int};
use bvm_vm::exec::hook::{MASK_CALL, MASK_COUNT, MASK_LINE, MASK_RETURN};
use bvm_vm::objects::Thread;
use bvm_vm::{Answer, Cpu, Next, Value};

/// The letters of the mask, in the order in which `gethook` shows them.
const LETTERS: [(u8, u8); 3] = [(b'c', MASK_CALL), (b'r', MASK_RETURN), (b'l', MASK_LINE)];

/// Letters of a mask, or of what `getinfo` is asked for, that are looked at.
pub(super) const MOST_LETTERS: usize = 256;

pub(super) fn sethook(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, arg) = thread_argument(cpu);
    check_thread(cpu, thread, "the hook")?;
    let thread = thread.unwrap_or(cpu.thread());
    let (mut hook, mut mask, mut count) = (Value::NIL, 0, 0);
    if !cpu.arg(arg + 1).is_nil() {
        let letters = cpu.check_string(arg + 2)?;
        hook = cpu.check_function(arg + 1)?;
        count = opt_int(cpu, arg + 3, 0)?;
        let letters = cpu.bytes(letters);
        let letters = c_string(letters.get(..MOST_LETTERS).unwrap_or(letters));
        for (letter, bit) in LETTERS {
            if letters.contains(&letter) {
                mask |= bit;
            }
        }
        if count > 0 {
            mask |= MASK_COUNT;
        }
    }
    cpu.set_hook(thread, hook, mask, count as u32);
    Ok(Next::Return(0))
}

pub(super) fn gethook(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, _) = thread_argument(cpu);
    let thread = thread.unwrap_or(cpu.thread());
    let mask = cpu.mem.get(thread.0, Thread::HOOKMASK);
    let hook = Value(cpu.mem.get(thread.0, Thread::HOOK));
    let count = cpu.mem.get(thread.0, Thread::HOOKCOUNT) as i32;
    let letters = LETTERS.iter().filter(|(_, bit)| mask & bit != 0);
    let letters: Vec<u8> = letters.map(|(letter, _)| *letter).collect();
    cpu.push(hook);
    cpu.push_bytes(&letters)?;
    cpu.push(Value::number(f64::from(count)));
    Ok(Next::Return(3))
}
