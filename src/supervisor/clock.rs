//! The time of a supervisor, and what is due at some of it. Must not know guests but by their ids.

use super::arena::Id;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Nanoseconds since the supervisor was made.
pub(crate) type Time = u64;

/// What time is.
#[derive(Debug)]
pub(crate) enum Clock {
    /// That of the system.
    Real(Instant),
    /// Made of work: a unit of fuel is a nanosecond, and when nobody can work, time goes on to the next
    /// moment at which somebody can. So a run repeats, and nobody waits for a guest that sleeps.
    Virtual(AtomicU64),
}

impl Clock {
    pub fn real() -> Clock {
        Clock::Real(Instant::now())
    }

    pub fn virtual_time() -> Clock {
        Clock::Virtual(AtomicU64::new(0))
    }

    pub fn now(&self) -> Time {
        match self {
            Clock::Real(start) => nanoseconds(start.elapsed()),
            Clock::Virtual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Lets work take its time.
    pub fn work(&self, units: u64) {
        if let Clock::Virtual(now) = self {
            now.fetch_add(units, Ordering::Relaxed);
        }
    }

    /// Goes to a moment, if going is what time does here.
    pub fn skip_to(&self, time: Time) -> bool {
        match self {
            Clock::Real(_) => false,
            Clock::Virtual(now) => {
                now.fetch_max(time, Ordering::Relaxed);
                true
            }
        }
    }
}

/// A duration in nanoseconds; longer ones than centuries are as long as it gets.
pub(crate) fn nanoseconds(time: Duration) -> Time {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What guests say in seconds. What is no time at all is none.
pub(crate) fn of_seconds(seconds: f64) -> Time {
    // Casts from doubles end at the ends of the type, and what is not a number is 0.
    (seconds * 1e9) as u64
}

/// A guest to look at, and its number of the wait for which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alarm {
    pub at: Time,
    pub guest: Id,
    pub wait: u32,
}

/// What is due when. An alarm whose guest waits for something else by now is dropped when its time comes.
#[derive(Debug)]
pub(crate) struct Alarms {
    heap: Mutex<BinaryHeap<Reverse<Alarm>>>,
    /// When the next one is due: workers look here between turns.
    next: AtomicU64,
}

impl Alarms {
    pub fn new() -> Alarms {
        Alarms {
            heap: Mutex::default(),
            next: AtomicU64::new(Time::MAX),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BinaryHeap<Reverse<Alarm>>> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next alarm is due; `Time::MAX` when there is none.
    pub fn next(&self) -> Time {
        self.next.load(Ordering::Acquire)
    }

    /// Sets an alarm; says whether it is the first to come.
    pub fn set(&self, alarm: Alarm) -> bool {
        let mut heap = self.lock();
        heap.push(Reverse(alarm));
        let is_first = alarm.at < self.next.load(Ordering::Relaxed);
        if is_first {
            self.next.store(alarm.at, Ordering::Release);
        }
        is_first
    }

    /// Takes an alarm that is due.
    pub fn due(&self, now: Time) -> Option<Alarm> {
        if now < self.next() {
            return None;
        }
        let mut heap = self.lock();
        let is_due = heap.peek().is_some_and(|Reverse(alarm)| alarm.at <= now);
        let alarm = if is_due { heap.pop() } else { None };
        let next = heap.peek().map_or(Time::MAX, |Reverse(alarm)| alarm.at);
        self.next.store(next, Ordering::Release);
        alarm.map(|Reverse(alarm)| alarm)
    }
}
