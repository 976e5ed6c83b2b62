//! `package`, `require`, `module`.
use bvm_vm::{Answer, Cpu};
pub(crate) fn require(cpu: &mut Cpu<'_, '_>) -> Answer { Err(cpu.fail("todo")) }
pub(crate) fn module(cpu: &mut Cpu<'_, '_>) -> Answer { Err(cpu.fail("todo")) }
