//! One guest instruction in full generality, from its 5.1 word: the meaning that every engine
//! form falls back to. Fast forms live in `hot`; what they cannot do comes here.

use super::access::{Got, Put};
use super::build::price_of_captures;
use super::code::Code;
use super::cpu::{Cpu, SLOT};
use super::frame::Return;
use super::grow::Growing;
use super::stubs;
use crate::data::closure;
use crate::error::Raise;
use crate::heap::{self, barrier};
use crate::meta::{self, Event};
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Proto, Table, frame};
use crate::value::Value;
use bvm_isa::{Op, Word};

/// How an instruction left the program counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// On itself: go on at the next slot.
    Next,
    /// Where the program goes on.
    Set,
}

impl Cpu<'_, '_> {
    /// Executes the guest instruction at `ip`.
    pub(crate) fn step(&mut self) -> Result<(), Raise> {
        let word = self.word();
        if !takes_open_list(word) {
            let end = self.frame_end();
            self.set_top_at(end);
        }
        self.given = self.mem.get(AT, root::GIVEN);
        self.is_checkpoint = self.mem.load::<u8>(self.ip) == Code::Rest as u8;
        match self.dispatch(word)? {
            Flow::Set => Ok(()),
            Flow::Next => {
                self.advance();
                match heap::due(self.mem) && self.is_safepoint(word) {
                    true => self.collect_behind(),
                    false => Ok(()),
                }
            }
        }
    }

    /// Lets the collector work behind an instruction.
    pub(super) fn collect_behind(&mut self) -> Result<(), Raise> {
        let end = self.registers_end();
        self.set_top_at(end);
        self.collect_due();
        match self.finalizer_is_due() {
            true => self.start_finalizer(),
            false => Ok(()),
        }
    }

    /// Whether a collection may follow an instruction. It depends on what the instruction is and has
    /// allocated, never on whether hot code could have executed it: what is alive then is to be seen at the memory limit.
    fn is_safepoint(&self, w: Word) -> bool {
        let makes = matches!(w.op(), Some(Op::NewTable | Op::Concat | Op::Closure));
        let allocated = self.given != self.mem.get(AT, root::GIVEN);
        (makes || allocated || self.mem.get(AT, root::GC_STRESS) != 0) && !makes_open_list(w)
    }

    fn dispatch(&mut self, w: Word) -> Result<Flow, Raise> {
        match w.op() {
            Some(Op::Move) => self.put(w, self.reg(w.b() as u8)),
            Some(Op::LoadK) => self.put(w, self.konst(w.bx())),
            Some(Op::LoadBool) => self.load_bool(w),
            Some(Op::LoadNil) => self.load_nil(w),
            Some(Op::GetUpval) => self.get_upval(w),
            Some(Op::SetUpval) => self.set_upval(w),
            Some(Op::GetGlobal) => self.get_global(w),
            Some(Op::SetGlobal) => self.set_global(w),
            Some(Op::GetTable) => {
                let (object, key) = (self.reg(w.b() as u8), self.rk(w.c()));
                self.read(w, object, key, Some(w.b() as u8))
            }
            Some(Op::SetTable) => {
                let (object, key, value) = (self.reg(w.a()), self.rk(w.b()), self.rk(w.c()));
                // Hot code marks both, whatever it finds then, and the collector must not know which of them has run.
                barrier::shade(self.mem, key);
                barrier::shade(self.mem, value);
                self.write(object, key, value, Some(w.a()))
            }
            Some(Op::SelfOp) => self.self_op(w),
            Some(Op::NewTable) => self.make_table(w),
            Some(Op::Add) => self.arith(w, Event::Add),
            Some(Op::Sub) => self.arith(w, Event::Sub),
            Some(Op::Mul) => self.arith(w, Event::Mul),
            Some(Op::Div) => self.arith(w, Event::Div),
            Some(Op::Mod) => self.arith(w, Event::Mod),
            Some(Op::Pow) => self.arith(w, Event::Pow),
            Some(Op::Unm) => self.negate(w),
            Some(Op::Not) => self.put(w, Value::boolean(self.reg(w.b() as u8).is_falsy())),
            Some(Op::Len) => self.length(w),
            Some(Op::Concat) => self.concat(w),
            Some(Op::Jmp) => Ok(self.jump_or_test(w)),
            Some(Op::Eq | Op::Lt | Op::Le) => self.compare(w),
            Some(Op::Test) => Ok(self.branch(self.reg(w.a()).is_falsy() == (w.c() == 0))),
            Some(Op::TestSet) => Ok(self.test_set(w)),
            Some(Op::Call) => self.call(w),
            Some(Op::TailCall) => self.tail(w),
            Some(Op::Return) => Ok(self.leave(w)),
            Some(Op::ForLoop) => Ok(self.for_loop(w)),
            Some(Op::ForPrep) => self.for_prep(w),
            Some(Op::TForLoop) => self.t_for_loop(w),
            Some(Op::SetList) => self.set_list(w),
            Some(Op::Close) => {
                let slot = self.base.wrapping_add(u32::from(w.a()) * 8);
                closure::close(self.mem, slot);
                Ok(Flow::Next)
            }
            Some(Op::Closure) => self.make_closure(w),
            Some(Op::Vararg) => self.vararg(w),
            // The verifier lets no such word through; a damaged image may hold one.
            None => Err(self.runtime_error("invalid instruction")),
        }
    }

    pub(super) fn put(&mut self, w: Word, v: Value) -> Result<Flow, Raise> {
        self.set_reg(w.a(), v);
        Ok(Flow::Next)
    }

    fn load_bool(&mut self, w: Word) -> Result<Flow, Raise> {
        self.set_reg(w.a(), Value::boolean(w.b() != 0));
        if w.c() == 0 {
            return Ok(Flow::Next);
        }
        self.skip_next();
        Ok(Flow::Set)
    }

    /// Goes on after the next instruction, which is not executed and costs nothing.
    pub(super) fn skip_next(&mut self) {
        self.advance();
        let ip = self.ip;
        self.goto(ip + SLOT);
    }

    fn load_nil(&mut self, w: Word) -> Result<Flow, Raise> {
        for i in u16::from(w.a())..=w.b() {
            self.set_reg(i as u8, Value::NIL);
        }
        Ok(Flow::Next)
    }

    fn get_upval(&mut self, w: Word) -> Result<Flow, Raise> {
        let upval = closure::upval(self.mem, self.closure(), w.b() as u8);
        let place = self.mem.get(upval.0, crate::objects::Upval::AT);
        self.put(w, Value(self.mem.load(place)))
    }

    fn set_upval(&mut self, w: Word) -> Result<Flow, Raise> {
        let upval = closure::upval(self.mem, self.closure(), w.b() as u8);
        let place = self.mem.get(upval.0, crate::objects::Upval::AT);
        let value = self.reg(w.a());
        heap::barrier::store(self.mem, place, value);
        Ok(Flow::Next)
    }

    fn env(&self) -> Value {
        Table(self.mem.get(self.closure().0, Closure::ENV)).into()
    }

    fn get_global(&mut self, w: Word) -> Result<Flow, Raise> {
        let (env, key) = (self.env(), self.konst(w.bx()));
        self.read(w, env, key, None)
    }

    fn set_global(&mut self, w: Word) -> Result<Flow, Raise> {
        let (env, key, value) = (self.env(), self.konst(w.bx()), self.reg(w.a()));
        barrier::shade(self.mem, value);
        self.write(env, key, value, None)
    }

    fn self_op(&mut self, w: Word) -> Result<Flow, Raise> {
        let (object, key) = (self.reg(w.b() as u8), self.rk(w.c()));
        match self.index(object, key)? {
            Got::Value(v) => {
                self.set_reg(w.a().wrapping_add(1), object);
                self.put(w, v)
            }
            Got::Call(handler, from) => {
                self.set_reg(w.a(), object);
                self.set_reg(w.a().wrapping_add(1), object);
                // What comes behind the call takes the object from its register.
                let both = self.base.wrapping_add((u32::from(w.a()) + 2) * 8);
                let at = self.registers_end().max(both);
                self.call_metamethod_at(at, handler, &[from, key], stubs::META)
            }
            Got::Not(v) => Err(self.type_error("index", v, same(v, object, w.b() as u8))),
        }
    }

    fn read(&mut self, w: Word, object: Value, key: Value, reg: Option<u8>) -> Result<Flow, Raise> {
        match self.index(object, key)? {
            Got::Value(v) => self.put(w, v),
            Got::Call(handler, from) => self.call_metamethod(handler, &[from, key], stubs::META),
            Got::Not(v) => {
                let reg = reg.filter(|_| v == object);
                Err(self.type_error("index", v, reg))
            }
        }
    }

    fn write(
        &mut self,
        object: Value,
        key: Value,
        value: Value,
        reg: Option<u8>,
    ) -> Result<Flow, Raise> {
        match self.set_index_growing(object, key, value, Growing::InPortions)? {
            Put::Done => Ok(Flow::Next),
            Put::Call(handler, into) => {
                self.call_metamethod(handler, &[into, key, value], stubs::META)
            }
            Put::Not(v) => {
                let reg = reg.filter(|_| v == object);
                Err(self.type_error("index", v, reg))
            }
        }
    }

    /// A relative jump: the displacement counts from the next instruction.
    pub(super) fn jump(&mut self, sbx: i32) -> Flow {
        self.advance();
        let to = self.ip.wrapping_add_signed(sbx.wrapping_mul(SLOT as i32));
        self.goto(to);
        Flow::Set
    }

    /// A test that holds goes on to the jump behind it, else over that. A back-edge that belongs to the test
    /// is taken at once, because it takes its price for granted.
    pub(super) fn branch(&mut self, holds: bool) -> Flow {
        if !holds {
            self.skip_next();
            return Flow::Set;
        }
        let behind = self
            .mem
            .get(self.ip.wrapping_add(SLOT), super::code::field::CODE);
        if behind != super::code::Code::JumpBackPaid as u8 {
            return Flow::Next;
        }
        self.advance();
        self.is_checkpoint = true;
        self.jump(self.word().sbx())
    }

    fn test_set(&mut self, w: Word) -> Flow {
        let v = self.reg(w.b() as u8);
        let holds = v.is_falsy() == (w.c() == 0);
        if holds {
            self.set_reg(w.a(), v);
        }
        self.branch(holds)
    }

    /// Calls a metamethod above the registers that are alive; `stub` finishes this instruction afterwards.
    pub(super) fn call_metamethod(
        &mut self,
        handler: Value,
        args: &[Value],
        stub: u32,
    ) -> Result<Flow, Raise> {
        let at = self.registers_end();
        self.call_metamethod_at(at, handler, args, stub)
    }

    fn call_metamethod_at(
        &mut self,
        at: u32,
        handler: Value,
        args: &[Value],
        stub: u32,
    ) -> Result<Flow, Raise> {
        let at = self.ensure_stack(at, at + 8 * (args.len() as u32 + 1))?;
        self.mem.store(at, handler.0);
        for (i, arg) in args.iter().enumerate() {
            self.mem.store(at + 8 + 8 * i as u32, arg.0);
        }
        let back = Return {
            ip: stub,
            wanted: 2,
            flags: frame::FLAG_META,
            note: self.ip,
            outer: 0,
        };
        self.call_value(at, args.len() as u32, back)?;
        Ok(Flow::Set)
    }

    fn call(&mut self, w: Word) -> Result<Flow, Raise> {
        let at = self.base.wrapping_add(u32::from(w.a()) * 8);
        let nargs = self.args_of(w, at);
        let back = Return {
            ip: self.ip + SLOT,
            wanted: w.c(),
            flags: 0,
            note: 0,
            outer: 0,
        };
        let ip = self.ip;
        self.call_value(at, nargs, back)?;
        debug_assert_ne!(ip, self.ip);
        self.take_fuel(1);
        Ok(Flow::Set)
    }

    fn args_of(&self, w: Word, at: u32) -> u32 {
        match u32::from(w.b()) {
            0 => (self.top().wrapping_sub(at) / 8).saturating_sub(1),
            b => b - 1,
        }
    }

    fn tail(&mut self, w: Word) -> Result<Flow, Raise> {
        let at = self.base.wrapping_add(u32::from(w.a()) * 8);
        let nargs = self.args_of(w, at);
        let callee = Value(self.mem.load(at));
        let callee = match closure::function_of(self.mem, callee) {
            None => meta::handler(self.mem, callee, Event::Call),
            Some(_) => callee,
        };
        if let Some(closure::Function::Native(_)) = closure::function_of(self.mem, callee) {
            // A native replaces nobody, so that its errors name the line and the name it was called by;
            // the return that follows hands on what it returns.
            let back = Return {
                ip: self.ip + SLOT,
                wanted: 0,
                flags: 0,
                note: 0,
                outer: 0,
            };
            self.call_value(at, nargs, back)?;
        } else {
            self.tail_call(at, nargs)?;
        }
        self.take_fuel(1);
        Ok(Flow::Set)
    }

    fn leave(&mut self, w: Word) -> Flow {
        closure::close(self.mem, self.base);
        let first = self.base.wrapping_add(u32::from(w.a()) * 8);
        let count = match u32::from(w.b()) {
            0 => self.top().wrapping_sub(first) / 8,
            b => b - 1,
        };
        self.advance();
        self.return_values(first, count);
        Flow::Set
    }

    fn for_loop(&mut self, w: Word) -> Flow {
        let a = w.a();
        let step = number_bits(self.reg(a.wrapping_add(2)));
        let index = number_bits(self.reg(a)) + step;
        let limit = number_bits(self.reg(a.wrapping_add(1)));
        let goes_on = if step > 0.0 {
            index <= limit
        } else {
            limit <= index
        };
        if !goes_on {
            return Flow::Next;
        }
        self.set_reg(a, Value::number(index));
        self.set_reg(a.wrapping_add(3), Value::number(index));
        self.is_checkpoint = true;
        let flow = self.jump(w.sbx());
        self.go_on_marking();
        flow
    }

    /// While the collector marks and has more to do, the back-edge of a loop is a safepoint: otherwise one that allocates
    /// nothing would go on with a barrier at all its stores. Hot code leaves such an edge to this.
    fn go_on_marking(&mut self) {
        if self.mem.get(AT, root::PHASE) == heap::phase::MARK && heap::due(self.mem) {
            let end = self.registers_end();
            self.set_top_at(end);
            self.collect_due();
        }
    }

    fn for_prep(&mut self, w: Word) -> Result<Flow, Raise> {
        let a = w.a();
        let mut numbers = [0.0; 3];
        for (i, what) in ["initial value", "limit", "step"].iter().enumerate() {
            let v = self.reg(a.wrapping_add(i as u8));
            match self.operand_number(v) {
                Some(n) => numbers[i] = n,
                None => return Err(self.runtime_error(&format!("'for' {what} must be a number"))),
            }
        }
        self.set_reg(a, Value::number(numbers[0] - numbers[2]));
        self.set_reg(a.wrapping_add(1), Value::number(numbers[1]));
        self.set_reg(a.wrapping_add(2), Value::number(numbers[2]));
        Ok(self.jump(w.sbx()))
    }

    /// The iterator is called by this instruction; the stub `META` goes on in `t_for_test`.
    fn t_for_loop(&mut self, w: Word) -> Result<Flow, Raise> {
        let from = self.base.wrapping_add(u32::from(w.a()) * 8);
        let at = self.ensure_stack(from + 24, from + 48)?;
        self.mem.copy(at - 24, at, 24);
        let back = Return {
            ip: stubs::META,
            wanted: w.c() + 1,
            flags: frame::FLAG_META,
            note: self.ip,
            outer: 0,
        };
        self.set_top_at(at + 24);
        self.call_value(at, 2, back)?;
        // The call is paid here, as hot code does it; going on behind it is free.
        self.take_fuel(1);
        Ok(Flow::Set)
    }

    /// The jump behind a generic `for` holds the loop's test when hot code called the iterator: the
    /// machine may stop between the two, and goes on here. After cold code the test holds again.
    fn jump_or_test(&mut self, w: Word) -> Flow {
        if self.mem.get(self.ip, super::code::field::CODE) == super::code::Code::ForTest as u8 {
            let a = self.mem.get(self.ip, super::code::field::A);
            let first = self.reg(a.wrapping_add(3));
            if first.is_nil() {
                self.goto(self.ip + SLOT);
                return Flow::Set;
            }
            self.set_reg(a.wrapping_add(2), first);
            self.is_checkpoint = true;
        }
        self.is_checkpoint |= w.sbx() < 0;
        self.jump(w.sbx())
    }

    pub(super) fn t_for_test(&mut self, w: Word) -> Flow {
        let first = self.reg(w.a().wrapping_add(3));
        let goes_on = !first.is_nil();
        if goes_on {
            self.set_reg(w.a().wrapping_add(2), first);
        }
        let behind = if goes_on { SLOT } else { 2 * SLOT };
        self.goto(self.ip + behind);
        Flow::Set
    }

    fn make_closure(&mut self, w: Word) -> Result<Flow, Raise> {
        let parent = self.closure();
        let protos = self.mem.get(self.proto().0, Proto::PROTOS);
        let proto = Proto(self.mem.load(protos.wrapping_add(w.bx().wrapping_mul(4))));
        let env = Table(self.mem.get(parent.0, Closure::ENV));
        let made = closure::new_lua(self.mem, proto, env)?;
        let count = self.mem.get(made.0, Closure::UPVALS);
        let (pc, mut passed) = (self.pc(), 0);
        for i in 0..count {
            let capture = self.word_at(pc + 1 + u32::from(i));
            let upval = match capture.op() {
                Some(Op::GetUpval) => closure::upval(self.mem, parent, capture.b() as u8),
                _ => {
                    let slot = self.base.wrapping_add(u32::from(capture.b()) * 8);
                    closure::find_open(self.mem, slot, &mut passed)?
                }
            };
            closure::set_upval(self.mem, made, i, upval);
        }
        self.set_reg(w.a(), made.into());
        self.advance();
        let ip = self.ip;
        self.goto(ip + SLOT * u32::from(count));
        self.take_fuel(u64::from(price_of_captures(count.into(), passed)));
        if heap::due(self.mem) {
            let end = self.registers_end();
            self.set_top_at(end);
            self.collect_due();
        }
        Ok(Flow::Set)
    }

    fn vararg(&mut self, w: Word) -> Result<Flow, Raise> {
        let given = self.mem.get(self.fp(), frame::EXTRA);
        let params = u32::from(self.mem.get(self.proto().0, Proto::PARAMS));
        let count = given.saturating_sub(params);
        let wanted = match u32::from(w.b()) {
            0 => count,
            b => b - 1,
        };
        let to = self.base.wrapping_add(u32::from(w.a()) * 8);
        let to = self.ensure_stack(to, to + wanted * 8)?;
        let from = self.base.wrapping_sub(8 + count * 8);
        let moved = count.min(wanted);
        self.mem.copy(from, to, moved * 8);
        self.mem
            .bytes_mut(to + moved * 8, (wanted - moved) * 8)
            .fill(0xff);
        self.take_fuel(u64::from(wanted / 8));
        if w.b() == 0 {
            self.set_top_at(to + wanted * 8);
        }
        Ok(Flow::Next)
    }
}

/// The register's name counts only when the failing value is what the register holds.
fn same(v: Value, object: Value, reg: u8) -> Option<u8> {
    if v == object { Some(reg) } else { None }
}

fn number_bits(v: Value) -> f64 {
    f64::from_bits(v.0)
}

pub(crate) fn takes_open_list(w: Word) -> bool {
    w.b() == 0
        && matches!(
            w.op(),
            Some(Op::Call | Op::TailCall | Op::Return | Op::SetList)
        )
}

fn makes_open_list(w: Word) -> bool {
    w.b() == 0 && w.op() == Some(Op::Vararg)
}
