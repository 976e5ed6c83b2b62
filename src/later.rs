//! Functions of the host whose results come later: futures, on any executor. The guest stands where it called
//! until the future is done; it may be in the middle of anything. Must not know an executor.

use crate::body::{Body, State};
use crate::convert::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::drive::text_of;
use crate::error::{Error, Result};
use crate::function::IntoReturn;
use crate::guest::{Exit, Guest};
use crate::handle::Function;
use crate::held::{Given, HostFunction, Target};
use crate::lua::Lua;
use crate::shared::Shared;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// What a function of the host gives later.
pub(crate) type Later = Pin<Box<dyn Future<Output = Result<MultiValue>> + Send>>;

/// How such a function begins.
pub(crate) type Begin = dyn Fn(Lua, MultiValue) -> Later + Send + Sync;

/// Units of fuel after which a call lets its executor do something else.
const SLICE: u64 = 100_000;

thread_local! {
    /// The guest whose function of the host runs, or is being polled, on this thread: what that calls goes on inside.
    static INSIDE: Cell<*const Shared> = const { Cell::new(std::ptr::null()) };
}

/// A closure whose results come later: `Fn(A, B, …) -> impl Future` or `Fn(Lua, A, B, …) -> impl Future`.
///
/// `Kind` tells the forms apart and is always inferred.
pub trait AsyncCallable<Kind> {
    /// Calls the closure with a guest's arguments.
    ///
    /// # Errors
    /// Wrong arguments.
    fn begin(
        &self,
        lua: Lua,
        args: MultiValue,
    ) -> Result<impl Future<Output = Result<MultiValue>> + Send + 'static>;
}

/// Kind of closures that get a [`Lua`] first.
#[derive(Debug)]
pub struct WithLua;

macro_rules! later {
    ($(($($name:ident)*);)*) => { $(
        later! { @one fn($($name,)*), lua, (), ($($name)*) }
        later! { @one fn(WithLua, $($name,)*), lua, (Lua), ($($name)*) }
    )* };
    // The guest comes first in the second form only; `$lua` is its name in both.
    (@one $kind:ty, $lua:ident, ($($first:ident)?), ($($name:ident)*)) => {
        #[allow(non_snake_case, unused_mut)]
        impl<Func, Fut, $($name,)*> AsyncCallable<$kind> for Func
        where
            Func: Fn($($first,)? $($name,)*) -> Fut,
            Fut: Future<Output: IntoReturn> + Send + 'static,
            $($name: FromLuaMulti,)*
        {
            fn begin(
                &self,
                $lua: Lua,
                mut args: MultiValue,
            ) -> Result<impl Future<Output = Result<MultiValue>> + Send + 'static> {
                $(let $name = $name::take_from(&mut args, &$lua)?;)*
                drop(args);
                let later = self($($first::clone(&$lua),)? $($name,)*);
                Ok(async move { later.await.into_return(&Cx::new(&$lua)) })
            }
        }
    };
}

later! {
    ();
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
    (A B C D E F);
}

impl Lua {
    /// A function of the host whose results come later. The guest stands still meanwhile, wherever it called from: in
    /// a coroutine, in a callback of `string.gsub`, in a metamethod. Such a guest is run by [`Function::call_async`],
    /// or, in slices, by [`Guest::run_async`]; other calls of it end with [`Error::Waiting`].
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// // Any future of any executor will do.
    /// let fetch = lua.async_function(|name: String| async move { format!("contents of {name}") })?;
    /// lua.globals().set("fetch", fetch)?;
    /// let program = lua.load("return (('a b'):gsub('%a', fetch))").into_function()?;
    /// let text: String = pollster::block_on(program.call_async(()))?;
    /// assert_eq!(text, "contents of a contents of b");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn async_function<Kind: 'static>(
        &self,
        closure: impl AsyncCallable<Kind> + Send + Sync + 'static,
    ) -> Result<Function> {
        let begin = move |lua: Lua, args: MultiValue| -> Later {
            match closure.begin(lua, args) {
                Ok(later) => Box::pin(later),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        let target = Target::Later(Box::new(begin));
        self.give(Arc::new(HostFunction::new(None, target)))
    }

    /// Waits until no such call is under way. For a guest that somebody has paused nobody waits.
    async fn idle(&self) -> Result<()> {
        poll_fn(|cx| {
            let idle = self.shared().with(|body, _| {
                let is_idle = body.serving == 0 && matches!(body.state, State::Over(_));
                if !is_idle && !body.is_underway {
                    return Err(Error::Busy);
                }
                if !is_idle {
                    body.waiters.push(cx.waker().clone());
                }
                Ok(is_idle)
            });
            match idle {
                Ok(false) => Poll::Pending,
                Ok(true) => Poll::Ready(Ok(())),
                Err(error) => Poll::Ready(Err(error)),
            }
        })
        .await
    }

    /// Lets a function of the host run on this thread: what that calls of its guest goes on inside of the call.
    pub(crate) fn inside<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = INSIDE.replace(Arc::as_ptr(self.shared()));
        let done = f();
        INSIDE.set(before);
        done
    }

    /// Whether a function of this guest's host runs, or is being polled, on this thread.
    fn is_inside(&self) -> bool {
        INSIDE.get() == Arc::as_ptr(self.shared())
    }

    /// Begins what a function of the host gives later: the guest waits from now on.
    pub(crate) fn begin_later(&self, begin: &Begin, args: MultiValue) -> Result<Exit> {
        let later = catch_unwind(AssertUnwindSafe(|| {
            begin(Lua::passing(self.shared().clone()), args)
        }));
        let later = later.unwrap_or_else(|panic| {
            let error = Error::Panic(text_of(&*panic));
            Box::pin(std::future::ready(Err(error)))
        });
        self.shared().with(|body, _| {
            body.later = Some(later);
            Ok(Exit::Waiting)
        })
    }

    /// Polls what the guest waits for; when that is done the guest has it.
    fn poll_later(&self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let mut later = match self.shared().with(|body, _| Ok(body.later.take())) {
            Ok(Some(later)) => later,
            // The call was dropped meanwhile.
            Ok(None) => return Poll::Ready(Ok(())),
            Err(error) => return Poll::Ready(Err(error)),
        };
        let polled = self.inside(|| catch_unwind(AssertUnwindSafe(|| later.as_mut().poll(cx))));
        let outcome = match polled {
            Ok(Poll::Ready(outcome)) => outcome,
            Err(panic) => Err(Error::Panic(text_of(&*panic))),
            Ok(Poll::Pending) => {
                let kept = self.shared().with(|body, _| {
                    body.later = Some(later);
                    Ok(())
                });
                return match kept {
                    Ok(()) => Poll::Pending,
                    Err(error) => Poll::Ready(Err(error)),
                };
            }
        };
        drop(later);
        Poll::Ready(self.shared().with(|body, shared| {
            body.serving = body.serving.saturating_sub(1);
            if body.pending.is_none() {
                body.settle(
                    shared,
                    outcome.map(|values| Given::Values(Box::new(values))),
                );
            }
            Ok(())
        }))
    }
}

/// A call that goes on in slices, with the fuel that is kept for the next ones. When it is dropped in the middle, the
/// guest's call is.
struct Underway<'a> {
    lua: &'a Lua,
    /// Fuel for later slices; nothing when there is no limit.
    rest: Option<u64>,
}

impl<'a> Underway<'a> {
    fn begin(lua: &'a Lua, function: &Function, args: &MultiValue) -> Result<Underway<'a>> {
        lua.shared().with(|body, shared| {
            body.start(shared, function, args.as_slice())?;
            body.is_underway = true;
            let left = u64::try_from(body.vm.fuel_left()).unwrap_or(0);
            body.vm.drain_credit();
            let rest = (!body.is_unlimited).then_some(left);
            Ok(Underway { lua, rest })
        })
    }

    /// Runs a slice; the results when the call is over.
    fn turn(&mut self) -> Result<Option<Exit>> {
        let slice = self.rest.map_or(SLICE, |rest| rest.min(SLICE));
        self.rest = self.rest.map(|rest| rest - slice);
        let exit = self.lua.run(slice)?;
        // One that owes fuel has not run at all.
        let goes_on = |body: &mut Body| body.lent == 0 && body.vm.has_stood();
        let stands = self.lua.shared().with(|body, _| Ok(goes_on(body)))?;
        match exit {
            Exit::OutOfFuel if self.rest != Some(0) || stands => Ok(None),
            exit => Ok(Some(exit)),
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let rest = self.rest.unwrap_or(0);
        let dropped = self.lua.shared().with(|body, _| {
            let later = body.drop_call();
            body.is_underway = false;
            // What call backs were lent is paid out of it.
            let rest = body.take_back(rest).unwrap_or(0);
            body.vm.add_fuel(rest);
            let waiters = std::mem::take(&mut body.waiters);
            Ok((later, waiters))
        });
        // The guest may be gone already.
        if let Ok((later, waiters)) = dropped {
            drop(later);
            waiters.into_iter().for_each(std::task::Waker::wake);
        }
    }
}

impl Function {
    /// Calls the function, with functions of the host whose results come later, and gives its results later itself. The
    /// executor gets its turn now and then, also when the program only computes.
    ///
    /// A guest has one such call at a time; others wait for its end. What a function of the host calls back in its own
    /// future goes on inside of the call, at once, and cannot wait for anything. Dropping the future drops the call.
    ///
    /// # Errors
    /// Those of [`Function::call`].
    pub async fn call_async<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = self.0.lua();
        let args = args.into_lua_multi(lua)?;
        let results = match lua.is_inside() {
            true => lua.call_now(self, args)?,
            false => {
                lua.idle().await?;
                let underway = Underway::begin(lua, self, &args)?;
                drop(args);
                results_of(underway).await?
            }
        };
        R::from_lua_multi(results, lua).map_err(Error::in_results)
    }
}

async fn results_of(mut underway: Underway<'_>) -> Result<MultiValue> {
    let lua = underway.lua;
    loop {
        match underway.turn()? {
            None => breathe().await,
            Some(Exit::Waiting) if lua.is_later() => poll_fn(|cx| lua.poll_later(cx)).await?,
            Some(Exit::Done(values)) => return Ok(values.into()),
            Some(exit) => return Err(exit.into_error()),
        }
    }
}

impl Lua {
    /// Whether the guest waits for a future.
    fn is_later(&self) -> bool {
        let is_later = self.shared().with(|body, _| Ok(body.later.is_some()));
        is_later.unwrap_or(false)
    }
}

impl Guest {
    /// [`Guest::run`] with functions of the host whose results come later: they are waited for, and the guest goes on
    /// until the run ends for another reason. When the future is dropped, the guest still waits.
    ///
    /// ```
    /// use bvm::{Exit, Guest, Value};
    /// let mut guest = Guest::new()?;
    /// let read = guest.lua().async_function(|n: f64| async move { n * 2.0 })?;
    /// guest.set_global("read", read)?;
    /// let main = guest.load("return read(21)", "=main")?;
    /// guest.start(&main, &[])?;
    /// assert_eq!(pollster::block_on(guest.run_async(1_000)), Exit::Done(vec![Value::Number(42.0)]));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub async fn run_async(&mut self, fuel: u64) -> Exit {
        let lua = self.lua();
        let mut exit = lua.run(fuel);
        while matches!(exit, Ok(Exit::Waiting)) && lua.is_later() {
            if poll_fn(|cx| lua.poll_later(cx)).await.is_err() {
                return Exit::Idle;
            }
            exit = lua.run(0);
        }
        exit.unwrap_or(Exit::Idle)
    }
}

/// Lets the executor have its turn.
async fn breathe() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
