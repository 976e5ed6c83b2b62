//! `string.dump`. Must not know the format: that is `isa`'s.
//!
//! ```text
//!   1 function | 2… rope of what is written
//! ```

use crate::rope::{self, Rope};
use bvm_isa::chunk::Step;
use bvm_vm::data::closure::{self, Function};
use bvm_vm::data::string;
use bvm_vm::load::dump::Dump;
use bvm_vm::objects::Closure;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Work};

const FUNCTION: u32 = 1;
const ROPE: u32 = 2;
/// The last slot of the rope.
const LAST: u32 = ROPE + 2;

/// Steps: go on writing, go on making the result, begin with it.
const WRITES: u32 = 1;
const WRITTEN: u32 = 2;
const ALL_WRITTEN: u32 = 3;

/// Steps of the writer between looks at the fuel. Each writes what has some 250 bytes or is a few fields.
const PORTION: u64 = 16;

/// How far the function is written.
struct Writing(Dump);

impl Work for Writing {
    /// Its length comes last: it stands behind text.
    fn save(&self, out: &mut Vec<u8>) {
        let before = out.len();
        self.0.save(out);
        let len = (out.len() - before) as u32;
        out.extend_from_slice(&len.to_le_bytes());
    }
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
            cpu.set_count(LAST);
        }
        WRITTEN => {
            let whole = rope::go_on(cpu, ROPE, WRITTEN)?;
            cpu.push(whole);
            return Ok(Next::Return(1));
        }
        _ => (),
    }
    let mut text = Rope::new(cpu, ROPE);
    match cpu.step_number() {
        0 => {
            let work = Box::new(Writing(Dump::new(cpu.mem, lua)));
            write_on(cpu, work, &mut text)?;
        }
        WRITES => {
            let work = take_up(cpu, lua, &mut text)?;
            write_on(cpu, work, &mut text)?;
        }
        _ => {
            let tail = cpu.take_kept().unwrap_or_default();
            text.take_up(cpu, tail);
        }
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
fn write_on(cpu: &mut Cpu<'_, '_>, mut work: Box<Writing>, text: &mut Rope) -> Result<(), Raise> {
    loop {
        let is_all = write(cpu, &mut work.0, text)?;
        if cpu.is_dry() {
            let tail = std::mem::take(&mut text.tail);
            match is_all {
                true => cpu.keep_outside(tail),
                false => cpu.keep_work(tail, work),
            }
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

/// What the step before has kept: the writer, and the end of the text.
fn take_up(cpu: &mut Cpu<'_, '_>, lua: Closure, text: &mut Rope) -> Result<Box<Writing>, Raise> {
    if let Some((work, tail)) = cpu.take_work::<Writing>() {
        text.take_up(cpu, tail);
        return Ok(work);
    }
    let mut kept = cpu.take_kept().unwrap_or_default();
    match restore(cpu, lua, &mut kept) {
        Some(dump) => {
            text.take_up(cpu, kept);
            Ok(Box::new(Writing(dump)))
        }
        None => Err(cpu.fail("damaged activation")),
    }
}

/// Takes the writer off the end of what was kept. A strange snapshot may have anything there.
fn restore(cpu: &Cpu<'_, '_>, lua: Closure, kept: &mut Vec<u8>) -> Option<Dump> {
    let (before, len) = kept.split_last_chunk()?;
    let tail = before
        .len()
        .checked_sub(u32::from_le_bytes(*len) as usize)?;
    let dump = Dump::restore(cpu.mem, lua, before.get(tail..)?)?;
    kept.truncate(tail);
    Some(dump)
}
