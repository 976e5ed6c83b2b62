//! Writing, and the position and the buffer of a file.

use super::handle::{self, OUTPUT};
use crate::portions;
use bvm_isa::NumberText;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value, Word};

/// Step that takes the answer to everything written.
const WRITTEN: u32 = 1;
/// Step that takes the answer to what stood before a wrong argument.
const WRITTEN_PART: u32 = 2;
/// Step that takes the answer to a piece and writes the next one.
const NEXT_PIECE: u32 = 3;
/// Step that goes on collecting a text.
const COLLECTS: u32 = 4;
/// The same for a piece.
const COLLECTS_PIECE: u32 = 5;
/// Most bytes that go out in one hypercall.
const PIECE: u64 = portions::PIECE as u64;
/// Bytes that are copied at a time. A text that is not longer is collected at once.
const AT_ONCE: u64 = 8 << 10;
/// Bytes for a unit.
const BYTES: u64 = 64;
/// Arguments for a unit, besides, where a text is not collected at once.
const ARGUMENTS: u32 = 4;

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
        0 | COLLECTS => {}
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
    let (end, size, collected) = pay_and_collect(cpu, first)?;
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
    let text = collected.unwrap_or_else(|| {
        let mut text = Vec::with_capacity(size as usize);
        for i in first..end {
            append(cpu, cpu.arg(i), &mut text);
        }
        text
    });
    let step = if all { WRITTEN } else { WRITTEN_PART };
    handle::ask(cpu, Hypercall::Write, vec![file, Word::Bytes(text)], step)
}

/// Pays for the arguments from `first` on. Gives the one that is wrong or the place behind the last, the most bytes that those
/// before it have, and their text, if that is too long to be made at once and no longer than a piece.
fn pay_and_collect(
    cpu: &mut Cpu<'_, '_>,
    first: u32,
) -> Result<(u32, u64, Option<Vec<u8>>), Raise> {
    let collected = match cpu.step_number() {
        COLLECTS => Some(Collecting::take(cpu)),
        _ => None,
    };
    let (end, size) = match &collected {
        Some(collecting) => (collecting.end, u64::from(collecting.size)),
        None => {
            let end = first_wrong(cpu, first);
            (end, (first..end).map(|i| size_of(cpu, cpu.arg(i))).sum())
        }
    };
    let is_long =
        size <= PIECE && (size > AT_ONCE || end.saturating_sub(first) > portions::ARGUMENTS);
    let collected = match collected {
        None if !is_long => {
            cpu.charge(Hypercall::Write.row().fuel + size.min(PIECE) / BYTES)?;
            None
        }
        begun => Some(collect_all(cpu, begun, (first, end), size)?),
    };
    Ok((end, size, collected))
}

/// The text of the arguments from `first` on and before `end`, which have at most `size` bytes; the whole write is paid.
fn collect_all(
    cpu: &mut Cpu<'_, '_>,
    begun: Option<Collecting>,
    (first, end): (u32, u32),
    size: u64,
) -> Result<Vec<u8>, Raise> {
    let mut collecting = begun.unwrap_or_else(|| {
        cpu.pay(Hypercall::Write.row().fuel);
        Collecting {
            end,
            size: size as u32,
            ..Collecting::new(size, first, 0)
        }
    });
    collecting.go_on(cpu, 0, end, size / BYTES, COLLECTS)?;
    Ok(collecting.text)
}

/// A text while it is collected of arguments in portions.
struct Collecting {
    text: Vec<u8>,
    /// The next argument, and its bytes that are done.
    next: u32,
    done: u32,
    /// 1 when all of it is there and paid.
    is_paid: u32,
    /// The argument behind the last one and the most bytes of all, where that is known.
    end: u32,
    size: u32,
}

impl Collecting {
    /// Room for a text of `size` bytes, to begin somewhere in an argument.
    fn new(size: u64, next: u32, done: u32) -> Collecting {
        let text = Vec::with_capacity(size as usize + portions::NUMBERS);
        Collecting {
            text,
            next,
            done,
            is_paid: 0,
            end: 0,
            size: 0,
        }
    }

    /// What the step before has kept. A strange snapshot may have anything, or nothing.
    fn take(cpu: &mut Cpu<'_, '_>) -> Collecting {
        let (text, numbers) = portions::take_text(cpu).unwrap_or_default();
        let [next, done, is_paid, end, size] = numbers;
        Collecting {
            text,
            next: next.max(1),
            done,
            is_paid,
            end: end.clamp(1, cpu.count() + 1),
            size: size.min(PIECE as u32),
        }
    }

    /// Collects up to before argument `end`, or a piece, for `units` in all. `skipped` slots lie before the arguments.
    ///
    /// # Errors
    /// No fuel for all of it now: the function comes back at `step`.
    fn go_on(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        skipped: u32,
        end: u32,
        units: u64,
        step: u32,
    ) -> Result<(), Raise> {
        while self.is_paid == 0 {
            let before = self.text.len() as u64 / BYTES;
            let due = if self.next < end && (self.text.len() as u64) < PIECE {
                self.add(cpu, skipped);
                if self.done == 0 && self.next.is_multiple_of(ARGUMENTS) {
                    cpu.pay(1);
                }
                self.text.len() as u64 / BYTES
            } else {
                self.is_paid = 1;
                units
            };
            cpu.pay(due.saturating_sub(before));
            if cpu.is_dry() {
                let text = std::mem::take(&mut self.text);
                let Collecting {
                    next,
                    done,
                    is_paid,
                    end,
                    size,
                    ..
                } = *self;
                portions::keep_text(cpu, text, [next, done, is_paid, end, size]);
                cpu.set_step(step);
                return Err(cpu.pause());
            }
        }
        Ok(())
    }

    /// Appends the next bytes.
    fn add(&mut self, cpu: &Cpu<'_, '_>, skipped: u32) {
        let v = cpu.arg(self.next.saturating_add(skipped));
        let number;
        let bytes = match (Str::of(v), v.as_number()) {
            (Some(s), _) => cpu.bytes(s),
            (None, n) => {
                number = NumberText::of(n.unwrap_or_default());
                number.as_bytes()
            }
        };
        let rest = bytes.get(self.done as usize..).unwrap_or_default();
        let room = PIECE.saturating_sub(self.text.len() as u64).min(AT_ONCE);
        let part = rest.get(..room as usize).unwrap_or(rest);
        self.text.extend_from_slice(part);
        self.done = self.done.saturating_add(part.len() as u32);
        if part.len() == rest.len() {
            (self.next, self.done) = (self.next.saturating_add(1), 0);
        }
    }
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
    let mut collecting = match cpu.step_number() {
        COLLECTS_PIECE => Collecting::take(cpu),
        _ => {
            cpu.charge(Hypercall::Write.row().fuel)?;
            if let Some(Err(_)) = cpu.reply() {
                cpu.pay(PIECE / BYTES);
                let reply = handle::take(cpu)?;
                return handle::success(cpu, &reply, None);
            }
            cpu.take_reply();
            Collecting::new(PIECE, number(cpu, 3) as u32, number(cpu, 4) as u32)
        }
    };
    let wrong = cpu.arg(1);
    let end = wrong
        .as_number()
        .map_or(cpu.count(), |end| end as u32)
        .min((cpu.count() + 1).saturating_sub(STATE));
    collecting.go_on(cpu, STATE, end, PIECE / BYTES, COLLECTS_PIECE)?;
    let Collecting {
        text, next, done, ..
    } = collecting;
    if !text.is_empty() {
        let file = Word::Int(number(cpu, 2) as i64);
        cpu.set_arg(3, Value::number(f64::from(next)));
        cpu.set_arg(4, Value::number(f64::from(done)));
        let args = vec![file, Word::Bytes(text)];
        return handle::ask(cpu, Hypercall::Write, args, NEXT_PIECE);
    }
    if !wrong.is_nil() {
        let expected = format!("string expected, got {}", cpu.arg(end + STATE).type_name());
        return Err(cpu.arg_error(end, expected.as_bytes()));
    }
    cpu.push(Value::TRUE);
    Ok(Next::Return(1))
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
