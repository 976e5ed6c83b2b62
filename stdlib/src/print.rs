//! `print`: the one basic function that calls back and writes.

use crate::base::{append, c_string, thread_globals};
use crate::portions::{self, ARGUMENTS, PIECE};
use crate::slots;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::{string, table};
use bvm_vm::exec::Got;
use bvm_vm::meta::Event;
use bvm_vm::objects::{Str, root};
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value, Word};

/// Steps. Once something has to be called, or a text is long, some slots go before the arguments.
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
    /// A long text is being put together.
    pub const JOINS: u32 = 6;
}

/// Slot of the global `tostring`.
const TO_STRING: u32 = 1;
/// Slot of the next argument's number.
const AT: u32 = 2;
/// Slot of the number of arguments.
const COUNT: u32 = 3;
/// Slot of the bytes of the next argument's text that are written.
const WRITTEN: u32 = 4;
/// How many these slots are.
const HEAD: u32 = 4;

pub(crate) fn print(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        step::START => start(cpu),
        step::FOUND => {
            let end = last_slot(cpu);
            let found = cpu.arg(end + 1);
            cpu.set_arg(TO_STRING, found);
            cpu.set_count(end);
            cpu.set_step(step::GO_ON);
            go_on(cpu, false)
        }
        step::GO_ON => go_on(cpu, false),
        step::SHOWN => shown(cpu),
        step::READY => go_on(cpu, true),
        step::JOINS => match Joining::take(cpu) {
            Some(joining) => join_on(cpu, joining),
            None => Err(cpu.fail("damaged activation")),
        },
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

/// Bytes of the next argument's text that are written.
fn written(cpu: &Cpu<'_, '_>) -> u32 {
    slots::place(cpu.arg(WRITTEN)).max(0) as u32
}

/// The slot of the last argument, behind those of the head.
fn last_slot(cpu: &Cpu<'_, '_>) -> u32 {
    HEAD + number_in(cpu, COUNT)
}

fn start(cpu: &mut Cpu<'_, '_>) -> Answer {
    let globals = thread_globals(cpu);
    let (original, name) = (cpu.upvalue(1), cpu.upvalue(2));
    let raw = Str::of(name).map_or(Value::NIL, |s| table::get_str(cpu.mem, globals, s));
    let count = cpu.count();
    let is_plain =
        count <= ARGUMENTS && needs_no_call(cpu, raw) && first_to_call(cpu, 1, count).is_none();
    let size = if is_plain {
        size_of_piece(cpu, 1, count)
    } else {
        0
    };
    if is_plain && size <= AT_ONCE {
        let mut text = Vec::new();
        join(cpu, count, size, &mut text)?;
        return write(cpu, text, step::DONE);
    }
    let found = match is_plain {
        true => Got::Value(original),
        false => cpu.index(globals.into(), name)?,
    };
    cpu.insert(1, Value::number(0.0));
    cpu.insert(1, Value::number(f64::from(count)));
    cpu.insert(1, Value::number(1.0));
    cpu.insert(1, Value::NIL);
    match found {
        Got::Call(handler, object) => {
            cpu.push(handler);
            cpu.push(object);
            cpu.push(name);
            Ok(Next::Call {
                func: HEAD + count + 1,
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

/// Whether what is to be called for each argument does what is done here without a call, and no hook wants to hear of it.
fn needs_no_call(cpu: &Cpu<'_, '_>, to_string: Value) -> bool {
    to_string == cpu.upvalue(1) && cpu.mem.get(root::AT, root::HOOKED) == 0
}

/// The first slot from `from` to `to` whose value has its own way to become a text.
fn first_to_call(cpu: &mut Cpu<'_, '_>, from: u32, to: u32) -> Option<u32> {
    (from..=to).find(|&i| {
        let v = cpu.arg(i);
        !cpu.handler(v, Event::ToString).is_nil()
    })
}

/// The slot of the next argument from `from` on that has its own way to become a text, or the one behind some that have not.
fn look_ahead(cpu: &mut Cpu<'_, '_>, from: u32) -> u32 {
    let to = last_slot(cpu).min(from.saturating_add(ARGUMENTS - 1));
    first_to_call(cpu, from, to).unwrap_or(from.max(to + 1))
}

/// How long the texts of the slots from `from` to `to` are, with a tab for each, or as many of them as fill a piece.
fn size_of_piece(cpu: &Cpu<'_, '_>, from: u32, to: u32) -> usize {
    let (mut i, mut size) = (from, 0);
    while i <= to && size < PIECE {
        size += len_of(cpu, i) + 1;
        i += 1;
    }
    size
}

/// Bytes that are joined at a time. What is not longer needs no slots.
const AT_ONCE: usize = 8 << 10;

/// Bytes of a string for a unit.
const BYTES: usize = 64;

/// Joins the texts of all `count` arguments, which have about `size` bytes.
fn join(cpu: &mut Cpu<'_, '_>, count: u32, size: usize, text: &mut Vec<u8>) -> Result<(), Raise> {
    let cost = (1..=count)
        .map(|i| 1 + (len_of(cpu, i) / BYTES) as u64)
        .sum();
    cpu.charge(cost)?;
    text.reserve(size);
    for i in 1..=count {
        if i > 1 {
            text.push(b'\t');
        }
        let v = cpu.arg(i);
        match Str::of(v) {
            // As C's `fputs` writes it.
            Some(s) => text.extend_from_slice(c_string(cpu.bytes(s))),
            None => append(cpu, v, text),
        }
    }
    text.push(b'\n');
    Ok(())
}

/// How long the text of a slot is, about.
fn len_of(cpu: &Cpu<'_, '_>, i: u32) -> usize {
    Str::of(cpu.arg(i)).map_or(64, |s| string::len(cpu.mem, s) as usize)
}

/// The text for a write, while it is put together of slots in portions.
struct Joining {
    text: Vec<u8>,
    /// The next slot, and its bytes that are done.
    next: u32,
    done: u32,
    /// The slot of the next argument that `tostring` has to be called for, or one behind some for which it has not, or behind
    /// all.
    stop: u32,
}

impl Joining {
    /// What the step before has kept. A strange snapshot may have any numbers in it.
    fn take(cpu: &mut Cpu<'_, '_>) -> Option<Joining> {
        let (text, [next, done, stop]) = portions::take_text(cpu)?;
        Some(Joining {
            text,
            next: next.max(HEAD + 1),
            done,
            stop: stop.min(last_slot(cpu) + 1),
        })
    }

    /// Keeps it for the next step.
    fn keep(self, cpu: &mut Cpu<'_, '_>) {
        let numbers = [self.next, self.done, self.stop];
        portions::keep_text(cpu, self.text, numbers);
    }

    /// Whether there is a slot to be appended next; if not, the next one's `tostring` has to be called, or there is none.
    fn goes_on(&mut self, cpu: &mut Cpu<'_, '_>) -> bool {
        if self.next >= self.stop && needs_no_call(cpu, cpu.arg(TO_STRING)) {
            self.stop = look_ahead(cpu, self.stop);
        }
        self.next < self.stop
    }

    /// Pays for the next portion and appends it.
    fn add(&mut self, cpu: &mut Cpu<'_, '_>) {
        let v = cpu.arg(self.next);
        if self.done == 0 {
            cpu.pay(1);
            if self.next > HEAD + 1 {
                self.text.push(b'\t');
            }
        }
        let Some(s) = Str::of(v) else {
            cpu.pay(1);
            append(cpu, v, &mut self.text);
            (self.next, self.done) = (self.next + 1, 0);
            return;
        };
        let (from, len) = (self.done as usize, string::len(cpu.mem, s) as usize);
        let to = len.min(from.saturating_add(AT_ONCE));
        let pay = |cpu: &mut Cpu<'_, '_>, from: usize, to: usize| {
            cpu.pay((to / BYTES).saturating_sub(from / BYTES) as u64);
        };
        pay(cpu, from, to);
        let part = cpu.bytes(s).get(from..to).unwrap_or_default();
        // As C's `fputs` writes it: what lies behind a zero is paid only.
        let text = c_string(part);
        let read = if text.len() < part.len() { len } else { to };
        self.text.extend_from_slice(text);
        pay(cpu, to, read);
        self.done = read as u32;
        if read >= len {
            self.done = 0;
            self.next += 1;
        }
    }
}

/// Writes what needs no call, or calls `tostring` for the next argument.
fn go_on(cpu: &mut Cpu<'_, '_>, ready: bool) -> Answer {
    let end = last_slot(cpu);
    let at = HEAD + number_in(cpu, AT);
    // What is written in part has been a text since before.
    let free = if ready || written(cpu) > 0 {
        at + 1
    } else {
        at
    };
    let stop = if needs_no_call(cpu, cpu.arg(TO_STRING)) {
        look_ahead(cpu, free)
    } else {
        free.min(end + 1)
    };
    // Moving a long text as it grows would take longer than writing it.
    let size = match stop.saturating_sub(at) < ARGUMENTS {
        true => size_of_piece(cpu, at, stop - 1),
        false => PIECE,
    };
    let size = size.min(PIECE + AT_ONCE);
    let text = Vec::with_capacity(size + portions::NUMBERS);
    let done = written(cpu);
    join_on(
        cpu,
        Joining {
            text,
            next: at,
            done,
            stop,
        },
    )
}

/// Goes on with joining, and then writes a piece or calls.
fn join_on(cpu: &mut Cpu<'_, '_>, mut joining: Joining) -> Answer {
    while joining.text.len() < PIECE && joining.goes_on(cpu) {
        joining.add(cpu);
        if cpu.is_dry() {
            joining.keep(cpu);
            cpu.set_step(step::JOINS);
            return Err(cpu.pause());
        }
    }
    cpu.check_reply()?;
    cpu.take_reply();
    let end = last_slot(cpu);
    let Joining {
        mut text,
        next,
        done,
        stop,
    } = joining;
    if next > end {
        text.push(b'\n');
        return write(cpu, text, step::DONE);
    }
    cpu.set_arg(AT, Value::number(f64::from(next - HEAD)));
    cpu.set_arg(WRITTEN, Value::number(f64::from(done)));
    if !text.is_empty() {
        return write(cpu, text, step::GO_ON);
    }
    let (function, v) = (cpu.arg(TO_STRING), cpu.arg(stop));
    cpu.push(function);
    cpu.push(v);
    Ok(Next::Call {
        func: end + 1,
        step: step::SHOWN,
    })
}

/// What `tostring` answered takes the argument's place.
fn shown(cpu: &mut Cpu<'_, '_>) -> Answer {
    let end = last_slot(cpu);
    let at = HEAD + number_in(cpu, AT);
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
