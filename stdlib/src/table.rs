//! `table`: raw work on the array in a table: insert, remove, concat, walk. Sorting is in `sort`. Must not
//! know patterns or formats.
//!
//! What moves or visits many slots keeps its place in the window and stops when the fuel does.

use crate::base::{check_int, opt_int};
use crate::define::Library;
use crate::rope::{self, Rope};
use crate::{base, format, functions, sort, transfer, walk};
use bvm_vm::data::{string, table};
use bvm_vm::heap::barrier;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "table",
    functions: functions! { "table":
        /// `table.concat(t [, sep [, i [, j]]])`: the strings and numbers t[i] to t[j] in one string.
        "concat" = concat, leaf;
        /// `table.foreach(t, f)`: calls f with each key and value until it returns something.
        "foreach" = walk::foreach;
        /// `table.foreachi(t, f)`: calls f with each index and value of the array until it returns something.
        "foreachi" = foreachi;
        /// `table.getn(t)`: the length of the array, as `#t`.
        "getn" = getn, leaf;
        /// `table.maxn(t)`: the largest positive number that is a key.
        "maxn" = walk::maxn, leaf;
        /// `table.insert(t, [pos,] v)`: puts v at pos (the end by default) and moves the rest up.
        "insert" = insert, leaf;
        /// `table.remove(t [, pos])`: takes out the value at pos (the last by default) and moves the rest down.
        "remove" = remove, leaf;
        /// `table.setn(t, n)`: obsolete, an error.
        "setn" = setn;
        /// `table.sort(t [, less])`: sorts the array in place.
        "sort" = sort::sort;
    },
    additions: functions! { "table":
        /// `table.move(t, i, j, to [, other])`: puts t[i] to t[j] into t (or the other table) from `to` on; returns that.
        "move" = transfer::move_;
        /// `table.pack(...)`: a table of the arguments with their number as `n`.
        "pack" = transfer::pack;
        /// `table.unpack(t [, i [, j]])`: t[i] … t[j], as `unpack`.
        "unpack" = base::unpack;
    },
    outermost: Ring::Plugin,
    open: None,
};

/// Slots that a loop over slow accesses handles before it looks at the fuel.
pub(crate) const PORTION: i64 = 64;
/// Slots of the array part that are moved before somebody looks at the fuel; a multiple of those that a unit pays for.
pub(crate) const SHIFTED: i64 = 2048;
/// The steps that go on slot by slot, and with slots of the array part.
const SLOWLY: u32 = 1;
const SHIFTING: u32 = 2;

/// Raw `t[i]`.
#[inline]
pub(crate) fn get(cpu: &Cpu<'_, '_>, t: Table, i: i64) -> Value {
    match u32::try_from(i)
        .ok()
        .and_then(|i| table::array_slot(cpu.mem, t, i))
    {
        Some(at) => Value(cpu.mem.load(at)),
        None => table::get(cpu.mem, t, Value::number(i as f64)),
    }
}

/// Raw `t[i] = v`.
#[inline]
pub(crate) fn put(cpu: &mut Cpu<'_, '_>, t: Table, i: i64, v: Value) -> Result<(), Raise> {
    match u32::try_from(i)
        .ok()
        .and_then(|i| table::array_slot(cpu.mem, t, i))
    {
        Some(at) => {
            barrier::store(cpu.mem, at, v);
            Ok(())
        }
        None => cpu.raw_set(t, Value::number(i as f64), v),
    }
}

/// The same where the table may have to grow for it: the step begins again when fuel ends before it has.
#[inline]
pub(crate) fn add(cpu: &mut Cpu<'_, '_>, t: Table, i: i64, v: Value) -> Result<(), Raise> {
    match u32::try_from(i)
        .ok()
        .and_then(|i| table::array_slot(cpu.mem, t, i))
    {
        Some(at) => {
            barrier::store(cpu.mem, at, v);
            Ok(())
        }
        None => cpu.raw_set_in_portions(t, Value::number(i as f64), v),
    }
}

/// Moves `count` slots of the array part, all of which are there, by one.
fn shift(cpu: &mut Cpu<'_, '_>, t: Table, from: i64, to: i64, count: i64) {
    let place = |i| table::array_slot(cpu.mem, t, i as u32);
    if count > 0
        && let (Some(from), Some(to)) = (place(from), place(to))
    {
        barrier::copy_slots(cpu.mem, (t, from), (t, to), count as u32);
    }
}

pub(crate) fn array_len(cpu: &Cpu<'_, '_>, t: Table) -> i64 {
    i64::from(cpu.mem.get(t.0, Table::ASIZE))
}

fn border(cpu: &Cpu<'_, '_>, t: Table) -> i64 {
    i64::from(table::border(cpu.mem, t))
}

pub(crate) fn number_at(cpu: &Cpu<'_, '_>, i: u32) -> i64 {
    crate::slots::place(cpu.arg(i))
}

fn insert(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_own_table(1)?;
    if cpu.step_number() != 0 {
        return insert_shifting(cpu, t);
    }
    let end = border(cpu, t) + 1;
    match cpu.count() {
        2 => {
            let v = cpu.arg(2);
            add(cpu, t, end, v)?;
            Ok(Next::Return(0))
        }
        3 => {
            let at = i64::from(check_int(cpu, 2)?);
            insert_at(cpu, t, at, end.max(at))
        }
        _ => Err(cpu.fail("wrong number of arguments to 'insert'")),
    }
}

/// Moves the slots from `at` to before `end` up by one and puts the value in slot 3 at `at`.
fn insert_at(cpu: &mut Cpu<'_, '_>, t: Table, at: i64, end: i64) -> Answer {
    let is_long = end - at > SHIFTED;
    if cpu.is_leaf() && (at < 1 || end > array_len(cpu, t) || is_long) {
        // Not all of it is in the array part, or it is much: it may take more than one step.
        return Ok(Next::Again);
    }
    if at >= 1 && end - 1 <= array_len(cpu, t) {
        // The last slot, which is moved here, counts.
        let units = match is_long {
            true => u64::from((end - at) % 8 == 0),
            false => (end - at) as u64 / 8,
        };
        cpu.charge(units)?;
        if at < end {
            let last = get(cpu, t, end - 1);
            add(cpu, t, end, last)?;
        }
        // The array part may have become another one just now.
        if is_long {
            cpu.push(Value::number((end - 1) as f64));
            cpu.set_step(SHIFTING);
            return insert_shifting(cpu, t);
        }
        if end - 1 <= array_len(cpu, t) {
            shift(cpu, t, at, at + 1, end - 1 - at);
            let v = cpu.arg(3);
            put(cpu, t, at, v)?;
            return Ok(Next::Return(0));
        }
    }
    cpu.push(Value::number(end as f64));
    cpu.set_step(SLOWLY);
    insert_slowly(cpu, t)
}

/// Moves slots of the array part, from the one in slot 4 downwards.
fn insert_shifting(cpu: &mut Cpu<'_, '_>, t: Table) -> Answer {
    let at = i64::from(check_int(cpu, 2)?);
    let mut i = number_at(cpu, 4);
    while cpu.step_number() == SHIFTING && i > at && i <= array_len(cpu, t) {
        let portion = SHIFTED.min(i - at);
        i -= portion;
        shift(cpu, t, i, i + 1, portion);
        cpu.pay(portion as u64 / 8);
        cpu.set_arg(4, Value::number(i as f64));
        cpu.set_step(SHIFTING);
        if i > at && cpu.affordable() == 0 {
            return Err(cpu.pause());
        }
    }
    insert_slowly(cpu, t)
}

/// The same slot by slot, from the one in slot 4 downwards.
fn insert_slowly(cpu: &mut Cpu<'_, '_>, t: Table) -> Answer {
    let at = i64::from(check_int(cpu, 2)?);
    let mut i = number_at(cpu, 4);
    while i > at {
        let portion = PORTION.min(i - at);
        for done in 0..portion {
            let v = get(cpu, t, i - 1);
            if let Err(raise) = add(cpu, t, i, v) {
                // It goes on with this slot, if it does.
                cpu.pay(done as u64 * 2);
                cpu.set_arg(4, Value::number(i as f64));
                cpu.set_step(SLOWLY);
                return Err(raise);
            }
            i -= 1;
        }
        cpu.pay(portion as u64 * 2);
        if cpu.affordable() == 0 {
            cpu.set_arg(4, Value::number(i as f64));
            cpu.set_step(SLOWLY);
            return Err(cpu.pause());
        }
    }
    cpu.set_arg(4, Value::number(i as f64));
    cpu.set_step(SLOWLY);
    let v = cpu.arg(3);
    add(cpu, t, at, v)?;
    Ok(Next::Return(0))
}

fn remove(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_own_table(1)?;
    if cpu.step_number() != 0 {
        return remove_shifting(cpu, t);
    }
    let end = border(cpu, t);
    let at = if cpu.arg(2).is_nil() {
        end
    } else {
        i64::from(check_int(cpu, 2)?)
    };
    if at < 1 || at > end {
        return Ok(Next::Return(0));
    }
    let removed = get(cpu, t, at);
    let is_array = end <= array_len(cpu, t);
    if is_array && end - at <= SHIFTED {
        cpu.charge((end - at) as u64 / 8)?;
        shift(cpu, t, at + 1, at, end - at);
        put(cpu, t, end, Value::NIL)?;
        cpu.push(removed);
        return Ok(Next::Return(1));
    }
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    cpu.set_count(0);
    for v in [
        t.into(),
        removed,
        Value::number(at as f64),
        Value::number(end as f64),
    ] {
        cpu.push(v);
    }
    if is_array {
        cpu.set_step(SHIFTING);
        return remove_shifting(cpu, t);
    }
    cpu.set_step(SLOWLY);
    remove_slowly(cpu, t)
}

/// Moves slots of the array part down; the window is that of [`remove_slowly`].
fn remove_shifting(cpu: &mut Cpu<'_, '_>, t: Table) -> Answer {
    let (mut i, end) = (number_at(cpu, 3), number_at(cpu, 4));
    while cpu.step_number() == SHIFTING && i >= 1 && i < end && end <= array_len(cpu, t) {
        let portion = SHIFTED.min(end - i);
        shift(cpu, t, i + 1, i, portion);
        i += portion;
        cpu.pay(portion as u64 / 8);
        cpu.set_arg(3, Value::number(i as f64));
        cpu.set_step(SHIFTING);
        if i < end && cpu.affordable() == 0 {
            return Err(cpu.pause());
        }
    }
    remove_slowly(cpu, t)
}

/// Moves slot by slot down; the window holds table, result, the next place and the end.
fn remove_slowly(cpu: &mut Cpu<'_, '_>, t: Table) -> Answer {
    let (mut i, end) = (number_at(cpu, 3), number_at(cpu, 4));
    while i < end {
        let portion = PORTION.min(end - i);
        for _ in 0..portion {
            let v = get(cpu, t, i + 1);
            put(cpu, t, i, v)?;
            i += 1;
        }
        cpu.pay(portion as u64 * 2);
        if cpu.affordable() == 0 {
            cpu.set_arg(3, Value::number(i as f64));
            cpu.set_step(SLOWLY);
            return Err(cpu.pause());
        }
    }
    put(cpu, t, end, Value::NIL)?;
    let removed = cpu.arg(2);
    cpu.push(removed);
    Ok(Next::Return(1))
}

/// Slot of the text that [`concat`] makes, behind table, separator, next index and last index.
const ROPE: u32 = 5;
/// Its step when all of that is there.
const JOINED: u32 = 2;

fn concat(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == JOINED {
        let whole = rope::go_on(cpu, ROPE, JOINED)?;
        cpu.push(whole);
        return Ok(Next::Return(1));
    }
    if cpu.step_number() == 0 {
        begin_concat(cpu)?;
    }
    let t = cpu.check_table(1)?;
    let sep = cpu.check_string(2)?;
    let (mut i, last) = (number_at(cpu, 3), number_at(cpu, 4));
    if cpu.is_leaf() && last.saturating_sub(i) > 4 * PORTION {
        // Most likely it makes a long text.
        return Ok(Next::Again);
    }
    let mut text = Rope::new(cpu, ROPE);
    if cpu.step_number() != 0
        && let Some(tail) = cpu.take_kept()
    {
        text.take_up(cpu, tail);
    }
    while i <= last {
        let from = i;
        let added = append_some(cpu, &mut text, (t, sep), &mut i, last);
        cpu.pay((i.div_euclid(2) - from.div_euclid(2)) as u64);
        added?;
        if i <= last && (cpu.affordable() == 0 || text.is_stuck()) {
            if cpu.is_leaf() {
                // It begins again with a record; its arguments are still in their slots.
                text.release(cpu);
                return Ok(Next::Again);
            }
            let tail = text.put_off();
            cpu.keep_outside(tail);
            cpu.set_arg(3, Value::number(i as f64));
            cpu.set_step(1);
            return Err(cpu.pause());
        }
    }
    if !cpu.is_leaf() {
        // What the last pause has left there depends on where it was.
        cpu.set_arg(3, Value::number(i as f64));
    }
    match text.finish(cpu, JOINED)? {
        Some(whole) => {
            cpu.push(whole);
            Ok(Next::Return(1))
        }
        None => Ok(Next::Again),
    }
}

/// Bytes of a text after which somebody looks at the fuel, too.
const BYTES: usize = 8 << 10;

/// Appends the next values, each with the separator behind it but for the last one.
#[inline]
fn append_some(
    cpu: &mut Cpu<'_, '_>,
    text: &mut Rope,
    (t, sep): (Table, Str),
    i: &mut i64,
    last: i64,
) -> Result<(), Raise> {
    let end = last.min(*i + PORTION - 1);
    let full = text.len() + BYTES;
    while *i <= end && text.len() < full {
        append(cpu, text, t, *i)?;
        if *i < last {
            let len = string::len(cpu.mem, sep) as usize;
            text.add(cpu, sep, 0, len)?;
        }
        *i += 1;
    }
    Ok(())
}

/// Puts into the window what is missing there.
fn begin_concat(cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
    let separator = cpu.opt_string(2)?;
    let t = cpu.check_table(1)?;
    if separator.is_none() {
        let empty = cpu.new_str(b"")?;
        cpu.set_count(cpu.count().max(2));
        cpu.set_arg(2, empty);
    }
    let first = opt_int(cpu, 3, 1)?;
    let last = if cpu.arg(4).is_nil() {
        border(cpu, t)
    } else {
        i64::from(check_int(cpu, 4)?)
    };
    cpu.set_count(4);
    cpu.set_arg(3, Value::number(f64::from(first)));
    cpu.set_arg(4, Value::number(last as f64));
    Ok(())
}

#[inline]
fn append(cpu: &mut Cpu<'_, '_>, text: &mut Rope, t: Table, i: i64) -> Result<(), Raise> {
    let v = get(cpu, t, i);
    if let Some(s) = Str::of(v) {
        let len = string::len(cpu.mem, s) as usize;
        return text.add(cpu, s, 0, len);
    }
    match v.as_number() {
        Some(n) => format::append_number(&mut text.tail, n),
        None => {
            let kind = v.type_name();
            let text = format!("invalid value ({kind}) at index {i} in table for 'concat'");
            return Err(cpu.fail(&text));
        }
    }
    Ok(())
}

/// Its window: table, function, length, index; the call is made from slot 5 on.
fn foreachi(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    if cpu.step_number() == 0 {
        let n = border(cpu, t);
        cpu.check_function(2)?;
        cpu.set_count(2);
        cpu.push(Value::number(n as f64));
        cpu.push(Value::number(0.0));
    } else if !cpu.arg(5).is_nil() {
        cpu.set_count(5);
        return Ok(Next::Return(1));
    }
    cpu.set_count(4);
    let i = number_at(cpu, 4) + 1;
    if i > number_at(cpu, 3) {
        return Ok(Next::Return(0));
    }
    let index = Value::number(i as f64);
    cpu.set_arg(4, index);
    for value in [cpu.arg(2), index, get(cpu, t, i)] {
        cpu.push(value);
    }
    Ok(Next::Call { func: 5, step: 1 })
}

fn getn(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let n = border(cpu, t);
    cpu.push(Value::number(n as f64));
    Ok(Next::Return(1))
}

fn setn(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.check_table(1)?;
    Err(cpu.fail("'setn' is obsolete"))
}
