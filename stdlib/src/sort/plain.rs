//! `table.sort` where the guest has no say: an array part of numbers or of strings, without a function. Short arrays
//! are sorted at once; long ones are divided until their pieces are short, in portions between which it may wait for
//! fuel, with its whole state in the window. Must not know metamethods.

use super::{HIGH, LOW, PIVOT, lay_out, next_waiting, number, set, wait};
use crate::table::{array_len, get};
use bvm_vm::data::{string, table};
use bvm_vm::heap::barrier;
use bvm_vm::host::Mem;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Cpu, Raise, Value};

/// The next place to look at.
const AT: u32 = 5;
/// Where those begin that are not smaller than the pivot; first how many bytes all strings have.
const SPLIT: u32 = 6;
/// Units of the price that are not paid yet, as a number.
const PRICE: u32 = 8;

/// The step that the first stage is.
pub(super) const FIRST: u32 = 32;

/// What the next portion is for. The number is the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// Are all of one kind?
    Look = FIRST as u8,
    /// A range is short, or gets a pivot.
    Range,
    /// What is smaller than the pivot goes to the front.
    Below,
    /// Nothing was: what is equal goes there.
    Equal,
    /// All is sorted, and the rest of the price due.
    Sorted,
    /// The guest has to compare; what has been looked at is paid.
    Failed,
}

impl Stage {
    fn of(step: u32) -> Stage {
        use Stage::{Below, Equal, Failed, Look, Range, Sorted};
        let all = [Look, Range, Below, Equal, Sorted];
        let found = all.into_iter().find(|stage| *stage as u32 == step);
        found.unwrap_or(Failed)
    }
}

/// What can be sorted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Numbers,
    Strings,
}

impl Kind {
    /// That of what is in the first slot.
    fn of(cpu: &Cpu<'_, '_>, t: Table) -> Kind {
        match get(cpu, t, 1).is_number() {
            true => Kind::Numbers,
            false => Kind::Strings,
        }
    }

    /// Values that are sorted at once: of an array that is not divided, or of a range.
    fn most(self) -> u32 {
        match self {
            Kind::Numbers => 384,
            Kind::Strings => 192,
        }
    }

    /// Values that a portion looks at, or compares with the pivot, and how many a unit pays for.
    fn portion(self) -> (u32, u32) {
        match self {
            Kind::Numbers => (1024, 8),
            Kind::Strings => (128, 1),
        }
    }

    /// Units for sorting `n` values whose strings have `bytes` bytes.
    fn price(self, n: u32, bytes: u64) -> u64 {
        let rounds = u64::from(n.ilog2() + 1);
        match self {
            Kind::Numbers => u64::from(n) * rounds / 4,
            Kind::Strings => u64::from(n) * rounds + bytes / 64 * rounds,
        }
    }
}

/// Bytes of a string that is compared without being paid for by itself. The quicksort pays for each comparison.
const LONGEST: u64 = 1024;

/// Bytes of all the strings that are sorted at once, and those behind what all begin with, which are what is compared; unless
/// the strings are very [`FEW`].
const BYTES: u64 = 64 << 10;
const COMPARED: u64 = 16 << 10;
const FEW: u32 = 8;

/// Units that are paid for one piece of work; what it costs beyond that is paid in the end, by and by.
const MOST_UNITS: u64 = 1000;

/// What came of sorting a range at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtOnce {
    /// It is sorted; this is its price.
    Done(u64),
    /// It would take too long.
    IsLong,
    /// There is something that cannot be sorted here.
    Cannot,
}

/// Sorts `1..=n` when these are all numbers or all strings of the array part; tells whether it did. NaN and negative
/// zero are left to the quicksort: there the order of comparisons shows.
pub(super) fn sort(cpu: &mut Cpu<'_, '_>, t: Table, n: u32) -> Result<bool, Raise> {
    if table::array_slot(cpu.mem, t, 1).is_none() || i64::from(n) > array_len(cpu, t) {
        return Ok(false);
    }
    let kind = Kind::of(cpu, t);
    let look = u64::from(n) / 4;
    if n <= kind.most() {
        cpu.charge(look)?;
        match sort_at_once(cpu, t, kind, (1, n)) {
            AtOnce::Cannot => return Ok(false),
            AtOnce::IsLong => {}
            AtOnce::Done(price) => {
                cpu.pay(price.min(MOST_UNITS));
                if price > MOST_UNITS {
                    lay_out(cpu, n)?;
                    let rest = price - MOST_UNITS;
                    cpu.keep(PRICE, Value::number(rest as f64));
                    return go_on(cpu, t, Stage::Sorted as u32);
                }
                return Ok(true);
            }
        }
    }
    lay_out(cpu, n)?;
    let price = match kind {
        Kind::Numbers => look + kind.price(n, 0),
        // The rest follows when their lengths are known. A short array has been looked at.
        Kind::Strings if n <= kind.most() => 0,
        Kind::Strings => look,
    };
    set(cpu, AT, 1);
    cpu.keep(SPLIT, Value::number(0.0));
    cpu.keep(PRICE, Value::number(price as f64));
    go_on(cpu, t, FIRST)
}

/// Sorts `count` values from place `from` on, if that takes no more than a piece may.
fn sort_at_once(cpu: &mut Cpu<'_, '_>, t: Table, kind: Kind, (from, count): (u32, u32)) -> AtOnce {
    match kind {
        Kind::Numbers => match sort_numbers(cpu, t, from, count) {
            true => AtOnce::Done(kind.price(count, 0)),
            false => AtOnce::Cannot,
        },
        Kind::Strings => sort_strings(cpu, t, from, count),
    }
}

/// Goes on with a long array at a step; tells whether it is sorted, or else the guest has to compare.
pub(super) fn go_on(cpu: &mut Cpu<'_, '_>, t: Table, step: u32) -> Result<bool, Raise> {
    let kind = Kind::of(cpu, t);
    let mut stage = Stage::of(step);
    loop {
        let (low, high) = (number(cpu, LOW), number(cpu, HIGH));
        // A host may have changed the table meanwhile, and a strange snapshot anything.
        if low > high + 1 || high > array_len(cpu, t) {
            stage = Stage::Failed;
        }
        let (next, units) = match stage {
            Stage::Look => look(cpu, t, kind),
            Stage::Range => range(cpu, t, kind),
            Stage::Below | Stage::Equal => divide(cpu, t, kind, stage),
            Stage::Sorted | Stage::Failed => {
                return match pay_rest(cpu) {
                    true => Ok(stage == Stage::Sorted),
                    false => {
                        cpu.set_step(stage as u32);
                        Err(cpu.pause())
                    }
                };
            }
        };
        pay(cpu, u64::from(units));
        stage = next;
        if cpu.affordable() == 0 {
            cpu.set_step(stage as u32);
            return Err(cpu.pause());
        }
    }
}

fn pay(cpu: &mut Cpu<'_, '_>, units: u64) {
    let left = cpu.kept(PRICE).as_number().unwrap_or(0.0) - units as f64;
    cpu.keep(PRICE, Value::number(left.max(0.0)));
    cpu.pay(units);
}

/// Pays for what is left of the price as far as fuel goes; tells whether that is all of it.
fn pay_rest(cpu: &mut Cpu<'_, '_>) -> bool {
    let rest = cpu.kept(PRICE).as_number().unwrap_or(0.0) as u64;
    // One unit more than there are ends the slice.
    let units = rest.min(cpu.affordable().saturating_add(1));
    pay(cpu, units);
    units == rest
}

/// The places `from` up to before `to` that a portion takes of the current range.
fn portion(cpu: &Cpu<'_, '_>, kind: Kind) -> (u32, u32) {
    let (low, high) = (number(cpu, LOW), number(cpu, HIGH));
    let from = number(cpu, AT).clamp(low, high + 1);
    let to = (high + 1).min(from + i64::from(kind.portion().0));
    (from.max(1) as u32, to.max(1) as u32)
}

fn look(cpu: &mut Cpu<'_, '_>, t: Table, kind: Kind) -> (Stage, u32) {
    let (from, to) = portion(cpu, kind);
    let units = (to - from) / kind.portion().1;
    let bytes = match kind {
        Kind::Numbers => are_numbers(cpu, t, from, to - from).then_some(0),
        Kind::Strings => look_at_strings(cpu, t, from, to - from),
    };
    let Some(bytes) = bytes else {
        return (Stage::Failed, units);
    };
    let before = cpu.kept(SPLIT).as_number().unwrap_or(0.0);
    let bytes = before + bytes as f64;
    cpu.keep(SPLIT, Value::number(bytes));
    set(cpu, AT, i64::from(to));
    let high = number(cpu, HIGH);
    if i64::from(to) <= high {
        return (Stage::Look, units);
    }
    if kind == Kind::Strings {
        let left = cpu.kept(PRICE).as_number().unwrap_or(0.0);
        let more = kind.price(high.max(1) as u32, bytes as u64);
        cpu.keep(PRICE, Value::number(left + more as f64));
    }
    (Stage::Range, units)
}

/// Sorts the current range if it is short and takes the next one, or chooses a pivot. Strings that are not sorted in one piece
/// are divided until they are few.
fn range(cpu: &mut Cpu<'_, '_>, t: Table, kind: Kind) -> (Stage, u32) {
    let (low, high) = (number(cpu, LOW).max(1) as u32, number(cpu, HIGH) as u32);
    let count = (high + 1).saturating_sub(low);
    let sorted = match count {
        0 | 1 => AtOnce::Done(1),
        _ if count > kind.most() => AtOnce::IsLong,
        _ => sort_at_once(cpu, t, kind, (low, count)),
    };
    let units = match sorted {
        AtOnce::Done(_) if count > 1 => kind.price(count, 0).min(MOST_UNITS) as u32,
        AtOnce::Done(_) => 1,
        AtOnce::Cannot => return (Stage::Failed, 1),
        AtOnce::IsLong => {
            let pivot = pivot(cpu, t, low, high);
            cpu.keep(PIVOT, pivot);
            set(cpu, AT, i64::from(low));
            set(cpu, SPLIT, i64::from(low));
            return (Stage::Below, 1);
        }
    };
    match next_waiting(cpu) {
        true => (Stage::Range, units),
        false => (Stage::Sorted, units),
    }
}

/// The middle one of nine values, so that few arrays are divided badly.
fn pivot(cpu: &Cpu<'_, '_>, t: Table, low: u32, high: u32) -> Value {
    let step = (high - low) / 8;
    let middle = |a: Value, b: Value, c: Value| {
        let less = |x, y| is_less(cpu.mem, x, y);
        match (less(a, b), less(b, c), less(a, c)) {
            (true, true, _) | (false, false, _) => b,
            (true, false, true) | (false, true, false) => c,
            _ => a,
        }
    };
    let of = |i: u32| {
        let value = |k| get(cpu, t, i64::from(low + (3 * i + k) * step));
        middle(value(0), value(1), value(2))
    };
    middle(of(0), of(1), of(2))
}

/// Whether a value comes before another one of its kind.
fn is_less(mem: &Mem<'_>, a: Value, b: Value) -> bool {
    match (Str::of(a), Str::of(b)) {
        (Some(a), Some(b)) => string::bytes(mem, a) < string::bytes(mem, b),
        _ => a.as_number() < b.as_number(),
    }
}

/// Brings what belongs to the front of the current range there, and goes on with its two parts at the end.
fn divide(cpu: &mut Cpu<'_, '_>, t: Table, kind: Kind, stage: Stage) -> (Stage, u32) {
    let (from, to) = portion(cpu, kind);
    let split = number(cpu, SPLIT).clamp(1, i64::from(from)) as u32;
    let (pivot, is_equal) = (cpu.kept(PIVOT), stage == Stage::Equal);
    // Even among numbers there may be objects, if a host has stored them meanwhile.
    barrier::rearranged(cpu.mem, t);
    let split = match (pivot.as_number(), Str::of(pivot)) {
        (Some(pivot), _) if is_equal => {
            divide_at(cpu, t, (from, to, split), |_, v| number_of(v) <= pivot)
        }
        (Some(pivot), _) => divide_at(cpu, t, (from, to, split), |_, v| number_of(v) < pivot),
        (_, Some(pivot)) => {
            let head = prefix(string::bytes(cpu.mem, pivot));
            let less = |mem: &Mem<'_>, v| is_before(mem, v, (head, pivot), is_equal);
            divide_at(cpu, t, (from, to, split), less)
        }
        _ => return (Stage::Failed, 1),
    };
    let units = (to - from) / kind.portion().1;
    set(cpu, AT, i64::from(to));
    set(cpu, SPLIT, i64::from(split));
    let (low, high, split) = (number(cpu, LOW), number(cpu, HIGH), i64::from(split));
    if i64::from(to) <= high {
        return (stage, units);
    }
    match stage {
        Stage::Below if split == low => {
            set(cpu, AT, low);
            return (Stage::Equal, units);
        }
        Stage::Below => wait(cpu, (low, split - 1), (split, high)),
        // The pivot itself is not here any more.
        _ if split == low => return (Stage::Failed, units),
        // Those in front are in their places.
        _ => set(cpu, LOW, split),
    }
    (Stage::Range, units)
}

/// Exchanges the values of the places `from` to before `to` that belong to the front with those from `split` on; gives
/// the place behind them.
#[inline(always)]
fn divide_at(
    cpu: &mut Cpu<'_, '_>,
    t: Table,
    (from, to, split): (u32, u32, u32),
    belongs: impl Fn(&Mem<'_>, Value) -> bool,
) -> u32 {
    let Some(first) = table::array_slot(cpu.mem, t, from) else {
        return split;
    };
    let mut front = first - (from - split) * 8;
    for at in (0..to - from).map(|i| first + i * 8) {
        let (v, other) = (Value(cpu.mem.load(at)), cpu.mem.load::<u64>(front));
        cpu.mem.store(at, other);
        cpu.mem.store(front, v.0);
        front += 8 * u32::from(belongs(cpu.mem, v));
    }
    split + (front - (first - (from - split) * 8)) / 8
}

fn number_of(v: Value) -> f64 {
    f64::from_bits(v.0)
}

/// Whether a value is a string before the pivot, or equal to it where that counts.
#[inline(always)]
fn is_before(mem: &Mem<'_>, v: Value, (head, pivot): (u64, Str), or_equal: bool) -> bool {
    let Some(s) = Str::of(v) else { return false };
    let bytes = string::bytes(mem, s);
    match prefix(bytes).cmp(&head) {
        std::cmp::Ordering::Equal => match bytes.cmp(string::bytes(mem, pivot)) {
            std::cmp::Ordering::Equal => or_equal,
            order => order.is_lt(),
        },
        order => order.is_lt(),
    }
}

/// The order of numbers as the order of integers.
fn order_of(bits: u64) -> i64 {
    let bits = bits as i64;
    bits ^ (bits >> 63 & i64::MAX)
}

/// Whether a value is a number that is ordered as its bits are.
fn is_ordered(v: Value) -> bool {
    v.as_number().is_some_and(|x| !x.is_nan()) && v.0 != 1 << 63
}

fn are_numbers(cpu: &Cpu<'_, '_>, t: Table, from: u32, count: u32) -> bool {
    (from..from + count).all(|i| is_ordered(get(cpu, t, i64::from(i))))
}

fn sort_numbers(cpu: &mut Cpu<'_, '_>, t: Table, from: u32, count: u32) -> bool {
    let Some(first) = table::array_slot(cpu.mem, t, from) else {
        return false;
    };
    let mut keys = Vec::with_capacity(count as usize);
    for i in 0..count {
        let v = Value(cpu.mem.load(first + i * 8));
        if !is_ordered(v) {
            return false;
        }
        keys.push(order_of(v.0));
    }
    keys.sort_unstable();
    for (i, key) in (0..count).zip(keys) {
        // The order is its own inverse.
        cpu.mem.store(first + i * 8, order_of(key as u64) as u64);
    }
    true
}

/// The bytes of all the strings; nothing when there is something else, or a long one.
fn look_at_strings(cpu: &Cpu<'_, '_>, t: Table, from: u32, count: u32) -> Option<u64> {
    let mut total = 0;
    for i in from..from + count {
        let s = Str::of(get(cpu, t, i64::from(i)))?;
        let len = u64::from(string::len(cpu.mem, s));
        if len > LONGEST {
            return None;
        }
        total += len;
    }
    Some(total)
}

fn sort_strings(cpu: &mut Cpu<'_, '_>, t: Table, from: u32, count: u32) -> AtOnce {
    let Some(bytes) = look_at_strings(cpu, t, from, count) else {
        return AtOnce::Cannot;
    };
    let is_few = count <= FEW;
    if bytes > BYTES && !is_few {
        return AtOnce::IsLong;
    }
    let Some((keys, common)) = string_keys(cpu, t, from, count) else {
        return AtOnce::Cannot;
    };
    let compared = bytes.saturating_sub(common as u64 * u64::from(count));
    if compared > COMPARED && !is_few {
        return AtOnce::IsLong;
    }
    put_sorted(cpu, t, from, (keys, common));
    AtOnce::Done(Kind::Strings.price(count, bytes))
}

/// Strings with what mostly tells their order: eight bytes behind what all of them begin with.
type Keys = Vec<(u64, Str)>;

/// The strings in these slots, and how many bytes all of them begin with; nothing when there is something else.
fn string_keys(cpu: &Cpu<'_, '_>, t: Table, from: u32, count: u32) -> Option<(Keys, usize)> {
    let first = table::array_slot(cpu.mem, t, from)?;
    let string = |i: u32| Str::of(Value(cpu.mem.load(first + i * 8)));
    let mut keys = Vec::with_capacity(count as usize);
    let mut common = string::bytes(cpu.mem, string(0)?);
    for i in 0..count {
        let s = string(i)?;
        common = common_beginning(common, string::bytes(cpu.mem, s));
        keys.push((0, s));
    }
    for (key, s) in &mut keys {
        let bytes = string::bytes(cpu.mem, *s);
        *key = prefix(bytes.get(common.len()..).unwrap_or_default());
    }
    Some((keys, common.len()))
}

/// What both begin with.
fn common_beginning<'a>(a: &'a [u8], b: &[u8]) -> &'a [u8] {
    if b.starts_with(a) {
        return a;
    }
    let len = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    a.get(..len).unwrap_or_default()
}

fn put_sorted(cpu: &mut Cpu<'_, '_>, t: Table, from: u32, (mut keys, common): (Keys, usize)) {
    let Some(first) = table::array_slot(cpu.mem, t, from) else {
        return;
    };
    let mem = &*cpu.mem;
    keys.sort_unstable_by(|a, b| {
        let rest = |s| string::bytes(mem, s).get(common..).unwrap_or_default();
        let whole = || rest(a.1).cmp(rest(b.1));
        a.0.cmp(&b.0).then_with(whole)
    });
    barrier::rearranged(cpu.mem, t);
    for (at, (_, s)) in (first..).step_by(8).zip(keys) {
        cpu.mem.store(at, Value::from(s).0);
    }
}

/// The first eight bytes as a number that is ordered like them.
fn prefix(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    head.iter_mut()
        .zip(bytes)
        .for_each(|(to, &from)| *to = from);
    u64::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use super::{common_beginning, order_of, prefix};

    #[test]
    fn numbers_are_ordered_as_integers() {
        let sorted = [
            f64::NEG_INFINITY,
            -1e300,
            -2.0,
            -5e-324,
            0.0,
            5e-324,
            1.0,
            f64::INFINITY,
        ];
        assert!(sorted.is_sorted_by_key(|n| order_of(n.to_bits())));
        for n in sorted {
            assert_eq!(order_of(order_of(n.to_bits()) as u64) as u64, n.to_bits());
        }
    }

    #[test]
    fn texts_begin_with_what_they_have_in_common() {
        let common = |a: &'static str, b: &str| common_beginning(a.as_bytes(), b.as_bytes());
        assert_eq!(common("abc", "abd"), b"ab");
        assert_eq!(common("ab", "abd"), b"ab");
        assert_eq!(common("abc", "ab"), b"ab");
        assert_eq!(common("x", "ab"), b"");
    }

    #[test]
    fn prefixes_never_contradict_the_bytes() {
        let sorted: [&[u8]; 6] = [b"", b"\0", b"a", b"a\0", b"abcdefgh1", b"\xff"];
        assert!(sorted.is_sorted());
        assert!(sorted.is_sorted_by_key(|bytes| prefix(bytes)));
    }
}
