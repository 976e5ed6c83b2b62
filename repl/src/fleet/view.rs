//! What a fleet is shown by, and what of a guest is shown. Must not know a terminal.

use super::lines::{Json, Plain};
use super::shown::shown_text;
use super::table::Screen;
use bvm::{Counters, Event, Frame, Id, Info, Outcome, Ring, State};
use std::io;
use std::time::Duration;

/// Shows a fleet.
pub trait View {
    /// A guest's state has changed.
    fn event(&mut self, name: &str, event: &Event);
    /// A guest has written to a stream.
    fn written(&mut self, guest: Id, name: &str, stream: i64, bytes: &[u8]);
    /// Now and then: all guests. Says whether the person who looks has seen enough.
    fn look(&mut self, rows: &[Row], now: Duration) -> bool;
    /// All is over.
    fn end(&mut self, rows: &[Row], total: &Counters, dropped: u64);
    /// Hands out what has been shown so far.
    ///
    /// # Errors
    /// Nobody can read it any more.
    fn flush(&mut self) -> io::Result<()>;
}

/// The view for a kind of output.
pub fn choose(json: bool, is_terminal: bool) -> Box<dyn View> {
    if json {
        return Box::new(Json::default());
    }
    match is_terminal.then(Screen::open).flatten() {
        Some(screen) => Box::new(screen),
        None => Box::new(Plain::default()),
    }
}

/// What is shown of a guest.
#[derive(Debug)]
pub struct Row {
    pub id: Id,
    pub name: String,
    pub state: State,
    pub ring: Ring,
    pub outcome: Option<Outcome>,
    traceback: Vec<Frame>,
    pub fuel_left: Option<i64>,
    pub memory: u64,
    pub waiting: usize,
    pub counters: Counters,
}

impl Row {
    pub fn new(name: String, info: Info) -> Row {
        Row {
            id: info.id,
            name,
            state: info.state,
            ring: info.ring,
            outcome: info.outcome,
            traceback: info.traceback,
            fuel_left: info.fuel_left,
            memory: info.memory,
            waiting: info.waiting,
            counters: info.counters,
        }
    }

    /// The first line of [`Row::words`], without control characters: a traceback is too much for a table.
    pub fn line(&self) -> String {
        shown_text(self.words().lines().next().unwrap_or_default())
    }

    /// The lines of the stack of the error that has ended the guest. A program that was saved tells of it itself, in its
    /// message: where that is raised again says nothing.
    pub fn stack(&self) -> Vec<String> {
        match self.words().split_once("\nstack traceback:\n") {
            Some((_, lines)) => lines.lines().map(|line| line.trim().to_owned()).collect(),
            None => self.traceback.iter().map(Frame::to_string).collect(),
        }
    }

    /// How the guest has ended, in words; empty when it has not, or when there is nothing to say.
    pub fn words(&self) -> String {
        match &self.outcome {
            None => String::new(),
            Some(Outcome::Done(values)) => values.iter().map(words).collect::<Vec<_>>().join("\t"),
            Some(Outcome::Ended(code)) => format!("exit code {code}"),
            Some(Outcome::Error(message)) => String::from_utf8_lossy(message).into_owned(),
            Some(Outcome::Failed(error)) => error.to_string(),
            Some(Outcome::Panic(text)) => format!("panic: {text}"),
            Some(other) => format!("{other:?}"),
        }
    }
}

/// A value as `print` shows it, where that is plain.
fn words(value: &bvm::Value) -> String {
    match value {
        bvm::Value::Nil => "nil".to_owned(),
        bvm::Value::Bool(b) => b.to_string(),
        bvm::Value::Number(n) => n.to_string(),
        bvm::Value::String(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.type_name().to_owned(),
    }
}
