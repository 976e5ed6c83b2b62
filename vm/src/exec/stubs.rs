//! The continuation stubs: engine slots in the root page that returns lead to when what comes next
//! is not a guest instruction. Executing one costs no fuel.

use crate::host::Mem;
use crate::native::Calling;
use crate::objects::root;

macro_rules! stubs {
    ($($(#[$doc:meta])* $number:literal $name:ident,)*) => {
        $($(#[$doc])* pub const $name: u32 = root::STUBS + 8 * $number;)*
        /// How many stubs there are.
        const COUNT: u32 = [$($number),*].len() as u32;
    };
}

stubs! {
    /// The function that the host called has returned.
    0 HALT,
    /// The body of a coroutine has returned.
    1 COROUTINE_END,
    /// A metamethod has returned: finish the interrupted instruction with its result.
    2 META,
    /// Like `META`, with the result negated: `a <= b` asked as `not (b < a)`.
    3 META_NOT,
    /// Enter the native of the running activation at its step.
    4 NATIVE_RUN,
    /// A call made by a native has returned: enter it at the step it named.
    5 NATIVE_RESUME,
    /// A message handler has returned: unwind to who asked for it.
    6 HANDLED,
    /// A hook function has returned: go on with the interrupted instruction.
    7 HOOK_END,
    /// A finalizer has returned.
    8 FINALIZER_END,
    /// What the entry of a native closure points to, so that it never looks like a Lua function's.
    9 NATIVE_HEADER,
    /// The same for a leaf.
    10 LEAF_HEADER,
    /// The same for `next`.
    11 NEXT_HEADER,
    /// The same for the iterator of `ipairs`.
    12 NEXT_INDEX_HEADER,
}

/// Whether the entry of a closure is a native's: Lua functions lie higher.
#[inline(always)]
pub fn is_native_entry(entry: u32) -> bool {
    entry < root::BLOCKS
}

/// The entry of closures of a native.
pub fn entry_of(calling: Calling) -> u32 {
    match calling {
        Calling::Record => NATIVE_HEADER,
        Calling::Leaf => LEAF_HEADER,
        Calling::Next => NEXT_HEADER,
        Calling::NextIndex => NEXT_INDEX_HEADER,
    }
}

/// Whether `ip` is one of the stubs.
pub fn is_stub(ip: u32) -> bool {
    (root::STUBS..root::STUBS + COUNT * 8).contains(&ip)
}

/// Writes the stubs into the root page of a new guest.
pub fn install(mem: &mut Mem<'_>) {
    for i in 0..COUNT {
        mem.store(
            root::STUBS + i * 8,
            u64::from(super::code::Code::Stub as u8),
        );
    }
}
