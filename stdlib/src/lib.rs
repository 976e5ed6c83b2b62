//! Lua 5.1's standard library over the machine's native interface.
//!
//! One file a library; each declares its functions in one table. Everything of the outside world goes
//! through hypercalls: no file here touches files, clocks or the environment.
#![forbid(unsafe_code)]

pub mod base;
pub mod bit;
pub mod bit32;
mod collect;
mod compile;
mod copy;
pub mod coroutine;
pub mod debug;
pub mod define;
mod dump;
mod environment;
mod find;
mod format;
mod gsub;
pub mod host;
pub mod io;
mod limits;
mod load;
pub mod math;
pub mod message;
pub mod os;
mod pack;
pub mod package;
mod portions;
mod print;
mod random;
pub mod ring;
mod rope;
mod slots;
mod sort;
pub mod string;
pub mod table;
pub mod task;
mod tonumber;
mod transfer;
pub mod utf8;
mod walk;
mod whole;

pub use bvm_apart::{MOST_COMPILING, compiling};
use bvm_vm::objects::Table;
use bvm_vm::{Cpu, Native, Raise, Ring, Vm};
pub use compile::HOST_BYTES;
use define::{Function, Library};
pub use io::handle::detach_files;
pub use random::renew as renew_random;
use std::sync::{Arc, LazyLock};

/// All libraries, in the order in which they are opened. `base` comes first. This order, that of the
/// functions in their tables and the sizes of these are Lua 5.1's: `pairs` shows them.
pub const LIBRARIES: &[Library] = &[
    base::LIBRARY,
    coroutine::LIBRARY,
    package::LIBRARY,
    table::LIBRARY,
    io::LIBRARY,
    os::LIBRARY,
    string::LIBRARY,
    math::LIBRARY,
    debug::LIBRARY,
    bit::LIBRARY,
    bit32::LIBRARY,
    utf8::LIBRARY,
    ring::LIBRARY,
];

/// Name of the registry's table of loaded modules, which is `package.loaded`.
pub const LOADED: &str = "_LOADED";

/// All natives, in the order that images know them by.
pub fn natives() -> Arc<[Native]> {
    static NATIVES: LazyLock<Arc<[Native]>> = LazyLock::new(|| {
        // What not every guest gets comes last: guests with and without it number the others alike.
        let libraries = LIBRARIES.iter().chain([&task::LIBRARY, &host::LIBRARY]);
        let natives = libraries.flat_map(|library| {
            let functions = library.functions.iter().chain(library.additions);
            functions.map(|f| Native {
                name: f.full,
                run: f.run,
                calling: f.calling,
                outermost: library.outermost,
            })
        });
        natives.collect()
    });
    NATIVES.clone()
}

/// Opens all libraries in a guest made with [`natives`].
///
/// # Errors
/// No memory.
pub fn install(vm: &mut Vm) -> Result<(), Raise> {
    vm.access(|cpu| {
        let loaded = cpu.new_table(0, 1)?;
        let registry = cpu.registry();
        cpu.set_field(registry, LOADED, loaded.into())?;
        let mut id = 0;
        for library in LIBRARIES {
            if cpu.dialect().has_additions() || !library.functions.is_empty() {
                open(cpu, library, loaded, id)?;
            }
            id += count(library);
        }
        ring::seal_libraries(cpu, loaded)
    })
}

/// Opens the library `task`, in whatever language the guest is.
///
/// # Errors
/// No memory.
pub fn install_tasks(vm: &mut Vm) -> Result<(), Raise> {
    vm.access(|cpu| {
        let registry = cpu.registry();
        let loaded = match Table::of(cpu.field(registry, LOADED)?) {
            Some(loaded) => loaded,
            None => cpu.new_table(0, 1)?,
        };
        let first = LIBRARIES.iter().map(count).sum();
        open(cpu, &task::LIBRARY, loaded, first)?;
        if let Some(table) = Table::of(cpu.field(loaded, task::LIBRARY.name)?) {
            cpu.seal(table, Ring::Application);
        }
        Ok(())
    })
}

/// How many natives a library has.
fn count(library: &Library) -> u32 {
    (library.functions.len() + library.additions.len()) as u32
}

/// How many functions of a list Lua code can name: the size of their table.
fn visible(functions: &[Function]) -> u32 {
    functions.iter().filter(|f| !f.name.is_empty()).count() as u32
}

fn open(cpu: &mut Cpu<'_, '_>, library: &Library, loaded: Table, first: u32) -> Result<(), Raise> {
    let globals = cpu.globals();
    let table: Table = match library.name {
        "" => {
            cpu.set_field(globals, "_G", globals.into())?;
            cpu.set_field(loaded, "_G", globals.into())?;
            globals
        }
        name => {
            let made = cpu.new_table(0, visible(library.functions))?;
            cpu.set_field(globals, name, made.into())?;
            cpu.set_field(loaded, name, made.into())?;
            made
        }
    };
    let count = match cpu.dialect().has_additions() {
        true => library.functions.len() + library.additions.len(),
        false => library.functions.len(),
    };
    let functions = library.functions.iter().chain(library.additions);
    for (id, function) in (first..).zip(functions).take(count) {
        if !function.name.is_empty() {
            let value = cpu.new_native(id, &[])?;
            cpu.set_field(table, function.name, value)?;
        }
    }
    match library.open {
        Some(open) => open(cpu, table),
        None => Ok(()),
    }
}
