//! Making a function of a chunk in portions, for a native that waits for fuel in between. Must not know who compiles.
//!
//! The guest has what it has paid for it ([`root::LOAD_PAID`]), and what came of it once that is there ([`Verdict`]). How far the
//! work is nobody can tell from the guest, as that depends on how fuel was handed out: whoever looks at it from outside, or
//! changes what the rest would find, lets all of it be done first ([`complete`]). So nothing is done twice.

use super::Loading;
use crate::error::Raise;
use crate::exec::Cpu;
use crate::exec::cpu::WORK_PER_UNIT;
use crate::heap::NoMemory;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Str, Table};
use crate::ring::Ring;
use bvm_isa::pace::WHOLE;
use bvm_isa::verify::Verified;
use std::any::Any;

/// What has come of a chunk, as the guest keeps it until all is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// Nothing yet.
    None,
    /// A function.
    Function,
    /// It is no chunk; the message says why.
    Refused,
    /// The same, and the message is raised.
    Raised,
    /// It is the beginning of a chunk that may go on.
    GoesOn,
    /// It is a binary chunk that nothing belongs behind.
    Whole,
    /// There was no memory for the function, or the message.
    NoMemory,
}

impl Verdict {
    const ALL: [Verdict; 7] = [
        Verdict::None,
        Verdict::Function,
        Verdict::Refused,
        Verdict::Raised,
        Verdict::GoesOn,
        Verdict::Whole,
        Verdict::NoMemory,
    ];

    /// What the root page says.
    pub(crate) fn of(mem: &Mem<'_>) -> Option<Verdict> {
        let number = mem.get(AT, root::LOADED_AS);
        Verdict::ALL.get(usize::from(number)).copied()
    }
}

/// A verdict with what belongs to it.
pub enum Loaded {
    /// [`Verdict::Function`].
    Function {
        /// The function.
        function: Closure,
        /// What is left of what it was made of. Freeing that may take long.
        scraps: Option<Box<dyn Any + Send>>,
    },
    /// [`Verdict::Refused`] and [`Verdict::Raised`].
    Message {
        /// It.
        message: Str,
        /// Whether it is raised.
        is_raised: bool,
    },
    /// [`Verdict::GoesOn`], or nothing at all.
    GoesOn,
    /// [`Verdict::Whole`].
    Whole,
}

/// The part of the work that goes on outside of the guest, until its verdict is there.
pub trait Making: Any + Send {
    /// Does all that is left, and leaves the verdict to the guest: [`Cpu::set_verdict`] or [`Cpu::begin_loading`]. Where the guest is
    /// not to have it yet, the work goes on.
    fn complete(self: Box<Self>, cpu: &mut Cpu<'_, '_>) -> Option<Box<dyn Making>>;
}

impl Cpu<'_, '_> {
    /// Keeps the part of the work that goes on outside for the next step. It is dropped when that will not come.
    pub fn keep_making(&mut self, making: Box<dyn Making>) {
        self.mem.host_mut().making = Some(making);
    }

    /// Takes what [`Cpu::keep_making`] has kept, if it is of this type.
    pub fn take_making<T: Making>(&mut self) -> Option<Box<T>> {
        let making: Box<dyn Any> = self.mem.host_mut().making.take()?;
        making.downcast().ok()
    }

    /// Units that the running native has paid for its chunk.
    pub fn paid_for_chunk(&self) -> u64 {
        self.mem.get(AT, root::LOAD_PAID)
    }

    /// Pays `units` more for it, whether there are so many or not. They stay paid when the step begins again.
    pub fn pay_for_chunk(&mut self, units: u64) {
        let paid = self.paid_for_chunk().saturating_add(units);
        self.mem.set(AT, root::LOAD_PAID, paid);
        self.take_fuel(units);
    }

    /// What has come of the chunk so far; a function may be there in part.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.mem).unwrap_or(Verdict::None)
    }

    /// Notes what has come of the chunk, with the message if there is one. What was there before is dropped.
    pub fn set_verdict(&mut self, verdict: Verdict, message: &[u8]) {
        self.mem.host_mut().loading = None;
        let made = owing(self.mem, |mem| match verdict {
            Verdict::Refused | Verdict::Raised => {
                crate::data::string::intern(mem, message).map(|s| s.0)
            }
            _ => Ok(0),
        });
        match made {
            Ok(at) => note(self.mem, verdict, at),
            Err(NoMemory) => note_no_memory(self.mem),
        }
    }

    /// Begins to load a function that is made of `bytes` bytes, and lives in these globals and this ring. The name of its source
    /// is `source` when the guest has that already. Whether there is memory is to be seen in the verdict.
    pub fn begin_loading(
        &mut self,
        verified: Verified,
        home: (Table, Ring),
        source: Option<Str>,
        bytes: u64,
    ) {
        note(self.mem, Verdict::Function, 0);
        let begun = owing(self.mem, |mem| {
            Loading::begin(mem, verified, home, source, Some(bytes))
        });
        keep(self.mem, begun.map(Box::new));
    }

    /// Whether a native is in the middle of making a function. The guest cannot stand then: where fuel does not end, all of that is
    /// done in one piece.
    pub fn is_loading(&self) -> bool {
        self.mem.host().making.is_some() || self.verdict() != Verdict::None
    }

    /// Goes on loading until `parts` of [`WHOLE`] are done.
    pub fn go_on_loading(&mut self, parts: u64) {
        let Some(mut loading) = self.mem.host_mut().loading.take() else {
            return;
        };
        let until = u128::from(loading.work) * u128::from(parts) / u128::from(WHOLE);
        let went = owing(self.mem, |mem| loading.go_on(mem, until as u64));
        keep(self.mem, went.map(|()| loading));
    }

    /// Takes what has come of the chunk, after all that is left to do of it. All is paid now, and the next chunk begins at nothing.
    ///
    /// # Errors
    /// No memory.
    pub fn take_loaded(&mut self) -> Result<Loaded, Raise> {
        let scraps = finish(self.mem).map(|scraps| scraps as Box<dyn Any + Send>);
        let (verdict, at) = (self.verdict(), self.mem.get(AT, root::LOADED));
        let owed = self.mem.get(AT, root::LOAD_OWED);
        let charge = self.mem.get(AT, root::GC_CHARGE).saturating_add(owed);
        self.mem.set(AT, root::GC_CHARGE, charge);
        self.forget_loading();
        match verdict {
            Verdict::Function => Ok(Loaded::Function {
                function: Closure(at),
                scraps,
            }),
            Verdict::Refused | Verdict::Raised => Ok(Loaded::Message {
                message: Str(at),
                is_raised: verdict == Verdict::Raised,
            }),
            Verdict::None | Verdict::GoesOn => Ok(Loaded::GoesOn),
            Verdict::Whole => Ok(Loaded::Whole),
            Verdict::NoMemory => Err(Raise::NoMemory),
        }
    }

    /// Nobody wants what is being loaded any more.
    pub fn forget_loading(&mut self) {
        let host = self.mem.host_mut();
        host.making = None;
        host.loading = None;
        note(self.mem, Verdict::None, 0);
        self.mem.set(AT, root::LOAD_PAID, 0);
        self.mem.set(AT, root::LOAD_OWED, 0);
    }
}

fn note(mem: &mut Mem<'_>, verdict: Verdict, at: u32) {
    mem.set(AT, root::LOADED_AS, verdict as u8);
    mem.set(AT, root::LOADED, at);
}

/// What was asked for in vain does not begin again.
fn note_no_memory(mem: &mut Mem<'_>) {
    note(mem, Verdict::NoMemory, 0);
    mem.set(AT, root::MEMORY_WANTED, 0);
}

/// Keeps what is being loaded for the next step, or gives it up.
fn keep(mem: &mut Mem<'_>, loading: Result<Box<Loading>, NoMemory>) {
    match loading {
        Ok(loading) => mem.host_mut().loading = Some(loading),
        Err(NoMemory) => note_no_memory(mem),
    }
}

/// Does something whose walks and collections are paid with the chunk in the end, whenever they are made.
fn owing<R>(mem: &mut Mem<'_>, work: impl FnOnce(&mut Mem<'_>) -> R) -> R {
    let charged = mem.get(AT, root::GC_CHARGE);
    let walked = mem.host().walked.take();
    let result = work(mem);
    let walks = u64::from(mem.host().walked.replace(walked)) * WORK_PER_UNIT;
    let collected = mem.get(AT, root::GC_CHARGE).saturating_sub(charged);
    let owed = mem.get(AT, root::LOAD_OWED);
    mem.set(AT, root::LOAD_OWED, owed.saturating_add(walks + collected));
    mem.set(AT, root::GC_CHARGE, charged);
    result
}

/// Lets all be done that a native that waits for fuel has begun: for a snapshot or an image, and before something changes on which
/// the rest depends.
pub(crate) fn complete(mem: &mut Mem<'_>) {
    let host = mem.host_mut();
    if !host.has_begun() {
        return;
    }
    let making = host.making.take();
    // It has the same means as the native would have.
    let runs = std::mem::replace(&mut host.standing.runs, true);
    if let Some(making) = making {
        let mut cpu = Cpu::wake(mem);
        let goes_on = making.complete(&mut cpu);
        cpu.sleep();
        mem.host_mut().making = goes_on;
    }
    drop(finish(mem));
    mem.host_mut().standing.runs = runs;
}

/// Does all that is left of what is being loaded; gives what it was made of.
fn finish(mem: &mut Mem<'_>) -> Option<Box<Loading>> {
    let mut loading = mem.host_mut().loading.take()?;
    match owing(mem, |mem| loading.finish(mem)) {
        Ok(_) => Some(loading),
        Err(NoMemory) => {
            note_no_memory(mem);
            None
        }
    }
}
