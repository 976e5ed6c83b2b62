//! A fleet as lines: for people behind a pipe, and as JSON for machines.

use super::begun::Begun;
use super::view::{Row, View};
use crate::host::STDERR;
use bvm::{Counters, Event, Id, State};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// Writes a line; when nobody reads it, there is nobody to tell.
fn print(line: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line).and_then(|()| out.write_all(b"\n"));
}

/// Lines for people. That a guest waits and goes on is no news to them.
#[derive(Debug, Default)]
pub struct Plain {
    begun: Begun,
}

/// Writes a line that a guest has written.
fn print_line(name: &str, line: &[u8]) {
    print(&[name.as_bytes(), b"| ", line].concat());
}

fn is_news(old: State, new: State) -> bool {
    let waits = |state| matches!(state, State::Running | State::Waiting(_));
    !(waits(old) && waits(new))
}

impl View for Plain {
    fn event(&mut self, name: &str, event: &Event) {
        let change = event.change;
        if change.new.is_end() {
            let rest = self.begun.finish(event.guest);
            rest.iter().for_each(|rest| print_line(name, rest));
        }
        if is_news(change.old, change.new) {
            let time = event.at.as_secs_f64();
            let cause = format!("{:?}", change.cause).to_lowercase();
            print(format!("{time:.3} {name}: {} ({cause})", change.new).as_bytes());
        }
    }

    fn written(&mut self, guest: Id, name: &str, _: i64, bytes: &[u8]) {
        self.begun
            .add(guest, name, bytes, |line| print_line(name, line));
    }

    fn look(&mut self, _: &[Row], _: Duration) -> bool {
        false
    }

    fn end(&mut self, rows: &[Row], total: &Counters, dropped: u64) {
        for (name, rest) in self.begun.finish_all() {
            print_line(&name, &rest);
        }
        summary(rows, total, dropped);
    }
}

/// What has become of all guests, as a table in plain text.
pub fn summary(rows: &[Row], total: &Counters, dropped: u64) {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max(5);
    print(
        format!(
            "{:<width$}  {:<18}{:>14}{:>10}{:>9}  outcome",
            "guest", "state", "fuel", "KiB", "restarts"
        )
        .as_bytes(),
    );
    for row in rows {
        let line = format!(
            "{:<width$}  {:<18}{:>14}{:>10}{:>9}  {}",
            row.name,
            row.state,
            row.counters.fuel,
            row.memory >> 10,
            row.counters.restarts,
            row.words()
        );
        print(line.trim_end().as_bytes());
    }
    print(format!("{:<width$}  {:<18}{:>14}", "all", "", total.fuel).as_bytes());
    if dropped > 0 {
        print(format!("{dropped} events were lost").as_bytes());
    }
}

/// A line of JSON for each event, and one for the end.
#[derive(Debug)]
pub struct Json;

fn counters(counters: &Counters) -> Value {
    json!({
        "fuel": counters.fuel,
        "turns": counters.turns,
        "changes": counters.changes,
        "hypercalls": counters.hypercalls,
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
        print(line.to_string().as_bytes());
    }

    fn written(&mut self, guest: Id, name: &str, stream: i64, bytes: &[u8]) {
        let line = json!({
            "event": "output",
            "guest": name,
            "id": guest.number(),
            "stream": if stream == STDERR { "stderr" } else { "stdout" },
            "text": String::from_utf8_lossy(bytes),
        });
        print(line.to_string().as_bytes());
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
                "memory": row.memory,
                "counters": counters(&row.counters),
            })
        };
        let line = json!({
            "event": "summary",
            "guests": rows.iter().map(guest).collect::<Vec<_>>(),
            "total": counters(total),
            "lost": dropped,
        });
        print(line.to_string().as_bytes());
    }
}
