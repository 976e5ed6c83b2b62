//! What programs do that come from mlua: its topics, our programs. The table is in `src/recipes/mlua.rs`.

use bvm::{
    AnyUserData, Class, Error, FromLua, Function, Guest, IntoLua, Lua, MultiValue, Ref, RefMut,
    Result, Str, Table, Thread, ThreadStatus, UserData, Value, Variadic,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Money {
    cents: i64,
}

impl UserData for Money {
    const NAME: &'static str = "Money";
    fn class(class: &mut Class<Money>) {
        class.function("new", |cents: i64| Money { cents });
        class.getter("cents", |m: &Money| m.cents);
        class.setter("cents", |m: &mut Money, cents: i64| m.cents = cents);
        class.method("times", |m: &Money, factor: i64| Money {
            cents: m.cents * factor,
        });
        class.method_mut("spend", |m: &mut Money, cents: i64| m.cents -= cents);
        class.meta("__add", |a: Ref<Money>, b: Ref<Money>| Money {
            cents: a.cents + b.cents,
        });
        class.meta_method("__tostring", |m: &Money| {
            format!("{}.{:02}", m.cents / 100, m.cents % 100)
        });
    }
}

#[test]
fn globals_chunks_and_calls() -> Result<()> {
    let lua = lua();
    let globals = lua.globals();
    globals.set("city", "Lyon")?;
    globals.set("zip", 69001)?;
    assert_eq!(globals.get::<u32>("zip")?, 69001);
    lua.load("label = zip .. ' ' .. city")
        .name("=post")
        .exec()?;
    assert_eq!(globals.get::<String>("label")?, "69001 Lyon");
    assert!(lua.load("#city == 4").eval::<bool>()?);
    assert_eq!(lua.load("return zip % 10").eval::<i32>()?, 1);
    let upper: Function = lua.load("string.upper").eval()?;
    assert_eq!(upper.call::<String>("abc")?, "ABC");
    let select: Function = globals.get("select")?;
    let list = Variadic::from_iter(["a", "b", "c"].map(Value::from));
    assert_eq!(select.call::<i64>(("#", list))?, 3);
    Ok(())
}

#[test]
fn functions_of_the_host() -> Result<()> {
    let lua = lua();
    let longest = lua.create_function(|_, words: Variadic<String>| {
        Ok(words.iter().max_by_key(|word| word.len()).cloned())
    })?;
    lua.globals().set("longest", longest)?;
    assert_eq!(
        lua.load("longest('a', 'abc', 'ab')").eval::<String>()?,
        "abc"
    );
    assert_eq!(lua.load("longest()").eval::<Option<String>>()?, None);
    let pairs = lua.create_function(|lua, (keys, value): (Vec<String>, i64)| {
        lua.table_from(keys.into_iter().map(|key| (key, value)))
    })?;
    lua.globals().set("pairs_of", pairs)?;
    assert_eq!(lua.load("pairs_of({ 'x', 'y' }, 3).y").eval::<i64>()?, 3);
    let count = Arc::new(AtomicU32::new(0));
    let counter = count.clone();
    let tick = lua.function(move || counter.fetch_add(1, Ordering::Relaxed))?;
    lua.globals().set("tick", tick)?;
    lua.load("tick() tick()").exec()?;
    assert_eq!(count.load(Ordering::Relaxed), 2);
    Ok(())
}

#[test]
fn chunks_have_names_and_environments_and_may_be_binary() -> Result<()> {
    let lua = lua();
    let error = lua.load("\nerror('no')").name("@dir/a.lua").exec();
    assert_eq!(error.expect_err("an error").to_string(), "dir/a.lua:2: no");
    let globals = lua.table_from([("x", 20)])?;
    let chunk = lua.load("return x * 2 + (...)").environment(&globals);
    assert_eq!(chunk.call::<i64>(2)?, 42);
    let function = lua.load("return ... + 1").into_function()?;
    assert_eq!(lua.load(function.dump()?).call::<i64>(41)?, 42);
    let unfinished = lua.load("for").exec();
    assert!(matches!(unfinished, Err(Error::Syntax(error)) if error.incomplete));
    Ok(())
}

#[test]
fn functions_are_bound_and_described() -> Result<()> {
    let lua = lua();
    let f: Function = lua
        .load("return function(a, b, c)\n  return a .. b .. c\nend")
        .name("@f.lua")
        .eval()?;
    assert_eq!(f.bind("x")?.bind(("y", "z"))?.call::<String>(())?, "xyz");
    let info = f.info()?;
    assert_eq!(
        (info.what.as_str(), info.short_source.as_str()),
        ("Lua", "f.lua")
    );
    assert_eq!((info.line, info.last_line), (Some(1), Some(3)));
    assert_eq!(info.source, "@f.lua");
    let print: Function = lua.globals().get("print")?;
    let info = print.info()?;
    assert_eq!((info.what.as_str(), info.line), ("C", None));
    assert!(print.dump().is_err());
    assert_eq!(f.environment()?, lua.globals());
    let other = lua.table()?;
    f.set_environment(&other)?;
    assert_eq!(f.environment()?, other);
    assert!(print.set_environment(&other).is_err());
    Ok(())
}

#[test]
fn tables_are_lists_and_maps() -> Result<()> {
    let lua = lua();
    let list = lua.sequence(["b", "d"])?;
    list.raw_insert(1, "a")?;
    list.raw_insert(3, "c")?;
    list.raw_insert(5, "e")?;
    assert_eq!(list.raw_remove::<String>(4)?, "d");
    assert_eq!(list.raw_remove::<String>(4)?, "e");
    assert!(list.raw_insert(0, "x").is_err() && list.raw_insert(5, "x").is_err());
    assert!(list.raw_remove::<Value>(4).is_err() && list.raw_remove::<Value>(0).is_err());
    list.push("z")?;
    assert_eq!(list.pop::<String>()?, "z");
    let mut text = String::new();
    list.for_each(|i: usize, word: String| {
        text.push_str(&format!("{i}{word}"));
        Ok(())
    })?;
    assert_eq!(text, "1a2b3c");
    let stopped = list.for_each(|_: Value, _: Value| Err(Error::runtime("enough")));
    assert_eq!(stopped, Err(Error::runtime("enough")));
    let map = lua.table()?;
    map.set("list", &list)?;
    assert_eq!(map.get::<Table>("list")?, list);
    let double = lua
        .load("function(self, n) return n * self.by end")
        .eval::<Function>()?;
    map.set("double", double)?;
    map.set("by", 2)?;
    assert_eq!(map.call_method::<i64>("double", 21)?, 42);
    assert!(map.get::<u8>("list").is_err());
    assert_eq!(map.get::<Option<u8>>("none")?, None);
    let meta = lua.table_from([("__index", &map)])?;
    let child = lua.table()?;
    child.set_metatable(Some(&meta))?;
    assert_eq!(child.get::<i64>("by")?, 2);
    assert_eq!(child.raw_get::<Value>("by")?, Value::Nil);
    assert_eq!(child.metatable()?, Some(meta));
    Ok(())
}

#[test]
fn coroutines() -> Result<()> {
    let lua = lua();
    let f = lua.load("local a = coroutine.yield(... + 1) error('no ' .. a, 0)");
    let thread: Thread = lua.thread(&f.into_function()?)?;
    assert_eq!(thread.status()?, ThreadStatus::Suspended);
    assert_eq!(thread.resume::<i64>(1)?, 2);
    let error = thread.resume::<Value>("luck").expect_err("an error");
    assert_eq!(error.to_string(), "no luck");
    assert_eq!(thread.status()?, ThreadStatus::Dead);
    assert!(thread.resume::<Value>(()).is_err());
    let print: Function = lua.globals().get("print")?;
    assert!(lua.thread(&print).is_err());
    Ok(())
}

#[test]
fn values_are_asked_what_they_are() -> Result<()> {
    let lua = lua();
    let values: MultiValue = lua
        .load("true, 7, 1.5, 'x', {}, print, coroutine.create(function() end)")
        .eval()?;
    let [b, n, half, s, t, f, c] = values.as_slice() else {
        panic!("seven values")
    };
    assert_eq!(b.as_boolean(), Some(true));
    assert_eq!((n.as_integer(), n.as_number()), (Some(7), Some(7.0)));
    assert_eq!((half.as_integer(), half.as_boolean()), (None, None));
    assert_eq!(Value::Number((1_u64 << 63) as f64).as_integer(), None);
    assert_eq!(Value::Number(i64::MIN as f64).as_integer(), Some(i64::MIN));
    assert_eq!(Value::Number(f64::NAN).as_integer(), None);
    assert_eq!(s.as_string(), Some(&Str::from("x")));
    assert!(t.as_table().is_some() && f.as_function().is_some() && c.as_thread().is_some());
    assert!(s.as_table().is_none() && t.as_userdata().is_none());
    let names = values.as_slice().iter().map(Value::type_name);
    let all: Vec<&str> = names.collect();
    let expected = [
        "boolean", "number", "number", "string", "table", "function", "thread",
    ];
    assert_eq!(all, expected);
    Ok(())
}

#[test]
fn strings_are_bytes() -> Result<()> {
    let lua = lua();
    let text: Str = lua.load(r"'na\195\175ve'").eval()?;
    assert_eq!(text, "naïve");
    assert_eq!((text.len(), text.to_str()), (6, Ok("naïve")));
    let bytes: Str = lua.load(r"'\0\200'").eval()?;
    assert!(bytes.to_str().is_err() && bytes < text);
    assert_eq!(format!("{bytes} {bytes:?}"), "\0\u{fffd} \"\\x00\\xc8\"");
    lua.globals().set("b", b"\xff\0")?;
    assert_eq!(lua.load("#b == 2 and b:byte()").eval::<u8>()?, 255);
    Ok(())
}

#[test]
fn values_of_rust_are_converted() -> Result<()> {
    use std::collections::{BTreeMap, HashSet};
    let lua = lua();
    let echo = lua.function(|value: Value| value)?;
    assert_eq!(echo.call::<u8>("0x10")?, 16);
    assert_eq!(echo.call::<String>(1.5)?, "1.5");
    assert_eq!(echo.call::<Option<char>>('ß')?, Some('ß'));
    assert_eq!(echo.call::<Vec<f32>>([1.5_f32, 2.0])?, [1.5, 2.0]);
    let map = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(echo.call::<BTreeMap<String, i32>>(map.clone())?, map);
    let set: HashSet<String> = echo.call(HashSet::from(["x".to_owned()]))?;
    assert!(set.contains("x"));
    assert!(echo.call::<u8>(256).is_err() && echo.call::<i64>(0.5).is_err());
    let halve = lua.function(|n: i64| match n % 2 {
        0 => Ok(n / 2),
        _ => Err(Error::runtime("odd")),
    })?;
    assert_eq!(halve.call::<i64>(6)?, 3);
    assert!(halve.call::<i64>(7).is_err());
    Ok(())
}

#[test]
fn own_types_are_converted() -> Result<()> {
    struct Size(u32, u32);
    impl IntoLua for Size {
        fn into_lua(self, lua: &Lua) -> Result<Value> {
            lua.sequence([self.0, self.1]).map(Value::Table)
        }
    }
    impl FromLua for Size {
        fn from_lua(value: Value, lua: &Lua) -> Result<Size> {
            <[u32; 2]>::from_lua(value, lua).map(|[w, h]| Size(w, h))
        }
    }
    let lua = lua();
    let turn = lua.function(|Size(w, h): Size| Size(h, w))?;
    let Size(w, h) = turn.call(Size(1, 2))?;
    assert_eq!((w, h), (2, 1));
    Ok(())
}

#[test]
fn types_have_methods_fields_and_operators() -> Result<()> {
    let lua = lua();
    lua.globals().set("Money", lua.class::<Money>()?)?;
    let text: String = lua
        .load("local m = Money.new(250):times(2) m:spend(25) m.cents = m.cents + 1 return tostring(m + m)")
        .eval()?;
    assert_eq!(text, "9.52");
    let handle: AnyUserData = lua.load("purse = Money.new(5) return purse").eval()?;
    assert!(handle.is::<Money>());
    handle.borrow_mut::<Money>()?.cents += 1;
    assert_eq!(lua.load("purse.cents").eval::<i64>()?, 6);
    let held: RefMut<Money> = handle.borrow_mut()?;
    assert!(handle.borrow::<Money>().is_err());
    drop(held);
    assert_eq!(handle.take::<Money>()?, Money { cents: 6 });
    assert!(lua.load("purse.cents").eval::<i64>().is_err());
    Ok(())
}

#[test]
fn errors_and_panics() -> Result<()> {
    let lua = lua();
    let parse = lua.create_function(|_, text: String| Ok(text.parse::<u8>()?))?;
    lua.globals().set("parse", parse)?;
    let error = lua.load("parse('x')").exec().expect_err("an error");
    assert!(error.cause::<std::num::ParseIntError>().is_some());
    let caught: String = lua.load("select(2, pcall(parse, {}))").eval()?;
    assert_eq!(
        caught,
        "bad argument #1 to '?' (string expected, got table)"
    );
    let panic = lua.create_function(|_, ()| -> Result<()> { panic!("oh") })?;
    let error = panic.call::<()>(()).expect_err("an error");
    assert!(error.to_string().contains("oh"), "{error}");
    Ok(())
}

#[test]
fn memory_and_instructions_are_limited() -> Result<()> {
    let lua = Lua::builder().memory(1 << 20).fuel(1_000_000).lua()?;
    let filled = lua.load("('x'):rep(1e7)").exec().expect_err("an error");
    assert_eq!(filled.to_string(), "not enough memory");
    lua.load("collectgarbage()").exec()?;
    assert!(lua.memory_used() < 1 << 20);
    assert_eq!(lua.load("while true do end").exec(), Err(Error::OutOfFuel));
    Ok(())
}

#[test]
fn lines_are_watched() -> Result<()> {
    let mut guest = Guest::new()?;
    let main = guest.load("local a = 1\nlocal b = 2\nreturn a + b", "=main")?;
    guest.start(&main, &[])?;
    let mut lines = Vec::new();
    guest.step(bvm::Step::Line);
    while let bvm::Exit::Breakpoint(spot) = guest.run(100) {
        lines.push(spot.line);
        guest.step(bvm::Step::Line);
    }
    assert_eq!(lines, [1, 2, 3]);
    Ok(())
}

#[test]
fn several_threads_use_one_guest() -> Result<()> {
    let lua = lua();
    lua.load("n = 0 function add(by) n = n + by end").exec()?;
    let add: Function = lua.globals().get("add")?;
    std::thread::scope(|scope| {
        for by in 1..=4 {
            let add = add.clone();
            scope.spawn(move || {
                (0..100)
                    .try_for_each(|_| add.call::<()>(by))
                    .expect("a sum")
            });
        }
    });
    assert_eq!(lua.load("n").eval::<i64>()?, 1000);
    Ok(())
}

#[test]
fn functions_borrow_in_a_scope() -> Result<()> {
    let lua = lua();
    let total = std::cell::Cell::new(0);
    lua.scope(|scope| {
        let add = scope.function(|n: i32| total.set(total.get() + n))?;
        lua.globals().set("add", add)?;
        lua.load("add(40) add(2)").exec()
    })?;
    assert_eq!(total.get(), 42);
    assert!(lua.load("add(1)").exec().is_err());
    Ok(())
}

#[test]
fn results_come_later() -> Result<()> {
    let lua = lua();
    let later = lua.async_function(|a: i64, b: i64| async move { a + b })?;
    lua.globals().set("later", later)?;
    let program = lua.load("return later(later(1, 2), 3)").into_function()?;
    assert_eq!(pollster::block_on(program.call_async::<i64>(()))?, 6);
    Ok(())
}

#[test]
fn handles_stay_with_their_guest() -> Result<()> {
    let (one, two) = (lua(), lua());
    let table = one.table()?;
    assert_eq!(two.globals().set("t", &table), Err(Error::Foreign));
    drop(one);
    assert_eq!(table.set("x", 1), Err(Error::Gone));
    Ok(())
}
