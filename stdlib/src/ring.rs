//! `ring`: how a program runs code that it does not trust, and what it lets that code do. What rings are is the
//! machine's.

use crate::base::{c_name, check_int, thread_globals};
use crate::compile::{self, Compiled, Named, Wanted};
use crate::define::{self, Library};
use crate::functions;
use crate::io::handle;
use crate::limits::{self, opt_table, whole_field};
use bvm_vm::data::table;
use bvm_vm::heap::barrier;
use bvm_vm::objects::root::{self, AT};
use bvm_vm::objects::{Str, Table, Thread};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Type, Value};

/// The library.
pub const LIBRARY: Library = Library {
    name: "ring",
    functions: &[],
    additions: functions! { "ring":
        /// `ring.run(n, f, [limits], …)`: `pcall` of a function or source in ring n, with limits of `fuel`, `memory` and `depth`.
        "run" = run;
        /// `ring.load(n, source [, name [, env]])`: a function of ring n, in that ring's globals; or nil and a message.
        "load" = load;
        /// `ring.globals(n)`: the table of globals that code of ring n gets.
        "globals" = globals;
        /// `ring.seal(t, n)`: from now on only code of ring n or further inside may change t; returns t.
        "seal" = seal;
        /// `ring.gate(f [, most [, types]])`: runs `f` with the maker's rights for callers up to ring `most`.
        "gate" = gate;
        /// `ring.current()`: the ring whose rights the caller has, and the one that pays.
        "current" = current;
        /// `ring.caller()`: the ring that the running gate or function of another ring was called from.
        "caller" = caller;
        /// `ring.limit(n, limits)`: sets what ring n may still use: `fuel`, `memory`, `depth` of calls, `hypercalls`, `output`, `messages`.
        "limit" = limits::limit;
        /// `ring.left(n)`: what ring n may still use of fuel, memory, hypercalls, output and messages; nil for what has no limit.
        "left" = limits::left;
        /// `ring.used(n)`: what ring n has used of fuel, memory, hypercalls, output and messages.
        "used" = limits::used;
        /// What `ring.gate` returns.
        ("gated") = gated;
    },
    outermost: Ring::Plugin,
    open: None,
};

/// Units of fuel that a plugin gets when nobody says how much.
const PLUGIN_FUEL: u64 = 1_000_000;
/// Bytes of memory that a plugin gets when nobody says how much.
const PLUGIN_MEMORY: u64 = 4 << 20;

/// What of the program's globals plugins get: what only computes, or asks for itself whether it may.
const SHARED: &[&str] = &[
    "_VERSION",
    "assert",
    "bit",
    "bit32",
    "collectgarbage",
    "coroutine",
    "error",
    "getfenv",
    "getmetatable",
    "ipairs",
    "load",
    "loadstring",
    "math",
    "next",
    "pairs",
    "pcall",
    "print",
    "rawequal",
    "rawget",
    "rawset",
    "ring",
    "select",
    "setfenv",
    "setmetatable",
    "string",
    "table",
    "task",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "utf8",
    "xpcall",
];

/// Seals the libraries, the program's globals and the metatables of strings and files against plugins.
pub(crate) fn seal_libraries(cpu: &mut Cpu<'_, '_>, loaded: Table) -> Result<(), Raise> {
    let globals = cpu.globals();
    let mut sealed = vec![globals, loaded];
    let registry = cpu.registry();
    sealed.extend(Table::of(cpu.field(registry, handle::META)?));
    if let Some(package) = Table::of(cpu.field(loaded, "package")?) {
        for name in ["loaders", "preload"] {
            sealed.extend(Table::of(cpu.field(package, name)?));
        }
    }
    for library in crate::LIBRARIES {
        if let Ok(v) = cpu.field(loaded, library.name)
            && let Some(t) = Table::of(v)
        {
            sealed.push(t);
        }
    }
    let strings = AT + u32::from(root::TYPE_META) + 4 * Type::String as u32;
    sealed.push(Table(cpu.mem.load(strings)));
    for t in sealed.into_iter().filter(|t| t.0 != 0) {
        cpu.seal(t, Ring::Application);
    }
    Ok(())
}

/// The ring in slot `i`.
pub(crate) fn check_ring(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Ring, Raise> {
    let n = check_int(cpu, i)?;
    match u8::try_from(n).ok().and_then(Ring::new) {
        Some(ring) => Ok(ring),
        None => Err(cpu.arg_error(i, b"ring 1, 2 or 3 expected")),
    }
}

/// A ring that the caller may run code in: its own or one further out.
pub(crate) fn check_outer_ring(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<Ring, Raise> {
    let (ring, own) = (check_ring(cpu, i)?, cpu.ring());
    if ring < own {
        let text = format!("{ring} is closed to {own}");
        return Err(cpu.arg_error(i, text.as_bytes()));
    }
    Ok(ring)
}

/// Slot of the function that `ring.run` calls, behind what the machine has to know of the limits.
const CALLED: u32 = 6;

fn run(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return Ok(Next::Return(cpu.count() + 1 - CALLED));
    }
    let ring = check_outer_ring(cpu, 1)?;
    let limits = opt_table(cpu, 3)?;
    if let Some(limits) = limits {
        limits::check_names(cpu, 3, limits, limits::OF_CALLS)?;
    }
    let mut fuel = whole_field(cpu, 3, limits, "fuel")?;
    let mut memory = whole_field(cpu, 3, limits, "memory")?;
    let depth = limits::depth_field(cpu, 3, limits)?;
    if ring == Ring::Plugin {
        fuel = fuel.or(Some(PLUGIN_FUEL));
        memory = memory.or(Some(PLUGIN_MEMORY));
    }
    cpu.charge(20)?;
    let mut f = cpu.arg(2);
    if let Some(source) = Str::of(f) {
        match compile(cpu, ring, source, "=plugin", None)? {
            Ok(made) => f = made,
            Err(refused) => return refuse(cpu, Value::FALSE, &refused.message),
        }
    } else {
        cpu.check_function(2)?;
    }
    cpu.set_count(cpu.count().max(3));
    // In a gate its caller pays for this, too.
    let rings = cpu.rings().call(ring);
    let most = cpu.depth_limit_of(rings.payer);
    let depth = depth.map_or(most, |depth| Some(depth.min(most.unwrap_or(depth))));
    let noted = cpu.limit(rings.payer, fuel, memory, depth);
    for (i, v) in (1..).zip(noted) {
        if i <= 3 {
            cpu.set_arg(i, v);
        } else {
            cpu.insert(i, v);
        }
    }
    cpu.insert(CALLED, f);
    cpu.change_rings(rings, true);
    Ok(Next::Protect {
        func: CALLED,
        handler: 0,
        step: 1,
    })
}

/// Answers a value and a message.
fn refuse(cpu: &mut Cpu<'_, '_>, v: Value, message: &[u8]) -> Answer {
    cpu.push(v);
    cpu.push_bytes(message)?;
    Ok(Next::Return(2))
}

/// Compiles a source into a function of a ring, in that ring's globals or in those given.
fn compile(
    cpu: &mut Cpu<'_, '_>,
    ring: Ring,
    source: Str,
    name: &str,
    env: Option<Table>,
) -> Result<Compiled, Raise> {
    let env = match env {
        Some(env) => env,
        None => globals_of(cpu, ring)?,
    };
    let wanted = Wanted::in_ring(ring, env);
    compile::compile(cpu, source, 0, Named::As(name.as_bytes()), wanted)
}

fn load(cpu: &mut Cpu<'_, '_>) -> Answer {
    let ring = check_outer_ring(cpu, 1)?;
    let source = cpu.check_string(2)?;
    let name = match cpu.opt_string(3)? {
        Some(name) => String::from_utf8_lossy(c_name(cpu.bytes(name))).into_owned(),
        None => "=plugin".to_owned(),
    };
    let env = opt_table(cpu, 4)?;
    match compile(cpu, ring, source, &name, env)? {
        Ok(function) => {
            cpu.push(function);
            Ok(Next::Return(1))
        }
        Err(refused) => refuse(cpu, Value::NIL, &refused.message),
    }
}

/// Where the registry keeps the globals of a ring.
fn key_of(ring: Ring) -> &'static str {
    match ring {
        Ring::Library => "_RING1",
        Ring::Application => "_RING2",
        Ring::Plugin => "_RING3",
    }
}

/// The globals that code of a ring gets: the thread's own for those inside, and for plugins a table that is
/// made when it is first asked for.
pub(crate) fn globals_of(cpu: &mut Cpu<'_, '_>, ring: Ring) -> Result<Table, Raise> {
    if ring != Ring::Plugin {
        return Ok(thread_globals(cpu));
    }
    let registry = cpu.registry();
    let known = cpu.field(registry, key_of(ring))?;
    if let Some(t) = Table::of(known) {
        return Ok(t);
    }
    let made = cpu.new_table(0, SHARED.len() as u32 + 1)?;
    cpu.set_field(registry, key_of(ring), made.into())?;
    let globals = cpu.globals();
    for name in SHARED {
        let v = cpu.field(globals, name)?;
        if !v.is_nil() {
            cpu.set_field(made, name, v)?;
        }
    }
    cpu.set_field(made, "_G", made.into())?;
    Ok(made)
}

/// Makes the globals of a ring those of the running thread.
///
/// # Errors
/// No memory.
pub fn use_globals_of(cpu: &mut Cpu<'_, '_>, ring: Ring) -> Result<(), Raise> {
    let globals = globals_of(cpu, ring)?;
    let thread = cpu.thread();
    barrier::link(cpu.mem, thread.0, Thread::ENV, globals.0);
    Ok(())
}

fn globals(cpu: &mut Cpu<'_, '_>) -> Answer {
    let ring = check_outer_ring(cpu, 1)?;
    let t = globals_of(cpu, ring)?;
    cpu.push(t.into());
    Ok(Next::Return(1))
}

fn seal(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_own_table(1)?;
    let ring = check_outer_ring(cpu, 2)?;
    cpu.seal(t, ring);
    cpu.set_count(1);
    Ok(Next::Return(1))
}

fn current(cpu: &mut Cpu<'_, '_>) -> Answer {
    let rings = cpu.rings();
    cpu.push(number(rings.level));
    cpu.push(number(rings.payer));
    Ok(Next::Return(2))
}

fn caller(cpu: &mut Cpu<'_, '_>) -> Answer {
    let ring = cpu.caller_ring();
    cpu.push(number(ring));
    Ok(Next::Return(1))
}

fn number(ring: Ring) -> Value {
    Value::number(f64::from(ring.number()))
}

/// Upvalues of a gate: the function, the ring that has made it, the outermost one it is open to, and the
/// types of its arguments.
const GATE_FUNCTION: u32 = 1;
const GATE_RING: u32 = 2;
const GATE_MOST: u32 = 3;
const GATE_TYPES: u32 = 4;

/// Most arguments whose types a gate checks.
const MOST_TYPES: u32 = 250;

fn gate(cpu: &mut Cpu<'_, '_>) -> Answer {
    let f = cpu.check_function(1)?;
    let most = match cpu.arg(2).is_nil() {
        true => Ring::Plugin,
        false => check_outer_ring(cpu, 2)?,
    };
    let types = opt_table(cpu, 3)?;
    let listed = types.map_or(0, |t| table::border(cpu.mem, t));
    if listed > MOST_TYPES {
        return Err(cpu.arg_error(3, b"too many types"));
    }
    for i in 1..=listed {
        let name = types.map_or(Value::NIL, |t| table::get_int(cpu.mem, t, i));
        let known = Str::of(name).is_some_and(|s| Wish::of(cpu.bytes(s)).is_some());
        if !known {
            let text = format!("unknown type at index {i}");
            return Err(cpu.arg_error(3, text.as_bytes()));
        }
    }
    cpu.charge(u64::from(listed) + 4)?;
    let types = match types {
        // A copy: nobody else can change it.
        Some(t) => Value::from(copy_list(cpu, t, listed)?),
        None => Value::NIL,
    };
    cpu.push(types);
    let values = [f, number(cpu.ring()), number(most), types];
    let made = define::native(cpu, "ring.gated", &values)?;
    cpu.push(made);
    Ok(Next::Return(1))
}

fn copy_list(cpu: &mut Cpu<'_, '_>, from: Table, count: u32) -> Result<Table, Raise> {
    let made = cpu.new_table(count, 0)?;
    for i in 1..=count {
        let v = table::get_int(cpu.mem, from, i);
        table::set_int(cpu.mem, made, i, v)?;
    }
    Ok(made)
}

/// What a gate wants of an argument.
struct Wish {
    /// `None` is any type.
    type_of: Option<Type>,
    /// Whether nil will do as well.
    optional: bool,
}

impl Wish {
    /// Reads a name of a type, with `?` behind it when nil will do as well.
    fn of(name: &[u8]) -> Option<Wish> {
        let (name, optional) = match name.strip_suffix(b"?") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let type_of = match name {
            b"any" => None,
            b"boolean" => Some(Type::Boolean),
            b"number" => Some(Type::Number),
            b"string" => Some(Type::String),
            b"table" => Some(Type::Table),
            b"function" => Some(Type::Function),
            b"userdata" => Some(Type::Userdata),
            b"thread" => Some(Type::Thread),
            _ => return None,
        };
        Some(Wish { type_of, optional })
    }

    fn fits(&self, v: Value) -> bool {
        match self.type_of {
            _ if self.optional && v.is_nil() => true,
            Some(wanted) => v.type_of() == wanted,
            None => true,
        }
    }
}

/// Slot of the function that a gate calls, behind what the machine has to know of it.
const GATED: u32 = 2;

fn gated(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return Ok(Next::Return((cpu.count() + 1).saturating_sub(GATED)));
    }
    cpu.charge(4 + u64::from(cpu.count()))?;
    let ring_in = |i| cpu.upvalue(i).as_number().and_then(|n| Ring::new(n as u8));
    let ring = ring_in(GATE_RING).unwrap_or(Ring::Plugin);
    let most = ring_in(GATE_MOST).unwrap_or(Ring::Library);
    let own = cpu.rings();
    if own.level > most {
        return Err(cpu.fail(&format!("this gate is closed to {}", own.level)));
    }
    if let Some(types) = Table::of(cpu.upvalue(GATE_TYPES)) {
        check_arguments(cpu, types)?;
    }
    let noted = cpu.enter_gate(ring)?;
    cpu.insert(1, noted);
    let f = cpu.upvalue(GATE_FUNCTION);
    cpu.insert(GATED, f);
    Ok(Next::Call {
        func: GATED,
        step: 1,
    })
}

/// Holds the arguments against a gate's list of types.
fn check_arguments(cpu: &mut Cpu<'_, '_>, types: Table) -> Result<(), Raise> {
    let listed = table::border(cpu.mem, types).min(MOST_TYPES);
    cpu.pay(u64::from(listed) / 4);
    if cpu.count() > listed {
        return Err(cpu.fail(&format!("this gate takes {listed} arguments")));
    }
    for i in 1..=listed {
        let name = table::get_int(cpu.mem, types, i);
        let Some(name) = Str::of(name).map(|s| cpu.bytes(s).to_vec()) else {
            continue;
        };
        let v = cpu.arg(i);
        if Wish::of(&name).is_some_and(|wish| !wish.fits(v)) {
            return Err(cpu.arg_type_error(i, &String::from_utf8_lossy(&name)));
        }
    }
    Ok(())
}
