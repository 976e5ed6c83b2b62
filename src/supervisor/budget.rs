//! The fuel that guests may still use, and when a bucket has more. A guest and those that it spawns have one budget,
//! whoever of them uses it; it also bounds what the host keeps for them. Must not know guests.

use super::clock::Time;
use super::plan::Fuel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Nanoseconds of a second.
const SECOND: u128 = 1_000_000_000;

/// Most bytes that the guests of a family may have been spawned with.
const MOST_KEPT: u64 = 16 << 20;

/// What is left of a family's fuel, and of the room for what its guests are spawned with. Copies are the same budget.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Mutex<Purse>>);

#[derive(Debug)]
struct Purse {
    fuel: Fuel,
    /// Units left; less than none when the last step took more than there was.
    left: i64,
    /// Until when what has flown into the bucket is in `left`.
    filled: Time,
    /// Slices under way, whose units are not in `left`. What they do not use comes back.
    lent: u32,
    /// Bytes that are kept for guests.
    kept: u64,
}

/// Bytes that a family keeps for one of its guests as long as this is there.
#[derive(Debug)]
pub(crate) struct Kept {
    budget: Budget,
    bytes: u64,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut purse = self.budget.purse();
        purse.kept = purse.kept.saturating_sub(self.bytes);
    }
}

/// What a budget says to a guest that wants a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loan {
    /// So many units, at least one.
    Units(u64),
    /// Nothing just now: others have all of it, and may give some back.
    Busy,
    /// Nothing before this time; never by itself without one.
    Empty(Option<Time>),
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

impl Budget {
    /// A full budget.
    pub fn new(fuel: Fuel, now: Time) -> Budget {
        let purse = Purse {
            fuel,
            left: full(fuel),
            filled: now,
            lent: 0,
            kept: 0,
        };
        Budget(Arc::new(Mutex::new(purse)))
    }

    fn purse(&self) -> MutexGuard<'_, Purse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes it another full budget, for all who have it.
    pub fn reset(&self, fuel: Fuel, now: Time) {
        let mut purse = self.purse();
        (purse.fuel, purse.left, purse.filled) = (fuel, full(fuel), now);
    }

    /// Lends at most so many units for a slice. `enough` units of a bucket are worth waking for.
    pub fn lend(&self, most: u64, enough: i64, now: Time) -> Loan {
        let mut purse = self.purse();
        let left = purse.available(now);
        if left <= 0 {
            return match purse.lent {
                0 => Loan::Empty(purse.full_at(enough)),
                _ => Loan::Busy,
            };
        }
        purse.lent += 1;
        if purse.fuel == Fuel::Unlimited {
            return Loan::Units(most);
        }
        let units = left.min(signed(most));
        purse.left -= units;
        Loan::Units(units.unsigned_abs())
    }

    /// Takes back what was lent for a slice, but for what has been used of it.
    pub fn settle(&self, lent: u64, used: u64) {
        let mut purse = self.purse();
        purse.lent = purse.lent.saturating_sub(1);
        if purse.fuel != Fuel::Unlimited {
            let left = purse.left.saturating_add(signed(lent));
            purse.left = left.saturating_sub(signed(used));
        }
    }

    /// Whether both are the same budget.
    pub fn is(&self, other: &Budget) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether others may have it than a guest and whoever asks here.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 2
    }

    /// Keeps bytes, if there is room for them.
    pub fn keep(&self, bytes: u64) -> Option<Kept> {
        let mut purse = self.purse();
        purse.kept = purse
            .kept
            .checked_add(bytes)
            .filter(|kept| *kept <= MOST_KEPT)?;
        let budget = self.clone();
        Some(Kept { budget, bytes })
    }

    /// Adds units.
    pub fn refuel(&self, units: u64) {
        let mut purse = self.purse();
        purse.left = purse.left.saturating_add(signed(units));
    }

    /// Units left, for who wants to know; `None` when there is no limit.
    pub fn left(&self) -> Option<i64> {
        let purse = self.purse();
        (purse.fuel != Fuel::Unlimited).then_some(purse.left)
    }
}

/// Units of a full budget.
fn full(fuel: Fuel) -> i64 {
    signed(match fuel {
        Fuel::Unlimited => u64::MAX,
        Fuel::Units(units) => units,
        Fuel::Bucket { size, .. } => size,
    })
}

impl Purse {
    /// Units that may be used now.
    fn available(&mut self, now: Time) -> i64 {
        if let Fuel::Bucket { size, per_second } = self.fuel {
            let passed = u128::from(now.saturating_sub(self.filled));
            let units = passed * u128::from(per_second) / SECOND;
            if units > 0 {
                // What is not a whole unit yet stays under way.
                let time = units * SECOND / u128::from(per_second);
                self.filled = self.filled.saturating_add(time as u64);
                let units = units.min(i64::MAX as u128) as i64;
                // What it has been given beyond its size stays until it is used.
                let most = signed(size).max(self.left);
                self.left = self.left.saturating_add(units).min(most);
            }
        }
        self.left
    }

    /// When a bucket that is empty has `units` again, or as many as it holds; `None` for what does not fill
    /// by itself.
    fn full_at(&self, units: i64) -> Option<Time> {
        let Fuel::Bucket { size, per_second } = self.fuel else {
            return None;
        };
        if size == 0 || per_second == 0 {
            return None;
        }
        let wanted = units.min(signed(size)).max(1);
        let missing = u128::from(wanted.saturating_sub(self.left).max(0) as u64);
        let time = missing * SECOND / u128::from(per_second) + 1;
        Some(
            self.filled
                .saturating_add(u64::try_from(time).unwrap_or(u64::MAX)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_nobody_elses() {
        let budget = Budget::new(Fuel::Units(100), 0);
        let other = budget.clone();
        assert_eq!(budget.lend(70, 1, 0), Loan::Units(70));
        assert_eq!(other.lend(70, 1, 0), Loan::Units(30));
        assert_eq!(other.lend(70, 1, 0), Loan::Busy);
        budget.settle(70, 10);
        assert_eq!(other.lend(70, 1, 0), Loan::Units(60));
        other.settle(60, 61);
        other.settle(30, 30);
        assert_eq!(budget.lend(1, 1, 0), Loan::Empty(None));
        assert_eq!(budget.left(), Some(-1));
        budget.reset(
            Fuel::Bucket {
                size: 10,
                per_second: 1_000_000_000,
            },
            5,
        );
        assert_eq!(budget.lend(20, 4, 5), Loan::Units(10));
        budget.settle(10, 10);
        assert_eq!(budget.lend(20, 4, 5), Loan::Empty(Some(10)));
        assert_eq!(budget.lend(20, 4, 9), Loan::Units(4));
    }
}
