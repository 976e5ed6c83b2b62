//! Strings that functions make of their arguments in one go, in portions when they are long, so that the function stops
//! soon where fuel does. Must not know what is made.

use bvm_vm::data::string;
use bvm_vm::data::unfinished::{self, PORTION};
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, host::Mem};

/// Bytes for a unit.
const BYTES: u32 = 64;

/// Bytes that go out in one hypercall, about: the host does with them whatever it does in one piece, and what a program writes
/// is not all to be in the host's memory.
pub(crate) const PIECE: usize = 1 << 16;

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

/// The step at which the text of many arguments becomes a string.
const ALL_WRITTEN: u32 = 2;

/// Returns the text that `write` makes of all arguments, `per_unit` of them for a unit.
pub(crate) fn write_arguments(
    cpu: &mut Cpu<'_, '_>,
    per_unit: u32,
    write: impl Fn(&mut Cpu<'_, '_>, u32, &mut Vec<u8>) -> Result<(), Raise>,
) -> Answer {
    let count = cpu.count();
    if count > ARGUMENTS {
        return write_many(cpu, per_unit, write);
    }
    cpu.pay(u64::from(count / per_unit));
    let mut text = cpu.take_scratch();
    for i in 1..=count {
        write(cpu, i, &mut text)?;
    }
    cpu.push_bytes(&text)?;
    cpu.give_scratch(text);
    Ok(Next::Return(1))
}

/// The same for many arguments. What making the string takes is paid by a quarter of the price.
#[inline(never)]
fn write_many(
    cpu: &mut Cpu<'_, '_>,
    per_unit: u32,
    write: impl Fn(&mut Cpu<'_, '_>, u32, &mut Vec<u8>) -> Result<(), Raise>,
) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    let count = cpu.count();
    let units = |arguments: u32| u64::from(arguments / per_unit);
    let put_off = |arguments: u32| units(arguments) / 4;
    let paid = |arguments: u32| units(arguments) - put_off(arguments);
    let (mut text, mut done) = written(cpu);
    while done < count {
        let to = count.min(done + ARGUMENTS);
        cpu.pay(paid(to) - paid(done));
        for i in done + 1..=to {
            if let Err(raise) = write(cpu, i, &mut text) {
                cpu.pay(put_off(to));
                return Err(raise);
            }
        }
        done = to;
        if cpu.is_dry() {
            keep_text(cpu, text, [done]);
            cpu.set_step(GO_ON);
            return Err(cpu.pause());
        }
    }
    match make(cpu, ALL_WRITTEN, [&text, &[]], put_off(count)) {
        Ok(made) => {
            cpu.push(made.into());
            cpu.give_scratch(text);
            Ok(Next::Return(1))
        }
        Err(raise) => {
            if raise == Raise::OutOfFuel {
                keep_text(cpu, text, [done]);
            }
            Err(raise)
        }
    }
}

/// The text that the step before has kept, if this is not the first, and of how many arguments it is.
fn written(cpu: &mut Cpu<'_, '_>) -> (Vec<u8>, u32) {
    let kept = match cpu.step_number() {
        GO_ON | ALL_WRITTEN => take_text(cpu),
        _ => None,
    };
    match kept {
        Some((text, [done])) => (text, done),
        None => (cpu.take_scratch(), 0),
    }
}

/// Bytes for the numbers that [`keep_text`] puts behind a text, at most: a text with room for them need not move.
pub(crate) const NUMBERS: usize = 32;

/// Keeps a text outside of the guest for the next step, with numbers that say how to go on: they go behind it.
pub(crate) fn keep_text<const N: usize>(
    cpu: &mut Cpu<'_, '_>,
    mut text: Vec<u8>,
    numbers: [u32; N],
) {
    const { assert!(4 * N <= NUMBERS) };
    let numbers = numbers.iter().flat_map(|n| n.to_le_bytes());
    text.extend(numbers);
    cpu.keep_outside(text);
}

/// The text that the step before has kept, and the numbers. A strange snapshot may have any, or none.
pub(crate) fn take_text<const N: usize>(cpu: &mut Cpu<'_, '_>) -> Option<(Vec<u8>, [u32; N])> {
    let mut text = cpu.take_kept()?;
    let len = text.len().checked_sub(size_of::<[u32; N]>())?;
    let mut numbers = [0; N];
    let bytes = text.get(len..)?.as_chunks().0;
    for (n, bytes) in numbers.iter_mut().zip(bytes) {
        *n = u32::from_le_bytes(*bytes);
    }
    text.truncate(len);
    Some((text, numbers))
}

/// Most bytes of a text that becomes a string in one piece, because that takes no memory when there is the same string.
pub(crate) const AT_ONCE: u64 = 3 * PORTION as u64;

/// Makes a string of a text in two parts for `units`, which are more than comparing it takes. A function that pauses here
/// comes back at `step` with the same text.
///
/// # Errors
/// No memory; no fuel for all of it now.
pub(crate) fn make(
    cpu: &mut Cpu<'_, '_>,
    step: u32,
    text: [&[u8]; 2],
    units: u64,
) -> Result<Str, Raise> {
    let [head, tail] = text;
    let len = head.len() as u64 + tail.len() as u64;
    if len <= AT_ONCE {
        if cpu.step_number() != step {
            cpu.pay(units);
            if cpu.is_dry() {
                cpu.set_step(step);
                return Err(cpu.pause());
            }
        }
        return Ok(match text {
            [whole, []] | [[], whole] => string::intern(cpu.mem, whole)?,
            parts => string::intern(cpu.mem, &parts.concat())?,
        });
    }
    begin(cpu, step, len)?;
    let units = units.saturating_sub(unfinished::price_of_comparing(len));
    let price = |bytes: u32| units * u64::from(bytes) / len;
    fill_portions(cpu, price, |mem, Place { first, from, to }| {
        let (from, to, middle) = (from as usize, to as usize, head.len());
        let of_head = head.get(from.min(middle)..to.min(middle));
        let of_tail = tail.get(from.saturating_sub(middle)..to.saturating_sub(middle));
        let (of_head, of_tail) = (of_head.unwrap_or_default(), of_tail.unwrap_or_default());
        let place = mem.bytes_mut(first + from as u32, (to - from) as u32);
        if let Some((before, behind)) = place.split_at_mut_checked(of_head.len()) {
            before.copy_from_slice(of_head);
            behind.copy_from_slice(of_tail);
        }
    })?;
    compare_portions(cpu)?;
    Ok(unfinished::finish(cpu.mem)?)
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
    begin(cpu, step, len)?;
    fill_portions(cpu, |bytes| u64::from(bytes / BYTES), fill)?;
    compare_portions(cpu)?;
    Ok(unfinished::finish(cpu.mem)?)
}

/// Begins a string of `len` bytes that a function goes on with at `step`, unless that has been done.
fn begin(cpu: &mut Cpu<'_, '_>, step: u32, len: u64) -> Result<(), Raise> {
    // A strange snapshot may have a function go on with nothing, or with what is to be another string.
    let is_begun = |(_, whole): (u32, u32)| u64::from(whole) == len && cpu.step_number() == step;
    if !unfinished::progress(cpu.mem).is_some_and(is_begun) {
        cpu.begin_long(len, step)?;
    }
    Ok(())
}

/// Makes the bytes of the string that has been begun. The price of its first bytes is `price` of their number.
fn fill_portions(
    cpu: &mut Cpu<'_, '_>,
    price: impl Fn(u32) -> u64,
    mut fill: impl FnMut(&mut Mem<'_>, Place),
) -> Result<(), Raise> {
    while let Some((from, whole)) = unfinished::progress(cpu.mem).filter(|(from, to)| from < to) {
        if cpu.is_dry() {
            return Err(cpu.pause());
        }
        let to = whole.min(from + PORTION);
        cpu.pay(price(to) - price(from));
        unfinished::go_on(cpu.mem, to - from, |mem, first| {
            fill(mem, Place { first, from, to });
        });
        cpu.safepoint();
    }
    Ok(())
}

/// Compares the complete string with the one that may be the same.
fn compare_portions(cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
    while let Some(units) = unfinished::compare(cpu.mem) {
        cpu.pay(units);
        if cpu.is_dry() {
            return Err(cpu.pause());
        }
    }
    Ok(())
}
