//! Strings that functions make of their arguments in one go, in portions when they are long, so that the function stops
//! soon where fuel does. Must not know what is made.

use bvm_vm::data::string;
use bvm_vm::data::unfinished::{self, PORTION};
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, host::Mem};

/// Bytes for a unit.
const BYTES: u32 = 64;

/// The step at which a function goes on with its string.
const GO_ON: u32 = 1;

/// Bytes `from` up to `to` of a string that begins at an offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Where the string's first byte lies.
    pub first: u32,
    /// The first byte to be made.
    pub from: u32,
    /// The byte behind the last.
    pub to: u32,
}

/// Makes the string of `len` bytes that `fill` writes, and returns it. Places come in order, each of a portion, and what
/// lies before them is done. The function has read its arguments, which have not changed when it goes on.
pub(crate) fn build(
    cpu: &mut Cpu<'_, '_>,
    len: u64,
    mut fill: impl FnMut(&mut Mem<'_>, Place),
) -> Answer {
    if len > u64::from(PORTION) {
        return build_long(cpu, len, fill);
    }
    let to = len as u32;
    cpu.charge(u64::from(to / BYTES))?;
    let made = string::build(cpu.mem, len, |mem, first| {
        fill(mem, Place { first, from: 0, to })
    })?;
    cpu.push(made.into());
    Ok(Next::Return(1))
}

#[cold]
fn build_long(cpu: &mut Cpu<'_, '_>, len: u64, fill: impl FnMut(&mut Mem<'_>, Place)) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    let made = go_on(cpu, GO_ON, len, fill)?;
    cpu.push(made.into());
    Ok(Next::Return(1))
}

/// Arguments or results between looks at the fuel; a multiple of what goes for a unit.
pub(crate) const ARGUMENTS: u32 = 512;

/// Returns the text that `write` makes of all arguments, `per_unit` of them for a unit.
pub(crate) fn write_arguments(
    cpu: &mut Cpu<'_, '_>,
    per_unit: u32,
    write: impl Fn(&mut Cpu<'_, '_>, u32, &mut Vec<u8>) -> Result<(), Raise>,
) -> Answer {
    let count = cpu.count();
    let mut text = cpu.take_scratch();
    let mut done = 0;
    if cpu.step_number() == GO_ON
        && let Some(kept) = cpu.take_kept()
        && let Some((number, rest)) = kept.split_first_chunk()
    {
        done = u32::from_le_bytes(*number);
        text.extend_from_slice(rest);
    }
    while done < count {
        let to = count.min(done + ARGUMENTS);
        cpu.pay(u64::from((to - done) / per_unit));
        for i in done + 1..=to {
            write(cpu, i, &mut text)?;
        }
        done = to;
        if done < count && cpu.is_dry() {
            if cpu.is_leaf() {
                cpu.give_scratch(text);
                return Ok(Next::Again);
            }
            cpu.keep_outside([&done.to_le_bytes(), text.as_slice()].concat());
            cpu.give_scratch(text);
            cpu.set_step(GO_ON);
            return Err(cpu.pause());
        }
    }
    cpu.push_bytes(&text)?;
    cpu.give_scratch(text);
    Ok(Next::Return(1))
}

/// Makes the string that `a` and the first `len` bytes of `b` are, one behind the other. A function that pauses here comes
/// back at `step`.
///
/// # Errors
/// No memory; no fuel for all of it now.
pub(crate) fn join(
    cpu: &mut Cpu<'_, '_>,
    step: u32,
    a: Str,
    (b, len): (Str, u32),
) -> Result<Str, Raise> {
    let first_of = |s: Str| s.0 + Str::SIZE;
    let ahead = string::len(cpu.mem, a);
    let len = len.min(string::len(cpu.mem, b));
    let whole = u64::from(ahead) + u64::from(len);
    go_on(cpu, step, whole, |mem, Place { first, from, to }| {
        let middle = ahead.clamp(from, to);
        mem.copy(first_of(a) + from.min(ahead), first + from, middle - from);
        mem.copy(
            first_of(b) + middle.saturating_sub(ahead),
            first + middle,
            to - middle,
        );
    })
}

/// Makes the string of `len` bytes as [`build`] does. A function that pauses here comes back at `step`.
///
/// # Errors
/// No memory; no fuel for all of it now.
pub(crate) fn go_on(
    cpu: &mut Cpu<'_, '_>,
    step: u32,
    len: u64,
    mut fill: impl FnMut(&mut Mem<'_>, Place),
) -> Result<Str, Raise> {
    if len <= u64::from(PORTION) {
        let to = len as u32;
        cpu.pay(u64::from(to / BYTES));
        let fill = |mem: &mut Mem<'_>, first| fill(mem, Place { first, from: 0, to });
        return Ok(string::build(cpu.mem, len, fill)?);
    }
    // A strange snapshot may have a function go on with nothing, or with what is to be another string.
    let is_begun = |(_, whole): (u32, u32)| u64::from(whole) == len && cpu.step_number() == step;
    if !unfinished::progress(cpu.mem).is_some_and(is_begun) {
        unfinished::begin(cpu.mem, len)?;
        cpu.set_step(step);
    }
    while let Some((from, whole)) = unfinished::progress(cpu.mem).filter(|(from, to)| from < to) {
        if cpu.is_dry() {
            return Err(cpu.pause());
        }
        let to = whole.min(from + PORTION);
        cpu.pay(u64::from(to / BYTES - from / BYTES));
        unfinished::go_on(cpu.mem, to - from, |mem, first| {
            fill(mem, Place { first, from, to });
        });
    }
    while let Some(units) = unfinished::compare(cpu.mem) {
        cpu.pay(units);
        if cpu.is_dry() {
            return Err(cpu.pause());
        }
    }
    Ok(unfinished::finish(cpu.mem)?)
}
