//! Arguments that Lua 5.3 wants whole, for the functions that come from there. Those of Lua 5.1 cut what
//! they get; must not be used for them.

use bvm_vm::args::to_integer;
use bvm_vm::{Cpu, Raise};

/// Argument `i` as an integer of 64 bits that is equal to it.
///
/// # Errors
/// Another type, a fraction, or out of range.
#[inline]
pub(crate) fn check_whole(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<i64, Raise> {
    let n = cpu.check_number(i)?;
    let whole = to_integer(n);
    if whole as f64 == n {
        Ok(whole)
    } else {
        Err(cpu.arg_error(i, b"number has no integer representation"))
    }
}

/// [`check_whole`] with a default for nil.
///
/// # Errors
/// As there.
#[inline]
pub(crate) fn opt_whole(cpu: &mut Cpu<'_, '_>, i: u32, default: i64) -> Result<i64, Raise> {
    if cpu.arg(i).is_nil() {
        Ok(default)
    } else {
        check_whole(cpu, i)
    }
}

/// [`check_whole`] for what has no sign: a negative integer stands for its two's complement.
///
/// # Errors
/// As there.
pub(crate) fn check_unsigned(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<u64, Raise> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    let n = cpu.check_number(i)?;
    if (TWO_TO_63..2.0 * TWO_TO_63).contains(&n) {
        // Numbers of this size have no fractions.
        Ok(n as u64)
    } else {
        check_whole(cpu, i).map(|n| n as u64)
    }
}
