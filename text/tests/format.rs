//! What `string.format` prints, as Lua 5.1.5 on glibc does, and what its parser refuses.

use bvm_text::{Chunk, Conversion, chunks, number, quoted, scan, string};
use proptest::prelude::*;

fn shown(format: &str, value: f64) -> String {
    let mut out = Vec::new();
    let spec = scan(format.as_bytes(), &mut 1).expect("a good directive");
    number(&spec, value, &mut out);
    String::from_utf8(out).expect("ASCII")
}

fn text(format: &str, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let spec = scan(format.as_bytes(), &mut 1).expect("a good directive");
    string(&spec, text, &mut out);
    out
}

fn refused(format: &[u8]) -> String {
    let error = scan(format, &mut 1).expect_err("a bad directive");
    String::from_utf8_lossy(&error.message()).into_owned()
}

#[test]
fn numbers_are_printed_as_c_prints_them() {
    let cases = [
        ("%d", 3.99, "3"),
        ("%5d", -42.0, "  -42"),
        ("%-5d", 42.0, "42   "),
        ("%05d", -42.0, "-0042"),
        ("%+.3d", 7.0, "+007"),
        ("%.0d", 0.0, ""),
        ("%d", f64::NAN, "-9223372036854775808"),
        ("%d", 1e300, "-9223372036854775808"),
        ("%u", -1.0, "18446744073709551615"),
        ("%#x", 255.0, "0xff"),
        ("%#X", 0.0, "0"),
        ("%#o", 8.0, "010"),
        ("%.2f", 2.675, "2.67"),
        ("%.0f", 2.5, "2"),
        ("%#.0f", 3.0, "3."),
        ("%e", 0.0, "0.000000e+00"),
        ("%.3E", 12345.0, "1.234E+04"),
        ("%g", 100000.0, "100000"),
        ("%g", 1e6, "1e+06"),
        ("%g", 0.0001, "0.0001"),
        ("%#g", 1.0, "1.00000"),
        ("%.14g", 0.1, "0.1"),
        ("%.20f", 0.1, "0.10000000000000000555"),
        ("%06.1f", -0.0, "-000.0"),
        ("%05g", f64::INFINITY, "  inf"),
        ("%+G", f64::INFINITY, "+INF"),
        ("%3c", 65.0, "  A"),
        ("%3c", 0.0, "  "),
        ("%-3c", 0.0, ""),
    ];
    for (format, value, expected) in cases {
        assert_eq!(shown(format, value), expected, "{format} of {value}");
    }
}

#[test]
fn strings_are_cut_as_in_c_unless_long() {
    assert_eq!(text("%5.2s", b"abc"), b"   ab");
    assert_eq!(text("%-4s", b"ab"), b"ab  ");
    assert_eq!(text("%s", b"a\0b"), b"a");
    let long = b"a\0".repeat(50);
    assert_eq!(text("%99s", &long), long);
    assert_eq!(text("%.s", &long), b"");
}

#[test]
fn quoting_escapes_what_the_reader_needs() {
    let mut out = Vec::new();
    quoted(b"a\"\\\n\r\0\xff", &mut out);
    assert_eq!(out, b"\"a\\\"\\\\\\\n\\r\\000\xff\"");
}

#[test]
fn bad_directives_say_why() {
    assert_eq!(refused(b"%y"), "invalid option '%y' to 'format'");
    assert_eq!(refused(b"%"), "invalid option '%' to 'format'");
    assert_eq!(refused(b"%5%"), "invalid option '%%' to 'format'");
    assert_eq!(refused(b"%a"), "invalid option '%a' to 'format'");
    assert_eq!(refused(b"%------d"), "invalid format (repeated flags)");
    assert_eq!(
        refused(b"%123d"),
        "invalid format (width or precision too long)"
    );
    assert_eq!(
        refused(b"%.123d"),
        "invalid format (width or precision too long)"
    );
}

#[test]
fn a_format_falls_into_text_and_directives() {
    let (format, mut at) = (b"a%%b%5.1fc", 0);
    let mut next = || chunks(format, &mut at);
    assert_eq!(next(), Some(Chunk::Text(b"a")));
    assert_eq!(next(), Some(Chunk::Text(b"%")));
    assert_eq!(next(), Some(Chunk::Text(b"b")));
    assert_eq!(next(), Some(Chunk::Directive));
    let spec = scan(format, &mut at).expect("a good directive");
    assert_eq!((spec.width, spec.precision), (5, Some(1)));
    assert_eq!(spec.conversion, Conversion::Fixed);
    assert_eq!(chunks(format, &mut at), Some(Chunk::Text(b"c")));
    assert_eq!(chunks(format, &mut at), None);
}

proptest! {
    #[test]
    fn no_format_and_no_number_is_too_much(format in prop::collection::vec(any::<u8>(), 0..20), value: f64) {
        let (mut at, mut out) = (0, Vec::new());
        while let Some(chunk) = chunks(&format, &mut at) {
            if chunk == Chunk::Directive {
                let Ok(spec) = scan(&format, &mut at) else { break };
                out.clear();
                number(&spec, value, &mut out);
                prop_assert!(out.len() <= bvm_text::MAX_ITEM);
            }
        }
    }
}
