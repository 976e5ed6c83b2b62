//! `print`: the one basic function that calls back and writes.

use crate::base::{append, c_string, thread_globals};
use crate::slots;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::{string, table};
use bvm_vm::exec::Got;
use bvm_vm::meta::Event;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value, Word};

/// Steps. Once something has to be called, three slots go before the arguments.
mod step {
    pub const START: u32 = 0;
    /// The write has been done, and that was all.
    pub const DONE: u32 = 1;
    /// `__index` of the globals has answered what `tostring` is.
    pub const FOUND: u32 = 2;
    /// A part has been written.
    pub const GO_ON: u32 = 3;
    /// `tostring` has answered for the next argument.
    pub const SHOWN: u32 = 4;
    /// The next argument is a text already.
    pub const READY: u32 = 5;
}

/// Slot of the global `tostring`.
const TO_STRING: u32 = 1;
/// Slot of the next argument's number.
const AT: u32 = 2;
/// Slot of the number of arguments.
const COUNT: u32 = 3;

pub(crate) fn print(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        step::START => start(cpu),
        step::FOUND => {
            let end = COUNT + number_in(cpu, COUNT);
            let found = cpu.arg(end + 1);
            cpu.set_arg(TO_STRING, found);
            cpu.set_count(end);
            cpu.set_step(step::GO_ON);
            go_on(cpu, false)
        }
        step::GO_ON => go_on(cpu, false),
        step::SHOWN => shown(cpu),
        step::READY => go_on(cpu, true),
        _ => {
            cpu.check_reply()?;
            cpu.take_reply();
            Ok(Next::Return(0))
        }
    }
}

fn number_in(cpu: &Cpu<'_, '_>, slot: u32) -> u32 {
    slots::whole(cpu.arg(slot))
}

fn start(cpu: &mut Cpu<'_, '_>) -> Answer {
    let globals = thread_globals(cpu);
    let (original, name) = (cpu.upvalue(1), cpu.upvalue(2));
    let raw = Str::of(name).map_or(Value::NIL, |s| table::get_str(cpu.mem, globals, s));
    let count = cpu.count();
    let is_plain = raw == original && first_to_call(cpu, 1, count).is_none();
    if is_plain && part(cpu, 1, count).0 > count {
        let mut text = Vec::new();
        join(cpu, 1, 1, count, &mut text)?;
        text.push(b'\n');
        return write(cpu, text, step::DONE);
    }
    let found = cpu.index(globals.into(), name)?;
    cpu.insert(1, Value::number(f64::from(count)));
    cpu.insert(1, Value::number(1.0));
    cpu.insert(1, Value::NIL);
    match found {
        Got::Call(handler, object) => {
            cpu.push(handler);
            cpu.push(object);
            cpu.push(name);
            Ok(Next::Call {
                func: COUNT + count + 1,
                step: step::FOUND,
            })
        }
        Got::Value(v) | Got::Not(v) => {
            cpu.set_arg(TO_STRING, v);
            cpu.set_step(step::GO_ON);
            go_on(cpu, false)
        }
    }
}

/// The first slot from `from` to `to` whose value has its own way to become a text.
fn first_to_call(cpu: &mut Cpu<'_, '_>, from: u32, to: u32) -> Option<u32> {
    (from..=to).find(|&i| {
        let v = cpu.arg(i);
        !v.is_number() && !cpu.handler(v, Event::ToString).is_nil()
    })
}

/// Bytes that are written at once, but for the last string: what a program prints is not all to be in the host's memory.
const PART: usize = 64 << 10;

/// The slot behind those from `from` to `to` whose texts are written together, and how long they are, with a tab for each.
fn part(cpu: &Cpu<'_, '_>, from: u32, to: u32) -> (u32, usize) {
    let (mut i, mut size) = (from, 0);
    while i <= to && size < PART {
        let len = Str::of(cpu.arg(i)).map_or(64, |s| string::len(cpu.mem, s));
        size += len as usize + 1;
        i += 1;
    }
    (i, size)
}

/// Appends the texts of the slots `from` to `to`; `first` is the slot that no tab precedes.
fn join(
    cpu: &mut Cpu<'_, '_>,
    first: u32,
    from: u32,
    to: u32,
    text: &mut Vec<u8>,
) -> Result<(), Raise> {
    let mut cost = 0;
    for i in from..=to {
        let len = Str::of(cpu.arg(i)).map_or(64, |s| string::len(cpu.mem, s));
        cost += 1 + u64::from(len) / 64;
    }
    cpu.charge(cost)?;
    // Moving a long text as it grows would take longer than writing it.
    text.reserve(part(cpu, from, to).1);
    for i in from..=to {
        if i > first {
            text.push(b'\t');
        }
        let v = cpu.arg(i);
        match Str::of(v) {
            // As C's `fputs` writes it.
            Some(s) => text.extend_from_slice(c_string(cpu.bytes(s))),
            None => append(cpu, v, text),
        }
    }
    Ok(())
}

/// Writes what needs no call, or calls `tostring` for the next argument.
fn go_on(cpu: &mut Cpu<'_, '_>, ready: bool) -> Answer {
    let end = COUNT + number_in(cpu, COUNT);
    let at = COUNT + number_in(cpu, AT);
    let free = if ready { at + 1 } else { at };
    let stop = if cpu.arg(TO_STRING) == cpu.upvalue(1) {
        first_to_call(cpu, free, end).unwrap_or(end + 1)
    } else {
        free.min(end + 1)
    };
    let mut text = Vec::new();
    let (behind, _) = part(cpu, at, stop - 1);
    join(cpu, COUNT + 1, at, behind - 1, &mut text)?;
    cpu.check_reply()?;
    cpu.take_reply();
    if behind < stop {
        cpu.set_arg(AT, Value::number(f64::from(behind - COUNT)));
        return write(cpu, text, step::GO_ON);
    }
    if stop > end {
        text.push(b'\n');
        return write(cpu, text, step::DONE);
    }
    if !text.is_empty() {
        cpu.set_arg(AT, Value::number(f64::from(stop - COUNT)));
        return write(cpu, text, step::GO_ON);
    }
    let (function, v) = (cpu.arg(TO_STRING), cpu.arg(stop));
    cpu.set_arg(AT, Value::number(f64::from(stop - COUNT)));
    cpu.push(function);
    cpu.push(v);
    Ok(Next::Call {
        func: end + 1,
        step: step::SHOWN,
    })
}

/// What `tostring` answered takes the argument's place.
fn shown(cpu: &mut Cpu<'_, '_>) -> Answer {
    let end = COUNT + number_in(cpu, COUNT);
    let at = COUNT + number_in(cpu, AT);
    let v = cpu.arg(end + 1);
    if !matches!(v.type_of(), Type::String | Type::Number) {
        return Err(cpu.fail("'tostring' must return a string to 'print'"));
    }
    cpu.set_arg(at, v);
    cpu.set_count(end);
    cpu.set_step(step::READY);
    go_on(cpu, true)
}

fn write(cpu: &mut Cpu<'_, '_>, text: Vec<u8>, step: u32) -> Answer {
    cpu.ask(Hypercall::Write, vec![Word::Int(1), Word::Bytes(text)]);
    Ok(Next::Wait { step })
}
