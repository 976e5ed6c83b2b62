//! Scripts of people whom you do not know.
//!
//! # Plugins with limits
//!
//! Each plugin is a guest of its own. It has the memory and the fuel that you give it, and of the outside only what
//! you grant; when it has used them up, everything else goes on.
//!
//! ```
//! use bvm::{Console, Error, Group, Lua, Output};
//! let run = |source: &str| -> (Result<(), Error>, Vec<u8>) {
//!     let printed = Output::default();
//!     let lua = Lua::builder()
//!         .fuel(1_000_000)
//!         .memory(8 << 20)
//!         .host(Console::new().stdout(printed.clone()))
//!         .allow(Group::Console)
//!         .lua();
//!     (lua.and_then(|lua| lua.load(source).name("@plugin.lua").exec()), printed.take())
//! };
//! assert_eq!(run("print('hello')"), (Ok(()), b"hello\n".to_vec()));
//! assert_eq!(run("while true do pcall(error) end").0, Err(Error::OutOfFuel));
//! let (Err(error), _) = run("return ('x'):rep(1e8)") else { panic!("it fits") };
//! assert_eq!(error.to_string(), "not enough memory");
//! let (Err(error), _) = run("return os.time()") else { panic!("it may") };
//! assert_eq!(error.to_string(), "plugin.lua:1: hypercall 'time' (time) is not granted to ring 2");
//! ```
//!
//! # A calculator for strangers
//!
//! An expression from a form: no libraries but the functions that you name, little fuel, little memory.
//!
//! ```
//! use bvm::{Error, Libraries, Lua, Result};
//! fn calculate(expression: &str) -> Result<f64> {
//!     let lua = Lua::builder().libraries(Libraries::None).fuel(10_000).memory(1 << 20).lua()?;
//!     let globals = lua.globals();
//!     globals.set("pi", std::f64::consts::PI)?;
//!     globals.set("sqrt", lua.function(f64::sqrt)?)?;
//!     globals.set("max", lua.function(f64::max)?)?;
//!     // Only an expression fits behind `return`.
//!     lua.load(format!("return {expression}")).name("=input").eval()
//! }
//! assert_eq!(calculate("2 * sqrt(16) + max(1, 2)"), Ok(10.0));
//! assert_eq!(calculate("1 +").unwrap_err().to_string(), "input:1: unexpected symbol near '<eof>'");
//! assert!(calculate("os.exit()").is_err());
//! assert_eq!(calculate("(function() while true do end end)()"), Err(Error::OutOfFuel));
//! ```
//!
//! # Progress
//!
//! A script can call a function of the host, or the host can look between slices of fuel: then the script need not do
//! anything. What a guest has used is exact.
//!
//! ```
//! use bvm::{Exit, Guest, Value};
//! let mut guest = Guest::new()?;
//! let work = guest.load("for i = 1, 10000 do done = i end return 'ready'", "=work")?;
//! guest.start(&work, &[])?;
//! let mut shown = Vec::new();
//! let result = loop {
//!     match guest.run(5_000) {
//!         Exit::OutOfFuel => {
//!             let Value::Number(done) = guest.global("done")? else { continue };
//!             shown.push(format!("{:.0} %", done / 100.0));
//!         }
//!         exit => break exit,
//!     }
//! };
//! assert_eq!(result, Exit::Done(vec!["ready".into()]));
//! assert!(shown.len() > 2, "{shown:?}");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # A cancel button
//!
//! The same loop asks whether somebody has pressed it. The guest cannot catch it; it can go on later, or be dropped.
//!
//! ```
//! use bvm::{Exit, Guest};
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use std::time::Duration;
//! let pressed = Arc::new(AtomicBool::new(false));
//! let button = pressed.clone();
//! std::thread::spawn(move || {
//!     std::thread::sleep(Duration::from_millis(5));
//!     button.store(true, Ordering::Relaxed);
//! });
//!
//! let mut guest = Guest::new()?;
//! let spin = guest.load("while true do pcall(string.rep, 'x', 100) end", "=spin")?;
//! guest.start(&spin, &[])?;
//! let exit = loop {
//!     // Some 100 microseconds: nobody waits longer than that.
//!     match guest.run(10_000) {
//!         Exit::OutOfFuel if !pressed.load(Ordering::Relaxed) => {}
//!         exit => break exit,
//!     }
//! };
//! assert_eq!(exit, Exit::OutOfFuel);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # A profile
//!
//! Fuel is what a profile counts: run in small slices of it, and look where the guest stands after each. The same
//! program gives the same profile each time.
//!
//! ```
//! use bvm::{Exit, Guest};
//! use std::collections::BTreeMap;
//! let source = "local function slow(n) for i = 1, n do end end
//! for i = 1, 100 do
//!     slow(1000)
//!     local x = i * i
//! end";
//! let mut guest = Guest::new()?;
//! let main = guest.load(source, "=main")?;
//! guest.start(&main, &[])?;
//! let mut lines = BTreeMap::<u32, u32>::new();
//! while guest.run(97) == Exit::OutOfFuel {
//!     if let Some(spot) = guest.spot() {
//!         *lines.entry(spot.line).or_default() += 1;
//!     }
//! }
//! let hottest = lines.iter().max_by_key(|(_, count)| **count).map(|(line, _)| *line);
//! assert_eq!(hottest, Some(1));
//! # Ok::<(), bvm::Error>(())
//! ```
