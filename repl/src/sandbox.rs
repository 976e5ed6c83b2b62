//! `bvm run` and `bvm replay`: a program that is not trusted, in a guest of the crate `bvm`. Must not know the
//! options of `lua`.

use crate::allowed::{self, Allowed, Options};
use crate::args;
use crate::host::{Folders, Host, Outcome, STDERR, say};
use crate::report::{self, FAILED, OUT_OF_BUDGET, OUT_OF_MEMORY};
use crate::session::{Guard, deadline};
use crate::signals::Signals;
use bvm::{Answer, Builder, Error, Exit, Function, Guest, Journal, Request, Value};
use clap::Parser;
use std::ffi::OsString;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Units of fuel between two looks at the clock.
const SLICE: u64 = 200_000;

/// Runs the program as the session of the command does, and raises its error with a traceback: whoever goes on with
/// a program that was saved in the middle sees whether it fails.
const WRAPPER: &str = "local main, name = ...
local trace, raise = debug and debug.traceback, error
local function pack(_, _, ...) return select('#', ...), {...} end
local count, words = pack(...)
arg = {[0] = name}
for i = 1, count do arg[i] = words[i] end
local function call() return main(unpack(words, 1, count)) end
local function done(ok, ...)
  if not ok then raise((...), 0) end
  return ...
end
return done(xpcall(call, function(message)
  local is_text = type(message) == 'string' or type(message) == 'number'
  if not trace or not is_text or message == 'not enough memory' then return message end
  return trace(message, 2)
end))";

/// The outside world of such a program.
struct World(Host);

impl bvm::Host for World {
    fn answer(&mut self, request: &Request) -> Answer {
        match self.0.answer_in_time(request.clone()) {
            Ok(Outcome::Reply(reply)) => Answer::Reply(reply),
            Ok(Outcome::Exit(code)) => Answer::End(i64::from(code)),
            // The guest stands where it asks, and is stopped there.
            Err(_) => Answer::Later,
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.0.flush_all();
    }
}

/// The name of a script that stands for standard input.
const STDIN: &str = "-";

/// What is to be run, which a journal has to hold.
struct Program {
    name: Vec<u8>,
    source: Vec<u8>,
    args: Vec<Vec<u8>>,
}

impl Program {
    /// The program that the words of the command line name: the script and its arguments.
    fn read(words: &[OsString]) -> Result<Program, String> {
        let (script, args) = words.split_first().ok_or("no script")?;
        let shown = script.to_string_lossy();
        let mut source = Vec::new();
        let read = match &*shown {
            STDIN => io::stdin().read_to_end(&mut source).map(|_| ()),
            _ if shown.starts_with('-') => return Err(format!("unknown option '{shown}'")),
            _ => std::fs::read(script).map(|bytes| source = bytes),
        };
        read.map_err(|error| format!("{shown}: {error}"))?;
        Ok(Program {
            name: allowed::bytes(script),
            source,
            args: args.iter().map(|word| allowed::bytes(word)).collect(),
        })
    }
}

/// What stops a program.
struct Limits {
    fuel: u64,
    deadline: Option<Instant>,
    /// Those that end the program as its time does; none where they end the command.
    signals: Option<Signals>,
    has_memory: bool,
}

impl Limits {
    /// How the program ends that has to end now, if it has to.
    fn over(&self) -> Option<End> {
        if let Some(code) = self.signals.as_ref().and_then(Signals::code) {
            return Some(End::Interrupted(code));
        }
        let deadline = self.deadline?;
        (Instant::now() >= deadline).then_some(End::OutOfTime)
    }
}

/// Says something on standard error.
fn tell(text: &str) {
    let mut host = Host::new(0);
    report::message(&mut host, text.as_bytes());
    host.flush_all();
}

/// `bvm run SCRIPT`; gives the exit code.
pub fn run(argv: &[Vec<u8>]) -> i32 {
    let options: Options = match args::parse_own(argv) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match run_with(&options) {
        Ok(code) => code,
        Err(message) => {
            tell(&message);
            FAILED
        }
    }
}

fn run_with(options: &Options) -> Result<i32, String> {
    let program = Program::read(&options.words)?;
    let bounds = &options.bounds;
    let allowed = allowed::allowed(&bounds.allow, options.ring)?;
    refuse_files_twice(options)?;
    let record = options.record.as_deref().map(Record::open).transpose()?;
    let guard = bounds.timeout.map(Guard::new);
    let limits = Limits {
        fuel: bounds.fuel.unwrap_or(u64::MAX),
        deadline: deadline(bounds.timeout),
        signals: Some(Signals::watch()),
        has_memory: bounds.memory.is_some(),
    };
    let mut guest = match builder(options, allowed, &limits).build() {
        Ok(guest) => guest,
        Err(error) => return Ok(report_error(&error.to_string(), limits.has_memory)),
    };
    let (end, given) = execute(&mut guest, &program, &limits);
    let stopped = matches!(end, End::OutOfFuel | End::OutOfTime | End::Interrupted(_));
    // Files take what time they take, and the last words of the program no longer than those of others.
    let was_guarded = guard.map(drop).is_some();
    let mut failures = Vec::new();
    if let Some(path) = &bounds.snapshot_out
        && stopped
    {
        failures.extend(save(&mut guest, path).err());
    }
    if let Some(record) = record {
        let fuel = if stopped { given } else { u64::MAX };
        failures.extend(record.write(&mut guest, &program, fuel).err());
    }
    failures.iter().for_each(|message| tell(message));
    let _guard = was_guarded.then(|| Guard::new(Duration::ZERO));
    // How the program has ended says more than that a file could not be written.
    Ok(match finish(guest, end, &limits) {
        0 if !failures.is_empty() => FAILED,
        code => code,
    })
}

/// Refuses files that would take each other's place: what is written when the program has ended must leave the script
/// and each other alone. Devices and pipes take anything.
fn refuse_files_twice(options: &Options) -> Result<(), String> {
    let script = options.words.first().filter(|word| *word != STDIN);
    let files = [
        ("the script", script.map(PathBuf::from)),
        ("--record", options.record.clone()),
        ("--snapshot-out", options.bounds.snapshot_out.clone()),
    ];
    let mut seen: Vec<(&str, PathBuf)> = Vec::new();
    for (what, path) in files {
        let Some(path) = path else { continue };
        let place = place_of(&path);
        if place.exists() && !place.is_file() {
            continue;
        }
        if let Some((other, _)) = seen.iter().find(|(_, known)| *known == place) {
            return Err(format!(
                "{}: {what} is the same file as {other}",
                path.display()
            ));
        }
        seen.push((what, place));
    }
    Ok(())
}

/// The path of a file without links, of one that is not there yet behind its folder's.
fn place_of(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let behind = |folder: PathBuf| folder.join(path.file_name().unwrap_or_default());
    let place = path.canonicalize();
    place.unwrap_or_else(|_| folder.canonicalize().map_or(path.to_owned(), behind))
}

/// What the guest is made with.
fn builder(options: &Options, allowed: Allowed, limits: &Limits) -> Builder {
    let memory = options.bounds.memory;
    let mut host = Host::new(memory.unwrap_or(1 << 32));
    host.confine(allowed.folders);
    host.give_up(limits.deadline, limits.signals.clone());
    let fresh = || RandomState::new().hash_one(std::process::id());
    let seed = options.seed.or_else(|| allowed.random.then(fresh));
    let mut builder = Guest::builder()
        .host(World(host))
        .grants(allowed.grants)
        .dialect(options.dialect.unwrap_or_default())
        .memory(memory.unwrap_or(u64::MAX))
        .ring(bvm::Ring::new(options.ring).unwrap_or_default());
    if let Some(seed) = seed {
        builder = builder.seed(seed);
    }
    match options.record {
        Some(_) => builder.record(),
        None => builder,
    }
}

/// `path: message`.
fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn save(guest: &mut Guest, path: &Path) -> Result<(), String> {
    let bytes = guest.snapshot().map_err(|error| error.to_string())?;
    std::fs::write(path, bytes).map_err(|error| told(path, &error))
}

/// The file of a journal. It is opened before the program runs, which cannot be done again for want of a folder, and
/// keeps what is in it until there is a journal.
struct Record {
    path: PathBuf,
    file: File,
}

impl Record {
    fn open(path: &Path) -> Result<Record, String> {
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(false).open(path);
        Ok(Record {
            path: path.to_owned(),
            file: file.map_err(|error| told(path, &error))?,
        })
    }

    fn write(mut self, guest: &mut Guest, program: &Program, fuel: u64) -> Result<(), String> {
        let Some(mut journal) = guest.take_journal() else {
            return Ok(());
        };
        let note = (&program.name, &program.source, &program.args, fuel);
        journal.note = postcard::to_stdvec(&note).map_err(|error| error.to_string())?;
        // A pipe or a device has no length.
        let is_file = self.file.metadata().is_ok_and(|data| data.is_file());
        let emptied = if is_file {
            self.file.set_len(0)
        } else {
            Ok(())
        };
        let written = emptied.and_then(|()| self.file.write_all(&journal.to_bytes()));
        written.map_err(|error| told(&self.path, &error))
    }
}

/// Runs a program again from its journal.
#[derive(Debug, Parser)]
#[command(
    name = "bvm replay",
    bin_name = "bvm replay",
    disable_version_flag = true
)]
struct ReplayOptions {
    /// What 'bvm run --record' has written
    journal: OsString,
}

/// `bvm replay JOURNAL`; gives the exit code, which is that of the first run.
pub fn replay(argv: &[Vec<u8>]) -> i32 {
    let options: ReplayOptions = match args::parse_own(argv) {
        Ok(options) => options,
        Err(code) => return code,
    };
    let path = options.journal.to_string_lossy().into_owned();
    match replay_file(&options) {
        Ok(code) => code,
        Err(message) => {
            tell(&format!("{path}: {message}"));
            FAILED
        }
    }
}

fn replay_file(options: &ReplayOptions) -> Result<i32, String> {
    type Note = (Vec<u8>, Vec<u8>, Vec<Vec<u8>>, u64);
    let bytes = std::fs::read(&options.journal).map_err(|error| error.to_string())?;
    let journal = Journal::from_bytes(&bytes).map_err(|error| error.to_string())?;
    let note: Result<Note, _> = postcard::from_bytes(&journal.note);
    let (name, source, args, fuel) = note.map_err(|_| "the journal of another program")?;
    let limits = Limits {
        fuel,
        deadline: None,
        signals: None,
        has_memory: journal.setup.memory != u64::MAX,
    };
    let mut host = Host::new(0);
    host.confine(Folders::default());
    let builder = Guest::builder().host(World(host)).replay(journal);
    let mut guest = match builder.build() {
        Ok(guest) => guest,
        Err(error) => return Ok(report_error(&error.to_string(), limits.has_memory)),
    };
    let program = Program { name, source, args };
    let (end, _) = execute(&mut guest, &program, &limits);
    let left = guest.entries_left();
    let code = finish(guest, end, &limits);
    match left {
        0 => Ok(code),
        _ => Err(format!(
            "the program ended {left} entries before its journal"
        )),
    }
}

/// How a program ended.
enum End {
    Exit(Exit),
    Refused(Error),
    OutOfFuel,
    OutOfTime,
    /// By a signal, with this exit code.
    Interrupted(i32),
}

/// Runs the program; gives the fuel that it was given, too.
fn execute(guest: &mut Guest, program: &Program, limits: &Limits) -> (End, u64) {
    if let Err(error) = begin(guest, program) {
        return (End::Refused(error), 0);
    }
    let mut given = 0;
    loop {
        let slice = SLICE.min(limits.fuel - given);
        given += slice;
        match guest.run(slice) {
            Exit::OutOfFuel if given == limits.fuel && guest.fuel_left() <= 0 => {
                return (End::OutOfFuel, given);
            }
            // Nobody will raise the limit of the ring that the program itself has limited.
            Exit::OutOfFuel if guest.is_overdrawn() => return (End::OutOfFuel, given),
            Exit::OutOfFuel => {}
            Exit::Waiting => return (limits.over().unwrap_or(End::OutOfTime), given),
            exit => return (End::Exit(exit), given),
        }
        if let Some(end) = limits.over() {
            return (end, given);
        }
    }
}

fn begin(guest: &mut Guest, program: &Program) -> Result<(), Error> {
    let chunk_name = match String::from_utf8_lossy(&program.name) {
        name if name == STDIN => "=stdin".to_owned(),
        name => format!("@{name}"),
    };
    let main: Function = guest.load(&program.source, &chunk_name)?;
    let wrapper = guest.load(WRAPPER, "=(command)")?;
    let mut values = vec![Value::Function(main), Value::from(program.name.clone())];
    values.extend(program.args.iter().cloned().map(Value::from));
    guest.start(&wrapper, &values)
}

/// Drops the guest, which writes out what it has said, and tells how it ended: the exit code.
fn finish(guest: Guest, end: End, limits: &Limits) -> i32 {
    drop(guest);
    let text = |value: &Value| match value {
        Value::String(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Number(n) => n.to_string(),
        _ => "(error object is not a string)".into(),
    };
    match end {
        End::OutOfFuel => {
            tell("out of fuel");
            OUT_OF_BUDGET
        }
        End::OutOfTime => {
            tell("out of time");
            OUT_OF_BUDGET
        }
        End::Interrupted(code) => {
            tell("interrupted");
            code
        }
        End::Refused(error) => report_error(&error.to_string(), limits.has_memory),
        End::Exit(Exit::Done(_)) => 0,
        End::Exit(Exit::Ended(code)) => code as i32,
        End::Exit(Exit::Error(error)) => match &error.value {
            Value::Nil => FAILED,
            value => report_error(&text(value), limits.has_memory),
        },
        End::Exit(Exit::Diverged(divergence)) => report_error(&divergence.to_string(), false),
        End::Exit(exit) => report_error(&format!("unexpected end: {exit:?}"), false),
    }
}

fn report_error(message: &str, has_memory: bool) -> i32 {
    let mut host = Host::new(0);
    say(&mut host, STDERR, format!("bvm: {message}\n").as_bytes());
    host.flush_all();
    let full = matches!(message, "not enough memory" | "no room for a guest");
    if full && has_memory {
        OUT_OF_MEMORY
    } else {
        FAILED
    }
}
