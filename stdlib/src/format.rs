//! `string.format` over `bvm_text`'s directives, and the text of numbers for whoever joins values. Must
//! not know tables.

use crate::rope::{self, FULL, Rope};
use bvm_isa::NumberText;
use bvm_text::{Chunk, Conversion, Spec};
use bvm_vm::data::string;
use bvm_vm::exec::convert::to_number;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Units for the work of one argument.
const PER_ARGUMENT: u64 = 8;

/// Bytes of a string that is quoted at a time, where much is.
const PIECE: usize = 4096;

/// Step: the parts of a long text are there.
const JOINED: u32 = 1;

/// `string.format`
pub(crate) fn format(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == JOINED {
        let slot = cpu.count().saturating_sub(2);
        return rope::go_on(cpu, slot, JOINED).map(|text| give(cpu, text));
    }
    let format = cpu.check_string(1)?;
    let (cost, bytes) = cost(cpu, format);
    if bytes > FULL as u64 {
        return format_long(cpu, format, cost + bytes / 32);
    }
    cpu.charge(cost + bytes / 16)?;
    let mut out = cpu.take_scratch();
    let (mut at, mut arg) = (0, 1);
    loop {
        let text = string::bytes(cpu.mem, format);
        match bvm_text::chunks(text, &mut at) {
            None => break,
            Some(Chunk::Text(plain)) => out.extend_from_slice(plain),
            Some(Chunk::Directive) => {
                arg += 1;
                if !cpu.has(arg) {
                    return Err(cpu.arg_error(arg, b"no value"));
                }
                match bvm_text::scan(text, &mut at) {
                    Ok(spec) => directive(cpu, &spec, arg, &mut out)?,
                    Err(error) => return Err(cpu.error_at(1, &error.message())),
                }
            }
        }
    }
    cpu.push_bytes(&out)?;
    cpu.give_scratch(out);
    Ok(Next::Return(1))
}

fn give(cpu: &mut Cpu<'_, '_>, text: Value) -> Next {
    cpu.push(text);
    Next::Return(1)
}

/// The same with long strings, which are not copied before the end.
#[cold]
fn format_long(cpu: &mut Cpu<'_, '_>, format: Str, cost: u64) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    cpu.charge(cost)?;
    let count = cpu.count();
    let mut out = Rope::new(cpu, count + 1);
    let (mut at, mut arg) = (0, 1);
    loop {
        let (begin, text) = (at, string::bytes(cpu.mem, format));
        match bvm_text::chunks(text, &mut at) {
            None => break,
            Some(Chunk::Text(plain)) => {
                let end = begin + plain.len();
                out.add(cpu, format, begin, end)?;
            }
            Some(Chunk::Directive) => {
                arg += 1;
                // The text's own slots are behind the arguments.
                if arg > count {
                    return Err(cpu.arg_error(arg, b"no value"));
                }
                match bvm_text::scan(text, &mut at) {
                    Ok(spec) => add(cpu, &spec, arg, &mut out)?,
                    Err(error) => return Err(cpu.error_at(1, &error.message())),
                }
            }
        }
    }
    let made = out.finish(cpu, JOINED)?;
    Ok(made.map_or(Next::Again, |text| give(cpu, text)))
}

/// Adds what a directive gives to a long text.
fn add(cpu: &mut Cpu<'_, '_>, spec: &Spec, arg: u32, out: &mut Rope) -> Result<(), Raise> {
    let s = Str::of(cpu.arg(arg)).filter(|&s| string::len(cpu.mem, s) as usize > PIECE);
    let len = s.map_or(0, |s| string::len(cpu.mem, s) as usize);
    match (s, spec.conversion) {
        (Some(s), Conversion::String) if spec.precision.is_none() => out.add(cpu, s, 0, len),
        (Some(s), Conversion::Quoted) => {
            out.tail.push(b'"');
            for from in (0..len).step_by(PIECE) {
                let piece = string::bytes(cpu.mem, s).get(from..len.min(from + PIECE));
                bvm_text::quoted_part(piece.unwrap_or_default(), &mut out.tail);
                out.flush_if_full(cpu)?;
            }
            out.tail.push(b'"');
            Ok(())
        }
        _ => {
            directive(cpu, spec, arg, &mut out.tail)?;
            out.flush_if_full(cpu)
        }
    }
}

/// What the work costs at most but for strings, and the bytes of these: all of it is paid at the start, because it starts
/// over otherwise.
fn cost(cpu: &Cpu<'_, '_>, format: Str) -> (u64, u64) {
    let mut cost = 1;
    let mut bytes = u64::from(string::len(cpu.mem, format));
    let mut is_hard = false;
    for i in 2..=cpu.count() {
        let v = cpu.arg(i);
        let s = Str::of(v);
        let len = s.map_or(0, |s| string::len(cpu.mem, s));
        // The digits of a very large or very small number take exact arithmetic of that size.
        let exponent = v
            .as_number()
            .map_or(0, |n| (n.to_bits() >> 52 & 0x7ff).abs_diff(0x3ff));
        cost += PER_ARGUMENT + exponent / 8;
        is_hard |= match s {
            Some(s) => cpu.bytes(s).first().is_some_and(|&byte| byte <= b'9'),
            None => exponent >= LARGE && v.as_number() != Some(0.0),
        };
        bytes += u64::from(len);
    }
    if is_hard || bytes > FULL as u64 || wants_digits(string::bytes(cpu.mem, format)) {
        cost += cost_of_digits(cpu, format);
    }
    (cost, bytes)
}

/// Binary exponents that ask for many digits by themselves.
const LARGE: u64 = 48;

/// Whether a format may have a precision of two digits.
fn wants_digits(format: &[u8]) -> bool {
    let mut triples = format.windows(3);
    triples.any(|triple| matches!(triple, [b'.', b'1'..=b'9', b'0'..=b'9']))
}

/// What the digits cost that the directives ask for, up to a wrong one. A text may denote any number.
#[cold]
fn cost_of_digits(cpu: &Cpu<'_, '_>, format: Str) -> u64 {
    let text = string::bytes(cpu.mem, format);
    let (mut at, mut arg, mut cost) = (0, 1, 0);
    while let Some(chunk) = bvm_text::chunks(text, &mut at) {
        if chunk != Chunk::Directive {
            continue;
        }
        arg += 1;
        let Ok(spec) = bvm_text::scan(text, &mut at) else {
            break;
        };
        if !cpu.has(arg) {
            break;
        }
        if let Some(n) = to_number(cpu.mem, cpu.arg(arg)) {
            cost += bvm_text::price_of_digits(&spec, n);
        }
    }
    cost
}

fn directive(cpu: &mut Cpu<'_, '_>, spec: &Spec, arg: u32, out: &mut Vec<u8>) -> Result<(), Raise> {
    match spec.conversion {
        Conversion::String | Conversion::Quoted => {
            let s = cpu.check_string(arg)?;
            let len = string::len(cpu.mem, s);
            if len as usize > bvm_text::MAX_ITEM {
                cpu.check_size(out.len() as u64 + u64::from(len))?;
            }
            let text = string::bytes(cpu.mem, s);
            if spec.conversion == Conversion::Quoted {
                bvm_text::quoted(text, out);
            } else {
                bvm_text::string(spec, text, out);
            }
        }
        _ => {
            let n = cpu.check_number(arg)?;
            bvm_text::number(spec, n, out);
        }
    }
    Ok(())
}

/// Appends a number as `tostring` shows it.
#[inline]
pub(crate) fn append_number(out: &mut Vec<u8>, n: f64) {
    out.extend_from_slice(NumberText::of(n).as_bytes());
}
