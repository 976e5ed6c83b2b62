//! When nothing happens any more by itself under a supervisor.

use bvm::{Id, Limits, OnCrash, Plan, State, Supervisor, Value};
use std::time::{Duration, Instant};

fn started(supervisor: &Supervisor, plan: Plan) -> Id {
    let id = supervisor.create(plan).expect("room");
    supervisor.start(id).expect("a good program");
    id
}

/// Waits until nothing happens any more.
fn settle(supervisor: &Supervisor) {
    let began = Instant::now();
    while !supervisor.is_quiet() {
        assert!(began.elapsed() < Duration::from_secs(60), "it goes on");
        std::thread::yield_now();
    }
}

/// Two play: the second one, which is told who the first one is, tells that of itself. Each sends 20 messages more,
/// and waits for one too many.
const PLAY: &str = "local other = ...
    if other then task.send(other, task.self()) else other = task.receive() end
    for _ = 1, 20 do task.send(other, 0) task.receive() end
    return task.receive()";

#[test]
fn it_is_quiet_when_all_wait_for_each_other_and_not_before() {
    let supervisor = Supervisor::builder().threads(2).build();
    for round in 0..200 {
        let first = started(&supervisor, Plan::source(PLAY, "=first"));
        let args = [Value::Number(first.number() as f64)];
        let second = started(&supervisor, Plan::source(PLAY, "=second").args(args));
        settle(&supervisor);
        for (player, sent) in [(first, 20), (second, 21)] {
            let info = supervisor.info(player).expect("a guest");
            assert_eq!(info.state.to_string(), "waiting (receive)", "{round}");
            assert_eq!(info.counters.sent, sent, "{round}");
            supervisor.kill(player).expect("alive");
        }
    }
}

#[test]
fn it_is_not_quiet_before_policies_and_watchers_are_done() {
    let supervisor = Supervisor::builder().threads(2).build();
    for _ in 0..100 {
        let limits = Limits {
            on_crash: OnCrash::Restart(5),
            ..Limits::default()
        };
        let fails = Plan::source("task.receive(0.0001) error('again')", "=fails");
        let fails = started(&supervisor, fails.limits(limits));
        let watch = "task.monitor(...) return task.receive().reason";
        let ended = started(&supervisor, Plan::source("task.sleep(0.0001)", "=ends"));
        let args = [Value::Number(ended.number() as f64)];
        let watcher = started(&supervisor, Plan::source(watch, "=watch").args(args));
        settle(&supervisor);
        let info = supervisor.info(fails).expect("a guest");
        assert_eq!((info.state, info.counters.restarts), (State::Crashed, 5));
        let watcher = supervisor.info(watcher).expect("a guest");
        assert_eq!(watcher.state, State::Halted);
    }
}

#[test]
fn a_guest_that_waits_for_time_is_not_quiet() {
    let supervisor = Supervisor::builder().threads(1).build();
    let limits = Limits {
        deadline: Some(Duration::from_millis(30)),
        ..Limits::default()
    };
    for source in ["task.sleep(0.03)", "task.receive(0.03)", "task.receive()"] {
        let plan = Plan::source(source, "=waits").limits(limits);
        let id = started(&supervisor, plan);
        assert!(!supervisor.is_quiet());
        settle(&supervisor);
        let state = supervisor.info(id).expect("a guest").state;
        assert!(state.is_end(), "{state}");
    }
}
