//! `bit32`: the operations of Lua 5.2 on 32 bits, whose results are not negative. Those of LuaJIT are in
//! `bit`.
//!
//! Where two arguments are wrong, the one that `lua5.2` complains of is the one checked first here.

use crate::base::{check_int, opt_int};
use crate::bit::{check_bits, fold};
use crate::define::Library;
use crate::functions;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "bit32",
    functions: &[],
    additions: functions! { "bit32":
        /// `bit32.arshift(x, n)`: x shifted right by n bits, filled up with copies of its highest bit.
        "arshift" = arshift, leaf;
        /// `bit32.band(...)`: the bits that are set in all arguments.
        "band" = band, leaf;
        /// `bit32.bnot(x)`: the bits that are not set in x.
        "bnot" = bnot, leaf;
        /// `bit32.bor(...)`: the bits that are set in any argument.
        "bor" = bor, leaf;
        /// `bit32.btest(...)`: whether any bit is set in all arguments.
        "btest" = btest, leaf;
        /// `bit32.bxor(...)`: the bits that are set in an odd number of arguments.
        "bxor" = bxor, leaf;
        /// `bit32.extract(x, field [, width])`: the number that `width` bits (1 by default) of x from bit `field` on are.
        "extract" = extract, leaf;
        /// `bit32.lrotate(x, n)`: x rotated left by n bits.
        "lrotate" = lrotate, leaf;
        /// `bit32.lshift(x, n)`: x shifted left by n bits, right for negative n.
        "lshift" = lshift, leaf;
        /// `bit32.replace(x, v, field [, width])`: x with the number v in `width` bits (1 by default) from bit `field` on.
        "replace" = replace, leaf;
        /// `bit32.rrotate(x, n)`: x rotated right by n bits.
        "rrotate" = rrotate, leaf;
        /// `bit32.rshift(x, n)`: x shifted right by n bits, left for negative n.
        "rshift" = rshift, leaf;
    },
    outermost: Ring::Plugin,
    open: None,
};

/// How many bits a number has.
const BITS: i32 = 32;

#[inline]
fn answer(cpu: &mut Cpu<'_, '_>, bits: u32) -> Answer {
    cpu.push(Value::number(f64::from(bits)));
    Ok(Next::Return(1))
}

fn band(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = fold(cpu, 1, u32::MAX, |x, y| x & y)?;
    answer(cpu, bits)
}

fn bor(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = fold(cpu, 1, 0, |x, y| x | y)?;
    answer(cpu, bits)
}

fn bxor(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = fold(cpu, 1, 0, |x, y| x ^ y)?;
    answer(cpu, bits)
}

fn btest(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = fold(cpu, 1, u32::MAX, |x, y| x & y)?;
    cpu.push(Value::boolean(bits != 0));
    Ok(Next::Return(1))
}

fn bnot(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = check_bits(cpu, 1)?;
    answer(cpu, !bits)
}

/// Bits shifted left by a distance, right by a negative one; nothing is left after 32.
fn shifted(bits: u32, left: i32) -> u32 {
    let distance = left.unsigned_abs();
    let moved = match left < 0 {
        true => bits.checked_shr(distance),
        false => bits.checked_shl(distance),
    };
    moved.unwrap_or(0)
}

fn lshift(cpu: &mut Cpu<'_, '_>) -> Answer {
    let distance = check_int(cpu, 2)?;
    let bits = check_bits(cpu, 1)?;
    answer(cpu, shifted(bits, distance))
}

fn rshift(cpu: &mut Cpu<'_, '_>) -> Answer {
    let distance = check_int(cpu, 2)?;
    let bits = check_bits(cpu, 1)?;
    // The least distance has no opposite; either way nothing is left.
    answer(cpu, shifted(bits, distance.saturating_neg()))
}

fn arshift(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = check_bits(cpu, 1)?;
    let distance = check_int(cpu, 2)?;
    let moved = match distance < 0 {
        true => shifted(bits, distance.saturating_neg()),
        false => (bits as i32 >> distance.min(BITS - 1)) as u32,
    };
    answer(cpu, moved)
}

fn lrotate(cpu: &mut Cpu<'_, '_>) -> Answer {
    let distance = check_int(cpu, 2)?;
    let bits = check_bits(cpu, 1)?;
    answer(cpu, bits.rotate_left(distance as u32 & 31))
}

fn rrotate(cpu: &mut Cpu<'_, '_>) -> Answer {
    let distance = check_int(cpu, 2)?;
    let bits = check_bits(cpu, 1)?;
    answer(cpu, bits.rotate_right(distance as u32 & 31))
}

/// The field that arguments `i` and `i + 1` describe: its first bit, and as many set bits as it is wide.
fn field(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<(u32, u32), Raise> {
    let first = check_int(cpu, i)?;
    let width = opt_int(cpu, i + 1, 1)?;
    if first < 0 {
        return Err(cpu.arg_error(i, b"field cannot be negative"));
    }
    if width <= 0 {
        return Err(cpu.arg_error(i + 1, b"width must be positive"));
    }
    if first.saturating_add(width) > BITS {
        return Err(cpu.fail("trying to access non-existent bits"));
    }
    Ok((first as u32, u32::MAX >> (BITS - width)))
}

fn extract(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = check_bits(cpu, 1)?;
    let (first, mask) = field(cpu, 2)?;
    answer(cpu, bits >> first & mask)
}

fn replace(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = check_bits(cpu, 1)?;
    let by = check_bits(cpu, 2)?;
    let (first, mask) = field(cpu, 3)?;
    answer(cpu, bits & !(mask << first) | (by & mask) << first)
}
