//! Arithmetic, comparison, length and concatenation with coercions and metamethods.

use super::convert::to_number;
use super::cpu::Cpu;
use super::join::is_long;
use super::slow::Flow;
use super::stubs;
use crate::data::{string, table};
use crate::error::Raise;
use crate::host::Mem;
use crate::meta::{self, Event};
use crate::objects::{Str, Table};
use crate::value::{TAG_STRING, Type, Value, small_int};
use bvm_isa::{Op, Word, number};

/// Lua's arithmetic on two numbers.
#[inline]
pub fn arithmetic(event: Event, a: f64, b: f64) -> f64 {
    match event {
        Event::Add => a + b,
        Event::Sub => a - b,
        Event::Mul => a * b,
        Event::Div => a / b,
        Event::Mod => modulo(a, b),
        Event::Pow => power(a, b),
        _ => -a,
    }
}

/// `a - floor(a / b) * b`, as Lua 5.1 computes it. For whole numbers of 31 bits that is exact, and the
/// remainder of integers takes less time.
#[inline]
pub fn modulo(a: f64, b: f64) -> f64 {
    if let (Some(x @ 0..), Some(y @ 1..)) = (small_int(a), small_int(b)) {
        return f64::from((x as u32 % y as u32) as i32);
    }
    a - floor(a / b) * b
}

/// The largest whole number not above `n`, without a call: the baseline processor has no
/// instruction for it.
#[inline(always)]
pub(crate) fn floor(n: f64) -> f64 {
    // 2^52: from there on every double is whole (and a NaN stays one); adding it to a smaller
    // magnitude rounds that to a whole number.
    const SHIFT: f64 = 4_503_599_627_370_496.0;
    let size = n.abs();
    if size < SHIFT {
        let rounded = ((size + SHIFT) - SHIFT).copysign(n);
        if rounded > n { rounded - 1.0 } else { rounded }
    } else {
        n
    }
}

/// `a ^ b` as C's `pow` gives it.
#[inline]
pub fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 { square(a) } else { a.powf(b) }
}

/// `a ^ 2` as `pow` gives it, which errs in a few of a hundred units in the last place before it rounds.
/// So it is the rounded product, unless the exact one is close to the middle between two numbers: that
/// is told by the rounding error, computed from the halves of the factor.
#[inline]
pub fn square(a: f64) -> f64 {
    /// Multiplying by this and subtracting leaves the upper half of the digits.
    const SPLIT: f64 = 134_217_729.0;
    /// Two fifths of half a unit in the last place of 1: of a number, at most two fifths of its unit.
    const SURE: f64 = 0.4 * f64::EPSILON / 2.0;
    let product = a * a;
    if a.abs() > 1e-100 && a.abs() < 1e100 {
        let wide = a * SPLIT;
        let high = wide - (wide - a);
        let low = a - high;
        let error = ((high * high - product) + 2.0 * high * low) + low * low;
        if error.abs() <= product * SURE {
            return product;
        }
    }
    square_of_c(a)
}

/// C's `pow(a, 2)`; the compiler would multiply if it saw that the exponent is 2. This is a function of
/// its own because a hot handler must not hold what `black_box` looks at: its last call would stay a call.
#[inline(never)]
fn square_of_c(a: f64) -> f64 {
    a.powf(std::hint::black_box(2.0))
}

/// Three-way comparison of byte strings, as `strcoll` does it in the C locale.
pub fn compare_bytes(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    a.cmp(b)
}

/// What marks the register right of a pending `__concat`; no guest can make this word.
pub(crate) const CONCAT_MARK: Value = Value::tagged(0xFFFF_FF01, 0);

/// What an operation on two values comes to.
#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    /// The truth value.
    Is(bool),
    /// This handler has to be called with both.
    Call(Value),
    /// The handler has to be called with both exchanged, and its answer negated.
    CallSwapped(Value),
    /// There is no such operation on these values.
    Cannot,
}

impl Cpu<'_, '_> {
    pub(super) fn arith(&mut self, w: Word, event: Event) -> Result<Flow, Raise> {
        let (a, b) = (self.rk(w.b()), self.rk(w.c()));
        if let (Some(x), Some(y)) = (self.operand_number(a), self.operand_number(b)) {
            self.set_reg(w.a(), Value::number(arithmetic(event, x, y)));
            return Ok(Flow::Next);
        }
        let handler = self.binary_handler(a, b, event);
        if handler.is_nil() {
            let culprit = if to_number(self.mem, a).is_none() {
                (a, w.b())
            } else {
                (b, w.c())
            };
            return Err(self.type_error("perform arithmetic on", culprit.0, register(culprit.1)));
        }
        self.call_metamethod(handler, &[a, b], stubs::META)
    }

    /// The handler of the first operand, else of the second.
    pub fn binary_handler(&mut self, a: Value, b: Value, event: Event) -> Value {
        let handler = meta::handler(self.mem, a, event);
        if handler.is_nil() {
            meta::handler(self.mem, b, event)
        } else {
            handler
        }
    }

    pub(super) fn negate(&mut self, w: Word) -> Result<Flow, Raise> {
        let v = self.reg(w.b() as u8);
        if let Some(n) = self.operand_number(v) {
            self.set_reg(w.a(), Value::number(-n));
            return Ok(Flow::Next);
        }
        let handler = meta::handler(self.mem, v, Event::Unm);
        if handler.is_nil() {
            return Err(self.type_error("perform arithmetic on", v, Some(w.b() as u8)));
        }
        self.call_metamethod(handler, &[v, v], stubs::META)
    }

    pub(super) fn length(&mut self, w: Word) -> Result<Flow, Raise> {
        let v = self.reg(w.b() as u8);
        if self.dialect().has_table_metamethods() && v.type_of() == Type::Table {
            let handler = meta::handler(self.mem, v, Event::Len);
            if !handler.is_nil() {
                return self.call_metamethod(handler, &[v, v], stubs::META);
            }
        }
        let len = match (Table::of(v), Str::of(v)) {
            (Some(t), _) => table::border(self.mem, t),
            (_, Some(s)) => string::len(self.mem, s),
            _ => {
                let handler = meta::handler(self.mem, v, Event::Len);
                if handler.is_nil() {
                    return Err(self.type_error("get length of", v, Some(w.b() as u8)));
                }
                return self.call_metamethod(handler, &[v, Value::NIL], stubs::META);
            }
        };
        self.set_reg(w.a(), Value::number(f64::from(len)));
        Ok(Flow::Next)
    }

    pub(super) fn compare(&mut self, w: Word) -> Result<Flow, Raise> {
        let (a, b) = (self.rk(w.b()), self.rk(w.c()));
        let outcome = match w.op() {
            Some(Op::Eq) => self.equal(a, b),
            Some(Op::Lt) => self.less(a, b),
            _ => self.less_equal(a, b),
        };
        match outcome {
            Outcome::Is(yes) => Ok(self.branch(yes == (w.a() != 0))),
            Outcome::Call(handler) => self.call_metamethod(handler, &[a, b], stubs::META),
            Outcome::CallSwapped(handler) => {
                self.call_metamethod(handler, &[b, a], stubs::META_NOT)
            }
            Outcome::Cannot => Err(self.compare_error(a, b)),
        }
    }

    /// `a == b`.
    pub fn equal(&mut self, a: Value, b: Value) -> Outcome {
        if raw_equal(a, b) {
            return Outcome::Is(true);
        }
        let of = a.type_of();
        if of != b.type_of() || !matches!(of, Type::Table | Type::Userdata) {
            return Outcome::Is(false);
        }
        let handler = self.shared_handler(a, b, Event::Eq);
        if handler.is_nil() {
            Outcome::Is(false)
        } else {
            Outcome::Call(handler)
        }
    }

    /// The handler of both operands, when they have the same one.
    fn shared_handler(&mut self, a: Value, b: Value, event: Event) -> Value {
        let first = meta::handler(self.mem, a, event);
        if first.is_nil() {
            return first;
        }
        let second = meta::handler(self.mem, b, event);
        if raw_equal(first, second) {
            first
        } else {
            Value::NIL
        }
    }

    /// `a < b`.
    pub fn less(&mut self, a: Value, b: Value) -> Outcome {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Outcome::Is(x < y);
        }
        if let Some(order) = self.string_order(a, b) {
            return Outcome::Is(order.is_lt());
        }
        if a.type_of() != b.type_of() {
            return Outcome::Cannot;
        }
        let handler = self.shared_handler(a, b, Event::Lt);
        if handler.is_nil() {
            Outcome::Cannot
        } else {
            Outcome::Call(handler)
        }
    }

    /// `a <= b`.
    pub fn less_equal(&mut self, a: Value, b: Value) -> Outcome {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Outcome::Is(x <= y);
        }
        if let Some(order) = self.string_order(a, b) {
            return Outcome::Is(order.is_le());
        }
        if a.type_of() != b.type_of() {
            return Outcome::Cannot;
        }
        let handler = self.shared_handler(a, b, Event::Le);
        if !handler.is_nil() {
            return Outcome::Call(handler);
        }
        let handler = self.shared_handler(a, b, Event::Lt);
        if handler.is_nil() {
            Outcome::Cannot
        } else {
            Outcome::CallSwapped(handler)
        }
    }

    fn string_order(&mut self, a: Value, b: Value) -> Option<std::cmp::Ordering> {
        if a.tag() != TAG_STRING || b.tag() != TAG_STRING {
            return None;
        }
        let (x, y) = (
            string::bytes_of(self.mem, a)?,
            string::bytes_of(self.mem, b)?,
        );
        let cost = x.len().min(y.len()) as u64 / 64;
        let order = compare_bytes(x, y);
        self.take_fuel(cost);
        Some(order)
    }

    /// `R(A) := R(B) .. … .. R(C)`. The partial result of a metamethod waits in the last register
    /// that is still to be joined.
    pub(super) fn concat(&mut self, w: Word) -> Result<Flow, Raise> {
        let (first, last) = (w.b() as u8, w.c() as u8);
        self.concat_from(w, first, last)
    }

    /// Joins registers `first..=last` from the right; the last one may hold a partial result.
    pub(super) fn concat_from(&mut self, w: Word, first: u8, last: u8) -> Result<Flow, Raise> {
        let mut last = last;
        while last > first {
            let (a, b) = (self.reg(last - 1), self.reg(last));
            let joinable = |v: Value| v.is_number() || v.tag() == TAG_STRING;
            if !joinable(a) || !joinable(b) {
                let handler = self.binary_handler(a, b, Event::Concat);
                if handler.is_nil() {
                    let culprit = if joinable(a) {
                        (b, last)
                    } else {
                        (a, last - 1)
                    };
                    return Err(self.type_error("concatenate", culprit.0, Some(culprit.1)));
                }
                // Where to go on after the call: the register that takes the partial result.
                self.set_reg(last, CONCAT_MARK);
                return self.call_metamethod(handler, &[a, b], stubs::META);
            }
            let mut run = last - 1;
            while run > first && joinable(self.reg(run - 1)) {
                run -= 1;
            }
            // An instruction that joins more than this cannot begin again.
            let is_all = run == first && u16::from(last) == w.c();
            let joined = self.join(run, last, is_all)?;
            if is_all {
                self.set_reg(w.a(), joined);
                return Ok(Flow::Next);
            }
            self.set_reg(run, joined);
            last = run;
        }
        let v = self.reg(first);
        self.set_reg(w.a(), v);
        Ok(Flow::Next)
    }

    /// A `__concat` handler has answered: its result takes the place left of the mark.
    pub(super) fn concat_resume(&mut self, w: Word, result: Value) -> Result<Flow, Raise> {
        let (first, end) = (w.b() as u8, w.c() as u8);
        // The leftmost mark is the newest: those of earlier calls stay to the right of it.
        let mut mark = first;
        while mark < end && self.reg(mark) != CONCAT_MARK {
            mark += 1;
        }
        let last = mark.saturating_sub(1).max(first);
        self.set_reg(last, result);
        self.concat_from(w, first, last)
    }

    /// The string of the texts of registers `first..=last`, all strings or numbers, and whether that is all that the
    /// instruction does.
    fn join(&mut self, first: u8, last: u8, is_all: bool) -> Result<Value, Raise> {
        let from = self.base.wrapping_add(u32::from(first) * 8);
        let mut text = [0; TEXT_BUFFER];
        if let Some(len) = gather(self.mem, from, u32::from(last - first) + 1, &mut text) {
            self.take_fuel(len as u64 / 64);
            return self.new_str(text.get(..len).unwrap_or_default());
        }
        let mut total = 0u64;
        for i in first..=last {
            let v = self.reg(i);
            // A string with an empty neighbour is the result itself only by way of its bytes.
            let s = match self.to_str(v)? {
                Some(s) => s,
                None => return Ok(Value::NIL),
            };
            self.set_reg(i, s.into());
            total += u64::from(string::len(self.mem, s));
        }
        if is_all && is_long(total) {
            return self.join_long(first, last, total);
        }
        self.take_fuel(total / 64);
        let base = self.base;
        let s = string::build(self.mem, total, |mem, to| {
            let mut at = to;
            for i in first..=last {
                let s = Str(Value(mem.load(base.wrapping_add(u32::from(i) * 8))).payload());
                let len = string::len(mem, s);
                mem.copy(s.0 + Str::SIZE, at, len);
                at += len;
            }
        })?;
        Ok(s.into())
    }
}

/// Longest result of a concatenation that is put together outside the cage first, so that a string
/// that exists already is found without making another.
const SHORT_TEXT: usize = 128;

/// Bytes of the buffer that texts are gathered in: the last string may be copied with some bytes too many.
pub(super) const TEXT_BUFFER: usize = SHORT_TEXT + WIDE;
/// Bytes that are copied at once, whatever a string's length.
const WIDE: usize = 16;

/// Puts the texts of `count` strings and numbers from `first` on one behind the other; gives their length,
/// if that is at most [`SHORT_TEXT`].
#[inline(always)]
pub(super) fn gather(
    mem: &Mem<'_>,
    first: u32,
    count: u32,
    text: &mut [u8; TEXT_BUFFER],
) -> Option<usize> {
    let mut len = 0;
    for i in 0..count {
        let v = Value(mem.load(first.wrapping_add(i * 8)));
        len = match Str::of(v) {
            Some(s) => put_string(mem, text, len, s)?,
            None => put(text, len, number::format_number(v.as_number()?).as_bytes())?,
        };
    }
    Some(len)
}

/// Puts a string behind the first `len` bytes; gives their number afterwards. Most strings are so short
/// that copying two words takes less time than a loop or a call.
#[inline(always)]
fn put_string(mem: &Mem<'_>, text: &mut [u8; TEXT_BUFFER], len: usize, s: Str) -> Option<usize> {
    let size = string::len(mem, s) as usize;
    if size > WIDE {
        return put(text, len, string::bytes(mem, s));
    }
    let from = s.0 + Str::SIZE;
    let (low, high) = (mem.load::<u64>(from), mem.load::<u64>(from.wrapping_add(8)));
    let to = text.get_mut(len..)?.first_chunk_mut::<WIDE>()?;
    *to = (u128::from(low) | u128::from(high) << 64).to_le_bytes();
    Some(len + size).filter(|&end| end <= SHORT_TEXT)
}

fn put(text: &mut [u8; TEXT_BUFFER], len: usize, bytes: &[u8]) -> Option<usize> {
    let end = len
        .checked_add(bytes.len())
        .filter(|&end| end <= SHORT_TEXT)?;
    text.get_mut(len..end)?.copy_from_slice(bytes);
    Some(end)
}

/// Equality without metamethods.
#[inline]
pub fn raw_equal(a: Value, b: Value) -> bool {
    match (a.as_number(), b.as_number()) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

fn register(operand: u16) -> Option<u8> {
    u8::try_from(operand).ok()
}
