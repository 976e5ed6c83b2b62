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
