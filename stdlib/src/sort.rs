//! `table.sort`. Arrays of numbers or of strings are sorted in `plain`; everything else by a quicksort that
//! compares through the guest, one comparison a step, with its whole state in the window.
//!
//! The quicksort compares the same pairs in the same order as Lua 5.1's, because its comparisons and its
//! "invalid order function" can be seen from outside.

use crate::slots;
use crate::table::{get, put};
use bvm_vm::data::table;
use bvm_vm::exec::Outcome;
use bvm_vm::objects::Table;
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

mod plain;

const TABLE: u32 = 1;
const LESS: u32 = 2;
/// The range being sorted.
const LOW: u32 = 3;
const HIGH: u32 = 4;
/// The places that come towards each other while it is divided.
const UP: u32 = 5;
const DOWN: u32 = 6;
const PIVOT: u32 = 7;
/// The two values looked at last.
const LEFT: u32 = 8;
const RIGHT: u32 = 9;
/// How many ranges wait.
const WAITING: u32 = 10;
/// Where they are: two slots each.
const RANGES: u32 = 11;
/// Most ranges that wait: each is at most half of the one before.
const MAX_WAITING: u32 = 32;
/// The slot that comparisons are called from.
const CALL: u32 = RANGES + 2 * MAX_WAITING;

/// Added to a phase's number: the comparison has not been made yet.
const PENDING: u32 = 16;

/// Which comparison is going on. The number is the step that gets its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Phase {
    /// Last < first.
    Ends = 1,
    /// Middle < first.
    MiddleFirst = 2,
    /// Last < middle.
    LastMiddle = 3,
    /// The next value from below < pivot.
    Rising = 4,
    /// Pivot < the next value from above.
    Falling = 5,
}

impl Phase {
    fn of(step: u32) -> Phase {
        match step {
            1 => Phase::Ends,
            2 => Phase::MiddleFirst,
            3 => Phase::LastMiddle,
            4 => Phase::Rising,
            _ => Phase::Falling,
        }
    }

    /// The slots whose values are compared.
    fn operands(self) -> (u32, u32) {
        match self {
            Phase::Ends | Phase::LastMiddle => (RIGHT, LEFT),
            Phase::MiddleFirst => (LEFT, RIGHT),
            Phase::Rising => (LEFT, PIVOT),
            Phase::Falling => (PIVOT, RIGHT),
        }
    }
}

/// `table.sort`
pub(crate) fn sort(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_own_table(TABLE)?;
    let step = cpu.step_number();
    if step != 0 && (cpu.count() < CALL - 1 || number(cpu, WAITING) > i64::from(MAX_WAITING)) {
        return Err(cpu.fail("damaged activation"));
    }
    let phase = match step {
        1..PENDING => {
            let less = !cpu.arg(CALL).is_falsy();
            cpu.end_at(CALL - 1);
            advance(cpu, t, Phase::of(step), less)?
        }
        0 => begin(cpu, t)?,
        // This comparison has been paid before the pause.
        PENDING..plain::FIRST => return compare(cpu, t, Phase::of(step - PENDING)),
        _ => match plain::go_on(cpu, t, step)? {
            true => None,
            false => compare_all(cpu, t)?,
        },
    };
    match phase {
        Some(phase) => {
            cpu.pay(2);
            compare(cpu, t, phase)
        }
        None => Ok(Next::Return(0)),
    }
}

/// Has a comparison made, or makes it and goes on for as long as no function has to be called.
#[inline]
fn compare(cpu: &mut Cpu<'_, '_>, t: Table, phase: Phase) -> Answer {
    let function = cpu.kept(LESS);
    if function.is_nil() {
        compare_without_function(cpu, t, phase)
    } else {
        Ok(call(cpu, phase, function))
    }
}

#[inline(never)]
fn compare_without_function(cpu: &mut Cpu<'_, '_>, t: Table, mut phase: Phase) -> Answer {
    loop {
        let (a, b) = phase.operands();
        let (a, b) = (cpu.kept(a), cpu.kept(b));
        let less = match cpu.less(a, b) {
            Outcome::Is(less) => less,
            Outcome::Call(handler) | Outcome::CallSwapped(handler) => {
                return Ok(call(cpu, phase, handler));
            }
            Outcome::Cannot => return Err(cpu.compare_error(a, b)),
        };
        match advance(cpu, t, phase, less)? {
            Some(next) => phase = next,
            None => return Ok(Next::Return(0)),
        }
        cpu.pay(2);
        if cpu.affordable() == 0 {
            cpu.set_step(phase as u32 + PENDING);
            return Err(cpu.pause());
        }
    }
}

#[inline]
fn call(cpu: &mut Cpu<'_, '_>, phase: Phase, function: Value) -> Next {
    let (a, b) = phase.operands();
    let (a, b) = (cpu.kept(a), cpu.kept(b));
    cpu.keep(CALL, function);
    cpu.keep(CALL + 1, a);
    cpu.keep(CALL + 2, b);
    cpu.end_at(CALL + 2);
    Next::Call {
        func: CALL,
        step: phase as u32,
    }
}

/// Checks the arguments, and sorts what needs no comparisons by the guest.
fn begin(cpu: &mut Cpu<'_, '_>, t: Table) -> Result<Option<Phase>, Raise> {
    if cpu.arg(LESS).is_nil() {
        let n = table::border(cpu.mem, t);
        if n < 2 || plain::sort(cpu, t, n)? {
            return Ok(None);
        }
    } else {
        cpu.check_function(LESS)?;
    }
    compare_all(cpu, t)
}

/// Begins with comparisons by the guest.
fn compare_all(cpu: &mut Cpu<'_, '_>, t: Table) -> Result<Option<Phase>, Raise> {
    let n = table::border(cpu.mem, t);
    lay_out(cpu, n)?;
    Ok(start_range(cpu, t))
}

/// Lays out the window, with `1..=n` as the current range.
fn lay_out(cpu: &mut Cpu<'_, '_>, n: u32) -> Result<(), Raise> {
    cpu.set_count(LESS);
    // The room is there: nothing of it exceeds a window.
    if !cpu.reserve(CALL + 8)? {
        return Err(Raise::NoMemory);
    }
    cpu.set_count(CALL - 1);
    set(cpu, WAITING, 0);
    set(cpu, LOW, 1);
    set(cpu, HIGH, i64::from(n));
    Ok(())
}

#[inline]
fn number(cpu: &Cpu<'_, '_>, slot: u32) -> i64 {
    i64::from(slots::number(cpu, slot))
}

#[inline]
fn set(cpu: &mut Cpu<'_, '_>, slot: u32, n: i64) {
    slots::set_number(cpu, slot, n as u32);
}

/// Fetches `t[i]` into a slot.
#[inline]
fn fetch(cpu: &mut Cpu<'_, '_>, t: Table, i: i64, slot: u32) {
    let v = get(cpu, t, i);
    cpu.keep(slot, v);
}

/// Stores the two values fetched last: the left one at `left`, the right one at `right`.
fn store(cpu: &mut Cpu<'_, '_>, t: Table, left: i64, right: i64) -> Result<(), Raise> {
    let (a, b) = (cpu.kept(LEFT), cpu.kept(RIGHT));
    put(cpu, t, left, a)?;
    put(cpu, t, right, b)
}

/// Begins with the current range, or, when it is done, with one that waits.
fn start_range(cpu: &mut Cpu<'_, '_>, t: Table) -> Option<Phase> {
    loop {
        let (low, high) = (number(cpu, LOW), number(cpu, HIGH));
        if low < high {
            fetch(cpu, t, low, LEFT);
            fetch(cpu, t, high, RIGHT);
            return Some(Phase::Ends);
        }
        if !next_waiting(cpu) {
            return None;
        }
    }
}

/// Makes a range that waits the current one; tells whether there is one.
#[inline]
fn next_waiting(cpu: &mut Cpu<'_, '_>) -> bool {
    let waiting = number(cpu, WAITING) - 1;
    if waiting < 0 {
        return false;
    }
    set(cpu, WAITING, waiting);
    let slot = RANGES + 2 * waiting as u32;
    let (low, high) = (cpu.kept(slot), cpu.kept(slot + 1));
    cpu.keep(LOW, low);
    cpu.keep(HIGH, high);
    true
}

/// Makes the smaller one of two ranges the current one; the larger one waits.
#[inline]
fn wait(cpu: &mut Cpu<'_, '_>, lower: (i64, i64), upper: (i64, i64)) {
    let (small, large) = if lower.1 - lower.0 < upper.1 - upper.0 {
        (lower, upper)
    } else {
        (upper, lower)
    };
    let waiting = number(cpu, WAITING);
    let slot = RANGES + 2 * waiting as u32;
    if large.0 < large.1 && slot + 1 < CALL {
        set(cpu, slot, large.0);
        set(cpu, slot + 1, large.1);
        set(cpu, WAITING, waiting + 1);
    }
    set(cpu, LOW, small.0);
    set(cpu, HIGH, small.1);
}

/// Ends the current range and begins with the next.
fn next_range(cpu: &mut Cpu<'_, '_>, t: Table) -> Option<Phase> {
    set(cpu, LOW, 0);
    set(cpu, HIGH, 0);
    start_range(cpu, t)
}

/// Takes the answer of a comparison and gives the next one, `None` when all is sorted.
#[inline]
fn advance(
    cpu: &mut Cpu<'_, '_>,
    t: Table,
    phase: Phase,
    less: bool,
) -> Result<Option<Phase>, Raise> {
    match phase {
        Phase::Rising if less => {
            let i = number(cpu, UP);
            if i > number(cpu, HIGH) {
                return Err(invalid_order(cpu));
            }
            Ok(Some(rise(cpu, t, i)))
        }
        Phase::Rising => {
            let j = number(cpu, DOWN);
            Ok(Some(fall(cpu, t, j)))
        }
        Phase::Falling if less => {
            let j = number(cpu, DOWN);
            if j < number(cpu, LOW) {
                return Err(invalid_order(cpu));
            }
            Ok(Some(fall(cpu, t, j)))
        }
        Phase::Falling => {
            let (i, j) = (number(cpu, UP), number(cpu, DOWN));
            if j < i {
                return divided(cpu, t, i);
            }
            store(cpu, t, j, i)?;
            Ok(Some(rise(cpu, t, i)))
        }
        Phase::Ends | Phase::MiddleFirst | Phase::LastMiddle => median(cpu, t, phase, less),
    }
}

#[cold]
fn invalid_order(cpu: &mut Cpu<'_, '_>) -> Raise {
    cpu.fail("invalid order function for sorting")
}

#[inline]
fn rise(cpu: &mut Cpu<'_, '_>, t: Table, i: i64) -> Phase {
    set(cpu, UP, i + 1);
    fetch(cpu, t, i + 1, LEFT);
    Phase::Rising
}

#[inline]
fn fall(cpu: &mut Cpu<'_, '_>, t: Table, j: i64) -> Phase {
    set(cpu, DOWN, j - 1);
    fetch(cpu, t, j - 1, RIGHT);
    Phase::Falling
}

/// The comparisons that put first, middle and last in order.
fn median(
    cpu: &mut Cpu<'_, '_>,
    t: Table,
    phase: Phase,
    less: bool,
) -> Result<Option<Phase>, Raise> {
    let (low, high) = (number(cpu, LOW), number(cpu, HIGH));
    let middle = (low + high) / 2;
    match phase {
        Phase::Ends => {
            if less {
                store(cpu, t, high, low)?;
            }
            if high - low == 1 {
                return Ok(next_range(cpu, t));
            }
            fetch(cpu, t, middle, LEFT);
            fetch(cpu, t, low, RIGHT);
            return Ok(Some(Phase::MiddleFirst));
        }
        Phase::MiddleFirst if less => store(cpu, t, low, middle)?,
        Phase::MiddleFirst => {
            fetch(cpu, t, high, RIGHT);
            return Ok(Some(Phase::LastMiddle));
        }
        _ if less => store(cpu, t, high, middle)?,
        _ => {}
    }
    if high - low == 2 {
        return Ok(next_range(cpu, t));
    }
    // The pivot waits next to the last value while the rest is divided.
    fetch(cpu, t, middle, PIVOT);
    let (pivot, other) = (cpu.kept(PIVOT), get(cpu, t, high - 1));
    put(cpu, t, middle, other)?;
    put(cpu, t, high - 1, pivot)?;
    set(cpu, DOWN, high - 1);
    Ok(Some(rise(cpu, t, low)))
}

/// Puts the pivot between the parts; the larger part waits, the smaller one is next.
fn divided(cpu: &mut Cpu<'_, '_>, t: Table, i: i64) -> Result<Option<Phase>, Raise> {
    let (low, high) = (number(cpu, LOW), number(cpu, HIGH));
    let (pivot, other) = (get(cpu, t, high - 1), get(cpu, t, i));
    put(cpu, t, high - 1, other)?;
    put(cpu, t, i, pivot)?;
    wait(cpu, (low, i - 1), (i + 1, high));
    Ok(start_range(cpu, t))
}
