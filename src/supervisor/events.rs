//! Changes of guests, told to whoever wants to know. Must not decide anything.

use super::arena::Id;
use super::state::Change;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// One change of one guest. Those of a guest come in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Which guest.
    pub guest: Id,
    /// From which state to which, and why.
    pub change: Change,
    /// When, by the supervisor's clock.
    pub at: Duration,
}

/// The events since the subscription. When nobody takes them, those that do not fit are counted and lost.
#[derive(Debug)]
pub struct Events {
    queue: Receiver<Event>,
    counts: Arc<Counts>,
}

/// What both ends of a queue count.
#[derive(Debug, Default)]
struct Counts {
    /// Events that wait: only they take memory, whatever the queue may hold.
    waiting: AtomicUsize,
    /// Events that found no room.
    dropped: AtomicU64,
}

impl Events {
    /// The next event, if there is one already.
    pub fn try_next(&self) -> Option<Event> {
        self.taken(self.queue.try_recv().ok())
    }

    /// The next event, waited for; `None` when it takes longer, or when the supervisor is gone.
    pub fn next_within(&self, time: Duration) -> Option<Event> {
        self.taken(self.queue.recv_timeout(time).ok())
    }

    fn taken(&self, event: Option<Event>) -> Option<Event> {
        if event.is_some() {
            self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        event
    }

    /// How many events found no room.
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Subscriber {
    queue: Sender<Event>,
    capacity: usize,
    counts: Arc<Counts>,
}

impl Subscriber {
    /// Tells of an event, if there is room; says whether anybody still wants to know.
    fn tell(&self, event: Event) -> bool {
        let order = Ordering::Relaxed;
        let more = |waiting: usize| (waiting < self.capacity).then(|| waiting + 1);
        match self.counts.waiting.fetch_update(order, order, more) {
            Ok(_) => self.queue.send(event).is_ok(),
            Err(_) => {
                self.counts.dropped.fetch_add(1, order);
                !self.is_gone()
            }
        }
    }

    /// Whoever has dropped the other end has dropped its share of the counts.
    fn is_gone(&self) -> bool {
        Arc::strong_count(&self.counts) == 1
    }
}

/// All who want to know.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    subscribers: RwLock<Vec<Subscriber>>,
    /// How many there are: without any, nothing is written.
    count: AtomicUsize,
}

impl Feed {
    pub fn subscribe(&self, capacity: usize) -> Events {
        let (sender, queue) = channel();
        let counts = Arc::new(Counts::default());
        let subscriber = Subscriber {
            queue: sender,
            capacity: capacity.max(1),
            counts: counts.clone(),
        };
        let mut all = self
            .subscribers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(subscriber);
        self.count.store(all.len(), Ordering::Release);
        Events { queue, counts }
    }

    /// Tells everybody.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let event = event();
        let all = self
            .subscribers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut is_gone = false;
        for subscriber in all.iter() {
            is_gone |= !subscriber.tell(event);
        }
        drop(all);
        if is_gone {
            self.forget_gone();
        }
    }

    #[cold]
    fn forget_gone(&self) {
        let mut all = self
            .subscribers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        all.retain(|subscriber| !subscriber.is_gone());
        self.count.store(all.len(), Ordering::Release);
    }
}
