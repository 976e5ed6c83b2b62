//! `string`: bytes, slices, repetition, case, and the metatable of strings. Patterns are in `find` and
//! `gsub`, formats in `format`; must not know tables.

use crate::base::check_int;
use crate::define::{self, Library};
use crate::portions::{self, Place};
use crate::{find, format, functions, gsub, pack, slots};
use bvm_vm::data::string;
use bvm_vm::data::unfinished::PORTION;
use bvm_vm::host::Mem;
use bvm_vm::objects::{Str, Table};
use bvm_vm::value::Type;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value, meta};

/// The library.
pub const LIBRARY: Library = Library {
    name: "string",
    functions: functions! { "string":
        /// `string.byte(s [, i [, j]])`: the codes of the bytes from i to j (i by default; i is 1 by default).
        "byte" = byte, Byte;
        /// `string.char(...)`: the string of the bytes with these codes.
        "char" = char, Char;
        /// `string.dump(f)`: the Lua function f as a binary chunk that `loadstring` takes.
        "dump" = crate::dump::dump;
        /// `string.find(s, pattern [, init [, plain]])`: where the pattern first matches, and its captures.
        "find" = find::find, leaf;
        /// `string.format(format, ...)`: text by a format in the manner of C's `printf`.
        "format" = format::format, leaf;
        /// `string.gfind(s, pattern)`: the old name of `string.gmatch`.
        "gfind" = find::gmatch, leaf;
        /// `string.gmatch(s, pattern)`: an iterator over all matches of the pattern.
        "gmatch" = find::gmatch, leaf;
        /// `string.gsub(s, pattern, repl [, n])`: s with the (first n) matches replaced, and their number.
        "gsub" = gsub::gsub, leaf;
        /// `string.len(s)`: the number of bytes.
        "len" = len, StringLen;
        /// `string.lower(s)`: s with the letters A to Z in lower case.
        "lower" = lower, leaf;
        /// `string.match(s, pattern [, init])`: the captures of the first match, or the match itself.
        "match" = find::match_, leaf;
        /// `string.rep(s, n [, separator])`: n copies of s in a row; the separator is an addition.
        "rep" = rep, leaf;
        /// `string.reverse(s)`: the bytes in reverse order.
        "reverse" = reverse, leaf;
        /// `string.sub(s, i [, j])`: the bytes from i to j; negative places count from the end.
        "sub" = sub, Sub;
        /// `string.upper(s)`: s with the letters a to z in upper case.
        "upper" = upper, leaf;
        /// The iterator that `string.gmatch` gives.
        ("gmatch_aux") = find::gmatch_step, leaf;
    },
    additions: functions! { "string":
        /// `string.pack(format, ...)`: the values in bytes, as the format says.
        "pack" = pack::pack;
        /// `string.packsize(format)`: how many bytes `string.pack` makes by the format.
        "packsize" = pack::packsize;
        /// `string.unpack(format, s [, i])`: the values that bytes from place i on (1 by default) stand for, and the place after them.
        "unpack" = pack::unpack;
    },
    outermost: Ring::Plugin,
    open: Some(open),
};

/// Strings up to this many bytes are put together on the host's stack, so that one that exists already
/// takes no memory.
const SHORT: usize = 64;

/// Gives all strings the library as their `__index`; `gmatch` knows its iterator by an upvalue.
fn open(cpu: &mut Cpu<'_, '_>, table: Table) -> Result<(), Raise> {
    let step = define::native(cpu, "string.gmatch_aux", &[])?;
    let gmatch = define::native(cpu, "string.gmatch", &[step])?;
    cpu.set_field(table, "gmatch", gmatch)?;
    cpu.set_field(table, "gfind", gmatch)?;
    let metatable = cpu.new_table(0, 1)?;
    cpu.set_field(metatable, "__index", table.into())?;
    meta::set_type_metatable(cpu.mem, Type::String, Some(metatable));
    Ok(())
}

/// A place in a string of `len` bytes that may count from the end; 0 when it lies before the start.
#[inline]
pub(crate) fn place(at: i64, len: u32) -> i64 {
    if at >= 0 {
        at
    } else {
        (at + i64::from(len) + 1).max(0)
    }
}

/// The string of `len` bytes of `s` from its byte `from` (counted from 0) on.
#[inline]
pub(crate) fn substring(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    from: u32,
    len: u32,
) -> Result<Value, Raise> {
    if len as usize > SHORT && len != string::len(cpu.mem, s) {
        cpu.pay(u64::from(len) / 64);
    }
    Ok(string::part(cpu.mem, s, from, len)?.into())
}

fn len(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    let len = string::len(cpu.mem, s);
    cpu.push(Value::number(f64::from(len)));
    Ok(Next::Return(1))
}

fn sub(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    let len = string::len(cpu.mem, s);
    let first = place(cpu.check_integer(2)?, len).max(1);
    let last = place(cpu.opt_integer(3, -1)?, len).min(i64::from(len));
    if first > last {
        let empty = cpu.new_str(b"")?;
        cpu.push(empty);
        return Ok(Next::Return(1));
    }
    let (from, count) = ((first - 1) as u32, (last - first + 1) as u32);
    if count > PORTION && count < len {
        return portions::build(cpu, u64::from(count), |mem, place| {
            let source = s.0 + Str::SIZE + from + place.from;
            mem.copy(source, place.first + place.from, place.to - place.from);
        });
    }
    let part = substring(cpu, s, from, count)?;
    cpu.push(part);
    Ok(Next::Return(1))
}

fn byte(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == BYTES_GO_ON {
        return bytes_on(cpu);
    }
    let s = cpu.check_string(1)?;
    let len = string::len(cpu.mem, s);
    let from = place(cpu.opt_integer(2, 1)?, len);
    let last = if cpu.arg(3).is_nil() {
        from
    } else {
        place(cpu.check_integer(3)?, len)
    };
    let (first, last) = (from.max(1), last.min(i64::from(len)));
    if first > last {
        return Ok(Next::Return(0));
    }
    let (from, count) = ((first - 1) as u32, (last - first + 1) as u32);
    if count > portions::ARGUMENTS {
        return many_bytes(cpu, from, count);
    }
    if count > 1 {
        if !cpu.reserve(count)? {
            return Err(cpu.fail(TOO_LONG));
        }
        cpu.charge(u64::from(count / CODES))?;
    }
    push_codes(cpu, s, from, count);
    Ok(Next::Return(count))
}

/// The slots of `string.byte` behind its string while it goes on: the next byte, and the end. The codes follow.
const NEXT_BYTE: u32 = 2;
const END: u32 = 3;
/// Step: some codes are there.
const BYTES_GO_ON: u32 = 1;
/// Codes for a unit.
const CODES: u32 = 8;
/// The error when there would be too many.
const TOO_LONG: &str = "stack overflow (string slice too long)";

/// Returns many codes: of `count` bytes from byte `from`, counted from 0.
#[cold]
fn many_bytes(cpu: &mut Cpu<'_, '_>, from: u32, count: u32) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    if !cpu.reserve(count)? {
        return Err(cpu.fail(TOO_LONG));
    }
    cpu.set_count(END);
    cpu.set_arg(NEXT_BYTE, slots::value(from));
    cpu.set_arg(END, slots::value(from + count));
    bytes_on(cpu)
}

/// Goes on with the codes.
fn bytes_on(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    let len = string::len(cpu.mem, s);
    let (mut at, end) = (
        cpu.arg(NEXT_BYTE).payload(),
        cpu.arg(END).payload().min(len),
    );
    while at < end {
        let more = portions::ARGUMENTS.min(end - at);
        // It has been, but for a strange snapshot.
        if !cpu.reserve(more)? {
            return Err(cpu.fail(TOO_LONG));
        }
        let done = cpu.count().saturating_sub(END);
        cpu.pay(u64::from((done + more) / CODES - done / CODES));
        push_codes(cpu, s, at, more);
        at += more;
        if at < end && cpu.is_dry() {
            cpu.set_arg(NEXT_BYTE, slots::value(at));
            cpu.set_step(BYTES_GO_ON);
            return Err(cpu.pause());
        }
    }
    Ok(Next::Return(cpu.count().saturating_sub(END)))
}

/// Adds the codes of `count` bytes, which are there and for which there is room.
#[inline]
fn push_codes(cpu: &mut Cpu<'_, '_>, s: Str, from: u32, count: u32) {
    let (at, top) = (s.0 + Str::SIZE + from, cpu.count());
    for i in 0..count {
        let code: u8 = cpu.mem.load(at.wrapping_add(i));
        cpu.keep(top + 1 + i, Value::number(f64::from(code)));
    }
    cpu.end_at(top + count);
}

fn char(cpu: &mut Cpu<'_, '_>) -> Answer {
    let count = cpu.count();
    let mut buffer = [0; SHORT];
    if count as usize > SHORT {
        return long_char(cpu);
    }
    for (i, to) in (1..=count).zip(&mut buffer) {
        *to = code(cpu, i)?;
    }
    let made = string::intern(cpu.mem, buffer.get(..count as usize).unwrap_or_default())?;
    cpu.push(made.into());
    Ok(Next::Return(1))
}

#[cold]
fn long_char(cpu: &mut Cpu<'_, '_>) -> Answer {
    portions::write_arguments(cpu, 4, |cpu, i, text| {
        text.push(code(cpu, i)?);
        Ok(())
    })
}

fn code(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<u8, Raise> {
    let n = check_int(cpu, i)?;
    u8::try_from(n).map_err(|_| cpu.arg_error(i, b"invalid value"))
}

fn rep(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    let count = check_int(cpu, 2)?.max(0) as u64;
    let separator = match cpu.dialect().has_additions() {
        true => cpu.opt_string(3)?,
        false => None,
    };
    let len = u64::from(string::len(cpu.mem, s));
    let between = separator.map_or(0, |by| u64::from(string::len(cpu.mem, by)));
    // Below 2^64: neither length has more than 32 bits, and the number of copies has 31.
    let total = len * count + between * count.saturating_sub(1);
    let made = match count {
        _ if total == 0 => cpu.new_str(b"")?,
        1 => s.into(),
        _ => {
            cpu.check_size(total)?;
            let period = [Some(s), separator];
            return portions::build(cpu, total, |mem, place| {
                repeat(mem, place, &period);
            });
        }
    };
    cpu.push(made);
    Ok(Next::Return(1))
}

/// Fills a place of a string that some strings make, one behind the other and again and again.
fn repeat(mem: &mut Mem<'_>, place: Place, period: &[Option<Str>]) {
    let mut at: u32 = 0;
    for &s in period.iter().flatten() {
        let (begin, len) = (at, string::len(mem, s));
        at = begin.saturating_add(len);
        let (from, to) = (begin.max(place.from), at.min(place.to));
        if from < to {
            mem.copy(
                s.0 + Str::SIZE + (from - begin),
                place.first + from,
                to - from,
            );
        }
    }
    // What is there is doubled until it is all.
    let mut done = at.max(place.from);
    while at > 0 && done < place.to {
        let whole = done - done % at;
        let more = whole.min(place.to - done);
        mem.copy(place.first + done - whole, place.first + done, more);
        done += more;
    }
}

fn upper(cpu: &mut Cpu<'_, '_>) -> Answer {
    convert(cpu, <[u8]>::make_ascii_uppercase)
}

fn lower(cpu: &mut Cpu<'_, '_>) -> Answer {
    convert(cpu, <[u8]>::make_ascii_lowercase)
}

fn reverse(cpu: &mut Cpu<'_, '_>) -> Answer {
    change(cpu, <[u8]>::reverse, |len, place| len - place.to)
}

/// Returns the string in slot 1 with each of its bytes changed by `change`.
fn convert(cpu: &mut Cpu<'_, '_>, by: fn(&mut [u8])) -> Answer {
    change(cpu, by, |_, place| place.from)
}

/// Returns the string in slot 1 changed: what comes to a place is what `by` makes of as many bytes that lie `from` some
/// byte on.
fn change(cpu: &mut Cpu<'_, '_>, by: fn(&mut [u8]), from: fn(u32, Place) -> u32) -> Answer {
    let s = cpu.check_string(1)?;
    let len = string::len(cpu.mem, s);
    let mut buffer = [0; SHORT];
    if let Some(to) = buffer.get_mut(..len as usize) {
        let bytes = string::bytes(cpu.mem, s);
        to.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from);
        by(to);
        let made = string::intern(cpu.mem, to)?;
        cpu.push(made.into());
        return Ok(Next::Return(1));
    }
    portions::build(cpu, u64::from(len), |mem, place| {
        let (to, count) = (place.first + place.from, place.to - place.from);
        mem.copy(s.0 + Str::SIZE + from(len, place), to, count);
        by(mem.bytes_mut(to, count));
    })
}
