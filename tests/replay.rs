//! Runs that are recorded and run again from their journals. (This file belongs to the package `bvm`; the
//! folder's other tests are `bvm-tests`.)

use bvm::{
    Answer, Capture, Divergence, Exit, Guest, Host, Hypercall, Journal, JournalError, Request,
    Ring, RingLimits, Word,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Fuel for a whole program.
const FUEL: u64 = 20_000_000;

/// A world that never says the same twice: a clock that runs, files of noise, and calls that wait.
struct World {
    shown: Capture,
    state: u64,
    puts_off: bool,
}

impl World {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1);
        self.state >> 33
    }
}

impl Host for World {
    fn answer(&mut self, request: &Request) -> Answer {
        let noise = self.next();
        if self.puts_off && !request.shows() && noise.is_multiple_of(3) {
            return Answer::Later;
        }
        let text = format!("{noise}");
        match request.call {
            _ if request.shows() => self.shown.answer(request),
            Hypercall::Time => Answer::words([Word::Int(noise as i64)]),
            Hypercall::Entropy => Answer::words([Word::Bytes(text.into_bytes())]),
            Hypercall::Clock => Answer::words([Word::Number(noise as f64 / 7.0)]),
            Hypercall::Open | Hypercall::TmpFile | Hypercall::POpen if !noise.is_multiple_of(4) => {
                Answer::words([Word::Int(noise as i64 % 5)])
            }
            Hypercall::ReadLine | Hypercall::ReadBytes if !noise.is_multiple_of(3) => {
                Answer::words([Word::Bytes(text.into_bytes())])
            }
            Hypercall::ReadLine | Hypercall::ReadBytes | Hypercall::ReadNumber => Answer::words([]),
            Hypercall::ReadAll | Hypercall::ReadFile => {
                Answer::words([Word::Bytes(format!("return {noise}").into_bytes())])
            }
            Hypercall::Readable => Answer::words([Word::Bool(noise.is_multiple_of(2))]),
            Hypercall::Close => Answer::words([Word::Int(noise as i64 % 2)]),
            Hypercall::Exit => Answer::End(noise as i64),
            _ => Answer::error("noise", noise as i32 % 100),
        }
    }
}

/// What can be compared of a run.
#[derive(Debug, PartialEq)]
struct Run {
    /// How many times it waited, and how it ended.
    exits: (usize, String),
    output: String,
    fuel: i64,
    /// Checksum of the snapshot at the end.
    image: u32,
}

/// Text of an exit; addresses are the same, handles of this program are not.
fn shown(exit: &Exit) -> String {
    match exit {
        Exit::Error(error) => format!("error {error}"),
        Exit::Done(values) => format!("done {}", values.len()),
        Exit::Diverged(divergence) => format!("{divergence}"),
        other => format!("{other:?}"),
    }
}

/// Runs a program; `late` answers what was put off. The end of fuel is no exit that counts, as slices differ.
fn run(guest: &mut Guest, source: &[u8], slice: u64, late: bool) -> ((usize, String), i64, u32) {
    let mut exits = (0, String::new());
    let mut given = 0;
    let main = guest.load(source, "@program.lua");
    if let Ok(main) = main {
        guest.start(&main, &[]).expect("memory");
        let mut fuel = slice;
        loop {
            let exit = guest.run(fuel);
            given += fuel;
            fuel = 0;
            match exit {
                Exit::OutOfFuel if given >= FUEL => {
                    exits.1 = "over".into();
                    break;
                }
                Exit::OutOfFuel => fuel = slice.min(FUEL - given),
                Exit::Waiting if late => {
                    exits.0 += 1;
                    guest.answer(Err(bvm::HostError {
                        message: "late".into(),
                        code: 4,
                    }));
                }
                Exit::Waiting => exits.0 += 1,
                exit => {
                    exits.1 = shown(&exit);
                    break;
                }
            }
        }
    }
    let used = given as i64 - guest.fuel_left();
    if exits.1 == "over" {
        // Slices end at places that differ by some units.
        return (exits, 0, 0);
    }
    // A debt is part of the image, and depends on the slices. This pays it.
    let _ = guest.eval::<()>("", 1_000);
    let image = guest.snapshot().expect("well formed");
    (exits, used, crc32fast::hash(&image))
}

fn recorded(source: &[u8], seed: u64, puts_off: bool) -> (Run, Vec<u8>) {
    let (shown, output) = Capture::new(1 << 24);
    let world = World {
        shown,
        state: seed,
        puts_off,
    };
    let builder = Guest::builder().host(world).seed(seed).memory(64 << 20);
    let mut guest = builder.record().build().expect("room");
    let (exits, fuel, image) = run(&mut guest, source, 1_000_000, true);
    let journal = guest.take_journal().expect("it records");
    let output = String::from_utf8_lossy(&output.take()).into_owned();
    (
        Run {
            exits,
            output,
            fuel,
            image,
        },
        journal.to_bytes(),
    )
}

fn replayed(source: &[u8], journal: &[u8], slice: u64) -> Run {
    let journal = Journal::from_bytes(journal).expect("good bytes");
    let (shown, output) = Capture::new(1 << 24);
    let builder = Guest::builder().host(shown).replay(journal);
    let mut guest = builder.build().expect("room");
    let (exits, fuel, image) = run(&mut guest, source, slice, false);
    assert_eq!(guest.entries_left(), 0);
    Run {
        exits,
        output: String::from_utf8_lossy(&output.take()).into_owned(),
        fuel,
        image,
    }
}

/// The programs of the corpus.
fn corpus() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lua")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        for path in entries.flatten().map(|entry| entry.path()) {
            match path.extension() {
                Some(ending) if ending == "lua" => files.push(path),
                _ if path.is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_corpus_replays() {
    for (i, path) in corpus().iter().enumerate() {
        let source = std::fs::read(path).expect("readable");
        let (first, journal) = recorded(&source, i as u64, i % 2 == 0);
        let second = replayed(&source, &journal, 999_983);
        let same = first == second;
        assert!(same, "{}: {first:?} {second:?}", path.display());
    }
}

/// Programs that ask for much.
const ASKING: [&str; 3] = [
    "local t = {} for i = 1, 40 do t[i] = os.time() io.write(t[i], ' ') end table.sort(t) print(t[1])
     if t[3] % 2 == 0 then error(t) end",
    "for i = 1, 20 do local f, why = io.open('x', 'w') if f then print(f:write(i), f:read(2, '*l'), f:close())
     else print(why) end end return ('x'):rep(1e3):gsub('x', function() return os.clock() % 2 > 1 and 'y' end)",
    "local co = coroutine.wrap(function() while true do coroutine.yield(os.getenv('x'), math.random()) end end)
     for i = 1, 30 do print(co(), pcall(require, 'x' .. i)) end os.exit(3)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn slices_do_not_matter(which in 0..ASKING.len(), seed: u64, puts_off: bool, slice in 1u64..20_000) {
        let source = ASKING[which].as_bytes();
        let (first, journal) = recorded(source, seed, puts_off);
        prop_assert_eq!(first, replayed(source, &journal, slice));
    }

    #[test]
    fn strange_bytes_are_no_journal(at: prop::sample::Index, bit in 0u8..8, cut: prop::sample::Index) {
        let (_, mut journal) = recorded(ASKING[0].as_bytes(), 1, true);
        let short = &journal[..cut.index(journal.len())];
        prop_assert!(Journal::from_bytes(short).is_err());
        let at = at.index(journal.len());
        journal[at] ^= 1 << bit;
        prop_assert!(Journal::from_bytes(&journal).is_err());
        // With a right checksum they may be one; then they are read, and written, as any.
        let sum = crc32fast::hash(&journal[16..]);
        journal[12..16].copy_from_slice(&sum.to_le_bytes());
        if let Ok(read) = Journal::from_bytes(&journal) {
            let again = Journal::from_bytes(&read.to_bytes());
            prop_assert_eq!(format!("{:?}", again), format!("{:?}", Ok::<_, JournalError>(read.clone())));
            if read.setup.memory > 1 << 20 {
                let guest = Guest::builder().replay(read).build();
                let mut guest = guest.expect("room");
                let _ = run(&mut guest, ASKING[0].as_bytes(), FUEL, true);
            }
        }
    }
}

#[test]
fn a_journal_says_what_is_wrong_with_it() {
    let (_, bytes) = recorded(b"print(1)", 1, false);
    assert_eq!(Journal::from_bytes(b"x"), Err(JournalError::NotAJournal));
    assert_eq!(Journal::from_bytes(&bytes[..30]), Err(JournalError::Length));
    let mut other = bytes.clone();
    other[8] = 9;
    assert_eq!(Journal::from_bytes(&other), Err(JournalError::Version(9)));
    let last = other.len() - 1;
    other.clone_from(&bytes);
    other[last] ^= 1;
    assert_eq!(Journal::from_bytes(&other), Err(JournalError::Checksum));
    let same = Journal::from_bytes(&bytes).expect("good bytes").to_bytes();
    assert_eq!(same, bytes);
}

fn divergence(first: &str, second: &str) -> Divergence {
    let (_, bytes) = recorded(first.as_bytes(), 1, false);
    let journal = Journal::from_bytes(&bytes).expect("good bytes");
    let mut guest = Guest::builder().replay(journal).build().expect("room");
    let main = guest.load(second, "=second").expect("correct");
    guest.start(&main, &[]).expect("memory");
    match guest.run(FUEL) {
        Exit::Diverged(divergence) => divergence,
        exit => panic!("no divergence: {exit:?}"),
    }
}

#[test]
fn another_run_diverges() {
    let told = |first, second| divergence(first, second).to_string();
    assert_eq!(
        told("os.time()", "os.clock()"),
        "replay diverges at entry 1: the guest asks for clock(), the journal has time"
    );
    assert_eq!(
        told("print(1) print(2)", "print(1) print(3)"),
        "replay diverges at entry 2: the guest asks for write(1, \"3\\n\"), the journal has write with other arguments"
    );
    assert_eq!(
        told("", "io.open('x')"),
        "replay diverges at entry 1: the guest asks for open(\"x\", \"r\"), the journal ends"
    );
}

/// A program that shows where limits begin to count: it notes its clock when it gets errors, asks its host, and has a
/// plugin that works until it is stopped.
const LIMITED: &str = "
    local log, kept = {}, {}
    local function plugin() local n = 0 for i = 1, 1e9 do n = i end end
    for round = 1, 60 do
        local ok, why = pcall(function() kept[#kept + 1] = ('x'):rep(40000 + round) end)
        log[#log + 1] = ok and tostring(select(2, pcall(os.time))) or why .. #kept
        log[#log + 1] = select(2, ring.run(3, plugin, { fuel = 3000 }))
        if not ok then kept = {} end
    end
    return table.concat(log, '\\n')";

/// Runs a program in slices of some fuel; what changes its limits is told the number of each slice.
fn limited(
    guest: &mut Guest,
    slice: u64,
    mut change: impl FnMut(&mut Guest, usize),
) -> (Exit, u64, Vec<u8>) {
    let main = guest.load(LIMITED, "=limited").expect("a program");
    guest.start(&main, &[]).expect("a start");
    let mut count = 0;
    let exit = loop {
        change(guest, count);
        count += 1;
        match guest.run(slice) {
            Exit::OutOfFuel | Exit::MemoryFull => {}
            exit => break exit,
        }
    };
    guest.drain_fuel();
    (exit, guest.time(), guest.snapshot().expect("a snapshot"))
}

/// The changes of a host, by the numbers of slices.
fn change_limits(guest: &mut Guest, slice: usize) {
    let limits = RingLimits::default();
    match slice {
        0 | 90 => guest.set_memory_limit(1 << 20),
        40 => guest.set_memory_limit(3 << 20),
        20 | 110 => {
            let (fuel, hypercalls) = (Some(20_000), Some(0));
            guest.limit(
                Ring::Plugin,
                RingLimits {
                    fuel,
                    hypercalls,
                    ..limits
                },
            );
        }
        70 => {
            let hypercalls = Some(20);
            guest.limit(
                Ring::Application,
                RingLimits {
                    hypercalls,
                    ..limits
                },
            );
        }
        _ => {}
    }
}

/// Other changes, which do not count before the end of a journal.
fn change_in_vain(guest: &mut Guest) {
    if guest.entries_left() == 0 {
        return;
    }
    guest.set_memory_limit(u64::MAX);
    let fuel = Some(1);
    guest.limit(
        Ring::Application,
        RingLimits {
            fuel,
            ..RingLimits::default()
        },
    );
}

#[test]
fn changes_of_limits_are_replayed() {
    let world = World {
        shown: Capture::new(1 << 20).0,
        state: 11,
        puts_off: false,
    };
    let recording = Guest::builder().host(world).record().build();
    let mut guest = recording.expect("a guest");
    let first = limited(&mut guest, 1237, change_limits);
    let Exit::Done(results) = &first.0 else {
        panic!("{:?}", first.0)
    };
    let shown = format!("{results:?}");
    for what in [
        "not enough memory",
        "fuel exhausted",
        "beyond what ring 2 may have",
    ] {
        assert!(shown.contains(what), "{what}: {shown}");
    }
    let journal = guest.take_journal().expect("it records").to_bytes();
    for slice in [1 << 40, 1237, 50_021, 97, 8] {
        let journal = Journal::from_bytes(&journal).expect("a journal");
        let mut again = Guest::builder().replay(journal).build().expect("a guest");
        let second = limited(&mut again, slice, |guest, _| change_in_vain(guest));
        assert_eq!(first.0, second.0, "slices of {slice}");
        assert_eq!(first.1, second.1, "slices of {slice}");
        assert!(first.2 == second.2, "slices of {slice}: another state");
        assert_eq!(again.entries_left(), 0);
    }
}
