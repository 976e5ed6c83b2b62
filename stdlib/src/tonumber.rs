//! `tonumber`. How numbers are written is `isa`'s.

use crate::base::opt_int;
use bvm_isa::Numeral;
use bvm_vm::data::string;
use bvm_vm::exec::convert::to_number;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value, Work};

/// Bytes that are read between looks at the fuel. Longer texts are read in portions.
const PORTION: u32 = 1024;

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
struct Reading {
    numeral: Numeral,
    done: u32,
}

impl Work for Reading {
    fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.done.to_le_bytes());
        self.numeral.save(out);
    }
}

impl Reading {
    fn begin(base: i32) -> Reading {
        let numeral = match base {
            10 => Numeral::new(),
            base => Numeral::in_base(base as u32),
        };
        Reading { numeral, done: 0 }
    }

    /// The one that was saved, if the bytes are one.
    fn restore(bytes: &[u8]) -> Option<Reading> {
        let (done, numeral) = bytes.split_first_chunk()?;
        Some(Reading {
            numeral: Numeral::restore(numeral)?,
            done: u32::from_le_bytes(*done),
        })
    }

    /// The one that the step before has kept. A strange snapshot may have none, and that one begins.
    fn take_up(cpu: &mut Cpu<'_, '_>, base: i32) -> Box<Reading> {
        if let Some((work, _)) = cpu.take_work() {
            return work;
        }
        let kept = cpu.take_kept().unwrap_or_default();
        Box::new(Reading::restore(&kept).unwrap_or_else(|| Reading::begin(base)))
    }
}

fn read_long(cpu: &mut Cpu<'_, '_>, s: Str, base: i32) -> Result<Option<f64>, Raise> {
    let mut work = match cpu.step_number() {
        READS => Reading::take_up(cpu, base),
        _ => Box::new(Reading::begin(base)),
    };
    let (len, unit) = (string::len(cpu.mem, s), bytes_per_unit(base));
    while work.done < len {
        let to = len.min(work.done.saturating_add(PORTION));
        cpu.pay(u64::from(to / unit - work.done / unit));
        let bytes = cpu.bytes(s).get(work.done as usize..to as usize);
        work.numeral.read(bytes.unwrap_or_default());
        work.done = to;
        if cpu.is_dry() {
            cpu.keep_work(Vec::new(), work);
            cpu.set_step(READS);
            return Err(cpu.pause());
        }
    }
    Ok(work.numeral.value())
}
