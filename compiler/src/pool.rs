//! Names and string literals of one chunk, each stored once and known by a number.
//! Knows bytes only; what a name means is the emitter's business.

use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use bumpalo::Bump;
use bvm_isa::proto::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::room::{Tables, make_room};
use crate::token::RESERVED;

/// A name or string literal of the chunk: equal bytes, equal number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Sym(pub u32);

// The numbers before these are the reserved words'.
macro_rules! well_known {
    ($($name:ident = $number:literal $text:literal;)*) => {
        impl Sym {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Sym = Sym($number);)*
        }
        const WELL_KNOWN: &[&str] = &[$($text,)*];
    };
}

well_known! {
    SELF = 21 "self";
    ARG = 22 "arg";
    FOR_INDEX = 23 "(for index)";
    FOR_LIMIT = 24 "(for limit)";
    FOR_STEP = 25 "(for step)";
    FOR_GENERATOR = 26 "(for generator)";
    FOR_STATE = 27 "(for state)";
    FOR_CONTROL = 28 "(for control)";
    GOTO = 29 "goto";
}

/// The store of names. Its numbers go by first appearance, so the hash seed never shows.
pub struct Pool<'a> {
    arena: &'a Bump,
    known: &'static Known,
    /// Other texts of up to 16 bytes. They lie in the table: going elsewhere for them costs cache misses.
    short: Tables<Short>,
    /// Hashes of the others, so that few texts are looked at.
    long: Tables<(u64, Sym)>,
    texts: Vec<Text<'a>>,
    /// The most texts that the source can have.
    most: usize,
}

/// Bytes of source for a text at least: itself, and what comes between it and the next one.
const APART: usize = 2;

/// The bytes of a text.
#[derive(Clone)]
enum Text<'a> {
    Lent(&'a [u8]),
    /// Those of a very long one, as prototypes have them: copying them once more would take long.
    Shared(Bytes),
}

impl Text<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Text::Lent(bytes) => bytes,
            Text::Shared(bytes) => bytes,
        }
    }
}

/// The texts that every pool knows, found in a table of their own, which is made once: many chunks have fewer
/// names than there are reserved words.
struct Known {
    seed: RandomState,
    short: HashTable<Short>,
    texts: Vec<Text<'static>>,
}

/// Short texts that a pool has room for before it grows, and all texts. Blocks of up to a kilobyte are those that
/// allocators have at hand.
const ROOM: usize = 28;
const ROOM_OF_ALL: usize = 56;

impl Known {
    /// The reserved words and the names which the compiler itself declares; none has more than 16 bytes.
    fn new() -> Known {
        let seed = RandomState::default();
        let mut short = HashTable::new();
        let reserved = RESERVED.iter().filter_map(|word| word.fixed_text());
        let texts = reserved.chain(WELL_KNOWN.iter().copied());
        let texts: Vec<_> = texts.map(|text| Text::Lent(text.as_bytes())).collect();
        let numbered = (0..).map(Sym).zip(&texts);
        for text in numbered.filter_map(|(sym, text)| Short::new(text.bytes(), sym)) {
            short.insert_unique(text.hash(&seed), text, |other| other.hash(&seed));
        }
        Known { seed, short, texts }
    }
}

/// Bytes of the longest short text.
const SHORT: usize = 16;

/// Bytes of a text that are read, hashed or copied in one piece.
pub const PIECE: usize = 4096;

/// A text of up to 16 bytes: its length, and two words that cover it and may overlap.
#[derive(Clone, Copy)]
struct Short {
    words: [u64; 2],
    len: u32,
    sym: Sym,
}

impl Short {
    fn new(text: &[u8], sym: Sym) -> Option<Short> {
        let words = match text {
            [] => [0; 2],
            [only] => [u64::from(*only), 0],
            [first, last] => [u64::from(*first), u64::from(*last)],
            [first, middle, last] => {
                let first = u64::from(*first) << 8;
                [first | u64::from(*middle), u64::from(*last)]
            }
            _ if text.len() < 8 => {
                let (first, last) = (text.first_chunk()?, text.last_chunk()?);
                [first, last].map(|bytes| u64::from(u32::from_le_bytes(*bytes)))
            }
            _ if text.len() <= SHORT => {
                let (first, last) = (text.first_chunk()?, text.last_chunk()?);
                [first, last].map(|bytes| u64::from_le_bytes(*bytes))
            }
            _ => return None,
        };
        let len = text.len() as u32;
        Some(Short { words, len, sym })
    }

    fn is_same_text(&self, other: &Short) -> bool {
        (self.words, self.len) == (other.words, other.len)
    }

    fn hash(&self, seed: &RandomState) -> u64 {
        let mut hasher = seed.build_hasher();
        hasher.write_u64(self.words[0]);
        hasher.write_u64(self.words[1]);
        hasher.write_u32(self.len);
        hasher.finish()
    }
}

impl<'a> Pool<'a> {
    /// A pool for a source of so many bytes, that knows the reserved words and the names which the compiler itself declares.
    pub fn new(arena: &'a Bump, bytes: usize) -> Pool<'a> {
        static KNOWN: LazyLock<Known> = LazyLock::new(Known::new);
        let known = &*KNOWN;
        let mut texts = Vec::with_capacity(ROOM_OF_ALL);
        texts.extend_from_slice(&known.texts);
        Pool {
            arena,
            known,
            short: Tables::with_capacity(ROOM),
            long: Tables::default(),
            texts,
            most: ROOM_OF_ALL + bytes / APART,
        }
    }

    /// The number of bytes that live as long as the pool. `reach` is as in [`Pool::intern_copy`].
    ///
    /// # Errors
    /// What `reach` is answered.
    pub fn intern<E>(
        &mut self,
        text: &'a [u8],
        reach: impl Fn(usize) -> Result<(), E>,
    ) -> Result<Sym, E> {
        self.intern_as(text, |_| text, reach)
    }

    /// The number of bytes in a scratch buffer; they are copied if they are new. When they are very long, `reach` is told
    /// before each piece how far it is: twice as many steps as there are bytes.
    ///
    /// # Errors
    /// What `reach` is answered.
    pub fn intern_copy<E>(
        &mut self,
        text: &[u8],
        reach: impl Fn(usize) -> Result<(), E>,
    ) -> Result<Sym, E> {
        self.intern_as(text, |arena| arena.alloc_slice_copy(text), reach)
    }

    #[inline]
    fn intern_as<E>(
        &mut self,
        text: &[u8],
        keep: impl FnOnce(&'a Bump) -> &'a [u8],
        reach: impl Fn(usize) -> Result<(), E>,
    ) -> Result<Sym, E> {
        if text.len() > PIECE {
            return self.intern_very_long(text, reach);
        }
        let next = Sym(self.texts.len() as u32);
        let sym = match Short::new(text, next) {
            Some(short) => self.short_number(short),
            None => {
                let mut hasher = self.known.seed.build_hasher();
                hasher.write(text);
                self.long_number(hasher.finish(), next, |other| other == text)
            }
        };
        if sym == next {
            make_room(&mut self.texts, || self.most);
            self.texts.push(Text::Lent(keep(self.arena)));
        }
        Ok(sym)
    }

    #[cold]
    fn intern_very_long<E>(
        &mut self,
        text: &[u8],
        reach: impl Fn(usize) -> Result<(), E>,
    ) -> Result<Sym, E> {
        let next = Sym(self.texts.len() as u32);
        let mut hasher = self.known.seed.build_hasher();
        for (piece, done) in text.chunks(PIECE).zip((0..).step_by(PIECE)) {
            reach(done)?;
            hasher.write(piece);
        }
        let mut failed = Ok(());
        let mut reach = |done: usize| match reach(text.len() + done) {
            Ok(()) => true,
            Err(error) => {
                failed = Err(error);
                false
            }
        };
        let sym = self.long_number(hasher.finish(), next, |other| {
            let pieces = other.chunks(PIECE).zip(text.chunks(PIECE));
            let mut pieces = pieces.zip((0..).step_by(PIECE));
            other.len() == text.len() && pieces.all(|((a, b), done)| reach(done) && a == b)
        });
        if sym == next {
            // An iterator of known length is copied to where it stays.
            let bytes = text.iter().enumerate().map(|(done, &byte)| {
                if done.is_multiple_of(PIECE) {
                    reach(done);
                }
                byte
            });
            let bytes = bytes.collect();
            self.texts.push(Text::Shared(bytes));
        }
        failed.map(|()| sym)
    }

    /// The number of a short text, which is that of `text` if it is new.
    #[inline]
    fn short_number(&mut self, text: Short) -> Sym {
        let seed = &self.known.seed;
        let hash = text.hash(seed);
        let is_same = |other: &Short| other.is_same_text(&text);
        let found = self.known.short.find(hash, is_same);
        if let Some(known) = found.or_else(|| self.short.find(hash, is_same)) {
            return known.sym;
        }
        self.short.insert(hash, text, |other| other.hash(seed));
        text.sym
    }

    /// The number of a text; `next` if it is new.
    fn long_number(&mut self, hash: u64, next: Sym, mut is_same: impl FnMut(&[u8]) -> bool) -> Sym {
        let texts = &self.texts;
        let is_same = |&(other, sym): &(u64, Sym)| {
            let text = texts.get(sym.0 as usize);
            other == hash && text.is_some_and(|text| is_same(text.bytes()))
        };
        if let Some(&(_, sym)) = self.long.find(hash, is_same) {
            return sym;
        }
        self.long.insert(hash, (hash, next), |&(hash, _)| hash);
        next
    }

    /// The bytes behind a number.
    pub fn text(&self, sym: Sym) -> &[u8] {
        let text = self.texts.get(sym.0 as usize);
        text.map(Text::bytes).unwrap_or_default()
    }

    /// The same for prototypes.
    pub fn shared(&self, sym: Sym) -> Bytes {
        match self.texts.get(sym.0 as usize) {
            Some(Text::Shared(bytes)) => bytes.clone(),
            Some(Text::Lent(bytes)) => (*bytes).into(),
            None => Bytes::default(),
        }
    }

    /// The bytes as text for messages; names are ASCII.
    pub fn shown(&self, sym: Sym) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.text(sym))
    }

    /// How many numbers are taken.
    pub fn len(&self) -> usize {
        self.texts.len()
    }
}
