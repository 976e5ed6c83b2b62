//! `bvm fleet`: guests from a declaration, their output, what becomes of them, and what machines read of it.

mod common;

use common::{Folder, Run, args};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const WORKER: &str = "local n, name = ...
print('hello', n, name)
task.sleep(0.01)
io.write('half a line')
return n * 2";

const FLEET: &str = r#"
threads = 2

[[guest]]
name = "worker"
script = "worker.lua"
count = 2
args = [21, "x"]
memory = "4M"

[[guest]]
script = "crash.lua"
on_crash = { restart = 2 }

[[guest]]
name = "spin"
script = "spin.lua"
fuel = 100_000
on_fuel = "kill"

[[guest]]
name = "slow"
script = "spin.lua"
fuel = { size = 10_000, per_second = 100_000 }
timeout = 0.05
"#;

fn files(fleet: &str) -> Vec<(&'static str, String)> {
    vec![
        ("worker.lua", WORKER.to_owned()),
        ("crash.lua", "error('oops')".to_owned()),
        ("spin.lua", "while true do end".to_owned()),
        ("fleet.toml", fleet.to_owned()),
    ]
}

fn run(words: &[&str], fleet: &str) -> Run {
    let files = files(fleet);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    args(words).bvm(&Folder::new(&files))
}

#[test]
fn a_fleet_runs_and_is_summed_up() {
    let run = run(&["fleet", "fleet.toml"], FLEET);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let words: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    let has = |line: &[&str]| words.iter().any(|words| words.as_slice() == line);
    assert!(has(&["worker-1|", "hello", "21", "x"]), "{}", run.stdout);
    assert!(has(&["worker-2|", "half", "a", "line"]), "{}", run.stdout);
    let ends = |name: &str, state: &str, outcome: &[&str]| {
        words
            .iter()
            .any(|words| words.starts_with(&[name, state]) && words.ends_with(outcome))
    };
    assert!(ends("worker-1", "halted", &["42"]), "{}", run.stdout);
    assert!(
        ends("crash", "crashed", &["2", "crash.lua:1:", "oops"]),
        "{}",
        run.stdout
    );
    assert!(has(&["crash.lua:1:", "in", "main", "chunk"]));
    assert!(ends("spin", "killed", &[]), "{}", run.stdout);
    assert!(ends("slow", "killed", &[]), "{}", run.stdout);
}

#[test]
fn saved_programs_go_on_and_limits_hold() {
    let fleet = "[[guest]]\nscript = 'sum.snap'\nkeep_seed = true
[[guest]]\nscript = 'full.lua'\nmemory = '2M'\nend_at_memory = true
[[guest]]\nname = 'held'\nscript = 'full.lua'\nmemory = '2M'\non_memory = 'kill'
[[guest]]\nscript = 'talker.lua'\noutput = 12\nmessages = 1\n";
    let files = [
        (
            "sum.lua",
            "local n = 0 for i = 1, 1e5 do n = n + i end print(n)",
        ),
        ("full.lua", "pcall(string.rep, 'x', 1e8)"),
        (
            "talker.lua",
            "print('hello') print('world') print(task.send(0, 1), (select(2, task.send(0, 2))))",
        ),
        ("fleet.toml", fleet),
    ];
    let folder = Folder::new(&files);
    let saved = args(&["run", "--fuel=5000", "--snapshot-out=sum.snap", "sum.lua"]).bvm(&folder);
    assert_eq!(saved.code, Some(124), "{}", saved.stderr);
    let run = args(&["fleet", "--threads", "1", "fleet.toml"]).bvm(&folder);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(1), ""),
        "{}",
        run.stdout
    );
    let has = |text: &str| run.stdout.lines().any(|line| line.contains(text));
    assert!(has("5000050000"), "{}", run.stdout);
    assert!(has("not enough memory"), "{}", run.stdout);
    let held = run.stdout.lines().find(|line| line.starts_with("held "));
    assert!(
        held.is_some_and(|line| line.contains("killed")),
        "{}",
        run.stdout
    );
    assert!(
        has("hello") && has("world") && !has("too many"),
        "{}",
        run.stdout
    );
}

#[test]
fn saved_programs_end_as_they_would_have_ended() {
    let fail = "for i = 1, 1e4 do end error('boom')";
    let sum = "local n = ... for i = 1, 1e4 do n = n + i end return n, 'x'";
    let folder = Folder::new(&[("fail.lua", fail), ("sum.lua", sum)]);
    let fleet = |text: &str| {
        std::fs::write(folder.path.join("fleet.toml"), text).expect("written");
        args(&["fleet", "fleet.toml"]).bvm(&folder)
    };
    for how in [&["run"][..], &[]] {
        for name in ["fail", "sum"] {
            let (script, out) = (format!("{name}.lua"), format!("--snapshot-out={name}"));
            let words = [how, &["--fuel=5000", &out, &script, "0"]].concat();
            assert_eq!(args(&words).bvm(&folder).code, Some(124), "{words:?}");
        }
        let run = fleet("[[guest]]\nscript = 'sum'\n");
        let ends = |run: &Run, words: &[&str]| {
            let line = run.stdout.lines().find(|line| line.starts_with(words[0]));
            let mut found = line.unwrap_or_default().split_whitespace();
            words.iter().all(|word| found.any(|found| found == *word))
        };
        assert_eq!(run.code, Some(0), "{how:?}: {}", run.stdout);
        assert!(
            ends(&run, &["sum", "halted", "50005000", "x"]),
            "{}",
            run.stdout
        );
        let run = fleet("[[guest]]\nscript = 'fail'\non_crash = { restart = 2 }\n");
        assert_eq!(run.code, Some(1), "{how:?}: {}", run.stdout);
        let expected = ["fail", "crashed", "2", "fail.lua:1:", "boom"];
        assert!(ends(&run, &expected), "{}", run.stdout);
        assert!(run.stdout.contains("fail.lua:1: in "), "{}", run.stdout);
        let resumed = args(&["resume", "fail"]).bvm(&folder);
        assert_eq!(resumed.code, Some(1));
        assert!(
            resumed
                .stderr
                .starts_with("bvm: fail.lua:1: boom\nstack traceback:\n")
        );
    }
}

#[test]
fn machines_get_a_line_for_each_event() {
    let run = run(&["fleet", "--json", "--threads", "1", "fleet.toml"], FLEET);
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let changes = |name: &str| -> Vec<String> {
        let of_guest = lines
            .iter()
            .filter(|l| l["event"] == "change" && l["guest"] == name);
        of_guest
            .map(|line| line["new"].as_str().expect("a text").to_owned())
            .collect()
    };
    let restarted = [
        "defined", "running", "crashed", "running", "crashed", "running", "crashed",
    ];
    assert_eq!(changes("crash"), restarted);
    let slept = ["defined", "running", "waiting (timer)", "running", "halted"];
    assert_eq!(changes("worker-2"), slept);
    let written = lines
        .iter()
        .filter(|l| l["event"] == "output" && l["guest"] == "worker-1");
    let text: String = written.filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(text, "hello\t21\tx\nhalf a line");
    let last = lines.last().expect("a summary");
    assert_eq!(
        (&last["event"], &last["lost"]),
        (&"summary".into(), &0.into())
    );
    let guests = last["guests"].as_array().expect("guests");
    assert_eq!(guests.len(), 5);
    let fuel: u64 = guests
        .iter()
        .filter_map(|guest| guest["counters"]["fuel"].as_u64())
        .sum();
    assert_eq!(last["total"]["fuel"], fuel);
    let of = |name: &str| guests.iter().find(|guest| guest["guest"] == name);
    let (worker, crash) = (of("worker-1").expect("one"), of("crash").expect("one"));
    assert_eq!(worker["counters"]["output"], text.len());
    let stack = ["[C]: in function 'error'", "crash.lua:1: in main chunk"];
    assert_eq!(crash["traceback"], serde_json::json!(stack));
}

#[test]
fn guests_of_a_fleet_talk_and_spawn() {
    let fleet = "[[guest]]\nscript = 'parent.lua'\nspawns = 3\n[[guest]]\nscript = 'good.lua'\n";
    let parent = "local function child(to, n) print('child', n) task.send(to, n) end
        for n = 1, 3 do assert(task.spawn(child, task.self(), n)) end
        local sum = 0
        for _ = 1, 3 do sum = sum + task.receive() end
        print('sum', sum)";
    let folder = Folder::new(&[
        ("fleet.toml", fleet),
        ("parent.lua", parent),
        ("good.lua", "os.exit(0)"),
    ]);
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("parent| sum\t6\n"), "{}", run.stdout);
    assert!(run.stdout.contains("| child\t3\n"), "{}", run.stdout);
}

#[test]
fn guests_of_a_fleet_find_each_other_by_their_names() {
    let fleet =
        "[[guest]]\nscript = 'sum.lua'\n[[guest]]\nname = 'part'\nscript = 'part.lua'\ncount = 2\n";
    let sum = "for i = 1, 2 do task.send(assert(task.find('part-' .. i)), i) end
        print('sum', task.receive() + task.receive())
        return (select(2, task.find('part')))";
    let part = "local n = task.receive() assert(task.send(task.find('sum'), n * 10))";
    let folder = Folder::new(&[("fleet.toml", fleet), ("sum.lua", sum), ("part.lua", part)]);
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("sum| sum\t30\n"), "{}", run.stdout);
    assert!(run.stdout.contains("no such guest"), "{}", run.stdout);
}

#[test]
fn a_fleet_ends_when_guests_wait_for_ever() {
    let wait = "[[guest]]\nname = 'w'\nscript = 'wait.lua'\n";
    let late = "[[guest]]\nname = 'l'\nscript = 'late.lua'\n";
    let spawn = "[[guest]]\nname = 's'\nscript = 'spawn.lua'\nspawns = 1\n";
    let crash = "[[guest]]\nname = 'c'\nscript = 'crash.lua'\n";
    let timeout = "[[guest]]\nname = 't'\nscript = 'wait.lua'\ntimeout = 0.1\n";
    let text = "bvm: guests wait, and nobody is left to wake them\n";
    for (fleet, state, stderr, code) in [
        (format!("{wait}{late}"), "w      waiting (receive)", text, 3),
        (spawn.to_owned(), "  waiting (receive)", text, 3),
        (format!("{wait}{crash}"), "w      waiting (receive)", "", 1),
        (late.to_owned(), "l      halted", "", 0),
        (timeout.to_owned(), "t      killed", "", 1),
    ] {
        let folder = Folder::new(&[
            ("fleet.toml", &fleet),
            ("wait.lua", "print(task.receive())"),
            ("late.lua", "task.sleep(0.1) task.receive(0.1)"),
            ("spawn.lua", "task.spawn('task.receive()')"),
            ("crash.lua", "error('x')"),
        ]);
        let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
        let got = (run.stderr.as_str(), run.code);
        assert_eq!(got, (stderr, Some(code)), "{fleet}{}", run.stdout);
        assert!(run.stdout.contains(state), "{fleet}{}", run.stdout);
    }
}

#[test]
fn guests_that_write_in_turn_have_lines_of_their_own() {
    let fleet =
        "[[guest]]\nname = 'sm-a'\nscript = 'a.lua'\n[[guest]]\nname = 'sm-b'\nscript = 'b.lua'\n";
    let folder = Folder::new(&[
        ("fleet.toml", fleet),
        (
            "a.lua",
            "io.write('abc') task.sleep(0.1) io.write('def\\n')",
        ),
        ("b.lua", "io.write('123') task.sleep(0.1) io.write('456')"),
    ]);
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    let mut lines: Vec<&str> = run.stdout.lines().collect();
    lines.retain(|line| line.starts_with("sm-") && line.contains("| "));
    lines.sort_unstable();
    assert_eq!(lines, ["sm-a| abcdef", "sm-b| 123456"], "{}", run.stdout);
}

#[test]
fn guests_cannot_write_to_the_terminal_past_the_command() {
    let fleet = "[[guest]]\nscript = 'says.lua'\n[[guest]]\nscript = 'fails.lua'\n";
    let folder = Folder::new(&[
        ("fleet.toml", fleet),
        (
            "says.lua",
            "print('\\27[2J\\27]0;title\\7\\rfails| I am well')",
        ),
        ("fails.lua", "error('\\27[31mevil\\r\\194\\155')"),
    ]);
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    let is_raw = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!run.stdout.contains(is_raw), "{:?}", run.stdout);
    let line = "says| \\27[2J\\27]0;title\\7\\13fails| I am well\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    let error = "fails:1: \\27[31mevil\\13\\194\\155\n";
    assert!(
        run.stdout.contains(&error.replace("fails:", "fails.lua:")),
        "{}",
        run.stdout
    );
    let run = args(&["fleet", "--json", "fleet.toml"]).bvm(&folder);
    assert!(
        !run.stdout.contains(|c| c != '\n' && is_raw(c) && c < ' '),
        "{:?}",
        run.stdout
    );
    assert!(run.stdout.contains("\\u001b[2J"), "{}", run.stdout);
}

#[test]
fn lines_that_mean_nothing_are_refused() {
    let numbers = [
        (
            "weight = 0",
            "bvm: fleet.toml: guest 'spin': weight = 0, where 1 to 1000 is allowed\n",
        ),
        (
            "span = 1",
            "bvm: fleet.toml: guest 'spin': span = 1, where 20 to 32 is allowed\n",
        ),
        (
            "span = 99",
            "bvm: fleet.toml: guest 'spin': span = 99, where 20 to 32 is allowed\n",
        ),
        (
            "[[guest]]\nscript = 'spin.lua'",
            "bvm: fleet.toml: guest 'spin': another guest has this name\n",
        ),
        (
            "count = 2\n[[guest]]\nname = 'spin-2'\nscript = 'spin.lua'",
            "bvm: fleet.toml: guest 'spin-2': another guest has this name\n",
        ),
    ];
    for (line, stderr) in numbers {
        let fleet = format!("[[guest]]\nscript = 'spin.lua'\n{line}");
        let run = run(&["fleet", "fleet.toml"], &fleet);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), stderr));
    }
    let tank = run(
        &["fleet", "fleet.toml"],
        "[[guest]]\nscript = 'spin.lua'\nfuel = -1",
    );
    assert!(
        tank.stderr.contains("line 3") && tank.stderr.contains("{ size = UNITS"),
        "{}",
        tank.stderr
    );
}

#[test]
fn wrong_declarations_are_refused_with_reasons() {
    let cases = [
        (
            "[[guest]]\nscript = 'none.lua'",
            "bvm: none.lua: No such file or directory\n",
        ),
        (
            "[[guest]]\nscript = 'spin.lua'\nmemory = 'much'",
            "bvm: guest 'spin': 'much' is no size\n",
        ),
        (
            "[[guest]]\nscript = 'spin.lua'\nallow = ['all']",
            "bvm: guest 'spin': there is no group 'all'\n",
        ),
        (
            "[[guest]]\nscript = 'spin.lua'\non_crash = 'kill'",
            "bvm: guest 'spin': a crash is reported or restarts\n",
        ),
        (
            "threads = 0\n[[guest]]\nscript = 'spin.lua'\nfuel = 10",
            "bvm: fleet.toml: 'threads' must be at least 1\n",
        ),
    ];
    for (fleet, stderr) in cases {
        let run = run(&["fleet", "fleet.toml"], fleet);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), stderr));
    }
    let unknown = run(
        &["fleet", "fleet.toml"],
        "[[guest]]\nscript = 'spin.lua'\nspeed = 3",
    );
    assert!(
        unknown.stderr.contains("unknown field `speed`"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn the_command_line_of_a_fleet_is_checked() {
    for (words, says) in [
        (&["fleet"][..], "<FILE>"),
        (&["fleet", "--threads", "0", "fleet.toml"], "--threads"),
        (&["fleet", "--fast", "fleet.toml"], "--fast"),
        (&["fleet", "fleet.toml", "other.toml"], "other.toml"),
    ] {
        let run = run(words, FLEET);
        assert_eq!(run.code, Some(1), "{words:?}");
        assert!(run.stderr.contains(says), "{words:?}: {}", run.stderr);
    }
    let help = run(&["fleet", "--help"], FLEET);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("--threads"), "{}", help.stdout);
}

/// Starts the command, whose output is read by the test.
fn begun(words: &[&str], folder: &Folder) -> Child {
    Command::new(env!("CARGO_BIN_EXE_bvm"))
        .args(words)
        .current_dir(&folder.path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started")
}

/// A fleet that runs until it is told to end: what it prints, and how it ends.
fn interrupted(
    words: &[&str],
    folder: &Folder,
    after: Duration,
    signal: &str,
) -> (String, ExitStatus) {
    let mut child = begun(words, folder);
    let mut stdout = child.stdout.take().expect("piped");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).expect("readable");
        String::from_utf8_lossy(&bytes).into_owned()
    });
    std::thread::sleep(after);
    let id = child.id().to_string();
    let kill = Command::new("kill").args([signal, &id]).status();
    assert!(kill.expect("started").success());
    let status = end_of(&mut child);
    (reader.join().expect("read"), status)
}

/// How a command ends that is to end soon.
fn end_of(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    panic!("it has not ended");
}

#[test]
fn a_fleet_ends_at_an_interrupt_while_guests_write() {
    let fleet = "[[guest]]\nscript = 'w.lua'\ncount = 3\n";
    let script = "while true do io.write('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\\n') end";
    let folder = Folder::new(&[("fleet.toml", fleet), ("w.lua", script)]);
    for (threads, signal, code) in [("1", "-INT", 130), ("4", "-INT", 130), ("4", "-TERM", 143)] {
        let words = ["fleet", "--threads", threads, "fleet.toml"];
        let (stdout, status) = interrupted(&words, &folder, Duration::from_millis(700), signal);
        assert_eq!(status.code(), Some(code), "{status:?}");
        let last = stdout.lines().last().unwrap_or_default();
        assert!(last.starts_with("all"), "{last}");
    }
}

#[test]
fn output_without_ends_of_lines_takes_time_and_memory_by_its_size() {
    let fleet = "[[guest]]\nname = 'many'\nscript = 'many.lua'
[[guest]]\nname = 'large'\nscript = 'large.lua'\nmemory = '4M'\n";
    let folder = Folder::new(&[
        ("fleet.toml", fleet),
        ("many.lua", "for i = 1, 2e5 do io.write('xxxxxxxxxx') end"),
        (
            "large.lua",
            "local s = ('y'):rep(1e6) for i = 1, 200 do io.write(s) end",
        ),
    ]);
    let began = Instant::now();
    let run = args(&["fleet", "fleet.toml"]).bvm(&folder);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let written = |name: &str, byte: u8| -> usize {
        let lines = run
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix(name));
        let counts = lines.map(|line| line.bytes().filter(|b| *b == byte).count());
        counts.inspect(|count| assert!(*count <= 1 << 16)).sum()
    };
    assert_eq!(written("many| ", b'x'), 2_000_000);
    assert_eq!(written("large| ", b'y'), 200_000_000);
}

#[test]
fn a_fleet_ends_when_nobody_reads_it() {
    let fleet = "[[guest]]\nscript = 'tick.lua'\n";
    let script = "while true do print('tick') task.sleep(0.01) end";
    let folder = Folder::new(&[("fleet.toml", fleet), ("tick.lua", script)]);
    for words in [
        &["fleet", "fleet.toml"][..],
        &["fleet", "--json", "fleet.toml"],
    ] {
        let mut child = begun(words, &folder);
        let stdout = child.stdout.take().expect("piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("readable");
        assert!(line.contains("tick"), "{line}");
        assert_eq!(end_of(&mut child).code(), Some(128 + 13), "{words:?}");
    }
}

#[test]
fn a_fleet_says_that_its_output_finds_no_room() {
    let folder = Folder::new(&[
        ("fleet.toml", "[[guest]]\nscript = 'spin.lua'\n"),
        ("spin.lua", "while true do end"),
    ]);
    let full = std::fs::File::create("/dev/full").expect("a device");
    let child = Command::new(env!("CARGO_BIN_EXE_bvm"))
        .args(["fleet", "fleet.toml"])
        .current_dir(&folder.path)
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("started");
    assert_eq!(end_of(&mut child).code(), Some(1));
    let mut stderr = String::new();
    let mut pipe = child.stderr.take().expect("piped");
    pipe.read_to_string(&mut stderr).expect("a text");
    assert_eq!(
        stderr,
        "bvm: standard output: No space left on device (os error 28)\n"
    );
}
