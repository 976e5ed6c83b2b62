//! `string.format` over `bvm_text`'s directives, and the text of numbers for whoever joins values. Must
//! not know tables.

mod long;

use bvm_isa::NumberText;
use bvm_text::{Chunk, Conversion, Spec};
use bvm_vm::data::string;
use bvm_vm::exec::convert::to_number;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Units for the work of one argument.
const PER_ARGUMENT: u64 = 8;

/// What is formatted in one piece: so many arguments, so long a format, so many bytes of it and of strings, so many units.
const MOST_ARGUMENTS: u32 = 64;
const LONGEST_FORMAT: u32 = 1024;
const MOST_BYTES: u64 = 8192;
const MOST_UNITS: u64 = 1000;

/// `string.format`
pub(crate) fn format(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() != 0 {
        return long::resume(cpu);
    }
    let format = cpu.check_string(1)?;
    match cost(cpu, format) {
        Some(units) => cpu.charge(units)?,
        None => return long::begin(cpu),
    }
    let mut out = cpu.take_scratch();
    let (mut at, mut arg) = (0, 1);
    loop {
        let text = string::bytes(cpu.mem, format);
        match bvm_text::chunks(text, &mut at) {
            None => break,
            Some(Chunk::Text(plain)) => out.extend_from_slice(plain),
            Some(Chunk::Directive) => {
                arg += 1;
                let spec = scan(cpu, format, &mut at, arg, cpu.count())?;
                directive(cpu, &spec, arg, &mut out)?;
            }
        }
    }
    cpu.push_bytes(&out)?;
    cpu.give_scratch(out);
    Ok(Next::Return(1))
}

/// Reads the directive at byte `at` of the format, which is for argument `arg` of `count`.
fn scan(
    cpu: &mut Cpu<'_, '_>,
    format: Str,
    at: &mut usize,
    arg: u32,
    count: u32,
) -> Result<Spec, Raise> {
    if arg > count {
        return Err(cpu.arg_error(arg, b"no value"));
    }
    let scanned = bvm_text::scan(string::bytes(cpu.mem, format), at);
    scanned.map_err(|error| cpu.error_at(1, &error.message()))
}

/// What all of it costs, which is paid at the start because the work starts over otherwise; `None` when it is to be done in
/// portions.
fn cost(cpu: &Cpu<'_, '_>, format: Str) -> Option<u64> {
    let len = string::len(cpu.mem, format);
    if len > LONGEST_FORMAT || cpu.count() > MOST_ARGUMENTS + 1 {
        return None;
    }
    let mut cost = 1;
    let mut bytes = u64::from(len);
    let mut is_hard = false;
    for i in 2..=cpu.count() {
        let v = cpu.arg(i);
        let s = Str::of(v);
        cost += PER_ARGUMENT + exponent(v) / 8;
        is_hard |= match s {
            Some(s) => cpu.bytes(s).first().is_some_and(|&byte| byte <= b'9'),
            None => exponent(v) >= LARGE && v.as_number() != Some(0.0),
        };
        bytes += s.map_or(0, |s| u64::from(string::len(cpu.mem, s)));
    }
    if is_hard || wants_digits(string::bytes(cpu.mem, format)) {
        cost += cost_of_digits(cpu, format);
    }
    cost += bytes / 16;
    (bytes <= MOST_BYTES && cost <= MOST_UNITS).then_some(cost)
}

/// Binary exponents that ask for many digits by themselves.
const LARGE: u64 = 48;

/// How far a number is from 1, as a power of two: the digits of one that is very large or very small take exact arithmetic of
/// that size.
fn exponent(v: Value) -> u64 {
    v.as_number()
        .map_or(0, |n| (n.to_bits() >> 52 & 0x7ff).abs_diff(0x3ff))
}

/// Whether a format may have a precision of two digits.
fn wants_digits(format: &[u8]) -> bool {
    let mut triples = format.windows(3);
    triples.any(|triple| matches!(triple, [b'.', b'1'..=b'9', b'0'..=b'9']))
}

/// What the digits cost that the directives ask for, up to a wrong one.
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
        cost += price_of_digits(cpu, &spec, arg);
    }
    cost
}

/// What the digits of argument `arg` cost. A text may denote any number.
fn price_of_digits(cpu: &Cpu<'_, '_>, spec: &Spec, arg: u32) -> u64 {
    let n = to_number(cpu.mem, cpu.arg(arg));
    n.map_or(0, |n| bvm_text::price_of_digits(spec, n))
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
