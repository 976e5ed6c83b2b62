//! The time of a supervisor, and what is due at some of it. Must not know guests but by their ids.

use super::arena::Id;
use std::collections::BTreeSet;
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

    /// Whether it is that of the system.
    pub fn is_real(&self) -> bool {
        matches!(self, Clock::Real(_))
    }

    pub fn now(&self) -> Time {
        match self {
            Clock::Real(start) => nanoseconds(start.elapsed()),
            Clock::Virtual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Lets work take its time. At its end virtual time stands still, just before the time that is never.
    pub fn work(&self, units: u64) {
        if let Clock::Virtual(now) = self {
            let (order, most) = (Ordering::Relaxed, Time::MAX - 1);
            let later = |now: Time| Some(now.saturating_add(units).min(most));
            // It always has an answer.
            let _ = now.fetch_update(order, order, later);
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

/// When to look at which guests: one moment for each guest at most.
#[derive(Debug)]
pub(crate) struct Alarms {
    set: Mutex<BTreeSet<(Time, Id)>>,
    /// When the next one is due: workers look here between turns.
    next: AtomicU64,
}

impl Alarms {
    pub fn new() -> Alarms {
        Alarms {
            set: Mutex::default(),
            next: AtomicU64::new(Time::MAX),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<(Time, Id)>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next alarm is due; `Time::MAX` when there is none.
    pub fn next(&self) -> Time {
        self.next.load(Ordering::Acquire)
    }

    /// Moves the alarm of a guest, where `Time::MAX` is none; says whether it is the first to come now.
    pub fn set(&self, guest: Id, old: Time, new: Time) -> bool {
        let mut set = self.lock();
        let before = self.next.load(Ordering::Relaxed);
        if old != Time::MAX {
            set.remove(&(old, guest));
        }
        if new != Time::MAX {
            set.insert((new, guest));
        }
        self.note_next(&set) < before
    }

    /// Takes an alarm that is due.
    pub fn due(&self, now: Time) -> Option<(Time, Id)> {
        if now < self.next() {
            return None;
        }
        let mut set = self.lock();
        let alarm = set.first().copied().filter(|(at, _)| *at <= now)?;
        set.remove(&alarm);
        self.note_next(&set);
        Some(alarm)
    }

    fn note_next(&self, set: &BTreeSet<(Time, Id)>) -> Time {
        let next = set.first().map_or(Time::MAX, |(at, _)| *at);
        self.next.store(next, Ordering::Release);
        next
    }
}
