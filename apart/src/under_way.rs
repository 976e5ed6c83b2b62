//! The work that is under way: how much of it there may be, and how it goes on and ends. Must not know how one waits.

use crate::chunk::{Chunk, Outcome};
use crate::free::free;
use crate::stack::{News, Stack};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most chunks at a time in the process. Each has a stack, which is two of the 65,530 mappings that Linux allows a process,
/// and keeps what its work has made so far, which are some megabytes for a long source; and a host runs few guests
/// at a time, so that more would only wait.
pub const MOST_COMPILING: usize = 1024;

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// How many chunks there are whose compiling waits until their guests pay for more: at most [`MOST_COMPILING`] in the
/// process. Such work ends when all is done, and when its guest is dropped or does something else.
pub fn compiling() -> usize {
    UNDER_WAY.load(Ordering::Relaxed)
}

/// One of the chunks that there may be.
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Option<Place> {
        let one_more = |count| (count < MOST_COMPILING).then_some(count + 1);
        let taken = UNDER_WAY.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.ok().map(|_| Place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A chunk that is compiled as far as somebody allows.
pub struct Apart {
    under_way: Option<(Place, Stack<Outcome>)>,
    done: Option<Outcome>,
    /// How long its source is.
    bytes: usize,
}

impl Apart {
    /// Begins to compile a chunk. Nothing is done before [`Apart::go_on`]. `None` when as many are under way as may be, or
    /// the system has no address space.
    pub fn begin(chunk: Chunk<'static>) -> Option<Apart> {
        let (place, bytes) = (Place::take()?, chunk.bytes.len());
        let stack = Stack::begin(move |pace, tell| chunk.compile(pace, tell))?;
        Some(Apart {
            under_way: Some((place, stack)),
            done: None,
            bytes,
        })
    }

    /// Lets the work go on until `parts` of [`WHOLE`](bvm_isa::pace::WHOLE) are done.
    pub fn go_on(&mut self, parts: u64) {
        let Some((_, stack)) = &mut self.under_way else {
            return;
        };
        match stack.go_on(parts) {
            News::Waits => return,
            News::Told(outcome) => self.done = Some(outcome),
            News::Over => {}
        }
        self.end();
    }

    /// What the work has come to, if that is there.
    pub fn done(&mut self) -> &mut Option<Outcome> {
        &mut self.done
    }

    /// Does all that is left. `None` when the work has panicked, or what it has come to was taken.
    pub fn finish(&mut self) -> Option<Outcome> {
        self.go_on(u64::MAX);
        self.done.take()
    }

    /// Frees what the work has made.
    fn end(&mut self) {
        if let Some((_, stack)) = self.under_way.take() {
            free(stack, self.bytes);
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Debug for Apart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Apart")
            .field("is_under_way", &self.under_way.is_some())
            .field("done", &self.done)
            .field("bytes", &self.bytes)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bvm_compiler::Mode;
    use bvm_isa::pace::WHOLE;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// Tests take turns, because they count.
    fn alone() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(source: &str) -> Option<Apart> {
        Apart::begin(Chunk {
            bytes: source.as_bytes().to_vec().into(),
            name: None,
            mode: Mode::default(),
            is_trial: false,
            longest_name: 100,
        })
    }

    #[test]
    fn work_is_under_way_until_it_has_come_to_something() {
        let _turn = alone();
        let mut work = begin(&"x = 1 ".repeat(1000)).expect("a stack");
        for part in 0..9 {
            work.go_on(WHOLE / 10 * part);
            assert!(work.done().is_none());
            assert_eq!(compiling(), 1);
        }
        assert!(matches!(work.finish(), Some(Ok(Some(_)))));
        assert_eq!(compiling(), 0);
        assert!(work.finish().is_none());
    }

    #[test]
    fn dropping_it_ends_it() {
        let _turn = alone();
        let mut work = begin(&"x = 1 ".repeat(10_000)).expect("a stack");
        work.go_on(WHOLE / 2);
        drop(work);
        assert_eq!(compiling(), 0);
        drop(begin("x = 1"));
        assert_eq!(compiling(), 0);
    }

    #[test]
    fn only_so_much_is_under_way() {
        let _turn = alone();
        let mut many: Vec<_> = (0..MOST_COMPILING).map(|_| begin("x = 1")).collect();
        for work in &mut many {
            work.as_mut().expect("a stack").go_on(WHOLE / 2);
        }
        assert_eq!(compiling(), MOST_COMPILING);
        assert!(begin("x = 1").is_none());
        drop(many);
        assert!(begin("x = 1").is_some());
    }
}
