//! Messages of the command on standard error. Must not run anything.

use crate::host::{Host, STDERR, say};
use crate::run::Refused;
use crate::session::{End, Session};
use bvm_vm::{Type, Value};
use std::io::IsTerminal;
use std::ops::Range;

/// The name before every message.
const PROGRAM: &str = "bvm";
/// Exit code of an error.
pub const FAILED: i32 = 1;
/// Exit code when fuel or time is used up.
pub const OUT_OF_BUDGET: i32 = 124;
/// Exit code when memory that the user limited is used up.
pub const OUT_OF_MEMORY: i32 = 137;

/// Whether messages name the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// They do.
    Command,
    /// They do not: a person sits at the prompt of the program.
    Interactive,
}

/// Writes a message to standard error, behind the name of the program.
pub fn message(host: &mut Host, text: &[u8]) {
    tell(host, text, Tone::Command);
}

fn tell(host: &mut Host, text: &[u8], tone: Tone) {
    let name: &[&[u8]] = match tone {
        Tone::Command => &[PROGRAM.as_bytes(), b": "],
        Tone::Interactive => &[],
    };
    // C's `fprintf` writes texts up to their first zero byte.
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let line = [name.concat().as_slice(), text, b"\n"].concat();
    say(host, STDERR, &line);
}

/// Reports how a call ended, if not well: the exit code, `None` when it ended well.
pub fn end(session: &mut Session, end: &End, memory_is_limited: bool, tone: Tone) -> Option<i32> {
    match end {
        End::Done => None,
        End::Exit(code) => Some(*code),
        End::OutOfFuel => {
            message(&mut session.host, b"out of fuel");
            Some(OUT_OF_BUDGET)
        }
        End::OutOfTime => {
            message(&mut session.host, b"out of time");
            Some(OUT_OF_BUDGET)
        }
        End::Error(value) => {
            let text = text_of(session, *value);
            if let Some(text) = &text {
                tell(&mut session.host, text, tone);
            }
            let memory = text.as_deref() == Some(b"not enough memory");
            Some(if memory && memory_is_limited {
                OUT_OF_MEMORY
            } else {
                FAILED
            })
        }
    }
}

/// The text of an error; none of nil, which is reported by the exit code alone.
pub fn text_of(session: &mut Session, value: Value) -> Option<Vec<u8>> {
    match value.type_of() {
        Type::Nil => None,
        Type::String | Type::Number => Some(session.vm.display(value)),
        _ => Some(b"(error object is not a string)".to_vec()),
    }
}

/// Reports a chunk that cannot be run; for a person with the line and a caret under the place.
pub fn refused(host: &mut Host, refused: &Refused, tone: Tone) {
    tell(host, &refused.message, tone);
    if let Some((source, span)) = &refused.place
        && std::io::stderr().is_terminal()
    {
        say(host, STDERR, &excerpt(source, span));
    }
}

/// The line of a place in a source, and a caret under it.
fn excerpt(source: &[u8], span: &Range<usize>) -> Vec<u8> {
    const WIDTH: usize = 100;
    let start = span.start.min(source.len());
    let before = source.get(..start).unwrap_or_default();
    let line_start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    // A long line is shown from a little before the place.
    let from = line_start.max(start.saturating_sub(WIDTH / 2));
    let rest = source.get(from..).unwrap_or_default();
    let line = rest
        .split(|&byte| byte == b'\n' || byte == b'\r')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(line.get(..WIDTH).unwrap_or(line));
    let lead = String::from_utf8_lossy(source.get(from..start).unwrap_or_default());
    let shown = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    };
    let carets = span
        .len()
        .clamp(1, WIDTH.saturating_sub(lead.chars().count()).max(1));
    format!(
        "    {}\n    {}{}\n",
        shown(&line),
        " ".repeat(lead.chars().count()),
        "^".repeat(carets)
    )
    .into_bytes()
}
