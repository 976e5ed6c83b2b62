//! `bvm clone`: another program that stands where a saved one stands. Must not run it.

use crate::args;
use crate::host::Host;
use crate::report::{self, FAILED};
use crate::session;
use clap::Parser;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

/// Make another program of a saved one, with random numbers of its own.
#[derive(Debug, Parser)]
#[command(
    name = "bvm clone",
    bin_name = "bvm clone",
    disable_version_flag = true
)]
struct Options {
    /// Seed of its math.random; without it a fresh one that nobody knows
    #[arg(long, value_name = "N", conflicts_with = "keep_seed")]
    seed: Option<u64>,
    /// Let its math.random go on where the other one's stands
    #[arg(long)]
    keep_seed: bool,
    /// The saved program
    snapshot: PathBuf,
    /// Where the other one goes
    out: PathBuf,
}

/// Runs the command; gives the exit code.
pub fn main(argv: &[Vec<u8>]) -> i32 {
    let options: Options = match args::parse_own(argv) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match make(&options) {
        Ok(()) => 0,
        Err(message) => {
            let mut host = Host::new(0);
            report::message(&mut host, message.as_bytes());
            host.flush_all();
            FAILED
        }
    }
}

fn make(options: &Options) -> Result<(), String> {
    let from = options.snapshot.display();
    let saved = std::fs::read(&options.snapshot).map_err(|error| format!("{from}: {error}"))?;
    let restored = session::restore(None, &saved);
    let mut vm = restored.map_err(|error| format!("{from}: {error}"))?;
    if !options.keep_seed {
        let fresh = || RandomState::new().hash_one(std::process::id());
        let seed = options.seed.unwrap_or_else(fresh);
        let renew = |cpu: &mut bvm_vm::Cpu<'_, '_>| bvm_stdlib::renew_random(cpu, seed);
        vm.access(renew);
    }
    let bytes = vm.snapshot().map_err(|error| error.to_string())?;
    let to = options.out.display();
    std::fs::write(&options.out, bytes).map_err(|error| format!("{to}: {error}"))
}
