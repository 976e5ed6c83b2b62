//! Programs that are saved when a limit is reached, gone on with, and described. Must not know what is in a
//! snapshot.

use crate::allowed::{self, Bounds};
use crate::args;
use crate::host::{self, Host, STDOUT, say};
use crate::report::{self, Tone};
use crate::session::{self, End, Session};
use bvm_isa::Dialect;
use bvm_vm::ring::Ring;
use bvm_vm::{Cpu, Vm};
use clap::Parser;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Saves a session whose fuel or time is over, if that was asked for.
pub fn save(session: &mut Session, end: &End) {
    let Some(path) = session.snapshot_out.clone() else {
        return;
    };
    if !matches!(end, End::OutOfFuel | End::OutOfTime) {
        return;
    }
    let written = match session.save() {
        Ok(bytes) => {
            let written = session.host.write_file(&path, &bytes);
            written.map_err(|(_, error)| error.message)
        }
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = written {
        report::message(&mut session.host, &told(&path, &error));
    }
}

/// `path: message`.
fn told(path: &[u8], message: &str) -> Vec<u8> {
    [path, b": ", message.as_bytes()].concat()
}

/// Go on with a saved program. It may use nothing but what it is allowed, whatever it was allowed before: a file
/// may come from anybody
#[derive(Debug, Parser)]
#[command(
    name = "bvm resume",
    bin_name = "bvm resume",
    disable_version_flag = true
)]
struct ResumeOptions {
    #[command(flatten)]
    bounds: Bounds,
    /// Let the program use everything, as 'bvm SCRIPT' does: for programs that you would run so
    #[arg(long, conflicts_with = "allow")]
    trusted: bool,
    /// The saved program
    #[arg(value_name = "FILE")]
    file: OsString,
}

/// Say what a saved program is, without running it
#[derive(Debug, Parser)]
#[command(name = "bvm info", bin_name = "bvm info", disable_version_flag = true)]
struct InfoOptions {
    /// The saved program
    #[arg(value_name = "FILE")]
    file: OsString,
}

/// The machine that a file holds.
fn open(path: &OsStr, memory: Option<u64>) -> Result<Vm, String> {
    let path = path.as_bytes();
    let read = host::read_path(&mut Host::new(1 << 32), path).map_err(|error| error.message);
    let restored = read.and_then(|bytes| {
        let restored = session::restore(memory, &bytes);
        restored.map_err(|error| error.to_string())
    });
    restored.map_err(|error| format!("{}: {error}", String::from_utf8_lossy(path)))
}

/// Tells what went wrong; gives the exit code.
fn failed(message: &str) -> i32 {
    let mut host = Host::new(0);
    report::message(&mut host, message.as_bytes());
    host.flush_all();
    report::FAILED
}

/// `bvm resume FILE`: goes on with a saved program; gives the exit code.
pub fn resume(argv: &[Vec<u8>]) -> i32 {
    let options: ResumeOptions = match args::parse_own(argv) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match prepare(&options) {
        Ok(session) => go_on(session, options.bounds.memory.is_some()),
        Err(message) => failed(&message),
    }
}

/// The session that goes on with a file.
fn prepare(options: &ResumeOptions) -> Result<Session, String> {
    let bounds = &options.bounds;
    let vm = open(&options.file, bounds.memory)?;
    let rights = match options.trusted {
        true => None,
        false => Some(allowed::allowed(&bounds.allow, vm.home().number())?),
    };
    let mut session = Session::resumed(vm, &bounds.limits(), rights);
    let path = bounds.snapshot_out.as_ref();
    session.snapshot_out = path.map(|path| path.as_os_str().as_bytes().to_vec());
    Ok(session)
}

fn go_on(mut session: Session, memory_is_limited: bool) -> i32 {
    let end = session.go_on();
    save(&mut session, &end);
    let code = match report::end(&mut session, &end, memory_is_limited, Tone::Command) {
        Some(code) if !matches!(end, End::Error(_)) => code,
        code => session.close().or(code).unwrap_or(0),
    };
    session.host.flush_all();
    code
}

/// What a ring has used and may still use; nothing when there was no code in it and it has no limits.
fn line_of(cpu: &mut Cpu<'_, '_>, ring: Ring) -> Option<String> {
    let (fuel, memory) = (cpu.fuel_used(ring), cpu.memory_of(ring));
    let (left, limit) = (cpu.fuel_left_for(ring), cpu.memory_limit_of(ring));
    if fuel == 0 && memory == 0 && left.is_none() && limit.is_none() {
        return None;
    }
    let of =
        |most: Option<u64>, what| most.map_or(String::new(), |most| format!(", {what} {most}"));
    let (left, limit) = (of(left, "left"), of(limit, "limit"));
    let number = ring.number();
    Some(format!(
        "  ring {number}    fuel used {fuel}{left}; memory {memory}{limit}\n"
    ))
}

fn name_of(dialect: Dialect) -> &'static str {
    let row = Dialect::NAMES.iter().find(|row| row.1 == dialect);
    row.map_or("", |row| row.0)
}

/// `bvm info FILE`: says what a saved program is; gives the exit code.
pub fn info(argv: &[Vec<u8>]) -> i32 {
    let options: InfoOptions = match args::parse_own(argv) {
        Ok(options) => options,
        Err(code) => return code,
    };
    let mut vm = match open(&options.file, None) {
        Ok(vm) => vm,
        Err(message) => return failed(&message),
    };
    let (memory, debt) = (vm.memory_used(), -vm.fuel_left());
    let state = match vm.request() {
        Some(request) => format!("waits for {}", request.call.name()),
        None if vm.is_idle() => "runs nothing".to_owned(),
        None => "is in the middle of its run".to_owned(),
    };
    let mut text = format!(
        "{}: a program that {state}\n  format    {}\n  language  {}\n  ring      {}\n  memory    {memory} bytes\n  fuel      {debt} units owed\n",
        options.file.to_string_lossy(),
        bvm_vm::snapshot::VERSION,
        name_of(vm.access(|cpu| cpu.dialect())),
        vm.home().number(),
    );
    for ring in Ring::ALL {
        text += &vm.access(|cpu| line_of(cpu, ring)).unwrap_or_default();
    }
    let mut host = Host::new(0);
    say(&mut host, STDOUT, text.as_bytes());
    host.flush_all();
    0
}
