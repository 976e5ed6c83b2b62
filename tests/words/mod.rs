//! Words of handmade functions, for tests. (This folder belongs to the package `bvm`; the tests that share it are files beside
//! it.)

use bvm_isa::{Word, assemble};

/// A word from how listings show it, or from its hexadecimal digits.
pub fn word(text: &str) -> Word {
    if let Some(bits) = text.strip_prefix("word ") {
        return Word(u32::from_str_radix(bits, 16).expect("hexadecimal digits"));
    }
    let (name, operands) = text.split_once(' ').unwrap_or((text, ""));
    let listing = format!(
        "main <x:0,0> (1 instruction, 4 bytes at @0)\n\
         0+ params, 9 slots, 0 upvalues, 0 locals, 0 constants, 0 functions\n\
         source \"=x\", vararg 2, 0 lines\n\t1\t[-]\t{name}\t{operands}\n"
    );
    let read = assemble(listing.as_bytes());
    read.unwrap_or_else(|error| panic!("{text}: {error}")).code[0]
}
