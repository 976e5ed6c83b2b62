//! Strings that are made to have the same hash: a guest that makes many of them pays for the walks along their chains, in
//! whatever way it makes them, and they collide only for who knows the seed.

use bvm_isa::verify::verify;
use bvm_stdlib::{install, natives};
use bvm_vm::vm::Config;
use bvm_vm::{Exit, Vm};
use std::fmt::Write;

/// The hash's constant, and its way to mix in a word, for a guest without a seed: see `data::string`.
const KEY: u64 = 0x9E37_79B9_7F4A_7C15;

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Bytes of each string.
const LEN: usize = 24;

/// So many strings behind each other. Of those that collide the second word cancels what the first one has led to.
fn strings(count: u64, collide: bool) -> Vec<u8> {
    let start = (LEN as u64).wrapping_mul(KEY);
    let words = |i: u64| {
        let first = 0x4141_4141_4141_4141 + i * 0x1_0001;
        let led_to = fold(start ^ first, KEY);
        let second = if collide {
            led_to
        } else {
            !led_to.rotate_left(7)
        };
        [first, second, 0x4847_4645_4443_4241]
    };
    let words = (0..count).flat_map(words);
    words.flat_map(u64::to_le_bytes).collect()
}

fn literal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:03}");
        text
    })
}

/// What makes the strings of `blob`, which is in the source before it.
const WAYS: &[(&str, &str)] = &[
    ("parts", "for i = 1, #blob, 24 do t[#t + 1] = blob:sub(i, i + 23) end"),
    (
        "concatenation",
        "for i = 1, #blob, 24 do t[#t + 1] = blob:sub(i, i + 11) .. blob:sub(i + 12, i + 23) end",
    ),
    (
        "a library function",
        "for i = 1, #blob, 24 do t[#t + 1] = blob:sub(1, i + 23):reverse():sub(1, 24):reverse() end",
    ),
    (
        "constants of a source",
        "local list = {} for i = 1, #blob, 24 do list[#list + 1] = ('%q'):format(blob:sub(i, i + 11)) .. '..' .. ('%q'):format(blob:sub(i + 12, i + 23)) end
         loadstring('t = { ' .. table.concat(list, ', ') .. ' }')()",
    ),
];

/// Runs a program with a seed; gives the fuel that it takes.
fn fuel_of(source: &str, seed: u64, slice: u64, is_cold: bool) -> i128 {
    let config = Config {
        natives: natives(),
        seed,
        ..Config::default()
    };
    let mut vm = Vm::new(&config).expect("address space");
    install(&mut vm).expect("memory");
    vm.set_cold_only(is_cold);
    let proto = bvm_compiler::compile(source.as_bytes(), b"=colliding").expect("correct");
    let function = vm.load(verify(proto).expect("correct")).expect("memory");
    vm.start(function, &[]).expect("memory");
    let mut given = 0;
    loop {
        let exit = vm.run(slice);
        given += i128::from(slice);
        match exit {
            Exit::OutOfFuel | Exit::Collecting => {}
            Exit::Done => return given - i128::from(vm.fuel_left()),
            other => panic!("{other:?}"),
        }
    }
}

/// A program that makes so many strings in a way.
fn program(way: &str, count: u64, collide: bool) -> String {
    let blob = literal(&strings(count, collide));
    format!("t = {{}} local blob = \"{blob}\" {way} assert(#t == {count})")
}

#[test]
fn walks_along_chains_of_strings_are_paid() {
    for (name, way) in WAYS {
        let [few, many, others] =
            [(1000, true), (2000, true), (2000, false)].map(|(count, collide)| {
                fuel_of(&program(way, count, collide), 0, u64::MAX >> 16, false)
            });
        // Each passes half of the others, on average: 2,000 of them a million strings, for two strings a unit.
        assert!(many > others + 900_000, "{name}: {many}, others {others}");
        assert!(many < others + 4_000_000, "{name}: {many}, others {others}");
        assert!(few < many / 2, "{name}: {few} and {many}");
        let source = program(way, 1000, true);
        for slice in [997, 10_007] {
            assert_eq!(few, fuel_of(&source, 0, slice, false), "{name}, {slice}");
        }
        assert_eq!(
            few,
            fuel_of(&source, 0, u64::MAX >> 16, true),
            "{name}, cold"
        );
    }
}

#[test]
fn they_do_not_collide_under_a_seed() {
    for (name, way) in WAYS {
        for seed in [1, 0xFEDC_BA98_7654_3210] {
            let [collide, others] = [true, false]
                .map(|collide| fuel_of(&program(way, 2000, collide), seed, u64::MAX >> 16, false));
            assert!(
                (collide - others).abs() < others / 20,
                "{name}: {collide} and {others}"
            );
        }
    }
}
