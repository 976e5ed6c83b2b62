//! Which closures are methods: those whose first argument is the value itself.

use super::UserData;
use super::borrow::{Cell, Ref, RefMut};
use crate::convert::{FromLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::Result;
use crate::function::{IntoReturn, Signature, WithCx};
use std::sync::Arc;

/// A closure that is a method: `Fn(&T, A, B, …) -> R` or `Fn(&T, &Cx, A, B, …) -> R`, with arguments and results as
/// [`Callable`](crate::Callable) has them.
pub trait Method<T, Kind>: Send + Sync + 'static {
    /// Calls the closure on a value.
    ///
    /// # Errors
    /// Wrong arguments, and what the closure gives.
    fn call(&self, value: &T, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue>;

    /// The types of the arguments and results, for stub files.
    fn signature() -> Signature
    where
        Self: Sized;
}

/// The same for methods that change the value: `Fn(&mut T, A, B, …) -> R` or `Fn(&mut T, &Cx, A, B, …) -> R`.
pub trait MethodMut<T, Kind>: Send + Sync + 'static {
    /// Calls the closure on a value.
    ///
    /// # Errors
    /// Wrong arguments, and what the closure gives.
    fn call(&self, value: &mut T, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue>;

    /// The types of the arguments and results, for stub files.
    fn signature() -> Signature
    where
        Self: Sized;
}

macro_rules! methods {
    ($trait:ident, $($this:tt)+) => {
        methods! { @each $trait, ($($this)+), (), (A), (A B), (A B C), (A B C D), (A B C D E), (A B C D E F) }
    };
    (@each $trait:ident, $this:tt, $($names:tt),*) => { $(
        methods! { @one $trait, $this, $names }
    )* };
    (@one $trait:ident, ($($this:tt)+), ($($name:ident)*)) => {
        #[allow(non_snake_case, unused_mut, unused_variables)]
        impl<Func, T: 'static, Ret, $($name,)*> $trait<T, fn($($name,)*)> for Func
        where
            Func: Fn($($this)+ T, $($name,)*) -> Ret + Send + Sync + 'static,
            Ret: IntoReturn,
            $($name: FromLuaMulti,)*
        {
            fn call(&self, value: $($this)+ T, cx: &Cx<'_>, mut args: MultiValue) -> Result<MultiValue> {
                $(let $name = $name::take_from(&mut args, cx.lua())?;)*
                self(value, $($name,)*).into_return(cx)
            }

            fn signature() -> Signature {
                Signature::returning::<Ret>()$(.taking::<$name>())*
            }
        }

        #[allow(non_snake_case, unused_mut, unused_variables)]
        impl<Func, T: 'static, Ret, $($name,)*> $trait<T, fn(WithCx, $($name,)*)> for Func
        where
            Func: Fn($($this)+ T, &Cx<'_>, $($name,)*) -> Ret + Send + Sync + 'static,
            Ret: IntoReturn,
            $($name: FromLuaMulti,)*
        {
            fn call(&self, value: $($this)+ T, cx: &Cx<'_>, mut args: MultiValue) -> Result<MultiValue> {
                $(let $name = $name::take_from(&mut args, cx.lua())?;)*
                self(value, cx, $($name,)*).into_return(cx)
            }

            fn signature() -> Signature {
                Signature::returning::<Ret>()$(.taking::<$name>())*
            }
        }
    };
}

methods! { Method, & }
methods! { MethodMut, &mut }

/// A method without the types of its arguments.
pub(crate) type Bound<T> =
    Box<dyn Fn(&Arc<Cell<T>>, &Cx<'_>, MultiValue) -> Result<MultiValue> + Send + Sync>;

pub(crate) fn reading<T: UserData, Kind: 'static>(method: impl Method<T, Kind>) -> Bound<T> {
    Box::new(move |cell, cx, args| method.call(&*Ref::of(cell)?, cx, args))
}

pub(crate) fn changing<T: UserData, Kind: 'static>(method: impl MethodMut<T, Kind>) -> Bound<T> {
    Box::new(move |cell, cx, args| method.call(&mut *RefMut::of(cell)?, cx, args))
}
