//! What ends an instruction or a native early. A Lua error may be caught by a guest; the rest may not.

use crate::heap::NoMemory;
use crate::value::Value;

/// Why an instruction or a native step did not finish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Raise {
    /// A Lua error with its value.
    Error(Value),
    /// The memory limit: becomes the Lua error `not enough memory`.
    NoMemory,
    /// Fuel does not cover what the step is about to do; it starts again when there is enough.
    OutOfFuel,
}

impl From<NoMemory> for Raise {
    fn from(_: NoMemory) -> Raise {
        Raise::NoMemory
    }
}
