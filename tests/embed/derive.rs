//! Host types and conversions by macros: members, names in messages, saving, stub files.

use bvm::{
    Class, Cx, Error, Exit, FromLua, Function, Guest, IntoLua, Lua, Module, Policy, Result, Table,
    UserData, Value, Variadic,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;

/// A vector of the plane.
///
/// Adding two gives a third.
#[derive(UserData, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[bvm(name = "Vec2", memory = 16 + size_of::<f64>() as u64, snapshot = portable)]
struct Vector {
    /// To the right.
    #[bvm(get, set)]
    x: f64,
    #[bvm(get, set)]
    y: f64,
    /// What it is
    /// called.
    #[bvm(get, rename = "name")]
    label: Option<String>,
    hidden: u8,
}

/// How to draw.
#[derive(FromLua, IntoLua, Debug, Clone, PartialEq)]
struct Style {
    width: u32,
    #[bvm(default)]
    dashes: Vec<f64>,
    #[bvm(rename = "type", default = Kind::Solid)]
    kind: Kind,
}

#[derive(FromLua, IntoLua, Debug, Clone, Copy, PartialEq)]
#[bvm(rename_all = "snake_case")]
enum Kind {
    Solid,
    DoubleLine,
    #[bvm(rename = "none")]
    Invisible,
}

#[bvm::methods]
impl Vector {
    /// A vector of its coordinates.
    #[bvm(ctor)]
    fn new(x: f64, y: f64) -> Self {
        Vector {
            x,
            y,
            label: None,
            hidden: 7,
        }
    }

    #[bvm(ctor)]
    fn named(label: &str) -> Result<Self, std::num::ParseFloatError> {
        let x = label.parse()?;
        let mut vector = Vector::new(x, x);
        vector.label = Some(label.to_owned());
        Ok(vector)
    }

    fn dot(&self, other: &Vector) -> f64 {
        self.x * other.x + self.y * other.y
    }

    fn swap(&mut self, other: &mut Vector) {
        std::mem::swap(self, other);
    }

    /// Makes it longer.
    fn scale(&mut self, by: f64, cx: &Cx<'_>, end: Option<u32>) -> Result<u32> {
        cx.charge(5)?;
        self.x *= by;
        self.y *= by;
        Ok(end.unwrap_or(1))
    }

    fn map(&self, lua: &Lua, f: &Function) -> Result<Table> {
        let table = lua.table()?;
        table.set(1, f.call::<Value>(self.x)?)?;
        Ok(table)
    }

    fn draw(&self, style: Style) -> String {
        format!("{} {:?} {:?}", style.width, style.dashes, style.kind)
    }

    fn sum(&self, numbers: Variadic<f64>) -> (f64, usize) {
        (numbers.iter().sum(), numbers.len())
    }

    fn label<'a>(&'a self, other: &'a str) -> &'a str {
        self.label.as_deref().unwrap_or(other)
    }

    fn r#end(&self, pair: (f64, f64), r#then: bool) -> bool {
        then && pair.0 < pair.1
    }

    /// How long it is.
    #[bvm(get)]
    fn length(&self) -> f64 {
        self.x.hypot(self.y)
    }

    #[bvm(set)]
    fn set_length(&mut self, length: f64) -> Result<()> {
        let by = length / self.length();
        if !by.is_finite() {
            return Err(Error::runtime("a vector without a direction"));
        }
        self.scale_by(by);
        Ok(())
    }

    #[bvm(skip)]
    fn scale_by<T: Into<f64>>(&mut self, by: T) {
        let by = by.into();
        self.x *= by;
        self.y *= by;
    }

    #[bvm(meta = "__add")]
    fn add(&self, other: &Vector) -> Vector {
        Vector::new(self.x + other.x, self.y + other.y)
    }

    #[bvm(meta = "__mul")]
    fn mul(left: Value, right: Value, lua: &Lua) -> Result<f64> {
        let size = |value: Value| match value {
            Value::Userdata(vector) => Ok(vector.borrow::<Vector>()?.length()),
            other => f64::from_lua(other, lua),
        };
        Ok(size(left)? * size(right)?)
    }

    #[bvm(meta = "__unm")]
    fn neg(&self) -> Vector {
        Vector::new(-self.x, -self.y)
    }

    #[bvm(meta = "__call")]
    fn call(&mut self, x: f64) -> f64 {
        self.x += x;
        self.x
    }

    #[bvm(meta = "__tostring")]
    fn show(&self) -> String {
        format!("({}, {})", self.x, self.y)
    }

    #[bvm(rename = "is")]
    fn is_kind(&self, kind: Kind) -> bool {
        kind == Kind::Solid
    }
}

/// A door that the host has.
#[derive(UserData)]
#[bvm(snapshot = rebind(name = Door::name, find = Door::find))]
struct Door(#[bvm(get, rename = "number")] u32);

impl Door {
    fn name(&self) -> String {
        self.0.to_string()
    }

    fn find(name: &str) -> Result<Door> {
        Ok(Door(name.parse()?))
    }
}

/// By hand and with a block.
enum Light {
    On,
    Off,
}

impl UserData for Light {
    const NAME: &'static str = "Light";
    fn class(class: &mut Class<Light>) {
        Self::__bvm_methods(class);
    }
}

#[bvm::methods]
impl Light {
    fn new(on: bool) -> Light {
        match on {
            true => Light::On,
            false => Light::Off,
        }
    }

    #[bvm(get)]
    fn on(&self) -> bool {
        matches!(self, Light::On)
    }
}

/// Something whose answers come later.
#[derive(UserData, Default)]
struct Post {
    #[bvm(get)]
    sent: u32,
}

/// Gives others a turn.
async fn turn() {
    let mut was_asked = false;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        match std::mem::replace(&mut was_asked, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

#[bvm::methods]
impl Post {
    async fn open(sent: u32) -> Post {
        turn().await;
        Post { sent }
    }

    async fn send(&mut self, text: &str) -> Result<u32> {
        turn().await;
        if text.is_empty() {
            return Err(Error::runtime("nothing to send"));
        }
        self.sent += 1;
        Ok(self.sent)
    }

    async fn answer(&self, lua: &Lua, other: &Post, f: Function) -> Result<Table> {
        turn().await;
        let table = lua.table()?;
        table.set("sum", self.sent + other.sent)?;
        table.set("called", f.call_async::<Value>(()).await?)?;
        Ok(table)
    }
}

fn plane() -> Module {
    let mut plane = Module::new("plane");
    plane.describe("Things of the plane.");
    plane.class::<Vector>().class::<Door>().class::<Light>();
    plane
        .function("distance", |a: bvm::Ref<Vector>, b: bvm::Ref<Vector>| {
            (a.x - b.x).hypot(a.y - b.y)
        })
        .doc("How far one is from the other.")
        .names(&["from", "to"]);
    plane.function("door", |number: u32| Door(number));
    plane.function(
        "count",
        |counts: HashMap<String, Vec<u32>>, f: Option<Function>| {
            f.map_or(Ok(0), |f| f.call::<usize>(counts.len()))
        },
    );
    plane
}

fn lua() -> Lua {
    Lua::builder().module(&plane()).lua().expect("a guest")
}

fn mistake(source: &str) -> String {
    let error = lua().load(source).name("=m").exec();
    error.expect_err("an error").to_string()
}

#[test]
fn members() -> Result<()> {
    lua()
        .load(
            "local V = plane.Vec2
             local v, w = V.new(3, 4), V.named('2')
             assert(v.x == 3 and v.name == nil and w.name == '2' and v.hidden == nil)
             v.x = 6 v.y = 8 assert(v.length == 10) v.length = 5 assert(v.x == 3)
             assert(v:dot(w) == 14 and v:scale(2) == 1 and v:scale(0.5, 9) == 9)
             assert(v:map(function(x) return x + 1 end)[1] == 4)
             v:swap(w) assert(w.x == 3 and v.x == 2) v:swap(w)
             assert(select('#', v:sum(1, 2, 3)) == 2 and v:sum(1, 2, 3) == 6)
             assert(v:label('none') == 'none' and w:label('none') == '2')
             assert(v['end'](v, 1, 2, true))
             assert(tostring(v + w) == '(5, 6)' and tostring(-v) == '(-3, -4)')
             assert(v * 2 == 10 and 2 * v == 10 and v(1) == 4 and v:is 'solid')
             assert(v.scale_by == nil and plane.Light.new(true).on and plane.door(4).number == 4)",
        )
        .exec()
}

#[test]
fn conversions() -> Result<()> {
    let lua = lua();
    let drawn: String = lua
        .load("plane.Vec2.new(1, 2):draw { width = 2, type = 'double_line' }")
        .eval()?;
    assert_eq!(drawn, "2 [] DoubleLine");
    let style: Style = lua.load("{ width = 1, dashes = { 1, 2 } }").eval()?;
    assert_eq!((style.dashes.len(), style.kind), (2, Kind::Solid));
    lua.globals().set("style", style.clone())?;
    assert_eq!(lua.globals().get::<Style>("style")?, style);
    assert_eq!(lua.load("style.type").eval::<String>()?, "solid");
    assert_eq!(lua.load("'none'").eval::<Kind>()?, Kind::Invisible);
    Ok(())
}

/// Lines with a vector `v`, and what is wrong with them.
const MISTAKES: &[(&str, &str)] = &[
    (
        "v:scale('much')",
        "m:1: bad argument #1 'by' (number expected, got string)",
    ),
    (
        "v.scale(v, 1, -1)",
        "m:1: bad argument #3 'end' (u32 expected, got -1)",
    ),
    (
        "v:dot()",
        "m:1: bad argument #1 'other' (Vec2 expected, got no value)",
    ),
    (
        "v:draw { width = 'a' }",
        "m:1: bad argument #1 'style.width' (u32 expected, got string)",
    ),
    (
        "v:draw { width = 1, dashes = { 1, {} } }",
        "m:1: bad argument #1 'style.dashes[2]' (number expected, got table)",
    ),
    (
        "v:draw { width = 1, type = 'dotted' }",
        "m:1: bad argument #1 'style.type' ('solid' or 'double_line' or 'none' expected, got 'dotted')",
    ),
    (
        "v:sum(1, {})",
        "m:1: bad argument #2 to 'sum' (number expected, got table)",
    ),
    (
        "plane.Vec2.new(1)",
        "m:1: bad argument #2 'y' (number expected, got no value)",
    ),
    (
        "plane.distance(v, 1)",
        "m:1: bad argument #2 'to' (Vec2 expected, got number)",
    ),
    (
        "plane.door({})",
        "m:1: bad argument #1 to 'door' (u32 expected, got table)",
    ),
    (
        "v.x = {}",
        "m:1: bad value 'x' (number expected, got table)",
    ),
    (
        "v.length = 'long'",
        "m:1: bad value 'length' (number expected, got string)",
    ),
    (
        "v.y = 0 v.x = 0 v.length = 1",
        "m:1: a vector without a direction",
    ),
    ("plane.Vec2.named('x')", "invalid float literal"),
    ("v.name = 'v'", "m:1: cannot set field 'name' of a Vec2"),
    ("v:swap(v)", "a value of the type 'Vec2' is in use"),
    (
        "v.scale(1, 2)",
        "m:1: bad argument #1 to 'scale' (Vec2 expected, got another value)",
    ),
];

#[test]
fn mistakes_name_the_argument() {
    for (rest, message) in MISTAKES {
        let source = format!("local v = plane.Vec2.new(1, 2) {rest}");
        assert_eq!(mistake(&source), *message, "{rest}");
    }
}

#[test]
fn values_are_saved() -> Result<()> {
    let mut guest = Guest::builder().module(&plane()).build()?;
    let source = "local v, d = plane.Vec2.named('3'), plane.door(9)
        for i = 1, 1e4 do end
        return tostring(v), v.name, d.number";
    let main = guest.load(source, "=main")?;
    guest.start(&main, &[])?;
    assert_eq!(guest.run(5_000), Exit::OutOfFuel);
    let saved = guest.snapshot()?;
    let mut twin = Guest::builder().module(&plane()).restore(&saved)?;
    let expected = Exit::Done(vec!["(3, 3)".into(), "3".into(), Value::Number(9.0)]);
    assert_eq!(twin.run(1_000_000), expected);
    let policies: Vec<Policy> = plane().classes().map(|class| class.policy).collect();
    assert_eq!(policies, [Policy::Portable, Policy::Rebind, Policy::Refuse]);
    Ok(())
}

/// What is called inside of the machine.
#[derive(UserData)]
#[bvm(leaf)]
struct Tank {
    #[bvm(get, set)]
    level: f64,
    #[bvm(get)]
    name: String,
}

#[bvm::methods]
impl Tank {
    #[bvm(ctor)]
    fn new(name: &str, level: f64) -> Tank {
        let name = name.to_owned();
        Tank { level, name }
    }

    fn fill(&mut self, by: f64, note: Option<String>) -> Result<(f64, String)> {
        if by < 0.0 {
            return Err(Error::runtime("a tank has no hole"));
        }
        self.level += by;
        Ok((self.level, note.unwrap_or_default()))
    }

    /// Borrows its argument and gives what borrows itself.
    fn longest<'t>(&'t self, other: &str) -> &'t str {
        if other.len() > self.name.len() {
            "other"
        } else {
            &self.name
        }
    }

    /// Not inside: other values of the host are arguments.
    fn pour(&mut self, into: &mut Tank) {
        into.level += std::mem::take(&mut self.level);
    }

    #[bvm(get)]
    fn full(&self) -> bool {
        self.level >= 10.0
    }

    #[bvm(meta = "__len")]
    fn size(&self) -> f64 {
        self.level
    }
}

#[test]
fn methods_inside_of_the_machine() -> Result<()> {
    let lua = Lua::new()?;
    lua.globals().set("Tank", lua.class::<Tank>()?)?;
    let source = "local t, u = Tank.new('one', 1), Tank.new('two', 0)
        local level, note = t:fill(2)
        assert(level == 3 and note == '' and select(2, t:fill(0, 'rain')) == 'rain')
        assert(t.level == 3 and t.name == 'one' and not t.full and #t == 3)
        t.level = 12
        assert(t.full and t:longest('a') == 'one' and t:longest('longer') == 'other')
        t:pour(u)
        assert(t.level == 0 and u.level == 12)
        local ok, message = pcall(t.fill, t, -1)
        assert(not ok and message == 'a tank has no hole')
        message = select(2, pcall(t.fill, t, 'x'))
        assert(message:find 'bad argument' and message:find 'number expected, got string')
        message = select(2, pcall(t.fill, 'x', 1))
        assert(message:find 'Tank expected')
        assert(t.level == 0)";
    lua.load(source).exec()
}

#[test]
fn results_come_later() -> Result<()> {
    let lua = Lua::new()?;
    lua.globals().set("Post", lua.class::<Post>()?)?;
    let source = "local p = Post.open(4)
        assert(p:send('a') == 5 and p.sent == 5)
        local ok, message = pcall(p.send, p, '')
        assert(message:find 'nothing to send')
        message = select(2, pcall(p.send, p, {}))
        assert(message:find 'string expected, got table')
        local during = p:answer(Post.open(1), function() return pcall(p.send, p, 'b') end)
        assert(during.called == false and p.sent == 5)
        return during.sum, p:send('b')";
    let program = lua.load(source).name("=later").into_function()?;
    let results: (u32, u32) = pollster::block_on(program.call_async(()))?;
    assert_eq!(results, (6, 6));
    Ok(())
}

#[test]
fn stub_file() -> Result<()> {
    let plane = plane();
    assert_eq!(plane.classes().next().map(|class| class.memory), Some(24));
    let stub = plane.stub();
    insta::assert_snapshot!("plane", stub);
    // It is a program, and does nothing but what it says.
    let bare = Lua::new()?;
    bare.load(&stub).exec()?;
    bare.load("assert(type(plane.Vec2.new) == 'function' and Vec2 == nil)")
        .exec()
}

#[test]
fn one_stub_file_for_several_modules() -> Result<()> {
    // A module with the name of a type, and a type that is in two modules and a global.
    let mut house = Module::new("Light");
    house.describe("Rooms with doors.");
    house.class::<Door>().class::<Light>();
    house
        .function("entrance", || Door(1))
        .doc("The first door.");
    let mut town = Module::new("town");
    town.class::<Door>();
    town.function("gate", || Door(2));
    let stub = bvm::Stub::new("game").module(&house).module(&town);
    let stub = stub.class::<Door>().class::<Vector>().to_string();
    insta::assert_snapshot!("game", stub);
    let bare = Lua::new()?;
    bare.load(&stub).exec()?;
    bare.load(
        "assert(Light.entrance and Light.Light and Light.Door and town.Door)
         assert(type(Vec2.new) == 'function' and type(Door) == 'table')",
    )
    .exec()
}
