//! Functions that live in a guest.

use super::{Handle, Str, Table};
use crate::convert::{FromLuaMulti, IntoLuaMulti};
use crate::error::{Error, Result};
use bvm_vm::data::closure;
use bvm_vm::heap::barrier;
use bvm_vm::objects;

/// A function of Lua, the library or the host that lives in a guest.
#[derive(Clone, PartialEq, Debug)]
pub struct Function(pub(crate) Handle);

impl Function {
    /// Calls the function and runs it to its end.
    ///
    /// This may be done while nothing runs in the guest, and from a function of the host that the guest has called,
    /// then on the guest's fuel. No coroutine can yield past such a call.
    ///
    /// ```
    /// use bvm::{Function, Lua};
    /// let lua = Lua::new()?;
    /// let add: Function = lua.load("return function(a, b) return a + b, a end").eval()?;
    /// let (sum, first): (i64, i64) = add.call((40, 2))?;
    /// assert_eq!((sum, first), (42, 40));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the function raises, and the errors of converting arguments and results;
    /// [`Error::Busy`] while a guest is paused in the middle of another call.
    pub fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        self.0.lua().call(self, args)
    }

    /// A function that calls this one with `first` before its own arguments.
    ///
    /// # Errors
    /// Those of converting `first`; no memory.
    pub fn bind(&self, first: impl IntoLuaMulti) -> Result<Function> {
        let lua = self.0.lua();
        let first = first.into_lua_multi(lua)?.into_vec();
        let names = lua.table()?;
        names.raw_set("f", self)?;
        names.raw_set("n", first.len())?;
        names.raw_set("first", lua.sequence(first)?)?;
        names.raw_set("select", lua.library("_G", "select")?)?;
        names.raw_set("unpack", lua.library("_G", "unpack")?)?;
        lua.helper(BOUND, &names)
    }

    /// What is known of the function.
    ///
    /// ```
    /// use bvm::{Function, Lua};
    /// let lua = Lua::new()?;
    /// let f: Function = lua.load("\nreturn function()\nend").name("@f.lua").eval()?;
    /// let info = f.info()?;
    /// assert_eq!((info.short_source.as_str(), info.line), ("f.lua", Some(2)));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Function::call`].
    pub fn info(&self) -> Result<FunctionInfo> {
        let getinfo = self.0.lua().library("debug", "getinfo")?;
        let found: Table = getinfo.call((self, "S"))?;
        let line = |name: &str| -> Result<Option<u32>> {
            let line: i64 = found.raw_get(name)?;
            Ok(u32::try_from(line).ok().filter(|line| *line > 0))
        };
        Ok(FunctionInfo {
            what: found.raw_get("what")?,
            source: found.raw_get("source")?,
            short_source: found.raw_get::<Str>("short_src")?.to_string_lossy(),
            line: line("linedefined")?,
            last_line: line("lastlinedefined")?,
        })
    }

    /// The function as a binary chunk of Lua 5.1, without its upvalues: [`Lua::load`](crate::Lua::load) takes it.
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// let chunk = lua.load("local a, b = ... return a * b").into_function()?.dump()?;
    /// assert_eq!(Lua::new()?.load(&chunk).call::<f64>((6, 7))?, 42.0);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// A function that is not one of Lua; those of [`Function::call`].
    pub fn dump(&self) -> Result<Vec<u8>> {
        let dump = self.0.lua().library("string", "dump")?;
        Ok(dump.call::<Str>(self)?.into_bytes())
    }

    /// The function's globals, as `getfenv` gives them.
    ///
    /// # Errors
    /// Those of [`Function::call`]; globals that have a `__fenv` in their metatable.
    pub fn environment(&self) -> Result<Table> {
        self.0.lua().library("_G", "getfenv")?.call(self)
    }

    /// Makes a table the globals of a Lua function, as `setfenv` does.
    ///
    /// # Errors
    /// [`Error::Type`] for a function that is not one of Lua.
    pub fn set_environment(&self, globals: &Table) -> Result<()> {
        let done = self.0.shared().with(|body, shared| {
            body.reach(shared, |roots, cpu| {
                let function = roots.object(cpu, shared, &self.0)?;
                let globals = roots.object(cpu, shared, &globals.0)?;
                let (Some(closure::Function::Lua(function)), Some(globals)) = (
                    closure::function_of(cpu.mem, function),
                    objects::Table::of(globals),
                ) else {
                    return Ok(false);
                };
                barrier::link(cpu.mem, function.0, objects::Closure::ENV, globals.0);
                Ok(true)
            })
        })?;
        match done {
            true => Ok(()),
            false => Err(Error::mismatch("Lua function", "function")),
        }
    }
}

/// What is known of a function, as `debug.getinfo` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// `Lua`, `main` for a chunk, `C` for functions of the library and the host.
    pub what: String,
    /// The name of the chunk, as it was loaded with.
    pub source: Str,
    /// That name as messages have it.
    pub short_source: String,
    /// The first line; nothing for a chunk and where there are no lines.
    pub line: Option<u32>,
    /// The last one.
    pub last_line: Option<u32>,
}

/// What a bound function does: in the guest, so that it is saved with it.
const BOUND: &str = "return function(...)
        local args, more = { unpack(first, 1, n) }, select('#', ...)
        for i = 1, more do args[n + i] = (select(i, ...)) end
        return f(unpack(args, 1, n + more))
    end";
