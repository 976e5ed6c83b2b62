//! What a guest has no use for any more, on its way out. It is dropped while the guest's body is free, as values of the
//! host may do what they like then. Must not know what is dropped.

use crate::held::{HeldEntry, HostFunction};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Functions and values that were the guest's.
#[derive(Debug, Default)]
pub(crate) struct Released {
    pub functions: Vec<Arc<HostFunction>>,
    pub values: Vec<HeldEntry>,
}

impl Drop for Released {
    fn drop(&mut self) {
        self.functions.drain(..).for_each(quietly);
        self.values.drain(..).for_each(quietly);
    }
}

/// Drops something of the host. Whoever runs the guest has nothing to do with a panic of that.
fn quietly<T>(what: T) {
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(what)));
    // The hook for panics has shown it.
    drop(dropped);
}
