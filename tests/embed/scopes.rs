//! Values that are lent to a guest while a scope is open.

use bvm::{AnyUserData, Class, Cx, Error, Exit, Function, Guest, Lua, Ref, Result, UserData};

/// Something that the host keeps to itself.
#[derive(Debug, PartialEq)]
struct World {
    name: String,
    count: i64,
}

impl UserData for World {
    const NAME: &'static str = "World";
    fn class(class: &mut Class<World>) {
        class.getter("name", |world: &World| world.name.clone());
        class.setter("name", |world: &mut World, name: String| world.name = name);
        class.method("count", |world: &World| world.count);
        class.method_mut("add", |world: &mut World, n: i64| {
            world.count += n;
            world.count
        });
        class.method("each", |world: &World, f: Function| -> Result<()> {
            (0..world.count).try_for_each(|i| f.call::<()>(i))
        });
        class.method_mut("change", |_: &mut World, f: Function| f.call::<()>(()));
        class.method("same", |a: &World, b: Ref<World>| *a == *b);
        class.method_mut("fail", |_: &mut World| -> () { panic!("oh no") });
        class.meta_method("__tostring", |world: &World| world.name.clone());
        class.portable(
            |world| Ok(world.name.clone().into_bytes()),
            |_| Err(Error::runtime("not again")),
        );
    }
}

fn world() -> World {
    World {
        name: "home".into(),
        count: 3,
    }
}

fn message(lua: &Lua, source: &str) -> String {
    let error = lua.load(source).name("=m").exec().expect_err("an error");
    error.to_string()
}

#[test]
fn a_lent_value_has_all_of_its_class() -> Result<()> {
    let lua = Lua::new()?;
    let mut world = world();
    lua.scope(|scope| {
        lua.globals().set("w", scope.userdata_mut(&mut world)?)?;
        lua.load(
            "assert(w:add(4) == 7 and w:count() == 7 and w.name == 'home')
             w.name = 'away'
             assert(tostring(w) == 'away' and w.nothing == nil)
             local n = 0
             w:each(function(i) n = n + i + w:count() end)
             assert(n == 21 + 49)",
        )
        .exec()
    })?;
    assert_eq!((world.name.as_str(), world.count), ("away", 7));
    Ok(())
}

#[test]
fn what_is_lent_to_read_is_not_changed() -> Result<()> {
    let lua = Lua::new()?;
    let world = world();
    lua.scope(|scope| {
        lua.globals().set("w", scope.userdata_ref(&world)?)?;
        // It may be lent twice, and read here meanwhile.
        lua.globals().set("v", scope.userdata_ref(&world)?)?;
        lua.load("w:each(function() assert(w:count() + v:count() == 6) end)")
            .exec()?;
        let refused = "m:1: a value of the type 'World' is only to be read";
        assert_eq!(message(&lua, "w:add(1)"), refused);
        assert_eq!(message(&lua, "w.name = 'x'"), refused);
        assert_eq!(world.count, 3);
        Ok(())
    })
}

#[test]
fn borrows_of_lent_values_are_checked() -> Result<()> {
    let lua = Lua::new()?;
    let mut world = world();
    lua.scope(|scope| {
        let handle: AnyUserData = scope.userdata_mut(&mut world)?;
        lua.globals().set("w", &handle)?;
        let used = "a value of the type 'World' is in use";
        assert_eq!(
            message(&lua, "w:change(function() w:count() end)"),
            format!("{used}")
        );
        assert_eq!(
            message(&lua, "w:each(function() w:add(1) end)"),
            format!("{used}")
        );
        // Nobody may have it for longer than a call.
        assert_eq!(
            message(&lua, "w:same(w)"),
            "m:1: bad argument #1 to 'same' (World expected, got World of a scope)"
        );
        assert!(matches!(handle.borrow::<World>(), Err(Error::Type(_))));
        assert!(matches!(handle.take::<World>(), Err(Error::Type(_))));
        lua.globals().set("own", self::world())?;
        assert!(lua.load("return w:same(own)").eval::<bool>()?);
        assert_eq!(
            message(&lua, "getmetatable('').f = w.add; own.add(5)"),
            "m:1: bad argument #1 to 'add' (World expected, got another value)"
        );
        // A panic leaves it usable.
        assert_eq!(message(&lua, "w:fail()"), "host function panicked: oh no");
        lua.load("w:add(1)").exec()
    })?;
    assert_eq!(world.count, 4);
    Ok(())
}

#[test]
fn a_scope_that_is_over_is_an_error_wherever_it_is_used() -> Result<()> {
    let lua = Lua::new()?;
    let mut world = world();
    let handle = lua.scope(|scope| {
        let handle = scope.userdata_mut(&mut world)?;
        lua.globals().set("w", &handle)?;
        lua.load("add = w.add; co = coroutine.wrap(function() w:add(1) coroutine.yield() w:add(1) end) co()")
            .exec()?;
        Ok(handle)
    })?;
    assert_eq!(world.count, 4);
    let over = "m:1: a value of a scope that is over";
    for source in [
        "w:count()",
        "w:add(1)",
        "w.name = 'x'",
        "return w.name",
        "add(w, 1)",
    ] {
        assert_eq!(message(&lua, source), over, "{source}");
    }
    assert!(message(&lua, "return tostring(w)").ends_with("a value of a scope that is over"));
    assert!(message(&lua, "co()").ends_with("a value of a scope that is over"));
    assert!(handle.borrow::<World>().is_err());
    // Another scope does not open it again.
    lua.scope(|scope| {
        lua.globals().set("v", scope.userdata_mut(&mut world)?)?;
        assert_eq!(message(&lua, "w:count()"), over);
        lua.load("v:add(10)").exec()
    })?;
    assert_eq!(world.count, 14);
    Ok(())
}

#[test]
fn scopes_lie_within_each_other() -> Result<()> {
    let lua = Lua::new()?;
    let (mut outer, mut inner) = (world(), world());
    lua.scope(|scope| {
        lua.globals().set("a", scope.userdata_mut(&mut outer)?)?;
        let nested = scope.function(|cx: &Cx<'_>| {
            let lua = cx.lua();
            let mut own = world();
            lua.scope(|scope| {
                lua.globals().set("b", scope.userdata_mut(&mut own)?)?;
                lua.load("return a:add(1) + b:add(1)").eval::<i64>()
            })
        })?;
        lua.globals().set("nested", nested)?;
        lua.load("assert(nested() == 8) assert(nested() == 9) assert(not pcall(b.count, b))")
            .exec()?;
        lua.scope(|scope| {
            lua.globals().set("b", scope.userdata_mut(&mut inner)?)?;
            lua.load("a:change(function() b:add(1) end)").exec()
        })
    })?;
    assert_eq!((outer.count, inner.count), (5, 4));
    Ok(())
}

#[test]
fn a_guest_that_pauses_in_a_scope_finds_nothing_there() -> Result<()> {
    let mut guest = Guest::new()?;
    let lua = guest.lua().clone();
    let mut world = world();
    let main = guest.load("while true do w:add(1) end", "=main")?;
    lua.scope(|scope| {
        lua.globals().set("w", scope.userdata_mut(&mut world)?)?;
        guest.start(&main, &[])?;
        assert_eq!(guest.run(5_000), Exit::OutOfFuel);
        Ok(())
    })?;
    assert!(world.count > 10);
    let count = world.count;
    // It is saved without what was lent, and goes on without it.
    let saved = guest.snapshot()?;
    let exits = [guest.run(5_000), {
        let mut twin = Guest::builder().class::<World>().restore(&saved)?;
        twin.run(5_000)
    }];
    let messages = exits.map(|exit| match exit {
        Exit::Error(error) => error.to_string(),
        other => format!("{other:?}"),
    });
    assert_eq!(
        messages,
        [
            "main:1: a value of a scope that is over",
            "main:1: calling 'add' on bad self (World expected, got another value)",
        ]
    );
    assert_eq!(world.count, count);
    Ok(())
}

#[test]
fn other_threads_do_not_see_a_scope() -> Result<()> {
    let lua = Lua::new()?;
    let mut world = world();
    lua.scope(|scope| {
        lua.globals().set("w", scope.userdata_mut(&mut world)?)?;
        let error = std::thread::scope(|threads| {
            threads
                .spawn(|| message(&lua, "w:add(1)"))
                .join()
                .expect("no panic")
        });
        assert_eq!(error, "m:1: a value of a scope that is over");
        lua.load("w:add(1)").exec()
    })?;
    assert_eq!(world.count, 4);
    Ok(())
}

#[test]
fn leaves_of_lent_values_are_called_as_all_methods() -> Result<()> {
    struct Leaf(i64);
    impl UserData for Leaf {
        const NAME: &'static str = "Leaf";
        const IS_LEAF: bool = true;
        fn class(class: &mut Class<Leaf>) {
            class.method("get", |leaf: &Leaf| leaf.0);
            class.method_mut("add", |leaf: &mut Leaf, n: i64| leaf.0 += n);
        }
    }
    let lua = Lua::new()?;
    let (mut lent, read) = (Leaf(1), Leaf(5));
    lua.scope(|scope| {
        lua.globals().set("a", scope.userdata_mut(&mut lent)?)?;
        lua.globals().set("b", scope.userdata_ref(&read)?)?;
        lua.globals().set("c", Leaf(7))?;
        lua.load("c:add(1) a:add(b:get() + c:get()) assert(a:get() == 14)")
            .exec()?;
        let refused = "m:1: a value of the type 'Leaf' is only to be read";
        assert_eq!(message(&lua, "b:add(1)"), refused);
        Ok(())
    })?;
    assert_eq!(lent.0, 14);
    assert_eq!(
        message(&lua, "a:get()"),
        "m:1: a value of a scope that is over"
    );
    Ok(())
}

/// A type that borrows.
struct View<'a> {
    list: &'a mut Vec<i64>,
    name: &'a str,
}

#[test]
fn objects_of_types_that_borrow() -> Result<()> {
    let lua = Lua::new()?;
    let (mut list, mut other) = (vec![1, 2], vec![]);
    let name = String::from("list");
    let noted = std::cell::Cell::new(0);
    lua.scope(|scope| {
        for (global, list) in [("v", &mut list), ("w", &mut other)] {
            let view = scope.object("View", View { list, name: &name })?;
            view.method("len", |view, ()| view.list.len())?;
            view.method("each", |view, f: Function| -> Result<()> {
                view.list.iter().try_for_each(|n| f.call::<()>(*n))
            })?;
            view.method_mut("push", |view, (a, b): (i64, Option<i64>)| {
                view.list.push(a);
                view.list.extend(b);
                noted.set(noted.get() + 1);
            })?;
            view.meta_method("__tostring", |view, ()| view.name.to_owned())?;
            view.meta_method("__call", |view, at: usize| view.list.get(at).copied())?;
            lua.globals().set(global, &view)?;
        }
        lua.load(
            "v:push(3) v:push(4, 5)
             assert(v:len() == 5 and w:len() == 0 and tostring(v) == 'list' and v(4) == 5 and v(9) == nil)
             local n = 0
             v:each(function(i) n = n + i end)
             assert(n == 15 and v.nothing == nil and getmetatable(v) == false)",
        )
        .exec()?;
        assert_eq!(
            message(&lua, "v:push('x')"),
            "m:1: bad argument #1 to 'push' (i64 expected, got string)"
        );
        // A method belongs to one value.
        for source in ["v.push(w, 1)", "v.push(1)", "v.push()"] {
            assert_eq!(
                message(&lua, source),
                "m:1: bad argument #1 to 'push' (View expected, got another value)"
            );
        }
        let used = "a value of the type 'View' is in use";
        assert_eq!(message(&lua, "v:each(function() v:push(1) end)"), used);
        let handle: AnyUserData = lua.globals().get("v")?;
        assert!(handle.borrow::<World>().is_err());
        Ok(())
    })?;
    assert_eq!((list.as_slice(), noted.get()), (&[1, 2, 3, 4, 5][..], 2));
    assert_eq!(
        message(&lua, "v:push(1)"),
        "m:1: a function of a scope that is over"
    );
    Ok(())
}

#[test]
fn a_guest_with_an_object_is_saved_without_it() -> Result<()> {
    let mut guest = Guest::new()?;
    let lua = guest.lua().clone();
    let list = [1, 2, 3];
    lua.scope(|scope| {
        let view = scope.object("View", list.as_slice())?;
        view.method("len", |view, ()| view.len())?;
        lua.globals().set("v", &view)
    })?;
    let saved = guest.snapshot()?;
    let mut twin = Guest::builder().restore(&saved)?;
    let error = twin.eval::<()>("v:len()", 1_000).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "eval:1: a function that this host does not have"
    );
    drop(guest);
    Ok(())
}
