//! `bit`: operations on 32 bits whose results are signed, as in LuaJIT's BitOp. Those of Lua 5.2, whose
//! results are not, are in `bit32`, which shares the conversion of arguments.

use crate::define::Library;
use crate::functions;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "bit",
    functions: &[],
    additions: functions! { "bit":
        /// `bit.arshift(x, n)`: x shifted right by n bits, filled up with copies of its sign bit.
        "arshift" = arshift, leaf;
        /// `bit.band(x1, ...)`: the bits that are set in all arguments.
        "band" = band, leaf;
        /// `bit.bnot(x)`: the bits that are not set in x.
        "bnot" = bnot, leaf;
        /// `bit.bor(x1, ...)`: the bits that are set in any argument.
        "bor" = bor, leaf;
        /// `bit.bswap(x)`: the four bytes of x in reverse order.
        "bswap" = bswap, leaf;
        /// `bit.bxor(x1, ...)`: the bits that are set in an odd number of arguments.
        "bxor" = bxor, leaf;
        /// `bit.lshift(x, n)`: x shifted left by n bits.
        "lshift" = lshift, leaf;
        /// `bit.rol(x, n)`: x rotated left by n bits.
        "rol" = rol, leaf;
        /// `bit.ror(x, n)`: x rotated right by n bits.
        "ror" = ror, leaf;
        /// `bit.rshift(x, n)`: x shifted right by n bits, filled up with zeros.
        "rshift" = rshift, leaf;
        /// `bit.tobit(x)`: x as a signed number of 32 bits.
        "tobit" = tobit, leaf;
        /// `bit.tohex(x [, n])`: the last n (8 by default) hexadecimal digits of x, large ones for negative n.
        "tohex" = tohex, leaf;
    },
    outermost: Ring::Plugin,
    open: None,
};

/// A number added to this has its lower 32 bits, rounded to a whole number, as the lower half of the sum.
const TO_BITS: f64 = 6_755_399_441_055_744.0;

/// Arguments that are handled for a unit.
const ARGUMENTS: u32 = 4;

/// Most digits that 32 bits have.
const DIGITS: u32 = 8;

/// Argument `i` as 32 bits: whole numbers of up to 51 bits lose their upper bits, fractions are rounded.
#[inline]
pub(crate) fn check_bits(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<u32, Raise> {
    cpu.check_number(i).map(|n| (n + TO_BITS).to_bits() as u32)
}

/// All arguments from number `from` on taken together, beginning with `bits`.
#[inline]
pub(crate) fn fold(
    cpu: &mut Cpu<'_, '_>,
    from: u32,
    mut bits: u32,
    take: fn(u32, u32) -> u32,
) -> Result<u32, Raise> {
    let count = cpu.count();
    cpu.charge(u64::from(count / ARGUMENTS))?;
    for i in from..=count {
        bits = take(bits, check_bits(cpu, i)?);
    }
    Ok(bits)
}

#[inline]
fn answer(cpu: &mut Cpu<'_, '_>, bits: u32) -> Answer {
    cpu.push(Value::number(f64::from(bits as i32)));
    Ok(Next::Return(1))
}

/// Functions of one number.
macro_rules! of_one {
    ($($name:ident = $f:expr;)*) => { $(
        fn $name(cpu: &mut Cpu<'_, '_>) -> Answer {
            let f: fn(u32) -> u32 = $f;
            let bits = check_bits(cpu, 1)?;
            answer(cpu, f(bits))
        }
    )* };
}

of_one! {
    bnot = |x| !x;
    bswap = u32::swap_bytes;
    tobit = |x| x;
}

/// Functions of a number and a distance, of which the lower five bits count.
macro_rules! of_shift {
    ($($name:ident = $f:expr;)*) => { $(
        fn $name(cpu: &mut Cpu<'_, '_>) -> Answer {
            let f: fn(u32, u32) -> u32 = $f;
            let bits = check_bits(cpu, 1)?;
            let distance = check_bits(cpu, 2)? & 31;
            answer(cpu, f(bits, distance))
        }
    )* };
}

of_shift! {
    arshift = |x, n| ((x as i32) >> n) as u32;
    lshift = |x, n| x << n;
    rol = u32::rotate_left;
    ror = u32::rotate_right;
    rshift = |x, n| x >> n;
}

/// Functions of any number of numbers, at least one.
macro_rules! of_many {
    ($($name:ident = $f:expr;)*) => { $(
        fn $name(cpu: &mut Cpu<'_, '_>) -> Answer {
            let first = check_bits(cpu, 1)?;
            let bits = fold(cpu, 2, first, $f)?;
            answer(cpu, bits)
        }
    )* };
}

of_many! {
    band = |x, y| x & y;
    bor = |x, y| x | y;
    bxor = |x, y| x ^ y;
}

fn tohex(cpu: &mut Cpu<'_, '_>) -> Answer {
    let bits = check_bits(cpu, 1)?;
    let count = match cpu.has(2) {
        true => check_bits(cpu, 2)? as i32,
        false => DIGITS as i32,
    };
    let alphabet: &[u8; 16] = match count < 0 {
        true => b"0123456789ABCDEF",
        false => b"0123456789abcdef",
    };
    let count = count.unsigned_abs().min(DIGITS);
    let mut digits = [0; DIGITS as usize];
    for (place, digit) in (0..count).rev().zip(&mut digits) {
        *digit = alphabet[(bits >> (4 * place) & 15) as usize];
    }
    cpu.push_bytes(digits.get(..count as usize).unwrap_or_default())?;
    Ok(Next::Return(1))
}
