//! One function under construction: its words, lines and block scopes. No expressions.

use bvm_isa::{Op, Proto, Word};
use smallvec::SmallVec;

use super::consts::{ConstIndex, Key, RESTORED};
use super::jump::JumpList;
use super::{Emit, Gen};
use crate::pool::Sym;
use crate::room::{LONG, Tables, make_room};

/// Where a closure finds an upvalue when it is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capture {
    /// Register of the enclosing function.
    Register(u32),
    /// Upvalue of the enclosing function.
    Upvalue(u32),
}

/// An upvalue of the function: the variable it is, by its place among active ones, and its source.
#[derive(Clone, Copy, Debug)]
pub struct Upvalue {
    pub variable: usize,
    pub name: Sym,
    pub capture: Capture,
}

/// A block that is open.
#[derive(Clone, Copy, Debug)]
pub struct BlockScope {
    /// Jumps of `break`.
    pub breaks: JumpList,
    /// Local variables that were active before.
    pub active: u32,
    /// An inner function uses a variable of this block.
    pub captured: bool,
    pub is_loop: bool,
}

/// The function being built.
#[derive(Debug)]
pub struct Func {
    pub proto: Proto,
    /// First free register.
    pub free: u32,
    /// Active local variables; each one lives in the register of its number.
    pub active: u32,
    /// Where its variables begin in the list of all declared ones.
    pub first_local: usize,
    /// Jumps to the next instruction.
    pub waiting: JumpList,
    /// The last place known to be a jump target; instructions must not be merged across it.
    pub last_target: Option<u32>,
    pub blocks: SmallVec<[BlockScope; 8]>,
    pub upvalues: SmallVec<[Upvalue; 8]>,
    pub consts: ConstIndex,
    /// How many places of strings were hidden when it began.
    pub first_hidden: usize,
}

/// Words that there is room for at once.
const FEW_WORDS: usize = 32;

/// Tokens of a source that is long. Its main function may be, too; then there is room for all of its words
/// at once, so that none are moved.
const MANY_TOKENS: usize = 4096;

/// Words that a token comes to at most in a long function, but for few.
const WORDS: usize = 2;
/// Tokens of a function, at least.
const TOKENS: usize = 4;

/// Places of strings that are put back in the time of a step.
const RESTORED_FOR_A_STEP: usize = 4;

/// Moves a list out. What stays is its buffer, unless the list is long.
#[expect(clippy::drain_collect, reason = "the buffer is to stay")]
fn take_list<T>(list: &mut Vec<T>) -> Vec<T> {
    match list.len() {
        LONG.. => std::mem::take(list),
        _ => list.drain(..).collect(),
    }
}

impl Default for Func {
    fn default() -> Func {
        Func {
            proto: Proto {
                max_stack: 2,
                code: Vec::with_capacity(FEW_WORDS),
                lines: Vec::with_capacity(FEW_WORDS),
                ..Proto::default()
            },
            free: 0,
            active: 0,
            first_local: 0,
            waiting: JumpList::EMPTY,
            last_target: None,
            blocks: SmallVec::new(),
            upvalues: SmallVec::new(),
            consts: ConstIndex::default(),
            first_hidden: 0,
        }
    }
}

impl Func {
    /// Makes room for the main function of a source with so many tokens.
    pub fn make_room(&mut self, tokens: usize) {
        if tokens >= MANY_TOKENS {
            // Without this room they are moved as often as they double.
            let _ = self.proto.code.try_reserve_exact(WORDS * tokens);
            let _ = self.proto.lines.try_reserve_exact(WORDS * tokens);
        }
    }

    /// Moves the prototype out; what stays is an empty function with large buffers.
    fn take_proto(&mut self) -> (Proto, Tables<(Key, u32)>) {
        let mine = &mut self.proto;
        let proto = Proto {
            source: None,
            line_defined: mine.line_defined,
            last_line_defined: mine.last_line_defined,
            upvalue_count: mine.upvalue_count,
            param_count: mine.param_count,
            vararg: mine.vararg,
            max_stack: mine.max_stack,
            code: take_list(&mut mine.code),
            consts: take_list(&mut mine.consts),
            protos: take_list(&mut mine.protos),
            lines: take_list(&mut mine.lines),
            locals: take_list(&mut mine.locals),
            upvalue_names: std::mem::take(&mut mine.upvalue_names),
        };
        mine.max_stack = 2;
        mine.vararg = 0;
        mine.param_count = 0;
        self.free = 0;
        self.waiting = JumpList::EMPTY;
        self.last_target = None;
        self.blocks.clear();
        (proto, self.consts.clear())
    }

    /// Place of the next instruction.
    pub fn pc(&self) -> u32 {
        self.proto.code.len() as u32
    }

    pub fn word(&self, pc: u32) -> Word {
        let word = self.proto.code.get(pc as usize);
        word.copied().unwrap_or_default()
    }

    pub fn set_word(&mut self, pc: u32, word: Word) {
        if let Some(place) = self.proto.code.get_mut(pc as usize) {
            *place = word;
        }
    }

    /// Gives the last instruction another line.
    pub fn fix_line(&mut self, line: u32) {
        if let Some(last) = self.proto.lines.last_mut() {
            *last = line;
        }
    }

    /// Takes the last instruction back.
    pub fn undo(&mut self) {
        self.proto.code.pop();
        self.proto.lines.pop();
    }
}

impl Gen<'_> {
    /// Appends an instruction; jumps waiting for this place arrive here.
    pub(super) fn code(&mut self, word: Word) -> Emit<u32> {
        self.land_waiting()?;
        let pc = self.f.pc();
        let tokens = self.lines.len();
        make_room(&mut self.f.proto.code, || WORDS * tokens);
        self.f.proto.code.push(word);
        make_room(&mut self.f.proto.lines, || WORDS * tokens);
        self.f.proto.lines.push(self.last_line);
        Ok(pc)
    }

    pub(super) fn abc(&mut self, op: Op, a: u32, b: u32, c: u32) -> Emit<u32> {
        self.code(Word::abc(op, a as u8, b as u16, c as u16))
    }

    pub(super) fn abx(&mut self, op: Op, a: u32, bx: u32) -> Emit<u32> {
        self.code(Word::abx(op, a as u8, bx))
    }

    /// `RETURN` of `count` values from `first`; `None` returns all up to the top.
    pub(super) fn return_values(&mut self, first: u32, count: Option<u32>) -> Emit {
        self.abc(Op::Return, first, count.map_or(0, |n| n + 1), 0)?;
        Ok(())
    }

    /// Starts a function inside the current one.
    pub(super) fn begin_function(&mut self, line_defined: u32) {
        let mut inner = self.spare.pop().unwrap_or_default();
        inner.proto.line_defined = line_defined;
        inner.first_local = self.scope.declared();
        inner.first_hidden = self.texts.hidden();
        self.outer.push(std::mem::replace(&mut self.f, inner));
    }

    /// Closes the current function and goes back to the one around it.
    pub(super) fn finish_function(&mut self) -> Emit<(Proto, SmallVec<[Upvalue; 8]>)> {
        self.remove_locals(0);
        self.return_values(0, Some(0))?;
        let upvalues = std::mem::take(&mut self.f.upvalues);
        self.f.proto.upvalue_count = upvalues.len() as u8;
        let names = upvalues.iter();
        self.f.proto.upvalue_names = names.map(|u| self.bytes(u.name)).collect();
        self.words += self.f.proto.code.len();
        let Some(outer) = self.outer.pop() else {
            // Nothing comes behind the main function, so its buffers need not stay, and no names have places.
            return Ok((std::mem::take(&mut self.f.proto), upvalues));
        };
        while !self.texts.restore_some(self.f.first_hidden) {
            self.step_aside(RESTORED / RESTORED_FOR_A_STEP)?;
        }
        let mut done = std::mem::replace(&mut self.f, outer);
        let (proto, consts) = done.take_proto();
        if consts.is_long() {
            self.stage.put_away(consts);
        }
        self.spare.push(done);
        Ok((proto, upvalues))
    }

    /// Adds a function that is done to the current one.
    pub(super) fn add_function(&mut self, proto: Proto) {
        let tokens = self.lines.len();
        let functions = &mut self.f.proto.protos;
        make_room(functions, || tokens / TOKENS);
        functions.push(proto);
    }
}
