//! Where a long function looks at its fuel although it neither jumps back nor calls or returns there: so that no way forward has
//! many more than [`MOST`] units without such a look. Must not refuse anything.

use super::loops::jump_target;
use super::{Check, Facts, Steps, bits::BitSet};
use crate::lua51::{Flow, Op};
use crate::proto::Proto;
use crate::word::Word;
use std::collections::BTreeMap;

/// Units of fuel on a way forward after which there is a rest: instructions, and jumps that are passed over.
pub(super) const MOST: u32 = 900;

/// After so many a rest comes rather before a place where a loop may begin than within that.
const BEFORE_LOOPS: u32 = MOST / 2;

/// The rests of a function whose words have been checked.
pub(super) fn find(proto: &Proto, facts: &Facts, pace: &Steps<'_>) -> Check<BitSet> {
    let count = proto.code.len();
    if count <= MOST as usize {
        return Ok(BitSet::default());
    }
    let mut ways = Ways {
        rests: BitSet::new(count),
        ahead: BTreeMap::new(),
        falls: Some(0),
        before: None,
    };
    for (pc, &word) in proto.code.iter().enumerate() {
        pace.reach(pc)?;
        if let Some(op) = word.op().filter(|_| facts.is_start(pc)) {
            ways.pass(pc, op, word, facts.is_jump_target(pc));
        }
    }
    Ok(ways.rests)
}

/// The ways forward to the present word.
struct Ways {
    rests: BitSet,
    /// Words further on that are jumped to, and after how many units without a look.
    ahead: BTreeMap<usize, u32>,
    /// After how many the present word follows the one before it; `None` when it does not.
    falls: Option<u32>,
    /// The instruction before, and what it is.
    before: Option<(usize, Op)>,
}

impl Ways {
    fn pass(&mut self, pc: usize, op: Op, word: Word, is_target: bool) {
        let mut jumped = None;
        while let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() <= pc) {
            jumped = jumped.max(Some(entry.remove()));
        }
        if is_target
            && self.falls > Some(BEFORE_LOOPS)
            && jumped <= Some(BEFORE_LOOPS)
            && let Some((
                before,
                Op::Move | Op::LoadK | Op::SetGlobal | Op::SetTable | Op::SetUpval,
            )) = self.before
        {
            self.rests.insert(before);
            self.falls = Some(0);
        }
        let mut count = self.falls.max(jumped).unwrap_or(0);
        if count >= MOST && self.may_rest(op, word) {
            self.rests.insert(pc);
            count = 0;
        }
        let target = jump_target(pc, op, word).filter(|target| *target > pc + 1);
        if let Some(target) = target {
            let most = self.ahead.entry(target).or_default();
            let passed = u32::from(target == pc + 2 && op != Op::Jmp);
            *most = (*most).max(count + 1 + passed);
        }
        let goes_on = !matches!(op.flow(), Flow::Last) && !matches!(op, Op::Jmp | Op::ForPrep);
        // A jump to the next word is none.
        let goes_on = goes_on || target.is_none() && matches!(op, Op::Jmp) && word.sbx() == 0;
        self.falls = goes_on.then_some(count + 1);
        self.before = Some((pc, op));
    }

    /// Whether code that is at this instruction is never passed over: a jump behind a test is done with that, and jumps back look
    /// by themselves.
    fn may_rest(&self, op: Op, word: Word) -> bool {
        let is_behind_test = matches!(
            self.before,
            Some((
                _,
                Op::Eq | Op::Lt | Op::Le | Op::Test | Op::TestSet | Op::TForLoop
            ))
        );
        op != Op::Jmp || word.sbx() >= 0 && !is_behind_test
    }
}
