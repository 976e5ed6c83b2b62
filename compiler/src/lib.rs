//! Lua 5.1 source to prototypes, instruction for instruction what `luac5.1` emits.
//!
//! ```text
//! bytes -> lexer (logos) -> grammar (LALRPOP) -> ast in an arena -> emit -> Proto
//!                               | refused
//!                               v
//!                            diagnose -> CompileError in the words of lua5.1
//! ```
//!
//! [`compile`] is all there is, with its variants [`compile_as`] and [`compile_at`]. It is pure: no files, no
//! clock, the same bytes give the same prototype. It must not know the machine that runs
//! prototypes, nor binary chunks.
//! Time and memory are linear in the source; nesting is limited as in `lua5.1`.
//!
//! Dialects with additions know `goto` and labels, three more escapes and hexadecimal fractions;
//! sources without them compile to the same in every dialect.
//!
//! One difference from `luac5.1`, except in [`Dialect::Lua51`]: the constants 0 and -0 are two, so
//! `print(-0, 0)` shows both.
//!
//! ```
//! let proto = bvm_compiler::compile(b"return 1 + 2", b"=example").unwrap();
//! assert_eq!(proto.consts, [bvm_isa::Const::Number(3.0)]);
//! let error = bvm_compiler::compile(b"if x then", b"@x.lua").unwrap_err();
//! assert_eq!(error.to_string(), "x.lua:1: 'end' expected near '<eof>'");
//! assert!(error.incomplete);
//! ```
#![forbid(unsafe_code)]

mod ast;
mod builder;
mod diagnose;
mod emit;
mod error;
mod lexer;
mod limits;
mod literal;
mod numeral;
mod pool;
mod room;
mod token;

use bvm_isa::pace::Pace;
use bvm_isa::{Dialect, Proto};

pub use error::CompileError;

/// The parser that LALRPOP makes of `grammar.lalrpop`.
mod grammar {
    #![allow(clippy::all, clippy::unwrap_used, missing_docs, unused)]
    lalrpop_util::lalrpop_mod!(tables, "/grammar.rs");
    pub use tables::ChunkParser;
}

/// How a chunk is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// The language of the source.
    pub dialect: Dialect,
    /// How many of the 200 nesting levels are taken: `lua5.1` counts calls from the host, so that
    /// `loadstring` in a main chunk leaves 198 levels where `luac` leaves 199.
    pub levels: u32,
}

impl Default for Mode {
    fn default() -> Mode {
        Mode {
            dialect: Dialect::default(),
            levels: limits::LEVELS_OF_HOST,
        }
    }
}

/// Compiles a chunk. `chunk_name` is as in `load`: `@file`, `=name`, or the source itself.
///
/// A first line that starts with `#` is for the caller to skip, and so are binary chunks.
pub fn compile(source: &[u8], chunk_name: &[u8]) -> Result<Proto, CompileError> {
    compile_as(source, chunk_name, Mode::default())
}

/// [`compile`] in another dialect, or with other levels.
pub fn compile_as(source: &[u8], chunk_name: &[u8], mode: Mode) -> Result<Proto, CompileError> {
    let mut told = Ok(Proto::default());
    compile_at(&Pace::free(), source, chunk_name, mode, &mut |made| {
        told = made.map(|made| made.proto);
    });
    let mut made = told?;
    made.source = Some(chunk_name.into());
    Ok(made)
}

/// What parsing and then generating take of the work that is left before each, in percent. When a source is correct,
/// the rest is for checking the prototype.
const PARSING: u32 = 50;
const GENERATING: u32 = 62;

/// What compiling at somebody's pace comes to.
#[derive(Debug)]
pub struct Compiled {
    /// The main function; its source has no name yet.
    pub proto: Proto,
    /// How many words all functions have.
    pub words: usize,
}

/// [`compile_as`] at somebody's pace: it waits between tokens and within long ones, between statements and expressions, and
/// within long lists. When it is to stop, it ends with some error, and `chunk_name` is for errors alone. What it comes to is told
/// while all that was made for that is still there: freeing that takes long, and who waits for the result need not
/// wait for that.
pub fn compile_at(
    pace: &Pace<'_>,
    source: &[u8],
    chunk_name: &[u8],
    mode: Mode,
    tell: &mut dyn FnMut(Result<Compiled, CompileError>),
) {
    generate(source, mode, false, pace, &mut |made| match made {
        Ok(made) => tell(Ok(made)),
        Err(Refused::Generating(failure)) => {
            diagnose::generator_error(source, chunk_name, mode, failure, pace, tell);
        }
        Err(Refused::Parsing) => first_error(source, chunk_name, mode, pace, tell),
    });
}

/// Why there is no prototype.
enum Refused {
    /// The grammar refuses the source.
    Parsing,
    Generating(emit::Failure),
}

/// Parses and generates.
fn generate(
    source: &[u8],
    mode: Mode,
    is_cut: bool,
    pace: &Pace<'_>,
    tell: &mut dyn FnMut(Result<Compiled, Refused>),
) {
    let (texts, arena) = (bumpalo::Bump::new(), bumpalo::Bump::new());
    let long_main = builder::LongMain::new();
    let stage = pace.stage(PARSING, builder::steps(source.len()));
    let mut lexer = lexer::Lexer::new(source, &texts, mode.dialect, &stage);
    let mut builder = builder::Builder::new(&arena, &long_main, &stage, source.len());
    let parsed = grammar::ChunkParser::new().parse(&mut builder, &mut lexer);
    let Ok(block) = parsed else {
        // There is more to be made soon, and that would be too much.
        let buffers = builder.into_buffers();
        pace.give_away((buffers, arena));
        return tell(Err(Refused::Parsing));
    };
    let (pool, lines) = (&lexer.pool, &*lexer.lines);
    let stage = pace.stage(GENERATING, emit::steps(lines.len()));
    emit::main_function(block, pool, lines, mode, is_cut, stage, &mut |made| {
        tell(made.map_err(Refused::Generating));
    });
}

/// The first error of a source that the grammar refuses. `lua5.1` generates while it parses, so what
/// comes before the bad token may already be too much for a function.
fn first_error(
    source: &[u8],
    chunk_name: &[u8],
    mode: Mode,
    pace: &Pace<'_>,
    tell: &mut dyn FnMut(Result<Compiled, CompileError>),
) {
    diagnose::syntax_error(source, chunk_name, mode, pace, &mut |error, cut| {
        let closed = cut.closed(source, pace);
        generate(&closed, mode, true, pace, &mut |made| match made {
            Err(Refused::Generating(failure)) if failure.1 <= cut.tokens => {
                diagnose::generator_error(source, chunk_name, mode, failure, pace, tell);
            }
            _ => tell(Err(error.clone())),
        });
    });
}
