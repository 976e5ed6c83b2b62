//! A memory limit: the guest gets Lua's own error, catches it, and goes on; other guests and the host
//! notice nothing.
//!
//! Prints:
//! > guest: caught: not enough memory
//! > guest: goes on with less than a tenth of its memory
//! > uncaught: not enough memory
//! > a catcher that never gives up is out of fuel: true

use bvm::{Capture, Error, Exit, Guest};

const LIMIT: u64 = 8 << 20;

const CAREFUL: &str = r#"
    local ok, message = pcall(function()
        local hoard = {}
        while true do hoard[#hoard + 1] = { "some", "more", "words" } end
    end)
    print("caught: " .. message)
    collectgarbage()
    if collectgarbage("count") < 8 * 1024 / 10 then
        print("goes on with less than a tenth of its memory")
    end
"#;

fn main() -> Result<(), Error> {
    let (host, output) = Capture::new(1 << 16);
    let mut guest = Guest::builder().memory(LIMIT).host(host).build()?;
    guest.eval::<()>(CAREFUL, 10_000_000)?;
    for line in String::from_utf8_lossy(&output.take()).lines() {
        println!("guest: {line}");
    }

    if let Err(error) = guest.eval::<()>("return ('x'):rep(1e9)", 100_000_000) {
        println!("uncaught: {error}");
    }

    // The end of the fuel is no Lua error: there is nothing to catch.
    let stubborn = guest.load(
        "while true do pcall(function() while true do end end) end",
        "=stubborn",
    )?;
    guest.start(&stubborn, &[])?;
    let stopped = guest.run(1_000_000) == Exit::OutOfFuel;
    println!("a catcher that never gives up is out of fuel: {stopped}");
    Ok(())
}
