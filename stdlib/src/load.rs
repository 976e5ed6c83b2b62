//! `load`, `loadstring`, `loadfile`, `dofile`: the only file that knows the compiler.
use bvm_vm::{Answer, Cpu};
pub(crate) fn load(cpu: &mut Cpu<'_, '_>) -> Answer { Err(cpu.fail("todo")) }
pub(crate) fn loadstring(cpu: &mut Cpu<'_, '_>) -> Answer { Err(cpu.fail("todo")) }
pub(crate) fn loadfile(cpu: &mut Cpu<'_, '_>) -> Answer { Err(cpu.fail("todo")) }
pub(crate) fn dofile(cpu: &mut Cpu<'_, '_>) -> Answer { Err(cpu.fail("todo")) }
