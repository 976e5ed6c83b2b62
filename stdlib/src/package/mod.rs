//! `package`, `require` and `module`. Modules are found by asking the host which files can be read.

mod loaders;
mod module;
mod require;

pub(crate) use module::module;
pub(crate) use require::require;

use crate::base::c_string;
use crate::define::{self, Library};
use crate::io::handle;
use crate::{LOADED, functions};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::{string, table};
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Value};

/// Where Lua modules are looked for, as Debian's `lua5.1` has it.
pub const DEFAULT_PATH: &str = "./?.lua;/usr/local/share/lua/5.1/?.lua;\
/usr/local/share/lua/5.1/?/init.lua;/usr/local/lib/lua/5.1/?.lua;/usr/local/lib/lua/5.1/?/init.lua;\
/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";

/// Where C modules are looked for; one that is found cannot be loaded.
pub const DEFAULT_CPATH: &str = "./?.so;/usr/local/lib/lua/5.1/?.so;\
/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;/usr/lib/lua/5.1/?.so;/usr/local/lib/lua/5.1/loadall.so";

/// Name of the registry's reference to the table `package`, which a program may rename.
const PACKAGE: &str = "_PACKAGE";

/// Why no dynamic library can be loaded.
const NO_DYNAMIC: &str = "dynamic libraries not enabled; check your Lua installation";

/// The library.
pub const LIBRARY: Library = Library {
    name: "package",
    functions: functions! { "package":
        /// `package.loadlib(path, name)`: refused, there are no dynamic libraries.
        "loadlib" = loadlib;
        /// `package.seeall(t)`: lets the module see the globals.
        "seeall" = module::seeall;
        /// Finds `package.preload[name]`.
        ("preload_loader") = loaders::preload_loader;
        /// Finds a Lua file on `package.path`.
        ("lua_loader") = loaders::lua_loader;
        /// Finds a C library on `package.cpath`.
        ("c_loader") = loaders::c_loader;
        /// Finds a C library that holds several modules.
        ("root_loader") = loaders::root_loader;
    },
    additions: functions! { "package":
        /// `package.searchpath(name, path [, sep [, rep]])`: the first file of a path that can be read.
        "searchpath" = loaders::searchpath;
    },
    outermost: Ring::Application,
    open: Some(open),
};

fn open(cpu: &mut Cpu<'_, '_>, package: Table) -> Result<(), Raise> {
    let registry = cpu.registry();
    cpu.set_field(registry, PACKAGE, package.into())?;
    let loaders = cpu.new_table(4, 0)?;
    cpu.set_field(package, "loaders", loaders.into())?;
    let names = ["preload_loader", "lua_loader", "c_loader", "root_loader"];
    for (i, name) in (1..).zip(names) {
        let loader = define::native(cpu, &format!("package.{name}"), &[])?;
        table::set_int(cpu.mem, loaders, i, loader)?;
    }
    for (field, text) in [
        ("path", DEFAULT_PATH),
        ("cpath", DEFAULT_CPATH),
        ("config", "/\n;\n?\n!\n-"),
    ] {
        let text = cpu.new_str(text.as_bytes())?;
        cpu.set_field(package, field, text)?;
    }
    let loaded = cpu.field(registry, LOADED)?;
    cpu.set_field(package, "loaded", loaded)?;
    let preload = cpu.new_table(0, 0)?;
    cpu.set_field(package, "preload", preload.into())?;
    let globals = cpu.globals();
    for name in ["module", "require"] {
        let function = define::native(cpu, &format!("_G.{name}"), &[])?;
        cpu.set_field(globals, name, function)?;
    }
    Ok(())
}

/// Sets `package.path` from the value of `LUA_PATH`: `;;` stands for the default path.
///
/// # Errors
/// No memory.
pub fn set_path(cpu: &mut Cpu<'_, '_>, path: &[u8]) -> Result<(), Raise> {
    set_search_path(cpu, "path", path, DEFAULT_PATH)
}

/// Sets `package.cpath` from the value of `LUA_CPATH`: `;;` stands for the default path.
///
/// # Errors
/// No memory.
pub fn set_cpath(cpu: &mut Cpu<'_, '_>, path: &[u8]) -> Result<(), Raise> {
    set_search_path(cpu, "cpath", path, DEFAULT_CPATH)
}

fn set_search_path(
    cpu: &mut Cpu<'_, '_>,
    field: &str,
    path: &[u8],
    default: &str,
) -> Result<(), Raise> {
    let mut text = Vec::new();
    let mut rest = path;
    while let Some((&first, tail)) = rest.split_first() {
        if let [b';', b';', after @ ..] = rest {
            text.push(b';');
            text.extend_from_slice(default.as_bytes());
            text.push(b';');
            rest = after;
        } else {
            text.push(first);
            rest = tail;
        }
    }
    let Some(package) = package_table(cpu)? else {
        return Ok(());
    };
    let text = cpu.new_str(&text)?;
    cpu.set_field(package, field, text)
}

fn package_table(cpu: &mut Cpu<'_, '_>) -> Result<Option<Table>, Raise> {
    let registry = cpu.registry();
    Ok(Table::of(cpu.field(registry, PACKAGE)?))
}

/// A field of the table `package`.
fn package_field(cpu: &mut Cpu<'_, '_>, name: &str) -> Result<Value, Raise> {
    match package_table(cpu)? {
        Some(package) => cpu.field(package, name),
        None => Ok(Value::NIL),
    }
}

/// The table of loaded modules.
fn loaded_table(cpu: &mut Cpu<'_, '_>) -> Result<Table, Raise> {
    let registry = cpu.registry();
    let v = cpu.field(registry, LOADED)?;
    match Table::of(v) {
        Some(t) => Ok(t),
        // C indexes what is there, without a position.
        None => Err(cpu.runtime_error(&format!("attempt to index a {} value", v.type_name()))),
    }
}

/// An error of the caller's position whose text has a name in it.
fn named_error(cpu: &mut Cpu<'_, '_>, before: &str, name: &[u8], after: &[u8]) -> Raise {
    let text = [before.as_bytes(), name, after].concat();
    cpu.error_at(1, &text)
}

/// Argument 1, the name of a module: a string up to its first zero byte, and its text.
fn module_name(cpu: &mut Cpu<'_, '_>) -> Result<(Str, Vec<u8>), Raise> {
    let s = cpu.check_string(1)?;
    if handle::too_long(cpu, s, Hypercall::Readable).is_some() {
        return Err(cpu.arg_error(1, b"name too long"));
    }
    cpu.charge(u64::from(string::len(cpu.mem, s)) / 16)?;
    let text = c_string(cpu.bytes(s)).to_vec();
    let s = string::intern(cpu.mem, &text)?;
    cpu.set_arg(1, s.into());
    Ok((s, text))
}

fn loadlib(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.check_string(1)?;
    cpu.check_string(2)?;
    cpu.push(Value::NIL);
    cpu.push_bytes(NO_DYNAMIC.as_bytes())?;
    cpu.push_bytes(b"absent")?;
    Ok(Next::Return(3))
}
