//! Work for a guest that takes long and cannot be left in its middle: it is done on a thread of its own, in lockstep. The
//! guest waits while the thread does what has been paid for, then the thread waits for more. Must not know what the
//! work is.
//!
//! The thread belongs to the machine and is no part of the guest: whoever drops [`Apart`] ends it.

use crate::threads;
use bvm_isa::pace::{Gate, Pace, Stopped, WHOLE};
use std::any::Any;
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvError, Sender, channel};

/// Most threads at a time in the process. Each keeps what its work has made so far, which are some megabytes for a long
/// source; and a host runs few guests at a time, so that more would only wait.
pub const MOST_COMPILING: usize = 64;

static THREADS: AtomicUsize = AtomicUsize::new(0);

/// How many threads there are that compile for a guest, or wait until it pays: at most [`MOST_COMPILING`] in the process.
/// Such work ends when all is done, and when its guest is dropped or does something else. One or two threads stay for a
/// second then, in case that there is more.
pub fn compiling() -> usize {
    THREADS.load(Ordering::Relaxed)
}

/// One of the threads that there may be.
struct Place;

impl Place {
    fn take() -> Option<Place> {
        let one_more = |count| (count < MOST_COMPILING).then_some(count + 1);
        let taken = THREADS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.ok().map(|_| Place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        THREADS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a thread tells.
enum News<T> {
    /// It has done all that it may.
    Waits,
    /// The work is done.
    Done(T),
}

/// What a thread is told.
enum Order {
    /// So much of the work may be done.
    GoOn(u64),
    /// Here is something to be freed.
    Free(#[expect(dead_code, reason = "dropping it is all")] Box<dyn Any + Send>),
}

/// Work under way on a thread.
pub(crate) struct Apart<T> {
    allow: Sender<Order>,
    news: Receiver<News<T>>,
    /// The thread goes on when it is allowed more.
    is_waiting: bool,
    done: Option<T>,
}

impl<T: Send + 'static> Apart<T> {
    /// Begins work, which tells what it has come to before it frees what it has made. Nothing is done before
    /// [`Apart::go_on`]. `None` when there are as many threads as there may be, or
    /// the system has none.
    pub fn begin(task: impl FnOnce(&Pace<'_>, &dyn Fn(T)) + Send + 'static) -> Option<Apart<T>> {
        let place = Place::take()?;
        Apart::spawn(place, task).ok()
    }

    fn spawn(
        place: Place,
        task: impl FnOnce(&Pace<'_>, &dyn Fn(T)) + Send + 'static,
    ) -> io::Result<Apart<T>> {
        let (allow, allowed) = channel();
        let (tell, news) = channel();
        threads::run(move || {
            let _place = place;
            let door = Door {
                allowed,
                tell,
                parts: Cell::new(0),
            };
            if door.next_order().is_ok() {
                task(&Pace::through(&door), &|done| {
                    // Nobody may want it any more.
                    let _ = door.tell.send(News::Done(done));
                });
            }
            let Door { allowed, tell, .. } = door;
            drop(tell);
            // Until nobody has anything to be freed any more.
            allowed.into_iter().for_each(drop);
        })?;
        Ok(Apart {
            allow,
            news,
            is_waiting: true,
            done: None,
        })
    }

    /// Lets the work go on until `parts` of [`WHOLE`] are done, and waits for that.
    pub fn go_on(&mut self, parts: u64) {
        if !self.is_waiting {
            return;
        }
        // A thread that has panicked neither listens nor tells anything.
        let told = self.allow.send(Order::GoOn(parts)).map_err(|_| RecvError);
        match told.and_then(|()| self.news.recv()) {
            Ok(News::Waits) => {}
            Ok(News::Done(done)) => {
                self.is_waiting = false;
                self.done = Some(done);
            }
            Err(RecvError) => self.is_waiting = false,
        }
    }

    /// What the work has come to, if that is there.
    pub fn done(&mut self) -> &mut Option<T> {
        &mut self.done
    }

    /// Lets the thread free something for which that takes long.
    pub fn free(&self, scraps: Box<dyn Any + Send>) {
        // Without the thread it is freed here.
        let _ = self.allow.send(Order::Free(scraps));
    }

    /// Waits until all is done. `None` when the thread has panicked, or what the work has come to was taken.
    pub fn finish(&mut self) -> Option<T> {
        self.go_on(u64::MAX);
        self.done.take()
    }
}

/// The gate of a thread's work.
struct Door<T> {
    allowed: Receiver<Order>,
    tell: Sender<News<T>>,
    parts: Cell<u64>,
}

impl<T> Door<T> {
    fn next_order(&self) -> Result<(), Stopped> {
        match self.allowed.recv() {
            Ok(Order::GoOn(parts)) => self.parts.set(parts),
            Ok(Order::Free(_)) => {}
            Err(RecvError) => return Err(Stopped),
        }
        Ok(())
    }
}

impl<T> Gate for Door<T> {
    fn wait(&self, done: u64) -> Result<u64, Stopped> {
        while self.parts.get() <= done.min(WHOLE) {
            self.tell.send(News::Waits).map_err(|_| Stopped)?;
            self.next_order()?;
        }
        Ok(self.parts.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, MutexGuard};
    use std::time::{Duration, Instant};

    /// Tests take turns, because they count threads.
    fn alone() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(|error| error.into_inner())
    }

    fn wait_for_threads(count: usize) {
        let began = Instant::now();
        while compiling() != count {
            assert!(began.elapsed() < Duration::from_secs(10), "{}", compiling());
            std::thread::yield_now();
        }
    }

    /// Counts to a thousand.
    fn count(pace: &Pace<'_>, tell: &dyn Fn(usize)) {
        let stage = pace.stage(100, 1000);
        if (0..1000).all(|step| stage.reach(step).is_ok()) {
            tell(1000);
        }
    }

    #[test]
    fn work_goes_on_as_it_is_allowed() {
        let _turn = alone();
        let mut work = Apart::begin(count).expect("a thread");
        assert_eq!(compiling(), 1);
        for tenth in 1..10 {
            work.go_on(WHOLE / 10 * tenth);
            assert_eq!(work.done, None);
        }
        assert_eq!(work.finish(), Some(1000));
        work.free(Box::new([0; 100]));
        drop(work);
        wait_for_threads(0);
    }

    #[test]
    fn dropping_the_work_ends_its_thread() {
        let _turn = alone();
        let mut work = Apart::begin(count).expect("a thread");
        work.go_on(WHOLE / 2);
        drop(work);
        wait_for_threads(0);
        drop(Apart::begin(count));
        wait_for_threads(0);
    }

    #[test]
    fn a_panic_stays_on_its_thread() {
        let _turn = alone();
        let mut work = Apart::<()>::begin(|pace, _| {
            pace.stage(100, 2).reach(0).expect("allowed");
            panic!("on purpose");
        })
        .expect("a thread");
        work.go_on(WHOLE / 2);
        work.go_on(WHOLE);
        assert_eq!(work.finish(), None);
        drop(work);
        wait_for_threads(0);
    }

    #[test]
    fn there_are_only_so_many_threads() {
        let _turn = alone();
        let many: Vec<_> = (0..MOST_COMPILING).map(|_| Apart::begin(count)).collect();
        assert!(many.iter().all(Option::is_some));
        assert!(Apart::begin(count).is_none());
        drop(many);
        wait_for_threads(0);
        assert!(Apart::begin(count).is_some());
        wait_for_threads(0);
    }
}
