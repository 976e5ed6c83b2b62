//! Numeric `for` loops: rule F5.
//!
//! FORLOOP trusts that three registers hold the numbers that its FORPREP left there. A loop is the
//! words after FORPREP up to FORLOOP. It is enough that no jump enters it from outside, that loops
//! nest, and that no word of the body writes or captures the three registers.

use super::words::extra_words;
use super::{Check, Facts, Steps, bits, refuse_at};
use crate::lua51::{Flow, Kind, Op};
use crate::proto::Proto;
use crate::word::Word;

/// Checks all loops of a function whose words have been checked. They are gone through twice, in the time of one pass.
pub(super) fn check(proto: &Proto, facts: &Facts, pace: &Steps<'_>) -> Check {
    let words = proto.code.len();
    let mut bodies = Bodies {
        proto,
        spans: Vec::new(),
        innermost: Vec::with_capacity(words),
        open: Vec::new(),
        control: RegSet::EMPTY,
        control_end: 0,
    };
    for (pc, op, word) in instructions(proto, facts) {
        pace.reach(pc / 2)?;
        bodies.visit(pc, op, word)?;
    }
    for (pc, op, word) in instructions(proto, facts) {
        pace.reach((words + pc) / 2)?;
        if let Some(target) = jump_target(pc, op, word) {
            bodies.jump(pc, target, op == Op::ForPrep)?;
        }
    }
    pace.put_away(bodies.innermost);
    pace.put_away(bodies.spans);
    Ok(())
}

/// The instructions of a function with their places.
fn instructions(proto: &Proto, facts: &Facts) -> impl Iterator<Item = (usize, Op, Word)> {
    let words = proto.code.iter().enumerate();
    words.filter_map(|(pc, &word)| {
        let op = word.op().filter(|_| facts.is_start(pc))?;
        Some((pc, op, word))
    })
}

/// Registers of any function.
type RegSet = bits::RegSet<4>;

/// Marks a word outside all loops.
const NO_BODY: u32 = u32::MAX;

/// The loops seen so far.
struct Bodies<'a> {
    proto: &'a Proto,
    /// First word and FORLOOP of each loop.
    spans: Vec<(usize, usize)>,
    /// The innermost loop around each word, up to the last one that has been visited.
    innermost: Vec<u32>,
    /// The loops around the present word, each with the control registers outside it.
    open: Vec<(u32, RegSet)>,
    /// The control registers of all loops around the present word.
    control: RegSet,
    /// One more than the highest of them.
    control_end: u16,
}

impl Bodies<'_> {
    /// The last word of the innermost open loop.
    fn end(&self) -> Option<usize> {
        let (body, _) = self.open.last()?;
        Some(self.spans.get(*body as usize)?.1)
    }

    fn visit(&mut self, pc: usize, op: Op, word: Word) -> Check {
        let innermost = self.open.last().map_or(NO_BODY, |(body, _)| *body);
        self.innermost.resize(pc, NO_BODY);
        self.innermost.push(innermost);
        if op == Op::ForLoop {
            if self.end() != Some(pc) {
                return refuse_at("F5", pc, "FORLOOP without a FORPREP before it");
            }
            if let Some((_, outside)) = self.open.pop() {
                self.set_control(outside);
            }
        }
        if self.disturbs(pc, op, word) {
            return refuse_at("F5", pc, "loop control register is written or captured");
        }
        if op == Op::ForPrep {
            self.enter(pc, word)?;
        }
        Ok(())
    }

    /// Opens the loop of the FORPREP at `pc`.
    fn enter(&mut self, pc: usize, word: Word) -> Check {
        let end = pc + 1 + usize::try_from(word.sbx()).unwrap_or(0);
        if self.end().is_some_and(|outer| end >= outer) {
            return refuse_at("F5", pc, "loops overlap");
        }
        self.open.push((self.spans.len() as u32, self.control));
        self.spans.push((pc + 1, end));
        let first = u16::from(word.a());
        self.set_control(self.control.or(RegSet::range(first, first + 3)));
        Ok(())
    }

    fn set_control(&mut self, control: RegSet) {
        self.control = control;
        self.control_end = control.end();
    }

    /// Whether an instruction writes or captures a control register of a loop around it.
    fn disturbs(&self, pc: usize, op: Op, word: Word) -> bool {
        if self.open.is_empty() {
            return false;
        }
        // Nearly all bodies write above the control registers.
        let writes = |(first, end)| {
            first < self.control_end && self.control.and(RegSet::range(first, end)) != RegSet::EMPTY
        };
        writes(written(op, word))
            || op == Op::Concat && writes((word.b(), word.c() + 1))
            || op == Op::Closure && self.captures(pc, word)
    }

    /// Whether the closure made at `pc` captures a control register.
    fn captures(&self, pc: usize, word: Word) -> bool {
        let count = extra_words(self.proto, Op::Closure, word);
        let captures = self.proto.code.iter().skip(pc + 1).take(count);
        captures
            .filter(|capture| capture.op() == Some(Op::Move))
            .any(|capture| self.control.contains(capture.b() as u8))
    }

    /// A jump may enter a loop only from within, apart from the loop's own FORPREP.
    fn jump(&self, pc: usize, target: usize, is_prep: bool) -> Check {
        let body = self.innermost.get(target).copied().unwrap_or(NO_BODY);
        let Some(&(start, end)) = self.spans.get(body as usize) else {
            return Ok(());
        };
        let inside = (start..=end).contains(&pc);
        let own_entry = is_prep && target == end && pc + 1 == start;
        if inside || own_entry {
            return Ok(());
        }
        refuse_at("F5", pc, "jump into a loop")
    }
}

/// Where an instruction jumps or skips to, if it can.
pub(super) fn jump_target(pc: usize, op: Op, word: Word) -> Option<usize> {
    let skips = match op.flow() {
        Flow::Test => true,
        Flow::Skip => word.c() != 0,
        _ => op == Op::TForLoop,
    };
    if skips {
        return Some(pc + 2);
    }
    let jumps = matches!(op, Op::Jmp | Op::ForPrep | Op::ForLoop);
    jumps.then(|| (pc + 1).wrapping_add_signed(word.sbx() as isize))
}

/// The registers that an instruction may change: the first, and one more than the last.
fn written(op: Op, word: Word) -> (u16, u16) {
    const ALL: u16 = 256;
    let a = u16::from(word.a());
    match op {
        Op::LoadNil => (a, word.b() + 1),
        Op::SelfOp => (a, a + 2),
        Op::Vararg if word.b() != 0 => (a, a + word.b() - 1),
        Op::Call | Op::TailCall | Op::Vararg => (a, ALL),
        Op::TForLoop => (a + 2, ALL),
        Op::ForPrep | Op::ForLoop => (a, a + 4),
        _ if WRITES_A[op as usize] => (a, a + 1),
        _ => (a, a),
    }
}

/// For each opcode whether its operand A is a register that it writes.
const WRITES_A: [bool; Op::ALL.len()] = {
    let mut writes = [false; Op::ALL.len()];
    let mut number = 0;
    while number < writes.len() {
        let fields = Op::ALL[number].fields();
        let mut field = 0;
        while field < fields.len() {
            writes[number] |= matches!(fields[field].1, Kind::Dst);
            field += 1;
        }
        number += 1;
    }
    writes
};
