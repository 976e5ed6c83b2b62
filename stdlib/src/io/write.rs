//! Writing, and the position and the buffer of a file.

use super::handle::{self, OUTPUT};
use bvm_isa::NumberText;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Value, Word};

/// Step that takes the answer to everything written.
const WRITTEN: u32 = 1;
/// Step that takes the answer to what stood before a wrong argument.
const WRITTEN_PART: u32 = 2;
/// Step that takes the answer to a piece and writes the next one.
const NEXT_PIECE: u32 = 3;
/// Most bytes that go out in one hypercall.
const PIECE: u64 = 1 << 18;

/// `io.write(…)`
pub fn io_write(cpu: &mut Cpu<'_, '_>) -> Answer {
    write(cpu, 1)
}

/// `file:write(…)`
pub fn file_write(cpu: &mut Cpu<'_, '_>) -> Answer {
    write(cpu, 2)
}

/// Writes the arguments from `first` on. What stands before an argument that cannot be written is
/// written. As much goes out in one hypercall as fits a piece, which mostly is everything.
fn write(cpu: &mut Cpu<'_, '_>, first: u32) -> Answer {
    match cpu.step_number() {
        0 => {}
        WRITTEN => {
            let reply = handle::take(cpu)?;
            return handle::success(cpu, &reply, None);
        }
        WRITTEN_PART => {
            cpu.take_reply();
            let wrong = first_wrong(cpu, first);
            return Err(cpu.arg_type_error(wrong, "string"));
        }
        _ => return write_piece(cpu),
    }
    let end = first_wrong(cpu, first);
    let size: u64 = (first..end).map(|i| size_of(cpu, cpu.arg(i))).sum();
    cpu.charge(Hypercall::Write.row().fuel + size.min(PIECE) / 64)?;
    let file = match first {
        1 => handle::open_default(cpu, OUTPUT)?,
        _ => handle::check_open(cpu, 1)?,
    };
    let all = end > cpu.count();
    if size == 0 && all {
        cpu.push(Value::TRUE);
        return Ok(Next::Return(1));
    }
    if size > PIECE {
        let wrong = if all {
            Value::NIL
        } else {
            Value::number(f64::from(end))
        };
        return start_pieces(cpu, file, first, wrong);
    }
    let mut text = Vec::with_capacity(size as usize);
    for i in first..end {
        append(cpu, cpu.arg(i), &mut text);
    }
    let step = if all { WRITTEN } else { WRITTEN_PART };
    handle::ask(cpu, Hypercall::Write, vec![file, Word::Bytes(text)], step)
}

fn append(cpu: &Cpu<'_, '_>, v: Value, text: &mut Vec<u8>) {
    match (Str::of(v), v.as_number()) {
        (Some(s), _) => text.extend_from_slice(cpu.bytes(s)),
        (None, Some(n)) => text.extend_from_slice(NumberText::of(n).as_bytes()),
        _ => {}
    }
}

/// Slots before the arguments while pieces are written: the argument that is wrong or nil, the handle,
/// the argument that is being written, and how much of it is out.
const STATE: u32 = 4;

/// Prepares for writing much, so that the host never holds more than a piece of it.
fn start_pieces(cpu: &mut Cpu<'_, '_>, file: Word, first: u32, wrong: Value) -> Answer {
    let handle = match file {
        Word::Int(handle) => handle as f64,
        _ => 0.0,
    };
    cpu.insert(1, Value::number(0.0));
    cpu.insert(1, Value::number(f64::from(first)));
    cpu.insert(1, Value::number(handle));
    cpu.insert(1, wrong);
    cpu.set_step(NEXT_PIECE);
    write_piece(cpu)
}

/// Writes the next piece, or is at the end.
fn write_piece(cpu: &mut Cpu<'_, '_>) -> Answer {
    let number = |cpu: &Cpu<'_, '_>, slot| cpu.arg(slot).as_number().unwrap_or(0.0);
    cpu.charge(Hypercall::Write.row().fuel + PIECE / 64)?;
    if let Some(Err(_)) = cpu.reply() {
        let reply = handle::take(cpu)?;
        return handle::success(cpu, &reply, None);
    }
    cpu.take_reply();
    let wrong = cpu.arg(1);
    let end = wrong
        .as_number()
        .map_or(cpu.count(), |end| end as u32)
        .min((cpu.count() + 1).saturating_sub(STATE));
    let file = Word::Int(number(cpu, 2) as i64);
    let mut place = (number(cpu, 3) as u32, number(cpu, 4) as usize);
    let text = piece(cpu, &mut place, end);
    let (i, from) = place;
    if !text.is_empty() {
        cpu.set_arg(3, Value::number(f64::from(i)));
        cpu.set_arg(4, Value::number(from as f64));
        return handle::ask(
            cpu,
            Hypercall::Write,
            vec![file, Word::Bytes(text)],
            NEXT_PIECE,
        );
    }
    if !wrong.is_nil() {
        let expected = format!("string expected, got {}", cpu.arg(end + STATE).type_name());
        return Err(cpu.arg_error(end, expected.as_bytes()));
    }
    cpu.push(Value::TRUE);
    Ok(Next::Return(1))
}

/// The next piece of the arguments before `end`; moves the place, which is an argument and how much of
/// it is out.
fn piece(cpu: &Cpu<'_, '_>, place: &mut (u32, usize), end: u32) -> Vec<u8> {
    let mut text = Vec::with_capacity(PIECE as usize);
    let mut number = Vec::new();
    let (i, from) = place;
    while *i < end && text.len() < PIECE as usize {
        let v = cpu.arg(*i + STATE);
        let bytes = match Str::of(v) {
            Some(s) => cpu.bytes(s),
            None => {
                number.clear();
                append(cpu, v, &mut number);
                &number
            }
        };
        let rest = bytes.get(*from..).unwrap_or_default();
        let part = rest.get(..PIECE as usize - text.len()).unwrap_or(rest);
        text.extend_from_slice(part);
        *from += part.len();
        if *from >= bytes.len() {
            *i += 1;
            *from = 0;
        }
    }
    text
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
    handle::pay(cpu, Hypercall::Flush)?;
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
    handle::pay(cpu, Hypercall::Seek)?;
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
    handle::pay(cpu, Hypercall::SetVBuf)?;
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
