//! What was promised about many guests, measured: one line for each promise, with the median of some runs.
//! `cargo bench -p bvm --bench supervisor` prints all, with names behind `--` those. Must not fail: tests do that.

use bvm::{Exit, Guest, Id, Image, Plan, Ring, Supervisor, Value};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const FUEL: u64 = 100_000_000;
const SPIN: &str = "local n = 0 while true do n = n + 1 end";
const TABLE: &str = "t = {} for i = 1, 1000 do t[i] = i end";
const MEGABYTE: &str = "t = {} for i = 1, 12500 do t[i] = {i, i} end";

fn line(what: &str, promised: &str, measured: String) {
    println!("{what:<52} {promised:>12} {measured:>22}");
}

fn us(time: Duration) -> String {
    format!("{:.1} us", time.as_nanos() as f64 / 1e3)
}

/// The median of some times and the longest.
fn middle(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    let at = |i: usize| times.get(i).copied().unwrap_or_default();
    (at(times.len() / 2), at(times.len().saturating_sub(1)))
}

fn median_of<T>(count: usize, mut act: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let began = Instant::now();
        let made = black_box(act());
        let took = began.elapsed();
        drop(made);
        took
    };
    middle((0..count).map(time).collect()).0
}

/// A guest in the middle of a loop, which holds something.
fn paused(held: &str) -> Result<Guest> {
    let mut guest = Guest::new()?;
    guest.eval::<()>(format!("{held} collectgarbage()"), FUEL)?;
    guest.drain_fuel();
    let spin = guest.load(SPIN, "=spin")?;
    guest.start(&spin, &[])?;
    assert_eq!(guest.run(1000), Exit::OutOfFuel);
    Ok(guest)
}

fn started(supervisor: &Supervisor, plan: Plan) -> Result<Id> {
    let id = supervisor.create(plan)?;
    supervisor.start(id)?;
    Ok(id)
}

fn kill() -> Result<()> {
    let supervisor = Supervisor::builder().threads(1).build();
    let (mut dead, mut gone) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let id = started(&supervisor, Plan::source(SPIN, "=spin"))?;
        std::thread::sleep(Duration::from_micros(500));
        let began = Instant::now();
        supervisor.kill(id)?;
        dead.push(began.elapsed());
        supervisor.destroy(id)?;
        gone.push(began.elapsed());
    }
    for (what, times) in [
        ("kill of a spinning guest", dead),
        ("until its memory is free", gone),
    ] {
        let (median, most) = middle(times);
        let text = format!("{} (most {})", us(median), us(most));
        line(what, "1000 us", text);
    }
    Ok(())
}

fn snapshots() -> Result<()> {
    let held = [
        ("", "small guest", "50 us"),
        (TABLE, "1,000 entries", "100 us"),
    ];
    for (held, name, promised) in held {
        let mut guest = paused(held)?;
        let save = median_of(300, || guest.snapshot());
        let bytes = guest.snapshot()?;
        let restore = median_of(300, || Guest::builder().restore(&bytes));
        line(&format!("snapshot, {name}"), promised, us(save));
        line(&format!("restore, {name}"), promised, us(restore));
    }
    Ok(())
}

fn clones() -> Result<()> {
    let image = paused(MEGABYTE)?.image()?;
    drop(Guest::builder().fork(&image)?);
    let forks = median_of(500, || Guest::builder().fork(&image));
    line("clone of a warmed guest of 1 MiB", "20 us", us(forks));
    let mut kept = Vec::new();
    let first = median_of(500, || {
        kept.extend(Guest::builder().fork(&image));
    });
    line("the same, 500 at once", "20 us", us(first));
    drop(kept);
    let supervisor = Supervisor::builder().threads(0).build();
    let plan = Plan::image(Arc::new(image));
    let id = started(&supervisor, plan)?;
    supervisor.pause(id)?;
    supervisor.image(id)?;
    let verb = median_of(200, || supervisor.clone_guest(id));
    line("the same by a supervisor's verb", "20 us", us(verb));
    Ok(())
}

/// Bytes of this process that nobody shares, and of its page tables.
fn private() -> Option<(f64, f64)> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let field = |text: &str, name: &str| -> Option<f64> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let private = field(&rollup, "Private_Dirty:")? + field(&rollup, "Private_Clean:")?;
    Some((private, field(&status, "VmPTE:")?))
}

fn memory(bits: u32) -> Result<()> {
    const COUNT: usize = 2000;
    let image: Image = Guest::builder().span(bits).build()?.image()?;
    let mut guests = Vec::with_capacity(COUNT);
    guests.push(Guest::builder().fork(&image)?);
    let before = private();
    let began = Instant::now();
    for _ in 1..COUNT {
        guests.push(Guest::builder().fork(&image)?);
    }
    let time = began.elapsed() / COUNT as u32;
    if let (Some(before), Some(after)) = (before, private()) {
        let each = |before: f64, after: f64| (after - before) / (COUNT - 1) as f64;
        let (pages, tables) = (each(before.0, after.0), each(before.1, after.1));
        let text = format!("{pages:.1} + {tables:.1} KiB");
        let what = format!("memory of an idle clone of span 2^{bits}, page tables");
        line(&what, "16 KiB", text);
        let what = format!("making one of 2,000 such clones, span 2^{bits}");
        line(&what, "20 us", us(time));
    }
    Ok(())
}

fn large() -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let mut guest = Guest::new()?;
        guest.eval::<()>(
            "t = {} for i = 1, 256 do t[i] = ('x'):rep(2^20 - 100) .. i end",
            FUEL,
        )?;
        assert!(guest.memory_used() > 255 << 20);
        let began = Instant::now();
        drop(guest);
        times.push(began.elapsed());
    }
    line(
        "drop of a guest of 256 MB",
        "10 ms",
        format!("{:.2} ms", middle(times).0.as_secs_f64() * 1e3),
    );
    Ok(())
}

/// The fuel of guests in all rings that run for a time, by a number of threads.
fn race(threads: usize, count: usize, time: Duration) -> Result<Vec<u64>> {
    let supervisor = Supervisor::builder().threads(threads).build();
    let mut guests = Vec::new();
    for ring in Ring::ALL.into_iter().cycle().take(count) {
        let plan = Plan::source(SPIN, "=spin").guest(move |guest| guest.ring(ring));
        guests.push(started(&supervisor, plan)?);
    }
    let fuel = |id: &Id| supervisor.info(*id).map(|info| info.counters.fuel);
    let before: std::result::Result<Vec<u64>, _> = guests.iter().map(fuel).collect();
    std::thread::sleep(time);
    let after: std::result::Result<Vec<u64>, _> = guests.iter().map(fuel).collect();
    Ok(after?
        .iter()
        .zip(before?)
        .map(|(after, before)| after - before)
        .collect())
}

fn fairness() -> Result<()> {
    let fuel = race(2, 1000, Duration::from_secs(4))?;
    let mean = fuel.iter().sum::<u64>() as f64 / fuel.len() as f64;
    let furthest = fuel
        .iter()
        .map(|&fuel| (fuel as f64 / mean - 1.0).abs())
        .fold(0.0, f64::max);
    let text = format!("{:.2} %", furthest * 100.0);
    line(
        "share of each of 1,000 guests that spin, off by",
        "5 %",
        text,
    );
    Ok(())
}

/// A guest that answers messages among spinners: how long an answer takes.
fn latency() -> Result<()> {
    let supervisor = Supervisor::builder().threads(2).build();
    for _ in 0..1000 {
        started(&supervisor, Plan::source(SPIN, "=spin"))?;
    }
    let source = "while true do task.send(0, task.receive()) end";
    let echo = started(&supervisor, Plan::source(source, "=echo"))?;
    let mut times = Vec::new();
    for _ in 0..200 {
        std::thread::sleep(Duration::from_millis(2));
        let began = Instant::now();
        supervisor.send(echo, &Value::Number(1.0))?;
        let answer = supervisor.receive_within(Duration::from_secs(9));
        times.push(began.elapsed());
        assert!(answer.is_some());
    }
    let (median, most) = middle(times);
    let text = format!("{} (most {})", us(median), us(most));
    line("an answer of a guest among 1,000 spinners", "-", text);
    Ok(())
}

/// Time that processors have spent on this process.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, which may hold spaces, is in parentheses.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
}

/// The fuel of 16 guests on some threads, and the processors' time for it.
fn work(threads: usize) -> Result<(f64, f64)> {
    let before = processor_time();
    let fuel: u64 = race(threads, 16, Duration::from_millis(1000))?.iter().sum();
    Ok((fuel as f64, processor_time() - before))
}

/// How much more fuel two threads use up than one: in a second, and in the processors' time, of which a machine
/// that does other things, too, gives two threads less than twice as much.
fn scale() -> Result<()> {
    let (mut walls, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (one, two) = (work(1)?, work(2)?);
        walls.push(two.0 / one.0);
        costs.push(2.0 * (two.0 / two.1) / (one.0 / one.1));
    }
    for (what, mut ratios) in [("a second", walls), ("the processors' time", costs)] {
        ratios.sort_by(f64::total_cmp);
        let text = format!("{:.2} (best {:.2})", ratios[2], ratios[4]);
        line(
            &format!("16 guests, two threads against one, in {what}"),
            "1.9",
            text,
        );
    }
    Ok(())
}

/// What turns cost: a loop alone, and under a supervisor.
fn overhead() -> Result<()> {
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let mut guest = Guest::new()?;
        let spin = guest.load(SPIN, "=spin")?;
        guest.start(&spin, &[])?;
        let before = processor_time();
        const UNITS: u64 = 1_000_000_000;
        guest.run(UNITS);
        let alone = (processor_time() - before) / UNITS as f64;
        let (fuel, time) = work(1)?;
        ratios.push(time / fuel / alone - 1.0);
    }
    ratios.sort_by(f64::total_cmp);
    line(
        "time that turns add to a guest's own",
        "-",
        format!("{:.1} %", ratios[2] * 100.0),
    );
    Ok(())
}

/// Fifty thousand guests with all libraries at once, made, run and dropped. Guests of at most 8 MiB of address
/// space take one mapping of the system each, of which there are 65,530.
fn many() -> Result<()> {
    const COUNT: u32 = 50_000;
    let build = || Guest::builder().span(22).build();
    drop(build()?);
    let each = |from: (f64, f64), to: (f64, f64)| {
        let pages = (to.0 - from.0) / f64::from(COUNT);
        let tables = (to.1 - from.1) / f64::from(COUNT);
        format!("{pages:.1} + {tables:.1} KiB")
    };
    let (empty, began) = (private(), Instant::now());
    let mut guests: Vec<Guest> = (0..COUNT)
        .map(|_| build())
        .collect::<std::result::Result<_, _>>()?;
    line(
        "making one of 50,000 new guests",
        "-",
        us(began.elapsed() / COUNT),
    );
    let (idle, began) = (private(), Instant::now());
    for guest in &mut guests {
        guest.eval::<()>("n = tostring(1) .. #string.rep('x', 9)", FUEL)?;
    }
    line(
        "a first line of Lua in each of them",
        "-",
        us(began.elapsed() / COUNT),
    );
    if let (Some(empty), Some(idle), Some(used)) = (empty, idle, private()) {
        line(
            "memory of each before that, page tables",
            "16 KiB",
            each(empty, idle),
        );
        line("and after it", "-", each(empty, used));
    }
    let began = Instant::now();
    drop(guests);
    line("dropping one of them", "-", us(began.elapsed() / COUNT));
    Ok(())
}

/// A name to ask for, and what prints the lines.
type Row = (&'static str, fn() -> Result<()>);

const ROWS: &[Row] = &[
    ("kill", kill),
    ("snapshot", snapshots),
    ("clone", clones),
    ("memory", || memory(32).and_then(|()| memory(22))),
    ("many", many),
    ("drop", large),
    ("latency", latency),
    ("fairness", fairness),
    ("overhead", overhead),
    ("scale", scale),
];

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // Cargo asks benchmarks to do nothing when it tests.
    if words.iter().any(|word| word == "--test") {
        return Ok(());
    }
    let names: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    line("", "promised", "measured".to_owned());
    for (name, print) in ROWS {
        if names.is_empty() || names.iter().any(|asked| asked == name) {
            print()?;
        }
    }
    Ok(())
}
