//! `io`: files as userdata over handles of the host. Every reading and writing is a hypercall; nothing
//! here knows how the host keeps its files. The functions are in the files below by what they do.

pub(crate) mod handle;
mod open;
mod read;
mod write;

use crate::define::{self, CLASS_FILE, Library};
use crate::functions;
use bvm_vm::data::table;
use bvm_vm::objects::Table;
use bvm_vm::{Cpu, Raise, Ring, Value};
use handle::{INPUT, META, OUTPUT};

/// The library.
pub const LIBRARY: Library = Library {
    name: "io",
    functions: functions! { "io":
        /// `io.close([file])`: closes a file, by default the default output file.
        "close" = open::close;
        /// `io.flush()`: writes out what waits in the default output file.
        "flush" = write::io_flush;
        /// `io.input([file])`: the default input file; a name or a file sets it.
        "input" = open::input;
        /// `io.lines([name])`: an iterator over the lines of a file, by default the default input file.
        "lines" = read::io_lines;
        /// `io.open(name[, mode])`: opens a file.
        "open" = open::open;
        /// `io.output([file])`: the default output file; a name or a file sets it.
        "output" = open::output;
        /// `io.popen(command[, mode])`: starts a command with a pipe from or to it.
        "popen" = open::popen;
        /// `io.read(…)`: reads from the default input file, as `file:read` does.
        "read" = read::io_read;
        /// `io.tmpfile()`: opens a file that goes away when it is closed.
        "tmpfile" = open::tmpfile;
        /// `io.type(v)`: `file`, `closed file`, or nil for what is no file.
        "type" = open::file_type;
        /// `io.write(…)`: writes to the default output file, as `file:write` does.
        "write" = write::io_write;
        /// `file:close()`: closes the file.
        ("file.close") = open::close;
        /// `file:flush()`: writes out what waits in the file.
        ("file.flush") = write::file_flush;
        /// `file:lines()`: an iterator over the lines of the file, which stays open.
        ("file.lines") = read::file_lines;
        /// `file:read(…)`: reads by formats: `*l` a line, `*n` a number, `*a` all, a number of bytes.
        ("file.read") = read::file_read;
        /// `file:seek([whence[, offset]])`: moves the position in the file and returns it.
        ("file.seek") = write::seek;
        /// `file:setvbuf(mode[, size])`: sets the buffering: `no`, `full` or `line`.
        ("file.setvbuf") = write::setvbuf;
        /// `file:write(…)`: writes strings and numbers.
        ("file.write") = write::file_write;
        /// Closes a file that nobody holds any more.
        ("file.__gc") = open::collect;
        /// `tostring(file)`.
        ("file.__tostring") = open::describe;
        /// The iterator that `lines` returns.
        ("next_line") = read::next_line, leaf;
    },
    additions: &[],
    outermost: Ring::Application,
    open: Some(open_library),
};

/// Functions that need the default files or the iterator; they get both as upvalues.
const WITH_DEFAULTS: &[&str] = &[
    "close", "flush", "input", "lines", "output", "read", "write",
];

/// Entries of the metatable of files.
const METHODS: &[&str] = &[
    "close",
    "flush",
    "lines",
    "read",
    "seek",
    "setvbuf",
    "write",
    "__gc",
    "__tostring",
];

fn open_library(cpu: &mut Cpu<'_, '_>, library: Table) -> Result<(), Raise> {
    let registry = cpu.registry();
    let meta = cpu.new_table(0, 0)?;
    cpu.set_field(registry, META, meta.into())?;
    cpu.set_field(meta, "__index", meta.into())?;
    let defaults = cpu.new_table(2, 0)?;
    cpu.set_field(registry, "io.defaults", defaults.into())?;
    let next_line = define::native(cpu, "io.next_line", &[])?;
    let upvalues = [defaults.into(), next_line];
    for name in METHODS {
        // Methods know no default files: `file.close()` without a file is an error.
        let [_, next_line] = upvalues;
        let method = define::native(cpu, &format!("io.file.{name}"), &[Value::NIL, next_line])?;
        cpu.set_field(meta, name, method)?;
    }
    for name in WITH_DEFAULTS {
        let function = define::native(cpu, &format!("io.{name}"), &upvalues)?;
        cpu.set_field(library, name, function)?;
    }
    for (number, name) in ["stdin", "stdout", "stderr"].into_iter().enumerate() {
        let file = cpu.new_userdata(CLASS_FILE, number as u64, Some(meta))?;
        cpu.set_field(library, name, file.into())?;
        let default = number as u32 + INPUT;
        if default <= OUTPUT {
            table::set_int(cpu.mem, defaults, default, file.into())?;
        }
    }
    Ok(())
}
