//! What goes wrong between a program and its guest. Must not run anything.

use crate::journal::Divergence;
use crate::value::Value;
use bvm_isa::VerifyError;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the guest did not do what was asked. What does not fit into a few words is boxed: results that carry an error are
/// moved often.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source is no Lua 5.1, in the words of `lua5.1`.
    #[error(transparent)]
    Syntax(Box<SyntaxError>),
    /// The bytes are no binary chunk of Lua 5.1.
    #[error("{}", String::from_utf8_lossy(.0))]
    Chunk(Vec<u8>),
    /// The code of a binary chunk breaks a rule of the verifier.
    #[error(transparent)]
    Verify(Box<VerifyError>),
    /// A Lua error that nobody in the guest caught.
    #[error(transparent)]
    Lua(Box<LuaError>),
    /// An error that a function of the host raises; in the guest it is a text, with its position.
    #[error("{0}")]
    Runtime(String),
    /// An error of Rust that a function of the host raises: see [`Error::external`].
    #[error(transparent)]
    External(Cause),
    /// A function of the host panicked with this message.
    #[error("host function panicked: {0}")]
    Panic(String),
    /// The fuel was used up; the guest stands where it was.
    #[error("out of fuel")]
    OutOfFuel,
    /// The guest came to where it was to stop; it stands there.
    #[error("stopped at a breakpoint")]
    Breakpoint,
    /// The host answers a hypercall later; the guest waits.
    #[error("the guest waits for its host")]
    Waiting,
    /// The guest asked to end with this code.
    #[error("the guest ended with code {0}")]
    Ended(i64),
    /// A guest that is answered from a journal did not do what it did then.
    #[error(transparent)]
    Diverged(Box<Divergence>),
    /// The memory limit leaves no room for what was asked.
    #[error("not enough memory")]
    OutOfMemory,
    /// The system granted no address space for a guest, or the memory limit is below what an empty one takes.
    #[error("no room for a guest")]
    NoRoom,
    /// The bytes of a snapshot do not become a guest.
    #[error(transparent)]
    Snapshot(#[from] bvm_vm::SnapshotError),
    /// The guest has a value of a host type that cannot be saved.
    #[error("a value of the type '{0}' cannot be saved")]
    NotSaved(String),
    /// A value of another guest.
    #[error("this value belongs to another guest")]
    Foreign,
    /// The guest is gone: the last [`Lua`](crate::Lua) or [`Guest`](crate::Guest) of it was dropped.
    #[error("the guest is gone")]
    Gone,
    /// The guest is in the middle of something that has to end, or go on, first.
    #[error("the guest is busy")]
    Busy,
    /// The guest has dropped the call that a function of the host was made for.
    #[error("the call was dropped by the guest")]
    Dropped,
    /// A host value is in use: somebody changes it, or uses it while it was to be changed.
    #[error("a value of the type '{0}' is in use")]
    Borrowed(&'static str),
    /// A value of another type was wanted.
    #[error(transparent)]
    Type(Box<Mismatch>),
}

impl Error {
    /// An error that a function of the host raises with a text.
    ///
    /// ```
    /// use bvm::{Error, Lua};
    /// let lua = Lua::new()?;
    /// let fail = lua.function(|| -> bvm::Result<()> { Err(Error::runtime("no luck")) })?;
    /// lua.globals().set("fail", fail)?;
    /// let error = lua.load("fail()").name("=main").exec().unwrap_err();
    /// assert_eq!(error.to_string(), "main:1: no luck");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn runtime(message: impl fmt::Display) -> Error {
        Error::Runtime(message.to_string())
    }

    /// An error of Rust that a function of the host raises. The guest can catch it, as a value whose text is the
    /// error's; out here it is found again by [`Error::cause`].
    pub fn external(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::External(Cause(Arc::from(error.into())))
    }

    /// The error of Rust of this type that a function of the host has raised.
    ///
    /// ```
    /// use bvm::{Error, Lua};
    /// let lua = Lua::new()?;
    /// let read = lua.function(|| std::fs::read_to_string("/no/such/file"))?;
    /// let error = read.call::<String>(()).unwrap_err();
    /// let cause = error.cause::<std::io::Error>().expect("an error of files");
    /// assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn cause<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Error::External(cause) => cause.0.downcast_ref(),
            Error::Lua(error) => error.cause.as_ref()?.cause(),
            _ => None,
        }
    }

    /// The mistake of a value that is no `expected`.
    pub(crate) fn mismatch(expected: &'static str, got: &'static str) -> Error {
        Error::Type(Box::new(Mismatch {
            expected: expected.into(),
            got: got.into(),
            path: String::new(),
            place: Place::Value,
        }))
    }

    /// Says more exactly what there is.
    pub(crate) fn but_got(self, got: String) -> Error {
        match self {
            Error::Type(mut mismatch) => {
                mismatch.got = got;
                Error::Type(mismatch)
            }
            other => other,
        }
    }

    /// Says where in a larger value the mistake is.
    pub(crate) fn within(self, key: impl fmt::Display) -> Error {
        match self {
            Error::Type(mut mismatch) => {
                let rest = std::mem::take(&mut mismatch.path);
                mismatch.path = match rest.as_bytes().first() {
                    None => key.to_string(),
                    Some(b'[') => format!("{key}{rest}"),
                    Some(_) => format!("{key}.{rest}"),
                };
                Error::Type(mismatch)
            }
            other => other,
        }
    }

    /// Says which argument the mistake is in.
    pub(crate) fn in_argument(self, number: u32) -> Error {
        match self {
            Error::Type(mut mismatch) => {
                if mismatch.place == Place::Value {
                    mismatch.place = Place::Argument(number);
                }
                Error::Type(mismatch)
            }
            other => other,
        }
    }

    /// The argument that the mistake is in.
    pub(crate) fn argument(&self) -> Option<u32> {
        match self {
            Error::Type(mismatch) => match mismatch.place {
                Place::Argument(number) => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// Says that what was converted are results.
    pub(crate) fn in_results(self) -> Error {
        match self {
            Error::Type(mut mismatch) => {
                if let Place::Argument(number) = mismatch.place {
                    mismatch.place = Place::Result(number);
                }
                Error::Type(mismatch)
            }
            other => other,
        }
    }
}

macro_rules! from_boxed {
    ($($kind:ident $error:ty;)*) => { $(
        impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error::$kind(Box::new(error))
            }
        }
    )* };
}

from_boxed! {
    Syntax SyntaxError;
    Verify VerifyError;
    Lua LuaError;
    Diverged Divergence;
}

macro_rules! from_external {
    ($($error:ty,)*) => { $(
        impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error::external(error)
            }
        }
    )* };
}

from_external! {
    std::io::Error,
    std::fmt::Error,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    std::num::ParseIntError,
    std::num::ParseFloatError,
    std::num::TryFromIntError,
    Box<dyn StdError + Send + Sync>,
}

/// An error of Rust inside of an [`Error`]. Two are equal when one is a copy of the other.
#[derive(Debug, Clone)]
pub struct Cause(pub Arc<dyn StdError + Send + Sync>);

impl PartialEq for Cause {
    fn eq(&self, other: &Cause) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// A source that is no Lua 5.1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", String::from_utf8_lossy(.message))]
pub struct SyntaxError {
    /// The whole message, position included.
    pub message: Vec<u8>,
    /// The line that it names, from 1.
    pub line: u32,
    /// The bytes of the source that it is about.
    pub span: std::ops::Range<usize>,
    /// With more text the source might be correct.
    pub incomplete: bool,
}

/// A value of another type than wanted, with the place where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was wanted; when `got` is empty, what is wrong.
    pub expected: String,
    /// What there is: Lua's name of its type, mostly.
    pub got: String,
    /// Where in the value it is, as `opts.timeout` or `[3].name`; empty for the value itself.
    pub path: String,
    /// What the value is.
    pub place: Place,
}

/// What a value that does not fit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Some value.
    Value,
    /// The argument of a function with this number, from 1.
    Argument(u32),
    /// The result of a function with this number, from 1.
    Result(u32),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch {
            expected,
            got,
            path,
            place,
        } = self;
        let what = match got.as_str() {
            "" => expected.clone(),
            got => format!("{expected} expected, got {got}"),
        };
        match place {
            Place::Value if path.is_empty() => return f.write_str(&what),
            Place::Value => f.write_str("bad value")?,
            Place::Argument(number) => write!(f, "bad argument #{number}")?,
            Place::Result(number) => write!(f, "bad result #{number}")?,
        }
        if !path.is_empty() {
            write!(f, " '{path}'")?;
        }
        write!(f, " ({what})")
    }
}

impl StdError for Mismatch {}

/// The value of a Lua error, with its text.
#[derive(Debug, Clone)]
pub struct LuaError {
    /// What was thrown.
    pub value: Value,
    /// Its text, as `tostring` shows it without metamethods. For the error of a function of the host it is
    /// that error's text.
    pub message: Vec<u8>,
    /// The stack where it was thrown, innermost first.
    pub traceback: Vec<Frame>,
    /// The error of a function of the host that was thrown.
    pub cause: Option<Error>,
}

/// Where an error comes from says nothing about which it is.
impl PartialEq for LuaError {
    fn eq(&self, other: &LuaError) -> bool {
        self.value == other.value && self.message == other.message
    }
}

impl fmt::Display for LuaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl StdError for LuaError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// A line of a traceback: a function of the guest or of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The chunk's name as Lua shows it; `[C]` for functions of the library, `[host]` for the host's.
    pub chunk: String,
    /// The line, where it is known.
    pub line: Option<u32>,
    /// The name that the function was called by, or that it has; `main chunk` for one.
    pub function: Option<String>,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chunk)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match self.function.as_deref() {
            Some("main chunk") => f.write_str(": in main chunk"),
            Some(name) => write!(f, ": in function '{name}'"),
            None => f.write_str(": in ?"),
        }
    }
}
