//! Functions of the host that borrow, and values that are only lent: they live on the host's stack while a scope is
//! open, and nowhere else.
//!
//! The guest has a number of the scope and of the function or value. Whoever runs the guest finds it by way of the
//! running thread's open scopes, so that a guest that is paused, saved, moved to another thread or called later finds
//! none, and gets an error. Hence nobody may have what a scope lends for longer than a call of a method.

mod object;

pub use object::Object;

use crate::convert::MultiValue;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::function::Callable;
use crate::handle::{AnyUserData, Function};
use crate::held::{HostFunction, Target};
use crate::lua::Lua;
use crate::userdata::{UserData, wrong_self};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A function that may borrow for as long as `'env`.
type Borrowing<'env> = dyn Fn(&Cx<'_>, MultiValue) -> Result<MultiValue> + 'env;

/// A value that is borrowed for as long as `'env`.
enum Borrowed<'env> {
    ToRead(&'env dyn Any),
    ToChange(&'env mut dyn Any),
    /// One that its own functions hold: see [`Object`].
    Elsewhere,
}

/// Gives a guest functions and values that borrow: see [`Lua::scope`].
pub struct Scope<'env> {
    lua: Lua,
    number: u64,
    functions: RefCell<Vec<Rc<Borrowing<'env>>>>,
    values: RefCell<Vec<Rc<RefCell<Borrowed<'env>>>>>,
}

impl std::fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scope({})", self.number)
    }
}

/// A scope without the lifetime of what its functions borrow.
trait Open {
    fn number(&self) -> u64;
    fn call(&self, index: usize, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue>;
    /// Shows a value; nothing happens when there is none.
    fn show(&self, index: usize, to: &mut dyn FnMut(&RefCell<Borrowed<'_>>));
}

/// The open scopes of a thread, innermost first.
struct Link<'a> {
    scope: &'a dyn Open,
    outer: Option<&'a Link<'a>>,
}

scoped_tls_hkt::scoped_thread_local!(static OPEN: for<'a> &'a Link<'a>);

/// The number of the scope opened last.
static LAST: AtomicU64 = AtomicU64::new(0);

impl<'env> Scope<'env> {
    /// A function of the host that the guest may call until the scope is over; it may borrow what lives longer than
    /// the scope. See [`Lua::function`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn function<Kind: 'env>(&self, closure: impl Callable<Kind> + 'env) -> Result<Function> {
        self.add(move |cx, args| closure.call(cx, args))
    }

    fn add(
        &self,
        function: impl Fn(&Cx<'_>, MultiValue) -> Result<MultiValue> + 'env,
    ) -> Result<Function> {
        let index = {
            let mut functions = self.functions.borrow_mut();
            functions.push(Rc::new(function));
            functions.len() - 1
        };
        let target = Target::Scoped {
            scope: self.number,
            index,
        };
        self.lua.give(Arc::new(HostFunction::new(None, target)))
    }

    /// Lends the guest a value of a host type until the scope is over, to read: methods and fields that would change it
    /// are errors. See [`Scope::userdata_mut`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; another type with its name.
    pub fn userdata_ref<T: UserData>(&self, value: &'env T) -> Result<AnyUserData> {
        self.lend::<T>(Borrowed::ToRead(value))
    }

    /// Lends the guest a value of a host type until the scope is over, with all that its class has.
    ///
    /// The value stays where it is, so only methods and fields of the class get at it, and only during their call.
    /// Whatever takes a [`Ref`](crate::Ref) or [`RefMut`](crate::RefMut), as the operands of [`Class::meta`] and further
    /// arguments of the type do, refuses it. It is not saved with its guest, whatever the class says.
    ///
    /// ```
    /// use bvm::{Class, Lua, UserData};
    /// struct World { count: u32 }
    /// impl UserData for World {
    ///     const NAME: &'static str = "World";
    ///     fn class(class: &mut Class<World>) {
    ///         class.getter("count", |world: &World| world.count);
    ///         class.method_mut("add", |world: &mut World, n: u32| world.count += n);
    ///     }
    /// }
    /// let lua = Lua::new()?;
    /// let mut world = World { count: 1 };
    /// lua.scope(|scope| {
    ///     lua.globals().set("world", scope.userdata_mut(&mut world)?)?;
    ///     lua.load("world:add(41) assert(world.count == 42)").exec()
    /// })?;
    /// assert_eq!(world.count, 42);
    /// let error = lua.load("return world.count").name("=late").exec().unwrap_err();
    /// assert_eq!(error.to_string(), "late:1: a value of a scope that is over");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// [`Class::meta`]: crate::Class::meta
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; another type with its name.
    pub fn userdata_mut<T: UserData>(&self, value: &'env mut T) -> Result<AnyUserData> {
        self.lend::<T>(Borrowed::ToChange(value))
    }

    fn lend<T: UserData>(&self, value: Borrowed<'env>) -> Result<AnyUserData> {
        self.lua.stands_for::<T>(Arc::new(self.keep(value)))
    }

    fn keep(&self, value: Borrowed<'env>) -> Lent {
        let mut values = self.values.borrow_mut();
        let index = values.len();
        values.push(Rc::new(RefCell::new(value)));
        let scope = self.number;
        Lent { scope, index }
    }
}

impl Open for Scope<'_> {
    fn number(&self) -> u64 {
        self.number
    }

    fn call(&self, index: usize, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue> {
        // The function may add others to the scope.
        let function = self.functions.borrow().get(index).cloned();
        match function {
            Some(function) => function(cx, args),
            None => Err(is_over("function")),
        }
    }

    fn show(&self, index: usize, to: &mut dyn FnMut(&RefCell<Borrowed<'_>>)) {
        // A method may add others to the scope.
        let value = self.values.borrow().get(index).cloned();
        if let Some(value) = value {
            to(&value);
        }
    }
}

fn is_over(what: &str) -> Error {
    Error::runtime(format_args!("a {what} of a scope that is over"))
}

/// Does something with an open scope; nothing when it is over.
fn with<R>(number: u64, f: impl FnOnce(&dyn Open) -> R) -> Option<R> {
    if !OPEN.is_set() {
        return None;
    }
    OPEN.with(|innermost| {
        let mut link = Some(innermost);
        while let Some(found) = link {
            if found.scope.number() == number {
                return Some(f(found.scope));
            }
            link = found.outer;
        }
        None
    })
}

/// Calls a function of an open scope.
pub(crate) fn call(scope: u64, index: usize, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue> {
    with(scope, |scope| scope.call(index, cx, args)).unwrap_or_else(|| Err(is_over("function")))
}

/// What a guest holds of a value that a scope lends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lent {
    scope: u64,
    index: usize,
}

impl Lent {
    /// Does something that reads the value, which should be a `T`.
    pub fn read<T: UserData, R>(&self, f: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        self.shown(|value| {
            let value = value.try_borrow().map_err(|_| Error::Borrowed(T::NAME))?;
            let value = match &*value {
                Borrowed::ToRead(value) => value.downcast_ref(),
                Borrowed::ToChange(value) => value.downcast_ref(),
                Borrowed::Elsewhere => None,
            };
            f(value.ok_or_else(|| wrong_self(T::NAME))?)
        })
    }

    /// Does something that changes the value, which should be a `T`.
    pub fn change<T: UserData, R>(&self, f: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        self.shown(|value| {
            let value = value.try_borrow_mut();
            let mut value = value.map_err(|_| Error::Borrowed(T::NAME))?;
            let value = match &mut *value {
                Borrowed::ToRead(value) if value.is::<T>() => return Err(read_only(T::NAME)),
                Borrowed::ToRead(_) | Borrowed::Elsewhere => None,
                Borrowed::ToChange(value) => value.downcast_mut(),
            };
            f(value.ok_or_else(|| wrong_self(T::NAME))?)
        })
    }

    fn shown<R>(&self, f: impl FnOnce(&RefCell<Borrowed<'_>>) -> Result<R>) -> Result<R> {
        let (mut f, mut outcome) = (Some(f), None);
        with(self.scope, |scope| {
            scope.show(self.index, &mut |value| {
                outcome = f.take().map(|f| f(value));
            });
        });
        outcome.unwrap_or_else(|| Err(is_over("value")))
    }
}

fn read_only(name: &str) -> Error {
    Error::runtime(format_args!(
        "a value of the type '{name}' is only to be read"
    ))
}

impl Lua {
    /// Opens a scope, in which the guest may have functions that borrow, and values that are lent to it. When it is over
    /// they are gone: using one then is an error, and so it is from another thread.
    ///
    /// ```
    /// use bvm::Lua;
    /// use std::cell::RefCell;
    /// let lua = Lua::new()?;
    /// let lines = RefCell::new(Vec::new());
    /// lua.scope(|scope| {
    ///     let log = scope.function(|line: String| lines.borrow_mut().push(line))?;
    ///     lua.globals().set("log", log)?;
    ///     lua.load("log('one') log('two')").exec()
    /// })?;
    /// assert_eq!(lines.into_inner(), ["one", "two"]);
    /// let error = lua.load("log('three')").name("=late").exec().unwrap_err();
    /// assert_eq!(error.to_string(), "late:1: a function of a scope that is over");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `f`.
    pub fn scope<'env, R>(&self, f: impl FnOnce(&Scope<'env>) -> Result<R>) -> Result<R> {
        let scope = Scope {
            lua: Lua::passing(self.shared().clone()),
            number: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            functions: RefCell::default(),
            values: RefCell::default(),
        };
        let open = |outer: Option<&Link<'_>>| {
            let link = Link {
                scope: &scope,
                outer,
            };
            OPEN.set(&link, || f(&scope))
        };
        match OPEN.is_set() {
            true => OPEN.with(|outer| open(Some(outer))),
            false => open(None),
        }
    }
}
