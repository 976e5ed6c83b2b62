//! Which closures are methods: those whose first argument is the value itself.

use super::UserData;
use super::borrow::{This, read, write};
use crate::convert::words::{MOST, Words};
use crate::convert::{FromLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::Result;
use crate::function::{IntoReturn, Signature, WithCx};
use crate::held::{HeldValue, LeafMethod};
use bvm_vm::Cpu;
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

    /// Whether the method may be a leaf where its type says so: see [`UserData::IS_LEAF`].
    #[doc(hidden)]
    const IS_LEAF: bool = false;

    /// Calls such a method with the arguments in the running native's window: see `Callable::call_leaf`.
    #[doc(hidden)]
    fn call_leaf(&self, _: &T, _: &mut Cpu<'_, '_>) -> Option<Result<()>> {
        None
    }
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

    /// Whether the method may be a leaf where its type says so: see [`UserData::IS_LEAF`].
    #[doc(hidden)]
    const IS_LEAF: bool = false;

    /// Calls such a method with the arguments in the running native's window: see `Callable::call_leaf`.
    #[doc(hidden)]
    fn call_leaf(&self, _: &mut T, _: &mut Cpu<'_, '_>) -> Option<Result<()>> {
        None
    }
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

            const IS_LEAF: bool = Ret::WORDS <= MOST $(&& $name::IS_PLAIN)*;

            fn call_leaf(&self, value: $($this)+ T, cpu: &mut Cpu<'_, '_>) -> Option<Result<()>> {
                let mut words = Words::window(cpu, 2);
                $(let $name = $name::from_words(&mut words)?;)*
                Some(self(value, $($name,)*).push_return(cpu))
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
pub(crate) struct Bound<T> {
    pub call: Box<BoundCall<T>>,
    /// The same inside of the engine.
    pub leaf: Option<Box<LeafMethod>>,
}

type BoundCall<T> = dyn Fn(&This<'_, T>, &Cx<'_>, MultiValue) -> Result<MultiValue> + Send + Sync;

impl<T> Bound<T> {
    /// One that is called in the usual way.
    pub fn new(
        call: impl Fn(&This<'_, T>, &Cx<'_>, MultiValue) -> Result<MultiValue> + Send + Sync + 'static,
    ) -> Bound<T> {
        Bound {
            call: Box::new(call),
            leaf: None,
        }
    }
}

impl<T: UserData> Bound<T> {
    /// Adds the way inside of the engine, if method and type allow it.
    pub(super) fn with_leaf(
        mut self,
        is_leaf: bool,
        leaf: impl Fn(&HeldValue, &mut Cpu<'_, '_>) -> Option<Result<()>> + Send + Sync + 'static,
    ) -> Bound<T> {
        if is_leaf && T::IS_LEAF {
            self.leaf = Some(Box::new(leaf));
        }
        self
    }
}

pub(crate) fn reading<T: UserData, Kind: 'static, M: Method<T, Kind>>(method: M) -> Bound<T> {
    let method = Arc::new(method);
    let inner = method.clone();
    let bound = Bound::new(move |this, cx, args| this.read(|value| method.call(value, cx, args)));
    let leaf =
        move |held: &HeldValue, cpu: &mut Cpu<'_, '_>| inner.call_leaf(&*read::<T>(held)?, cpu);
    bound.with_leaf(M::IS_LEAF, leaf)
}

pub(crate) fn changing<T: UserData, Kind: 'static, M: MethodMut<T, Kind>>(method: M) -> Bound<T> {
    let method = Arc::new(method);
    let inner = method.clone();
    let bound = Bound::new(move |this, cx, args| this.change(|value| method.call(value, cx, args)));
    let leaf = move |held: &HeldValue, cpu: &mut Cpu<'_, '_>| {
        inner.call_leaf(&mut *write::<T>(held)?, cpu)
    };
    bound.with_leaf(M::IS_LEAF, leaf)
}
