//! `require`: asks the loaders one after the other, then runs what one of them found.

use super::loaders::MAX_LISTED;
use super::{loaded_table, module_name, named_error, package_field};
use crate::slots;
use bvm_vm::data::{string, table};
use bvm_vm::objects::{Str, Table};
use bvm_vm::value::TAG_LIGHT;
use bvm_vm::{Answer, Cpu, Next, Raise, Type, Value};

/// What a module's entry holds while it is being loaded: a light userdata that no program can make.
const LOADING: Value = Value::tagged(TAG_LIGHT, 1);

/// Slots and steps of `require`, whose name is in slot 1.
mod requiring {
    /// The list of loaders.
    pub const LOADERS: u32 = 2;
    /// What the loaders said, in a table.
    pub const SAID: u32 = 3;
    /// How many of them have been asked.
    pub const ASKED: u32 = 4;
    /// What is called, and its first result.
    pub const CALL: u32 = 5;

    /// A loader has answered.
    pub const LOADER: u32 = 1;
    /// The module has been run.
    pub const RUN: u32 = 2;
}

pub(crate) fn require(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => start_require(cpu),
        requiring::LOADER => loader_answered(cpu),
        _ => module_returned(cpu),
    }
}

fn start_require(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (name, text) = module_name(cpu)?;
    let loaded = loaded_table(cpu)?;
    let entry = table::get_str(cpu.mem, loaded, name);
    if entry == LOADING {
        return Err(named_error(
            cpu,
            "loop or previous error loading module '",
            &text,
            b"'",
        ));
    }
    if !entry.is_falsy() {
        cpu.push(entry);
        return Ok(Next::Return(1));
    }
    let loaders = package_field(cpu, "loaders")?;
    if loaders.type_of() != Type::Table {
        return Err(cpu.fail("'package.loaders' must be a table"));
    }
    let said = cpu.new_table(0, 0)?;
    cpu.set_count(1);
    cpu.push(loaders);
    cpu.push(said.into());
    cpu.push(Value::number(0.0));
    ask_next_loader(cpu)
}

fn ask_next_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    let asked = number_in(cpu, requiring::ASKED) + 1;
    let loaders = cpu.check_table(requiring::LOADERS)?;
    let loader = table::get_int(cpu.mem, loaders, asked);
    if loader.is_nil() {
        return Err(not_found(cpu));
    }
    cpu.set_arg(requiring::ASKED, Value::number(f64::from(asked)));
    cpu.set_count(requiring::ASKED);
    let name = cpu.arg(1);
    cpu.push(loader);
    cpu.push(name);
    Ok(Next::Call {
        func: requiring::CALL,
        step: requiring::LOADER,
    })
}

fn number_in(cpu: &Cpu<'_, '_>, slot: u32) -> u32 {
    slots::whole(cpu.arg(slot))
}

/// No loader found the module: the error repeats what each said.
fn not_found(cpu: &mut Cpu<'_, '_>) -> Raise {
    let mut text = Vec::new();
    if let (Some(said), Some(name)) = (Table::of(cpu.arg(requiring::SAID)), Str::of(cpu.arg(1))) {
        text.extend_from_slice(cpu.bytes(name));
        text.extend_from_slice(b"' not found:");
        for i in 1..=table::border(cpu.mem, said) {
            let part = table::get_int(cpu.mem, said, i);
            let part = string::bytes_of(cpu.mem, part).unwrap_or_default();
            let room = MAX_LISTED.saturating_sub(text.len());
            text.extend_from_slice(part.get(..room).unwrap_or(part));
            if part.len() >= room {
                break;
            }
        }
    }
    cpu.pay(text.len() as u64 / 32);
    named_error(cpu, "module '", &text, b"")
}

fn loader_answered(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.arg(requiring::CALL);
    let name = cpu.check_string(1)?;
    if v.type_of() == Type::Function {
        let loaded = loaded_table(cpu)?;
        table::set_str(cpu.mem, loaded, name, LOADING)?;
        cpu.set_count(requiring::CALL);
        cpu.push(name.into());
        return Ok(Next::Call {
            func: requiring::CALL,
            step: requiring::RUN,
        });
    }
    if let (Some(part), Some(said)) = (cpu.to_str(v)?, Table::of(cpu.arg(requiring::SAID))) {
        let n = table::border(cpu.mem, said);
        table::set_int(cpu.mem, said, n + 1, part.into())?;
    }
    ask_next_loader(cpu)
}

fn module_returned(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.arg(requiring::CALL);
    let name = cpu.check_string(1)?;
    let loaded = loaded_table(cpu)?;
    if !v.is_nil() {
        table::set_str(cpu.mem, loaded, name, v)?;
    } else if table::get_str(cpu.mem, loaded, name) == LOADING {
        table::set_str(cpu.mem, loaded, name, Value::TRUE)?;
    }
    let result = table::get_str(cpu.mem, loaded, name);
    cpu.push(result);
    Ok(Next::Return(1))
}
