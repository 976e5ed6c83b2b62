//! The interface of natives: library functions written in Rust.
//!
//! A native is a leaf or a step machine. Its window on the guest's stack holds its arguments and whatever
//! it pushes; its step number lives in its activation record. To call a function it answers [`Next::Call`]
//! and is entered again, at the step it named, when the results are there. So nothing of a native is ever
//! on the host's stack while the guest is paused, killed, saved or out of fuel.

use crate::error::Raise;
use crate::exec::Cpu;
use crate::ring::Ring;

/// What a native answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Return the last `n` values of the window.
    Return(u32),
    /// Call the function in slot `func` with all values above it; then enter at `step`
    /// with all results in place of function and arguments.
    Call {
        /// Slot of the function, counted from 1 as arguments are.
        func: u32,
        /// The step to enter at afterwards.
        step: u32,
    },
    /// Like `Call`, but errors from the call come back: at `step` the window holds either
    /// `true` and the results, or `false` and the error value, in place of the function.
    Protect {
        /// Slot of the function.
        func: u32,
        /// Slot of the message handler, 0 for none, or [`HANDLER_BELOW`].
        handler: u32,
        /// The step to enter at afterwards.
        step: u32,
    },
    /// Replace this activation by a call of the function in slot `func`.
    TailCall {
        /// Slot of the function.
        func: u32,
    },
    /// Resume the coroutine in slot `thread` with the values above it; at `step` the window holds
    /// `true` and what it yielded or returned, or `false` and its error, in place of the coroutine.
    Resume {
        /// Slot of the coroutine.
        thread: u32,
        /// The step to enter at afterwards.
        step: u32,
    },
    /// Yield the last `n` values of the window; what resume passes is returned by this native.
    Yield(u32),
    /// Enter again at the step set by [`Cpu::set_step`], after the finalizers that are due.
    Again,
    /// Leave the engine with the hypercall set by [`Cpu::ask`]; enter at `step` with the answer.
    Wait {
        /// The step to enter at afterwards.
        step: u32,
    },
}

/// A handler of [`Next::Protect`]: the one that would see the error if nobody caught it here.
pub const HANDLER_BELOW: u32 = 0xffff;

/// Marks a step of [`Next::Protect`] or [`Next::Resume`] that, when all went well, does nothing but return
/// `true` and the results: the engine may then do that itself.
pub const RETURNS_ALL: u32 = 0x8000;
/// The same for a step that returns the results without `true`.
pub const RETURNS_REST: u32 = 0x4000;
/// The bits of a step without these marks.
pub const STEP: u32 = 0x3fff;

/// The result of a native step.
pub type Answer = Result<Next, Raise>;

/// A native function.
pub type NativeFn = for<'a, 'c> fn(&mut Cpu<'a, 'c>) -> Answer;

/// A native with its name.
#[derive(Clone, Copy)]
pub struct Native {
    /// Name for messages and for looking it up in an image, such as `string.rep`.
    pub name: &'static str,
    /// The function.
    pub run: NativeFn,
    /// How the engine calls it.
    pub calling: Calling,
    /// The outermost ring that may call it.
    pub outermost: Ring,
}

/// How the engine calls a native.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calling {
    /// With an activation record.
    Record,
    /// The native only computes: its first step does not look at activations, and changes nothing before it
    /// is sure to answer [`Next::Return`], not even its arguments but for what it would make of them again.
    /// The engine calls it without a record, and if it answers anything else, calls it again with one.
    Leaf,
    /// A leaf that is Lua's `next`: as the iterator of a loop, the engine takes the usual step itself.
    Next,
    /// A leaf that is the iterator of `ipairs`, which the engine does itself as well.
    NextIndex,
    /// `pcall`, whose step 1 is marked [`RETURNS_ALL`]: the engine pushes its record and the function's.
    Pcall,
    /// `coroutine.resume`, the same way: the engine switches threads itself.
    Resume,
    /// What `coroutine.wrap` returns, with the coroutine in upvalue 1 and a step 1 of [`RETURNS_REST`].
    Wrapped,
    /// `coroutine.yield`.
    Yield,
    /// A leaf that is `math.floor`; the engine does the usual case of this and of all below itself.
    Floor,
    /// `math.sqrt`
    Sqrt,
    /// `math.abs`
    Abs,
    /// `math.max`
    Max,
    /// `math.min`
    Min,
    /// `type`, with the names by type number as its upvalues.
    TypeName,
    /// `setmetatable`
    SetMetatable,
    /// `select`
    Select,
    /// `string.byte`
    Byte,
    /// `string.len`
    StringLen,
    /// `string.sub`
    Sub,
    /// `string.char`
    Char,
    /// `rawget`
    RawGet,
}

impl Calling {
    /// Whether hot code calls it without a record.
    pub(crate) fn is_leaf(self) -> bool {
        use Calling::{Pcall, Record, Resume, Wrapped, Yield};
        !matches!(self, Record | Pcall | Resume | Wrapped | Yield)
    }

    /// Whether the usual case, which the engine does itself, makes no object. Then the engine does not look whether there is
    /// something for the collector to do, and a call is no safepoint.
    pub(crate) fn makes_nothing(self) -> bool {
        match self {
            Calling::Next | Calling::NextIndex => true,
            Calling::Floor | Calling::Sqrt | Calling::Abs | Calling::Max | Calling::Min => true,
            Calling::TypeName | Calling::SetMetatable | Calling::Select | Calling::RawGet => true,
            Calling::Byte | Calling::StringLen => true,
            Calling::Record | Calling::Leaf | Calling::Sub | Calling::Char => false,
            Calling::Pcall | Calling::Resume | Calling::Wrapped | Calling::Yield => false,
        }
    }
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
