//! The verifier: the only maker of [`Verified`], the form of a prototype that may be loaded.
//!
//! Rules have ids. P rules speak about a prototype and live here; I rules speak about one word and
//! its neighbours (`words`, `hand`); F rules speak about paths (`loops`, `flow`). What
//! verified code computes, and whether it ever ends, is not the verifier's business.
//!
//! Everything that `luac5.1` writes is accepted. Three rules are worded with that in mind:
//! a fixed number of `...` values spoils no other register (F2), because `i, j = i + 1, ...` puts
//! them below a live temporary; unreachable words obey the I rules, F4 and F5 but not the others;
//! the last instruction is RETURN or JMP (F8).

mod bits;
mod flow;
mod hand;
mod loops;
mod rests;
mod words;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write;

pub use bits::BitSet;

use crate::chunk::MAX_NESTING;
use crate::pace::{Pace, Stage, Stopped};
use crate::proto::{Proto, VARARG_HASARG, VARARG_ISVARARG, VARARG_NEEDSARG};

/// Most registers of a function.
const MAX_STACK: u8 = 250;
/// Most upvalues of a function.
const MAX_UPVALUES: u8 = 60;
/// Most local variables that live at the same pc.
const MAX_LOCALS: usize = 200;

/// A prototype with all its inner functions that obeys every rule.
#[derive(Debug, Clone)]
pub struct Verified {
    proto: Proto,
    facts: Facts,
}

impl Verified {
    /// The prototype.
    pub fn proto(&self) -> &Proto {
        &self.proto
    }

    /// What the verifier found out about it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Both parts, for a loader that consumes them.
    pub fn into_parts(self) -> (Proto, Facts) {
        (self.proto, self.facts)
    }
}

/// Facts about a verified function that a translator would otherwise have to find again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The words that are instructions: neither data of SETLIST nor captures of CLOSURE.
    pub starts: BitSet,
    /// The words that a jump, skip or loop can reach other than by falling through.
    pub jump_targets: BitSet,
    /// One more than the highest register that holds the nil of function entry while some path reads it or something
    /// above it is alive, 0 if none. Parameters and the `arg` slot do not count.
    pub entry_nils: u8,
    /// For each word, one more than the highest register that holds, on all paths to the word, a value of this activation:
    /// neither leftovers of calls nor what was there before it; or that a closure may have captured. No other can be
    /// read from there on. A word that no path reaches has them all.
    pub heights: Vec<u8>,
    /// The instructions of a long function at which it looks at its fuel, so that no way forward is long without that.
    pub rests: BitSet,
    /// Whether some inner closure captures a register of this function.
    pub captures_locals: bool,
    /// How large it is, with all functions inside.
    pub totals: Totals,
    /// The facts about each inner function.
    pub children: Vec<Facts>,
}

/// What some functions have in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many functions there are.
    pub functions: u64,
    /// Words of code.
    pub words: u64,
    /// Numbers of lines.
    pub lines: u64,
    /// Constants, records of locals, and names of upvalues.
    pub entries: u64,
}

impl Totals {
    /// Those of one function alone.
    fn of(proto: &Proto) -> Totals {
        let entries = proto.consts.len() + proto.locals.len() + proto.upvalue_names.len();
        Totals {
            functions: 1,
            words: proto.code.len() as u64,
            lines: proto.lines.len() as u64,
            entries: entries as u64,
        }
    }

    fn add(&mut self, other: Totals) {
        self.functions += other.functions;
        self.words += other.words;
        self.lines += other.lines;
        self.entries += other.entries;
    }
}

impl Facts {
    /// How many registers are alive before the word at `pc` (0-based).
    pub fn height(&self, pc: usize) -> u8 {
        self.heights.get(pc).copied().unwrap_or(u8::MAX)
    }

    /// Whether the word at `pc` (0-based) is an instruction.
    pub fn is_start(&self, pc: usize) -> bool {
        self.starts.contains(pc)
    }

    /// Whether fuel is looked at behind the instruction at `pc` (0-based), whatever that is.
    pub fn is_rest(&self, pc: usize) -> bool {
        self.rests.contains(pc)
    }

    /// Whether something jumps or skips to `pc` (0-based).
    pub fn is_jump_target(&self, pc: usize) -> bool {
        self.jump_targets.contains(pc)
    }
}

/// Why a prototype was refused.
///
/// The text counts words from 1, as listings do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("verify {rule}: {message} ({})", place(path, *pc))]
pub struct VerifyError {
    /// The rule that was broken, such as `I3`.
    pub rule: &'static str,
    /// Indices of the inner functions on the way from the main function.
    pub path: Vec<u32>,
    /// The word, counted from 0, if one is to blame.
    pub pc: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// `function @0.1, pc 4`.
fn place(path: &[u32], pc: Option<usize>) -> String {
    let mut text = format!("function {}", path_name(path));
    if let Some(pc) = pc {
        // Writing to a string cannot fail.
        let _ = write!(text, ", pc {}", pc + 1);
    }
    text
}

/// The stable name of a function: `@0` is the main function, `@0.1` its second inner function.
pub(crate) fn path_name(path: &[u32]) -> String {
    let mut text = String::from("@0");
    for index in path {
        let _ = write!(text, ".{index}");
    }
    text
}

/// What a check finds wrong, before the function is known.
struct Flaw {
    rule: &'static str,
    pc: Option<usize>,
    message: String,
}

/// The result of a check; boxed, because nearly all results are `Ok`.
type Check<T = ()> = Result<T, Box<Flaw>>;

/// Refuses the prototype as a whole.
fn refuse<T>(rule: &'static str, message: impl Into<String>) -> Check<T> {
    let message = message.into();
    Err(Box::new(Flaw {
        rule,
        pc: None,
        message,
    }))
}

/// Refuses the word at `pc`.
fn refuse_at<T>(rule: &'static str, pc: usize, message: impl Into<String>) -> Check<T> {
    let message = message.into();
    Err(Box::new(Flaw {
        rule,
        pc: Some(pc),
        message,
    }))
}

/// Checks a main function and everything inside it.
pub fn verify(proto: Proto) -> Result<Verified, VerifyError> {
    verify_at(&Pace::free(), proto, 0)
}

/// [`verify`] at somebody's pace: it waits between words, and takes all the work that is left. `words` is how many there
/// are in all functions, as far as one knows: that tells how far the work is. When it is to stop, it ends with an error.
pub fn verify_at(pace: &Pace<'_>, proto: Proto, words: usize) -> Result<Verified, VerifyError> {
    if proto.upvalue_count != 0 {
        return Err(VerifyError {
            rule: "P3",
            path: Vec::new(),
            pc: None,
            message: "main function with upvalues".into(),
        });
    }
    verify_dumped_at(pace, proto, words)
}

/// Checks a function that `string.dump` wrote, which may have upvalues of its own.
///
/// Whoever loads it has to give it fresh upvalues, as Lua 5.1 does.
pub fn verify_dumped(proto: Proto) -> Result<Verified, VerifyError> {
    verify_dumped_at(&Pace::free(), proto, 0)
}

/// [`verify_dumped`] at somebody's pace, as [`verify_at`].
pub fn verify_dumped_at(
    pace: &Pace<'_>,
    mut proto: Proto,
    words: usize,
) -> Result<Verified, VerifyError> {
    let mut walk = Walk {
        path: Vec::new(),
        pace: Steps {
            stage: pace.stage(100, steps_for(words)),
            done: 0,
        },
    };
    match function(&mut proto, &mut walk) {
        Ok(facts) => Ok(Verified { proto, facts }),
        Err(flaw) => Err(VerifyError {
            rule: flaw.rule,
            path: walk.path,
            pc: flaw.pc,
            message: flaw.message,
        }),
    }
}

/// How often the words of a function are gone through: by the I rules, in search of loops, along the paths, and for the
/// places where fuel is looked at.
const PASSES: usize = 3 + VISITS;

/// Visits of a word along the paths, on average, that are counted. Most code needs one; more take more.
const VISITS: usize = 8;

/// Lines that are looked at in the time of a step, records of locals, and uses of open results.
const LINES: usize = 16;
const LOCALS: usize = 4;
const CONSUMERS: usize = 8;

/// The steps for functions with so many words. There are hardly more locals than words.
fn steps_for(words: usize) -> usize {
    PASSES * words + words / LINES + words / LOCALS + words / CONSUMERS
}

/// Where the checks of a chunk are.
struct Walk<'p> {
    /// The function, by the indices of the inner functions on the way to it.
    path: Vec<u32>,
    pace: Steps<'p>,
}

/// Bytes of a list that takes long to free.
const LARGE: usize = 4096;

/// The pace of the checks of a function.
struct Steps<'p> {
    /// Its steps are words that a pass goes through, and before them groups of lines and of locals.
    stage: Stage<'p>,
    /// Those that came before the present pass.
    done: usize,
}

impl Steps<'_> {
    /// Before the present pass goes through its next word.
    #[inline(always)]
    fn reach(&self, word: usize) -> Check {
        self.stage.reach(self.done + word).map_err(stopped)
    }

    /// Puts away what a pass has made, if it is long: see [`Pace::put_away`].
    fn put_away<T: Send + 'static>(&self, list: Vec<T>) {
        if list.capacity() * size_of::<T>() > LARGE {
            self.stage.put_away(list);
        }
    }
}

#[cold]
fn stopped(_: Stopped) -> Box<Flaw> {
    Box::new(Flaw {
        rule: "none",
        pc: None,
        message: "stopped".into(),
    })
}

/// Checks one function and recurs into the inner ones, at most [`MAX_NESTING`] deep. On failure
/// the path leads to the culprit.
fn function(proto: &mut Proto, walk: &mut Walk<'_>) -> Check<Facts> {
    if walk.path.len() >= MAX_NESTING as usize {
        return refuse("D3", "functions nested too deep");
    }
    header(proto)?;
    check_lines(proto, &walk.pace)?;
    walk.pace.done += proto.code.len() / LINES;
    let locals = proto.locals.len();
    drop_bad_locals(proto, &walk.pace)?;
    walk.pace.done += locals / LOCALS;
    let words = proto.code.len();
    let (mut facts, has_loops) = words::check(proto, &walk.pace)?;
    walk.pace.done += words + words / CONSUMERS;
    if has_loops {
        loops::check(proto, &facts, &walk.pace)?;
    }
    walk.pace.done += words;
    (facts.entry_nils, facts.heights) = flow::check(proto, &facts, &walk.pace)?;
    walk.pace.done += VISITS * words;
    facts.rests = rests::find(proto, &facts, &walk.pace)?;
    walk.pace.done += words;
    facts.totals = Totals::of(proto);
    facts.children.reserve_exact(proto.protos.len());
    for (index, inner) in proto.protos.iter_mut().enumerate() {
        walk.path.push(index as u32);
        let child = function(inner, walk)?;
        facts.totals.add(child.totals);
        facts.children.push(child);
        walk.path.pop();
    }
    Ok(facts)
}

/// Rules P1 to P4 and P6.
fn header(proto: &Proto) -> Check {
    if proto.max_stack == 0 || proto.max_stack > MAX_STACK {
        return refuse("P1", format!("{} registers", proto.max_stack));
    }
    if first_free_register(proto) > u16::from(proto.max_stack) {
        return refuse("P1", "more parameters than registers");
    }
    const VARARG_FORMS: [u8; 4] = [
        0,
        VARARG_ISVARARG,
        VARARG_ISVARARG | VARARG_HASARG,
        VARARG_ISVARARG | VARARG_HASARG | VARARG_NEEDSARG,
    ];
    if !VARARG_FORMS.contains(&proto.vararg) {
        return refuse("P2", format!("is_vararg is {}", proto.vararg));
    }
    if proto.upvalue_count > MAX_UPVALUES {
        return refuse("P3", format!("{} upvalues", proto.upvalue_count));
    }
    let names = proto.upvalue_names.len();
    if names != 0 && names != usize::from(proto.upvalue_count) {
        return refuse("P3", format!("{names} upvalue names"));
    }
    let lines = proto.lines.len();
    if lines != 0 && lines != proto.code.len() {
        return refuse(
            "P4",
            format!("{lines} lines for {} words", proto.code.len()),
        );
    }
    if proto.code.is_empty() {
        return refuse("P6", "no code");
    }
    Ok(())
}

/// The rest of rule P4.
fn check_lines(proto: &Proto, pace: &Steps<'_>) -> Check {
    let pieces = proto.lines.chunks(LINES * 16);
    for (at, piece) in (0..).step_by(LINES * 16).zip(pieces) {
        pace.reach(at / LINES)?;
        if let Some(pc) = piece.iter().position(|&line| line > i32::MAX as u32) {
            return refuse_at("P4", at + pc, "negative line");
        }
    }
    Ok(())
}

/// The first register that is neither a parameter nor the `arg` slot.
fn first_free_register(proto: &Proto) -> u16 {
    u16::from(proto.param_count) + u16::from(proto.vararg & VARARG_HASARG != 0)
}

/// Rule P5: debug records that cannot be true are thrown away, because nothing needs them.
fn drop_bad_locals(proto: &mut Proto, pace: &Steps<'_>) -> Check {
    if !good_locals(proto, pace)? {
        pace.put_away(std::mem::take(&mut proto.locals));
    }
    Ok(())
}

/// Whether the records are in order, lie inside the code, and no more locals live at once than there may be.
fn good_locals(proto: &Proto, pace: &Steps<'_>) -> Check<bool> {
    let (mut last, mut ends) = (0, BinaryHeap::new());
    for (number, local) in proto.locals.iter().enumerate() {
        pace.reach(number / LOCALS)?;
        let in_range = local.start <= local.end && local.end as usize <= proto.code.len();
        if !in_range || local.start < last {
            return Ok(false);
        }
        last = local.start;
        while ends.peek().is_some_and(|&Reverse(end)| end <= last) {
            ends.pop();
        }
        if local.end > last {
            ends.push(Reverse(local.end));
        }
        if ends.len() > MAX_LOCALS {
            return Ok(false);
        }
    }
    Ok(true)
}
