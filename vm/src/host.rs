//! What the machine keeps outside the cage for one guest: tables of functions and transfer buffers.
//! What is on its way and what is kept here goes into a snapshot beside the memory.

use crate::callout::Callouts;
use crate::exec::stand::Standing;
use crate::exec::stops::Stops;
use crate::exec::{Choice, Handlers};
use crate::exit::{self, Reply, Request, Word};
use crate::grants::Grants;
use crate::handles::Handles;
use crate::load::Loading;
use crate::load::portions::Making;
use crate::native::Native;
use crate::outside::Work;
use bvm_cage::{Cage, Masked};
use bvm_isa::hypercall::Hypercall;
use std::any::Any;
use std::borrow::Cow;
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
    /// Whether the system may back a large heap by large pages.
    pub(crate) large_pages: bool,
    /// Where the guest is to stop.
    pub(crate) stops: Stops,
    /// The natives, by the number that native closures hold.
    pub(crate) natives: Arc<[Native]>,
    /// What the guest may ask for.
    pub(crate) grants: Grants,
    /// How many requests were not granted.
    pub(crate) refused: u64,
    /// A hypercall that waits for its answer.
    pub(crate) request: Option<Request>,
    /// What was taken out to be answered.
    pub(crate) asked: Option<Asked>,
    /// The guest's open streams.
    pub(crate) handles: Handles,
    /// The answer that the waiting native will take.
    pub(crate) reply: Option<Reply>,
    /// What the native that has run out of fuel in the middle of its work takes up again: text and states
    /// that would be strings of the guest otherwise, at every pause new ones.
    pub(crate) kept: Option<Vec<u8>>,
    /// What the native that has run out of fuel is loading.
    pub(crate) loading: Option<Box<Loading>>,
    /// What it makes that from.
    pub(crate) making: Option<Box<dyn Making>>,
    /// Work that goes on outside of the guest for the native that has run out of fuel. Who saves the guest has it as bytes
    /// behind those that are kept.
    pub(crate) work: Option<Box<dyn Work>>,
    /// Why the engine is being left.
    pub(crate) exit: Option<crate::exit::Exit>,
    /// The last call has returned from the main thread, and left nothing but its results: the next one need not look.
    pub(crate) at_rest: bool,
    /// Calls of the host's functions.
    pub(crate) callouts: Callouts,
    /// How the guest stands for its collector.
    pub(crate) standing: Standing,
    /// Payloads of collected userdata that stood for something outside.
    pub(crate) released: Vec<u64>,
    /// Units owed for long walks, along chains of colliding keys or strings or of metatables, since the last charge.
    pub(crate) walked: Cell<u32>,
    /// A buffer that natives borrow.
    pub(crate) scratch: Vec<u8>,
    /// Something costly to make that natives use again, such as a pattern matcher.
    pub(crate) cache: Option<Box<dyn Any + Send>>,
}

impl Host {
    /// Remembers units for a long walk, which the running step will pay.
    #[cold]
    pub(crate) fn note_walk(&self, units: u32) {
        self.walked.set(self.walked.get().saturating_add(units));
    }

    /// The data of a guest that has not run yet.
    pub(crate) fn new(natives: Arc<[Native]>) -> Host {
        Host {
            handlers: Handlers::default(),
            chosen: Choice::default(),
            cold_only: false,
            large_pages: true,
            stops: Stops::default(),
            natives,
            grants: Grants::default(),
            refused: 0,
            request: None,
            asked: None,
            handles: Handles::default(),
            reply: None,
            kept: None,
            loading: None,
            making: None,
            work: None,
            exit: None,
            at_rest: false,
            callouts: Callouts::default(),
            standing: Standing::default(),
            released: Vec::new(),
            walked: Cell::new(0),
            scratch: Vec::new(),
            cache: None,
        }
    }

    /// What is kept, with work as bytes.
    pub(crate) fn kept_bytes(&self) -> Option<Cow<'_, [u8]>> {
        let kept = self.kept.as_deref();
        let Some(work) = &self.work else {
            return kept.map(Cow::Borrowed);
        };
        let mut bytes = kept.unwrap_or_default().to_vec();
        work.save(&mut bytes);
        Some(Cow::Owned(bytes))
    }

    /// Lets a request wait for its answer, or answers at once that it may not be made.
    pub(crate) fn put_up(&mut self, request: Request) {
        if let Err(fault) = self.grants.check(&request) {
            self.refused += 1;
            self.reply = Some(Err(fault));
            return;
        }
        match self.handles.check(&request) {
            Ok(()) => self.request = Some(request),
            Err(error) => self.reply = Some(Err(error)),
        }
    }

    /// Takes the request out, in the host's words. None when there is none, or it names a stream of a guest
    /// that was: it is answered so.
    pub(crate) fn take_request(&mut self) -> Option<Request> {
        let mut request = self.request.take()?;
        if let Err(error) = self.handles.check(&request) {
            self.reply = Some(Err(error));
            return None;
        }
        let handle = request.handle();
        self.asked = Some(Asked {
            call: request.call,
            ring: request.ring,
            handle,
        });
        if let Some(Ok(theirs)) = handle.map(|handle| self.handles.theirs(handle, request.ring)) {
            request.set_handle(theirs);
        }
        Some(request)
    }

    /// Puts a request that was taken out back, in the guest's words.
    pub(crate) fn put_back(&mut self, mut request: Request) {
        if let Some(handle) = self.asked.take().and_then(|asked| asked.handle) {
            request.set_handle(handle);
        }
        self.request = Some(request);
    }

    /// Takes the host's answer to the request that waits or was taken out; there need not be one.
    pub(crate) fn answer(&mut self, reply: Reply) {
        if self.request.is_some() {
            self.take_request();
        }
        let Some(asked) = self.forget_asked() else {
            return;
        };
        let mut reply = exit::checked(asked.call, reply);
        if asked.call.opens()
            && let Ok(words) = &mut reply
            && let Some(Word::Int(handle)) = words.first_mut()
        {
            *handle = self.handles.admit(*handle, asked.ring);
        }
        self.reply = Some(reply);
    }

    /// Whether a function is being made outside of the guest, or loaded.
    pub(crate) fn has_begun(&self) -> bool {
        self.making.is_some() || self.loading.is_some()
    }

    /// Whether nothing is on its way between guest and host, and nothing is kept for a pause.
    pub(crate) fn is_quiet(&self) -> bool {
        self.request.is_none()
            && self.asked.is_none()
            && self.reply.is_none()
            && self.kept.is_none()
            && !self.has_begun()
            && self.work.is_none()
            && self.callouts.is_quiet()
    }

    /// Nobody waits any more for what was taken out. What was to be closed counts as closed.
    pub(crate) fn forget_asked(&mut self) -> Option<Asked> {
        let asked = self.asked.take();
        if let Some(Asked {
            call: Hypercall::Close,
            handle: Some(handle),
            ..
        }) = asked
        {
            self.handles.close(handle);
        }
        asked
    }
}

/// A request that was taken out: what its answer depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    call: Hypercall,
    ring: u8,
    /// The handle among its arguments, in the guest's words.
    handle: Option<i64>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("natives", &self.natives.len())
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
