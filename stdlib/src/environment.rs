//! `getfenv` and `setfenv`, and the environments of values of all types. Must not know other tables.

use crate::base::{charge_levels, check_int, opt_int, thread_globals};
use bvm_vm::data::closure::{Function, function_of, ring_of};
use bvm_vm::exec::convert::to_number;
use bvm_vm::heap::barrier;
use bvm_vm::objects::{Closure, NativeClosure, Table, Thread, Userdata};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Type, Value, debug};

/// The function in slot 1, or at the level that slot 1 names (`default`: 1 when it is missing).
fn function(cpu: &mut Cpu<'_, '_>, default: bool) -> Result<Value, Raise> {
    let v = cpu.arg(1);
    if v.type_of() == Type::Function {
        return Ok(v);
    }
    let level = if default {
        opt_int(cpu, 1, 1)?
    } else {
        check_int(cpu, 1)?
    };
    let Ok(level) = u32::try_from(level) else {
        return Err(cpu.arg_error(1, b"level must be non-negative"));
    };
    charge_levels(cpu, level)?;
    match debug::activation(cpu, level) {
        None => Err(cpu.arg_error(1, b"invalid level")),
        Some(found) if found.tail => {
            let text = format!("no function environment for tail call at level {level}");
            Err(cpu.fail(&text))
        }
        Some(found) => Ok(found.function),
    }
}

/// Refuses what is to be changed of a function that runs further inside: who can could change what that does.
///
/// # Errors
/// It does.
pub(crate) fn check_inner(cpu: &mut Cpu<'_, '_>, f: Value, what: &str) -> Result<(), Raise> {
    let ring = match function_of(cpu.mem, f) {
        Some(Function::Lua(c)) => ring_of(cpu.mem, c),
        _ => Ring::Application,
    };
    check_open(cpu, ring, &format!("{what} of a function"))
}

/// The same for what runs in `ring`.
///
/// # Errors
/// It is further inside than the caller.
pub(crate) fn check_open(cpu: &mut Cpu<'_, '_>, ring: Ring, what: &str) -> Result<(), Raise> {
    let own = cpu.ring();
    if ring < own {
        let text = format!("{what} of {ring} is not open to {own}");
        return Err(cpu.arg_error(1, text.as_bytes()));
    }
    Ok(())
}

pub(crate) fn getfenv(cpu: &mut Cpu<'_, '_>) -> Answer {
    let f = function(cpu, true)?;
    check_inner(cpu, f, "the environment")?;
    let env = match function_of(cpu.mem, f) {
        Some(Function::Lua(c)) => Table(cpu.mem.get(c.0, Closure::ENV)),
        _ => thread_globals(cpu),
    };
    cpu.push(env.into());
    Ok(Next::Return(1))
}

pub(crate) fn setfenv(cpu: &mut Cpu<'_, '_>) -> Answer {
    let env = cpu.check_table(2)?;
    let f = function(cpu, false)?;
    check_inner(cpu, f, "the environment")?;
    let thread = cpu.thread();
    let v = cpu.arg(1);
    if v.type_of() != Type::Function && to_number(cpu.mem, v) == Some(0.0) {
        cpu.need_ring(Ring::Application, "changing a thread's globals")?;
        barrier::link(cpu.mem, thread.0, Thread::ENV, env.0);
        return Ok(Next::Return(0));
    }
    match function_of(cpu.mem, f) {
        Some(Function::Lua(c)) => barrier::link(cpu.mem, c.0, Closure::ENV, env.0),
        _ => return Err(cpu.fail("'setfenv' cannot change environment of given object")),
    }
    cpu.push(f);
    Ok(Next::Return(1))
}

/// The environment of a value, nil when its type has none.
pub(crate) fn environment_of(cpu: &Cpu<'_, '_>, v: Value) -> Value {
    let at = v.payload();
    let env = match v.type_of() {
        Type::Function => match function_of(cpu.mem, v) {
            Some(Function::Lua(c)) => cpu.mem.get(c.0, Closure::ENV),
            _ => cpu.mem.get(at, NativeClosure::ENV),
        },
        Type::Userdata => cpu.mem.get(at, Userdata::ENV),
        Type::Thread => cpu.mem.get(at, Thread::ENV),
        _ => return Value::NIL,
    };
    Table(env).into()
}

/// Sets the environment of a value; tells whether its type has one.
pub(crate) fn set_environment_of(cpu: &mut Cpu<'_, '_>, v: Value, env: Table) -> bool {
    let at = v.payload();
    match v.type_of() {
        Type::Function => match function_of(cpu.mem, v) {
            Some(Function::Lua(c)) => barrier::link(cpu.mem, c.0, Closure::ENV, env.0),
            _ => barrier::link(cpu.mem, at, NativeClosure::ENV, env.0),
        },
        Type::Userdata => barrier::link(cpu.mem, at, Userdata::ENV, env.0),
        Type::Thread => barrier::link(cpu.mem, at, Thread::ENV, env.0),
        _ => return false,
    }
    true
}
