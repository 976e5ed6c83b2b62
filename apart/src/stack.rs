//! Work on a stack of its own, which waits in its middle: the only file of this crate with `unsafe`, and that is one line.
//! Must not know what the work is.

use crate::free::free;
use crate::idle;
use bvm_isa::pace::{Gate, Pace, Scraps, Stopped, WHOLE};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What work is told: how much of it may be done, or to stop.
type Order = Result<u64, Stopped>;

/// What is heard of work.
pub(crate) enum News<T> {
    /// It has done all that it may.
    Waits,
    /// It has come to this, and what it has made is still there.
    Told(T),
    /// It has ended, or has been ended by a panic, and has nothing more to tell.
    Over,
}

/// What work tells while it is under way.
enum Sign<T> {
    Waits,
    Told(T),
}

/// Work under way on a stack. Dropping it ends the work, which takes as long as freeing what it has made.
pub(crate) struct Stack<T: Send + 'static> {
    /// Always there, but while it is being dropped.
    coroutine: Option<Coroutine<Order, Sign<T>, ()>>,
}

// SAFETY: a stack goes to another thread as a whole, with all that lies on it and all that points from one part of it to
// another, and only while nobody runs on it: whoever resumes it has it exclusively until it waits. What lies on it came
// in with the task, which is `Send`, or was made there, and none of that belongs to a thread while it waits, which is in
// `Door::suspend` alone. For there the task outside of tests is `Chunk::compile` (`under_way.rs` begins no other): code of
// this crate, of `bvm-compiler` and of `bvm-isa`, which have no `thread_local`, nor other unsafe code
// (`tests/tests/tidy.rs` looks for both), and hold no lock there; with the frames of the parser of `lalrpop-util` and of the
// scanner of `logos`, which are safe code without such things, and with allocations, which any thread may free. No panic
// is under way there either, because nothing waits while it is dropped. `Yielder` lies on this stack, and `resume` notes
// in it whom to go back to, each time anew. What comes out, `T`, is `Send`.
#[allow(unsafe_code)]
unsafe impl<T: Send> Send for Stack<T> {}

impl<T: Send + 'static> Stack<T> {
    /// Begins work, which tells what it has come to before it frees what it has made, and does not wait any more then.
    /// Nothing is done before [`Stack::go_on`]. `None` when the system has no address space.
    pub fn begin(task: impl FnOnce(&Pace<'_>, &dyn Fn(T)) + Send + 'static) -> Option<Stack<T>> {
        let run = |yielder: &Yielder<_, _>, order| run(yielder, order, task);
        let coroutine = Some(Coroutine::with_stack(idle::take()?, run));
        Some(Stack { coroutine })
    }

    /// Lets the work go on until `parts` of [`WHOLE`] are done.
    pub fn go_on(&mut self, parts: u64) -> News<T> {
        match &mut self.coroutine {
            Some(coroutine) if !coroutine.done() => match coroutine.resume(Ok(parts)) {
                CoroutineResult::Yield(Sign::Waits) => News::Waits,
                CoroutineResult::Yield(Sign::Told(what)) => News::Told(what),
                CoroutineResult::Return(()) => News::Over,
            },
            _ => News::Over,
        }
    }
}

impl<T: Send + 'static> Drop for Stack<T> {
    fn drop(&mut self) {
        let Some(mut coroutine) = self.coroutine.take() else {
            return;
        };
        // It does not wait once it is told to stop; what it still tells nobody wants.
        while !coroutine.done() {
            coroutine.resume(Err(Stopped));
        }
        idle::keep(coroutine.into_stack());
    }
}

/// All that is done on a stack. A panic stays there.
fn run<T>(
    yielder: &Yielder<Order, Sign<T>>,
    order: Order,
    task: impl FnOnce(&Pace<'_>, &dyn Fn(T)),
) {
    let door = Door {
        yielder,
        order: Cell::new(order),
    };
    if order.is_ok() {
        // Whoever waits for what it comes to sees that nothing comes.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            task(&Pace::through(&door), &|what| {
                door.suspend(Sign::Told(what));
                // All that is left is freeing.
                door.order.set(Err(Stopped));
            });
        }));
    }
}

/// The gate of work on a stack.
struct Door<'y, T> {
    yielder: &'y Yielder<Order, Sign<T>>,
    /// The last one.
    order: Cell<Order>,
}

impl<T> Door<'_, T> {
    /// Goes back to whoever resumes this stack, until somebody does so again.
    fn suspend(&self, sign: Sign<T>) {
        self.order.set(self.yielder.suspend(sign));
    }
}

impl<T> Gate for Door<'_, T> {
    fn wait(&self, done: u64) -> Result<u64, Stopped> {
        while self.order.get()? <= done.min(WHOLE) {
            self.suspend(Sign::Waits);
        }
        self.order.get()
    }

    fn discard(&self, scraps: Scraps) {
        free(scraps, usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    /// Counts to a thousand.
    fn count(pace: &Pace<'_>, tell: &dyn Fn(usize)) {
        let stage = pace.stage(100, 1000);
        if (0..1000).all(|step| stage.reach(step).is_ok()) {
            tell(1000);
        }
    }

    #[test]
    fn work_goes_on_as_it_is_allowed() {
        let mut work = Stack::begin(count).expect("a stack");
        for tenth in 1..10 {
            assert!(matches!(work.go_on(WHOLE / 10 * tenth), News::Waits));
        }
        assert!(matches!(work.go_on(u64::MAX), News::Told(1000)));
        assert!(matches!(work.go_on(u64::MAX), News::Over));
        assert!(matches!(work.go_on(u64::MAX), News::Over));
    }

    #[test]
    fn work_goes_on_on_another_thread_each_time() {
        let mut work = Stack::begin(count).expect("a stack");
        for tenth in 1..10 {
            let goes_on = move || {
                assert!(matches!(work.go_on(WHOLE / 10 * tenth), News::Waits));
                work
            };
            work = thread::spawn(goes_on).join().expect("no panic");
        }
        let ends = move || matches!(work.go_on(u64::MAX), News::Told(1000));
        assert!(thread::spawn(ends).join().expect("no panic"));
    }

    /// Work that has something until it ends, and where it is dropped.
    fn dropped_after(go_on: impl FnOnce(&mut Stack<Arc<()>>)) {
        let something = Arc::new(());
        let its_own = something.clone();
        let mut work = Stack::begin(move |pace, tell| {
            let local = its_own.clone();
            if pace.stage(100, 2).reach(1).is_ok() {
                tell(local.clone());
            }
        })
        .expect("a stack");
        go_on(&mut work);
        drop(work);
        assert_eq!(Arc::strong_count(&something), 1);
    }

    #[test]
    fn dropping_work_ends_it_wherever_it_is() {
        dropped_after(|_| {});
        dropped_after(|work| assert!(matches!(work.go_on(1), News::Waits)));
        dropped_after(|work| assert!(matches!(work.go_on(WHOLE), News::Told(_))));
        dropped_after(|work| {
            work.go_on(WHOLE);
            work.go_on(WHOLE);
        });
    }

    #[test]
    fn work_that_does_not_listen_ends_all_the_same() {
        let mut work = Stack::begin(|pace, tell: &dyn Fn(usize)| {
            let stage = pace.stage(100, 10);
            let stopped = (0..10).filter(|step| stage.reach(*step).is_err());
            tell(stopped.count());
        })
        .expect("a stack");
        assert!(matches!(work.go_on(WHOLE / 2), News::Waits));
    }

    #[test]
    fn a_panic_stays_on_its_stack() {
        let mut work = Stack::<()>::begin(|pace, _| {
            pace.stage(100, 2).reach(1).expect("allowed");
            panic!("on purpose");
        })
        .expect("a stack");
        assert!(matches!(work.go_on(WHOLE / 4), News::Waits));
        // On another thread than it has begun on, too.
        let ends = move || matches!(work.go_on(WHOLE), News::Over);
        assert!(thread::spawn(ends).join().expect("no panic"));
    }
}
