//! A fleet as lines: for people behind a pipe, and as JSON for machines.

use super::begun::Begun;
use super::shown::{shown, shown_text};
use super::view::{Row, View};
use crate::host::STDERR;
use bvm::{Counters, Event, Id, State};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::Duration;

/// Bytes of lines that wait to be handed out together.
const WAITING: usize = 1 << 16;

/// Lines on their way to standard output.
#[derive(Debug, Default)]
pub struct Printer {
    waiting: Vec<u8>,
    /// Why they cannot get there any more.
    failure: Option<io::Error>,
}

impl Printer {
    /// Prints a line of some parts.
    fn print(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.waiting.extend_from_slice(part);
        }
        self.waiting.push(b'\n');
        if self.waiting.len() >= WAITING {
            self.hand_out();
        }
    }

    fn hand_out(&mut self) {
        let mut out = io::stdout().lock();
        let written = match self.failure {
            None => out.write_all(&self.waiting).and_then(|()| out.flush()),
            Some(_) => Ok(()),
        };
        self.waiting.clear();
        self.failure = self.failure.take().or(written.err());
    }

    /// Hands out what waits.
    ///
    /// # Errors
    /// What of all so far could not be written, once.
    pub fn flush(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.hand_out();
        }
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// Lines for people. That a guest waits and goes on is no news to them.
#[derive(Debug, Default)]
pub struct Plain {
    begun: Begun,
    out: Printer,
}

/// Prints a line that a guest has written behind its name.
fn said(out: &mut Printer, name: &str, line: &[u8]) {
    out.print(&[name.as_bytes(), b"| ", &shown(line)]);
}

fn is_news(old: State, new: State) -> bool {
    let waits = |state| matches!(state, State::Running | State::Waiting(_));
    !(waits(old) && waits(new))
}

impl View for Plain {
    fn event(&mut self, name: &str, event: &Event) {
        let change = event.change;
        if change.new.is_end()
            && let Some(rest) = self.begun.finish(event.guest)
        {
            said(&mut self.out, name, &rest);
        }
        if is_news(change.old, change.new) {
            let time = event.at.as_secs_f64();
            let cause = format!("{:?}", change.cause).to_lowercase();
            let line = format!("{time:.3} {name}: {} ({cause})", change.new);
            self.out.print(&[line.as_bytes()]);
        }
    }

    fn written(&mut self, guest: Id, name: &str, _: i64, bytes: &[u8]) {
        let out = &mut self.out;
        let show = |line: &[u8]| said(out, name, line);
        self.begun.add(guest, name, bytes, show);
    }

    fn look(&mut self, _: &[Row], _: Duration) -> bool {
        false
    }

    fn end(&mut self, rows: &[Row], total: &Counters, dropped: u64) {
        for (name, rest) in self.begun.finish_all() {
            said(&mut self.out, &name, &rest);
        }
        summary(&mut self.out, rows, total, dropped);
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What has become of all guests, as a table in plain text.
pub fn summary(out: &mut Printer, rows: &[Row], total: &Counters, dropped: u64) {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut print = |line: String| out.print(&[line.trim_end().as_bytes()]);
    print(format!(
        "{:<width$}  {:<18}{:>14}{:>10}{:>9}  outcome",
        "guest", "state", "fuel", "KiB", "restarts"
    ));
    for row in rows {
        print(format!(
            "{:<width$}  {:<18}{:>14}{:>10}{:>9}  {}",
            row.name,
            row.state,
            row.counters.fuel,
            row.memory >> 10,
            row.counters.restarts,
            row.line()
        ));
        for line in row.stack() {
            print(format!("{:<width$}    {}", "", shown_text(&line)));
        }
    }
    print(format!("{:<width$}  {:<18}{:>14}", "all", "", total.fuel));
    if dropped > 0 {
        print(format!("{dropped} events were lost"));
    }
}

/// A line of JSON for each event, and one for the end.
#[derive(Debug, Default)]
pub struct Json {
    out: Printer,
}

fn counters(counters: &Counters) -> Value {
    json!({
        "fuel": counters.fuel,
        "turns": counters.turns,
        "changes": counters.changes,
        "hypercalls": counters.hypercalls,
        "output": counters.output,
        "sent": counters.sent,
        "received": counters.received,
        "refused": counters.refused,
        "restarts": counters.restarts,
    })
}

impl View for Json {
    fn event(&mut self, name: &str, event: &Event) {
        let line = json!({
            "event": "change",
            "time": event.at.as_secs_f64(),
            "guest": name,
            "id": event.guest.number(),
            "old": event.change.old.to_string(),
            "new": event.change.new.to_string(),
            "cause": format!("{:?}", event.change.cause).to_lowercase(),
        });
        self.out.print(&[line.to_string().as_bytes()]);
    }

    fn written(&mut self, guest: Id, name: &str, stream: i64, bytes: &[u8]) {
        let line = json!({
            "event": "output",
            "guest": name,
            "id": guest.number(),
            "stream": if stream == STDERR { "stderr" } else { "stdout" },
            "text": String::from_utf8_lossy(bytes),
        });
        self.out.print(&[line.to_string().as_bytes()]);
    }

    fn look(&mut self, _: &[Row], _: Duration) -> bool {
        false
    }

    fn end(&mut self, rows: &[Row], total: &Counters, dropped: u64) {
        let guest = |row: &Row| {
            json!({
                "guest": row.name,
                "id": row.id.number(),
                "state": row.state.to_string(),
                "ring": row.ring.number(),
                "outcome": row.words(),
                "traceback": row.stack(),
                "memory": row.memory,
                "fuel_left": row.fuel_left,
                "inbox": row.waiting,
                "counters": counters(&row.counters),
            })
        };
        let line = json!({
            "event": "summary",
            "guests": rows.iter().map(guest).collect::<Vec<_>>(),
            "total": counters(total),
            "lost": dropped,
        });
        self.out.print(&[line.to_string().as_bytes()]);
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
