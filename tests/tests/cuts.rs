//! Save anywhere: the corpus and the programs of `benches/programs`, in small sizes, are cut at random places, and
//! gone on with as they are, from snapshots, and in forks. `BVM_CUTS=N` tries N times as many places.

use bvm_isa::Dialect;
use bvm_tests::corpus::{cases, folder, pays_for_collections, setting};
use bvm_tests::cuts::{Program, compare};

/// Programs of `benches/programs`, and a size at which each takes some hundred thousand units.
const SIZES: &[(&str, f64)] = &[
    ("arrays", 20.0),
    ("calls", 3.0),
    ("closures", 300.0),
    ("coroutines", 100.0),
    ("numbers", 500.0),
    ("objects", 20.0),
    ("pcall", 3000.0),
    ("sorting", 1000.0),
    ("strings", 3000.0),
    ("text", 5.0),
    ("trees", 300.0),
    ("varargs", 3000.0),
];

/// Fuel of the programs that are cut: longer ones take their time, and are cut only when more places are asked for.
fn most() -> u64 {
    match setting("BVM_CUTS", 1) {
        1 => 1_000_000,
        _ => u64::MAX,
    }
}

fn seeds() -> std::ops::Range<u64> {
    0..setting("BVM_CUTS", 1)
}

#[test]
fn the_corpus_is_cut_anywhere() {
    let mut report = Vec::new();
    for case in cases() {
        let program = Program {
            name: &case.name,
            chunk: &case.chunk_name(),
            source: &case.source,
            arg: None,
            dialect: case.dialect(),
            pays_for_collections: pays_for_collections(&case),
        };
        // Some programs are no Lua, and say so.
        if case.error.is_none() {
            report.extend(compare(&program, most(), seeds()).err());
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
}

#[test]
fn whole_programs_are_cut_anywhere() {
    let programs = folder().join("../../benches/programs");
    let mut report = Vec::new();
    for &(name, size) in SIZES {
        let path = programs.join(name).with_extension("lua");
        let source = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let program = Program {
            name,
            chunk: "=program",
            source: &source,
            arg: Some(size),
            dialect: Dialect::default(),
            pays_for_collections: false,
        };
        report.extend(compare(&program, most(), seeds()).err());
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
}
