//! Guests that live long, many guests, and what happens before their first run.
//!
//! # Things in a game
//!
//! One guest for a level, a table for each thing, a coroutine for what it does over time. The type of the things is
//! the host's; the scripts call its methods.
//!
//! ```
//! # #[cfg(feature = "derive")] fn main() -> bvm::Result<()> {
//! use bvm::{AnyUserData, Function, Lua, RefMut, Thread, ThreadStatus, Value};
//! #[derive(bvm::UserData)]
//! struct Entity {
//!     #[bvm(get)]
//!     name: String,
//!     #[bvm(get)]
//!     x: f64,
//! }
//! #[bvm::methods]
//! impl Entity {
//!     /// Moves it to the right.
//!     fn go(&mut self, by: f64) { self.x += by }
//! }
//! let lua = Lua::new()?;
//! let behaviour: Function = lua.load("
//!     return function(me)
//!         while me.x < 3 do
//!             me:go(1)
//!             coroutine.yield()       -- until the next frame
//!         end
//!         return me.name .. ' is there'
//!     end").eval()?;
//! let thread: Thread = lua.thread(&behaviour)?;
//!
//! lua.globals().set("cat", Entity { name: "cat".into(), x: 0.5 })?;
//! let cat: AnyUserData = lua.globals().get("cat")?;
//! let mut frames = 0;
//! while thread.status()? == ThreadStatus::Suspended {
//!     thread.resume::<Value>(&cat)?;
//!     frames += 1;
//! }
//! assert_eq!(frames, 4);
//! let mut cat: RefMut<Entity> = cat.borrow_mut()?;
//! cat.x -= 3.0;
//! assert_eq!(cat.x, 0.5);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "derive"))] fn main() {}
//! ```
//!
//! # Hot reload
//!
//! Behaviour is in modules, state is in tables of its own. A new source is run, and what it returns replaces the
//! functions of the old module in place; whoever has the module's table sees the new ones. When the new source has an
//! error, the old functions stay.
//!
//! ```
//! use bvm::{Lua, Table};
//! fn reload(lua: &Lua, name: &str, source: &str) -> bvm::Result<()> {
//!     let fresh: Table = lua.load(source).name(format!("@{name}.lua")).eval()?;
//!     let loaded: Table = lua.load("package.loaded").eval()?;
//!     match loaded.get::<Option<Table>>(name)? {
//!         None => loaded.set(name, fresh),
//!         Some(module) => {
//!             module.clear()?;
//!             for pair in fresh.pairs::<bvm::Value, bvm::Value>() {
//!                 let (key, value) = pair?;
//!                 module.raw_set(key, value)?;
//!             }
//!             Ok(())
//!         }
//!     }
//! }
//! let lua = Lua::new()?;
//! reload(&lua, "greet", "return { hello = function(who) return 'hello ' .. who end }")?;
//! lua.load("greet, state = require('greet'), { who = 'bob' }").exec()?;
//! assert_eq!(lua.load("greet.hello(state.who)").eval::<String>()?, "hello bob");
//! reload(&lua, "greet", "return { hello = function(who) return 'good day ' .. who end }")?;
//! assert_eq!(lua.load("greet.hello(state.who)").eval::<String>()?, "good day bob");
//! assert!(reload(&lua, "greet", "return {").is_err());
//! assert_eq!(lua.load("greet.hello(state.who)").eval::<String>()?, "good day bob");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Compiled beforehand
//!
//! [`Function::dump`](crate::Function::dump), `string.dump` and `bvm luac -o` make binary chunks, those of Lua 5.1. [`Lua::load`](crate::Lua::load) takes them as
//! it takes sources, and verifies every instruction, so that it does not matter where they come from.
//!
//! ```
//! use bvm::Lua;
//! let source = "local a, b = ... return a * b";
//! let chunk = Lua::new()?.load(source).name("=times").into_function()?.dump()?;
//! let lua = Lua::new()?;
//! assert_eq!(lua.load(&chunk).call::<f64>((6, 7))?, 42.0);
//! let mut broken = chunk;
//! broken.truncate(40);
//! assert!(lua.load(&broken).exec().is_err());
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # A snapshot at the start
//!
//! What takes long once, such as filling tables, is done before, and saved; programs begin with the bytes. They may
//! come from a file of strangers.
//!
//! ```
//! use bvm::Guest;
//! let mut guest = Guest::new()?;
//! guest.eval::<()>("squares = {} for i = 1, 1000 do squares[i] = i * i end", 1_000_000)?;
//! let bytes = guest.snapshot()?;      // std::fs::write("squares.bvm", &bytes)
//!
//! let mut later = Guest::builder().restore(&bytes)?;
//! assert_eq!(later.eval::<f64>("return squares[1000]", 1_000)?, 1_000_000.0);
//! assert!(later.time() > 1_000, "its time goes on");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # A guest for each request
//!
//! An image is a guest that stands still; forks of it are made in microseconds and share its memory until they write.
//! No request sees what another one has left.
//!
//! ```
//! use bvm::{Guest, Image, Value};
//! let mut first = Guest::new()?;
//! first.eval::<()>("
//!     local seen = 0
//!     function handle(path) seen = seen + 1 return path .. ' ' .. seen end", 100_000)?;
//! let image: Image = first.image()?;
//!
//! let serve = |path: &str| -> bvm::Result<String> {
//!     let mut guest = Guest::builder().memory(8 << 20).fork(&image)?;
//!     let Value::Function(handle) = guest.global("handle")? else { panic!("no handler") };
//!     let results = guest.call(&handle, &[path.into()], 100_000)?;
//!     let Some(Value::String(text)) = results.first() else { panic!("no text") };
//!     Ok(text.to_string())
//! };
//! assert_eq!(serve("/a")?, "/a 1");
//! assert_eq!(serve("/b")?, "/b 1");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Guests that talk
//!
//! Guests of a supervisor have numbers, and inboxes. What they send is copied.
//!
//! ```
//! use bvm::{Plan, State, Supervisor, Value};
//! let supervisor = Supervisor::builder().threads(2).build();
//! let adder = supervisor.create(Plan::source("
//!     while true do
//!         local ask = task.receive()
//!         task.send(ask.from, ask.a + ask.b)
//!     end", "=adder"))?;
//! let asker = supervisor.create(Plan::source("
//!     local adder = ...
//!     task.send(adder, { from = task.self(), a = 40, b = 2 })
//!     assert(task.receive(10) == 42)", "=asker").args([Value::Number(adder.number() as f64)]))?;
//! supervisor.start(adder)?;
//! supervisor.start(asker)?;
//! assert_eq!(supervisor.wait(asker)?, State::Halted);
//! supervisor.kill(adder)?;
//! # Ok::<(), bvm::Refusal>(())
//! ```
//!
//! # In an async server
//!
//! Functions of the host may be `async`. A guest that calls one stands still until the future is done, and a call of
//! [`Function::call_async`](crate::Function::call_async) lets its executor do something else then, and after some fuel,
//! so that a script that only computes holds nobody up either. Guests are [`Send`]: the executor may go on anywhere.
//!
//! ```
//! use bvm::{Error, Function, Guest, Image, Lua};
//! /// What a database would do.
//! async fn find(key: String) -> Result<u32, std::io::Error> {
//!     match key.as_str() {
//!         "ann" => Ok(40),
//!         _ => Err(std::io::ErrorKind::NotFound.into()),
//!     }
//! }
//! async fn handle(image: &Image, name: &str) -> bvm::Result<String> {
//!     let lua: Lua = Guest::builder().memory(8 << 20).fork(image)?.into_lua();
//!     lua.set_fuel(Some(10_000_000));
//!     lua.globals().set("find", lua.async_function(find)?)?;
//!     let handler: Function = lua.globals().get("handle")?;
//!     handler.call_async(name).await
//! }
//! let mut first = Guest::new()?;
//! first.eval::<()>("
//!     function handle(name)
//!         local ok, age = pcall(find, name)
//!         for i = 1, 1e5 do end       -- others have their turns meanwhile
//!         return ok and name .. ' is ' .. age or 'nobody'
//!     end", 10_000)?;
//! let image = first.image()?;
//! # let block_on = pollster::block_on;
//! // tokio::spawn and the like take them as well.
//! assert_eq!(block_on(handle(&image, "ann"))?, "ann is 40");
//! assert_eq!(block_on(handle(&image, "bob"))?, "nobody");
//! # Ok::<(), Error>(())
//! ```
