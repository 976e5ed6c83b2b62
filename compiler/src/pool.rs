//! Names and string literals of one chunk, each stored once and known by a number.
//! Knows bytes only; what a name means is the emitter's business.

use std::collections::HashMap;

use bumpalo::Bump;
use foldhash::fast::RandomState;

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
    numbers: HashMap<&'a [u8], Sym, RandomState>,
    texts: Vec<&'a [u8]>,
}

impl<'a> Pool<'a> {
    /// A pool that knows only the names which the compiler itself declares.
    pub fn new(arena: &'a Bump) -> Pool<'a> {
        let mut pool = Pool {
            arena,
            numbers: HashMap::default(),
            texts: Vec::new(),
        };
        for text in WELL_KNOWN {
            pool.intern(text.as_bytes());
        }
        pool
    }

    /// The number of bytes that live as long as the pool.
    pub fn intern(&mut self, text: &'a [u8]) -> Sym {
        let next = Sym(self.texts.len() as u32);
        let sym = *self.numbers.entry(text).or_insert(next);
        if sym == next {
            self.texts.push(text);
        }
        sym
    }

    /// The number of bytes in a scratch buffer; they are copied if they are new.
    pub fn intern_copy(&mut self, text: &[u8]) -> Sym {
        match self.numbers.get(text) {
            Some(&sym) => sym,
            None => self.intern(self.arena.alloc_slice_copy(text)),
        }
    }

    /// The bytes behind a number.
    pub fn text(&self, sym: Sym) -> &'a [u8] {
        self.texts.get(sym.0 as usize).copied().unwrap_or_default()
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
