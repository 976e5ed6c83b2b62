//! Changes of guests, told to whoever wants to know. Must not decide anything.

use super::arena::Id;
use super::state::Change;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
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
    dropped: Arc<AtomicU64>,
}

impl Events {
    /// The next event, if there is one already.
    pub fn try_next(&self) -> Option<Event> {
        self.queue.try_recv().ok()
    }

    /// The next event, waited for; `None` when it takes longer, or when the supervisor is gone.
    pub fn next_within(&self, time: Duration) -> Option<Event> {
        self.queue.recv_timeout(time).ok()
    }

    /// How many events found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Subscriber {
    queue: SyncSender<Event>,
    dropped: Arc<AtomicU64>,
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
        let (sender, queue) = sync_channel(capacity.max(1));
        let dropped = Arc::new(AtomicU64::new(0));
        let subscriber = Subscriber {
            queue: sender,
            dropped: dropped.clone(),
        };
        let mut all = self
            .subscribers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(subscriber);
        self.count.store(all.len(), Ordering::Release);
        Events { queue, dropped }
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
            match subscriber.queue.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => {
                    subscriber.dropped.fetch_add(1, Ordering::Relaxed);
                }
                Err(TrySendError::Disconnected(_)) => is_gone = true,
            }
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
        // Whoever has dropped the receiver has dropped its share of the counter.
        all.retain(|subscriber| Arc::strong_count(&subscriber.dropped) > 1);
        self.count.store(all.len(), Ordering::Release);
    }
}
