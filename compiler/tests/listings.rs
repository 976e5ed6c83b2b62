//! Small programs and the listings that `luac5.1 -l -l` prints for them.
//!
//! The expectations are in `listings.txt`. With `BLESS=1` and `luac5.1` installed they are made
//! anew: look at the difference before keeping it.
#![allow(clippy::unwrap_used)]

mod common;

use bvm_isa::{PointerStyle, list};
use common::{Section, luac, read_sections, write_sections};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/listings.txt");

fn our_listing(source: &str) -> String {
    match bvm_compiler::compile(source.as_bytes(), b"@x.lua") {
        Ok(proto) => {
            let text = list(&proto, true, PointerStyle::Luac);
            common::hide_addresses(&String::from_utf8_lossy(&text))
        }
        Err(error) => format!("{error}\n"),
    }
}

#[test]
fn listings_are_those_of_luac() {
    let mut sections = read_sections(FILE);
    assert!(sections.len() > 40, "listings.txt was not read");
    if std::env::var_os("BLESS").is_some() {
        for section in &mut sections {
            section.expected = common::hide_addresses(&luac(&section.source, &["-l", "-l", "-p"]));
        }
        write_sections(FILE, &sections);
    }
    for Section {
        name,
        source,
        expected,
    } in &sections
    {
        assert_eq!(&our_listing(source), expected, "in section {name}");
    }
}

#[test]
fn zero_and_minus_zero_are_two_constants() {
    let proto = bvm_compiler::compile(b"print(-0, 0)", b"=x").unwrap();
    let bits: Vec<u64> = proto.consts.iter().filter_map(number_bits).collect();
    assert_eq!(bits, [(-0.0f64).to_bits(), 0.0f64.to_bits()]);
}

fn number_bits(constant: &bvm_isa::Const) -> Option<u64> {
    match constant {
        bvm_isa::Const::Number(value) => Some(value.to_bits()),
        _ => None,
    }
}

#[test]
fn the_same_source_gives_the_same_prototype() {
    for section in read_sections(FILE) {
        let compile = || bvm_compiler::compile(section.source.as_bytes(), b"@x.lua").unwrap();
        assert_eq!(compile(), compile(), "in section {}", section.name);
    }
}

#[test]
fn only_the_main_function_carries_the_source_name() {
    let proto = bvm_compiler::compile(b"local function f() end", b"@x.lua").unwrap();
    assert_eq!(proto.source.as_deref(), Some(b"@x.lua".as_slice()));
    assert_eq!(proto.protos[0].source, None);
}

#[test]
fn zeros_share_a_constant_in_the_dialect_of_luac() {
    let mode = bvm_compiler::Mode {
        dialect: bvm_isa::Dialect::Lua51,
        ..bvm_compiler::Mode::default()
    };
    let proto = bvm_compiler::compile_as(b"return 0, -0, 1 / -0", b"=x", mode).unwrap();
    let bits: Vec<u64> = proto.consts.iter().filter_map(number_bits).collect();
    assert_eq!(bits, [0.0f64.to_bits(), 1.0f64.to_bits()]);
}
