//! The constant table of the current function: every constant once, in order of first use.

use std::collections::HashMap;

use bvm_isa::Const;
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::{Emit, Fault, Gen};
use crate::limits;
use crate::pool::Sym;

/// What makes a constant the same as another. 0 and -0 differ, but not in the dialect that is Lua 5.1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    Nil,
    Bool(bool),
    /// Bits of a number.
    Number(u64),
    Str(Sym),
}

/// Up to this many constants are searched one by one.
const FEW: usize = 12;

/// Finds the index of a constant.
#[derive(Debug, Default)]
pub struct ConstIndex {
    few: SmallVec<[Key; FEW]>,
    many: HashMap<Key, u32, RandomState>,
}

impl ConstIndex {
    fn find(&self, key: Key) -> Option<u32> {
        if self.many.is_empty() {
            let place = self.few.iter().position(|&k| k == key);
            return place.map(|place| place as u32);
        }
        self.many.get(&key).copied()
    }

    pub fn clear(&mut self) {
        self.few.clear();
        // A large table would be slow to clear for the small functions that follow.
        self.many = HashMap::default();
    }

    fn insert(&mut self, key: Key, index: u32) {
        if self.few.len() < FEW {
            self.few.push(key);
            return;
        }
        if self.many.is_empty() {
            let known = self.few.iter().zip(0..);
            self.many.extend(known.map(|(&key, index)| (key, index)));
        }
        self.many.insert(key, index);
    }
}

impl Gen<'_> {
    /// Index of a constant, which is added if it is new.
    pub(super) fn constant(&mut self, key: Key) -> Emit<u32> {
        let name = match key {
            // `luac` takes the first of 0 and -0 for both.
            Key::Number(bits) if self.shares_zeros && bits << 1 == 0 => Key::Number(0),
            key => key,
        };
        if let Some(index) = self.f.consts.find(name) {
            return Ok(index);
        }
        let consts = &mut self.f.proto.consts;
        if consts.len() >= limits::CONSTANTS {
            return Err(Fault::Bare("constant table overflow").into());
        }
        let index = consts.len() as u32;
        consts.push(match key {
            Key::Nil => Const::Nil,
            Key::Bool(value) => Const::Bool(value),
            Key::Number(bits) => Const::Number(f64::from_bits(bits)),
            Key::Str(sym) => Const::Str(self.pool.text(sym).into()),
        });
        self.f.consts.insert(name, index);
        Ok(index)
    }

    pub(super) fn string(&mut self, sym: Sym) -> Emit<u32> {
        self.constant(Key::Str(sym))
    }

    pub(super) fn number(&mut self, value: f64) -> Emit<u32> {
        self.constant(Key::Number(value.to_bits()))
    }
}
