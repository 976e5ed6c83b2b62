//! A guest whose memory is full stops, and goes on when it may have more, as if it had had that from the beginning.
//! (This file belongs to the package `bvm`; the folder's other tests are `bvm-tests`.)

use bvm::{Capture, Error, Exit, Guest, Value};
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;

/// Programs that need more than a mebibyte, in different ways.
const GREEDY: &[&str] = &[
    "local t = {} for i = 1, 24000 do t[i] = { i } end local n = 0 for i = 1, #t do n = n + t[i][1] end return n",
    "local t = {} for i = 1, 100000 do t[i] = i end return #t",
    "local t = {} for i = 1, 24000 do t['k' .. i] = i end local n = 0 for _ in pairs(t) do n = n + 1 end return n",
    "local t = {} for i = 1, 100000 do table.insert(t, i) end return #t",
    "local s = ('x'):rep(7e5) s = s:reverse() return #s + #s:upper()",
    "local t = {} for i = 1, 20000 do t[i] = 'element ' .. i end return #table.concat(t, ', ')",
    "local s = 'x' for i = 1, 21 do s = s .. s end return #s",
    "local t = {} for i = 1, 24000 do local function f() return i end t[i] = f end return t[24000]()",
    "local last for i = 1, 24000 do last = setmetatable({ last }, {}) end return #last",
    "local t = {} for w in ('word '):rep(24000):gmatch('%w+') do t[#t + 1] = w .. #t end return #t",
    "local function down(n) if n == 0 then return 0 end return 1 + down(n - 1) end
     local t = {} for i = 1, 40000 do t[i] = i .. '' end return down(4000)",
    "local co = {} for i = 1, 2000 do co[i] = coroutine.wrap(function(x) while true do x = coroutine.yield(x) end end)
     co[i](i) end return co[2000](1)",
];

fn guest(memory: u64, ends: bool) -> Result<Guest, Error> {
    let builder = Guest::builder().seed(1).memory(memory);
    match ends {
        true => builder.end_at_memory().build(),
        false => builder.build(),
    }
}

/// Runs a program, with more memory whenever it is full; gives the result, and how often it stopped.
fn run(source: &str, memory: u64, slice: u64) -> Result<(Exit, u32), Error> {
    let mut guest = guest(memory, true)?;
    let main = guest.load(source, "=greedy")?;
    guest.start(&main, &[])?;
    let (mut limit, mut stops) = (memory, 0);
    loop {
        match guest.run(slice) {
            Exit::OutOfFuel => {}
            Exit::MemoryFull => {
                assert_eq!(guest.run(1 << 40), Exit::MemoryFull, "nothing has changed");
                assert!(guest.memory_used() <= limit + MIB / 4);
                stops += 1;
                limit += MIB / 4;
                guest.set_memory_limit(limit);
            }
            exit => return Ok((exit, stops)),
        }
    }
}

#[test]
fn a_guest_goes_on_when_it_may_have_more() -> Result<(), Error> {
    for source in GREEDY {
        let mut free = guest(1 << 30, false)?;
        let main = free.load(*source, "=greedy")?;
        let expected = Exit::Done(free.call(&main, &[], 1 << 40)?);
        for slice in [1 << 40, 1_009] {
            let (exit, stops) = run(source, MIB, slice)?;
            assert_eq!(exit, expected, "{source}");
            assert!(stops > 0, "{source}");
        }
    }
    Ok(())
}

#[test]
fn a_full_guest_can_be_saved_and_given_up() -> Result<(), Error> {
    let mut full = guest(MIB, true)?;
    let main = full.load(GREEDY[0], "=greedy")?;
    full.start(&main, &[])?;
    assert_eq!(full.run(1 << 40), Exit::MemoryFull);
    let snapshot = full.snapshot()?;
    let mut twin = Guest::builder().memory(1 << 30).restore(&snapshot)?;
    assert!(matches!(twin.run(1 << 40), Exit::Done(_)));
    // Another call begins with what garbage there is.
    assert_eq!(
        full.eval::<f64>(
            "local t = {} for i = 1, 1000 do t[i] = {} end return #t",
            1 << 20
        )?,
        1000.0
    );
    Ok(())
}

/// Where a function has paused before can be seen nowhere.
#[test]
fn a_full_guest_is_the_same_however_it_was_run() -> Result<(), Error> {
    let more = [
        "local t = {} for i = 1, 30000 do t[i] = 'x' end while true do t[#t + 1] = table.concat(t, 'yz') .. #t end",
        "local s, t = ('ab'):rep(30000), {} while true do t[#t + 1] = s:gsub('a', '%0%0' .. #t) end",
        "local s, t = ('a'):rep(60000), {} while true do t[#t + 1] = ('%q%d'):format(s, #t) end",
        "local s, t = 'x = 1 ', {} while true do t[#t + 1] = string.dump(loadstring(s:rep(2000 + #t))) end",
    ];
    for source in GREEDY.iter().chain(&more) {
        let mut images = Vec::new();
        for slice in [1 << 40, 97, 331, 5000] {
            let mut guest = guest(MIB, true)?;
            let main = guest.load(*source, "=greedy")?;
            guest.start(&main, &[])?;
            while guest.run(slice) == Exit::OutOfFuel {}
            assert_eq!(guest.run(0), Exit::MemoryFull, "{source}");
            images.push(guest.snapshot()?);
        }
        let is_same = images.windows(2).all(|two| two[0] == two[1]);
        assert!(is_same, "{source}");
    }
    Ok(())
}

#[test]
fn a_full_guest_begins_again_under_the_same_limit() -> Result<(), Error> {
    for source in GREEDY {
        let mut full = guest(MIB, true)?;
        let main = full.load(*source, "=greedy")?;
        full.start(&main, &[])?;
        assert_eq!(full.run(1 << 40), Exit::MemoryFull);
        let builder = || Guest::builder().memory(MIB).end_at_memory();
        let twins = [
            builder().restore(&full.snapshot()?)?,
            builder().fork(&full.image()?)?,
        ];
        for mut twin in twins {
            assert!(twin.memory_used() <= MIB + MIB / 4);
            assert_eq!(twin.run(1 << 40), Exit::MemoryFull, "{source}");
            twin.set_memory_limit(1 << 30);
            assert!(matches!(twin.run(1 << 40), Exit::Done(_)), "{source}");
        }
    }
    Ok(())
}

#[test]
fn the_middle_of_a_library_function_cannot_go_on() -> Result<(), Error> {
    let mut guest = guest(2 * MIB, true)?;
    // Compiling needs room outside of the guest.
    let source = "local s = ('x = 1 '):rep(1e5) return pcall(loadstring, s)";
    let main = guest.load(source, "=large")?;
    guest.start(&main, &[])?;
    assert_eq!(guest.run(1 << 40), Exit::OutOfMemory);
    guest.set_memory_limit(1 << 30);
    assert_eq!(guest.run(1 << 40), Exit::OutOfMemory);
    guest.start(&main, &[])?;
    let Exit::Done(values) = guest.run(1 << 40) else {
        panic!("it fits")
    };
    assert_eq!(values.first(), Some(&Value::Bool(true)));
    Ok(())
}

#[test]
fn what_a_plugin_may_have_is_its_own_affair() -> Result<(), Error> {
    let mut guest = guest(MIB, true)?;
    let source =
        "return (ring.run(3, 'local t = {} while true do t[#t + 1] = {} end', { memory = 1e9 }))";
    assert!(!guest.eval::<bool>(source, 1 << 40)?);
    Ok(())
}

/// The programs of the corpus, but for those that show how much fuel or memory something takes.
fn corpus() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lua")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        for path in entries.flatten().map(|entry| entry.path()) {
            match path.extension() {
                Some(ending) if ending == "lua" => files.push(path),
                _ if path.is_dir() && !path.ends_with("rings") => folders.push(path),
                _ => {}
            }
        }
    }
    files
}

/// Exit and output of a program that has so much memory, and a bit more whenever it is full, and how often it was;
/// `None` when something could not go on, or takes long.
fn played(source: &[u8], memory: u64) -> Option<(String, Vec<u8>, u32)> {
    let (host, output) = Capture::new(1 << 20);
    let builder = Guest::builder().seed(1).host(host).memory(memory);
    let mut guest = builder.end_at_memory().build().expect("room");
    let main = guest.load(source, "@program.lua").ok()?;
    guest.start(&main, &[]).expect("memory");
    let (mut limit, mut stops, mut fuel) = (memory, 0, 2_000_000);
    let exit = loop {
        match guest.run(std::mem::take(&mut fuel)) {
            Exit::MemoryFull => {
                stops += 1;
                limit = limit.max(guest.memory_used()) + (32 << 10);
                guest.set_memory_limit(limit);
            }
            Exit::OutOfMemory | Exit::OutOfFuel => return None,
            Exit::Error(error) => break error.to_string(),
            exit => break format!("{exit:?}"),
        }
    };
    Some((exit, output.take(), stops))
}

#[test]
fn the_corpus_goes_on() {
    let (mut stopped, mut ended) = (0, 0);
    for path in corpus() {
        let source = std::fs::read(&path).expect("readable");
        let Some((exit, output, _)) = played(&source, 1 << 30) else {
            continue;
        };
        let Some((tight_exit, tight_output, stops)) = played(&source, 256 << 10) else {
            ended += 1;
            continue;
        };
        stopped += u32::from(stops > 0);
        assert_eq!(
            (exit, output),
            (tight_exit, tight_output),
            "{}",
            path.display()
        );
    }
    assert!(
        stopped >= 8 && ended <= 8,
        "{stopped} stopped, {ended} ended"
    );
}
