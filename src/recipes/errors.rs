//! When scripts fail, and how to see to it that they do not.
//!
//! # Errors of scripts
//!
//! What a script raises and nobody in it catches is [`Error::Lua`](crate::Error::Lua), with its value, its text and the
//! stack; what a function of the host returns as an error goes through the script, which may catch it, and comes out
//! with the error of Rust inside. [`Error::report`](crate::Error::report) shows all that is known.
//!
//! ```
//! use bvm::{Error, Lua};
//! let lua = Lua::new()?;
//! lua.globals().set("open", lua.function(|path: String| std::fs::read_to_string(path))?)?;
//!
//! // Caught by the script:
//! let text: String = lua.load("local ok, why = pcall(open, '/no/such') return tostring(why)").eval()?;
//! assert!(text.contains("No such file"), "{text}");
//!
//! // Not caught: the cause is still what it was.
//! let source = "local function start()\n    return open('/no/such')\nend\nlocal x = start()";
//! let error = lua.load(source).name("@main.lua").exec().unwrap_err();
//! let cause = error.cause::<std::io::Error>().expect("an error of files");
//! assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
//! let report = error.report().source("@main.lua", source).guest(&lua).to_string();
//! assert!(report.contains("main.lua:4: in main chunk"), "{report}");
//!
//! // Errors can be any value.
//! let error = lua.load("error({ code = 404 })").exec().unwrap_err();
//! let Error::Lua(thrown) = &error else { panic!("an error of Lua") };
//! let bvm::Value::Table(table) = &thrown.value else { panic!("a table") };
//! assert_eq!(table.get::<i64>("code")?, 404);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! A function of the host that panics is an error of the script that called it. A guest that runs out of fuel or is
//! ended does not see an error at all: nothing in it can catch that.
//!
//! # Tests of scripts
//!
//! A script is tested with a host whose answers are made up, a seed, and fuel for a clock: what it prints and does is
//! the same each time.
//!
//! ```
//! use bvm::{Answer, Guest, Hypercall, Output, Request, Word};
//! use std::io::Write;
//! let printed = Output::default();
//! let mut out = printed.clone();
//! let host = move |request: &Request| match (request.call, request.args.as_slice()) {
//!     (Hypercall::Time, _) => Answer::words([Word::Int(86_400)]),
//!     (Hypercall::Write, [_, Word::Bytes(bytes)]) => match out.write_all(bytes) {
//!         Ok(()) => Answer::words([]),
//!         Err(error) => Answer::error(error.to_string(), 5),
//!     },
//!     _ => Answer::error("Operation not permitted", 1),
//! };
//! let mut guest = Guest::builder().host(host).seed(1).own_clock(1_000_000).build()?;
//! guest.eval::<()>("
//!     print(os.date('!%Y-%m-%d', os.time()))
//!     assert(os.clock() < 1)", 100_000)?;
//! assert_eq!(printed.take(), b"1970-01-02\n");
//! // Fuel is a number that can be tested, too: a script that became slower fails here, on any machine.
//! assert!(guest.time() < 2_000);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! A run that failed elsewhere is run again from its journal: [`Builder::record`](crate::Builder::record) and
//! [`Builder::replay`](crate::Builder::replay).
