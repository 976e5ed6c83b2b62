//! Streams with the buffering of C's stdio over files and processes.

use super::errno::{EBADF, EINVAL, ENOMEM, failure, from_io};
use super::files::path_of;
use super::number::{Scan, Scanner, is_blank};
use bvm_vm::HostError;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

type Result<T> = std::result::Result<T, HostError>;

/// Bytes that may wait to be written.
const BUFFER: usize = 1 << 16;
/// Bytes that are read ahead: many files are shorter, and the buffer is made for each.
const AHEAD: usize = 1 << 13;

/// Most digits of which every number is a double.
const MAX_EXACT: usize = 15;

/// When what is written goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Buffering {
    None,
    Line,
    Full,
}

/// An open stream.
#[derive(Debug)]
pub struct Stream {
    file: File,
    /// The process at the other end, of `popen`.
    child: Option<Child>,
    /// The buffer for reading; bytes from `at` to `end` are still to be taken.
    input: Vec<u8>,
    at: usize,
    end: usize,
    output: Vec<u8>,
    buffering: Buffering,
    /// The program has asked for no buffering.
    unbuffered: bool,
    reads: bool,
    writes: bool,
    terminal: bool,
}

/// What a mode of C's `fopen` asks for.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    pub reads: bool,
    pub writes: bool,
    pub appends: bool,
    pub creates: bool,
    /// There must be no such file.
    pub new: bool,
    pub truncates: bool,
}

impl Access {
    /// Reads a mode.
    pub fn of(mode: &[u8]) -> Result<Access> {
        let mode = mode.split(|&byte| byte == 0).next().unwrap_or_default();
        let (&kind, flags) = mode.split_first().ok_or_else(|| failure(EINVAL))?;
        if !matches!(kind, b'r' | b'w' | b'a') {
            return Err(failure(EINVAL));
        }
        let both = flags.contains(&b'+');
        let makes = kind != b'r';
        let new = makes && flags.contains(&b'x');
        Ok(Access {
            reads: kind == b'r' || both,
            writes: kind == b'w' || kind == b'r' && both,
            appends: kind == b'a',
            creates: makes && !new,
            new,
            truncates: kind == b'w' && !new,
        })
    }

    /// Whether the file may change.
    pub fn changes(self) -> bool {
        self.writes || self.appends
    }
}

impl Stream {
    fn new(file: File, reads: bool, writes: bool) -> Stream {
        Stream {
            file,
            child: None,
            input: Vec::new(),
            at: 0,
            end: 0,
            output: Vec::new(),
            buffering: Buffering::Full,
            unbuffered: false,
            reads,
            writes,
            terminal: false,
        }
    }

    /// A stream that reads and writes a file.
    pub fn over(file: File) -> Stream {
        Stream::new(file, true, true)
    }

    /// Standard input, output and error.
    pub fn standard() -> Vec<Option<Stream>> {
        let descriptors = [
            std::io::stdin().as_fd().try_clone_to_owned(),
            std::io::stdout().as_fd().try_clone_to_owned(),
            std::io::stderr().as_fd().try_clone_to_owned(),
        ];
        let streams = descriptors.into_iter().enumerate().map(|(i, descriptor)| {
            let file = File::from(descriptor.ok()?);
            let mut stream = Stream::new(file, i == 0, i != 0);
            stream.terminal = stream.file.is_terminal();
            stream.buffering = match (i, stream.terminal) {
                (2, _) => Buffering::None,
                (_, true) => Buffering::Line,
                _ => Buffering::Full,
            };
            Some(stream)
        });
        streams.collect()
    }

    /// Opens a file as C's `fopen` does.
    pub fn open(path: &[u8], mode: &[u8]) -> Result<Stream> {
        let access = Access::of(mode)?;
        let mut options = OpenOptions::new();
        options
            .read(access.reads)
            .write(access.writes)
            .append(access.appends)
            .create(access.creates)
            .create_new(access.new)
            .truncate(access.truncates);
        let file = options.open(path_of(path));
        Ok(Stream::with(file.map_err(|error| from_io(&error))?, access))
    }

    /// A file that was opened for such access.
    pub fn with(mut file: File, access: Access) -> Stream {
        if access.appends && !access.reads {
            // A pipe cannot seek, and need not.
            let _ = file.seek(SeekFrom::End(0));
        }
        Stream::new(file, access.reads, access.writes || access.appends)
    }

    /// Starts a process with a pipe, as C's `popen` does.
    pub fn process(command: &[u8], mode: &[u8]) -> Result<Stream> {
        let mode = mode.split(|&byte| byte == 0).next().unwrap_or_default();
        let known = mode.iter().all(|flag| matches!(flag, b'r' | b'w' | b'e'));
        let (reads, writes) = (mode.contains(&b'r'), mode.contains(&b'w'));
        if !known || reads == writes {
            return Err(failure(EINVAL));
        }
        let mut shell = shell(command);
        if reads {
            shell.stdout(Stdio::piped());
        } else {
            shell.stdin(Stdio::piped());
        }
        let mut child = shell.spawn().map_err(|error| from_io(&error))?;
        let pipe: Option<OwnedFd> = match (child.stdout.take(), child.stdin.take()) {
            (Some(out), _) => Some(out.into()),
            (_, Some(into)) => Some(into.into()),
            _ => None,
        };
        let pipe = pipe.ok_or_else(|| failure(EBADF))?;
        let mut stream = Stream::new(File::from(pipe), reads, writes);
        stream.child = Some(child);
        Ok(stream)
    }

    /// Gives the buffer for reading away, for another stream to have.
    pub fn take_buffer(&mut self) -> Vec<u8> {
        self.forget();
        std::mem::take(&mut self.input)
    }

    /// Takes over the buffer of another stream.
    pub fn use_buffer(&mut self, buffer: Vec<u8>) {
        self.input = buffer;
    }

    /// Whether a person is at the other end.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether there is a file, which lets nobody wait.
    pub fn is_file(&self) -> bool {
        self.child.is_none() && self.file.metadata().is_ok_and(|data| data.is_file())
    }

    /// Whether the buffer has room for these bytes, and they need not go out at once.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let goes_out = match self.buffering {
            Buffering::None => true,
            Buffering::Line => bytes.contains(&b'\n'),
            Buffering::Full => false,
        };
        !goes_out && self.output.len() + bytes.len() <= BUFFER
    }

    /// Whether nothing waits to be written.
    pub fn is_flushed(&self) -> bool {
        self.output.is_empty()
    }

    /// Whether the next read has to ask the system.
    pub fn is_drained(&self) -> bool {
        self.at >= self.end
    }

    /// What can be read without asking the system.
    pub fn unread(&self) -> &[u8] {
        self.input.get(self.at..self.end).unwrap_or_default()
    }

    /// Makes sure that there are unread bytes; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        if !self.is_drained() {
            return Ok(true);
        }
        self.turn_to_reading()?;
        self.input.resize(AHEAD, 0);
        let got = loop {
            match self.file.read(&mut self.input) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.end = *got.as_ref().unwrap_or(&0);
        got.map(|count| count > 0).map_err(|error| from_io(&error))
    }

    /// Makes the file ready to be read, when the buffer is drained.
    fn turn_to_reading(&mut self) -> Result<()> {
        if !self.reads {
            return Err(failure(EBADF));
        }
        self.flush()?;
        self.forget();
        Ok(())
    }

    /// Drops what has been read ahead.
    fn forget(&mut self) {
        (self.at, self.end) = (0, 0);
    }

    /// Reads a line; its newline is taken and dropped.
    pub fn read_line(&mut self, limit: u64) -> Result<Option<Vec<u8>>> {
        let mut line: Option<Vec<u8>> = None;
        while self.fill()? {
            let rest = self.unread();
            let end = memchr::memchr(b'\n', rest);
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let taken = part.len() + usize::from(end.is_some());
            let line = line.get_or_insert_default();
            append(line, part)?;
            self.at += taken;
            if end.is_some() {
                break;
            }
            if line.len() as u64 > limit {
                return Err(failure(ENOMEM));
            }
        }
        Ok(line)
    }

    /// Takes the whole lines that have been read already, at most so many bytes.
    pub fn lines_ahead(&mut self, most: usize) -> Option<Vec<u8>> {
        let rest = self.unread();
        let rest = rest.get(..most).unwrap_or(rest);
        let end = memchr::memrchr(b'\n', rest)? + 1;
        let lines = rest.get(..end)?.to_vec();
        self.at += end;
        Some(lines)
    }

    /// Reads at most `count` bytes; `None` at the end of the file. A negative count is all.
    pub fn read_bytes(&mut self, count: i64, limit: u64) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let mut left = usize::try_from(count).unwrap_or(usize::MAX);
        if left > AHEAD && self.is_drained() {
            self.turn_to_reading()?;
            self.read_far(&mut bytes, left, limit)?;
            return Ok((!bytes.is_empty()).then_some(bytes));
        }
        if !self.fill()? {
            return Ok(None);
        }
        while left > 0 && self.fill()? {
            let part = self.unread();
            let part = part.get(..left.min(part.len())).unwrap_or_default();
            let taken = part.len();
            append(&mut bytes, part)?;
            left -= taken;
            self.at += taken;
            if bytes.len() as u64 > limit {
                return Err(failure(ENOMEM));
            }
            if left > AHEAD && self.is_drained() {
                self.read_far(&mut bytes, left, limit)?;
                break;
            }
        }
        Ok(Some(bytes))
    }

    /// Reads past the buffer, which is drained: `left` more bytes, or all that there are.
    fn read_far(&mut self, bytes: &mut Vec<u8>, left: usize, limit: u64) -> Result<()> {
        // What is beyond the limit need not be read to know that it is too much.
        let most = limit.saturating_add(1).saturating_sub(bytes.len() as u64);
        bytes.try_reserve(4 * AHEAD).map_err(|_| failure(ENOMEM))?;
        let mut rest = (&self.file).take(most.min(left as u64));
        match rest.read_to_end(bytes) {
            Ok(_) if bytes.len() as u64 > limit => Err(failure(ENOMEM)),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(failure(ENOMEM)),
            Err(error) => Err(from_io(&error)),
        }
    }

    /// Takes a whole number of few digits that lies before a blank in the buffer, as most do.
    fn number_at_hand(&mut self) -> Option<f64> {
        let rest = self.unread();
        let blanks = rest.iter().take_while(|&&byte| is_blank(byte)).count();
        let text = rest.get(blanks..)?;
        let (is_negative, digits) = match text.split_first()? {
            (b'-', digits) => (true, digits),
            _ => (false, text),
        };
        let count = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=MAX_EXACT).contains(&count) || !is_blank(*digits.get(count)?) {
            return None;
        }
        let add = |n: u64, digit: &u8| n * 10 + u64::from(digit - b'0');
        let n = digits.iter().take(count).fold(0, add) as f64;
        self.at += blanks + usize::from(is_negative) + count;
        Some(if is_negative { -n } else { n })
    }

    /// Reads a number in C's syntax.
    pub fn read_number(&mut self) -> Result<Option<f64>> {
        if let Some(n) = self.number_at_hand() {
            return Ok(Some(n));
        }
        let mut scanner = Scanner::default();
        while self.fill()? {
            let Some(&byte) = self.unread().first() else {
                break;
            };
            match scanner.feed(byte) {
                Scan::Taken => self.at += 1,
                Scan::Stop => break,
                Scan::Fail => {
                    self.at += 1;
                    return Ok(None);
                }
            }
        }
        Ok(scanner.finish())
    }

    /// Goes back to where the program is, when it has read less than the buffer.
    fn forget_input(&mut self) -> Result<()> {
        let ahead = self.unread().len() as i64;
        self.forget();
        if ahead > 0 {
            self.file
                .seek(SeekFrom::Current(-ahead))
                .map_err(|error| from_io(&error))?;
        }
        Ok(())
    }

    /// Writes bytes, now or later.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.writes {
            return Err(failure(EBADF));
        }
        if self.reads && self.end > 0 {
            self.forget_input()?;
        }
        if self.output.len() + bytes.len() > BUFFER {
            self.flush()?;
            if bytes.len() > BUFFER {
                return self.put(bytes);
            }
        }
        self.output.extend_from_slice(bytes);
        match self.buffering {
            Buffering::None => self.flush(),
            Buffering::Line if bytes.contains(&b'\n') => self.flush(),
            _ => Ok(()),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| from_io(&error))
    }

    /// Writes out what waits.
    pub fn flush(&mut self) -> Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.output);
        let written = self.put(&waiting);
        self.output = waiting;
        self.output.clear();
        written
    }

    /// Moves the position: `whence` 0 from the start, 1 from the current one, 2 from the end.
    pub fn seek(&mut self, whence: i64, offset: i64) -> Result<i64> {
        self.flush()?;
        let ahead = self.unread().len() as i64;
        let to = match whence {
            0 => match u64::try_from(offset) {
                Ok(offset) => SeekFrom::Start(offset),
                // What cannot seek at all says so first.
                Err(_) => {
                    let here = self.file.stream_position();
                    here.map_err(|error| from_io(&error))?;
                    return Err(failure(EINVAL));
                }
            },
            1 => SeekFrom::Current(offset.saturating_sub(ahead)),
            _ => SeekFrom::End(offset),
        };
        let position = self.file.seek(to).map_err(|error| from_io(&error))?;
        self.forget();
        Ok(position as i64)
    }

    /// Sets the buffering: mode 0 none, 1 line, 2 full.
    pub fn set_buffering(&mut self, mode: i64, _size: i64) -> Result<()> {
        self.flush()?;
        if self.unbuffered && mode == 2 {
            // The C library keeps the buffer of one byte that it has given such a stream.
            return Ok(());
        }
        self.unbuffered = mode == 0;
        self.buffering = match mode {
            0 => Buffering::None,
            1 => Buffering::Line,
            _ => Buffering::Full,
        };
        Ok(())
    }

    /// Closes the stream: 0, or the exit status of the process.
    pub fn close(mut self) -> Result<i64> {
        let flushed = self.flush();
        let Stream { file, child, .. } = self;
        drop(file);
        let status = match child {
            Some(mut child) => match child.wait() {
                Ok(status) => i64::from(status.into_raw()),
                Err(error) => return Err(from_io(&error)),
            },
            None => 0,
        };
        flushed.map(|()| status)
    }
}

/// Appends bytes, when the system gives memory for them.
fn append(to: &mut Vec<u8>, part: &[u8]) -> Result<()> {
    to.try_reserve(part.len()).map_err(|_| failure(ENOMEM))?;
    to.extend_from_slice(part);
    Ok(())
}

fn shell(command: &[u8]) -> Command {
    let command = command.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut shell = Command::new("/bin/sh");
    // Its own messages begin with the name by which C's `system` calls it.
    shell.arg0("sh");
    shell.arg("-c").arg(OsStr::from_bytes(command));
    shell
}

/// Runs a command as C's `system` does; without one tells whether there is a shell.
pub fn execute(command: Option<&[u8]>) -> i32 {
    match command {
        None => i32::from(std::path::Path::new("/bin/sh").exists()),
        Some(command) => match shell(command).status() {
            Ok(status) => status.into_raw(),
            Err(_) => -1,
        },
    }
}
