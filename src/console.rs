//! The host of a program that is trusted with the console and the clock: what it prints goes to writers, what it
//! requires comes from a resolver, and all else is refused.

use crate::host::{Answer, Host, Refuse};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{Request, Word};
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a stream of the guest goes.
type Writer = Box<dyn Write + Send>;

/// A host with a console and a clock.
///
/// ```
/// use bvm::{Console, Guest};
/// let console = Console::new().stdout(std::io::sink());
/// let mut guest = Guest::builder().host(console).build()?;
/// guest.eval::<()>("print(os.time())", 10_000)?;
/// # Ok::<(), bvm::Error>(())
/// ```
pub struct Console {
    stdout: Writer,
    stderr: Writer,
    begin: std::time::Instant,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

impl Default for Console {
    fn default() -> Console {
        Console::new()
    }
}

impl Console {
    /// The process's own standard output and error.
    pub fn new() -> Console {
        Console {
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            begin: std::time::Instant::now(),
        }
    }

    /// Sets where standard output goes.
    #[must_use]
    pub fn stdout(mut self, writer: impl Write + Send + 'static) -> Console {
        self.stdout = Box::new(writer);
        self
    }

    /// Sets where standard error goes.
    #[must_use]
    pub fn stderr(mut self, writer: impl Write + Send + 'static) -> Console {
        self.stderr = Box::new(writer);
        self
    }

    fn stream(&mut self, handle: Option<i64>) -> Option<&mut Writer> {
        match handle? {
            1 => Some(&mut self.stdout),
            2 => Some(&mut self.stderr),
            _ => None,
        }
    }
}

impl Host for Console {
    fn answer(&mut self, request: &Request) -> Answer {
        match request.call {
            Hypercall::Clock => {
                let used = self.begin.elapsed().as_secs_f64();
                Answer::words([Word::Number(used)])
            }
            Hypercall::Time => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let seconds = since.map_or(0, |since| since.as_secs());
                Answer::words([Word::Int(seconds as i64)])
            }
            Hypercall::Zone => Answer::words([
                Word::Int(0),
                Word::Bool(false),
                Word::Bytes(b"UTC".to_vec()),
            ]),
            Hypercall::Write | Hypercall::Flush | Hypercall::SetVBuf => {
                let Some(stream) = self.stream(request.handle()) else {
                    return Refuse.answer(request);
                };
                let done = match (request.call, request.args.get(1)) {
                    (Hypercall::Write, Some(Word::Bytes(bytes))) => stream.write_all(bytes),
                    (Hypercall::Flush, _) => stream.flush(),
                    _ => Ok(()),
                };
                match done {
                    Ok(()) => Answer::words([]),
                    Err(error) => {
                        let code = error.raw_os_error().unwrap_or(5);
                        Answer::error(error.to_string(), code)
                    }
                }
            }
            _ => Refuse.answer(request),
        }
    }
}
