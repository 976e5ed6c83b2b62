//! `debug.traceback`: the stack as text, in the layout of `lua5.1`.

use super::info::Subject;
use super::levels::Levels;
use super::thread_argument;
use crate::portions::{self, Place};
use bvm_vm::args::MAX_WINDOW;
use bvm_vm::data::string;
use bvm_vm::exec::convert::to_number;
use bvm_vm::meta::Event;
use bvm_vm::objects::{Str, Thread};
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value, debug};

/// Levels shown before the middle is left out.
const FIRST: i64 = 12;
/// Levels shown after it.
const LAST: i64 = 10;
/// Step at which the lines of levels below 0 are made: more than parts have numbers.
const LOST: u32 = MAX_WINDOW + 1;

pub(super) fn traceback(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, arg) = thread_argument(cpu);
    // Later steps have the number of the last part that is still to be joined.
    let step = cpu.step_number();
    if step > 0 && step != LOST {
        cpu.set_count(step);
        return join(cpu, arg);
    }
    let level = to_number(cpu.mem, cpu.arg(arg + 2));
    // Lua 5.1 takes the last argument away for a level, and joins what is left to the message.
    let parts = cpu.count() - u32::from(level.is_some());
    let level = match level {
        Some(n) => i64::from(bvm_vm::args::to_integer(n) as i32),
        None if thread.is_none_or(|t| t == cpu.thread()) => 1,
        None => 0,
    };
    let mut head: &[u8] = b"stack traceback:";
    if parts > arg {
        if !is_text(cpu.arg(arg + 1)) {
            let last = cpu.arg(parts);
            cpu.push(last);
            return Ok(Next::Return(1));
        }
        head = b"\nstack traceback:";
    }
    let count = Levels::new(cpu, thread)?.count(cpu);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    if step != LOST {
        cpu.charge(64 + count.min(20_000) as u64 / 8)?;
    }
    let lost = match level < 0 {
        true => Some(lost_levels(cpu, level.unsigned_abs())?),
        false => None,
    };
    cpu.set_count(parts);
    let mut text = Vec::new();
    match lost {
        Some(lines) => {
            cpu.push(lines.into());
            let head = cpu.new_str(head)?;
            cpu.insert(parts + 1, head);
        }
        None => text.extend_from_slice(head),
    }
    describe_levels(cpu, thread, (level.max(0), count), &mut text)?;
    cpu.push_bytes(&text)?;
    join(cpu, arg)
}

/// Appends the lines of the levels from `from` up to `count`.
fn describe_levels(
    cpu: &mut Cpu<'_, '_>,
    thread: Option<Thread>,
    (from, count): (i64, i64),
    text: &mut Vec<u8>,
) -> Result<(), Raise> {
    let mut levels = Levels::new(cpu, thread)?;
    levels.knows(count.unsigned_abs());
    let mut at = 0;
    for shown in shown_levels(from, count) {
        let Some(level) = shown else {
            text.extend_from_slice(b"\n\t...");
            continue;
        };
        levels.skip(cpu, (level - at) as u32);
        let Some((found, caller)) = levels.next_with_caller(cpu) else {
            break;
        };
        at = level + 1;
        let subject = Subject {
            function: found.function,
            activation: Some(found),
            caller,
        };
        let pc = caller.and_then(|caller| caller.pc(cpu.mem)).unwrap_or(0);
        cpu.pay(debug::price_of_name(pc));
        describe(cpu, &subject, text);
    }
    Ok(())
}

/// The line of a level below 0, which is a lost tail call to Lua 5.1.
const LOST_LINE: [u8; 16] = *b"\n\t(tail call): ?";

/// The lines of so many levels below 0.
fn lost_levels(cpu: &mut Cpu<'_, '_>, count: u64) -> Result<Str, Raise> {
    let len = count * LOST_LINE.len() as u64;
    portions::go_on(cpu, LOST, len, |mem, Place { first, from, to }| {
        // Each portion has whole lines.
        let bytes = mem.bytes_mut(first + from, to - from);
        bytes.as_chunks_mut().0.fill(LOST_LINE);
    })
}

fn is_text(v: Value) -> bool {
    matches!(v.type_of(), Type::String | Type::Number)
}

/// Returns the parts from slot `arg + 1` on, concatenated as Lua does it: from the right, and with
/// metamethods.
fn join(cpu: &mut Cpu<'_, '_>, arg: u32) -> Answer {
    loop {
        let last = cpu.count();
        if last <= arg + 1 {
            return Ok(Next::Return(1));
        }
        cpu.set_step(last);
        let (a, b) = (cpu.arg(last - 1), cpu.arg(last));
        if let (Some(a), Some(b)) = (cpu.to_str(a)?, cpu.to_str(b)?) {
            let len = string::len(cpu.mem, b);
            let text = portions::join(cpu, last, a, (b, len))?;
            cpu.set_count(last - 2);
            cpu.push(text.into());
            continue;
        }
        let mut handler = cpu.handler(a, Event::Concat);
        if handler.is_nil() {
            handler = cpu.handler(b, Event::Concat);
        }
        if handler.is_nil() {
            let culprit = if is_text(a) { b } else { a };
            let name = culprit.type_name();
            return Err(cpu.runtime_error(&format!("attempt to concatenate a {name} value")));
        }
        cpu.insert(last - 1, handler);
        return Ok(Next::Call {
            func: last - 1,
            step: last - 1,
        });
    }
}

/// The levels to show, from `level` up to `count`; `None` where the middle is left out.
fn shown_levels(mut level: i64, count: i64) -> Vec<Option<i64>> {
    let mut shown = Vec::new();
    let mut first_part = true;
    while level < count {
        level += 1;
        if level > FIRST && first_part {
            if level + LAST < count {
                shown.push(None);
                level = count - LAST;
            } else {
                level -= 1;
            }
            first_part = false;
            continue;
        }
        shown.push(Some(level - 1));
    }
    shown
}

fn describe(cpu: &Cpu<'_, '_>, subject: &Subject, text: &mut Vec<u8>) {
    let origin = subject.origin(cpu);
    text.extend_from_slice(b"\n\t");
    text.extend_from_slice(&origin.short);
    text.push(b':');
    let line = subject.line(cpu);
    if line > 0 {
        text.extend_from_slice(format!("{line}:").as_bytes());
    }
    if let Some((_, name)) = subject.name(cpu) {
        text.extend_from_slice(b" in function '");
        text.extend_from_slice(&name);
        text.push(b'\'');
        return;
    }
    match origin.what {
        "main" => text.extend_from_slice(b" in main chunk"),
        "Lua" => {
            text.extend_from_slice(b" in function <");
            text.extend_from_slice(&origin.short);
            text.extend_from_slice(format!(":{}>", origin.first).as_bytes());
        }
        _ => text.extend_from_slice(b" ?"),
    }
}
