//! How a run of the machine ends, as values, and what a hypercall asks for.

use crate::value::Value;

/// Why [`crate::Vm::run`] came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Exit {
    /// The called function returned these values.
    Done(Vec<Value>),
    /// An error reached the host uncaught.
    Error(Value),
    /// Fuel is used up; refuel and run again to go on at the same instruction.
    OutOfFuel,
    /// The guest asks the host for something; answer it and run again.
    Hypercall,
}

/// An argument or result of a hypercall.
#[derive(Debug, Clone, PartialEq)]
pub enum Word {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A 64-bit integer: a handle, a size, a position.
    Int(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What a guest asks its host for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Which hypercall.
    pub call: bvm_isa::hypercall::Hypercall,
    /// Its arguments.
    pub args: Vec<Word>,
}

/// The host's answer: result words, or a message and an error number.
pub type Reply = Result<Vec<Word>, HostError>;

/// Why the host did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError {
    /// The reason, as `strerror` words it.
    pub message: String,
    /// The number of the error, as `errno` has it.
    pub code: i32,
}
