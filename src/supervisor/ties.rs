//! Who is told of whose end: a guest watches another one for as long as both live. Must not decide what an end means to
//! who is told.

use super::Refusal;
use super::arena::Id;
use super::control::{Tie, Watcher};
use super::mail::obituary;
use super::shared::{Aftermath, News, Shared};
use super::state::State;
use std::sync::Arc;

/// What has come of the wish to be told of another guest's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tied {
    /// The guest will be told, or has been.
    Done,
    /// Too many guests watch that one.
    TooMany,
    /// There is no room for a message about its end.
    InboxFull,
}

/// Why a guest does not watch another one.
enum Unwatched {
    Gone,
    TooMany,
}

impl Shared {
    /// Makes a guest, as long as it lives, be told of another one's end, or both of each other's. Of one that is gone
    /// already it is told at once.
    pub fn tie(self: &Arc<Self>, id: Id, guest: Id, tie: Tie) -> Tied {
        let own = self.glance(id, |held| Ok((held.control.lives, held.control.has_room())));
        let Ok((life, has_room)) = own else {
            return Tied::Done;
        };
        // Letters about ends come in any case: who has no room for them waits for no more.
        if tie == Tie::Monitor && !has_room {
            return Tied::InboxFull;
        }
        let watcher = Watcher { id, life, tie };
        match (self.watch(watcher, guest), tie) {
            (Ok(_), Tie::Monitor) => Tied::Done,
            (Ok(life), Tie::Link) => {
                let other = Watcher {
                    id: guest,
                    life,
                    tie,
                };
                self.link_back(watcher, other)
            }
            (Err(Unwatched::TooMany), _) => Tied::TooMany,
            // It may ask so again and again: such a letter needs room as any other.
            (Err(Unwatched::Gone), Tie::Monitor) => {
                let letter = obituary(guest, State::Gone, None);
                match self.send(Id::NOBODY, id, letter) {
                    Err(Refusal::InboxFull(_)) => Tied::InboxFull,
                    _ => Tied::Done,
                }
            }
            (Err(Unwatched::Gone), Tie::Link) => {
                self.settle(Aftermath {
                    news: [(id, News::Follow(life))].into(),
                    ..Aftermath::default()
                });
                Tied::Done
            }
        }
    }

    /// Makes the second half of a link, or undoes the first.
    fn link_back(self: &Arc<Self>, watcher: Watcher, other: Watcher) -> Tied {
        let Err(why) = self.watch(other, watcher.id) else {
            return Tied::Done;
        };
        // One that is gone watches nobody.
        let _ = self.glance(other.id, |held| {
            held.control.watchers.retain(|known| *known != watcher);
            Ok(())
        });
        match why {
            // It has been killed, and knows nothing more of this.
            Unwatched::Gone => Tied::Done,
            Unwatched::TooMany => Tied::TooMany,
        }
    }

    /// Makes a guest one that is told of another one's end; gives the life that this one is in.
    fn watch(self: &Arc<Self>, watcher: Watcher, guest: Id) -> Result<u64, Unwatched> {
        let add = || {
            let added = self.glance(guest, |held| match held.control.state().is_end() {
                true => Err(Refusal::NoSuchGuest(guest)),
                false => Ok((held.control.watch(watcher), held.control.lives)),
            });
            match added {
                Ok((true, life)) => Ok(life),
                Ok((false, _)) => Err(Unwatched::TooMany),
                Err(_) => Err(Unwatched::Gone),
            }
        };
        match add() {
            Err(Unwatched::TooMany) => {
                self.forget_watchers(guest);
                add()
            }
            added => added,
        }
    }

    /// Makes a guest forget those of its watchers that have ended. They do not say so themselves: only one that many
    /// watch needs to know.
    fn forget_watchers(self: &Arc<Self>, guest: Id) {
        let Ok(watchers) = self.glance(guest, |held| Ok(held.control.watchers.clone())) else {
            return;
        };
        let lives = |watcher: Watcher| {
            let slot = self.arena.slot(watcher.id);
            let control = slot.map(|slot| slot.lock());
            control.is_some_and(|it| it.id == watcher.id && it.lives == watcher.life)
        };
        let known: Vec<(Watcher, bool)> = watchers.into_iter().map(|it| (it, lives(it))).collect();
        // One that is gone by now has none.
        let _ = self.glance(guest, |held| {
            let mut known = known.iter();
            // Who has come meanwhile is behind these; if the list is another one by now, they stay.
            let stays = |watcher: &Watcher| match known.next() {
                Some((before, lives)) => *lives || before != watcher,
                None => true,
            };
            held.control.watchers.retain(stays);
            Ok(())
        });
    }
}
