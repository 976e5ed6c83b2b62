//! The life of a supervised guest: its states, what may happen to it in each, and what that leads to, in one
//! table. Must not know guests, threads or time.

use std::fmt;

/// Where a guest stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// There is no such guest: not yet, or not any more. Only events show this state.
    Gone,
    /// It has a plan and no memory yet.
    Defined,
    /// It runs, or waits for its next turn.
    Running,
    /// It stands still until it is resumed.
    Paused(Pause),
    /// It cannot go on before something happens, and takes no turns.
    Waiting(Wait),
    /// It has left memory; its snapshot is kept.
    Saved,
    /// Its program has returned, or asked to end.
    Halted,
    /// Its program has failed with an error that nobody caught.
    Crashed,
    /// It was ended from outside: by a verb, a limit, or because a guest it is linked to has ended.
    Killed,
    /// It could not be started.
    Failed,
    /// Its host panicked in the middle of an answer. It is kept as it was, and can only be killed or reset.
    Stuck,
}

/// Why a guest is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pause {
    /// Somebody asked for it.
    User,
    /// Its budget of fuel is used up.
    Fuel,
    /// Its time is over.
    Deadline,
    /// Its memory is full.
    Memory,
    /// It has been restored and not been resumed yet.
    Restored,
    /// It has been cloned from another guest and not been resumed yet.
    Cloned,
}

/// What a guest waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wait {
    /// A message, or the end of its patience.
    Receive,
    /// The end of a sleep.
    Timer,
    /// An answer of its host.
    Hypercall,
    /// More fuel in its bucket.
    Refill,
}

impl State {
    /// Whether the program is over, so that only starting it anew brings the guest back.
    pub fn is_end(self) -> bool {
        use State::{Crashed, Failed, Gone, Halted, Killed};
        matches!(self, Gone | Halted | Crashed | Killed | Failed)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            State::Paused(reason) => format!("paused ({reason:?})"),
            State::Waiting(reason) => format!("waiting ({reason:?})"),
            other => format!("{other:?}"),
        };
        f.pad(&text.to_lowercase())
    }
}

/// Name, meaning, and states before and after.
type ActRow = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Declares [`Act`] and the table of what may happen when: `Act: from | … => to | …`. What leads nowhere
/// leaves the guest in its state.
macro_rules! acts {
    ($($(#[doc = $doc:literal])* $act:ident: $($from:ident)|+ => $($to:ident)|*;)*) => {
        /// What happens to a guest: verbs of whoever owns it, and what comes from the guest itself, its
        /// limits and other guests.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Act { $($(#[doc = $doc])* $act,)* }

        impl Act {
            /// Whether it may happen in a state.
            fn is_from(self, state: State) -> bool {
                match self { $(Act::$act => matches!(state, $(State::$from { .. })|+),)* }
            }

            /// Whether it may lead to a state.
            fn is_to(self, state: State) -> bool {
                match self { $(Act::$act => false $(|| matches!(state, State::$to { .. }))*,)* }
            }

            /// All of them: name, meaning, states before and after, without reasons. For the specification.
            #[doc(hidden)]
            pub const TABLE: &'static [ActRow] = &[
                $((stringify!($act), concat!($($doc),*), &[$(stringify!($from)),+], &[$(stringify!($to)),*]),)*
            ];
        }
    };
}

acts! {
    // Verbs.
    /// It is defined.
    Create: Gone => Defined;
    /// It is loaded and begins to run.
    Start: Defined | Halted | Crashed | Killed | Failed => Running | Failed;
    /// It stops where it stands.
    Pause: Running | Waiting => Paused;
    /// It goes on, or goes on waiting.
    Resume: Paused => Running | Waiting;
    /// It loses its memory.
    Kill: Running | Waiting | Paused | Saved | Stuck => Killed;
    /// It begins again, whatever it was doing.
    Reset: Running | Waiting | Paused | Saved | Stuck | Halted | Crashed | Killed | Failed => Running | Failed;
    /// It becomes a snapshot.
    Save: Running | Waiting | Paused => Saved;
    /// Its snapshot becomes a guest again.
    Restore: Saved => Paused;
    /// It is created as a copy of another guest.
    Clone: Defined => Paused;
    /// It is forgotten.
    Destroy: Defined | Saved | Halted | Crashed | Killed | Failed => Gone;
    /// A copy of it is made.
    Copy: Running | Waiting | Paused => ;
    /// It gets a message.
    Send: Defined | Running | Waiting | Paused | Saved => ;
    /// Its hypercall is answered.
    Answer: Waiting | Paused => ;

    // What the guest does.
    /// It waits.
    Block: Running => Waiting;
    /// What it has waited for is there.
    Wake: Waiting => Running;
    /// Its program ends.
    Finish: Running => Halted;
    /// An error ends it.
    Crash: Running => Crashed;
    /// Its host panics.
    Break: Running => Stuck;

    // What its limits and other guests do.
    /// Its fuel is used up.
    Exhaust: Running => Paused | Killed;
    /// Its memory is full.
    Fill: Running => Paused | Killed;
    /// Its time is over.
    Expire: Running | Waiting => Paused | Killed;
    /// A guest that it is linked to has ended.
    Follow: Running | Waiting | Paused | Saved => Killed;
    /// It is started again by policy.
    Restart: Crashed | Killed => Running | Failed;
}

/// A verb that the guest's state does not allow. Nothing has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a guest that is {state} cannot do this: {verb:?}")]
pub struct InvalidState {
    /// The guest's state.
    pub state: State,
    /// What was asked for.
    pub verb: Act,
}

/// A change of a guest's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What it was.
    pub old: State,
    /// What it is.
    pub new: State,
    /// What led from one to the other.
    pub cause: Act,
}

/// The state of one guest. [`Life::change`] alone changes it.
#[derive(Debug)]
pub(crate) struct Life(State);

impl Life {
    /// A guest that is not there yet.
    pub const NEW: Life = Life(State::Gone);

    pub fn state(&self) -> State {
        self.0
    }

    /// Whether this may happen now.
    pub fn allows(&self, act: Act) -> Result<(), InvalidState> {
        match act.is_from(self.0) {
            true => Ok(()),
            false => Err(InvalidState {
                state: self.0,
                verb: act,
            }),
        }
    }

    /// Goes to another state, if the table knows such a way.
    pub fn change(&mut self, act: Act, new: State) -> Result<Change, InvalidState> {
        self.allows(act)?;
        if !act.is_to(new) {
            return Err(InvalidState {
                state: self.0,
                verb: act,
            });
        }
        let old = std::mem::replace(&mut self.0, new);
        Ok(Change {
            old,
            new,
            cause: act,
        })
    }
}
