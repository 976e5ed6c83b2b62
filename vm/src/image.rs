//! Machines that begin where another one stands. Must not know how a region gets its image's bytes.

use crate::exec::{Cpu, stand};
use crate::exit::{Reply, Request};
use crate::handles::Handles;
use crate::heap::{self, limit};
use crate::host::{Host, Mem};
use crate::load::portions;
use crate::native::Native;
use crate::objects::Thread;
use crate::objects::root::{self, AT};
use crate::vm::{Config, Vm, most_blocks};
use bvm_cage::{Region, RegionError};
use std::borrow::Cow;
use std::sync::Arc;

/// A machine's whole state at a moment between runs, to make more machines of.
#[derive(Debug)]
pub struct Image {
    bytes: bvm_cage::Image,
    natives: Arc<[Native]>,
    /// What waits for an answer, or has got one.
    request: Option<Request>,
    reply: Option<Reply>,
    /// What a native keeps outside.
    kept: Option<Vec<u8>>,
    /// Fuel that the next runs get back.
    put_by: u64,
    /// The number of the handle given last.
    handles: u32,
    /// Blocks in use.
    blocks: u32,
}

impl Image {
    /// Whether a machine of this image has the span and the natives of a configuration.
    pub(crate) fn serves(&self, config: &Config) -> bool {
        let bits = self.bytes.span().trailing_zeros();
        config.span_bits == Some(bits) && Arc::ptr_eq(&self.natives, &config.natives)
    }
}

/// What makes the random numbers of a machine follow from a seed.
pub type Renew = fn(&mut Cpu<'_, '_>, u64);

/// What is to be changed in the memory of a machine that an image was the beginning of: the first page to be written
/// costs as much as all else, and most of a host's machines may only wait.
#[derive(Debug)]
pub(crate) struct Beginning {
    /// Most blocks in use.
    pub(crate) blocks: u32,
    /// What makes its random numbers its own, and their seed.
    renew: Option<(Renew, u64)>,
    ends_at_memory: Option<bool>,
}

impl Vm {
    /// What makes more machines that stand where this one stands.
    pub fn image(&mut self) -> Image {
        self.begin();
        self.enter(|mem| {
            heap::collect::complete(mem);
            portions::complete(mem);
            stand::note(mem);
        });
        let span = self.region.span();
        let blocks = self.peek(heap::used_blocks);
        let [states, lines, marks] = self.peek(heap::side_tables);
        // Without a cycle under way marks mean nothing.
        let marks = match self.peek(|mem| mem.get(AT, root::PHASE)) {
            heap::phase::IDLE => (marks.0, 0),
            _ => marks,
        };
        let places = [(0, root::SIDE_TABLES), states, lines, marks];
        let busy = self.peek(busy_places);
        Image {
            bytes: self.peek(|mem| bvm_cage::Image::of(mem, span, (blocks, &busy), &places)),
            natives: self.region.host().natives.clone(),
            request: self.region.host().request.clone(),
            reply: self.region.host().reply.clone(),
            kept: self.region.host().kept_bytes().map(Cow::into_owned),
            put_by: self.region.host().standing.put_by,
            handles: self.region.host().handles.last(),
            blocks: self.peek(|mem| mem.get(AT, root::USED_BLOCKS)),
        }
    }

    /// A machine that stands where the one stood that the image was taken of, with its own limit of memory.
    ///
    /// # Errors
    /// When the system grants no address space, or the memory limit is below what the image takes.
    pub fn from_image(image: &Image, memory: u64) -> Result<Vm, RegionError> {
        let mut host = Host::new(image.natives.clone());
        host.request = image.request.clone();
        host.reply = image.reply.clone();
        host.kept = image.kept.clone();
        host.standing.put_by = image.put_by;
        host.handles = Handles::after(image.handles);
        let region = Region::from_image(host, &image.bytes)?;
        let limit = most_blocks(region.span(), memory);
        if limit < image.blocks {
            return Err(RegionError);
        }
        let mut vm = Vm {
            region,
            beginning: Some(Beginning {
                blocks: limit,
                renew: None,
                ends_at_memory: None,
            }),
        };
        let (stood, cycle) = vm.peek(|mem| (stand::noted(mem), mem.get(AT, root::CYCLE)));
        stood.give_to(vm.host_mut(), cycle);
        Ok(vm)
    }

    /// The region, for whoever changes something in it: nothing is put off any longer.
    #[inline]
    pub(crate) fn used(&mut self) -> &mut Region<Host> {
        if self.beginning.is_some() {
            self.begin();
        }
        &mut self.region
    }

    /// Does what has been put off.
    #[cold]
    fn begin(&mut self) {
        let Some(beginning) = self.beginning.take() else {
            return;
        };
        self.enter(|mem| mem.set(AT, root::MAX_BLOCKS, beginning.blocks));
        self.access(|cpu| {
            cpu.choose_handlers();
            if let Some((renew, seed)) = beginning.renew {
                renew(cpu, seed);
            }
        });
        if let Some(ends) = beginning.ends_at_memory {
            self.end_at_memory(ends);
        }
    }

    /// Gives the machine random numbers of its own, by `renew` with a seed: at once, or when it is used.
    pub fn renew_by(&mut self, renew: Renew, seed: u64) {
        match &mut self.beginning {
            Some(beginning) => beginning.renew = Some((renew, seed)),
            None => self.access(|cpu| renew(cpu, seed)),
        }
    }

    /// Whether the guest stops with [`Exit::MemoryFull`](crate::Exit::MemoryFull) or, when it cannot go on, with
    /// [`Exit::OutOfMemory`](crate::Exit::OutOfMemory) when memory is used up, which it cannot catch. Without that an
    /// error is raised. A ring with a limit of its own is stopped in its own way. It is no part of an image or a snapshot.
    pub fn end_at_memory(&mut self, ends: bool) {
        if let Some(beginning) = &mut self.beginning {
            beginning.ends_at_memory = Some(ends);
            return;
        }
        self.enter(|mem| {
            let ended = mem.get(AT, root::MEMORY_ENDS) != 0;
            mem.set(AT, root::MEMORY_ENDS, u32::from(ends));
            if ended && !ends {
                limit::has_room(mem);
            }
        });
    }
}

/// Where a guest that goes on from here writes at once: new objects, the table of strings, and what the running thread
/// stands on.
fn busy_places(mem: &Mem<'_>) -> [u32; 6] {
    let thread = mem.get(AT, root::THREAD);
    [
        mem.get(AT, root::CURSOR),
        mem.get(AT, root::CURSOR2),
        mem.get(AT, root::STRINGS),
        thread,
        mem.get(thread, Thread::STACK),
        mem.get(thread, Thread::FRAMES),
    ]
}
