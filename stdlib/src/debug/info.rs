//! `debug.getinfo`: what is known of functions and activations.

use super::hook::MOST_LETTERS;
use super::levels;
use super::thread_argument;
use crate::base::c_string;
use bvm_vm::data::closure::{Function, function_of};
use bvm_vm::data::table;
use bvm_vm::debug::{self, Activation};
use bvm_vm::exec::convert::to_number;
use bvm_vm::objects::{Closure, Proto, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value};

/// The functions of C's library that have upvalues. Nobody can see more than their number.
const NATIVE_UPVALUES: [(&str, u8); 8] = [
    ("_G.ipairs", 1),
    ("_G.ipairs_with_handler", 1),
    ("_G.pairs", 1),
    ("_G.pairs_with_handler", 1),
    ("_G.newproxy", 1),
    ("coroutine.wrapped", 1),
    ("string.gmatch_aux", 3),
    ("io.next_line", 2),
];

/// What `getinfo` is about.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    /// The function, nil for a lost tail call.
    pub(super) function: Value,
    /// The activation, when it is about one.
    pub(super) activation: Option<Activation>,
    /// Who called it.
    pub(super) caller: Option<Activation>,
}

/// What is known of a function's origin.
pub(super) struct Origin {
    source: Source,
    /// The printable form of `source`.
    pub(super) short: Vec<u8>,
    /// The first line.
    pub(super) first: i64,
    last: i64,
    /// `Lua`, `main`, `C` or `tail`.
    pub(super) what: &'static str,
}

/// The name of a chunk, which may be long when it is in the guest.
enum Source {
    Known(&'static [u8]),
    Of(Value),
}

impl Subject {
    fn lua(&self, cpu: &Cpu<'_, '_>) -> Option<Proto> {
        match function_of(cpu.mem, self.function)? {
            Function::Lua(c) => Some(Proto(cpu.mem.get(c.0, Closure::PROTO))),
            Function::Native(_) => None,
        }
    }

    /// Where the function comes from.
    pub(super) fn origin(&self, cpu: &Cpu<'_, '_>) -> Origin {
        let Some(proto) = self.lua(cpu) else {
            let (source, what): (&'static [u8], _) = match self.function.is_nil() {
                true => (b"=(tail call)", "tail"),
                false => (b"=[C]", "C"),
            };
            let short = source.get(1..).unwrap_or_default().to_vec();
            return Origin {
                source: Source::Known(source),
                short,
                first: -1,
                last: -1,
                what,
            };
        };
        let first = cpu.mem.get(proto.0, Proto::LINE);
        Origin {
            source: match debug::source_value(cpu.mem, proto) {
                Some(s) => Source::Of(s.into()),
                None => Source::Known(b"=?"),
            },
            short: debug::chunk_name(cpu.mem, proto),
            first: i64::from(first),
            last: i64::from(cpu.mem.get(proto.0, Proto::LASTLINE)),
            what: if first == 0 { "main" } else { "Lua" },
        }
    }

    /// The line that the activation is at: 0 when its function has no lines, -1 when it has no code.
    pub(super) fn line(&self, cpu: &Cpu<'_, '_>) -> i64 {
        match &self.activation {
            Some(a) if self.lua(cpu).is_some() => a.line(cpu.mem).map_or(0, i64::from),
            _ => -1,
        }
    }

    /// The kind of the name by which the function was called, and the name.
    pub(super) fn name(&self, cpu: &Cpu<'_, '_>) -> Option<(&'static str, Vec<u8>)> {
        debug::function_name(cpu.mem, self.caller.as_ref()?)
    }

    /// How many upvalues the function has in Lua 5.1. What natives here keep for themselves does not count.
    fn upvalues(&self, cpu: &Cpu<'_, '_>) -> u8 {
        match function_of(cpu.mem, self.function) {
            Some(Function::Lua(c)) => cpu.mem.get(c.0, Closure::UPVALS),
            Some(Function::Native(c)) => {
                let name = debug::native_name(cpu.mem, c);
                let known = NATIVE_UPVALUES.iter().find(|row| row.0 == name);
                known.map_or(0, |row| row.1)
            }
            None => 0,
        }
    }
}

pub(super) fn getinfo(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, arg) = thread_argument(cpu);
    let options = match cpu.opt_string(arg + 2)? {
        Some(s) => {
            let letters = cpu.bytes(s);
            c_string(letters.get(..MOST_LETTERS).unwrap_or(letters)).to_vec()
        }
        None => b"flnSu".to_vec(),
    };
    let v = cpu.arg(arg + 1);
    let subject = if let Some(level) = to_number(cpu.mem, v) {
        let level = bvm_vm::args::to_integer(level) as i32;
        cpu.charge(level.clamp(0, 20_000) as u64 / 8)?;
        let Some((found, caller)) = levels::at_level(cpu, thread, level)? else {
            cpu.push(Value::NIL);
            return Ok(Next::Return(1));
        };
        Subject {
            function: found.function,
            activation: Some(found),
            caller,
        }
    } else if v.type_of() == Type::Function {
        Subject {
            function: v,
            activation: None,
            caller: None,
        }
    } else {
        return Err(cpu.arg_error(arg + 1, b"function or level expected"));
    };
    // Of a lost tail call nothing is known, whatever is asked.
    if !subject.function.is_nil() && !options.iter().all(|o| b"SlunLf".contains(o)) {
        return Err(cpu.arg_error(arg + 2, b"invalid option"));
    }
    if options.contains(&b'L')
        && let Some(proto) = subject.lua(cpu)
    {
        cpu.charge(u64::from(cpu.mem.get(proto.0, Proto::NLINES)) / 4)?;
    }
    let result = cpu.new_table(0, 2)?;
    cpu.push(result.into());
    fill(cpu, &subject, &options, result)?;
    // Strings may have been made since: the table must be what is returned.
    cpu.push(result.into());
    Ok(Next::Return(1))
}

fn fill(cpu: &mut Cpu<'_, '_>, subject: &Subject, options: &[u8], to: Table) -> Result<(), Raise> {
    let asked = |option: u8| options.contains(&option);
    if asked(b'S') {
        fill_origin(cpu, subject, to)?;
    }
    if asked(b'l') {
        let line = Value::number(subject.line(cpu) as f64);
        cpu.set_field(to, "currentline", line)?;
    }
    if asked(b'u') {
        let count = Value::number(f64::from(subject.upvalues(cpu)));
        cpu.set_field(to, "nups", count)?;
    }
    if asked(b'n') {
        let (kind, name) = match subject.name(cpu) {
            Some((kind, name)) => (kind, Some(name)),
            None if subject.function.is_nil() => ("", Some(Vec::new())),
            None => ("", None),
        };
        match name {
            Some(name) => set_text(cpu, to, "name", &name)?,
            None => cpu.set_field(to, "name", Value::NIL)?,
        }
        set_text(cpu, to, "namewhat", kind.as_bytes())?;
    }
    if asked(b'L') {
        fill_lines(cpu, subject, to)?;
    }
    if asked(b'f') {
        cpu.set_field(to, "func", subject.function)?;
    }
    Ok(())
}

fn set_text(cpu: &mut Cpu<'_, '_>, to: Table, field: &str, text: &[u8]) -> Result<(), Raise> {
    let text = cpu.new_str(text)?;
    cpu.set_field(to, field, text)
}

fn fill_origin(cpu: &mut Cpu<'_, '_>, subject: &Subject, to: Table) -> Result<(), Raise> {
    let origin = subject.origin(cpu);
    match origin.source {
        Source::Known(text) => set_text(cpu, to, "source", text)?,
        Source::Of(s) => cpu.set_field(to, "source", s)?,
    }
    set_text(cpu, to, "short_src", &origin.short)?;
    cpu.set_field(to, "linedefined", Value::number(origin.first as f64))?;
    cpu.set_field(to, "lastlinedefined", Value::number(origin.last as f64))?;
    set_text(cpu, to, "what", origin.what.as_bytes())
}

/// The set of lines that have code.
fn fill_lines(cpu: &mut Cpu<'_, '_>, subject: &Subject, to: Table) -> Result<(), Raise> {
    let Some(proto) = subject.lua(cpu) else {
        return Ok(());
    };
    let lines = cpu.new_table(0, 0)?;
    cpu.set_field(to, "activelines", lines.into())?;
    for pc in 0..cpu.mem.get(proto.0, Proto::NLINES) {
        if let Some(line) = debug::line(cpu.mem, proto, pc) {
            table::set_int(cpu.mem, lines, line, Value::TRUE)?;
        }
    }
    Ok(())
}
