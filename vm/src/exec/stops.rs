//! Where an embedder wants a guest to stop: lines, instructions, and the next step. All of it is outside the guest's memory, so
//! that a guest cannot see it and no image has it. While something is set, all instructions go through the cold
//! code, which asks here first; so it costs nothing when nothing is set. Must not look into a guest.

use super::cpu::Cpu;
use super::stubs;
use crate::data::closure::{self, Function};
use crate::data::string;
use crate::debug;
use crate::exit::Exit;
use crate::objects::{Closure, Proto, Str};
use crate::value::Value;
use crate::vm::Vm;

/// How far a guest goes before it stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next instruction.
    Instruction,
    /// To the next instruction that begins a line, in whatever function.
    Line,
}

/// A place in a guest's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The name of the chunk, as it was loaded with.
    pub source: Vec<u8>,
    /// The line, from 1; 0 in a function whose lines are not known.
    pub line: u32,
    /// The number of the instruction in its function, from 0.
    pub pc: u32,
}

/// What is set for one guest.
#[derive(Debug, Default)]
pub(crate) struct Stops {
    lines: Vec<(Vec<u8>, u32)>,
    /// Instructions, as prototypes and numbers.
    places: Vec<(u32, u32)>,
    step: Option<Step>,
    /// Where it has stopped last, as instruction and activation: it goes on past that.
    passed: Option<(u32, u32)>,
    /// Whether there is any of these.
    pub is_set: bool,
}

impl Stops {
    /// A run begins: where it stopped before matters only as long as something is set.
    pub fn run_begins(&mut self) {
        if !self.is_set {
            self.passed = None;
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Stops)) {
        change(self);
        self.is_set = !self.lines.is_empty() || !self.places.is_empty() || self.step.is_some();
    }

    /// Keeps the instructions only of prototypes that live on: another one may come to lie in the place of a dead one.
    pub fn forget_dead(&mut self, lives: impl Fn(u32) -> bool) {
        if !self.places.is_empty() {
            self.change(|stops| stops.places.retain(|&(proto, _)| lives(proto)));
        }
    }
}

impl Cpu<'_, '_> {
    /// The exit, if the guest is to stop before what is at `ip`.
    #[cold]
    pub(super) fn stop_here(&mut self) -> Option<Exit> {
        // What was called back cannot be paused, so steps go over it.
        if stubs::is_stub(self.ip) || self.mem.host().callouts.is_called_back() {
            return None;
        }
        let place = (self.ip, self.fp());
        let stops = &mut self.mem.host_mut().stops;
        let has_passed = stops.passed.take() == Some(place);
        let step = stops.step;
        if has_passed || !self.is_wanted(step) {
            return None;
        }
        let stops = &mut self.mem.host_mut().stops;
        stops.passed = Some(place);
        stops.change(|stops| stops.step = None);
        self.choose_handlers();
        Some(Exit::Breakpoint)
    }

    /// The instruction at `ip` has begun and will begin again: the guest does not stop before it any more.
    pub(super) fn stop_is_passed(&mut self) {
        let place = (self.ip, self.fp());
        let stops = &mut self.mem.host_mut().stops;
        if stops.is_set {
            stops.passed = Some(place);
        }
    }

    fn is_wanted(&self, step: Option<Step>) -> bool {
        let places = &self.mem.host().stops.places;
        if step == Some(Step::Instruction) || places.contains(&(self.proto().0, self.pc())) {
            return true;
        }
        let Some(line) = self.line_begun() else {
            return false;
        };
        if step == Some(Step::Line) {
            return true;
        }
        let lines = &self.mem.host().stops.lines;
        // The name is looked at only where the number fits.
        lines
            .iter()
            .any(|(source, wanted)| *wanted == line && self.source() == source)
    }

    /// The line that the coming instruction is the first one of, as the function is written.
    fn line_begun(&self) -> Option<u32> {
        let (proto, pc) = (self.proto(), self.pc());
        let line = debug::line(self.mem, proto, pc)?;
        let before = pc
            .checked_sub(1)
            .and_then(|pc| debug::line(self.mem, proto, pc));
        (before != Some(line)).then_some(line)
    }

    fn source(&self) -> &[u8] {
        let source = self.mem.get(self.proto().0, Proto::SOURCE);
        match source {
            0 => &[],
            at => string::bytes(self.mem, Str(at)),
        }
    }

    /// Where the running function stands; `None` when that is a native, or nothing runs.
    pub fn spot(&self) -> Option<Spot> {
        if self.fp() < self.first_record() || self.in_native() || stubs::is_stub(self.ip) {
            return None;
        }
        let pc = self.pc();
        Some(Spot {
            source: self.source().to_vec(),
            line: debug::line(self.mem, self.proto(), pc).unwrap_or(0),
            pc,
        })
    }
}

impl Vm {
    /// Stops the guest with [`Exit::Breakpoint`] whenever it comes to an instruction that begins this line of a chunk.
    /// Running again goes on. Fuel and output do not change by it; the run takes several times as long.
    pub fn break_at(&mut self, source: &[u8], line: u32) {
        self.set_stops(|stops| stops.lines.push((source.to_vec(), line)));
    }

    /// Takes such a line back; tells whether it was set.
    pub fn unbreak(&mut self, source: &[u8], line: u32) -> bool {
        let mut found = false;
        self.set_stops(|stops| {
            let place = stops
                .lines
                .iter()
                .position(|(name, number)| name == source && *number == line);
            found = place.map(|at| stops.lines.swap_remove(at)).is_some();
        });
        found
    }

    /// Stops the guest before the instruction `pc`, from 0, of the prototype of a Lua function, or of one inside of it:
    /// `path` has the number of each, from 0, from the outside in. Whatever closure runs it; it is forgotten when the
    /// prototype is collected. Tells whether there is such an instruction.
    pub fn break_in(&mut self, function: Value, path: &[u32], pc: u32) -> bool {
        let Some(proto) = self.prototype(function, path) else {
            return false;
        };
        let exists = self.peek(|mem| pc < mem.get(proto, Proto::NCODE));
        if exists {
            self.set_stops(|stops| stops.places.push((proto, pc)));
        }
        exists
    }

    /// Takes such an instruction back; tells whether it was set.
    pub fn unbreak_in(&mut self, function: Value, path: &[u32], pc: u32) -> bool {
        let wanted = self.prototype(function, path).map(|proto| (proto, pc));
        let mut found = false;
        self.set_stops(|stops| {
            let place = stops.places.iter().position(|place| Some(*place) == wanted);
            found = place.map(|at| stops.places.swap_remove(at)).is_some();
        });
        found
    }

    /// The prototype of a function, or one inside of it.
    fn prototype(&self, function: Value, path: &[u32]) -> Option<u32> {
        self.peek(|mem| {
            let Some(Function::Lua(closure)) = closure::function_of(mem, function) else {
                return None;
            };
            let own = mem.get(closure.0, Closure::PROTO);
            path.iter().try_fold(own, |proto, &number| {
                let is_one = number < mem.get(proto, Proto::NPROTOS);
                is_one.then(|| mem.load(mem.get(proto, Proto::PROTOS) + number * 4))
            })
        })
    }

    /// Lets the next run stop after a step; `None` takes that back. Other stops come first.
    pub fn set_step(&mut self, step: Option<Step>) {
        self.set_stops(|stops| stops.step = step);
    }

    fn set_stops(&mut self, change: impl FnOnce(&mut Stops)) {
        self.access(|cpu| {
            cpu.mem.host_mut().stops.change(change);
            cpu.choose_handlers();
        });
    }
}
