//! The constant table of the current function: every constant once, in order of first use.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use bvm_isa::Const;
use bvm_isa::proto::Bytes;
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{Emit, Fault, Gen};
use crate::limits;
use crate::pool::Sym;
use crate::room::{Sparse, Tables, make_room};

/// What makes a constant that is no string the same as another. 0 and -0 differ, but not in the
/// dialect that is Lua 5.1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    Nil,
    Bool(bool),
    /// Bits of a number.
    Number(u64),
}

/// Up to this many constants are searched one by one.
const FEW: usize = 12;

/// Finds the index of a constant that is no string.
#[derive(Debug, Default)]
pub struct ConstIndex {
    few: SmallVec<[(Key, u32); FEW]>,
    many: Tables<(Key, u32)>,
}

fn hash(key: Key) -> u64 {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::default);
    SEED.hash_one(key)
}

impl ConstIndex {
    fn find(&self, key: Key) -> Option<u32> {
        if self.many.is_empty() {
            let found = self.few.iter().find(|(known, _)| *known == key);
            return found.map(|(_, index)| *index);
        }
        let found = self.many.find(hash(key), |(known, _)| *known == key);
        found.map(|(_, index)| *index)
    }

    /// Empties it; gives what it had, which takes long to free if it is much.
    pub fn clear(&mut self) -> Tables<(Key, u32)> {
        self.few.clear();
        std::mem::take(&mut self.many)
    }

    fn insert(&mut self, key: Key, index: u32) {
        if self.few.len() < FEW {
            self.few.push((key, index));
            return;
        }
        if self.many.is_empty() {
            for &(key, index) in &self.few {
                self.many
                    .insert(hash(key), (key, index), |(key, _)| hash(*key));
            }
        }
        self.many
            .insert(hash(key), (key, index), |(key, _)| hash(*key));
    }
}

/// A name or string literal.
#[derive(Clone, Debug, Default)]
struct Text {
    /// Its bytes, once some prototype has them.
    bytes: Option<Bytes>,
    place: Place,
}

/// Where a string is a constant: in the innermost open function that has it.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// How many functions are around that one, plus one; 0 if none has it.
    depth: u32,
    index: u32,
}

/// Places that are put back in one piece.
pub const RESTORED: usize = 64;

/// All strings by their symbols.
#[derive(Debug)]
pub struct Texts {
    all: Sparse<Text>,
    /// The places that constants of open functions have hidden, to be put back at their ends.
    hidden: Vec<(Sym, Place)>,
}

impl Texts {
    /// `count` is the number of symbols.
    pub fn new(count: usize) -> Texts {
        Texts {
            all: Sparse::new(count),
            hidden: Vec::new(),
        }
    }

    /// How many places are hidden.
    pub fn hidden(&self) -> usize {
        self.hidden.len()
    }

    /// Puts back some of what a function has hidden that began when `kept` places were hidden; tells whether that was all.
    pub fn restore_some(&mut self, kept: usize) -> bool {
        for _ in 0..RESTORED {
            if self.hidden.len() <= kept {
                return true;
            }
            if let Some((sym, place)) = self.hidden.pop() {
                self.set_place(sym, place);
            }
        }
        false
    }

    fn place(&self, sym: Sym) -> Place {
        let text = self.all.get(sym.0);
        text.map_or(Place::default(), |text| text.place)
    }

    fn set_place(&mut self, sym: Sym, place: Place) {
        if let Some(text) = self.all.place(sym.0) {
            text.place = place;
        }
    }
}

impl Gen<'_> {
    /// Index of a constant that is no string; it is added if it is new.
    pub(super) fn constant(&mut self, key: Key) -> Emit<u32> {
        let name = match key {
            // `luac` takes the first of 0 and -0 for both.
            Key::Number(bits) if self.shares_zeros && bits << 1 == 0 => Key::Number(0),
            key => key,
        };
        if let Some(index) = self.f.consts.find(name) {
            return Ok(index);
        }
        let index = self.add_constant(match key {
            Key::Nil => Const::Nil,
            Key::Bool(value) => Const::Bool(value),
            Key::Number(bits) => Const::Number(f64::from_bits(bits)),
        })?;
        self.f.consts.insert(name, index);
        Ok(index)
    }

    fn add_constant(&mut self, value: Const) -> Emit<u32> {
        let consts = &mut self.f.proto.consts;
        if consts.len() >= limits::CONSTANTS {
            return Err(Fault::Bare("constant table overflow").into());
        }
        make_room(consts, || limits::CONSTANTS);
        consts.push(value);
        Ok(consts.len() as u32 - 1)
    }

    /// Index of a string constant, which is added if it is new.
    pub(super) fn string(&mut self, sym: Sym) -> Emit<u32> {
        let depth = self.outer.len() as u32 + 1;
        let place = self.texts.place(sym);
        if place.depth == depth {
            return Ok(place.index);
        }
        let value = Const::Str(self.bytes(sym));
        let index = self.add_constant(value)?;
        let most = self.pool.len();
        make_room(&mut self.texts.hidden, || most);
        self.texts.hidden.push((sym, place));
        self.texts.set_place(sym, Place { depth, index });
        Ok(index)
    }

    pub(super) fn number(&mut self, value: f64) -> Emit<u32> {
        self.constant(Key::Number(value.to_bits()))
    }

    /// The bytes of a name or string, which all its places share.
    pub(super) fn bytes(&mut self, sym: Sym) -> Bytes {
        let bytes = || self.pool.shared(sym);
        match self.texts.all.place(sym.0) {
            Some(text) => text.bytes.get_or_insert_with(bytes).clone(),
            None => bytes(),
        }
    }
}
