//! Which closures are functions of the host.

use crate::convert::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::held::Call;

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
}

impl<T: IntoLuaMulti> IntoReturn for T {
    fn into_return(self, cx: &Cx<'_>) -> Result<MultiValue> {
        self.into_lua_multi(cx.lua())
    }

    fn lua_types(list: &mut Vec<String>) {
        T::lua_types(list);
    }
}

impl<T: IntoLuaMulti, E: Into<Error>> IntoReturn for std::result::Result<T, E> {
    fn into_return(self, cx: &Cx<'_>) -> Result<MultiValue> {
        self.map_err(Into::into)?.into_lua_multi(cx.lua())
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

/// A closure without its type.
pub(crate) fn boxed<Kind: 'static>(
    closure: impl Callable<Kind> + Send + Sync + 'static,
) -> Box<Call> {
    Box::new(move |cx, args| closure.call(cx, args))
}
