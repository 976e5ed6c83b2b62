//! One guest with its host: runs functions in slices of fuel, answers hypercalls, watches the limits
//! and Ctrl-C. Must not print anything.

use crate::allowed::Allowed;
use crate::args::Limits;
use crate::driver;
use crate::host::{Host, Outcome};
use bvm_isa::Dialect;
use bvm_vm::vm::Config;
use bvm_vm::{Exit, Raise, SnapshotError, Value, Vm};
use signal_hook::consts::SIGINT;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Units of fuel between two looks at the clock and at Ctrl-C.
const SLICE: u64 = 200_000;

/// How a call ended.
#[derive(Debug)]
pub enum End {
    /// It returned.
    Done,
    /// An error, with a traceback if it is a text.
    Error(Value),
    /// The program asked for the end.
    Exit(i32),
    /// The fuel is used up.
    OutOfFuel,
    /// The time is over.
    OutOfTime,
}

/// A guest with everything around it.
#[derive(Debug)]
pub struct Session {
    /// The machine.
    pub vm: Vm,
    /// Files and processes.
    pub host: Host,
    /// There is a limit of memory.
    limited: bool,
    /// Set by Ctrl-C.
    pub interrupted: Arc<AtomicBool>,
    /// Where the state goes when fuel or time is over.
    pub snapshot_out: Option<Vec<u8>>,
    fuel: u64,
    deadline: Option<Instant>,
    /// Ends the command when nothing else does.
    guard: Option<Guard>,
}

/// What machines of sessions are made with.
fn config(memory: Option<u64>, dialect: Dialect) -> Config {
    let libraries = bvm_stdlib::natives();
    let natives = libraries.iter().copied().chain(driver::NATIVES);
    Config {
        natives: natives.collect(),
        memory: memory.unwrap_or(u64::MAX),
        dialect,
        ..Config::default()
    }
}

/// The machine that a snapshot holds, in the middle of its call. Its files are gone. Whoever runs it has to say what
/// it may use: see [`Session::resumed`].
///
/// # Errors
/// What is wrong with the snapshot.
pub fn restore(memory: Option<u64>, snapshot: &[u8]) -> Result<Vm, SnapshotError> {
    let mut vm = Vm::restore(snapshot, &config(memory, Dialect::default()))?;
    vm.access(bvm_stdlib::detach_files);
    Ok(vm)
}

/// Why there is no session.
#[derive(Debug)]
pub struct NoSession;

impl Session {
    /// A guest with all libraries.
    ///
    /// # Errors
    /// The limit of memory is too small, or the system gives none.
    pub fn new(limits: &Limits, dialect: Dialect) -> Result<Session, NoSession> {
        let config = config(limits.memory, dialect);
        let first = (config.natives.len() - driver::NATIVES.len()) as u32;
        let mut vm = Vm::new(&config).map_err(|_| NoSession)?;
        bvm_stdlib::install(&mut vm).map_err(|_| NoSession)?;
        vm.access(|cpu| driver::install(cpu, first))
            .map_err(|_| NoSession)?;
        Ok(Session::over(vm, limits))
    }

    /// A guest that was restored, with these rights; `None` gives it all that there is. A file may come from
    /// anybody, and what it was allowed when it was saved is not in it.
    pub fn resumed(mut vm: Vm, limits: &Limits, rights: Option<Allowed>) -> Session {
        let Some(allowed) = rights else {
            return Session::over(vm, limits);
        };
        vm.set_grants(allowed.grants);
        let mut session = Session::over(vm, limits);
        session.host.confine(allowed.folders);
        session
    }

    fn over(vm: Vm, limits: &Limits) -> Session {
        let mut host = Host::new(limits.memory.unwrap_or(1 << 32));
        let deadline = deadline(limits.timeout);
        if let Some(deadline) = deadline {
            host.give_up(Some(deadline), None);
        }
        Session {
            vm,
            snapshot_out: None,
            host,
            limited: limits.memory.is_some(),
            interrupted: watch_interrupts(),
            fuel: limits.fuel.unwrap_or(u64::MAX),
            deadline,
            guard: limits.timeout.map(Guard::new),
        }
    }

    /// Saves the state, however long that takes.
    ///
    /// # Errors
    /// It cannot be saved.
    pub fn save(&mut self) -> Result<Vec<u8>, SnapshotError> {
        let was_guarded = self.guard.take().is_some();
        let saved = self.vm.snapshot();
        self.guard = was_guarded.then(|| Guard::new(Duration::ZERO));
        saved
    }

    /// Runs the call that is under way to its end.
    pub fn go_on(&mut self) -> End {
        self.run()
    }

    /// The language of the guest.
    pub fn dialect(&mut self) -> Dialect {
        self.vm.access(|cpu| cpu.dialect())
    }

    /// Whether the memory limit, if one was asked for, covers compiling a source of `len` bytes.
    pub fn has_room_to_compile(&mut self, len: usize) -> bool {
        let bytes = bvm_stdlib::HOST_BYTES * len as u64;
        !self.limited || self.vm.access(|cpu| cpu.check_room(bytes).is_ok())
    }

    /// Calls a function with arguments, protected and with tracebacks.
    pub fn call(&mut self, function: Value, args: &[Vec<u8>]) -> End {
        match self.begin(driver::CALL, function, args) {
            Ok(()) => self.run(),
            Err(raise) => self.failed(raise),
        }
    }

    /// Calls a function and then the global `print` with its results, if there are any.
    pub fn call_and_print(&mut self, function: Value) -> End {
        match self.begin(driver::PRINT, function, &[]) {
            Ok(()) => self.run(),
            Err(raise) => self.failed(raise),
        }
    }

    fn begin(&mut self, driver: &str, function: Value, args: &[Vec<u8>]) -> Result<(), Raise> {
        let (call, table) = self.vm.access(|cpu| {
            let registry = cpu.registry();
            let table = cpu.new_table(args.len() as u32, 0)?;
            cpu.set_field(registry, "command.arguments", table.into())?;
            for (i, arg) in args.iter().enumerate() {
                let text = cpu.new_str(arg)?;
                bvm_vm::data::table::set_int(cpu.mem, table, i as u32 + 1, text)?;
            }
            Ok::<_, Raise>((cpu.field(registry, driver)?, table))
        })?;
        self.vm.start(
            call,
            &[function, table.into(), Value::number(args.len() as f64)],
        )
    }

    fn failed(&mut self, raise: Raise) -> End {
        match raise {
            Raise::Error(v) => End::Error(v),
            Raise::NoMemory => self
                .vm
                .access(|cpu| match cpu.new_str(b"not enough memory") {
                    Ok(message) => End::Error(message),
                    Err(_) => End::Error(Value::NIL),
                }),
            Raise::OutOfFuel => End::OutOfFuel,
        }
    }

    /// Runs the machine to the end of its call.
    fn run(&mut self) -> End {
        loop {
            let left = self.vm.fuel_left();
            let slice = if left > 0 { 0 } else { SLICE.min(self.fuel) };
            if left <= 0 && slice == 0 {
                return End::OutOfFuel;
            }
            if self.fuel != u64::MAX {
                self.fuel -= slice;
            }
            match self.vm.run(slice) {
                Exit::Done => return End::Done,
                Exit::Error(value) => return End::Error(value),
                // Nobody has asked for these exits.
                Exit::OutOfMemory | Exit::MemoryFull | Exit::Breakpoint => return End::OutOfFuel,
                // Nobody will raise the limit of the ring that the program itself has limited.
                Exit::OutOfFuel if self.vm.is_overdrawn() => return End::OutOfFuel,
                Exit::OutOfFuel | Exit::Collecting => {
                    if self
                        .deadline
                        .is_some_and(|deadline| Instant::now() >= deadline)
                    {
                        return End::OutOfTime;
                    }
                    if self.interrupted.swap(false, Ordering::Relaxed)
                        && let Some(error) = self.vm.interrupt(b"interrupted!")
                    {
                        return End::Error(error);
                    }
                }
                // A restored program may have functions of another host.
                Exit::HostCall => self.vm.refuse_callout(),
                Exit::Hypercall => {
                    let Some(request) = self.vm.take_request() else {
                        continue;
                    };
                    match self.host.answer_in_time(request) {
                        Ok(Outcome::Reply(reply)) => self.vm.answer(reply),
                        Ok(Outcome::Exit(code)) => return End::Exit(code),
                        Err(request) => {
                            self.vm.ask_again(request);
                            return End::OutOfTime;
                        }
                    }
                }
            }
        }
    }

    /// Runs the finalizers of everything that is left, as a Lua state does when it is closed.
    pub fn close(&mut self) -> Option<i32> {
        let close = self.vm.access(|cpu| {
            let registry = cpu.registry();
            cpu.field(registry, driver::CLOSE)
        });
        if let Ok(close) = close
            && self.vm.start_closing(close).is_ok()
            && let End::Exit(code) = self.run()
        {
            return Some(code);
        }
        None
    }
}

/// A flag that Ctrl-C sets. When it comes again before the program has seen the first one, it ends the
/// program, as in `lua` 5.1.
fn watch_interrupts() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    // Without the handlers Ctrl-C ends the command, which is what there is then.
    let _ = signal_hook::flag::register_conditional_default(SIGINT, flag.clone());
    let _ = signal_hook::flag::register(SIGINT, flag.clone());
    flag
}

/// When the time of a program is over that begins now.
pub fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|time| Instant::now().checked_add(time))
}

/// Ends the command some time after the program's time is over, in case that it is kept by something that looks at no
/// clock: a person at the prompt, the compiler, a pipe that nobody reads. What has not been written out by then is
/// lost. Dropped, it ends nothing.
#[derive(Debug)]
pub struct Guard {
    /// Tells the thread of the end by being dropped.
    _holds: Sender<()>,
}

impl Guard {
    /// A guard for a program that has this time.
    pub fn new(time: Duration) -> Guard {
        const GRACE: Duration = Duration::from_millis(500);
        let (holds, held) = channel::<()>();
        std::thread::spawn(move || {
            let waited = held.recv_timeout(time.saturating_add(GRACE));
            if waited == Err(RecvTimeoutError::Timeout) {
                eprintln!("bvm: out of time");
                std::process::exit(crate::report::OUT_OF_BUDGET);
            }
        });
        Guard { _holds: holds }
    }
}
