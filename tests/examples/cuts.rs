//! Cuts the Lua programs of a folder at random places and says whether they end as they do without:
//! `cargo run --release -p bvm-tests --example cuts -- [-n TIMES] FOLDER [NAME=SIZE]...`. With sizes, only the
//! programs that have one are run, with it as their argument.
#![forbid(unsafe_code)]

use bvm_isa::Dialect;
use bvm_tests::cuts::{Program, compare};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    let times = match args.next_if_eq("-n") {
        Some(_) => args.next().and_then(|n| n.parse().ok()).unwrap_or(1),
        None => 1,
    };
    let Some(folder) = args.next() else {
        eprintln!("usage: cuts [-n TIMES] FOLDER [NAME=SIZE]...");
        return ExitCode::FAILURE;
    };
    let sizes: Vec<(String, f64)> = args
        .filter_map(|word| {
            let (name, size) = word.split_once('=')?;
            Some((name.to_owned(), size.parse().ok()?))
        })
        .collect();
    let mut good = true;
    for (name, size) in programs(Path::new(&folder), &sizes) {
        let path = Path::new(&folder).join(&name).with_extension("lua");
        let began = Instant::now();
        let result = std::fs::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|source| cut(&name, &source, size, times));
        let took = began.elapsed().as_secs_f64();
        match &result {
            Ok(fuel) => println!("{name:<20} ok      {fuel:>12} units {took:>8.1} s"),
            Err(what) => println!("{name:<20} DIFFERS {took:>8.1} s\n{what}"),
        }
        good &= result.is_ok();
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The programs that are asked for, with their sizes.
fn programs(folder: &Path, sizes: &[(String, f64)]) -> Vec<(String, Option<f64>)> {
    if !sizes.is_empty() {
        let some = |(name, size): &(String, f64)| (name.clone(), Some(*size));
        return sizes.iter().map(some).collect();
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "lua"))
        .filter_map(|path| Some((path.file_stem()?.to_string_lossy().into_owned(), None)))
        .collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names
}

fn cut(name: &str, source: &[u8], size: Option<f64>, times: u64) -> Result<u64, String> {
    let program = Program {
        name,
        chunk: "=program",
        source,
        arg: size,
        dialect: Dialect::default(),
        pays_for_collections: false,
    };
    compare(&program, u64::MAX, 0..times)
}
