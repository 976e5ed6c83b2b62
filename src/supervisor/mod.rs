//! Many guests on some threads: each gets its turns, its messages and its limits, and is told apart from all
//! others. The verbs are here; who runs when is in `queue.rs` and `turn.rs`. Must not know the engine.
//!
//! See [`Supervisor`].

mod arena;
mod budget;
mod builder;
mod clock;
mod control;
mod events;
mod held;
mod mail;
mod names;
mod outside;
mod plan;
mod queue;
mod shared;
mod state;
mod ties;
mod turn;
mod verbs;

pub use arena::Id;
pub use builder::SupervisorBuilder;
pub use control::{Counters, Outcome};
pub use events::{Event, Events};
pub use mail::Message;
pub use plan::{Fuel, Limits, OnCrash, OnLimit, Plan};
pub use state::{Act, Change, InvalidState, Pause, State, Wait};
pub use verbs::{Info, Supervisor};

use crate::error::Error;
use std::sync::Arc;

/// Most bytes of a message between guests.
pub(crate) const MESSAGE_BYTES: usize = bvm_stdlib::message::MOST;

/// Why a supervisor did not do what was asked. Nothing has happened then, but for [`Refusal::NotStarted`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no guest of this id, or not any more.
    #[error("no guest {0}")]
    NoSuchGuest(Id),
    /// The guest's state does not allow it.
    #[error(transparent)]
    InvalidState(#[from] InvalidState),
    /// The guest could not be started.
    #[error("the guest could not be started: {0:?}")]
    NotStarted(Outcome),
    /// What the guest itself answers.
    #[error(transparent)]
    Guest(#[from] Error),
    /// The guest's inbox has no room for the message.
    #[error("the inbox of guest {0} is full")]
    InboxFull(Id),
    /// The guest waits for no answer.
    #[error("guest {0} has asked for nothing")]
    NothingAsked(Id),
    /// Another guest has the name.
    #[error("another guest has the name '{0}'")]
    NameTaken(Arc<str>),
    /// There are a million guests already.
    #[error("too many guests")]
    TooMany,
    /// A host must not wait for a guest in the middle of another one's turn, nor while one is made.
    #[error("a host in the middle of a turn must not wait for a guest")]
    InsideTurn,
}

impl From<std::convert::Infallible> for Refusal {
    fn from(never: std::convert::Infallible) -> Refusal {
        match never {}
    }
}
