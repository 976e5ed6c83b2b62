//! `module` and `package.seeall`.

use super::{loaded_table, module_name, named_error};
use crate::base::thread_globals;
use crate::slots;
use bvm_vm::data::closure::{Function, function_of};
use bvm_vm::data::{string, table};
use bvm_vm::heap::barrier;
use bvm_vm::meta;
use bvm_vm::objects::{Closure, Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Value, debug};

fn number_in(cpu: &Cpu<'_, '_>, slot: u32) -> u32 {
    slots::whole(cpu.arg(slot))
}

pub(super) fn seeall(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let metatable = match meta::metatable(cpu.mem, t.into()) {
        Some(metatable) => metatable,
        None => {
            let made = cpu.new_table(0, 1)?;
            barrier::link(cpu.mem, t.0, Table::META, made.0);
            made
        }
    };
    let globals = thread_globals(cpu);
    cpu.set_field(metatable, "__index", globals.into())?;
    Ok(Next::Return(0))
}

/// Steps of `module`. Slots: the name, the options, and after them the module.
pub(crate) fn module(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let (name, text) = module_name(cpu)?;
        let module = find_module(cpu, name, &text)?;
        let marker = string::intern(cpu.mem, b"_NAME")?;
        if table::get_str(cpu.mem, module, marker).is_nil() {
            describe(cpu, module, name, &text)?;
        }
        set_caller_environment(cpu, module)?;
        // From here on slot 1 counts the options that have been called.
        cpu.set_arg(1, Value::number(1.0));
        let count = cpu.count();
        cpu.insert(2, Value::number(f64::from(count)));
        cpu.insert(2, module.into());
    }
    // Slots now: next option, module, number of arguments, options …
    let next = number_in(cpu, 1) + 1;
    let count = number_in(cpu, 3);
    if next > count {
        return Ok(Next::Return(0));
    }
    cpu.set_arg(1, Value::number(f64::from(next)));
    cpu.set_count(count + 2);
    let (option, module) = (cpu.arg(next + 2), cpu.arg(2));
    cpu.push(option);
    cpu.push(module);
    Ok(Next::Call {
        func: count + 3,
        step: 1,
    })
}

/// The table of the module: the one that is loaded, or the global of that name.
fn find_module(cpu: &mut Cpu<'_, '_>, name: Str, text: &[u8]) -> Result<Table, Raise> {
    let loaded = loaded_table(cpu)?;
    if let Some(module) = Table::of(table::get_str(cpu.mem, loaded, name)) {
        return Ok(module);
    }
    let mut at = thread_globals(cpu);
    for part in text.split(|&b| b == b'.') {
        let key = string::intern(cpu.mem, part)?;
        let v = table::get_str(cpu.mem, at, key);
        at = match Table::of(v) {
            Some(inner) => inner,
            None if v.is_nil() => {
                let made = cpu.new_table(0, 1)?;
                cpu.raw_set(at, key.into(), made.into())?;
                made
            }
            None => return Err(named_error(cpu, "name conflict for module '", text, b"'")),
        };
    }
    table::set_str(cpu.mem, loaded, name, at.into())?;
    Ok(at)
}

/// Fills in what a new module says of itself.
fn describe(cpu: &mut Cpu<'_, '_>, module: Table, name: Str, text: &[u8]) -> Result<(), Raise> {
    cpu.set_field(module, "_M", module.into())?;
    cpu.set_field(module, "_NAME", name.into())?;
    let package = text
        .iter()
        .rposition(|&b| b == b'.')
        .map_or(0, |dot| dot + 1);
    let package = cpu.new_str(text.get(..package).unwrap_or_default())?;
    cpu.set_field(module, "_PACKAGE", package)
}

/// The module becomes the environment of the function that called `module`.
fn set_caller_environment(cpu: &mut Cpu<'_, '_>, module: Table) -> Result<(), Raise> {
    let caller = debug::activation(cpu, 1);
    if caller.is_some_and(|c| c.tail) {
        return Ok(());
    }
    match caller.and_then(|c| function_of(cpu.mem, c.function)) {
        Some(Function::Lua(c)) => {
            barrier::link(cpu.mem, c.0, Closure::ENV, module.0);
            Ok(())
        }
        _ => Err(cpu.fail("'module' not called from a Lua function")),
    }
}
