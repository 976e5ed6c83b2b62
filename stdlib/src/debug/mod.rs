//! `debug`: what programs may see and change of the machine. The rest of the library trusts nothing
//! that can be changed here.

mod console;
mod hook;
mod info;
mod levels;
mod traceback;
mod variables;

use crate::define::{self, Library};
use crate::environment::{check_inner, check_open, environment_of, set_environment_of};
use crate::functions;
use bvm_vm::heap::barrier;
use bvm_vm::meta;
use bvm_vm::objects::{Table, Thread, Userdata};
use bvm_vm::ring::Rings;
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "debug",
    functions: functions! { "debug":
        /// `debug.debug()`: runs the lines of standard input until one is `cont`.
        "debug" = console::debug;
        /// `debug.getfenv(o)`: the environment of a function, userdata or thread.
        "getfenv" = getfenv;
        /// `debug.gethook([thread])`: the hook function, its mask and its count.
        "gethook" = hook::gethook;
        /// `debug.getinfo([thread,] f [, what])`: what is known of a function or of the activation at a level.
        "getinfo" = info::getinfo;
        /// `debug.getlocal([thread,] level, n)`: name and value of a local variable.
        "getlocal" = variables::getlocal;
        /// `debug.getregistry()`: the table that natives keep their things in.
        "getregistry" = getregistry;
        /// `debug.getmetatable(v)`: the metatable itself.
        "getmetatable" = getmetatable;
        /// `debug.getupvalue(f, n)`: name and value of an upvalue of a Lua function.
        "getupvalue" = variables::getupvalue;
        /// `debug.setfenv(o, t)`: sets the environment of a function, userdata or thread.
        "setfenv" = setfenv;
        /// `debug.sethook([thread,] f, mask [, count])`: sets the hook function; without arguments removes it.
        "sethook" = hook::sethook;
        /// `debug.setlocal([thread,] level, n, v)`: sets a local variable of a Lua function.
        "setlocal" = variables::setlocal;
        /// `debug.setmetatable(v, meta)`: sets the metatable of a value of any type.
        "setmetatable" = setmetatable;
        /// `debug.setupvalue(f, n, v)`: sets an upvalue of a Lua function.
        "setupvalue" = variables::setupvalue;
        /// `debug.traceback([thread,] [message [, level]])`: the stack as text.
        "traceback" = traceback::traceback;
        /// Stands for the host, which called the main chunk.
        ("host") = host;
    },
    additions: &[],
    outermost: Ring::Application,
    open: Some(open),
};

fn open(cpu: &mut Cpu<'_, '_>, _table: Table) -> Result<(), Raise> {
    let host = define::native(cpu, "debug.host", &[])?;
    let registry = cpu.registry();
    cpu.set_field(registry, levels::HOST, host)
}

fn host(_cpu: &mut Cpu<'_, '_>) -> Answer {
    Ok(Next::Return(0))
}

/// The thread that a function is about, when its first argument is one, and how many arguments
/// that takes.
fn thread_argument(cpu: &Cpu<'_, '_>) -> (Option<Thread>, u32) {
    match Thread::of(cpu.arg(1)) {
        Some(t) => (Some(t), 1),
        None => (None, 0),
    }
}

/// Refuses what would change the guest for all, but to the program itself.
fn need_home(cpu: &mut Cpu<'_, '_>, what: &str) -> Result<(), Raise> {
    cpu.need_ring(cpu.home(), what)
}

/// Refuses what is to be changed of a coroutine that goes on further inside.
fn check_thread(cpu: &mut Cpu<'_, '_>, thread: Option<Thread>, what: &str) -> Result<(), Raise> {
    match thread {
        Some(t) => {
            let rings = Rings::unpack(cpu.mem.get(t.0, Thread::RINGS));
            check_open(cpu, rings.level, &format!("{what} of a coroutine"))
        }
        None => Ok(()),
    }
}

fn getregistry(cpu: &mut Cpu<'_, '_>) -> Answer {
    need_home(cpu, "the registry")?;
    let registry = cpu.registry();
    cpu.push(registry.into());
    Ok(Next::Return(1))
}

fn getmetatable(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.check_any(1)?;
    let metatable = meta::metatable(cpu.mem, v);
    cpu.push(metatable.map_or(Value::NIL, Value::from));
    Ok(Next::Return(1))
}

fn setmetatable(cpu: &mut Cpu<'_, '_>) -> Answer {
    let to = Table::of(cpu.arg(2));
    if to.is_none() && !(cpu.has(2) && cpu.arg(2).is_nil()) {
        return Err(cpu.arg_error(2, b"nil or table expected"));
    }
    let v = cpu.arg(1);
    let at = to.map_or(0, |t| t.0);
    if let Some(t) = Table::of(v) {
        cpu.check_seal(t)?;
        barrier::link(cpu.mem, t.0, Table::META, at);
    } else if let Some(u) = Userdata::of(v) {
        let ring = cpu.makers_rings(v).level;
        check_open(cpu, ring, "the metatable of a userdata")?;
        barrier::link(cpu.mem, u.0, Userdata::META, at);
    } else {
        need_home(cpu, "the metatable of a type")?;
        meta::set_type_metatable(cpu.mem, v.type_of(), to);
    }
    cpu.push(Value::TRUE);
    Ok(Next::Return(1))
}

fn getfenv(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.check_any(1)?;
    let env = environment_of(cpu, v);
    cpu.push(env);
    Ok(Next::Return(1))
}

fn setfenv(cpu: &mut Cpu<'_, '_>) -> Answer {
    let env = cpu.check_table(2)?;
    let v = cpu.arg(1);
    check_inner(cpu, v, "the environment")?;
    check_thread(cpu, Thread::of(v), "the globals")?;
    if !set_environment_of(cpu, v, env) {
        return Err(cpu.fail("'setfenv' cannot change environment of given object"));
    }
    cpu.push(v);
    Ok(Next::Return(1))
}
