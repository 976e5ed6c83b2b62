//! Coming from mlua.
//!
//! What mlua calls by a name has the same name here where it is the same. The usual program needs few changes:
//!
//! ```
//! use bvm::{Lua, Result, Table, Variadic};
//! # fn main() -> Result<()> {
//! let lua = Lua::new()?;                                      // mlua: Lua::new()
//! lua.globals().set("answer", 42)?;
//! let join = lua.create_function(|_, (sep, parts): (String, Variadic<String>)| {
//!     Ok(parts.join(&sep))
//! })?;
//! lua.globals().set("join", join)?;
//! lua.load("text = join('-', 'a', 'b', answer)").name("example").exec()?;     // set_name
//! assert_eq!(lua.globals().get::<String>("text")?, "a-b-42");
//! let table: Table = lua.table()?;                            // create_table
//! table.set("x", 1)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is different
//!
//! * All is safe Rust, a guest has no pointer, and there is one language: Lua 5.1 with additions. Numbers are doubles;
//!   an integer that no double holds is an error and not another number.
//! * Everything is [`Send`] and [`Sync`] without a feature: closures are `Fn + Send + Sync`, and what they change is in
//!   a lock or an atomic. There is no `create_function_mut`.
//! * Handles are `'static`, and checked: one of another guest is [`Error::Foreign`](crate::Error::Foreign), one whose
//!   guest is gone [`Error::Gone`](crate::Error::Gone). So a registry has no use: keep the handle.
//! * A function that only computes is called inside of the machine, several times as fast: a closure that captures nothing and
//!   takes no [`Cx`](crate::Cx), by [`Lua::function`](crate::Lua::function) and not `create_function`; what
//!   [`Lua::leaf_function`](crate::Lua::leaf_function) makes; methods of a type that says
//!   [`IS_LEAF`](crate::UserData::IS_LEAF).
//! * Fuel and memory are limited by the builder, exactly, also within the library; no hook is needed for it.
//! * Files, processes and the environment are refused unless a [`Host`](crate::Host) answers.
//!
//! # Names
//!
//! | mlua | bvm |
//! |---|---|
//! | `Lua::new()` | [`Lua::new`](crate::Lua::new), which may fail |
//! | `Lua::new_with(libs, options)` | [`Lua::builder`](crate::Lua::builder) |
//! | `Lua::load`, `.set_name`, `.set_environment` | [`Lua::load`](crate::Lua::load), [`name`](crate::Chunk::name), [`environment`](crate::Chunk::environment) |
//! | `.exec`, `.eval`, `.call`, `.into_function` | the same |
//! | `create_table`, `create_table_with_capacity` | [`Lua::table`](crate::Lua::table), [`table_for`](crate::Lua::table_for) |
//! | `create_table_from`, `create_sequence_from` | [`table_from`](crate::Lua::table_from), [`sequence`](crate::Lua::sequence) |
//! | `create_string` | nothing: `&str`, `&[u8]`, [`Str`](crate::Str) |
//! | `create_function` | the same, or [`Lua::function`](crate::Lua::function) with the arguments one by one |
//! | `create_function_mut` | `create_function` and a `Mutex` |
//! | `create_async_function`, `call_async` | [`Lua::async_function`](crate::Lua::async_function), [`call_async`](crate::Function::call_async) |
//! | `scope`, `Scope::create_function` | [`Lua::scope`](crate::Lua::scope), [`Scope::function`](crate::Scope::function) |
//! | `Scope::create_userdata` | [`Scope::object`](crate::Scope::object), with its methods |
//! | `Scope::create_userdata_ref`, `create_userdata_ref_mut` | [`userdata_ref`](crate::Scope::userdata_ref), [`userdata_mut`](crate::Scope::userdata_mut), used by methods only |
//! | `create_thread` | [`Lua::thread`](crate::Lua::thread) |
//! | `create_userdata`, `create_any_userdata` | values of a [`UserData`](crate::UserData) are set and returned as they are |
//! | `register_userdata_type`, `create_proxy` | [`Lua::class`](crate::Lua::class) |
//! | `register_module`, `preload_module` | [`Module`](crate::Module), `package.preload`, [`Resolver`](crate::Resolver) |
//! | `pack`, `unpack`, `convert` | [`IntoLua`](crate::IntoLua), [`FromLua`](crate::FromLua) |
//! | `create_registry_value`, `named_registry_value` | the handle itself |
//! | `set_app_data` | what the closures hold |
//! | `set_memory_limit`, `used_memory` | [`Builder::memory`](crate::Builder::memory), [`memory_used`](crate::Lua::memory_used) |
//! | `set_hook` (instructions), `set_interrupt` | [`Builder::fuel`](crate::Builder::fuel), slices of [`Guest::run`](crate::Guest::run) |
//! | `set_hook` (lines) | [`Guest::break_at`](crate::Guest::break_at), [`Guest::step`](crate::Guest::step), `debug.sethook` |
//! | `sandbox` | rings: [`Builder::ring`](crate::Builder::ring), [`Builder::allow`](crate::Builder::allow) |
//! | `gc_collect`, `gc_stop` | `collectgarbage` of the library |
//! | `inspect_stack`, `traceback` | [`LuaError::traceback`](crate::LuaError::traceback), `debug.traceback` |
//! | `Table::get`, `set`, `raw_get`, `raw_set`, `contains_key`, `clear`, `len`, `pairs`, `sequence_values`, `for_each`, `raw_insert`, `raw_remove`, `call_function`, `call_method` | the same |
//! | `Table::push`, `pop` | [`push`](crate::Table::push), [`pop`](crate::Table::pop), without metamethods: mlua's `raw_push`, `raw_pop` |
//! | `Table::equals`, `Value::equals` | `==` is that of handles; `__eq` is asked in Lua |
//! | `Function::call`, `bind`, `info`, `dump`, `environment`, `set_environment` | the same |
//! | `Function::wrap` | closures are functions where [`Lua::function`](crate::Lua::function) makes them |
//! | `Thread::resume`, `status` | the same; `Resumable` is [`Suspended`](crate::ThreadStatus::Suspended), `Finished` and `Error` are `Dead` |
//! | `AnyUserData::is`, `borrow`, `borrow_mut`, `take` | the same |
//! | `UserDataMethods::add_method`, `add_method_mut`, `add_function`, `add_meta_method` | [`Class::method`](crate::Class::method), [`method_mut`](crate::Class::method_mut), [`function`](crate::Class::function), [`meta_method`](crate::Class::meta_method) |
//! | `UserDataFields::add_field_method_get`, `_set` | [`getter`](crate::Class::getter), [`setter`](crate::Class::setter) |
//! | `#[derive(UserData)]`, `#[derive(FromLua)]` | `#[derive(UserData, FromLua, IntoLua)]` and `#[methods]` with the feature `derive` |
//! | stub files for editors | [`Module::stub`](crate::Module::stub), [`Stub`](crate::Stub) |
//! | `UserDataRef`, `UserDataRefMut` | [`Ref`](crate::Ref), [`RefMut`](crate::RefMut) |
//! | `Value::Boolean`, `Integer`, `UserData` | `Value::Bool`, `Number`, `Userdata` |
//! | `Value::as_boolean`, `as_integer`, `as_number`, `as_string`, `as_table`, `as_function`, `as_thread`, `as_userdata` | the same |
//! | `Value::NULL`, `Lua::null` | [`Value::NULL`](crate::Value::NULL) |
//! | `LuaSerdeExt::to_value`, `from_value`, `Serialize` of `Value` and `Table` | `Lua::to_value`, `Lua::from_value`, the same, with the feature `serde` |
//! | `Error::RuntimeError`, `external`, `downcast_ref` | [`Error::Runtime`](crate::Error::Runtime), [`external`](crate::Error::external), [`cause`](crate::Error::cause) |
//! | `Error::SyntaxError { incomplete_input }` | [`Error::Syntax`](crate::Error::Syntax) with a [`SyntaxError`](crate::SyntaxError): `incomplete` and the place |
//! | `MultiValue`, `Variadic` | the same |
//!
//! # What its documentation and tests are about
//!
//! `tests/embed/migration.rs` has programs of ours for each topic with "yes"; `serial.rs` and `formats.rs` beside it have those for serde,
//! `scopes.rs` those for what is lent.
//!
//! | topic | here |
//! |---|---|
//! | guided tour: globals, chunks, tables, calls, functions, variadics, types with methods and operators | yes |
//! | guided tour: `chunk!` | no: sources are texts |
//! | scopes: functions that borrow | yes: [`Lua::scope`](crate::Lua::scope) |
//! | scopes: values that are lent, and of types that borrow | yes |
//! | chunks: names, environments, binary chunks, expressions | yes |
//! | functions: calls, errors, `bind`, environments, `info`, `dump` | yes; no pointers, coverage, copies |
//! | tables: get and set, lists, pairs, metatables, equality, errors | yes; no pointers |
//! | coroutines: resume, status, errors, from closures | yes; no `reset`, no events |
//! | values: conversions, lists, equality, names of types | yes |
//! | strings: bytes, comparison, display | yes |
//! | conversions: numbers, texts, collections, `Option`, `char`, `Result` | yes; no paths, `Either` |
//! | types: methods, fields, metamethods, borrows, `take`, drops | yes; no user values, `__close`, wrappers |
//! | metatables of strings, numbers, functions | no, `debug.setmetatable` in Lua |
//! | errors: external, chains, panics | yes; no `context` |
//! | memory: limits, collection | yes |
//! | hooks: lines, instructions, threads | yes, by fuel and breakpoints |
//! | serde: structs, enums, options, failures, empty tables | yes; no options, no types of the host |
//! | async: functions, calls | yes, on any executor; async methods by `#[methods]`; no streams of a coroutine |
//! | threads: use from several | yes |
//! | registry, application data | no: handles and closures hold what they need |
//! | `#[mlua::lua_module]`: modules in C's sense | no |
//! | Luau, LuaJIT, Lua 5.2 to 5.5 | no |
