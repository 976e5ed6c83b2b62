//! The basic functions, `print` to `xpcall`. Environments, the collector and loading have files of their own.

use crate::define::{self, Library};
use crate::functions;
use crate::{collect, environment, load, package, portions, print, slots, walk};
use bvm_isa::NumberText;
use bvm_vm::data::{string, table, unfinished};
use bvm_vm::exec::operate::raw_equal;
use bvm_vm::heap::barrier;
use bvm_vm::meta::{self, Event};
use bvm_vm::native::RETURNS_ALL;
use bvm_vm::objects::{Str, Table, Thread, Userdata};
use bvm_vm::{Answer, Cpu, Next, Raise, Ring, Type, Value, debug};

/// The library.
pub const LIBRARY: Library = Library {
    name: "",
    functions: functions! { "_G":
        /// `assert(v [, message])`: returns its arguments, or raises the message when `v` is false.
        "assert" = assert, leaf;
        /// `collectgarbage([option [, arg]])`: controls the garbage collector.
        "collectgarbage" = collect::collectgarbage;
        /// `dofile([name])`: runs a file and returns what it returns.
        "dofile" = load::dofile;
        /// `error(message [, level])`: raises an error.
        "error" = error;
        /// `gcinfo()`: the memory in use in KB.
        "gcinfo" = collect::gcinfo;
        /// `getfenv([f])`: the environment of a function or of the function at a level.
        "getfenv" = environment::getfenv;
        /// `getmetatable(v)`: the metatable, or what its field `__metatable` says.
        "getmetatable" = getmetatable, leaf;
        /// `loadfile([name])`: compiles a file; as an addition, with a mode and an environment as `load`.
        "loadfile" = load::loadfile;
        /// `load(f [, name])`: compiles the pieces that `f` returns; as an addition, `load(chunk [, name [, mode [, env]]])` compiles a string as well.
        "load" = load::load;
        /// `loadstring(s [, name])`: compiles a string; as an addition, with a mode and an environment as `load`.
        "loadstring" = load::loadstring;
        /// `next(t [, key])`: the entry after `key` in the table's order.
        "next" = walk::next, next;
        /// `pcall(f, …)`: calls in protected mode.
        "pcall" = pcall, Pcall;
        /// `print(…)`: writes its arguments, as `tostring` shows them, to standard output.
        "print" = print::print;
        /// `rawequal(a, b)`: equality without metamethods.
        "rawequal" = rawequal, leaf;
        /// `rawget(t, k)`: `t[k]` without metamethods.
        "rawget" = rawget, RawGet;
        /// `rawset(t, k, v)`: `t[k] = v` without metamethods.
        "rawset" = rawset, leaf;
        /// `select(n, …)`: the arguments from number `n` on, or how many for `"#"`.
        "select" = select, Select;
        /// `setfenv(f, t)`: sets the environment of a function, of the function at a level, or of the thread for 0.
        "setfenv" = environment::setfenv;
        /// `setmetatable(t, meta)`: sets or removes the metatable of a table.
        "setmetatable" = setmetatable, SetMetatable;
        /// `tonumber(v [, base])`: the number that `v` is or denotes.
        "tonumber" = crate::tonumber::tonumber, leaf;
        /// `tostring(v)`: the text of a value.
        "tostring" = tostring, leaf;
        /// `type(v)`: the name of the type.
        "type" = type_name, TypeName;
        /// `unpack(t [, i [, j]])`: t[i] … t[j].
        "unpack" = unpack, leaf;
        /// `xpcall(f, handler)`: calls in protected mode with a message handler; as an addition, with arguments after it.
        "xpcall" = xpcall;
        /// `ipairs(t)`: walks t[1], t[2] … up to the first nil.
        ("ipairs") = ipairs, leaf;
        /// `module(name [, …])`: makes a module and its environment.
        ("module") = package::module;
        /// `newproxy([metatable])`: a userdata of size 0, with a new metatable for `true`, a shared one for a proxy.
        ("newproxy") = newproxy;
        /// `pairs(t)`: walks all entries.
        ("pairs") = pairs, leaf;
        /// `require(name)`: loads a module once.
        ("require") = package::require;
        /// The iterator of `ipairs`.
        ("ipairs_step") = ipairs_step, next_index;
    },
    additions: functions! { "_G":
        /// `pairs` where tables may have `__pairs`.
        ("pairs_with_handler") = pairs_with_handler;
        /// `ipairs` where tables may have `__ipairs`.
        ("ipairs_with_handler") = ipairs_with_handler;
    },
    outermost: Ring::Plugin,
    open: Some(open),
};

/// The types in the order of their numbers.
const TYPES: [Type; 9] = [
    Type::Nil,
    Type::Boolean,
    Type::LightUserdata,
    Type::Number,
    Type::String,
    Type::Table,
    Type::Function,
    Type::Userdata,
    Type::Thread,
];

fn open(cpu: &mut Cpu<'_, '_>, globals: Table) -> Result<(), Raise> {
    let version = cpu.new_str(b"Lua 5.1")?;
    cpu.set_field(globals, "_VERSION", version)?;
    let (ipairs, pairs) = match cpu.dialect().has_table_metamethods() {
        true => ("_G.ipairs_with_handler", "_G.pairs_with_handler"),
        false => ("_G.ipairs", "_G.pairs"),
    };
    let step = define::native(cpu, "_G.ipairs_step", &[])?;
    let walk = define::native(cpu, ipairs, &[step])?;
    cpu.set_field(globals, "ipairs", walk)?;
    let step = define::native(cpu, "_G.next", &[])?;
    let walk = define::native(cpu, pairs, &[step])?;
    cpu.set_field(globals, "pairs", walk)?;
    let newproxy = define::native(cpu, "_G.newproxy", &[])?;
    cpu.set_field(globals, "newproxy", newproxy)?;
    let original = cpu.field(globals, "tostring")?;
    let name = cpu.new_str(b"tostring")?;
    let print = define::native(cpu, "_G.print", &[original, name])?;
    cpu.set_field(globals, "print", print)?;
    // `type` answers strings that are made once.
    let mut names = [Value::NIL; TYPES.len()];
    for (to, of) in names.iter_mut().zip(TYPES) {
        *to = cpu.new_str(of.name().as_bytes())?;
    }
    let type_of = define::native(cpu, "_G.type", &names)?;
    cpu.set_field(globals, "type", type_of)
}

/// Argument `i` as C's `int`, cut to 64 bits, then to the lower 32: what 5.1's `luaL_checkint` gives.
///
/// # Errors
/// Not a number.
#[inline]
pub fn check_int(cpu: &mut Cpu<'_, '_>, i: u32) -> Result<i32, Raise> {
    cpu.check_integer(i).map(|n| n as i32)
}

/// Argument `i` as C's `int`, or a default.
///
/// # Errors
/// Not a number.
#[inline]
pub fn opt_int(cpu: &mut Cpu<'_, '_>, i: u32, default: i32) -> Result<i32, Raise> {
    if cpu.arg(i).is_nil() {
        Ok(default)
    } else {
        check_int(cpu, i)
    }
}

/// The globals of the running thread.
pub fn thread_globals(cpu: &Cpu<'_, '_>) -> Table {
    Table(cpu.mem.get(cpu.thread().0, Thread::ENV))
}

fn assert(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == RAISES {
        return raise_long(cpu);
    }
    if !cpu.check_any(1)?.is_falsy() {
        return Ok(Next::Return(cpu.count()));
    }
    match cpu.opt_string(2)? {
        Some(s) => {
            // A leaf's error is made when it is called with a record.
            if cpu.is_leaf() {
                return Ok(Next::Again);
            }
            let len = c_string(cpu.bytes(s)).len() as u32;
            raise_at(cpu, 1, s, len)
        }
        None => Err(cpu.error_at(1, b"assertion failed!")),
    }
}

/// Step of a function whose error is a long text.
const RAISES: u32 = 1;

/// Raises the first `len` bytes of a message behind the position of the function at a level.
fn raise_at(cpu: &mut Cpu<'_, '_>, level: u32, message: Str, len: u32) -> Answer {
    let mut position = debug::position(cpu, level);
    if len <= unfinished::PORTION {
        cpu.charge(u64::from(len) / 64)?;
        let text = cpu.bytes(message).get(..len as usize);
        position.extend_from_slice(text.unwrap_or_default());
        return Err(Raise::Error(cpu.new_str(&position)?));
    }
    let prefix = cpu.new_str(&position)?;
    cpu.set_count(cpu.count().clamp(1, 2));
    cpu.set_arg(1, message.into());
    cpu.set_count(1);
    cpu.push(prefix);
    cpu.push(slots::value(len));
    raise_long(cpu)
}

fn raise_long(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (Some(message), Some(prefix)) = (Str::of(cpu.arg(1)), Str::of(cpu.arg(2))) else {
        return Err(cpu.fail("damaged activation"));
    };
    let len = cpu.arg(3).payload();
    let whole = portions::join(cpu, RAISES, prefix, (message, len))?;
    Err(Raise::Error(whole.into()))
}

/// The part of a string that C sees: up to its first zero byte.
pub fn c_string(bytes: &[u8]) -> &[u8] {
    let end = bvm_text::find_plain(bytes, b"\0", 0).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or(bytes)
}

/// Bytes of a name that count: of a chunk, a word that says what to do, in a message. What a name costs needs no thought
/// then.
pub(crate) const MAX_NAME: usize = 4096;

/// Bytes of a text that is followed in one piece: a format, a search path.
pub(crate) const MAX_TEXT: usize = 16 << 10;

/// The same of a name, which ends after [`MAX_NAME`] bytes, too.
pub(crate) fn c_name(bytes: &[u8]) -> &[u8] {
    c_string(bytes.get(..MAX_NAME).unwrap_or(bytes))
}

fn error(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == RAISES {
        return raise_long(cpu);
    }
    let level = opt_int(cpu, 2, 1)?;
    let v = cpu.arg(1);
    if level <= 0 || !matches!(v.type_of(), Type::String | Type::Number) {
        return Err(Raise::Error(v));
    }
    charge_levels(cpu, level as u32)?;
    match cpu.to_str(v)? {
        Some(s) => {
            let len = string::len(cpu.mem, s);
            raise_at(cpu, level as u32, s, len)
        }
        None => Err(Raise::Error(v)),
    }
}

/// Charges for finding the activation at a level: each one on the way is looked at.
///
/// # Errors
/// Out of fuel.
pub(crate) fn charge_levels(cpu: &mut Cpu<'_, '_>, level: u32) -> Result<(), Raise> {
    cpu.charge(u64::from(level.min(1 << 15)) / 4)
}

fn getmetatable(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.check_any(1)?;
    let result = match meta::metatable(cpu.mem, v) {
        None => Value::NIL,
        Some(t) => match meta::cached_event_of(cpu.mem, t, Event::Metatable) {
            shown if shown.is_nil() => t.into(),
            shown => shown,
        },
    };
    cpu.push(result);
    Ok(Next::Return(1))
}

fn setmetatable(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_own_table(1)?;
    let to = match (Table::of(cpu.arg(2)), cpu.has(2) && cpu.arg(2).is_nil()) {
        (Some(to), _) => Some(to),
        (None, true) => None,
        (None, false) => return Err(cpu.arg_error(2, b"nil or table expected")),
    };
    if !cpu.handler(t.into(), Event::Metatable).is_nil() {
        return Err(cpu.fail("cannot change a protected metatable"));
    }
    barrier::link(cpu.mem, t.0, Table::META, to.map_or(0, |to| to.0));
    cpu.set_count(1);
    Ok(Next::Return(1))
}

fn rawequal(cpu: &mut Cpu<'_, '_>) -> Answer {
    let (a, b) = (cpu.check_any(1)?, cpu.check_any(2)?);
    cpu.push(Value::boolean(raw_equal(a, b)));
    Ok(Next::Return(1))
}

fn rawget(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let key = cpu.check_any(2)?;
    let v = table::get(cpu.mem, t, key);
    cpu.push(v);
    Ok(Next::Return(1))
}

fn rawset(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let (key, value) = (cpu.check_any(2)?, cpu.check_any(3)?);
    cpu.raw_set_in_portions(t, key, value)?;
    cpu.set_count(1);
    Ok(Next::Return(1))
}

fn newproxy(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.arg(1);
    let metatable = if v.is_falsy() {
        None
    } else if v.type_of() == Type::Boolean {
        Some(cpu.new_table(0, 0)?)
    } else {
        let proxy = Userdata::of(v);
        let proxy = proxy.filter(|u| cpu.mem.get(u.0, Userdata::CLASS) == define::CLASS_PROXY);
        match proxy.and_then(|u| meta::metatable(cpu.mem, u.into())) {
            Some(shared) => Some(shared),
            None => return Err(cpu.arg_error(1, b"boolean or proxy expected")),
        }
    };
    let made = cpu.new_userdata(define::CLASS_PROXY, 0, metatable)?;
    cpu.push(made.into());
    Ok(Next::Return(1))
}

fn pairs(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let step = cpu.upvalue(1);
    cpu.push(step);
    cpu.push(t.into());
    cpu.push(Value::NIL);
    Ok(Next::Return(3))
}

fn ipairs(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let step = cpu.upvalue(1);
    cpu.push(step);
    cpu.push(t.into());
    cpu.push(Value::number(0.0));
    Ok(Next::Return(3))
}

fn pairs_with_handler(cpu: &mut Cpu<'_, '_>) -> Answer {
    match walk_by_handler(cpu, Event::Pairs)? {
        Some(next) => Ok(next),
        None => pairs(cpu),
    }
}

fn ipairs_with_handler(cpu: &mut Cpu<'_, '_>) -> Answer {
    match walk_by_handler(cpu, Event::IPairs)? {
        Some(next) => Ok(next),
        None => ipairs(cpu),
    }
}

/// What the handler of a value for `pairs` or `ipairs` answers, if it has one.
fn walk_by_handler(cpu: &mut Cpu<'_, '_>, event: Event) -> Result<Option<Next>, Raise> {
    if cpu.step_number() == 1 {
        // The results lie behind the value; there are always three.
        cpu.set_count(4);
        return Ok(Some(Next::Return(3)));
    }
    let v = cpu.arg(1);
    let handler = cpu.handler(v, event);
    if handler.is_nil() {
        return Ok(None);
    }
    cpu.set_count(1);
    cpu.push(handler);
    cpu.push(v);
    Ok(Some(Next::Call { func: 2, step: 1 }))
}

fn ipairs_step(cpu: &mut Cpu<'_, '_>) -> Answer {
    let i = check_int(cpu, 2)?.wrapping_add(1);
    let t = cpu.check_table(1)?;
    let key = Value::number(f64::from(i));
    let v = table::get(cpu.mem, t, key);
    if v.is_nil() {
        return Ok(Next::Return(0));
    }
    cpu.push(key);
    cpu.push(v);
    Ok(Next::Return(2))
}

fn pcall(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return Ok(Next::Return(cpu.count()));
    }
    cpu.check_any(1)?;
    Ok(Next::Protect {
        func: 1,
        handler: 0,
        step: 1 | RETURNS_ALL,
    })
}

fn xpcall(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        return Ok(Next::Return(cpu.count() - 1));
    }
    let handler = cpu.check_any(2)?;
    let function = cpu.arg(1);
    if !cpu.dialect().has_additions() {
        cpu.set_count(2);
    }
    cpu.set_arg(1, handler);
    cpu.set_arg(2, function);
    Ok(Next::Protect {
        func: 2,
        handler: 1,
        step: 1 | RETURNS_ALL,
    })
}

fn select(cpu: &mut Cpu<'_, '_>) -> Answer {
    let count = cpu.count();
    if let Some(s) = Str::of(cpu.arg(1))
        && cpu.bytes(s).first() == Some(&b'#')
    {
        cpu.push(Value::number(f64::from(count.saturating_sub(1))));
        return Ok(Next::Return(1));
    }
    let n = i64::from(check_int(cpu, 1)?);
    let count = i64::from(count);
    let n = if n < 0 { count + n } else { n.min(count) };
    if n < 1 {
        return Err(cpu.arg_error(1, b"index out of range"));
    }
    Ok(Next::Return((count - n) as u32))
}

pub(crate) fn unpack(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == UNPACKING {
        return unpack_on(cpu);
    }
    let t = cpu.check_table(1)?;
    let from = i64::from(opt_int(cpu, 2, 1)?);
    let to = match cpu.arg(3).is_nil() {
        true => i64::from(table::border(cpu.mem, t)),
        false => i64::from(check_int(cpu, 3)?),
    };
    if from > to {
        return Ok(Next::Return(0));
    }
    let count = u32::try_from(to - from + 1).unwrap_or(u32::MAX);
    if count > portions::ARGUMENTS {
        return unpack_many(cpu, from, count);
    }
    cpu.charge(u64::from(count) / 8)?;
    if !cpu.reserve(count)? {
        return Err(cpu.fail(TOO_MANY));
    }
    push_range(cpu, t, from, count);
    Ok(Next::Return(count))
}

/// What is said of a range that is too long.
const TOO_MANY: &str = "too many results to unpack";
/// The step of `unpack` that goes on, with table, first and last place in its window and what there is of the results.
const UNPACKING: u32 = 1;

/// The same for many values.
fn unpack_many(cpu: &mut Cpu<'_, '_>, from: i64, count: u32) -> Answer {
    if cpu.is_leaf() {
        return Ok(Next::Again);
    }
    if !cpu.reserve(count)? {
        cpu.charge(u64::from(count.min(bvm_vm::args::MAX_WINDOW)) / 8)?;
        return Err(cpu.fail(TOO_MANY));
    }
    cpu.set_count(3);
    cpu.set_arg(2, Value::number(from as f64));
    cpu.set_arg(3, Value::number((from + i64::from(count)) as f64));
    unpack_on(cpu)
}

fn unpack_on(cpu: &mut Cpu<'_, '_>) -> Answer {
    let t = cpu.check_table(1)?;
    let (from, end) = (slots::place(cpu.arg(2)), slots::place(cpu.arg(3)));
    loop {
        let done = cpu.count().saturating_sub(3);
        let at = from.saturating_add(i64::from(done));
        let left = end.saturating_sub(at).max(0);
        if left == 0 {
            return Ok(Next::Return(done));
        }
        if done > 0 && cpu.is_dry() {
            cpu.set_step(UNPACKING);
            return Err(cpu.pause());
        }
        let more = left.min(i64::from(portions::ARGUMENTS)) as u32;
        // There is room, but for a strange snapshot.
        if !cpu.reserve(more)? {
            return Err(cpu.fail(TOO_MANY));
        }
        cpu.pay(u64::from((done + more) / 8 - done / 8));
        push_range(cpu, t, at, more);
    }
}

/// Adds `count` values of a table to the window, which has room for them.
fn push_range(cpu: &mut Cpu<'_, '_>, t: Table, from: i64, count: u32) {
    let to = from.saturating_add(i64::from(count) - 1);
    // Most often the range lies in the array part.
    let part = u32::try_from(from).ok().zip(u32::try_from(to).ok());
    let part = part.filter(|&(_, to)| table::array_slot(cpu.mem, t, to).is_some());
    if let Some(at) = part.and_then(|(from, _)| table::array_slot(cpu.mem, t, from)) {
        return cpu.push_from(at, count);
    }
    for i in from..=to {
        let v = table::get(cpu.mem, t, Value::number(i as f64));
        cpu.push(v);
    }
}

fn type_name(cpu: &mut Cpu<'_, '_>) -> Answer {
    let v = cpu.check_any(1)?;
    let name = cpu.upvalue(v.type_of() as u32 + 1);
    cpu.push(name);
    Ok(Next::Return(1))
}

fn tostring(cpu: &mut Cpu<'_, '_>) -> Answer {
    if cpu.step_number() == 1 {
        cpu.set_count(2);
        return Ok(Next::Return(1));
    }
    let v = cpu.check_any(1)?;
    let handler = cpu.handler(v, Event::ToString);
    if !handler.is_nil() {
        cpu.set_count(1);
        cpu.push(handler);
        cpu.push(v);
        return Ok(Next::Call { func: 2, step: 1 });
    }
    if v.type_of() == Type::String {
        cpu.push(v);
        return Ok(Next::Return(1));
    }
    if let Some(n) = v.as_number() {
        cpu.push_bytes(NumberText::of(n).as_bytes())?;
        return Ok(Next::Return(1));
    }
    let mut text = cpu.take_scratch();
    append(cpu, v, &mut text);
    let made = cpu.new_str(&text);
    cpu.give_scratch(text);
    let made = made?;
    cpu.push(made);
    Ok(Next::Return(1))
}

/// Appends the text of a value as `tostring` without metamethods shows it.
pub fn append(cpu: &Cpu<'_, '_>, v: Value, to: &mut Vec<u8>) {
    match v.type_of() {
        Type::String => to.extend_from_slice(string::bytes_of(cpu.mem, v).unwrap_or_default()),
        Type::Number => {
            let text = NumberText::of(v.as_number().unwrap_or(0.0));
            to.extend_from_slice(text.as_bytes());
        }
        Type::Nil => to.extend_from_slice(b"nil"),
        Type::Boolean => to.extend_from_slice(if v.is_falsy() { b"false" } else { b"true" }),
        _ => to.extend_from_slice(&cpu.display(v)),
    }
}
