//! From the tree to instructions, in one walk that follows the source token by token.
//!
//! `luac` emits code while it parses, with the line of the token read last. The walk keeps that
//! state by counting tokens: [`Gen::consume`] stands wherever the grammar has a token, so that
//! lines, and the token an error is near, are those of a one-pass compiler.
//! Everything here is one type, [`Gen`]; each file adds the part that its name tells.

mod assign;
mod call;
mod consts;
mod descriptor;
mod discharge;
mod func;
mod goto;
mod jump;
mod loops;
mod operator;
mod regs;
mod scope;
mod stat;
mod table;
mod value;

use bvm_isa::Proto;
use bvm_isa::pace::{Stage, Stopped};

use crate::ast::Block;
use crate::limits;
use crate::pool::Pool;
use crate::{Compiled, Mode};
use consts::Texts;
use func::Func;
use goto::Labels;
use scope::Scope;

/// Why the walk stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Position, words, and the token that has been reached.
    Near(&'static str),
    /// Position and words.
    At(&'static str),
    /// Position and words with names in them.
    Words(Box<str>),
    /// Words alone.
    Bare(&'static str),
    /// A function, known by its line (0 for the main function), has too many of something.
    Limit {
        /// Where the function begins.
        line_defined: u32,
        /// How many there may be.
        limit: u32,
        /// Of what.
        what: &'static str,
    },
}

/// Result of a step. The fault is boxed so that the usual result fits into registers.
type Emit<T = ()> = Result<T, Box<Fault>>;

/// Functions by pointer, because they move with every function that begins or ends.
type Functions = Vec<Box<Func>>;

/// The generator: the function being built, those around it, and the place in the source.
pub struct Gen<'a> {
    f: Box<Func>,
    outer: Functions,
    /// Finished functions, kept for their buffers.
    spare: Functions,
    scope: Scope,
    labels: Labels,
    texts: Texts,
    pool: &'a Pool<'a>,
    lines: &'a [u32],
    reached: usize,
    looked_ahead: bool,
    last_line: u32,
    level: u32,
    /// The source ends where an error was found, so labels may be missing.
    is_cut: bool,
    /// 0 and -0 are one constant.
    shares_zeros: bool,
    /// Its steps are tokens.
    stage: Stage<'a>,
    /// Words of the functions that are done.
    words: usize,
}

/// The steps of generating from so many tokens: those, and what there may be to do aside for lists of jumps, labels and strings.
pub fn steps(tokens: usize) -> usize {
    tokens * 2
}

/// A fault, the number of the token reached and the line reached.
pub type Failure = (Fault, usize, u32);

/// Generates the main function of a chunk; `is_cut` says that the source had more after it. What it comes to is told as
/// [`crate::compile_at`] does.
pub fn main_function(
    block: &Block<'_>,
    pool: &Pool<'_>,
    lines: &[u32],
    mode: Mode,
    is_cut: bool,
    stage: Stage<'_>,
    tell: &mut dyn FnMut(Result<Compiled, Failure>),
) {
    let mut generator = Gen {
        f: Box::default(),
        outer: Vec::new(),
        spare: Vec::new(),
        scope: Scope::new(pool.len()),
        labels: Labels::default(),
        texts: Texts::new(pool.len()),
        pool,
        lines,
        reached: 0,
        looked_ahead: false,
        last_line: 1,
        level: mode.levels,
        is_cut,
        shares_zeros: !mode.dialect.has_additions(),
        stage,
        words: 0,
    };
    let made = generator.main(block);
    tell(match made {
        Ok(proto) => Ok(Compiled {
            proto,
            words: generator.words,
        }),
        Err(fault) => Err((*fault, generator.reached, generator.line())),
    });
}

#[cold]
fn stopped(_: Stopped) -> Box<Fault> {
    Fault::Bare("stopped").into()
}

impl Gen<'_> {
    fn main(&mut self, block: &Block<'_>) -> Emit<Proto> {
        self.f.proto.vararg = bvm_isa::proto::VARARG_ISVARARG;
        self.f.make_room(self.lines.len());
        self.block_body(block)?;
        Ok(self.finish_function()?.0)
    }

    fn line_of(&self, token: usize) -> u32 {
        self.lines.get(token).copied().unwrap_or(self.last_line)
    }

    /// The line of the current token, which is not consumed yet.
    fn line(&self) -> u32 {
        self.line_of(self.reached + usize::from(self.looked_ahead))
    }

    /// Steps over the current token.
    fn consume(&mut self) {
        self.last_line = self.line();
        self.looked_ahead = false;
        self.reached += 1;
    }

    /// `luac` peeks behind a name at the start of a field, and lines go with the peek.
    fn look_ahead(&mut self) {
        self.looked_ahead = true;
    }

    /// Before each statement, expression and suffix.
    fn keep_pace(&self) -> Emit {
        self.stage.reach(self.reached).map_err(stopped)
    }

    /// Before work that goes beyond the next statement or expression.
    fn step_aside(&self, steps: usize) -> Emit {
        self.stage.step_aside(steps).map_err(stopped)
    }

    fn enter_level(&mut self) -> Emit {
        self.keep_pace()?;
        self.level = self.level.saturating_add(1);
        if self.level > limits::LEVELS {
            return Err(Fault::At("chunk has too many syntax levels").into());
        }
        Ok(())
    }

    fn leave_level(&mut self) {
        self.level = self.level.saturating_sub(1);
    }
}
