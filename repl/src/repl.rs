//! The interactive mode.

use crate::session::Session;

/// Reads lines and runs them until the end of the input; an exit code when the program ended itself.
pub fn interact(_session: &mut Session, _memory_is_limited: bool) -> Option<i32> {
    None
}
