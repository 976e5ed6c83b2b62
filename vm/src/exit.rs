//! How a run of the machine ends, as values, and what a hypercall asks for.

use crate::value::Value;
use bvm_isa::hypercall::{Field, Group, Hypercall, Kind};
use serde::{Deserialize, Serialize};

/// Why [`crate::Vm::run`] came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Exit {
    /// The called function has returned: see [`crate::Vm::results`].
    Done,
    /// An error reached the host uncaught.
    Error(Value),
    /// The guest's memory is full, and its host wants to know rather than have an error raised: see
    /// [`crate::Vm::end_at_memory`]. It goes on once it may have more: see [`crate::Vm::set_memory_limit`].
    MemoryFull,
    /// The same in the middle of something that cannot go on: the call is over.
    OutOfMemory,
    /// Fuel is used up; refuel and run again to go on at the same instruction.
    OutOfFuel,
    /// The run has ended with fuel left: the guest stands for its collector, which has done as much as belongs into one
    /// run, or has stood for it in the last one. Run again to go on.
    Collecting,
    /// The guest has come to where its embedder wants it to stop: see [`crate::Vm::break_at`]. Run again to go on.
    Breakpoint,
    /// The guest asks the host for something; answer it and run again.
    Hypercall,
    /// The guest has called a function of the host, or what such a function has called back is over: see
    /// [`crate::Vm::take_callout`].
    HostCall,
}

/// An argument or result of a hypercall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl Word {
    /// What it is, as the table of hypercalls names it.
    fn kind_name(&self) -> &'static str {
        match self {
            Word::Nil => "nothing",
            Word::Bool(_) => "Bool",
            Word::Number(_) => "Number",
            Word::Int(_) => "Int",
            Word::Bytes(_) => "Bytes",
        }
    }
}

/// Whether words are what a row of the table says; otherwise what is wrong. What is optional may be missing
/// at the end, or be [`Word::Nil`].
fn fit(words: &[Word], fields: &[Field]) -> Result<(), String> {
    if words.len() > fields.len() {
        return Err(format!("{} words for {}", words.len(), fields.len()));
    }
    for (i, field) in fields.iter().enumerate() {
        let word = words.get(i).unwrap_or(&Word::Nil);
        let fits = match (field.kind, word) {
            (_, Word::Nil) => field.optional,
            (Kind::Bool, Word::Bool(_))
            | (Kind::Number, Word::Number(_))
            | (Kind::Int | Kind::Handle, Word::Int(_))
            | (Kind::Bytes, Word::Bytes(_)) => true,
            _ => false,
        };
        if !fits {
            let (name, kind, got) = (field.name, field.kind, word.kind_name());
            return Err(format!("{name} is {kind:?}, got {got}"));
        }
    }
    Ok(())
}

/// What a guest asks its host for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Which hypercall.
    pub call: Hypercall,
    /// Its arguments.
    pub args: Vec<Word>,
    /// The ring of the code that asks, 1 to 3.
    pub ring: u8,
}

impl Request {
    /// Whether the arguments are what the hypercall's row says.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self) -> Result<(), String> {
        fit(&self.args, self.call.row().args)
    }

    /// The group that has to be granted: for the three standard streams the console, otherwise what the
    /// hypercall's row says.
    pub fn group(&self) -> Group {
        match (self.handle(), self.call.row().group) {
            (Some(0..=2), _) => Group::Console,
            (_, group) => group,
        }
    }

    /// The handle among the arguments.
    pub fn handle(&self) -> Option<i64> {
        match self.args.get(self.handle_at()?) {
            Some(Word::Int(handle)) => Some(*handle),
            _ => None,
        }
    }

    /// Whether it is about what people see: writing to the standard output or error.
    pub fn shows(&self) -> bool {
        matches!(self.call, Hypercall::Write | Hypercall::Flush)
            && matches!(self.handle(), Some(1 | 2))
    }

    pub(crate) fn handle_at(&self) -> Option<usize> {
        let fields = self.call.row().args;
        fields.iter().position(|field| field.kind == Kind::Handle)
    }
}

/// The host's answer: result words, or a message and an error number.
pub type Reply = Result<Vec<Word>, HostError>;

/// Why the host did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostError {
    /// The reason, as `strerror` words it.
    pub message: String,
    /// The number of the error, as `errno` has it; negative for faults: see [`HostError::is_fault`].
    pub code: i32,
}

impl HostError {
    /// [`HostError::code`] of a request or an answer that is not what the table of hypercalls says.
    pub const MALFORMED: i32 = -1;

    /// [`HostError::code`] of a request that the guest's ring is not granted.
    pub const NOT_GRANTED: i32 = -2;

    /// [`HostError::code`] of a request that is more than the account of the guest's ring allows.
    pub const LIMITED: i32 = -3;

    /// [`HostError::code`] of a request that the host panicked at.
    pub const PANICKED: i32 = -4;

    /// Whether this is no error of the outside world, but one of the guest's maker. Functions that have no
    /// way to return an error raise it then, where they would make the best of an error of the world.
    pub fn is_fault(&self) -> bool {
        self.code < 0
    }
}

/// A reply to a call with the results checked: what is not as the table says is a fault.
pub(crate) fn checked(call: Hypercall, reply: Reply) -> Reply {
    let words = reply?;
    match fit(&words, call.row().results) {
        Ok(()) => Ok(words),
        Err(what) => Err(HostError {
            message: format!("bad answer to hypercall '{}': {what}", call.name()),
            code: HostError::MALFORMED,
        }),
    }
}
