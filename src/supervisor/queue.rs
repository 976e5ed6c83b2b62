//! Who runs next. Workers take guests in the order in which they came, in small batches, and from each other
//! when there is nothing else; those without work sleep. Must not know what a guest is.

use super::arena::Id;
use crossbeam_deque::{Injector, Steal, Stealer, Worker};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Guests that a worker takes at once. Few, so that nobody is overtaken by many.
const BATCH: usize = 8;

/// Turns of woken guests after which one of the others comes first.
const AHEAD: u32 = 8;

/// The guests that want a turn.
#[derive(Debug)]
pub(crate) struct Queues {
    /// Guests that woke with a part of their turn left.
    woken: Injector<Id>,
    /// All others.
    ready: Injector<Id>,
    stealers: Box<[Stealer<Id>]>,
    /// Guests that have become ready, and turns that have been given to such.
    pushed: AtomicU64,
    turns: AtomicU64,
    rest: Mutex<()>,
    work: Condvar,
    /// How many workers sleep or are about to.
    sleepers: AtomicUsize,
    is_over: AtomicBool,
}

/// What one worker has for itself.
#[derive(Debug)]
pub(crate) struct Hand {
    local: Worker<Id>,
    /// Turns of woken guests since one of the others had one.
    ahead: u32,
}

impl Queues {
    /// The queues with a hand for each worker.
    pub fn new(workers: usize) -> (Queues, Vec<Hand>) {
        let hands: Vec<Hand> = (0..workers)
            .map(|_| Hand {
                local: Worker::new_fifo(),
                ahead: 0,
            })
            .collect();
        let queues = Queues {
            woken: Injector::new(),
            ready: Injector::new(),
            stealers: hands.iter().map(|hand| hand.local.stealer()).collect(),
            pushed: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            rest: Mutex::new(()),
            work: Condvar::new(),
            sleepers: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        };
        (queues, hands)
    }

    /// Queues a guest behind all others, or, when it has woken, before those that have had their turn.
    pub fn push(&self, guest: Id, has_woken: bool) {
        match has_woken {
            true => self.woken.push(guest),
            false => {
                self.pushed.fetch_add(1, Ordering::Relaxed);
                self.ready.push(guest);
            }
        }
        self.call_one();
    }

    /// The next guest for a worker.
    pub fn pop(&self, hand: &mut Hand) -> Option<Id> {
        if hand.ahead < AHEAD
            && let Some(guest) = settled(|| self.woken.steal())
        {
            hand.ahead += 1;
            return Some(guest);
        }
        hand.ahead = 0;
        let guest = hand
            .local
            .pop()
            .or_else(|| {
                settled(|| {
                    self.ready
                        .steal_batch_with_limit_and_pop(&hand.local, BATCH)
                })
            })
            .or_else(|| self.steal());
        match guest {
            Some(guest) => {
                self.turns.fetch_add(1, Ordering::Relaxed);
                Some(guest)
            }
            None => settled(|| self.woken.steal()),
        }
    }

    fn steal(&self) -> Option<Id> {
        let mut others = self.stealers.iter();
        others.find_map(|other| settled(|| other.steal()))
    }

    /// How many turns have been given to guests that waited for them.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// How many there will have been when all that wait now have had theirs.
    pub fn round(&self) -> u64 {
        self.pushed.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        let others = || self.stealers.iter().all(Stealer::is_empty);
        self.ready.is_empty() && self.woken.is_empty() && others()
    }

    /// Wakes a worker, if one sleeps.
    pub fn call_one(&self) {
        // Either this sees the sleeper, or the sleeper, which counts itself first, sees the guest.
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            drop(self.rest.lock().unwrap_or_else(PoisonError::into_inner));
            self.work.notify_one();
        }
    }

    /// Sleeps until there may be work, or for `time`. `is_due` says whether there is other work.
    pub fn sleep(&self, time: Option<Duration>, is_due: impl FnOnce() -> bool) {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.is_empty() && !self.is_over() && !is_due() {
            rest = match time {
                Some(time) => {
                    let waited = self.work.wait_timeout(rest, time);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.work.wait(rest).unwrap_or_else(PoisonError::into_inner),
            };
        }
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        drop(rest);
    }

    /// Whether all of so many workers sleep and no guest wants a turn. `is_due` says whether there is other work.
    pub fn are_idle(&self, workers: usize, is_due: impl FnOnce() -> bool) -> bool {
        // With the lock no worker begins or ends its sleep.
        let _rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.load(Ordering::Relaxed) == workers && self.is_empty() && !is_due()
    }

    /// Sends the workers home.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(self.rest.lock().unwrap_or_else(PoisonError::into_inner));
        self.work.notify_all();
    }

    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Tries again while others are in the way.
fn settled(mut steal: impl FnMut() -> Steal<Id>) -> Option<Id> {
    loop {
        match steal() {
            Steal::Success(guest) => return Some(guest),
            Steal::Empty => return None,
            Steal::Retry => std::hint::spin_loop(),
        }
    }
}
