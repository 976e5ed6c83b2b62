//! Writing, and the position and the buffer of a file.

use super::handle::{self, OUTPUT};
use bvm_isa::hypercall::Hypercall;
use bvm_isa::number::format_number;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Value, Word};

/// Step that takes the answer to everything written.
const WRITTEN: u32 = 1;
/// Step that takes the answer to what stood before a wrong argument.
const WRITTEN_PART: u32 = 2;

/// `io.write(…)`
pub fn io_write(cpu: &mut Cpu<'_, '_>) -> Answer {
    write(cpu, 1)
}

/// `file:write(…)`
pub fn file_write(cpu: &mut Cpu<'_, '_>) -> Answer {
    write(cpu, 2)
}

/// Writes the arguments from `first` on, in one hypercall. What stands before an argument that
/// cannot be written is written.
fn write(cpu: &mut Cpu<'_, '_>, first: u32) -> Answer {
    match cpu.step_number() {
        0 => {}
        WRITTEN => {
            let reply = handle::take(cpu)?;
            return handle::success(cpu, &reply, None);
        }
        _ => {
            cpu.take_reply();
            let wrong = first_wrong(cpu, first);
            return Err(cpu.arg_type_error(wrong, "string"));
        }
    }
    let size: u64 = (first..=cpu.count())
        .map(|i| size_of(cpu, cpu.arg(i)))
        .sum();
    cpu.charge(4 + size / 64)?;
    let file = match first {
        1 => handle::open_default(cpu, OUTPUT)?,
        _ => handle::check_open(cpu, 1)?,
    };
    let end = first_wrong(cpu, first);
    let mut text = Vec::with_capacity(size as usize);
    for i in first..end {
        let v = cpu.arg(i);
        match (Str::of(v), v.as_number()) {
            (Some(s), _) => text.extend_from_slice(cpu.bytes(s)),
            (None, Some(n)) => text.extend_from_slice(format_number(n).as_bytes()),
            _ => {}
        }
    }
    let all = end > cpu.count();
    if text.is_empty() && all {
        cpu.push(Value::TRUE);
        return Ok(Next::Return(1));
    }
    let step = if all { WRITTEN } else { WRITTEN_PART };
    handle::ask(cpu, Hypercall::Write, vec![file, Word::Bytes(text)], step)
}

/// Bytes that a value needs at most when it is written.
fn size_of(cpu: &Cpu<'_, '_>, v: Value) -> u64 {
    match Str::of(v) {
        Some(s) => cpu.bytes(s).len() as u64,
        None => 24,
    }
}

/// The first argument from `first` on that is neither string nor number.
fn first_wrong(cpu: &Cpu<'_, '_>, first: u32) -> u32 {
    let writable = |v: Value| v.is_number() || Str::of(v).is_some();
    let end = cpu.count() + 1;
    (first..end).find(|&i| !writable(cpu.arg(i))).unwrap_or(end)
}

/// `io.flush()`
pub fn io_flush(cpu: &mut Cpu<'_, '_>) -> Answer {
    flush(cpu, true)
}

/// `file:flush()`
pub fn file_flush(cpu: &mut Cpu<'_, '_>) -> Answer {
    flush(cpu, false)
}

fn flush(cpu: &mut Cpu<'_, '_>, default: bool) -> Answer {
    if cpu.step_number() == 1 {
        let reply = handle::take(cpu)?;
        return handle::success(cpu, &reply, None);
    }
    cpu.charge(8)?;
    let file = match default {
        true => handle::open_default(cpu, OUTPUT)?,
        false => handle::check_open(cpu, 1)?,
    };
    handle::ask(cpu, Hypercall::Flush, vec![file], 1)
}

/// `file:seek([whence[, offset]])`
pub fn seek(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return match handle::take(cpu)? {
            Ok(words) => {
                let position = match words.first() {
                    Some(Word::Int(position)) => *position as f64,
                    _ => 0.0,
                };
                cpu.push(Value::number(position));
                Ok(Next::Return(1))
            }
            Err(error) => handle::failure(cpu, None, &error),
        };
    }
    cpu.charge(8)?;
    let file = handle::check_open(cpu, 1)?;
    let whence = handle::check_option(cpu, 2, Some("cur"), &["set", "cur", "end"])?;
    let offset = cpu.opt_integer(3, 0)?;
    let args = vec![file, Word::Int(whence as i64), Word::Int(offset)];
    handle::ask(cpu, Hypercall::Seek, args, 1)
}

/// `file:setvbuf(mode[, size])`
pub fn setvbuf(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        let reply = handle::take(cpu)?;
        return handle::success(cpu, &reply, None);
    }
    cpu.charge(8)?;
    let file = handle::check_open(cpu, 1)?;
    let mode = match handle::check_option(cpu, 2, None, &["no", "full", "line"])? {
        0 => 0,
        1 => 2,
        _ => 1,
    };
    let size = cpu.opt_integer(3, 8192)?;
    let args = vec![file, Word::Int(mode), Word::Int(size)];
    handle::ask(cpu, Hypercall::SetVBuf, args, 1)
}
