//! Guests saved as bytes and made from them, and guests that begin where another one stands. Must not know
//! how a guest lies in memory.

use crate::body::{Body, State};
use crate::builder::Builder;
use crate::error::Error;
use crate::guest::{Exit, Guest};
use crate::held::Held;
use crate::userdata::SavedValue;
use bvm_vm::vm::Config;
use bvm_vm::{SnapshotError, Vm};
use std::sync::atomic::{AtomicU64, Ordering};

/// The generation of the guest made last.
static GENERATION: AtomicU64 = AtomicU64::new(0);

pub(crate) fn next_generation() -> u64 {
    GENERATION.fetch_add(1, Ordering::Relaxed) + 1
}

/// A guest's whole state at a moment, to begin more guests with: see [`Guest::image`].
#[derive(Debug)]
pub struct Image {
    image: bvm_vm::Image,
    /// The host's functions and types.
    held: Held,
    /// The host's values.
    values: Vec<SavedValue>,
    /// Whether the guest has no call. A fork that is not looked into leaves the memory that tells untouched.
    is_idle: bool,
}

impl Guest {
    /// A number that no other guest of this process has: also one that is restored or begins with an image
    /// gets its own.
    pub fn generation(&self) -> u64 {
        self.with(|body| body.generation)
    }

    /// The whole state as bytes, at any exit: also in the middle of a callback, of a coroutine, or of a
    /// hypercall that waits. [`Builder::restore`] makes a guest of them, in this process or another one.
    ///
    /// The same state gives the same bytes. Fuel that is left is not part of it, a debt is. Handles stay
    /// with this guest; what they name is saved if the guest itself can reach it. Results of a call that is
    /// over are left out.
    ///
    /// ```
    /// use bvm::{Exit, Guest, Value};
    /// let mut guest = Guest::new()?;
    /// let count = guest.load("local n = 0 for i = 1, 1e3 do n = n + i end return n", "=count")?;
    /// guest.start(&count, &[])?;
    /// assert_eq!(guest.run(100), Exit::OutOfFuel);
    /// let snapshot = guest.snapshot()?;
    /// let mut twin = Guest::builder().restore(&snapshot)?;
    /// assert_eq!(twin.run(10_000), Exit::Done(vec![Value::Number(500500.0)]));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Snapshot`] when the guest's memory is not well formed, which no program can bring about.
    /// [`Error::NotSaved`] when the guest has a value of a host type that refuses, or had one that has not been
    /// collected yet; [`Error::Busy`] inside a function of the host.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, Error> {
        let values = self.save_values()?;
        self.lua().shared().with(|body, _| {
            body.put_in()?;
            let bytes = body.vm.snapshot();
            body.put_out();
            Ok(with_values(&values, bytes?))
        })
    }

    /// What more guests can begin with, as [`Builder::fork`] makes them. They share the memory of the image
    /// until they write to it, so that each costs some microseconds and what it changes.
    ///
    /// ```
    /// use bvm::{Guest, Value};
    /// let mut guest = Guest::new()?;
    /// guest.eval::<()>("squares = {} for i = 1, 100 do squares[i] = i * i end", 10_000)?;
    /// let image = guest.image()?;
    /// let mut fork = Guest::builder().fork(&image)?;
    /// assert_eq!(fork.eval::<f64>("return squares[12]", 1_000)?, 144.0);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoRoom`], [`Error::OutOfMemory`].
    pub fn image(&mut self) -> Result<Image, Error> {
        let values = self.save_values()?;
        let (image, held) = self.lua().shared().with(|body, _| {
            body.put_in()?;
            let image = body.vm.image();
            body.put_out();
            Ok((image, Held::of(&mut body.vm, |held| held.of_fork())))
        })?;
        // What each fork would have to do is done once, in one that nobody sees.
        let mut first = Vm::from_image(&image, u64::MAX).map_err(|_| Error::NoRoom)?;
        disown(&mut first)?;
        Ok(Image {
            image: first.image(),
            held,
            values,
            is_idle: first.is_idle(),
        })
    }

    /// The values of the host as they are saved, with the body free: their types do that.
    fn save_values(&self) -> Result<Vec<SavedValue>, Error> {
        self.lua().let_go()?;
        let shared = self.lua().shared();
        let values = shared.with(|body, _| Ok(Held::of(&mut body.vm, |held| held.values())))?;
        Held::save(&values)
    }
}

impl Body {
    /// Puts what is known out here into the machine: that a call is over, or waits.
    fn put_in(&mut self) -> Result<(), Error> {
        // What is waited for is asked again by whoever goes on from here.
        if self.serving > 0 && self.later.is_none() {
            return Err(Error::Busy);
        }
        match &self.state {
            State::Over(_) => self.vm.end(),
            State::Waiting(request) => self.vm.ask_again(request.clone()),
            State::Running => {}
        }
        Ok(())
    }

    fn put_out(&mut self) {
        if matches!(self.state, State::Waiting(_)) {
            self.vm.take_request();
        }
    }
}

impl Builder {
    /// A guest in the state that [`Guest::snapshot`] has saved, whoever the bytes come from: they are
    /// trusted in nothing. Of the settings it takes memory limit and host; span, language, libraries and
    /// hashes are the snapshot's; for `math.random` see [`Builder::keep_seed`]. It has no fuel. Its open files are detached: using one is an error.
    ///
    /// # Errors
    /// [`Error::Snapshot`] with what is wrong and where, [`Error::NoRoom`], [`Error::OutOfMemory`].
    pub fn restore(mut self, snapshot: &[u8]) -> Result<Guest, Error> {
        let (values, snapshot) = without_values(snapshot)?;
        self.held.load(&values)?;
        self.config.natives = bvm_stdlib::natives();
        if !self.more_natives.is_empty() {
            let all = self.config.natives.iter().chain(self.more_natives);
            self.config.natives = all.copied().collect();
        }
        let fresh = crate::fresh::image(&self.config, self.libraries, self.tasks);
        let mut vm = self.in_memory(|config| match &fresh {
            Ok(image) => Vm::restore_over(image, snapshot, config),
            Err(_) => Vm::restore(snapshot, config),
        })?;
        disown(&mut vm)?;
        let is_idle = vm.is_idle();
        Ok(self.over(vm, is_idle))
    }

    /// A guest that begins with an image. It has its own memory limit and host; its open files are detached.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn fork(mut self, image: &Image) -> Result<Guest, Error> {
        self.held.join(&image.held);
        self.held.load(&image.values)?;
        let begin = |config: &Config| Vm::from_image(&image.image, config.memory);
        let vm = self.in_memory(begin).map_err(|_| Error::NoRoom)?;
        Ok(self.over(vm, image.is_idle))
    }

    /// A guest over a machine that has a past.
    fn over(mut self, mut vm: Vm, is_idle: bool) -> Guest {
        if !self.keeps_seed {
            let seed = self.renew_seed();
            vm.renew_by(bvm_stdlib::renew_random, seed);
        }
        let asks_again = self.asks_again;
        let mut body = self.body(vm);
        let waiting = match asks_again {
            true => None,
            false => body.vm.take_request(),
        };
        body.state = match waiting {
            Some(request) => State::Waiting(request),
            None if is_idle => State::Over(Exit::Idle),
            None => State::Running,
        };
        Guest::owned(body)
    }
}

/// Takes away what belongs to the guest that a machine was: open files, handles, fuel that is left.
fn disown(vm: &mut Vm) -> Result<(), Error> {
    vm.access(bvm_stdlib::detach_files);
    vm.drain_credit();
    vm.access(|cpu| cpu.set_handles(None));
    Ok(())
}

/// What a snapshot begins with when there are values of the host: the checksum and the length of their bytes, and these
/// bytes, come next, and then the snapshot of the machine.
const MAGIC: &[u8; 8] = b"bvmheld\n";

/// A snapshot with the host's values.
fn with_values(values: &[SavedValue], machine: Vec<u8>) -> Vec<u8> {
    if values.is_empty() {
        return machine;
    }
    // Lists of numbers, texts and bytes: nothing that cannot be written.
    let body = postcard::to_stdvec(values).unwrap_or_default();
    let mut all = MAGIC.to_vec();
    all.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    all.extend_from_slice(&(body.len() as u64).to_le_bytes());
    all.extend_from_slice(&body);
    all.extend_from_slice(&machine);
    all
}

/// The host's values of a snapshot, and the snapshot of the machine.
fn without_values(bytes: &[u8]) -> Result<(Vec<SavedValue>, &[u8]), Error> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Ok((Vec::new(), bytes));
    };
    let parts = || {
        let (sum, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (body, machine) = rest.split_at_checked(length)?;
        Some((u32::from_le_bytes(*sum), body, machine))
    };
    let (sum, body, machine) = parts().ok_or(SnapshotError::Length)?;
    if crc32fast::hash(body) != sum {
        return Err(SnapshotError::Checksum.into());
    }
    let damaged = SnapshotError::Damaged {
        what: "values of the host",
        at: 0,
    };
    let values = postcard::from_bytes(body).map_err(|_| damaged)?;
    Ok((values, machine))
}
