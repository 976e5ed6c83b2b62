//! The host's side of hypercalls: what answers a guest. Must not know Lua values.

use crate::drive::text_of;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{HostError, Reply, Request, Word};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The guest goes on with this.
    Reply(Reply),
    /// The run ends with [`crate::Exit::Waiting`]; [`crate::Guest::answer`] hands the reply in later.
    Later,
    /// The run ends for good with [`crate::Exit::Ended`].
    End(i64),
}

impl Answer {
    /// A reply with these results.
    pub fn words(words: impl Into<Vec<Word>>) -> Answer {
        Answer::Reply(Ok(words.into()))
    }

    /// A refusal in the words of `strerror` and with the number of `errno`.
    pub fn error(message: impl Into<String>, code: i32) -> Answer {
        let message = message.into();
        Answer::Reply(Err(HostError { message, code }))
    }
}

/// Answers the hypercalls of one guest.
///
/// When it panics, the guest gets an error for an answer: a fault with the code [`HostError::PANICKED`], which
/// functions of the library raise or give as they do with other errors. The host is asked again for the next request.
/// Under a [`Supervisor`](crate::Supervisor) the guest is [`Stuck`](crate::State::Stuck) instead.
///
/// ```
/// use bvm::{Guest, Request};
/// let mut guest = Guest::builder().host(|_: &Request| panic!("no clock")).build()?;
/// let text: String = guest.eval("return select(2, pcall(os.time))", 10_000)?;
/// assert_eq!(text, "the host panicked: no clock");
/// # Ok::<(), bvm::Error>(())
/// ```
pub trait Host: Send {
    /// Answers a request. Called in the middle of [`crate::Guest::run`]; whatever time it takes is not
    /// fuel.
    fn answer(&mut self, request: &Request) -> Answer;
}

/// Any closure will do as a host.
impl<F: FnMut(&Request) -> Answer + Send> Host for F {
    fn answer(&mut self, request: &Request) -> Answer {
        self(request)
    }
}

/// A host whose panics do not leave it: they are faults in the guest, and nothing out here.
pub(crate) struct Fenced(pub Box<dyn Host>);

impl Host for Fenced {
    fn answer(&mut self, request: &Request) -> Answer {
        // What a broken host says next is its own affair: the guest trusts no answer.
        let answered = catch_unwind(AssertUnwindSafe(|| self.0.answer(request)));
        answered.unwrap_or_else(|panic| {
            let text = format!("the host panicked: {}", text_of(&*panic));
            Answer::error(text, HostError::PANICKED)
        })
    }
}

/// The host of a new guest: refuses everything. `os.exit` ends the run, as no host needs to help.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refuse;

impl Host for Refuse {
    fn answer(&mut self, request: &Request) -> Answer {
        match (request.call, request.args.first()) {
            (Hypercall::Exit, Some(Word::Int(code))) => Answer::End(*code),
            (Hypercall::Exit, _) => Answer::End(0),
            _ => Answer::error("Operation not permitted", EPERM),
        }
    }
}

/// `errno` of what is not allowed.
const EPERM: i32 = 1;
/// `errno` of a full device.
const ENOSPC: i32 = 28;
/// Handle of standard output.
const STDOUT: i64 = 1;
/// Handle of standard error.
const STDERR: i64 = 2;

/// Keeps what the guest writes to standard output and standard error, and refuses the rest.
#[derive(Debug)]
pub struct Capture {
    output: Output,
    limit: usize,
}

impl Capture {
    /// A host that keeps at most `limit` bytes that nobody has taken, and the place to take them from.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(limit: usize) -> (Capture, Output) {
        let output = Output::default();
        let host = Capture {
            output: output.clone(),
            limit,
        };
        (host, output)
    }
}

impl Host for Capture {
    fn answer(&mut self, request: &Request) -> Answer {
        match (request.call, request.args.as_slice()) {
            (Hypercall::Write, [Word::Int(STDOUT | STDERR), Word::Bytes(bytes)]) => {
                let mut kept = self.output.lock();
                if kept.len().saturating_add(bytes.len()) > self.limit {
                    return Answer::error("No space left on device", ENOSPC);
                }
                kept.extend_from_slice(bytes);
                Answer::words([])
            }
            (Hypercall::Flush | Hypercall::SetVBuf, [Word::Int(STDOUT | STDERR), ..]) => {
                Answer::words([])
            }
            _ => Refuse.answer(request),
        }
    }
}

/// What a [`Capture`] has kept, or what was written to it. Copies share it. As a writer, it keeps everything until
/// somebody takes it.
#[derive(Debug, Clone, Default)]
pub struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    /// Takes what the guest has written since the last time.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        // Bytes are complete at any moment, also after a panic elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
