//! Snapshots: a guest's whole state as bytes, and a guest from such bytes, whoever wrote them.
//!
//! A snapshot has what a guest can reach, at the offsets where it is: programs see these. It has neither the
//! engine's code, which is made anew from verified words, nor anything of the host, whose natives have names
//! there. What is dead, unused or derived is left out or zero, so the same state gives the same bytes.
//!
//! ```text
//!   header:  magic 8 | version 4 | checksum 4 of all that follows | length 8 of the whole
//!   natives: count 4 | length 4 | names, each behind its length, 1
//!   root:    the root page
//!   heap:    blocks 4 | a state for each | for blocks of small objects the marks of their lines
//!            | while a cycle of the collector is under way the mark bits | a bit for each granule that follows
//!            | the granules
//!   outside: the request and the reply that are on their way, what a native has kept for its next
//!            step, the number of the handle given last 4
//! ```

mod check;
mod cycle;
mod frames;
mod granules;
mod load;
mod rooms;
mod save;
mod space;
mod tables;
mod threads;
mod walk;
mod wire;

use crate::exec::stand;
use crate::heap::collect::complete;
use crate::image::Image;
use crate::load::portions;
use crate::vm::{Config, Vm};
use bvm_isa::verify::VerifyError;

/// The format that this version writes and reads. It is raised when the layout of objects or of the root
/// page, the steps of natives or what they keep in their windows change.
pub const VERSION: u32 = 12;

/// First bytes of a snapshot.
const MAGIC: &[u8; 8] = b"bvmsnap\n";

/// Why bytes do not become a guest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes are something else.
    #[error("not a snapshot")]
    NotASnapshot,
    /// Another version of bvm has written them.
    #[error("snapshot of format {0}, where this bvm has {VERSION}")]
    Version(u32),
    /// The bytes end too early, or go on behind their end.
    #[error("snapshot is cut off, or something follows it")]
    Length,
    /// The bytes have changed since they were written.
    #[error("snapshot is damaged: its checksum is another one")]
    Checksum,
    /// The host lacks a native that the guest has.
    #[error("snapshot has the native function '{0}', which this host lacks")]
    MissingNative(String),
    /// Something cannot be the state of any guest.
    #[error("snapshot is damaged: {what} (at {at:#x})")]
    Damaged {
        /// What is wrong.
        what: &'static str,
        /// Where it is in the guest's memory.
        at: u32,
    },
    /// A function of the guest breaks a rule of the verifier.
    #[error("snapshot has a wrong function at {at:#x}: {error}")]
    Function {
        /// Its prototype.
        at: u32,
        /// The rule.
        error: Box<VerifyError>,
    },
    /// The guest is larger than its limit of memory, or than any region.
    #[error("snapshot needs more memory than is allowed")]
    TooLarge,
    /// The system gives no address space.
    #[error("no address space for the guest")]
    NoRoom,
}

/// What the walk finds wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Flaw {
    what: &'static str,
    at: u32,
}

impl Flaw {
    #[cold]
    fn new(what: &'static str, at: u32) -> Flaw {
        Flaw { what, at }
    }
}

impl From<Flaw> for SnapshotError {
    fn from(Flaw { what, at }: Flaw) -> SnapshotError {
        SnapshotError::Damaged { what, at }
    }
}

impl Vm {
    /// The state between two runs as bytes. Fuel that is left is not part of it; a debt is.
    ///
    /// # Errors
    /// [`SnapshotError::Damaged`] when the memory is not well formed, which no program can bring about.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, SnapshotError> {
        self.enter(|mem| {
            complete(mem);
            portions::complete(mem);
            stand::note(mem);
            save::save(mem)
        })
    }

    /// A machine in the state that [`Vm::snapshot`] wrote, without fuel. Of the configuration it takes the
    /// natives and the limit of memory; the rest is in the snapshot.
    ///
    /// The bytes are trusted in nothing. What comes back is a state that a machine could have come to, as far
    /// as any code depends on it.
    ///
    /// # Errors
    /// What is wrong with the bytes, or that the guest does not fit.
    pub fn restore(snapshot: &[u8], config: &Config) -> Result<Vm, SnapshotError> {
        load::load(snapshot, config, None)
    }

    /// The same in the place of a machine of an image, if the image has these natives and the span that the
    /// snapshot needs: such places are at hand. Nothing of the image can be seen in the new machine.
    ///
    /// # Errors
    /// As for [`Vm::restore`].
    pub fn restore_over(
        image: &Image,
        snapshot: &[u8],
        config: &Config,
    ) -> Result<Vm, SnapshotError> {
        load::load(snapshot, config, Some(image))
    }
}
