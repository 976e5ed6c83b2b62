//! Values on their way in and out.

use bvm::{Cx, Error, Function, Lua, MultiValue, Result, Str, Table, Value, Variadic};
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

#[test]
fn plain_values_go_in_and_come_out() -> Result<()> {
    let lua = lua();
    let globals = lua.globals();
    globals.set("yes", true)?;
    globals.set("small", -7_i8)?;
    globals.set("large", 1_u64 << 53)?;
    globals.set("half", 0.5_f32)?;
    globals.set("text", "text")?;
    globals.set("letter", 'ß')?;
    globals.set("bytes", b"\xff\0")?;
    globals.set("none", None::<i32>)?;
    lua.load(
        "assert(yes == true and small == -7 and large == 2^53 and half == 0.5)
         assert(text == 'text' and letter == 'ß' and bytes == '\\255\\0' and none == nil)",
    )
    .exec()?;
    assert!(globals.get::<bool>("yes")?);
    assert_eq!(globals.get::<i8>("small")?, -7);
    assert_eq!(globals.get::<u64>("large")?, 1 << 53);
    assert_eq!(globals.get::<char>("letter")?, 'ß');
    assert_eq!(globals.get::<Str>("bytes")?, [255, 0]);
    assert_eq!(globals.get::<Option<String>>("none")?, None);
    assert_eq!(globals.get::<Option<String>>("text")?, Some("text".into()));
    Ok(())
}

#[test]
fn numbers_and_their_texts_stand_for_each_other() -> Result<()> {
    let lua = lua();
    assert_eq!(lua.load("'0x10'").eval::<u8>()?, 16);
    assert_eq!(lua.load("' 1e2 '").eval::<f64>()?, 100.0);
    assert_eq!(lua.load("12.5").eval::<String>()?, "12.5");
    let error = |source: &str| {
        lua.load(source)
            .eval::<u8>()
            .expect_err("an error")
            .to_string()
    };
    assert_eq!(error("'ten'"), "bad result #1 (u8 expected, got string)");
    assert_eq!(error("1.5"), "bad result #1 (u8 expected, got 1.5)");
    assert_eq!(error("256"), "bad result #1 (u8 expected, got 256)");
    assert_eq!(error("0/0"), "bad result #1 (u8 expected, got -nan)");
    assert_eq!(lua.load("2^63").eval::<u64>()?, 1 << 63);
    assert!(lua.load("2^63").eval::<i64>().is_err());
    assert!(lua.load("2^64").eval::<u64>().is_err());
    assert_eq!(lua.load("-2^63").eval::<i64>()?, i64::MIN);
    Ok(())
}

#[test]
fn integers_that_no_number_holds_do_not_go_in() {
    let lua = lua();
    let error = lua.globals().set("n", u64::MAX).expect_err("an error");
    assert!(matches!(error, Error::Type(_)), "{error}");
    assert!(lua.globals().set("n", (1_u64 << 53) + 1).is_err());
    assert!(lua.globals().set("n", i64::MIN).is_ok());
    assert!(lua.globals().set("n", i64::MAX).is_err());
}

#[test]
fn collections_are_tables() -> Result<()> {
    let lua = lua();
    let globals = lua.globals();
    globals.set("list", vec!["a", "b"])?;
    globals.set("array", [[1, 2], [3, 4]])?;
    globals.set("map", HashMap::from([("k", 1), ("l", 2)]))?;
    globals.set(
        "tree",
        BTreeMap::from([(1.5, "x")].map(|(k, v)| (k.to_string(), v))),
    )?;
    globals.set("set", BTreeSet::from(["e"]))?;
    lua.load(
        "assert(#list == 2 and list[2] == 'b' and array[2][1] == 3)
         assert(map.k + map.l == 3 and tree['1.5'] == 'x' and set.e == true)",
    )
    .exec()?;
    assert_eq!(globals.get::<Vec<String>>("list")?, ["a", "b"]);
    assert_eq!(globals.get::<[[i32; 2]; 2]>("array")?, [[1, 2], [3, 4]]);
    assert_eq!(
        globals.get::<BTreeMap<String, i32>>("map")?,
        BTreeMap::from([("k".into(), 1), ("l".into(), 2)])
    );
    assert_eq!(
        globals.get::<BTreeSet<String>>("set")?,
        BTreeSet::from(["e".into()])
    );
    assert!(globals.get::<[i32; 3]>("list").is_err());
    Ok(())
}

#[test]
fn mistakes_deep_in_a_value_say_where() -> Result<()> {
    let lua = lua();
    type Deep = BTreeMap<String, Vec<BTreeMap<String, u32>>>;
    let take = lua.function(|_first: bool, deep: Deep| deep.len())?;
    lua.globals().set("take", take)?;
    let source = "take(true, { opts = { { timeout = 1 }, { timeout = 'soon' } } })";
    let error = lua.load(source).name("=main").exec().expect_err("an error");
    let expected = "main:1: bad argument #2 'opts[2].timeout' (u32 expected, got string)";
    assert_eq!(error.to_string(), expected);
    let error = lua
        .load("take(1)")
        .name("=main")
        .exec()
        .expect_err("an error");
    let expected = "main:1: bad argument #1 to 'take' (boolean expected, got number)";
    assert_eq!(error.to_string(), expected);
    let error = lua
        .load("take(true)")
        .name("=main")
        .exec()
        .expect_err("an error");
    let expected = "main:1: bad argument #2 to 'take' (table expected, got no value)";
    assert_eq!(error.to_string(), expected);
    Ok(())
}

#[test]
fn nothing_is_no_value() -> Result<()> {
    let lua = lua();
    let count = "return select('#', ...)";
    assert_eq!(lua.load(count).eval::<u32>()?, 0);
    assert_eq!(lua.load(count).call::<u32>(())?, 0);
    let count: Function = lua
        .load("return function(...) return select('#', ...) end")
        .eval()?;
    assert_eq!(count.call::<u32>(())?, 0);
    assert_eq!(count.call::<u32>(((), 1, ()))?, 1);
    let leaf = lua.function(|| ())?;
    let usual = lua.function(|_: &Cx<'_>| ())?;
    let fallible = lua.function(|_: &Cx<'_>| -> Result<()> { Ok(()) })?;
    for function in [leaf, usual, fallible] {
        lua.globals().set("f", function)?;
        assert_eq!(lua.load("return select('#', f())").eval::<u32>()?, 0);
        assert!(lua.load("return (f()) == nil").eval::<bool>()?);
    }
    Ok(())
}

#[test]
fn lists_of_values() -> Result<()> {
    let lua = lua();
    let all: MultiValue = lua.load("1, nil, 'x'").eval()?;
    assert_eq!(
        all.as_slice(),
        [Value::Number(1.0), Value::Nil, Value::from("x")]
    );
    let (first, rest): (i64, Variadic<Value>) = lua.load("1, 2, 3").eval()?;
    assert_eq!((first, rest.len()), (1, 2));
    let (a, b): (Option<i64>, Option<i64>) = lua.load("1").eval()?;
    assert_eq!((a, b), (Some(1), None));
    let swap = lua.function(|a: Value, b: Value| (b, a))?;
    assert_eq!(swap.call::<(String, i64)>((1, "one"))?, ("one".into(), 1));
    let result: std::result::Result<i64, String> = lua.load("nil, 'no'").eval()?;
    assert_eq!(result, Err("no".into()));
    Ok(())
}

#[test]
fn tables_with_metamethods() -> Result<()> {
    let lua = lua();
    let proxy: Table = lua
        .load(
            "local log = {}
             return setmetatable({ own = 1 }, {
                 __index = function(_, k) return log[k] or k .. '?' end,
                 __newindex = function(_, k, v) log[k] = v * 2 end,
             })",
        )
        .eval()?;
    assert_eq!(proxy.get::<String>("nothing")?, "nothing?");
    proxy.set("n", 21)?;
    assert_eq!(proxy.get::<i64>("n")?, 42);
    assert_eq!(proxy.raw_get::<Option<i64>>("n")?, None);
    assert_eq!(proxy.get::<i64>("own")?, 1);
    assert!(proxy.metatable()?.is_some());
    proxy.set_metatable(None)?;
    assert_eq!(proxy.get::<Option<String>>("nothing")?, None);
    let chain: Table = lua
        .load("return setmetatable({}, { __index = { __index = 5, deep = 'found' } })")
        .eval()?;
    assert_eq!(chain.get::<String>("deep")?, "found");
    let failing: Table = lua
        .load("return setmetatable({}, { __index = function() error('no', 0) end })")
        .eval()?;
    assert_eq!(
        failing.get::<i64>(1).expect_err("an error").to_string(),
        "no"
    );
    Ok(())
}

#[test]
fn sequences_and_pairs() -> Result<()> {
    let lua = lua();
    let list = lua.sequence([10, 20, 30])?;
    assert_eq!(list.len()?, 3);
    list.push(40)?;
    assert_eq!(list.pop::<i64>()?, 40);
    assert_eq!(
        list.sequence_values::<i64>().collect::<Result<Vec<_>>>()?,
        [10, 20, 30]
    );
    let pairs: Result<Vec<(i64, i64)>> = list.pairs().collect();
    assert_eq!(pairs?, [(1, 10), (2, 20), (3, 30)]);
    assert!(!list.is_empty()?);
    list.clear()?;
    assert!(list.is_empty()?);
    assert_eq!(list.pop::<Option<i64>>()?, None);
    let mixed = lua.table_from([("a", 1), ("b", 2)])?;
    mixed.set(1, "one")?;
    assert!(mixed.contains_key("a")? && !mixed.contains_key("c")?);
    assert_eq!(mixed.pairs::<Value, Value>().count(), 3);
    let wrong: Result<Vec<(String, i64)>> = mixed.pairs().collect();
    assert!(wrong.is_err());
    assert!(mixed.set(Value::Nil, 1).is_err());
    assert!(mixed.set(f64::NAN, 1).is_err());
    Ok(())
}

#[test]
fn handles_are_equal_when_they_name_the_same() -> Result<()> {
    let lua = lua();
    lua.load("t = {} u = {} f = print").exec()?;
    let globals = lua.globals();
    let [t, t2, u] = ["t", "t", "u"].map(|name| globals.get::<Table>(name).expect("table"));
    assert_eq!(t, t2);
    assert_ne!(t, u);
    assert_eq!(
        globals.get::<Function>("f")?,
        globals.get::<Function>("print")?
    );
    let other = Lua::new()?;
    assert_ne!(lua.globals(), other.globals());
    assert_eq!(other.globals().set("t", &t), Err(Error::Foreign));
    Ok(())
}
