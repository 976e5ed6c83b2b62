//! The life of guests against a model of it: random verbs and turns, and after each the same states, the same
//! refusals, and exactly one event for each change. The model knows what the programs do, not how.

use bvm::{
    Act, Answer, Event, Events, Fuel, Id, Limits, OnCrash, OnLimit, Pause, Plan, Refusal, Request,
    State, Supervisor, Value, Wait, Word,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Program {
    /// Runs for ever; fuel for two turns and a half.
    Spin(OnLimit),
    /// Runs for ever with all fuel.
    Free,
    Halt,
    /// Fails.
    Crash(OnCrash),
    /// Is no Lua.
    Broken,
    /// Takes messages for ever.
    Take,
    /// Sleeps for longer than anybody waits.
    Sleep,
    /// Asks its host, which answers later.
    Ask,
    /// Its host panics.
    Panic,
    /// Halts, and is forgotten then.
    Forgotten,
}

const PROGRAMS: [Program; 13] = [
    Program::Spin(OnLimit::Pause),
    Program::Spin(OnLimit::Kill),
    Program::Spin(OnLimit::Restart(2)),
    Program::Free,
    Program::Halt,
    Program::Crash(OnCrash::Report),
    Program::Crash(OnCrash::Restart(2)),
    Program::Broken,
    Program::Take,
    Program::Sleep,
    Program::Ask,
    Program::Panic,
    Program::Forgotten,
];

/// The fuel of a turn.
const TURN: i64 = 20_000;
const BUDGET: i64 = 50_000;
/// With this many the budget is never a multiple of a turn.
const REFILL: i64 = 60_000;

impl Program {
    fn plan(self) -> Plan {
        let source = match self {
            Program::Spin(_) | Program::Free => "while true do end",
            Program::Halt | Program::Forgotten => "return 1",
            Program::Crash(_) => "error('no')",
            Program::Broken => "if",
            Program::Take => "while true do task.receive() end",
            Program::Sleep => "task.sleep(1e9)",
            Program::Ask => "while true do os.time() end",
            Program::Panic => "os.time()",
        };
        let mut limits = Limits::default();
        match self {
            Program::Spin(on_fuel) => {
                limits.fuel = Fuel::Units(BUDGET as u64);
                limits.on_fuel = on_fuel;
            }
            Program::Crash(on_crash) => limits.on_crash = on_crash,
            _ => {}
        }
        let panics = self == Program::Panic;
        let host = move |_: Id| {
            move |_: &Request| match panics {
                true => panic!("as it should"),
                false => Answer::Later,
            }
        };
        let plan = Plan::source(source, "=life").limits(limits).host(host);
        match self {
            Program::Forgotten => plan.forgotten(),
            _ => plan,
        }
    }
}

/// What the model knows of a guest.
#[derive(Debug, Clone)]
struct Model {
    program: Program,
    state: State,
    /// What its program waits for, whatever the guest does.
    blocked: Option<Wait>,
    inbox: u32,
    left: i64,
    /// By policies: since a verb started it, and in all.
    restarts: u32,
    all_restarts: u64,
    changes: Vec<(State, State, Act)>,
}

/// What a verb comes to.
#[derive(Debug, PartialEq)]
enum Said {
    Done,
    Invalid,
    NotStarted,
    NothingAsked,
    Gone,
    Other(String),
}

impl Said {
    fn of<T>(result: Result<T, Refusal>) -> Said {
        match result {
            Ok(_) => Said::Done,
            Err(Refusal::InvalidState(_)) => Said::Invalid,
            Err(Refusal::NotStarted(_)) => Said::NotStarted,
            Err(Refusal::NothingAsked(_)) => Said::NothingAsked,
            Err(Refusal::NoSuchGuest(_)) => Said::Gone,
            Err(other) => Said::Other(other.to_string()),
        }
    }
}

impl Model {
    fn new(program: Program) -> Model {
        let mut model = Model {
            program,
            state: State::Gone,
            blocked: None,
            inbox: 0,
            left: BUDGET,
            restarts: 0,
            all_restarts: 0,
            changes: Vec::new(),
        };
        model.go(Act::Create, State::Defined);
        model
    }

    fn go(&mut self, act: Act, state: State) {
        self.changes.push((self.state, state, act));
        self.state = state;
        let ended = matches!(
            state,
            State::Halted | State::Crashed | State::Killed | State::Failed
        );
        if ended && self.program == Program::Forgotten {
            self.go(Act::Destroy, State::Gone);
        }
    }

    fn is_live(&self) -> bool {
        matches!(
            self.state,
            State::Running | State::Waiting(_) | State::Paused(_)
        )
    }

    fn has_ended(&self) -> bool {
        matches!(
            self.state,
            State::Halted | State::Crashed | State::Killed | State::Failed
        )
    }

    fn begin(&mut self, act: Act) -> Said {
        if act != Act::Restart {
            self.restarts = 0;
        }
        if self.program == Program::Broken {
            self.go(act, State::Failed);
            return Said::NotStarted;
        }
        self.blocked = None;
        self.inbox = 0;
        self.left = BUDGET;
        self.go(act, State::Running);
        Said::Done
    }

    fn again(&mut self, most: u32) {
        if self.restarts < most {
            self.restarts += 1;
            self.all_restarts += 1;
            self.begin(Act::Restart);
        }
    }

    fn wait(&mut self, act: Act) {
        if let Some(wait) = self.blocked {
            self.go(act, State::Waiting(wait));
            self.take();
        }
    }

    /// Takes a message out of the inbox.
    fn take(&mut self) {
        if self.state == State::Waiting(Wait::Receive) && self.inbox > 0 {
            self.inbox -= 1;
            self.blocked = None;
            self.go(Act::Wake, State::Running);
        }
    }

    fn turn(&mut self) {
        match self.program {
            Program::Free => {}
            Program::Halt | Program::Forgotten => self.go(Act::Finish, State::Halted),
            Program::Crash(policy) => {
                self.go(Act::Crash, State::Crashed);
                if let OnCrash::Restart(most) = policy {
                    self.again(most);
                }
            }
            Program::Take => {
                self.inbox = 0;
                self.blocked = Some(Wait::Receive);
                self.wait(Act::Block);
            }
            Program::Sleep => {
                self.blocked = Some(Wait::Timer);
                self.wait(Act::Block);
            }
            Program::Ask => {
                self.blocked = Some(Wait::Hypercall);
                self.wait(Act::Block);
            }
            Program::Panic => self.go(Act::Break, State::Stuck),
            Program::Broken => panic!("it never runs"),
            Program::Spin(policy) => {
                let used = self.left.clamp(0, TURN);
                self.left -= used;
                if used < TURN {
                    self.exhaust(policy);
                }
            }
        }
    }

    fn exhaust(&mut self, policy: OnLimit) {
        match policy {
            OnLimit::Pause => self.go(Act::Exhaust, State::Paused(Pause::Fuel)),
            OnLimit::Kill => self.go(Act::Exhaust, State::Killed),
            OnLimit::Restart(most) => {
                self.go(Act::Exhaust, State::Killed);
                self.again(most);
            }
        }
    }

    fn start(&mut self) -> Said {
        match self.has_ended() || self.state == State::Defined {
            true => self.begin(Act::Start),
            false => Said::Invalid,
        }
    }

    fn reset(&mut self) -> Said {
        match self.state == State::Defined {
            true => Said::Invalid,
            false => self.begin(Act::Reset),
        }
    }

    fn pause(&mut self) -> Said {
        let may = matches!(self.state, State::Running | State::Waiting(_));
        self.if_may(may, Act::Pause, State::Paused(Pause::User))
    }

    fn resume(&mut self) -> Said {
        if !matches!(self.state, State::Paused(_)) {
            return Said::Invalid;
        }
        match self.blocked {
            Some(_) => self.wait(Act::Resume),
            None => self.go(Act::Resume, State::Running),
        }
        Said::Done
    }

    fn if_may(&mut self, may: bool, act: Act, state: State) -> Said {
        if may {
            self.go(act, state);
            return Said::Done;
        }
        Said::Invalid
    }

    fn kill(&mut self) -> Said {
        let may = self.is_live() || matches!(self.state, State::Saved | State::Stuck);
        self.if_may(may, Act::Kill, State::Killed)
    }

    fn save(&mut self) -> Said {
        self.if_may(self.is_live(), Act::Save, State::Saved)
    }

    fn restore(&mut self) -> Said {
        let is_saved = self.state == State::Saved;
        self.if_may(is_saved, Act::Restore, State::Paused(Pause::Restored))
    }

    fn destroy(&mut self) -> Said {
        let may = self.has_ended() || matches!(self.state, State::Defined | State::Saved);
        self.if_may(may, Act::Destroy, State::Gone)
    }

    fn send(&mut self) -> Said {
        if !self.is_live() && self.state != State::Saved {
            return Said::Invalid;
        }
        self.inbox += 1;
        self.take();
        Said::Done
    }

    fn answer(&mut self) -> Said {
        match (self.state, self.blocked) {
            (State::Waiting(_) | State::Paused(_), Some(Wait::Hypercall)) => {
                self.blocked = None;
                if self.state == State::Waiting(Wait::Hypercall) {
                    self.go(Act::Wake, State::Running);
                }
                Said::Done
            }
            (State::Waiting(_) | State::Paused(_), _) => Said::NothingAsked,
            _ => Said::Invalid,
        }
    }

    fn refuel(&mut self) -> Said {
        self.left += REFILL;
        Said::Done
    }

    /// The clone, if there may be one.
    fn copy(&self) -> Option<Model> {
        let mut copy = Model::new(self.program);
        copy.go(Act::Clone, State::Paused(Pause::Cloned));
        copy.blocked = self.blocked;
        self.is_live().then_some(copy)
    }
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Create(usize),
    Turn,
    Start,
    Reset,
    Pause,
    Resume,
    Kill,
    Save,
    Restore,
    Clone,
    Destroy,
    Send,
    Answer,
    Refuel,
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        1 => (0..PROGRAMS.len()).prop_map(Verb::Create),
        12 => Just(Verb::Turn),
        5 => Just(Verb::Start),
        1 => Just(Verb::Reset),
        2 => Just(Verb::Pause),
        3 => Just(Verb::Resume),
        1 => Just(Verb::Kill),
        2 => Just(Verb::Save),
        2 => Just(Verb::Restore),
        1 => Just(Verb::Clone),
        1 => Just(Verb::Destroy),
        3 => Just(Verb::Send),
        2 => Just(Verb::Answer),
        2 => Just(Verb::Refuel),
    ]
}

/// A supervisor beside the model of it.
struct Pair {
    real: Supervisor,
    events: Events,
    models: BTreeMap<Id, Model>,
}

impl Pair {
    fn new() -> Pair {
        let real = Supervisor::builder().threads(0).slice(TURN as u64).build();
        Pair {
            events: real.events(10_000),
            real,
            models: BTreeMap::new(),
        }
    }

    fn apply(&mut self, verb: Verb, pick: usize) {
        match verb {
            Verb::Create(program) => {
                let id = self.real.create(PROGRAMS[program].plan()).expect("room");
                self.models.insert(id, Model::new(PROGRAMS[program]));
            }
            Verb::Turn => self.turn(),
            _ if self.models.is_empty() => {}
            _ => {
                let id = *self
                    .models
                    .keys()
                    .nth(pick % self.models.len())
                    .expect("one");
                self.say(verb, id);
            }
        }
        self.compare();
    }

    /// Lets the model give a turn to whomever the supervisor has given it to.
    fn turn(&mut self) {
        let turns = |pair: &Pair| -> BTreeMap<Id, u64> {
            let all = pair.real.list().into_iter();
            all.map(|info| (info.id, info.counters.turns)).collect()
        };
        let before = turns(self);
        let had_work = self.real.step();
        let after = turns(self);
        for (id, model) in &mut self.models {
            // A guest that is forgotten has had a turn before.
            if after.get(id) != before.get(id) && before.contains_key(id) {
                assert_eq!(model.state, State::Running, "{id} has had a turn");
                assert!(had_work);
                model.turn();
            }
        }
    }

    fn say(&mut self, verb: Verb, id: Id) {
        let real = &self.real;
        let model = self.models.get_mut(&id).expect("known");
        let was = model.state;
        if was == State::Gone {
            assert_eq!(Said::of(real.pause(id)), Said::Gone);
            return;
        }
        let (said, expected) = match verb {
            Verb::Start => (Said::of(real.start(id)), model.start()),
            Verb::Reset => (Said::of(real.reset(id)), model.reset()),
            Verb::Pause => (Said::of(real.pause(id)), model.pause()),
            Verb::Resume => (Said::of(real.resume(id)), model.resume()),
            Verb::Kill => (Said::of(real.kill(id)), model.kill()),
            Verb::Save => (Said::of(real.save(id)), model.save()),
            Verb::Restore => (Said::of(real.restore(id)), model.restore()),
            Verb::Destroy => (Said::of(real.destroy(id)), model.destroy()),
            Verb::Send => (Said::of(real.send(id, &Value::Nil)), model.send()),
            Verb::Answer => {
                let time = Ok(vec![Word::Int(1)]);
                (Said::of(real.answer(id, time)), model.answer())
            }
            Verb::Refuel => (Said::of(real.refuel(id, REFILL as u64)), model.refuel()),
            Verb::Clone => {
                let (copy, expected) = (real.clone_guest(id), model.copy());
                assert_eq!(copy.is_ok(), expected.is_some(), "a clone of {was}");
                if let (Ok(copy), Some(expected)) = (copy, expected) {
                    self.models.insert(copy, expected);
                }
                return;
            }
            Verb::Create(_) | Verb::Turn => return,
        };
        assert_eq!(said, expected, "{verb:?} of {id}, which was {was}");
    }

    fn compare(&mut self) {
        let mut told: BTreeMap<Id, Vec<(State, State, Act)>> = BTreeMap::new();
        while let Some(Event { guest, change, .. }) = self.events.try_next() {
            let changes = told.entry(guest).or_default();
            changes.push((change.old, change.new, change.cause));
        }
        for (id, model) in &mut self.models {
            let expected = std::mem::take(&mut model.changes);
            let told = told.remove(id).unwrap_or_default();
            assert_eq!(told, expected, "events of {id}, {:?}", model.program);
            match self.real.info(*id) {
                Ok(info) => {
                    assert_eq!(info.state, model.state);
                    assert_eq!(info.counters.restarts, model.all_restarts);
                }
                Err(_) => assert_eq!(model.state, State::Gone),
            }
        }
        assert!(told.is_empty(), "events of unknown guests");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn guests_live_as_the_model_says(
        programs in prop::collection::vec(0..PROGRAMS.len(), 1..4),
        verbs in prop::collection::vec((verb(), 0..3usize), 1..100),
    ) {
        let mut pair = Pair::new();
        for (pick, program) in programs.into_iter().enumerate() {
            pair.apply(Verb::Create(program), 0);
            pair.apply(Verb::Start, pick);
        }
        for (verb, pick) in verbs {
            pair.apply(verb, pick);
        }
    }
}

/// Does something to a guest, whatever comes of it.
fn meddle(supervisor: &Supervisor, id: Id, what: u32) {
    match what % 10 {
        0 => drop(supervisor.pause(id)),
        1 | 2 => drop(supervisor.resume(id)),
        3 => drop(supervisor.kill(id)),
        4 | 5 => drop(supervisor.start(id)),
        6 => drop(supervisor.save(id)),
        7 => drop(supervisor.restore(id)),
        8 => drop(supervisor.send(id, &Value::Nil)),
        _ => drop(supervisor.reset(id)),
    }
}

#[test]
fn events_of_many_threads_are_chains() {
    let supervisor = Supervisor::builder().threads(2).slice(1000).build();
    let events = supervisor.events(1 << 20);
    let programs = [
        Program::Free,
        Program::Take,
        Program::Halt,
        Program::Crash(OnCrash::Restart(5)),
    ];
    let guests: Vec<Id> = (0..8)
        .map(|i| supervisor.create(programs[i % 4].plan()).expect("room"))
        .collect();
    std::thread::scope(|scope| {
        for seed in 1..4u32 {
            let (supervisor, guests) = (&supervisor, &guests);
            scope.spawn(move || {
                let mut random = seed;
                for _ in 0..2000 {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let id = guests[(random >> 8) as usize % guests.len()];
                    meddle(supervisor, id, random >> 20);
                }
            });
        }
    });
    for id in &guests {
        let _ = supervisor.kill(*id);
    }
    std::thread::sleep(Duration::from_millis(20));
    let mut last: BTreeMap<Id, (State, u64)> = BTreeMap::new();
    while let Some(Event { guest, change, .. }) = events.try_next() {
        let (state, count) = last.entry(guest).or_insert((State::Gone, 0));
        assert_eq!(change.old, *state, "a change is missing before {change:?}");
        *state = change.new;
        *count += 1;
    }
    assert_eq!(events.dropped(), 0);
    for id in guests {
        let info = supervisor.info(id).expect("a guest");
        assert_eq!(last[&id], (info.state, info.counters.changes));
    }
}
