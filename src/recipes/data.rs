//! Scripts that make values, and use yours.
//!
//! # A configuration file
//!
//! A Lua file is a configuration file that can compute. What it sets as globals lands in a table of its own; it is given
//! fuel and memory, and no libraries, so that a mistake in it is an error and not a server that hangs.
//!
//! ```
//! use bvm::{Libraries, Lua, Table};
//! let file = "port = 8000 + 80
//!             hosts = { 'a.example', 'b.example' }";
//!
//! let lua = Lua::builder().libraries(Libraries::None).fuel(100_000).memory(4 << 20).lua()?;
//! let config: Table = lua.table()?;
//! lua.load(file).name("@server.conf").environment(&config).exec()?;
//! let port: u16 = config.get("port")?;
//! let hosts: Vec<String> = config.get("hosts")?;
//! assert_eq!((port, hosts.len()), (8080, 2));
//!
//! // Mistakes name the field.
//! lua.load("port = 'http'").environment(&config).exec()?;
//! let error = config.get::<u16>("port").unwrap_err();
//! assert_eq!(error.to_string(), "bad value 'port' (u16 expected, got string)");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Data by serde
//!
//! With the feature `serde`, types that derive its traits go in and come out whole, and mistakes say where they are:
//! `Lua::to_value`, `Lua::from_value`.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use bvm::{Lua, Value};
//! use serde::{Deserialize, Serialize};
//! #[derive(Serialize, Deserialize, Debug, PartialEq)]
//! struct Order { id: u32, items: Vec<Item>, note: Option<String> }
//! #[derive(Serialize, Deserialize, Debug, PartialEq)]
//! struct Item { name: String, price: f64 }
//!
//! let lua = Lua::new()?;
//! let order = Order { id: 7, items: vec![Item { name: "tea".into(), price: 4.5 }], note: None };
//! lua.globals().set("order", lua.to_value(&order)?)?;
//! let changed: Value = lua.load("
//!     order.items[#order.items + 1] = { name = 'cup', price = 2 * order.items[1].price }
//!     order.note = 'with a cup'
//!     return order").eval()?;
//! let changed: Order = lua.from_value(changed)?;
//! assert_eq!(changed.items[1], Item { name: "cup".into(), price: 9.0 });
//! assert_eq!(changed.note.as_deref(), Some("with a cup"));
//! // What needs no type of its own goes to any format as it is.
//! let total: Value = lua.load("return { sum = 0.5, items = { 'tea', 'cup' } }").eval()?;
//! assert_eq!(serde_json::to_value(&total).ok(), Some(serde_json::json!({ "sum": 0.5, "items": ["tea", "cup"] })));
//! # }
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # A template engine
//!
//! A template is turned into a Lua function once, in Lua: texts become calls of `put`, `{{ }}` an expression, `{% %}`
//! statements. It is run with what it is filled with for its globals.
//!
//! ```
//! use bvm::{Function, Lua, Table};
//! const COMPILE: &str = r#"
//!     return function(template, name)
//!         local code, at = { "local put = ... " }, 1
//!         local function add(format, ...) code[#code + 1] = format:format(...) end
//!         for before, kind, inside, behind in template:gmatch("(.-){([{%%])(.-)[}%%]}()") do
//!             add("put(%q) ", before)
//!             if kind == "{" then add("put(tostring(%s)) ", inside) else add("%s ", inside) end
//!             at = behind
//!         end
//!         add("put(%q)", template:sub(at))
//!         return assert(loadstring(table.concat(code), name))
//!     end"#;
//!
//! let lua = Lua::new()?;
//! let compile: Function = lua.load(COMPILE).eval()?;
//! let page: Function = compile.call(("Dear {{ name }},{% for i = 1, 2 do %} {{ i }}{% end %}!", "=page"))?;
//!
//! let fill = |name: &str| -> bvm::Result<String> {
//!     let out: Table = lua.table()?;
//!     let parts = out.clone();
//!     let put = lua.function(move |part: String| parts.push(part))?;
//!     let globals = lua.table_from([("name", name)])?;
//!     globals.set("tostring", lua.globals().get::<Function>("tostring")?)?;
//!     page.set_environment(&globals)?;
//!     page.call::<()>(put)?;
//!     Ok(out.sequence_values::<String>().collect::<bvm::Result<Vec<_>>>()?.concat())
//! };
//! assert_eq!(fill("Ann")?, "Dear Ann, 1 2!");
//! assert_eq!(fill("Bob")?, "Dear Bob, 1 2!");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # A rules engine
//!
//! Rules are functions that a script registers under a name; the host asks them in the order in which they came. The
//! facts are a table that all of them see.
//!
//! ```
//! use bvm::{Function, Lua, Table};
//! let script = "
//!     rule('large', function(order) if order.total > 1000 then return 'manager' end end)
//!     rule('abroad', function(order) if order.country ~= 'FR' then return 'customs' end end)";
//!
//! let lua = Lua::builder().fuel(1_000_000).lua()?;
//! let rules = lua.table()?;
//! let list = rules.clone();
//! lua.globals().set("rule", lua.function(move |name: String, check: Function| list.push(vec![
//!     bvm::Value::from(name), check.into(),
//! ]))?)?;
//! lua.load(script).name("@rules.lua").exec()?;
//!
//! let order = lua.table()?;
//! order.set("total", 1500)?;
//! order.set("country", "FR")?;
//! let mut wanted = Vec::new();
//! for rule in rules.sequence_values::<Table>() {
//!     let rule = rule?;
//!     if let Some(who) = rule.get::<Function>(2)?.call::<Option<String>>(&order)? {
//!         wanted.push((rule.get::<String>(1)?, who));
//!     }
//! }
//! assert_eq!(wanted, [("large".to_owned(), "manager".to_owned())]);
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # What is only lent
//!
//! A program keeps its world to itself, and lends it to a script for as long as that runs. What the script keeps of it is
//! an error when it is used later.
//!
//! ```
//! use bvm::{Class, Lua, UserData};
//! struct World { names: Vec<String> }
//! impl UserData for World {
//!     const NAME: &'static str = "World";
//!     fn class(class: &mut Class<World>) {
//!         class.method("count", |world: &World| world.names.len());
//!         class.method_mut("add", |world: &mut World, name: String| world.names.push(name));
//!     }
//! }
//! let lua = Lua::new()?;
//! lua.load("function arrive(world, log) log(world:count()) world:add('ann') kept = world end").exec()?;
//!
//! let mut world = World { names: vec!["bob".into()] };
//! let counts = std::cell::RefCell::new(Vec::new());
//! lua.scope(|scope| {
//!     let log = scope.function(|count: usize| counts.borrow_mut().push(count))?;
//!     let arrive: bvm::Function = lua.globals().get("arrive")?;
//!     arrive.call::<()>((scope.userdata_mut(&mut world)?, log))
//! })?;
//! assert_eq!(world.names, ["bob", "ann"]);
//! assert_eq!(counts.into_inner(), [1]);
//! let error = lua.load("kept:count()").name("=late").exec().unwrap_err();
//! assert_eq!(error.to_string(), "late:1: a value of a scope that is over");
//! # Ok::<(), bvm::Error>(())
//! ```
//!
//! # Iterators for scripts
//!
//! A `for` loop calls a function until it gives `nil`. A closure that takes the next element of an iterator is one;
//! closures may be called from several threads, so that what they change is in a lock.
//!
//! ```
//! use bvm::{Cx, Function, Lua};
//! use std::sync::Mutex;
//! let lua = Lua::new()?;
//! let words = lua.function(|cx: &Cx<'_>, text: String| -> bvm::Result<Function> {
//!     let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
//!     let words = Mutex::new(words.into_iter().enumerate());
//!     cx.lua().function(move || {
//!         let next = words.lock().expect("no panic").next();
//!         next.map(|(i, word)| (i + 1, word)).unzip()
//!     })
//! })?;
//! lua.globals().set("words", words)?;
//! let text: String = lua.load("
//!     local text = ''
//!     for i, word in words('three small words') do text = text .. i .. word end
//!     return text").eval()?;
//! assert_eq!(text, "1three2small3words");
//! # Ok::<(), bvm::Error>(())
//! ```
