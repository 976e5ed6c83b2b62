//! What a native has outside of the guest's memory: a request and its reply, bytes kept over a pause, buffers
//! to use again. Must not hold anything else of a guest.

use crate::error::Raise;
use crate::exec::Cpu;
use crate::exit::{HostError, Reply, Request, Word};
use bvm_isa::hypercall::Hypercall;
use std::any::Any;

/// Work that goes on outside of the guest while a native waits for fuel. It becomes bytes only when somebody saves or forks
/// the guest, because it may be much, and pauses may be many.
pub trait Work: Any + Send {
    /// Adds all that it takes to go on. How far the work has come decides on the bytes, and nothing else does.
    fn save(&self, out: &mut Vec<u8>);
}

impl Cpu<'_, '_> {
    /// Puts a hypercall up; the native then answers [`crate::Next::Wait`]. What is malformed or not granted
    /// the host does not see: it is answered at once.
    pub fn ask(&mut self, call: Hypercall, args: Vec<Word>) {
        let request = Request {
            call,
            args,
            ring: self.ring().number(),
        };
        let allowed = self.allow(&request);
        let host = self.mem.host_mut();
        host.reply = None;
        host.request = None;
        match allowed {
            Ok(()) => host.put_up(request),
            Err(fault) => host.reply = Some(Err(fault)),
        }
    }

    /// Looks at a request's shape, and counts it if it is granted.
    fn allow(&mut self, request: &Request) -> Result<(), HostError> {
        request.check().map_err(|what| {
            let name = request.call.name();
            HostError {
                message: format!("bad arguments of hypercall '{name}': {what}"),
                code: HostError::MALFORMED,
            }
        })?;
        match self.mem.host().grants.check(request) {
            Ok(()) => self.count_request(request),
            // It is refused, and that is counted, where requests are put up.
            Err(_) => Ok(()),
        }
    }

    /// Raises a fault that the answer is: for natives that have no other way to tell of an error.
    ///
    /// # Errors
    /// The Lua error with the fault's message.
    pub fn check_reply(&mut self) -> Result<(), Raise> {
        match self.reply() {
            Some(Err(error)) if error.is_fault() => {
                let message = error.message.clone();
                Err(self.fail(&message))
            }
            _ => Ok(()),
        }
    }

    /// The host's answer, which stays: to charge for its size before it is taken.
    pub fn reply(&self) -> Option<&Reply> {
        self.mem.host().reply.as_ref()
    }

    /// Takes the host's answer, at the step that waited for it.
    pub fn take_reply(&mut self) -> Option<Reply> {
        self.mem.host_mut().reply.take()
    }

    /// Keeps bytes outside the guest's memory for a native that answers out of fuel by [`Cpu::pause`]: its
    /// next step takes them with [`Cpu::take_kept`]. What programs see of their memory must not depend on
    /// where fuel ended, so no native makes an object for a pause.
    pub fn keep_outside(&mut self, bytes: Vec<u8>) {
        self.mem.host_mut().kept = Some(bytes);
    }

    /// Takes the bytes that the step before has kept. A strange snapshot may have any, or none.
    pub fn take_kept(&mut self) -> Option<Vec<u8>> {
        self.mem.host_mut().kept.take()
    }

    /// Keeps work that goes on outside of the guest for a native that answers out of fuel, and bytes as
    /// [`Cpu::keep_outside`] does: its next step takes both with [`Cpu::take_work`]. They are dropped when that step will
    /// not come. In a machine of an image or a snapshot the next step finds bytes only, with the work's behind them.
    pub fn keep_work<T: Work>(&mut self, bytes: Vec<u8>, work: Box<T>) {
        let host = self.mem.host_mut();
        host.kept = Some(bytes);
        host.work = Some(work);
    }

    /// Takes the work that the step before has kept, if it is of this type and not lost, and the bytes.
    pub fn take_work<T: Work>(&mut self) -> Option<(Box<T>, Vec<u8>)> {
        let work: Box<dyn Any> = self.mem.host_mut().work.take()?;
        Some((work.downcast().ok()?, self.take_kept()?))
    }

    /// Borrows the scratch buffer, emptied; give it back with [`Cpu::give_scratch`].
    pub fn take_scratch(&mut self) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.mem.host_mut().scratch);
        buffer.clear();
        buffer
    }

    /// Gives the scratch buffer back; a large one is let go.
    pub fn give_scratch(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= 1 << 20 {
            self.mem.host_mut().scratch = buffer;
        }
    }

    /// Takes the cached host object out, when it is of this type; give it back with [`Cpu::give_cached`].
    /// What it holds must not be needed: another native, a pause or an image may lose it.
    pub fn take_cached<T: Any>(&mut self) -> Option<Box<T>> {
        self.mem.host_mut().cache.take()?.downcast().ok()
    }

    /// Puts a host object into the cache.
    pub fn give_cached<T: Any + Send>(&mut self, object: Box<T>) {
        self.mem.host_mut().cache = Some(object);
    }
}
