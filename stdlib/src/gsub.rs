//! `string.gsub`. It calls the guest back from the middle of its work, so all of that lies in its window.
//!
//! ```text
//!   1 subject | 2 pattern | 3 replacement | 4 most | 5 done | 6 at | 7 matcher or callee's slot
//!   8 entries, or place in the replacement | 9 copied | 10… rope | entries | callee and its arguments
//! ```
//!
//! An entry is a match whose replacement a function gave: start, end, result. A few of them gather before
//! they become text, so that a callback does not cost a string of its own.

use crate::base::opt_int;
use crate::find::{self, Found, Search};
use crate::rope::{self, FULL, Rope};
use crate::slots::{self, number, set_number};
use bvm_text::{Caret, Expanded, Matcher, PatternError};
use bvm_vm::data::string;
use bvm_vm::exec::Got;
use bvm_vm::objects::Str;
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value};

/// Escapes of a replacement that a unit pays for.
const ESCAPES: u32 = 4;

const SUBJECT: u32 = 1;
const PATTERN: u32 = 2;
const REPLACEMENT: u32 = 3;
const MOST: u32 = 4;
const DONE: u32 = 5;
const AT: u32 = 6;
const STATE: u32 = 7;
const EXTRA: u32 = 8;
const COPIED: u32 = 9;
const ROPE: u32 = 10;
/// The first slot of the entries.
const FIRST: u32 = 13;

/// Entries that gather before they become text.
const ENTRIES: usize = 32;
/// Bytes that an entry may add without becoming text at once: so little that entries before the last
/// one never fill the buffer.
const SHORT_ENTRY: usize = 4096;

/// Steps: go on after a callback, go on after a pause, go on making the result.
const RETURNED: u32 = 1;
const PAUSED: u32 = 2;
const FINISHED: u32 = 3;

/// What replaces a match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Text(Str),
    Table,
    Function,
}

/// Longest replacement that is looked at for `%` before it is used.
const SHORT_TEXT: usize = 256;

/// The work, as far as it is not in the window.
struct Work {
    search: Search,
    by: By,
    /// The replacement is a short text that stands for itself.
    is_literal: bool,
    anchored: bool,
    most: usize,
    done: usize,
    /// Where the search goes on.
    at: usize,
    /// Entries, or how much of the replacement for the current match is done.
    extra: usize,
    /// The subject up to here is in the text (or in the entries).
    copied: usize,
    text: Rope,
}

/// `string.gsub`
pub(crate) fn gsub(cpu: &mut Cpu<'_, '_>) -> Answer {
    let step = cpu.step_number();
    if step == FINISHED {
        let whole = rope::go_on(cpu, ROPE, FINISHED)?;
        let done = number(cpu, DONE);
        return answer(cpu, whole, done);
    }
    let mut work = if step == 0 { begin(cpu)? } else { load(cpu)? };
    let is_long = string::len(cpu.mem, work.search.s) as usize > FULL / 2;
    if cpu.is_leaf() && (work.by == By::Function || is_long) {
        // It will most likely call, or make a long text.
        return work.begin_again(cpu, None);
    }
    let mut matcher = match step {
        PAUSED => work.take_up(cpu),
        _ => work.search.begin(cpu, work.at),
    };
    if step == RETURNED {
        work.take_result(cpu)?;
    }
    while work.goes_on(cpu) {
        match work.search.run(cpu, &mut matcher)? {
            Found::Nowhere => break,
            Found::Unknown => return work.pause(cpu, matcher),
            Found::At(start, end) => match work.replace(cpu, &matcher, (start, end))? {
                _ if work.text.is_stuck() => return work.begin_again(cpu, Some(matcher)),
                Replaced::Whole => {
                    work.matched(start, end);
                    matcher.again(work.at);
                }
                Replaced::Partly => return work.pause(cpu, matcher),
                Replaced::Calls(_) if cpu.is_leaf() => return work.begin_again(cpu, Some(matcher)),
                Replaced::Calls(func) => {
                    work.matched(start, end);
                    work.keep(cpu);
                    set_number(cpu, STATE, func);
                    cpu.give_cached(matcher);
                    cpu.give_scratch(work.text.tail);
                    return Ok(Next::Call {
                        func,
                        step: RETURNED,
                    });
                }
            },
        }
    }
    cpu.give_cached(matcher);
    work.finish(cpu)
}

/// How the replacement of a match went.
enum Replaced {
    /// Done.
    Whole,
    /// The fuel is used up; the rest comes later.
    Partly,
    /// The function in this slot has to be called for it.
    Calls(u32),
}

fn begin(cpu: &mut Cpu<'_, '_>) -> Result<Work, Raise> {
    let s = cpu.check_string(SUBJECT)?;
    let pattern = cpu.check_string(PATTERN)?;
    let of = cpu.arg(REPLACEMENT).type_of();
    let len = string::len(cpu.mem, s);
    let most = opt_int(cpu, MOST, (len as i32).saturating_add(1))?;
    let by = match of {
        Type::Number | Type::String => By::Text(cpu.check_string(REPLACEMENT)?),
        Type::Table => By::Table,
        Type::Function => By::Function,
        _ => return Err(cpu.arg_error(REPLACEMENT, b"string/function/table expected")),
    };
    cpu.set_count(ROPE - 1);
    cpu.set_count(FIRST - 1);
    Ok(Work {
        search: Search {
            s,
            pattern,
            caret: Caret::Anchors,
        },
        by,
        is_literal: is_literal(cpu, by),
        anchored: is_anchored(cpu, pattern),
        most: most.max(0) as usize,
        done: 0,
        at: 0,
        extra: 0,
        copied: 0,
        text: Rope::new(cpu, ROPE),
    })
}

fn load(cpu: &mut Cpu<'_, '_>) -> Result<Work, Raise> {
    if cpu.count() < FIRST - 1 {
        return Err(cpu.fail("damaged activation"));
    }
    let (s, pattern) = (cpu.check_string(SUBJECT)?, cpu.check_string(PATTERN)?);
    let replacement = cpu.arg(REPLACEMENT);
    let by = match (Str::of(replacement), replacement.type_of()) {
        (Some(text), _) => By::Text(text),
        (None, Type::Table) => By::Table,
        _ => By::Function,
    };
    Ok(Work {
        search: Search {
            s,
            pattern,
            caret: Caret::Anchors,
        },
        by,
        is_literal: is_literal(cpu, by),
        anchored: is_anchored(cpu, pattern),
        most: number(cpu, MOST) as usize,
        done: number(cpu, DONE) as usize,
        at: number(cpu, AT) as usize,
        extra: number(cpu, EXTRA) as usize,
        copied: number(cpu, COPIED) as usize,
        text: Rope::new(cpu, ROPE),
    })
}

fn is_anchored(cpu: &Cpu<'_, '_>, pattern: Str) -> bool {
    string::bytes(cpu.mem, pattern).first() == Some(&b'^')
}

fn is_literal(cpu: &Cpu<'_, '_>, by: By) -> bool {
    let By::Text(text) = by else { return false };
    let bytes = string::bytes(cpu.mem, text);
    bytes.len() <= SHORT_TEXT && !bytes.contains(&b'%')
}

impl Work {
    /// Whether another match is to be looked for; an anchored pattern is tried once.
    fn goes_on(&self, cpu: &Cpu<'_, '_>) -> bool {
        let len = string::len(cpu.mem, self.search.s) as usize;
        let again = self.done == 0 || !self.anchored;
        self.done < self.most && self.at <= len && again
    }

    /// Goes past a match; past the byte behind it when it is empty.
    fn matched(&mut self, start: usize, end: usize) {
        self.done += 1;
        self.at = if end > start { end } else { end + 1 };
    }

    /// Puts the state into the window.
    fn keep(&self, cpu: &mut Cpu<'_, '_>) {
        let numbers = [
            (MOST, self.most),
            (DONE, self.done),
            (AT, self.at),
            (EXTRA, self.extra),
            (COPIED, self.copied),
        ];
        for (slot, n) in numbers {
            set_number(cpu, slot, n as u32);
        }
    }

    /// Leaves a leaf that needs a record: it will begin again, so its arguments must still be in their slots.
    #[cold]
    fn begin_again(self, cpu: &mut Cpu<'_, '_>, matcher: Option<Box<Matcher>>) -> Answer {
        if let Some(matcher) = matcher {
            cpu.give_cached(matcher);
        }
        self.text.release(cpu);
        Ok(Next::Again)
    }

    /// Leaves out of fuel.
    #[cold]
    fn pause(self, cpu: &mut Cpu<'_, '_>, matcher: Box<Matcher>) -> Answer {
        if cpu.is_leaf() {
            return self.begin_again(cpu, Some(matcher));
        }
        self.keep(cpu);
        cpu.set_arg(STATE, Value::NIL);
        // The length comes first, so that text and matcher can be told apart.
        let text = self.text.put_off();
        let mut kept = (text.len() as u32).to_le_bytes().to_vec();
        kept.extend_from_slice(&text);
        cpu.give_scratch(text);
        find::save(cpu, kept, matcher);
        cpu.set_step(PAUSED);
        Err(cpu.pause())
    }

    /// Goes on after a pause with the text and the matcher of before.
    #[cold]
    fn take_up(&mut self, cpu: &mut Cpu<'_, '_>) -> Box<Matcher> {
        let Work { search, text, .. } = self;
        search.take_up(cpu, self.at, |kept| {
            let (len, rest) = kept.split_first_chunk().unwrap_or((&[0; 4], &[]));
            let len = u32::from_le_bytes(*len) as usize;
            let tail = rest.get(..len).unwrap_or_default();
            text.tail.extend_from_slice(tail);
            4 + tail.len()
        })
    }

    fn replace(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        matcher: &Matcher,
        (start, end): (usize, usize),
    ) -> Result<Replaced, Raise> {
        match self.by {
            By::Text(replacement) => self.expand(cpu, matcher, replacement, (start, end)),
            By::Table => self.look_up(cpu, matcher, (start, end)),
            By::Function => self.push_call(cpu, matcher, (start, end)),
        }
    }

    /// Pushes an entry that has the function and the captures in the place of its result. Long captures may wait for fuel, with
    /// those before them.
    fn push_call(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        matcher: &Matcher,
        (start, end): (usize, usize),
    ) -> Result<Replaced, Raise> {
        if !cpu.reserve(48)? {
            return Err(Raise::NoMemory);
        }
        let before = FIRST - 1 + 3 * self.extra as u32;
        let func = before + 3;
        if cpu.count() < func {
            cpu.push(slots::value(start as u32));
            cpu.push(slots::value(end as u32));
            let function = cpu.arg(REPLACEMENT);
            cpu.push(function);
        }
        let (s, captures) = (self.search.s, matcher.captures());
        if !find::are_long((start, end), captures) {
            find::push_captures(cpu, s, (start, end), captures)?;
            return Ok(Replaced::Calls(func));
        }
        let made = cpu.count() - func;
        match find::push_in_portions(cpu, PAUSED, s, (start, end), (captures, made)) {
            Ok(()) => Ok(Replaced::Calls(func)),
            Err(Raise::OutOfFuel) => Ok(Replaced::Partly),
            Err(raise) => Err(raise),
        }
    }

    /// Adds what the replacement string gives, in portions.
    fn expand(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        matcher: &Matcher,
        replacement: Str,
        whole: (usize, usize),
    ) -> Result<Replaced, Raise> {
        let s = self.search.s;
        self.text.add(cpu, s, self.copied, whole.0)?;
        self.copied = whole.0;
        if self.is_literal && self.extra == 0 && self.text.tail.len() < FULL - SHORT_TEXT {
            let bytes = string::bytes(cpu.mem, replacement);
            self.text.tail.extend_from_slice(bytes);
            self.copied = whole.1;
            return Ok(Replaced::Whole);
        }
        loop {
            let (by, src) = (
                string::bytes(cpu.mem, replacement),
                string::bytes(cpu.mem, s),
            );
            let out = &mut self.text.tail;
            let captures = matcher.captures();
            let (extra, mut escapes) = (&mut self.extra, 0);
            let expanded =
                bvm_text::expand(by, extra, whole, captures, src, out, FULL, &mut escapes);
            cpu.pay(u64::from(escapes / ESCAPES));
            match expanded {
                Ok(Expanded::Done) => break,
                Ok(Expanded::Full) => {
                    self.text.flush_if_full(cpu)?;
                    if cpu.affordable() == 0 || self.text.is_stuck() {
                        return Ok(Replaced::Partly);
                    }
                }
                Err(error) => return Err(find::pattern_error(cpu, error)),
            }
        }
        self.extra = 0;
        self.copied = whole.1;
        Ok(Replaced::Whole)
    }

    /// Adds what the table has for the first capture, or has its `__index` function called.
    fn look_up(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        matcher: &Matcher,
        (start, end): (usize, usize),
    ) -> Result<Replaced, Raise> {
        let s = self.search.s;
        let capture = bvm_text::nth_capture(0, (start, end), matcher.captures());
        let capture = capture.map_err(|error: PatternError| find::pattern_error(cpu, error))?;
        let key = match find::capture_in_portions(cpu, PAUSED, s, capture) {
            Err(Raise::OutOfFuel) => return Ok(Replaced::Partly),
            key => key?,
        };
        let table = cpu.arg(REPLACEMENT);
        match cpu.index(table, key)? {
            Got::Value(v) => {
                self.text.add(cpu, s, self.copied, start)?;
                self.add_result(cpu, v, (start, end))?;
                self.copied = end;
                Ok(Replaced::Whole)
            }
            Got::Call(..) if cpu.is_leaf() => Ok(Replaced::Calls(0)),
            Got::Call(handler, object) => {
                // The key is needed after allocations: it goes to its place at once.
                cpu.set_arg(STATE, key);
                self.text.flush(cpu)?;
                let key = cpu.arg(STATE);
                let numbers = [start, end].map(|n| slots::value(n as u32));
                for v in numbers.into_iter().chain([handler, object, key]) {
                    cpu.push(v);
                }
                Ok(Replaced::Calls(cpu.count() - 2))
            }
            Got::Not(v) => {
                let text = format!("attempt to index a {} value", v.type_name());
                Err(cpu.runtime_error(&text))
            }
        }
    }

    /// Adds a result to the text: a string or number, or the match itself for a false value.
    fn add_result(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        v: Value,
        (start, end): (usize, usize),
    ) -> Result<(), Raise> {
        if v.is_falsy() {
            return self.text.add(cpu, self.search.s, start, end);
        }
        if let Some(n) = v.as_number() {
            crate::format::append_number(&mut self.text.tail, n);
            return Ok(());
        }
        match Str::of(v) {
            Some(s) => {
                let len = string::len(cpu.mem, s) as usize;
                self.text.add(cpu, s, 0, len)
            }
            None => Err(bad_result(cpu, v)),
        }
    }

    /// A callback has returned: its match becomes an entry. Many entries, or a long one, become text.
    fn take_result(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
        let func = number(cpu, STATE).max(FIRST + 2);
        if func > cpu.count() + 1 || self.extra >= ENTRIES {
            return Err(cpu.fail("damaged activation"));
        }
        let v = cpu.arg(func);
        cpu.keep(STATE, Value::NIL);
        cpu.keep(func, v);
        cpu.end_at(func);
        let (start, end) = (
            number(cpu, func - 2) as usize,
            number(cpu, func - 1) as usize,
        );
        let len = match Str::of(v) {
            Some(s) => string::len(cpu.mem, s) as usize,
            None if v.is_falsy() => end.saturating_sub(start),
            None if v.is_number() => 0,
            None => return Err(bad_result(cpu, v)),
        };
        let before = if self.extra == 0 {
            self.copied
        } else {
            number(cpu, func - 4) as usize
        };
        self.extra += 1;
        let short = len + start.saturating_sub(before) <= SHORT_ENTRY;
        if self.by == By::Function && self.extra < ENTRIES && short {
            return Ok(());
        }
        self.drain(cpu)?;
        if self.by == By::Function {
            self.text.flush(cpu)
        } else {
            Ok(())
        }
    }

    /// Makes all entries text. Only the last one may be long: the others go into the buffer while
    /// they are still in the window, and it waits in a slot of its own when they are not.
    fn drain(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
        let entries = (self.extra.min(ENTRIES) as u32).min((cpu.count() + 1 - FIRST) / 3);
        let before = cpu.count() - 3 * entries;
        self.extra = 0;
        for i in 1..=entries {
            let slot = before + 3 * i;
            let (start, end) = (
                number(cpu, slot - 2) as usize,
                number(cpu, slot - 1) as usize,
            );
            let v = cpu.arg(slot);
            if i == entries {
                cpu.set_arg(STATE, v);
                cpu.set_count(before);
            }
            self.text.add(cpu, self.search.s, self.copied, start)?;
            self.add_result(cpu, v, (start, end))?;
            self.copied = end;
        }
        cpu.set_arg(STATE, Value::NIL);
        Ok(())
    }

    fn finish(mut self, cpu: &mut Cpu<'_, '_>) -> Answer {
        if self.by == By::Function && self.extra > 0 {
            self.drain(cpu)?;
        }
        let (s, done) = (self.search.s, self.done);
        if done == 0 {
            self.text.release(cpu);
            return answer(cpu, s.into(), 0);
        }
        let len = string::len(cpu.mem, s) as usize;
        self.text.add(cpu, s, self.copied, len)?;
        if !cpu.is_leaf() {
            // What the last pause has left there depends on where it was.
            self.keep(cpu);
            cpu.set_arg(STATE, Value::NIL);
        }
        match self.text.finish(cpu, FINISHED)? {
            Some(whole) => answer(cpu, whole, done as u32),
            None => Ok(Next::Again),
        }
    }
}

/// The result, and how many matches there were.
fn answer(cpu: &mut Cpu<'_, '_>, whole: Value, done: u32) -> Answer {
    cpu.push(whole);
    cpu.push(Value::number(f64::from(done)));
    Ok(Next::Return(2))
}

#[cold]
fn bad_result(cpu: &mut Cpu<'_, '_>, v: Value) -> Raise {
    cpu.fail(&format!("invalid replacement value (a {})", v.type_name()))
}
