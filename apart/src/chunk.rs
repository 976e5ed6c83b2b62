//! The work: a chunk is compiled or read, and verified. Must not know where it waits.

use bvm_compiler::{Compiled, Mode};
use bvm_isa::Proto;
use bvm_isa::chunk::{self, ChunkError};
use bvm_isa::pace::Pace;
use bvm_isa::verify::{self, Verified, VerifyError};
use std::borrow::Cow;
use std::cell::Cell;

/// What is to be compiled: text, or a binary chunk.
#[derive(Debug)]
pub struct Chunk<'a> {
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Its name as in `load`. `None` is the bytes themselves, up to a zero.
    pub name: Option<Cow<'a, [u8]>>,
    /// How text is compiled.
    pub mode: Mode,
    /// It is the beginning of a chunk, and only of interest whether it has an error, or is whole if it is binary.
    pub is_trial: bool,
    /// Bytes of a name that count, where a binary chunk has one inside.
    pub longest_name: usize,
}

/// Why a chunk is none.
#[derive(Debug, Default)]
pub struct Refused {
    /// In the words of Lua 5.1.
    pub message: Vec<u8>,
    /// It is where the text ends: with more of it there may be none.
    pub may_be_mended: bool,
    /// Lua 5.1 raises it, so that a message handler sees it before it is returned.
    pub is_raised: bool,
}

impl Refused {
    /// What is only returned, and nothing mends.
    pub fn with(message: Vec<u8>) -> Refused {
        Refused {
            message,
            ..Refused::default()
        }
    }
}

/// What compiling comes to; nothing after a trial of text without an error, which may always go on.
pub type Outcome = Result<Option<Verified>, Refused>;

/// Bytes that are looked through in one piece.
const PIECE: usize = 4096;

/// Bytes of a binary chunk for each word and its line.
const WORD: usize = 8;

/// What looking for the end of a name takes of the work, in percent.
const NAMING: u32 = 1;

impl Chunk<'_> {
    /// Compiles it, and tells what that comes to before it frees what it has made.
    pub(crate) fn compile(&self, pace: &Pace<'_>, tell: &dyn Fn(Outcome)) {
        let bytes = &*self.bytes;
        let name = self.name(pace);
        if chunk::is_chunk(bytes) {
            return tell(self.read(pace, name));
        }
        bvm_compiler::compile_at(pace, bytes, name, self.mode, &mut |made| {
            tell(match made {
                Ok(_) if self.is_trial => Ok(None),
                Ok(Compiled { mut proto, words }) => {
                    // Whoever loads it knows its name when that is the source.
                    let is_named = self.name.is_some() || name.len() < bytes.len();
                    proto.source = is_named.then(|| name.into());
                    let verified = verify::verify_at(pace, proto, words);
                    verified.map(Some).map_err(|error| bad_code(&error, name))
                }
                Err(error) => Err(Refused {
                    // The last token may go on in more text.
                    may_be_mended: error.incomplete || error.span.end >= bytes.len(),
                    is_raised: error.is_raised,
                    message: error.message,
                }),
            });
        });
    }

    /// Compiles it at once.
    pub fn compile_here(&self) -> Outcome {
        let outcome = Cell::new(Ok(None));
        self.compile(&Pace::free(), &|told| outcome.set(told));
        outcome.into_inner()
    }

    fn read(&self, pace: &Pace<'_>, name: &[u8]) -> Outcome {
        let read = chunk::read_chunk_at(pace, &self.bytes, name);
        let mut proto = read.map_err(|error| Refused {
            may_be_mended: error.is_cut(),
            ..Refused::with(error.message())
        })?;
        self.cut_names(&mut proto);
        let words = self.bytes.len() / WORD;
        let verified = verify::verify_dumped_at(pace, proto, words);
        verified.map(Some).map_err(|error| bad_code(&error, name))
    }

    /// Cuts the names of a binary chunk as others are, but for those that are a source. Functions nest 200 deep at most.
    fn cut_names(&self, proto: &mut Proto) {
        if let Some(source) = &proto.source
            && let [b'@' | b'=', ..] = &**source
            && source.len() > self.longest_name
            && let Some(most) = source.get(..self.longest_name)
        {
            let end = most.iter().position(|byte| *byte == 0);
            proto.source = most.get(..end.unwrap_or(most.len())).map(Into::into);
        }
        proto
            .protos
            .iter_mut()
            .for_each(|inner| self.cut_names(inner));
    }

    /// What it is called. When nobody wants to know any more, in some other way.
    fn name(&self, pace: &Pace<'_>) -> &[u8] {
        if let Some(name) = &self.name {
            return name;
        }
        let stage = pace.stage(NAMING, self.bytes.len());
        let mut pieces = self.bytes.chunks(PIECE).zip((0..).step_by(PIECE));
        let found = pieces.find(|(piece, at)| stage.reach(*at).is_err() || piece.contains(&0));
        let end = found.map(|(piece, at)| at + piece.iter().take_while(|byte| **byte != 0).count());
        let all = &*self.bytes;
        end.and_then(|end| all.get(..end)).unwrap_or(all)
    }

    /// The same with bytes of its own; those at its beginning are copied already.
    pub fn with_copy(self, mut copied: Vec<u8>) -> Chunk<'static> {
        let bytes = match self.bytes {
            Cow::Owned(bytes) => bytes,
            Cow::Borrowed(bytes) => {
                copied.extend_from_slice(bytes.get(copied.len()..).unwrap_or_default());
                copied
            }
        };
        Chunk {
            bytes: bytes.into(),
            name: self.name.map(|name| name.into_owned().into()),
            ..self
        }
    }
}

/// What Lua 5.1 says of a chunk whose code breaks a rule.
fn bad_code(error: &VerifyError, name: &[u8]) -> Refused {
    let name = match name {
        [b'@' | b'=', rest @ ..] => rest,
        [27, ..] => b"binary string",
        _ => name,
    };
    let error = ChunkError {
        rule: error.rule,
        what: "bad code",
        name: name.into(),
    };
    Refused::with(error.message())
}
