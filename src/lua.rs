//! The easy way to a guest: many may hold it, and everything goes through `&self`. Must not know how a guest runs.

use crate::body::Body;
use crate::builder::Builder;
use crate::chunk::Chunk;
use crate::convert::{FromLuaMulti, IntoLua, IntoLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result, SyntaxError};
use crate::function::{self, Callable};
use crate::handle::{Function, Table};
use crate::held::{Held, HostFunction, Target};
use crate::shared::{Owner, Shared};
use crate::value::Value;
use bvm_compiler::Mode;
use bvm_isa::verify::{Verified, verify};
use bvm_vm::Cpu;
use bvm_vm::data::table;
use std::borrow::Cow;
use std::sync::Arc;

/// A Lua program's world: load into it, call it, give it functions.
///
/// Copies are the same guest, and may be used from several threads: one of them runs at a time, the others wait and look for
/// it again at least once in a millisecond. With
/// the last copy the guest is gone; handles do not keep it, and neither does the `Lua` that a function of the host
/// finds in its [`Cx`](crate::Cx).
///
/// ```
/// use bvm::Lua;
/// let lua = Lua::new()?;
/// let greet = lua.function(|name: String| format!("hello {name}"))?;
/// lua.globals().set("greet", greet)?;
/// let text: String = lua.load("return greet('bob')").name("=demo").eval()?;
/// assert_eq!(text, "hello bob");
/// # Ok::<(), bvm::Error>(())
/// ```
///
/// It is a [`Guest`](crate::Guest) that runs each call to its end. By default it has all libraries, no limits, prints
/// to the standard output and knows the time; files, processes and the environment are refused. A closure
/// that keeps a copy from outside keeps its guest for ever: [`Cx::lua`](crate::Cx::lua) gives one that does not.
#[derive(Clone, Debug)]
pub struct Lua {
    shared: Arc<Shared>,
    /// Nothing in what handles and functions of the host get: those do not keep the guest.
    _owner: Option<Arc<Owner>>,
}

impl Lua {
    /// A guest as above.
    ///
    /// # Errors
    /// [`Error::NoRoom`] when the system grants no address space.
    pub fn new() -> Result<Lua> {
        Lua::builder().lua()
    }

    /// Begins with the settings of [`Lua::new`].
    ///
    /// ```
    /// use bvm::{Error, Lua};
    /// let lua = Lua::builder().memory(8 << 20).fuel(100_000).lua()?;
    /// assert_eq!(lua.load("while true do end").exec(), Err(Error::OutOfFuel));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::of_lua()
    }

    pub(crate) fn owned(body: Body) -> Lua {
        let shared = Shared::new(body);
        Lua {
            _owner: Some(Arc::new(Owner(shared.clone()))),
            shared,
        }
    }

    /// One that does not keep the guest.
    pub(crate) fn passing(shared: Arc<Shared>) -> Lua {
        Lua {
            shared,
            _owner: None,
        }
    }

    /// The same, as one that does not keep the guest.
    pub(crate) fn without_owner(&self) -> Cow<'_, Lua> {
        match self._owner {
            Some(_) => Cow::Owned(Lua::passing(self.shared.clone())),
            None => Cow::Borrowed(self),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// A program to load: a source, or a binary chunk of Lua 5.1, whoever wrote it.
    pub fn load(&self, source: impl AsRef<[u8]>) -> Chunk<'_> {
        Chunk::new(self, source.as_ref().to_vec())
    }

    /// Compiles, verifies and loads a source or a binary chunk.
    pub(crate) fn load_now(&self, source: &[u8], name: &str) -> Result<Function> {
        let shared = self.shared();
        let verified = if bvm_isa::is_chunk(source) {
            let read = bvm_isa::read_chunk(source, name.as_bytes());
            verify(read.map_err(|error| Error::Chunk(error.message()))?)?
        } else {
            let dialect = shared.with(|body, _| Ok(body.vm.access(|cpu| cpu.dialect())))?;
            let mode = Mode {
                dialect,
                ..Mode::default()
            };
            let text = without_shebang(source);
            let cut = source.len() - text.len();
            let proto = bvm_compiler::compile_as(text, name.as_bytes(), mode).map_err(|error| {
                SyntaxError {
                    message: error.message,
                    line: error.line,
                    span: error.span.start + cut..error.span.end + cut,
                    incomplete: error.incomplete,
                }
            })?;
            verify(proto)?
        };
        self.load_verified(verified)
    }

    fn load_verified(&self, verified: Verified) -> Result<Function> {
        self.shared().with(|body, shared| {
            let function = body.vm.load(verified).map_err(|_| Error::OutOfMemory)?;
            Ok(Function(body.keep(shared, function)?))
        })
    }

    /// The table of globals.
    ///
    /// # Panics
    /// Never: when the guest is full or gone, using the table is the error.
    pub fn globals(&self) -> Table {
        let kept = self.shared().with(|body, shared| {
            let globals = body.vm.access(|cpu| cpu.globals());
            body.keep(shared, globals.into())
        });
        Table(kept.unwrap_or_else(|_| crate::handle::Handle::nothing(self.shared())))
    }

    /// A new table.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn table(&self) -> Result<Table> {
        self.table_for(0, 0)
    }

    /// A new table with room for a sequence and for other keys.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn table_for(&self, sequence: u32, keys: u32) -> Result<Table> {
        self.shared().with(|body, shared| {
            let made = body.reach(shared, |_, cpu| Ok(cpu.new_table(sequence, keys)?))?;
            Ok(Table(body.keep(shared, made.into())?))
        })
    }

    /// A new table of keys with their values.
    ///
    /// # Errors
    /// Those of converting; a key of `nil` or NaN; [`Error::OutOfMemory`].
    pub fn table_from<K: IntoLua, V: IntoLua>(
        &self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Table> {
        let pairs = pairs.into_iter();
        let table = self.table_for(0, room_for(pairs.size_hint().0))?;
        for (key, value) in pairs {
            table.raw_set(key, value)?;
        }
        Ok(table)
    }

    /// A new table with values at 1, 2, 3 and so on.
    ///
    /// # Errors
    /// Those of converting; [`Error::OutOfMemory`].
    pub fn sequence<T: IntoLua>(&self, values: impl IntoIterator<Item = T>) -> Result<Table> {
        let values = values.into_iter();
        let made = self.table_for(room_for(values.size_hint().0), 0)?;
        for (i, value) in values.enumerate() {
            let value = value.into_lua(self)?;
            let at = u32::try_from(i + 1).map_err(|_| Error::OutOfMemory)?;
            made.set_at(at, &value)?;
        }
        Ok(made)
    }

    /// A function of the host: a closure, with its arguments and results converted.
    ///
    /// The closure may take a [`Cx`](crate::Cx) first. It may call back into the guest, which then runs inside it; it
    /// cannot be paused meanwhile, and no coroutine yields past it. When it panics, the guest gets an error. One that does
    /// not use the guest is faster: see [`Lua::leaf_function`].
    ///
    /// ```
    /// use bvm::{Function, Lua};
    /// let lua = Lua::new()?;
    /// let twice = lua.function(|f: Function, x: f64| -> bvm::Result<f64> {
    ///     f.call::<f64>(f.call::<f64>(x)?)
    /// })?;
    /// lua.globals().set("twice", twice)?;
    /// assert_eq!(lua.load("twice(function(x) return x * 3 end, 2)").eval::<f64>()?, 18.0);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn function<Kind: 'static>(
        &self,
        closure: impl Callable<Kind> + Send + Sync + 'static,
    ) -> Result<Function> {
        self.give(Arc::new(function::function(None, closure)))
    }

    /// The same for a closure that only computes: it neither captures handles of the guest nor uses them in other ways.
    ///
    /// When its arguments and results are numbers, strings and truth values, or `Option`s of them, it is called
    /// inside of the machine, several times as fast; otherwise it is what [`Lua::function`] makes. A handle of the
    /// guest that it uses all the same gives [`Error::Busy`].
    ///
    /// Closures that capture nothing at all and take no [`Cx`](crate::Cx) are leaves anyway. One that finds its guest
    /// in a static variable has to take a `Cx`.
    ///
    /// ```
    /// use bvm::Lua;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// let lua = Lua::new()?;
    /// let last = AtomicU32::new(0);
    /// let next = lua.leaf_function(move || last.fetch_add(1, Ordering::Relaxed) + 1)?;
    /// lua.globals().set("next_id", next)?;
    /// assert_eq!(lua.load("return next_id() + next_id()").eval::<u32>()?, 3);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn leaf_function<Kind: 'static>(
        &self,
        closure: impl Callable<Kind> + Send + Sync + 'static,
    ) -> Result<Function> {
        self.give(Arc::new(function::leaf(None, closure)))
    }

    /// The same with all arguments in one value and the guest before them, as in mlua.
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// let pair = lua.create_function(|lua, (key, value): (String, i64)| {
    ///     let table = lua.table()?;
    ///     table.set(key, value)?;
    ///     Ok(table)
    /// })?;
    /// lua.globals().set("pair", pair)?;
    /// assert_eq!(lua.load("pair('x', 5).x").eval::<i64>()?, 5);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn create_function<A, R>(
        &self,
        closure: impl Fn(&Lua, A) -> Result<R> + Send + Sync + 'static,
    ) -> Result<Function>
    where
        A: FromLuaMulti + 'static,
        R: IntoLuaMulti + 'static,
    {
        let call = move |cx: &Cx<'_>, args: MultiValue| {
            let args = A::from_lua_multi(args, cx.lua())?;
            closure(cx.lua(), args)?.into_lua_multi(cx.lua())
        };
        let target = Target::Function(Box::new(call));
        self.give(Arc::new(HostFunction::new(None, target)))
    }

    /// Gives a function of the host to the guest.
    pub(crate) fn give(&self, function: Arc<HostFunction>) -> Result<Function> {
        self.shared().with(|body, shared| {
            let give = |held: &mut Held, cpu: &mut Cpu<'_, '_>| held.give(cpu, function);
            let made = body.vm.access(|cpu| Held::within(cpu, give));
            let made = made.map_err(|raise| body.refusal(shared, raise.into()))?;
            Ok(Function(body.keep(shared, made)?))
        })
    }

    /// A function of a library, whatever the program has made of its globals.
    pub(crate) fn library(&self, library: &str, name: &str) -> Result<Function> {
        let native = match library {
            "_G" => format!("_G.{name}"),
            _ => format!("{library}.{name}"),
        };
        self.shared().with(|body, shared| {
            let made = body.reach(shared, |_, cpu| {
                Ok(bvm_stdlib::define::native(cpu, &native, &[])?)
            })?;
            Ok(Function(body.keep(shared, made)?))
        })
    }

    /// A function of Lua that this crate has use for: the one that `source` returns, with `names` for its globals.
    /// Nothing runs for it, so that it can be made at any time.
    pub(crate) fn helper(&self, source: &'static str, names: &Table) -> Result<Function> {
        let name = b"=[bvm]";
        let main = bvm_compiler::compile(source.as_bytes(), name).ok();
        let inner = main.and_then(|main| main.protos.into_iter().next());
        let mut proto = inner.ok_or_else(|| Error::runtime("a helper that is no function"))?;
        proto.source = Some(name.as_slice().into());
        let function = self.load_verified(verify(proto)?)?;
        function.set_environment(names)?;
        Ok(function)
    }

    /// Limits the fuel of all calls from now on to what is given, or takes the limit away. A call that needs more
    /// ends with [`Error::OutOfFuel`].
    pub fn set_fuel(&self, fuel: Option<u64>) {
        let set = self.shared().with(|body, _| {
            body.is_unlimited = fuel.is_none();
            body.vm.drain_credit();
            body.vm.add_fuel(fuel.unwrap_or(0));
            Ok(())
        });
        // Somebody else's call that is under way has its own fuel.
        let _ = set;
    }

    /// Units of fuel left; nothing when there is no limit.
    pub fn fuel(&self) -> Option<u64> {
        let left = self.shared().with(|body, _| match body.is_unlimited {
            true => Ok(None),
            false => Ok(Some(u64::try_from(body.vm.fuel_left()).unwrap_or(0))),
        });
        left.ok().flatten()
    }

    /// Bytes of memory that the guest uses.
    pub fn memory_used(&self) -> u64 {
        let used = self.shared().with(|body, _| Ok(body.vm.memory_used()));
        used.unwrap_or(0)
    }
}

impl Table {
    /// Writes an element of a new sequence.
    fn set_at(&self, at: u32, value: &Value) -> Result<()> {
        self.reach(|t, cpu, lower| {
            let word = lower(value, cpu)?;
            table::set_int(cpu.mem, t, at, word)
                .map_err(|full| crate::lower::Refused::Raise(bvm_vm::Raise::from(full)))
        })
    }
}

/// Slots to begin with, for what says that it has so many elements.
fn room_for(count: usize) -> u32 {
    u32::try_from(count.min(1 << 16)).unwrap_or(0)
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
