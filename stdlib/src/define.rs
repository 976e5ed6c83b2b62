//! How a library declares its functions. Must not know any function.

use bvm_vm::NativeFn;
use bvm_vm::native::Calling;
use bvm_vm::{Cpu, Raise, Ring, Value};

/// One function of a library.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name in the library's table; empty for a native that Lua code cannot name.
    pub name: &'static str,
    /// The full name, `library.name`: what an image and `Cpu::native_id` know it by.
    pub full: &'static str,
    /// What it does, for the manual.
    pub doc: &'static str,
    /// The function.
    pub run: NativeFn,
    /// How the engine calls it.
    pub calling: Calling,
}

/// A library: a table of functions, or functions put right into the globals when `name` is empty.
#[derive(Debug, Clone, Copy)]
pub struct Library {
    /// Name of the table.
    pub name: &'static str,
    /// Its functions in Lua 5.1. A library that has none is itself an addition.
    pub functions: &'static [Function],
    /// Functions that only dialects with additions have.
    pub additions: &'static [Function],
    /// The outermost ring that may call its functions.
    pub outermost: Ring,
    /// What else it needs: constants, metatables. Runs after its functions are in the table.
    pub open: Option<Open>,
}

/// Finishes a library: gets its table.
pub type Open =
    for<'a, 'c> fn(&mut bvm_vm::Cpu<'a, 'c>, bvm_vm::objects::Table) -> Result<(), bvm_vm::Raise>;

/// `Userdata::CLASS` of what `newproxy` makes.
pub const CLASS_PROXY: u32 = 1;
/// `Userdata::CLASS` of an open or closed file.
pub const CLASS_FILE: u32 = 2;

/// A function over the native with this full name, with upvalues; for use in [`Library::open`] and
/// wherever speed does not matter, because the name is searched.
///
/// # Errors
/// No memory, or no such native.
pub fn native(cpu: &mut Cpu<'_, '_>, full: &str, values: &[Value]) -> Result<Value, Raise> {
    match cpu.native_id(full) {
        Some(id) => cpu.new_native(id, values),
        None => Err(cpu.fail(&format!("native '{full}' is missing in this host"))),
    }
}

/// Declares a library's functions: `functions! { "string": /// doc  "name" = function; … }`. Those that
/// only compute are marked `"name" = function, leaf;`, those that the engine knows with the name that
/// [`bvm_vm::native::Calling`] has for them.
///
/// A name in parentheses is hidden: only other natives find it, as `library.name`.
#[macro_export]
macro_rules! functions {
    ($lib:literal: $($(#[doc = $doc:literal])+ $name:tt = $run:path $(, $leaf:ident)?;)*) => {
        &[$($crate::define::Function {
            name: $crate::function_name!(visible $name),
            full: concat!($lib, ".", $crate::function_name!(full $name)),
            doc: concat!($($doc, "\n"),+),
            run: $run,
            calling: $crate::calling!($($leaf)?),
        },)*]
    };
}

/// What the mark of a row of [`functions!`] means.
#[doc(hidden)]
#[macro_export]
macro_rules! calling {
    () => {
        bvm_vm::native::Calling::Record
    };
    (leaf) => {
        bvm_vm::native::Calling::Leaf
    };
    (next) => {
        bvm_vm::native::Calling::Next
    };
    (next_index) => {
        bvm_vm::native::Calling::NextIndex
    };
    ($calling:ident) => {
        bvm_vm::native::Calling::$calling
    };
}

/// The two names of a row of [`functions!`].
#[doc(hidden)]
#[macro_export]
macro_rules! function_name {
    (visible ($name:literal)) => {
        ""
    };
    (visible $name:literal) => {
        $name
    };
    (full ($name:literal)) => {
        $name
    };
    (full $name:literal) => {
        $name
    };
}
