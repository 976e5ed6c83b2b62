//! The interactive mode: lines become chunks, their values are printed. Editing and history are
//! rustyline's when a person is there; other input is read as it comes, as `lua` 5.1 does.

use crate::complete::Names;
use crate::host::{self, STDOUT, say};
use crate::report::{self, Tone};
use crate::run::{self, Refused};
use crate::session::{End, Session};
use bvm_isa::verify::Verified;
use bvm_vm::{Type, Value};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Most lines of the history.
const HISTORY: usize = 10_000;
/// The name of chunks that are typed.
const NAME: &[u8] = b"=stdin";

/// Where lines come from.
enum Input {
    Person(Box<Editor<Names, FileHistory>>, Option<PathBuf>),
    Stream,
}

/// What reading a line comes to.
enum Line {
    Text(Vec<u8>),
    /// Ctrl-C: forget what was typed.
    Dropped,
    End,
}

/// Reads lines and runs them until the end of the input; an exit code when the program ended itself
/// or a limit was reached.
pub fn interact(session: &mut Session, memory_is_limited: bool) -> Option<i32> {
    let mut input = Input::new();
    let code = loop {
        let verified = match next_chunk(session, &mut input) {
            None => break None,
            Some(Ok(verified)) => verified,
            Some(Err(refused)) => {
                report::refused(&mut session.host, &refused, Tone::Interactive);
                continue;
            }
        };
        let end = match session.vm.load(verified) {
            Ok(function) => session.call_and_print(function),
            Err(_) => End::Error(Value::NIL),
        };
        session.interrupted.store(false, Ordering::Relaxed);
        let code = report::end(session, &end, memory_is_limited, Tone::Interactive);
        if let (Some(code), false) = (code, matches!(end, End::Error(_))) {
            break Some(code);
        }
        session.host.flush_all();
    };
    input.save();
    if code.is_none() {
        say(&mut session.host, STDOUT, b"\n");
    }
    code
}

/// Reads lines until they are a chunk, or none; `None` at the end of the input.
fn next_chunk(session: &mut Session, input: &mut Input) -> Option<Result<Verified, Refused>> {
    let mut text = match input.line(session, "_PROMPT", "> ") {
        Line::Text(line) => line,
        Line::Dropped => Vec::new(),
        Line::End => return None,
    };
    if let [b'=', rest @ ..] = text.as_slice() {
        text = [b"return ", rest].concat();
    }
    loop {
        // An expression is shown, which Lua 5.1 wants a `=` for; whatever is none is a statement.
        let expression = [b"return ", text.as_slice()].concat();
        if session.dialect().has_additions()
            && let Ok(verified) = run::prepare(&expression, NAME, session.dialect())
        {
            input.remember(&text);
            return Some(Ok(verified));
        }
        match run::prepare(&text, NAME, session.dialect()) {
            Err(refused) if refused.incomplete => {}
            done => {
                input.remember(&text);
                return Some(done);
            }
        }
        match input.line(session, "_PROMPT2", ">> ") {
            Line::Text(line) => {
                text.push(b'\n');
                text.extend_from_slice(&line);
            }
            Line::Dropped => text.clear(),
            Line::End => return None,
        }
    }
}

impl Input {
    fn new() -> Input {
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Input::Stream;
        }
        let config = Config::builder()
            .auto_add_history(false)
            .completion_type(CompletionType::List);
        let editor = config
            .max_history_size(HISTORY)
            .map(|config| config.build());
        let editor = editor.and_then(Editor::<Names, FileHistory>::with_config);
        let Ok(mut editor) = editor else {
            return Input::Stream;
        };
        editor.set_helper(Some(Names::default()));
        let path = history_path();
        if let Some(path) = &path {
            // There is none at the first time.
            let _ = editor.load_history(path);
        }
        Input::Person(Box::new(editor), path)
    }

    fn line(&mut self, session: &mut Session, prompt: &str, default: &str) -> Line {
        let prompt = prompt_text(session, prompt, default);
        match self {
            Input::Person(editor, _) => {
                if let Some(names) = editor.helper_mut() {
                    names.look(session);
                }
                match editor.readline(&prompt) {
                    Ok(line) => Line::Text(line.into_bytes()),
                    Err(ReadlineError::Interrupted) => Line::Dropped,
                    Err(_) => Line::End,
                }
            }
            Input::Stream => {
                say(&mut session.host, STDOUT, prompt.as_bytes());
                session.host.flush_all();
                match host::read_stdin_line(&mut session.host) {
                    Some(line) => Line::Text(line),
                    None => Line::End,
                }
            }
        }
    }

    fn remember(&mut self, text: &[u8]) {
        if let Input::Person(editor, _) = self
            && let Ok(text) = std::str::from_utf8(text)
            && !text.trim().is_empty()
        {
            // A history that cannot grow is no reason to stop.
            let _ = editor.add_history_entry(text);
        }
    }

    fn save(&mut self) {
        if let Input::Person(editor, Some(path)) = self {
            if let Some(folder) = path.parent() {
                let _ = host::make_folder(folder);
            }
            // Nor is one that cannot be kept.
            let _ = editor.save_history(path);
        }
    }
}

/// The global `_PROMPT` or `_PROMPT2` if it is a text, else the usual prompt.
fn prompt_text(session: &mut Session, name: &str, default: &str) -> String {
    let value = session.vm.access(|cpu| {
        let globals = cpu.globals();
        cpu.field(globals, name)
    });
    let is_text = |value: &Value| matches!(value.type_of(), Type::String | Type::Number);
    let text = value.ok().filter(is_text);
    let text = text.and_then(|value| report::text_of(session, value));
    match text {
        Some(text) => String::from_utf8_lossy(&text).into_owned(),
        None => default.to_owned(),
    }
}

/// The history file in the user's folder for states.
fn history_path() -> Option<PathBuf> {
    let states = match host::variable(b"XDG_STATE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => host::path_of(&path).to_path_buf(),
        None => host::path_of(&host::variable(b"HOME")?).join(".local/state"),
    };
    Some(states.join("bvm/history"))
}
