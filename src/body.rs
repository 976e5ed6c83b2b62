//! A guest's body: its machine with what belongs to it out here, and its way from one reason to leave the machine to
//! the next. Must not run functions of the host: whoever locks the body does, when it is free again.

use crate::convert::MultiValue;
use crate::error::{Error, Frame, LuaError, Result};
use crate::guest::Exit;
use crate::handle::{Function, Handle, Roots};
use crate::held::{Args, Given, Held, HostFunction};
use crate::host::{Answer, Host};
use crate::journal::{Journal, Replay};
use crate::later::Later;
use crate::lower::{Refused, push_all};
use crate::shared::Shared;
use crate::value::Value;
use bvm_vm::{Callout, Reply, Request, Trace, Verdict, Vm};
use std::sync::Arc;
use std::task::Waker;

/// Most functions of the host that may be under way in one guest: each takes some of the host's own stack.
const MOST_NESTED: usize = 200;

/// Bytes of the host's stack that they may take, as far as can be seen: threads have two MiB, mostly.
const MOST_STACK: usize = 1 << 20;

thread_local! {
    /// Its address tells threads apart.
    static HERE: u8 = const { 0 };
}

/// Where on the host's stack the outermost function of the host was called.
#[derive(Debug, Default)]
pub(crate) struct StackMark {
    thread: usize,
    at: usize,
}

impl StackMark {
    /// Bytes of stack between that place and here; this is the place from now on when it `begins`, or when the guest has
    /// gone to another thread.
    #[inline]
    fn used(&mut self, begins: bool) -> usize {
        let local = 0_u8;
        let at = std::hint::black_box(&raw const local).addr();
        let thread = HERE.with(|here| (&raw const *here).addr());
        if begins || thread != self.thread {
            *self = StackMark { thread, at };
        }
        self.at.abs_diff(at)
    }
}

/// Whether a guest's journal is kept, or followed.
#[derive(Debug)]
pub(crate) enum Log {
    /// Neither.
    Off,
    /// It is to be kept, once the guest is there.
    Wanted,
    /// It is kept.
    Record(Journal),
    /// It is followed.
    Replay(Replay),
}

/// Where a guest stands between runs.
#[derive(Debug)]
pub(crate) enum State {
    /// In the middle of a call.
    Running,
    /// In the middle of a hypercall that the host answers later.
    Waiting(Request),
    /// There is no call, or it has ended like this.
    Over(Exit),
}

/// Why the machine was left.
#[derive(Debug)]
pub(crate) enum Turn {
    // What is large is boxed: turns are moved often, and mostly are calls without arguments.
    /// The run ends.
    Exit(Box<Exit>),
    /// A function of the host is called; without arguments it takes them itself.
    Call(Arc<HostFunction>, Option<Box<Args>>),
    /// What the guest has no use for any more is to be dropped, with the body free.
    LetGo,
    /// What a function of the host has called back is over.
    Back(Box<std::result::Result<MultiValue, Box<LuaError>>>),
}

impl Turn {
    pub fn exit(exit: Exit) -> Turn {
        Turn::Exit(Box::new(exit))
    }
}

/// See the top of the file.
pub(crate) struct Body {
    pub vm: Vm,
    pub host: Box<dyn Host>,
    pub log: Log,
    pub roots: Roots,
    pub state: State,
    pub generation: u64,
    /// Whether handles run without a limit of fuel; otherwise on what is left.
    pub is_unlimited: bool,
    /// Whether the call under way gets no more fuel than it began with.
    pub is_whole: bool,
    /// Fuel that calls back were lent beyond the slice.
    pub lent: u64,
    /// How much a call back may be lent.
    pub credit: u64,
    /// The stack of the error that a function of the host has passed on last.
    pub inner: Vec<Frame>,
    /// Functions of the host that are under way.
    pub serving: usize,
    /// Where the outermost of them was called.
    pub stack: StackMark,
    /// Whether the machine stands where such a function can call back.
    pub is_at_host: bool,
    /// What the guest waits for.
    pub later: Option<Later>,
    /// Whether a call is under way that others may wait for.
    pub is_underway: bool,
    /// Who waits for the end of the call that is under way.
    pub waiters: Vec<Waker>,
    /// Whether the machine was left last because its memory is full, and no limit has been changed since.
    pub is_full: bool,
    /// What came instead of the end of a call back that the guest has dropped.
    pub pending: Option<Turn>,
}

impl Body {
    /// Begins a call, which [`Body::turn`] then executes. A call that is under way is dropped.
    pub fn start(
        &mut self,
        shared: &Arc<Shared>,
        function: &Function,
        args: &[Value],
    ) -> Result<()> {
        if self.later.is_some() {
            drop(self.drop_call());
        }
        if self.serving > 0 {
            return Err(Error::Busy);
        }
        let is_foreign = |handle: &Handle| !Arc::ptr_eq(handle.shared(), shared);
        if is_foreign(&function.0) || args.iter().filter_map(Value::handle).any(is_foreign) {
            return Err(Error::Foreign);
        }
        self.state = State::Over(Exit::Idle);
        let roots = &self.roots;
        let started = self.vm.start_with(|cpu| {
            let function = roots.object(cpu, shared, &function.0)?;
            cpu.push(function);
            push_all(args, roots, shared, cpu)
        });
        match started {
            Ok(()) => {
                self.state = State::Running;
                Ok(())
            }
            Err(refused) => Err(self.refusal(shared, refused)),
        }
    }

    /// Makes the waiting native call a function back.
    pub fn call_back(
        &mut self,
        shared: &Arc<Shared>,
        function: &Function,
        args: &[Value],
    ) -> Result<()> {
        self.reach(shared, |roots, cpu| {
            let function = roots.object(cpu, shared, &function.0)?;
            cpu.set_count(0);
            cpu.push(function);
            push_all(args, roots, shared, cpu)
        })?;
        self.is_at_host = false;
        self.vm.settle(Verdict::Call);
        Ok(())
    }

    /// Gives the waiting native the results of the host's function, or its error.
    pub fn settle(&mut self, shared: &Arc<Shared>, outcome: Result<Given>) {
        self.is_at_host = false;
        let settled = outcome.and_then(|given| match given {
            Given::Straight => Ok(()),
            Given::Values(values) => self.reach(shared, |roots, cpu| {
                cpu.set_count(0);
                push_all(values.as_slice(), roots, shared, cpu)
            }),
        });
        match settled {
            Ok(()) => self.vm.settle(Verdict::Return),
            Err(error) => self.raise(shared, error),
        }
    }

    /// Makes the waiting native raise an error.
    fn raise(&mut self, shared: &Arc<Shared>, error: Error) {
        let roots = &self.roots;
        self.inner = match &error {
            Error::Lua(lua) => lua.traceback.clone(),
            _ => Vec::new(),
        };
        self.vm.access(|cpu| {
            let word = match &error {
                Error::Lua(lua) => lua.value.lower(roots, shared, cpu),
                _ => Held::within(cpu, |held, cpu| held.error_value(cpu, error))
                    .map_err(Refused::from),
            };
            let word = word.unwrap_or_else(|refused| match refused {
                Refused::Raise(raise) => cpu.error_value(raise),
                Refused::Foreign | Refused::Error(_) => bvm_vm::Value::NIL,
            });
            cpu.set_count(0);
            cpu.push(word);
        });
        self.vm.settle(Verdict::Raise);
    }

    /// Adds `fuel` units to what is left and runs until the machine is left for a reason that counts out here.
    pub fn turn(&mut self, shared: &Arc<Shared>, fuel: u64) -> Turn {
        self.make_due_changes();
        match &self.state {
            State::Over(exit) => return Turn::exit(exit.clone()),
            State::Waiting(_) => match &mut self.log {
                Log::Replay(replay) => match replay.late() {
                    Some(reply) => self.hand_in(reply),
                    None => return Turn::exit(Exit::Waiting),
                },
                _ => return Turn::exit(Exit::Waiting),
            },
            State::Running => {}
        }
        self.make_due_changes();
        let fuel = self.portion(fuel);
        let exit = self.vm.run(fuel);
        self.turn_from(shared, exit)
    }

    /// Goes on from an exit of the machine.
    pub fn turn_from(&mut self, shared: &Arc<Shared>, exit: bvm_vm::Exit) -> Turn {
        let mut exit = exit;
        loop {
            let more = match exit {
                bvm_vm::Exit::OutOfFuel => self.next_portion(),
                _ => None,
            };
            if more.is_none()
                && let Some(turn) = self.meet(shared, exit)
            {
                self.make_due_changes();
                return turn;
            }
            exit = self.vm.run(more.unwrap_or(0));
        }
    }

    /// What an exit of the machine means out here; nothing when the machine goes on at once.
    fn meet(&mut self, shared: &Arc<Shared>, exit: bvm_vm::Exit) -> Option<Turn> {
        // In a call back nobody is told.
        self.is_full = exit == bvm_vm::Exit::MemoryFull && self.vm.callbacks() == 0;
        Some(match exit {
            bvm_vm::Exit::OutOfFuel => Turn::exit(Exit::OutOfFuel),
            // Nobody sees the runs of such a call.
            bvm_vm::Exit::Collecting if self.is_whole || self.vm.callbacks() > 0 => return None,
            bvm_vm::Exit::Collecting => Turn::exit(Exit::OutOfFuel),
            bvm_vm::Exit::MemoryFull => Turn::exit(Exit::MemoryFull),
            bvm_vm::Exit::OutOfMemory => self.over(Exit::OutOfMemory),
            bvm_vm::Exit::Breakpoint => {
                let spot = self.vm.access(|cpu| cpu.spot())?;
                Turn::exit(Exit::Breakpoint(spot))
            }
            bvm_vm::Exit::Done => self.done(shared),
            bvm_vm::Exit::Error(value) => {
                let error = self.lua_error(shared, value);
                self.over(Exit::Error(error))
            }
            bvm_vm::Exit::Hypercall => Turn::exit(self.ask_host()?),
            bvm_vm::Exit::HostCall => self.called_out(shared)?,
        })
    }

    /// The results of the call that has just ended.
    pub fn results<C: FromIterator<Value>>(&mut self, shared: &Arc<Shared>) -> Result<C> {
        let words = self.vm.results().into_iter();
        words.map(|word| self.raise_up(shared, word)).collect()
    }

    fn done(&mut self, shared: &Arc<Shared>) -> Turn {
        match self.results(shared) {
            // Nobody asks for the end of such a call again.
            Ok(values) if self.is_whole => Turn::exit(Exit::Done(values)),
            Ok(values) => self.over(Exit::Done(values)),
            Err(_) => self.over(Exit::OutOfMemory),
        }
    }

    fn over(&mut self, exit: Exit) -> Turn {
        self.state = State::Over(exit.clone());
        Turn::exit(exit)
    }

    /// What the guest wants of the host's functions; nothing when it gets an error at once.
    fn called_out(&mut self, shared: &Arc<Shared>) -> Option<Turn> {
        self.is_at_host = true;
        let number = match self.vm.take_callout()? {
            Callout::Called(number) => number,
            Callout::Back => return Some(Turn::Back(Box::new(self.outcome(shared)))),
        };
        let (function, failure) = Held::of(&mut self.vm, |held| {
            (held.function(number), held.take_failure())
        });
        if let Some(error) = failure {
            self.refuse(shared, error);
            // Such errors may be all that the guest ever gets, so nobody else drops them.
            return self.vm.has_released().then_some(Turn::LetGo);
        }
        let Some(function) = function else {
            self.is_at_host = false;
            self.vm.refuse_callout();
            return None;
        };
        let used = self.stack.used(self.serving == 0);
        if self.serving >= MOST_NESTED || used > MOST_STACK {
            let text = "stack overflow (functions of the host)";
            return self.refuse(shared, Error::runtime(text));
        }
        let args = match function.straight {
            Some(_) => Ok(None),
            None => self
                .args(shared, &function)
                .map(|args| Some(Box::new(args))),
        };
        match args {
            Ok(args) => {
                self.serving += 1;
                Some(Turn::Call(function, args))
            }
            Err(error) => self.refuse(shared, error),
        }
    }

    /// The arguments of a function of the host. What a method is called on needs no handle.
    pub fn args(&mut self, shared: &Arc<Shared>, function: &HostFunction) -> Result<Args> {
        if !function.is_method() {
            let values = self.window(shared, 1)?;
            return Ok(Args { this: None, values });
        }
        let this = self.vm.access(|cpu| {
            Held::within(cpu, |held, cpu| {
                let this = held.value(cpu, cpu.arg(1));
                this.map(|entry| entry.value.clone())
            })
        });
        let mut values = MultiValue::from_iter([Value::Nil]);
        values.next();
        values.extend(self.window(shared, 2)?);
        Ok(Args { this, values })
    }

    fn refuse(&mut self, shared: &Arc<Shared>, error: Error) -> Option<Turn> {
        self.is_at_host = false;
        self.raise(shared, error);
        None
    }

    /// What has become of a call back.
    fn outcome(&mut self, shared: &Arc<Shared>) -> std::result::Result<MultiValue, Box<LuaError>> {
        let (ok, error) = self.vm.access(|cpu| (!cpu.arg(1).is_falsy(), cpu.arg(2)));
        let returned = match ok {
            true => self.window(shared, 2).map_err(|_| bvm_vm::Value::NIL),
            false => Err(error),
        };
        returned.map_err(|error| Box::new(self.lua_error(shared, error)))
    }

    /// The values of the waiting native's window, from slot `first` on.
    fn window(&mut self, shared: &Arc<Shared>, first: u32) -> Result<MultiValue> {
        let count = self.vm.access(|cpu| cpu.count());
        (first..=count)
            .map(|i| {
                let word = self.vm.access(|cpu| cpu.arg(i));
                self.raise_up(shared, word)
            })
            .collect()
    }

    /// Hands the waiting request to the host; an exit when the guest does not go on at once.
    fn ask_host(&mut self) -> Option<Exit> {
        let request = self.vm.take_request()?;
        self.make_due_changes();
        let answer = match &mut self.log {
            Log::Replay(replay) => {
                if request.shows() {
                    self.host.answer(&request);
                }
                match replay.answer(&request) {
                    Ok(answer) => answer,
                    Err(divergence) => return self.exit(Exit::Diverged(divergence)),
                }
            }
            log => {
                let answer = self.host.answer(&request);
                if let Log::Record(journal) = log {
                    journal.push(&request, &answer);
                }
                answer
            }
        };
        match answer {
            Answer::Reply(reply) => {
                self.vm.answer(reply);
                None
            }
            Answer::Later => {
                self.state = State::Waiting(request);
                Some(Exit::Waiting)
            }
            Answer::End(code) => self.exit(Exit::Ended(code)),
        }
    }

    fn exit(&mut self, exit: Exit) -> Option<Exit> {
        self.state = State::Over(exit.clone());
        Some(exit)
    }

    /// The hypercall that waits.
    pub fn waiting(&self) -> Option<&Request> {
        match &self.state {
            State::Waiting(request) => Some(request),
            _ => None,
        }
    }

    /// Answers the hypercall that waits.
    pub fn answer(&mut self, reply: Reply) {
        match (&self.state, &mut self.log) {
            (State::Waiting(_), Log::Replay(_)) => {}
            (State::Waiting(_), log) => {
                if let Log::Record(journal) = log {
                    journal.push_late(&reply);
                }
                self.hand_in(reply);
            }
            _ => {}
        }
    }

    fn hand_in(&mut self, reply: Reply) {
        self.vm.answer(reply);
        self.state = State::Running;
    }

    /// The stack of the last error that nobody in the guest has caught.
    pub fn traceback(&mut self) -> Vec<Frame> {
        let lines = self.vm.take_traceback();
        let stack: Vec<Frame> = lines.into_iter().map(|line| self.frame(line)).collect();
        // What a function of the host has passed on was thrown further inside.
        match !stack.is_empty() && self.inner.ends_with(&stack) {
            true => std::mem::take(&mut self.inner),
            false => stack,
        }
    }

    fn frame(&mut self, line: Trace) -> Frame {
        let name_of = |number| Held::of(&mut self.vm, |held| held.name(number));
        let host = line.callout.map(name_of);
        let called = line
            .function
            .map(|(_, name)| String::from_utf8_lossy(&name).into_owned());
        let (chunk, own) = match host {
            Some(name) => ("[host]".to_owned(), name),
            None => (String::from_utf8_lossy(&line.chunk).into_owned(), None),
        };
        let main = line.is_main.then(|| "main chunk".to_owned());
        Frame {
            chunk,
            line: line.line,
            function: main.or(own).or(called),
        }
    }
}
