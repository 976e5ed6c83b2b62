//! Reading: formats and lines.

use super::handle::{self, CLOSED, DETACHED, INPUT};
use super::open;
use crate::slots;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::args::to_integer;
use bvm_vm::data::string;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, HostError, Next, Raise, Reply, Value, Word};

/// The error of a file that is not open for reading.
const EBADF: i32 = 9;

/// Step that takes the one result of a read.
const ONE: u32 = 1;
/// Step that asks for the next of several.
const MANY: u32 = 2;
/// Step that takes one of several results.
const RECEIVE: u32 = 3;

/// Slots that a read of several formats puts before its arguments: number of the current format,
/// number of arguments, handle.
const STATE: u32 = 3;

/// `io.read(…)`
pub fn io_read(cpu: &mut Cpu<'_, '_>) -> Answer {
    read(cpu, 1)
}

/// `file:read(…)`
pub fn file_read(cpu: &mut Cpu<'_, '_>) -> Answer {
    read(cpu, 2)
}

/// Reads by the formats from argument `first` on.
fn read(cpu: &mut Cpu<'_, '_>, first: u32) -> Answer {
    match cpu.step_number() {
        0 => start(cpu, first),
        ONE => match receive(cpu, starts_with(cpu, first, b"*n"))? {
            Ok(_) => Ok(Next::Return(1)),
            Err(error) => handle::failure(cpu, None, &error),
        },
        MANY => next_format(cpu),
        _ => received(cpu),
    }
}

fn start(cpu: &mut Cpu<'_, '_>, first: u32) -> Answer {
    // All hypercalls that read have one price.
    handle::pay(cpu, Hypercall::ReadLine)?;
    let file = match first {
        1 => handle::open_default(cpu, INPUT)?,
        _ => handle::check_open(cpu, 1)?,
    };
    let count = cpu.count();
    if count < first {
        return handle::ask(cpu, Hypercall::ReadLine, vec![file], ONE);
    }
    if count == first {
        let (call, args) = request(cpu, first, first, file)?;
        return handle::ask(cpu, call, args, ONE);
    }
    let handle = match file {
        Word::Int(handle) => handle as f64,
        _ => 0.0,
    };
    if !cpu.reserve(count + STATE)? {
        return Err(cpu.fail("stack overflow (too many arguments)"));
    }
    cpu.insert(1, Value::number(handle));
    cpu.insert(1, Value::number(f64::from(count)));
    cpu.insert(1, Value::number(f64::from(first)));
    cpu.set_step(MANY);
    next_format(cpu)
}

fn state(cpu: &Cpu<'_, '_>, slot: u32) -> u32 {
    (cpu.arg(slot).as_number().unwrap_or(0.0) as u32).min(i32::MAX as u32)
}

/// Asks for the format that is next, or returns all results.
fn next_format(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(2)?;
    let (current, count) = (state(cpu, 1), state(cpu, 2));
    if current > count {
        return Ok(Next::Return(cpu.count().saturating_sub(count + STATE)));
    }
    let file = Word::Int(cpu.arg(3).as_number().unwrap_or(0.0) as i64);
    let (call, args) = request(cpu, current, current + STATE, file)?;
    handle::ask(cpu, call, args, RECEIVE)
}

/// Takes one of several results. The first that is missing is the last.
fn received(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (current, count) = (state(cpu, 1), state(cpu, 2));
    let slot = current + STATE;
    let next = match receive(cpu, starts_with(cpu, slot, b"*n"))? {
        Ok(true) => current + 1,
        Ok(false) => count + 1,
        // Lua 5.1 takes what `*a` could not read for empty, and looks at the next format before it sees
        // that there was an error: that format may be a wrong one.
        Err(_)
            if starts_with(cpu, slot, b"*a")
                && current < count
                && !starts_with(cpu, slot + 1, b"*n") =>
        {
            cpu.push_bytes(b"")?;
            current + 1
        }
        Err(error) => return handle::failure(cpu, None, &error),
    };
    cpu.set_arg(1, Value::number(f64::from(next)));
    cpu.set_step(MANY);
    next_format(cpu)
}

/// The hypercall for the format in `slot`, which is argument `i`.
fn request(
    cpu: &mut Cpu<'_, '_>,
    i: u32,
    slot: u32,
    file: Word,
) -> Result<(Hypercall, Vec<Word>), Raise> {
    let format = cpu.arg(slot);
    if let Some(n) = format.as_number() {
        // As C converts to an unsigned size: a negative count is more than there can be.
        return Ok((Hypercall::ReadBytes, vec![file, Word::Int(to_integer(n))]));
    }
    let letter = Str::of(format).map(|s| match cpu.bytes(s) {
        [b'*', letter, ..] => Some(*letter),
        [b'*'] => Some(0),
        _ => None,
    });
    let call = match letter.flatten() {
        Some(b'l') => Hypercall::ReadLine,
        Some(b'n') => Hypercall::ReadNumber,
        Some(b'a') => Hypercall::ReadAll,
        Some(_) => return Err(cpu.arg_error(i, b"invalid format")),
        None => return Err(cpu.arg_error(i, b"invalid option")),
    };
    Ok((call, vec![file]))
}

/// Whether the format in a slot is this one.
fn starts_with(cpu: &Cpu<'_, '_>, slot: u32, format: &[u8]) -> bool {
    Str::of(cpu.arg(slot)).is_some_and(|s| cpu.bytes(s).starts_with(format))
}

/// Pushes what the host has read, nil for nothing; tells whether there was something.
fn receive(cpu: &mut Cpu<'_, '_>, number: bool) -> Result<Result<bool, HostError>, Raise> {
    match words(cpu)? {
        Ok(words) => push_first(cpu, &words).map(Ok),
        // C's scanf finds no number in a file that is not open for reading, and sees no error.
        Err(error) if number && error.code == EBADF => push_first(cpu, &[]).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

/// Takes what the host has read. Lines that it has read ahead are paid for when they are used.
fn words(cpu: &mut Cpu<'_, '_>) -> Result<Reply, Raise> {
    let size = match cpu.reply() {
        Some(Ok(words)) => words.first().map_or(0, size_of),
        _ => 0,
    };
    cpu.charge(price(size))?;
    handle::take(cpu)
}

/// What it costs to take so many bytes from the host.
fn price(size: u64) -> u64 {
    1 + size / 64
}

fn push_first(cpu: &mut Cpu<'_, '_>, words: &[Word]) -> Result<bool, Raise> {
    match words.first() {
        Some(Word::Bytes(bytes)) => cpu.push_bytes(bytes)?,
        Some(Word::Number(n)) => cpu.push(Value::number(*n)),
        _ => {
            cpu.push(Value::NIL);
            return Ok(false);
        }
    }
    Ok(true)
}

fn size_of(word: &Word) -> u64 {
    match word {
        Word::Bytes(bytes) => bytes.len() as u64,
        _ => 0,
    }
}

/// `io.lines([name])`
pub fn io_lines(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        let reply = handle::take(cpu)?;
        if let Err(error) = open::set_open(cpu, 2, &reply) {
            let name = Str::of(cpu.arg(1));
            let text = handle::message(cpu, name, &error);
            return Err(cpu.arg_error(1, &text));
        }
        return iterator(cpu, 2, true);
    }
    cpu.charge(16)?;
    if !cpu.arg(1).is_nil() {
        return open::ask_for_file(cpu, b"r", 1);
    }
    if !cpu.has(1) {
        let file = handle::default_file(cpu, INPUT);
        cpu.push(file);
    }
    // A nil that is written out is no file, as in Lua 5.1.
    handle::check_open(cpu, 1)?;
    iterator(cpu, 1, false)
}

/// `file:lines()`
pub fn file_lines(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.charge(8)?;
    handle::check_open(cpu, 1)?;
    iterator(cpu, 1, false)
}

/// Returns an iterator over the file in a slot; it may close the file at its end.
fn iterator(cpu: &mut Cpu<'_, '_>, slot: u32, closes: bool) -> Answer {
    let file = cpu.arg(slot);
    let next_line = cpu.upvalue(2);
    let upvalues = [file, Value::boolean(closes), Value::NIL, slots::value(0)];
    let next = cpu.new_native_like(next_line, &upvalues)?;
    cpu.push(next);
    Ok(Next::Return(1))
}

/// Upvalues of the iterator: the file; whether it closes the file at its end, which nobody else reads then;
/// lines that the host has read ahead; how many bytes of them have been used.
const FILE: u32 = 1;
const CLOSES: u32 = 2;
const AHEAD: u32 = 3;
const USED: u32 = 4;

/// Bytes that the host may read ahead.
const MOST_AHEAD: i64 = 1 << 13;

/// The iterator of lines.
pub fn next_line(cpu: &mut Cpu<'_, '_>) -> Answer {
    let file = handle::file_of(cpu, cpu.upvalue(FILE));
    match cpu.step_number() {
        0 => {
            handle::pay(cpu, Hypercall::ReadLine)?;
            match file.map_or(CLOSED, |file| handle::payload(cpu, file)) {
                CLOSED => Err(cpu.fail("file is already closed")),
                DETACHED => Err(cpu.fail("attempt to use a detached file")),
                payload => match next_ahead(cpu)? {
                    true => Ok(Next::Return(1)),
                    false if cpu.is_leaf() => Ok(Next::Again),
                    false => ask_for_lines(cpu, handle::handle_of(payload)),
                },
            }
        }
        1 => match words(cpu)? {
            Ok(words) => match (push_first(cpu, &words)?, file) {
                (true, _) => keep_ahead(cpu, &words),
                (false, Some(file)) if !cpu.upvalue(CLOSES).is_falsy() => {
                    open::start_closing(cpu, file, 2)
                }
                _ => Ok(Next::Return(0)),
            },
            Err(error) => Err(cpu.fail(&error.message)),
        },
        _ => {
            cpu.check_reply()?;
            cpu.take_reply();
            Ok(Next::Return(0))
        }
    }
}

/// Pushes the next of the lines that were read ahead; tells whether there is one.
fn next_ahead(cpu: &mut Cpu<'_, '_>) -> Result<bool, Raise> {
    let Some(ahead) = Str::of(cpu.upvalue(AHEAD)) else {
        return Ok(false);
    };
    let used = cpu.upvalue(USED).payload();
    let Some(end) = bvm_text::find_plain(cpu.bytes(ahead), b"\n", used as usize) else {
        return Ok(false);
    };
    let len = end as u32 - used;
    cpu.charge(price(u64::from(len)))?;
    let line = string::part(cpu.mem, ahead, used, len)?;
    cpu.push(line.into());
    cpu.set_upvalue(USED, slots::value(used + len + 1));
    Ok(true)
}

/// Asks for a line and, if nobody else reads the file, for those that the host has read with it.
fn ask_for_lines(cpu: &mut Cpu<'_, '_>, file: Word) -> Answer {
    let mut args = vec![file];
    if !cpu.upvalue(CLOSES).is_falsy() {
        args.push(Word::Int(MOST_AHEAD));
    }
    handle::ask(cpu, Hypercall::ReadLine, args, 1)
}

/// Keeps the lines that came with the one that has been pushed, and returns that one.
fn keep_ahead(cpu: &mut Cpu<'_, '_>, words: &[Word]) -> Answer {
    let ahead = match words.get(1) {
        Some(Word::Bytes(ahead)) => cpu.new_str(ahead)?,
        _ => Value::NIL,
    };
    cpu.set_upvalue(AHEAD, ahead);
    cpu.set_upvalue(USED, slots::value(0));
    Ok(Next::Return(1))
}
