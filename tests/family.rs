//! What guests of a supervisor have in common with others, and hand out: fuel of those that they spawn, messages to
//! whoever owns them, output, journals. Must not hold what concerns one guest alone: that is `supervisor.rs`.

mod by_hand;

use bvm::{
    Answer, Exit, Fuel, Guest, Id, Journal, Limits, Message, OnLimit, Outcome, Pause, Plan,
    Refusal, Request, State, Supervisor, Value, Word,
};
use by_hand::{SPIN, by_hand, done, outcome, run_all, started, state};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn with(fuel: Fuel) -> Limits {
    Limits {
        fuel,
        ..Limits::default()
    }
}

/// Spawns some guests that spin, and spins.
const BROOD: &str = "for i = 1, 3 do assert(task.spawn('while true do end')) end while true do end";

#[test]
fn a_family_has_one_budget() {
    for threads in [0, 2] {
        let supervisor = match threads {
            0 => by_hand(),
            _ => Supervisor::builder().threads(threads).build(),
        };
        let fuel = Fuel::Units(20_000_000);
        let plan = Plan::source(BROOD, "=brood").limits(with(fuel)).spawns(3);
        let id = started(&supervisor, plan);
        let is_over = || {
            supervisor
                .list()
                .iter()
                .all(|info| info.state == State::Paused(Pause::Fuel))
        };
        while !is_over() {
            match threads {
                0 => run_all(&supervisor),
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        let all = supervisor.list();
        assert_eq!(all.len(), 4);
        let used: u64 = all.iter().map(|info| info.counters.fuel).sum();
        // The last steps of each may take a little more than there was.
        assert!((20_000_000..20_000_400).contains(&used), "{used}");
        assert!(all.iter().all(|info| info.counters.fuel > 100_000));
        assert!(
            all.iter()
                .all(|info| info.fuel_left == Some(20_000_000 - used as i64))
        );
        // More for one is more for all.
        supervisor.refuel(id, 100_000).expect("it is paused");
        for info in &all {
            supervisor.resume(info.id).expect("it is paused");
        }
        while !is_over() {
            match threads {
                0 => run_all(&supervisor),
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        let used: u64 = supervisor
            .list()
            .iter()
            .map(|info| info.counters.fuel)
            .sum();
        assert!((20_100_000..20_100_800).contains(&used), "{used}");
    }
}

#[test]
fn what_starts_anew_in_a_family_gets_no_more() {
    let supervisor = by_hand();
    let limits = Limits {
        on_fuel: OnLimit::Restart(5),
        ..with(Fuel::Units(1_000_000))
    };
    let source = format!("task.spawn('{SPIN}') task.sleep(1e6)");
    let plan = Plan::source(&source, "=parent").limits(limits).spawns(1);
    started(&supervisor, plan);
    run_all(&supervisor);
    let used = supervisor.counters().fuel;
    assert!(used < 1_010_000, "{used}");
}

#[test]
fn guests_write_to_whoever_owns_them() {
    let supervisor = Supervisor::builder()
        .threads(0)
        .virtual_time()
        .inbox(300)
        .build();
    let source =
        "assert(task.send(0, 'hello')) assert(task.send(0, { x = 1, ok = true, list = {} }))
        return (select(2, task.send(0, ('x'):rep(500))))";
    let id = started(&supervisor, Plan::source(source, "=writer"));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([Value::from("inbox full")]));
    let (from, message) = supervisor.receive().expect("a message");
    assert_eq!((from, message.value()), (id, Some(Value::from("hello"))));
    let (_, message) = supervisor
        .receive_within(Duration::from_secs(1))
        .expect("a message");
    assert_eq!(message.value(), None);
    assert_eq!(message.field("x"), Some(Value::Number(1.0)));
    assert_eq!(message.field("ok"), Some(Value::Bool(true)));
    assert_eq!(message.field("list"), None);
    assert_eq!(message.field("nothing"), None);
    assert!(
        supervisor
            .receive_within(Duration::from_millis(1))
            .is_none()
    );
    // What one guest has sent another one gets as it is.
    let sink = started(
        &supervisor,
        Plan::source("return task.receive().x", "=sink"),
    );
    supervisor.send(sink, message).expect("it runs");
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, sink), done([Value::Number(1.0)]));
}

#[test]
fn output_and_messages_are_counted_and_limited() {
    let supervisor = by_hand();
    let limits = Limits {
        output: 10,
        messages: 2,
        ..Limits::default()
    };
    let output: Arc<Mutex<Vec<u8>>> = Arc::default();
    let kept = output.clone();
    let host = move |_: Id| {
        let kept = kept.clone();
        move |request: &Request| {
            if let [_, Word::Bytes(bytes)] = request.args.as_slice() {
                kept.lock().expect("no panic").extend_from_slice(bytes);
            }
            Answer::words([])
        }
    };
    let source = "local me = task.self()
        io.write('12345') local _, full = io.write('6789012') io.write('67890')
        assert(task.send(me, 1)) assert(task.send(me, 2))
        return full, (select(2, task.send(me, 3)))";
    let plan = Plan::source(source, "=writer").limits(limits).host(host);
    let id = started(&supervisor, plan);
    run_all(&supervisor);
    let info = supervisor.info(id).expect("a guest");
    let full = ["No space left on device", "too many messages"].map(Value::from);
    assert_eq!(info.outcome, done(full));
    assert_eq!((info.counters.output, info.counters.sent), (10, 2));
    assert_eq!(*output.lock().expect("no panic"), b"1234567890");
}

#[test]
fn memory_is_limited_anew() {
    let supervisor = by_hand();
    let source = "while true do local size = task.receive()
        local ok, why = pcall(string.rep, 'x', size)
        task.send(0, ok or why) end";
    let id = started(&supervisor, Plan::source(source, "=holder"));
    let ask = |bytes: Option<u64>| {
        let limits = Limits {
            memory: bytes,
            ..Limits::default()
        };
        supervisor.set_limits(id, limits).expect("a guest");
        supervisor.send(id, &Value::Number(4e6)).expect("it waits");
        run_all(&supervisor);
        supervisor
            .receive()
            .and_then(|(_, message): (Id, Message)| message.value())
    };
    assert_eq!(ask(None), Some(Value::Bool(true)));
    assert_eq!(ask(Some(2 << 20)), Some(Value::from("not enough memory")));
    assert_eq!(ask(Some(32 << 20)), Some(Value::Bool(true)));
}

#[test]
fn a_guest_among_others_is_replayed_alone() {
    let supervisor = by_hand();
    let source = "local from = task.receive(10)
        local now = os.time()
        task.send(0, from + now)
        task.sleep(1)
        return from + now, task.receive(1)";
    let clock = |_: Id| |_: &Request| Answer::words([Word::Int(1_000)]);
    let plan = Plan::source(source, "=clock")
        .host(clock)
        .guest(|guest| guest.record());
    let id = started(&supervisor, plan);
    supervisor.send(id, &Value::Number(2.0)).expect("it runs");
    run_all(&supervisor);
    let Some(Outcome::Done(values)) = outcome(&supervisor, id) else {
        panic!("it has returned")
    };
    let journal = supervisor
        .take_journal(id)
        .expect("a guest")
        .expect("it records");
    assert_eq!(supervisor.take_journal(id), Ok(None));

    let journal = Journal::from_bytes(&journal.to_bytes()).expect("good bytes");
    let mut again = Guest::builder().replay(journal).build().expect("a guest");
    let main = again.load(source, "=clock").expect("a good program");
    again.start(&main, &[]).expect("memory");
    // Each wait is an exit, as it was then.
    let exits: Vec<Exit> = (0..4).map(|_| again.run(1 << 20)).collect();
    let done = Exit::Done(values);
    assert_eq!(exits, [Exit::Waiting, Exit::Waiting, done.clone(), done]);
    let nobody = started(&supervisor, Plan::source("return 1", "=nobody"));
    assert_eq!(supervisor.take_journal(nobody), Ok(None));
    supervisor.kill(nobody).expect("it runs");
    assert_eq!(
        supervisor.take_journal(Id::from_number(77)),
        Err(Refusal::NoSuchGuest(Id::from_number(77)))
    );
}

#[test]
fn who_is_killed_while_it_runs_does_nothing_more() {
    let supervisor = Supervisor::builder().threads(2).build();
    // Each number that the host sees, and what it has seen when the guest was killed.
    let seen = Arc::new(AtomicU64::new(0));
    for round in 0..200 {
        let counter = seen.clone();
        let host = move |_: Id| {
            let counter = counter.clone();
            move |_: &Request| {
                counter.fetch_add(1, Ordering::SeqCst);
                Answer::words([Word::Int(0)])
            }
        };
        let plan = Plan::source("while true do os.time() end", "=busy").host(host);
        let plan = if round % 2 == 0 {
            plan.forgotten()
        } else {
            plan
        };
        let id = started(&supervisor, plan);
        let before = seen.load(Ordering::SeqCst);
        while seen.load(Ordering::SeqCst) < before + 10 {
            std::thread::yield_now();
        }
        supervisor.kill(id).expect("it runs");
        let then = seen.load(Ordering::SeqCst);
        if round % 2 == 1 {
            assert_eq!(state(&supervisor, id), State::Killed);
            assert!(supervisor.kill(id).is_err());
            supervisor.destroy(id).expect("it has ended");
        }
        // One request may have been on its way.
        std::thread::sleep(Duration::from_micros(200));
        assert!(seen.load(Ordering::SeqCst) <= then + 1);
    }
    while !supervisor.list().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_full_memory_pauses_until_there_is_more() {
    let supervisor = by_hand();
    let limits = |bytes| Limits {
        memory: Some(bytes),
        on_memory: Some(OnLimit::Pause),
        ..Limits::default()
    };
    let source = "local t = {} for i = 1, 1e5 do t[i] = { i } end return #t";
    let plan = Plan::source(source, "=list").guest(|guest| guest.end_at_memory());
    let id = started(&supervisor, plan.limits(limits(2 << 20)));
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Memory));
    supervisor.resume(id).expect("it is paused");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Memory));
    supervisor
        .set_limits(id, limits(64 << 20))
        .expect("a guest");
    supervisor.resume(id).expect("it is paused");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Halted);
}
