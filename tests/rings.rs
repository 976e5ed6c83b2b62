//! Rings as a host sees them: accounts, limits that end a run, and that neither slices nor refills leave a trace.
//! What programs see of rings is in the corpus, under `lua/rings`.

use bvm::{Capture, Error, Exit, Guest, Refill, Ring, RingLimits, Value};
use proptest::prelude::*;

fn fuel(units: u64) -> RingLimits {
    RingLimits {
        fuel: Some(units),
        ..RingLimits::default()
    }
}

/// A guest whose program runs in ring 3, about to sum up to 1000 in many calls.
fn plugin() -> Result<Guest, Error> {
    let mut guest = Guest::builder().ring(Ring::Plugin).build()?;
    let source =
        "local n = 0 local function add(i) n = n + i end for i = 1, 1000 do add(i) end return n";
    let f = guest.load(source, "=sum")?;
    guest.start(&f, &[])?;
    Ok(guest)
}

#[test]
fn a_ring_that_nobody_called_waits_for_its_host() -> Result<(), Error> {
    let mut guest = plugin()?;
    guest.limit(Ring::Plugin, fuel(500));
    for _ in 0..3 {
        assert_eq!(guest.run(1_000_000), Exit::OutOfFuel);
        assert!(guest.is_overdrawn());
    }
    let used = guest.account(Ring::Plugin);
    assert_eq!(used.fuel_left, Some(0));
    assert!((500..510).contains(&used.fuel), "{used:?}");
    guest.limit(Ring::Plugin, fuel(100_000));
    assert_eq!(guest.run(0), Exit::Done(vec![Value::Number(500_500.0)]));
    assert!(!guest.is_overdrawn());
    Ok(())
}

/// Runs a program in which ring 3 may use a thousand units; gives the exit.
fn ends(source: &str) -> Result<Exit, Error> {
    let mut guest = Guest::new()?;
    let begin = "local spin = ring.load(3, 'while true do end') ring.limit(3, { fuel = 1000 }) ";
    let f = guest.load(format!("{begin}{source}"), "=ends")?;
    guest.start(&f, &[])?;
    for _ in 0..10 {
        match guest.run(10_000) {
            Exit::OutOfFuel => assert!(!guest.is_overdrawn(), "{source}"),
            exit => return Ok(exit),
        }
    }
    Ok(Exit::OutOfFuel)
}

#[test]
fn a_run_ends_whatever_cannot_pay() -> Result<(), Error> {
    for source in [
        "return (xpcall(error, spin))",
        "return (xpcall(error, function() return spin() end))",
        "return (ring.gate(function() return xpcall(error, spin) end)())",
        "local c = ring.load(3, 'return coroutine.wrap(function() while true do end end)')() return (pcall(c))",
        "for i = 1, 5 do getmetatable(newproxy(true)).__gc = spin end
         for i = 1, 10 do if pcall(collectgarbage) then return i == 1 end end",
        "local c = coroutine.create(function() return xpcall(error, spin) end) return (select(2, coroutine.resume(c)))",
    ] {
        assert_eq!(
            ends(source)?,
            Exit::Done(vec![Value::Bool(false)]),
            "{source}"
        );
    }
    Ok(())
}

#[test]
fn what_the_host_resumes_waits_for_the_host() -> Result<(), Error> {
    let mut guest = Guest::new()?;
    let source = "local n = 0 for i = 1, 1000 do n = n + i end return n";
    let make = format!("return ring.load(3, [[return coroutine.wrap(function() {source} end)]])()");
    let made = guest.load(make, "=make")?;
    guest.start(&made, &[])?;
    let made = guest.run(10_000);
    let Exit::Done(values) = &made else {
        panic!("{made:?}");
    };
    let [Value::Function(wrapped)] = &values[..] else {
        panic!("{made:?}");
    };
    guest.limit(Ring::Plugin, fuel(100));
    guest.start(wrapped, &[])?;
    assert_eq!(guest.run(1_000_000), Exit::OutOfFuel);
    assert!(guest.is_overdrawn());
    guest.limit(Ring::Plugin, fuel(100_000));
    assert_eq!(guest.run(0), Exit::Done(vec![Value::Number(500_500.0)]));
    Ok(())
}

#[test]
fn accounts_add_up_to_what_the_guest_uses() -> Result<(), Error> {
    let mut guest = Guest::new()?;
    let source = "
        local work = ring.load(3, 'local n = 0 for i = 1, 1000 do n = n + i end return n')
        for i = 1, 20 do work() ring.run(3, work, { fuel = 100 + i }) end";
    let f = guest.load(source, "=two")?;
    guest.start(&f, &[])?;
    assert_eq!(guest.run(1_000_000), Exit::Done(vec![]));
    let used: u64 = Ring::ALL.iter().map(|&r| guest.account(r).fuel).sum();
    assert_eq!(used as i64, 1_000_000 - guest.fuel_left());
    let own = guest.account(Ring::Application).fuel;
    assert!(own < 20 * 100, "the program itself used {own}");
    Ok(())
}

#[test]
fn rings_lose_no_memory_between_them() -> Result<(), Error> {
    let mut guest = Guest::builder().memory(32 << 20).build()?;
    let source = "
        local fill = ring.load(3, 'local t = {} for i = 1, 2000 do t[i] = { i } end kept = t return #t')
        local own = {}
        for i = 1, 200 do fill() own[i % 7] = { fill() } end
        collectgarbage()
        return (select(2, ring.used(3)))";
    let bytes: f64 = guest.eval(source, 1 << 40)?;
    assert!(bytes > 100e3 && bytes < 4e6, "ring 3 has {bytes} bytes");
    Ok(())
}

/// A program in which ring 3 is stopped again and again, with a trace of what it has done.
const STOPPED: &str = "
    local trace = {}
    local plugin = ring.globals(3)
    plugin.note = ring.gate(function(x) trace[#trace + 1] = x return #trace end)
    plugin.check = function(x) return x % 3 == 0 and #tostring(x) or nil end
    local work = ring.load(3, [[
        local limit = ...
        local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end
        for i = 1, 1e9 do
            pcall(deep, i % 20)
            if check(i) then note(i) end
            local s = ('x'):rep(i % 50):gsub('x', { x = 'y' })
            if i % 7 == 0 then coroutine.wrap(function() note(-i) coroutine.yield() end)() end
        end]])
    for i = 1, 12 do
        local ok, why = ring.run(3, work, { fuel = 300 * i + i * i })
        trace[#trace + 1] = tostring(ok) .. why
        pcall(ring.run, 3, function() return ring.run(3, work, { fuel = 1e6 }) end, { fuel = 77 * i })
    end
    return table.concat(trace, ' ')";

fn stopped(slice: u64) -> Result<(Exit, [u64; 3]), Error> {
    let mut guest = Guest::new()?;
    let f = guest.load(STOPPED, "=stopped")?;
    guest.start(&f, &[])?;
    loop {
        let exit = guest.run(slice);
        if exit != Exit::OutOfFuel {
            return Ok((exit, Ring::ALL.map(|ring| guest.account(ring).fuel)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn slices_leave_no_trace(slice in 1u64..2_000) {
        let whole = stopped(1 << 40).expect("a run");
        prop_assert!(matches!(whole.0, Exit::Done(_)), "{:?}", whole.0);
        prop_assert_eq!(stopped(slice).expect("a run"), whole);
    }

    #[test]
    fn refills_leave_no_trace(portions in proptest::collection::vec(1u64..900, 1..40)) {
        let mut whole = plugin().expect("a guest");
        prop_assert_eq!(whole.run(1 << 40), Exit::Done(vec![Value::Number(500_500.0)]));
        let mut guest = plugin().expect("a guest");
        let mut portions = portions.into_iter().chain(std::iter::repeat(1_000));
        let exit = loop {
            guest.limit(Ring::Plugin, fuel(portions.next().unwrap_or(1_000)));
            match guest.run(1 << 40) {
                Exit::OutOfFuel => {}
                exit => break exit,
            }
        };
        prop_assert_eq!(exit, Exit::Done(vec![Value::Number(500_500.0)]));
        let (all, parts) = (whole.account(Ring::Plugin).fuel, guest.account(Ring::Plugin).fuel);
        prop_assert_eq!(all, parts);
    }
}

#[test]
fn what_is_asked_beyond_a_limit_the_host_does_not_see() -> Result<(), Error> {
    let (host, output) = Capture::new(1000);
    let mut guest = Guest::builder().host(host).build()?;
    guest.limit(
        Ring::Application,
        RingLimits {
            output: Some(9),
            hypercalls: Some(3),
            ..RingLimits::default()
        },
    );
    let message = |guest: &mut Guest, text: &str| -> Result<String, Error> {
        let source = format!("local _, why = pcall({text}) return tostring(why)");
        guest.eval(source, 1000)
    };
    assert_eq!(message(&mut guest, "print, 'seven..'")?, "nil");
    assert_eq!(
        message(&mut guest, "print, 'x'")?,
        "hypercall 'write' is beyond what ring 2 may have of output"
    );
    assert_eq!(
        guest.eval::<String>("return select(2, io.write('xx'))", 1000)?,
        "hypercall 'write' is beyond what ring 2 may have of output"
    );
    assert_eq!(message(&mut guest, "io.read")?, "nil");
    assert_eq!(message(&mut guest, "io.read")?, "nil");
    assert_eq!(
        message(&mut guest, "os.time")?,
        "hypercall 'time' is beyond what ring 2 may have of hypercalls"
    );
    let account = guest.account(Ring::Application);
    assert_eq!((account.output.used, account.output.left), (8, Some(1)));
    assert_eq!(account.hypercalls.used, 3);
    assert_eq!(account.hypercalls.left, Some(0));
    assert_eq!(output.take(), b"seven..\n");
    Ok(())
}

/// How often a plugin is stopped that gets some of the program's time, and the fuel of both.
fn throttled(slice: u64) -> Result<(Value, u64, u64), Error> {
    let mut guest = Guest::new()?;
    let source = "
        local spin, work = ring.load(3, 'for i = 1, ... do end'), 0
        local stopped, done = 0, 0
        for i = 1, 300 do
          if pcall(spin, i % 40) then done = done + 1 else stopped = stopped + 1 end
          for j = 1, i do work = work + j end
        end
        return stopped";
    let f = guest.load(source, "=throttled")?;
    let refill = Refill {
        every: 1000,
        amount: 55,
        most: 90,
    };
    guest.limit(
        Ring::Plugin,
        RingLimits {
            refill: Some(refill),
            ..RingLimits::default()
        },
    );
    assert_eq!(guest.account(Ring::Plugin).refill, Some(refill));
    guest.start(&f, &[])?;
    loop {
        match guest.run(slice) {
            Exit::OutOfFuel => {}
            Exit::Done(values) => {
                let stopped = values.into_iter().next().unwrap_or_default();
                return Ok((stopped, guest.account(Ring::Plugin).fuel, guest.time()));
            }
            exit => panic!("{exit:?}"),
        }
    }
}

#[test]
fn fuel_that_comes_back_does_not_depend_on_slices() -> Result<(), Error> {
    let (stopped, fuel, time) = throttled(1 << 40)?;
    assert!(matches!(stopped, Value::Number(n) if n > 10.0 && n < 290.0));
    assert!(fuel <= 90 + time / 1000 * 55 + 300, "{fuel} of {time}");
    for slice in [1, 13, 144, 1597, 17711] {
        assert_eq!(throttled(slice)?, (stopped.clone(), fuel, time));
    }
    Ok(())
}

#[test]
fn the_hosts_calls_are_as_deep_as_their_ring_may_be() -> Result<(), Error> {
    let mut guest = Guest::new()?;
    let source = "local function down(n) if n == 0 then return 0 end return 1 + down(n - 1) end return down(...)";
    let down = guest.load(source, "=down")?;
    let limits = RingLimits {
        depth: Some(100),
        ..RingLimits::default()
    };
    guest.limit(Ring::Application, limits);
    assert_eq!(guest.account(Ring::Application).depth_limit, Some(100));
    let call = |guest: &mut Guest, n: i32| guest.call(&down, &[n.into()], 1 << 20);
    assert_eq!(call(&mut guest, 99)?, [Value::Number(99.0)]);
    let error = call(&mut guest, 100).expect_err("too deep");
    assert!(error.to_string().ends_with("stack overflow"), "{error}");
    // A snapshot keeps it.
    let snapshot = guest.snapshot()?;
    let mut twin = Guest::builder().restore(&snapshot)?;
    let deep = "local function f(n) if n > 0 then f(n - 1) end end return pcall(f, 200)";
    assert!(!twin.eval::<bool>(deep, 1 << 20)?);
    Ok(())
}

/// What `debug` can change is what runs in the caller's ring or further out.
#[test]
fn debug_changes_nothing_further_inside() -> Result<(), Error> {
    let mut guest = Guest::builder().ring(Ring::Library).build()?;
    let source = r#"
        local kept = "kept"
        local function inner() return kept end
        local waits = coroutine.create(function() local v = "kept" coroutine.yield() return v end)
        coroutine.resume(waits)
        local sealed, file = ring.seal({}, 1), newproxy(true)
        local function try(source, ...) return (select(2, ring.run(2, source, nil, ...))) end
        local said = {
            try("debug.setupvalue(..., 1, 'changed')", inner),
            try("debug.setfenv(..., {})", inner),
            try("debug.setfenv(..., {})", waits),
            try("debug.setlocal(..., 1, 1, 'changed')", waits),
            try("debug.sethook(..., print, 'l')", waits),
            try("debug.setmetatable(..., {})", sealed),
            try("debug.setmetatable(..., {})", file),
            try("debug.setmetatable('', {})"),
            try("debug.getregistry()"),
            try("local function f() return kept end debug.setfenv(f, { kept = 1 }) assert(f() == 1)"),
        }
        for i = 1, 10 do said[i] = tostring(said[i]) end
        return table.concat(said, "; ") .. inner() .. select(2, coroutine.resume(waits))"#;
    let said: String = guest.eval(source, 1_000_000)?;
    let parts: Vec<&str> = said.split("; ").collect();
    for refused in &parts[..9] {
        let is_said = ["is not open to ring 2", "in ring 2"]
            .iter()
            .any(|words| refused.contains(words));
        assert!(is_said, "{said}");
    }
    assert_eq!(parts[9..], ["nilkeptkept"]);
    Ok(())
}

#[test]
fn gates_are_not_entered_where_a_limit_of_the_machine_is_near() -> Result<(), Error> {
    let mut guest = Guest::new()?;
    let f = guest.load(
        r#"
        local a, b = 0, 0
        ring.globals(3).move = ring.gate(function()
          a = a + 1
          coroutine.wrap(function() end)()
          b = b + 1
        end)
        local limits = { fuel = 1e9, memory = 2e9 }
        local values = ring.run(3, [[
          local function r(...) pcall(move) local x = r(...) return x end
          local t = {}
          for i = 1, 7000 do t[i] = i end
          r(unpack(t))]], limits)
        local nested = ring.run(3, [[
          local function nest() pcall(move) return coroutine.wrap(nest)() end
          nest()]], limits)
        return values or nested, a > 10000 and a == b"#,
        "=near",
    )?;
    guest.start(&f, &[])?;
    let exit = guest.run(u64::MAX >> 8);
    let expected = [Value::Bool(false), Value::Bool(true)];
    assert_eq!(exit, Exit::Done(expected.to_vec()));
    Ok(())
}
