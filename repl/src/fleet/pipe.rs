//! What guests write, on its way from the threads that run them to the one that shows it. Must not know how it
//! is shown.

use bvm::Id;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that may wait to be shown. All of them are shown before Ctrl-C is looked at again.
const ROOM: usize = 1 << 22;

/// What a piece takes besides its bytes.
const PIECE: usize = 64;

/// What a guest has written at once.
#[derive(Debug)]
pub struct Written {
    /// Who wrote it.
    pub guest: Id,
    /// Whether it is for standard error.
    pub is_error: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Waiting {
    pieces: Vec<Written>,
    /// What they take.
    size: usize,
    /// Nobody will read any more.
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Pipe {
    waiting: Mutex<Waiting>,
    has_room: Condvar,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end for guests.
#[derive(Debug, Clone)]
pub struct Writer(Arc<Pipe>);

/// The end of whoever shows it. Nobody waits for room once it is dropped.
#[derive(Debug)]
pub struct Reader(Arc<Pipe>);

/// A pipe with nothing in it.
pub fn pipe() -> (Writer, Reader) {
    let pipe = Arc::new(Pipe::default());
    (Writer(pipe.clone()), Reader(pipe))
}

impl Writer {
    /// Hands a piece on. A guest that writes faster than anybody reads waits here, and a piece that is larger than
    /// all the room waits for no more than the others. Without a reader it is lost: the fleet is at its end.
    pub fn write(&self, piece: Written) {
        let is_full = |waiting: &mut Waiting| waiting.size >= ROOM && !waiting.is_closed;
        let waiting = self.0.has_room.wait_while(self.0.lock(), is_full);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        if !waiting.is_closed {
            waiting.size += PIECE + piece.bytes.len();
            waiting.pieces.push(piece);
        }
    }
}

impl Reader {
    /// All that waits, in its order.
    pub fn take(&self) -> Vec<Written> {
        let mut waiting = self.0.lock();
        waiting.size = 0;
        let pieces = std::mem::take(&mut waiting.pieces);
        drop(waiting);
        self.0.has_room.notify_all();
        pieces
    }

    /// Loses what comes from now on, so that no guest waits.
    pub fn close(&self) {
        self.0.lock().is_closed = true;
        self.0.has_room.notify_all();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.close();
    }
}
