//! Runs a guest together with the functions of its host: they are called while the body is free, and what they call
//! back runs here, one inside the other.

use crate::body::{Body, State, Turn};
use crate::convert::MultiValue;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::guest::Exit;
use crate::handle::Function;
use crate::held::{Args, HostFunction, Target};
use crate::later::Later;
use crate::lua::Lua;
use crate::shared::Shared;
use crate::value::Value;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Most functions of the host that may be under way in one guest: each takes some of the host's own stack.
const MOST_NESTED: usize = 200;

/// Units of fuel that a call back is lent at once.
const LOAN: u64 = 10_000;

impl Lua {
    /// Adds `fuel` units and runs the started call until it ends, waits or stops.
    pub(crate) fn run(&self, fuel: u64) -> Result<Exit> {
        let shared = self.shared();
        shared.alone(|| {
            let mut fuel = match shared.with(|body, _| body.may_run(fuel))? {
                Ok(fuel) => fuel,
                Err(exit) => return Ok(exit),
            };
            loop {
                let turn = shared.with(|body, shared| match fuel.take() {
                    Some(fuel) => Ok(body.next_turn(shared, fuel)),
                    None => Ok(Turn::Exit(Exit::OutOfFuel)),
                })?;
                fuel = Some(0);
                match turn {
                    Turn::Exit(exit) => {
                        self.let_go()?;
                        return Ok(exit);
                    }
                    Turn::Call(function, args) => match &function.target {
                        Target::Later(begin) => return self.begin_later(begin, args.values),
                        _ => self.serve(&function, args)?,
                    },
                    // Nobody waits for it: the machine would not have left for it.
                    Turn::Back(_) => {}
                }
            }
        })
    }

    /// Runs a function of the host, and lets the guest have what it gives.
    fn serve(&self, function: &HostFunction, args: Args) -> Result<()> {
        let shared = self.shared();
        let is_too_deep = shared.with(|body, _| {
            body.serving += 1;
            Ok(body.serving > MOST_NESTED)
        })?;
        let outcome = match is_too_deep {
            true => Err(Error::runtime("stack overflow (functions of the host)")),
            false => self.outcome(function, args),
        };
        shared.with(|body, shared| {
            body.serving -= 1;
            // The guest may have dropped the call meanwhile.
            if body.pending.is_none() {
                body.settle(shared, outcome);
            }
            Ok(())
        })
    }

    /// Drops what the guest has no use for any more, with the body free: values of the host may do what they like
    /// when they are dropped.
    pub(crate) fn let_go(&self) -> Result<()> {
        let released = self
            .shared()
            .with(|body, _| Ok(body.held.released(&mut body.vm)))?;
        drop(released);
        Ok(())
    }

    fn outcome(&self, function: &HostFunction, args: Args) -> Result<MultiValue> {
        let cx = Cx::new(self);
        let called = catch_unwind(AssertUnwindSafe(|| function.call(&cx, args)));
        called.unwrap_or_else(|panic| Err(Error::Panic(text_of(&*panic))))
    }

    /// Calls a function and runs it to its end: as a new call when nothing is under way, or back from the function of
    /// the host that runs.
    pub(crate) fn call_now(&self, function: &Function, args: MultiValue) -> Result<MultiValue> {
        let shared = self.shared();
        shared.alone(|| {
            let is_within = shared.with(|body, shared| body.begin(shared, function, args))?;
            match is_within {
                true => self.run_back(),
                false => self.run_whole(),
            }
        })
    }

    fn run_whole(&self) -> Result<MultiValue> {
        let fuel = self.shared().with(|body, _| {
            body.is_whole = true;
            Ok(body.allowance())
        })?;
        let exit = self.run(fuel)?;
        let later = self.shared().with(|body, _| {
            // Nothing is left to go on with, and nobody to do it.
            body.is_whole = false;
            Ok(body.drop_call())
        })?;
        drop(later);
        match exit {
            Exit::Done(values) => Ok(values.into()),
            other => Err(other.into_error()),
        }
    }

    /// Runs what has been called back.
    fn run_back(&self) -> Result<MultiValue> {
        let shared = self.shared();
        let depth = shared.with(|body, _| Ok(body.vm.callbacks()))?;
        let mut lent = 0;
        loop {
            let turn = shared.with(|body, shared| {
                let turn = body.next_turn(shared, 0);
                let depth = depth + 1;
                let is_mine = match &turn {
                    Turn::Back(_) => body.vm.callbacks() + 1 == depth,
                    _ => body.vm.callbacks() >= depth || body.vm.is_settled(),
                };
                match is_mine {
                    true => Ok(turn),
                    false => {
                        // It is for whoever waits further out.
                        body.pending = Some(turn);
                        Err(Error::Dropped)
                    }
                }
            })?;
            match turn {
                Turn::Back(outcome) => {
                    shared.with(|body, _| {
                        body.repay();
                        Ok(())
                    })?;
                    return outcome.map_err(Error::Lua);
                }
                Turn::Call(function, args) => self.serve(&function, args)?,
                Turn::Exit(Exit::OutOfFuel) => {
                    shared.with(|body, shared| body.lend(shared, &mut lent))?;
                }
                // There is nobody to show it to: the run that will end is further out.
                Turn::Exit(Exit::Breakpoint(_)) => {}
                Turn::Exit(exit) => return shared.with(|body, shared| body.cut(shared, exit)),
            }
        }
    }
}

impl Body {
    /// What has been put off, or the next turn of the machine.
    fn next_turn(&mut self, shared: &Arc<Shared>, fuel: u64) -> Turn {
        match self.pending.take() {
            Some(turn) => turn,
            None => self.turn(shared, fuel),
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
    fn take_back(&mut self, fuel: u64) -> Option<u64> {
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
            self.pending = Some(Turn::Exit(exit));
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
