//! The fuel that a guest may still use, and when a bucket has more. Must not know guests.

use super::clock::Time;
use super::plan::Fuel;

/// Nanoseconds of a second.
const SECOND: u128 = 1_000_000_000;

/// What is left of a guest's fuel.
#[derive(Debug)]
pub(crate) struct Budget {
    fuel: Fuel,
    /// Units left; less than none when the last step took more than there was.
    left: i64,
    /// Until when what has flown into the bucket is in `left`.
    filled: Time,
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

impl Budget {
    /// A full budget.
    pub fn new(fuel: Fuel, now: Time) -> Budget {
        let left = match fuel {
            Fuel::Unlimited => u64::MAX,
            Fuel::Units(units) => units,
            Fuel::Bucket { size, .. } => size,
        };
        Budget {
            fuel,
            left: signed(left),
            filled: now,
        }
    }

    /// Units that may be used now.
    pub fn available(&mut self, now: Time) -> i64 {
        if let Fuel::Bucket { size, per_second } = self.fuel {
            let passed = u128::from(now.saturating_sub(self.filled));
            let units = passed * u128::from(per_second) / SECOND;
            if units > 0 {
                // What is not a whole unit yet stays under way.
                let time = units * SECOND / u128::from(per_second);
                self.filled = self.filled.saturating_add(time as u64);
                let units = units.min(i64::MAX as u128) as i64;
                self.left = self.left.saturating_add(units).min(signed(size));
            }
        }
        self.left
    }

    /// Takes what has been used.
    pub fn spend(&mut self, units: u64) {
        if self.fuel != Fuel::Unlimited {
            self.left = self.left.saturating_sub(signed(units));
        }
    }

    /// Adds units.
    pub fn refuel(&mut self, units: u64) {
        self.left = self.left.saturating_add(signed(units));
    }

    /// When a bucket that is empty has `units` again, or as many as it holds; `None` for what does not fill
    /// by itself.
    pub fn full_at(&self, units: i64) -> Option<Time> {
        let Fuel::Bucket { size, per_second } = self.fuel else {
            return None;
        };
        let wanted = units.min(signed(size)).max(1);
        let missing = u128::from(wanted.saturating_sub(self.left).max(0) as u64);
        let time = missing * SECOND / u128::from(per_second.max(1)) + 1;
        Some(
            self.filled
                .saturating_add(u64::try_from(time).unwrap_or(u64::MAX)),
        )
    }

    /// Units left, for who wants to know; `None` when there is no limit.
    pub fn left(&self) -> Option<i64> {
        (self.fuel != Fuel::Unlimited).then_some(self.left)
    }
}
