//! Errors of the system in the words of C's `strerror`.

use bvm_vm::HostError;
use std::io;

/// Operation not permitted.
pub const EPERM: i32 = 1;
/// Input/output error: what errors without a number become.
pub const EIO: i32 = 5;
/// Bad file descriptor.
pub const EBADF: i32 = 9;
/// Cannot allocate memory.
pub const ENOMEM: i32 = 12;
/// Invalid argument.
pub const EINVAL: i32 = 22;
/// Broken pipe.
pub const EPIPE: i32 = 32;

/// An error by its number.
pub fn failure(code: i32) -> HostError {
    let text = io::Error::from_raw_os_error(code).to_string();
    let message = match text.rfind(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    };
    HostError { message, code }
}

/// The error that std reports.
pub fn from_io(error: &io::Error) -> HostError {
    let code = match error.kind() {
        io::ErrorKind::OutOfMemory => ENOMEM,
        _ => error.raw_os_error().unwrap_or(EIO),
    };
    failure(code)
}
