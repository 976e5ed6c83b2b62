//! Jumps whose targets are not known yet, as lists threaded through the jump instructions.

use bvm_isa::{Op, Word};

use super::{Emit, Fault, Gen};
use crate::limits;

/// Displacement that ends a list: a jump to itself, which no program has.
const END: i32 = -1;
const NONE: u32 = u32::MAX;

/// Jumps that are walked along in one piece, and in the time of a step.
const WALKED: usize = 64;
const FOR_A_STEP: usize = 4;

/// Jumps that will get the same target. The tail is known, so joining lists takes no walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JumpList {
    head: u32,
    tail: u32,
}

impl JumpList {
    pub const EMPTY: JumpList = JumpList {
        head: NONE,
        tail: NONE,
    };

    pub fn one(pc: u32) -> JumpList {
        JumpList { head: pc, tail: pc }
    }

    pub fn is_empty(self) -> bool {
        self.head == NONE
    }

    /// The jump that was made last.
    pub fn head(self) -> u32 {
        self.head
    }
}

/// A walk along a list of jumps. The one that it has come to may be changed before it goes on.
struct Jumps {
    next: Option<u32>,
    count: usize,
}

impl Jumps {
    fn next(&mut self, g: &Gen<'_>) -> Emit<Option<u32>> {
        let Some(pc) = self.next else {
            return Ok(None);
        };
        self.count += 1;
        if self.count.is_multiple_of(WALKED) {
            g.step_aside(WALKED / FOR_A_STEP)?;
        }
        self.next = g.next_in_list(pc);
        Ok(Some(pc))
    }
}

/// Tests are followed by the jump that they control.
pub fn is_test(word: Word) -> bool {
    matches!(
        word.op(),
        Some(Op::Eq | Op::Lt | Op::Le | Op::Test | Op::TestSet | Op::TForLoop)
    )
}

impl Gen<'_> {
    /// The next place becomes a jump target.
    pub(super) fn label(&mut self) -> u32 {
        let pc = self.f.pc();
        self.f.last_target = Some(pc);
        pc
    }

    /// A jump; jumps that waited for this place go where it will go.
    pub(super) fn jump(&mut self) -> Emit<JumpList> {
        let waiting = std::mem::replace(&mut self.f.waiting, JumpList::EMPTY);
        let pc = self.code(Word::asbx(Op::Jmp, 0, END))?;
        self.concat(JumpList::one(pc), waiting)
    }

    /// A test and its jump.
    pub(super) fn test_jump(&mut self, op: Op, a: u32, b: u32, c: u32) -> Emit<JumpList> {
        self.abc(op, a, b, c)?;
        self.jump()
    }

    /// One list of two.
    pub(super) fn concat(&mut self, first: JumpList, second: JumpList) -> Emit<JumpList> {
        if first.is_empty() {
            return Ok(second);
        }
        if second.is_empty() {
            return Ok(first);
        }
        self.set_target(first.tail, second.head)?;
        Ok(JumpList {
            head: first.head,
            tail: second.tail,
        })
    }

    fn set_target(&mut self, pc: u32, target: u32) -> Emit {
        let distance = i64::from(target) - i64::from(pc) - 1;
        if distance.abs() > limits::JUMP {
            return Err(Fault::Near("control structure too long").into());
        }
        let word = self.f.word(pc).with_sbx(distance as i32);
        self.f.set_word(pc, word);
        Ok(())
    }

    fn next_in_list(&self, pc: u32) -> Option<u32> {
        match self.f.word(pc).sbx() {
            END => None,
            distance => (pc + 1).checked_add_signed(distance),
        }
    }

    /// Where the instruction is that decides about a jump: the test before it, or itself.
    pub(super) fn control_of(&self, pc: u32) -> u32 {
        match pc.checked_sub(1) {
            Some(before) if is_test(self.f.word(before)) => before,
            _ => pc,
        }
    }

    /// Does some jump of the list bring no value?
    pub(super) fn needs_value(&self, list: JumpList) -> Emit<bool> {
        let mut walk = self.jumps_of(list);
        while let Some(pc) = walk.next(self)? {
            if self.f.word(self.control_of(pc)).op() != Some(Op::TestSet) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A walk along a list.
    fn jumps_of(&self, list: JumpList) -> Jumps {
        Jumps {
            next: (!list.is_empty()).then_some(list.head),
            count: 0,
        }
    }

    /// Makes the test of a jump deliver its value in `register`, or nowhere. False: it has none.
    fn aim_test(&mut self, pc: u32, register: Option<u32>) -> bool {
        let control = self.control_of(pc);
        let word = self.f.word(control);
        if word.op() != Some(Op::TestSet) {
            return false;
        }
        let patched = match register {
            Some(register) if register != u32::from(word.b()) => word.with_a(register as u8),
            _ => Word::abc(Op::Test, word.b() as u8, 0, word.c()),
        };
        self.f.set_word(control, patched);
        true
    }

    /// No jump of the list delivers a value any more.
    pub(super) fn drop_values(&mut self, list: JumpList) -> Emit {
        let mut walk = self.jumps_of(list);
        while let Some(pc) = walk.next(self)? {
            self.aim_test(pc, None);
        }
        Ok(())
    }

    /// Jumps with a value put it into `register` and go to `with_value`, others go to `without`.
    pub(super) fn patch_values(
        &mut self,
        list: JumpList,
        with_value: u32,
        register: Option<u32>,
        without: u32,
    ) -> Emit {
        let mut walk = self.jumps_of(list);
        while let Some(pc) = walk.next(self)? {
            let target = match self.aim_test(pc, register) {
                true => with_value,
                false => without,
            };
            self.set_target(pc, target)?;
        }
        Ok(())
    }

    /// Called before each instruction: the waiting jumps go to it.
    pub(super) fn land_waiting(&mut self) -> Emit {
        if self.f.waiting.is_empty() {
            return Ok(());
        }
        let pc = self.f.pc();
        let waiting = std::mem::replace(&mut self.f.waiting, JumpList::EMPTY);
        self.patch_values(waiting, pc, None, pc)
    }

    /// All jumps of the list go to `target`, which is not behind the last instruction.
    pub(super) fn patch(&mut self, list: JumpList, target: u32) -> Emit {
        if target == self.f.pc() {
            return self.patch_here(list);
        }
        self.patch_values(list, target, None, target)
    }

    /// All jumps of the list go to the next instruction.
    pub(super) fn patch_here(&mut self, list: JumpList) -> Emit {
        self.label();
        self.f.waiting = self.concat(self.f.waiting, list)?;
        Ok(())
    }
}
