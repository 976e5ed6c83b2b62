//! `math`: C's mathematics on doubles, and random numbers from a state of the guest's own. Must not know
//! tables or strings.
//!
//! The random numbers are the same in every run with the same seed.

use crate::base::check_int;
use crate::define::Library;
use crate::functions;
use crate::random;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};
use std::f64::consts::PI;

/// The library.
pub const LIBRARY: Library = Library {
    name: "math",
    functions: functions! { "math":
        /// `math.abs(x)`: x without its sign.
        "abs" = abs, Abs;
        /// `math.acos(x)`: the arc cosine in radians.
        "acos" = acos, leaf;
        /// `math.asin(x)`: the arc sine in radians.
        "asin" = asin, leaf;
        /// `math.atan2(y, x)`: the angle of the point (x, y) in radians.
        "atan2" = atan2, leaf;
        /// `math.atan(x)`: the arc tangent in radians.
        "atan" = atan, leaf;
        /// `math.ceil(x)`: the smallest whole number not below x.
        "ceil" = ceil, leaf;
        /// `math.cosh(x)`: the hyperbolic cosine.
        "cosh" = cosh, leaf;
        /// `math.cos(x)`: the cosine of an angle in radians.
        "cos" = cos, leaf;
        /// `math.deg(x)`: radians as degrees.
        "deg" = deg, leaf;
        /// `math.exp(x)`: e to the power x.
        "exp" = exp, leaf;
        /// `math.floor(x)`: the largest whole number not above x.
        "floor" = floor, Floor;
        /// `math.fmod(x, y)`: the remainder of x / y with the sign of x.
        "fmod" = fmod, leaf;
        /// `math.frexp(x)`: m and e such that x = m * 2^e and m is in [0.5, 1) or zero.
        "frexp" = frexp, leaf;
        /// `math.ldexp(m, e)`: m * 2^e.
        "ldexp" = ldexp, leaf;
        /// `math.log10(x)`: the logarithm to base 10.
        "log10" = log10, leaf;
        /// `math.log(x [, base])`: the natural logarithm; as an addition, to another base.
        "log" = log, leaf;
        /// `math.max(x, ...)`: the largest argument.
        "max" = max, Max;
        /// `math.min(x, ...)`: the smallest argument.
        "min" = min, Min;
        /// `math.modf(x)`: the whole part and the rest.
        "modf" = modf, leaf;
        /// `math.pow(x, y)`: x to the power y.
        "pow" = pow, leaf;
        /// `math.rad(x)`: degrees as radians.
        "rad" = rad, leaf;
        /// `math.random([m [, n]])`: a number in [0, 1), or a whole number from m (or 1) to n.
        "random" = random;
        /// `math.randomseed(x)`: makes the random numbers start over from x.
        "randomseed" = randomseed;
        /// `math.sinh(x)`: the hyperbolic sine.
        "sinh" = sinh, leaf;
        /// `math.sin(x)`: the sine of an angle in radians.
        "sin" = sin, leaf;
        /// `math.sqrt(x)`: the square root.
        "sqrt" = sqrt, Sqrt;
        /// `math.tanh(x)`: the hyperbolic tangent.
        "tanh" = tanh, leaf;
        /// `math.tan(x)`: the tangent of an angle in radians.
        "tan" = tan, leaf;
    },
    additions: &[],
    outermost: Ring::Plugin,
    open: Some(open),
};

fn open(cpu: &mut Cpu<'_, '_>, table: bvm_vm::objects::Table) -> Result<(), Raise> {
    cpu.set_field(table, "pi", Value::number(PI))?;
    cpu.set_field(table, "huge", Value::number(f64::INFINITY))?;
    let fmod = cpu.field(table, "fmod")?;
    cpu.set_field(table, "mod", fmod)
}

#[inline]
fn answer(cpu: &mut Cpu<'_, '_>, n: f64) -> Answer {
    cpu.push(Value::number(n));
    Ok(Next::Return(1))
}

/// Functions of one number.
macro_rules! of_one {
    ($($name:ident = $f:expr;)*) => { $(
        fn $name(cpu: &mut Cpu<'_, '_>) -> Answer {
            let f: fn(f64) -> f64 = $f;
            let n = cpu.check_number(1)?;
            answer(cpu, f(n))
        }
    )* };
}

of_one! {
    abs = f64::abs;
    acos = f64::acos;
    asin = f64::asin;
    atan = f64::atan;
    ceil = f64::ceil;
    cos = f64::cos;
    cosh = f64::cosh;
    deg = |x| x / (PI / 180.0);
    exp = f64::exp;
    floor = f64::floor;
    log10 = f64::log10;
    rad = |x| x * (PI / 180.0);
    sin = f64::sin;
    sinh = f64::sinh;
    sqrt = f64::sqrt;
    tan = f64::tan;
    tanh = f64::tanh;
}

/// Both arguments. The second is checked first, as it happens in `lua5.1`.
fn two(cpu: &mut Cpu<'_, '_>) -> Result<[f64; 2], Raise> {
    let second = cpu.check_number(2)?;
    Ok([cpu.check_number(1)?, second])
}

fn atan2(cpu: &mut Cpu<'_, '_>) -> Answer {
    let [y, x] = two(cpu)?;
    answer(cpu, y.atan2(x))
}

fn fmod(cpu: &mut Cpu<'_, '_>) -> Answer {
    let [x, y] = two(cpu)?;
    answer(cpu, x % y)
}

fn pow(cpu: &mut Cpu<'_, '_>) -> Answer {
    let [x, y] = two(cpu)?;
    answer(cpu, x.powf(y))
}

fn log(cpu: &mut Cpu<'_, '_>) -> Answer {
    let n = cpu.check_number(1)?;
    if cpu.arg(2).is_nil() || !cpu.dialect().has_additions() {
        return answer(cpu, n.ln());
    }
    let base = cpu.check_number(2)?;
    let log = match base {
        2.0 => n.log2(),
        10.0 => n.log10(),
        _ => n.ln() / base.ln(),
    };
    answer(cpu, log)
}

fn max(cpu: &mut Cpu<'_, '_>) -> Answer {
    let mut best = cpu.check_number(1)?;
    for i in 2..=cpu.count() {
        let n = cpu.check_number(i)?;
        if n > best {
            best = n;
        }
    }
    answer(cpu, best)
}

fn min(cpu: &mut Cpu<'_, '_>) -> Answer {
    let mut best = cpu.check_number(1)?;
    for i in 2..=cpu.count() {
        let n = cpu.check_number(i)?;
        if n < best {
            best = n;
        }
    }
    answer(cpu, best)
}

fn modf(cpu: &mut Cpu<'_, '_>) -> Answer {
    let n = cpu.check_number(1)?;
    let whole = n.trunc();
    let rest = if n.is_infinite() { 0.0 } else { n - whole };
    cpu.push(Value::number(whole));
    // The rest has the sign of the number even when it is zero.
    cpu.push(Value::number(rest.copysign(n)));
    Ok(Next::Return(2))
}

fn frexp(cpu: &mut Cpu<'_, '_>) -> Answer {
    let n = cpu.check_number(1)?;
    let (mantissa, exponent) = split(n);
    cpu.push(Value::number(mantissa));
    cpu.push(Value::number(f64::from(exponent)));
    Ok(Next::Return(2))
}

/// Mantissa and exponent as C's `frexp` gives them; zeros, infinities and NaN have exponent 0.
fn split(n: f64) -> (f64, i32) {
    const EXPONENT: u64 = 0x7ff << 52;
    const HALF: u64 = 0x3fe << 52;
    if n == 0.0 || !n.is_finite() {
        return (n, 0);
    }
    // 2^54 makes a subnormal number normal.
    let (n, shift) = if n.is_normal() {
        (n, 0)
    } else {
        (n * 18_014_398_509_481_984.0, 54)
    };
    let bits = n.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022 - shift;
    (f64::from_bits(bits & !EXPONENT | HALF), exponent)
}

fn ldexp(cpu: &mut Cpu<'_, '_>) -> Answer {
    let exponent = check_int(cpu, 2)?;
    let n = cpu.check_number(1)?;
    answer(cpu, scale(n, exponent))
}

/// `n * 2^exponent`, rounded once.
fn scale(n: f64, exponent: i32) -> f64 {
    let (mantissa, own) = split(n);
    if mantissa == 0.0 || !mantissa.is_finite() {
        return n;
    }
    let exponent = own.saturating_add(exponent);
    match exponent {
        1025.. => mantissa * f64::INFINITY,
        -1021.. => mantissa * 2.0 * power_of_two(exponent - 1),
        // The last product is the only one that is rounded.
        -1080.. => mantissa * power_of_two(exponent + 1000) * power_of_two(-1000),
        _ => 0.0f64.copysign(mantissa),
    }
}

/// 2 to the power of an exponent that a normal double has.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023).clamp(1, 2046) as u64) << 52)
}

/// A number in [0, 1) from the generator, which moves on even when the arguments are wrong.
fn random(cpu: &mut Cpu<'_, '_>) -> Answer {
    let unit = f64::from(random::next(cpu) % random::MAX) / f64::from(random::MAX);
    let (low, high, last) = match cpu.count() {
        0 => return answer(cpu, unit),
        1 => (1, check_int(cpu, 1)?, 1),
        2 => (check_int(cpu, 1)?, check_int(cpu, 2)?, 2),
        _ => return Err(cpu.fail("wrong number of arguments")),
    };
    if low > high {
        return Err(cpu.arg_error(last, b"interval is empty"));
    }
    // The size of the interval is an int of C, which wraps.
    let size = high.wrapping_sub(low).wrapping_add(1);
    answer(cpu, (unit * f64::from(size)).floor() + f64::from(low))
}

fn randomseed(cpu: &mut Cpu<'_, '_>) -> Answer {
    let seed = check_int(cpu, 1)?;
    cpu.charge(random::PRICE_OF_SEED)?;
    random::seed(cpu, seed as u32);
    Ok(Next::Return(0))
}

#[cfg(test)]
mod tests {
    use super::{scale, split};

    #[test]
    fn frexp_takes_subnormal_numbers_apart() {
        assert_eq!(split(5e-324), (0.5, -1073));
        assert_eq!(split(-8.0), (-0.5, 4));
        assert_eq!(split(0.0), (0.0, 0));
        assert_eq!(split(f64::INFINITY), (f64::INFINITY, 0));
    }

    #[test]
    fn ldexp_rounds_once() {
        assert_eq!(scale(0.75, -1074), 5e-324);
        assert_eq!(scale(0.5, -1074), 0.0);
        assert_eq!(scale(1.0, i32::MAX), f64::INFINITY);
        assert_eq!(scale(-1.0, i32::MIN), -0.0);
        for n in [5e-324, 1.5, -3e200, f64::MAX, f64::MIN_POSITIVE] {
            let (mantissa, exponent) = split(n);
            assert_eq!(scale(mantissa, exponent), n);
        }
    }
}
