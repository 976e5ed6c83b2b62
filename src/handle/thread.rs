//! Coroutines that live in a guest.

use super::{Function, Handle};
use crate::convert::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::error::{Error, LuaError, Result};
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::objects;

/// A coroutine that lives in a guest.
///
/// ```
/// use bvm::{Lua, Thread, ThreadStatus};
/// let lua = Lua::new()?;
/// let count = lua.load("
///     for i = 1, ... do coroutine.yield(i) end
///     return 'end'").into_function()?;
/// let counter: Thread = lua.thread(&count)?;
/// assert_eq!(counter.resume::<i64>(2)?, 1);
/// assert_eq!(counter.resume::<i64>(())?, 2);
/// assert_eq!(counter.resume::<String>(())?, "end");
/// assert_eq!(counter.status()?, ThreadStatus::Dead);
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Thread(pub(crate) Handle);

/// What a coroutine does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadStatus {
    /// It can be resumed.
    Suspended,
    /// It runs.
    Running,
    /// It has resumed another one.
    Normal,
    /// It is over.
    Dead,
}

impl Lua {
    /// A new coroutine that will run a function.
    ///
    /// # Errors
    /// A function that is not one of Lua; no memory.
    pub fn thread(&self, function: &Function) -> Result<Thread> {
        self.library("coroutine", "create")?.call(function)
    }
}

impl Thread {
    /// Begins the coroutine or goes on with it, until it yields or is over; gives what it yields or returns.
    ///
    /// # Errors
    /// Those of [`Function::call`](crate::Function::call); a coroutine that is not suspended.
    pub fn resume<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = self.0.lua();
        let mut all = MultiValue::from_iter([Value::Thread(self.clone())]);
        args.push_into(&mut all, lua)?;
        let resume = lua.library("coroutine", "resume")?;
        let mut results = lua.call_now(&resume, all)?;
        if results.next() == Some(Value::Bool(true)) {
            return R::from_lua_multi(results, lua).map_err(Error::in_results);
        }
        let value = results.next().unwrap_or_default();
        let error = lua.shared().with(|body, shared| {
            let roots = &body.roots;
            let word = body.vm.access(|cpu| value.lower(roots, shared, cpu));
            match word {
                Ok(word) => Ok(body.lua_error(shared, word)),
                Err(refused) => Err(body.refusal(shared, refused)),
            }
        })?;
        Err(Error::from(LuaError { value, ..error }))
    }

    /// What the coroutine does.
    ///
    /// # Errors
    /// The guest is gone.
    pub fn status(&self) -> Result<ThreadStatus> {
        self.0.shared().with(|body, shared| {
            let status = body.reach(shared, |roots, cpu| {
                let word = roots.object(cpu, shared, &self.0)?;
                Ok(objects::Thread::of(word).map(|t| cpu.coroutine_status(t)))
            })?;
            Ok(match status {
                Some(bvm_vm::data::thread::SUSPENDED) => ThreadStatus::Suspended,
                Some(bvm_vm::data::thread::RUNNING) => ThreadStatus::Running,
                Some(bvm_vm::data::thread::NORMAL) => ThreadStatus::Normal,
                _ => ThreadStatus::Dead,
            })
        })
    }
}
