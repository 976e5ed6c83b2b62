//! `string.format` over `bvm_text`'s directives, and the text of numbers for whoever joins values. Must
//! not know tables.

use bvm_isa::NumberText;
use bvm_text::{Chunk, Conversion, Spec};
use bvm_vm::data::string;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise};

/// Units for the work of one argument.
const PER_ARGUMENT: u64 = 8;

/// `string.format`
pub(crate) fn format(cpu: &mut Cpu<'_, '_>) -> Answer {
    let format = cpu.check_string(1)?;
    let cost = cost(cpu, format);
    cpu.charge(cost)?;
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

/// What the work costs at most: all of it is paid at the start, because it starts over otherwise.
fn cost(cpu: &Cpu<'_, '_>, format: Str) -> u64 {
    let mut cost = 1 + u64::from(string::len(cpu.mem, format)) / 16;
    for i in 2..=cpu.count() {
        let v = cpu.arg(i);
        let len = Str::of(v).map_or(0, |s| string::len(cpu.mem, s));
        // The digits of a very large or very small number take exact arithmetic of that size.
        let exponent = v
            .as_number()
            .map_or(0, |n| (n.to_bits() >> 52 & 0x7ff).abs_diff(0x3ff));
        cost += PER_ARGUMENT + u64::from(len) / 16 + exponent / 8;
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
