//! What the machine keeps outside the cage for one guest: tables of functions and transfer buffers.
//! What is on its way and what is kept here goes into a snapshot beside the memory.

use crate::exec::{Choice, Handlers};
use crate::exit::{Reply, Request};
use crate::grants::Grants;
use crate::native::Native;
use bvm_cage::{Cage, Masked};
use bvm_isa::hypercall::Hypercall;
use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;

/// The token of access to a guest's memory.
pub type Mem<'c> = Cage<'c, Host, Masked>;

/// Host-side data of one guest.
pub struct Host {
    /// Handlers of the engine.
    pub(crate) handlers: Handlers,
    /// What they were chosen for.
    pub(crate) chosen: Choice,
    /// For tests: everything goes through the cold code.
    pub(crate) cold_only: bool,
    /// The natives, by the number that native closures hold.
    pub(crate) natives: Arc<[Native]>,
    /// What the guest may ask for.
    pub(crate) grants: Grants,
    /// How many requests were not granted.
    pub(crate) refused: u64,
    /// A hypercall that waits for its answer.
    pub(crate) request: Option<Request>,
    /// The hypercall that was taken out to be answered.
    pub(crate) asked: Option<Hypercall>,
    /// The answer that the waiting native will take.
    pub(crate) reply: Option<Reply>,
    /// What the native that has run out of fuel in the middle of its work takes up again: text and states
    /// that would be strings of the guest otherwise, at every pause new ones.
    pub(crate) kept: Option<Vec<u8>>,
    /// Why the engine is being left.
    pub(crate) exit: Option<crate::exit::Exit>,
    /// Units owed for walking along chains of colliding keys since the last charge.
    pub(crate) walked: Cell<u32>,
    /// A buffer that natives borrow.
    pub(crate) scratch: Vec<u8>,
    /// Something costly to make that natives use again, such as a pattern matcher.
    pub(crate) cache: Option<Box<dyn Any + Send>>,
}

impl Host {
    /// The data of a guest that has not run yet.
    pub(crate) fn new(natives: Arc<[Native]>) -> Host {
        Host {
            handlers: Handlers::default(),
            chosen: Choice::default(),
            cold_only: false,
            natives,
            grants: Grants::default(),
            refused: 0,
            request: None,
            asked: None,
            reply: None,
            kept: None,
            exit: None,
            walked: Cell::new(0),
            scratch: Vec::new(),
            cache: None,
        }
    }

    /// Lets a request wait for its answer, or answers that it is not granted.
    pub(crate) fn put_up(&mut self, request: Request) {
        match self.grants.check(&request) {
            Ok(()) => self.request = Some(request),
            Err(fault) => {
                self.refused += 1;
                self.reply = Some(Err(fault));
            }
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("natives", &self.natives.len())
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
