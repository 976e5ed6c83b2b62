//! `string.find`, `match` and `gmatch`, and what they share with `gsub`: running the matcher on the step's
//! fuel, and captures as values. Plain text is searched for in `plain`; how patterns match is in `bvm_text`.
//!
//! A match that outlives its fuel is kept outside the guest. Who saves the guest has it as the bytes that
//! [`Matcher::save`] makes.

mod plain;

use crate::portions;
use crate::string::{place, substring};
use bvm_text::{Capture, Caret, MAX_CAPTURES, Matcher, Outcome, PatternError, Syntax};
use bvm_vm::data::string;
use bvm_vm::data::unfinished::PORTION;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Value, Work};
use plain::Looked;

/// Subject and pattern of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    pub(crate) s: Str,
    pub(crate) pattern: Str,
    pub(crate) caret: Caret,
}

/// Units that a leaf's match may take: what takes more begins again with a record, as it does when fuel ends, so that what
/// has been done in vain is little.
const MOST_OF_LEAF: u64 = 512;

/// What a search on the step's fuel comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Where the match starts and ends.
    At(usize, usize),
    /// There is none.
    Nowhere,
    /// The fuel is used up.
    Unknown,
}

impl Search {
    /// A matcher that will begin at byte `from`; the cached one if it is free.
    #[inline(always)]
    pub(crate) fn begin(&self, cpu: &mut Cpu<'_, '_>, from: usize) -> Box<Matcher> {
        let mut matcher = cpu.take_cached().unwrap_or_else(new_matcher);
        let len = |s| string::len(cpu.mem, s) as usize;
        let (subject, pattern) = (len(self.s), len(self.pattern));
        matcher.reset(subject, pattern, from, self.caret, syntax(cpu));
        matcher
    }

    /// The matcher that the step before has kept; one that begins at byte `from` if there is none. `head` gets what is kept, and
    /// tells how many bytes of it come before the matcher's.
    #[cold]
    pub(crate) fn take_up(
        &self,
        cpu: &mut Cpu<'_, '_>,
        from: usize,
        head: impl FnOnce(&[u8]) -> usize,
    ) -> Box<Matcher> {
        if let Some((paused, kept)) = cpu.take_work::<Paused>() {
            head(&kept);
            return paused.0;
        }
        let kept = cpu.take_kept().unwrap_or_default();
        let at = head(&kept);
        match Matcher::restore(kept, at) {
            Some(matcher) => Box::new(matcher),
            None => self.begin(cpu, from),
        }
    }

    /// Runs the matcher as far as the fuel goes.
    #[inline]
    pub(crate) fn run(&self, cpu: &mut Cpu<'_, '_>, matcher: &mut Matcher) -> Result<Found, Raise> {
        let before = match cpu.is_leaf() {
            true => cpu.affordable().min(MOST_OF_LEAF),
            false => cpu.affordable(),
        };
        let mut budget = before;
        let (s, pattern) = (
            string::bytes(cpu.mem, self.s),
            string::bytes(cpu.mem, self.pattern),
        );
        let outcome = matcher.run(s, pattern, &mut budget);
        cpu.pay(before - budget);
        match outcome {
            Outcome::Match { start, end } => Ok(Found::At(start, end)),
            Outcome::NoMatch => Ok(Found::Nowhere),
            Outcome::OutOfBudget => Ok(Found::Unknown),
            Outcome::Error(error) => Err(pattern_error(cpu, error)),
        }
    }
}

#[cold]
fn new_matcher() -> Box<Matcher> {
    Box::default()
}

/// The patterns of the guest's language.
fn syntax(cpu: &Cpu<'_, '_>) -> Syntax {
    match cpu.dialect().has_additions() {
        true => Syntax::Extended,
        false => Syntax::Lua51,
    }
}

/// A matcher that waits for fuel.
struct Paused(Box<Matcher>);

impl Work for Paused {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }
}

/// Keeps a matcher behind what is kept with it.
pub(crate) fn save(cpu: &mut Cpu<'_, '_>, kept: Vec<u8>, matcher: Box<Matcher>) {
    if cpu.is_leaf() {
        // It begins again.
        cpu.give_cached(matcher);
        return;
    }
    cpu.keep_work(kept, Box::new(Paused(matcher)));
}

#[cold]
pub(crate) fn pattern_error(cpu: &mut Cpu<'_, '_>, error: PatternError) -> Raise {
    cpu.fail(&error.to_string())
}

/// A capture as a value.
#[inline]
pub(crate) fn capture_value(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    capture: Capture,
) -> Result<Value, Raise> {
    match capture {
        Capture::Span(from, to) => substring(cpu, s, from as u32, to.saturating_sub(from) as u32),
        Capture::Position(at) => Ok(Value::number(at as f64 + 1.0)),
        Capture::Unfinished(_) => Err(pattern_error(cpu, PatternError::UnfinishedCapture)),
    }
}

/// Pushes all captures of a match, or the match itself when it has none; tells how many.
#[inline(always)]
pub(crate) fn push_captures(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    whole: (usize, usize),
    captures: &[Capture],
) -> Result<u32, Raise> {
    if captures.is_empty() {
        let v = capture_value(cpu, s, Capture::Span(whole.0, whole.1))?;
        cpu.push(v);
        return Ok(1);
    }
    push_all(cpu, s, captures)
}

#[inline(never)]
fn push_all(cpu: &mut Cpu<'_, '_>, s: Str, captures: &[Capture]) -> Result<u32, Raise> {
    reserve(cpu, captures)?;
    for &capture in captures {
        let v = capture_value(cpu, s, capture)?;
        cpu.push(v);
    }
    Ok(captures.len() as u32)
}

/// Makes room for captures in the window.
fn reserve(cpu: &mut Cpu<'_, '_>, captures: &[Capture]) -> Result<(), Raise> {
    match cpu.reserve(captures.len() as u32)? {
        true => Ok(()),
        false => Err(cpu.fail("stack overflow (too many captures)")),
    }
}

/// Whether the captures of a match are so many bytes that they are made one after the other, with looks at the fuel between.
/// All of them lie within the match.
#[inline(always)]
pub(crate) fn are_long((start, end): (usize, usize), captures: &[Capture]) -> bool {
    end.saturating_sub(start) > PORTION as usize / MAX_CAPTURES
        && bytes_of((start, end), captures) > PORTION as usize
}

#[inline(never)]
fn bytes_of((start, end): (usize, usize), captures: &[Capture]) -> usize {
    let len = |capture: &Capture| match *capture {
        Capture::Span(from, to) => to.saturating_sub(from),
        _ => 0,
    };
    match captures {
        [] => end.saturating_sub(start),
        _ => captures.iter().map(len).sum(),
    }
}

/// A capture as a value, made in portions if it is long. A function that pauses here comes back at `step`.
///
/// # Errors
/// As [`capture_value`]; no fuel for all of it now.
pub(crate) fn capture_in_portions(
    cpu: &mut Cpu<'_, '_>,
    step: u32,
    s: Str,
    capture: Capture,
) -> Result<Value, Raise> {
    let whole = string::len(cpu.mem, s);
    match capture {
        Capture::Span(from, to) if to.saturating_sub(from) > PORTION as usize => {
            let (from, len) = (from as u32, (to - from) as u32);
            if len == whole {
                return Ok(s.into());
            }
            let made = portions::go_on(cpu, step, len.into(), |mem, place| {
                let source = s.0 + Str::SIZE + from + place.from;
                mem.copy(source, place.first + place.from, place.to - place.from);
            })?;
            Ok(made.into())
        }
        _ => capture_value(cpu, s, capture),
    }
}

/// Pushes what [`push_captures`] does, one after the other; `made` of them have been pushed. A function that pauses here comes
/// back at `step`, and counts what it has pushed.
///
/// # Errors
/// As [`capture_in_portions`].
pub(crate) fn push_in_portions(
    cpu: &mut Cpu<'_, '_>,
    step: u32,
    s: Str,
    whole: (usize, usize),
    (captures, made): (&[Capture], u32),
) -> Result<(), Raise> {
    let all = [Capture::Span(whole.0, whole.1)];
    let captures = if captures.is_empty() { &all } else { captures };
    reserve(cpu, captures)?;
    for &capture in captures.iter().skip(made as usize) {
        if cpu.is_dry() {
            cpu.set_step(step);
            return Err(cpu.pause());
        }
        let v = capture_in_portions(cpu, step, s, capture)?;
        cpu.push(v);
    }
    Ok(())
}

/// The step at which `find`, `match` and the iterator of `gmatch` go on with long captures.
const CAPTURES: u32 = 3;

/// Pushes long captures above `below` slots of the window; tells how many, nothing for a leaf, which has to begin again. When
/// fuel ends, the matcher is kept, which has matched.
#[cold]
fn push_long(
    cpu: &mut Cpu<'_, '_>,
    search: &Search,
    matcher: Box<Matcher>,
    whole: (usize, usize),
    below: u32,
) -> Result<Option<u32>, Raise> {
    if cpu.is_leaf() {
        cpu.give_cached(matcher);
        return Ok(None);
    }
    let made = cpu.count().saturating_sub(below);
    let captures = (matcher.captures(), made);
    match push_in_portions(cpu, CAPTURES, search.s, whole, captures) {
        Ok(()) => {
            cpu.give_cached(matcher);
            Ok(Some(cpu.count().saturating_sub(below)))
        }
        Err(raise) => {
            if raise == Raise::OutOfFuel {
                save(cpu, Vec::new(), matcher);
            }
            Err(raise)
        }
    }
}

/// `string.find`
pub(crate) fn find(cpu: &mut Cpu<'_, '_>) -> Answer {
    find_or_match(cpu, true)
}

/// `string.match`
pub(crate) fn match_(cpu: &mut Cpu<'_, '_>) -> Answer {
    find_or_match(cpu, false)
}

#[inline]
fn find_or_match(cpu: &mut Cpu<'_, '_>, finds: bool) -> Answer {
    let (s, pattern) = (cpu.check_string(1)?, cpu.check_string(2)?);
    match cpu.step_number() {
        plain::FAR => return plain::go_on(cpu, s, pattern),
        plain::LONG => return plain::find_long(cpu, s, pattern, None),
        _ => {}
    }
    let search = Search {
        s,
        pattern,
        caret: Caret::Anchors,
    };
    let mut matcher = if matches!(cpu.step_number(), 0 | plain::LOOKING) {
        let len = string::len(cpu.mem, s);
        let from = (place(cpu.opt_integer(3, 1)?, len) - 1).clamp(0, i64::from(len)) as usize;
        match finds.then(|| plain::look(cpu, pattern)).transpose()? {
            Some(Looked::Plain) => return plain::find(cpu, s, pattern, from),
            Some(Looked::TooLongForLeaf) => return Ok(Next::Again),
            Some(Looked::Special) | None => search.begin(cpu, from),
        }
    } else {
        search.take_up(cpu, 0, |_| 0)
    };
    match search.run(cpu, &mut matcher)? {
        Found::At(start, end) => {
            let mut pushed = 0;
            let captures = matcher.captures();
            let asks = !finds || !captures.is_empty();
            if asks && are_long((start, end), captures) {
                return answer_long(cpu, &search, matcher, (start, end), finds);
            }
            if finds {
                cpu.push(Value::number(start as f64 + 1.0));
                cpu.push(Value::number(end as f64));
                pushed = 2;
            }
            if asks {
                pushed += push_captures(cpu, s, (start, end), captures)?;
            }
            cpu.give_cached(matcher);
            Ok(Next::Return(pushed))
        }
        Found::Nowhere => {
            cpu.give_cached(matcher);
            cpu.push(Value::NIL);
            Ok(Next::Return(1))
        }
        Found::Unknown => {
            save(cpu, Vec::new(), matcher);
            cpu.set_step(1);
            Err(cpu.pause())
        }
    }
}

/// The arguments of `find` and `match`: long captures are made above them.
const ARGUMENTS: u32 = 4;

/// The answer of `find` or `match` with long captures.
#[cold]
fn answer_long(
    cpu: &mut Cpu<'_, '_>,
    search: &Search,
    matcher: Box<Matcher>,
    (start, end): (usize, usize),
    finds: bool,
) -> Answer {
    let places = if finds { 2 } else { 0 };
    if !cpu.is_leaf() && cpu.step_number() != CAPTURES {
        cpu.set_count(ARGUMENTS);
        if finds {
            cpu.push(Value::number(start as f64 + 1.0));
            cpu.push(Value::number(end as f64));
        }
    }
    let pushed = push_long(cpu, search, matcher, (start, end), ARGUMENTS + places)?;
    Ok(pushed.map_or(Next::Again, |pushed| Next::Return(places + pushed)))
}

/// `string.gmatch`; its upvalue is the iterator's native.
pub(crate) fn gmatch(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (s, pattern) = (cpu.check_string(1)?, cpu.check_string(2)?);
    let step = cpu.upvalue(1);
    let values = [s.into(), pattern.into(), Value::number(0.0)];
    let iterator = cpu.new_native_like(step, &values)?;
    cpu.push(iterator);
    Ok(Next::Return(1))
}

/// The iterator of `gmatch`: its upvalues are subject, pattern and the place where to go on.
pub(crate) fn gmatch_step(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (Some(s), Some(pattern)) = (Str::of(cpu.upvalue(1)), Str::of(cpu.upvalue(2))) else {
        return Ok(Next::Return(0));
    };
    let search = Search {
        s,
        pattern,
        caret: Caret::Literal,
    };
    let from = cpu.upvalue(3).as_number().unwrap_or(0.0) as usize;
    if from > string::len(cpu.mem, s) as usize {
        return Ok(Next::Return(0));
    }
    let mut matcher = match cpu.step_number() {
        0 => search.begin(cpu, from),
        _ => search.take_up(cpu, from, |_| 0),
    };
    match search.run(cpu, &mut matcher)? {
        Found::At(start, end) => {
            let next = if end == start { end + 1 } else { end };
            if are_long((start, end), matcher.captures()) {
                return step_long(cpu, &search, matcher, (start, end));
            }
            let pushed = push_captures(cpu, s, (start, end), matcher.captures())?;
            // A leaf must not change anything before all that can fail.
            cpu.set_upvalue(3, Value::number(next as f64));
            cpu.give_cached(matcher);
            Ok(Next::Return(pushed))
        }
        Found::Nowhere => {
            cpu.give_cached(matcher);
            Ok(Next::Return(0))
        }
        Found::Unknown => {
            save(cpu, Vec::new(), matcher);
            cpu.set_step(1);
            Err(cpu.pause())
        }
    }
}

/// A step of `gmatch` with long captures, which are all that is in the window then.
#[cold]
fn step_long(
    cpu: &mut Cpu<'_, '_>,
    search: &Search,
    matcher: Box<Matcher>,
    (start, end): (usize, usize),
) -> Answer {
    if !cpu.is_leaf() && cpu.step_number() != CAPTURES {
        cpu.set_count(0);
    }
    let Some(pushed) = push_long(cpu, search, matcher, (start, end), 0)? else {
        return Ok(Next::Again);
    };
    cpu.set_upvalue(3, Value::number(end as f64));
    Ok(Next::Return(pushed))
}
