//! What a guest and all handles of it share: the lock, and the body behind it. Must not know what a body does.
//!
//! The lock is one that its thread may take again: a function of the host runs while its guest is locked
//! against other threads, and the body is free for it meanwhile, as a call leaves the machine before such a
//! function is called.
//!
//! Mostly one thread uses a guest, and takes the lock for each thing that it does. So the lock is the one that is the quickest to
//! take and give back, and not to wait for: a thread that waits looks for it now and then.

use crate::body::Body;
use crate::error::Error;
use parking_lot::RawThreadId;
use parking_lot::lock_api::{ReentrantMutex, ReentrantMutexGuard};
use spin::mutex::SpinMutex;
use spin::relax::Yield;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

type Lock<T> = ReentrantMutex<SpinMutex<()>, RawThreadId, T>;
type Guard<'a, T> = ReentrantMutexGuard<'a, SpinMutex<()>, RawThreadId, T>;

/// How often a thread looks for a guest that is in use before it sleeps: for about the time of a short call.
const LOOKS: u32 = 64;
/// The first sleep, and the longest: what a thread may come late when a long call has ended.
const SLEEP: Duration = Duration::from_micros(50);
const LONGEST: Duration = Duration::from_millis(1);

/// Takes a lock that another thread has.
#[cold]
fn wait<T>(lock: &Lock<T>) -> Guard<'_, T> {
    let (mut looks, mut sleep) = (0, SLEEP);
    loop {
        if let Some(guard) = lock.try_lock() {
            return guard;
        }
        if looks < LOOKS {
            looks += 1;
            std::hint::spin_loop();
        } else {
            std::thread::sleep(sleep);
            sleep = LONGEST.min(sleep * 5 / 4);
        }
    }
}

/// A guest, as its handles know it.
pub(crate) struct Shared {
    body: Lock<RefCell<Option<Box<Body>>>>,
    /// Slots of handles that are gone.
    dropped: SpinMutex<Vec<u32>, Yield>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    /// Gives a body to share.
    pub fn new(body: Body) -> Arc<Shared> {
        Arc::new(Shared {
            body: Lock::new(RefCell::new(Some(Box::new(body)))),
            dropped: SpinMutex::new(Vec::new()),
        })
    }

    #[inline]
    fn lock(&self) -> Guard<'_, RefCell<Option<Box<Body>>>> {
        match self.body.try_lock() {
            Some(guard) => guard,
            None => wait(&self.body),
        }
    }

    /// Gives access to the body for a moment.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Busy`]; those of `f`.
    pub fn with<R>(
        self: &Arc<Self>,
        f: impl FnOnce(&mut Body, &Arc<Shared>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let guard = self.lock();
        let mut body = guard.try_borrow_mut().map_err(|_| Error::Busy)?;
        match body.as_deref_mut() {
            Some(body) => f(body, self),
            None => Err(Error::Gone),
        }
    }

    /// Gives access to the body for a moment, and keeps other threads out until `then` is over, which may use the guest.
    /// Both get what is between them where it is: moving it would take longer than much of a call.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Busy`]; those of `then`.
    #[inline]
    pub fn with_then<T>(
        self: &Arc<Self>,
        between: &mut T,
        f: impl FnOnce(&mut T, &mut Body, &Arc<Shared>),
        then: impl FnOnce(&mut T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let guard = self.lock();
        {
            let mut body = guard.try_borrow_mut().map_err(|_| Error::Busy)?;
            match body.as_deref_mut() {
                Some(body) => f(between, body, self),
                None => return Err(Error::Gone),
            }
        }
        then(between)
    }

    /// Keeps other threads out until `f` is over; `f` itself may use the guest.
    pub fn alone<R>(self: &Arc<Self>, f: impl FnOnce() -> R) -> R {
        let _guard = self.lock();
        f()
    }

    /// Notes that a handle's slot is free.
    pub fn drop_slot(&self, index: u32) {
        self.dropped.lock().push(index);
    }

    /// Takes the slots that are free, one by one. `f` must not drop handles.
    ///
    /// # Errors
    /// Those of `f`; what is left then is not taken again.
    pub fn take_dropped<E>(&self, f: impl FnMut(u32) -> Result<(), E>) -> Result<(), E> {
        self.dropped.lock().drain(..).try_for_each(f)
    }
}

/// Whoever may run the guest holds this; with the last one the guest is gone, whatever handles are left.
#[derive(Debug)]
pub(crate) struct Owner(pub Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        let body = {
            let guard = self.0.lock();
            let Ok(mut body) = guard.try_borrow_mut() else {
                return;
            };
            body.take()
        };
        // What the host has given to the guest is dropped when the lock is free again.
        drop(body);
    }
}
