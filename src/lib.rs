//! Lua 5.1 in a cage: a guest program that is metered, can be paused and dropped at any
//! instruction, and reaches the outside world only through a host that you write.
//!
//! # Run something
//!
//! ```
//! use bvm::Lua;
//! let lua = Lua::new()?;
//! let greet = lua.function(|name: String| format!("hello {name}"))?;
//! lua.globals().set("greet", greet)?;
//! let text: String = lua.load("return greet('bob')").eval()?;
//! assert_eq!(text, "hello bob");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! [`Lua`] is the easy way: calls run to their end. [`Table`], [`Function`], [`Str`] and [`Value`] are what programs
//! have; [`IntoLua`] and [`FromLua`] convert them, [`UserData`] brings in types of yours, [`Module`] gives many guests
//! the same functions. [`Lua::scope`] lends what you keep to yourself, [`Lua::async_function`] gives its results later.
//! [`recipes`] has short programs for what people embed Lua for.
//!
//! # Limits
//!
//! Fuel is what a program does: an instruction takes one unit, and work in the library takes more the more there is of
//! it. Its end cannot be caught. At the limit of memory the program gets Lua's own error, which it can catch.
//!
//! ```
//! use bvm::{Error, Lua};
//! let lua = Lua::builder().fuel(1_000_000).memory(4 << 20).lua()?;
//! let caught: String = lua.load("select(2, pcall(string.rep, 'x', 1e8))").eval()?;
//! assert_eq!(caught, "not enough memory");
//! assert_eq!(lua.load("while true do pcall(error) end").exec(), Err(Error::OutOfFuel));
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # When something is wrong
//!
//! An [`Error`] says what `lua5.1` says; its [`report`](Error::report) shows more.
//!
//! ```
//! let lua = bvm::Lua::new()?;
//! let source = "local config = {}\nreturn config.size.x";
//! let error = lua.load(source).name("@main.lua").exec().unwrap_err();
//! assert_eq!(error.to_string(), "main.lua:2: attempt to index field 'size' (a nil value)");
//! println!("{}", error.report().source("@main.lua", source).guest(&lua));
//! // main.lua:2: attempt to index field 'size' (a nil value)
//! //   --> main.lua:2:15
//! //   |
//! // 2 | return config.size.x
//! //   |               ^^^^
//! // stack traceback:
//! //     main.lua:2: in main chunk
//! // guest 1, ring 2, fuel 2 used, memory 31 KiB
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Step by step
//!
//! A [`Guest`] is the same with the reins in your hands. It runs on the fuel that it is given, and stands still without.
//!
//! ```
//! let mut guest = bvm::Guest::new()?;
//! let n: f64 = guest.eval("return 6 * 7", 10_000)?;
//! assert_eq!(n, 42.0);
//! # Ok::<(), bvm::Error>(())
//! ```
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
//! [`Host`]. The host of a [`Lua`] is a [`Console`]: it prints, reads, tells the time, and finds the sources that
//! `require` wants where its [`Resolver`] looks. The host of a [`Guest`] is [`Refuse`]: it says no to everything.
//! [`Capture`] keeps what the guest writes. Your own host answers what you want to allow.
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
//! # Saved and copied
//!
//! A guest becomes bytes at any exit, and goes on from them elsewhere; an [`Image`] is the beginning of many guests.
//!
//! ```
//! use bvm::{Exit, Guest};
//! let mut guest = Guest::new()?;
//! let count = guest.load("local n = 0 for i = 1, 1000 do n = n + i end return n", "=count")?;
//! guest.start(&count, &[])?;
//! assert_eq!(guest.run(500), Exit::OutOfFuel);
//! let mut twin = Guest::builder().restore(&guest.snapshot()?)?;
//! assert_eq!(twin.run(10_000), Exit::Done(vec![500_500.into()]));
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Types of the host
//!
//! A program's own types come to guests as userdata, with methods and fields: by [`UserData`], or, with the feature
//! `derive`, by macros. A [`Module`] holds types and functions, and writes what editors show of them.
//!
//! ```
//! # #[cfg(feature = "derive")] fn main() -> bvm::Result<()> {
//! #[derive(bvm::UserData)]
//! struct Door {
//!     #[bvm(get)]
//!     open: bool,
//! }
//! #[bvm::methods]
//! impl Door {
//!     fn new() -> Door { Door { open: false } }
//!     /// Opens or closes it.
//!     fn turn(&mut self, open: bool) { self.open = open }
//! }
//! let mut house = bvm::Module::new("house");
//! house.class::<Door>();
//! let lua = bvm::Lua::builder().module(&house).lua()?;
//! lua.load("local d = house.Door.new() d:turn(true) assert(d.open)").exec()?;
//! assert!(house.stub().contains("---Opens or closes it.\n---@param open boolean\nfunction Door:turn(open) end"));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "derive"))] fn main() {}
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
//! # Features
//!
//! Both are off by default.
//!
//! * `derive`: `#[derive(UserData, IntoLua, FromLua)]` and `#[methods]`.
//! * `serde`: `Lua::to_value` and `Lua::from_value`, and `Serialize` for [`Value`], [`Table`] and [`Str`].
//!
//! This crate holds no Lua: it joins the compiler, the verifier, the machine and the library. Guests
//! are [`Send`] and share nothing.
#![forbid(unsafe_code)]

mod account;
mod body;
mod builder;
mod changes;
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
pub mod recipes;
mod released;
mod report;
mod resolver;
mod saved;
mod scope;
#[cfg(feature = "serde")]
mod serial;
mod shared;
mod stub;
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
pub use error::{Cause, Error, Frame, LuaError, Mismatch, Place, Result, SyntaxError};
pub use function::{Callable, IntoReturn, Signature, WithCx};
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
pub use scope::{Object, Scope};
pub use stub::Stub;
pub use supervisor::{
    Act, Change, Counters, Event, Events, Fuel, Id, Info, InvalidState, Limits, Message, OnCrash,
    OnLimit, Outcome, Pause, Plan, Refusal, State, Supervisor, SupervisorBuilder, Wait,
};
pub use userdata::{
    Class, ClassInfo, Member, MemberKind, Method, MethodMut, Param, Policy, Ref, RefMut, UserData,
};
pub use value::Value;

#[cfg(feature = "derive")]
pub use bvm_derive::{FromLua, IntoLua, UserData, methods};

/// For the macros of `bvm-derive` only.
#[cfg(feature = "derive")]
#[doc(hidden)]
pub use userdata::told as __private;

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
