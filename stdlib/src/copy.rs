//! Values of a guest taken apart into a message, and a message put together into values of another guest. Both
//! work in portions, with all they need in the window; what they make is paid for by its bytes.

use crate::message::{self, Item, Writer};
use crate::slots;
use bvm_vm::data::table;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value};

/// Items between two looks at the fuel.
const PORTION: u32 = 64;
/// Bytes for a unit.
const BYTES: usize = 32;

/// The step in which both go on after a pause.
pub(crate) const GO_ON: u32 = 63;

/// Slots of [`write`], behind the values: the tables that it has come to, by number, with their numbers.
const SEEN: u32 = 1;
/// How many there are.
const COUNT: u32 = 2;
/// Which of them is being written, and after which key.
const AT: u32 = 3;
const KEY: u32 = 4;

/// A message of the values from slot `first` on. At step [`GO_ON`] it goes on where it paused.
pub(crate) fn write(cpu: &mut Cpu<'_, '_>, first: u32) -> Result<Vec<u8>, Raise> {
    let (mut writer, base) = match cpu.step_number() {
        GO_ON => {
            let bytes = cpu.take_kept().unwrap_or_default();
            // A strange snapshot may have any window.
            let Some(base) = cpu.count().checked_sub(KEY) else {
                return Err(cpu.fail("damaged activation"));
            };
            (Writer::resume(bytes), base)
        }
        _ => (begin(cpu, first)?, cpu.count() - KEY),
    };
    let mut portion = 0;
    while slots::number(cpu, base + AT) < slots::number(cpu, base + COUNT) {
        let before = writer.size();
        write_entry(cpu, &mut writer, base)?;
        pay(cpu, writer.size() - before);
        portion += 1;
        if portion >= PORTION {
            portion = 0;
            if cpu.affordable() == 0 {
                cpu.keep_outside(writer.finish_part());
                cpu.set_step(GO_ON);
                return Err(cpu.pause());
            }
        }
    }
    cpu.set_count(base);
    Ok(writer.finish_part())
}

/// Writes the values themselves.
fn begin(cpu: &mut Cpu<'_, '_>, first: u32) -> Result<Writer, Raise> {
    let base = cpu.count();
    cpu.charge(4 + u64::from(base))?;
    let seen = cpu.new_table(0, 0)?;
    cpu.push(seen.into());
    cpu.push(slots::value(0));
    cpu.push(slots::value(0));
    cpu.push(Value::NIL);
    let mut writer = Writer::default();
    for i in first..=base {
        let v = cpu.arg(i);
        write_value(cpu, &mut writer, base, v)?;
    }
    writer.end_values();
    pay(cpu, writer.size());
    Ok(writer)
}

fn pay(cpu: &mut Cpu<'_, '_>, bytes: usize) {
    cpu.pay(1 + (bytes / BYTES) as u64);
}

/// Writes the next entry of the current table, or its end.
fn write_entry(cpu: &mut Cpu<'_, '_>, writer: &mut Writer, base: u32) -> Result<(), Raise> {
    let at = slots::number(cpu, base + AT);
    let current = Table::of(cpu.arg(base + SEEN))
        .and_then(|seen| Table::of(table::get_int(cpu.mem, seen, at + 1)));
    let Some(current) = current else {
        return Err(cpu.fail("damaged activation"));
    };
    let key = cpu.arg(base + KEY);
    match table::next(cpu.mem, current, key) {
        Ok(Some((key, value))) => {
            cpu.keep(base + KEY, key);
            write_value(cpu, writer, base, key)?;
            write_value(cpu, writer, base, value)
        }
        Ok(None) => {
            writer.end_table();
            slots::set_number(cpu, base + AT, at + 1);
            cpu.keep(base + KEY, Value::NIL);
            Ok(())
        }
        Err(_) => Err(cpu.fail("a table has changed while it was being sent")),
    }
}

fn write_value(
    cpu: &mut Cpu<'_, '_>,
    writer: &mut Writer,
    base: u32,
    v: Value,
) -> Result<(), Raise> {
    match v.type_of() {
        Type::Nil => writer.nil(),
        Type::Boolean => writer.boolean(!v.is_falsy()),
        Type::Number => writer.number(v.as_number().unwrap_or_default()),
        Type::String => {
            let bytes = Str::of(v).map_or(&[][..], |s| cpu.bytes(s));
            // Before the bytes are copied.
            if writer.size() + bytes.len() < message::MOST {
                writer.bytes(bytes);
            } else {
                pay(cpu, writer.size());
                return Err(cpu.fail(TOO_LONG));
            }
        }
        Type::Table => write_table(cpu, writer, base, v)?,
        _ => {
            let text = format!("a {} cannot be sent to another guest", v.type_name());
            return Err(cpu.fail(&text));
        }
    }
    match writer.size() > message::MOST {
        true => {
            pay(cpu, writer.size());
            Err(cpu.fail(TOO_LONG))
        }
        false => Ok(()),
    }
}

const TOO_LONG: &str = "message too long";

/// Writes the number of a table; a new one is noted, to be written in its turn.
fn write_table(
    cpu: &mut Cpu<'_, '_>,
    writer: &mut Writer,
    base: u32,
    v: Value,
) -> Result<(), Raise> {
    let Some(seen) = Table::of(cpu.arg(base + SEEN)) else {
        return Err(cpu.fail("damaged activation"));
    };
    let known = table::get(cpu.mem, seen, v).as_number();
    let number = match known {
        Some(number) => number as u32,
        None => {
            let number = slots::number(cpu, base + COUNT);
            table::set(cpu.mem, seen, v, Value::number(f64::from(number)))?;
            let next = number.saturating_add(1);
            table::set_int(cpu.mem, seen, next, v)?;
            slots::set_number(cpu, base + COUNT, next);
            number
        }
    };
    writer.known_table(number);
    Ok(())
}

/// Slots of [`read`]: the message, the tables made by number, how many they are, where in the message it is,
/// and which table gets entries, counted from 1. The values follow.
const MESSAGE: u32 = 1;
const MADE: u32 = 2;
const KNOWN: u32 = 3;
const PLACE: u32 = 4;
const FILLED: u32 = 5;

/// Returns the values of the message in slot 1, which is all that the window holds at first. At step
/// [`GO_ON`] it goes on where it paused.
pub(crate) fn read(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() != GO_ON {
        cpu.set_count(MESSAGE);
        let made = cpu.new_table(0, 0)?;
        cpu.push(made.into());
        for _ in KNOWN..=FILLED {
            cpu.push(slots::value(0));
        }
    }
    let Some(message) = Str::of(cpu.arg(MESSAGE)).filter(|_| cpu.count() >= FILLED) else {
        return Err(cpu.fail("damaged activation"));
    };
    loop {
        for _ in 0..PORTION {
            let before = slots::number(cpu, PLACE);
            let is_over = read_part(cpu, message)?;
            let after = slots::number(cpu, PLACE);
            pay(cpu, after.saturating_sub(before) as usize);
            if is_over {
                return Ok(Next::Return(cpu.count() - FILLED));
            }
        }
        if cpu.affordable() == 0 {
            cpu.set_step(GO_ON);
            return Err(cpu.pause());
        }
    }
}

/// Reads a value or an entry; says whether it was the last thing.
fn read_part(cpu: &mut Cpu<'_, '_>, message: Str) -> Result<bool, Raise> {
    let filled = slots::number(cpu, FILLED);
    match read_item(cpu, message)? {
        Item::End => {
            slots::set_number(cpu, FILLED, filled.saturating_add(1));
            if filled < slots::number(cpu, KNOWN) {
                return Ok(false);
            }
            match slots::number(cpu, PLACE) as usize == cpu.bytes(message).len() {
                true => Ok(true),
                false => Err(malformed(cpu)),
            }
        }
        item if filled == 0 => {
            let value = read_value(cpu, message, item)?;
            if !cpu.reserve(1)? {
                return Err(cpu.fail("too many values"));
            }
            cpu.push(value);
            Ok(false)
        }
        item => {
            let made = Table::of(cpu.arg(MADE));
            let t = made.and_then(|made| Table::of(table::get_int(cpu.mem, made, filled)));
            let key = read_value(cpu, message, item)?;
            let item = read_item(cpu, message)?;
            let value = read_value(cpu, message, item)?;
            let is_key = !key.is_nil() && key.as_number().is_none_or(|n| !n.is_nan());
            match t {
                Some(t) if is_key => table::set(cpu.mem, t, key, value)?,
                _ => return Err(malformed(cpu)),
            }
            Ok(false)
        }
    }
}

fn malformed(cpu: &mut Cpu<'_, '_>) -> Raise {
    cpu.fail("malformed message")
}

fn read_item(cpu: &mut Cpu<'_, '_>, message: Str) -> Result<Item, Raise> {
    let place = slots::number(cpu, PLACE) as usize;
    match message::read(cpu.bytes(message), place) {
        Some((item, next)) => {
            // Strings are shorter than 4 GiB.
            slots::set_number(cpu, PLACE, next as u32);
            Ok(item)
        }
        None => Err(malformed(cpu)),
    }
}

fn read_value(cpu: &mut Cpu<'_, '_>, message: Str, item: Item) -> Result<Value, Raise> {
    Ok(match item {
        Item::Nil => Value::NIL,
        Item::Boolean(b) => Value::boolean(b),
        Item::Number(n) => Value::number(n),
        Item::Bytes(at, len) => crate::string::substring(cpu, message, at as u32, len as u32)?,
        Item::Table(number) => read_table(cpu, number)?,
        Item::End => return Err(malformed(cpu)),
    })
}

fn read_table(cpu: &mut Cpu<'_, '_>, number: u32) -> Result<Value, Raise> {
    let known = slots::number(cpu, KNOWN);
    let Some(made) = Table::of(cpu.arg(MADE)).filter(|_| number <= known) else {
        return Err(malformed(cpu));
    };
    if number < known {
        return Ok(table::get_int(cpu.mem, made, number + 1));
    }
    let new = cpu.new_table(0, 0)?;
    let next = known.saturating_add(1);
    table::set_int(cpu.mem, made, next, new.into())?;
    slots::set_number(cpu, KNOWN, next);
    Ok(new.into())
}
