//! Numbers and chunk names, with answers taken from `lua5.1` on Linux.

use bvm_isa::{Numeral, chunk_id, format_number, parse_number};
use proptest::prelude::*;

#[test]
fn numbers_print_like_percent_14g() {
    let cases: &[(f64, &str)] = &[
        (0.0, "0"),
        (-0.0, "-0"),
        (1e14, "1e+14"),
        (99999999999999.0, "99999999999999"),
        (99999999999999.5, "1e+14"),
        (123456789012345.0, "1.2345678901234e+14"),
        (9007199254740992.0, "9.007199254741e+15"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (5e-324, "4.9406564584125e-324"),
        (-1e100, "-1e+100"),
        (1.0 / 3.0, "0.33333333333333"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "-nan"),
    ];
    for (n, expected) in cases {
        assert_eq!(format_number(*n), *expected);
    }
}

#[test]
fn numerals_read_like_strtod() {
    let cases: &[(&[u8], f64)] = &[
        (b" 12\t", 12.0),
        (b"12\0junk", 12.0),
        (b".5", 0.5),
        (b"5.", 5.0),
        (b"+5", 5.0),
        (b"1e400", f64::INFINITY),
        (b"0x10", 16.0),
        (b"-0x.8p1", -1.0),
        (b"0x1.fffffffffffff8p0", 2.0),
        (b"0x1.00000000000008p0", 1.0),
        (b"0x1.00000000000008001p0", 1.0000000000000002),
        (b"0x1p-1075", 0.0),
        (b"0x1.1p-1075", 5e-324),
        (b"0x1p99999999999999999999", f64::INFINITY),
        (b"0x20000000000003", 9007199254740996.0),
        (b"iNf", f64::INFINITY),
        (b"-Infinity", f64::NEG_INFINITY),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_number(text), Some(*expected), "{text:?}");
    }
    for text in [b"nan".as_slice(), b"-NaN", b"nan(12_a)", b"nan()"] {
        assert!(parse_number(text).is_some_and(f64::is_nan), "{text:?}");
    }
}

#[test]
fn long_texts_are_read_like_short_ones() {
    for count in [0, 1, 15, 16, 17, 31, 32, 33, 100] {
        let (blank, zeros) = (" \t\n\x0b\x0c\r".repeat(count), "0".repeat(count));
        let text = |rest: &str| format!("{blank}{zeros}12.5{zeros}{rest}{blank}");
        assert_eq!(parse_number(text("").as_bytes()), Some(12.5), "{count}");
        assert_eq!(parse_number(text("e1").as_bytes()), Some(125.0), "{count}");
        let cut = text("\0junk");
        assert_eq!(parse_number(cut.as_bytes()), Some(12.5), "{count}");
        for wrong in ["x", " x", "\x08", "1e", "\u{a0}"] {
            assert_eq!(
                parse_number(text(wrong).as_bytes()),
                None,
                "{count} {wrong:?}"
            );
        }
    }
}

#[test]
fn other_texts_are_no_numbers() {
    let texts = [
        "", " ", ".", "-", "+-5", "- 5", "1e", "1e+", "12x", "1 2", "1_0", "0x", "0x.", "0x1p",
        "0x 1", "0x1p1.5", "0x1e+5", "infinit", "nan(", "nan(a-b)", "\0", "0x+1",
    ];
    for text in texts {
        assert_eq!(parse_number(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn chunk_names_are_cut_like_lua_cuts_them() {
    let long = "x".repeat(80);
    let named = |mark: &str, rest: &str| {
        String::from_utf8_lossy(&chunk_id(format!("{mark}{rest}").as_bytes())).into_owned()
    };
    assert_eq!(named("=", &long), &long[..59]);
    assert_eq!(named("@", &long), format!("...{}", &long[..52]));
    assert_eq!(named("@", &long[..52]), &long[..52]);
    assert_eq!(named("", &long), format!("[string \"{}...\"]", &long[..43]));
    assert_eq!(
        named("", &long[..43]),
        format!("[string \"{}\"]", &long[..43])
    );
    assert_eq!(named("", "a\nb"), "[string \"a...\"]");
    assert_eq!(named("", "a\n"), "[string \"a...\"]");
    assert_eq!(named("", ""), "[string \"\"]");
}

/// What a [`Numeral`] reads in portions of a size.
fn in_portions(text: &[u8], portion: usize) -> Option<f64> {
    let mut numeral = Numeral::new();
    text.chunks(portion).for_each(|bytes| numeral.read(bytes));
    numeral.value()
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    a.map(f64::to_bits) == b.map(f64::to_bits)
}

proptest! {
    #[test]
    fn numerals_in_portions_are_the_same(
        text in r"[ \t]{0,2}[-+]?(0[xX])?[0-9a-fA-F.]{0,9}([eEpP][-+]?[0-9]{0,4})?[ n\x00]{0,2}",
        portion in 1usize..9,
    ) {
        let (whole, parts) = (parse_number(text.as_bytes()), in_portions(text.as_bytes(), portion));
        prop_assert!(same(whole, parts), "{text:?}: {whole:?} and {parts:?}");
    }

    /// What has been read needs no second look after a restore.
    #[test]
    fn a_restored_numeral_is_the_one_that_was_saved(
        text in r"[ \t]{0,2}[-+]?(0[xX])?[0-9a-fA-Fn(.]{0,9}([eEpP][-+]?[0-9]{0,4})?[ n\x00]{0,2}",
        base in prop_oneof![Just(0), 2u32..37],
        zeros in 0usize..900,
    ) {
        let mut numeral = match base {
            0 => Numeral::new(),
            base => Numeral::in_base(base),
        };
        for byte in text.bytes().chain("1".repeat(zeros).bytes()) {
            numeral.read(&[byte]);
            let mut saved = Vec::new();
            numeral.save(&mut saved);
            prop_assert!(saved.len() < 900);
            prop_assert_eq!(Numeral::restore(&saved), Some(numeral.clone()));
        }
    }

    #[test]
    fn made_up_numerals_are_harmless(
        head in prop::collection::vec(prop_oneof![0u8..37, any::<u8>()], 0..60),
        text in "[0-9a-z(]{0,12}",
        more in "[-+0-9a-z. )\x00]{0,20}",
    ) {
        if let Some(mut numeral) = Numeral::restore(&[&head[..], text.as_bytes()].concat()) {
            numeral.read(more.as_bytes());
            let _ = numeral.value();
        }
    }

    #[test]
    fn decimals_are_what_rust_reads(
        whole in "[0-9]{1,400}",
        fraction in "(\\.[0-9]{0,400})?",
        exponent in "([eE][-+]?[0-9]{1,20})?",
    ) {
        let text = format!("{whole}{fraction}{exponent}");
        prop_assert!(same(parse_number(text.as_bytes()), text.parse().ok()), "{text}");
    }

    #[test]
    fn halves_between_doubles_are_what_rust_reads(bits in 0u64..0x7fef_ffff_ffff_ffff, digits in 17usize..800, end in "[0-9]{0,3}") {
        // Exact up to the digits, and so on either side of a half for a digit more.
        let (low, high) = (f64::from_bits(bits), f64::from_bits(bits + 1));
        let half = format!("{:.digits$e}", low / 2.0 + high / 2.0);
        let (digits, exponent) = half.split_once('e').unwrap_or((&half, "0"));
        let text = format!("{digits}{end}e{exponent}");
        prop_assert!(same(parse_number(text.as_bytes()), text.parse().ok()), "{text}");
    }

    #[test]
    fn any_bytes_are_the_same_in_portions(text in r"[-+ 0xX1e.naif_()p\x00]{0,9}") {
        let (whole, parts) = (parse_number(text.as_bytes()), in_portions(text.as_bytes(), 3));
        prop_assert!(same(whole, parts), "{text:?}: {whole:?} and {parts:?}");
    }

    #[test]
    fn long_numerals_are_the_same_in_portions(
        zeros in 0usize..900,
        digits in "[0-9]{1,900}",
        point in 0usize..900,
        fraction in "[0-9]{0,900}0{0,100}[05]{0,1}",
        exponent in -2000i32..2000,
        prefix in "(0x)?",
    ) {
        let letter = if prefix.is_empty() { 'e' } else { 'p' };
        let text = format!(
            " {prefix}{}{digits}.{}{fraction}{letter}{exponent}  ",
            "0".repeat(zeros),
            "0".repeat(point),
        );
        let (whole, parts) = (parse_number(text.as_bytes()), in_portions(text.as_bytes(), 64));
        prop_assert!(same(whole, parts), "{text:?}: {whole:?} and {parts:?}");
    }
}

#[test]
fn halves_of_many_digits_are_rounded_right() {
    // More digits behind the 751 significant ones of 2^-1074 change nothing.
    let half = format!("{:.1100}", f64::from_bits(1));
    for (digits, n) in [("0", f64::from_bits(1)), ("1", f64::from_bits(1))] {
        let text = format!("{half}{}{digits}", "0".repeat(5000));
        assert_eq!(in_portions(text.as_bytes(), 100), Some(n));
        assert_eq!(parse_number(text.as_bytes()), Some(n));
    }
    let above = format!("9007199254740993.{}1", "0".repeat(5000));
    assert_eq!(in_portions(above.as_bytes(), 100), Some(9007199254740994.0));
    let tie = format!("9007199254740993.{}", "0".repeat(5000));
    assert_eq!(in_portions(tie.as_bytes(), 100), Some(9007199254740992.0));
}

#[test]
fn the_last_of_many_digits_tells_on_which_side_of_a_half_a_text_is() {
    // 2^-1075 is 2^-1074 * 5 / 10, and lies in the middle between 0 and that.
    let least = format!("{:.1074}", f64::from_bits(1));
    let mut carry = 0;
    let digits = least.bytes().skip(2).collect::<Vec<_>>();
    let mut half = Vec::new();
    for digit in digits.iter().rev() {
        let product = (digit - b'0') * 5 + carry;
        half.push(product % 10 + b'0');
        carry = product / 10;
    }
    half.push(carry + b'0');
    half.reverse();
    let half = format!("0.{}", String::from_utf8(half).expect("digits"));
    let zeros = "0".repeat(5000);
    for (text, n) in [
        (half.clone(), 0.0),
        (format!("{half}{zeros}"), 0.0),
        (format!("{half}{zeros}1"), f64::from_bits(1)),
    ] {
        assert_eq!(in_portions(text.as_bytes(), 100), Some(n));
        assert_eq!(parse_number(text.as_bytes()), Some(n));
    }
}
