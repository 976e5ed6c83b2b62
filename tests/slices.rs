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
    "local t = {} for i = 1, 70000 do t[i] = i end return #t",
    "local t = {} for i = 40000, 1, -1 do t[i] = i end return #t",
    "local t, n = {}, 0 for i = 1, 5000 do t['k' .. i] = i t[{}] = i t[i * 3] = i t[i + 0.5] = i end
     for k in pairs(t) do n = n + 1 end for k in pairs(t) do t[k] = nil end
     for i = 1, 40 do t[i .. 'x'] = i end return n",
    "local t = {} for i = 1, 9000 do rawset(t, i, i) end for i = 1, 9000 do table.insert(t, i) end
     for i = 1, 3000 do table.insert(t, #t, i) end return #t",
    "local t, u = {}, {} for i = 1, 30000 do t[i] = i end table.move(t, 1, 30000, 2, u)
     table.move(t, 1, 30000, -70000, u) table.insert(u, -9000, 1) return #u",
    "local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v) end})
     for i = 1, 9000 do t[i] = i end for i = 1, 9000 do _G['x' .. i] = i end return #t + x77",
    "local t, u, n = {}, {}, 0 for i = 1, 9000 do t[i] = i * 7919 % 9001 u[i] = 'k' .. t[i] end
     table.sort(t) table.sort(u) for i = 2, 9000 do if t[i - 1] <= t[i] and u[i - 1] <= u[i] then n = n + 1 end end
     return n",
    "local t, n = {}, 0 for i = 1, 20000 do t[i] = i % 3 end table.sort(t) table.sort(t)
     for i = 2, 20000 do if t[i - 1] <= t[i] then n = n + 1 end end t[20000] = -0.0 t[7] = 'x'
     return n + (pcall(table.sort, t) and 1 or 0)",
    "local t, n = {}, 0 for i = 1, 4096 do t[i] = i end
     local chunk = ring.load(3, 'local t, i = ... t[i] = i')
     for i = 1, 5 do if ring.run(3, chunk, { fuel = 300 * i }, t, 4097) then n = n + 1 end end
     for i = 4098, 20000 do t[i] = i end return #t + n",
    "local t, n = {}, 0 for i = 1, 20000 do t[i] = i end
     for i = 1, 9 do table.insert(t, i, -i) n = n + table.remove(t, 2 * i) end
     table.move(t, 2, 20000, 1) table.move(t, 1, 19999, 2) table.insert(t, 1, 0) table.insert(t, 3, 0)
     for i = 1, #t do n = n * 3 % 1000003 + t[i] end return n + #t",
    "local t, n = {}, 0 for i = 1, 20000 do t[i] = i t[i + 0.5] = i end
     for k in pairs(t) do if k ~= 15000 and k ~= 3.5 then t[k] = nil end end
     for i = 1, 5 do n = n + next(t) + table.maxn(t) table.foreach(t, function(k, v) n = n + k + v end) end
     return n",
    "local s, n = ('abc'):rep(30000), 0 local big = s .. 1 .. s .. '' .. s
     for i = 1, 9 do local t = i .. big n = n + #(t .. t .. i) end
     local m = setmetatable({}, {__concat = function(a, b) return #(type(a) == 'string' and a or b) end})
     return n + #(big .. big .. m .. big) .. big:sub(-3)",
    "local n, t = 0, {} debug.sethook(function() n = n + 1 end, 'l', 3)
     for i = 1, 3000 do t[i] = i
     t[-i] = i end debug.sethook() return n",
    "local n, t = 0, {} debug.sethook(function() n = n + 1 t[n] = n t[n + 1] = n end, '', 3)
     for i = 1, 5000 do t[-i] = i end debug.sethook() return n",
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
