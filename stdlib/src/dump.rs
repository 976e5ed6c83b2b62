//! `string.dump`. Must not know the format: that is `isa`'s.
//!
//! ```text
//!   1 function | 2… rope of what is written | 5 portions done
//! ```

use crate::rope::{self, Rope};
use crate::slots::set_number;
use bvm_isa::chunk::Step;
use bvm_vm::data::closure::{self, Function};
use bvm_vm::data::string;
use bvm_vm::load::dump::Dump;
use bvm_vm::objects::Closure;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring};

const FUNCTION: u32 = 1;
const ROPE: u32 = 2;
const PORTIONS: u32 = 5;

/// Steps: go on writing, go on making the result, begin with it.
const WRITES: u32 = 1;
const WRITTEN: u32 = 2;
const ALL_WRITTEN: u32 = 3;

/// Steps of the writer between looks at the fuel. Each writes what has some 250 bytes or is a few fields.
const PORTION: u64 = 16;

/// The writer, and how many portions it has written.
struct Work {
    dump: Dump,
    portions: u32,
}

/// `string.dump`
pub(crate) fn dump(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.need_ring(Ring::Application, "'string.dump'")?;
    let function = cpu.check_function(FUNCTION)?;
    let Some(Function::Lua(lua)) = closure::function_of(cpu.mem, function) else {
        return Err(cpu.fail("unable to dump given function"));
    };
    match cpu.step_number() {
        0 => {
            cpu.set_count(FUNCTION);
            cpu.set_count(PORTIONS);
            set_number(cpu, PORTIONS, 0);
        }
        WRITTEN => {
            let whole = rope::go_on(cpu, ROPE, WRITTEN)?;
            cpu.push(whole);
            return Ok(Next::Return(1));
        }
        _ => (),
    }
    let mut text = Rope::new(cpu, ROPE);
    if cpu.step_number() != 0
        && let Some(tail) = cpu.take_kept()
    {
        text.take_up(cpu, tail);
    }
    if cpu.step_number() != ALL_WRITTEN {
        write_on(cpu, lua, &mut text)?;
    }
    match text.finish(cpu, WRITTEN)? {
        Some(whole) => {
            cpu.push(whole);
            Ok(Next::Return(1))
        }
        None => Ok(Next::Again),
    }
}

/// Writes what is left to write.
fn write_on(cpu: &mut Cpu<'_, '_>, lua: Closure, text: &mut Rope) -> Result<(), Raise> {
    let portions = cpu.arg(PORTIONS).payload();
    let mut work = match cpu.take_work::<Work>() {
        Some(work) if work.portions == portions => work,
        _ => again(cpu, lua, portions, text.len()),
    };
    loop {
        let is_all = write(cpu, &mut work.dump, text)?;
        work.portions += 1;
        if cpu.is_dry() {
            set_number(cpu, PORTIONS, work.portions);
            cpu.keep_work(work);
            cpu.keep_outside(std::mem::take(&mut text.tail));
            cpu.set_step(if is_all { ALL_WRITTEN } else { WRITES });
            return Err(cpu.pause());
        }
        if is_all {
            return Ok(());
        }
    }
}

/// Writes the next portion; tells whether that was all.
fn write(cpu: &mut Cpu<'_, '_>, dump: &mut Dump, text: &mut Rope) -> Result<bool, Raise> {
    cpu.pay(PORTION);
    for _ in 0..PORTION {
        match dump.step(cpu.mem, &mut text.tail) {
            Step::More => (),
            Step::Text(s) => {
                let len = string::len(cpu.mem, s) as usize;
                text.add(cpu, s, 0, len)?;
            }
            Step::Done => return Ok(true),
        }
    }
    text.flush_if_full(cpu)?;
    Ok(false)
}

/// A writer that has written so many portions, `len` bytes in all, for a function that goes on after a snapshot: its text
/// is there.
fn again(cpu: &Cpu<'_, '_>, lua: Closure, portions: u32, len: usize) -> Box<Work> {
    let mut dump = Dump::new(cpu.mem, lua);
    let (mut bytes, mut lost) = (0, Vec::new());
    for _ in 0..u64::from(portions) * PORTION {
        match dump.step(cpu.mem, &mut lost) {
            Step::More => (),
            Step::Text(s) => bytes += string::len(cpu.mem, s) as usize,
            Step::Done => break,
        }
        bytes += lost.len();
        lost.clear();
        if bytes > len {
            // A strange snapshot says that there were more.
            break;
        }
    }
    Box::new(Work { dump, portions })
}
