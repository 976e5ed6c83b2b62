//! Numbers that a native keeps in its window for itself: whole, of 32 bits, and without the cost of
//! doubles. Must not be used for values that Lua code gets.

use bvm_vm::args::MAX_WINDOW;
use bvm_vm::value::TAG_LIGHT;
use bvm_vm::{Cpu, Value};

/// The value that stands for a number in the window.
#[inline]
pub(crate) fn value(n: u32) -> Value {
    Value::tagged(TAG_LIGHT, n)
}

/// The number in slot `i`, which is there. A strange snapshot may have any number in it, so what else it may
/// have need not be told from one.
#[inline]
pub(crate) fn number(cpu: &Cpu<'_, '_>, i: u32) -> u32 {
    cpu.kept(i).payload()
}

/// Puts a number into slot `i`, which is there.
#[inline]
pub(crate) fn set_number(cpu: &mut Cpu<'_, '_>, i: u32, n: u32) {
    cpu.keep(i, value(n));
}

/// A number of slots or arguments that a native keeps as a Lua number: no more than a window can have.
#[inline]
pub(crate) fn whole(v: Value) -> u32 {
    v.as_number().map_or(0, |n| n as u32).min(MAX_WINDOW)
}

/// A place in a table or a string that a native keeps as a Lua number: sums of some do not overflow.
#[inline]
pub(crate) fn place(v: Value) -> i64 {
    const FAR: f64 = (1u64 << 54) as f64;
    v.as_number().unwrap_or(0.0).clamp(-FAR, FAR) as i64
}
