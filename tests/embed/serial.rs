//! Values of serde's data model in and out of guests.

use bvm::{Error, Lua, Result, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

fn round<T: Serialize + DeserializeOwned>(value: &T) -> Result<T> {
    let lua = lua();
    lua.from_value(lua.to_value(value)?)
}

/// The value of a source.
fn value(lua: &Lua, source: &str) -> Value {
    lua.load(source).eval().expect("a value")
}

/// Why the value of a source is no `T`.
fn refused<T: DeserializeOwned + Debug>(source: &str) -> String {
    let lua = lua();
    let value = value(&lua, source);
    let error = lua.from_value::<T>(value).expect_err("an error");
    assert!(matches!(error, Error::Type(_)), "{error}");
    error.to_string()
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
struct Empty;

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Pair(i64, f64);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Shape {
    Point,
    Circle(f64),
    Label(Option<String>),
    Line(Pair, Pair),
    Box { w: u8, h: i16, unit: () },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Node {
    flag: bool,
    letter: char,
    name: Name,
    shape: Shape,
    sizes: Vec<Option<u32>>,
    table: BTreeMap<String, Option<Shape>>,
    numbered: BTreeMap<i32, Name>,
    deep: Option<Box<Node>>,
    bytes: Bytes,
    empty: Empty,
    triple: (i8, Vec<()>, f32),
}

/// Bytes that need not be UTF-8.
#[derive(Debug, Clone, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    let number = || -1e9..1e9_f64;
    let pair = move || (-(1_i64 << 53)..(1 << 53), number()).prop_map(|(a, b)| Pair(a, b));
    prop_oneof![
        Just(Shape::Point),
        number().prop_map(Shape::Circle),
        any::<Option<String>>().prop_map(Shape::Label),
        (pair(), pair()).prop_map(|(a, b)| Shape::Line(a, b)),
        any::<(u8, i16)>().prop_map(|(w, h)| Shape::Box { w, h, unit: () }),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = || {
        let own = (any::<bool>(), any::<char>(), any::<String>(), shape());
        let parts = (
            vec(any::<Option<u32>>(), 0..5),
            btree_map(any::<String>(), proptest::option::of(shape()), 0..4),
            btree_map(any::<i32>(), any::<String>().prop_map(Name), 0..4),
            vec(any::<u8>(), 0..20),
            any::<i8>(),
            vec(Just(()), 0..3),
            -1e6..1e6_f32,
        );
        (own, parts).prop_map(|((flag, letter, name, shape), parts)| Node {
            flag,
            letter,
            name: Name(name),
            shape,
            sizes: parts.0,
            table: parts.1,
            numbered: parts.2,
            deep: None,
            bytes: Bytes(parts.3),
            empty: Empty,
            triple: (parts.4, parts.5, parts.6),
        })
    };
    leaf().prop_recursive(3, 8, 1, move |inner| {
        (leaf(), inner).prop_map(|(node, deep)| Node {
            deep: Some(Box::new(deep)),
            ..node
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_comes_out(node in node()) {
        prop_assert_eq!(round(&node).expect("a node"), node);
    }
}

#[test]
fn values_look_like_luas_own() -> Result<()> {
    let lua = lua();
    let globals = lua.globals();
    globals.set("null", Value::NULL)?;
    globals.set(
        "line",
        lua.to_value(&Shape::Line(Pair(1, 0.5), Pair(2, 1.5)))?,
    )?;
    globals.set(
        "square",
        lua.to_value(&Shape::Box {
            w: 1,
            h: 2,
            unit: (),
        })?,
    )?;
    globals.set("point", lua.to_value(&Shape::Point)?)?;
    globals.set("list", lua.to_value(&[Some(1), None, Some(3)])?)?;
    globals.set(
        "map",
        lua.to_value(&BTreeMap::from([(1, None::<u8>), (2, Some(3))]))?,
    )?;
    globals.set("none", lua.to_value(&None::<u8>)?)?;
    lua.load(
        "assert(line.Line[1][1] == 1 and line.Line[2][2] == 1.5 and next(line, 'Line') == nil)
         assert(square.Box.h == 2 and square.Box.unit == null and point == 'Point')
         assert(#list == 3 and list[2] == null and list[3] == 3)
         assert(map[1] == null and map[2] == 3 and none == nil)",
    )
    .exec()
}

#[test]
fn values_of_any_shape() -> Result<()> {
    let lua = lua();
    let text =
        r#"{"a":[1,2.5,"x",[[]]],"b":{"c":null,"d":true},"e":-7,"f":9007199254740991,"g":1e+300}"#;
    let json: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let made = lua.to_value(&json)?;
    let back: serde_json::Value = lua.from_value(made)?;
    let text = serde_json::to_string(&back).expect("JSON");
    // An empty table is a map.
    let expected =
        r#"{"a":[1,2.5,"x",[{}]],"b":{"c":null,"d":true},"e":-7,"f":9007199254740991,"g":1e+300}"#;
    assert_eq!(text, expected);
    let any = |source| lua.from_value::<serde_json::Value>(value(&lua, source));
    let numbered = any("{ 1, 2, x = 3 }").expect_err("keys of JSON are strings");
    assert_eq!(numbered.to_string(), "string key expected, got number");
    let counts = lua.from_value::<BTreeMap<i64, i64>>(value(&lua, "{ 5, [3] = 6 }"))?;
    assert_eq!(counts, BTreeMap::from([(1, 5), (3, 6)]));
    assert_eq!(any("2^63")?, serde_json::json!(1_u64 << 63));
    Ok(())
}

#[test]
fn integers_that_no_number_holds_are_refused() -> Result<()> {
    let lua = lua();
    let values = BTreeMap::from([("a", vec![1, u64::MAX])]);
    let error = lua.to_value(&values).expect_err("an error");
    let expected = "bad value 'a[2]' (integer that a number holds expected, got u64)";
    assert_eq!(error.to_string(), expected);
    assert!(lua.to_value(&((1_i64 << 53) + 1)).is_err());
    assert!(lua.to_value(&i128::MAX).is_err());
    assert!(lua.to_value(&u128::MAX).is_err());
    assert_eq!(
        lua.to_value(&(1_i128 << 60))?,
        Value::Number((1_u64 << 60) as f64)
    );
    let read = |source| lua.from_value::<i64>(value(&lua, source));
    assert_eq!(read("-2^63")?, i64::MIN);
    assert!(read("2^63").is_err());
    assert_eq!(lua.from_value::<u128>(value(&lua, "2^63"))?, 1 << 63);
    Ok(())
}

#[test]
fn keys_have_to_be_keys() {
    let lua = lua();
    assert!(lua.to_value(&BTreeMap::from([((), 1)])).is_err());
    assert!(lua.to_value(&BTreeMap::from([(None::<u8>, 1)])).is_err());
    let pairs = BTreeMap::from([((1, 2), 3)]);
    assert_eq!(round(&pairs), Ok(pairs));
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Config {
    #[allow(dead_code)]
    opts: Vec<Opts>,
}
#[derive(Deserialize, Debug)]
struct Opts {
    #[allow(dead_code)]
    timeout: u32,
    #[allow(dead_code)]
    host: Option<std::net::IpAddr>,
    #[allow(dead_code)]
    shape: Option<Shape>,
}

/// Sources of values that are no `Config`, and why.
const MISTAKES: &[(&str, &str)] = &[
    (
        "{ opts = { { timeout = 'soon' } } }",
        "bad value 'opts[1].timeout' (u32 expected, got string)",
    ),
    (
        "{ opts = { { timeout = 1.5 } } }",
        "bad value 'opts[1].timeout' (u32 expected, got 1.5)",
    ),
    (
        "{ opts = { { timeout = -1 } } }",
        "bad value 'opts[1].timeout' (u32 expected, got -1)",
    ),
    (
        "{ opts = { { timeout = print } } }",
        "bad value 'opts[1].timeout' (u32 expected, got function)",
    ),
    (
        "{ opts = { {} } }",
        "bad value 'opts[1].timeout' (value expected, got nil)",
    ),
    (
        "{ opts = 5 }",
        "bad value 'opts' (table expected, got number)",
    ),
    (
        "{ opts = {}, more = 1 }",
        "'opts' expected, got field 'more'",
    ),
    ("{}", "bad value 'opts' (value expected, got nil)"),
    ("5", "struct Config expected, got number"),
    (
        "{ opts = { { timeout = 1, host = 'x' } } }",
        "bad value 'opts[1].host' (invalid IP address syntax)",
    ),
    (
        "{ opts = { { timeout = 1, shape = 'Square' } } }",
        "bad value 'opts[1].shape' ('Point' or 'Circle' or 'Label' or 'Line' or 'Box' expected, got 'Square')",
    ),
    (
        "{ opts = { { timeout = 1, shape = { Line = { { 1, 2 }, { 1, 'x' } } } } } }",
        "bad value 'opts[1].shape.Line[2][2]' (f64 expected, got string)",
    ),
    (
        "{ opts = { { timeout = 1, shape = { Line = {}, Box = {} } } } }",
        "bad value 'opts[1].shape' (table with one key, the variant expected, got another table)",
    ),
    (
        "{ opts = { { timeout = 1, shape = 'Circle' } } }",
        "bad value 'opts[1].shape.Circle' (value expected, got nil)",
    ),
];

#[test]
fn mistakes_say_where() {
    for (source, expected) in MISTAKES {
        assert_eq!(refused::<Config>(source), *expected, "{source}");
    }
    assert_eq!(
        refused::<(u8, u8)>("{ 1 }"),
        "tuple of size 2 expected, got 1 elements"
    );
    assert_eq!(
        refused::<(u8, u8)>("{ 1, 2, 3 }"),
        "2 elements expected, got 3"
    );
    assert_eq!(
        refused::<String>("'\\255'"),
        "string expected, got bytes that are no UTF-8"
    );
    assert_eq!(
        refused::<Vec<u8>>("{ 1, 256 }"),
        "bad value '[2]' (u8 expected, got 256)"
    );
}

#[derive(Deserialize, Debug)]
struct Cycle {
    #[allow(dead_code)]
    next: Option<Box<Cycle>>,
}

#[test]
fn tables_that_hold_themselves_are_refused() {
    let source = "(function() local t = {} t.next = t return t end)()";
    let error = refused::<Cycle>(source);
    assert!(error.starts_with("bad value 'next.next."), "{error}");
    assert!(
        error.ends_with("next' (at most 128 levels expected, got more)"),
        "{error}"
    );
    let error = refused::<serde_json::Value>(source);
    assert!(
        error.ends_with("(at most 128 levels expected, got more)"),
        "{error}"
    );
    // What nobody wants is not looked at.
    #[derive(Deserialize, Debug)]
    struct Nothing {}
    let lua = lua();
    assert!(lua.from_value::<Nothing>(value(&lua, source)).is_ok());
}

#[test]
fn values_that_are_too_deep_do_not_go_in() {
    #[derive(Serialize)]
    struct Deep(Vec<Deep>);
    let mut deep = Deep(Vec::new());
    for _ in 0..127 {
        deep = Deep(vec![deep]);
    }
    let lua = lua();
    assert!(lua.to_value(&deep).is_ok());
    let error = lua.to_value(&Deep(vec![deep])).expect_err("an error");
    assert!(error.to_string().contains("at most 128 levels"), "{error}");
}

#[test]
fn small_tables_do_not_become_large_values() {
    let shared = "(function() local t = 'x' for i = 1, 60 do t = { t, t } end return t end)()";
    let error = refused::<serde_json::Value>(shared);
    assert!(
        error.ends_with("(at most 67108864 bytes expected, got more)"),
        "{error}"
    );
    let texts = "(function() local s, t = ('x'):rep(1e6), {} for i = 1, 1e4 do t[i] = s end return t end)()";
    let error = refused::<Vec<String>>(texts);
    assert!(error.ends_with("bytes expected, got more)"), "{error}");
    let sparse = "(function() local t = {} for i = 0, 31 do t[2^i] = 1 end return t end)()";
    let lua = lua();
    let read = lua.from_value::<Vec<Option<u8>>>(value(&lua, sparse));
    assert!(read.is_ok_and(|list| list.len() <= 1 << 22));
}

#[test]
fn long_keys_are_shown_shortened() {
    let error = refused::<BTreeMap<String, u8>>("{ [('k'):rep(1e6)] = 'x' }");
    assert_eq!(
        error,
        format!(
            "bad value '{}...' (u8 expected, got string)",
            "k".repeat(60)
        )
    );
}
