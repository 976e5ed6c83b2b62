//! `ring.limit`, `ring.left` and `ring.used`: the accounts of rings as programs see them. Must not run anything.

use crate::base::c_name;
use crate::ring::{check_outer_ring, check_ring};
use bvm_vm::data::table;
use bvm_vm::exec::meter::{Meter, Refill};
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value};

/// What a call in a ring can be limited to.
pub(crate) const OF_CALLS: &[&str] = &["fuel", "memory", "depth"];
/// What a ring can be limited to besides the counts of its meters.
const OF_RINGS: &[&str] = &["fuel", "memory", "depth", "refill"];
/// How fuel comes back.
const OF_REFILL: &[&str] = &["every", "amount", "most"];

/// Places of a table of limits. A larger one is refused, because it is looked through in one piece.
const MOST_PLACES: u32 = 1024;
/// Places that a unit pays for; so many cost nothing.
const PLACES: u32 = 8;

/// Refuses a table with a key that is not among `names`: a limit whose name is misspelt would limit nothing.
pub(crate) fn check_names(
    cpu: &mut Cpu<'_, '_>,
    i: u32,
    limits: Table,
    names: &[&str],
) -> Result<(), Raise> {
    let places = table::extent(cpu.mem, limits);
    if places > MOST_PLACES {
        return Err(cpu.arg_error(i, b"too large for a table of limits"));
    }
    if places > PLACES {
        cpu.charge(u64::from(places / PLACES))?;
    }
    let mut from = 0;
    while let Some((place, key, _)) = table::first_entry(cpu.mem, limits, from, places) {
        let is_known = |s| names.iter().any(|name| name.as_bytes() == cpu.bytes(s));
        if !Str::of(key).is_some_and(is_known) {
            let text = [b"unknown limit ", shown(cpu, key).as_slice()].concat();
            return Err(cpu.arg_error(i, &text));
        }
        from = place + 1;
    }
    Ok(())
}

/// A key as messages show it.
fn shown(cpu: &Cpu<'_, '_>, key: Value) -> Vec<u8> {
    if let Some(s) = Str::of(key) {
        return [b"'", c_name(cpu.bytes(s)), b"'"].concat();
    }
    match key.type_of() {
        Type::Number | Type::Boolean => cpu.display(key),
        // The address that others are displayed with would only be noise.
        other => format!("of type {}", other.name()).into_bytes(),
    }
}

/// A whole number in a field of the table in slot `i`, if there is a table and it has one.
pub(crate) fn whole_field(
    cpu: &mut Cpu<'_, '_>,
    i: u32,
    limits: Option<Table>,
    name: &str,
) -> Result<Option<u64>, Raise> {
    let Some(limits) = limits else {
        return Ok(None);
    };
    let v = cpu.field(limits, name)?;
    match v.as_number() {
        Some(n) if n >= 0.0 => Ok(Some(n as u64)),
        None if v.is_nil() => Ok(None),
        _ => {
            let text = format!("'{name}' must be a number that is not negative");
            Err(cpu.arg_error(i, text.as_bytes()))
        }
    }
}

/// The field `depth` of the table in slot `i`: at least 1.
pub(crate) fn depth_field(
    cpu: &mut Cpu<'_, '_>,
    i: u32,
    limits: Option<Table>,
) -> Result<Option<u32>, Raise> {
    let depth = whole_field(cpu, i, limits, "depth")?;
    Ok(depth.map(|depth| u32::try_from(depth).unwrap_or(u32::MAX).max(1)))
}

/// The table in slot `i`, if there is one.
pub(crate) fn opt_table(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Option<Table>, Raise> {
    match cpu.arg(i).is_nil() {
        true => Ok(None),
        false => cpu.check_table(i).map(Some),
    }
}

/// `ring.limit`
pub(crate) fn limit(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (ring, own) = (check_ring(cpu, 1)?, cpu.ring());
    if ring <= own {
        let text = format!("{own} cannot limit {ring}");
        return Err(cpu.arg_error(1, text.as_bytes()));
    }
    let table = cpu.check_table(2)?;
    let limits = Some(table);
    let names = Meter::ALL.map(Meter::name);
    check_names(cpu, 2, table, &[OF_RINGS, &names].concat())?;
    // All are read before the first is set: a wrong one changes nothing.
    let refill = refill_field(cpu, table)?;
    let fuel = whole_field(cpu, 2, limits, "fuel")?;
    let memory = whole_field(cpu, 2, limits, "memory")?;
    let depth = depth_field(cpu, 2, limits)?;
    let mut counts = [None; Meter::ALL.len()];
    for (count, meter) in counts.iter_mut().zip(Meter::ALL) {
        *count = whole_field(cpu, 2, limits, meter.name())?;
    }
    if let Some(refill) = refill {
        cpu.set_refill(ring, Some(refill).filter(|refill| refill.every != 0));
    }
    if fuel.is_some() {
        cpu.set_fuel_for(ring, fuel);
    }
    if memory.is_some() {
        cpu.set_memory_for(ring, memory);
    }
    if depth.is_some() {
        cpu.set_depth_for(ring, depth);
    }
    for (count, meter) in counts.into_iter().zip(Meter::ALL) {
        if count.is_some() {
            cpu.set_count_left(ring, meter, count);
        }
    }
    Ok(Next::Return(0))
}

/// The field `refill`: a table of `every`, `amount` and `most`.
fn refill_field(cpu: &mut Cpu<'_, '_>, limits: Table) -> Result<Option<Refill>, Raise> {
    let v = cpu.field(limits, "refill")?;
    if v.is_nil() {
        return Ok(None);
    }
    let Some(table) = Table::of(v) else {
        return Err(cpu.arg_error(2, b"'refill' must be a table"));
    };
    check_names(cpu, 2, table, OF_REFILL)?;
    let [every, amount, most] = ["every", "amount", "most"]
        .map(|name| whole_field(cpu, 2, Some(table), name).map(|n| n.unwrap_or(0)));
    Ok(Some(Refill {
        every: every?,
        amount: amount?,
        most: most?,
    }))
}

/// `ring.left`
pub(crate) fn left(cpu: &mut Cpu<'_, '_>) -> Answer {
    let ring = check_outer_ring(cpu, 1)?;
    let fuel = cpu.fuel_left_for(ring);
    let most = cpu.memory_limit_of(ring);
    let memory = most.map(|most| most.saturating_sub(cpu.memory_of(ring)));
    push_left(cpu, fuel);
    push_left(cpu, memory);
    for meter in Meter::ALL {
        let left = cpu.count_left(ring, meter);
        push_left(cpu, left);
    }
    Ok(Next::Return(5))
}

fn push_left(cpu: &mut Cpu<'_, '_>, left: Option<u64>) {
    match left {
        Some(left) => push_count(cpu, left),
        None => cpu.push(Value::NIL),
    }
}

/// `ring.used`
pub(crate) fn used(cpu: &mut Cpu<'_, '_>) -> Answer {
    let ring = check_ring(cpu, 1)?;
    let (fuel, memory) = (cpu.fuel_used(ring), cpu.memory_of(ring));
    push_count(cpu, fuel);
    push_count(cpu, memory);
    for meter in Meter::ALL {
        let count = cpu.counted(ring, meter);
        push_count(cpu, count);
    }
    Ok(Next::Return(5))
}

fn push_count(cpu: &mut Cpu<'_, '_>, count: u64) {
    cpu.push(Value::number(count as f64));
}
