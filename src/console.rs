//! The host of a program that is trusted with the console and the clock: what it prints goes to writers, what it
//! reads comes from a reader, what it requires from a resolver, and all else is refused.

use crate::host::{Answer, Host, Refuse};
use crate::resolver::{Resolver, inside};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{HostError, Reply, Request, Word};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a stream of the guest goes.
type Writer = Box<dyn Write + Send>;
/// Where one comes from.
type Reader = BufReader<Box<dyn Read + Send>>;

/// Most bytes of an answer: 16 MiB.
const MOST: u64 = 16 << 20;

/// A host with a console, a clock, and sources to load by name.
///
/// ```
/// use bvm::{Console, Lua, Output};
/// let printed = Output::default();
/// let console = Console::new().stdout(printed.clone()).stdin(&b"bob\n"[..]);
/// let lua = Lua::builder().host(console).lua()?;
/// lua.load("print('hello ' .. io.read())").exec()?;
/// assert_eq!(printed.take(), b"hello bob\n");
/// # Ok::<(), bvm::Error>(())
/// ```
///
/// Local time is UTC.
pub struct Console {
    stdin: Reader,
    stdout: Writer,
    stderr: Writer,
    resolver: Box<dyn Resolver>,
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
    /// The process's own standard output and error; nothing to read, and nothing to load.
    pub fn new() -> Console {
        Console {
            stdin: BufReader::new(Box::new(io::empty())),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            resolver: Box::new(()),
            begin: std::time::Instant::now(),
        }
    }

    /// Sets where standard input comes from. A guest that reads waits as long as the reader does, and has at most 16 MiB
    /// of it at once.
    #[must_use]
    pub fn stdin(mut self, reader: impl Read + Send + 'static) -> Console {
        self.stdin = BufReader::new(Box::new(reader));
        self
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

    /// Sets where `require`, `dofile` and `loadfile` find sources.
    ///
    /// ```no_run
    /// use bvm::{Console, Folder, Lua};
    /// let console = Console::new().resolver(Folder::new("scripts")?);
    /// let lua = Lua::builder().host(console).lua()?;
    /// lua.load("require('main')").exec()?; // scripts/main.lua
    /// # Ok::<(), bvm::Error>(())
    /// ```
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Console {
        self.resolver = Box::new(resolver);
        self
    }

    /// What is written, flushed or set on one of the streams that go out.
    fn write(&mut self, request: &Request) -> Option<io::Result<()>> {
        let stream = match request.handle()? {
            1 => &mut self.stdout,
            2 => &mut self.stderr,
            _ => return None,
        };
        Some(match (request.call, request.args.get(1)) {
            (Hypercall::Write, Some(Word::Bytes(bytes))) => stream.write_all(bytes),
            (Hypercall::Flush, _) => stream.flush(),
            _ => Ok(()),
        })
    }

    /// What is read from standard input; no word at its end.
    fn read(&mut self, request: &Request) -> io::Result<Option<Word>> {
        let mut bytes = Vec::new();
        let most = match (request.call, request.args.get(1)) {
            (Hypercall::ReadNumber, _) => return read_number(&mut self.stdin),
            (Hypercall::ReadBytes, Some(Word::Int(0))) => {
                let is_over = self.stdin.fill_buf()?.is_empty();
                return Ok((!is_over).then_some(Word::Bytes(bytes)));
            }
            (Hypercall::ReadBytes, Some(Word::Int(count))) => {
                MOST.min(u64::try_from(*count).unwrap_or(0))
            }
            _ => MOST,
        };
        let mut stdin = (&mut self.stdin).take(most);
        match request.call {
            Hypercall::ReadLine => stdin.read_until(b'\n', &mut bytes)?,
            _ => stdin.read_to_end(&mut bytes)?,
        };
        let is_over = bytes.is_empty() && request.call != Hypercall::ReadAll;
        if request.call == Hypercall::ReadLine && bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok((!is_over).then_some(Word::Bytes(bytes)))
    }

    fn source(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        let Some(Word::Bytes(name)) = request.args.first() else {
            return Err(ErrorKind::NotFound.into());
        };
        let name = std::str::from_utf8(name).ok().and_then(inside);
        self.resolver.read(name.ok_or(ErrorKind::NotFound)?)
    }
}

/// Reads what looks like a number, and stops before what does not.
fn read_number(stdin: &mut Reader) -> io::Result<Option<Word>> {
    /// More letters than any number needs.
    const LONGEST: usize = 200;
    let mut text = Vec::new();
    while let Some(&byte) = stdin.fill_buf()?.first() {
        let is_blank = byte.is_ascii_whitespace() && text.is_empty();
        let fits = byte.is_ascii_hexdigit() || b"+-.xXpP".contains(&byte);
        if !is_blank && (!fits || text.len() >= LONGEST) {
            break;
        }
        if !is_blank {
            text.push(byte);
        }
        stdin.consume(1);
    }
    Ok(bvm_isa::number::parse_number(&text).map(Word::Number))
}

/// An error in the words of C.
fn told(error: &io::Error) -> HostError {
    let code = error.raw_os_error().unwrap_or(match error.kind() {
        ErrorKind::NotFound => 2,
        ErrorKind::PermissionDenied => 13,
        ErrorKind::IsADirectory => 21,
        ErrorKind::FileTooLarge => 27,
        _ => 5,
    });
    let text = match error.get_ref() {
        Some(own) => own.to_string(),
        None => io::Error::from_raw_os_error(code).to_string(),
    };
    let end = text.rfind(" (os error").unwrap_or(text.len());
    HostError {
        message: text.get(..end).unwrap_or_default().to_owned(),
        code,
    }
}

fn answered(result: io::Result<Option<Word>>) -> Answer {
    let reply: Reply = match result {
        Ok(word) => Ok(word.into_iter().collect()),
        Err(error) => Err(told(&error)),
    };
    Answer::Reply(reply)
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
            Hypercall::Write | Hypercall::Flush | Hypercall::SetVBuf => match self.write(request) {
                Some(done) => answered(done.map(|()| None)),
                None => Refuse.answer(request),
            },
            Hypercall::ReadLine
            | Hypercall::ReadBytes
            | Hypercall::ReadAll
            | Hypercall::ReadNumber
                if request.handle() == Some(0) =>
            {
                answered(self.read(request))
            }
            Hypercall::Readable => answered(Ok(Some(Word::Bool(self.source(request).is_ok())))),
            Hypercall::ReadFile => answered(self.source(request).map(|s| Some(Word::Bytes(s)))),
            _ => Refuse.answer(request),
        }
    }
}
