//! `debug`'s access to variables: locals of activations and upvalues of closures.

use super::levels::{at_level, window_end};
use super::thread_argument;
use crate::base::check_int;
use crate::environment::check_inner;
use bvm_vm::data::closure::{self, Function, function_of};
use bvm_vm::debug::{self, Activation};
use bvm_vm::heap::barrier;
use bvm_vm::objects::{Closure, Proto, Str, Thread, Upval};
use bvm_vm::{Answer, Cpu, Next, Raise, Value};

/// A slot of an activation that a program may see.
struct Local {
    /// A temporary value has none.
    name: Option<Str>,
    /// Whose it is.
    function: Value,
    /// Its place in the stack.
    at: u32,
    /// It belongs to a native, which relies on what it has put there.
    native: bool,
}

/// The local variable, or temporary value, that the arguments name.
fn local(cpu: &mut Cpu<'_, '_>, thread: Option<Thread>, arg: u32) -> Result<Option<Local>, Raise> {
    let level = check_int(cpu, arg + 1)?;
    let found = at_level(cpu, thread, level)?;
    let Some((found, _)) = found else {
        return Err(cpu.arg_error(arg + 1, b"level out of range"));
    };
    let number = check_int(cpu, arg + 2)?;
    if number <= 0 || found.tail || found.base == 0 {
        return Ok(None);
    }
    let number = number as u32;
    let at = found.base.saturating_add((number - 1).saturating_mul(8));
    let native = found.lua(cpu.mem).is_none();
    let name = variable_name(cpu, &found, number);
    if name.is_some() {
        let function = found.function;
        return Ok(Some(Local {
            name,
            function,
            at,
            native,
        }));
    }
    let end = window_end(cpu, thread, &found)?;
    let temporary = at.saturating_add(8) <= end;
    Ok(temporary.then_some(Local {
        name,
        function: found.function,
        at,
        native,
    }))
}

fn variable_name(cpu: &Cpu<'_, '_>, found: &Activation, number: u32) -> Option<Str> {
    let c = found.lua(cpu.mem)?;
    let proto = Proto(cpu.mem.get(c.0, Closure::PROTO));
    debug::local_string(cpu.mem, proto, number, found.pc(cpu.mem)?)
}

fn push_name(cpu: &mut Cpu<'_, '_>, name: Option<Str>) -> Result<(), Raise> {
    match name {
        Some(name) => cpu.push(name.into()),
        None => cpu.push_bytes(b"(*temporary)")?,
    }
    Ok(())
}

/// Units for walking to the level that argument `arg + 1` names.
fn walking(cpu: &Cpu<'_, '_>, arg: u32) -> u64 {
    let level = cpu.arg(arg + 1).as_number().unwrap_or(0.0);
    level.clamp(0.0, 20_000.0) as u64 / 8
}

pub(super) fn getlocal(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, arg) = thread_argument(cpu);
    cpu.charge(32 + walking(cpu, arg))?;
    match local(cpu, thread, arg)? {
        Some(found) => {
            let value = Value(cpu.mem.load(found.at));
            push_name(cpu, found.name)?;
            cpu.push(value);
            Ok(Next::Return(2))
        }
        None => {
            cpu.push(Value::NIL);
            Ok(Next::Return(1))
        }
    }
}

pub(super) fn setlocal(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (thread, arg) = thread_argument(cpu);
    cpu.charge(32 + walking(cpu, arg))?;
    // 5.1 looks at the level first, then at the value, then at the number.
    let level = check_int(cpu, arg + 1)?;
    if at_level(cpu, thread, level)?.is_none() {
        return Err(cpu.arg_error(arg + 1, b"level out of range"));
    }
    let value = cpu.check_any(arg + 3)?;
    cpu.set_count(arg + 3);
    match local(cpu, thread, arg)? {
        Some(found) => {
            // A slot of a native has a name, but what is in it stays.
            if !found.native {
                check_inner(cpu, found.function, "a variable")?;
                barrier::store(cpu.mem, found.at, value);
            }
            push_name(cpu, found.name)?;
        }
        None => cpu.push(Value::NIL),
    }
    Ok(Next::Return(1))
}

/// The upvalue that the first two arguments name, and its name.
fn upvalue(cpu: &mut Cpu<'_, '_>) -> Result<Option<(Str, Upval)>, Raise> {
    let number = check_int(cpu, 2)?;
    let f = cpu.check_function(1)?;
    // What natives hold is not for programs to touch.
    let Some(Function::Lua(c)) = function_of(cpu.mem, f) else {
        return Ok(None);
    };
    let proto = Proto(cpu.mem.get(c.0, Closure::PROTO));
    let known = cpu.mem.get(proto.0, Proto::NUPNAMES);
    let count = known.min(u32::from(cpu.mem.get(c.0, Closure::UPVALS)));
    let index = u32::try_from(i64::from(number) - 1).unwrap_or(u32::MAX);
    if index >= count {
        return Ok(None);
    }
    let upval = closure::upval(cpu.mem, c, index as u8);
    Ok(debug::upvalue_string(cpu.mem, proto, index).map(|name| (name, upval)))
}

pub(super) fn getupvalue(cpu: &mut Cpu<'_, '_>) -> Answer {
    let Some((name, upval)) = upvalue(cpu)? else {
        return Ok(Next::Return(0));
    };
    let place = cpu.mem.get(upval.0, Upval::AT);
    let value = Value(cpu.mem.load(place));
    cpu.push(name.into());
    cpu.push(value);
    Ok(Next::Return(2))
}

pub(super) fn setupvalue(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.check_any(3)?;
    // The last argument is the value, as in Lua 5.1, however many there are.
    let value = cpu.arg(cpu.count());
    let Some((name, upval)) = upvalue(cpu)? else {
        return Ok(Next::Return(0));
    };
    let f = cpu.arg(1);
    check_inner(cpu, f, "an upvalue")?;
    let place = cpu.mem.get(upval.0, Upval::AT);
    barrier::store(cpu.mem, place, value);
    cpu.push(name.into());
    Ok(Next::Return(1))
}
