//! Programs that are saved when a limit is reached, gone on with, and described. Must not know what is in a
//! snapshot.

use crate::args::{self, Limits, Options, Other};
use crate::host::{self, Host, STDERR, STDOUT, say};
use crate::report::{self, Tone};
use crate::session::{End, Session};
use bvm_isa::Dialect;

/// Saves a session whose fuel or time is over, if that was asked for.
pub fn save(session: &mut Session, end: &End) {
    let Some(path) = session.snapshot_out.clone() else {
        return;
    };
    if !matches!(end, End::OutOfFuel | End::OutOfTime) {
        return;
    }
    let written = match session.vm.snapshot() {
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

/// The session that a file holds, or the exit code.
fn open(argv: &[Vec<u8>]) -> Result<(Session, Options, Vec<u8>), i32> {
    let mut host = Host::new(1 << 32);
    let parsed = args::parse(argv).and_then(|options| match options.script {
        Some(at) => Ok((options, at)),
        None => Err(Other::Wrong(None)),
    });
    let Ok((options, at)) = parsed else {
        say(&mut host, STDERR, args::USAGE.as_bytes());
        host.flush_all();
        return Err(report::FAILED);
    };
    let path = argv.get(at).cloned().unwrap_or_default();
    let read = host::read_path(&mut host, &path).map_err(|error| error.message);
    let restored = read.and_then(|bytes| {
        let limits: &Limits = &options.limits;
        Session::restore(limits, &bytes).map_err(|error| error.to_string())
    });
    match restored {
        Ok(session) => Ok((session, options, path)),
        Err(error) => {
            report::message(&mut host, &told(&path, &error));
            host.flush_all();
            Err(report::FAILED)
        }
    }
}

/// `bvm resume FILE`: goes on with a saved program; gives the exit code.
pub fn resume(argv: &[Vec<u8>]) -> i32 {
    let (mut session, options, _) = match open(argv) {
        Ok(opened) => opened,
        Err(code) => return code,
    };
    session.snapshot_out = options.snapshot_out;
    let end = session.go_on();
    save(&mut session, &end);
    let limited = options.limits.memory.is_some();
    let code = match report::end(&mut session, &end, limited, Tone::Command) {
        Some(code) if !matches!(end, End::Error(_)) => code,
        code => session.close().or(code).unwrap_or(0),
    };
    session.host.flush_all();
    code
}

fn name_of(dialect: Dialect) -> &'static str {
    let row = Dialect::NAMES.iter().find(|row| row.1 == dialect);
    row.map_or("", |row| row.0)
}

/// `bvm info FILE`: says what a saved program is; gives the exit code.
pub fn info(argv: &[Vec<u8>]) -> i32 {
    let (mut session, _, path) = match open(argv) {
        Ok(opened) => opened,
        Err(code) => return code,
    };
    let (memory, debt) = (session.vm.memory_used(), -session.vm.fuel_left());
    let state = match session.vm.request() {
        Some(request) => format!("waits for {}", request.call.name()),
        None if session.vm.is_idle() => "runs nothing".to_owned(),
        None => "is in the middle of its run".to_owned(),
    };
    let text = format!(
        "{}: a program that {state}\n  format    {}\n  language  {}\n  memory    {memory} bytes\n  fuel      {debt} units owed\n",
        String::from_utf8_lossy(&path),
        bvm_vm::snapshot::VERSION,
        name_of(session.dialect()),
    );
    say(&mut session.host, STDOUT, text.as_bytes());
    session.host.flush_all();
    0
}
