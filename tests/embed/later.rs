//! Functions of the host whose results come later, and functions that borrow.

use bvm::{Cx, Error, Exit, Function, Guest, Lua, Result, Table, Value};
use pollster::block_on;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

/// A value that comes when somebody sends it.
#[derive(Clone, Default)]
struct Post(Arc<Mutex<(Option<i64>, Option<Waker>)>>);

impl Post {
    fn send(&self, value: i64) {
        let mut post = self.0.lock().expect("no panic");
        post.0 = Some(value);
        if let Some(waker) = post.1.take() {
            waker.wake();
        }
    }

    fn wait(self) -> impl Future<Output = i64> + Send + 'static {
        poll_fn(move |cx| {
            let mut post = self.0.lock().expect("no panic");
            match post.0.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    post.1 = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
    }
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn the_guest_waits_wherever_it_is() -> Result<()> {
    let lua = lua();
    let post = Post::default();
    let waits = post.clone();
    let wait = lua.async_function(move || waits.clone().wait())?;
    lua.globals().set("wait", wait)?;
    let source = "local co = coroutine.wrap(function()
            local t = setmetatable({}, { __index = function() return wait() end })
            local sum = t.x
            table.sort({ 1, 2 }, function(a, b) sum = sum + wait() return a < b end)
            coroutine.yield(sum)
        end)
        return co()";
    let main = lua.load(source).into_function()?;
    let mut call = pin!(main.call_async::<i64>(()));
    let mut sent = 0;
    let result = loop {
        match poll_once(call.as_mut()) {
            Poll::Ready(result) => break result?,
            Poll::Pending => {
                sent += 1;
                post.send(10);
            }
        }
    };
    assert_eq!(result, sent * 10);
    assert!(sent >= 2, "{sent}");
    Ok(())
}

#[test]
fn errors_and_panics_of_futures_are_the_guests() -> Result<()> {
    let lua = lua();
    let fail = lua.async_function(|n: i64| async move {
        assert!(n > 0, "not positive");
        match n {
            1 => Err(Error::runtime("one")),
            n => Ok(n),
        }
    })?;
    lua.globals().set("fail", fail)?;
    let main = lua
        .load("return select(2, pcall(fail, 1)), tostring(select(2, pcall(fail, 0))), (fail(5))")
        .name("=main")
        .into_function()?;
    let (one, panic, five): (String, String, i64) = block_on(main.call_async(()))?;
    assert_eq!(one, "one");
    assert_eq!(panic, "host function panicked: not positive");
    assert_eq!(five, 5);
    let wrong = lua.load("fail('x')").name("=main").into_function()?;
    let error = block_on(wrong.call_async::<()>(())).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "main:1: bad argument #1 to 'fail' (i64 expected, got string)"
    );
    Ok(())
}

#[test]
fn calls_that_cannot_wait_say_so() -> Result<()> {
    let lua = lua();
    let soon = lua.async_function(|| async { 1 })?;
    lua.globals().set("soon", &soon)?;
    assert_eq!(soon.call::<i64>(()), Err(Error::Waiting));
    let inside = lua.function(|f: Function| f.call::<i64>(()).is_err())?;
    lua.globals().set("inside", inside)?;
    let main = lua
        .load("return inside(function() return soon() end), soon()")
        .into_function()?;
    assert_eq!(block_on(main.call_async::<(bool, i64)>(()))?, (true, 1));
    assert_eq!(lua.load("1").eval::<i64>()?, 1);
    Ok(())
}

#[test]
fn futures_call_back() -> Result<()> {
    let lua = lua();
    let map = lua.async_function(|f: Function, list: Table| async move {
        let mut sum = 0;
        for n in list.sequence_values::<i64>() {
            sum += f.call::<i64>(n?)?;
            sum += f.call_async::<i64>(0).await?;
        }
        Ok::<i64, Error>(sum)
    })?;
    lua.globals().set("map", map)?;
    let main = lua
        .load("return map(function(n) return n * 2 + 1 end, { 1, 2, 3 })")
        .into_function()?;
    assert_eq!(block_on(main.call_async::<i64>(()))?, 3 + 5 + 7 + 3);
    Ok(())
}

#[test]
fn a_dropped_call_leaves_the_guest_free() -> Result<()> {
    let lua = lua();
    let post = Post::default();
    let waits = post.clone();
    let token = Arc::new(());
    let kept = token.clone();
    let wait = lua.async_function(move || {
        let (waits, kept) = (waits.clone(), kept.clone());
        async move {
            let value = waits.wait().await;
            drop(kept);
            value
        }
    })?;
    lua.globals().set("wait", wait)?;
    let main = lua.load("return wait()").into_function()?;
    {
        let mut call = pin!(main.call_async::<i64>(()));
        assert!(poll_once(call.as_mut()).is_pending());
        assert_eq!(Arc::strong_count(&token), 3);
    }
    assert_eq!(Arc::strong_count(&token), 2);
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    post.send(5);
    assert_eq!(block_on(main.call_async::<i64>(()))?, 5);
    Ok(())
}

#[test]
fn calls_wait_for_each_other() -> Result<()> {
    let lua = lua();
    let post = Post::default();
    let waits = post.clone();
    let wait = lua.async_function(move || waits.clone().wait())?;
    let first = wait.clone();
    let second: Function = lua.load("return function() return 2 end").eval()?;
    let mut first = pin!(first.call_async::<i64>(()));
    let mut second = pin!(second.call_async::<i64>(()));
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(poll_once(second.as_mut()).is_pending());
    post.send(1);
    assert_eq!(poll_once(first.as_mut()), Poll::Ready(Ok(1)));
    assert_eq!(poll_once(second.as_mut()), Poll::Ready(Ok(2)));
    Ok(())
}

#[test]
fn nobody_waits_for_what_does_not_end() -> Result<()> {
    let lua = lua();
    let one: Function = lua.load("return function() return 1 end").eval()?;
    let inner = one.clone();
    let inside = lua.function(move || block_on(inner.call_async::<i64>(())))?;
    lua.globals().set("inside", inside)?;
    assert_eq!(lua.load("return inside()").eval::<i64>()?, 1);
    let main = lua.load("return inside()").into_function()?;
    assert_eq!(block_on(main.call_async::<i64>(()))?, 1);
    let mut guest = Guest::new()?;
    let spin = guest.load("while true do end", "=spin")?;
    guest.start(&spin, &[])?;
    assert_eq!(guest.run(100), Exit::OutOfFuel);
    assert_eq!(block_on(spin.call_async::<()>(())), Err(Error::Busy));
    Ok(())
}

#[test]
fn a_program_that_computes_lets_its_executor_breathe() -> Result<()> {
    let lua = Lua::builder().fuel(10_000_000).lua()?;
    let count = lua
        .load("local n = 0 for i = 1, 1e6 do n = n + i end return n")
        .into_function()?;
    let mut call = pin!(count.call_async::<f64>(()));
    let mut turns = 0;
    while poll_once(call.as_mut()).is_pending() {
        turns += 1;
    }
    assert!((5..100).contains(&turns), "{turns}");
    assert!(lua.fuel().is_some_and(|left| left < 9_000_000));
    let endless = lua.load("while true do end").into_function()?;
    assert_eq!(
        block_on(endless.call_async::<()>(())),
        Err(Error::OutOfFuel)
    );
    assert_eq!(lua.fuel(), Some(0));
    Ok(())
}

#[test]
fn a_guest_that_waits_is_saved_and_asks_again() -> Result<()> {
    let mut guest = Guest::new()?;
    let post = Post::default();
    let waits = post.clone();
    let wait = guest.lua().async_function(move || waits.clone().wait())?;
    guest.set_global("wait", wait)?;
    let main = guest.load("local n = 1 return n + wait()", "=main")?;
    guest.start(&main, &[])?;
    {
        let mut run = pin!(guest.run_async(10_000));
        assert!(poll_once(run.as_mut()).is_pending());
    }
    assert_eq!(guest.run(0), Exit::Waiting);
    assert_eq!(guest.request(), None);
    let image = guest.image()?;
    post.send(41);
    assert_eq!(
        block_on(guest.run_async(0)),
        Exit::Done(vec![Value::Number(42.0)])
    );
    let mut fork = Guest::builder().fork(&image)?;
    post.send(1);
    assert_eq!(
        block_on(fork.run_async(10_000)),
        Exit::Done(vec![Value::Number(2.0)])
    );
    Ok(())
}

#[test]
fn scopes_lend_what_lives_longer() -> Result<()> {
    let lua = lua();
    let seen = RefCell::new(Vec::new());
    let count = Cell::new(0);
    let sum = lua.scope(|scope| {
        let note = scope.function(|cx: &Cx<'_>, n: i64| -> Result<()> {
            cx.charge(1)?;
            seen.borrow_mut().push(n);
            Ok(())
        })?;
        let call = scope.function(|f: Function, n: i64| {
            count.set(count.get() + 1);
            f.call::<i64>(n)
        })?;
        let source = "local note, call = ...
            return call(function(n) note(n) return call(function(m) note(m) return m * 2 end, n + 1) end, 1)";
        let sum = lua.load(source).call::<i64>((&note, &call))?;
        let more = lua.scope(|inner| {
            let again = inner.function(|| -> Result<i64> { note.call::<()>(7)?; Ok(7) })?;
            again.call::<i64>(())
        })?;
        Ok(sum + more)
    })?;
    assert_eq!((sum, count.get()), (11, 2));
    assert_eq!(seen.into_inner(), [1, 2, 7]);
    Ok(())
}

#[test]
fn nothing_of_a_scope_is_left() -> Result<()> {
    let lua = lua();
    let value = Cell::new(1);
    let kept = lua.scope(|scope| scope.function(|| value.set(value.get() + 1)))?;
    assert!(kept.call::<()>(()).is_err());
    assert_eq!(value.get(), 1);
    let mut guest = Guest::new()?;
    let lua = guest.lua().clone();
    lua.scope(|scope| {
        let bump = scope.function(|| value.set(value.get() + 1))?;
        guest.set_global("bump", bump)?;
        let main = guest.load("bump() for i = 1, 1000 do end bump()", "=main")?;
        guest.start(&main, &[])?;
        assert_eq!(guest.run(100), Exit::OutOfFuel);
        Ok(())
    })?;
    assert_eq!(value.get(), 2);
    let Exit::Error(error) = guest.run(100_000) else {
        panic!("it borrowed")
    };
    assert_eq!(
        error.to_string(),
        "main:1: a function of a scope that is over"
    );
    assert_eq!(value.get(), 2);
    Ok(())
}

#[test]
fn scopes_are_closed_to_other_threads() -> Result<()> {
    let lua = lua();
    let value = Cell::new(0);
    lua.scope(|scope| {
        let bump = scope.function(|| value.set(value.get() + 1))?;
        let other = bump.clone();
        let error = std::thread::spawn(move || other.call::<()>(())).join();
        assert!(error.expect("no panic").is_err());
        bump.call::<()>(())
    })?;
    assert_eq!(value.get(), 1);
    Ok(())
}
