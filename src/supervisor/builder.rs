//! How a supervisor is made. Must not know guests.

use super::arena::Arena;
use super::clock::{Alarms, Clock};
use super::events::Feed;
use super::mail::Post;
use super::names::Names;
use super::queue::{Hand, Queues};
use super::shared::Shared;
use super::turn;
use super::verbs::Supervisor;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// What a supervisor is made with.
#[derive(Debug, Clone)]
pub struct SupervisorBuilder {
    threads: usize,
    slice: u64,
    inbox: usize,
    is_virtual: bool,
}

impl SupervisorBuilder {
    pub(super) fn new() -> SupervisorBuilder {
        SupervisorBuilder {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            slice: 50_000,
            inbox: 1 << 20,
            is_virtual: false,
        }
    }

    /// Runs guests on so many threads; by default as many as the system has processors. Without any,
    /// [`Supervisor::step`] runs them.
    #[must_use]
    pub fn threads(mut self, count: usize) -> SupervisorBuilder {
        self.threads = count;
        self
    }

    /// Sets the fuel of a guest's turn, of weight 100, and of a slice at most. A verb waits for the end of a slice
    /// of a guest that runs: some 100 microseconds for the 50,000 units that it has by default. Guests whose units
    /// take longer get shorter ones.
    #[must_use]
    pub fn slice(mut self, units: u64) -> SupervisorBuilder {
        self.slice = units.clamp(1, 1 << 30);
        self
    }

    /// Bounds the messages that wait for [`Supervisor::receive`], in bytes: 1 MiB by default. A guest that sends
    /// more gets `inbox full`.
    #[must_use]
    pub fn inbox(mut self, bytes: usize) -> SupervisorBuilder {
        self.inbox = bytes;
        self
    }

    /// Makes time of work: a unit of fuel is a nanosecond, and nobody waits for a guest that sleeps. With one
    /// thread at most, so that what guests do repeats.
    #[must_use]
    pub fn virtual_time(mut self) -> SupervisorBuilder {
        self.is_virtual = true;
        self
    }

    /// Makes the supervisor and starts its threads.
    pub fn build(self) -> Supervisor {
        let threads = match self.is_virtual {
            true => self.threads.min(1),
            false => self.threads,
        };
        let (queues, mut hands) = Queues::new(threads.max(1));
        let shared = Arc::new(Shared {
            arena: Arena::new(),
            queues,
            alarms: Alarms::new(),
            clock: match self.is_virtual {
                true => Clock::virtual_time(),
                false => Clock::real(),
            },
            feed: Feed::default(),
            names: Names::default(),
            post: Post::new(self.inbox),
            slice: self.slice,
            past: Mutex::default(),
            is_orphaned: AtomicBool::new(false),
        });
        let own = match threads {
            0 => hands.pop(),
            _ => None,
        };
        let start = |hand: Hand| {
            let shared = shared.clone();
            std::thread::spawn(move || turn::work(&shared, hand))
        };
        Supervisor {
            threads: hands.into_iter().map(start).collect(),
            own: Mutex::new(own),
            shared,
        }
    }
}
