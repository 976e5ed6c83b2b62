//! The checks that operand kinds cannot express: one function for each `hand` or `last` row
//! of the table.
//!
//! The functions bear the names of the rows, so such a row without its function does not compile.
//! Registers named by A, B and C are already known to be in range.
#![allow(non_snake_case)]

use super::Check;
use super::words::Checker;
use crate::lua51::Op;
use crate::word::Word;

/// Elements that one SETLIST stores.
const LIST_BATCH: u64 = 50;
/// Largest table index that SETLIST may store.
const MAX_LIST: u64 = 1 << 26;
/// Largest batch number that fits into operand C.
const MAX_BATCH: u32 = 511;

/// Rule I5.
pub(super) fn LOADNIL(check: &mut Checker, word: Word) -> Check {
    if u16::from(word.a()) <= word.b() {
        return Ok(());
    }
    check.refuse("I5", "empty register range")
}

/// Rule I8.
pub(super) fn SELF(check: &mut Checker, word: Word) -> Check {
    check.window("I8", word.a(), 2)
}

/// Rule I8.
pub(super) fn CONCAT(check: &mut Checker, word: Word) -> Check {
    if word.b() < word.c() {
        return Ok(());
    }
    check.refuse("I8", "fewer than two operands")
}

/// Rule I10; the function register itself is argument 0.
pub(super) fn CALL(check: &mut Checker, word: Word) -> Check {
    arguments(check, word)?;
    match word.c() {
        0 => check.producer(),
        count => check.window("I10", word.a(), count - 1),
    }
}

/// Rule I10.
pub(super) fn TAILCALL(check: &mut Checker, word: Word) -> Check {
    arguments(check, word)?;
    if check.word_after(1) == Some(Word::abc(Op::Return, word.a(), 0, 0)) {
        return Ok(());
    }
    check.refuse("I10", "tail call without its RETURN")
}

fn arguments(check: &mut Checker, word: Word) -> Check {
    match word.b() {
        0 => check.consumer(u16::from(word.a()) + 1),
        count => check.window("I10", word.a(), count),
    }
}

/// Rule I11.
pub(super) fn RETURN(check: &mut Checker, word: Word) -> Check {
    match word.b() {
        0 => check.consumer(u16::from(word.a())),
        count => check.window("I11", word.a(), count - 1),
    }
}

/// Rule I11: `...` is only there when it was not turned into `arg`.
pub(super) fn VARARG(check: &mut Checker, word: Word) -> Check {
    use crate::proto::{VARARG_ISVARARG, VARARG_NEEDSARG};
    if check.proto.vararg & (VARARG_ISVARARG | VARARG_NEEDSARG) != VARARG_ISVARARG {
        return check.refuse("I11", "no variable arguments here");
    }
    match word.b() {
        0 => check.producer(),
        count => check.window("I11", word.a(), count - 1),
    }
}

/// Rule I12: FORPREP jumps forward to a FORLOOP that jumps back behind it.
pub(super) fn FORPREP(check: &mut Checker, word: Word) -> Check {
    if word.sbx() < 0 {
        return check.refuse("I12", "loop that ends before it starts");
    }
    loop_pair(check, word, Op::ForLoop, i64::from(word.sbx()) + 1)
}

/// Rule I12.
pub(super) fn FORLOOP(check: &mut Checker, word: Word) -> Check {
    loop_pair(check, word, Op::ForPrep, i64::from(word.sbx()))
}

/// The partner stands `distance` words away and jumps as far back as `word` jumps forward. That
/// the partner is an instruction and no data, rules I16 and F5 see to.
fn loop_pair(check: &mut Checker, word: Word, partner: Op, distance: i64) -> Check {
    check.window("I12", word.a(), 4)?;
    let other = check
        .pc
        .checked_add_signed(distance as isize)
        .and_then(|pc| check.proto.code.get(pc));
    let paired = other.is_some_and(|other| {
        other.op() == Some(partner) && other.a() == word.a() && other.sbx() == -1 - word.sbx()
    });
    if paired {
        return Ok(());
    }
    check.refuse("I12", format!("loop without its {}", partner.name()))
}

/// Rule I13; the call of the generator needs three registers of its own.
pub(super) fn TFORLOOP(check: &mut Checker, word: Word) -> Check {
    if word.c() == 0 {
        return check.refuse("I13", "loop without variables");
    }
    check.window("I13", word.a(), word.c().saturating_add(3).max(6))?;
    check.test()
}

/// Rule I14.
pub(super) fn SETLIST(check: &mut Checker, word: Word) -> Check {
    match word.b() {
        0 => check.consumer(u16::from(word.a()) + 1)?,
        count => check.window("I14", word.a(), count + 1)?,
    }
    let batch = match word.c() {
        0 => long_batch(check)?,
        batch => u32::from(batch),
    };
    let last = (u64::from(batch) - 1) * LIST_BATCH + u64::from(word.b());
    if last > MAX_LIST {
        return check.refuse("I14", format!("list of {last} elements"));
    }
    Ok(())
}

/// The batch number in the word after SETLIST.
fn long_batch(check: &mut Checker) -> Check<u32> {
    check.extra_words = 1;
    match check.word_after(1) {
        Some(Word(batch)) if batch > MAX_BATCH => Ok(batch),
        Some(_) => check.refuse("I14", "long form of a short batch number"),
        None => check.refuse("I14", "batch number is missing"),
    }
}

/// Rule I15: one capture for each upvalue.
pub(super) fn CLOSURE(check: &mut Checker, word: Word) -> Check {
    let upvalues = match check.proto.protos.get(word.bx() as usize) {
        Some(inner) => usize::from(inner.upvalue_count),
        None => 0,
    };
    check.extra_words = upvalues;
    for distance in 1..=upvalues {
        capture(check, check.word_after(distance))?;
    }
    Ok(())
}

fn capture(check: &mut Checker, word: Option<Word>) -> Check {
    let Some(word) = word else {
        return check.refuse("I15", "captures are missing");
    };
    let valid = match word.op() {
        Some(Op::Move) => {
            check.captures_locals = true;
            word.b() < u16::from(check.proto.max_stack)
        }
        Some(Op::GetUpval) => word.b() < u16::from(check.proto.upvalue_count),
        _ => false,
    };
    if valid && word.a() == 0 && word.c() == 0 {
        return Ok(());
    }
    check.refuse("I15", "bad capture")
}
