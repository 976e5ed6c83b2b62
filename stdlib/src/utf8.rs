//! `utf8`: strings as sequences of code points, as in Lua 5.3. How code points are written is in
//! `bvm_text`.
//!
//! What walks a string keeps its place in the window and stops when the fuel does.

use crate::define::{self, Library};
use crate::functions;
use crate::portions;
use crate::string::place;
use crate::whole::{check_whole, opt_whole};
use bvm_text::{decode_utf8, encode_utf8, is_continuation};
use bvm_vm::args::MAX_WINDOW;
use bvm_vm::data::string;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "utf8",
    functions: &[],
    additions: functions! { "utf8":
        /// `utf8.char(...)`: the string of the code points in UTF-8.
        "char" = char, leaf;
        /// `utf8.codepoint(s [, i [, j]])`: the code points that begin at bytes i to j (i by default; i is 1 by default).
        "codepoint" = codepoint;
        /// `utf8.codes(s)`: for a `for` loop over the places and code points of s.
        "codes" = codes;
        /// The iterator that `utf8.codes` gives.
        ("codes_step") = codes_step;
        /// `utf8.len(s [, i [, j]])`: how many code points begin at bytes i to j; nil and a place where none does.
        "len" = len;
        /// `utf8.offset(s, n [, i])`: where the n-th code point, counted from byte i, begins.
        "offset" = offset;
    },
    outermost: Ring::Plugin,
    open: Some(open),
};

/// Matches one code point, as far as its bytes have the right form.
const CHAR_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xF4][\x80-\xBF]*";

/// Bytes that are looked at before the fuel is.
const PORTION: usize = 1 << 12;

/// Bytes that are looked at for a unit.
const BYTES: usize = 16;

/// Code points that are written or read for a unit, when each becomes a value or comes from one.
const VALUES: u32 = 4;

/// The step of `utf8.codepoint` at which it goes on.
const GO_ON: u32 = 1;

fn open(cpu: &mut Cpu<'_, '_>, table: Table) -> Result<(), Raise> {
    let pattern = cpu.new_str(CHAR_PATTERN)?;
    cpu.set_field(table, "charpattern", pattern)?;
    let step = define::native(cpu, "utf8.codes_step", &[])?;
    let codes = define::native(cpu, "utf8.codes", &[step])?;
    cpu.set_field(table, "codes", codes)
}

fn number_at(cpu: &Cpu<'_, '_>, i: u32) -> i64 {
    crate::slots::place(cpu.arg(i))
}

fn whole(n: i64) -> Value {
    Value::number(n as f64)
}

/// The code point at byte `at` of a string, counted from 0, and how many bytes it takes.
#[inline]
fn decode(cpu: &Cpu<'_, '_>, s: Str, at: i64) -> Option<(u32, i64)> {
    let rest = string::bytes(cpu.mem, s).get(at as usize..)?;
    decode_utf8(rest).map(|(code, len)| (code, len as i64))
}

/// Whether no code point begins at byte `at`, counted from 0, because one goes on there.
fn goes_on(cpu: &Cpu<'_, '_>, s: Str, at: i64) -> bool {
    let byte = string::bytes(cpu.mem, s).get(at as usize);
    byte.is_some_and(|&byte| is_continuation(byte))
}

fn char(cpu: &mut Cpu<'_, '_>) -> Answer {
    portions::write_arguments(cpu, VALUES, |cpu, i, text| {
        let code = check_whole(cpu, i)?;
        match u32::try_from(code) {
            Ok(code) if code <= bvm_text::MAX_CODE_POINT => encode_utf8(code, text),
            _ => return Err(cpu.arg_error(i, b"value out of range")),
        }
        Ok(())
    })
}

/// Its window: string, next byte, last byte, what has been found.
fn codepoint(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    if cpu.step_number() == GO_ON {
        return codepoint_on(cpu, s);
    }
    let len = string::len(cpu.mem, s);
    let first = place(opt_whole(cpu, 2, 1)?, len);
    let last = place(opt_whole(cpu, 3, first)?, len);
    if first < 1 {
        return Err(cpu.arg_error(2, b"out of range"));
    }
    if last > i64::from(len) {
        return Err(cpu.arg_error(3, b"out of range"));
    }
    cpu.set_count(3);
    cpu.set_arg(2, whole(first - 1));
    cpu.set_arg(3, whole(last));
    codepoint_on(cpu, s)
}

/// Goes on with code points.
fn codepoint_on(cpu: &mut Cpu<'_, '_>, s: Str) -> Answer {
    let (mut at, last) = (number_at(cpu, 2), number_at(cpu, 3));
    while at < last {
        let room = MAX_WINDOW.saturating_sub(cpu.count());
        let most = u32::try_from(last - at).unwrap_or(u32::MAX);
        let most = most.min(room).min(portions::ARGUMENTS);
        if most == 0 || !cpu.reserve(most)? {
            return Err(cpu.fail("stack overflow (string slice too long)"));
        }
        let before = cpu.count();
        while at < last && cpu.count() - before < most {
            let Some((code, len)) = decode(cpu, s, at) else {
                return Err(cpu.fail("invalid UTF-8 code"));
            };
            cpu.push(Value::number(f64::from(code)));
            at += len;
        }
        cpu.pay(u64::from((cpu.count() - before) / VALUES));
        if at < last && cpu.is_dry() {
            cpu.set_arg(2, whole(at));
            cpu.set_step(GO_ON);
            return Err(cpu.pause());
        }
    }
    Ok(Next::Return(cpu.count() - 3))
}

fn codes(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    for v in [cpu.upvalue(1), s.into(), Value::number(0.0)] {
        cpu.push(v);
    }
    Ok(Next::Return(3))
}

/// Its arguments are the string and the place of the code point before. At step 1 the second is the place
/// before the byte to look at.
fn codes_step(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    let len = i64::from(string::len(cpu.mem, s));
    let before = number_at(cpu, 2);
    let mut at = before.clamp(0, len);
    // The first code point begins at the first byte, whatever that is.
    let mut skips = cpu.step_number() != 0 || before > 0;
    while skips && at < len {
        let from = at;
        let end = len.min(at + PORTION as i64);
        while at < end && goes_on(cpu, s, at) {
            at += 1;
        }
        skips = at == end;
        cpu.pay((at - from) as u64 / BYTES as u64);
        if skips && cpu.affordable() == 0 {
            cpu.set_count(2);
            cpu.set_arg(2, whole(at));
            cpu.set_step(1);
            return Err(cpu.pause());
        }
    }
    if at >= len {
        return Ok(Next::Return(0));
    }
    match decode(cpu, s, at) {
        Some((code, taken)) if !goes_on(cpu, s, at + taken) => {
            cpu.push(whole(at + 1));
            cpu.push(Value::number(f64::from(code)));
            Ok(Next::Return(2))
        }
        _ => Err(cpu.fail("invalid UTF-8 code")),
    }
}

/// Its window, when it goes on: string, next byte, end, code points so far.
fn len(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    if cpu.step_number() == 0 {
        start_len(cpu, s)?;
    }
    let (mut at, end) = (number_at(cpu, 2), number_at(cpu, 3));
    let mut count = number_at(cpu, 4);
    while at < end {
        let from = at;
        let portion = end.min(at + PORTION as i64);
        while at < portion {
            let Some((_, len)) = decode(cpu, s, at) else {
                cpu.pay((at - from) as u64 / BYTES as u64);
                cpu.push(Value::NIL);
                cpu.push(whole(at + 1));
                return Ok(Next::Return(2));
            };
            at += len;
            count += 1;
        }
        cpu.pay((at - from) as u64 / BYTES as u64);
        if at < end && cpu.affordable() == 0 {
            cpu.set_arg(2, whole(at));
            cpu.set_arg(4, whole(count));
            cpu.set_step(1);
            return Err(cpu.pause());
        }
    }
    cpu.push(whole(count));
    Ok(Next::Return(1))
}

fn start_len(cpu: &mut Cpu<'_, '_>, s: Str) -> Result<(), Raise> {
    let len = string::len(cpu.mem, s);
    let first = place(opt_whole(cpu, 2, 1)?, len);
    let last = place(opt_whole(cpu, 3, -1)?, len);
    if first < 1 || first - 1 > i64::from(len) {
        return Err(cpu.arg_error(2, b"initial position out of string"));
    }
    if last > i64::from(len) {
        return Err(cpu.arg_error(3, b"final position out of string"));
    }
    cpu.set_count(4);
    cpu.set_arg(2, whole(first - 1));
    cpu.set_arg(3, whole(last));
    cpu.set_arg(4, whole(0));
    Ok(())
}

/// Its window: string, code points still to go (negative when it goes back), place.
fn offset(cpu: &mut Cpu<'_, '_>) -> Answer {
    let s = cpu.check_string(1)?;
    let len = i64::from(string::len(cpu.mem, s));
    if cpu.step_number() == 0 {
        start_offset(cpu, s)?;
    }
    let (mut left, mut at) = (number_at(cpu, 2), number_at(cpu, 3));
    let end = if left < 0 { 0 } else { len };
    while left != 0 && at != end {
        let portion = PORTION.min(at.abs_diff(end) as usize);
        let mut walked = 0;
        while left != 0 && walked < portion {
            walked += 1;
            at += left.signum();
            if at == 0 || !goes_on(cpu, s, at) {
                left -= left.signum();
            }
        }
        cpu.pay((walked / BYTES) as u64);
        if left != 0 && cpu.affordable() == 0 {
            cpu.set_arg(2, whole(left));
            cpu.set_arg(3, whole(at));
            cpu.set_step(1);
            return Err(cpu.pause());
        }
    }
    let found = match left {
        0 => whole(at + 1),
        _ => Value::NIL,
    };
    cpu.push(found);
    Ok(Next::Return(1))
}

fn start_offset(cpu: &mut Cpu<'_, '_>, s: Str) -> Result<(), Raise> {
    let len = string::len(cpu.mem, s);
    let n = check_whole(cpu, 2)?;
    let from = if n < 0 { i64::from(len) + 1 } else { 1 };
    let at = place(opt_whole(cpu, 3, from)?, len) - 1;
    if at < 0 || at > i64::from(len) {
        return Err(cpu.arg_error(3, b"position out of range"));
    }
    let inside = goes_on(cpu, s, at);
    let left = match n {
        // The code point that the place belongs to: back to its first byte.
        0 => -i64::from(inside && at > 0),
        _ if inside => return Err(cpu.fail("initial position is a continuation byte")),
        1.. => n - 1,
        _ => n,
    };
    cpu.set_count(3);
    // No string has as many bytes as this.
    const FAR: i64 = 1 << 40;
    cpu.set_arg(2, whole(left.clamp(-FAR, FAR)));
    cpu.set_arg(3, whole(at));
    Ok(())
}
