//! Stopping a guest at lines, at instructions and after steps, for debuggers. Must not know how the machine does it.

use crate::error::{Error, Result};
use crate::guest::Guest;
use crate::handle::Function;
use bvm_vm::exec::stops::{Spot, Step};

impl Guest {
    /// Stops the guest with [`Exit::Breakpoint`](crate::Exit::Breakpoint) before each instruction that begins this
    /// line, from 1, of the chunk that was loaded with this name. [`Guest::run`] goes on.
    ///
    /// The guest cannot see it: neither fuel nor output nor what a snapshot holds depends on it, and snapshots do
    /// not keep it. A guest in which lines or steps are set takes several times as long; others pay nothing. What a
    /// function of the host calls back cannot be paused: there the guest does not stop, and steps go over it.
    ///
    /// ```
    /// use bvm::{Exit, Guest, Step, Value};
    /// let mut guest = Guest::new()?;
    /// let main = guest.load("for i = 1, 2 do\n  last = i\nend\nreturn last", "=loop")?;
    /// guest.break_at("=loop", 2);
    /// guest.start(&main, &[])?;
    /// for i in 0..2 {
    ///     let Exit::Breakpoint(spot) = guest.run(1_000) else { panic!("no stop") };
    ///     assert_eq!((spot.source.as_slice(), spot.line), (&b"=loop"[..], 2));
    ///     let expected = if i == 0 { Value::Nil } else { Value::Number(1.0) };
    ///     assert_eq!(guest.global("last")?, expected);
    /// }
    /// guest.step(Step::Line);
    /// assert!(matches!(guest.run(0), Exit::Breakpoint(spot) if spot.line == 1));
    /// assert_eq!(guest.run(0), Exit::Done(vec![Value::Number(2.0)]));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn break_at(&mut self, chunk: &str, line: u32) {
        self.with(|body| body.vm.break_at(chunk.as_bytes(), line));
    }

    /// Takes what [`Guest::break_at`] has set back; tells whether it was set.
    pub fn unbreak(&mut self, chunk: &str, line: u32) -> bool {
        self.with(|body| body.vm.unbreak(chunk.as_bytes(), line))
    }

    /// Stops the guest before an instruction of a function, as [`Guest::break_at`] does at a line: the one with the number
    /// `pc`, from 0, as [`Spot`] has it. (`luac -l` counts from 1.) It stops in every closure of the same prototype.
    /// `path` leads to functions inside of the given one by their numbers, from 0, in the order in which they are
    /// written: `[]` is the function itself, `[1, 0]` the first one inside of its second. When the guest collects the
    /// function, this is forgotten.
    ///
    /// Tells whether there is such an instruction; those with arguments of the one before are never come to.
    ///
    /// ```
    /// use bvm::{Exit, Guest, Value};
    /// let mut guest = Guest::new()?;
    /// let main = guest.load("local function twice(x) return x + x end return twice(4)", "=main")?;
    /// assert!(guest.break_in(&main, &[0], 1)?);
    /// assert!(!guest.break_in(&main, &[1], 0)?);
    /// guest.start(&main, &[])?;
    /// // Behind the addition.
    /// assert!(matches!(guest.run(1_000), Exit::Breakpoint(spot) if spot.pc == 1));
    /// assert_eq!(guest.run(0), Exit::Done(vec![Value::Number(8.0)]));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Foreign`] for a function of another guest.
    pub fn break_in(&mut self, function: &Function, path: &[u32], pc: u32) -> Result<bool> {
        let function = self.word_of(function)?;
        Ok(self.with(|body| body.vm.break_in(function, path, pc)))
    }

    /// Takes what [`Guest::break_in`] has set back; tells whether it was set.
    ///
    /// # Errors
    /// [`Error::Foreign`] for a function of another guest.
    pub fn unbreak_in(&mut self, function: &Function, path: &[u32], pc: u32) -> Result<bool> {
        let function = self.word_of(function)?;
        Ok(self.with(|body| body.vm.unbreak_in(function, path, pc)))
    }

    fn word_of(&mut self, function: &Function) -> Result<bvm_vm::Value> {
        self.lua().shared().with(|body, shared| {
            let roots = &body.roots;
            let found = body.vm.access(|cpu| roots.object(cpu, shared, &function.0));
            found.map_err(|_| Error::Foreign)
        })
    }

    /// Lets the next runs stop after a step from where the guest stands, or earlier, for another reason.
    pub fn step(&mut self, step: Step) {
        self.with(|body| body.vm.set_step(Some(step)));
    }

    /// Where the guest stands: `None` inside of a library function, and when there is no call.
    pub fn spot(&mut self) -> Option<Spot> {
        self.with(|body| body.vm.access(|cpu| cpu.spot()))
    }
}
