//! Numeric loops. The verifier has made sure that the control registers hold numbers.

use super::{Core, Memory, Regs, dispatch, dispatch_checked, field, handler, leave, next};
use crate::exec::cpu::SLOT;
use crate::value::Value;
use bvm_cage::Window;

handler! { for_loop(r) {
    let a = r.a();
    let step: f64 = r.core.reg(r.base, a.wrapping_add(2));
    let limit: f64 = r.core.reg(r.base, a.wrapping_add(1));
    let index = r.core.reg::<f64>(r.base, a) + step;
    let goes_on = if step > 0.0 { index <= limit } else { limit <= index };
    if !goes_on {
        next!(r)
    }
    r.core.set_reg(r.base, a, index);
    r.core.set_reg(r.base, a.wrapping_add(3), index);
    let by = r.core.get(r.ip, field::JUMP);
    r.ip = r.ip.wrapping_add(SLOT).wrapping_add_signed(by);
    r.fuel.jump(by);
    dispatch_checked!(r)
} }

handler! { for_prep(r) {
    let a = r.a();
    let index = Value(r.reg(a));
    let limit = Value(r.reg(a.wrapping_add(1)));
    let step = Value(r.reg(a.wrapping_add(2)));
    if !(index.is_number() && limit.is_number() && step.is_number()) {
        leave!(r)
    }
    let start = f64::from_bits(index.0) - f64::from_bits(step.0);
    if start.is_nan() {
        leave!(r)
    }
    r.core.set_reg(r.base, a, start);
    let by = r.core.get(r.ip, field::JUMP);
    r.ip = r.ip.wrapping_add(SLOT).wrapping_add_signed(by);
    r.fuel.jump(by);
    dispatch!(r)
} }
