//! Which closures are functions of the host.

use crate::convert::words::{MOST, NOT_PLAIN, Words};
use crate::convert::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::held::{HostFunction, Leaf, Target};
use bvm_vm::Cpu;
use std::sync::Arc;

/// A closure that guests can call: `Fn(A, B, …) -> R` or `Fn(&Cx, A, B, …) -> R`, where the arguments are
/// [`FromLua`](crate::FromLua) or [`FromLuaMulti`], and the result is [`IntoLuaMulti`] or a `Result` of it.
///
/// `Kind` tells the forms apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no function that guests can call",
    label = "no function of the host",
    note = "it takes up to 8 arguments that are `FromLua`, gives what is `IntoLua`, and is `Fn`"
)]
pub trait Callable<Kind> {
    /// Calls the closure with a guest's arguments.
    ///
    /// # Errors
    /// Wrong arguments, and what the closure gives.
    fn call(&self, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue>;

    /// The types of the arguments and results, for stub files.
    fn signature() -> Signature
    where
        Self: Sized;

    /// Whether the closure may be a leaf: it does not take the call, and arguments and results go straight. See
    /// [`Lua::leaf_function`](crate::Lua::leaf_function).
    #[doc(hidden)]
    const IS_LEAF: bool = false;

    /// The same, but the closure may take the call: whether it has the straight way.
    #[doc(hidden)]
    const IS_STRAIGHT: bool = Self::IS_LEAF;

    /// Calls such a closure with the arguments in the waiting native's window, and puts its results there. `None`, with
    /// nothing done, when an argument does not go straight.
    #[doc(hidden)]
    fn call_straight(&self, _: &Cx<'_>) -> Option<Result<()>> {
        None
    }

    /// Calls such a closure with the arguments in the running native's window, and pushes its results. `None`, with
    /// nothing done, when an argument does not go straight.
    #[doc(hidden)]
    fn call_leaf(&self, _: &mut Cpu<'_, '_>) -> Option<Result<()>> {
        None
    }
}

/// The types of a function's arguments and results in the notation of the Lua language server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature {
    /// Of the arguments; the last is `...T` for any number.
    pub params: Vec<String>,
    /// Of the results.
    pub returns: Vec<String>,
}

impl Signature {
    /// Of a function with results, and no arguments as yet.
    pub fn returning<R: IntoReturn>() -> Signature {
        let mut signature = Signature::default();
        R::lua_types(&mut signature.returns);
        signature
    }

    /// Adds an argument.
    pub fn taking<A: FromLuaMulti>(mut self) -> Signature {
        A::lua_types(&mut self.params);
        self
    }
}

/// What a closure that guests call may return: results, or a `Result` of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not become Lua values",
    label = "no `IntoLua`",
    note = "derive `UserData` for what the guest is to have a handle of, `IntoLua` for what becomes a table"
)]
pub trait IntoReturn {
    /// Makes the list of results, or the error to raise.
    ///
    /// # Errors
    /// The closure's.
    fn into_return(self, cx: &Cx<'_>) -> Result<MultiValue>;

    /// Adds the types of the results in the notation of the Lua language server.
    fn lua_types(list: &mut Vec<String>)
    where
        Self: Sized;

    /// How many words go straight into the machine: see `words.rs`.
    #[doc(hidden)]
    const WORDS: usize = NOT_PLAIN;

    /// Pushes the words, of which there are at most [`MOST`].
    ///
    /// # Errors
    /// The closure's.
    #[doc(hidden)]
    fn push_return(self, _: &mut Cpu<'_, '_>) -> Result<()>
    where
        Self: Sized,
    {
        Ok(())
    }
}

impl<T: IntoLuaMulti> IntoReturn for T {
    fn into_return(self, cx: &Cx<'_>) -> Result<MultiValue> {
        self.into_lua_multi(cx.lua())
    }

    const WORDS: usize = <T as IntoLuaMulti>::WORDS;

    #[inline]
    fn push_return(self, cpu: &mut Cpu<'_, '_>) -> Result<()> {
        self.push_words(cpu)
    }

    fn lua_types(list: &mut Vec<String>) {
        T::lua_types(list);
    }
}

impl<T: IntoLuaMulti, E: Into<Error>> IntoReturn for std::result::Result<T, E> {
    fn into_return(self, cx: &Cx<'_>) -> Result<MultiValue> {
        self.map_err(Into::into)?.into_lua_multi(cx.lua())
    }

    const WORDS: usize = T::WORDS;

    #[inline]
    fn push_return(self, cpu: &mut Cpu<'_, '_>) -> Result<()> {
        self.map_err(Into::into)?.push_words(cpu)
    }

    fn lua_types(list: &mut Vec<String>) {
        T::lua_types(list);
    }
}

/// Kind of closures that get a [`Cx`] first.
#[derive(Debug)]
pub struct WithCx;

macro_rules! callable {
    ($(($($name:ident)*);)*) => { $(
        #[allow(non_snake_case, unused_mut, unused_variables)]
        impl<Func, Ret, $($name,)*> Callable<fn($($name,)*)> for Func
        where
            Func: Fn($($name,)*) -> Ret,
            Ret: IntoReturn,
            $($name: FromLuaMulti,)*
        {
            fn call(&self, cx: &Cx<'_>, mut args: MultiValue) -> Result<MultiValue> {
                $(let $name = $name::take_from(&mut args, cx.lua())?;)*
                self($($name,)*).into_return(cx)
            }

            fn signature() -> Signature {
                Signature::returning::<Ret>()$(.taking::<$name>())*
            }

            const IS_LEAF: bool = Ret::WORDS <= MOST $(&& $name::IS_PLAIN)*;

            fn call_straight(&self, cx: &Cx<'_>) -> Option<Result<()>> {
                let ($($name,)*) = cx.arguments(|words| Some(($($name::from_words(words)?,)*)))?;
                Some(cx.answer(self($($name,)*)))
            }

            fn call_leaf(&self, cpu: &mut Cpu<'_, '_>) -> Option<Result<()>> {
                let mut words = Words::window(cpu, 1);
                $(let $name = $name::from_words(&mut words)?;)*
                Some(self($($name,)*).push_return(cpu))
            }
        }

        #[allow(non_snake_case, unused_mut, unused_variables)]
        impl<Func, Ret, $($name,)*> Callable<fn(WithCx, $($name,)*)> for Func
        where
            Func: Fn(&Cx<'_>, $($name,)*) -> Ret,
            Ret: IntoReturn,
            $($name: FromLuaMulti,)*
        {
            fn call(&self, cx: &Cx<'_>, mut args: MultiValue) -> Result<MultiValue> {
                $(let $name = $name::take_from(&mut args, cx.lua())?;)*
                self(cx, $($name,)*).into_return(cx)
            }

            fn signature() -> Signature {
                Signature::returning::<Ret>()$(.taking::<$name>())*
            }

            const IS_STRAIGHT: bool = Ret::WORDS <= MOST $(&& $name::IS_PLAIN)*;

            fn call_straight(&self, cx: &Cx<'_>) -> Option<Result<()>> {
                let ($($name,)*) = cx.arguments(|words| Some(($($name::from_words(words)?,)*)))?;
                Some(cx.answer(self(cx, $($name,)*)))
            }
        }
    )* };
}

callable! {
    ();
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
    (A B C D E F);
    (A B C D E F G);
    (A B C D E F G H);
}

/// A function of the host over a closure. One that captures nothing and does not take the call cannot use the guest, so
/// it is a leaf where that is possible.
pub(crate) fn function<Kind: 'static, F>(name: Option<Arc<str>>, closure: F) -> HostFunction
where
    F: Callable<Kind> + Send + Sync + 'static,
{
    if size_of::<F>() == 0 && F::IS_LEAF {
        return leaf(name, closure);
    }
    let (function, closure) = over(name, closure);
    match F::IS_STRAIGHT {
        true => function.with_straight(Box::new(move |cx| closure.call_straight(cx))),
        false => function,
    }
}

/// A function over a closure, with the closure for its other ways.
fn over<Kind: 'static, F>(name: Option<Arc<str>>, closure: F) -> (HostFunction, Arc<F>)
where
    F: Callable<Kind> + Send + Sync + 'static,
{
    let closure = Arc::new(closure);
    let inner = closure.clone();
    let call = move |cx: &Cx<'_>, args| inner.call(cx, args);
    let mut function = HostFunction::new(name, Target::Function(Box::new(call)));
    function.shared = size_of::<F>();
    (function, closure)
}

/// The same over a closure that does not use the guest.
pub(crate) fn leaf<Kind: 'static, F>(name: Option<Arc<str>>, closure: F) -> HostFunction
where
    F: Callable<Kind> + Send + Sync + 'static,
{
    let (function, closure) = over(name, closure);
    match F::IS_LEAF {
        true => function.with_leaf(Leaf::Function(Box::new(move |cpu| closure.call_leaf(cpu)))),
        false => function,
    }
}
