//! `package`, `require` and `module`. Modules are found by asking the host which files can be read.

use crate::base::{c_string, thread_globals};
use crate::define::{self, Library};
use crate::{LOADED, functions, load};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::closure::{Function, function_of};
use bvm_vm::data::{string, table};
use bvm_vm::meta;
use bvm_vm::objects::{Closure, Str, Table};
use bvm_vm::value::TAG_LIGHT;
use bvm_vm::{Answer, Cpu, Next, Raise, Request, Type, Value, Word, debug};

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

/// What a module's entry holds while it is being loaded: a light userdata that no program can make.
const LOADING: Value = Value::tagged(TAG_LIGHT, 1);

/// The library.
pub const LIBRARY: Library = Library {
    name: "package",
    functions: functions! { "package":
        /// `package.loadlib(path, name)`: refused, there are no dynamic libraries.
        "loadlib" = loadlib;
        /// `package.seeall(t)`: lets the module see the globals.
        "seeall" = seeall;
        /// Finds `package.preload[name]`.
        ("preload_loader") = preload_loader;
        /// Finds a Lua file on `package.path`.
        ("lua_loader") = lua_loader;
        /// Finds a C library on `package.cpath`.
        ("c_loader") = c_loader;
        /// Finds a C library that holds several modules.
        ("root_loader") = root_loader;
    },
    open: Some(open),
};

fn open(cpu: &mut Cpu<'_, '_>, package: Table) -> Result<(), Raise> {
    let registry = cpu.registry();
    cpu.set_field(registry, PACKAGE, package.into())?;
    let loaded = cpu.field(registry, LOADED)?;
    cpu.set_field(package, "loaded", loaded)?;
    let preload = cpu.new_table(0, 0)?;
    cpu.set_field(package, "preload", preload.into())?;
    let loaders = cpu.new_table(4, 0)?;
    cpu.set_field(package, "loaders", loaders.into())?;
    let names = ["preload_loader", "lua_loader", "c_loader", "root_loader"];
    for (i, name) in (1..).zip(names) {
        let loader = define::native(cpu, &format!("package.{name}"), &[])?;
        table::set_int(cpu.mem, loaders, i, loader)?;
    }
    for (field, text) in
        [("path", DEFAULT_PATH), ("cpath", DEFAULT_CPATH), ("config", "/\n;\n?\n!\n-")]
    {
        let text = cpu.new_str(text.as_bytes())?;
        cpu.set_field(package, field, text)?;
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
    match Table::of(cpu.field(registry, LOADED)?) {
        Some(t) => Ok(t),
        None => Err(cpu.fail("the table of loaded modules is missing")),
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
    cpu.charge(u64::from(string::len(cpu.mem, s)) / 16)?;
    let text = c_string(cpu.bytes(s)).to_vec();
    let s = string::intern(cpu.mem, &text)?;
    cpu.set_arg(1, s.into());
    Ok((s, text))
}

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
        return Err(named_error(cpu, "loop or previous error loading module '", &text, b"'"));
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
    Ok(Next::Call { func: requiring::CALL, step: requiring::LOADER })
}

fn number_in(cpu: &Cpu<'_, '_>, slot: u32) -> u32 {
    cpu.arg(slot).as_number().map_or(0, |n| n as u32)
}

/// No loader found the module: the error repeats what each said.
fn not_found(cpu: &mut Cpu<'_, '_>) -> Raise {
    let mut text = Vec::new();
    if let (Some(said), Some(name)) =
        (Table::of(cpu.arg(requiring::SAID)), Str::of(cpu.arg(1)))
    {
        text.extend_from_slice(cpu.bytes(name));
        text.extend_from_slice(b"' not found:");
        for i in 1..=table::border(cpu.mem, said) {
            let part = table::get_int(cpu.mem, said, i);
            text.extend_from_slice(string::bytes_of(cpu.mem, part).unwrap_or_default());
        }
    }
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
        return Ok(Next::Call { func: requiring::CALL, step: requiring::RUN });
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

fn preload_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (name, text) = module_name(cpu)?;
    let Some(preload) = Table::of(package_field(cpu, "preload")?) else {
        return Err(cpu.fail("'package.preload' must be a table"));
    };
    let found = table::get_str(cpu.mem, preload, name);
    if found.is_nil() {
        let said = [b"\n\tno field package.preload['", text.as_slice(), b"']"].concat();
        cpu.push_bytes(&said)?;
    } else {
        cpu.push(found);
    }
    Ok(Next::Return(1))
}

/// Slots and steps of the loaders that search a path. Slot 1 is the name.
mod searching {
    /// What replaces the marks of the templates.
    pub const FILE: u32 = 2;
    /// The path.
    pub const PATH: u32 = 3;
    /// Where in it the template begins whose file the host is asked about.
    pub const AT: u32 = 4;
    /// The text of the file.
    pub const TEXT: u32 = 5;

    /// The host has said whether the file can be read.
    pub const ANSWERED: u32 = 1;
    /// Ask about the next file.
    pub const NEXT: u32 = 2;
    /// The file has been read.
    pub const READ: u32 = 3;
    /// Its text is there.
    pub const COMPILE: u32 = 4;
}

/// The template that begins at or after `at`, and where it begins.
fn template(path: &[u8], at: usize) -> Option<(usize, &[u8])> {
    let rest = path.get(at..)?;
    let start = at + rest.iter().position(|&b| b != b';')?;
    let template = path.get(start..)?.split(|&b| b == b';').next()?;
    Some((start, template))
}

/// A template with its marks replaced.
fn fill(template: &[u8], file: &[u8]) -> Vec<u8> {
    let mut parts = template.split(|&b| b == b'?');
    let mut out = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        out.extend_from_slice(file);
        out.extend_from_slice(part);
    }
    out
}

/// Begins a search for `module` on the path in `package.<field>`.
fn start_search(cpu: &mut Cpu<'_, '_>, field: &str, module: &[u8]) -> Result<(), Raise> {
    let path = package_field(cpu, field)?;
    let Some(path) = cpu.to_str(path)? else {
        return Err(cpu.fail(&format!("'package.{field}' must be a string")));
    };
    let path = string::intern(cpu.mem, &c_string(cpu.bytes(path)).to_vec())?;
    let file: Vec<u8> = module.iter().map(|&b| if b == b'.' { b'/' } else { b }).collect();
    cpu.set_count(1);
    cpu.push_bytes(&file)?;
    cpu.push(path.into());
    cpu.push(Value::number(0.0));
    cpu.set_step(searching::NEXT);
    Ok(())
}

/// How far a search is.
enum Search {
    /// The host is being asked.
    Asking,
    /// This file can be read.
    Found(Vec<u8>),
    /// No file can be read: the message that lists them.
    Missing(Vec<u8>),
}

/// One step of a search.
fn search(cpu: &mut Cpu<'_, '_>) -> Result<Search, Raise> {
    let (file, path) = (cpu.check_string(searching::FILE)?, cpu.check_string(searching::PATH)?);
    let mut at = number_in(cpu, searching::AT) as usize;
    if cpu.step_number() == searching::ANSWERED {
        let reply = cpu.take_reply();
        let found = match reply {
            Some(Ok(words)) => matches!(words.first(), Some(Word::Bool(true))),
            _ => false,
        };
        let (file, path) = (cpu.bytes(file), cpu.bytes(path));
        let (start, asked) = template(path, at).unwrap_or((at, b""));
        if found {
            return Ok(Search::Found(fill(asked, file)));
        }
        at = start + asked.len();
        cpu.set_arg(searching::AT, Value::number(at as f64));
        cpu.set_step(searching::NEXT);
    }
    let size = string::len(cpu.mem, file) + string::len(cpu.mem, path);
    cpu.charge(u64::from(size) / 8)?;
    let asked = template(cpu.bytes(path), at).map(|(start, t)| (start, fill(t, cpu.bytes(file))));
    if let Some((start, name)) = asked {
        cpu.set_arg(searching::AT, Value::number(start as f64));
        cpu.ask(Request { call: Hypercall::Readable, args: vec![Word::Bytes(name)] });
        return Ok(Search::Asking);
    }
    missing(cpu, file, path).map(Search::Missing)
}

/// The list of all files that a search has asked about.
fn missing(cpu: &mut Cpu<'_, '_>, file: Str, path: Str) -> Result<Vec<u8>, Raise> {
    let marks = cpu.bytes(path).iter().filter(|&&b| b == b'?').count() as u64;
    let size = marks * u64::from(string::len(cpu.mem, file)) + u64::from(string::len(cpu.mem, path));
    if size > string::MAX_LEN / 16 {
        return Err(Raise::NoMemory);
    }
    cpu.charge(size / 8)?;
    let (file, path) = (cpu.bytes(file), cpu.bytes(path));
    let (mut at, mut text) = (0, Vec::new());
    while let Some((start, asked)) = template(path, at) {
        text.extend_from_slice(b"\n\tno file '");
        text.extend_from_slice(&fill(asked, file));
        text.push(b'\'');
        at = start + asked.len();
    }
    Ok(text)
}

fn lua_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            let (_, name) = module_name(cpu)?;
            start_search(cpu, "path", &name)?;
        }
        searching::READ | searching::COMPILE => return load_found(cpu),
        _ => {}
    }
    match search(cpu)? {
        Search::Asking => Ok(Next::Wait { step: searching::ANSWERED }),
        Search::Missing(text) => {
            cpu.push_bytes(&text)?;
            Ok(Next::Return(1))
        }
        Search::Found(file) => {
            load::ask_for_file(cpu, Some(&file));
            Ok(Next::Wait { step: searching::READ })
        }
    }
}

/// The file that the search ended at.
fn found_file(cpu: &mut Cpu<'_, '_>) -> Result<Vec<u8>, Raise> {
    let (file, path) = (cpu.check_string(searching::FILE)?, cpu.check_string(searching::PATH)?);
    let at = number_in(cpu, searching::AT) as usize;
    let asked = template(cpu.bytes(path), at).map(|(_, t)| fill(t, cpu.bytes(file)));
    Ok(asked.unwrap_or_default())
}

fn load_found(cpu: &mut Cpu<'_, '_>) -> Answer {
    let file = found_file(cpu)?;
    if cpu.step_number() == searching::READ {
        let reply = cpu.take_reply();
        match load::file_text(cpu, reply, Some(&file))? {
            Ok(text) => cpu.push(text.into()),
            Err(message) => return Err(loader_error(cpu, &file, &message)),
        }
        cpu.set_step(searching::COMPILE);
    }
    let source = cpu.check_string(searching::TEXT)?;
    match load::compile_file(cpu, source, Some(&file))? {
        Ok(function) => {
            cpu.push(function);
            Ok(Next::Return(1))
        }
        Err(message) => Err(loader_error(cpu, &file, &message)),
    }
}

fn loader_error(cpu: &mut Cpu<'_, '_>, file: &[u8], message: &[u8]) -> Raise {
    let name = Str::of(cpu.arg(1)).map_or(Vec::new(), |s| cpu.bytes(s).to_vec());
    let text = [&name, b"' from file '".as_slice(), file, b"':\n\t", message].concat();
    named_error(cpu, "error loading module '", &text, b"")
}

fn c_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let (_, name) = module_name(cpu)?;
        start_search(cpu, "cpath", &name)?;
    }
    search_library(cpu)
}

fn root_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let (_, name) = module_name(cpu)?;
        let Some(dot) = name.iter().position(|&b| b == b'.') else {
            return Ok(Next::Return(0));
        };
        start_search(cpu, "cpath", name.get(..dot).unwrap_or_default())?;
    }
    search_library(cpu)
}

/// A C library is looked for, but never loaded.
fn search_library(cpu: &mut Cpu<'_, '_>) -> Answer {
    match search(cpu)? {
        Search::Asking => Ok(Next::Wait { step: searching::ANSWERED }),
        Search::Missing(text) => {
            cpu.push_bytes(&text)?;
            Ok(Next::Return(1))
        }
        Search::Found(file) => Err(loader_error(cpu, &file, NO_DYNAMIC.as_bytes())),
    }
}

fn loadlib(cpu: &mut Cpu<'_, '_>) -> Answer {
    cpu.check_string(1)?;
    cpu.check_string(2)?;
    cpu.push(Value::NIL);
    cpu.push_bytes(NO_DYNAMIC.as_bytes())?;
    cpu.push_bytes(b"absent")?;
    Ok(Next::Return(3))
}

fn seeall(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let metatable = match meta::metatable(cpu.mem, t.into()) {
        Some(metatable) => metatable,
        None => {
            let made = cpu.new_table(0, 1)?;
            cpu.mem.set(t.0, Table::META, made.0);
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
    Ok(Next::Call { func: count + 3, step: 1 })
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
fn describe(
    cpu: &mut Cpu<'_, '_>,
    module: Table,
    name: Str,
    text: &[u8],
) -> Result<(), Raise> {
    cpu.set_field(module, "_M", module.into())?;
    cpu.set_field(module, "_NAME", name.into())?;
    let package = text.iter().rposition(|&b| b == b'.').map_or(0, |dot| dot + 1);
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
            cpu.mem.set(c.0, Closure::ENV, module.0);
            Ok(())
        }
        _ => Err(cpu.fail("'module' not called from a Lua function")),
    }
}
