//! Functions that live in a guest.

use super::Handle;
use crate::convert::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::error::{Error, Result};
use crate::value::Value;

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
        let lua = self.0.lua();
        let args = args.into_lua_multi(lua)?;
        let results = lua.call_now(self, args)?;
        R::from_lua_multi(results, lua).map_err(Error::in_results)
    }

    /// A function that calls this one with `first` before its own arguments.
    ///
    /// # Errors
    /// Those of converting `first`; no memory.
    pub fn bind(&self, first: impl IntoLuaMulti) -> Result<Function> {
        let lua = self.0.lua();
        let first = first.into_lua_multi(lua)?.into_vec();
        let bind: Function = lua.helper(BIND)?;
        let args: MultiValue = [Value::Function(self.clone())]
            .into_iter()
            .chain(first)
            .collect();
        bind.call(args)
    }
}

/// What makes bound functions: in the guest, so that they are saved with it.
const BIND: &str = "local f, n = ..., select('#', ...) - 1
    local first = { select(2, ...) }
    local select, unpack = select, unpack
    return function(...)
        local args, more = { unpack(first, 1, n) }, select('#', ...)
        for i = 1, more do args[n + i] = (select(i, ...)) end
        return f(unpack(args, 1, n + more))
    end";
