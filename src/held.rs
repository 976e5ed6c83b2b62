//! What the host has given to a guest: functions, and values that userdata stand for. The guest knows their numbers
//! only; when it has no userdata with a number any more, what it stood for is dropped.

use crate::convert::MultiValue;
use crate::cx::Cx;
use crate::drive::text_of;
use crate::error::{Error, Mismatch, Place, Result};
use crate::handle::Str;
use crate::later::Begin;
use crate::released::Released;
use crate::scope::{self, Lent};
use crate::userdata::{ClassInfo, SavedValue, Types, wrong_self};
use crate::value::Value;
use bvm_vm::callout::{Belongings, NAMED};
use bvm_vm::data::userdata::{HELD_FUNCTION, HELD_VALUE};
use bvm_vm::objects::{Table, Userdata};
use bvm_vm::{Cpu, Raise, Vm, debug};
use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

/// What a function of the host does.
pub(crate) type Call = dyn Fn(&Cx<'_>, MultiValue) -> Result<MultiValue> + Send + Sync;

/// A function of the host.
pub(crate) struct HostFunction {
    /// The name that it has wherever a guest goes.
    pub name: Option<Arc<str>>,
    /// Names of the arguments, as far as they have some, without the value of a method.
    pub params: Vec<String>,
    pub target: Target,
    /// The straight way, if the target has one.
    pub straight: Option<Box<StraightCall>>,
    pub leaf: Option<Leaf>,
    /// Bytes of a closure that its ways share.
    pub shared: usize,
}

/// Calls a function with arguments that come straight from the waiting native's window, and puts the results there.
/// `None`, with nothing done, when an argument does not go straight.
pub(crate) type StraightCall = dyn Fn(&Cx<'_>) -> Option<Result<()>> + Send + Sync;

/// What a function of the host has given.
#[derive(Debug)]
pub(crate) enum Given {
    /// Values for the waiting native's window.
    Values(Box<MultiValue>),
    /// They are there.
    Straight,
}

/// What a method of a host type does, given the value.
pub(crate) type MethodCall =
    dyn Fn(&HeldValue, &Cx<'_>, MultiValue) -> Result<MultiValue> + Send + Sync;

/// How a leaf is called: with the arguments in the running native's window. `None`, with nothing done, when it is to be
/// called in the usual way.
type LeafCall = dyn Fn(&mut Cpu<'_, '_>) -> Option<Result<()>> + Send + Sync;

/// The same for a method, with its value.
pub(crate) type LeafMethod =
    dyn Fn(&HeldValue, &mut Cpu<'_, '_>) -> Option<Result<()>> + Send + Sync;

/// The way of a function that does not use the guest: it is called inside of the engine.
pub(crate) enum Leaf {
    Function(Box<LeafCall>),
    Method(Box<LeafMethod>),
}

/// What is called.
pub(crate) enum Target {
    /// With all arguments.
    Function(Box<Call>),
    /// With the value that the first argument stands for, and the other ones.
    Method {
        class: &'static str,
        call: Box<MethodCall>,
    },
    /// A function of an open scope.
    Scoped { scope: u64, index: usize },
    /// One that gives its results later.
    Later(Box<Begin>),
}

/// What a function of the host is called with.
#[derive(Debug)]
pub(crate) struct Args {
    /// The value that the first argument of a method stands for.
    pub this: Option<HeldValue>,
    pub values: MultiValue,
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostFunction({:?})", self.name)
    }
}

impl HostFunction {
    /// One whose arguments have no names.
    pub fn new(name: Option<Arc<str>>, target: Target) -> HostFunction {
        HostFunction {
            name,
            params: Vec::new(),
            target,
            straight: None,
            leaf: None,
            shared: 0,
        }
    }

    /// Lets it be called inside of the engine.
    pub fn with_leaf(mut self, leaf: Leaf) -> HostFunction {
        self.leaf = Some(leaf);
        self
    }

    /// Gives it a straight way.
    pub fn with_straight(mut self, straight: Box<StraightCall>) -> HostFunction {
        self.straight = Some(straight);
        self
    }

    /// Calls it. Without arguments at hand it takes them from the waiting native's window.
    pub fn call(&self, cx: &Cx<'_>, args: Option<Box<Args>>) -> Result<Given> {
        self.call_in(cx, args)
            .map_err(|error| self.with_name_of_argument(error))
    }

    fn call_in(&self, cx: &Cx<'_>, args: Option<Box<Args>>) -> Result<Given> {
        let args = match (args, &self.straight) {
            (Some(args), _) => *args,
            (None, Some(straight)) if let Some(called) = straight(cx) => {
                return called.map(|()| Given::Straight);
            }
            (None, _) => (cx.lua().shared()).with(|body, shared| body.args(shared, self))?,
        };
        Ok(Given::Values(Box::new(self.call_with(cx, args)?)))
    }

    fn call_with(&self, cx: &Cx<'_>, args: Args) -> Result<MultiValue> {
        match (&self.target, &args.this) {
            (Target::Function(call), _) => call(cx, args.values),
            (Target::Method { call, .. }, Some(this)) => call(this, cx, args.values),
            (Target::Method { class, .. }, None) => Err(wrong_self(class)),
            (Target::Scoped { scope, index }, _) => scope::call(*scope, *index, cx, args.values),
            // Whoever could wait for it has begun it instead.
            (Target::Later(_), _) => Err(Error::Waiting),
        }
    }

    /// A mistake in an argument begins with the argument's name.
    fn with_name_of_argument(&self, error: Error) -> Error {
        let Some(number) = error.argument() else {
            return error;
        };
        let first = if self.is_method() { 2 } else { 1 };
        let at = usize::try_from(number)
            .ok()
            .and_then(|n| n.checked_sub(first));
        match at.and_then(|at| self.params.get(at)) {
            Some(name) if !name.is_empty() => error.within(name),
            _ => error,
        }
    }

    /// Bytes of what is called.
    fn size(&self) -> u64 {
        let bytes = match &self.target {
            Target::Function(call) => size_of_val(&**call),
            Target::Method { call, .. } => size_of_val(&**call),
            Target::Later(begin) => size_of_val(&**begin),
            Target::Scoped { .. } => 0,
        };
        (bytes + self.shared) as u64
    }

    /// Whether its first argument is a value of the host.
    pub fn is_method(&self) -> bool {
        matches!(self.target, Target::Method { .. })
    }
}

/// The number of what has a name.
fn number_of(name: &str) -> u64 {
    // FNV-1a: the number has to be the same in every process.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash | NAMED
}

/// Numbers are spread well enough as they are.
#[derive(Debug, Default, Clone)]
pub(crate) struct Numbers(u64);

impl Hasher for Numbers {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |n, byte| n << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type ByNumber<T> = HashMap<u64, T, BuildHasherDefault<Numbers>>;

/// A value of the host that a userdata stands for.
pub(crate) type HeldValue = Arc<dyn Any + Send + Sync>;

/// Such a value with its type.
#[derive(Debug, Clone)]
pub(crate) struct HeldEntry {
    pub value: HeldValue,
    /// The name of its type.
    pub name: &'static str,
    /// Its type; nothing for errors, and for objects of scopes.
    pub class: Option<Arc<ClassInfo>>,
}

/// The name of errors among the types.
const ERROR_CLASS: &str = "error";

impl HeldEntry {
    fn error(error: Error) -> HeldEntry {
        HeldEntry {
            value: Arc::new(error),
            name: ERROR_CLASS,
            class: None,
        }
    }

    /// Bytes of the value, and what its type says that it keeps elsewhere.
    fn size(&self) -> u64 {
        let elsewhere = self.class.as_ref().map_or(0, |class| class.memory);
        (size_of_val(&*self.value) as u64).saturating_add(elsewhere)
    }

    fn as_error(&self) -> Option<&Error> {
        self.value.downcast_ref()
    }

    fn error_text(&self) -> String {
        self.as_error().map_or_else(String::new, Error::to_string)
    }
}

/// Bytes that a value or function of the host takes out here besides its own: its guest pays for them with memory.
const EACH: u64 = 96;

/// The functions and values of one guest.
#[derive(Debug, Default)]
pub(crate) struct Held {
    functions: ByNumber<Arc<HostFunction>>,
    values: ByNumber<HeldEntry>,
    /// The types that the guest knows.
    pub classes: Types,
    /// What the leaf called last has failed with, until the machine is left for it.
    failed: Option<Error>,
}

impl Belongings for Held {
    fn call_leaf(&mut self, number: u64, cpu: &mut Cpu<'_, '_>) -> Option<u32> {
        // What has failed is not called again: the machine is about to be left for it.
        if self.failed.is_some() {
            return None;
        }
        let function = self.functions.get(&number)?;
        let leaf = function.leaf.as_ref()?;
        let before = cpu.count();
        let called = catch_unwind(AssertUnwindSafe(|| match leaf {
            Leaf::Function(call) => call(cpu),
            Leaf::Method(call) => call(&self.value(cpu, cpu.arg(1))?.value, cpu),
        }));
        let error = match called {
            Ok(None) => return None,
            Ok(Some(Ok(()))) => return Some(cpu.count().saturating_sub(before)),
            Ok(Some(Err(error))) => function.with_name_of_argument(error),
            Err(panic) => Error::Panic(text_of(&*panic)),
        };
        cpu.set_count(before);
        self.failed = Some(error);
        None
    }
}

/// How positions in helpers begin: see [`Lua::helper`](crate::Lua).
const HELPER: &[u8] = b"[bvm]:";

/// Name of the metatable of errors in the registry, and of the function that shows them.
const ERROR: &str = "bvm.error";

/// The place among the natives of the one that all functions of the host are, if it is not that of leaves.
static CALL: LazyLock<u32> = LazyLock::new(|| place_of(bvm_stdlib::host::CALL));

/// The same for leaves.
static LEAF: LazyLock<u32> = LazyLock::new(|| place_of(bvm_stdlib::host::LEAF));

fn place_of(native: &str) -> u32 {
    let natives = bvm_stdlib::natives();
    let place = natives.iter().position(|n| n.name == native);
    place
        .and_then(|i| u32::try_from(i).ok())
        .unwrap_or(u32::MAX)
}

impl Held {
    /// Does something with what a guest has of its host.
    pub fn of<R>(vm: &mut Vm, f: impl FnOnce(&mut Held) -> R) -> R {
        vm.with_belongings(f)
    }

    /// The same in the middle of something.
    pub fn within<'a, 'c, R>(
        cpu: &mut Cpu<'a, 'c>,
        f: impl FnOnce(&mut Held, &mut Cpu<'a, 'c>) -> R,
    ) -> R {
        cpu.with_belongings(f)
    }

    /// What the leaf has failed with that the machine has been left for.
    pub fn take_failure(&mut self) -> Option<Error> {
        self.failed.take()
    }

    /// The function with a number. There is none when the guest comes from elsewhere.
    pub fn function(&self, number: u64) -> Option<Arc<HostFunction>> {
        self.functions.get(&number).cloned()
    }

    /// The name of the function with a number.
    pub fn name(&self, number: u64) -> Option<String> {
        let function = self.functions.get(&number)?;
        function.name.as_ref().map(|name| name.to_string())
    }

    /// Makes a function with a name known, whether the guest has it already or will get it.
    pub fn register(&mut self, function: &Arc<HostFunction>) {
        if let Some(name) = &function.name {
            self.functions.insert(number_of(name), function.clone());
        }
    }

    /// Makes a type known.
    pub fn know(&mut self, class: Arc<ClassInfo>) {
        if !self.classes.contains_key(class.name) {
            for member in &class.members {
                self.register(&member.function);
            }
            self.classes.insert(class.name, class);
        }
    }

    /// Gives a function to the guest.
    ///
    /// # Errors
    /// No memory.
    pub fn give(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        function: Arc<HostFunction>,
    ) -> Result<bvm_vm::Value, Raise> {
        let number = match &function.name {
            Some(name) => number_of(name),
            None => cpu.next_held(),
        };
        // One with a name is there once, however many guests have it.
        let outside = function.name.is_none().then(|| EACH + function.size());
        let outside = outside.unwrap_or(0);
        let stands = cpu.new_stand_in(HELD_FUNCTION, number, None, outside)?;
        let native = if function.leaf.is_some() {
            *LEAF
        } else {
            *CALL
        };
        let made = cpu.new_native(native, &[stands.into()])?;
        self.functions.insert(number, function);
        Ok(made)
    }

    /// Gives a value to the guest, as a userdata with a metatable.
    ///
    /// # Errors
    /// No memory.
    pub fn give_value(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        value: HeldEntry,
        meta: Option<Table>,
    ) -> Result<bvm_vm::Value, Raise> {
        let number = cpu.next_held();
        let outside = EACH + value.size();
        let stands = cpu.new_stand_in(HELD_VALUE, number, meta, outside)?;
        self.values.insert(number, value);
        Ok(stands.into())
    }

    /// The value that a userdata stands for.
    pub fn value(&self, cpu: &Cpu<'_, '_>, word: bvm_vm::Value) -> Option<&HeldEntry> {
        let userdata = Userdata::of(word)?;
        let class = cpu.mem.get(userdata.0, Userdata::CLASS);
        let number = cpu.mem.get(userdata.0, Userdata::PAYLOAD);
        self.values.get(&number).filter(|_| class == HELD_VALUE)
    }

    /// Takes the value that a userdata stands for away from the guest.
    pub fn take_value(&mut self, cpu: &Cpu<'_, '_>, word: bvm_vm::Value) -> Option<HeldEntry> {
        self.value(cpu, word)?;
        let userdata = Userdata::of(word)?;
        let number = cpu.mem.get(userdata.0, Userdata::PAYLOAD);
        self.values.remove(&number)
    }

    /// The error of the host that a value of the guest is.
    pub fn error_of(vm: &mut Vm, word: bvm_vm::Value) -> Option<Error> {
        vm.access(|cpu| Held::within(cpu, |held, cpu| held.value(cpu, word)?.as_error().cloned()))
    }

    /// What a function of the host raises, as the guest sees it.
    ///
    /// # Errors
    /// The raise itself, when it is a text of the machine.
    pub fn error_value(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        error: Error,
    ) -> Result<bvm_vm::Value, Raise> {
        match error {
            Error::Runtime(message) => Err(fail(cpu, &message)),
            Error::Type(mismatch) => Err(wrong_value(cpu, &mismatch)),
            Error::OutOfMemory => Err(Raise::NoMemory),
            Error::OutOfFuel => Err(fail(cpu, "out of fuel")),
            error => {
                let meta = self.error_meta(cpu)?;
                self.give_value(cpu, HeldEntry::error(error), Some(meta))
            }
        }
    }

    fn error_meta(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<Table, Raise> {
        let registry = cpu.registry();
        if let Some(meta) = Table::of(cpu.field(registry, ERROR)?) {
            return Ok(meta);
        }
        let meta = cpu.new_table(0, 2)?;
        cpu.set_field(registry, ERROR, meta.into())?;
        let show = self.give(cpu, show_error())?;
        cpu.set_field(meta, "__tostring", show)?;
        Ok(meta)
    }

    /// What the guest has no userdata for any more.
    #[must_use]
    pub fn released(vm: &mut Vm) -> Released {
        let mut released = Released::default();
        if !vm.has_released() {
            return released;
        }
        let numbers = vm.take_released();
        Held::of(vm, |held| {
            for number in numbers.iter().filter(|number| *number & NAMED == 0) {
                released.functions.extend(held.functions.remove(number));
                released.values.extend(held.values.remove(number));
            }
        });
        released
    }

    /// Takes over the functions of the guest that this one begins with.
    pub fn join(&mut self, other: &Held) {
        for (number, function) in &other.functions {
            self.functions
                .entry(*number)
                .or_insert_with(|| function.clone());
        }
        for class in other.classes.values() {
            self.know(class.clone());
        }
    }

    /// What a guest that begins where this one stands has of it.
    pub fn of_fork(&self) -> Held {
        Held {
            functions: self.functions.clone(),
            classes: self.classes.clone(),
            ..Held::default()
        }
    }

    /// The values, in the order of their numbers; without those that scopes lend.
    pub fn values(&self) -> Vec<(u64, HeldEntry)> {
        let is_own = |entry: &HeldEntry| !entry.value.is::<Lent>();
        let values = self.values.iter().filter(|(_, entry)| is_own(entry));
        let mut values: Vec<_> = values.map(|(&n, entry)| (n, entry.clone())).collect();
        values.sort_by_key(|(number, _)| *number);
        values
    }

    /// Values as they are saved.
    ///
    /// # Errors
    /// [`Error::NotSaved`]; what a type's own way of saving says.
    pub fn save(values: &[(u64, HeldEntry)]) -> Result<Vec<SavedValue>> {
        let mut saved = Vec::with_capacity(values.len());
        for (number, entry) in values {
            let bytes = match &entry.class {
                // What it said is all that is left of an error.
                None => Ok(entry.error_text().into_bytes()),
                Some(class) => {
                    let refused = || Err(Error::NotSaved(class.name.to_owned()));
                    class.keep.save(&entry.value).unwrap_or_else(refused)
                }
            };
            saved.push(SavedValue {
                number: *number,
                class: entry.name.to_owned(),
                bytes: bytes?,
            });
        }
        Ok(saved)
    }

    /// Takes values that were saved.
    ///
    /// # Errors
    /// [`Error::NotSaved`] for types that this host does not know; what a type's own way of loading says.
    pub fn load(&mut self, saved: &[SavedValue]) -> Result<()> {
        for SavedValue {
            number,
            class,
            bytes,
        } in saved
        {
            let entry = match self.classes.get(class.as_str()) {
                None if class == ERROR_CLASS => {
                    HeldEntry::error(Error::Runtime(String::from_utf8_lossy(bytes).into_owned()))
                }
                known => {
                    let known = known.ok_or_else(|| Error::NotSaved(class.clone()))?;
                    let value = known.keep.load(bytes);
                    HeldEntry {
                        value: value.unwrap_or_else(|| Err(Error::NotSaved(class.clone())))?,
                        name: known.name,
                        class: Some(known.clone()),
                    }
                }
            };
            self.values.insert(*number, entry);
        }
        Ok(())
    }
}

/// An error with the position of whoever called the function of the host, past this crate's own helpers.
fn fail(cpu: &mut Cpu<'_, '_>, message: &str) -> Raise {
    let is_helper = debug::position(cpu, 1).starts_with(HELPER);
    cpu.error_at(if is_helper { 2 } else { 1 }, message.as_bytes())
}

fn wrong_value(cpu: &mut Cpu<'_, '_>, mismatch: &Mismatch) -> Raise {
    match mismatch.place {
        Place::Argument(number) if mismatch.path.is_empty() => {
            let text = format!("{} expected, got {}", mismatch.expected, mismatch.got);
            cpu.arg_error(number, text.as_bytes())
        }
        Place::Argument(number) => {
            let place = Place::Argument(cpu.arg_number(number));
            let mismatch = Mismatch {
                place,
                ..mismatch.clone()
            };
            fail(cpu, &mismatch.to_string())
        }
        _ => fail(cpu, &mismatch.to_string()),
    }
}

/// The function behind `tostring` of errors.
fn show_error() -> Arc<HostFunction> {
    let call = |cx: &Cx<'_>, args: MultiValue| {
        let error = match args.as_slice() {
            [Value::Userdata(held), ..] => held.held_error(cx.lua())?,
            _ => None,
        };
        let text = error.map_or_else(String::new, |error| error.to_string());
        Ok(MultiValue::from_iter([Value::String(Str::from(text))]))
    };
    let target = Target::Function(Box::new(call));
    Arc::new(HostFunction::new(Some(ERROR.into()), target))
}
