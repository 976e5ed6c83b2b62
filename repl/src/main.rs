//! The command `bvm`: decides which of its faces is wanted and passes the exit code on.
#![forbid(unsafe_code)]

mod allowed;
mod args;
mod clone;
mod complete;
mod driver;
mod fleet;
mod host;
mod luac;
mod repl;
mod report;
mod run;
mod sandbox;
mod saved;
mod session;
mod signals;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

fn main() -> ExitCode {
    let argv: Vec<Vec<u8>> = std::env::args_os().map(OsString::into_vec).collect();
    let program = argv.first().map(Vec::as_slice).unwrap_or_default();
    let name = program
        .rsplit(|&byte| byte == b'/')
        .next()
        .unwrap_or_default();
    let code = if name == b"luac" {
        luac::main(argv.get(1..).unwrap_or_default())
    } else if argv.get(1).is_some_and(|word| word == b"luac") {
        luac::main(argv.get(2..).unwrap_or_default())
    } else {
        match argv.get(1).map(Vec::as_slice) {
            Some(b"fleet") => fleet::main(&argv[1..]),
            Some(b"resume") => saved::resume(&argv[1..]),
            Some(b"info") => saved::info(&argv[1..]),
            Some(b"run") => sandbox::run(&argv[1..]),
            Some(b"replay") => sandbox::replay(&argv[1..]),
            Some(b"clone") => clone::main(&argv[1..]),
            _ => run::main(&argv),
        }
    };
    // Only the low byte reaches the parent, as with C's `exit`.
    ExitCode::from(code as u8)
}
