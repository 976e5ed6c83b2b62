//! Functions of the host that borrow: they live on the host's stack while a scope is open, and nowhere else.
//!
//! The guest has a number of the scope and of the function. Whoever runs the guest finds the function by way of the
//! running thread's open scopes, so that a guest that is paused, saved, moved to another thread or called later finds
//! none, and gets an error.

use crate::convert::MultiValue;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::function::Callable;
use crate::handle::Function;
use crate::held::{HostFunction, Target};
use crate::lua::Lua;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A function that may borrow for as long as `'env`.
type Borrowing<'env> = dyn Fn(&Cx<'_>, MultiValue) -> Result<MultiValue> + 'env;

/// Gives a guest functions that borrow: see [`Lua::scope`].
pub struct Scope<'env> {
    lua: Lua,
    number: u64,
    functions: RefCell<Vec<Rc<Borrowing<'env>>>>,
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
        let index = {
            let mut functions = self.functions.borrow_mut();
            functions.push(Rc::new(move |cx: &Cx<'_>, args| closure.call(cx, args)));
            functions.len() - 1
        };
        let target = Target::Scoped {
            scope: self.number,
            index,
        };
        self.lua.give(Arc::new(HostFunction::new(None, target)))
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
            None => Err(is_over()),
        }
    }
}

fn is_over() -> Error {
    Error::runtime("a function of a scope that is over")
}

/// Calls a function of an open scope.
pub(crate) fn call(scope: u64, index: usize, cx: &Cx<'_>, args: MultiValue) -> Result<MultiValue> {
    if !OPEN.is_set() {
        return Err(is_over());
    }
    OPEN.with(|innermost| {
        let mut link = Some(innermost);
        while let Some(found) = link {
            if found.scope.number() == scope {
                return found.scope.call(index, cx, args);
            }
            link = found.outer;
        }
        Err(is_over())
    })
}

impl Lua {
    /// Opens a scope, in which the guest may have functions that borrow. When it is over they are gone: calling one
    /// then is an error, and so it is from another thread.
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
