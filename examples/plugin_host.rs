//! A program with plugins: a Lua application runs strangers' code in ring 3, with limits, through gates.
//!
//! > greeter: Hello, World!
//! > counter: 3 words
//! > spinner: fuel exhausted (ring 3)
//! > hoarder: not enough memory
//! > vandal: vandal:1: attempt to change a table of ring 2 in ring 3
//! > spy: spy:1: attempt to index global 'io' (a nil value)
//! > forger: forger:1: bad argument #1 to 'say' (string expected, got table)
//! > the application is well: HELLO
//! > ring 3 was stopped at 100000 units; the application used less than 4000

use bvm::{Capture, Error, Guest, Ring};

/// The application: it gives plugins one gate, and runs each with limits of its own.
const APPLICATION: &str = r#"
local running
ring.globals(3).say = ring.gate(function(text)
    print(running .. ": " .. text)
end, 3, { "string" })

function run_plugin(name, source)
    running = name
    local plugin, problem = ring.load(3, source, "=" .. name)
    if not plugin then return name .. ": " .. problem end
    local ok, message = ring.run(3, plugin, { fuel = 1e5, memory = 1e6 })
    if not ok then print(name .. ": " .. message) end
end
"#;

/// What strangers have sent.
const PLUGINS: &[(&str, &str)] = &[
    ("greeter", "say('Hello, World!')"),
    (
        "counter",
        "local n = 0 for w in ('one two three'):gmatch('%a+') do n = n + 1 end say(n .. ' words')",
    ),
    (
        "spinner",
        "while true do pcall(function() while true do end end) end",
    ),
    (
        "hoarder",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
    ),
    ("vandal", "string.upper = function() return 'broken' end"),
    ("spy", "return io.open('/etc/passwd')"),
    ("forger", "say({})"),
];

fn main() -> Result<(), Error> {
    let (host, output) = Capture::new(1 << 16);
    let mut guest = Guest::builder().host(host).memory(16 << 20).build()?;
    guest.eval::<()>(APPLICATION, 10_000)?;
    let run_plugin = guest.global("run_plugin")?;
    let bvm::Value::Function(run_plugin) = run_plugin else {
        panic!("the application defines it")
    };
    for (name, source) in PLUGINS {
        let before = guest.account(Ring::Plugin).fuel;
        guest.call(&run_plugin, &[(*name).into(), (*source).into()], 1_000_000)?;
        print!("{}", String::from_utf8_lossy(&output.take()));
        let used = guest.account(Ring::Plugin).fuel - before;
        assert!(used <= 100_100, "{name} used {used}");
    }
    let well: String = guest.eval("return ('hello'):upper()", 1_000)?;
    println!("the application is well: {well}");
    assert!(guest.account(Ring::Application).fuel < 4_000);
    println!("ring 3 was stopped at 100000 units; the application used less than 4000");
    Ok(())
}
