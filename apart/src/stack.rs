//! Work on a stack of its own, which waits in its middle: the only file of this crate with `unsafe`, and that is one line.
//! Must not know what the work is.

use crate::idle;
use bvm_isa::pace::{Gate, Pace, Stopped, WHOLE};
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

// SAFETY: what lies on the stack came in with the task, which is `Send`, or was made there by the task, by `run` and by
// `Door`. These keep nothing that is bound to a thread while they wait, which is in `Door::suspend` alone: a task outside
// of tests is `Chunk::compile` (`under_way.rs` begins no other), which is code of this crate, `bvm-compiler` and `bvm-isa`;
// none of them has a guard of a lock or a reference into a `thread_local` there, nor unsafe code of its own (tests/tests/tidy.rs
// looks for both), and no panic is under way, because what runs while one is does not wait. `Yielder` is the place on this
// stack where `resume` notes whom it goes back to, each time anew. What comes out, `T`, is `Send`. Two threads cannot
// be at it at once: whoever resumes has it exclusively, until it waits.
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
}
