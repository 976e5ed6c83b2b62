//! Natives that the engine does itself in their usual case: of the right arguments, for one result at most
//! or an open list. Everything else is up to the native, which does the same. No fuel but the call's unit.

use super::enter::{arguments, copy_up};
use super::native::{call_leaf, is_quiet};
use super::table::{Probe, handler_of, is_plain_key, probe_any};
use super::{Core, DUE, GO_ON, Memory, OUT, Regs, become_, dispatch, handler, next};
use crate::data::string;
use crate::exec::cpu::SLOT;
use crate::exec::operate;
use crate::meta::Event;
use crate::objects::root::{self, AT};
use crate::objects::{NativeClosure, Str, Table, node};
use crate::value::{TAG_STRING, TAG_TABLE, Value, small_int};
use bvm_cage::Window;

/// Ends a call with one result: in the place of the function, where it is wanted.
macro_rules! give {
    ($r:ident, $word:expr) => {{
        let word: u64 = $word;
        let a = $r.a();
        match $r.c() {
            2 => $r.set(a, word),
            1 => {}
            0 => {
                $r.set(a, word);
                let top = $r
                    .core
                    .offset_of($r.base)
                    .wrapping_add(8 + u32::from(a) * 8);
                $r.core.set(AT, root::TOP, top);
            }
            _ => become_!($r, call_leaf),
        }
        next!($r)
    }};
}

/// Argument `i`, counted from 1.
#[inline(always)]
fn arg<S: Memory>(r: &Regs<'_, S>, i: u8) -> u64 {
    r.reg(r.a().wrapping_add(i))
}

/// Functions of one number; a result that is a NaN is up to the native.
macro_rules! of_one {
    ($($name:ident = |$x:ident| $result:expr;)*) => { $(
        handler! { $name(r) {
            let $x = f64::from_bits(arg(&r, 1));
            let result: f64 = $result;
            if arguments(&r) == 0 || result.is_nan() {
                become_!(r, call_leaf)
            }
            give!(r, result.to_bits())
        } }
    )* };
}

of_one! {
    floor = |x| operate::floor(x);
    sqrt = |x| x.sqrt();
    abs = |x| x.abs();
}

/// Functions of two numbers.
macro_rules! of_two {
    ($($name:ident = |$x:ident, $y:ident| $result:expr;)*) => { $(
        handler! { $name(r) {
            let ($x, $y) = (f64::from_bits(arg(&r, 1)), f64::from_bits(arg(&r, 2)));
            if arguments(&r) != 2 || $x.is_nan() || $y.is_nan() {
                become_!(r, call_leaf)
            }
            let result: f64 = $result;
            give!(r, result.to_bits())
        } }
    )* };
}

of_two! {
    max = |x, y| if y > x { y } else { x };
    min = |x, y| if y < x { y } else { x };
}

handler! {
    /// The name of a type is one of the upvalues.
    type_name(r) {
        if arguments(&r) == 0 {
            become_!(r, call_leaf)
        }
        let number = Value(arg(&r, 1)).type_of() as u32;
        let f = Value(r.reg(r.a())).payload();
        give!(r, r.core.load(f.wrapping_add(NativeClosure::SIZE + number * 8)))
    }
}

handler! {
    /// A metatable for a table that has none, or one without `__metatable`.
    set_metatable(r) {
        let (t, meta) = (Value(arg(&r, 1)), Value(arg(&r, 2)));
        if arguments(&r) != 2 || t.tag() != TAG_TABLE || meta.tag() != TAG_TABLE || r.c() > 2 {
            become_!(r, call_leaf)
        }
        let old = r.core.get(t.payload(), Table::META);
        if old != 0 && handler_of(&r.core, old, Event::Metatable).is_none_or(|v| !v.is_nil()) {
            become_!(r, call_leaf)
        }
        r.core.set(t.payload(), Table::META, meta.payload());
        give!(r, t.0)
    }
}

handler! {
    /// `select("#", …)`, and one or all of the values from a place counted from the start.
    select(r) {
        let count = arguments(&r).wrapping_sub(1);
        let n = Value(arg(&r, 1));
        if count > 250 {
            become_!(r, call_leaf)
        }
        if n.tag() == TAG_STRING {
            let first: u8 = r.core.load(n.payload().wrapping_add(Str::SIZE));
            if first != b'#' || r.core.get(n.payload(), Str::LEN) != 1 {
                become_!(r, call_leaf)
            }
            give!(r, f64::from(count).to_bits())
        }
        let Some(n) = small_int(f64::from_bits(n.0)).filter(|&n| n >= 1) else {
            become_!(r, call_leaf)
        };
        if r.c() != 2 {
            become_!(r, select_rest)
        }
        let n = n as u32;
        let v = match n <= count {
            // An open list can reach beyond the last register.
            true => {
                let place = (u32::from(r.a()) + 1).wrapping_add(n).wrapping_mul(8);
                r.core.load(r.core.offset_of(r.base).wrapping_add(place))
            }
            false => Value::NIL.0,
        };
        r.set(r.a(), v);
        next!(r)
    }
}

handler! {
    /// All of the values from a place on.
    #[inline(never)]
    select_rest(r) {
        let (count, n) = (arguments(&r).wrapping_sub(1), small_int(f64::from_bits(arg(&r, 1))));
        let (0, Some(n)) = (r.c(), n) else {
            become_!(r, call_leaf)
        };
        let skipped = (n as u32).wrapping_sub(1).min(count);
        let to = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8);
        let from = to.wrapping_add(16 + skipped * 8);
        let left = (count - skipped) * 8;
        copy_up(&mut r.core, from, to, left);
        r.core.set(AT, root::TOP, to.wrapping_add(left));
        next!(r)
    }
}

handler! {
    /// The code of one byte.
    byte(r) {
        let s = Value(arg(&r, 1));
        let place = match arguments(&r) {
            1 => Some(1),
            2 => small_int(f64::from_bits(arg(&r, 2))),
            _ => None,
        };
        let (TAG_STRING, Some(place), 1..=2) = (s.tag(), place, r.c()) else {
            become_!(r, call_leaf)
        };
        let from = (place as u32).wrapping_sub(1);
        if from >= r.core.get(s.payload(), Str::LEN) {
            become_!(r, call_leaf)
        }
        let code: u8 = r.core.load(s.payload().wrapping_add(Str::SIZE).wrapping_add(from));
        give!(r, f64::from(code).to_bits())
    }
}

handler! {
    /// The string of one byte that has been made before.
    char(r) {
        let code = small_int(f64::from_bits(arg(&r, 1))).and_then(|n| u8::try_from(n).ok());
        let (1, Some(code), 0..=2) = (arguments(&r), code, r.c()) else {
            become_!(r, call_leaf)
        };
        let known = r.core.load::<u32>(root::single(code));
        if known == 0 || !is_quiet(&r) {
            become_!(r, call_leaf)
        }
        give!(r, Value::tagged(TAG_STRING, known).0)
    }
}

/// Longest part of a string that is free.
const FREE_PART: i64 = 64;

/// Leaves the string of `len` bytes of `s` from `from` on in the root page, and in the signal whether there
/// is one; all registers end at `end`.
#[inline(never)]
fn cut<S: Memory>(mut core: Core<'_, S>, s: u32, from: u32, len: u32, end: u32) -> Core<'_, S> {
    if core.get(AT, root::MEMORY_LENT) != 0 {
        // Memory is full: the native knows what to do if there is none for this.
        core.set(AT, root::SIGNAL, OUT);
        return core;
    }
    let mut mem = core.masked();
    // Making a string may collect, and all registers are alive.
    let top = mem.get(AT, root::TOP);
    mem.set(AT, root::TOP, end);
    let (signal, made) = match string::part(&mut mem, Str(s), from, len) {
        Ok(made) if mem.host().walked.get() != 0 => (DUE, made.0),
        Ok(made) => (GO_ON, made.0),
        Err(_) => (OUT, 0),
    };
    core.set(AT, root::TOP, top);
    core.set(AT, root::SIGNAL, signal);
    core.set(AT, root::MADE, made);
    core
}

handler! {
    /// A short part of a string.
    sub(r) {
        let s = Value(arg(&r, 1));
        let from = small_int(f64::from_bits(arg(&r, 2)));
        let to = match arguments(&r) {
            2 => Some(-1),
            3 => small_int(f64::from_bits(arg(&r, 3))),
            _ => None,
        };
        let (TAG_STRING, Some(from), Some(to), 0..=2) = (s.tag(), from, to, r.c()) else {
            become_!(r, call_leaf)
        };
        let size = i64::from(r.core.get(s.payload(), Str::LEN));
        let place = |at: i32| match i64::from(at) {
            at @ 0.. => at,
            at => at + size + 1,
        };
        let (first, last) = (place(from).max(1), place(to).min(size));
        let len = last - first + 1;
        if !(1..=FREE_PART).contains(&len) || !is_quiet(&r) {
            become_!(r, call_leaf)
        }
        let skipped = (first - 1) as u32;
        if len == 1 {
            let at = s.payload().wrapping_add(Str::SIZE).wrapping_add(skipped);
            let known = r.core.load::<u32>(root::single(r.core.load(at)));
            if known != 0 {
                give!(r, Value::tagged(TAG_STRING, known).0)
            }
        }
        let end = r.frame_end();
        r.core = cut(r.core, s.payload(), skipped, len as u32, end);
        match r.core.get(AT, root::SIGNAL) {
            GO_ON => {}
            DUE => r.fuel.pay(r.core.host().walked.take()),
            _ => become_!(r, call_leaf),
        }
        give!(r, Value::tagged(TAG_STRING, r.core.get(AT, root::MADE)).0)
    }
}

handler! {
    string_len(r) {
        let s = Value(arg(&r, 1));
        if arguments(&r) == 0 || s.tag() != TAG_STRING {
            become_!(r, call_leaf)
        }
        let len = r.core.get(s.payload(), Str::LEN);
        give!(r, f64::from(len).to_bits())
    }
}

handler! {
    /// The value of a key that the nodes hold; integers are up to the native.
    raw_get(r) {
        let (t, key) = (Value(arg(&r, 1)), Value(arg(&r, 2)));
        if arguments(&r) != 2 || t.tag() != TAG_TABLE || key.is_number() || !is_plain_key(key) {
            become_!(r, call_leaf)
        }
        let v = match probe_any(&r.core, t.payload(), key) {
            Probe::At(n) => r.core.get(n, node::VALUE),
            Probe::Missing => Value::NIL.0,
            Probe::Unknown => become_!(r, call_leaf),
        };
        give!(r, v)
    }
}
