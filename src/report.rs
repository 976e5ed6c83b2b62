//! Errors as people read them: the message, the line of the source with what the message names, the stack, and how the
//! guest stands. Must not change what a message says.

use crate::error::{Error, Frame};
use crate::lua::Lua;
use bvm_isa::{SYNTAX_ID_SIZE, chunk_id, chunk_id_within};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Formatter};
use std::ops::Range;

/// Letters that are shown of a line.
const WIDEST: usize = 120;
/// Lines of a stack that are shown at its beginning and at its end, as `lua5.1` does.
const STACK: (usize, usize) = (12, 10);

/// How a guest stands.
#[derive(Debug, Clone, Copy)]
struct Standing {
    guest: u64,
    ring: u8,
    fuel_used: u64,
    fuel_left: Option<u64>,
    memory: u64,
}

/// An error that is to be shown with all that is known about it. Made by [`Error::report`].
#[derive(Debug, Clone)]
pub struct Report<'a> {
    error: &'a Error,
    sources: Vec<(&'a str, Cow<'a, str>)>,
    standing: Option<Standing>,
}

impl Error {
    /// Shows the error with the stack; with sources and the guest, if it is given them. The first line is the
    /// error's own text, which is what `lua5.1` says. Control characters of a guest's texts are shown, not obeyed.
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// let source = "local app = {}\nlocal t = app.cfg.timeout";
    /// let error = lua.load(source).name("@main.lua").exec().unwrap_err();
    /// let report = error.report().source("@main.lua", source).to_string();
    /// assert_eq!(report, "\
    /// main.lua:2: attempt to index field 'cfg' (a nil value)
    ///   --> main.lua:2:15
    ///   |
    /// 2 | local t = app.cfg.timeout
    ///   |               ^^^
    /// stack traceback:
    /// \tmain.lua:2: in main chunk");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn report(&self) -> Report<'_> {
        Report {
            error: self,
            sources: Vec::new(),
            standing: None,
        }
    }
}

impl<'a> Report<'a> {
    /// Gives a source to show lines of, under the name that it was loaded with.
    #[must_use]
    pub fn source(mut self, name: &'a str, source: &'a (impl AsRef<[u8]> + ?Sized)) -> Report<'a> {
        let text = String::from_utf8_lossy(source.as_ref());
        self.sources.push((name, text));
        self
    }

    /// Adds how the guest stands now: its number among the guests of this process, its ring, its fuel and memory.
    #[must_use]
    pub fn guest(mut self, lua: &Lua) -> Report<'a> {
        let standing = lua.shared().with(|body, _| {
            Ok(Standing {
                guest: body.generation,
                ring: body.vm.home() as u8,
                fuel_used: body.vm.access(|cpu| cpu.time()),
                fuel_left: match body.is_unlimited {
                    true => None,
                    false => Some(u64::try_from(body.vm.fuel_left()).unwrap_or(0)),
                },
                memory: body.vm.memory_used(),
            })
        });
        self.standing = standing.ok();
        self
    }

    /// Where the error is, as far as the sources tell.
    fn place(&self) -> Option<Spot<'_>> {
        let message = self.error.to_string();
        if let Error::Syntax(error) = self.error {
            let id = |name: &str| chunk_id_within(name.as_bytes(), SYNTAX_ID_SIZE);
            let (name, text) = self.named(&message, id)?;
            return Spot::of_span(name, text, &error.span);
        }
        let id = |name: &str| chunk_id(name.as_bytes());
        let in_message = self.named(&message, id).and_then(|(name, text)| {
            let rest = message.get(name.len() + 1..)?;
            let line = rest.split(':').next()?.parse().ok()?;
            Some((name, text, line))
        });
        let in_stack = || {
            let frame = self.stack().iter().find(|frame| frame.line.is_some())?;
            let (name, text) = self.named(&format!("{}:", frame.chunk), id)?;
            Some((name, text, frame.line?))
        };
        let (name, text, line) = in_message.or_else(in_stack)?;
        Spot::of_message(name, text, line, &message)
    }

    /// The source whose name a text begins with, with that name as messages have it.
    fn named(&self, text: &str, id: impl Fn(&str) -> Vec<u8>) -> Option<(String, &Cow<'a, str>)> {
        self.sources.iter().find_map(|(name, source)| {
            let name = String::from_utf8_lossy(&id(name)).into_owned();
            let rest = text.strip_prefix(name.as_str())?;
            rest.starts_with(':').then_some((name, source))
        })
    }

    fn stack(&self) -> &[Frame] {
        match self.error {
            Error::Lua(error) => &error.traceback,
            _ => &[],
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let message = self.error.to_string();
        write!(f, "{}", Shown(&message))?;
        if let Some(spot) = self.place() {
            spot.show(f)?;
        }
        show_causes(self.error, &message, f)?;
        show_stack(self.stack(), f)?;
        if let Some(standing) = &self.standing {
            standing.show(f)?;
        }
        Ok(())
    }
}

/// The errors of Rust behind an error, each said once.
fn show_causes(error: &Error, message: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let mut said = message.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.ends_with(&text) {
            write!(f, "\ncaused by: {}", Shown(&text))?;
            said = text;
        }
        cause = error.source();
    }
    Ok(())
}

fn show_stack(stack: &[Frame], f: &mut Formatter<'_>) -> fmt::Result {
    if stack.is_empty() {
        return Ok(());
    }
    f.write_str("\nstack traceback:")?;
    let (first, last) = STACK;
    let is_long = stack.len() > first + last;
    for (i, frame) in stack.iter().enumerate() {
        if is_long && i == first {
            f.write_str("\n\t...")?;
        }
        if !is_long || i < first || i + last >= stack.len() {
            write!(f, "\n\t{}", Shown(&frame.to_string()))?;
        }
    }
    Ok(())
}

impl Standing {
    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Standing {
            guest,
            ring,
            fuel_used,
            fuel_left,
            memory,
        } = self;
        write!(f, "\nguest {guest}, ring {ring}, fuel {fuel_used} used")?;
        if let Some(left) = fuel_left {
            write!(f, " and {left} left")?;
        }
        write!(f, ", memory {} KiB", memory.div_ceil(1024))
    }
}

/// A line of a source, and what is meant in it.
struct Spot<'a> {
    chunk: String,
    line: u32,
    text: &'a str,
    /// Bytes of the line.
    marks: Vec<Range<usize>>,
}

impl<'a> Spot<'a> {
    /// The bytes that a syntax error is about.
    fn of_span(chunk: String, source: &'a str, span: &Range<usize>) -> Option<Spot<'a>> {
        let mut begin = 0;
        for (number, text) in (1..).zip(source.split_inclusive('\n')) {
            let end = begin + text.len();
            // What is missing at the end is missing behind the last line.
            if span.start < end || end == source.len() {
                let text = text.trim_end();
                let first = (span.start - begin).min(text.len());
                let last = span.end.saturating_sub(begin).clamp(first, text.len());
                return Some(Spot {
                    chunk,
                    line: number,
                    text,
                    marks: std::iter::once(first..last).collect(),
                });
            }
            begin = end;
        }
        None
    }

    /// What a message names in its line.
    fn of_message(chunk: String, source: &'a str, line: u32, message: &str) -> Option<Spot<'a>> {
        let text = source.lines().nth(line.checked_sub(1)? as usize)?;
        let marks = Meant::in_message(message).map_or(Vec::new(), |meant| meant.find(text));
        Some(Spot {
            chunk,
            line,
            text,
            marks,
        })
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Spot {
            chunk,
            line,
            text,
            marks,
        } = self;
        let letters = |to: usize| text.get(..to).map_or(0, |part| part.chars().count());
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        write!(f, "\n{margin} --> {}:{line}", Shown(chunk))?;
        let first = marks.first().map(|mark| letters(mark.start));
        if let Some(column) = first {
            write!(f, ":{}", column + 1)?;
        }
        // Of a long line, what is around the first mark.
        let skipped = match text.chars().count() > WIDEST {
            true => first.unwrap_or(0).saturating_sub(WIDEST / 2),
            false => 0,
        };
        let shown: String = text
            .chars()
            .skip(skipped)
            .take(WIDEST)
            .map(visible)
            .collect();
        write!(f, "\n{margin} |\n{number} | {}", shown.trim_end())?;
        let mut under = String::new();
        for mark in marks {
            let from = letters(mark.start).saturating_sub(skipped).min(WIDEST);
            let to = letters(mark.end).saturating_sub(skipped).min(WIDEST);
            under.extend((under.chars().count()..from).map(|_| ' '));
            under.extend((from..to.max(from + 1)).map(|_| '^'));
        }
        match under.is_empty() {
            true => Ok(()),
            false => write!(f, "\n{margin} | {under}"),
        }
    }
}

/// A letter that takes one place and does nothing to a terminal.
fn visible(letter: char) -> char {
    match letter {
        '\t' => ' ',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    }
}

/// What a message names.
struct Meant<'m> {
    name: &'m str,
    kind: Kind,
}

#[derive(PartialEq)]
enum Kind {
    /// Behind a dot or a colon.
    Member,
    /// Behind neither.
    Variable,
    /// Before an argument.
    Called,
}

impl<'m> Meant<'m> {
    fn in_message(message: &'m str) -> Option<Meant<'m>> {
        let kinds = [
            ("field '", Kind::Member),
            ("method '", Kind::Member),
            ("global '", Kind::Variable),
            ("local '", Kind::Variable),
            ("upvalue '", Kind::Variable),
            ("to '", Kind::Called),
        ];
        kinds.into_iter().find_map(|(before, kind)| {
            let (_, rest) = message.split_once(before)?;
            let (name, _) = rest.split_once('\'')?;
            (!name.is_empty()).then_some(Meant { name, kind })
        })
    }

    /// The places in a line where the name is: those that look like what is meant, or else all.
    fn find(&self, line: &str) -> Vec<Range<usize>> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<Range<usize>> = line
            .match_indices(self.name)
            .map(|(at, name)| at..at + name.len())
            .filter(|word| {
                let (before, after) = around(line, word);
                !before.ends_with(is_part) && !after.starts_with(is_part)
            })
            .collect();
        let fits = |word: &&Range<usize>| {
            let (before, after) = around(line, word);
            let (before, after) = (before.trim_end(), after.trim_start());
            let is_member = before.ends_with(['.', ':']) && !before.ends_with("..");
            match self.kind {
                Kind::Member => is_member,
                Kind::Variable => !is_member,
                Kind::Called => after.starts_with(['(', '{', '"', '\'', '[']),
            }
        };
        let fitting: Vec<Range<usize>> = words.iter().filter(fits).cloned().collect();
        match fitting.is_empty() {
            true => words,
            false => fitting,
        }
    }
}

/// What is before and behind a word of a line.
fn around<'l>(line: &'l str, word: &Range<usize>) -> (&'l str, &'l str) {
    let before = line.get(..word.start).unwrap_or_default();
    (before, line.get(word.end..).unwrap_or_default())
}

/// A text whose control characters do nothing.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter.is_control() && letter != '\n' && letter != '\t' {
                true => write!(f, "{}", letter.escape_default())?,
                false => write!(f, "{letter}")?,
            }
        }
        Ok(())
    }
}
