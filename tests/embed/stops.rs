//! What stops a guest elsewhere, inside of what a function of the host has called back: nobody can pause that.

use bvm::{Error, Exit, Function, Guest, Result, Step, Value};

/// A guest that stops where its memory ends, with a function that calls back and says how that went.
fn guest(memory: u64) -> Result<Guest> {
    let guest = Guest::builder().memory(memory).end_at_memory().build()?;
    let attempt = guest
        .lua()
        .function(|f: Function| match f.call::<Value>(()) {
            Err(Error::OutOfMemory) => Ok("full".to_owned()),
            Err(error) => Err(error),
            Ok(value) => Ok(format!("{value:?}")),
        })?;
    guest.lua().globals().set("attempt", attempt)?;
    Ok(guest)
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

#[test]
fn a_call_back_that_fills_the_memory_ends() -> Result<()> {
    // The call back's own garbage: nothing is missing afterwards.
    let source =
        "local said = attempt(function() local t = {} for i = 1, 1e6 do t[i] = { i } end end)
        local n = 0 for i = 1, 100 do n = n + #{ i, i } end
        return said, n, attempt(function() return 7 end)";
    for slice in [100_000_000, 5_000] {
        let mut guest = guest(1 << 20)?;
        let main = guest.load(source, "=main")?;
        guest.start(&main, &[])?;
        let mut exit = guest.run(slice);
        while exit == Exit::OutOfFuel {
            exit = guest.run(slice);
        }
        let ended = vec![text("full"), Value::Number(200.0), text("Number(7.0)")];
        assert_eq!(exit, Exit::Done(ended), "slices of {slice}");
        // It can be used as before.
        assert_eq!(guest.eval::<f64>("return 1 + 1", 1_000_000)?, 2.0);
        guest.snapshot()?;
    }
    Ok(())
}

#[test]
fn memory_that_a_call_back_has_filled_stops_the_guest_outside() -> Result<()> {
    let mut guest = guest(1 << 20)?;
    let source = "kept = {}
        local said = attempt(function() for i = 1, 1e5 do kept[i] = { i } end end)
        local first = #kept
        for i = 1, 2e4 do kept[first + i] = { i } end
        return said, first > 1000, #kept - first";
    let main = guest.load(source, "=main")?;
    guest.start(&main, &[])?;
    // The call back cannot wait until there is more memory, its caller can.
    assert_eq!(guest.run(100_000_000), Exit::MemoryFull);
    guest.set_memory_limit(64 << 20);
    let ended = vec![text("full"), Value::Bool(true), Value::Number(20_000.0)];
    assert_eq!(guest.run(100_000_000), Exit::Done(ended));
    Ok(())
}

#[test]
fn the_guest_may_catch_what_a_call_back_passes_on() -> Result<()> {
    let mut guest = guest(1 << 20)?;
    let pass = guest.lua().function(|f: Function| f.call::<Value>(()))?;
    guest.lua().globals().set("pass", pass)?;
    let source = "local ok, why = pcall(pass, function() local t = {} for i = 1, 1e6 do t[i] = { i } end end)
        return ok, tostring(why), #('x'):rep(1000)";
    let main = guest.load(source, "=main")?;
    guest.start(&main, &[])?;
    let ended = vec![
        Value::Bool(false),
        text("not enough memory"),
        Value::Number(1000.0),
    ];
    assert_eq!(guest.run(100_000_000), Exit::Done(ended));
    Ok(())
}

/// The lines where a guest stops that runs `source`.
fn stops(source: &str, set: impl Fn(&mut Guest)) -> Result<Vec<u32>> {
    let mut guest = guest(u64::MAX)?;
    let main = guest.load(source, "=main")?;
    set(&mut guest);
    guest.start(&main, &[])?;
    let mut lines = Vec::new();
    loop {
        match guest.run(1_000_000) {
            Exit::Breakpoint(spot) => {
                lines.push(spot.line);
                set(&mut guest);
            }
            exit => {
                assert_eq!(exit, Exit::Done(vec![Value::Number(3.0)]));
                return Ok(lines);
            }
        }
    }
}

#[test]
fn calls_back_do_not_stop() -> Result<()> {
    let source = "local n = 0
local function count()
  n = n + 1
end
count()
attempt(count)
count()
return n";
    let at_line = stops(source, |guest| {
        guest.unbreak("=main", 3);
        guest.break_at("=main", 3);
    })?;
    assert_eq!(at_line, [3, 3]);
    // Steps go over them.
    let steps = stops(source, |guest| guest.step(Step::Line))?;
    assert_eq!(steps, [1, 4, 5, 3, 4, 6, 7, 3, 4, 8]);
    Ok(())
}
