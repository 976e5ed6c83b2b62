//! What becomes of host values when their guest is saved or begins again elsewhere.

use super::UserData;
use super::borrow::{Ref, cell, hold};
use crate::error::{Error, Result};
use crate::held::HeldValue;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of the values of a type when their guest is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The guest cannot be saved while it has one: see [`Error::NotSaved`].
    Refuse,
    /// They are saved as bytes.
    Portable,
    /// They are saved as names, which the next host finds again.
    Rebind,
}

/// How values of a type become bytes.
type Save = dyn Fn(&HeldValue) -> Result<Vec<u8>> + Send + Sync;
/// And how they come from them.
type Load = dyn Fn(&[u8]) -> Result<HeldValue> + Send + Sync;

/// A policy with what it takes.
pub(crate) struct Keep {
    pub policy: Policy,
    ways: Option<(Box<Save>, Box<Load>)>,
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt(f)
    }
}

impl Keep {
    pub fn refuse() -> Keep {
        Keep {
            policy: Policy::Refuse,
            ways: None,
        }
    }

    pub fn portable<T: UserData>(
        policy: Policy,
        save: impl Fn(&T) -> Result<Vec<u8>> + Send + Sync + 'static,
        load: impl Fn(&[u8]) -> Result<T> + Send + Sync + 'static,
    ) -> Keep {
        let save = move |held: &HeldValue| match cell::<T>(held) {
            Some(cell) => save(&*Ref::of(&cell)?),
            None => Err(Error::NotSaved(T::NAME.to_owned())),
        };
        let load = move |bytes: &[u8]| load(bytes).map(hold);
        Keep {
            policy,
            ways: Some((Box::new(save), Box::new(load))),
        }
    }

    /// The bytes of a value; nothing when the type refuses.
    pub fn save(&self, held: &HeldValue) -> Option<Result<Vec<u8>>> {
        self.ways.as_ref().map(|(save, _)| save(held))
    }

    /// The value of bytes; nothing when the type refuses.
    pub fn load(&self, bytes: &[u8]) -> Option<Result<HeldValue>> {
        self.ways.as_ref().map(|(_, load)| load(bytes))
    }
}

/// A value as it is saved beside the memory of its guest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedValue {
    pub number: u64,
    pub class: String,
    pub bytes: Vec<u8>,
}
