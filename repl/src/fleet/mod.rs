//! `bvm fleet FILE`: guests from a declaration, run by a supervisor and watched until none does anything more. Must not
//! know how they are shown (`view.rs` and what is behind it).

mod begun;
mod console;
mod declare;
mod lines;
mod pipe;
mod rights;
mod shown;
mod table;
mod view;

use crate::args;
use crate::host::{BROKEN_PIPE, Host, STDERR, STDOUT, read_path};
use crate::report::{self, FAILED};
use crate::signals::{INTERRUPTED, Signals};
use bvm::{Event, Events, Id, Outcome, Refusal, State, Supervisor};
use clap::Parser;
use declare::Declaration;
use pipe::Reader;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, IsTerminal};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};
use view::{Row, View};

/// Exit code when nothing is left but guests that wait for messages which nobody will send.
const WAIT_FOR_EVER: i32 = 3;

/// Events that may wait to be shown.
const WAITING: usize = 1 << 16;
/// Events that are shown before signals are looked at again.
const BATCH: usize = 1 << 8;

/// How long nothing is looked at when nothing happens.
const PAUSE: Duration = Duration::from_millis(20);
/// How often all guests are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Run the guests that a file declares, and watch them until none can do anything any more by itself
#[derive(Debug, Parser)]
#[command(
    name = "bvm fleet",
    bin_name = "bvm fleet",
    disable_version_flag = true
)]
struct Options {
    /// Print a line of JSON for each event, for machines
    #[arg(long)]
    json: bool,
    /// Threads that run guests, at least 1; without it as many as the file says, or the machine has
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// The declaration, in TOML
    #[arg(value_name = "FILE")]
    file: OsString,
}

/// Runs the subcommand; gives the exit code.
pub fn main(argv: &[Vec<u8>]) -> i32 {
    let options: Options = match args::parse_own(argv) {
        Ok(options) => options,
        Err(code) => return code,
    };
    let mut host = Host::new(1 << 32);
    let code = start(&mut host, &options).unwrap_or_else(|text| {
        report::message(&mut host, text.as_bytes());
        FAILED
    });
    host.flush_all();
    code
}

/// Starts all guests and watches them.
fn start(host: &mut Host, options: &Options) -> Result<i32, String> {
    let (file, path) = (options.file.as_bytes(), options.file.to_string_lossy());
    let bytes = read_path(host, file).map_err(|e| format!("{path}: {}", e.message))?;
    let declaration = Declaration::parse(&bytes).map_err(|e| format!("{path}: {e}"))?;
    declaration.check().map_err(|e| format!("{path}: {e}"))?;
    let folder = match file.iter().rposition(|&byte| byte == b'/') {
        Some(at) => file.get(..=at).unwrap_or_default().to_vec(),
        None => Vec::new(),
    };
    let builder = Supervisor::builder();
    let threads = options.threads.map(NonZero::get);
    let builder = match threads.or(declaration.threads) {
        Some(count) => builder.threads(count),
        None => builder,
    };
    let supervisor = builder.build();
    let events = supervisor.events(WAITING);
    let (writer, written) = pipe::pipe();
    let mut names = BTreeMap::new();
    for guest in &declaration.guests {
        let script = [folder.as_slice(), guest.script.as_bytes()].concat();
        let source = read_path(host, &script)
            .map_err(|e| format!("{}: {}", String::from_utf8_lossy(&script), e.message))?;
        let rights = guest.rights(Path::new(OsStr::from_bytes(&folder)))?;
        for number in 1..=guest.count {
            let plan = guest.plan(&source, number, &rights, &writer)?;
            let (created, name) = (supervisor.create(plan), guest.name_of(number));
            let id = created.map_err(|e| e.to_string())?;
            supervisor.name(id, &name).map_err(|e| e.to_string())?;
            names.insert(id, name);
        }
    }
    let mut fleet = Fleet {
        written,
        supervisor,
        events,
        names,
        view: view::choose(options.json, std::io::stdout().is_terminal()),
        has_failed: false,
    };
    let signals = Signals::watch();
    fleet.start();
    match fleet.watch(&signals) {
        Ok(code) => {
            if code == WAIT_FOR_EVER {
                let text = "guests wait, and nobody is left to wake them";
                report::message(host, text.as_bytes());
            }
            Ok(code)
        }
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(BROKEN_PIPE),
        Err(error) => Err(format!("standard output: {error}")),
    }
}

/// Guests that run, and how they are shown.
struct Fleet {
    /// It goes first: the supervisor waits for its threads, and these must not wait for a reader then.
    written: Reader,
    supervisor: Supervisor,
    events: Events,
    names: BTreeMap<Id, String>,
    view: Box<dyn View>,
    has_failed: bool,
}

impl Fleet {
    fn start(&mut self) {
        let ids: Vec<Id> = self.names.keys().copied().collect();
        for id in ids {
            match self.supervisor.start(id) {
                Ok(()) | Err(Refusal::NotStarted(_)) => {}
                Err(_) => self.has_failed = true,
            }
            self.show(BATCH);
        }
    }

    /// Watches until nobody can do anything any more: the exit code.
    ///
    /// # Errors
    /// Nobody can read what is shown any more.
    fn watch(&mut self, signals: &Signals) -> io::Result<i32> {
        let mut looked = Instant::now();
        loop {
            let event = self.events.next_within(PAUSE);
            self.show_written();
            if let Some(event) = event {
                self.show_event(&event);
            }
            self.show(BATCH);
            self.view.flush()?;
            let is_over = self.supervisor.is_quiet();
            let mut left = signals.code();
            if is_over || left.is_some() || looked.elapsed() >= LOOK {
                looked = Instant::now();
                let rows = self.rows();
                if self.view.look(&rows, self.supervisor.now()) {
                    left = left.or(Some(INTERRUPTED));
                }
                if left.is_some() || is_over {
                    return self.end(left);
                }
            }
        }
    }

    /// Shows how all has ended; `left` is the exit code of a fleet that was told to end.
    fn end(&mut self, left: Option<i32>) -> io::Result<i32> {
        if left.is_some() {
            // Guests that go on to write would have something to be shown for ever.
            self.written.close();
        }
        self.show(WAITING);
        let rows = self.rows();
        let code = left.unwrap_or_else(|| self.code(&rows));
        let (total, dropped) = (self.supervisor.counters(), self.events.dropped());
        self.view.end(&rows, &total, dropped);
        self.view.flush()?;
        Ok(code)
    }

    /// The exit code for what has become of all guests.
    fn code(&self, rows: &[Row]) -> i32 {
        let has_ended_well =
            |row: &Row| matches!(row.outcome, Some(Outcome::Done(_) | Outcome::Ended(0)));
        let waits = |row: &Row| matches!(row.state, State::Waiting(_));
        let mut declared = rows.iter().filter(|row| self.names.contains_key(&row.id));
        let all_well = declared.all(|row| has_ended_well(row) || waits(row));
        match all_well && !self.has_failed {
            false => FAILED,
            true if rows.iter().any(waits) => WAIT_FOR_EVER,
            true => 0,
        }
    }

    /// Shows what has happened and been written so far; what a guest wrote comes before its end.
    /// No more than so many changes: while they are shown, more come.
    fn show(&mut self, most: usize) {
        for _ in 0..most {
            let event = self.events.try_next();
            self.show_written();
            match event {
                Some(event) => self.show_event(&event),
                None => return,
            }
        }
    }

    fn show_event(&mut self, event: &Event) {
        let name = name(&self.names, event.guest);
        self.view.event(&name, event);
    }

    fn show_written(&mut self) {
        for piece in self.written.take() {
            let stream = if piece.is_error { STDERR } else { STDOUT };
            let name = name(&self.names, piece.guest);
            self.view.written(piece.guest, &name, stream, &piece.bytes);
        }
    }

    fn rows(&self) -> Vec<Row> {
        let infos = self.supervisor.list().into_iter();
        let mut rows: Vec<Row> = infos
            .filter(|info| info.state != State::Gone)
            .map(|info| Row::new(name(&self.names, info.id), info))
            .collect();
        rows.sort_by_key(|row| row.id);
        rows
    }
}

/// What a guest is called: those that were spawned have no name of their own.
fn name(names: &BTreeMap<Id, String>, id: Id) -> String {
    names
        .get(&id)
        .cloned()
        .unwrap_or_else(|| format!("guest {id}"))
}
