//! Functions of the host: called, calling back, failing, panicking, dropped in the middle.

use bvm::{Cx, Error, Exit, Function, Guest, Lua, Result, Table, Thread, ThreadStatus, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

#[test]
fn a_call_back_runs_inside_the_function_of_the_host() -> Result<()> {
    let lua = lua();
    let apply = lua.function(|f: Function, list: Table| -> Result<Vec<i64>> {
        list.sequence_values::<i64>().map(|n| f.call(n?)).collect()
    })?;
    lua.globals().set("apply", apply)?;
    let source = "local n = 0
        local t = apply(function(x) n = n + 1 return x * n end, { 5, 6, 7 })
        return n, t[1], t[2], t[3]";
    assert_eq!(
        lua.load(source).eval::<(i64, i64, i64, i64)>()?,
        (3, 5, 12, 21)
    );
    Ok(())
}

#[test]
fn errors_of_lua_pass_through_the_host_and_back() -> Result<()> {
    let lua = lua();
    let pass = lua.function(|f: Function| f.call::<Value>(()))?;
    lua.globals().set("pass", pass)?;
    let source = "local marker = {}
        local ok, e = pcall(pass, function() pass(function() error(marker) end) end)
        return not ok and e == marker";
    assert!(lua.load(source).eval::<bool>()?);
    let error = lua
        .load("pass(function() error('deep') end)")
        .name("=main")
        .exec()
        .expect_err("an error");
    assert_eq!(error.to_string(), "main:1: deep");
    Ok(())
}

#[test]
fn errors_of_rust_come_out_as_they_went_in() -> Result<()> {
    #[derive(Debug, thiserror::Error)]
    #[error("code {0}")]
    struct Code(u32);
    let lua = lua();
    let fail = lua.function(|n: u32| -> Result<()> { Err(Error::external(Code(n))) })?;
    lua.globals().set("fail", fail)?;
    let error = lua
        .load("local function f() fail(7) end f()")
        .exec()
        .expect_err("an error");
    assert_eq!(error.cause::<Code>().expect("the cause").0, 7);
    assert_eq!(error.to_string(), "code 7");
    let shown: String = lua
        .load("return tostring(select(2, pcall(fail, 8)))")
        .eval()?;
    assert_eq!(shown, "code 8");
    let again = lua
        .load("local ok, e = pcall(fail, 9) error(e)")
        .exec()
        .expect_err("an error");
    assert_eq!(again.cause::<Code>().expect("the cause").0, 9);
    Ok(())
}

#[test]
fn a_panic_is_an_error_of_that_guest() -> Result<()> {
    let lua = lua();
    let panic = lua.function(|| {
        if true {
            panic!("oh no");
        }
    })?;
    lua.globals().set("panic", panic)?;
    let error = lua.load("panic()").exec().expect_err("an error");
    assert_eq!(error.to_string(), "host function panicked: oh no");
    assert!(matches!(&error, Error::Lua(lua) if lua.cause == Some(Error::Panic("oh no".into()))));
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

#[test]
fn nesting_has_an_end() -> Result<()> {
    let lua = lua();
    let again = lua.function(|f: Function| f.call::<Value>(()))?;
    lua.globals().set("again", again)?;
    let error = lua
        .load("local function f() return again(f) end return f()")
        .exec()
        .expect_err("an error");
    assert!(error.to_string().contains("stack overflow"), "{error}");
    assert_eq!(lua.load("1 + 1").eval::<i64>()?, 2);
    Ok(())
}

#[test]
fn nobody_yields_past_a_function_of_the_host() -> Result<()> {
    let lua = lua();
    let pass = lua.function(|f: Function| f.call::<Value>(()))?;
    lua.globals().set("pass", pass)?;
    let source = "local co = coroutine.wrap(function()
            local ok, e = pcall(pass, function() coroutine.yield(1) end)
            coroutine.yield(e)
            return 'end'
        end)
        return co(), co()";
    let (error, end): (String, String) = lua.load(source).eval()?;
    assert_eq!(error, "attempt to yield across metamethod/C-call boundary");
    assert_eq!(end, "end");
    let inner = "return pass(function()
            local co = coroutine.wrap(function() coroutine.yield(1) return 2 end)
            return co() + co()
        end)";
    assert_eq!(lua.load(inner).eval::<i64>()?, 3);
    Ok(())
}

#[test]
fn fuel_ends_a_call_back_and_nothing_catches_it() -> Result<()> {
    let lua = Lua::builder().fuel(100_000).lua()?;
    let stubborn = lua.function(|f: Function| match f.call::<()>(()) {
        Err(Error::OutOfFuel) => "caught",
        _ => "what?",
    })?;
    lua.globals().set("stubborn", stubborn)?;
    let source = "local r = pcall(stubborn, function() while true do end end)
        while true do end";
    assert_eq!(lua.load(source).exec(), Err(Error::OutOfFuel));
    lua.set_fuel(Some(10_000));
    assert_eq!(lua.load("return 1").eval::<i64>()?, 1);
    Ok(())
}

#[test]
fn slices_do_not_change_what_a_call_back_does() -> Result<()> {
    let run = |slice: u64| -> Result<(Vec<Value>, i64)> {
        let mut guest = Guest::new()?;
        let sum = guest
            .lua()
            .function(|cx: &Cx<'_>, f: Function| -> Result<i64> {
                cx.charge(100)?;
                (0..10).map(|n| f.call::<i64>(n)).sum()
            })?;
        guest.set_global("sum", sum)?;
        let source =
            "local s = 0 for i = 1, 20 do s = s + sum(function(n) return n * i end) end return s";
        let main = guest.load(source, "=main")?;
        guest.start(&main, &[])?;
        let mut given = 0;
        loop {
            given += slice as i64;
            match guest.run(slice) {
                Exit::OutOfFuel => {}
                Exit::Done(values) => {
                    return Ok((values, given - guest.fuel_left()));
                }
                other => panic!("{other:?}"),
            }
        }
    };
    let whole = run(1_000_000)?;
    assert_eq!(whole.0, [Value::Number(9450.0)]);
    for slice in [1, 7, 100, 999] {
        assert_eq!(run(slice)?, whole, "in slices of {slice}");
    }
    Ok(())
}

#[test]
fn a_call_back_is_lent_no_more_than_the_limit() -> Result<()> {
    let mut guest = Guest::builder().callback_fuel(50_000).build()?;
    let call = guest
        .lua()
        .function(|f: Function| f.call::<()>(()).err().map(|error| error.to_string()))?;
    guest.set_global("call", call)?;
    let main = guest.load("return call(function() while true do end end)", "=main")?;
    guest.start(&main, &[])?;
    let mut runs = 0;
    let exit = loop {
        runs += 1;
        match guest.run(1_000) {
            Exit::OutOfFuel if runs < 1_000 => {}
            exit => break exit,
        }
    };
    assert_eq!(exit, Exit::Done(vec![Value::from("out of fuel")]));
    assert!((50..=52).contains(&runs), "{runs}");
    Ok(())
}

#[test]
fn a_ring_that_is_stopped_takes_functions_of_the_host_with_it() -> Result<()> {
    let lua = lua();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let call = lua.function(move |f: Function| {
        let outcome = f.call::<()>(());
        assert_eq!(outcome, Err(Error::Dropped));
        // The plugin is gone; asking again is not possible either.
        assert_eq!(f.call::<()>(()), Err(Error::Dropped));
        count.fetch_add(1, Ordering::Relaxed);
    })?;
    let note = lua.function(|text: String| format!("noted {text}"))?;
    lua.globals().set("call", call)?;
    lua.globals().set("note", note)?;
    let source = "local ok, e = ring.run(3, function(call)
            call(function() call(function() while true do end end) end)
        end, { fuel = 5000 }, call)
        return tostring(ok), tostring(e), note('it')";
    let (ok, error, note): (String, String, String) = lua.load(source).eval()?;
    assert_eq!((ok.as_str(), note.as_str()), ("false", "noted it"));
    assert!(error.contains("fuel exhausted"), "{error}");
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    Ok(())
}

#[test]
fn os_exit_within_a_call_back_ends_the_call() -> Result<()> {
    let lua = lua();
    let pass = lua.function(|f: Function| f.call::<Value>(()))?;
    lua.globals().set("pass", pass)?;
    let error = lua
        .load("pcall(pass, function() os.exit(3) end) return 1")
        .exec();
    assert_eq!(error, Err(Error::Ended(3)));
    Ok(())
}

#[test]
fn what_the_guest_has_dropped_is_dropped() -> Result<()> {
    let lua = lua();
    let token = Arc::new(());
    for _ in 0..100 {
        let kept = token.clone();
        lua.function(move || drop(kept.clone()))?;
    }
    assert!(Arc::strong_count(&token) > 50);
    lua.load("collectgarbage() collectgarbage()").exec()?;
    lua.load("").exec()?;
    assert!(
        Arc::strong_count(&token) < 5,
        "{}",
        Arc::strong_count(&token)
    );
    let kept = token.clone();
    lua.globals()
        .set("f", lua.function(move || drop(kept.clone()))?)?;
    drop(lua);
    assert_eq!(Arc::strong_count(&token), 1);
    Ok(())
}

#[test]
fn handles_outlive_their_guest_and_say_so() -> Result<()> {
    let lua = lua();
    let table = lua.table()?;
    let function: Function = lua.load("return print").eval()?;
    let passing = lua.clone();
    drop(lua);
    assert!(table.set(1, 2).is_ok());
    drop(passing);
    assert_eq!(table.get::<i64>(1), Err(Error::Gone));
    assert_eq!(function.call::<()>(()), Err(Error::Gone));
    Ok(())
}

#[test]
fn what_a_function_of_the_host_keeps_does_not_keep_its_guest() -> Result<()> {
    let token = Arc::new(());
    let kept = Arc::new(std::sync::Mutex::new(None));
    let lua = lua();
    let (place, counted) = (kept.clone(), token.clone());
    let keep = lua.function(move |cx: &Cx<'_>, table: Table| {
        let _ = &counted;
        *place.lock().expect("no panic") = Some((cx.lua().clone(), table));
    })?;
    lua.globals().set("keep", keep)?;
    lua.load("keep({})").exec()?;
    drop(lua);
    assert_eq!(Arc::strong_count(&token), 1);
    let (lua, table) = kept.lock().expect("no panic").take().expect("kept");
    assert_eq!(lua.load("1").eval::<i64>(), Err(Error::Gone));
    assert_eq!(table.raw_len(), Err(Error::Gone));
    Ok(())
}

#[test]
fn handles_work_from_other_threads() -> Result<()> {
    let lua = lua();
    let add: Function = lua
        .load("n = 0 return function(k) n = n + k return n end")
        .eval()?;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let add = add.clone();
            scope.spawn(move || (0..100).for_each(|_| add.call::<()>(1).expect("a call")));
        }
    });
    assert_eq!(lua.globals().get::<i64>("n")?, 400);
    Ok(())
}

#[test]
fn a_paused_guest_is_busy() -> Result<()> {
    let mut guest = Guest::new()?;
    let spin = guest.load("while true do end", "=spin")?;
    let f = guest.load("return 1", "=one")?;
    guest.start(&spin, &[])?;
    assert_eq!(guest.run(1_000), Exit::OutOfFuel);
    assert_eq!(f.call::<i64>(()), Err(Error::Busy));
    guest.start(&f, &[])?;
    assert_eq!(guest.run(1_000), Exit::Done(vec![Value::Number(1.0)]));
    Ok(())
}

#[test]
fn a_guest_cannot_be_saved_inside_a_function_of_its_host() -> Result<()> {
    let guest = Arc::new(std::sync::Mutex::new(None::<Guest>));
    let inside = guest.clone();
    let lua = Guest::builder().build()?;
    let probe = lua.lua().function(move || {
        // Nobody has the guest: it is being run.
        inside.try_lock().is_err()
    })?;
    let mut lua = lua;
    lua.set_global("probe", probe)?;
    let main = lua.load("return probe()", "=main")?;
    *guest.lock().expect("free") = Some(lua);
    let mut held = guest.lock().expect("free");
    let held = held.as_mut().expect("there");
    assert_eq!(held.call(&main, &[], 10_000)?, [Value::Bool(true)]);
    Ok(())
}

#[test]
fn coroutines_are_resumed_from_outside() -> Result<()> {
    let lua = lua();
    let co: Thread = lua
        .load("return coroutine.create(function(a) local b = coroutine.yield(a + 1) error('b' .. b, 0) end)")
        .eval()?;
    assert_eq!(co.status()?, ThreadStatus::Suspended);
    assert_eq!(co.resume::<i64>(1)?, 2);
    assert_eq!(
        co.resume::<i64>("x").expect_err("an error").to_string(),
        "bx"
    );
    assert_eq!(co.status()?, ThreadStatus::Dead);
    let error = co.resume::<i64>(()).expect_err("an error");
    assert_eq!(error.to_string(), "cannot resume dead coroutine");
    Ok(())
}

#[test]
fn tracebacks_go_through_host_and_guest() -> Result<()> {
    let lua = lua();
    let pass = lua.function(|f: Function| f.call::<Value>(()))?;
    lua.globals().set("pass", pass)?;
    let source = "local function inner() local x = nil; return x.y end
local function outer() return (pass(inner)) end
outer()";
    let error = lua.load(source).name("=main").exec().expect_err("an error");
    let Error::Lua(error) = error else {
        panic!("{error}")
    };
    let lines: Vec<String> = error.traceback.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "main:1: in ?",
            "[host]: in function 'pass'",
            "main:2: in function 'outer'",
            "main:3: in main chunk",
        ]
    );
    Ok(())
}

#[test]
fn bound_functions() -> Result<()> {
    let lua = lua();
    let show: Function = lua
        .load("return function(...) return select('#', ...), ... end")
        .eval()?;
    let bound = show.bind((1, Value::Nil))?;
    let (n, a, b, c): (i64, i64, Option<i64>, i64) = bound.call(3)?;
    assert_eq!((n, a, b, c), (3, 1, None, 3));
    Ok(())
}

/// A thread has 2 MiB, and a function of the host may take much of that for itself.
#[test]
fn nested_functions_of_the_host_leave_room_on_the_stack() -> Result<()> {
    let deep = std::thread::Builder::new().stack_size(2 << 20);
    let run = || -> Result<String> {
        let lua = Lua::new()?;
        let apply = lua.function(|f: Function| -> Result<Value> {
            let room = [1_u8; 32 << 10];
            std::hint::black_box(&room);
            f.call(())
        })?;
        lua.globals().set("apply", apply)?;
        let source = "local depth = 0
            local function again() depth = depth + 1 return apply(again) end
            local ok, message = pcall(again)
            return (depth > 10 and 'deep: ' or 'not deep: ') .. tostring(message)";
        lua.load(source).eval()
    };
    let thread = deep.spawn(run).expect("a thread");
    let said = thread.join().expect("no overflow")?;
    assert_eq!(said, "deep: eval:2: stack overflow (functions of the host)");
    Ok(())
}
