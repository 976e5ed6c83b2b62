//! `tonumber`. How numbers are written is `isa`'s.

use crate::base::opt_int;
use crate::slots::set_number;
use bvm_isa::Numeral;
use bvm_vm::data::string;
use bvm_vm::exec::convert::to_number;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Bytes that are read between looks at the fuel. Longer texts are read in portions.
const PORTION: u32 = 1024;

/// Slot of how many bytes are read.
const DONE: u32 = 3;
/// Step: some are.
const READS: u32 = 1;

/// Bytes for a unit.
const fn bytes_per_unit(base: i32) -> u32 {
    if base == 10 { 8 } else { 16 }
}

/// `tonumber`
pub(crate) fn tonumber(cpu: &mut Cpu<'_, '_>) -> Answer {
    let base = opt_int(cpu, 2, 10)?;
    let text = match base {
        10 => Str::of(cpu.check_any(1)?),
        _ => Some(cpu.check_string(1)?),
    };
    if !(2..=36).contains(&base) {
        return Err(cpu.arg_error(2, b"base out of range"));
    }
    let len = text.map_or(0, |s| string::len(cpu.mem, s));
    let result = match text {
        Some(s) if len > PORTION => {
            if cpu.is_leaf() {
                return Ok(Next::Again);
            }
            read_long(cpu, s, base)?
        }
        Some(s) if base != 10 => {
            cpu.charge(u64::from(len / bytes_per_unit(base)))?;
            let mut numeral = Numeral::in_base(base as u32);
            numeral.read(cpu.bytes(s));
            numeral.value()
        }
        _ => {
            cpu.charge(u64::from(len / bytes_per_unit(base)))?;
            to_number(cpu.mem, cpu.arg(1))
        }
    };
    cpu.push(result.map_or(Value::NIL, Value::number));
    Ok(Next::Return(1))
}

/// A numeral, and how many bytes it has read.
struct Work {
    numeral: Numeral,
    done: u32,
}

fn read_long(cpu: &mut Cpu<'_, '_>, s: Str, base: i32) -> Result<Option<f64>, Raise> {
    let done = match cpu.step_number() {
        READS => cpu.arg(DONE).payload(),
        _ => 0,
    };
    let mut work = match cpu.take_work::<Work>() {
        Some(work) if work.done == done => work,
        _ => again(cpu, s, base, done),
    };
    let (len, unit) = (string::len(cpu.mem, s), bytes_per_unit(base));
    while work.done < len {
        let to = len.min(work.done + PORTION);
        cpu.pay(u64::from(to / unit - work.done / unit));
        let bytes = cpu.bytes(s).get(work.done as usize..to as usize);
        work.numeral.read(bytes.unwrap_or_default());
        work.done = to;
        if cpu.is_dry() {
            cpu.set_count(DONE);
            set_number(cpu, DONE, to);
            cpu.keep_work(work);
            cpu.set_step(READS);
            return Err(cpu.pause());
        }
    }
    Ok(work.numeral.value())
}

/// A numeral that has read so many bytes, at the beginning or after a snapshot.
fn again(cpu: &Cpu<'_, '_>, s: Str, base: i32, done: u32) -> Box<Work> {
    let mut numeral = match base {
        10 => Numeral::new(),
        base => Numeral::in_base(base as u32),
    };
    let done = done.min(string::len(cpu.mem, s));
    let bytes = cpu.bytes(s).get(..done as usize);
    numeral.read(bytes.unwrap_or_default());
    Box::new(Work { numeral, done })
}
