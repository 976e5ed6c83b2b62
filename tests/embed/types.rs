//! Types of the host: members, borrows, what becomes of values in guests that are saved.

use bvm::{
    AnyUserData, Class, Cx, Error, Exit, Function, Guest, Lua, Module, Policy, Ref, RefMut, Result,
    UserData, Value,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A point of the plane, saved as two numbers.
#[derive(Debug, Clone, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

impl UserData for Point {
    const NAME: &'static str = "Point";

    fn class(class: &mut Class<Point>) {
        class.function("new", |x: f64, y: f64| Point { x, y });
        class.getter("x", |point: &Point| point.x);
        class.setter("x", |point: &mut Point, x: f64| point.x = x);
        class.getter("y", |point: &Point| point.y);
        class.method("length", |point: &Point| point.x.hypot(point.y));
        class.method_mut("scale", |point: &mut Point, by: f64| {
            point.x *= by;
            point.y *= by;
        });
        class.method("distance", |a: &Point, b: Ref<Point>| {
            (a.x - b.x).hypot(a.y - b.y)
        });
        class.method(
            "map",
            |point: &Point, cx: &Cx<'_>, f: Function| -> Result<f64> {
                cx.charge(10)?;
                f.call((point.x, point.y))
            },
        );
        class.method_mut("twice", |_: &mut Point, f: Function| f.call::<Value>(()));
        class.meta("__add", |a: Ref<Point>, b: Ref<Point>| Point {
            x: a.x + b.x,
            y: a.y + b.y,
        });
        class.meta_method("__tostring", |point: &Point| {
            format!("({}, {})", point.x, point.y)
        });
        class.meta("__eq", |a: Ref<Point>, b: Ref<Point>| *a == *b);
        class.portable(
            |point| Ok([point.x.to_le_bytes(), point.y.to_le_bytes()].concat()),
            |bytes| {
                let parts: [[u8; 8]; 2] = match bytes.as_chunks() {
                    ([x, y], []) => [*x, *y],
                    _ => return Err(Error::runtime("no point")),
                };
                let [x, y] = parts.map(f64::from_le_bytes);
                Ok(Point { x, y })
            },
        );
    }
}

/// Something that cannot be saved.
struct Socket;

impl UserData for Socket {
    const NAME: &'static str = "Socket";
    fn class(class: &mut Class<Socket>) {
        class.function("open", || Socket);
        class.method("name", |_: &Socket| "socket");
    }
}

/// A name for something of the host.
struct Channel(String);

impl UserData for Channel {
    const NAME: &'static str = "Channel";
    fn class(class: &mut Class<Channel>) {
        class.function("find", |name: String| Channel(name));
        class.method("name", |channel: &Channel| channel.0.clone());
        class.rebind(
            |channel| channel.0.clone(),
            |name| match name {
                "news" | "old" => Ok(Channel(format!("{name} again"))),
                _ => Err(Error::runtime(format!("no channel '{name}'"))),
            },
        );
    }
}

fn geo() -> Module {
    let mut geo = Module::new("geo");
    geo.class::<Point>().class::<Socket>().class::<Channel>();
    geo.function("origin", || Point { x: 0.0, y: 0.0 });
    geo
}

fn lua() -> Lua {
    Lua::builder().module(&geo()).lua().expect("a guest")
}

#[test]
fn members() -> Result<()> {
    let lua = lua();
    lua.load(
        "local p = geo.Point.new(3, 4)
         assert(p:length() == 5 and p.x == 3 and p.y == 4)
         p:scale(2) p.x = p.x + 1
         assert(p.x == 7 and p.y == 8)
         local q = p + geo.Point.new(1, 1)
         assert(tostring(q) == '(8, 9)' and q ~= p and q == geo.Point.new(8, 9))
         assert(p:distance(p) == 0 and q:distance(geo.origin()) > 12)
         assert(p:map(function(x, y) return x * y end) == 56)
         assert(p.nothing == nil and getmetatable(p) == false)
         assert(type(p) == 'userdata')",
    )
    .exec()
}

#[test]
fn mistakes() {
    let lua = lua();
    let error = |source: &str| {
        let error = lua.load(source).name("=m").exec().expect_err("an error");
        error.to_string()
    };
    assert_eq!(
        error("local p = geo.origin() p.y = 1"),
        "m:1: cannot set field 'y' of a Point"
    );
    assert_eq!(
        error("local p = geo.origin() p.x = {}"),
        "m:1: bad value 'x' (number expected, got table)"
    );
    assert_eq!(
        error("local p = geo.origin() p:scale('much')"),
        "m:1: bad argument #1 to 'scale' (number expected, got string)"
    );
    assert_eq!(
        error("local p = geo.origin() p.scale(5, 1)"),
        "m:1: bad argument #1 to 'scale' (Point expected, got another value)"
    );
    assert_eq!(
        error("local p = geo.origin() p.length(geo.Socket.open())"),
        "m:1: bad argument #1 to 'length' (Point expected, got another value)"
    );
    assert_eq!(
        error("local p = geo.origin() p:distance(geo.Socket.open())"),
        "m:1: bad argument #1 to 'distance' (Point expected, got Socket)"
    );
    assert_eq!(
        error("local p = geo.origin() return p + 1"),
        "m:1: bad argument #2 to '?' (Point expected, got number)"
    );
}

#[test]
fn borrows_are_checked() -> Result<()> {
    let lua = lua();
    let error = lua
        .load("local p = geo.origin() p:twice(function() p.x = 1 end)")
        .exec()
        .expect_err("an error");
    assert!(error.to_string().contains("in use"), "{error}");
    let read: Value = lua
        .load("local p = geo.origin() return p:map(function() return p.x end)")
        .eval()?;
    assert_eq!(read, Value::Number(0.0));
    let handle: AnyUserData = lua.load("p = geo.Point.new(1, 2) return p").eval()?;
    {
        let first: Ref<Point> = handle.borrow()?;
        let second: Ref<Point> = handle.borrow()?;
        assert_eq!(first.x, second.x);
        assert!(matches!(
            handle.borrow_mut::<Point>(),
            Err(Error::Borrowed("Point"))
        ));
        assert!(lua.load("p.x = 5").exec().is_err());
    }
    {
        let mut held: RefMut<Point> = handle.borrow_mut()?;
        held.x = 10.0;
        assert!(handle.borrow::<Point>().is_err());
    }
    assert_eq!(lua.load("return p.x").eval::<f64>()?, 10.0);
    assert!(handle.is::<Point>() && !handle.is::<Socket>());
    assert!(handle.borrow::<Socket>().is_err());
    assert_eq!(handle.take::<Point>()?, Point { x: 10.0, y: 2.0 });
    let gone = lua.load("return p.x").exec().expect_err("an error");
    assert!(gone.to_string().contains("Point expected"), "{gone}");
    Ok(())
}

#[test]
fn values_are_dropped_when_the_guest_has_no_use_for_them() -> Result<()> {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    impl UserData for Counted {
        const NAME: &'static str = "Counted";
        fn class(_: &mut Class<Counted>) {}
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let lua = lua();
    for _ in 0..10 {
        lua.globals().set("last", Counted(dropped.clone()))?;
    }
    lua.load("collectgarbage() collectgarbage()").exec()?;
    lua.load("").exec()?;
    assert_eq!(dropped.load(Ordering::Relaxed), 9);
    drop(lua);
    assert_eq!(dropped.load(Ordering::Relaxed), 10);
    Ok(())
}

#[test]
fn two_types_of_one_name_do_not_meet() {
    struct Other;
    impl UserData for Other {
        const NAME: &'static str = "Point";
        fn class(_: &mut Class<Other>) {}
    }
    let lua = lua();
    assert!(lua.globals().set("p", Other).is_err());
}

#[test]
fn portable_values_go_with_their_guest() -> Result<()> {
    let mut guest = Guest::builder().module(&geo()).build()?;
    let source = "local p = geo.Point.new(1, 2)
        local c = geo.Channel.find('news')
        local n = 0
        while n < 1e4 do n = n + 1 end
        p:scale(n) p.x = p.x + 1
        return p.x, tostring(p + p), c:name()";
    let main = guest.load(source, "=main")?;
    guest.start(&main, &[])?;
    assert_eq!(guest.run(5_000), Exit::OutOfFuel);
    let saved = guest.snapshot()?;
    assert_eq!(saved, guest.snapshot()?);
    let image = guest.image()?;
    let expected = |name: &str| {
        Exit::Done(vec![
            Value::Number(10_001.0),
            Value::from("(20002, 40000)"),
            Value::from(name),
        ])
    };
    let mut twin = Guest::builder().module(&geo()).restore(&saved)?;
    assert_eq!(twin.run(1_000_000), expected("news again"));
    let mut fork = Guest::builder().fork(&image)?;
    assert_eq!(fork.run(1_000_000), expected("news again"));
    assert_eq!(guest.run(1_000_000), expected("news"));
    Ok(())
}

#[test]
fn what_cannot_be_saved_says_so() -> Result<()> {
    let mut guest = Guest::builder().module(&geo()).build()?;
    guest.eval::<()>("s = geo.Socket.open()", 10_000)?;
    assert_eq!(guest.snapshot(), Err(Error::NotSaved("Socket".into())));
    assert_eq!(guest.image().err(), Some(Error::NotSaved("Socket".into())));
    guest.eval::<()>("s = nil collectgarbage()", 1_000_000)?;
    guest.eval::<()>("c = geo.Channel.find('lost') p = geo.origin()", 10_000)?;
    let saved = guest.snapshot()?;
    let lost = Guest::builder().module(&geo()).restore(&saved).err();
    assert_eq!(lost, Some(Error::runtime("no channel 'lost'")));
    let unknown = Guest::builder().restore(&saved).err();
    assert!(matches!(unknown, Some(Error::NotSaved(_))), "{unknown:?}");
    guest.eval::<()>("c = geo.Channel.find('old') collectgarbage()", 1_000_000)?;
    let saved = guest.snapshot()?;
    let mut twin = Guest::builder().module(&geo()).restore(&saved)?;
    assert_eq!(twin.eval::<String>("return c:name()", 1_000)?, "old again");
    for cut in 0..saved.len().min(200) {
        assert!(
            Guest::builder()
                .module(&geo())
                .restore(&saved[..cut])
                .is_err()
        );
    }
    Ok(())
}

#[test]
fn functions_without_a_name_do_not_leave_the_process() -> Result<()> {
    let mut guest = Guest::new()?;
    let f = guest.lua().function(|| 42)?;
    guest.set_global("f", f)?;
    let saved = guest.snapshot()?;
    let mut twin = Guest::builder().restore(&saved)?;
    let error = twin.eval::<i64>("return f()", 1_000).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "eval:1: a function that this host does not have"
    );
    let image = guest.image()?;
    let mut fork = Guest::builder().fork(&image)?;
    assert_eq!(fork.eval::<i64>("return f()", 1_000)?, 42);
    Ok(())
}

#[test]
fn classes_tell_about_themselves() {
    let geo = geo();
    let policies: Vec<(&str, Policy)> = geo.classes().map(|c| (c.name, c.policy)).collect();
    assert_eq!(
        policies,
        [
            ("Point", Policy::Portable),
            ("Socket", Policy::Refuse),
            ("Channel", Policy::Rebind),
        ]
    );
}
