//! Abstract execution over all paths: rules F1 to F3, F6, F7 and F10.
//!
//! The state at a word is four sets of registers that can only grow where paths meet, so a
//! worklist over the jump targets ends. States are kept at jump targets alone; in between one
//! state is carried along.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::RegSet;
use super::words::{extra_words, open_results};
use super::{Check, Facts, Steps, first_free_register, refuse_at};
use crate::lua51::Op;
use crate::proto::Proto;
use crate::word::{RK_CONST, Word};

/// How often a word may be visited on average before the function is too complex (rule F10).
const VISITS_PER_WORD: usize = 64;

/// Checks all paths of a function whose words have been checked, and returns `entry_nils` and `heights`.
pub(super) fn check(proto: &Proto, facts: &Facts, pace: &Steps<'_>) -> Check<(u8, Vec<u8>)> {
    // Few functions have more registers than a word has bits.
    match proto.max_stack {
        0..=64 => check_paths::<1>(proto, facts, pace),
        _ => check_paths::<4>(proto, facts, pace),
    }
}

fn check_paths<const BLOCKS: usize>(
    proto: &Proto,
    facts: &Facts,
    pace: &Steps<'_>,
) -> Check<(u8, Vec<u8>)> {
    let mut flow = Walk::<BLOCKS> {
        proto,
        facts,
        pace,
        joins: Joins::new(facts),
        budget: VISITS_PER_WORD * (proto.code.len() + 64),
        visits: 0,
        nils_used: RegSet::EMPTY,
        nils_made: RegSet::EMPTY,
        heights: Vec::with_capacity(proto.code.len()),
    };
    flow.run(0, State::entry(proto))?;
    while let Some((pc, state)) = flow.joins.next() {
        flow.run(pc, state)?;
    }
    flow.raise_heights()?;
    flow.heights.resize(proto.code.len(), proto.max_stack);
    pace.put_away(flow.joins.all);
    Ok((flow.nils_used.end() as u8, flow.heights))
}

/// What may be true of each register at one word.
#[derive(Clone, Copy, PartialEq)]
struct State<const BLOCKS: usize> {
    /// Holds leftovers of a call: unreadable.
    unset: RegSet<BLOCKS>,
    /// Holds the nil of function entry.
    entry_nil: RegSet<BLOCKS>,
    /// Holds something else than a table made by NEWTABLE.
    untyped: RegSet<BLOCKS>,
    /// Is captured by a closure that may change it at any time.
    open: RegSet<BLOCKS>,
}

impl<const BLOCKS: usize> State<BLOCKS> {
    /// The state of a word that no path has reached.
    const NOTHING: State<BLOCKS> = State {
        unset: RegSet::EMPTY,
        entry_nil: RegSet::EMPTY,
        untyped: RegSet::EMPTY,
        open: RegSet::EMPTY,
    };

    /// Rule F1.
    fn entry(proto: &Proto) -> State<BLOCKS> {
        State {
            unset: RegSet::EMPTY,
            entry_nil: RegSet::from(first_free_register(proto)),
            untyped: RegSet::from(0),
            open: RegSet::EMPTY,
        }
    }

    /// What may be true where paths with these states meet.
    fn or(self, other: State<BLOCKS>) -> State<BLOCKS> {
        State {
            unset: self.unset.or(other.unset),
            entry_nil: self.entry_nil.or(other.entry_nil),
            untyped: self.untyped.or(other.untyped),
            open: self.open.or(other.open),
        }
    }

    /// One more than the highest register that holds something, when those of `nils` are made nil at entry. A closure
    /// may look at what it has captured wherever paths have met since.
    fn height(&self, nils: RegSet<BLOCKS>) -> u8 {
        let nothing = self.unset.or(self.entry_nil.minus(nils));
        let held = RegSet::<BLOCKS>::from(0).minus(nothing).or(self.open);
        held.end().min(255) as u8
    }

    fn write(&mut self, reg: u8) {
        self.unset.remove(reg);
        self.entry_nil.remove(reg);
        self.untyped.insert(reg);
    }

    fn write_range(&mut self, range: RegSet<BLOCKS>) {
        self.unset = self.unset.minus(range);
        self.entry_nil = self.entry_nil.minus(range);
        self.untyped = self.untyped.or(range);
    }

    /// Rule F2: a call or an open `...` leaves `results` and spoils everything from `first` on.
    fn spoil(&mut self, first: u16, results: RegSet<BLOCKS>) {
        let spoilt = RegSet::from(first);
        self.write_range(spoilt);
        self.unset = self.unset.or(spoilt.minus(results));
    }
}

/// A jump target.
#[derive(Clone)]
struct Join<const BLOCKS: usize> {
    state: State<BLOCKS>,
    /// Some path has arrived.
    reached: bool,
    /// It waits for a visit.
    queued: bool,
}

impl<const BLOCKS: usize> Join<BLOCKS> {
    const UNREACHED: Join<BLOCKS> = Join {
        state: State::NOTHING,
        reached: false,
        queued: false,
    };
}

/// Jump targets of a block.
const BLOCK: usize = 64;
/// Jump targets whose queue takes long to move.
const MANY: usize = 1024;

/// The states at jump targets, and which of them have to be visited.
struct Joins<'a, const BLOCKS: usize> {
    facts: &'a Facts,
    /// Number of jump targets before each 64 words of code.
    ranks: Vec<u32>,
    /// The jump targets in the order of their places, in blocks that are made when a path arrives at one: making all at
    /// once would take longer than what has been paid for.
    all: Vec<Vec<Join<BLOCKS>>>,
    /// Targets to visit in this sweep, and behind them those of the next one.
    queue: BinaryHeap<Reverse<usize>>,
    next_sweep: BinaryHeap<Reverse<usize>>,
    /// The target visited last.
    swept: usize,
}

impl<'a, const BLOCKS: usize> Joins<'a, BLOCKS> {
    fn new(facts: &'a Facts) -> Joins<'a, BLOCKS> {
        let mut targets = 0;
        let blocks = facts.jump_targets.blocks().iter();
        let ranks = blocks
            .map(|block| {
                let before = targets;
                targets += block.count_ones();
                before
            })
            .collect();
        let targets = targets as usize;
        // Each target is in one of them at most once. Memory that is not used costs nothing, and moving a long queue would.
        let room = if targets > MANY { targets } else { 0 };
        Joins {
            facts,
            ranks,
            all: vec![Vec::new(); targets.div_ceil(BLOCK)],
            queue: BinaryHeap::with_capacity(room),
            next_sweep: BinaryHeap::with_capacity(room),
            swept: 0,
        }
    }

    /// A jump target.
    fn at(&mut self, pc: usize) -> Option<&mut Join<BLOCKS>> {
        let block = self.facts.jump_targets.blocks().get(pc / 64)?;
        if block >> (pc % 64) & 1 == 0 {
            return None;
        }
        let before = block & !(u64::MAX << (pc % 64));
        let rank = (self.ranks.get(pc / 64)? + before.count_ones()) as usize;
        let block = self.all.get_mut(rank / BLOCK)?;
        if block.is_empty() {
            block.resize(BLOCK, Join::UNREACHED);
        }
        block.get_mut(rank % BLOCK)
    }

    /// Lets a path arrive at a jump target.
    fn arrive(&mut self, pc: usize, state: &State<BLOCKS>) {
        let swept = self.swept;
        let Some(join) = self.at(pc) else {
            return;
        };
        let met = join.state.or(*state);
        let visit = (met != join.state || !join.reached) && !join.queued;
        join.state = met;
        join.reached = true;
        if visit {
            join.queued = true;
            let queue = if pc > swept {
                &mut self.queue
            } else {
                &mut self.next_sweep
            };
            queue.push(Reverse(pc));
        }
    }

    /// Lets the path in progress go through the first jump target behind the one visited last,
    /// which comes next in this sweep if it needs a visit. Gives the state to go on with.
    fn pass(&mut self, pc: usize, state: &State<BLOCKS>) -> Option<State<BLOCKS>> {
        let join = self.at(pc)?;
        let met = join.state.or(*state);
        let news = met != join.state || !join.reached;
        join.state = met;
        join.reached = true;
        if std::mem::take(&mut join.queued) {
            self.queue.pop();
        } else if !news {
            return None;
        }
        self.swept = pc;
        Some(met)
    }

    /// The next jump target to visit and its state. Targets are visited in sweeps from the first
    /// to the last word, so that code of nested loops settles after a few sweeps.
    fn next(&mut self) -> Option<(usize, State<BLOCKS>)> {
        if self.queue.is_empty() {
            std::mem::swap(&mut self.queue, &mut self.next_sweep);
        }
        let Reverse(pc) = self.queue.pop()?;
        self.swept = pc;
        let join = self.at(pc)?;
        join.queued = false;
        Some((pc, join.state))
    }
}

/// The walk over one function.
struct Walk<'a, const BLOCKS: usize> {
    proto: &'a Proto,
    facts: &'a Facts,
    pace: &'a Steps<'a>,
    joins: Joins<'a, BLOCKS>,
    budget: usize,
    /// Words visited so far.
    visits: usize,
    /// Registers that have to be nil when the function begins.
    nils_used: RegSet<BLOCKS>,
    /// Registers that are made nil when the function begins, once that is known.
    nils_made: RegSet<BLOCKS>,
    /// Those of the last visits, up to the last word that has been visited: what is known then is true on all paths.
    heights: Vec<u8>,
}

impl<const BLOCKS: usize> Walk<'_, BLOCKS> {
    /// Goes through all words once more if there are registers that are nil from the beginning: these are alive, too.
    fn raise_heights(&mut self) -> Check {
        let nils = RegSet::range(first_free_register(self.proto), self.nils_used.end());
        if nils == RegSet::EMPTY {
            return Ok(());
        }
        self.nils_made = nils;
        self.budget += self.proto.code.len();
        self.run(0, State::entry(self.proto))?;
        for pc in self.facts.jump_targets.members() {
            let join = self.joins.at(pc).filter(|join| join.reached);
            if let Some(state) = join.map(|join| join.state) {
                self.run(pc, state)?;
            }
        }
        Ok(())
    }

    /// Follows one path until it ends or meets another one and brings nothing new.
    fn run(&mut self, start: usize, mut state: State<BLOCKS>) -> Check {
        let mut pc = start;
        while let Some(&word) = self.proto.code.get(pc) {
            if pc != start && self.facts.is_jump_target(pc) {
                match self.joins.pass(pc, &state) {
                    Some(met) => state = met,
                    None => return Ok(()),
                }
            }
            let Some(budget) = self.budget.checked_sub(1) else {
                return refuse_at("F10", pc, "too complex");
            };
            self.budget = budget;
            self.visits += 1;
            self.pace.reach(self.visits)?;
            self.note_height(pc, &state);
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

    /// Notes how many registers are alive before a word. What is still nil from entry among them has to be made so.
    fn note_height(&mut self, pc: usize, state: &State<BLOCKS>) {
        let end = state.height(self.nils_made).min(self.proto.max_stack);
        let nils = state.entry_nil.minus(state.unset);
        self.nils_used = self.nils_used.or(nils.minus(RegSet::from(end.into())));
        if pc >= self.heights.len() {
            // Words come one after the other, so that the list gets longer as they are paid for.
            self.heights.resize(pc + 1, self.proto.max_stack);
        }
        if let Some(height) = self.heights.get_mut(pc) {
            *height = end;
        }
    }

    /// Reads one register.
    fn read(&mut self, pc: usize, reg: u8, state: &State<BLOCKS>) -> Check {
        if state.unset.contains(reg) {
            return unset(pc, reg);
        }
        if state.entry_nil.contains(reg) {
            self.nils_used.insert(reg);
        }
        Ok(())
    }

    /// Reads a register unless the operand names a constant.
    fn read_rk(&mut self, pc: usize, operand: u16, state: &State<BLOCKS>) -> Check {
        if operand >= RK_CONST {
            return Ok(());
        }
        self.read(pc, operand as u8, state)
    }

    /// Reads the registers `first..end`.
    fn read_range(&mut self, pc: usize, first: u16, end: u16, state: &State<BLOCKS>) -> Check {
        let range = RegSet::range(first, end);
        if let Some(reg) = range.and(state.unset).first() {
            return unset(pc, reg);
        }
        self.nils_used = self.nils_used.or(range.and(state.entry_nil));
        Ok(())
    }

    /// Reads a window of `count` registers, or up to the open results of the word before.
    fn read_window(
        &mut self,
        pc: usize,
        word: Word,
        count: Option<u16>,
        state: &State<BLOCKS>,
    ) -> Check {
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
    fn clobber(
        &self,
        pc: usize,
        first: u16,
        results: RegSet<BLOCKS>,
        state: &mut State<BLOCKS>,
    ) -> Check {
        if let Some(reg) = RegSet::from(first).and(state.open).first() {
            let message = format!("register {reg} is captured where a call may change it");
            return refuse_at("F7", pc, message);
        }
        state.spoil(first, results);
        Ok(())
    }

    /// The word behind the displacement of a jump; rule I16 has checked it.
    fn jump(&mut self, pc: usize, word: Word, state: &State<BLOCKS>) {
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
fn note<const BLOCKS: usize>(op: Op, word: Word, state: &mut State<BLOCKS>) {
    match op {
        Op::NewTable if !state.open.contains(word.a()) => state.untyped.remove(word.a()),
        Op::Close => state.open = state.open.minus(RegSet::from(u16::from(word.a()))),
        _ => {}
    }
}

macro_rules! walk_step {
    ($($(#[$doc:meta])* $number:literal $listing:ident = $variant:ident ($($field:ident : $kind:ident),*) $flow:ident;)*) => {
        impl<const BLOCKS: usize> Walk<'_, BLOCKS> {
            /// Carries the state over one instruction; says whether the next word is reached.
            fn step(&mut self, pc: usize, op: Op, word: Word, state: &mut State<BLOCKS>) -> Check<bool> {
                match op {
                    $(Op::$variant => effect!($flow $variant self pc word state $($field $kind)*),)*
                }
            }
        }
    };
}
crate::for_each_lua_op!(walk_step);

impl<const BLOCKS: usize> Walk<'_, BLOCKS> {
    /// The rows whose effect the kinds cannot say.
    fn hand(&mut self, op: Op, pc: usize, word: Word, state: &mut State<BLOCKS>) -> Check<bool> {
        let a = u16::from(word.a());
        match op {
            Op::LoadNil => state.write_range(RegSet::range(a, word.b() + 1)),
            Op::SelfOp => {
                self.read(pc, word.b() as u8, state)?;
                self.read_rk(pc, word.c(), state)?;
                state.write_range(RegSet::range(a, a + 2));
            }
            Op::Concat => {
                let joined = RegSet::range(word.b(), word.c() + 1);
                self.read_range(pc, word.b(), word.c() + 1, state)?;
                if let Some(reg) = joined.and(state.open).first() {
                    let message = format!("register {reg} is captured where CONCAT may change it");
                    return refuse_at("F7", pc, message);
                }
                // What is joined may lie there in part.
                state.write_range(joined);
                state.unset = state.unset.or(joined);
                state.write(word.a());
            }
            Op::Call => {
                self.read_window(pc, word, (word.b() != 0).then(|| word.b()), state)?;
                self.clobber(pc, a, results(a, word.c()), state)?;
            }
            // A fixed number of values may land below live temporaries: `i, j = i + 1, ...`.
            Op::Vararg if word.b() != 0 => state.write_range(results(a, word.b())),
            Op::Vararg => self.clobber(pc, a, RegSet::EMPTY, state)?,
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

    fn for_loop(&mut self, pc: usize, word: Word, state: &mut State<BLOCKS>) -> Check {
        let a = u16::from(word.a());
        self.read_range(pc, a, a + 3, state)?;
        state.write(word.a());
        let mut looping = *state;
        looping.write_range(RegSet::range(a + 3, a + 4));
        self.jump(pc, word, &looping);
        Ok(())
    }

    /// Rule F6.
    fn set_list(&mut self, pc: usize, word: Word, state: &State<BLOCKS>) -> Check {
        if state.untyped.contains(word.a()) {
            let message = format!("register {} may hold something else than a table", word.a());
            return refuse_at("F6", pc, message);
        }
        self.read_window(pc, word, (word.b() != 0).then(|| word.b() + 1), state)
    }

    /// The closure is stored before its captures are taken: a local function captures itself.
    fn closure(&mut self, pc: usize, word: Word, state: &mut State<BLOCKS>) -> Check {
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
fn results<const BLOCKS: usize>(first: u16, count: u16) -> RegSet<BLOCKS> {
    RegSet::range(first, first + count.saturating_sub(1))
}
