//! Lua 5.1 in a cage: a guest program that is metered, can be paused and dropped at any
//! instruction, and reaches the outside world only through a host that you write.
//!
//! # Run something
//!
//! ```
//! let mut guest = bvm::Guest::new()?;
//! let n: f64 = guest.eval("return 6 * 7", 10_000)?;
//! assert_eq!(n, 42.0);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! The second argument of [`Guest::eval`] is fuel. A guest instruction takes one unit, and work in
//! the library takes more the more there is of it. A guest without fuel stands still.
//!
//! # Exits are values
//!
//! [`Guest::load`] compiles and verifies, [`Guest::start`] begins a call, [`Guest::run`] adds fuel and
//! runs until something ends the run. What ended it is an [`Exit`]; an uncaught Lua error is one of
//! them, and so is the end of the fuel, after which the guest goes on where it stood.
//!
//! ```
//! use bvm::{Exit, Guest};
//! let mut guest = Guest::new()?;
//! let spin = guest.load("n = 0; while true do n = n + 1 end", "=spin")?;
//! guest.start(&spin, &[])?;
//! assert_eq!(guest.run(1_000), Exit::OutOfFuel);
//! assert_eq!(guest.run(1_000), Exit::OutOfFuel);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # The outside world
//!
//! `print`, `io`, `os.time`, `require` and all else that leaves the guest becomes a [`Request`] to its
//! [`Host`]. The host of a new guest is [`Refuse`]: it says no to everything. [`Capture`] keeps what
//! the guest writes. Your own host answers what you want to allow.
//!
//! ```
//! use bvm::{Capture, Guest};
//! let (host, output) = Capture::new(1 << 16);
//! let mut guest = Guest::builder().host(host).build()?;
//! guest.eval::<()>("print('hello', 1 + 1)", 10_000)?;
//! assert_eq!(output.take(), b"hello\t2\n");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Limits
//!
//! Memory is limited when the guest is made. At the limit the guest gets Lua's own error, which it
//! can catch.
//!
//! ```
//! use bvm::Guest;
//! let mut guest = Guest::builder().memory(4 << 20).build()?;
//! let caught: String = guest.eval(
//!     "return select(2, pcall(string.rep, 'x', 1e8))",
//!     1_000_000,
//! )?;
//! assert_eq!(caught, "not enough memory");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Values
//!
//! Numbers, strings and booleans cross over as copies. Tables, functions, coroutines and userdata stay
//! in the guest; what you get is a [`Handle`], which keeps the object alive until it is dropped.
//!
//! ```
//! use bvm::{Guest, Value};
//! let mut guest = Guest::new()?;
//! guest.eval::<()>("function add(a, b) return a + b end", 10_000)?;
//! let Value::Function(add) = guest.global("add")? else { panic!("a function") };
//! let sum = guest.call(&add, &[1.5.into(), 2.into()], 10_000)?;
//! assert_eq!(sum, [Value::Number(3.5)]);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Many guests
//!
//! A [`Supervisor`] owns guests and runs them on threads: each gets its share of fuel, has its limits, waits,
//! talks to others, and is paused, saved, cloned and killed from outside.
//!
//! ```
//! use bvm::{Plan, State, Supervisor};
//! let supervisor = Supervisor::builder().threads(2).build();
//! let spin = supervisor.create(Plan::source("while true do end", "=spin"))?;
//! let work = supervisor.create(Plan::source("for i = 1, 1e5 do end", "=work"))?;
//! supervisor.start(spin)?;
//! supervisor.start(work)?;
//! assert_eq!(supervisor.wait(work)?, State::Halted);
//! supervisor.kill(spin)?;
//! assert_eq!(supervisor.info(spin)?.state, State::Killed);
//! # Ok::<(), bvm::Refusal>(())
//! ```
//!
//! This crate holds no Lua: it joins the compiler, the verifier, the machine and the library. Guests
//! are [`Send`] and share nothing.
#![forbid(unsafe_code)]

mod account;
mod body;
mod builder;
mod chunk;
mod console;
mod convert;
mod cx;
mod debug;
mod drive;
mod error;
mod fresh;
mod function;
mod guest;
mod handle;
mod held;
mod host;
mod journal;
mod later;
mod lower;
mod lua;
mod module;
mod report;
mod resolver;
mod saved;
mod scope;
#[cfg(feature = "serde")]
mod serial;
mod shared;
mod supervisor;
mod userdata;
mod value;

pub use account::{Account, Counted, RingLimits};
pub use builder::{Builder, Libraries};
pub use bvm_isa::Dialect;
pub use bvm_isa::hypercall::{Group, Hypercall};
pub use bvm_vm::exec::meter::Refill;
pub use bvm_vm::exec::stops::{Spot, Step};
pub use bvm_vm::{Grants, HostError, Reply, Request, Ring, SnapshotError, Word};
pub use chunk::Chunk;
pub use console::Console;
pub use convert::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, MultiValue, OrNil, Variadic};
pub use cx::Cx;
pub use error::{Cause, Error, Frame, LuaError, Mismatch, Place, Result};
pub use function::{Callable, IntoReturn, WithCx};
pub use guest::{Exit, Guest};
pub use handle::{
    AnyUserData, Function, FunctionInfo, Pairs, Sequence, Str, Table, Thread, ThreadStatus,
};
pub use host::{Answer, Capture, Host, Output, Refuse};
pub use journal::{Divergence, JOURNAL_VERSION, Journal, JournalError, Replay, Setup};
pub use later::{AsyncCallable, WithLua};
pub use lua::Lua;
pub use module::Module;
pub use report::Report;
pub use resolver::{Folder, Resolver};
pub use saved::Image;
pub use scope::Scope;
pub use supervisor::{
    Act, Change, Counters, Event, Events, Fuel, Id, Info, InvalidState, Limits, Message, OnCrash,
    OnLimit, Outcome, Pause, Plan, Refusal, State, Supervisor, SupervisorBuilder, Wait,
};
pub use userdata::{
    Class, ClassInfo, Member, MemberKind, Method, MethodMut, Policy, Ref, RefMut, UserData,
};
pub use value::Value;

/// Whoever breaks this breaks every program that hands guests from thread to thread.
const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Guest>();
    is_send::<Image>();
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Lua>();
    is_shared::<Value>();
    is_shared::<Image>();
};

/// The program in the README is run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
