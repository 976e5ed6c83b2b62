//! What guests pay for values and functions of the host that they have: with their own memory.

use bvm::{Class, Cx, Error, Function, Guest, Lua, Result, UserData, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many there are, and the most that there have been.
#[derive(Default)]
struct Count {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// A value that is counted.
struct Counted<const SIZE: usize> {
    count: Arc<Count>,
    _filling: [u8; SIZE],
}

impl<const SIZE: usize> Counted<SIZE> {
    fn new(count: &Arc<Count>) -> Counted<SIZE> {
        let now = count.now.fetch_add(1, Ordering::Relaxed) + 1;
        count.most.fetch_max(now, Ordering::Relaxed);
        Counted {
            count: count.clone(),
            _filling: [0; SIZE],
        }
    }
}

impl<const SIZE: usize> Drop for Counted<SIZE> {
    fn drop(&mut self) {
        self.count.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<const SIZE: usize> UserData for Counted<SIZE> {
    const NAME: &'static str = "Counted";
    fn class(class: &mut Class<Self>) {
        class.method("call", |_: &Self, f: Function| f.call::<Value>(()));
        if SIZE == 1 {
            class.memory(100_000);
        }
    }
}

const MEMORY: u64 = 4 << 20;

/// A guest with a function `new`.
fn with<const SIZE: usize>() -> Result<(Lua, Arc<Count>)> {
    let count = Arc::<Count>::default();
    let lua = Lua::builder().memory(MEMORY).lua()?;
    let counted = count.clone();
    let new = lua.function(move || Counted::<SIZE>::new(&counted))?;
    lua.globals().set("new", new)?;
    Ok((lua, count))
}

/// How many values fit.
fn fitting<const SIZE: usize>() -> Result<usize> {
    let (lua, count) = with::<SIZE>()?;
    let source = "all = {} for i = 1, 1e6 do all[i] = new() end";
    let error = lua.load(source).exec().expect_err("an error");
    assert_eq!(error.to_string(), "not enough memory");
    let most = count.most.load(Ordering::Relaxed);
    assert_eq!(lua.load("return #all").eval::<usize>()?, most - 1);
    lua.load("all = nil collectgarbage() collectgarbage()")
        .exec()?;
    lua.load("new()").exec()?;
    assert!(count.now.load(Ordering::Relaxed) <= 2);
    // What is free again is used again.
    let again = lua.load(source).exec().expect_err("an error");
    assert_eq!(again.to_string(), "not enough memory");
    assert!(count.most.load(Ordering::Relaxed).abs_diff(most) < most / 10 + 2);
    Ok(most)
}

#[test]
fn memory_limits_how_many_values_a_guest_has() -> Result<()> {
    let (small, large, declared) = (fitting::<0>()?, fitting::<10_000>()?, fitting::<1>()?);
    // 32 bytes of a userdata and 128 for the host, and a place in the table.
    let most = MEMORY as usize / 160;
    assert!((most / 2..most).contains(&small), "{small}");
    assert!((300..420).contains(&large), "{large}");
    assert!((30..42).contains(&declared), "{declared}");
    // It is the same in every run.
    assert_eq!(small, fitting::<0>()?);
    assert_eq!(declared, fitting::<1>()?);
    Ok(())
}

#[test]
fn values_go_while_their_guest_runs() -> Result<()> {
    let (lua, count) = with::<0>()?;
    lua.load("for i = 1, 2e5 do new() end").exec()?;
    let most = count.most.load(Ordering::Relaxed);
    assert!(most < MEMORY as usize / 160, "{most}");
    // Also within a function of the host, and where the host makes them.
    let (lua, count) = with::<0>()?;
    lua.load("new():call(function() for i = 1, 1e5 do new() end end)")
        .exec()?;
    let most = count.most.load(Ordering::Relaxed);
    assert!(most < MEMORY as usize / 160, "{most}");
    for _ in 0..100_000 {
        lua.globals().set("last", Counted::<0>::new(&count))?;
    }
    let most = count.most.load(Ordering::Relaxed);
    assert!(most < MEMORY as usize / 160, "{most}");
    Ok(())
}

#[test]
fn closures_and_errors_of_the_host_count_too() -> Result<()> {
    let count = Arc::<Count>::default();
    let lua = Lua::builder().memory(MEMORY).lua()?;
    let counted = count.clone();
    let make = lua.function(move |cx: &Cx<'_>| {
        let value = Counted::<0>::new(&counted);
        cx.lua().function(move || drop(value.count.clone()))
    })?;
    lua.globals().set("make", make)?;
    let fail = lua.function(|| -> Result<()> { Err(Error::external("no")) })?;
    lua.globals().set("fail", fail)?;
    lua.load("for i = 1, 1e5 do make() end").exec()?;
    let most = count.most.load(Ordering::Relaxed);
    assert!(most < MEMORY as usize / 160, "{most}");
    let source = "local all = {} for i = 1, 1e6 do all[i] = select(2, pcall(fail)) end";
    let error = lua.load(source).exec().expect_err("an error");
    assert_eq!(error.to_string(), "not enough memory");
    Ok(())
}

#[test]
fn errors_of_leaves_are_dropped_too() -> Result<()> {
    /// An error that is counted.
    #[derive(Clone)]
    struct Bad(Arc<Counted<0>>);
    impl std::fmt::Debug for Bad {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "bad {}", Arc::strong_count(&self.0))
        }
    }
    impl std::fmt::Display for Bad {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bad")
        }
    }
    impl std::error::Error for Bad {}
    let count = Arc::<Count>::default();
    let lua = Lua::builder().memory(MEMORY).lua()?;
    let counted = count.clone();
    let fail = lua.leaf_function(move || -> Result<i32> {
        Err(Error::external(Bad(Arc::new(Counted::new(&counted)))))
    })?;
    lua.globals().set("fail", fail)?;
    let back = lua.function(|f: Function| f.call::<i32>(()))?;
    lua.globals().set("back", back)?;
    let source = "local function all() for i = 1, 1e5 do pcall(fail) end return 1 end return all() + back(all)";
    assert_eq!(lua.load(source).eval::<i32>()?, 2);
    let most = count.most.load(Ordering::Relaxed);
    assert!(most < MEMORY as usize / 128, "{most}");
    Ok(())
}

#[test]
fn what_counts_is_saved_with_the_guest() -> Result<()> {
    struct Heavy;
    impl UserData for Heavy {
        const NAME: &'static str = "Heavy";
        fn class(class: &mut Class<Heavy>) {
            class.memory(50_000);
            class.function("new", || Heavy);
            class.portable(|_| Ok(Vec::new()), |_| Ok(Heavy));
        }
    }
    let mut guest = Guest::builder().class::<Heavy>().build()?;
    let class = guest.lua().class::<Heavy>()?;
    guest.set_global("Heavy", class)?;
    let source = "all = {} for i = 1, 100 do all[i] = Heavy.new() end collectgarbage()";
    guest.eval::<()>(source, 1_000_000)?;
    let saved = guest.snapshot()?;
    // What is only counted has no bytes to save.
    assert!(saved.len() < 300_000, "{}", saved.len());
    let mut twin = Guest::builder().class::<Heavy>().restore(&saved)?;
    for guest in [&mut guest, &mut twin] {
        assert!(guest.memory_used() > 100 * 50_000);
        guest.eval::<()>("all = nil collectgarbage() collectgarbage()", 10_000_000)?;
        assert!(guest.memory_used() < 50 * 50_000);
    }
    Ok(())
}

#[test]
fn a_value_may_do_what_it_likes_when_it_is_dropped() -> Result<()> {
    /// Uses its guest, and panics.
    struct Wild(Lua, Arc<Count>);
    impl Drop for Wild {
        fn drop(&mut self) {
            let _ = self.0.load("return 1").eval::<i32>();
            let _ = self.0.globals().get::<Value>("last");
            self.1.now.fetch_add(1, Ordering::Relaxed);
            panic!("as it should");
        }
    }
    impl UserData for Wild {
        const NAME: &'static str = "Wild";
        fn class(_: &mut Class<Wild>) {}
    }
    let count = Arc::<Count>::default();
    let lua = Lua::builder().memory(MEMORY).lua()?;
    let counted = count.clone();
    let new = lua.function(move |cx: &Cx<'_>| Wild(cx.lua().clone(), counted.clone()))?;
    lua.globals().set("new", new)?;
    let back = lua.function(|f: Function| f.call::<i64>(()))?;
    lua.globals().set("back", back)?;
    let source = "local function all()
            local n = 0
            for i = 1, 20 do
                last = new()
                collectgarbage() collectgarbage()
                n = n + 1
            end
            return n
        end
        return all() + back(all)";
    assert_eq!(lua.load(source).eval::<i64>()?, 40);
    lua.load("last = nil collectgarbage() collectgarbage()")
        .exec()?;
    assert_eq!(count.now.load(Ordering::Relaxed), 40);
    assert_eq!(lua.load("return 1 + 1").eval::<i64>()?, 2);
    Ok(())
}
