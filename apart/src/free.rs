//! A thread that frees what takes long to free, so that no slice of a guest has to. Must not know what that is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

/// Bytes of source from which on it may take longer to free what is made of them than to wake the thread.
const LONG: usize = 32 << 10;

/// Most things that wait: when the thread does not keep up, whoever has something frees it.
const MOST_WAITING: usize = 64;

/// After it has freed something the thread looks by itself for more, so often and at such distances: waking it takes as long
/// as a slice should, and more when it begins at once on the processor of whoever wakes it.
const LOOKS: u32 = 500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// How long it sleeps then, until somebody wakes it, before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of its stack. What it frees is nested as deeply as functions are.
const STACK: usize = 512 << 10;

type Scraps = Box<dyn Any + Send>;

/// What is to be freed.
struct Queue {
    waiting: Vec<Scraps>,
    has_thread: bool,
    /// The thread has to be woken.
    is_asleep: bool,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    waiting: Vec::new(),
    has_thread: false,
    is_asleep: false,
});

/// Wakes the thread.
static MORE: Condvar = Condvar::new();

fn queue() -> MutexGuard<'static, Queue> {
    // A list is whole whatever has panicked.
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Frees what was made of so many bytes of source: here, or on a thread if that takes long.
pub fn free<T: Send + 'static>(scraps: T, bytes: usize) {
    if bytes < LONG {
        return;
    }
    let mut queue = queue();
    if queue.waiting.len() >= MOST_WAITING || !has_thread(&mut queue) {
        drop(queue);
        drop(scraps);
        return;
    }
    queue.waiting.push(Box::new(scraps));
    let is_asleep = std::mem::take(&mut queue.is_asleep);
    drop(queue);
    if is_asleep {
        MORE.notify_one();
    }
}

/// Whether there is a thread, if need be a new one.
fn has_thread(queue: &mut Queue) -> bool {
    if !queue.has_thread {
        let thread = Builder::new().name("bvm frees".to_owned());
        queue.has_thread = thread.stack_size(STACK).spawn(work).is_ok();
    }
    queue.has_thread
}

/// Frees one thing after the other, until there is nothing for long.
fn work() {
    while let Some(scraps) = next() {
        // A panic ends nothing but what has panicked.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(scraps)));
    }
}

/// The next thing; `None` when there was none for long.
fn next() -> Option<Scraps> {
    for _ in 0..LOOKS {
        let next = queue().waiting.pop();
        if next.is_some() {
            return next;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    let mut asleep = queue();
    asleep.is_asleep = true;
    let is_empty = |queue: &mut Queue| queue.waiting.is_empty();
    let waited = MORE.wait_timeout_while(asleep, PATIENCE, is_empty);
    let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
    queue.is_asleep = false;
    let next = queue.waiting.pop();
    queue.has_thread = next.is_some();
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};
    use std::thread::ThreadId;

    /// Tells where it is dropped.
    struct Scrap(Sender<ThreadId>, bool);

    impl Drop for Scrap {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).expect("a listener");
            assert!(!self.1, "on purpose");
        }
    }

    #[test]
    fn what_takes_long_is_freed_elsewhere_even_after_a_panic() {
        let (tell, told) = channel();
        let here = thread::current().id();
        free(Scrap(tell.clone(), false), LONG - 1);
        assert_eq!(told.recv(), Ok(here));
        for panics in [true, false] {
            free(Scrap(tell.clone(), panics), LONG);
            let place = told.recv().expect("dropped");
            assert_ne!(place, here);
        }
    }
}
