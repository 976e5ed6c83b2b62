//! Guests that are stopped at lines and after steps: the same places however the run is sliced, and nothing of it is
//! left in the guest. (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{Error, Exit, Guest, Ring, Step, Value};

/// Calls of all kinds that lead to the same line.
const PROGRAM: &str = "local log = {}
local function note(x)
  log[#log + 1] = x
  return x
end
note(1)
local t = setmetatable({}, { __index = function(_, k)
  return note(k)
end })
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(note(i)) end end)
co() co()
string.gsub('abc', '%w', note)
pcall(function() note(t.key) error('x') end)
if #log == 8 then note(2) end
while #log < 12 do note(0) end
return #log";

fn guest() -> Result<(Guest, bvm::Function), Error> {
    let mut guest = Guest::builder().seed(1).build()?;
    let main = guest.load(PROGRAM, "=program")?;
    Ok((guest, main))
}

/// What can be compared of a run: the lines where it stopped, how it ended, its fuel, its state.
#[derive(Debug, PartialEq)]
struct Run {
    stops: Vec<u32>,
    exit: Exit,
    fuel: u64,
    image: Vec<u8>,
}

fn run(slice: u64, lines: &[u32], step: Option<Step>) -> Result<Run, Error> {
    let (mut guest, main) = guest()?;
    for &line in lines {
        guest.break_at("=program", line);
    }
    guest.start(&main, &[])?;
    let mut stops = Vec::new();
    let exit = loop {
        if let Some(step) = step {
            guest.step(step);
        }
        match guest.run(slice) {
            Exit::OutOfFuel => {}
            Exit::Breakpoint(spot) => {
                assert_eq!(guest.spot().as_ref(), Some(&spot));
                stops.push(spot.line);
            }
            exit => break exit,
        }
    };
    let fuel = Ring::ALL.iter().map(|&r| guest.account(r).fuel).sum();
    guest.drain_fuel();
    Ok(Run {
        stops,
        exit,
        fuel,
        image: guest.snapshot()?,
    })
}

#[test]
fn a_line_stops_the_guest_each_time() -> Result<(), Error> {
    let free = run(1 << 40, &[], None)?;
    assert_eq!(free.exit, Exit::Done(vec![Value::Number(12.0)]));
    for slice in [1 << 40, 5, 1] {
        let stopped = run(slice, &[3, 8, 14, 99], None)?;
        let in_note = stopped.stops.iter().filter(|&&line| line == 3).count();
        assert_eq!(in_note, 12);
        assert_eq!(stopped.stops.iter().filter(|&&line| line == 8).count(), 1);
        assert_eq!(stopped.stops.iter().filter(|&&line| line == 14).count(), 1);
        assert_eq!((&stopped.exit, stopped.fuel), (&free.exit, free.fuel));
    }
    Ok(())
}

#[test]
fn steps_come_to_every_line_and_instruction() -> Result<(), Error> {
    let free = run(1 << 40, &[], None)?;
    let lines = run(1 << 40, &[], Some(Step::Line))?;
    assert_eq!(&lines.stops[..4], &[1, 5, 6, 3]);
    assert_eq!(lines.stops.last(), Some(&16));
    assert_eq!((&lines.exit, lines.fuel), (&free.exit, free.fuel));
    let every = run(1 << 40, &[], Some(Step::Instruction))?;
    assert_eq!((&every.exit, every.fuel), (&free.exit, free.fuel));
    assert!(every.stops.len() > lines.stops.len() * 2);
    assert!(every.stops.len() as u64 <= every.fuel);
    // In slices of any size they come to the same places.
    assert_eq!(run(3, &[], Some(Step::Line))?, lines);
    assert_eq!(run(1, &[], Some(Step::Instruction))?, every);
    Ok(())
}

#[test]
fn breakpoints_stay_with_their_guest() -> Result<(), Error> {
    let (mut guest, main) = guest()?;
    guest.break_at("=program", 3);
    guest.start(&main, &[])?;
    assert!(matches!(guest.run(1 << 20), Exit::Breakpoint(_)));
    let snapshot = guest.snapshot()?;
    assert!(guest.unbreak("=program", 3));
    assert!(!guest.unbreak("=program", 3));
    assert_eq!(guest.snapshot()?, snapshot);
    assert_eq!(guest.run(1 << 20), Exit::Done(vec![Value::Number(12.0)]));
    // Another guest goes on from there without stopping, or stops where it is told to.
    let mut twin = Guest::builder().restore(&snapshot)?;
    twin.break_at("=program", 16);
    assert!(matches!(twin.run(1 << 20), Exit::Breakpoint(spot) if spot.line == 16));
    assert_eq!(twin.run(0), Exit::Done(vec![Value::Number(12.0)]));
    assert_eq!(twin.spot(), None);
    let call = twin.eval::<f64>("return 1", 1000)?;
    assert_eq!(call, 1.0);
    Ok(())
}

#[test]
fn an_instruction_stops_the_guest_in_every_closure_of_its_function() -> Result<(), Error> {
    let free = run(1 << 40, &[], None)?;
    for slice in [1 << 40, 3] {
        let (mut guest, main) = guest()?;
        // `note` is the first function inside of the program; its second instruction reads `log`.
        assert!(guest.break_in(&main, &[0], 1)?);
        assert!(guest.break_in(&main, &[], 0)?);
        assert!(!guest.break_in(&main, &[9], 0)?);
        assert!(!guest.break_in(&main, &[0, 0], 0)?);
        assert!(!guest.break_in(&main, &[0], 10_000)?);
        guest.start(&main, &[])?;
        let mut stops = Vec::new();
        let exit = loop {
            match guest.run(slice) {
                Exit::OutOfFuel => {}
                Exit::Breakpoint(spot) => stops.push((spot.line, spot.pc)),
                exit => break exit,
            }
        };
        assert_eq!(stops.first(), Some(&(1, 0)));
        assert_eq!(stops.get(1..), Some(&[(3, 1); 12][..]));
        let fuel: u64 = Ring::ALL.iter().map(|&r| guest.account(r).fuel).sum();
        assert_eq!((exit, fuel), (free.exit.clone(), free.fuel));
        assert!(guest.unbreak_in(&main, &[0], 1)?);
        assert!(!guest.unbreak_in(&main, &[0], 1)?);
        let other = Guest::new()?;
        let foreign = other.lua().load("return 1").into_function()?;
        assert!(matches!(
            guest.break_in(&foreign, &[], 0),
            Err(Error::Foreign)
        ));
    }
    Ok(())
}

#[test]
fn a_stop_goes_away_with_its_function() -> Result<(), Error> {
    let mut guest = Guest::new()?;
    let source = "local a = ... return a";
    let first = guest.load(source, "=short")?;
    assert!(guest.break_in(&first, &[], 0)?);
    assert!(matches!(guest.start(&first, &[]), Ok(())));
    assert!(matches!(guest.run(1000), Exit::Breakpoint(_)));
    assert!(matches!(guest.run(1000), Exit::Done(_)));
    drop(first);
    guest.eval::<()>("collectgarbage() collectgarbage()", 1 << 20)?;
    // Functions that come to lie in its place do not stop.
    for _ in 0..200 {
        let next = guest.load(source, "=short")?;
        assert!(guest.call(&next, &[Value::Nil], 1000).is_ok());
    }
    Ok(())
}

#[test]
fn an_instruction_that_waits_for_memory_stops_the_guest_once() -> Result<(), Error> {
    // There is no room for two of these texts, and each is garbage at once.
    let source = "local text = ('x'):rep(300000)\nfor i = 1, 20 do\n  local s = text .. i\nend";
    for (slice, step) in [(1 << 40, None), (97, None), (1 << 40, Some(Step::Line))] {
        let mut guest = Guest::builder().memory(1 << 20).seed(1).build()?;
        let main = guest.load(source, "=full")?;
        if step.is_none() {
            guest.break_at("=full", 3);
        }
        guest.start(&main, &[])?;
        let mut stops = 0;
        let exit = loop {
            if let Some(step) = step {
                guest.step(step);
            }
            match guest.run(slice) {
                Exit::Breakpoint(spot) => stops += u32::from(spot.line == 3),
                Exit::OutOfFuel => {}
                exit => break exit,
            }
        };
        assert_eq!((exit, stops), (Exit::Done(vec![]), 20), "{slice}");
    }
    Ok(())
}
