//! Which engine code stands for which guest word. What no row fits stays `Cold`, which is always right.

use crate::data::growth::PLACES_PER_UNIT;
use crate::exec::build::{FIELDS_PER_FLUSH, from_floating};
use crate::exec::code::{Code, slot};
use crate::exec::cpu::SLOT;
use crate::host::Mem;
use crate::objects::Str;
use crate::value::{TAG_STRING, Value, small_int};
use bvm_isa::proto::VARARG_ISVARARG;
use bvm_isa::verify::Facts;
use bvm_isa::{Op, Proto as Plain, Word};

/// What selection looks at besides the word.
pub(super) struct Source<'a> {
    /// The prototype.
    pub plain: &'a Plain,
    /// Offset of its constants in the cage.
    pub consts: u32,
    /// What the verifier found out about it.
    pub facts: &'a Facts,
    /// The code of headers that its calls may expect: calls of such a function never change rings, because
    /// this one runs in its own ring or an outer one.
    pub plain_header: Code,
}

impl Source<'_> {
    fn konst(&self, mem: &Mem<'_>, index: u32) -> Value {
        Value(mem.load(self.consts.wrapping_add(index.wrapping_mul(8))))
    }

    fn rk_const(&self, mem: &Mem<'_>, operand: u16) -> Option<Value> {
        if operand >= 256 {
            Some(self.konst(mem, u32::from(operand) - 256))
        } else {
            None
        }
    }

    /// Displacement in bytes of the jump behind the test at `pc`, when that is fused. A jump back stays where
    /// it is, and the test goes there, which then must be the only way.
    fn fused_jump(&self, pc: usize) -> Option<u32> {
        let jump = self.plain.code.get(pc + 1)?;
        match jump.op() {
            Some(Op::Jmp) if jump.sbx() >= 0 => Some(displacement(*jump)),
            Some(Op::Jmp) if !self.facts.is_jump_target(pc + 1) => Some(SLOT.wrapping_neg()),
            _ => None,
        }
    }

    /// Whether the word behind the one at `pc` is of this kind and has no constants, so that both may be done together.
    fn is_next(&self, pc: usize, op: Op) -> bool {
        let next = self.plain.code.get(pc + 1).copied();
        let next = next.filter(|_| !self.facts.is_rest(pc + 1));
        next.is_some_and(|w| {
            let is_register = |operand| operand < 256;
            w.op() == Some(op) && is_register(w.b()) && is_register(w.c())
        })
    }

    /// Whether the jump back at `pc` belongs to the test before it.
    fn is_fused(&self, pc: usize) -> bool {
        let Some(before) = pc.checked_sub(1).filter(|&p| self.facts.is_start(p)) else {
            return false;
        };
        let op = self.plain.code.get(before).and_then(|w| w.op());
        let is_test = matches!(op, Some(Op::Eq | Op::Lt | Op::Le | Op::Test | Op::TestSet));
        is_test && !self.facts.is_jump_target(pc)
    }
}

fn displacement(w: Word) -> u32 {
    w.sbx().wrapping_mul(8) as u32
}

const COLD: u64 = slot(Code::Cold, 0, 0, 0, 0);

/// The slot for the word at `pc`.
pub(super) fn select(mem: &Mem<'_>, s: &Source<'_>, pc: usize) -> u64 {
    let Some(&w) = s.plain.code.get(pc) else {
        return COLD;
    };
    let (a, b, c) = (w.a(), w.b(), w.c());
    let chosen = match w.op() {
        Some(Op::Move) => Some(slot(Code::Move, a, b as u8, 0, 0)),
        Some(Op::LoadK) => small(Code::LoadK, a, w.bx()),
        Some(Op::LoadBool) => {
            let code = if c == 0 {
                Code::LoadBool
            } else {
                Code::LoadBoolSkip
            };
            Some(slot(code, a, b as u8, 0, 0))
        }
        Some(Op::LoadNil) => load_nil(a, b),
        Some(Op::GetUpval) => Some(slot(Code::GetUpval, a, b as u8, 0, 0)),
        Some(Op::SetUpval) => Some(slot(Code::SetUpval, a, b as u8, 0, 0)),
        Some(Op::Not) => Some(slot(Code::Not, a, b as u8, 0, 0)),
        Some(Op::GetGlobal) => global(mem, s, Code::GetGlobal, w),
        Some(Op::SetGlobal) => global(mem, s, Code::SetGlobal, w),
        Some(Op::GetTable) => get_table(mem, s, w, pc),
        Some(Op::SetTable) => set_table(mem, s, w),
        Some(Op::SelfOp) => method(mem, s, w),
        Some(Op::NewTable) => new_table(a, b, c),
        Some(Op::SetList) => set_list(a, b, c),
        Some(Op::Concat) => Some(slot(Code::Concat, a, b as u8, c as u8, 0)),
        Some(Op::Closure) => Some(slot(Code::Closure, a, 0, 0, w.bx())),
        Some(Op::Close) => Some(slot(Code::Close, a, 0, 0, 0)),
        Some(Op::Len) => Some(slot(Code::Len, a, b as u8, 0, 0)),
        Some(Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod | Op::Pow) => arith(mem, s, w, pc),
        Some(Op::Unm) => Some(slot(Code::Unm, a, b as u8, 0, 0)),
        Some(Op::Jmp) => match iterator_before(s, pc) {
            Some(a) => Some(slot(Code::ForTest, a, 0, 0, displacement(w))),
            None => {
                let code = match (w.sbx() < 0, s.is_fused(pc)) {
                    (false, _) => Code::Jump,
                    (true, false) => Code::JumpBack,
                    (true, true) => Code::JumpBackPaid,
                };
                Some(slot(code, 0, 0, 0, displacement(w)))
            }
        },
        Some(Op::Eq) => equal(mem, s, w, pc),
        Some(Op::Lt | Op::Le) => order(mem, s, w, pc),
        Some(Op::Test) => {
            let code = if c == 0 {
                Code::JumpFalse
            } else {
                Code::JumpTrue
            };
            s.fused_jump(pc).map(|d| slot(code, a, 0, 0, d))
        }
        Some(Op::TestSet) => {
            let code = if c == 0 {
                Code::SetFalse
            } else {
                Code::SetTrue
            };
            s.fused_jump(pc).map(|d| slot(code, a, b as u8, 0, d))
        }
        Some(Op::ForLoop) => Some(slot(Code::ForLoop, a, 0, 0, displacement(w))),
        Some(Op::ForPrep) => Some(slot(Code::ForPrep, a, 0, 0, displacement(w))),
        Some(Op::Call) => call(s, w),
        Some(Op::TForLoop) if w.c() < 255 && is_iterator(s, pc) => {
            Some(slot(Code::ForIn, a, 0, c as u8, expected(s, 2)))
        }
        Some(Op::TailCall) if w.b() < 256 => {
            let code = match is_vararg(s) {
                false => Code::TailCall,
                true => Code::TailCallVararg,
            };
            Some(slot(code, a, b as u8, 0, 0))
        }
        Some(Op::Vararg) if b == 0 => Some(slot(Code::VarargOpen, a, 0, 0, 0)),
        Some(Op::Vararg) if b < 256 => Some(slot(Code::Vararg, a, b as u8, 0, 0)),
        Some(Op::Return) => leave(s, w),
        _ => None,
    };
    chosen.unwrap_or(COLD)
}

/// Most slots and nodes of a table that hot code lays out.
const MOST_PLACES: u32 = 32;

fn new_table(a: u8, b: u16, c: u16) -> Option<u64> {
    let (slots, nodes) = (from_floating(b), from_floating(c));
    if slots == 0 && nodes == 0 {
        return Some(slot(Code::NewTable, a, 0, 0, 0));
    }
    if slots > MOST_PLACES || nodes > MOST_PLACES {
        return None;
    }
    let count = match nodes {
        0 => 0,
        n => n.next_power_of_two(),
    };
    let price = (slots + nodes) / PLACES_PER_UNIT as u32;
    Some(slot(
        Code::NewTableSized,
        a,
        slots as u8,
        count as u8,
        price,
    ))
}

fn set_list(a: u8, b: u16, c: u16) -> Option<u64> {
    // A batch of zero has its number in the next word.
    let start = u32::from(c).checked_sub(1)? * FIELDS_PER_FLUSH;
    Some(slot(Code::SetList, a, b as u8, 0, start))
}

/// A code with a constant index that must fit its 16 bits.
fn small(code: Code, a: u8, index: u32) -> Option<u64> {
    u16::try_from(index)
        .ok()
        .map(|i| slot(code, a, 0, 0, u32::from(i)))
}

fn load_nil(a: u8, b: u16) -> Option<u64> {
    let code = match b.wrapping_sub(u16::from(a)) {
        0 => Code::LoadNil1,
        1 => Code::LoadNil2,
        2 => Code::LoadNil3,
        _ => return None,
    };
    Some(slot(code, a, 0, 0, 0))
}

fn hash_of(mem: &Mem<'_>, v: Value) -> Option<u32> {
    v.untag(TAG_STRING).map(|at| mem.get(at, Str::HASH))
}

fn global(mem: &Mem<'_>, s: &Source<'_>, code: Code, w: Word) -> Option<u64> {
    let index = u16::try_from(w.bx()).ok()?;
    let hash = hash_of(mem, s.konst(mem, w.bx()))?;
    let [low, high] = index.to_le_bytes();
    Some(slot(code, w.a(), low, high, hash))
}

/// The array index that a constant is.
fn array_index(v: Value) -> Option<u32> {
    let i = small_int(v.as_number()?)?;
    if i >= 1 { Some(i as u32) } else { None }
}

fn get_table(mem: &Mem<'_>, s: &Source<'_>, w: Word, pc: usize) -> Option<u64> {
    let (a, b, c) = (w.a(), w.b() as u8, w.c() as u8);
    let Some(key) = s.rk_const(mem, w.c()) else {
        let code = match s.is_next(pc, Op::GetTable) {
            true => Code::GetTables,
            false => Code::GetTable,
        };
        return Some(slot(code, a, b, c, 0));
    };
    if let Some(hash) = hash_of(mem, key) {
        return Some(slot(Code::GetField, a, b, c, hash));
    }
    array_index(key).map(|i| slot(Code::GetIndex, a, b, 0, i))
}

fn set_table(mem: &Mem<'_>, s: &Source<'_>, w: Word) -> Option<u64> {
    let (a, b, c) = (w.a(), w.b() as u8, w.c() as u8);
    let pick = |plain, konst| if w.c() >= 256 { konst } else { plain };
    let Some(key) = s.rk_const(mem, w.b()) else {
        return Some(slot(pick(Code::SetTable, Code::SetTableK), a, b, c, 0));
    };
    if let Some(hash) = hash_of(mem, key) {
        return Some(slot(pick(Code::SetField, Code::SetFieldK), a, b, c, hash));
    }
    let code = pick(Code::SetIndex, Code::SetIndexK);
    array_index(key).map(|i| slot(code, a, 0, c, i))
}

fn method(mem: &Mem<'_>, s: &Source<'_>, w: Word) -> Option<u64> {
    let hash = hash_of(mem, s.rk_const(mem, w.c())?)?;
    Some(slot(Code::Method, w.a(), w.b() as u8, w.c() as u8, hash))
}

fn arith(mem: &Mem<'_>, s: &Source<'_>, w: Word, pc: usize) -> Option<u64> {
    let (rr, rk, kr) = match w.op()? {
        Op::Add => (Code::AddRR, Code::AddRK, Some(Code::AddRK)),
        Op::Mul => (Code::MulRR, Code::MulRK, Some(Code::MulRK)),
        Op::Sub => (Code::SubRR, Code::SubRK, Some(Code::SubKR)),
        Op::Div => (Code::DivRR, Code::DivRK, Some(Code::DivKR)),
        Op::Mod => (Code::ModRR, Code::ModRK, None),
        _ => (Code::PowRR, Code::PowRK, None),
    };
    let (a, b, c) = (w.a(), w.b() as u8, w.c() as u8);
    match (s.rk_const(mem, w.b()), s.rk_const(mem, w.c())) {
        (None, None) if rr == Code::MulRR && s.is_next(pc, Op::Add) => {
            Some(slot(Code::MulAdd, a, b, c, 0))
        }
        (None, None) => Some(slot(rr, a, b, c, 0)),
        (None, Some(k)) if rk == Code::PowRK && k.as_number() == Some(2.0) => {
            Some(slot(Code::Square, a, b, 0, 0))
        }
        (None, Some(_)) => Some(slot(rk, a, b, c, 0)),
        // Sums and products commute, so the constant can stand on the right; metamethods want to know.
        (Some(_), None) if matches!(w.op(), Some(Op::Add | Op::Mul)) => Some(slot(rk, a, c, b, 1)),
        (Some(_), None) => kr.map(|kr| slot(kr, a, b, c, 0)),
        (Some(_), Some(_)) => None,
    }
}

fn equal(mem: &Mem<'_>, s: &Source<'_>, w: Word, pc: usize) -> Option<u64> {
    let d = s.fused_jump(pc)?;
    let yes = w.a() != 0;
    let pick = |eq, ne| if yes { eq } else { ne };
    let (b, c) = (w.b() as u8, w.c() as u8);
    let (reg, index, key) = match (s.rk_const(mem, w.b()), s.rk_const(mem, w.c())) {
        (None, None) => return Some(slot(pick(Code::JumpEq, Code::JumpNe), 0, b, c, d)),
        (None, Some(key)) => (b, c, key),
        (Some(key), None) => (c, b, key),
        (Some(_), Some(_)) => return None,
    };
    let code = match key.is_number() {
        true => pick(Code::JumpEqN, Code::JumpNeN),
        false => pick(Code::JumpEqP, Code::JumpNeP),
    };
    Some(slot(code, 0, reg, index, d))
}

fn order(mem: &Mem<'_>, s: &Source<'_>, w: Word, pc: usize) -> Option<u64> {
    let d = s.fused_jump(pc)?;
    let konst = (
        s.rk_const(mem, w.b()).is_some(),
        s.rk_const(mem, w.c()).is_some(),
    );
    let code = match (w.op()?, konst, w.a() != 0) {
        (Op::Lt, (false, false), true) => Code::JumpLt,
        (Op::Lt, (false, false), false) => Code::JumpNotLt,
        (Op::Lt, (false, true), true) => Code::JumpLtK,
        (Op::Lt, (false, true), false) => Code::JumpNotLtK,
        (Op::Lt, (true, false), true) => Code::JumpKLt,
        (Op::Lt, (true, false), false) => Code::JumpNotKLt,
        (_, (false, false), true) => Code::JumpLe,
        (_, (false, false), false) => Code::JumpNotLe,
        (_, (false, true), true) => Code::JumpLeK,
        (_, (false, true), false) => Code::JumpNotLeK,
        (_, (true, false), true) => Code::JumpKLe,
        (_, (true, false), false) => Code::JumpNotKLe,
        (_, (true, true), _) => return None,
    };
    Some(slot(code, 0, w.b() as u8, w.c() as u8, d))
}

fn call(s: &Source<'_>, w: Word) -> Option<u64> {
    if w.c() > 255 || w.b() > 255 {
        return None;
    }
    if w.b() == 0 {
        return Some(slot(Code::CallOpen, w.a(), 0, w.c() as u8, 0));
    }
    let header = expected(s, w.b() - 1);
    Some(slot(Code::Call, w.a(), w.b() as u8, w.c() as u8, header))
}

/// The first half of the header of a function that needs no preparation for `args` arguments.
fn expected(s: &Source<'_>, args: u16) -> u32 {
    u32::from(s.plain_header as u8) | u32::from(args) << 8
}

/// Whether the call of an iterator at `pc` can be tested in the jump behind it: nobody else may come there.
fn is_iterator(s: &Source<'_>, pc: usize) -> bool {
    s.fused_jump(pc).is_some() && !s.facts.is_jump_target(pc + 1)
}

/// The first register of the iterator call directly before `pc`, when that is tested here.
fn iterator_before(s: &Source<'_>, pc: usize) -> Option<u8> {
    let before = pc.checked_sub(1)?;
    let w = s.plain.code.get(before)?;
    let is_call = w.op() == Some(Op::TForLoop) && w.c() < 255;
    let tested = is_call && s.facts.is_start(before) && is_iterator(s, before);
    if tested { Some(w.a()) } else { None }
}

fn leave(s: &Source<'_>, w: Word) -> Option<u64> {
    if w.b() > 255 {
        return None;
    }
    if is_vararg(s) {
        return Some(slot(Code::ReturnManyVararg, w.a(), w.b() as u8, 0, 0));
    }
    let code = match (w.b(), s.facts.captures_locals) {
        (1, false) => Code::Return0,
        (1, true) => Code::Return0Close,
        (2, false) => Code::Return1,
        (2, true) => Code::Return1Close,
        _ => Code::ReturnMany,
    };
    Some(slot(code, w.a(), w.b() as u8, 0, 0))
}

fn is_vararg(s: &Source<'_>) -> bool {
    s.plain.vararg & VARARG_ISVARARG != 0
}
