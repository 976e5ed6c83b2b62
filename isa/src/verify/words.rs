//! One linear pass over the words of a function: rules I1 to I16, F4 and the end of F8.
//!
//! What the operand kinds of the table say is checked here, by code made from the table; what they
//! cannot say has a function in [`super::hand`].

use super::bits::BitSet;
use super::{CONSUMERS, Check, Facts, Steps, hand, refuse_at};
use crate::lua51::{Kind, Op};
use crate::proto::{Const, Proto};
use crate::word::{RK_CONST, Word};

/// Runs the pass; the facts it returns lack what [`super::flow`] and the inner functions add.
/// Tells besides whether there are numeric loops.
pub(super) fn check(proto: &Proto, pace: &Steps<'_>) -> Check<(Facts, bool)> {
    let words = proto.code.len();
    let mut checker = Checker {
        proto,
        pc: 0,
        extra_words: 0,
        starts: BitSet::new(words),
        targets: BitSet::new(words),
        consumers: Vec::new(),
        captures_locals: false,
        has_loops: false,
    };
    checker.run(pace)?;
    pace.put_away(checker.consumers);
    let facts = Facts {
        starts: checker.starts,
        jump_targets: checker.targets,
        captures_locals: checker.captures_locals,
        ..Facts::default()
    };
    Ok((facts, checker.has_loops))
}

/// Where the pass stands and what it has gathered.
pub(super) struct Checker<'a> {
    pub(super) proto: &'a Proto,
    /// The word under inspection.
    pub(super) pc: usize,
    /// How many words after it belong to it and are no instructions.
    pub(super) extra_words: usize,
    pub(super) captures_locals: bool,
    has_loops: bool,
    starts: BitSet,
    targets: BitSet,
    /// Instructions that use the open results of the one before.
    consumers: Vec<usize>,
}

impl Checker<'_> {
    fn run(&mut self, pace: &Steps<'_>) -> Check {
        let mut last = None;
        while let Some(&word) = self.proto.code.get(self.pc) {
            pace.reach(self.pc)?;
            self.starts.insert(self.pc);
            let Some(op) = word.op() else {
                return self.refuse("I1", format!("opcode {}", word.0 & 63));
            };
            self.extra_words = 0;
            self.has_loops |= matches!(op, Op::ForPrep | Op::ForLoop);
            self.word(op, word)?;
            last = Some((op, self.pc));
            self.pc += 1 + self.extra_words;
        }
        if let Some((op, pc)) = last
            && !matches!(op, Op::Return | Op::Jmp)
        {
            return refuse_at("F8", pc, "control falls off the end");
        }
        if let Some(pc) = self.targets.first_missing_in(&self.starts) {
            return refuse_at("I16", pc, "jump into the middle of an instruction");
        }
        for (number, &pc) in self.consumers.iter().enumerate() {
            pace.reach(self.pc + number / CONSUMERS)?;
            if self.targets.contains(pc) {
                return refuse_at("F4", pc, "jump between open results and their use");
            }
        }
        Ok(())
    }

    pub(super) fn refuse<T>(&self, rule: &'static str, message: impl Into<String>) -> Check<T> {
        refuse_at(rule, self.pc, message)
    }

    /// The word `distance` after the one under inspection.
    pub(super) fn word_after(&self, distance: usize) -> Option<Word> {
        self.proto.code.get(self.pc + distance).copied()
    }

    /// Rule I3 for one register.
    pub(super) fn register(&self, register: i64) -> Check {
        if register < i64::from(self.proto.max_stack) {
            return Ok(());
        }
        self.refuse("I3", format!("register {register} out of range"))
    }

    /// The register window `first .. first + count`; `rule` forbids it to leave the frame.
    pub(super) fn window(&self, rule: &'static str, first: u8, count: u16) -> Check {
        let end = u32::from(first) + u32::from(count);
        if end <= u32::from(self.proto.max_stack) {
            return Ok(());
        }
        self.refuse(rule, format!("register {} out of range", end - 1))
    }

    /// Rule I3 for a constant.
    fn constant(&self, index: i64) -> Check<&Const> {
        let found = usize::try_from(index)
            .ok()
            .and_then(|i| self.proto.consts.get(i));
        match found {
            Some(constant) => Ok(constant),
            None => self.refuse("I3", format!("constant {index} out of range")),
        }
    }

    /// Rule I16 for a target; whether it is an instruction shows at the end of the pass.
    fn target(&mut self, pc: i64) -> Check {
        match usize::try_from(pc) {
            Ok(target) if target < self.proto.code.len() => {
                self.targets.insert(target);
                Ok(())
            }
            _ => self.refuse("I16", "jump out of the code"),
        }
    }

    /// Control may go over the next word.
    pub(super) fn skip(&mut self) -> Check {
        self.target(self.pc as i64 + 2)
    }

    /// Rule I9: the next word is a jump, and control may go over it.
    pub(super) fn test(&mut self) -> Check {
        match self.word_after(1).and_then(Word::op) {
            Some(Op::Jmp) => self.skip(),
            _ => self.refuse("I9", "test without a jump"),
        }
    }

    /// What one operand kind demands.
    #[inline(always)]
    fn operand(&mut self, kind: Kind, value: i64) -> Check {
        match kind {
            Kind::Dst | Kind::Reg | Kind::Base => self.register(value),
            Kind::RegK if value >= i64::from(RK_CONST) => {
                self.constant(value - i64::from(RK_CONST)).map(drop)
            }
            Kind::RegK => self.register(value),
            Kind::Kst => self.constant(value).map(drop),
            Kind::KStr => match self.constant(value)? {
                Const::Str(_) => Ok(()),
                _ => self.refuse("I3", format!("constant {value} is no string")),
            },
            Kind::Flag if value > 1 => self.refuse(self.flag_rule(), format!("flag is {value}")),
            Kind::Fb if value > 255 => self.refuse("I7", format!("size hint is {value}")),
            Kind::Up if value >= i64::from(self.proto.upvalue_count) => {
                self.refuse("I6", format!("upvalue {value} out of range"))
            }
            Kind::Jump => self.target(self.pc as i64 + 1 + value),
            Kind::Pro if value >= self.proto.protos.len() as i64 => {
                self.refuse("I15", format!("inner function {value} out of range"))
            }
            Kind::Zero | Kind::Shown if value != 0 => {
                self.refuse("I2", format!("unused field is {value}"))
            }
            Kind::Flag | Kind::Num | Kind::Fb | Kind::Up | Kind::Pro => Ok(()),
            Kind::Count | Kind::Zero | Kind::Shown => Ok(()),
        }
    }

    fn flag_rule(&self) -> &'static str {
        match self.word_after(0).and_then(Word::op) {
            Some(Op::LoadBool) => "I4",
            _ => "I9",
        }
    }

    /// Rule F4, first half: open results are used by the very next word.
    pub(super) fn producer(&self) -> Check {
        match self.word_after(1) {
            Some(next) if is_consumer(next) => Ok(()),
            _ => self.refuse("F4", "open results are not used at once"),
        }
    }

    /// Rule F4, second half: this word uses the open results of the word before, which start at or
    /// after register `first`.
    pub(super) fn consumer(&mut self, first: u16) -> Check {
        let before = self.pc.wrapping_sub(1);
        let producer = match self.proto.code.get(before) {
            Some(&word) if self.starts.contains(before) => open_results(word),
            _ => None,
        };
        match producer {
            Some(base) if u16::from(base) >= first => {
                self.consumers.push(self.pc);
                Ok(())
            }
            Some(_) => self.refuse("F4", "open results start below their use"),
            None => self.refuse("F4", "no open results to use"),
        }
    }
}

/// The first register of the open results that an instruction leaves.
pub(super) fn open_results(word: Word) -> Option<u8> {
    let open = match word.op()? {
        Op::Call => word.c() == 0,
        Op::Vararg => word.b() == 0,
        Op::TailCall => true,
        _ => false,
    };
    open.then(|| word.a())
}

/// How many words follow an instruction that belong to it and are no instructions.
pub(super) fn extra_words(proto: &Proto, op: Op, word: Word) -> usize {
    match op {
        Op::SetList => usize::from(word.c() == 0),
        Op::Closure => match proto.protos.get(word.bx() as usize) {
            Some(inner) => usize::from(inner.upvalue_count),
            None => 0,
        },
        _ => 0,
    }
}

/// Whether an instruction uses the open results of the one before.
fn is_consumer(word: Word) -> bool {
    let takes = matches!(
        word.op(),
        Some(Op::Call | Op::TailCall | Op::Return | Op::SetList)
    );
    takes && word.b() == 0
}

macro_rules! flow_check {
    ($self:ident $word:ident next $listing:ident) => {
        Ok(())
    };
    ($self:ident $word:ident jump $listing:ident) => {
        Ok(())
    };
    ($self:ident $word:ident test $listing:ident) => {
        $self.test()
    };
    ($self:ident $word:ident skip $listing:ident) => {
        if $word.c() == 0 { Ok(()) } else { $self.skip() }
    };
    ($self:ident $word:ident last $listing:ident) => {
        hand::$listing($self, $word)
    };
    ($self:ident $word:ident hand $listing:ident) => {
        hand::$listing($self, $word)
    };
}

macro_rules! word_check {
    ($($(#[$doc:meta])* $number:literal $listing:ident = $variant:ident ($($field:ident : $kind:ident),*) $flow:ident;)*) => {
        impl Checker<'_> {
            /// Checks one word against its row of the table.
            fn word(&mut self, op: Op, word: Word) -> Check {
                match op {
                    $(Op::$variant => {
                        $(self.operand(Kind::$kind, i64::from(word.$field()))?;)*
                        flow_check!(self word $flow $listing)
                    })*
                }
            }
        }
    };
}
crate::for_each_lua_op!(word_check);
