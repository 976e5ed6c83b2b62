//! The engine: hot handlers over the engine's code, cold paths with the whole meaning.

pub mod access;
pub mod code;
pub mod convert;
pub mod coroutine;
pub mod cpu;
pub mod finalize;
pub mod frame;
pub mod operate;
pub(crate) mod resume;
pub(crate) mod slow;
pub mod stubs;
pub(crate) mod unwind;

pub use access::{Got, Put};
pub use cpu::Cpu;
pub use operate::Outcome;

use crate::exit::Exit;
use resume::Went;

/// Handler tables of the engine.
#[derive(Debug, Default)]
pub struct Handlers {}

/// Runs the engine from the state in the root page until it has to be left.
pub(crate) fn run(mem: &mut crate::host::Mem<'_>) -> Exit {
    let mut cpu = Cpu::wake(mem);
    loop {
        if let Went::Out(exit) = cpu.cold() {
            cpu.sleep();
            return exit;
        }
    }
}
