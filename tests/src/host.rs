//! A host for guests under test: standard output is kept, files are in memory, the clock stands
//! still, the zone is UTC and there are no processes. The same requests get the same answers.

use crate::files::{self, ENOENT, ENOSYS, Errno, Files};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{HostError, Reply, Request, Word};

/// The moment at which the guest's clock stands: 2001-09-09 01:46:40 UTC.
const NOW: i64 = 1_000_000_000;
/// Most output that is kept; more is dropped, for programs that print without end.
const MOST_OUTPUT: usize = 16 << 20;

/// Everything outside one guest.
#[derive(Debug, Default)]
pub struct TestHost {
    /// What the guest wrote to standard output and standard error.
    pub output: Vec<u8>,
    /// The exit code, when the guest has asked to end.
    pub exit: Option<i64>,
    files: Files,
}

impl TestHost {
    /// Answers a request. After [`Hypercall::Exit`] the guest is not to be run again.
    pub fn answer(&mut self, request: &Request) -> Reply {
        self.try_answer(request).map_err(|code| HostError {
            message: files::message(code).to_owned(),
            code,
        })
    }

    fn try_answer(&mut self, request: &Request) -> Result<Vec<Word>, Errno> {
        let Request { call, args, .. } = request;
        let first = int(args, 0);
        match call {
            Hypercall::Write => self.write(first, bytes(args, 1)),
            Hypercall::ReadLine
            | Hypercall::ReadBytes
            | Hypercall::ReadAll
            | Hypercall::ReadNumber => self.read(*call, first, args),
            Hypercall::Open => {
                let handle = self.files.open(bytes(args, 0), bytes(args, 1))?;
                Ok(vec![Word::Int(handle)])
            }
            Hypercall::Close => self.files.close(first).map(|()| vec![Word::Int(0)]),
            Hypercall::Flush | Hypercall::SetVBuf if first <= 2 => Ok(vec![]),
            Hypercall::Flush | Hypercall::SetVBuf => self.files.check(first).map(|()| vec![]),
            Hypercall::Seek => {
                let position = self.files.seek(first, int(args, 1), int(args, 2))?;
                Ok(vec![Word::Int(position)])
            }
            Hypercall::TmpFile => Ok(vec![Word::Int(self.files.scratch())]),
            Hypercall::Remove => self.files.remove(bytes(args, 0)).map(|()| vec![]),
            Hypercall::Rename => self
                .files
                .rename(bytes(args, 0), bytes(args, 1))
                .map(|()| vec![]),
            Hypercall::TmpName => Ok(vec![Word::Bytes(self.files.temporary_name())]),
            Hypercall::ReadFile => Ok(vec![Word::Bytes(self.files.content(bytes(args, 0))?)]),
            Hypercall::Readable => Ok(vec![Word::Bool(self.files.exists(bytes(args, 0)))]),
            _ => self.world(*call, first),
        }
    }

    /// The hypercalls that are not about files.
    fn world(&mut self, call: Hypercall, first: i64) -> Result<Vec<Word>, Errno> {
        match call {
            Hypercall::Exit => {
                self.exit = Some(first);
                Ok(vec![])
            }
            Hypercall::GetEnv => Ok(vec![]),
            Hypercall::Clock => Ok(vec![Word::Number(0.5)]),
            Hypercall::Entropy => Ok(vec![Word::Bytes(vec![b'?'; first.max(0) as usize])]),
            Hypercall::Time => Ok(vec![Word::Int(NOW)]),
            Hypercall::Zone => Ok(vec![
                Word::Int(0),
                Word::Bool(false),
                Word::Bytes(b"UTC".to_vec()),
            ]),
            Hypercall::Execute => Ok(vec![Word::Int(0)]),
            Hypercall::POpen => Err(ENOSYS),
            _ => Err(ENOENT),
        }
    }

    fn write(&mut self, handle: i64, data: &[u8]) -> Result<Vec<Word>, Errno> {
        if !matches!(handle, 1 | 2) {
            return self.files.write(handle, data).map(|()| vec![]);
        }
        let room = MOST_OUTPUT.saturating_sub(self.output.len());
        self.output.extend(data.iter().take(room));
        Ok(vec![])
    }

    fn read(&mut self, call: Hypercall, handle: i64, args: &[Word]) -> Result<Vec<Word>, Errno> {
        // Standard input is empty.
        if handle == 0 {
            let empty = vec![Word::Bytes(Vec::new())];
            return Ok(if call == Hypercall::ReadAll {
                empty
            } else {
                vec![]
            });
        }
        let found = match call {
            Hypercall::ReadLine => {
                let line = self.files.read_line(handle)?.map(Word::Bytes);
                let most = usize::try_from(int(args, 1)).unwrap_or(0);
                let ahead = self.files.lines_ahead(handle, most)?.map(Word::Bytes);
                return Ok(line.into_iter().chain(ahead).collect());
            }
            Hypercall::ReadAll => Some(Word::Bytes(self.files.read_all(handle)?)),
            Hypercall::ReadNumber => self.files.read_number(handle)?.map(Word::Number),
            _ => {
                // A negative count is more than there is, as in C.
                let count = usize::try_from(int(args, 1)).unwrap_or(usize::MAX);
                self.files.read_bytes(handle, count)?.map(Word::Bytes)
            }
        };
        Ok(found.into_iter().collect())
    }
}

fn int(args: &[Word], i: usize) -> i64 {
    match args.get(i) {
        Some(Word::Int(n)) => *n,
        Some(Word::Number(n)) => *n as i64,
        _ => -1,
    }
}

fn bytes(args: &[Word], i: usize) -> &[u8] {
    match args.get(i) {
        Some(Word::Bytes(bytes)) => bytes,
        _ => &[],
    }
}
