//! Where fuel ends leaves no trace: a run in slices ends in the same state as one with all fuel at once, down to the
//! bytes of a snapshot. (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{Error, Exit, Guest, Ring};

/// Natives that run out of fuel in the middle of what they do, while collections fall due.
const PAUSING: &[&str] = &[
    "return #(('x'):rep(20000):gsub('x', function() return 'yy' end))",
    "local n = 0
     local text = ('abc '):rep(3000):gsub('%w', function(c) n = n + 1 return c .. n end)
     return #text",
    "local t = {} for i = 1, 12000 do t[i] = 10000 + i * 7919 % 89989 end
     local text, n, seen = table.concat(t), 0, {} t = nil
     for i = 1, 3 do n = n + #text:sub(i):gsub('......', seen) end return n",
    "local t = {} for i = 1, 2000 do t[i] = 'key' .. (i * 7919) % 2001 end
     table.sort(t, function(a, b) return a .. '' < b .. '' end) return t[1]",
    "local text = ('abc'):rep(40000, '-') local back, big = text:reverse(), text:upper()
     return #big:sub(5) + #back:lower() + #text:rep(2)",
    "local n = 0 for word in ('some words '):rep(2000):gmatch('%w+') do n = n + #word:upper() end return n",
];

/// Runs a program in slices; gives how it ended, its fuel, and the state afterwards.
fn run(source: &str, slice: u64) -> Result<(Exit, u64, Vec<u8>), Error> {
    let mut guest = Guest::builder().seed(7).build()?;
    let main = guest.load(source, "=slices")?;
    guest.start(&main, &[])?;
    let exit = loop {
        match guest.run(slice) {
            Exit::OutOfFuel => {}
            exit => break exit,
        }
    };
    let fuel = Ring::ALL.iter().map(|&ring| guest.account(ring).fuel).sum();
    // A debt is part of the state, and depends on the slices. This pays it.
    guest.eval::<()>("", 1_000_000)?;
    Ok((exit, fuel, guest.snapshot()?))
}

#[test]
fn slices_leave_no_trace() -> Result<(), Error> {
    for program in PAUSING {
        let (exit, fuel, image) = run(program, 1 << 40)?;
        assert!(matches!(exit, Exit::Done(_)), "{program}: {exit:?}");
        for slice in [7, 331, 15_013] {
            let (exit_in_slices, fuel_in_slices, image_in_slices) = run(program, slice)?;
            assert_eq!(exit, exit_in_slices, "{program} in slices of {slice}");
            assert_eq!(fuel, fuel_in_slices, "{program} in slices of {slice}");
            let same = image == image_in_slices;
            assert!(same, "{program} ends in another state in slices of {slice}");
        }
    }
    Ok(())
}
