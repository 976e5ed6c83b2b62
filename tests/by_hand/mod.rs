//! What tests of supervisors that run nothing by themselves have in common. (This folder belongs to the package `bvm`; the
//! tests that share it are files beside it.)

use bvm::{Id, Outcome, Plan, State, Supervisor, Value};

/// Runs nothing by itself, and does not wait for time.
pub fn by_hand() -> Supervisor {
    Supervisor::builder().threads(0).virtual_time().build()
}

/// Until nobody can do anything.
pub fn run_all(supervisor: &Supervisor) {
    while supervisor.step() {}
}

/// A guest that is made and started.
pub fn started(supervisor: &Supervisor, plan: Plan) -> Id {
    let id = supervisor.create(plan).expect("room");
    supervisor.start(id).expect("a good program");
    id
}

/// What a guest does.
pub fn state(supervisor: &Supervisor, id: Id) -> State {
    supervisor.info(id).expect("a guest").state
}

/// How a guest has ended, if it has.
pub fn outcome(supervisor: &Supervisor, id: Id) -> Option<Outcome> {
    supervisor.info(id).expect("a guest").outcome
}

/// The outcome of a guest that has returned these values.
pub fn done(values: impl Into<Vec<Value>>) -> Option<Outcome> {
    Some(Outcome::Done(values.into()))
}

/// A program that never ends.
pub const SPIN: &str = "while true do end";
