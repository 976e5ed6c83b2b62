//! Numeric `for` loops: rule F5.
//!
//! FORLOOP trusts that three registers hold the numbers that its FORPREP left there. A loop is the
//! words after FORPREP up to FORLOOP. It is enough that no jump enters it from outside, that loops
//! nest, and that no word of the body writes or captures the three registers.

use super::bits::RegSet;
use super::words::extra_words;
use super::{Check, Facts, refuse_at};
use crate::lua51::{Flow, Kind, Op};
use crate::proto::Proto;
use crate::word::Word;

/// Checks all loops of a function whose words have been checked.
pub(super) fn check(proto: &Proto, facts: &Facts) -> Check {
    let looping = |word: &Word| matches!(word.op(), Some(Op::ForPrep | Op::ForLoop));
    if !proto.code.iter().any(looping) {
        return Ok(());
    }
    let mut bodies = Bodies {
        proto,
        spans: Vec::new(),
        innermost: vec![NO_BODY; proto.code.len()],
        open: Vec::new(),
        control: RegSet::default(),
    };
    for (pc, op, word) in instructions(proto, facts) {
        bodies.visit(pc, op, word)?;
    }
    instructions(proto, facts).try_for_each(|(pc, op, word)| bodies.jump(pc, op, word))
}

/// The instructions of a function with their places.
fn instructions(proto: &Proto, facts: &Facts) -> impl Iterator<Item = (usize, Op, Word)> {
    let words = proto.code.iter().enumerate();
    words.filter_map(|(pc, &word)| {
        let op = word.op().filter(|_| facts.is_start(pc))?;
        Some((pc, op, word))
    })
}

/// Marks a word outside all loops.
const NO_BODY: u32 = u32::MAX;

/// The loops seen so far.
struct Bodies<'a> {
    proto: &'a Proto,
    /// First word and FORLOOP of each loop.
    spans: Vec<(usize, usize)>,
    /// The innermost loop around each word.
    innermost: Vec<u32>,
    /// The loops around the present word, each with the control registers outside it.
    open: Vec<(u32, RegSet)>,
    /// The control registers of all loops around the present word.
    control: RegSet,
}

impl Bodies<'_> {
    /// The last word of the innermost open loop.
    fn end(&self) -> Option<usize> {
        let (body, _) = self.open.last()?;
        Some(self.spans.get(*body as usize)?.1)
    }

    fn visit(&mut self, pc: usize, op: Op, word: Word) -> Check {
        if let (Some(slot), Some((body, _))) = (self.innermost.get_mut(pc), self.open.last()) {
            *slot = *body;
        }
        if op == Op::ForLoop {
            if self.end() != Some(pc) {
                return refuse_at("F5", pc, "FORLOOP without a FORPREP before it");
            }
            if let Some((_, outside)) = self.open.pop() {
                self.control = outside;
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
        self.control = self.control.or(RegSet::range(first, first + 3));
        Ok(())
    }

    /// Whether an instruction writes or captures a control register of a loop around it.
    fn disturbs(&self, pc: usize, op: Op, word: Word) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let captures = self.proto.code.iter().skip(pc + 1);
        let captured = captures
            .take(if op == Op::Closure {
                extra_words(self.proto, op, word)
            } else {
                0
            })
            .any(|capture| {
                capture.op() == Some(Op::Move) && self.control.contains(capture.b() as u8)
            });
        captured || self.control.and(written(op, word)) != RegSet::default()
    }

    /// A jump may enter a loop only from within, apart from the loop's own FORPREP.
    fn jump(&self, pc: usize, op: Op, word: Word) -> Check {
        let Some(target) = jump_target(pc, op, word) else {
            return Ok(());
        };
        let body = self.innermost.get(target).copied().unwrap_or(NO_BODY);
        let Some(&(start, end)) = self.spans.get(body as usize) else {
            return Ok(());
        };
        let inside = (start..=end).contains(&pc);
        let own_entry = op == Op::ForPrep && target == end && pc + 1 == start;
        if inside || own_entry {
            return Ok(());
        }
        refuse_at("F5", pc, "jump into a loop")
    }
}

/// Where an instruction jumps or skips to, if it can.
fn jump_target(pc: usize, op: Op, word: Word) -> Option<usize> {
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

/// Every register that an instruction may change.
fn written(op: Op, word: Word) -> RegSet {
    let a = u16::from(word.a());
    match op {
        Op::LoadNil => RegSet::range(a, word.b() + 1),
        Op::SelfOp => RegSet::range(a, a + 2),
        Op::Vararg if word.b() != 0 => RegSet::range(a, a + word.b() - 1),
        Op::Call | Op::TailCall | Op::Vararg => RegSet::from(a),
        Op::TForLoop => RegSet::from(a + 2),
        Op::ForPrep | Op::ForLoop => RegSet::range(a, a + 4),
        _ if op.fields().iter().any(|(_, kind)| *kind == Kind::Dst) => RegSet::range(a, a + 1),
        _ => RegSet::default(),
    }
}
