//! Values on their way into a guest and out of it. Must not run anything.

use crate::body::Body;
use crate::error::{Error, LuaError};
use crate::handle::{AnyUserData, Function, Handle, Roots, Str, Table, Thread};
use crate::held::Held;
use crate::shared::Shared;
use crate::value::Value;
use bvm_vm::value::TAG_LIGHT;
use bvm_vm::{Cpu, Raise, Type};
use std::sync::Arc;

/// Why a value cannot enter a guest.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It belongs to another one.
    Foreign,
    /// The machine says so.
    Raise(Raise),
    /// It has no equal in Lua.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Error(error)
    }
}

impl From<Raise> for Refused {
    fn from(raise: Raise) -> Refused {
        Refused::Raise(raise)
    }
}

impl Value {
    /// The handle of a value that stays in its guest.
    pub(crate) fn handle(&self) -> Option<&Handle> {
        match self {
            Value::Table(Table(handle))
            | Value::Function(Function(handle))
            | Value::Userdata(AnyUserData(handle))
            | Value::Thread(Thread(handle)) => Some(handle),
            _ => None,
        }
    }

    /// The word of the value in a guest. A string made for it is alive until some others have been made.
    pub(crate) fn lower(
        &self,
        roots: &Roots,
        shared: &Arc<Shared>,
        cpu: &mut Cpu<'_, '_>,
    ) -> Result<bvm_vm::Value, Refused> {
        Ok(match self {
            Value::Nil => bvm_vm::Value::NIL,
            Value::Bool(b) => bvm_vm::Value::boolean(*b),
            Value::Number(n) => bvm_vm::Value::number(*n),
            Value::LightUserdata(n) => bvm_vm::Value::tagged(TAG_LIGHT, *n),
            Value::String(bytes) => cpu.new_str(bytes)?,
            Value::Table(Table(handle))
            | Value::Function(Function(handle))
            | Value::Userdata(AnyUserData(handle))
            | Value::Thread(Thread(handle)) => roots.object(cpu, shared, handle)?,
        })
    }
}

/// Pushes values onto the running native's window.
pub(crate) fn push_all(
    values: &[Value],
    roots: &Roots,
    shared: &Arc<Shared>,
    cpu: &mut Cpu<'_, '_>,
) -> Result<(), Refused> {
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
    if !cpu.reserve(count)? {
        return Err(cpu.runtime_error("stack overflow").into());
    }
    for value in values {
        let word = value.lower(roots, shared, cpu)?;
        cpu.push(word);
    }
    Ok(())
}

impl Body {
    /// A value of the guest as the program outside sees it.
    pub fn raise_up(&mut self, shared: &Arc<Shared>, value: bvm_vm::Value) -> Result<Value, Error> {
        Ok(match value.type_of() {
            Type::Nil => Value::Nil,
            Type::Boolean => Value::Bool(!value.is_falsy()),
            Type::Number => Value::Number(value.as_number().unwrap_or_default()),
            Type::LightUserdata => Value::LightUserdata(value.payload()),
            Type::String => Value::String(Str(self.vm.display(value))),
            Type::Table => Value::Table(Table(self.keep(shared, value)?)),
            Type::Function => Value::Function(Function(self.keep(shared, value)?)),
            Type::Userdata => Value::Userdata(AnyUserData(self.keep(shared, value)?)),
            Type::Thread => Value::Thread(Thread(self.keep(shared, value)?)),
        })
    }

    /// Keeps an object of the guest alive.
    pub fn keep(&mut self, shared: &Arc<Shared>, value: bvm_vm::Value) -> Result<Handle, Error> {
        let roots = &mut self.roots;
        let kept = self.vm.access(|cpu| roots.keep(cpu, shared, value));
        kept.map_err(|_| Error::OutOfMemory)
    }

    /// An error that nobody in the guest has caught.
    pub fn lua_error(&mut self, shared: &Arc<Shared>, value: bvm_vm::Value) -> LuaError {
        let cause = Held::error_of(&mut self.vm, value);
        let message = match &cause {
            Some(cause) => cause.to_string().into_bytes(),
            None => self.vm.display(value),
        };
        let traceback = self.traceback();
        let raised = self.raise_up(shared, value);
        LuaError {
            value: raised.unwrap_or_else(|_| Value::from("not enough memory")),
            message,
            traceback,
            cause,
        }
    }

    /// What a refused action of the machine means out here.
    pub fn refusal(&mut self, shared: &Arc<Shared>, refused: Refused) -> Error {
        match refused {
            Refused::Foreign => Error::Foreign,
            Refused::Error(error) => error,
            Refused::Raise(Raise::Error(value)) => Error::from(self.lua_error(shared, value)),
            Refused::Raise(Raise::NoMemory) => Error::OutOfMemory,
            Refused::Raise(Raise::OutOfFuel) => Error::OutOfFuel,
        }
    }

    /// Does something with the machine.
    pub fn reach<R>(
        &mut self,
        shared: &Arc<Shared>,
        f: impl FnOnce(&Roots, &mut Cpu<'_, '_>) -> Result<R, Refused>,
    ) -> Result<R, Error> {
        // What the host makes lies behind what the guest has begun, however far that is.
        self.vm.complete_work();
        let roots = &self.roots;
        let done = self.vm.access(|cpu| f(roots, cpu));
        done.map_err(|refused| self.refusal(shared, refused))
    }
}
