//! The outside world: answers every hypercall over std. The only place of the command with files,
//! processes, clocks and the environment. Must not know Lua values.

mod errno;
mod files;
mod folders;
mod number;
mod patience;
mod stream;
mod zone;

use bvm_isa::hypercall::Hypercall;
use bvm_vm::{HostError, Reply, Request, Word};
use errno::{EPERM, failure, from_io};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use stream::Stream;

pub use files::{make_folder, path_of};
pub use folders::Folders;

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The answer for the guest.
    Reply(Reply),
    /// The program ends with this code.
    Exit(i32),
}

/// Exit code when nobody reads standard output any more: what a shell shows for SIGPIPE.
pub const BROKEN_PIPE: i32 = 128 + 13;

/// Handle of standard output.
pub const STDOUT: i64 = 1;
/// Handle of standard error.
pub const STDERR: i64 = 2;

/// Open streams and limits of one guest's host.
#[derive(Debug)]
pub struct Host {
    streams: Vec<Option<Stream>>,
    /// The buffer of a stream that was closed, for the next one.
    spare: Vec<u8>,
    /// Most bytes that one answer may hold.
    limit: u64,
    /// The only folders whose files there are, if the program is confined.
    folders: Option<Arc<Folders>>,
    /// Who answers where the program's time may be over before.
    helper: Option<patience::Helper>,
}

/// The arguments of a request.
struct Args(Vec<Word>);

impl Args {
    fn int(&self, i: usize) -> i64 {
        match self.0.get(i) {
            Some(Word::Int(n)) => *n,
            Some(Word::Number(n)) => *n as i64,
            _ => 0,
        }
    }

    fn bytes(&self, i: usize) -> &[u8] {
        match self.0.get(i) {
            Some(Word::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }

    fn given(&self, i: usize) -> bool {
        matches!(self.0.get(i), Some(Word::Bytes(_)))
    }
}

impl Host {
    /// A host with the three standard streams, whose answers hold at most `limit` bytes.
    pub fn new(limit: u64) -> Host {
        Host {
            streams: Stream::standard(),
            spare: Vec::new(),
            limit,
            folders: None,
            helper: None,
        }
    }

    /// Answers a request.
    pub fn answer(&mut self, request: Request) -> Outcome {
        let args = Args(request.args);
        if request.call == Hypercall::Exit {
            return Outcome::Exit(args.int(0) as i32);
        }
        let reply = self.reply(request.call, &args);
        let on_stdout = matches!(request.call, Hypercall::Write | Hypercall::Flush);
        if let Err(error) = &reply
            && error.code == errno::EPIPE
            && on_stdout
            && args.int(0) == STDOUT
        {
            return Outcome::Exit(BROKEN_PIPE);
        }
        Outcome::Reply(reply)
    }

    /// Leaves the program nothing but the files of these folders.
    pub fn confine(&mut self, folders: impl Into<Arc<Folders>>) {
        self.folders = Some(folders.into());
    }

    fn reply(&mut self, call: Hypercall, args: &Args) -> Reply {
        if let Some(folders) = &self.folders {
            let first = args.bytes(0);
            match call {
                Hypercall::Remove => return folders.remove(first),
                Hypercall::Rename => return folders.rename(first, args.bytes(1)),
                Hypercall::ReadFile => return folders.read_whole(first, self.limit),
                Hypercall::Readable => return folders.readable(first),
                Hypercall::TmpName | Hypercall::TmpFile => return Err(folders.no_temporary()),
                _ => {}
            }
        }
        match call {
            Hypercall::Open | Hypercall::TmpFile | Hypercall::POpen => self.open(call, args),
            Hypercall::Write
            | Hypercall::ReadLine
            | Hypercall::ReadBytes
            | Hypercall::ReadAll
            | Hypercall::ReadNumber
            | Hypercall::Close
            | Hypercall::Flush
            | Hypercall::Seek
            | Hypercall::SetVBuf => self.on_stream(call, args),
            Hypercall::Remove => files::remove(args.bytes(0)),
            Hypercall::Rename => files::rename(args.bytes(0), args.bytes(1)),
            Hypercall::TmpName => files::temporary_name(),
            Hypercall::ReadFile => files::read_whole(args.bytes(0), self.limit),
            Hypercall::Readable => files::readable(args.bytes(0)),
            Hypercall::Execute => {
                self.flush_all();
                let command = args.given(0).then(|| args.bytes(0));
                Ok(vec![Word::Int(i64::from(stream::execute(command)))])
            }
            Hypercall::GetEnv => Ok(variable(args.bytes(0))
                .map(Word::Bytes)
                .into_iter()
                .collect()),
            Hypercall::Entropy => entropy(args.int(0)),
            Hypercall::Clock => Ok(vec![Word::Number(processor_time())]),
            Hypercall::Time => Ok(vec![Word::Int(now())]),
            Hypercall::Zone => Ok(zone::at(args.int(0))),
            Hypercall::Exit => Ok(Vec::new()),
            // One program has nobody to talk to.
            Hypercall::TaskId
            | Hypercall::Send
            | Hypercall::Receive
            | Hypercall::Sleep
            | Hypercall::Spawn
            | Hypercall::Link
            | Hypercall::Monitor
            | Hypercall::Find => Err(failure(EPERM)),
        }
    }

    fn open(&mut self, call: Hypercall, args: &Args) -> Reply {
        let mut opened = match (call, &self.folders) {
            (Hypercall::Open, Some(folders)) => folders.open(args.bytes(0), args.bytes(1))?,
            (Hypercall::Open, None) => Stream::open(args.bytes(0), args.bytes(1))?,
            (Hypercall::TmpFile, _) => Stream::over(files::temporary_file()?),
            _ => {
                self.flush_all();
                Stream::process(args.bytes(0), args.bytes(1))?
            }
        };
        opened.use_buffer(std::mem::take(&mut self.spare));
        let free = self.streams.iter().position(Option::is_none);
        let handle = free.unwrap_or(self.streams.len());
        match self.streams.get_mut(handle) {
            Some(slot) => *slot = Some(opened),
            None => self.streams.push(Some(opened)),
        }
        Ok(vec![Word::Int(handle as i64)])
    }

    fn on_stream(&mut self, call: Hypercall, args: &Args) -> Reply {
        let limit = self.limit;
        let index = usize::try_from(args.int(0)).unwrap_or(usize::MAX);
        let reads = matches!(
            call,
            Hypercall::ReadLine | Hypercall::ReadBytes | Hypercall::ReadAll | Hypercall::ReadNumber
        );
        if reads && index == 0 {
            self.before_reading_terminal();
        }
        let slot = self.streams.get_mut(index);
        let Some(place) = slot else {
            return Err(failure(errno::EBADF));
        };
        if call == Hypercall::Close {
            return match place.take() {
                Some(mut stream) => {
                    self.spare = stream.take_buffer();
                    Ok(vec![Word::Int(stream.close()?)])
                }
                None => Err(failure(errno::EBADF)),
            };
        }
        let Some(stream) = place else {
            return Err(failure(errno::EBADF));
        };
        match call {
            Hypercall::Write => stream.write(args.bytes(1)).map(|()| Vec::new()),
            Hypercall::ReadLine => {
                let line = stream.read_line(limit)?.map(Word::Bytes);
                let most = limit.min(u64::try_from(args.int(1)).unwrap_or(0));
                let ahead = stream.lines_ahead(most as usize).map(Word::Bytes);
                Ok(line.into_iter().chain(ahead).collect())
            }
            Hypercall::ReadBytes => stream.read_bytes(args.int(1), limit).map(optional),
            Hypercall::ReadAll => stream
                .read_bytes(i64::MAX, limit)
                .map(|read| vec![Word::Bytes(read.unwrap_or_default())]),
            Hypercall::ReadNumber => Ok(stream
                .read_number()?
                .map(Word::Number)
                .into_iter()
                .collect()),
            Hypercall::Flush => stream.flush().map(|()| Vec::new()),
            Hypercall::Seek => {
                let position = stream.seek(args.int(1), args.int(2))?;
                Ok(vec![Word::Int(position)])
            }
            _ => {
                stream.set_buffering(args.int(1), args.int(2))?;
                Ok(Vec::new())
            }
        }
    }

    /// A prompt has to be seen before somebody answers it.
    fn before_reading_terminal(&mut self) {
        let waits = self.streams.first().is_some_and(|stdin| {
            stdin
                .as_ref()
                .is_some_and(|stream| stream.is_terminal() && stream.is_drained())
        });
        if waits && let Some(Some(stdout)) = self.streams.get_mut(STDOUT as usize) {
            // Who asks for a line is not told that the prompt could not be written.
            let _ = stdout.flush();
        }
    }

    /// Writes a whole file; on failure says what could not be done.
    pub fn write_file(
        &mut self,
        path: &[u8],
        bytes: &[u8],
    ) -> Result<(), (&'static str, HostError)> {
        let mut stream = Stream::open(path, b"wb").map_err(|error| ("open", error))?;
        stream.write(bytes).map_err(|error| ("write", error))?;
        stream.close().map(|_| ()).map_err(|error| ("close", error))
    }

    /// Flushes all streams; what cannot be written is lost, as at the end of a C program.
    pub fn flush_all(&mut self) {
        for stream in self.streams.iter_mut().flatten() {
            let _ = stream.flush();
        }
    }
}

fn optional(read: Option<Vec<u8>>) -> Vec<Word> {
    read.map(Word::Bytes).into_iter().collect()
}

/// The value of an environment variable.
pub fn variable(name: &[u8]) -> Option<Vec<u8>> {
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    if name.is_empty() || name.contains(&b'=') {
        return None;
    }
    std::env::var_os(OsStr::from_bytes(name)).map(OsStringExt::into_vec)
}

/// Most random bytes that a guest gets at a time.
const MOST_ENTROPY: usize = 1024;

/// Bytes of the system's source of random numbers.
fn entropy(count: i64) -> Reply {
    let mut bytes = vec![0; usize::try_from(count).unwrap_or(0).min(MOST_ENTROPY)];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let flags = rustix::rand::GetRandomFlags::empty();
        filled += rustix::rand::getrandom(rest, flags).map_err(|_| failure(EPERM))?;
    }
    Ok(vec![Word::Bytes(bytes)])
}

fn processor_time() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    // C's `clock` counts microseconds.
    let micros = spent.tv_sec as f64 * 1e6 + (spent.tv_nsec / 1000) as f64;
    micros / 1e6
}

/// Seconds since 1970.
fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

/// Reads all of standard input, for a chunk that comes from there.
///
/// # Errors
/// What the system says.
pub fn read_stdin(host: &mut Host) -> Reply {
    host.reply(Hypercall::ReadAll, &Args(vec![Word::Int(0)]))
}

/// Reads a line of standard input.
pub fn read_stdin_line(host: &mut Host) -> Option<Vec<u8>> {
    match host
        .reply(Hypercall::ReadLine, &Args(vec![Word::Int(0)]))
        .ok()?
        .pop()
    {
        Some(Word::Bytes(line)) => Some(line),
        _ => None,
    }
}

/// Writes to a standard stream on behalf of the command itself.
pub fn say(host: &mut Host, handle: i64, text: &[u8]) {
    // There is nowhere to tell that telling failed.
    let _ = host.reply(
        Hypercall::Write,
        &Args(vec![Word::Int(handle), Word::Bytes(text.to_vec())]),
    );
}

/// Reads a file for the command itself.
///
/// # Errors
/// What the system says.
pub fn read_path(host: &mut Host, path: &[u8]) -> Result<Vec<u8>, HostError> {
    let words = files::read_whole(path, host.limit)?;
    match words.into_iter().next() {
        Some(Word::Bytes(bytes)) => Ok(bytes),
        _ => Err(from_io(&std::io::Error::other("no data"))),
    }
}
