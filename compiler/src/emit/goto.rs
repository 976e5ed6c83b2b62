//! `goto` and labels, which are additions to 5.1. No other jumps.
//!
//! A `goto` means the innermost label of its name in the blocks around it. Labels of a block are
//! known from its first word on, so it is known at once whether the jump goes forward or back and
//! which blocks it leaves. 5.1 has no jump that closes captured variables, so a `goto` that leaves
//! the scope of variables begins with a `CLOSE`, even when nothing captures them so far: code
//! behind it may, and a jump back may bring the program here again.

use bvm_isa::Op;

use super::jump::JumpList;
use super::{Emit, Fault, Gen};
use crate::ast;
use crate::pool::Sym;
use crate::room::{Sparse, make_room};

/// A label of an open block.
#[derive(Clone, Copy, Debug)]
struct Label {
    name: Sym,
    /// How many functions are around its own.
    depth: usize,
    /// How many scopes of its function are open around its block's statements.
    scopes: usize,
    /// Place of the visible label of the same name before, plus one.
    hides: usize,
    /// Its block is the body of a `repeat`.
    in_repeat: bool,
    state: State,
}

/// What is known of a label.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Further on: the jumps that wait for it.
    Ahead {
        jumps: JumpList,
        first: Option<Origin>,
    },
    /// Passed: its line, its place, and how many local variables were active there.
    Here { line: u32, pc: u32, active: u32 },
}

/// The first `goto` of a label that is further on.
#[derive(Clone, Copy, Debug)]
struct Origin {
    line: u32,
    /// How many local variables were active in the block of the label.
    active: u32,
}

/// The labels of open blocks, innermost last.
#[derive(Debug, Default)]
pub struct Labels {
    all: Vec<Label>,
    /// For each name the place of the innermost label, plus one; empty while there are no labels.
    visible: Sparse<usize>,
}

/// Labels that are opened or closed in the time of two steps.
const TWO_STEPS: usize = 4;

impl Labels {
    /// The place of the innermost label of a name, plus one.
    fn lookup(&self, name: Sym) -> usize {
        self.visible.get(name.0).copied().unwrap_or(0)
    }

    fn get(&self, place: usize) -> Option<Label> {
        self.all.get(place.checked_sub(1)?).copied()
    }

    fn set_state(&mut self, place: usize, state: State) {
        let label = place
            .checked_sub(1)
            .and_then(|place| self.all.get_mut(place));
        if let Some(label) = label {
            label.state = state;
        }
    }

    fn set_visible(&mut self, name: Sym, place: usize) {
        if let Some(visible) = self.visible.place(name.0) {
            *visible = place;
        }
    }
}

impl Gen<'_> {
    /// Makes the labels of a block known before its first statement.
    pub(super) fn open_labels(&mut self, names: &[Sym], in_repeat: bool) -> Emit {
        let (depth, scopes) = (self.outer.len(), self.f.blocks.len());
        let most = self.lines.len();
        if self.labels.visible.is_empty() && !names.is_empty() {
            self.labels.visible = Sparse::new(self.pool.len());
        }
        for (number, &name) in names.iter().enumerate() {
            if number % TWO_STEPS == TWO_STEPS - 1 {
                self.step_aside(2)?;
            }
            make_room(&mut self.labels.all, || most);
            let hides = self.labels.lookup(name);
            let hidden = self.labels.get(hides);
            let is_second =
                hidden.is_some_and(|other| (other.depth, other.scopes) == (depth, scopes));
            self.labels.all.push(Label {
                name,
                depth,
                scopes,
                hides,
                in_repeat,
                state: State::Ahead {
                    jumps: JumpList::EMPTY,
                    first: None,
                },
            });
            // The second of two in a block is found to be one when the walk comes to it.
            if !is_second {
                let place = self.labels.all.len();
                self.labels.set_visible(name, place);
            }
        }
        Ok(())
    }

    /// Forgets the labels of a block.
    pub(super) fn close_labels(&mut self, names: &[Sym]) -> Emit {
        for number in 0..names.len() {
            if number % TWO_STEPS == TWO_STEPS - 1 {
                self.step_aside(2)?;
            }
            if let Some(label) = self.labels.all.pop() {
                self.labels.set_visible(label.name, label.hides);
            }
        }
        Ok(())
    }

    /// Whether leaving all but `scopes` scopes leaves a label that jumps may go back to: then a
    /// variable may be captured though no code so far captures it.
    pub(super) fn leaves_labels(&self, scopes: usize) -> bool {
        let last = self.labels.all.last();
        last.is_some_and(|label| label.depth == self.outer.len() && label.scopes > scopes)
    }

    pub(super) fn goto_stat(&mut self, name: Sym) -> Emit {
        self.consume();
        let line = self.line();
        let place = self.labels.lookup(name);
        let label = self.labels.get(place);
        let Some(label) = label.filter(|label| label.depth == self.outer.len()) else {
            return self.undefined_label(name);
        };
        self.consume();
        match label.state {
            State::Here { pc, active, .. } => {
                self.close_from(active)?;
                let jump = self.jump()?;
                self.patch(jump, pc)
            }
            State::Ahead { jumps, first } => {
                let inner = self.f.blocks.get(label.scopes);
                let active = inner.map_or(self.f.active, |block| block.active);
                self.close_from(active)?;
                let jump = self.jump()?;
                let jumps = self.concat(jump, jumps)?;
                let first = first.or(Some(Origin { line, active }));
                self.labels.set_state(place, State::Ahead { jumps, first });
                Ok(())
            }
        }
    }

    /// A source that was cut behind an error may have had the label further on.
    fn undefined_label(&mut self, name: Sym) -> Emit {
        if self.is_cut {
            self.consume();
            return Ok(());
        }
        let words = format!("undefined label '{}'", self.pool.shown(name));
        Err(Fault::Words(words.into()).into())
    }

    /// Closes the variables from a register on, if a jump leaves the scope of some.
    fn close_from(&mut self, register: u32) -> Emit {
        if self.f.active > register {
            self.abc(Op::Close, register, 0, 0)?;
        }
        Ok(())
    }

    /// A label that no statement follows in its block counts as outside the scope of the block's
    /// variables, unless it is the block of a `repeat`, whose condition sees them.
    pub(super) fn label_stat(&mut self, label: ast::Label) -> Emit {
        let line = self.line();
        let place = self.labels.lookup(label.name);
        let known = self.labels.get(place);
        let jumps = match known.map(|known| (known.state, known.in_repeat)) {
            None => JumpList::EMPTY,
            Some((State::Here { line, .. }, _)) => return self.defined_twice(label.name, line),
            Some((State::Ahead { jumps, first }, in_repeat)) => {
                if let Some(origin) = first
                    && (in_repeat || !label.at_end)
                {
                    self.check_scope(label.name, origin)?;
                }
                jumps
            }
        };
        self.consume();
        let pc = self.label();
        let active = self.f.active;
        self.labels
            .set_state(place, State::Here { line, pc, active });
        self.patch_here(jumps)
    }

    fn defined_twice(&self, name: Sym, line: u32) -> Emit {
        let name = self.pool.shown(name);
        let words = format!("label '{name}' already defined on line {line}");
        Err(Fault::Words(words.into()).into())
    }

    /// A jump may not go to where more variables are active.
    fn check_scope(&self, name: Sym, origin: Origin) -> Emit {
        let Origin { line, active } = origin;
        if self.f.active <= active {
            return Ok(());
        }
        let (name, local) = (self.pool.shown(name), self.local_name(active));
        let local = self.pool.shown(local);
        let words = format!("<goto {name}> at line {line} jumps into the scope of local '{local}'");
        Err(Fault::Words(words.into()).into())
    }
}
