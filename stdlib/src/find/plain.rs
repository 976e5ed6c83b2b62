//! `string.find` of plain text: finding out whether a pattern is that, and the search, in portions where the subject or the
//! text is long. The searches themselves are in `bvm_text`.

use super::syntax;
use bvm_text::{LongNeedle, Syntax};
use bvm_vm::data::string;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// Bytes of a pattern that are looked at for special ones for a unit.
const LOOKED_AT: u64 = 64;

/// Bytes of plain text that are prepared in one piece; longer text is looked at and searched for in portions.
const SHORT: u32 = 1024;

/// What a pattern comes to.
pub(super) enum Looked {
    Plain,
    Special,
    /// Looking at it takes steps, which leaves do not have.
    TooLongForLeaf,
}

/// Whether plain text is searched for.
#[inline]
pub(super) fn look(cpu: &mut Cpu<'_, '_>, pattern: Str) -> Result<Looked, Raise> {
    if !cpu.arg(4).is_falsy() {
        return Ok(Looked::Plain);
    }
    if string::len(cpu.mem, pattern) > SHORT {
        return look_in_portions(cpu, pattern);
    }
    match bvm_text::first_special(string::bytes(cpu.mem, pattern), syntax(cpu)) {
        None => Ok(Looked::Plain),
        Some(at) => {
            cpu.pay(at as u64 / LOOKED_AT);
            Ok(Looked::Special)
        }
    }
}

/// The step at which looking at a long pattern goes on. Slot 5: how much of it has been looked at.
pub(super) const LOOKING: u32 = 4;
const LOOKED: u32 = 5;

#[cold]
fn look_in_portions(cpu: &mut Cpu<'_, '_>, pattern: Str) -> Result<Looked, Raise> {
    if cpu.is_leaf() {
        return Ok(Looked::TooLongForLeaf);
    }
    let mut at = match cpu.step_number() {
        LOOKING => cpu.arg(LOOKED).as_number().unwrap_or(0.0) as usize,
        _ => 0,
    };
    let syntax = syntax(cpu);
    loop {
        let rest = string::bytes(cpu.mem, pattern).get(at..);
        let rest = rest.unwrap_or_default();
        let seen = rest.get(..SHORT as usize).unwrap_or(rest);
        let special = bvm_text::first_special(seen, syntax);
        let ends = seen.len() == rest.len() || syntax == Syntax::Lua51 && seen.contains(&0);
        let (size, looked_at) = (seen.len(), special.unwrap_or(seen.len()));
        cpu.pay(looked_at as u64 / LOOKED_AT);
        if special.is_some() {
            return Ok(Looked::Special);
        } else if ends {
            return Ok(Looked::Plain);
        }
        at += size;
        if cpu.is_dry() {
            cpu.set_count(LOOKED);
            cpu.set_arg(LOOKED, Value::number(at as f64));
            cpu.set_step(LOOKING);
            return Err(cpu.pause());
        }
    }
}

/// Bytes of a subject that are searched for plain text between looks at the fuel.
const SEARCHED: usize = 8 << 10;

#[inline]
pub(super) fn find(cpu: &mut Cpu<'_, '_>, s: Str, needle: Str, from: usize) -> Answer {
    if string::len(cpu.mem, needle) > SHORT {
        return find_long(cpu, s, needle, Some(from));
    }
    if string::len(cpu.mem, s) as usize - from > SEARCHED {
        return find_far(cpu, s, needle, [from, from]);
    }
    let needle = string::bytes(cpu.mem, needle);
    let hay = string::bytes(cpu.mem, s);
    let (len, end) = (needle.len(), hay.len());
    let (at, more) = bvm_text::find_plain_paid(hay, needle, from);
    let scanned = at.unwrap_or(end).saturating_sub(from);
    cpu.pay(bvm_text::plain_cost(scanned, len) + more);
    push_place(cpu, at, len)
}

/// Pushes where plain text of `len` bytes has been found.
#[inline]
fn push_place(cpu: &mut Cpu<'_, '_>, at: Option<usize>, len: usize) -> Answer {
    let Some(at) = at else {
        cpu.push(Value::NIL);
        return Ok(Next::Return(1));
    };
    cpu.push(Value::number(at as f64 + 1.0));
    cpu.push(Value::number((at + len) as f64));
    Ok(Next::Return(2))
}

/// The step at which a search for plain text goes on. Slot 3: where it has begun; slot 4: where it is.
pub(super) const FAR: u32 = 2;
const BEGUN: u32 = 3;

/// Searches a long subject in portions: from `at` on, when that has begun at `begun`.
#[inline(never)]
fn find_far(cpu: &mut Cpu<'_, '_>, s: Str, needle: Str, [begun, mut at]: [usize; 2]) -> Answer {
    loop {
        let (hay, text) = (string::bytes(cpu.mem, s), string::bytes(cpu.mem, needle));
        let (len, end) = (text.len(), hay.len());
        let next = at + SEARCHED;
        let seen = hay.get(..next + len).unwrap_or(hay);
        let (found, more) = bvm_text::find_plain_paid(seen, text, at);
        let is_last = found.is_some() || seen.len() == end;
        let reached = found.unwrap_or(if is_last { end } else { next });
        let price = |to: usize| bvm_text::plain_cost(to.saturating_sub(begun), len);
        let paid = if at > begun { price(at) } else { 0 };
        cpu.pay(price(reached).saturating_sub(paid) + more);
        if is_last {
            return push_place(cpu, found, len);
        }
        if cpu.is_leaf() {
            return Ok(Next::Again);
        }
        at = next;
        if cpu.is_dry() {
            cpu.set_count(BEGUN + 1);
            cpu.set_arg(BEGUN, Value::number(begun as f64));
            cpu.set_arg(BEGUN + 1, Value::number(at as f64));
            cpu.set_step(FAR);
            return Err(cpu.pause());
        }
    }
}

/// Goes on with a search. A strange snapshot may have anything in its slots.
#[cold]
pub(super) fn go_on(cpu: &mut Cpu<'_, '_>, s: Str, needle: Str) -> Answer {
    let end = string::len(cpu.mem, s) as usize;
    let places = [BEGUN, BEGUN + 1].map(|slot| {
        let place = cpu.arg(slot).as_number().unwrap_or(0.0);
        (place as usize).min(end)
    });
    find_far(cpu, s, needle, places)
}

/// The step at which a search for long plain text goes on, with its state kept outside.
pub(super) const LONG: u32 = 5;

/// Searches for long plain text: from byte `from` on, or where the step before was.
#[cold]
pub(super) fn find_long(cpu: &mut Cpu<'_, '_>, s: Str, needle: Str, from: Option<usize>) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    let kept = match from {
        Some(_) => None,
        None => cpu.take_kept(),
    };
    let begun = kept.and_then(|kept| LongNeedle::restore(&kept));
    let mut search = begun.unwrap_or_else(|| LongNeedle::new(from.unwrap_or_default()));
    let budget = cpu.affordable();
    let (hay, text) = (string::bytes(cpu.mem, s), string::bytes(cpu.mem, needle));
    let (len, before) = (text.len(), search.spent());
    let found = search.run(hay, text, budget);
    cpu.pay(search.spent() - before);
    match found {
        Some(found) => push_place(cpu, found, len),
        None => {
            cpu.keep_outside(search.save());
            cpu.set_step(LONG);
            Err(cpu.pause())
        }
    }
}
