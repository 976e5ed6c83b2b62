//! Handles of tables and other values on their way into formats.

use bvm::{Lua, Result, Value};
use serde::Serialize;

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

/// The value of a source.
fn value(lua: &Lua, source: &str) -> Value {
    lua.load(source).eval().expect("a value")
}

/// What a value of a source is in JSON.
fn json(source: &str) -> Result<String, String> {
    let lua = lua();
    lua.globals()
        .set("null", Value::NULL)
        .expect("room for a global");
    let value = value(&lua, source);
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

#[test]
fn handles_are_serialised() {
    let shown = [
        ("return nil", "null"),
        ("return null", "null"),
        ("return true", "true"),
        ("return 5", "5"),
        ("return -2^53", "-9007199254740992"),
        ("return 2^63", "9223372036854775808"),
        ("return 2^64", "1.8446744073709552e+19"),
        ("return -0", "-0.0"),
        ("return 0.5", "0.5"),
        ("return 'a\\nb'", r#""a\nb""#),
        ("return '\\255a'", "[255,97]"),
        ("return {}", "{}"),
        ("return { 1, 'x', { {} } }", r#"[1,"x",[{}]]"#),
        ("return { 1, null, 3 }", "[1,null,3]"),
        (
            "local t = {} for i = 3, 1, -1 do t[i] = i end return t",
            "[1,2,3]",
        ),
        ("return { [2] = 'b' }", r#"{"2":"b"}"#),
        ("return { 1, n = 2 }", r#"{"1":1,"n":2}"#),
        (
            "return { [0.5] = { x = { y = false } } }",
            r#"{"0.5":{"x":{"y":false}}}"#,
        ),
        (
            "return setmetatable({ 1 }, { __index = function() return 2 end, __len = error, __pairs = error })",
            "[1]",
        ),
        (
            "local t = { 1 } return { a = t, b = t }",
            r#"{"a":[1],"b":[1]}"#,
        ),
    ];
    for (source, expected) in shown {
        assert_eq!(json(source).as_deref(), Ok(expected), "{source}");
    }
    let lua = lua();
    let table = value(&lua, "return { 1 }");
    let table = table.as_table().expect("a table");
    assert_eq!(serde_json::to_string(table).ok().as_deref(), Some("[1]"));
}

#[test]
fn what_cannot_be_serialised_says_where() {
    let refused = [
        (
            "return print",
            "nil, boolean, number, string or table expected, got function",
        ),
        (
            "return { a = { 1, { b = coroutine.create(function() end) } } }",
            "bad value 'a[2].b' (nil, boolean, number, string or table expected, got thread)",
        ),
        (
            "return { newproxy() }",
            "bad value '[1]' (nil, boolean, number, string or table expected, got userdata)",
        ),
        ("return { [{}] = 1 }", "key must be a string"),
        (
            "local t = { x = {} } t.x.y = t return t",
            "bad value 'x.y' (a table that is in itself)",
        ),
        (
            "local t = {} t[1] = { t } return t",
            "bad value '[1][1]' (a table that is in itself)",
        ),
    ];
    for (source, expected) in refused {
        assert_eq!(json(source), Err(expected.into()), "{source}");
    }
    let deep = |n: u32| {
        json(&format!(
            "local t = 1 for i = 1, {n} do t = {{ t }} end return t"
        ))
    };
    assert!(deep(128).is_ok());
    let error = deep(129).expect_err("an error");
    assert!(
        error.ends_with("(at most 128 levels expected, got more)"),
        "{error}"
    );
    // A few tables stand for a million million of them.
    let wide = json("local t = ('x'):rep(2 ^ 20) for i = 1, 40 do t = { t, t } end return t");
    let error = wide.expect_err("an error");
    assert!(
        error.ends_with("(at most 67108864 bytes expected, got more)"),
        "{error}"
    );
}

#[test]
fn handles_go_into_other_guests_by_serde() -> Result<()> {
    #[derive(Serialize)]
    struct Both {
        one: Value,
        two: bvm::Str,
    }
    let here = lua();
    let both = Both {
        one: value(&here, "return { 1, { x = 'y' } }"),
        two: bvm::Str::from("text"),
    };
    let there = lua();
    there.globals().set("both", there.to_value(&both)?)?;
    let text: String = there
        .load("return both.one[1] .. both.one[2].x .. both.two")
        .eval()?;
    assert_eq!(text, "1ytext");
    assert!(there.globals().set("handle", both.one).is_err());
    Ok(())
}
