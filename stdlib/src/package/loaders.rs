//! The loaders: they look for a module in `package.preload`, in Lua files and in C libraries.
//! The host tells which files can be read.

use super::{NO_DYNAMIC, module_name, named_error, package_field};
use crate::base::{MAX_TEXT, c_string};
use crate::compile::Wanted;
use crate::io::handle::MAX_PATH;
use crate::load;
use crate::slots;
use bvm_isa::hypercall::Hypercall;
use bvm_vm::data::{string, table};
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Answer, Cpu, Next, Raise, Value, Word};

/// Where in the path the search is. A path may be longer than a window.
fn place_in_path(cpu: &Cpu<'_, '_>) -> usize {
    usize::try_from(slots::place(cpu.arg(searching::AT))).unwrap_or(0)
}

pub(super) fn preload_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
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

/// Bytes of a text whose exchanged parts may be longer.
const MAX_EXCHANGED: u64 = 1 << 16;
/// Bytes of a list of files that were looked for, but for the last one.
pub(super) const MAX_LISTED: usize = 1 << 16;

/// The template that begins at or after `at`, and where it begins.
fn template(path: &[u8], at: usize) -> Option<(usize, &[u8])> {
    let rest = path.get(at..)?;
    let start = at + rest.iter().position(|&b| b != b';')?;
    let template = path.get(start..)?.split(|&b| b == b';').next()?;
    Some((start, template))
}

/// A template with its marks replaced; the beginning of it when that is longer than any name of a file.
fn fill(template: &[u8], file: &[u8]) -> Vec<u8> {
    let mut parts = template.split(|&b| b == b'?');
    let mut out = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        if out.len() >= MAX_PATH {
            break;
        }
        out.extend_from_slice(file);
        out.extend_from_slice(part);
    }
    out.truncate(MAX_PATH);
    out
}

/// Begins a search for `module` on the path in `package.<field>`.
fn start_search(cpu: &mut Cpu<'_, '_>, field: &str, module: &[u8]) -> Result<(), Raise> {
    let path = package_field(cpu, field)?;
    let Some(path) = cpu.to_str(path)? else {
        return Err(cpu.fail(&format!("'package.{field}' must be a string")));
    };
    let file: Vec<u8> = module
        .iter()
        .map(|&b| if b == b'.' { b'/' } else { b })
        .collect();
    search_for(cpu, file, path)
}

/// Begins a search on a path for what replaces the marks of its templates.
fn search_for(cpu: &mut Cpu<'_, '_>, file: Vec<u8>, path: Str) -> Result<(), Raise> {
    if string::len(cpu.mem, path) as usize > MAX_TEXT {
        return Err(cpu.fail("path too long"));
    }
    let path = c_string(cpu.bytes(path)).to_vec();
    let path = string::intern(cpu.mem, &path)?;
    cpu.set_count(1);
    cpu.push_bytes(&file)?;
    cpu.push(path.into());
    cpu.push(Value::number(0.0));
    cpu.set_step(searching::NEXT);
    Ok(())
}

/// `package.searchpath`: the search of the loaders, on any path.
pub(super) fn searchpath(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let (_, name) = module_name(cpu)?;
        let path = cpu.check_string(2)?;
        let file = exchanged(cpu, name)?;
        search_for(cpu, file, path)?;
    }
    match search(cpu)? {
        Search::Asking => Ok(Next::Wait {
            step: searching::ANSWERED,
        }),
        Search::Found(file) => {
            cpu.push_bytes(&file)?;
            Ok(Next::Return(1))
        }
        Search::Missing(text) => {
            cpu.push(Value::NIL);
            cpu.push_bytes(&text)?;
            Ok(Next::Return(2))
        }
    }
}

/// A name in which the text in slot 3 (`.` by default) is replaced by the one in slot 4 (`/`).
fn exchanged(cpu: &mut Cpu<'_, '_>, name: Vec<u8>) -> Result<Vec<u8>, Raise> {
    let mut texts = [b".".to_vec(), b"/".to_vec()];
    for (slot, text) in (3..).zip(&mut texts) {
        if let Some(given) = cpu.opt_string(slot)? {
            *text = c_string(cpu.bytes(given)).to_vec();
        }
    }
    let [from, to] = &texts;
    if from.is_empty() {
        return Ok(name);
    }
    let most = (name.len() / from.len()) as u64 * to.len() as u64 + name.len() as u64;
    if most > MAX_EXCHANGED {
        return Err(cpu.arg_error(1, b"name too long"));
    }
    // At each byte of the name the whole of `from` may have to be compared.
    let compared = name.len() as u64 * from.len() as u64;
    cpu.charge(most / 8 + compared / 256)?;
    let (mut out, mut rest) = (Vec::new(), name.as_slice());
    while let Some((&first, tail)) = rest.split_first() {
        match rest.strip_prefix(from.as_slice()) {
            Some(after) => {
                out.extend_from_slice(to);
                rest = after;
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    Ok(out)
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
    let (file, path) = (
        cpu.check_string(searching::FILE)?,
        cpu.check_string(searching::PATH)?,
    );
    let mut at = place_in_path(cpu);
    if cpu.step_number() == searching::ANSWERED {
        cpu.check_reply()?;
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
        // What is too long for a file's name is asked about all the same: hosts say no.
        cpu.set_arg(searching::AT, Value::number(start as f64));
        cpu.ask(Hypercall::Readable, vec![Word::Bytes(name)]);
        return Ok(Search::Asking);
    }
    missing(cpu, file, path).map(Search::Missing)
}

/// The list of all files that a search has asked about.
fn missing(cpu: &mut Cpu<'_, '_>, file: Str, path: Str) -> Result<Vec<u8>, Raise> {
    let marks = cpu.bytes(path).iter().filter(|&&b| b == b'?').count() as u64;
    let size =
        marks * u64::from(string::len(cpu.mem, file)) + u64::from(string::len(cpu.mem, path));
    let size = size.min(MAX_LISTED as u64);
    cpu.charge(size / 8)?;
    let (file, path) = (cpu.bytes(file), cpu.bytes(path));
    let (mut at, mut text) = (0, Vec::new());
    while let Some((start, asked)) = template(path, at)
        && text.len() < MAX_LISTED
    {
        text.extend_from_slice(b"\n\tno file '");
        text.extend_from_slice(&fill(asked, file));
        text.push(b'\'');
        at = start + asked.len();
    }
    Ok(text)
}

pub(super) fn lua_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    match cpu.step_number() {
        0 => {
            let (_, name) = module_name(cpu)?;
            start_search(cpu, "path", &name)?;
        }
        searching::READ | searching::COMPILE | load::RAISED => return load_found(cpu),
        _ => {}
    }
    match search(cpu)? {
        Search::Asking => Ok(Next::Wait {
            step: searching::ANSWERED,
        }),
        Search::Missing(text) => {
            cpu.push_bytes(&text)?;
            Ok(Next::Return(1))
        }
        Search::Found(file) => {
            load::ask_for_file(cpu, Some(&file));
            Ok(Next::Wait {
                step: searching::READ,
            })
        }
    }
}

/// The file that the search ended at.
fn found_file(cpu: &mut Cpu<'_, '_>) -> Result<Vec<u8>, Raise> {
    let (file, path) = (
        cpu.check_string(searching::FILE)?,
        cpu.check_string(searching::PATH)?,
    );
    let at = place_in_path(cpu);
    let asked = template(cpu.bytes(path), at).map(|(_, t)| fill(t, cpu.bytes(file)));
    Ok(asked.unwrap_or_default())
}

fn load_found(cpu: &mut Cpu<'_, '_>) -> Answer {
    let file = found_file(cpu)?;
    if cpu.step_number() == load::RAISED {
        let message = cpu.to_str(load::raised(cpu))?;
        let message = message.map_or(b"(null)".to_vec(), |s| c_string(cpu.bytes(s)).to_vec());
        return Err(loader_error(cpu, &file, &message));
    }
    if cpu.step_number() == searching::READ {
        let reply = cpu.take_reply();
        match load::file_text(cpu, reply, Some(&file))? {
            Ok(text) => cpu.push(text.into()),
            Err(message) => return Err(loader_error(cpu, &file, &message)),
        }
        cpu.set_step(searching::COMPILE);
    }
    let source = cpu.check_string(searching::TEXT)?;
    match load::compile_file(cpu, source, Some(&file), Wanted::ANY)? {
        Ok(function) => {
            cpu.push(function);
            Ok(Next::Return(1))
        }
        Err(refused) if refused.is_raised => Err(load::raise(cpu, &refused)?),
        Err(refused) => Err(loader_error(cpu, &file, &refused.message)),
    }
}

fn loader_error(cpu: &mut Cpu<'_, '_>, file: &[u8], message: &[u8]) -> Raise {
    let name = Str::of(cpu.arg(1)).map_or(Vec::new(), |s| cpu.bytes(s).to_vec());
    let message = message.get(..MAX_LISTED).unwrap_or(message);
    let text = [&name, b"' from file '".as_slice(), file, b"':\n\t", message].concat();
    named_error(cpu, "error loading module '", &text, b"")
}

pub(super) fn c_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 0 {
        let (_, name) = module_name(cpu)?;
        start_search(cpu, "cpath", &name)?;
    }
    search_library(cpu)
}

pub(super) fn root_loader(cpu: &mut Cpu<'_, '_>) -> Answer {
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
        Search::Asking => Ok(Next::Wait {
            step: searching::ANSWERED,
        }),
        Search::Missing(text) => {
            cpu.push_bytes(&text)?;
            Ok(Next::Return(1))
        }
        Search::Found(file) => Err(loader_error(cpu, &file, NO_DYNAMIC.as_bytes())),
    }
}
