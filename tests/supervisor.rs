//! Many guests under one supervisor: verbs, waits, messages, limits and policies.

use bvm::{
    Act, Answer, Error, Fuel, Hypercall, Id, Limits, Message, OnCrash, OnLimit, Outcome, Pause,
    Plan, Refusal, Request, Ring, RingLimits, State, Supervisor, Value, Wait, Word,
};
use std::time::Duration;

mod by_hand;

use by_hand::{SPIN, by_hand, done, outcome, run_all, started, state};

#[test]
fn threads_run_many_guests_to_their_ends() {
    let supervisor = Supervisor::builder().threads(2).build();
    let source = "local n = 0 for i = 1, ... do n = n + i end return n";
    let guests: Vec<(Id, f64)> = (1..200)
        .map(|i| {
            let last = f64::from(i) * 100.0;
            let plan = Plan::source(source, "=sum").args([Value::Number(last)]);
            (started(&supervisor, plan), last)
        })
        .collect();
    for (id, last) in guests {
        assert_eq!(supervisor.wait(id), Ok(State::Halted));
        let sum = Value::Number(last * (last + 1.0) / 2.0);
        assert_eq!(outcome(&supervisor, id), done([sum]));
        supervisor.destroy(id).expect("it has ended");
        assert_eq!(supervisor.info(id), Err(Refusal::NoSuchGuest(id)));
    }
    assert!(supervisor.list().is_empty());
    assert!(supervisor.counters().fuel > 1_000_000);
}

#[test]
fn verbs_out_of_place_are_refused() {
    let supervisor = Supervisor::builder().threads(1).build();
    let events = supervisor.events(100);
    let id = supervisor
        .create(Plan::source(SPIN, "=spin"))
        .expect("room");
    let Err(Refusal::InvalidState(refused)) = supervisor.pause(id) else {
        panic!("it has not been started")
    };
    assert_eq!((refused.state, refused.verb), (State::Defined, Act::Pause));
    supervisor.start(id).expect("a good program");
    assert!(supervisor.start(id).is_err());
    supervisor.pause(id).expect("it runs");
    assert!(supervisor.pause(id).is_err());
    let fuel = supervisor.info(id).expect("a guest").counters.fuel;
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(supervisor.info(id).expect("a guest").counters.fuel, fuel);
    supervisor.resume(id).expect("it is paused");
    assert!(supervisor.destroy(id).is_err());
    supervisor.kill(id).expect("it runs");
    supervisor.destroy(id).expect("it has ended");
    let states: Vec<State> = std::iter::from_fn(|| events.try_next())
        .map(|event| event.change.new)
        .collect();
    let expected = [
        State::Defined,
        State::Running,
        State::Paused(Pause::User),
        State::Running,
        State::Killed,
        State::Gone,
    ];
    assert_eq!(states, expected);
}

#[test]
fn what_does_not_compile_is_not_started() {
    let supervisor = by_hand();
    let id = supervisor.create(Plan::source("if", "=if")).expect("room");
    let Err(Refusal::NotStarted(Outcome::Failed(Error::Syntax(_)))) = supervisor.start(id) else {
        panic!("this is no Lua")
    };
    assert_eq!(state(&supervisor, id), State::Failed);
}

#[test]
fn messages_are_copied_with_sharing_and_cycles() {
    let supervisor = by_hand();
    let sink = started(
        &supervisor,
        Plan::source(
            "local t = task.receive()
            assert(t.me == t and t.list[1] == t.list[2] and t.list[1].x == 'y')
            assert(t[1] == true and t[2] == false and t[3] == nil and t[4] == 0.5 and t[t.list] == 'key')
            local n = task.receive()
            return #t.big, n",
            "=sink",
        ),
    );
    run_all(&supervisor);
    assert_eq!(state(&supervisor, sink), State::Waiting(Wait::Receive));
    let source = "local to = ...
        local t = { true, false, nil, 0.5, list = {{ x = 'y' }}, big = {} }
        t.me = t t.list[2] = t.list[1] t[t.list] = 'key'
        for i = 1, 20000 do t.big[i] = i end
        assert(task.send(to, t)) assert(task.send(to, nil))
        for _, bad in ipairs { print, coroutine.create(function() end), io.stdout } do
            local ok, message = pcall(task.send, to, { bad })
            assert(not ok and message:find('cannot be sent'), message)
        end
        return task.send(to, 'nobody takes this'), select(2, task.send(1e9, 1)), pcall(task.send, to, ('x'):rep(2e6))";
    let plan = Plan::source(source, "=source").args([Value::Number(sink.number() as f64)]);
    let id = started(&supervisor, plan);
    run_all(&supervisor);
    let expected = [
        Value::Bool(true),
        Value::from("no such guest"),
        Value::Bool(false),
        Value::from("message too long"),
    ];
    assert_eq!(outcome(&supervisor, id), done(expected));
    assert_eq!(
        outcome(&supervisor, sink),
        done([Value::Number(20000.0), Value::Nil])
    );
}

#[test]
fn packed_values_are_unpacked_and_forged_ones_refused() {
    let supervisor = by_hand();
    let source = "local a, b, c = task.unpack(task.pack(1, nil, { 'x' }))
        assert(a == 1 and b == nil and c[1] == 'x')
        assert(select('#', task.unpack(task.pack())) == 0)
        assert(select('#', task.unpack(task.pack(nil, nil))) == 2)
        local whole = task.pack({ a = { 1, 2 } }, 'text')
        local good = 0
        for i = 0, #whole do
            if pcall(task.unpack, whole:sub(1, i)) then good = good + 1 end
            for byte = 0, 7 do
                pcall(task.unpack, whole:sub(1, i) .. string.char(byte) .. whole:sub(i + 2))
            end
        end
        return good";
    let id = started(&supervisor, Plan::source(source, "=pack"));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([Value::Number(1.0)]));
}

/// Copies in both directions, in slices of a size: the outcome and the fuel.
fn copy_in_slices(slice: u64) -> (Option<Outcome>, u64) {
    let supervisor = Supervisor::builder()
        .threads(0)
        .virtual_time()
        .slice(slice)
        .build();
    let source = "local t = { x = ('y'):rep(1000) } for i = 1, 300 do t[i] = { i, tostring(i) } end
        assert(task.send(task.self(), t))
        local back = task.unpack(task.pack(task.receive()))
        return back[300][2], back.x == t.x, task.spawn(function(...) end, t)";
    let id = started(&supervisor, Plan::source(source, "=copy"));
    run_all(&supervisor);
    let info = supervisor.info(id).expect("a guest");
    (info.outcome, info.counters.fuel)
}

#[test]
fn copying_costs_the_same_in_slices_of_all_sizes() {
    let whole = copy_in_slices(1 << 20);
    assert!(matches!(&whole.0, Some(Outcome::Done(values)) if values[0] == Value::from("300")));
    for slice in [1, 2, 7, 100, 5000] {
        assert_eq!(copy_in_slices(slice), whole, "slices of {slice}");
    }
}

#[test]
fn inboxes_are_bounded() {
    let supervisor = by_hand();
    let id = started(&supervisor, Plan::source(SPIN, "=spin").inbox(200));
    supervisor.send(id, &Value::from("one")).expect("room");
    supervisor.send(id, &Value::from("two")).expect("room");
    let third = supervisor.send(id, &Value::from("three"));
    assert_eq!(third, Err(Refusal::InboxFull(id)));
    let counters = supervisor.info(id).expect("a guest").counters;
    assert_eq!((counters.received, counters.refused), (2, 1));
}

#[test]
fn receiving_and_sleeping_end_when_it_is_time() {
    let supervisor = by_hand();
    let source = "local v, why = task.receive(2) assert(v == nil and why == 'timeout')
        assert(task.sleep(3)) return 'late'";
    let id = started(&supervisor, Plan::source(source, "=wait"));
    supervisor.step();
    assert_eq!(state(&supervisor, id), State::Waiting(Wait::Receive));
    supervisor.pause(id).expect("it waits");
    supervisor.resume(id).expect("it is paused");
    assert_eq!(state(&supervisor, id), State::Waiting(Wait::Receive));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([Value::from("late")]));
    assert_eq!(supervisor.now().as_secs(), 5);
}

#[test]
fn a_guest_that_waits_is_saved_and_restored() {
    let supervisor = by_hand();
    let source = "local a = task.receive() local b = task.receive() return a + b";
    let id = started(&supervisor, Plan::source(source, "=add"));
    run_all(&supervisor);
    let bytes = supervisor.save(id).expect("it waits");
    assert_eq!(state(&supervisor, id), State::Saved);
    supervisor
        .send(id, &Value::Number(40.0))
        .expect("it keeps its inbox");
    supervisor.restore(id).expect("good bytes");
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Restored));
    supervisor.resume(id).expect("it is paused");
    run_all(&supervisor);
    let twin = supervisor.clone_guest(id).expect("it waits");
    let third = started(&supervisor, Plan::snapshot(bytes));
    for (guest, n) in [(id, 2.0), (twin, 3.0), (third, 1.0), (third, 2.0)] {
        let _ = supervisor.resume(guest);
        supervisor.send(guest, &Value::Number(n)).expect("room");
        run_all(&supervisor);
    }
    assert_eq!(outcome(&supervisor, id), done([Value::Number(42.0)]));
    assert_eq!(outcome(&supervisor, twin), done([Value::Number(43.0)]));
    assert_eq!(outcome(&supervisor, third), done([Value::Number(3.0)]));
}

#[test]
fn guests_spawn_guests_and_hear_of_their_ends() {
    let supervisor = by_hand();
    let source = "local function child(parent, n)
            if n == 0 then error('zero') end
            task.send(parent, n * 2)
        end
        local ids = {}
        for n = 0, 3 do
            local id = assert(task.spawn(child, task.self(), n))
            ids[id] = n
            task.monitor(id)
        end
        local sum, ends = 0, {}
        while #ends < 4 do
            local m = task.receive(1)
            if type(m) == 'number' then sum = sum + m
            else ends[#ends + 1] = ids[m.exit] .. m.reason .. (m.message or '') end
        end
        table.sort(ends)
        local none, why = task.spawn('return 1')
        local ok, refused = pcall(task.spawn, function() return sum end)
        return sum, table.concat(ends, ' '), why, refused";
    let id = started(&supervisor, Plan::source(source, "=parent").spawns(4));
    run_all(&supervisor);
    let expected = [
        Value::Number(12.0),
        Value::from("0crashedparent:2: zero 1halted 2halted 3halted"),
        Value::from("no more guests may be spawned"),
        Value::from("bad argument #1 to '?' (a function with upvalues cannot be spawned)"),
    ];
    assert_eq!(outcome(&supervisor, id), done(expected));
    assert_eq!(supervisor.list().len(), 1, "children are forgotten");
}

#[test]
fn linked_guests_end_together() {
    let supervisor = by_hand();
    let wait = started(&supervisor, Plan::source("task.receive()", "=wait"));
    let source = "task.link(...) task.sleep(1) error('end')";
    let plan = Plan::source(source, "=link").args([Value::Number(wait.number() as f64)]);
    let id = started(&supervisor, plan);
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Crashed);
    assert_eq!(state(&supervisor, wait), State::Killed);
}

#[test]
fn fuel_runs_out_is_refilled_and_flows() {
    let supervisor = by_hand();
    let spin = |fuel, on_fuel| {
        let limits = Limits {
            fuel,
            on_fuel,
            ..Limits::default()
        };
        started(&supervisor, Plan::source(SPIN, "=spin").limits(limits))
    };
    let id = spin(Fuel::Units(100_000), OnLimit::Pause);
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Fuel));
    let used = supervisor.info(id).expect("a guest").counters.fuel;
    assert!((100_000..100_010).contains(&used), "{used}");
    supervisor.resume(id).expect("it is paused");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Fuel));
    supervisor.refuel(id, 50_000).expect("a guest");
    supervisor.resume(id).expect("it is paused");
    run_all(&supervisor);
    let used = supervisor.info(id).expect("a guest").counters.fuel;
    assert!((150_000..150_010).contains(&used), "{used}");

    let killed = spin(Fuel::Units(1000), OnLimit::Kill);
    let again = spin(Fuel::Units(1000), OnLimit::Restart(2));
    run_all(&supervisor);
    assert_eq!(state(&supervisor, killed), State::Killed);
    let info = supervisor.info(again).expect("a guest");
    assert_eq!((info.state, info.counters.restarts), (State::Killed, 2));

    let began = supervisor.now();
    let bucket = Fuel::Bucket {
        size: 20_000,
        per_second: 1_000_000,
    };
    let id = spin(bucket, OnLimit::Pause);
    while supervisor.now() - began < Duration::from_secs(1) {
        assert!(supervisor.step());
    }
    let used = supervisor.info(id).expect("a guest").counters.fuel;
    assert!((1_000_000..1_050_000).contains(&used), "{used}");
}

#[test]
fn deadlines_and_crashes_have_policies() {
    let supervisor = by_hand();
    let limits = Limits {
        deadline: Some(Duration::from_millis(1)),
        on_crash: OnCrash::Restart(3),
        ..Limits::default()
    };
    let spin = started(&supervisor, Plan::source(SPIN, "=spin").limits(limits));
    let wait = started(
        &supervisor,
        Plan::source("task.receive()", "=wait").limits(limits),
    );
    let crash = started(
        &supervisor,
        Plan::source("error('no')", "=crash").limits(limits),
    );
    run_all(&supervisor);
    assert_eq!(state(&supervisor, spin), State::Killed);
    assert_eq!(state(&supervisor, wait), State::Killed);
    let info = supervisor.info(crash).expect("a guest");
    assert_eq!((info.state, info.counters.restarts), (State::Crashed, 3));
    assert_eq!(info.outcome, Some(Outcome::Error(b"crash:1: no".to_vec())));
    let stack: Vec<String> = info
        .traceback
        .iter()
        .map(|frame| frame.to_string())
        .collect();
    assert_eq!(
        stack,
        ["[C]: in function 'error'", "crash:1: in main chunk"]
    );
}

#[test]
fn waiting_goes_on_while_policies_start_anew() {
    let supervisor = Supervisor::builder().threads(2).build();
    let limits = Limits {
        on_crash: OnCrash::Restart(50),
        ..Limits::default()
    };
    let plan = Plan::source("error('no')", "=crash").limits(limits);
    let id = started(&supervisor, plan);
    assert_eq!(supervisor.wait(id), Ok(State::Crashed));
    let counters = supervisor.info(id).expect("a guest").counters;
    assert_eq!(counters.restarts, 50);
}

#[test]
fn clones_draw_their_own_random_numbers() {
    let supervisor = by_hand();
    let source = "math.randomseed(1) task.receive() return math.random()";
    let drawn = |plan: Plan| {
        let first = started(&supervisor, plan);
        run_all(&supervisor);
        let clone = || supervisor.clone_guest(first).expect("room");
        [first, clone(), clone()].map(|id| {
            let _ = supervisor.resume(id);
            supervisor.send(id, &Value::Nil).expect("room");
            run_all(&supervisor);
            outcome(&supervisor, id)
        })
    };
    let [a, b, c] = drawn(Plan::source(source, "=random"));
    assert!(a != b && b != c && a != c);
    let [a, b, c] = drawn(Plan::source(source, "=random").guest(|guest| guest.keep_seed(true)));
    assert!(a == b && b == c);
}

#[test]
fn a_full_memory_is_an_error_or_the_end() {
    let supervisor = by_hand();
    let source = "return pcall(string.rep, 'x', 1e8)";
    let plan = Plan::source(source, "=full").guest(|guest| guest.memory(4 << 20));
    let caught = started(&supervisor, plan.clone());
    let ended = started(&supervisor, plan.guest(|guest| guest.end_at_memory()));
    run_all(&supervisor);
    let full = Value::from("not enough memory");
    assert_eq!(
        outcome(&supervisor, caught),
        done([Value::Bool(false), full])
    );
    assert_eq!(state(&supervisor, ended), State::Crashed);
}

#[test]
fn weights_share_fuel() {
    let supervisor = by_hand();
    let with_weight = |weight| {
        let limits = Limits {
            weight,
            ..Limits::default()
        };
        started(&supervisor, Plan::source(SPIN, "=spin").limits(limits))
    };
    let guests = [50, 100, 300].map(with_weight);
    for _ in 0..300 {
        supervisor.step();
    }
    let fuel = guests.map(|id| supervisor.info(id).expect("a guest").counters.fuel as f64);
    assert!((fuel[1] / fuel[0] - 2.0).abs() < 0.05, "{fuel:?}");
    assert!((fuel[2] / fuel[0] - 6.0).abs() < 0.05, "{fuel:?}");
}

#[test]
fn a_panic_in_a_host_freezes_only_its_guest() {
    let supervisor = Supervisor::builder().threads(2).build();
    let host = |_: Id| |_: &Request| -> Answer { panic!("the host is broken") };
    let broken = started(&supervisor, Plan::source("print('x')", "=print").host(host));
    let other = started(&supervisor, Plan::source("return 1", "=one"));
    assert_eq!(supervisor.wait(broken), Ok(State::Stuck));
    assert_eq!(supervisor.wait(other), Ok(State::Halted));
    let panic = Outcome::Panic("the host is broken".to_owned());
    assert_eq!(outcome(&supervisor, broken), Some(panic));
    assert!(supervisor.resume(broken).is_err());
    assert!(supervisor.save(broken).is_err());
    supervisor.kill(broken).expect("that is allowed");
}

#[test]
fn a_host_answers_later_by_the_supervisor() {
    let supervisor = Supervisor::builder().threads(1).build();
    let later = |_: Id| |_: &Request| Answer::Later;
    let id = started(
        &supervisor,
        Plan::source("return os.time()", "=time").host(later),
    );
    while state(&supervisor, id) != State::Waiting(Wait::Hypercall) {
        std::thread::yield_now();
    }
    let request = supervisor.request(id).expect("a guest");
    assert_eq!(request.map(|r| r.call), Some(Hypercall::Time));
    supervisor
        .answer(id, Ok(vec![Word::Int(7)]))
        .expect("it asks");
    assert_eq!(supervisor.wait(id), Ok(State::Halted));
    assert_eq!(outcome(&supervisor, id), done([Value::Number(7.0)]));
    assert!(supervisor.answer(id, Ok(vec![])).is_err());
}

#[test]
fn events_that_nobody_takes_are_counted() {
    let supervisor = by_hand();
    let events = supervisor.events(2);
    for _ in 0..3 {
        supervisor
            .create(Plan::source("return", "=x"))
            .expect("room");
    }
    assert!(events.try_next().is_some() && events.try_next().is_some());
    assert!(events.try_next().is_none());
    assert_eq!(events.dropped(), 1);
}

#[test]
fn a_host_without_a_supervisor_refuses() {
    let mut guest = bvm::Guest::builder().tasks(true).build().expect("room");
    let source = "local none, why = task.send(1, 'x') assert(none == nil)
        assert(select(2, task.spawn('return')) == why and select(2, task.sleep(1)) == why)
        return why";
    let why: String = guest.eval(source, 100_000).expect("correct");
    assert_eq!(why, "Operation not permitted");
    let mut plain = bvm::Guest::new().expect("room");
    assert_eq!(plain.eval::<Value>("return task", 1000), Ok(Value::Nil));
}

#[test]
fn records_are_messages() {
    let supervisor = by_hand();
    let id = started(
        &supervisor,
        Plan::source(
            "local r = task.receive() return r.name, r.size, r.none",
            "=r",
        ),
    );
    let fields = [
        ("name", Value::from("x")),
        ("size", Value::Number(3.0)),
        ("none", Value::Nil),
    ];
    let record = Message::record(fields).expect("plain values");
    supervisor.send(id, record).expect("room");
    run_all(&supervisor);
    let expected = [Value::from("x"), Value::Number(3.0), Value::Nil];
    assert_eq!(outcome(&supervisor, id), done(expected));
}

#[test]
fn a_host_must_not_wait_for_its_own_guest() {
    let supervisor = std::sync::Arc::new(Supervisor::builder().threads(1).build());
    let inner = std::sync::Arc::downgrade(&supervisor);
    let host = move |id: Id| {
        let inner = inner.clone();
        move |_: &Request| {
            let pause = inner.upgrade().map(|supervisor| supervisor.pause(id));
            let was_refused = pause == Some(Err(Refusal::InsideTurn));
            Answer::words([Word::Number(f64::from(u8::from(was_refused)))])
        }
    };
    let plan = Plan::source("return os.clock()", "=x").host(host);
    let id = started(&supervisor, plan);
    assert_eq!(supervisor.wait(id), Ok(State::Halted));
    assert_eq!(outcome(&supervisor, id), done([Value::Number(1.0)]));
}

#[test]
fn a_ring_that_has_used_its_fuel_up_counts_as_the_guest() {
    let supervisor = by_hand();
    let limits = RingLimits {
        fuel: Some(1000),
        ..RingLimits::default()
    };
    let plan = Plan::source(SPIN, "=ring").ring_limits(Ring::Application, limits);
    let id = started(&supervisor, plan);
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Fuel));
}

#[test]
fn waking_often_brings_no_more_than_a_share() {
    let supervisor = by_hand();
    let greedy = "while true do for i = 1, 20000 do end task.sleep(0) end";
    let greedy = started(&supervisor, Plan::source(greedy, "=greedy"));
    let others = [SPIN; 4].map(|source| started(&supervisor, Plan::source(source, "=spin")));
    for _ in 0..2000 {
        supervisor.step();
    }
    let fuel = |id: &Id| supervisor.info(*id).expect("a guest").counters.fuel as f64;
    let mean = others.iter().map(fuel).sum::<f64>() / 4.0;
    assert!(fuel(&greedy) < mean * 1.05, "{} {mean}", fuel(&greedy));
}
