//! A guest and its life: loaded, called, run on fuel, answered. Must not know the engine.

use crate::builder::Builder;
use crate::error::{Error, LuaError};
use crate::host::{Answer, Host};
use crate::journal::{Divergence, Journal, Replay};
use crate::roots::{Handle, Roots};
use crate::value::{FromValue, Value};
use bvm_compiler::Mode;
use bvm_isa::verify::{Verified, verify};
use bvm_vm::{Cpu, Raise, Reply, Request, Ring, Type, Vm};

/// Why a run ended. Running again without doing what the exit asks for gives the same exit again.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// No call has been started.
    Idle,
    /// The function returned these values.
    Done(Vec<Value>),
    /// A Lua error reached the bottom. The call is over.
    Error(LuaError),
    /// The fuel is used up. Run with more, and the guest goes on.
    OutOfFuel,
    /// The guest's memory is full, and [`Builder::end_at_memory`] was asked for. The call is over.
    OutOfMemory,
    /// The host answers later: see [`Guest::request`] and [`Guest::answer`].
    Waiting,
    /// The guest asked to end with this code. The call is over.
    Ended(i64),
    /// A guest that is answered from a journal did not do what it did then. The call is over.
    Diverged(Divergence),
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

/// One Lua program with its memory, separate from all others.
pub struct Guest {
    pub(crate) vm: Vm,
    pub(crate) host: Box<dyn Host>,
    pub(crate) log: Log,
    pub(crate) roots: Roots,
    pub(crate) state: State,
    pub(crate) generation: u64,
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Guest {
    /// A guest with all libraries, no memory limit and a host that refuses everything.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn new() -> Result<Guest, Error> {
        Guest::builder().build()
    }

    /// Begins with the settings of [`Guest::new`].
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Compiles a source into a function; it does not run yet. `name` is a chunk name of Lua: `@` and a
    /// file name, `=` and any name, or the source itself. A first line that starts with `#` is skipped.
    /// Compiling takes time and memory of yours, not of the guest. Both are linear in the source; the
    /// memory is some 50 bytes for each byte of it.
    ///
    /// # Errors
    /// [`Error::Syntax`], [`Error::OutOfMemory`].
    pub fn load(&mut self, source: impl AsRef<[u8]>, name: &str) -> Result<Handle, Error> {
        let source = without_shebang(source.as_ref());
        let mode = Mode {
            dialect: self.vm.access(|cpu| cpu.dialect()),
            ..Mode::default()
        };
        let proto = bvm_compiler::compile_as(source, name.as_bytes(), mode).map_err(|error| {
            Error::Syntax {
                message: error.message,
                line: error.line,
                span: error.span,
                incomplete: error.incomplete,
            }
        })?;
        self.load_verified(verify(proto)?)
    }

    /// Verifies a binary chunk of Lua 5.1 and makes a function of it, whoever wrote it.
    ///
    /// # Errors
    /// [`Error::Chunk`], [`Error::Verify`], [`Error::OutOfMemory`].
    pub fn load_binary(&mut self, chunk: &[u8], name: &str) -> Result<Handle, Error> {
        let read = bvm_isa::read_chunk(chunk, name.as_bytes());
        let proto = read.map_err(|error| Error::Chunk(error.message()))?;
        self.load_verified(verify(proto)?)
    }

    fn load_verified(&mut self, verified: Verified) -> Result<Handle, Error> {
        let function = self.vm.load(verified).map_err(|_| Error::OutOfMemory)?;
        let roots = &mut self.roots;
        let kept = self.vm.access(|cpu| roots.keep(cpu, function));
        kept.map_err(|raise| self.refusal(raise))
    }

    /// Begins a call, which [`Guest::run`] then executes. A call that is under way is dropped.
    ///
    /// # Errors
    /// [`Error::Foreign`], [`Error::OutOfMemory`].
    pub fn start(&mut self, function: &Handle, args: &[Value]) -> Result<(), Error> {
        let roots = &mut self.roots;
        let lowered = self.vm.access(|cpu| {
            let function = lower(roots, cpu, &Value::Function(function.clone()))?;
            let args: Result<Vec<Lowered>, Lower> =
                args.iter().map(|arg| lower(roots, cpu, arg)).collect();
            Ok((function, args?))
        });
        let (function, args) = match lowered {
            Ok(lowered) => lowered,
            Err(Lower::Foreign) => return Err(Error::Foreign),
            Err(Lower::Raise(raise)) => return Err(self.refusal(raise)),
        };
        self.state = State::Over(Exit::Idle);
        let words: Vec<bvm_vm::Value> = args.iter().map(|arg| arg.word).collect();
        match self.vm.start(function.word, &words) {
            Ok(()) => {
                self.state = State::Running;
                Ok(())
            }
            Err(raise) => Err(self.refusal(raise)),
        }
    }

    /// Adds `fuel` units to what is left and runs the started call until it ends, waits or stops.
    pub fn run(&mut self, fuel: u64) -> Exit {
        match &self.state {
            State::Over(exit) => return exit.clone(),
            State::Waiting(_) => match &mut self.log {
                Log::Replay(replay) => match replay.late() {
                    Some(reply) => self.hand_in(reply),
                    None => return Exit::Waiting,
                },
                _ => return Exit::Waiting,
            },
            State::Running => {}
        }
        let mut fuel = fuel;
        loop {
            match self.vm.run(std::mem::take(&mut fuel)) {
                bvm_vm::Exit::OutOfFuel => return Exit::OutOfFuel,
                bvm_vm::Exit::OutOfMemory => return self.over(Exit::OutOfMemory),
                bvm_vm::Exit::Done(values) => {
                    let values: Result<_, _> =
                        values.into_iter().map(|v| self.raise_up(v)).collect();
                    return self.over(match values {
                        Ok(values) => Exit::Done(values),
                        Err(error) => Exit::Error(error),
                    });
                }
                bvm_vm::Exit::Error(value) => {
                    let error = self.lua_error(value);
                    return self.over(Exit::Error(error));
                }
                bvm_vm::Exit::Hypercall => {
                    if let Some(exit) = self.ask_host() {
                        return exit;
                    }
                }
            }
        }
    }

    fn over(&mut self, exit: Exit) -> Exit {
        self.state = State::Over(exit.clone());
        exit
    }

    /// Hands the waiting request to the host; an exit when the guest does not go on at once.
    fn ask_host(&mut self) -> Option<Exit> {
        let request = self.vm.take_request()?;
        let answer = match &mut self.log {
            Log::Replay(replay) => {
                if request.shows() {
                    self.host.answer(&request);
                }
                match replay.answer(&request) {
                    Ok(answer) => answer,
                    Err(divergence) => return Some(self.over(Exit::Diverged(divergence))),
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
            Answer::End(code) => Some(self.over(Exit::Ended(code))),
        }
    }

    /// How many requests were refused because they were not granted: see [`Builder::allow`].
    pub fn refused(&self) -> u64 {
        self.vm.refused()
    }

    /// The hypercall that waits for [`Guest::answer`].
    pub fn request(&self) -> Option<&Request> {
        match &self.state {
            State::Waiting(request) => Some(request),
            _ => None,
        }
    }

    /// Answers the hypercall that waits; run again to go on. Without one the answer is dropped, and so it is
    /// by a guest that a journal answers.
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

    /// What has been recorded until now, when [`Builder::record`] asked for it. Recording begins anew.
    pub fn take_journal(&mut self) -> Option<Journal> {
        match &mut self.log {
            Log::Record(journal) => {
                let next = Journal::new(journal.setup.clone());
                Some(std::mem::replace(journal, next))
            }
            _ => None,
        }
    }

    /// How many entries a guest that is answered from a journal has not come to yet; 0 for others.
    pub fn entries_left(&self) -> usize {
        match &self.log {
            Log::Replay(replay) => replay.left(),
            _ => 0,
        }
    }

    /// Calls a function and runs it to its end on `fuel` units at most.
    ///
    /// # Errors
    /// Every exit but [`Exit::Done`] is one here. After [`Error::OutOfFuel`] the call can go on by
    /// [`Guest::run`].
    pub fn call(
        &mut self,
        function: &Handle,
        args: &[Value],
        fuel: u64,
    ) -> Result<Vec<Value>, Error> {
        self.start(function, args)?;
        match self.run(fuel) {
            Exit::Done(values) => Ok(values),
            Exit::Error(error) => Err(error.into()),
            Exit::OutOfFuel => Err(Error::OutOfFuel),
            Exit::OutOfMemory => Err(Error::OutOfMemory),
            Exit::Waiting => Err(Error::Waiting),
            Exit::Ended(code) => Err(Error::Ended(code)),
            Exit::Diverged(divergence) => Err(divergence.into()),
            Exit::Idle => Ok(Vec::new()),
        }
    }

    /// Loads a source, calls it and turns its first result into a `T`.
    ///
    /// # Errors
    /// Those of [`Guest::load`], [`Guest::call`] and [`FromValue`].
    pub fn eval<T: FromValue>(&mut self, source: impl AsRef<[u8]>, fuel: u64) -> Result<T, Error> {
        let function = self.load(source, "=eval")?;
        let values = self.call(&function, &[], fuel)?;
        T::from_value(values.into_iter().next().unwrap_or_default())
    }

    /// The value of a global, without metamethods.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn global(&mut self, name: &str) -> Result<Value, Error> {
        let read = self.vm.access(|cpu| {
            let globals = cpu.globals();
            cpu.field(globals, name)
        });
        let value = read.map_err(|raise| self.refusal(raise))?;
        Ok(self.raise_up(value)?)
    }

    /// Sets a global, without metamethods.
    ///
    /// # Errors
    /// [`Error::Foreign`], [`Error::OutOfMemory`].
    pub fn set_global(&mut self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        let (roots, value) = (&mut self.roots, value.into());
        let set = self.vm.access(|cpu| {
            let lowered = lower(roots, cpu, &value)?;
            let globals = cpu.globals();
            Ok(cpu.set_field(globals, name, lowered.word)?)
        });
        match set {
            Ok(()) => Ok(()),
            Err(Lower::Foreign) => Err(Error::Foreign),
            Err(Lower::Raise(raise)) => Err(self.refusal(raise)),
        }
    }

    /// Units of fuel left. Negative when the last step took more than there was: the next run pays.
    pub fn fuel_left(&self) -> i64 {
        self.vm.fuel_left()
    }

    /// Takes all fuel away, a debt included.
    pub fn drain_fuel(&mut self) {
        self.vm.drain_fuel();
    }

    /// Sets the limit of memory: see [`Builder::memory`](crate::Builder::memory). A guest that has more keeps it, and
    /// gets nothing new until a collection has given enough back.
    pub fn set_memory(&mut self, bytes: u64) {
        self.vm.set_memory(bytes);
    }

    /// The ring in which the guest's program runs: see [`Builder::ring`](crate::Builder::ring).
    pub fn ring(&self) -> Ring {
        self.vm.home()
    }

    /// Bytes of guest memory in use: alive after the last collection, plus all given out since.
    pub fn memory_used(&self) -> u64 {
        self.vm.memory_used()
    }

    /// A value of the guest as the program outside sees it.
    fn raise_up(&mut self, value: bvm_vm::Value) -> Result<Value, LuaError> {
        Ok(match value.type_of() {
            Type::Nil => Value::Nil,
            Type::Boolean => Value::Bool(!value.is_falsy()),
            Type::Number => Value::Number(value.as_number().unwrap_or_default()),
            Type::LightUserdata => Value::LightUserdata(value.payload()),
            Type::String => Value::String(self.vm.display(value)),
            Type::Table => Value::Table(self.keep(value)?),
            Type::Function => Value::Function(self.keep(value)?),
            Type::Userdata => Value::Userdata(self.keep(value)?),
            Type::Thread => Value::Thread(self.keep(value)?),
        })
    }

    fn keep(&mut self, value: bvm_vm::Value) -> Result<Handle, LuaError> {
        let roots = &mut self.roots;
        let kept = self.vm.access(|cpu| roots.keep(cpu, value));
        kept.map_err(|_| LuaError {
            value: Value::from("not enough memory"),
            message: b"not enough memory".to_vec(),
        })
    }

    fn lua_error(&mut self, value: bvm_vm::Value) -> LuaError {
        let message = self.vm.display(value);
        match self.raise_up(value) {
            Ok(value) => LuaError { value, message },
            Err(no_memory) => no_memory,
        }
    }

    /// What a refused action of the machine means out here.
    fn refusal(&mut self, raise: Raise) -> Error {
        match raise {
            Raise::Error(value) => Error::Lua(self.lua_error(value)),
            Raise::NoMemory => Error::OutOfMemory,
            Raise::OutOfFuel => Error::OutOfFuel,
        }
    }
}

/// A value on its way into a guest; a new string is kept alive until it has arrived.
struct Lowered {
    word: bvm_vm::Value,
    _kept: Option<Handle>,
}

/// Why a value cannot enter.
enum Lower {
    Foreign,
    Raise(Raise),
}

impl From<Raise> for Lower {
    fn from(raise: Raise) -> Lower {
        Lower::Raise(raise)
    }
}

fn lower(roots: &mut Roots, cpu: &mut Cpu<'_, '_>, value: &Value) -> Result<Lowered, Lower> {
    let (word, kept) = match value {
        Value::Nil => (bvm_vm::Value::NIL, None),
        Value::Bool(b) => (bvm_vm::Value::boolean(*b), None),
        Value::Number(n) => (bvm_vm::Value::number(*n), None),
        Value::LightUserdata(n) => {
            let tag = bvm_vm::value::TAG_LIGHT;
            (bvm_vm::Value::tagged(tag, *n), None)
        }
        Value::String(bytes) => {
            let made = cpu.new_str(bytes)?;
            (made, Some(roots.keep(cpu, made)?))
        }
        Value::Table(handle)
        | Value::Function(handle)
        | Value::Userdata(handle)
        | Value::Thread(handle) => {
            let object = roots.object(cpu, handle)?;
            (object.ok_or(Lower::Foreign)?, None)
        }
    };
    Ok(Lowered { word, _kept: kept })
}

/// A source without its first line, when that is for the shell; the newline stays, so lines count.
fn without_shebang(source: &[u8]) -> &[u8] {
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = source.iter().position(|&byte| byte == b'\n');
    source
        .get(end.unwrap_or(source.len())..)
        .unwrap_or_default()
}
