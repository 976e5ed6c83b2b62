//! Guests that find each other by their names. (This file belongs to the package `bvm`; the folder's other tests are
//! `bvm-tests`.)

use bvm::{Plan, Refusal, State, Value};

mod by_hand;

use by_hand::{SPIN, by_hand, done, outcome, run_all, started, state};

#[test]
fn guests_find_each_other_by_name() {
    let supervisor = by_hand();
    let source =
        "local n = task.receive() task.send(task.find('second'), n + 1) return task.receive()";
    let first = supervisor.create(Plan::source(source, "=first"));
    let first = first.expect("room");
    let source = "task.send(task.find('first'), 1) local n = task.receive()
        task.send(task.find('first'), n + 1) return n, task.find('second') == task.self()";
    let second = supervisor.create(Plan::source(source, "=second"));
    let second = second.expect("room");
    for (id, name) in [(first, "first"), (second, "second")] {
        supervisor.name(id, name).expect("a name of its own");
        supervisor.start(id).expect("a good program");
        assert_eq!(supervisor.find(name), Some(id));
        assert_eq!(
            supervisor.info(id).expect("a guest").name.as_deref(),
            Some(name)
        );
    }
    run_all(&supervisor);
    assert_eq!(outcome(&supervisor, first), done([Value::Number(3.0)]));
    let expected = [Value::Number(2.0), Value::Bool(true)];
    assert_eq!(outcome(&supervisor, second), done(expected));
}

#[test]
fn who_is_not_there_is_not_found() {
    let supervisor = by_hand();
    let ended = started(&supervisor, Plan::source("return 1", "=ended"));
    supervisor.name(ended, "ended").expect("a name of its own");
    let gone = started(&supervisor, Plan::source("return 1", "=gone"));
    supervisor.name(gone, "gone").expect("a name of its own");
    run_all(&supervisor);
    supervisor.destroy(gone).expect("it has ended");
    let source = "local function why(...) return (select(2, ...)) end
        task.monitor(task.find('ended'))
        return why(task.find('gone')), why(task.find('\\255')), why(task.send(task.find('ended'), 1)),
            task.receive().reason, pcall(task.find)";
    let id = started(&supervisor, Plan::source(source, "=asks"));
    run_all(&supervisor);
    let none = || Value::from("no such guest");
    let expected = [
        none(),
        none(),
        none(),
        Value::from("gone"),
        Value::Bool(false),
        Value::from("bad argument #1 to '?' (string expected, got no value)"),
    ];
    assert_eq!(outcome(&supervisor, id), done(expected));
    assert_eq!(supervisor.find("gone"), None);
}

#[test]
fn a_name_is_of_one_guest_until_that_is_gone() {
    let supervisor = by_hand();
    let create = |source| {
        let plan = Plan::source(source, "=named").forgotten();
        supervisor.create(plan).expect("room")
    };
    let (a, b) = (create("task.receive()"), create(SPIN));
    supervisor.name(a, "x").expect("a name of its own");
    supervisor.name(a, "x").expect("it has it already");
    let taken = supervisor.name(b, "x").expect_err("another guest has it");
    assert_eq!(taken, Refusal::NameTaken("x".into()));
    assert_eq!(taken.to_string(), "another guest has the name 'x'");
    supervisor.name(a, "y").expect("a name of its own");
    supervisor.name(b, "x").expect("nobody has it any more");
    assert_eq!(
        (supervisor.find("x"), supervisor.find("y")),
        (Some(b), Some(a))
    );
    // It keeps the name when it is started again, and its copies have none.
    supervisor.start(a).expect("a good program");
    run_all(&supervisor);
    let copy = supervisor.clone_guest(a).expect("room");
    assert_eq!(supervisor.info(copy).expect("a guest").name, None);
    supervisor.reset(a).expect("it waits");
    assert_eq!(supervisor.find("y"), Some(a));
    supervisor.kill(a).expect("it runs");
    assert_eq!(supervisor.find("y"), None, "it is forgotten");
    assert_eq!(supervisor.name(a, "z"), Err(Refusal::NoSuchGuest(a)));
    supervisor.name(copy, "y").expect("nobody has it any more");
    assert_eq!(state(&supervisor, b), State::Defined);
}
