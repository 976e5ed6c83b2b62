//! What the life of a guest is like: its program, and what comes of verbs, turns, limits and other guests' ends. Must not
//! ask the supervisor.

use bvm::{
    Act, Answer, Fuel, Id, Limits, OnCrash, OnLimit, Pause, Plan, Refusal, Request, State, Wait,
};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Program {
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
    /// Takes messages, too, and links itself to the guests that they name.
    Link,
    /// Sleeps for longer than anybody waits.
    Sleep,
    /// Asks its host, which answers later.
    Ask,
    /// Its host panics.
    Panic,
    /// Wants more memory than it may have.
    Fill(OnLimit),
    /// Halts, and is forgotten then.
    Forgotten,
}

pub const PROGRAMS: [Program; 17] = [
    Program::Spin(OnLimit::Pause),
    Program::Spin(OnLimit::Kill),
    Program::Spin(OnLimit::Restart(2)),
    Program::Free,
    Program::Halt,
    Program::Crash(OnCrash::Report),
    Program::Crash(OnCrash::Restart(2)),
    Program::Broken,
    Program::Take,
    Program::Link,
    Program::Sleep,
    Program::Ask,
    Program::Panic,
    Program::Fill(OnLimit::Pause),
    Program::Fill(OnLimit::Kill),
    Program::Fill(OnLimit::Restart(2)),
    Program::Forgotten,
];

/// The fuel of a turn.
pub const TURN: i64 = 20_000;
const BUDGET: i64 = 50_000;
/// With this many the budget is never a multiple of a turn.
pub const REFILL: i64 = 60_000;

impl Program {
    fn source(self) -> &'static str {
        match self {
            Program::Spin(_) | Program::Free => "while true do end",
            Program::Halt | Program::Forgotten => "return 1",
            Program::Crash(_) => "error('no')",
            Program::Broken => "if",
            Program::Take => "while true do task.receive() end",
            Program::Link => {
                "while true do local id = task.receive() if id then task.link(id) end end"
            }
            Program::Sleep => "task.sleep(1e9)",
            Program::Ask => "while true do os.time() end",
            Program::Panic => "os.time()",
            // More than it has and is lent, and paid for by one turn.
            Program::Fill(_) => "local s = ('x'):rep(800000)",
        }
    }

    /// Its limits; those of one that is in a hurry leave it no time at all.
    pub fn limits(self, is_hurried: bool) -> Limits {
        let mut limits = Limits {
            deadline: is_hurried.then_some(Duration::ZERO),
            on_deadline: self.at_deadline(),
            ..Limits::default()
        };
        match self {
            Program::Spin(on_fuel) => {
                limits.fuel = Fuel::Units(BUDGET as u64);
                limits.on_fuel = on_fuel;
            }
            Program::Crash(on_crash) => limits.on_crash = on_crash,
            Program::Fill(on_memory) => {
                limits.memory = Some(256 << 10);
                limits.on_memory = Some(on_memory);
            }
            _ => {}
        }
        limits
    }

    /// What happens when its time is over.
    fn at_deadline(self) -> OnLimit {
        match self {
            Program::Spin(policy) => policy,
            Program::Take | Program::Sleep | Program::Ask => OnLimit::Pause,
            _ => OnLimit::Kill,
        }
    }

    pub fn plan(self) -> Plan {
        let panics = self == Program::Panic;
        let host = move |_: Id| {
            move |_: &Request| match panics {
                true => panic!("as it should"),
                false => Answer::Later,
            }
        };
        let plan = Plan::source(self.source(), "=life").limits(self.limits(false));
        let plan = plan.host(host);
        match self {
            Program::Fill(_) => plan.guest(|guest| guest.end_at_memory()),
            Program::Forgotten => plan.forgotten(),
            _ => plan,
        }
    }
}

/// What the model knows of a guest.
#[derive(Debug, Clone)]
pub struct Model {
    pub program: Program,
    pub state: State,
    /// What its program waits for, whatever the guest does.
    blocked: Option<Wait>,
    inbox: u32,
    left: i64,
    /// Whether its limits leave it no time, and since when its time is over then.
    is_hurried: bool,
    pub late_since: Option<Instant>,
    /// By policies: since a verb started it, and in all.
    restarts: u32,
    pub all_restarts: u64,
    /// How many of its lives are over.
    pub lives: u64,
    /// Who ends with it, in which life.
    pub watchers: Vec<(Id, u64)>,
    /// Those of them that are still to end.
    pub told: Vec<(Id, u64)>,
    /// The guest that it links itself to in its next turn.
    pub link: Option<Id>,
    pub changes: Vec<(State, State, Act)>,
}

/// What a verb comes to.
#[derive(Debug, PartialEq)]
pub enum Said {
    Done,
    Invalid,
    NotStarted,
    NothingAsked,
    Gone,
    Other(String),
}

impl Said {
    pub fn of<T>(result: Result<T, Refusal>) -> Said {
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
    pub fn new(program: Program) -> Model {
        let mut model = Model {
            program,
            state: State::Gone,
            blocked: None,
            inbox: 0,
            left: BUDGET,
            is_hurried: false,
            late_since: None,
            restarts: 0,
            all_restarts: 0,
            lives: 0,
            watchers: Vec::new(),
            told: Vec::new(),
            link: None,
            changes: Vec::new(),
        };
        model.go(Act::Create, State::Defined);
        model
    }

    fn go(&mut self, act: Act, state: State) {
        self.changes.push((self.state, state, act));
        self.state = state;
        if !state.is_end() {
            return;
        }
        self.mourn(state);
        if state != State::Gone && self.program == Program::Forgotten {
            self.go(Act::Destroy, State::Gone);
        }
    }

    /// A life is over: those that are linked to it end with it, unless it has halted.
    fn mourn(&mut self, state: State) {
        self.lives += 1;
        let watchers = std::mem::take(&mut self.watchers);
        if state != State::Halted {
            self.told.extend(watchers);
        }
    }

    fn is_live(&self) -> bool {
        matches!(
            self.state,
            State::Running | State::Waiting(_) | State::Paused(_)
        )
    }

    fn has_ended(&self) -> bool {
        self.state.is_end() && self.state != State::Gone
    }

    fn begin(&mut self, act: Act) -> Said {
        if act != Act::Restart {
            self.restarts = 0;
        }
        if self.state != State::Defined {
            self.mourn(State::Killed);
        }
        if self.program == Program::Broken {
            self.go(act, State::Failed);
            return Said::NotStarted;
        }
        // What was sent before it was started for the first time it still gets.
        if self.state != State::Defined {
            self.inbox = 0;
        }
        self.blocked = None;
        self.link = None;
        self.left = BUDGET;
        self.late_since = self.is_hurried.then(Instant::now);
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

    pub fn turn(&mut self) {
        match self.program {
            Program::Free => {}
            Program::Halt | Program::Forgotten => self.go(Act::Finish, State::Halted),
            Program::Crash(policy) => {
                self.go(Act::Crash, State::Crashed);
                if let OnCrash::Restart(most) = policy {
                    self.again(most);
                }
            }
            Program::Take | Program::Link => {
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
            Program::Fill(policy) => self.limit(Act::Fill, Pause::Memory, policy),
            Program::Spin(policy) => {
                let used = self.left.clamp(0, TURN);
                self.left -= used;
                if used < TURN {
                    self.limit(Act::Exhaust, Pause::Fuel, policy);
                }
            }
        }
    }

    fn limit(&mut self, act: Act, pause: Pause, policy: OnLimit) {
        match policy {
            OnLimit::Pause => self.go(act, State::Paused(pause)),
            OnLimit::Kill => self.go(act, State::Killed),
            OnLimit::Restart(most) => {
                self.go(act, State::Killed);
                self.again(most);
            }
        }
    }

    /// Whether its time ends it as soon as somebody looks.
    pub fn is_late(&self) -> bool {
        let runs = matches!(self.state, State::Running | State::Waiting(_));
        self.late_since.is_some() && runs
    }

    /// Its time is over.
    pub fn expire(&mut self) {
        let policy = self.program.at_deadline();
        self.limit(Act::Expire, Pause::Deadline, policy);
    }

    /// A guest that it was linked to in a life has ended.
    pub fn follow(&mut self, life: u64) {
        let may = self.is_live() || self.state == State::Saved;
        if may && life == self.lives {
            self.go(Act::Follow, State::Killed);
        }
    }

    pub fn start(&mut self) -> Said {
        match self.has_ended() || self.state == State::Defined {
            true => self.begin(Act::Start),
            false => Said::Invalid,
        }
    }

    pub fn reset(&mut self) -> Said {
        match self.state == State::Defined {
            true => Said::Invalid,
            false => self.begin(Act::Reset),
        }
    }

    pub fn pause(&mut self) -> Said {
        let may = matches!(self.state, State::Running | State::Waiting(_));
        self.if_may(may, Act::Pause, State::Paused(Pause::User))
    }

    pub fn resume(&mut self) -> Said {
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

    pub fn kill(&mut self) -> Said {
        let may = self.is_live() || matches!(self.state, State::Saved | State::Stuck);
        self.if_may(may, Act::Kill, State::Killed)
    }

    pub fn save(&mut self) -> Said {
        self.if_may(self.is_live(), Act::Save, State::Saved)
    }

    pub fn restore(&mut self) -> Said {
        let is_saved = self.state == State::Saved;
        self.if_may(is_saved, Act::Restore, State::Paused(Pause::Restored))
    }

    pub fn destroy(&mut self) -> Said {
        let may = self.has_ended() || matches!(self.state, State::Defined | State::Saved);
        self.if_may(may, Act::Destroy, State::Gone)
    }

    pub fn send(&mut self) -> Said {
        let has_inbox = self.is_live() || matches!(self.state, State::Defined | State::Saved);
        if !has_inbox {
            return Said::Invalid;
        }
        self.inbox += 1;
        self.take();
        Said::Done
    }

    pub fn answer(&mut self) -> Said {
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

    pub fn refuel(&mut self) -> Said {
        self.left += REFILL;
        Said::Done
    }

    /// Its limits are set anew, and leave it no time.
    pub fn hurry(&mut self) -> Said {
        self.left = BUDGET;
        self.is_hurried = true;
        self.late_since = Some(Instant::now());
        Said::Done
    }

    /// The clone, if there may be one.
    pub fn copy(&self) -> Option<Model> {
        let mut copy = Model::new(self.program);
        copy.go(Act::Clone, State::Paused(Pause::Cloned));
        copy.blocked = self.blocked;
        copy.link = self.link;
        copy.is_hurried = self.is_hurried;
        copy.late_since = self.is_hurried.then(Instant::now);
        self.is_live().then_some(copy)
    }
}
