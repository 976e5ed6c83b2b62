//! Stacks that wait for the next work: mapping one and touching its first pages takes the time of a slice. Must not know
//! what runs on them.

use corosensei::stack::DefaultStack;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a stack, with a page below that nobody may touch. Compiling nests 200 levels at most, which take less than
/// half of it even without optimisation, and less than a quarter with some (`tests/deepest.rs`).
const STACK: usize = 2 << 20;

/// Most stacks that wait. Each keeps the pages that its work has touched.
const MOST_IDLE: usize = 16;

static IDLE: Mutex<Vec<DefaultStack>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<DefaultStack>> {
    // A list is whole whatever has panicked.
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stack. `None` when the system has none.
pub(crate) fn take() -> Option<DefaultStack> {
    let waiting = idle().pop();
    waiting.or_else(|| DefaultStack::new(STACK).ok())
}

/// Keeps a stack that nothing runs on any more, if there are few.
pub(crate) fn keep(stack: DefaultStack) {
    let mut idle = idle();
    if idle.len() < MOST_IDLE {
        idle.push(stack);
    } else {
        drop(idle);
        drop(stack);
    }
}
