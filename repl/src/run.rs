//! `bvm [options] [script [args]]`: the order of things is that of `lua` 5.1.

use crate::args::{self, Action, Limits, Options, Other};
use crate::host::{self, Host, STDERR, STDOUT, say};
use crate::report::Tone;
use crate::session::{End, Session};
use crate::{repl, report, saved};
use bvm_compiler::Mode;
use bvm_isa::Dialect;
use bvm_isa::verify::{Verified, verify};
use bvm_stdlib::base::thread_globals;
use bvm_vm::{HostError, Value};
use std::io::IsTerminal;

/// The banner.
pub const BANNER: &str = concat!("bvm ", env!("CARGO_PKG_VERSION"), "  Lua 5.1\n");

/// Where a chunk comes from.
#[derive(Debug)]
pub enum Source<'a> {
    /// A file.
    File(&'a [u8]),
    /// Standard input.
    Stdin,
    /// A text and its chunk name.
    Text(&'a [u8], &'a [u8]),
}

/// Runs the command; gives the exit code.
pub fn main(argv: &[Vec<u8>]) -> i32 {
    let options = match args::parse(argv) {
        Ok(options) => options,
        Err(other) => return explain(other),
    };
    let Ok(mut session) = Session::new(&options.limits, options.dialect) else {
        let mut host = Host::new(0);
        report::message(&mut host, b"cannot create state: not enough memory");
        return match options.limits.memory {
            Some(_) => report::OUT_OF_MEMORY,
            None => report::FAILED,
        };
    };
    session.snapshot_out.clone_from(&options.snapshot_out);
    let mut code = match whole(&mut session, &options, argv) {
        Ok(()) => 0,
        Err(Stopped { code, closes: true }) => session.close().unwrap_or(code),
        Err(Stopped { code, .. }) => {
            session.host.flush_all();
            return code;
        }
    };
    if code == 0 {
        code = session.close().unwrap_or(0);
    }
    session.host.flush_all();
    code
}

fn explain(other: Other) -> i32 {
    let mut host = Host::new(0);
    match other {
        Other::Help => say(&mut host, STDOUT, args::USAGE.as_bytes()),
        Other::Version => {
            let line = concat!("bvm ", env!("CARGO_PKG_VERSION"), "\n");
            say(&mut host, STDOUT, line.as_bytes());
        }
        Other::Wrong(what) => {
            if let Some(what) = what {
                report::message(&mut host, what.as_bytes());
            }
            say(&mut host, STDERR, args::USAGE.as_bytes());
            host.flush_all();
            return report::FAILED;
        }
    }
    host.flush_all();
    0
}

/// The run is over before its end.
struct Stopped {
    code: i32,
    /// The remaining finalizers still run.
    closes: bool,
}

type Step = Result<(), Stopped>;

/// Everything that the command line asks for, in the order of `lua` 5.1.
fn whole(session: &mut Session, options: &Options, argv: &[Vec<u8>]) -> Step {
    let limits = &options.limits;
    if !options.ignore_environment {
        set_paths(session);
        initialize(session, limits)?;
    }
    if options.is_wrong {
        say(&mut session.host, STDERR, args::USAGE.as_bytes());
        return Err(Stopped {
            code: report::FAILED,
            closes: true,
        });
    }
    if options.version {
        say(&mut session.host, STDERR, BANNER.as_bytes());
    }
    for action in &options.actions {
        match action {
            Action::Statement(text) => {
                chunk(
                    session,
                    limits,
                    &Source::Text(text, b"=(command line)"),
                    &[],
                )?;
            }
            Action::Library(name) => require(session, limits, name)?,
        }
    }
    if let Some(at) = options.script {
        script(session, limits, argv, at)?;
    }
    if options.interactive {
        return interact(session, limits);
    }
    if options.script.is_none() && !options.has_statement && !options.version {
        if std::io::stdin().is_terminal() {
            say(&mut session.host, STDERR, BANNER.as_bytes());
            return interact(session, limits);
        }
        // As in `lua`, an error in a chunk from a pipe does not show in the exit code; what the user
        // limited does.
        let ended = chunk(session, limits, &Source::Stdin, &[]);
        return match ended {
            Err(Stopped {
                code: report::FAILED,
                closes: true,
            }) => Ok(()),
            other => other,
        };
    }
    Ok(())
}

fn interact(session: &mut Session, limits: &Limits) -> Step {
    match repl::interact(session, limits.memory.is_some()) {
        None => Ok(()),
        Some(code) => Err(Stopped {
            code,
            closes: false,
        }),
    }
}

/// `LUA_PATH` and `LUA_CPATH`.
fn set_paths(session: &mut Session) {
    let (path, cpath) = (host::variable(b"LUA_PATH"), host::variable(b"LUA_CPATH"));
    // Without memory for a path the program will not come far either.
    let _ = session.vm.access(|cpu| {
        if let Some(path) = path {
            bvm_stdlib::package::set_path(cpu, &path)?;
        }
        match cpath {
            Some(path) => bvm_stdlib::package::set_cpath(cpu, &path),
            None => Ok(()),
        }
    });
}

/// `LUA_INIT`: a chunk, or `@` and the name of a file.
fn initialize(session: &mut Session, limits: &Limits) -> Step {
    match host::variable(b"LUA_INIT").as_deref() {
        None => Ok(()),
        Some([b'@', file @ ..]) => chunk(session, limits, &Source::File(file), &[]),
        Some(text) => chunk(session, limits, &Source::Text(text, b"=LUA_INIT"), &[]),
    }
}

/// The script with its arguments and the global `arg`.
fn script(session: &mut Session, limits: &Limits, argv: &[Vec<u8>], at: usize) -> Step {
    let name = argv.get(at).map(Vec::as_slice).unwrap_or_default();
    let args = argv.get(at + 1..).unwrap_or_default();
    let made = session.vm.access(|cpu| {
        let table = cpu.new_table(args.len() as u32, at as u32 + 1)?;
        let globals = thread_globals(cpu);
        cpu.set_field(globals, "arg", table.into())?;
        for (i, word) in argv.iter().enumerate() {
            let text = cpu.new_str(word)?;
            cpu.raw_set(table, Value::number(i as f64 - at as f64), text)?;
        }
        Ok::<_, bvm_vm::Raise>(())
    });
    if made.is_err() {
        return stop(session, limits, End::Error(Value::NIL));
    }
    let before = at.checked_sub(1).and_then(|i| argv.get(i));
    let is_stdin = name == b"-" && before.is_none_or(|word| word != b"--");
    let source = if is_stdin {
        Source::Stdin
    } else {
        Source::File(name)
    };
    chunk(session, limits, &source, args)
}

fn require(session: &mut Session, limits: &Limits, name: &[u8]) -> Step {
    let function = session.vm.access(|cpu| {
        let globals = thread_globals(cpu);
        cpu.field(globals, "require")
    });
    let end = session.call(function.unwrap_or(Value::NIL), &[name.to_vec()]);
    stop(session, limits, end)
}

/// Loads and runs a chunk.
fn chunk(session: &mut Session, limits: &Limits, source: &Source<'_>, args: &[Vec<u8>]) -> Step {
    match load(session, source) {
        Ok(function) => {
            let end = session.call(function, args);
            stop(session, limits, end)
        }
        Err(refused) => {
            report::refused(&mut session.host, &refused, Tone::Command);
            Err(Stopped {
                code: report::FAILED,
                closes: true,
            })
        }
    }
}

/// Reports an end and turns it into the way to go on.
fn stop(session: &mut Session, limits: &Limits, end: End) -> Step {
    saved::save(session, &end);
    match report::end(session, &end, limits.memory.is_some(), Tone::Command) {
        None => Ok(()),
        Some(code) => Err(Stopped {
            code,
            closes: matches!(end, End::Error(_)),
        }),
    }
}

/// Why a chunk cannot be run.
#[derive(Debug)]
pub struct Refused {
    /// The message, as `lua` words it.
    pub message: Vec<u8>,
    /// For a syntax error the source and the bytes that the message is about.
    pub place: Option<(Vec<u8>, std::ops::Range<usize>)>,
    /// More text might make it correct.
    pub incomplete: bool,
}

impl From<Vec<u8>> for Refused {
    fn from(message: Vec<u8>) -> Refused {
        Refused {
            message,
            place: None,
            incomplete: false,
        }
    }
}

fn load(session: &mut Session, source: &Source<'_>) -> Result<Value, Refused> {
    let (bytes, name) = read(&mut session.host, source)?;
    if !session.has_room_to_compile(bytes.len()) {
        return Err(b"not enough memory".to_vec().into());
    }
    let verified = prepare(&bytes, &name, session.dialect())?;
    session
        .vm
        .load(verified)
        .map_err(|_| b"not enough memory".to_vec().into())
}

/// The text or binary chunk of a source, and its chunk name.
pub fn read(host: &mut Host, source: &Source<'_>) -> Result<(Vec<u8>, Vec<u8>), Refused> {
    match source {
        Source::Text(text, name) => Ok((text.to_vec(), name.to_vec())),
        Source::File(path) => {
            let read = host::read_path(host, path);
            let bytes = read.map_err(|error| cannot_read(path, &error))?;
            Ok((file_text(bytes), [b"@", *path].concat()))
        }
        Source::Stdin => {
            let read = host::read_stdin(host);
            let words = read.map_err(|error| cannot_read(b"stdin", &error))?;
            let bytes = match words.into_iter().next() {
                Some(bvm_vm::Word::Bytes(bytes)) => bytes,
                _ => Vec::new(),
            };
            Ok((file_text(bytes), b"=stdin".to_vec()))
        }
    }
}

fn cannot_read(path: &[u8], error: &HostError) -> Refused {
    const EISDIR: i32 = 21;
    let verb: &[u8] = if error.code == EISDIR {
        b"cannot read "
    } else {
        b"cannot open "
    };
    [verb, path, b": ", error.message.as_bytes()]
        .concat()
        .into()
}

/// A file's chunk: a first line that starts with `#` does not count, but its end stays.
fn file_text(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.first() != Some(&b'#') {
        return bytes;
    }
    let end = bytes
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(bytes.len());
    let rest = bytes.get(end..).unwrap_or_default();
    match rest {
        [b'\n', chunk @ ..] if bvm_isa::chunk::is_chunk(chunk) => chunk.to_vec(),
        rest => rest.to_vec(),
    }
}

/// Compiles source text, or reads a binary chunk, and checks it.
pub fn prepare(bytes: &[u8], name: &[u8], dialect: Dialect) -> Result<Verified, Refused> {
    let mode = Mode {
        dialect,
        ..Mode::default()
    };
    let proto = if bvm_isa::chunk::is_chunk(bytes) {
        bvm_isa::chunk::read_chunk(bytes, name).map_err(|error| error.message())?
    } else {
        bvm_compiler::compile_as(bytes, name, mode).map_err(|error| Refused {
            message: error.message,
            place: Some((bytes.to_vec(), error.span)),
            incomplete: error.incomplete,
        })?
    };
    verify(proto).map_err(|_| {
        let shown = bvm_isa::chunk_id(name);
        [shown.as_slice(), b": bad code in precompiled chunk"]
            .concat()
            .into()
    })
}
