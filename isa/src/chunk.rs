//! Binary chunks of Lua 5.1: bytes to [`Proto`] and back, as `luac` and `string.dump` write them.
//!
//! The reader obeys the decoder rules D1 to D5 and believes no count before checking it against
//! the bytes that are left. What the words mean is the verifier's business, not checked here.

mod write;

pub use write::{Constant, Head, List, Source, Step, Writer, write_chunk};

use std::fmt;

use crate::pace::{Pace, Stage, Stopped};
use crate::proto::{Bytes, Const, LocalVar, Proto};
use crate::word::{MAX_BX, Word};

/// First byte of every binary chunk; no source text may start with it.
pub const ESCAPE: u8 = 0x1b;
/// Signature, version 0x51, format 0.
const SIGNATURE: [u8; 6] = *b"\x1bLua\x51\x00";
/// Little endian, int of 4 bytes.
const ORDER_AND_INT: [u8; 2] = [1, 4];
/// Instruction of 4 bytes, number of 8 bytes, not integral.
const WORD_AND_NUMBER: [u8; 3] = [4, 8, 0];
/// Deepest nesting of functions, the main function included.
pub const MAX_NESTING: u32 = 200;
/// Most functions of one chunk.
const MAX_FUNCTIONS: u32 = 1 << 20;
/// Name that a chunk without a source name gets.
const UNNAMED: &[u8] = b"=?";

const TAG_NIL: u8 = 0;
const TAG_BOOL: u8 = 1;
const TAG_NUMBER: u8 = 3;
const TAG_STRING: u8 = 4;

/// Why a binary chunk was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkError {
    /// The rule that was broken, such as `D2`.
    pub rule: &'static str,
    /// Lua 5.1's words, such as `unexpected end`.
    pub what: &'static str,
    /// Chunk name without its mark.
    pub name: Bytes,
}

impl ChunkError {
    /// Whether the bytes end too early: with more of them the chunk may be well formed.
    pub fn is_cut(&self) -> bool {
        self.what == UNEXPECTED_END.1
    }

    /// The message as bytes, because a chunk name need not be UTF-8.
    pub fn message(&self) -> Vec<u8> {
        let tail = format!(": {} in precompiled chunk", self.what);
        [&self.name, tail.as_bytes()].concat()
    }
}

impl fmt::Display for ChunkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message()))
    }
}

impl std::error::Error for ChunkError {}

/// Whether the bytes claim to be a binary chunk.
pub fn is_chunk(bytes: &[u8]) -> bool {
    bytes.first() == Some(&ESCAPE)
}

/// Reads a binary chunk. `name` is the chunk name (`@file`, `=name` or text) for messages only.
pub fn read_chunk(bytes: &[u8], name: &[u8]) -> Result<Proto, ChunkError> {
    read_chunk_at(&Pace::free(), bytes, name)
}

/// What reading takes of the work that is left before it, in percent. When the chunk is well formed, the rest is for
/// checking it.
const READING: u32 = 25;

/// [`read_chunk`] at somebody's pace: it waits between the elements of its lists. When it is to stop, it ends with an error.
pub fn read_chunk_at(pace: &Pace<'_>, bytes: &[u8], name: &[u8]) -> Result<Proto, ChunkError> {
    let stage = pace.stage(READING, bytes.len());
    read(bytes, &stage).map_err(|(rule, what)| ChunkError {
        rule,
        what,
        name: display_name(name).into(),
    })
}

/// How the undumper shows a chunk name: whole, without its mark.
fn display_name(name: &[u8]) -> &[u8] {
    match name {
        [b'@' | b'=', rest @ ..] => rest,
        [ESCAPE, ..] => b"binary string",
        _ => name,
    }
}

type Refusal = (&'static str, &'static str);
type Read<T> = Result<T, Refusal>;

const UNEXPECTED_END: Refusal = ("D2", "unexpected end");
const BAD_HEADER: Refusal = ("D1", "bad header");
const BAD_INTEGER: Refusal = ("D2", "bad integer");
const BAD_CONSTANT: Refusal = ("D4", "bad constant");
const BAD_STRING: Refusal = ("D4", "bad string");
const TOO_DEEP: Refusal = ("D3", "code too deep");
const TOO_LARGE: Refusal = ("D2", "code too large");
const TRAILING: Refusal = ("D5", "trailing bytes");
const STOPPED: Refusal = ("none", "stopped");

/// Words that are read in one piece.
const PIECE: usize = 1024;

fn read(bytes: &[u8], stage: &Stage<'_>) -> Read<Proto> {
    let mut reader = Reader {
        rest: bytes,
        size: bytes.len(),
        stage,
        wide_sizes: true,
        functions: 0,
    };
    reader.header()?;
    let mut main = reader.function(1)?;
    if !reader.rest.is_empty() {
        return Err(TRAILING);
    }
    main.source.get_or_insert_with(|| UNNAMED.into());
    Ok(main)
}

/// The bytes still to be read, and what the header said about them.
struct Reader<'a> {
    rest: &'a [u8],
    size: usize,
    /// Its steps are bytes.
    stage: &'a Stage<'a>,
    wide_sizes: bool,
    functions: u32,
}

impl<'a> Reader<'a> {
    /// Waits if the next byte may not be read yet.
    #[inline]
    fn reach(&self) -> Read<()> {
        let place = self.size - self.rest.len();
        self.stage.reach(place).map_err(|Stopped| STOPPED)
    }

    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(UNEXPECTED_END)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(UNEXPECTED_END)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn header(&mut self) -> Read<()> {
        let found = self.array::<12>()?;
        let (head, tail) = found.split_at(8);
        self.wide_sizes = match tail.first() {
            Some(4) => false,
            Some(8) => true,
            _ => return Err(BAD_HEADER),
        };
        let expected_head = [SIGNATURE.as_slice(), &ORDER_AND_INT].concat();
        if head == expected_head && tail.get(1..) == Some(&WORD_AND_NUMBER) {
            Ok(())
        } else {
            Err(BAD_HEADER)
        }
    }

    fn byte(&mut self) -> Read<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn word(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A C `int` that must not be negative.
    fn int(&mut self) -> Read<u32> {
        let value = self.word()?;
        if value > i32::MAX as u32 {
            return Err(BAD_INTEGER);
        }
        Ok(value)
    }

    /// A count of elements that take at least `size` bytes each.
    fn count(&mut self, size: usize) -> Read<usize> {
        let count = self.int()? as usize;
        if count > self.rest.len() / size {
            return Err(UNEXPECTED_END);
        }
        Ok(count)
    }

    fn many<T>(&mut self, size: usize, read: fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let count = self.count(size)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            self.reach()?;
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// A block of 32-bit words, read in large pieces.
    fn words<T>(&mut self, make: fn(u32) -> T) -> Read<Vec<T>> {
        let count = self.count(4)?;
        let mut words = Vec::with_capacity(count);
        while words.len() < count {
            self.reach()?;
            let piece = (count - words.len()).min(PIECE);
            let (taken, _) = self.take(piece * 4)?.as_chunks::<4>();
            words.extend(taken.iter().map(|&raw| make(u32::from_le_bytes(raw))));
        }
        Ok(words)
    }

    /// A string; `None` for the null string, which is only a source name.
    fn optional_string(&mut self) -> Read<Option<Bytes>> {
        let length = if self.wide_sizes {
            u64::from_le_bytes(self.array()?)
        } else {
            u64::from(self.word()?)
        };
        let length = usize::try_from(length).map_err(|_| UNEXPECTED_END)?;
        match self.take(length)? {
            [] => Ok(None),
            [text @ .., 0] => Ok(Some(text.into())),
            _ => Err(BAD_STRING),
        }
    }

    /// A name in debug data.
    fn name(&mut self) -> Read<Bytes> {
        self.optional_string()?.ok_or(BAD_STRING)
    }

    fn constant(&mut self) -> Read<Const> {
        Ok(match self.byte()? {
            TAG_NIL => Const::Nil,
            // Any byte but 0 is true, as for the C code that wrote it.
            TAG_BOOL => Const::Bool(self.byte()? != 0),
            TAG_NUMBER => Const::Number(canonical(f64::from_le_bytes(self.array()?))),
            TAG_STRING => Const::Str(self.optional_string()?.ok_or(BAD_CONSTANT)?),
            _ => return Err(BAD_CONSTANT),
        })
    }

    fn constants(&mut self) -> Read<Vec<Const>> {
        let ahead = self.rest;
        if self.int()? > MAX_BX + 1 {
            return Err(TOO_LARGE);
        }
        self.rest = ahead;
        self.many(1, Self::constant)
    }

    fn local(&mut self) -> Read<LocalVar> {
        Ok(LocalVar {
            name: self.name()?,
            start: self.int()?,
            end: self.int()?,
        })
    }

    /// Fewest bytes of a string: its length.
    fn string_size(&self) -> usize {
        if self.wide_sizes { 8 } else { 4 }
    }

    /// Fewest bytes of a function: empty source, two lines, four bytes and six counts. The count of
    /// code words is included, but not the one word that the verifier wants.
    fn function_size(&self) -> usize {
        self.string_size() + 2 * 4 + 4 + 6 * 4
    }

    fn function(&mut self, depth: u32) -> Read<Proto> {
        self.functions += 1;
        if self.functions > MAX_FUNCTIONS {
            return Err(TOO_LARGE);
        }
        if depth > MAX_NESTING {
            return Err(TOO_DEEP);
        }
        let string_size = self.string_size();
        Ok(Proto {
            source: self.optional_string()?,
            line_defined: self.int()?,
            last_line_defined: self.int()?,
            upvalue_count: self.byte()?,
            param_count: self.byte()?,
            vararg: self.byte()?,
            max_stack: self.byte()?,
            code: self.words(Word)?,
            consts: self.constants()?,
            protos: self.functions(depth)?,
            lines: self.words(|line| line)?,
            locals: self.many(string_size + 8, Self::local)?,
            upvalue_names: self.many(string_size, Self::name)?,
        })
    }

    /// The inner functions. The recursion ends at [`MAX_NESTING`].
    fn functions(&mut self, depth: u32) -> Read<Vec<Proto>> {
        let count = self.count(self.function_size())?;
        let mut protos = Vec::with_capacity(count);
        for _ in 0..count {
            self.reach()?;
            protos.push(self.function(depth + 1)?);
        }
        Ok(protos)
    }
}

/// One NaN for all, because other bit patterns could forge references in NaN-boxed memory.
fn canonical(n: f64) -> f64 {
    if n.is_nan() { f64::NAN } else { n }
}
