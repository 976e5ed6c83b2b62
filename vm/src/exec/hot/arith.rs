//! Arithmetic on numbers. A result that is a NaN leaves: an operand was no number, or the NaN has to
//! be made canonical.

use super::{Core, Memory, Regs, become_, dispatch, handler, leave, next};
use crate::exec::cpu::SLOT;
use crate::exec::operate;
use crate::value::Value;
use bvm_cage::Window;

/// The right operand: a register or a constant.
#[inline(always)]
fn right<S: Memory, const K: bool>(r: &Regs<'_, S>) -> f64 {
    if K {
        r.core.konst(r.k, u16::from(r.c()))
    } else {
        r.core.reg(r.base, r.c())
    }
}

macro_rules! binary {
    ($name:ident, $x:ident, $y:ident, $result:expr) => {
        handler! { $name<const K: bool>(r) {
            let $x: f64 = r.core.reg(r.base, r.b());
            let $y = right::<S, K>(&r);
            let result: f64 = $result;
            if result.is_nan() {
                become_!(r, super::meta::arith)
            }
            r.core.set_reg(r.base, r.a(), result);
            next!(r)
        } }
    };
}

binary!(add, x, y, x + y);
binary!(sub, x, y, x - y);
binary!(mul, x, y, x * y);
binary!(div, x, y, x / y);
binary!(modulo, x, y, operate::modulo(x, y));

handler! {
    /// A product and, in the next slot, a sum.
    mul_add(r) {
        let x: f64 = r.core.reg(r.base, r.b());
        let product: f64 = x * right::<S, false>(&r);
        if product.is_nan() {
            become_!(r, super::meta::arith)
        }
        r.core.set_reg(r.base, r.a(), product);
        r.ip = r.ip.wrapping_add(SLOT);
        let x: f64 = r.core.reg(r.base, r.b());
        let sum: f64 = x + right::<S, false>(&r);
        if sum.is_nan() {
            become_!(r, super::meta::arith)
        }
        r.core.set_reg(r.base, r.a(), sum);
        next!(r)
    }
}

macro_rules! constant_left {
    ($name:ident, $x:ident, $y:ident, $result:expr) => {
        handler! { $name(r) {
            let $x: f64 = r.core.konst(r.k, u16::from(r.b()));
            let $y: f64 = r.core.reg(r.base, r.c());
            let result: f64 = $result;
            if result.is_nan() {
                become_!(r, super::meta::arith)
            }
            r.core.set_reg(r.base, r.a(), result);
            next!(r)
        } }
    };
}

constant_left!(sub_k, x, y, x - y);
constant_left!(div_k, x, y, x / y);

handler! { square(r) {
    let x: f64 = r.core.reg(r.base, r.b());
    let result = operate::square(x);
    if result.is_nan() {
        leave!(r)
    }
    r.core.set_reg(r.base, r.a(), result);
    next!(r)
} }

handler! { pow<const K: bool>(r) {
    let x: f64 = r.core.reg(r.base, r.b());
    let y = right::<S, K>(&r);
    // A power can be a number though an operand is none.
    if x.is_nan() || y.is_nan() {
        leave!(r)
    }
    let result = operate::power(x, y);
    if result.is_nan() {
        leave!(r)
    }
    r.core.set_reg(r.base, r.a(), result);
    next!(r)
} }

handler! { unm(r) {
    let v = Value(r.reg(r.b()));
    if !v.is_number() {
        become_!(r, super::meta::unm)
    }
    r.set(r.a(), v.0 ^ 1 << 63);
    next!(r)
} }
