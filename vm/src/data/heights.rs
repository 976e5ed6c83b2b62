//! Heights: for each word of a function, how many of its registers are alive before it, as the verifier has found out.
//! What lies above is what calls have left there. It depends on how they were done, so neither the collector nor a
//! snapshot may see it.
//!
//! They lie below the engine's code, with the first word's next to it, so that a place in the code is all that is needed
//! to find one.

use crate::host::Mem;
use crate::objects::Proto;

/// Bytes below the code of so many words.
pub fn room(words: u32) -> u32 {
    words.saturating_add(7) & !7
}

/// Where the heights and the engine's code of a function are, and how many bytes; nothing while it is being loaded.
pub fn part(mem: &Mem<'_>, proto: Proto) -> (u32, u64) {
    let words = mem.get(proto.0, Proto::NCODE);
    match mem.get(proto.0, Proto::CODE) {
        0 => (0, 0),
        code => {
            let slots = (u64::from(words) + 1) * 8;
            (
                code.wrapping_sub(room(words)),
                u64::from(room(words)) + slots,
            )
        }
    }
}

/// Where the height of the word at `pc` is, below the code of its function.
#[inline(always)]
pub fn place(code: u32, pc: u32) -> u32 {
    code.wrapping_sub(1).wrapping_sub(pc)
}

/// Writes the height of the word at `pc`.
pub fn write(mem: &mut Mem<'_>, code: u32, pc: u32, height: u8) {
    mem.store(place(code, pc), height);
}

/// End of the registers from `base` on that are alive before the word at `pc`: of all, when the function has no such.
pub fn end(mem: &Mem<'_>, proto: Proto, base: u32, pc: u32) -> u32 {
    let count: u8 = match pc < mem.get(proto.0, Proto::NCODE) {
        true => mem.load(place(mem.get(proto.0, Proto::CODE), pc)),
        false => mem.get(proto.0, Proto::MAXSTACK),
    };
    base.wrapping_add(u32::from(count) * 8)
}
