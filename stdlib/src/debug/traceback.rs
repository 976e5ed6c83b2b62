//! `debug.traceback`: the stack as text, in the layout of `lua5.1`.

use super::info::Subject;
use super::levels::Levels;
use super::thread_argument;
use crate::portions;
use bvm_vm::data::string;
use bvm_vm::exec::convert::to_number;
use bvm_vm::meta::Event;
use bvm_vm::{Answer, Cpu, Next, Type, Value, debug};

/// Levels shown before the middle is left out.
const FIRST: i64 = 12;
/// Levels shown after it.
const LAST: i64 = 10;

pub(super) fn traceback(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, arg) = thread_argument(cpu);
    // Later steps have the number of the last part that is still to be joined.
    let last = cpu.step_number();
    if last > 0 {
        cpu.set_count(last);
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
    let mut text = Vec::new();
    if parts > arg {
        if !is_text(cpu.arg(arg + 1)) {
            let last = cpu.arg(parts);
            cpu.push(last);
            return Ok(Next::Return(1));
        }
        text.push(b'\n');
    }
    text.extend_from_slice(b"stack traceback:");
    let mut levels = Levels::new(cpu, thread)?;
    let count = i64::try_from(levels.count(cpu)).unwrap_or(i64::MAX);
    cpu.charge(64 + count.min(20_000) as u64 / 8 + text.len() as u64 / 64)?;
    let mut at = 0;
    for shown in shown_levels(level, count) {
        let Some(level) = shown else {
            text.extend_from_slice(b"\n\t...");
            continue;
        };
        if level < 0 {
            text.extend_from_slice(b"\n\t(tail call): ?");
            continue;
        }
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
        describe(cpu, &subject, &mut text);
    }
    cpu.set_count(parts);
    cpu.push_bytes(&text)?;
    join(cpu, arg)
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
fn shown_levels(level: i64, count: i64) -> Vec<Option<i64>> {
    let mut shown = Vec::new();
    let mut level = level.max(-64);
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
