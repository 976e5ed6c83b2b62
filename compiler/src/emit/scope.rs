//! Names: which variable a name means, and from where to where variables live.

use bvm_isa::{LocalVar, Op};

use super::descriptor::{Desc, Kind};
use super::func::{BlockScope, Capture, Func, Upvalue};
use super::jump::JumpList;
use super::{Emit, Fault, Gen};
use crate::limits;
use crate::pool::Sym;
use crate::room::{Sparse, make_room};

/// A declared local variable of the current function or one around it.
#[derive(Clone, Copy, Debug)]
struct Variable {
    name: Sym,
    /// How many functions are around its own.
    depth: usize,
    /// Number among the active variables of its function, which is its register.
    register: u32,
    /// Place of the variable of the same name that it hides, plus one; 0 if there is none.
    hides: usize,
    /// Place of its debug record in the prototype.
    record: usize,
}

/// Declared variables, innermost last, and for each name the place of the visible one, plus one.
#[derive(Debug)]
pub struct Scope {
    variables: Vec<Variable>,
    visible: Sparse<usize>,
}

impl Scope {
    /// No variables; `names` is the number of symbols.
    pub fn new(names: usize) -> Scope {
        Scope {
            variables: Vec::new(),
            visible: Sparse::new(names),
        }
    }

    /// How many variables are declared.
    pub fn declared(&self) -> usize {
        self.variables.len()
    }

    fn lookup(&self, name: Sym) -> Option<(usize, Variable)> {
        let place = self.visible.get(name.0)?.checked_sub(1)?;
        Some((place, *self.variables.get(place)?))
    }

    /// Makes the variable visible that is at a place, plus one, or none.
    fn set_visible(&mut self, name: Sym, place: usize) {
        if let Some(visible) = self.visible.place(name.0) {
            *visible = place;
        }
    }
}

impl Gen<'_> {
    /// Declares a variable, which stays invisible until it is activated.
    pub(super) fn declare(&mut self, name: Sym) -> Emit {
        let number = self.scope.declared().saturating_sub(self.f.first_local);
        if number as u32 >= limits::LOCALS {
            return Err(self.limit_fault(&self.f, limits::LOCALS, "local variables"));
        }
        let record = self.f.proto.locals.len();
        if record >= limits::REGISTERED_LOCALS {
            return Err(Fault::Bare("too many local variables").into());
        }
        self.scope.variables.push(Variable {
            name,
            depth: self.outer.len(),
            register: number as u32,
            hides: 0,
            record,
        });
        let name = self.bytes(name);
        let (start, end) = (0, 0);
        let tokens = self.lines.len();
        make_room(&mut self.f.proto.locals, || {
            limits::REGISTERED_LOCALS.min(tokens)
        });
        self.f.proto.locals.push(LocalVar { name, start, end });
        Ok(())
    }

    pub(super) fn limit_fault(&self, f: &Func, limit: u32, what: &'static str) -> Box<Fault> {
        Box::new(Fault::Limit {
            line_defined: f.proto.line_defined,
            limit,
            what,
        })
    }

    /// Makes the next `count` declared variables visible from here on.
    pub(super) fn activate(&mut self, count: u32) {
        let pc = self.f.pc();
        for _ in 0..count {
            let place = self.f.first_local + self.f.active as usize;
            self.f.active += 1;
            let Some(variable) = self.scope.variables.get_mut(place) else {
                return;
            };
            let name = variable.name;
            let visible = self.scope.visible.get(name.0);
            variable.hides = visible.copied().unwrap_or(0);
            if let Some(record) = self.f.proto.locals.get_mut(variable.record) {
                record.start = pc;
            }
            self.scope.set_visible(name, place + 1);
        }
    }

    /// The name of a variable of this function, by its register.
    pub(super) fn local_name(&self, register: u32) -> Sym {
        let place = self.f.first_local + register as usize;
        let variable = self.scope.variables.get(place);
        variable.map_or(Sym::default(), |variable| variable.name)
    }

    /// Ends the life of all variables but the first `keep` of the function.
    pub(super) fn remove_locals(&mut self, keep: u32) {
        let pc = self.f.pc();
        let keep_places = self.f.first_local + keep as usize;
        while self.scope.variables.len() > keep_places {
            let Some(variable) = self.scope.variables.pop() else {
                break;
            };
            if let Some(record) = self.f.proto.locals.get_mut(variable.record) {
                record.end = pc;
            }
            self.scope.set_visible(variable.name, variable.hides);
        }
        self.f.active = keep;
    }

    /// The variable declared last counts as living from here on.
    pub(super) fn restart_last_local(&mut self) {
        let pc = self.f.pc();
        if let Some(variable) = self.scope.variables.last()
            && let Some(record) = self.f.proto.locals.get_mut(variable.record)
        {
            record.start = pc;
        }
    }

    /// What a name means here.
    pub(super) fn variable(&mut self, name: Sym) -> Emit<Desc> {
        let Some((place, variable)) = self.scope.lookup(name) else {
            return Ok(Desc::new(Kind::Global(self.string(name)?)));
        };
        if variable.depth == self.outer.len() {
            return Ok(Desc::new(Kind::Local(variable.register)));
        }
        let index = self.capture(place, variable)?;
        Ok(Desc::new(Kind::Upvalue(index)))
    }

    /// Index of the upvalue for a variable of a function around; functions between get it too.
    fn capture(&mut self, place: usize, variable: Variable) -> Emit<u32> {
        let known = |f: &Func| f.upvalues.iter().position(|u| u.variable == place);
        if let Some(index) = known(&self.f) {
            return Ok(index as u32);
        }
        let mut first = variable.depth + 1;
        let mut capture = Capture::Register(variable.register);
        for depth in (first..self.outer.len()).rev() {
            if let Some(index) = self.outer.get(depth).and_then(|f| known(f)) {
                capture = Capture::Upvalue(index as u32);
                first = depth + 1;
                break;
            }
        }
        if let Capture::Register(register) = capture
            && let Some(owner) = self.outer.get_mut(variable.depth)
        {
            mark_captured(owner, register);
        }
        for depth in first..=self.outer.len() {
            let f = self.outer.get(depth).unwrap_or(&self.f);
            if f.upvalues.len() >= limits::UPVALUES {
                return Err(self.limit_fault(f, limits::UPVALUES as u32, "upvalues"));
            }
            let f = self.outer.get_mut(depth).unwrap_or(&mut self.f);
            f.upvalues.push(Upvalue {
                variable: place,
                name: variable.name,
                capture,
            });
            capture = Capture::Upvalue(f.upvalues.len() as u32 - 1);
        }
        match capture {
            Capture::Upvalue(index) | Capture::Register(index) => Ok(index),
        }
    }

    pub(super) fn enter_block(&mut self, is_loop: bool) {
        let active = self.f.active;
        self.f.blocks.push(BlockScope {
            breaks: JumpList::EMPTY,
            active,
            captured: false,
            is_loop,
        });
    }

    pub(super) fn leave_block(&mut self) -> Emit {
        let Some(block) = self.f.blocks.pop() else {
            return Ok(());
        };
        self.remove_locals(block.active);
        if block.captured {
            self.abc(Op::Close, block.active, 0, 0)?;
        }
        self.f.free = self.f.active;
        self.patch_here(block.breaks)
    }
}

/// The block that holds the variable in a register has to close it.
fn mark_captured(owner: &mut Func, register: u32) {
    let mut blocks = owner.blocks.iter_mut().rev();
    if let Some(block) = blocks.find(|block| block.active <= register) {
        block.captured = true;
    }
}
