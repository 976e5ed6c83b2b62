//! A guest stands for its collector, and whoever runs it sees only that runs end early: whole calls, calls that are polled,
//! supervisors, journals and functions of the host. Nothing gets lost there, and nobody else pays.
//! (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{
    Answer, Builder, Error, Exit, Fuel, Function, Guest, Id, Journal, Limits, Lua, OnLimit, Pause,
    Plan, Request, Ring, State, Supervisor, Value,
};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

mod by_hand;

use by_hand::{SPIN, by_hand, done, outcome, run_all, started, state};

/// Programs that let their collector have long ends of marking and of cycles.
const PROGRAMS: &[&str] = &[
    "local weak, kept = setmetatable({}, { __mode = 'k' }), {}
     for i = 1, 30000 do local key = { i } weak[key] = i if i % 3 == 0 then kept[#kept + 1] = key end end
     for round = 1, 4 do local t = {} for i = 1, 20000 do t[i] = { i } end end
     for i, key in ipairs(kept) do assert(weak[key] == i * 3) end return #kept",
    "local order, last, n = true, 5001, 0
     local function made(i) local u = newproxy(true)
       getmetatable(u).__gc = function() order = order and i < last last = i n = n + 1 end return u end
     local kept = {} for i = 1, 5000 do kept[i] = made(i) end
     kept = nil collectgarbage() return order and n",
];

/// Fills its memory again and again.
const FULL: &str = "local hoard, n, fails = {}, 0, 0
     for round = 1, 3 do
       if not pcall(function() while true do n = n + 1 hoard[n] = { n } end end) then fails = fails + 1 end
       for i = n - 2000, n do hoard[i] = nil end n = n - 2001
     end
     return fails";
/// The memory that it has, and more than others need.
const SMALL: u64 = 4 << 20;
const LARGE: u64 = 1 << 40;

/// All of them with their memory.
fn programs() -> impl Iterator<Item = (&'static str, u64)> {
    let standing = PROGRAMS.iter().map(|source| (*source, LARGE));
    standing.chain([(FULL, SMALL)])
}

fn begun(builder: Builder, source: &str) -> Guest {
    let mut guest = builder.seed(1).keep_seed(true).build().expect("a guest");
    let main = guest.load(source, "=stands").expect("a program");
    guest.start(&main, &[]).expect("a start");
    guest
}

/// Runs a guest to its end, and looks after each run that all fuel is there, used or left. Gives the fuel that it took, and how
/// often it stood.
fn run(guest: &mut Guest, slice: u64) -> (Exit, i64, u32) {
    let before = guest.time() as i64;
    let (mut given, mut stood) = (0, 0);
    loop {
        let exit = guest.run(slice);
        given += slice as i64;
        let (left, used) = (guest.fuel_left(), guest.time() as i64 - before);
        assert!(
            (given - left - used).abs() <= 1,
            "{given} given, {left} left, {used} used"
        );
        match exit {
            Exit::OutOfFuel if left > 0 => stood += 1,
            Exit::OutOfFuel => {}
            exit => return (exit, given - left, stood),
        }
    }
}

#[test]
fn all_fuel_is_used_or_left() {
    for (source, memory) in programs() {
        let built = || begun(Guest::builder().memory(memory), source);
        let whole = run(&mut built(), 1 << 40);
        assert_eq!(whole.2, 0, "it had all the time");
        for slice in [10_007, 331, 100] {
            let sliced = run(&mut built(), slice);
            assert_eq!((&whole.0, whole.1), (&sliced.0, sliced.1), "{slice}");
            assert!(sliced.2 > 0 || memory == SMALL || slice > 1000, "{slice}");
        }
    }
}

/// Polls a future until it is ready, but not for ever.
fn polled<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    (0..10_000).find_map(|_| {
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    })
}

fn lua(builder: Builder) -> Lua {
    let lua = builder.seed(1).build().expect("a guest").into_lua();
    let call = |f: Function| f.call::<Value>(());
    let host = lua.function(call).expect("memory");
    lua.globals().set("host", host).expect("memory");
    lua
}

#[test]
fn a_call_that_is_polled_takes_as_much_as_one_that_is_not() -> Result<(), Error> {
    for (source, memory) in programs() {
        let fuel = 1 << 40;
        let used = |is_polled: bool| -> Result<(f64, Option<u64>), Error> {
            let lua = lua(Guest::builder().memory(memory));
            let main = lua.load(source).into_function()?;
            lua.set_fuel(Some(fuel));
            let result = match is_polled {
                true => polled(main.call_async(())).expect("it ends")?,
                false => main.call(())?,
            };
            Ok((result, lua.fuel()))
        };
        assert_eq!(used(true)?, used(false)?, "{source}");
        let lua = lua(Guest::builder().memory(memory));
        let main = lua.load(source).into_function()?;
        lua.set_fuel(Some(100_000));
        assert_eq!(
            polled(main.call_async::<f64>(())),
            Some(Err(Error::OutOfFuel))
        );
        assert_eq!(lua.fuel(), Some(0));
    }
    Ok(())
}

#[test]
fn a_call_back_is_paid_for_by_what_is_left_behind_it() -> Result<(), Error> {
    // A slice of a polled call has 100,000 units: it ends before the call back, in it, and behind it.
    let source = "local n = ... local function work() for i = 1, 6000 do end end
        for i = 1, n do end host(work)";
    for count in (80_000..104_000).step_by(2000) {
        let left = |is_polled: bool| -> Result<Option<u64>, Error> {
            let lua = lua(Guest::builder());
            let main = lua.load(source).into_function()?;
            lua.set_fuel(Some(500_000));
            match is_polled {
                true => polled(main.call_async::<()>(count)).expect("it ends")?,
                false => main.call::<()>(count)?,
            }
            Ok(lua.fuel())
        };
        assert_eq!(left(true)?, left(false)?, "{count}");
    }
    Ok(())
}

#[test]
fn a_call_back_that_is_given_up_leaves_nothing_of_its_loan() -> Result<(), Error> {
    // Many blocks and few objects: a collection that is asked for makes the guest stand at once.
    let hoard = "hoard = {} for i = 1, 300 do hoard[i] = ('x'):rep(1e5) .. i end";
    let source = "local ok = pcall(host, function() local t = {} while true do t[#t + 1] = ('y'):rep(1e5) .. #t end end)
        assert(not ok) for i = 1, 10 do collectgarbage('step', 0) for i = 1, 1000 do local t = {} end end";
    for fuel in [50, 803, 3062, 9588] {
        let builder = Guest::builder().memory(40 << 20).end_at_memory();
        let lua = lua(builder.callback_fuel(1 << 40));
        lua.set_fuel(None);
        lua.load(hoard).exec()?;
        let main = lua.load(source).into_function()?;
        lua.set_fuel(Some(fuel));
        let ended = polled(main.call_async::<()>(()));
        assert_eq!(ended, Some(Err(Error::OutOfFuel)), "{fuel}");
        assert_eq!(lua.fuel(), Some(0), "{fuel}");
    }
    Ok(())
}

#[test]
fn a_host_that_calls_back_sees_the_same_in_all_slices() -> Result<(), Error> {
    for (source, memory) in programs() {
        for ends in [false, true] {
            let source = format!(
                "local function work() {source} end local ok, result = pcall(host, work)
                 local t = {{}} for i = 1, 1000 do t[i] = {{}} end return ok, result"
            );
            let sliced = |slice: u64| -> Result<(Exit, i64), Error> {
                let builder = Guest::builder().memory(memory).callback_fuel(1 << 40);
                let builder = if ends {
                    builder.end_at_memory()
                } else {
                    builder
                };
                let mut guest = builder.seed(1).build()?;
                let host = guest
                    .lua()
                    .function(|f: Function| f.call::<bvm::MultiValue>(()))?;
                guest.set_global("host", host)?;
                let main = guest.load(&source, "=stands")?;
                guest.start(&main, &[])?;
                let (exit, used, _) = run(&mut guest, slice);
                Ok((exit, used))
            };
            let whole = sliced(1 << 40)?;
            let Exit::Done(values) = &whole.0 else {
                panic!("{:?}", whole.0)
            };
            let fails = ends && memory == SMALL;
            assert_eq!(values.first(), Some(&Value::Bool(!fails)));
            for slice in [50_000, 331] {
                assert_eq!(whole, sliced(slice)?, "{slice}");
            }
        }
    }
    Ok(())
}

fn supervisor(slice: u64) -> Supervisor {
    let supervisor = Supervisor::builder().threads(0).virtual_time();
    supervisor.slice(slice).build()
}

/// Units of a slice that every turn has, short enough that guests stand.
const SLICE: u64 = 1000;

fn plan(source: &str, memory: u64) -> Plan {
    Plan::source(source, "=stands")
        .guest(move |builder| builder.memory(memory).seed(1).keep_seed(true))
}

fn fuel(supervisor: &Supervisor, id: Id) -> u64 {
    supervisor.info(id).expect("a guest").counters.fuel
}

/// Gives turns until the guest has had one and used nothing: it stands. Tells whether there was one.
fn step_until_it_stands(supervisor: &Supervisor, id: Id) -> bool {
    let counters = || supervisor.info(id).expect("a guest").counters;
    loop {
        let before = counters();
        if !supervisor.step() {
            return false;
        }
        let after = counters();
        let has_used_nothing = after.turns > before.turns && after.fuel == before.fuel;
        if has_used_nothing && state(supervisor, id) == State::Running {
            return true;
        }
    }
}

#[test]
fn verbs_find_a_guest_that_stands() {
    let whole = |source: &str| {
        let supervisor = by_hand();
        let id = started(&supervisor, plan(source, LARGE));
        run_all(&supervisor);
        (outcome(&supervisor, id), fuel(&supervisor, id))
    };
    for source in PROGRAMS {
        let expected = whole(source);
        for verb in ["none", "pause", "save", "snapshot", "clone"] {
            let supervisor = supervisor(SLICE);
            let mut id = started(&supervisor, plan(source, LARGE));
            let (mut used, mut stood) = (0, 0);
            while step_until_it_stands(&supervisor, id) {
                stood += 1;
                match verb {
                    "pause" => {
                        supervisor.pause(id).expect("it runs");
                        supervisor.resume(id).expect("it is paused");
                    }
                    "save" => {
                        supervisor.save(id).expect("it runs");
                        supervisor.restore(id).expect("it is saved");
                        supervisor.resume(id).expect("it is paused");
                    }
                    "snapshot" => drop(supervisor.snapshot(id).expect("it runs")),
                    "clone" => {
                        let clone = supervisor.clone_guest(id).expect("it runs");
                        used += fuel(&supervisor, id);
                        supervisor.kill(id).expect("it runs");
                        supervisor.destroy(id).expect("it has ended");
                        id = clone;
                        supervisor.resume(id).expect("it is paused");
                    }
                    _ => {}
                }
            }
            assert!((1..500).contains(&stood), "{verb}: {stood}");
            assert_eq!(outcome(&supervisor, id), expected.0, "{verb}");
            let used = used + fuel(&supervisor, id);
            assert_eq!(supervisor.counters().fuel, used, "{verb}");
            // A restored guest has no table of handles, which collections that programs ask and pay for go through.
            let most = match verb {
                "save" | "clone" => 16,
                _ => 0,
            };
            let more = used.abs_diff(expected.1);
            assert!(more <= most, "{verb}: {more} units");
        }
    }
}

#[test]
fn a_guest_that_stands_is_killed_once() {
    let supervisor = supervisor(SLICE);
    let events = supervisor.events(100);
    let id = started(&supervisor, plan(PROGRAMS[0], LARGE));
    assert!(step_until_it_stands(&supervisor, id));
    supervisor.kill(id).expect("it runs");
    let used = fuel(&supervisor, id);
    run_all(&supervisor);
    assert_eq!(fuel(&supervisor, id), used);
    let states = std::iter::from_fn(|| events.try_next()).map(|event| event.change.new);
    let expected = [State::Defined, State::Running, State::Killed];
    assert_eq!(states.collect::<Vec<_>>(), expected);
}

#[test]
fn neighbours_of_a_guest_that_stands_keep_their_shares() {
    let source = "local weak, kept = setmetatable({}, { __mode = 'k' }), {}
        for i = 1, 50000 do local key = {} weak[key] = i kept[i] = key end
        while true do local t = {} for i = 1, 2000 do t[i] = { i } end end";
    for slice in [331, 50_000] {
        let supervisor = supervisor(slice);
        let stander = started(&supervisor, plan(source, LARGE));
        while fuel(&supervisor, stander) < 2_000_000 {
            supervisor.step();
        }
        let others = [SPIN; 50].map(|source| started(&supervisor, Plan::source(source, "=spin")));
        let before = supervisor.info(stander).expect("a guest").counters;
        for _ in 0..51 * if slice == 331 { 3000 } else { 40 } {
            supervisor.step();
        }
        let after = supervisor.info(stander).expect("a guest").counters;
        let each = others.map(|id| fuel(&supervisor, id) as f64);
        let mean = each.iter().sum::<f64>() / 50.0;
        assert!(each.iter().all(|fuel| (fuel / mean - 1.0).abs() < 0.05));
        let used = (after.fuel - before.fuel) as f64;
        // What it had put by before that comes on top.
        assert!(used < mean * 1.1 && used > mean * 0.2, "{used} of {mean}");
    }
}

#[test]
fn others_have_their_turns_while_a_guest_stands() {
    let supervisor = supervisor(1 << 30);
    let id = started(&supervisor, plan(PROGRAMS[1], LARGE));
    run_all(&supervisor);
    let turns = supervisor.info(id).expect("a guest").counters.turns;
    assert!(turns > 1, "it has kept the thread all the while");
}

#[test]
fn a_budget_knows_what_a_guest_that_stands_has_used() {
    let total = 130_000;
    for slice in [331, 50_000] {
        let limits = Limits {
            fuel: Fuel::Units(total),
            ..Limits::default()
        };
        let supervisor = supervisor(slice);
        let id = started(&supervisor, plan(PROGRAMS[1], LARGE).limits(limits));
        while supervisor.step() {
            let info = supervisor.info(id).expect("a guest");
            let left = info.fuel_left.expect("a limit");
            assert_eq!(info.counters.fuel as i64 + left, total as i64);
        }
        assert_eq!(state(&supervisor, id), State::Paused(Pause::Fuel));
        supervisor.refuel(id, 1 << 20).expect("it is paused");
        supervisor.resume(id).expect("it has fuel");
        run_all(&supervisor);
        assert_eq!(outcome(&supervisor, id), done([Value::Number(5000.0)]));
    }
}

#[test]
fn a_deadline_comes_while_a_guest_stands() {
    let supervisor = supervisor(331);
    let limits = Limits {
        deadline: Some(Duration::from_nanos(900_000)),
        on_deadline: OnLimit::Kill,
        ..Limits::default()
    };
    let id = started(&supervisor, plan(PROGRAMS[0], LARGE).limits(limits));
    started(&supervisor, Plan::source("for i = 1, 2e6 do end", "=count"));
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Killed);
}

#[test]
fn a_guest_that_has_more_than_its_limit_is_restored_as_it_was_saved() {
    // An error has been raised for what it has too much, and the next cycle is under way.
    let source = "local hoard = {} local function fill() local i = 0 while true do i = i + 1 hoard[i] = { i } end end
        for round = 1, 5 do
          pcall(fill) collectgarbage('step', 0) pcall(print, round) pcall(function() return { {}, {}, {} } end) pcall(print, round)
          for i = 1, #hoard, 1 + round do hoard[i] = false end
        end";
    let mut above = 0;
    for limit in (600_000..1_500_000).step_by(100_000) {
        let builder = || Guest::builder().memory(limit).seed(1).keep_seed(true);
        let mut guest = begun(builder().host(|_: &Request| Answer::Later), source);
        while guest.run(1 << 40) == Exit::Waiting {
            above += u64::from(guest.account(Ring::Application).memory > limit);
            let saved = guest.snapshot().expect("a snapshot");
            let mut restored = builder().restore(&saved).expect("its own");
            assert!(restored.snapshot().expect("a snapshot") == saved, "{limit}");
            let image = guest.image().expect("an image");
            let mut fork = builder().fork(&image).expect("its own");
            assert!(fork.snapshot().expect("a snapshot") == saved, "{limit}");
            guest.answer(Ok(vec![]));
        }
    }
    assert!(above > 0, "it never had more");
}

/// What a host sees of a guest whose memory it raises when it is full, by this much, and in some runs besides. Gives the
/// times of these exits, how it ended, the fuel that it took, and the state that is left.
fn raised(guest: &mut Guest, slice: u64, raises: u64) -> (Vec<u64>, Exit, i64, Vec<u8>) {
    let (mut limit, mut full, mut given, mut runs) = (SMALL / 2, Vec::new(), 0, 0);
    let before = guest.time() as i64;
    let exit = loop {
        let exit = guest.run(slice);
        (given, runs) = (given + slice as i64, runs + 1);
        let (left, used) = (guest.fuel_left(), guest.time() as i64 - before);
        assert!((given - left - used).abs() <= 1, "{given} {left} {used}");
        match exit {
            Exit::OutOfFuel if raises > 0 && runs % 200 == 0 => {
                limit += raises / 2;
                guest.set_memory_limit(limit);
            }
            Exit::OutOfFuel => {}
            Exit::MemoryFull => {
                full.push(guest.time());
                limit += raises;
                if raises > 0 {
                    guest.set_memory_limit(limit);
                }
            }
            exit => break exit,
        }
    };
    let used = given - guest.fuel_left();
    guest.drain_fuel();
    (full, exit, used, guest.snapshot().expect("a snapshot"))
}

#[test]
fn a_full_memory_is_replayed() {
    let sources = [
        "local t = {} for i = 1, 100000 do t[i] = { i } end return #t",
        "local t = {} for i = 1, 100000 do t['k' .. i] = i end return #t",
    ];
    for source in sources {
        for slice in [331, 5003] {
            let builder = Guest::builder().memory(SMALL / 2).end_at_memory();
            let mut guest = begun(builder.record(), source);
            let first = raised(&mut guest, slice, 1 << 18);
            assert!(first.0.len() > 1);
            let journal = guest.take_journal().expect("it records").to_bytes();
            for slice in [slice, 97, 1 << 40] {
                let journal = Journal::from_bytes(&journal).expect("a journal");
                let mut again = begun(Guest::builder().replay(journal), source);
                let second = raised(&mut again, slice, 0);
                let seen =
                    |run: &(Vec<u64>, Exit, i64, Vec<u8>)| (run.0.clone(), run.1.clone(), run.2);
                assert_eq!(seen(&first), seen(&second), "{slice}");
                assert!(first.3 == second.3, "{slice}: another state");
                assert_eq!(again.entries_left(), 0);
            }
        }
    }
}

#[test]
fn limits_that_change_while_a_guest_stands_are_replayed() {
    let run = |guest: &mut Guest, slice, changes: bool| {
        let (mut given, mut stood) = (0, 0);
        let exit = loop {
            let exit = guest.run(slice);
            given += slice as i64;
            match exit {
                Exit::OutOfFuel if guest.fuel_left() > 0 && changes => {
                    stood += 1;
                    guest.set_memory_limit((16 + stood % 3) << 20);
                }
                Exit::OutOfFuel => {}
                exit => break exit,
            }
        };
        let used = given - guest.fuel_left();
        guest.drain_fuel();
        (exit, used, guest.snapshot().expect("a snapshot"), stood)
    };
    for source in PROGRAMS {
        let mut guest = begun(Guest::builder().memory(16 << 20).record(), source);
        let first = run(&mut guest, 331, true);
        assert!(first.3 > 0, "it never stood");
        let journal = guest.take_journal().expect("it records");
        for slice in [331, 97, 1 << 40] {
            let mut again = begun(Guest::builder().replay(journal.clone()), source);
            let second = run(&mut again, slice, false);
            assert_eq!((&first.0, first.1), (&second.0, second.1), "{slice}");
            assert!(first.2 == second.2, "{slice}: another state");
        }
    }
}
