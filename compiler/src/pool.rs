//! Names and string literals of one chunk, each stored once and known by a number.
//! Knows bytes only; what a name means is the emitter's business.

use std::hash::{BuildHasher, Hasher};

use bumpalo::Bump;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// A name or string literal of the chunk: equal bytes, equal number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Sym(pub u32);

macro_rules! well_known {
    ($($name:ident = $number:literal $text:literal;)*) => {
        impl Sym {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Sym = Sym($number);)*
        }
        const WELL_KNOWN: &[&str] = &[$($text,)*];
    };
}

well_known! {
    SELF = 0 "self";
    ARG = 1 "arg";
    FOR_INDEX = 2 "(for index)";
    FOR_LIMIT = 3 "(for limit)";
    FOR_STEP = 4 "(for step)";
    FOR_GENERATOR = 5 "(for generator)";
    FOR_STATE = 6 "(for state)";
    FOR_CONTROL = 7 "(for control)";
}

/// The store of names. Its numbers go by first appearance, so the hash seed never shows.
pub struct Pool<'a> {
    arena: &'a Bump,
    /// The upper half of a hash beside each number, so that growing need not hash again.
    numbers: HashTable<(u32, Sym)>,
    texts: Vec<&'a [u8]>,
    seed: RandomState,
}

impl<'a> Pool<'a> {
    /// A pool that knows only the names which the compiler itself declares.
    pub fn new(arena: &'a Bump) -> Pool<'a> {
        let mut pool = Pool {
            arena,
            numbers: HashTable::new(),
            texts: Vec::new(),
            seed: RandomState::default(),
        };
        for text in WELL_KNOWN {
            pool.intern(text.as_bytes());
        }
        pool
    }

    /// The number of bytes that live as long as the pool.
    pub fn intern(&mut self, text: &'a [u8]) -> Sym {
        self.intern_as(text, |_| text)
    }

    /// The number of bytes in a scratch buffer; they are copied if they are new.
    pub fn intern_copy(&mut self, text: &[u8]) -> Sym {
        self.intern_as(text, |arena| arena.alloc_slice_copy(text))
    }

    fn intern_as(&mut self, text: &[u8], keep: impl FnOnce(&'a Bump) -> &'a [u8]) -> Sym {
        let mut hasher = self.seed.build_hasher();
        hasher.write(text);
        let hash = (hasher.finish() >> 32) as u32;
        let texts = &self.texts;
        let is_same = |&(other, sym): &(u32, Sym)| other == hash && text_of(texts, sym) == text;
        if let Some(&(_, sym)) = self.numbers.find(spread(hash), is_same) {
            return sym;
        }
        let sym = Sym(self.texts.len() as u32);
        let entry = (hash, sym);
        self.numbers
            .insert_unique(spread(hash), entry, |&(hash, _)| spread(hash));
        self.texts.push(keep(self.arena));
        sym
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

/// The table takes places from the lower bits of a hash and marks from the upper ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
