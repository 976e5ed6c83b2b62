//! Walks over the places of a table, slots of the array part and then nodes: `next`, `table.foreach`, `table.maxn`.
//! A long walk over empty places is done in portions, between which it may wait for fuel. Must not change tables.

use crate::slots;
use bvm_vm::data::table;
use bvm_vm::objects::{Table, node};
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Places of a portion.
const PORTION: u32 = 1024;
/// Places that a unit pays for.
const PLACES: u32 = 8;

/// What a walk to the next entry comes to.
enum Walked {
    Entry(Value, Value),
    End,
    /// It is long, and the function a leaf.
    TooFar,
}

/// Goes to the first entry from a place on. A place that it goes on from later is put into the slot behind the window,
/// which is `slots` long, and `step` is the step for that.
#[inline(never)]
fn walk(
    cpu: &mut Cpu<'_, '_>,
    t: Table,
    from: u32,
    slots: u32,
    step: u32,
) -> Result<Walked, Raise> {
    let end = table::extent(cpu.mem, t);
    let mut from = from;
    loop {
        let to = end.min(from.saturating_add(PORTION));
        let found = table::first_entry(cpu.mem, t, from, to);
        if found.is_none() && to < end {
            if cpu.is_leaf() {
                return Ok(Walked::TooFar);
            }
            cpu.pay(u64::from(PORTION / PLACES));
            go_on_later(cpu, to, slots, step);
            if cpu.affordable() == 0 {
                return Err(cpu.pause());
            }
            from = to;
            continue;
        }
        let visited = found.map_or(to, |(place, _, _)| place).saturating_sub(from);
        if visited > PLACES {
            cpu.charge(u64::from(visited / PLACES))?;
        }
        return Ok(found.map_or(Walked::End, |(_, key, value)| Walked::Entry(key, value)));
    }
}

/// The next step goes on from a place.
fn go_on_later(cpu: &mut Cpu<'_, '_>, place: u32, slots: u32, step: u32) {
    cpu.set_count(slots);
    cpu.push(slots::value(place));
    cpu.set_step(step);
}

/// The place behind a key, or the one that a walk goes on from.
fn place(cpu: &mut Cpu<'_, '_>, t: Table, key: Value) -> Result<u32, Raise> {
    let place = table::place_behind(cpu.mem, t, key);
    place.map_err(|_| cpu.runtime_error("invalid key to 'next'"))
}

/// The step of `next` that goes on with a walk. Its window: table, key, place.
const NEXT_GOES_ON: u32 = 1;

/// `next`
pub(crate) fn next(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let from = match cpu.step_number() {
        NEXT_GOES_ON => cpu.arg(3).payload(),
        _ => {
            cpu.set_count(2);
            let key = cpu.arg(2);
            let from = place(cpu, t, key)?;
            // Most often it is near, and costs nothing.
            if let Some((_, key, value)) = table::first_entry(cpu.mem, t, from, from + PLACES) {
                cpu.push(key);
                cpu.push(value);
                return Ok(Next::Return(2));
            }
            from
        }
    };
    match walk(cpu, t, from, 2, NEXT_GOES_ON)? {
        Walked::Entry(key, value) => {
            cpu.push(key);
            cpu.push(value);
            Ok(Next::Return(2))
        }
        Walked::End => {
            cpu.push(Value::NIL);
            Ok(Next::Return(1))
        }
        Walked::TooFar => Ok(Next::Again),
    }
}

/// The steps of `table.foreach`: its function has been called; a walk goes on.
const CALLED: u32 = 1;
const EACH_GOES_ON: u32 = 2;

/// `table.foreach`. Its window: table, function, key; the call is made from slot 4 on, where a place is meanwhile.
pub(crate) fn foreach(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let f = cpu.check_function(2)?;
    let step = cpu.step_number();
    if step == CALLED && !cpu.arg(4).is_nil() {
        cpu.set_count(4);
        return Ok(Next::Return(1));
    }
    let from = match step {
        EACH_GOES_ON => cpu.arg(4).payload(),
        _ => {
            if step == 0 {
                cpu.set_count(2);
            }
            cpu.set_count(3);
            let key = cpu.arg(3);
            place(cpu, t, key)?
        }
    };
    match walk(cpu, t, from, 3, EACH_GOES_ON)? {
        Walked::Entry(key, value) => {
            cpu.set_count(3);
            cpu.set_arg(3, key);
            for value in [f, key, value] {
                cpu.push(value);
            }
            Ok(Next::Call {
                func: 4,
                step: CALLED,
            })
        }
        Walked::End | Walked::TooFar => Ok(Next::Return(0)),
    }
}

/// The step of `table.maxn` that goes on. Its window: table, largest key, place.
const MOST_GOES_ON: u32 = 1;

/// `table.maxn`
pub(crate) fn maxn(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let end = table::extent(cpu.mem, t);
    if cpu.is_leaf() && end > PORTION {
        return Ok(Next::Again);
    }
    let (mut most, mut from) = match cpu.step_number() {
        MOST_GOES_ON => (cpu.arg(2).as_number().unwrap_or(0.0), cpu.arg(3).payload()),
        _ => (0.0, 0),
    };
    while from < end {
        let to = end.min(from.saturating_add(PORTION));
        most = largest(cpu, t, (from, to), most);
        cpu.pay(u64::from((to - from) / PLACES));
        from = to;
        if from < end && cpu.affordable() == 0 {
            cpu.set_count(1);
            cpu.push(Value::number(most));
            go_on_later(cpu, from, 2, MOST_GOES_ON);
            return Err(cpu.pause());
        }
    }
    cpu.push(Value::number(most));
    Ok(Next::Return(1))
}

/// The largest number that is a key at places of a table, or `most`.
fn largest(cpu: &Cpu<'_, '_>, t: Table, (from, to): (u32, u32), most: f64) -> f64 {
    let size = cpu.mem.get(t.0, Table::ASIZE);
    let mut slots = (from..to.min(size)).rev();
    let in_array = slots.find(|&i| !table::get_int(cpu.mem, t, i + 1).is_nil());
    let mut most = in_array.map_or(most, |i| most.max(f64::from(i + 1)));
    let nodes = cpu.mem.get(t.0, Table::NODE);
    for i in from.saturating_sub(size)..to.saturating_sub(size) {
        let n = nodes.wrapping_add(i.wrapping_mul(node::SIZE));
        let key = Value(cpu.mem.get(n, node::KEY)).as_number();
        if !Value(cpu.mem.get(n, node::VALUE)).is_nil()
            && let Some(key) = key
            && key > most
        {
            most = key;
        }
    }
    most
}
