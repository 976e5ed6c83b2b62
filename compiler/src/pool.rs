//! Names and string literals of one chunk, each stored once and known by a number.
//! Knows bytes only; what a name means is the emitter's business.

use std::convert::Infallible;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use bumpalo::Bump;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

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
    short: HashTable<Short>,
    /// Hashes of the others, so that few texts are looked at.
    long: HashTable<(u64, Sym)>,
    texts: Vec<&'a [u8]>,
}

/// The texts that every pool knows, found in a table of their own, which is made once: many chunks have fewer
/// names than there are reserved words.
struct Known {
    seed: RandomState,
    short: HashTable<Short>,
    texts: Vec<&'static [u8]>,
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
        let texts: Vec<_> = texts.map(str::as_bytes).collect();
        let numbered = (0..).map(Sym).zip(&texts);
        for text in numbered.filter_map(|(sym, text)| Short::new(text, sym)) {
            short.insert_unique(text.hash(&seed), text, |other| other.hash(&seed));
        }
        Known { seed, short, texts }
    }
}

/// Bytes of the longest short text.
const SHORT: usize = 16;

/// Bytes of a text that are hashed in one piece.
const PIECE: usize = 4096;

/// The hash of a text that is not short.
#[derive(Clone, Copy)]
pub struct Hash(u64);

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
    /// A pool that knows the reserved words and the names which the compiler itself declares.
    pub fn new(arena: &'a Bump) -> Pool<'a> {
        static KNOWN: LazyLock<Known> = LazyLock::new(Known::new);
        let known = &*KNOWN;
        let mut texts = Vec::with_capacity(ROOM_OF_ALL);
        texts.extend_from_slice(&known.texts);
        Pool {
            arena,
            known,
            short: HashTable::with_capacity(ROOM),
            long: HashTable::new(),
            texts,
        }
    }

    /// The number of bytes that live as long as the pool.
    pub fn intern(&mut self, text: &'a [u8]) -> Sym {
        let Ok(hash) = self.hash(text, |_| Ok::<(), Infallible>(()));
        self.intern_hashed(text, hash)
    }

    /// The same when their hash is known.
    pub fn intern_hashed(&mut self, text: &'a [u8], hash: Hash) -> Sym {
        self.intern_as(text, hash, |_| text)
    }

    /// The number of bytes in a scratch buffer; they are copied if they are new.
    pub fn intern_copy(&mut self, text: &[u8], hash: Hash) -> Sym {
        self.intern_as(text, hash, |arena| arena.alloc_slice_copy(text))
    }

    /// The hash of a text. Before each piece of a long one it says how many bytes are done.
    ///
    /// # Errors
    /// What it is answered then.
    #[inline]
    pub fn hash<E>(&self, text: &[u8], reach: impl Fn(usize) -> Result<(), E>) -> Result<Hash, E> {
        if text.len() <= SHORT {
            return Ok(Hash(0));
        }
        let mut hasher = self.known.seed.build_hasher();
        for (piece, done) in text.chunks(PIECE).zip((0..).step_by(PIECE)) {
            reach(done)?;
            hasher.write(piece);
        }
        Ok(Hash(hasher.finish()))
    }

    #[inline]
    fn intern_as(
        &mut self,
        text: &[u8],
        hash: Hash,
        keep: impl FnOnce(&'a Bump) -> &'a [u8],
    ) -> Sym {
        let next = Sym(self.texts.len() as u32);
        let sym = match Short::new(text, next) {
            Some(short) => self.short_number(short),
            None => self.long_number(text, hash, next),
        };
        if sym == next {
            self.texts.push(keep(self.arena));
        }
        sym
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
        self.short
            .insert_unique(hash, text, |other| other.hash(seed));
        text.sym
    }

    /// The number of a text; `next` if it is new.
    fn long_number(&mut self, text: &[u8], Hash(hash): Hash, next: Sym) -> Sym {
        let texts = &self.texts;
        let is_same = |&(other, sym): &(u64, Sym)| other == hash && text_of(texts, sym) == text;
        if let Some(&(_, sym)) = self.long.find(hash, is_same) {
            return sym;
        }
        self.long
            .insert_unique(hash, (hash, next), |&(hash, _)| hash);
        next
    }

    /// The bytes behind a number.
    pub fn text(&self, sym: Sym) -> &'a [u8] {
        text_of(&self.texts, sym)
    }

    /// The bytes as text for messages; names are ASCII.
    pub fn shown(&self, sym: Sym) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.text(sym))
    }

    /// How many numbers are taken.
    pub fn len(&self) -> usize {
        self.texts.len()
    }
}

fn text_of<'a>(texts: &[&'a [u8]], sym: Sym) -> &'a [u8] {
    texts.get(sym.0 as usize).copied().unwrap_or_default()
}
