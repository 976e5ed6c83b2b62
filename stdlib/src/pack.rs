//! `string.pack`, `string.packsize` and `string.unpack`: values in bytes and back, as in Lua 5.3. What a
//! format says is in `bvm_text`.
//!
//! Numbers are doubles: an integer of more than 53 bits is unpacked as the double next to it, and what is
//! packed has to be whole. Without a sign the 64 bits of an integer go up to 2^64 here, not back to -1.

mod long;

use crate::base::MAX_TEXT;
use crate::portions;
use crate::slots::{number, set_number};
use crate::string::{place, substring};
use crate::whole::{check_unsigned, check_whole, opt_whole};
use bvm_text::pack::{
    Field, Kind, Layout, PackError, read_bytes, read_integer, write_bytes, write_integer,
};
use bvm_vm::data::string;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Bytes of a format that are read for a unit.
const OPTIONS: u32 = 2;

/// Bytes of a format that is read in one piece; a longer one is paid for as it is read.
const SHORT: u32 = 512;

/// Bytes that are written for a unit.
const BYTES: u64 = 32;

/// Most bytes that the text of a number has, when it is packed as a string.
const NUMBER: u64 = 32;

/// Most bytes that `string.packsize` tells.
const MAX_SIZE: usize = i32::MAX as usize;

/// The error for a wrong format, which is the first argument.
#[cold]
fn fault(cpu: &mut Cpu<'_, '_>, error: PackError) -> Raise {
    let message = error.message();
    match error.is_of_argument() {
        true => cpu.arg_error(1, &message),
        false => cpu.error_at(1, &message),
    }
}

/// The next field of the format, for the place `offset`.
fn next(
    cpu: &mut Cpu<'_, '_>,
    format: Str,
    layout: &mut Layout,
    offset: usize,
) -> Result<Option<Field>, Raise> {
    match layout.next(string::bytes(cpu.mem, format), offset) {
        None => Ok(None),
        Some(Ok(field)) => Ok(Some(field)),
        Some(Err(error)) => Err(fault(cpu, error)),
    }
}

/// The format, whose reading is paid for if it is short.
#[inline]
fn check_format(cpu: &mut Cpu<'_, '_>) -> Result<Str, Raise> {
    let format = cpu.check_string(1)?;
    let len = string::len(cpu.mem, format);
    if len as usize > MAX_TEXT {
        return Err(cpu.arg_error(1, b"format too long"));
    }
    if len <= SHORT {
        cpu.charge(u64::from(len / OPTIONS))?;
    }
    Ok(format)
}

/// `string.packsize`
pub(crate) fn packsize(cpu: &mut Cpu<'_, '_>) -> Answer {
    let format = check_format(cpu)?;
    if string::len(cpu.mem, format) > SHORT {
        return long::packsize(cpu, format);
    }
    let (mut layout, mut total) = (Layout::default(), 0);
    while add_size(cpu, format, &mut layout, &mut total)? {}
    cpu.push(Value::number(total as f64));
    Ok(Next::Return(1))
}

/// Adds the size of the next field; tells whether there is one.
#[inline]
fn add_size(
    cpu: &mut Cpu<'_, '_>,
    format: Str,
    layout: &mut Layout,
    total: &mut usize,
) -> Result<bool, Raise> {
    let Some(field) = next(cpu, format, layout, *total)? else {
        return Ok(false);
    };
    *total += field.padding + field.size;
    if *total > MAX_SIZE {
        return Err(cpu.arg_error(1, b"format result too large"));
    }
    if matches!(field.kind, Kind::Counted | Kind::Zeroed) {
        return Err(cpu.arg_error(1, b"variable-length format"));
    }
    Ok(true)
}

/// `string.pack`
pub(crate) fn pack(cpu: &mut Cpu<'_, '_>) -> Answer {
    if matches!(cpu.step_number(), long::WRITES | long::JOINS) {
        return long::resume(cpu);
    }
    let format = check_format(cpu)?;
    if string::len(cpu.mem, format) > SHORT {
        return long::pack(cpu, format);
    }
    let (mut layout, mut size) = (Layout::default(), Size::default());
    while size.add(cpu, format, &mut layout) {}
    let size = size.bytes;
    cpu.check_size(size)?;
    cpu.check_room(size)?;
    if size > portions::AT_ONCE {
        cpu.push(Value::NIL);
        return long::start(cpu, format, size);
    }
    cpu.charge(size / BYTES)?;
    // In Lua 5.3 a missing argument is nil here, because the buffer lies above a mark.
    cpu.push(Value::NIL);
    let mut out = cpu.take_scratch();
    // A buffer that grows may be twice as large.
    out.reserve_exact(usize::try_from(size).unwrap_or(0));
    let (mut layout, mut arg) = (Layout::default(), 1);
    while let Some(field) = next(cpu, format, &mut layout, out.len())? {
        out.resize(out.len() + field.padding, 0);
        if field.kind == Kind::Nothing {
            out.resize(out.len() + field.size, 0);
        } else {
            arg += 1;
            write(cpu, field, arg, &mut out)?;
        }
    }
    cpu.push_bytes(&out)?;
    cpu.give_scratch(out);
    Ok(Next::Return(1))
}

/// About how many bytes the result has, or what comes before an error.
#[derive(Debug, Default)]
struct Size {
    bytes: u64,
    /// The fields with an argument.
    args: u32,
}

impl Size {
    /// Adds the next field; tells whether there is one.
    #[inline]
    fn add(&mut self, cpu: &Cpu<'_, '_>, format: Str, layout: &mut Layout) -> bool {
        let format = string::bytes(cpu.mem, format);
        let Some(Ok(field)) = layout.next(format, self.bytes as usize) else {
            return false;
        };
        self.bytes += (field.padding + field.size) as u64;
        self.args += u32::from(field.kind != Kind::Nothing);
        if matches!(field.kind, Kind::Counted | Kind::Zeroed) {
            let len = Str::of(cpu.arg(self.args + 1)).map(|s| string::len(cpu.mem, s));
            self.bytes += len.map_or(NUMBER, |len| u64::from(len) + 1);
        }
        true
    }
}

/// Appends argument `i` as the field wants it.
fn write(cpu: &mut Cpu<'_, '_>, field: Field, i: u32, out: &mut Vec<u8>) -> Result<(), Raise> {
    let Field { size, little, .. } = field;
    match field.kind {
        Kind::Signed => {
            let n = check_whole(cpu, i)?;
            if size < 8 && n >> (8 * size - 1) != n >> 63 {
                return Err(cpu.arg_error(i, b"integer overflow"));
            }
            write_integer(i128::from(n), size, little, out);
        }
        Kind::Unsigned => {
            let n = check_unsigned(cpu, i)?;
            if size < 8 && n >> (8 * size) != 0 {
                return Err(cpu.arg_error(i, b"unsigned overflow"));
            }
            write_integer(i128::from(n), size, little, out);
        }
        Kind::Float => write_bytes(&(cpu.check_number(i)? as f32).to_le_bytes(), little, out),
        Kind::Double => write_bytes(&cpu.check_number(i)?.to_le_bytes(), little, out),
        Kind::Chars | Kind::Counted | Kind::Zeroed => write_string(cpu, field, i, out)?,
        Kind::Nothing => {}
    }
    Ok(())
}

fn write_string(
    cpu: &mut Cpu<'_, '_>,
    field: Field,
    i: u32,
    out: &mut Vec<u8>,
) -> Result<(), Raise> {
    let s = cpu.check_string(i)?;
    let (len, size) = (string::len(cpu.mem, s) as usize, field.size);
    if field.kind == Kind::Zeroed && string::bytes(cpu.mem, s).contains(&0) {
        return Err(cpu.arg_error(i, b"string contains zeros"));
    }
    check_length(cpu, field, i, len, out)?;
    out.extend_from_slice(string::bytes(cpu.mem, s));
    match field.kind {
        Kind::Chars => out.resize(out.len() + size - len, 0),
        Kind::Zeroed => out.push(0),
        _ => {}
    }
    Ok(())
}

/// Whether the length of argument `i`, a string, suits its field; writes it where it comes first.
#[inline]
fn check_length(
    cpu: &mut Cpu<'_, '_>,
    field: Field,
    i: u32,
    len: usize,
    out: &mut Vec<u8>,
) -> Result<(), Raise> {
    let size = field.size;
    match field.kind {
        Kind::Chars if len > size => Err(cpu.arg_error(i, b"string longer than given size")),
        Kind::Counted if size < 8 && len >> (8 * size) != 0 => {
            Err(cpu.arg_error(i, b"string length does not fit in given size"))
        }
        Kind::Counted => {
            write_integer(len as i128, size, field.little, out);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Slots of `unpack` after format and data: the place in the data, that in the format and what has been
/// set there. The results follow.
const AT: u32 = 3;
const OPTION: u32 = 4;
const RULES: u32 = 5;

/// `string.unpack`
pub(crate) fn unpack(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (format, data) = (cpu.check_string(1)?, cpu.check_string(2)?);
    if cpu.step_number() == 0 {
        start(cpu, data)?;
    } else if cpu.count() < RULES {
        return Err(cpu.fail("damaged activation"));
    }
    let mut at = number(cpu, AT) as usize;
    let mut layout = Layout::restore(number(cpu, OPTION), number(cpu, RULES));
    while let Some(field) = next(cpu, format, &mut layout, at)? {
        let len = string::len(cpu.mem, data) as usize;
        if field.padding + field.size > len.saturating_sub(at) {
            return Err(cpu.arg_error(2, b"data string too short"));
        }
        at += field.padding;
        if field.kind == Kind::Nothing {
            at += field.size;
        } else {
            if !cpu.reserve(2)? {
                return Err(cpu.fail("stack overflow (too many results)"));
            }
            let (v, end) = read(cpu, field, data, at)?;
            cpu.push(v);
            at = end;
        }
        cpu.pay(1);
        if cpu.affordable() == 0 {
            keep(cpu, at, &layout);
            cpu.set_step(1);
            return Err(cpu.pause());
        }
    }
    cpu.push(Value::number(at as f64 + 1.0));
    Ok(Next::Return(cpu.count() - RULES))
}

fn start(cpu: &mut Cpu<'_, '_>, data: Str) -> Result<(), Raise> {
    let len = string::len(cpu.mem, data);
    let first = place(opt_whole(cpu, 3, 1)?, len);
    if first < 1 || first - 1 > i64::from(len) {
        return Err(cpu.arg_error(3, b"initial position out of string"));
    }
    cpu.set_count(RULES);
    keep(cpu, first as usize - 1, &Layout::default());
    Ok(())
}

/// Puts the state into the window.
fn keep(cpu: &mut Cpu<'_, '_>, at: usize, layout: &Layout) {
    let (option, rules) = layout.save();
    for (slot, n) in [(AT, at as u32), (OPTION, option), (RULES, rules)] {
        set_number(cpu, slot, n);
    }
}

/// The value of a field whose bytes begin at `at` and are all there; and where it ends.
fn read(
    cpu: &mut Cpu<'_, '_>,
    field: Field,
    data: Str,
    at: usize,
) -> Result<(Value, usize), Raise> {
    let (size, little) = (field.size, field.little);
    let rest = string::bytes(cpu.mem, data).get(at..).unwrap_or_default();
    let bytes = rest.get(..size).unwrap_or_default();
    let n = match field.kind {
        Kind::Float => f64::from(f32::from_le_bytes(read_bytes(bytes, little))),
        Kind::Double => f64::from_le_bytes(read_bytes(bytes, little)),
        Kind::Chars => return read_string(cpu, data, at, size, at + size),
        Kind::Zeroed => {
            let end = bvm_text::find_plain(rest, b"\0", 0);
            cpu.pay(end.unwrap_or(rest.len()) as u64 / BYTES);
            return match end {
                Some(len) => read_string(cpu, data, at, len, at + len + 1),
                None => Err(cpu.arg_error(2, b"unfinished string for format 'z'")),
            };
        }
        kind => {
            let signed = kind == Kind::Signed;
            let n = read_integer(bytes, signed, little);
            let fits = match signed {
                true => i64::try_from(n).is_ok(),
                false => u64::try_from(n).is_ok(),
            };
            if !fits {
                let text = format!("{size}-byte integer does not fit into Lua Integer");
                return Err(cpu.fail(&text));
            }
            if kind == Kind::Counted {
                let (from, left) = (at + size, rest.len().saturating_sub(size));
                return match usize::try_from(n).ok().filter(|&len| len <= left) {
                    Some(len) => read_string(cpu, data, from, len, from + len),
                    None => Err(cpu.arg_error(2, b"data string too short")),
                };
            }
            n as f64
        }
    };
    Ok((Value::number(n), at + size))
}

fn read_string(
    cpu: &mut Cpu<'_, '_>,
    data: Str,
    at: usize,
    len: usize,
    end: usize,
) -> Result<(Value, usize), Raise> {
    let v = substring(cpu, data, at as u32, len as u32)?;
    Ok((v, end))
}
