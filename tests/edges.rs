//! A supervisor where things end: guests that are tied to each other, fuel and memory, messages, time, and hosts that
//! do what they must not. (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{
    Answer, Fuel, Host, Id, Limits, OnCrash, OnLimit, Outcome, Pause, Plan, Refusal, Request, Ring,
    RingLimits, State, Supervisor, Value, Wait, Word,
};
use std::time::Duration;

mod by_hand;

use by_hand::{SPIN, by_hand, done, outcome, run_all, started, state};

#[test]
fn what_the_limits_are_by_now_holds_for_copies() {
    let supervisor = by_hand();
    let limited = |memory| Limits {
        memory: Some(memory),
        on_memory: Some(OnLimit::Pause),
        ..Limits::default()
    };
    let source = "task.receive() local t = {} for i = 1, 60000 do t[i] = i .. '' end task.receive() return #t";
    let plan = Plan::source(source, "=grow").limits(limited(1 << 20));
    let id = started(&supervisor, plan.guest(|guest| guest.end_at_memory()));
    supervisor.send(id, &Value::Nil).expect("room");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Memory));
    supervisor.save(id).expect("it is paused");
    supervisor.restore(id).expect("it has what was lent");
    supervisor
        .set_limits(id, limited(16 << 20))
        .expect("a guest");
    supervisor.resume(id).expect("it is paused");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Waiting(Wait::Receive));
    let clone = supervisor.clone_guest(id).expect("room");
    let limits = supervisor.info(clone).expect("a guest").limits;
    assert_eq!(limits, limited(16 << 20));
    // What a guest has it keeps.
    supervisor
        .set_limits(id, limited(1 << 20))
        .expect("a guest");
    supervisor.save(id).expect("it waits");
    supervisor.restore(id).expect("it keeps what it has");
    for guest in [id, clone] {
        supervisor.resume(guest).expect("it is paused");
        supervisor.send(guest, &Value::Nil).expect("room");
        run_all(&supervisor);
        assert_eq!(outcome(&supervisor, guest), done([Value::Number(60000.0)]));
    }
}

#[test]
fn watching_who_is_gone_fills_no_more_than_the_inbox() {
    let supervisor = by_hand();
    let source = "local told = 0
        for i = 1, 100 do
            local ok, why = task.monitor(1e6)
            if ok then told = told + 1 else assert(why == 'inbox full', why) end
        end
        return told, task.receive().reason, task.monitor(1e6)";
    let id = started(&supervisor, Plan::source(source, "=watch").inbox(1000));
    run_all(&supervisor);
    let Some(Outcome::Done(values)) = outcome(&supervisor, id) else {
        panic!("a good program")
    };
    assert!(matches!(values.first(), Some(Value::Number(told)) if (1.0..15.0).contains(told)));
    assert_eq!(
        values.get(1..),
        Some(&["gone".into(), Value::Bool(true)][..])
    );
}

#[test]
fn a_restarted_guest_does_not_die_of_its_own_echo() {
    let supervisor = by_hand();
    let other = started(&supervisor, Plan::source("task.receive()", "=other"));
    let limits = Limits {
        on_crash: OnCrash::Restart(1),
        ..Limits::default()
    };
    // The first message is for the first life only: inboxes begin empty.
    let source = "local other = ... local m = task.receive(1)
        if m == 'first' then task.link(other) task.monitor(other) error('x') end
        return (task.receive(5))";
    let plan = Plan::source(source, "=first")
        .args([Value::Number(other.number() as f64)])
        .limits(limits);
    let id = started(&supervisor, plan);
    supervisor.send(id, &Value::from("first")).expect("room");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, other), State::Killed);
    assert_eq!(outcome(&supervisor, id), done([Value::Nil]));
}

#[test]
fn a_guest_that_begins_has_not_ended() {
    let supervisor = by_hand();
    let later = supervisor
        .create(Plan::source("task.receive(2) error('x')", "=later"))
        .expect("room");
    let number = Value::Number(later.number() as f64);
    let source = "task.monitor(...) local m = task.receive(9) return m and m.reason";
    let watch = started(
        &supervisor,
        Plan::source(source, "=watch").args([number.clone()]),
    );
    let source = "task.link(...) task.receive()";
    let link = started(&supervisor, Plan::source(source, "=link").args([number]));
    for _ in 0..10 {
        supervisor.step();
        if matches!(state(&supervisor, link), State::Waiting(_)) {
            break;
        }
    }
    supervisor.start(later).expect("a good program");
    assert_eq!(state(&supervisor, link), State::Waiting(Wait::Receive));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, watch), done([Value::from("crashed")]));
    assert_eq!(state(&supervisor, link), State::Killed);
}

#[test]
fn what_would_wait_inside_a_turn_is_refused() {
    let supervisor = std::sync::Arc::new(by_hand());
    let inner = std::sync::Arc::downgrade(&supervisor);
    let host = move |id: Id| {
        let inner = inner.clone();
        move |_: &Request| {
            let Some(supervisor) = inner.upgrade() else {
                return Answer::End(1);
            };
            let long = Duration::from_secs(3600);
            let refusals = [supervisor.wait(id), supervisor.wait_for(id, long)];
            let are_refused = refusals == [const { Err(Refusal::InsideTurn) }; 2];
            let has_message = supervisor.receive_within(long).is_some();
            let is_good = are_refused && !has_message && !supervisor.step();
            Answer::words([Word::Number(f64::from(u8::from(is_good)))])
        }
    };
    let plan = Plan::source("return os.clock()", "=x").host(host);
    let id = started(&supervisor, plan);
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([Value::Number(1.0)]));
    assert_eq!(supervisor.wait(id), Ok(State::Halted));
}

/// A guest that never ends, with a bucket.
fn with_bucket(supervisor: &Supervisor, size: u64, per_second: u64) -> Id {
    let limits = Limits {
        fuel: Fuel::Bucket { size, per_second },
        ..Limits::default()
    };
    started(supervisor, Plan::source(SPIN, "=spin").limits(limits))
}

#[test]
fn who_waits_for_a_bucket_hears_of_new_fuel() {
    let supervisor = by_hand();
    let id = with_bucket(&supervisor, 100_000, 1);
    let used = || supervisor.info(id).expect("a guest").counters.fuel;
    let drain = || {
        while state(&supervisor, id) == State::Running {
            supervisor.step();
        }
        assert_eq!(state(&supervisor, id), State::Waiting(Wait::Refill));
    };
    drain();
    supervisor.refuel(id, 1_000_000).expect("a guest");
    drain();
    assert!((1_100_000..1_100_020).contains(&used()), "{}", used());
    let mut limits = supervisor.info(id).expect("a guest").limits;
    limits.fuel = Fuel::Units(50_000);
    supervisor.set_limits(id, limits).expect("a guest");
    while state(&supervisor, id) == State::Running {
        supervisor.step();
    }
    assert_eq!(state(&supervisor, id), State::Paused(Pause::Fuel));
    assert!((1_150_000..1_150_040).contains(&used()), "{}", used());
}

#[test]
fn a_family_that_waits_for_its_bucket_hears_of_new_fuel() {
    let supervisor = by_hand();
    let limits = Limits {
        fuel: Fuel::Bucket {
            size: 200_000,
            per_second: 1,
        },
        ..Limits::default()
    };
    let source = "for i = 1, 3 do assert(task.spawn('while true do end')) end while true do end";
    let plan = Plan::source(source, "=parent").limits(limits).spawns(3);
    let id = started(&supervisor, plan);
    let all_are = |state: State| supervisor.list().iter().all(|info| info.state == state);
    while !all_are(State::Waiting(Wait::Refill)) {
        supervisor.step();
    }
    supervisor.refuel(id, 1_000_000).expect("a guest");
    assert!(all_are(State::Running));
}

#[test]
fn a_bucket_that_nothing_flows_into_is_used_up() {
    let supervisor = by_hand();
    for (size, per_second) in [(10, 0), (0, 1_000_000), (0, 0)] {
        let id = with_bucket(&supervisor, size, per_second);
        for _ in 0..10 {
            supervisor.step();
        }
        assert_eq!(state(&supervisor, id), State::Paused(Pause::Fuel));
        assert!(!supervisor.step());
    }
}

#[test]
fn a_host_may_be_the_last_to_drop_the_supervisor() {
    let token = std::sync::Arc::new(());
    let (give, take) = std::sync::mpsc::channel();
    let take = std::sync::Arc::new(std::sync::Mutex::new(Some(take)));
    let supervisor = std::sync::Arc::new(Supervisor::builder().threads(2).build());
    let kept = token.clone();
    let host = move |_: Id| {
        let (kept, take) = (kept.clone(), take.clone());
        move |_: &Request| {
            let _kept = &kept;
            let take = take.lock().expect("nobody panics").take();
            let given: Option<std::sync::Arc<Supervisor>> = take.and_then(|take| take.recv().ok());
            drop(given);
            Answer::words([Word::Number(1.0)])
        }
    };
    started(
        &supervisor,
        Plan::source("return os.clock()", "=x").host(host),
    );
    give.send(supervisor).expect("its host waits");
    for _ in 0..5000 {
        if std::sync::Arc::strong_count(&token) == 1 {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("guests outlive their supervisor");
}

#[test]
fn a_panic_of_who_makes_a_host_is_an_error_of_the_verb() {
    let supervisor = by_hand();
    let made = std::sync::atomic::AtomicUsize::new(0);
    let host = move |_: Id| {
        let count = made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert!(count == 0, "no more hosts");
        bvm::Refuse
    };
    let id = started(&supervisor, Plan::source("task.receive()", "=x").host(host));
    run_all(&supervisor);
    let panic = Outcome::Panic("no more hosts".to_owned());
    let refused = Refusal::NotStarted(panic);
    assert_eq!(supervisor.clone_guest(id), Err(refused.clone()));
    let next = supervisor.create(Plan::source("", "=y")).expect("room");
    assert_eq!(supervisor.clone_guest(id), Err(refused));
    let last = supervisor.create(Plan::source("", "=z")).expect("room");
    // The place is given to somebody else.
    assert_eq!(last.number() & 0xfffff, (next.number() & 0xfffff) + 1);
}

#[test]
fn a_subscription_takes_no_room_before_there_are_events() {
    let supervisor = by_hand();
    let events = [usize::MAX, 1 << 40].map(|capacity| supervisor.events(capacity));
    supervisor.create(Plan::source("", "=x")).expect("room");
    for events in events {
        assert!(events.next_within(Duration::ZERO).is_some());
        assert_eq!(events.dropped(), 0);
    }
}

#[test]
fn who_has_ended_does_not_count_as_who_watches() {
    let supervisor = by_hand();
    let source = "for i = 1, 1500 do
            local id = task.spawn('task.receive()')
            assert(task.link(id))
            task.send(id, 1) task.sleep(0.001)
        end";
    let id = started(&supervisor, Plan::source(source, "=parent").spawns(1500));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([]));
}

#[test]
fn a_link_is_made_whole_or_not_at_all() {
    let supervisor = by_hand();
    let hub = started(&supervisor, Plan::source("task.receive()", "=hub"));
    let number = Value::Number(hub.number() as f64);
    let source = "assert(task.monitor(...)) task.receive()";
    let watch = Plan::source(source, "=watch").args([number.clone()]);
    for _ in 0..1000 {
        started(&supervisor, watch.clone());
    }
    run_all(&supervisor);
    let source = "local ok, why = task.link(...) assert(not ok) task.sleep(1) error(why)";
    let late = started(&supervisor, Plan::source(source, "=late").args([number]));
    run_all(&supervisor);
    let text = b"late:1: too many guests watch it".to_vec();
    assert_eq!(outcome(&supervisor, late), Some(Outcome::Error(text)));
    // And the other way round: who links has a thousand that watch it.
    let source = "local other = task.receive() local ok, why = task.link(other)
        assert(not ok) task.send(other, 1) task.sleep(1) return why";
    let hub = started(&supervisor, Plan::source(source, "=hub"));
    let source = "assert(task.monitor(...)) task.receive()";
    let watch = Plan::source(source, "=watch").args([Value::Number(hub.number() as f64)]);
    for _ in 0..1000 {
        started(&supervisor, watch.clone());
    }
    run_all(&supervisor);
    let other = started(
        &supervisor,
        Plan::source("task.receive() error('x')", "=other"),
    );
    let number = Value::Number(other.number() as f64);
    supervisor.send(hub, &number).expect("room");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, other), State::Crashed);
    assert_eq!(
        outcome(&supervisor, hub),
        done([Value::from("too many guests watch it")])
    );
}

#[test]
fn virtual_time_does_not_begin_again() {
    let supervisor = by_hand();
    let source = "task.sleep(18446744073.7095) for i = 1, 1e6 do end return 1";
    let id = started(&supervisor, Plan::source(source, "=late"));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([Value::Number(1.0)]));
    assert!(supervisor.now() > Duration::from_secs(18_446_744_073));
    // Whoever has no deadline has none at the end of time either.
    let id = started(&supervisor, Plan::source("task.sleep(1)", "=wait"));
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Waiting(Wait::Timer));
}

#[test]
fn only_0_is_the_owner() {
    let supervisor = by_hand();
    let source = "for _, id in ipairs { -5, 0/0, -1/0, 1/0, -0.5, 0.5, 1e300 } do
            for _, f in ipairs { task.link, task.monitor, task.send } do
                if f == task.send or id < 0 or id ~= id then
                    local ok, why = f(id, 'x')
                    assert(not ok and why == 'no such guest', id)
                end
            end
        end
        return task.send(0, 'hello')";
    let id = started(&supervisor, Plan::source(source, "=odd"));
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, id), done([Value::Bool(true)]));
    let (from, message) = supervisor.receive().expect("it has sent one");
    assert_eq!((from, message.value()), (id, Some(Value::from("hello"))));
    assert!(supervisor.receive().is_none());
}

#[test]
fn the_owner_has_no_end_to_hear_of() {
    let supervisor = by_hand();
    let source = "return select(2, task.link(0)), (select(2, task.monitor(0)))";
    let id = started(&supervisor, Plan::source(source, "=odd"));
    run_all(&supervisor);
    let expected = [(); 2].map(|()| Value::from("guest 0 has no end"));
    assert_eq!(outcome(&supervisor, id), done(expected));
}

#[test]
fn a_guest_that_is_started_may_be_restarted_as_often_as_before() {
    let supervisor = by_hand();
    let limits = Limits {
        on_crash: OnCrash::Restart(2),
        ..Limits::default()
    };
    let plan = Plan::source("error('no')", "=crash").limits(limits);
    let id = started(&supervisor, plan);
    run_all(&supervisor);
    supervisor.start(id).expect("it has ended");
    run_all(&supervisor);
    supervisor.reset(id).expect("a guest");
    run_all(&supervisor);
    let info = supervisor.info(id).expect("a guest");
    assert_eq!((info.state, info.counters.restarts), (State::Crashed, 6));
}

#[test]
fn what_a_ring_has_used_it_has_used_in_copies() {
    let supervisor = by_hand();
    let limits = RingLimits {
        fuel: Some(1_000_000),
        hypercalls: Some(10),
        ..RingLimits::default()
    };
    let source = "for i = 1, 9e5 do end for i = 1, 5 do task.self() end
        task.receive()
        local fuel, _, calls = ring.left(2)
        return fuel < 1e5, calls";
    let plan = Plan::source(source, "=ring").ring_limits(Ring::Application, limits);
    let id = started(&supervisor, plan.guest(|guest| guest.memory(1 << 20)));
    run_all(&supervisor);
    let clone = supervisor.clone_guest(id).expect("room");
    supervisor.save(id).expect("it waits");
    supervisor.restore(id).expect("good bytes");
    for guest in [id, clone] {
        supervisor.resume(guest).expect("it is paused");
        supervisor.send(guest, &Value::Nil).expect("room");
        run_all(&supervisor);
        let expected = [Value::Bool(true), Value::Number(4.0)];
        assert_eq!(outcome(&supervisor, guest), done(expected));
    }
    // Whoever begins anew has all again.
    supervisor.start(id).expect("it has ended");
    run_all(&supervisor);
    assert_eq!(state(&supervisor, id), State::Waiting(Wait::Receive));
}

#[test]
fn what_guests_are_spawned_with_is_bounded_for_a_family() {
    let supervisor = by_hand();
    let source = "local child = [[local parent, text = ...
            local n = #text text = nil collectgarbage()
            task.monitor(parent) task.receive() return n]]
        local text, ids = ('x'):rep(800000), {}
        while true do
            local id, why = task.spawn(child, task.self(), text)
            if not id then
                assert(why == 'no room for what guests are spawned with', why)
                break
            end
            ids[#ids + 1] = id
        end
        task.send(ids[1], 'end') task.sleep(1)
        assert(task.spawn(child, task.self(), text))
        return #ids, (task.spawn(child, task.self(), text))";
    let plan = Plan::source(source, "=parent").spawns(300);
    let id = started(&supervisor, plan.clone());
    let twin = started(&supervisor, plan);
    run_all(&supervisor);
    for guest in [id, twin] {
        assert_eq!(
            outcome(&supervisor, guest),
            done([Value::Number(20.0), Value::Nil])
        );
    }
    assert_eq!(supervisor.list().len(), 2);
}

#[test]
fn who_has_a_full_inbox_watches_nobody_more() {
    let supervisor = by_hand();
    let limits = Limits {
        on_crash: OnCrash::Restart(u32::MAX),
        ..Limits::default()
    };
    let crash = Plan::source("task.sleep(0.001) error('x')", "=crash").limits(limits);
    let crash = started(&supervisor, crash);
    let source = "local other = ... local told = 0
        for i = 1, 100 do
            if task.monitor(other) then told = told + 1 end
            task.sleep(0.002)
        end
        return told, task.receive().reason, task.monitor(other)";
    let plan = Plan::source(source, "=watch").args([Value::Number(crash.number() as f64)]);
    let id = started(&supervisor, plan.inbox(1000));
    while !state(&supervisor, id).is_end() {
        supervisor.step();
    }
    let Some(Outcome::Done(values)) = outcome(&supervisor, id) else {
        panic!("a good program")
    };
    assert!(matches!(values.first(), Some(Value::Number(told)) if (1.0..15.0).contains(told)));
    assert_eq!(
        values.get(1..),
        Some(&["crashed".into(), Value::Bool(true)][..])
    );
}

#[test]
fn a_long_error_is_told_in_part() {
    let supervisor = by_hand();
    let source = "task.monitor(task.spawn(\"error(('x'):rep(1e6), 0)\"))
        local m = task.receive() return m.reason, #m.message";
    let id = started(&supervisor, Plan::source(source, "=watch").spawns(1));
    run_all(&supervisor);
    assert_eq!(
        outcome(&supervisor, id),
        done(["crashed".into(), Value::Number(4096.0)])
    );
}

#[test]
fn what_is_sent_before_the_start_is_for_the_first_life() {
    let supervisor = by_hand();
    let plan = Plan::source("return task.receive(0)", "=takes").inbox(100);
    let id = supervisor.create(plan).expect("room");
    supervisor.send(id, &Value::Number(1.0)).expect("room");
    let full = supervisor.send(id, &Value::from("x".repeat(40).as_str()));
    assert_eq!(full, Err(Refusal::InboxFull(id)));
    for expected in [
        done([Value::Number(1.0)]),
        done([Value::Nil, "timeout".into()]),
    ] {
        supervisor.start(id).expect("a good program");
        run_all(&supervisor);
        assert_eq!(outcome(&supervisor, id), expected);
        let ended = supervisor.send(id, &Value::Nil);
        assert!(matches!(ended, Err(Refusal::InvalidState(_))), "{ended:?}");
    }
}

#[test]
fn who_is_destroyed_before_it_starts_again_is_gone() {
    struct Destroys(std::sync::Weak<Supervisor>, Id);
    impl Host for Destroys {
        fn answer(&mut self, _: &Request) -> Answer {
            Answer::words([])
        }
    }
    impl Drop for Destroys {
        fn drop(&mut self) {
            let supervisor = self.0.upgrade().expect("it runs the guest");
            supervisor.destroy(self.1).expect("it has ended");
        }
    }
    let supervisor = std::sync::Arc::new(by_hand());
    let inner = std::sync::Arc::downgrade(&supervisor);
    let limits = Limits {
        on_crash: OnCrash::Restart(3),
        ..Limits::default()
    };
    let plan = Plan::source("error('crash')", "=crash").limits(limits);
    let id = started(
        &supervisor,
        plan.host(move |id| Destroys(inner.clone(), id)),
    );
    run_all(&supervisor);
    assert_eq!(supervisor.info(id), Err(Refusal::NoSuchGuest(id)));
    let long = Duration::from_secs(3600);
    assert_eq!(supervisor.wait_for(id, long), Ok(State::Gone));
}

#[test]
fn who_is_restored_while_another_one_ends_follows_it() {
    let supervisor = std::sync::Arc::new(by_hand());
    let inner = std::sync::Arc::downgrade(&supervisor);
    let other = started(&supervisor, Plan::source("task.receive()", "=other"));
    let source = "task.link(...) task.receive()";
    let linked = Plan::source(source, "=linked").args([Value::Number(other.number() as f64)]);
    // What makes it is called a second time when it is restored.
    let made = std::sync::atomic::AtomicBool::new(false);
    let id = started(
        &supervisor,
        linked.guest(move |builder| {
            let inner = inner.upgrade().expect("it makes the guest");
            if made.swap(true, std::sync::atomic::Ordering::Relaxed) {
                inner.kill(other).expect("it waits");
            }
            builder
        }),
    );
    run_all(&supervisor);
    supervisor.save(id).expect("it waits");
    let events = supervisor.events(10);
    assert_eq!(supervisor.restore(id), Ok(()));
    assert_eq!(state(&supervisor, id), State::Killed);
    let states = std::iter::from_fn(|| events.try_next()).map(|event| event.change.new);
    let restored = State::Paused(Pause::Restored);
    let expected = [State::Killed, restored, State::Killed];
    assert_eq!(states.collect::<Vec<_>>(), expected);
}
