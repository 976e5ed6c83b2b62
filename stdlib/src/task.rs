//! `task`: other guests of the same supervisor. All of it is asked of the host; one without a supervisor
//! refuses. Not part of Lua 5.1, and only there when the host wants it.

use crate::copy;
use crate::define::Library;
use crate::functions;
use crate::io::handle;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::closure::{self, Function};
use bvm_vm::data::string;
use bvm_vm::objects::{Closure, Str};
use bvm_vm::{Answer, Cpu, HostError, Next, Raise, Reply, Ring, Value, Word};

/// The library.
pub const LIBRARY: Library = Library {
    name: "task",
    functions: functions! { "task":
        /// `task.find(name)`: the number of the guest that has this name.
        "find" = find;
        /// `task.link(guest)`: when one of both ends other than by halting, so does the other one.
        "link" = link;
        /// `task.monitor(guest)`: when that guest ends, this one gets a message: a table with `exit`, its number, `reason`, and `message` after an error.
        "monitor" = monitor;
        /// `task.pack(...)`: the values as a string, tables with all that is in them.
        "pack" = pack;
        /// `task.receive([seconds])`: the next message, waited for; `nil` and `"timeout"` when it takes longer.
        "receive" = receive;
        /// `task.self()`: the number of this guest.
        "self" = self_;
        /// `task.send(guest, value)`: puts a copy of the value into the guest's inbox.
        "send" = send;
        /// `task.sleep(seconds)`: waits.
        "sleep" = sleep;
        /// `task.spawn(f, ...)`: starts a guest that runs a source, or a function without upvalues, with copies of the arguments; returns its number.
        "spawn" = spawn;
        /// `task.unpack(s)`: copies of the values in a string made by `task.pack`.
        "unpack" = unpack;
    },
    additions: &[],
    outermost: Ring::Plugin,
    open: None,
};

/// The step after the host's answer.
const ANSWERED: u32 = 1;

/// The step in which `task.spawn` has its program.
const READY: u32 = 2;

/// Most bytes of a source or a chunk that a guest is spawned with.
const MOST_SOURCE: u64 = 1 << 20;

/// Argument `i` as the number of a guest. What is no number of any, cut to an integer, may be that of one.
fn check_guest(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Word, Raise> {
    let number = cpu.check_number(i)?;
    let is_one = number >= 0.0 && number.fract() == 0.0;
    Ok(Word::Int(if is_one { number as i64 } else { -1 }))
}

/// Argument `i` as a time.
fn check_seconds(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Word, Raise> {
    let seconds = cpu.check_number(i)?;
    match seconds >= 0.0 {
        true => Ok(Word::Number(seconds)),
        false => Err(cpu.arg_error(i, b"time expected")),
    }
}

/// Returns `nil` and why.
fn refused(cpu: &mut Cpu<'_, '_>, error: &HostError) -> Answer {
    handle::failure(cpu, None, error)
}

/// Returns `true`, or `nil` and why.
fn done(cpu: &mut Cpu<'_, '_>) -> Answer {
    match handle::take(cpu)? {
        Ok(_) => {
            cpu.push(Value::TRUE);
            Ok(Next::Return(1))
        }
        Err(error) => refused(cpu, &error),
    }
}

/// Returns a guest's number, or `nil` and why.
fn number(cpu: &mut Cpu<'_, '_>) -> Answer {
    let reply: Reply = handle::take(cpu)?;
    match reply {
        Ok(words) => {
            let number = match words.first() {
                Some(Word::Int(number)) => Value::number(*number as f64),
                _ => Value::NIL,
            };
            cpu.push(number);
            Ok(Next::Return(1))
        }
        Err(error) => refused(cpu, &error),
    }
}

fn self_(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() != 0 {
        return number(cpu);
    }
    handle::pay(cpu, Hypercall::TaskId)?;
    handle::ask(cpu, Hypercall::TaskId, Vec::new(), ANSWERED)
}

fn find(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() != 0 {
        return number(cpu);
    }
    let name: Str = cpu.check_string(1)?;
    let size = u64::from(string::len(cpu.mem, name));
    cpu.charge(Hypercall::Find.row().fuel + size / 32)?;
    let name = handle::bytes(cpu, name);
    handle::ask(cpu, Hypercall::Find, vec![name], ANSWERED)
}

fn link(cpu: &mut Cpu<'_, '_>) -> Answer {
    tie(cpu, Hypercall::Link)
}

fn monitor(cpu: &mut Cpu<'_, '_>) -> Answer {
    tie(cpu, Hypercall::Monitor)
}

fn tie(cpu: &mut Cpu<'_, '_>, call: Hypercall) -> Answer {
    if cpu.step_number() != 0 {
        return done(cpu);
    }
    let guest = check_guest(cpu, 1)?;
    handle::pay(cpu, call)?;
    handle::ask(cpu, call, vec![guest], ANSWERED)
}

fn sleep(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() != 0 {
        return done(cpu);
    }
    let seconds = check_seconds(cpu, 1)?;
    handle::pay(cpu, Hypercall::Sleep)?;
    handle::ask(cpu, Hypercall::Sleep, vec![seconds], ANSWERED)
}

fn send(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        ANSWERED => return done(cpu),
        copy::GO_ON => {}
        _ => {
            check_guest(cpu, 1)?;
            cpu.check_any(2)?;
            cpu.set_count(2);
            handle::pay(cpu, Hypercall::Send)?;
        }
    }
    let message = copy::write(cpu, 2)?;
    let guest = check_guest(cpu, 1)?;
    handle::ask(
        cpu,
        Hypercall::Send,
        vec![guest, Word::Bytes(message)],
        ANSWERED,
    )
}

fn receive(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        ANSWERED => received(cpu),
        copy::GO_ON => copy::read(cpu),
        _ => {
            let seconds = match cpu.arg(1).is_nil() {
                true => Word::Nil,
                false => check_seconds(cpu, 1)?,
            };
            handle::pay(cpu, Hypercall::Receive)?;
            handle::ask(cpu, Hypercall::Receive, vec![seconds], ANSWERED)
        }
    }
}

/// Unpacks the message that has come.
fn received(cpu: &mut Cpu<'_, '_>) -> Answer {
    let size = match cpu.reply() {
        Some(Ok(words)) => match words.first() {
            Some(Word::Bytes(bytes)) => bytes.len() as u64,
            _ => 0,
        },
        _ => 0,
    };
    cpu.charge(size / 32)?;
    match handle::take(cpu)?.map(|words| words.into_iter().next()) {
        Ok(Some(Word::Bytes(bytes))) => {
            cpu.set_count(0);
            cpu.push_bytes(&bytes)?;
            copy::read(cpu)
        }
        Ok(_) => {
            cpu.push(Value::NIL);
            cpu.push_bytes(b"timeout")?;
            Ok(Next::Return(2))
        }
        Err(error) => refused(cpu, &error),
    }
}

fn pack(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 && !cpu.reserve(8)? {
        return Err(cpu.fail("too many values"));
    }
    let message = copy::write(cpu, 1)?;
    cpu.push_bytes(&message)?;
    Ok(Next::Return(1))
}

fn unpack(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        cpu.check_string(1)?;
    }
    copy::read(cpu)
}

fn spawn(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        ANSWERED => return number(cpu),
        copy::GO_ON | READY => {}
        _ => {
            take_program(cpu)?;
            // It is paid for, and must not be taken again.
            cpu.set_step(READY);
        }
    }
    let args = copy::write(cpu, 2)?;
    let source = cpu.check_string(1)?;
    let words = vec![
        handle::bytes(cpu, source),
        Word::Bytes(b"=task".to_vec()),
        Word::Bytes(args),
    ];
    handle::ask(cpu, Hypercall::Spawn, words, ANSWERED)
}

/// Puts the program into slot 1 as a string: a source, or the chunk of a function.
fn take_program(cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
    if !cpu.reserve(8)? {
        return Err(cpu.fail("too many values"));
    }
    let chunk = match closure::function_of(cpu.mem, cpu.arg(1)) {
        Some(Function::Lua(lua)) => dump(cpu, lua)?,
        Some(Function::Native(_)) => return Err(cpu.arg_error(1, b"Lua function expected")),
        None => {
            let s: Str = cpu.check_string(1)?;
            let size = u64::from(string::len(cpu.mem, s));
            if size > MOST_SOURCE {
                return Err(cpu.arg_error(1, b"source too long"));
            }
            return cpu.charge(Hypercall::Spawn.row().fuel + size / 32);
        }
    };
    let chunk = cpu.new_str(&chunk)?;
    cpu.set_arg(1, chunk);
    Ok(())
}

/// A function as a chunk; what it has from its surroundings cannot go with it.
fn dump(cpu: &mut Cpu<'_, '_>, lua: Closure) -> Result<Vec<u8>, Raise> {
    if cpu.mem.get(lua.0, Closure::UPVALS) > 0 {
        return Err(cpu.arg_error(1, b"a function with upvalues cannot be spawned"));
    }
    cpu.charge(Hypercall::Spawn.row().fuel)?;
    let chunk = bvm_vm::load::dump::chunk(cpu.mem, lua, MOST_SOURCE);
    match chunk {
        Some(chunk) => {
            cpu.pay(chunk.len() as u64 / 16);
            Ok(chunk)
        }
        None => {
            cpu.pay(MOST_SOURCE / 16);
            Err(cpu.arg_error(1, b"function too long"))
        }
    }
}
