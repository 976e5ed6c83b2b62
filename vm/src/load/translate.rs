//! Translation: one engine slot for each guest word, behind one header slot.

use crate::exec::code::{Code, slot};
use crate::heap::{NoMemory, alloc};
use crate::host::Mem;
use crate::objects::Proto;
use bvm_isa::Proto as Plain;
use bvm_isa::verify::Facts;

/// Writes the engine's code of `from` into the cage.
pub(super) fn translate(
    mem: &mut Mem<'_>,
    to: Proto,
    from: &Plain,
    _facts: &Facts,
) -> Result<(), NoMemory> {
    let count = from.code.len() as u32;
    let at = alloc::alloc(mem, u64::from(count + 1) * 8)?;
    mem.set(to.0, Proto::CODE, at);
    for i in 0..=count {
        mem.store(at + i * 8, slot(Code::Cold, 0, 0, 0, 0));
    }
    Ok(())
}
