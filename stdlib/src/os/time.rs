//! `os.time` and `os.date`: the calendar of `bvm_text` with the clock and the zone of the host.
//!
//! What C's `mktime` does is both: the result of `os.time`, and what `%s` shows in Greenwich's time, of which C takes the fields
//! for a local time all the same. Fields lie in slots behind the first one, which has the table or the format.

use super::first;
use crate::base::MAX_TEXT;
use crate::io::handle;
use bvm_isa::hypercall::Hypercall;
use bvm_text::{Fields, Tm, normalize, os_date};
use bvm_vm::args::to_integer;
use bvm_vm::exec::Got;
use bvm_vm::exec::convert::to_number;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Value, Word};

/// The fields that `os.time` reads, in its order, with their defaults.
const FIELDS: [(&str, Option<i32>); 7] = [
    ("sec", Some(0)),
    ("min", Some(0)),
    ("hour", Some(12)),
    ("day", None),
    ("month", None),
    ("year", None),
    ("isdst", None),
];
/// Steps of `os.time`: reading field number `step - READ`, taking it from a metamethod, the clock's
/// answer, and the zone's answers to one guess after the other.
const READ: u32 = 1;
const TAKE: u32 = 11;
const CLOCK: u32 = 20;
const ZONE: u32 = 30;
/// Steps of the search for a time of the other kind, summer or winter, from here on.
const SEARCH: u32 = 40;
/// Seconds between the places of that search: a fortnight, which no kind of time is shorter than.
const STRIDE: i64 = 14 * 86_400;
/// Places that are asked, by turns before and behind: eight and a half years in both directions, as by C.
const PLACES: u32 = 444;
/// Guesses of the offset before the last one counts.
const GUESSES: u32 = 3;
/// Slot after the table and its fields: the offset that was guessed last.
const GUESS: u32 = 9;

/// `os.time([table])`
pub fn time(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            handle::pay(cpu, Hypercall::Time)?;
            if cpu.arg(1).is_nil() {
                return handle::ask(cpu, Hypercall::Time, Vec::new(), CLOCK);
            }
            cpu.check_table(1)?;
            cpu.set_count(1);
            cpu.set_step(READ);
            read_fields(cpu, 0)
        }
        step @ READ..TAKE => read_fields(cpu, step - READ),
        step @ TAKE..CLOCK => {
            let field = step - TAKE;
            let v = cpu.arg(field + 2);
            cpu.set_count(field + 1);
            accept(cpu, field, v)?;
            cpu.set_step(READ + field + 1);
            read_fields(cpu, field + 1)
        }
        CLOCK => {
            let now = match first(&handle::take_checked(cpu)?) {
                Some(Word::Int(now)) => now,
                _ => -1,
            };
            result(cpu, now)
        }
        step @ ZONE..SEARCH => zone_known(cpu, step - ZONE),
        step => searched(cpu, step - SEARCH),
    }
}

/// The seconds that the fields come to, -1 when they come to none.
fn result(cpu: &mut Cpu<'_, '_>, seconds: i64) -> Answer {
    if Str::of(cpu.arg(1)).is_some() {
        return build_with_seconds(cpu, seconds);
    }
    cpu.push(if seconds == -1 {
        Value::NIL
    } else {
        Value::number(seconds as f64)
    });
    Ok(Next::Return(1))
}

/// Reads the fields from number `field` on, each into a slot of its own behind the table.
fn read_fields(cpu: &mut Cpu<'_, '_>, field: u32) -> Answer {
    let mut field = field;
    while let Some((name, _)) = FIELDS.get(field as usize) {
        cpu.charge(4)?;
        let key = cpu.new_str(name.as_bytes())?;
        match cpu.index(cpu.arg(1), key)? {
            Got::Value(v) => accept(cpu, field, v)?,
            Got::Call(handler, object) => {
                cpu.push(handler);
                cpu.push(object);
                cpu.push(key);
                return Ok(Next::Call {
                    func: field + 2,
                    step: TAKE + field,
                });
            }
            Got::Not(_) => return Err(cpu.fail("attempt to index a value that is no table")),
        }
        field += 1;
        cpu.set_step(READ + field);
    }
    ask_zone(cpu, 0, 0)
}

/// Pushes a field as the number that C would have: for `isdst` -1 when it is not known.
fn accept(cpu: &mut Cpu<'_, '_>, field: u32, v: Value) -> Result<(), Raise> {
    let Some((name, default)) = FIELDS.get(field as usize) else {
        return Ok(());
    };
    let number = if *name == "isdst" {
        match v.is_nil() {
            true => -1,
            false => i32::from(!v.is_falsy()),
        }
    } else {
        match (to_number(cpu.mem, v), default) {
            // C converts to `int` by keeping the low bits, and counts years from 1900.
            (Some(n), _) if *name == "year" => return push_year(cpu, to_integer(n) as i32),
            (Some(n), _) => to_integer(n) as i32,
            (None, Some(default)) => *default,
            (None, None) => {
                return Err(cpu.fail(&format!("field '{name}' missing in date table")));
            }
        }
    };
    cpu.push(Value::number(f64::from(number)));
    Ok(())
}

fn push_year(cpu: &mut Cpu<'_, '_>, year: i32) -> Result<(), Raise> {
    let since = year.wrapping_sub(1900);
    cpu.push(Value::number(f64::from(since) + 1900.0));
    Ok(())
}

fn field(cpu: &Cpu<'_, '_>, number: u32) -> i32 {
    cpu.arg(number + 2).as_number().unwrap_or(0.0) as i32
}

/// The seconds that the fields describe at a place `offset` seconds east of Greenwich.
fn seconds(cpu: &Cpu<'_, '_>, offset: i32) -> Option<i64> {
    let fields = Fields {
        second: field(cpu, 0),
        minute: field(cpu, 1),
        hour: field(cpu, 2),
        day: field(cpu, 3),
        month: field(cpu, 4),
        year: cpu.arg(7).as_number().unwrap_or(0.0) as i64,
    };
    normalize(&fields, offset).map(|(seconds, _)| seconds)
}

/// Asks which offset holds at the time that the fields describe, if `offset` holds.
fn ask_zone(cpu: &mut Cpu<'_, '_>, guess: u32, offset: i32) -> Answer {
    let Some(moment) = seconds(cpu, offset) else {
        return result(cpu, -1);
    };
    cpu.set_count(GUESS - 1);
    cpu.push(Value::number(f64::from(offset)));
    handle::ask(cpu, Hypercall::Zone, vec![Word::Int(moment)], ZONE + guess)
}

/// The zone has answered to a guess: it is right, or leads to a better one.
fn zone_known(cpu: &mut Cpu<'_, '_>, guess: u32) -> Answer {
    let zone = Zone::of(&handle::take_checked(cpu)?.unwrap_or_default());
    let guessed = cpu.arg(GUESS).as_number().unwrap_or(0.0) as i32;
    if zone.offset != guessed && guess < GUESSES {
        return ask_zone(cpu, guess + 1, zone.offset);
    }
    // Guesses that go back and forth mean an hour that the clocks skip; C counts it from before.
    let offset = guessed.min(zone.offset);
    let asked = field(cpu, 6);
    if asked >= 0 && (asked != 0) != zone.dst {
        cpu.set_arg(GUESS, Value::number(f64::from(offset)));
        return search(cpu, 0);
    }
    result(cpu, seconds(cpu, offset).unwrap_or(-1))
}

/// The fields say another kind of time than holds then. As C does it on Linux, the offset of that kind
/// is the one that it has at the nearest time when it holds.
fn search(cpu: &mut Cpu<'_, '_>, place: u32) -> Answer {
    let offset = cpu.arg(GUESS).as_number().unwrap_or(0.0) as i32;
    let Some(moment) = seconds(cpu, offset) else {
        return result(cpu, -1);
    };
    let distance = STRIDE * i64::from(place / 2 + 1);
    let moment = match place % 2 {
        0 => moment.saturating_sub(distance),
        _ => moment.saturating_add(distance),
    };
    let args = vec![Word::Int(moment)];
    cpu.pay(Hypercall::Zone.row().fuel);
    handle::ask(cpu, Hypercall::Zone, args, SEARCH + place)
}

fn searched(cpu: &mut Cpu<'_, '_>, place: u32) -> Answer {
    let zone = Zone::of(&handle::take_checked(cpu)?.unwrap_or_default());
    let summer = field(cpu, 6) != 0;
    if zone.dst == summer {
        return result(cpu, seconds(cpu, zone.offset).unwrap_or(-1));
    }
    if place + 1 < PLACES {
        return search(cpu, place + 1);
    }
    // Where there is only one kind, the other is an hour off.
    let offset = cpu.arg(GUESS).as_number().unwrap_or(0.0) as i32;
    let shift = if summer { -3600 } else { 3600 };
    let moment = seconds(cpu, offset);
    result(cpu, moment.map_or(-1, |moment| moment + shift))
}

/// The zone at a moment.
#[derive(Default)]
struct Zone {
    offset: i32,
    dst: bool,
    name: Vec<u8>,
}

impl Zone {
    fn of(words: &[Word]) -> Zone {
        let mut zone = Zone::default();
        for word in words {
            match word {
                Word::Int(offset) => zone.offset = *offset as i32,
                Word::Bool(dst) => zone.dst = *dst,
                Word::Bytes(name) => zone.name.clone_from(name),
                _ => {}
            }
        }
        zone
    }
}

/// Steps of `os.date`, which has those from [`ZONE`] on as well.
const DATE_CLOCK: u32 = 1;
const DATE_ZONE: u32 = 2;
const DATE_BUILD: u32 = 3;

/// `os.date([format[, time]])`
pub fn date(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            cpu.charge(16)?;
            if cpu.opt_string(1)?.is_none() {
                let format = cpu.new_str(b"%c")?;
                cpu.set_count(cpu.count().max(1));
                cpu.set_arg(1, format);
            }
            // It is followed in one piece.
            if format(cpu).0.len() > MAX_TEXT {
                return Err(cpu.arg_error(1, b"format too long"));
            }
            if cpu.arg(2).is_nil() {
                return handle::ask(cpu, Hypercall::Time, Vec::new(), DATE_CLOCK);
            }
            let moment = cpu.check_number(2)?;
            with_moment(cpu, to_integer(moment))
        }
        DATE_CLOCK => {
            let now = match first(&handle::take_checked(cpu)?) {
                Some(Word::Int(now)) => now,
                _ => 0,
            };
            with_moment(cpu, now)
        }
        step @ ZONE..SEARCH => zone_known(cpu, step - ZONE),
        step @ SEARCH.. => searched(cpu, step - SEARCH),
        DATE_ZONE => {
            let zone = Zone::of(&handle::take_checked(cpu)?.unwrap_or_default());
            cpu.push(Value::number(f64::from(zone.offset)));
            cpu.push(Value::boolean(zone.dst));
            cpu.push_bytes(&zone.name)?;
            cpu.set_step(DATE_BUILD);
            build(cpu)
        }
        _ => build(cpu),
    }
}

/// The format without a `!`, and whether there was one.
fn format<'a>(cpu: &'a Cpu<'_, '_>) -> (&'a [u8], bool) {
    let text = Str::of(cpu.arg(1))
        .map(|s| cpu.bytes(s))
        .unwrap_or_default();
    match text.split_first() {
        Some((b'!', rest)) => (rest, true),
        _ => (text, false),
    }
}

/// Adds a number, high and low half, because a double holds only 53 bits.
fn push_wide(cpu: &mut Cpu<'_, '_>, n: i64) {
    cpu.push(Value::number((n >> 32) as f64));
    cpu.push(Value::number(f64::from(n as u32)));
}

/// The moment is known.
fn with_moment(cpu: &mut Cpu<'_, '_>, moment: i64) -> Answer {
    cpu.set_count(1);
    let (format, is_utc) = format(cpu);
    if !is_utc {
        push_wide(cpu, moment);
        return handle::ask(cpu, Hypercall::Zone, vec![Word::Int(moment)], DATE_ZONE);
    }
    let shows_seconds = format.windows(2).any(|two| two == b"%s");
    match Tm::from_unix(moment, 0) {
        Some(tm) if shows_seconds => ask_for_seconds(cpu, &tm),
        _ => build_in_utc(cpu, moment, moment),
    }
}

/// Pushes the fields of a time in Greenwich as those of one that is not in summer, and asks the zone about it.
fn ask_for_seconds(cpu: &mut Cpu<'_, '_>, tm: &Tm) -> Answer {
    for field in [tm.second, tm.minute, tm.hour, tm.day, tm.month + 1] {
        cpu.push(Value::number(f64::from(field)));
    }
    cpu.push(Value::number(tm.year as f64));
    cpu.push(Value::number(0.0));
    ask_zone(cpu, 0, 0)
}

/// The zone has been asked.
fn build_with_seconds(cpu: &mut Cpu<'_, '_>, shown: i64) -> Answer {
    let moment = seconds(cpu, 0).unwrap_or(0);
    cpu.set_count(1);
    build_in_utc(cpu, moment, shown)
}

fn build_in_utc(cpu: &mut Cpu<'_, '_>, moment: i64, shown: i64) -> Answer {
    push_wide(cpu, moment);
    cpu.push(Value::number(0.0));
    cpu.push(Value::FALSE);
    cpu.push(Value::NIL);
    push_wide(cpu, shown);
    cpu.set_step(DATE_BUILD);
    build(cpu)
}

/// Makes the result of slots: format, moment (2), offset, daylight saving, zone name, or nil for Greenwich and behind it
/// the seconds to be shown (2).
fn build(cpu: &mut Cpu<'_, '_>) -> Answer {
    let cost = 4 + format(cpu).0.len() as u64 * 8;
    cpu.charge(cost)?;
    let number = |cpu: &Cpu<'_, '_>, slot| cpu.arg(slot).as_number().unwrap_or(0.0) as i64;
    let wide = |cpu: &Cpu<'_, '_>, slot| number(cpu, slot) << 32 | number(cpu, slot + 1);
    let moment = wide(cpu, 2);
    let Some(mut tm) = Tm::from_unix(moment, number(cpu, 4) as i32) else {
        cpu.push(Value::NIL);
        return Ok(Next::Return(1));
    };
    tm.dst = !cpu.arg(5).is_falsy();
    if cpu.arg(6).is_nil() {
        tm.unix = wide(cpu, 7);
    }
    // A zero byte ends a format.
    if let ([b'*', b't'] | [b'*', b't', 0, ..], _) = format(cpu) {
        let table = fields_of(cpu, &tm)?;
        cpu.push(table.into());
        return Ok(Next::Return(1));
    }
    let mut text = cpu.take_scratch();
    let zone = Str::of(cpu.arg(6)).map_or(&b"GMT"[..], |s| cpu.bytes(s));
    os_date(format(cpu).0, &tm, zone, &mut text);
    let pushed = cpu.push_bytes(&text);
    cpu.give_scratch(text);
    pushed?;
    Ok(Next::Return(1))
}

/// The table that `*t` asks for.
fn fields_of(cpu: &mut Cpu<'_, '_>, tm: &Tm) -> Result<Table, Raise> {
    let table = cpu.new_table(0, 9)?;
    // It must outlive the strings made for its keys.
    cpu.push(table.into());
    let fields = [
        ("sec", f64::from(tm.second)),
        ("min", f64::from(tm.minute)),
        ("hour", f64::from(tm.hour)),
        ("day", f64::from(tm.day)),
        ("month", f64::from(tm.month) + 1.0),
        ("year", tm.year as f64),
        ("wday", f64::from(tm.weekday) + 1.0),
        ("yday", f64::from(tm.yearday) + 1.0),
    ];
    for (name, value) in fields {
        cpu.set_field(table, name, Value::number(value))?;
    }
    cpu.set_field(table, "isdst", Value::boolean(tm.dst))?;
    Ok(table)
}
