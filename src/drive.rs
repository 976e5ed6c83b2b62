//! Runs a guest together with the functions of its host: they are called while the body is free, and what they call
//! back runs here, one inside the other.

use crate::body::{Body, Log, State, Turn};
use crate::convert::words::{MOST, Words};
use crate::convert::{FromLuaMulti, IntoLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::guest::Exit;
use crate::handle::Function;
use crate::held::{Args, Given, Held, HostFunction, Target};
use crate::later::Later;
use crate::lower::Refused;
use crate::lua::Lua;
use crate::shared::Shared;
use crate::value::Value;
use bvm_vm::Cpu;
use bvm_vm::host::Mem;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Units of fuel that a call back is lent at once.
const LOAN: u64 = 10_000;

impl Lua {
    /// Adds `fuel` units and runs the started call until it ends, waits or stops.
    pub(crate) fn run(&self, fuel: u64) -> Result<Exit> {
        self.shared().alone(|| {
            let turn = self.shared().with(|body, shared| {
                Ok(match body.may_run(fuel)? {
                    Ok(Some(fuel)) => body.next_turn(shared, fuel),
                    Ok(None) => Turn::exit(Exit::OutOfFuel),
                    Err(exit) => Turn::exit(exit),
                })
            })?;
            self.run_from(turn)
        })
    }

    /// Runs on from a turn.
    fn run_from(&self, turn: Turn) -> Result<Exit> {
        let mut turn = turn;
        loop {
            turn = match turn {
                Turn::Exit(exit) => {
                    self.let_go()?;
                    return Ok(*exit);
                }
                Turn::Call(function, args) => match &function.target {
                    Target::Later(begin) => {
                        let values = args.map(|args| args.values).unwrap_or_default();
                        return self.begin_later(begin, values);
                    }
                    _ => self.go_on(Some(self.outcome(&function, args)))?,
                },
                // Nobody waits for what was called back: the machine would not have left for it.
                Turn::LetGo | Turn::Back(_) => self.go_on(None)?,
            };
        }
    }

    /// The next turn, after a function of the host that has returned, if one has.
    fn go_on(&self, outcome: Option<Result<Given>>) -> Result<Turn> {
        let mut released = None;
        let turn = self.shared().with(|body, shared| {
            if let Some(outcome) = outcome {
                body.served(shared, outcome);
            }
            if body.vm.has_released() {
                released = Some(Held::released(&mut body.vm));
            }
            Ok(body.next_turn(shared, 0))
        });
        // What a run has no use for any more must not wait for its end.
        drop(released);
        turn
    }

    /// Drops what the guest has no use for any more, with the body free: values of the host may do what they like
    /// when they are dropped.
    pub(crate) fn let_go(&self) -> Result<()> {
        let released = self
            .shared()
            .with(|body, _| Ok(Held::released(&mut body.vm)))?;
        drop(released);
        Ok(())
    }

    /// Calls a function of the host.
    fn outcome(&self, function: &HostFunction, args: Option<Box<Args>>) -> Result<Given> {
        let lua = self.without_owner();
        let cx = Cx::new(&lua);
        let called = self.inside(|| catch_unwind(AssertUnwindSafe(|| function.call(&cx, args))));
        called.unwrap_or_else(|panic| Err(Error::Panic(text_of(&*panic))))
    }

    /// Calls a function and runs it to its end, with arguments and results that go straight if they can.
    pub(crate) fn call<R: FromLuaMulti>(
        &self,
        function: &Function,
        args: impl IntoLuaMulti,
    ) -> Result<R> {
        let mut args = Some(args);
        let mut begun = Straight::default();
        self.call_straight(function, &mut args, &mut begun)?;
        if let Some(results) = begun.results {
            return Ok(results);
        }
        let args = args.ok_or(Error::Busy)?.into_lua_multi(self)?;
        self.as_results(self.call_now(function, args)?)
    }

    fn as_results<R: FromLuaMulti>(&self, values: MultiValue) -> Result<R> {
        R::from_lua_multi(values, self).map_err(Error::in_results)
    }

    /// The same when nothing is under way and the arguments go straight; otherwise nothing is done.
    #[inline]
    fn call_straight<A: IntoLuaMulti, R: FromLuaMulti>(
        &self,
        function: &Function,
        args: &mut Option<A>,
        begun: &mut Straight<R>,
    ) -> Result<()> {
        if A::WORDS > MOST {
            return Ok(());
        }
        let shared = self.shared();
        let begin = |begun: &mut Straight<R>, body: &mut Body, shared: &Arc<Shared>| {
            if body.goes_straight()
                && let Some(given) = args.take()
            {
                body.call_straight(shared, function, given, begun);
            }
        };
        shared.with_then(begun, begin, |begun| match begun.detour.take() {
            None => Ok(()),
            Some(detour) => {
                let values = match *detour {
                    Detour::Error(error) => return Err(error),
                    Detour::Values => shared.with(|body, shared| body.results(shared))?,
                    Detour::Turn(turn) => self.run_whole(turn)?,
                };
                begun.results = Some(self.as_results(values)?);
                Ok(())
            }
        })
    }

    /// Calls a function and runs it to its end: as a new call when nothing is under way, or back from the function of
    /// the host that runs.
    pub(crate) fn call_now(&self, function: &Function, args: MultiValue) -> Result<MultiValue> {
        let shared = self.shared();
        shared.alone(|| {
            let begun = shared.with(|body, shared| {
                let is_within = body.begin(shared, function, args)?;
                Ok(body.first_turn(shared, is_within))
            })?;
            match begun {
                Begun::Done(values) => Ok(values),
                Begun::Whole(turn) => self.run_whole(turn),
                Begun::Back(depth) => self.run_back(depth),
            }
        })
    }

    fn run_whole(&self, first: Turn) -> Result<MultiValue> {
        let exit = self.run_from(first);
        let later = self.shared().with(|body, _| {
            // Nothing is left to go on with, and nobody to do it.
            body.is_whole = false;
            Ok(body.drop_call())
        })?;
        drop(later);
        match exit? {
            Exit::Done(values) => Ok(values.into()),
            other => Err(other.into_error()),
        }
    }

    /// Runs what has been called back by a function of the host that is inside of `depth` such calls. However it ends, what
    /// is left of loans is nobody's: the guest would run on with it.
    fn run_back(&self, depth: usize) -> Result<MultiValue> {
        let outcome = self.run_on_loans(depth);
        self.shared().with(|body, _| {
            body.repay();
            Ok(())
        })?;
        outcome
    }

    fn run_on_loans(&self, depth: usize) -> Result<MultiValue> {
        let shared = self.shared();
        let mut lent = 0;
        let mut outcome = None;
        loop {
            let (turn, released) = shared.with(|body, shared| {
                if let Some(outcome) = outcome.take() {
                    body.served(shared, outcome);
                }
                let released = Held::released(&mut body.vm);
                Ok((body.turn_back(shared, depth), released))
            })?;
            drop(released);
            match turn? {
                Turn::Back(outcome) => return outcome.map_err(Error::Lua),
                Turn::Call(function, args) => outcome = Some(self.outcome(&function, args)),
                Turn::Exit(exit) if matches!(*exit, Exit::OutOfFuel) => {
                    shared.with(|body, shared| body.lend(shared, &mut lent))?;
                }
                Turn::LetGo => {}
                // There is nobody to show it to: the run that will end is further out.
                Turn::Exit(exit) if matches!(*exit, Exit::Breakpoint(_)) => {}
                Turn::Exit(exit) => return shared.with(|body, shared| body.cut(shared, *exit)),
            }
        }
    }
}

/// How a call of a handle has begun.
enum Begun {
    /// It is over already.
    Done(MultiValue),
    /// It is the guest's whole call.
    Whole(Turn),
    /// It is one back from a function of the host that is inside of so many such calls.
    Back(usize),
}

/// What a call whose arguments go straight comes to; nothing when it cannot be made now.
struct Straight<R> {
    /// Its results.
    results: Option<R>,
    detour: Option<Box<Detour>>,
}

impl<R> Default for Straight<R> {
    fn default() -> Straight<R> {
        Straight {
            results: None,
            detour: None,
        }
    }
}

/// What such a call has come to that is not over with results that go straight, too.
enum Detour {
    Error(Error),
    /// It has returned something else.
    Values,
    /// It has come to something else first.
    Turn(Turn),
}

impl Body {
    /// Whether a call may go straight: none is under way, and no journal wants to see how it is run.
    fn goes_straight(&self) -> bool {
        let is_idle = self.serving == 0 && self.later.is_none();
        is_idle && matches!((&self.state, &self.log), (State::Over(_), Log::Off))
    }

    /// Begins a call, while none is under way, and runs it as far as it goes: mostly to its end.
    #[inline]
    fn call_straight<A: IntoLuaMulti, R: FromLuaMulti>(
        &mut self,
        shared: &Arc<Shared>,
        function: &Function,
        args: A,
        begun: &mut Straight<R>,
    ) {
        if !matches!(self.state, State::Over(Exit::Idle)) {
            self.state = State::Over(Exit::Idle);
        }
        let (roots, allowance) = (&self.roots, self.allowance());
        let push = |cpu: &mut Cpu<'_, '_>| -> std::result::Result<(), Refused> {
            let function = roots.object(cpu, shared, &function.0)?;
            cpu.push(function);
            Ok(args.push_words(cpu)?)
        };
        let called = self.vm.call_with(allowance, push);
        if !matches!(called, Ok(bvm_vm::Exit::Done)) || self.vm.has_released() {
            begun.detour = Some(Box::new(self.detour(shared, called)));
            return;
        }
        let take = |mem: &Mem<'_>, at, count| R::from_words(&mut Words::new(mem, at, count));
        begun.results = self.vm.with_results(take);
        if begun.results.is_none() {
            begun.detour = Some(Box::new(Detour::Values));
        }
    }

    #[cold]
    fn detour(
        &mut self,
        shared: &Arc<Shared>,
        called: std::result::Result<bvm_vm::Exit, Refused>,
    ) -> Detour {
        match called {
            Ok(exit) => {
                self.state = State::Running;
                self.is_whole = true;
                Detour::Turn(self.turn_from(shared, exit))
            }
            Err(refused) => Detour::Error(self.refusal(shared, refused)),
        }
    }

    /// What has been put off, or the next turn of the machine.
    fn next_turn(&mut self, shared: &Arc<Shared>, fuel: u64) -> Turn {
        match self.pending.take() {
            Some(turn) => turn,
            None => self.turn(shared, fuel),
        }
    }

    /// The first turn of a call of a handle. Mostly it is the only one.
    fn first_turn(&mut self, shared: &Arc<Shared>, is_within: bool) -> Begun {
        if is_within {
            return Begun::Back(self.vm.callbacks());
        }
        self.is_whole = true;
        match self.turn(shared, self.allowance()) {
            Turn::Exit(exit) if !self.vm.has_released() => match *exit {
                Exit::Done(values) => {
                    self.is_whole = false;
                    self.state = State::Over(Exit::Idle);
                    Begun::Done(values.into())
                }
                exit => Begun::Whole(Turn::exit(exit)),
            },
            turn => Begun::Whole(turn),
        }
    }

    /// The next turn of a call back. What is for somebody further out is put off.
    fn turn_back(&mut self, shared: &Arc<Shared>, depth: usize) -> Result<Turn> {
        let turn = self.next_turn(shared, 0);
        let is_mine = match &turn {
            Turn::Back(_) => self.vm.callbacks() == depth,
            _ => self.vm.callbacks() > depth || self.vm.is_settled(),
        };
        if is_mine {
            return Ok(turn);
        }
        self.pending = Some(turn);
        Err(Error::Dropped)
    }

    /// A function of the host has returned.
    fn served(&mut self, shared: &Arc<Shared>, outcome: Result<Given>) {
        self.serving -= 1;
        // The guest may have dropped the call meanwhile.
        if self.pending.is_none() {
            self.settle(shared, outcome);
        }
    }

    /// Begins a call for a handle. Tells whether it is one back from a function of the host.
    fn begin(
        &mut self,
        shared: &Arc<Shared>,
        function: &Function,
        args: MultiValue,
    ) -> Result<bool> {
        if self.serving > 0 {
            if self.pending.is_some() {
                return Err(Error::Dropped);
            }
            if !self.is_at_host {
                return Err(Error::Busy);
            }
            self.call_back(shared, function, args.as_slice())?;
            return Ok(true);
        }
        match self.state {
            State::Over(_) => {
                self.start(shared, function, args.as_slice())?;
                Ok(false)
            }
            State::Running | State::Waiting(_) => Err(Error::Busy),
        }
    }

    /// What a call of a handle may use.
    fn allowance(&self) -> u64 {
        match self.is_unlimited {
            true => u64::MAX,
            false => 0,
        }
    }

    /// Ends the call, however it stands; gives what it waited for, to be dropped when the body is free.
    #[must_use]
    pub fn drop_call(&mut self) -> Option<Later> {
        if !matches!(self.state, State::Over(_)) {
            self.vm.end();
        }
        self.state = State::Over(Exit::Idle);
        let later = self.later.take();
        self.serving -= usize::from(later.is_some());
        later
    }

    /// Whether the call may go on, with how much fuel; otherwise why it stands still.
    fn may_run(&mut self, fuel: u64) -> Result<std::result::Result<Option<u64>, Exit>> {
        match (self.serving, &self.later) {
            (0, _) => Ok(Ok(self.take_back(fuel))),
            (1, Some(_)) => {
                // What is given now counts when the guest goes on.
                self.vm.add_fuel(fuel);
                Ok(Err(Exit::Waiting))
            }
            _ => Err(Error::Busy),
        }
    }

    /// Takes what has been lent off new fuel; nothing is left to run on when that does not cover it.
    pub(crate) fn take_back(&mut self, fuel: u64) -> Option<u64> {
        let paid = fuel.min(self.lent);
        self.lent -= paid;
        (self.lent == 0).then_some(fuel - paid)
    }

    /// Ends a call back that cannot go on, as the function of the host is not to be paused; an exit that ends the whole
    /// call is kept for whoever runs it.
    fn cut(&mut self, shared: &Arc<Shared>, exit: Exit) -> Result<MultiValue> {
        let error = exit.clone().into_error();
        if matches!(exit, Exit::Waiting | Exit::MemoryFull) {
            // What the host would have answered later has nobody to go to.
            self.state = State::Running;
            let ended = self.vm.abandon_callback(&error.to_string());
            ended.map_err(|raise| self.refusal(shared, raise.into()))?;
        } else {
            self.pending = Some(Turn::exit(exit));
        }
        Err(error)
    }

    /// Lends a call back the fuel to go on, or ends it.
    fn lend(&mut self, shared: &Arc<Shared>, lent: &mut u64) -> Result<()> {
        let loan = match self.is_whole {
            true => 0,
            false => LOAN.min(self.credit.saturating_sub(*lent)),
        };
        if self.is_unlimited {
            self.vm.add_fuel(u64::MAX);
        } else if loan == 0 {
            if self.vm.unsettle() {
                return Err(Error::OutOfFuel);
            }
            let ended = self.vm.abandon_callback("out of fuel");
            ended.map_err(|raise| self.refusal(shared, raise.into()))?;
            return Err(Error::OutOfFuel);
        } else {
            *lent += loan;
            self.lent += loan;
            self.vm.add_fuel(loan);
        }
        Ok(())
    }

    /// Gives back what is left of loans.
    fn repay(&mut self) {
        let left = u64::try_from(self.vm.fuel_left()).unwrap_or(0);
        let unused = left.min(self.lent);
        if unused > 0 {
            self.lent -= unused;
            self.vm.drain_credit();
            self.vm.add_fuel(left - unused);
        }
    }
}

impl Exit {
    /// The error that an exit is for who wants results.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Exit::Error(error) => error.into(),
            Exit::OutOfFuel => Error::OutOfFuel,
            Exit::OutOfMemory | Exit::MemoryFull => Error::OutOfMemory,
            Exit::Breakpoint(_) => Error::Breakpoint,
            Exit::Waiting => Error::Waiting,
            Exit::Ended(code) => Error::Ended(code),
            Exit::Diverged(divergence) => divergence.into(),
            Exit::Idle | Exit::Done(_) => Error::Busy,
        }
    }
}

/// The message of a panic.
pub(crate) fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let owned = || panic.downcast_ref::<String>().cloned();
    text.or_else(owned)
        .unwrap_or_else(|| "no message".to_owned())
}

/// The results of a run as values.
pub(crate) fn first_or_nil(values: Vec<Value>) -> Value {
    values.into_iter().next().unwrap_or_default()
}
