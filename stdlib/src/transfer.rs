//! What `table` has beyond Lua 5.1: lists of values into tables, and between tables. Raw, as all of the
//! library and as `table.move` of LuaJIT.

use crate::slots;
use crate::table::{PORTION, SHIFTED, add, array_len, get, number_at, put};
use bvm_vm::data::growth::PLACES_PER_UNIT;
use bvm_vm::data::table;
use bvm_vm::heap::barrier;
use bvm_vm::objects::Table;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Slots that are copied for a unit, when they lie side by side.
const SLOTS: i64 = 8;

/// Values from which on `table.pack` works in portions, of so many each.
const MANY: u32 = 1024;

/// The steps of `table.pack` that give a large table its slots, and fill them.
const MAKING: u32 = 1;
const FILLING: u32 = 2;

/// `table.pack`
pub(crate) fn pack(cpu: &mut Cpu<'_, '_>) -> Answer {
    let count = cpu.count();
    if count >= MANY {
        return pack_many(cpu);
    }
    cpu.charge(u64::from(count) / SLOTS as u64)?;
    let t = cpu.new_table(count, 1)?;
    for i in 1..=count {
        let v = cpu.arg(i);
        put(cpu, t, i64::from(i), v)?;
    }
    cpu.set_field(t, "n", Value::number(f64::from(count)))?;
    cpu.push(t.into());
    Ok(Next::Return(1))
}

/// The same for many. Its window has the table behind the values, and how many are still to be stored.
fn pack_many(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let t = cpu.new_table(0, 0)?;
        cpu.push(t.into());
        cpu.push(slots::value(cpu.count() - 1));
        cpu.set_step(MAKING);
    }
    let count = cpu.count() - 2;
    let Some(t) = Table::of(cpu.arg(count + 1)) else {
        return Err(cpu.fail("damaged activation"));
    };
    if cpu.step_number() == MAKING {
        cpu.make_parts(t, count, 1)?;
        cpu.set_step(FILLING);
    }
    // Of the price, the places in the table are paid for with it.
    let price = |n: u32| u64::from(n) / SLOTS as u64 - (u64::from(n) + 1) / PLACES_PER_UNIT;
    let mut left = cpu.arg(count + 2).payload().min(count);
    while left > 0 {
        let rest = left.saturating_sub(MANY);
        for i in rest + 1..=left {
            let v = cpu.arg(i);
            put(cpu, t, i64::from(i), v)?;
        }
        cpu.pay(price(left) - price(rest));
        left = rest;
        cpu.set_arg(count + 2, slots::value(left));
        if left > 0 && cpu.is_dry() {
            return Err(cpu.pause());
        }
    }
    cpu.set_field(t, "n", Value::number(f64::from(count)))?;
    cpu.set_count(count + 1);
    Ok(Next::Return(1))
}

/// `table.move`. Its window: table, first, last, where to, other table, how many are done.
pub(crate) fn move_(cpu: &mut Cpu<'_, '_>) -> Answer {
    let from = cpu.check_table(1)?;
    let (first, last) = (cpu.check_integer(2)?, cpu.check_integer(3)?);
    let to = cpu.check_integer(4)?;
    let into = match cpu.arg(5).is_nil() {
        true => cpu.check_own_table(1)?,
        false => cpu.check_own_table(5)?,
    };
    if last >= first {
        // As in Lua 5.3, no place of either table is beyond the largest integer.
        let Some(count) = last.checked_sub(first).and_then(|n| n.checked_add(1)) else {
            return Err(cpu.arg_error(3, b"too many elements to move"));
        };
        if to.checked_add(count - 1).is_none() {
            return Err(cpu.arg_error(4, b"destination wrap around"));
        }
        let is_slow = cpu.step_number() == SLOWLY;
        if is_slow || !move_slots(cpu, (from, first), (into, to), count)? {
            move_slowly(cpu, (from, first), (into, to), count)?;
        }
    }
    cpu.push(into.into());
    Ok(Next::Return(1))
}

/// A table and a place in it.
type Place = (Table, i64);

/// The steps that go on slot by slot, and with slots of the array parts.
const SLOWLY: u32 = 1;
const SHIFTING: u32 = 2;

/// Moves slots that lie in the array parts of both tables; says whether they do.
fn move_slots(cpu: &mut Cpu<'_, '_>, from: Place, to: Place, count: i64) -> Result<bool, Raise> {
    let slot = |cpu: &Cpu<'_, '_>, (t, at): Place| {
        let fits = at >= 1 && count <= array_len(cpu, t) - at + 1;
        fits.then(|| table::array_slot(cpu.mem, t, at as u32))
            .flatten()
    };
    let (Some(source), Some(target)) = (slot(cpu, from), slot(cpu, to)) else {
        return Ok(false);
    };
    let mut done = done_before(cpu).clamp(0, count);
    while done < count {
        let portion = SHIFTED.min(count - done);
        let i = match is_backwards(from, to, count) {
            true => count - done - portion,
            false => done,
        };
        let by = i as u32 * 8;
        barrier::copy_slots(
            cpu.mem,
            (from.0, source + by),
            (to.0, target + by),
            portion as u32,
        );
        done += portion;
        cpu.pay((portion / SLOTS) as u64);
        if done < count && cpu.affordable() == 0 {
            go_on_later(cpu, done, SHIFTING);
            return Err(cpu.pause());
        }
    }
    Ok(true)
}

/// Whether the last slots are moved first, because the first ones would be lost otherwise.
fn is_backwards((from, first): Place, (into, to): Place, count: i64) -> bool {
    let distance = to.checked_sub(first).unwrap_or(i64::MAX);
    from == into && distance > 0 && distance < count
}

/// How many slots earlier steps have moved.
fn done_before(cpu: &Cpu<'_, '_>) -> i64 {
    match cpu.step_number() {
        0 => 0,
        _ => number_at(cpu, 6),
    }
}

/// Moves slot by slot; from the last one on where the first ones would be lost.
fn move_slowly(
    cpu: &mut Cpu<'_, '_>,
    (from, first): Place,
    (into, to): Place,
    count: i64,
) -> Result<(), Raise> {
    let backwards = is_backwards((from, first), (into, to), count);
    let mut done = done_before(cpu).clamp(0, count);
    while done < count {
        let portion = PORTION.min(count - done);
        for i in done..done + portion {
            let place = if backwards { count - 1 - i } else { i };
            let v = get(cpu, from, first + place);
            if let Err(raise) = add(cpu, into, to + place, v) {
                // It goes on with this slot, if it does.
                cpu.pay((i - done) as u64 * 2);
                go_on_later(cpu, i, SLOWLY);
                return Err(raise);
            }
        }
        done += portion;
        cpu.pay(portion as u64 * 2);
        if done < count && cpu.affordable() == 0 {
            go_on_later(cpu, done, SLOWLY);
            return Err(cpu.pause());
        }
    }
    Ok(())
}

/// The next step goes on with the slot number `done`.
fn go_on_later(cpu: &mut Cpu<'_, '_>, done: i64, step: u32) {
    cpu.set_count(6);
    cpu.set_arg(6, Value::number(done as f64));
    cpu.set_step(step);
}
