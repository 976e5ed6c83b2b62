//! Jumps, and comparisons fused with the jump behind them.
//!
//! A fused comparison costs one unit, and one more when it jumps. Fuel is a distance to `ip`, so a jump
//! moves both by the same displacement, and going over the unused jump gives its unit back.
//!
//! Whether fuel is left is asked at back-edges alone: a program that only goes forward comes to an end or
//! to a call. A fused comparison therefore jumps forward; where the source jumps back it goes to the
//! jump behind it, which is a back-edge that it has paid already.

use super::table::lacks_event;
use super::{Core, Memory, Regs, become_, dispatch, dispatch_checked, field, handler, leave};
use crate::data::string;
use crate::exec::cpu::SLOT;
use crate::exec::operate::compare_bytes;
use crate::meta::Event;
use crate::objects::Str;
use crate::objects::root::{self, AT};
use crate::value::{TAG_FALSE, TAG_MIN, TAG_STRING, TAG_TABLE, TAG_USERDATA, Value};
use bvm_cage::Window;

handler! { jump(r) {
    let by = r.core.get(r.ip, field::JUMP);
    r.ip = r.ip.wrapping_add(SLOT).wrapping_add_signed(by);
    r.fuel.jump(by);
    dispatch!(r)
} }

handler! {
    /// A back-edge; `PAID` by the comparison before it.
    jump_back<const PAID: bool>(r) {
        let by = r.core.get(r.ip, field::JUMP);
        r.ip = r.ip.wrapping_add(SLOT).wrapping_add_signed(by);
        r.fuel.jump(by);
        if PAID {
            r.fuel.skip();
        }
        dispatch_checked!(r)
    }
}

/// Takes or passes over the jump in the next slot.
macro_rules! branch {
    ($r:ident, $taken:expr) => {{
        if $taken {
            let by = $r.core.get($r.ip, field::JUMP);
            $r.ip = $r.ip.wrapping_add(2 * SLOT).wrapping_add_signed(by);
            $r.fuel.jump(by);
            dispatch!($r)
        }
        $r.ip = $r.ip.wrapping_add(2 * SLOT);
        $r.fuel.skip();
        dispatch!($r)
    }};
}

handler! { eq<const YES: bool>(r) {
    let (x, y): (u64, u64) = (r.reg(r.b()), r.reg(r.c()));
    let tag = (x >> 32) as u32;
    let equal = if x == y {
        // Equal words are equal values, but for NaN.
        tag >= TAG_MIN || !f64::from_bits(x).is_nan()
    } else {
        let same_tag = tag == (y >> 32) as u32;
        if same_tag && (tag == TAG_TABLE || tag == TAG_USERDATA) {
            become_!(r, eq_objects::<S, YES>)
        }
        f64::from_bits(x) == f64::from_bits(y)
    };
    branch!(r, equal == YES)
} }

handler! {
    /// Two objects that are not the same: unequal, unless there is an `__eq` to ask.
    #[inline(never)]
    eq_objects<const YES: bool>(r) {
        let x = Value(r.reg(r.b()));
        if x.tag() != TAG_TABLE || !lacks_event(&r.core, x.payload(), Event::Eq) {
            leave!(r)
        }
        branch!(r, !YES)
    }
}

handler! { eq_number<const YES: bool>(r) {
    let x: f64 = r.core.reg(r.base, r.b());
    let y: f64 = r.core.konst(r.k, u16::from(r.c()));
    branch!(r, (x == y) == YES)
} }

handler! { eq_word<const YES: bool>(r) {
    let x = r.reg(r.b());
    let y = r.core.konst::<u64>(r.k, u16::from(r.c()));
    branch!(r, (x == y) == YES)
} }

/// Leaves the order of two strings in the root page: negative, zero or positive.
#[inline(never)]
fn order_strings<S: Memory>(mut core: Core<'_, S>, x: u32, y: u32) -> Core<'_, S> {
    let mem = core.masked();
    let order = compare_bytes(string::bytes(&mem, Str(x)), string::bytes(&mem, Str(y)));
    core.set(AT, root::SIGNAL, order as i8 as u32);
    core
}

/// Defines the handlers of an order: of numbers, and out of line of strings.
macro_rules! order {
    ($name:ident, $strings:ident, $op:tt, $not:tt, $r:ident => $x:expr, $y:expr) => {
        handler! { $name<const YES: bool>($r) {
            let (x, y): (f64, f64) = ($x, $y);
            let holds = x $op y;
            let fails = x $not y;
            if !holds && !fails {
                // Unordered: an operand is no number.
                become_!($r, $strings::<S, YES>)
            }
            branch!($r, holds == YES)
        } }

        handler! {
            #[inline(never)]
            $strings<const YES: bool>($r) {
                let (x, y): (u64, u64) = ($x, $y);
                let (x, y) = (Value(x), Value(y));
                if x.tag() != TAG_STRING || y.tag() != TAG_STRING {
                    leave!($r)
                }
                let (x, y) = (x.payload(), y.payload());
                let len = $r.core.get(x, Str::LEN).min($r.core.get(y, Str::LEN));
                $r.fuel.pay(len / 64);
                $r.core = order_strings($r.core, x, y);
                let order = $r.core.get(AT, root::SIGNAL) as i32;
                branch!($r, (order $op 0) == YES)
            }
        }
    };
}

order!(lt, lt_strings, <, >=, r => r.core.reg(r.base, r.b()), r.core.reg(r.base, r.c()));
order!(lt_rk, lt_strings_rk, <, >=, r => r.core.reg(r.base, r.b()), r.core.konst(r.k, u16::from(r.c())));
order!(lt_kr, lt_strings_kr, <, >=, r => r.core.konst(r.k, u16::from(r.b())), r.core.reg(r.base, r.c()));
order!(le, le_strings, <=, >, r => r.core.reg(r.base, r.b()), r.core.reg(r.base, r.c()));
order!(le_rk, le_strings_rk, <=, >, r => r.core.reg(r.base, r.b()), r.core.konst(r.k, u16::from(r.c())));
order!(le_kr, le_strings_kr, <=, >, r => r.core.konst(r.k, u16::from(r.b())), r.core.reg(r.base, r.c()));

handler! { test<const YES: bool>(r) {
    let truthy = r.core.reg_high(r.base, r.a()) < TAG_FALSE;
    branch!(r, truthy == YES)
} }

handler! { test_set<const YES: bool>(r) {
    let v = r.reg(r.b());
    let taken = (((v >> 32) as u32) < TAG_FALSE) == YES;
    if taken {
        r.set(r.a(), v);
    }
    branch!(r, taken)
} }
