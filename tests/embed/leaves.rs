//! Functions of the host that only compute, which the machine calls without being left: they do what the others do.

use bvm::{Class, Cx, Error, Exit, Function, Guest, Lua, Result, UserData, Value};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

fn lua() -> Lua {
    Lua::new().expect("a guest")
}

/// A host type whose methods are leaves.
struct Account(f64);

impl UserData for Account {
    const NAME: &'static str = "Account";
    const IS_LEAF: bool = true;

    fn class(class: &mut Class<Account>) {
        class.function("new", |balance: f64| Account(balance));
        class.method("balance", |account: &Account| account.0);
        class.method_mut(
            "pay",
            |account: &mut Account, sum: f64, to: Option<String>| {
                if sum > account.0 {
                    return Err(Error::runtime("too much"));
                }
                account.0 -= sum;
                Ok((account.0, to))
            },
        );
        class.method_mut("burst", |_: &mut Account, how: String| -> u32 {
            panic!("{how}")
        });
        class.portable(
            |account| Ok(account.0.to_le_bytes().to_vec()),
            |bytes| {
                let bytes = bytes.try_into();
                let bytes = bytes.map_err(|_| Error::runtime("no account"))?;
                Ok(Account(f64::from_le_bytes(bytes)))
            },
        );
    }
}

/// The same function as a leaf and as one that takes the call, which is none.
fn both(lua: &Lua) -> Result<()> {
    let leaf = lua.function(|text: String, n: Option<u32>| -> Result<(String, u32)> {
        match text.len() {
            0 => Err(Error::runtime("no text")),
            len => Ok((text.to_uppercase(), len as u32 + n.unwrap_or(0))),
        }
    })?;
    let usual = lua.function(
        |_: &Cx<'_>, text: String, n: Option<u32>| -> Result<(String, u32)> {
            match text.len() {
                0 => Err(Error::runtime("no text")),
                len => Ok((text.to_uppercase(), len as u32 + n.unwrap_or(0))),
            }
        },
    )?;
    lua.globals().set("leaf", leaf)?;
    lua.globals().set("usual", usual)
}

/// Uses a function in many places; how it ends and what it gives is in the results.
const USES: &str = "local f, out = ..., {}
    local function add(...) out[#out + 1] = table.concat({ ... }, ',') end
    local function shown(ok, a, b) return tostring(ok), tostring(a), tostring(b) end
    for i = 1, 20 do add(f('x' .. i, i)) end
    add((('a b c'):gsub('%a', f)))
    add(shown(pcall(f, '')))
    add(shown(pcall(f)))
    add(shown(pcall(f, {})))
    add(shown(pcall(f, 'x', -1)))
    add(f(12, '3'))
    local co = coroutine.wrap(function(s) while true do s = coroutine.yield(f(s)) end end)
    add(co('yield')) add(co('again'))
    local t = setmetatable({}, { __index = function(_, k) return f(k) end, __add = f })
    add(t.key)
    for a, b in f, 'text' do add(a, b) break end
    add(select('#', f('x')))
    return table.concat(out, ';')";

/// Runs the uses with the global of a name, in slices; gives result, fuel and memory.
fn used(name: &str, slice: u64) -> Result<(String, i64, u64)> {
    let mut guest = Guest::builder().build()?;
    both(guest.lua())?;
    let main = guest.load(USES, "=uses")?;
    let f: Value = guest.lua().globals().get(name)?;
    guest.start(&main, &[f])?;
    let mut fuel = 0;
    loop {
        match guest.run(slice) {
            Exit::OutOfFuel => fuel += slice as i64,
            Exit::Done(values) => {
                let text = values.first().map(|v| format!("{v:?}"));
                let used = fuel + slice as i64 - guest.fuel_left();
                return Ok((text.unwrap_or_default(), used, guest.memory_used()));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn leaves_do_and_cost_what_the_others_do() -> Result<()> {
    let expected = used("usual", 1 << 40)?;
    assert!(expected.0.contains("bad argument #1 to"), "{}", expected.0);
    for slice in [1 << 40, 1_000, 17, 3, 1] {
        let leaf = used("leaf", slice)?;
        assert_eq!(leaf.0.replace("'leaf'", "'usual'"), expected.0);
        assert_eq!(leaf.1, expected.1, "fuel in slices of {slice}");
    }
    assert_eq!(used("leaf", 7)?.2, expected.2);
    Ok(())
}

#[test]
fn errors_and_panics_come_out_as_from_others() -> Result<()> {
    #[derive(Debug, thiserror::Error)]
    #[error("code {0}")]
    struct Code(u32);
    let lua = lua();
    let fail = lua.function(|n: u32| -> Result<u32> { Err(Error::external(Code(n))) })?;
    let burst = lua.function(|n: u32| -> u32 { panic!("burst {n}") })?;
    lua.globals().set("fail", fail)?;
    lua.globals().set("burst", burst)?;
    let error = lua.load("fail(7)").exec().expect_err("an error");
    assert_eq!(error.cause::<Code>().expect("the cause").0, 7);
    let error = lua.load("burst(8)").exec().expect_err("an error");
    assert!(error.to_string().contains("burst 8"), "{error}");
    let source = "return pcall(fail, 1), pcall(burst, 1), select('#', pcall(fail, 1))";
    let caught: (bool, bool, u32) = lua.load(source).eval()?;
    assert_eq!(caught, (false, false, 2));
    Ok(())
}

#[test]
fn a_leaf_that_uses_its_guest_is_told_so() -> Result<()> {
    static GUEST: OnceLock<Function> = OnceLock::new();
    let lua = lua();
    let _ = GUEST.set(lua.load("return 1").into_function()?);
    let hidden = lua.function(|| match GUEST.get() {
        Some(f) => f.call::<u32>(()),
        None => Ok(0),
    })?;
    let error = hidden.call::<u32>(()).expect_err("an error");
    assert_eq!(error.to_string(), Error::Busy.to_string());
    let open = lua.function(|_: &Cx<'_>| match GUEST.get() {
        Some(f) => f.call::<u32>(()),
        None => Ok(0),
    })?;
    assert_eq!(open.call::<u32>(())?, 1);
    Ok(())
}

#[test]
fn closures_that_capture_are_leaves_when_asked() -> Result<()> {
    let lua = lua();
    let count = Arc::new(AtomicU32::new(0));
    let counter = count.clone();
    let add = lua.leaf_function(move |n: u32| counter.fetch_add(n, Ordering::Relaxed) + n)?;
    lua.globals().set("add", &add)?;
    let sum: u32 = lua
        .load("local s = 0 for i = 1, 10 do s = add(i) end return s")
        .eval()?;
    assert_eq!((sum, count.load(Ordering::Relaxed)), (55, 55));
    // What the machine has no use for any more is dropped, closure and all.
    drop(add);
    lua.load("add = nil collectgarbage()").exec()?;
    assert_eq!(Arc::strong_count(&count), 1);
    Ok(())
}

#[test]
fn methods_of_a_type_of_leaves() -> Result<()> {
    let lua = lua();
    lua.globals().set("Account", lua.class::<Account>()?)?;
    let source = "local a = Account.new(100)
        local left, to = a:pay(30, 'bob')
        local ok, message = pcall(a.pay, a, 1000)
        local wrong, what = pcall(a.pay, {}, 1)
        local bad, number = pcall(a.pay, a, {})
        return left, to, ok or wrong or bad, tostring(message), what, number, a:balance()";
    type Row = (f64, String, bool, String, String, String, f64);
    let row: Row = lua.load(source).name("=m").eval()?;
    assert_eq!((row.0, row.1.as_str(), row.2), (70.0, "bob", false));
    assert_eq!(row.3, "too much");
    assert!(row.4.contains("Account expected"), "{}", row.4);
    assert!(row.5.contains("number expected"), "{}", row.5);
    assert_eq!(row.6, 70.0);
    let error = lua.load("Account.new(1):burst('bang')").exec();
    assert!(error.expect_err("an error").to_string().contains("bang"));
    Ok(())
}

#[test]
fn values_of_leaves_go_with_their_guest() -> Result<()> {
    let mut guest = Guest::builder().class::<Account>().build()?;
    let class = guest.lua().class::<Account>()?;
    guest.lua().globals().set("Account", class)?;
    let source = "local a = Account.new(10) for i = 1, 10 do a:pay(1) end return a:balance()";
    let main = guest.load(source, "=main")?;
    guest.start(&main, &[])?;
    assert_eq!(guest.run(150), Exit::OutOfFuel);
    let snapshot = guest.snapshot()?;
    let mut twin = Guest::builder().class::<Account>().restore(&snapshot)?;
    let expected = Exit::Done(vec![Value::Number(0.0)]);
    assert_eq!(twin.run(1 << 20), expected);
    assert_eq!(guest.run(1 << 20), expected);
    assert_eq!(guest.fuel_left(), twin.fuel_left());
    Ok(())
}
