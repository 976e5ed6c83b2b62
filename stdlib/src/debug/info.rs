//! `debug.getinfo`: what is known of functions and activations.

use super::hook::MOST_LETTERS;
use super::levels;
use super::thread_argument;
use crate::base::c_string;
use crate::slots::{self, number, set_number};
use crate::table::add;
use bvm_vm::data::closure::{Function, function_of};
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

/// The step that goes on with the set of a function's lines, and its window: the result, the set, the function, the next
/// of its words, and whether the result has the function, too.
const LINES: u32 = 1;
const RESULT: u32 = 1;
const SET: u32 = 2;
const FUNCTION: u32 = 3;
const AT: u32 = 4;
const WITH_FUNCTION: u32 = 5;

/// Words of a function that are looked at between looks at the fuel, and for a unit.
const PORTION: u32 = 64;
const WORDS: u32 = 4;

pub(super) fn getinfo(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == LINES {
        return add_lines(cpu);
    }
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
    let result = cpu.new_table(0, 2)?;
    cpu.push(result.into());
    fill(cpu, &subject, &options, result)?;
    let with_function = options.contains(&b'f');
    if options.contains(&b'L') && subject.lua(cpu).is_some() {
        return begin_lines(cpu, &subject, result, with_function);
    }
    if with_function {
        cpu.set_field(result, "func", subject.function)?;
    }
    // Strings may have been made since: the table must be what is returned.
    cpu.push(result.into());
    Ok(Next::Return(1))
}

/// Fills in what is asked for but lines and function, which come last.
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

/// Begins with the set of lines that have code.
fn begin_lines(
    cpu: &mut Cpu<'_, '_>,
    subject: &Subject,
    result: Table,
    with_function: bool,
) -> Answer {
    let lines = cpu.new_table(0, 0)?;
    cpu.set_field(result, "activelines", lines.into())?;
    cpu.set_count(0);
    for v in [result.into(), lines.into(), subject.function] {
        cpu.push(v);
    }
    cpu.push(slots::value(0));
    cpu.push(slots::value(u32::from(with_function)));
    cpu.set_step(LINES);
    add_lines(cpu)
}

/// Goes on with it, and then with the function.
fn add_lines(cpu: &mut Cpu<'_, '_>) -> Answer {
    let tables = [RESULT, SET].map(|slot| Table::of(cpu.arg(slot)));
    let function = cpu.arg(FUNCTION);
    let subject = Subject {
        function,
        activation: None,
        caller: None,
    };
    let ([Some(result), Some(set)], Some(proto), true) =
        (tables, subject.lua(cpu), cpu.count() >= WITH_FUNCTION)
    else {
        return Err(cpu.fail("damaged activation"));
    };
    let count = cpu.mem.get(proto.0, Proto::NLINES);
    let mut at = number(cpu, AT);
    while at < count {
        // Portions end in the same places wherever fuel has ended.
        let end = count.min((at / PORTION + 1) * PORTION);
        let from = at;
        let added = add_some(cpu, (proto, set), &mut at, end);
        cpu.pay(u64::from(at / WORDS - from / WORDS));
        set_number(cpu, AT, at);
        if let Err(raise) = added {
            // It goes on with this line, if it does.
            cpu.set_step(LINES);
            return Err(raise);
        }
        cpu.safepoint();
        if at < count && cpu.is_dry() {
            cpu.set_step(LINES);
            return Err(cpu.pause());
        }
    }
    if number(cpu, WITH_FUNCTION) != 0 {
        cpu.set_field(result, "func", function)?;
    }
    cpu.push(result.into());
    Ok(Next::Return(1))
}

/// Adds the lines of the words from `at` up to `end` to the set.
fn add_some(
    cpu: &mut Cpu<'_, '_>,
    (proto, set): (Proto, Table),
    at: &mut u32,
    end: u32,
) -> Result<(), Raise> {
    while *at < end {
        if let Some(line) = debug::line(cpu.mem, proto, *at) {
            add(cpu, set, i64::from(line), Value::TRUE)?;
        }
        *at += 1;
    }
    Ok(())
}
