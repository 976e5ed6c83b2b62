//! The life of guests against a model of it: random verbs and turns, and after each the same states, the same
//! refusals, and exactly one event for each change. The model (`life/model.rs`) knows what the programs do, not how.

use bvm::{Act, Event, Events, Id, OnCrash, State, Supervisor, Value, Wait, Word};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[path = "life/model.rs"]
mod model;

use model::{Model, PROGRAMS, Program, REFILL, Said, TURN};

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
    /// Leaves a guest no time.
    Hurry,
    /// Makes a guest that waits for that link itself to one, or to itself.
    Link,
}

/// The place of a program in the list. Every fourth guest links itself to others, which is to meet all of them.
fn program() -> impl Strategy<Value = usize> {
    let is_link = |program: &Program| *program == Program::Link;
    let link = PROGRAMS.iter().position(is_link).expect("listed");
    prop_oneof![3 => 0..PROGRAMS.len(), 1 => Just(link)]
}

fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        1 => program().prop_map(Verb::Create),
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
        1 => Just(Verb::Hurry),
        6 => Just(Verb::Link),
    ]
}

/// A supervisor beside the model of it.
struct Pair {
    real: Supervisor,
    events: Events,
    models: BTreeMap<Id, Model>,
    /// What has happened so far.
    acts: BTreeSet<String>,
}

impl Pair {
    fn new() -> Pair {
        let real = Supervisor::builder().threads(0).slice(TURN as u64).build();
        Pair {
            events: real.events(10_000),
            real,
            models: BTreeMap::new(),
            acts: BTreeSet::new(),
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
            Verb::Link => self.link(self.pick(pick)),
            _ => self.say(verb, self.pick(pick)),
        }
        self.follow();
        self.compare();
    }

    fn pick(&self, pick: usize) -> Id {
        let mut all = self.models.keys();
        *all.nth(pick % self.models.len()).expect("one")
    }

    /// Tells a guest that waits for it, if there is one, whom to link itself to.
    fn link(&mut self, other: Id) {
        let waits = |model: &Model| {
            model.program == Program::Link && model.state == State::Waiting(Wait::Receive)
        };
        if let Some((id, model)) = self.models.iter_mut().find(|(_, model)| waits(model)) {
            let number = Value::Number(other.number() as f64);
            assert_eq!(Said::of(self.real.send(*id, &number)), model.send());
            model.link = Some(other);
        }
    }

    /// Lets the model give a turn to whomever the supervisor has given it to.
    fn turn(&mut self) {
        let turns = |pair: &Pair| -> BTreeMap<Id, u64> {
            let all = pair.real.list().into_iter();
            all.map(|info| (info.id, info.counters.turns)).collect()
        };
        self.ring();
        let before = turns(self);
        let had_work = self.real.step();
        let after = turns(self);
        // Nobody else is given one in this step, so who is gone has had it only if nobody who is there has.
        let has_had = |id: &&Id| after.contains_key(id) && after.get(id) != before.get(id);
        let was_gone = |id: &&Id| !after.contains_key(id) && self.is_running(id);
        let given = before
            .keys()
            .find(has_had)
            .or_else(|| before.keys().find(was_gone));
        if let Some(id) = given.copied() {
            assert!(had_work && self.is_running(&id), "{id} has had a turn");
            self.give_turn(id);
        }
    }

    fn is_running(&self, id: &Id) -> bool {
        self.models.get(id).map(|model| model.state) == Some(State::Running)
    }

    fn give_turn(&mut self, id: Id) {
        let model = self.models.get_mut(&id).expect("known");
        let life = model.lives;
        model.turn();
        if let Some(other) = model.link.take().filter(|other| *other != id) {
            let partner = self.models.get_mut(&other).expect("known");
            match partner.state.is_end() {
                true => self.models.get_mut(&id).expect("known").follow(life),
                false => {
                    partner.watchers.push((id, life));
                    let life = partner.lives;
                    let model = self.models.get_mut(&id).expect("known");
                    model.watchers.push((other, life));
                }
            }
        }
        // Time is looked at when the slice is over; a life that began after it is not meant.
        let model = self.models.get_mut(&id).expect("known");
        if model.lives == life && model.is_late() {
            model.expire();
        }
    }

    /// Ends the time of those whose time is over, in the order in which it has ended.
    fn ring(&mut self) {
        let late = self.models.iter().filter(|(_, model)| model.is_late());
        let mut late: Vec<_> = late.map(|(id, model)| (model.late_since, *id)).collect();
        late.sort_unstable();
        for (since, id) in late {
            let model = self.models.get_mut(&id).expect("known");
            // It may have ended by what others' ends mean for it.
            if model.is_late() && model.late_since == since {
                model.expire();
            }
            self.follow();
        }
    }

    /// Lets guests end with those that they are linked to.
    fn follow(&mut self) {
        loop {
            let told = self
                .models
                .values_mut()
                .flat_map(|model| model.told.drain(..));
            let told: Vec<(Id, u64)> = told.collect();
            if told.is_empty() {
                return;
            }
            for (id, life) in told {
                self.models.get_mut(&id).expect("known").follow(life);
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
            Verb::Hurry => {
                let limits = model.program.limits(true);
                (Said::of(real.set_limits(id, limits)), model.hurry())
            }
            Verb::Create(_) | Verb::Turn | Verb::Link => return,
        };
        assert_eq!(said, expected, "{verb:?} of {id}, which was {was}");
    }

    fn compare(&mut self) {
        let mut told: BTreeMap<Id, Vec<(State, State, Act)>> = BTreeMap::new();
        while let Some(Event { guest, change, .. }) = self.events.try_next() {
            let changes = told.entry(guest).or_default();
            changes.push((change.old, change.new, change.cause));
            self.acts.insert(format!("{:?}", change.cause));
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

/// Runs random verbs on some guests; gives what has happened to them.
fn live(programs: Vec<usize>, verbs: Vec<(Verb, usize)>) -> BTreeSet<String> {
    let mut pair = Pair::new();
    for (pick, program) in programs.into_iter().enumerate() {
        pair.apply(Verb::Create(program), 0);
        pair.apply(Verb::Start, pick);
    }
    for (verb, pick) in verbs {
        pair.apply(verb, pick);
    }
    pair.acts
}

#[test]
fn guests_live_as_the_model_says() {
    let programs = prop::collection::vec(program(), 1..4);
    let verbs = prop::collection::vec((verb(), 0..3usize), 1..100);
    let config = ProptestConfig::with_cases(2000);
    let mut runner = TestRunner::new(ProptestConfig {
        source_file: Some(file!()),
        ..config
    });
    let acts = RefCell::new(BTreeSet::new());
    let run = runner.run(&(programs, verbs), |(programs, verbs)| {
        acts.borrow_mut().append(&mut live(programs, verbs));
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    // What changes a state, and what has changed one.
    let changing = Act::TABLE.iter().filter(|(_, _, _, to)| !to.is_empty());
    let expected: BTreeSet<String> = changing.map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(acts.into_inner(), expected, "not all has been tried");
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
