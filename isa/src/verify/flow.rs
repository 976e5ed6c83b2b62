//! Abstract execution over all paths: rules F1 to F3, F6, F7 and F10.
//!
//! The state at a word is four sets of registers that can only grow where paths meet, so a
//! worklist over the jump targets ends. States are kept at jump targets alone; in between one
//! state is carried along.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::RegSet;
use super::words::{extra_words, open_results};
use super::{Check, Facts, first_free_register, refuse_at};
use crate::lua51::Op;
use crate::proto::Proto;
use crate::word::{RK_CONST, Word};

/// How often a word may be visited on average before the function is too complex (rule F10).
const VISITS_PER_WORD: usize = 64;

/// Checks all paths of a function whose words have been checked, and returns `entry_nils`.
pub(super) fn check(proto: &Proto, facts: &Facts) -> Check<u8> {
    let mut flow = Walk {
        proto,
        facts,
        joins: Joins::new(proto, facts),
        budget: VISITS_PER_WORD * (proto.code.len() + 64),
        nils_read: RegSet::default(),
    };
    flow.run(0, State::entry(proto))?;
    while let Some((pc, state)) = flow.joins.next() {
        flow.run(pc, state)?;
    }
    Ok(flow.nils_read.end() as u8)
}

/// What may be true of each register at one word.
#[derive(Clone, Copy)]
struct State {
    /// Holds leftovers of a call: unreadable.
    unset: RegSet,
    /// Holds the nil of function entry.
    entry_nil: RegSet,
    /// Holds something else than a table made by NEWTABLE.
    untyped: RegSet,
    /// Is captured by a closure that may change it at any time.
    open: RegSet,
}

impl State {
    /// Rule F1.
    fn entry(proto: &Proto) -> State {
        State {
            unset: RegSet::default(),
            entry_nil: RegSet::from(first_free_register(proto)),
            untyped: RegSet::from(0),
            open: RegSet::default(),
        }
    }

    fn write(&mut self, reg: u8) {
        self.unset.remove(reg);
        self.entry_nil.remove(reg);
        self.untyped.insert(reg);
    }

    fn write_range(&mut self, range: RegSet) {
        self.unset = self.unset.minus(range);
        self.entry_nil = self.entry_nil.minus(range);
        self.untyped = self.untyped.or(range);
    }

    /// Rule F2: a call or an open `...` leaves `results` and spoils everything from `first` on.
    fn spoil(&mut self, first: u16, results: RegSet) {
        let spoilt = RegSet::from(first);
        self.write_range(spoilt);
        self.unset = self.unset.or(spoilt.minus(results));
    }

    fn sets(&self) -> [RegSet; 4] {
        [self.unset, self.entry_nil, self.untyped, self.open]
    }
}

/// The states at jump targets, in one block of memory, and which of them have to be visited.
struct Joins<'a> {
    facts: &'a Facts,
    /// Number of jump targets before each 64 words of code.
    ranks: Vec<u32>,
    /// Blocks of a register set that this function needs.
    blocks: usize,
    sets: Vec<u64>,
    reached: Vec<bool>,
    queued: Vec<bool>,
    /// Targets to visit in this sweep, and behind them those of the next one.
    queue: BinaryHeap<Reverse<usize>>,
    next_sweep: BinaryHeap<Reverse<usize>>,
    /// The target visited last.
    swept: usize,
}

impl<'a> Joins<'a> {
    fn new(proto: &Proto, facts: &'a Facts) -> Joins<'a> {
        let mut targets = 0;
        let blocks = facts.jump_targets.blocks().iter();
        let ranks = blocks
            .map(|block| {
                let before = targets;
                targets += block.count_ones();
                before
            })
            .collect();
        let blocks = usize::from(proto.max_stack).div_ceil(64);
        let targets = targets as usize;
        Joins {
            facts,
            ranks,
            blocks,
            sets: vec![0; targets * blocks * 4],
            reached: vec![false; targets],
            queued: vec![false; targets],
            queue: BinaryHeap::new(),
            next_sweep: BinaryHeap::new(),
            swept: 0,
        }
    }

    /// The number of a jump target among all of them.
    fn index(&self, pc: usize) -> usize {
        let block = self.facts.jump_targets.blocks().get(pc / 64);
        let before = block.map_or(0, |block| block & !(u64::MAX << (pc % 64)));
        let rank = self.ranks.get(pc / 64).copied().unwrap_or(0);
        (rank + before.count_ones()) as usize
    }

    /// Lets a path arrive at a jump target.
    fn arrive(&mut self, pc: usize, state: &State) {
        let index = self.index(pc);
        let stride = self.blocks * 4;
        let Some(kept) = self.sets.get_mut(index * stride..(index + 1) * stride) else {
            return;
        };
        let arriving = state.sets();
        let arriving = arriving
            .iter()
            .flat_map(|set| set.0.iter().take(self.blocks));
        let mut changed = false;
        for (kept, &new) in kept.iter_mut().zip(arriving) {
            changed |= new & !*kept != 0;
            *kept |= new;
        }
        let (Some(reached), Some(queued)) =
            (self.reached.get_mut(index), self.queued.get_mut(index))
        else {
            return;
        };
        if (changed || !*reached) && !*queued {
            *queued = true;
            let queue = if pc > self.swept {
                &mut self.queue
            } else {
                &mut self.next_sweep
            };
            queue.push(Reverse(pc));
        }
        *reached = true;
    }

    /// The next jump target to visit and its state. Targets are visited in sweeps from the first
    /// to the last word, so that code of nested loops settles after a few sweeps.
    fn next(&mut self) -> Option<(usize, State)> {
        if self.queue.is_empty() {
            std::mem::swap(&mut self.queue, &mut self.next_sweep);
        }
        let Reverse(pc) = self.queue.pop()?;
        self.swept = pc;
        let index = self.index(pc);
        if let Some(queued) = self.queued.get_mut(index) {
            *queued = false;
        }
        let stride = self.blocks * 4;
        let kept = self.sets.get(index * stride..(index + 1) * stride)?;
        let mut sets = kept.chunks(self.blocks).map(|kept| {
            let mut set = RegSet::default();
            for (block, &word) in set.0.iter_mut().zip(kept) {
                *block = word;
            }
            set
        });
        let state = State {
            unset: sets.next()?,
            entry_nil: sets.next()?,
            untyped: sets.next()?,
            open: sets.next()?,
        };
        Some((pc, state))
    }
}

/// The walk over one function.
struct Walk<'a> {
    proto: &'a Proto,
    facts: &'a Facts,
    joins: Joins<'a>,
    budget: usize,
    nils_read: RegSet,
}

impl Walk<'_> {
    /// Follows one path until it ends or meets another one.
    fn run(&mut self, start: usize, mut state: State) -> Check {
        let mut pc = start;
        while let Some(&word) = self.proto.code.get(pc) {
            if pc != start && self.facts.is_jump_target(pc) {
                self.joins.arrive(pc, &state);
                return Ok(());
            }
            let Some(budget) = self.budget.checked_sub(1) else {
                return refuse_at("F10", pc, "too complex");
            };
            self.budget = budget;
            let Some(op) = word.op() else {
                return Ok(());
            };
            let falls_through = self.step(pc, op, word, &mut state)?;
            if !falls_through {
                return Ok(());
            }
            pc += 1 + extra_words(self.proto, op, word);
        }
        Ok(())
    }

    /// Reads one register.
    fn read(&mut self, pc: usize, reg: u8, state: &State) -> Check {
        if state.unset.contains(reg) {
            return unset(pc, reg);
        }
        if state.entry_nil.contains(reg) {
            self.nils_read.insert(reg);
        }
        Ok(())
    }

    /// Reads a register unless the operand names a constant.
    fn read_rk(&mut self, pc: usize, operand: u16, state: &State) -> Check {
        if operand >= RK_CONST {
            return Ok(());
        }
        self.read(pc, operand as u8, state)
    }

    /// Reads the registers `first..end`.
    fn read_range(&mut self, pc: usize, first: u16, end: u16, state: &State) -> Check {
        let range = RegSet::range(first, end);
        if let Some(reg) = range.and(state.unset).first() {
            return unset(pc, reg);
        }
        self.nils_read = self.nils_read.or(range.and(state.entry_nil));
        Ok(())
    }

    /// Reads a window of `count` registers, or up to the open results of the word before.
    fn read_window(&mut self, pc: usize, word: Word, count: Option<u16>, state: &State) -> Check {
        let first = u16::from(word.a());
        let end = match count {
            Some(count) => first + count,
            None => {
                let before = self.proto.code.get(pc.wrapping_sub(1));
                let base = before.and_then(|&word| open_results(word));
                u16::from(base.unwrap_or(word.a()))
            }
        };
        self.read_range(pc, first, end, state)
    }

    /// A call or an open `...` from `first` on. Rule F7: no closure may look at what it spoils, and
    /// none may change arguments under a native function that has checked them.
    fn clobber(&self, pc: usize, first: u16, results: RegSet, state: &mut State) -> Check {
        if let Some(reg) = RegSet::from(first).and(state.open).first() {
            let message = format!("register {reg} is captured where a call may change it");
            return refuse_at("F7", pc, message);
        }
        state.spoil(first, results);
        Ok(())
    }

    /// The word behind the displacement of a jump; rule I16 has checked it.
    fn jump(&mut self, pc: usize, word: Word, state: &State) {
        let target = (pc + 1).wrapping_add_signed(word.sbx() as isize);
        self.joins.arrive(target, state);
    }
}

fn unset(pc: usize, reg: u8) -> Check {
    refuse_at("F2", pc, format!("register {reg} is read but not set"))
}

/// Reads that an operand kind stands for.
macro_rules! read_operand {
    ($walk:ident $pc:ident $word:ident $state:ident $field:ident Reg) => {
        $walk.read($pc, $word.$field() as u8, $state)?
    };
    ($walk:ident $pc:ident $word:ident $state:ident $field:ident RegK) => {
        $walk.read_rk($pc, $word.$field(), $state)?
    };
    ($walk:ident $pc:ident $word:ident $state:ident $field:ident $other:ident) => {};
}

/// Writes that an operand kind stands for.
macro_rules! write_operand {
    ($state:ident $word:ident $field:ident Dst) => {
        $state.write($word.$field())
    };
    ($state:ident $word:ident $field:ident $other:ident) => {};
}

/// Whole effect of a row, by its flow. The value says whether control reaches the next word.
macro_rules! effect {
    (hand $variant:ident $walk:ident $pc:ident $word:ident $state:ident $($field:ident $kind:ident)*) => {
        $walk.hand(Op::$variant, $pc, $word, $state)
    };
    (last $variant:ident $walk:ident $pc:ident $word:ident $state:ident $($field:ident $kind:ident)*) => {
        $walk.hand(Op::$variant, $pc, $word, $state)
    };
    ($flow:ident $variant:ident $walk:ident $pc:ident $word:ident $state:ident $($field:ident $kind:ident)*) => {{
        $(read_operand!($walk $pc $word $state $field $kind);)*
        effect!(@before $flow $walk $pc $word $state);
        $(write_operand!($state $word $field $kind);)*
        effect!(@after $flow $variant $walk $pc $word $state)
    }};
    (@before test $walk:ident $pc:ident $word:ident $state:ident) => {
        $walk.joins.arrive($pc + 2, $state)
    };
    (@before $flow:ident $walk:ident $pc:ident $word:ident $state:ident) => {};
    (@after skip $variant:ident $walk:ident $pc:ident $word:ident $state:ident) => {{
        if $word.c() != 0 {
            $walk.joins.arrive($pc + 2, $state);
        }
        Ok($word.c() == 0)
    }};
    (@after jump $variant:ident $walk:ident $pc:ident $word:ident $state:ident) => {{
        $walk.jump($pc, $word, $state);
        Ok(false)
    }};
    (@after $flow:ident $variant:ident $walk:ident $pc:ident $word:ident $state:ident) => {{
        note(Op::$variant, $word, $state);
        Ok(true)
    }};
}

/// What two plain rows do beyond reading and writing.
#[inline(always)]
fn note(op: Op, word: Word, state: &mut State) {
    match op {
        Op::NewTable if !state.open.contains(word.a()) => state.untyped.remove(word.a()),
        Op::Close => state.open = state.open.minus(RegSet::from(u16::from(word.a()))),
        _ => {}
    }
}

macro_rules! walk_step {
    ($($(#[$doc:meta])* $number:literal $listing:ident = $variant:ident ($($field:ident : $kind:ident),*) $flow:ident;)*) => {
        impl Walk<'_> {
            /// Carries the state over one instruction; says whether the next word is reached.
            fn step(&mut self, pc: usize, op: Op, word: Word, state: &mut State) -> Check<bool> {
                match op {
                    $(Op::$variant => effect!($flow $variant self pc word state $($field $kind)*),)*
                }
            }
        }
    };
}
crate::for_each_lua_op!(walk_step);

impl Walk<'_> {
    /// The rows whose effect the kinds cannot say.
    fn hand(&mut self, op: Op, pc: usize, word: Word, state: &mut State) -> Check<bool> {
        let a = u16::from(word.a());
        match op {
            Op::LoadNil => state.write_range(RegSet::range(a, word.b() + 1)),
            Op::SelfOp => {
                self.read(pc, word.b() as u8, state)?;
                self.read_rk(pc, word.c(), state)?;
                state.write_range(RegSet::range(a, a + 2));
            }
            Op::Concat => {
                self.read_range(pc, word.b(), word.c() + 1, state)?;
                state.write(word.a());
            }
            Op::Call => {
                self.read_window(pc, word, (word.b() != 0).then(|| word.b()), state)?;
                self.clobber(pc, a, results(a, word.c()), state)?;
            }
            // A fixed number of values may land below live temporaries: `i, j = i + 1, ...`.
            Op::Vararg if word.b() != 0 => state.write_range(results(a, word.b())),
            Op::Vararg => self.clobber(pc, a, RegSet::default(), state)?,
            Op::TailCall => {
                self.read_window(pc, word, (word.b() != 0).then(|| word.b()), state)?;
            }
            Op::Return => {
                self.read_window(pc, word, word.b().checked_sub(1), state)?;
                return Ok(false);
            }
            Op::ForPrep => {
                self.read_range(pc, a, a + 3, state)?;
                state.write_range(RegSet::range(a, a + 3));
                self.jump(pc, word, state);
                return Ok(false);
            }
            Op::ForLoop => self.for_loop(pc, word, state)?,
            Op::TForLoop => {
                self.read_range(pc, a, a + 3, state)?;
                let results = RegSet::range(a + 3, a + 3 + word.c());
                self.clobber(pc, a + 3, results, state)?;
                self.joins.arrive(pc + 2, state);
                state.write_range(RegSet::range(a + 2, a + 3));
            }
            Op::SetList => self.set_list(pc, word, state)?,
            Op::Closure => self.closure(pc, word, state)?,
            _ => {}
        }
        Ok(true)
    }

    fn for_loop(&mut self, pc: usize, word: Word, state: &mut State) -> Check {
        let a = u16::from(word.a());
        self.read_range(pc, a, a + 3, state)?;
        state.write(word.a());
        let mut looping = *state;
        looping.write_range(RegSet::range(a + 3, a + 4));
        self.jump(pc, word, &looping);
        Ok(())
    }

    /// Rule F6.
    fn set_list(&mut self, pc: usize, word: Word, state: &State) -> Check {
        if state.untyped.contains(word.a()) {
            let message = format!("register {} may hold something else than a table", word.a());
            return refuse_at("F6", pc, message);
        }
        self.read_window(pc, word, (word.b() != 0).then(|| word.b() + 1), state)
    }

    /// The closure is stored before its captures are taken: a local function captures itself.
    fn closure(&mut self, pc: usize, word: Word, state: &mut State) -> Check {
        state.write(word.a());
        let captures = extra_words(self.proto, Op::Closure, word);
        for distance in 1..=captures {
            let capture = self.proto.code.get(pc + distance).copied();
            let Some(capture) = capture.filter(|word| word.op() == Some(Op::Move)) else {
                continue;
            };
            let reg = capture.b() as u8;
            self.read(pc, reg, state)?;
            state.open.insert(reg);
            state.untyped.insert(reg);
        }
        Ok(())
    }
}

/// The registers that receive `count - 1` values; none are known if the count is open.
fn results(first: u16, count: u16) -> RegSet {
    RegSet::range(first, first + count.saturating_sub(1))
}
