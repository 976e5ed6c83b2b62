//! Programs whose time is over while they wait for the outside world.

mod common;

use common::{Folder, Run, args};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs the command with an input that comes and does not end.
fn waiting(folder: &Folder, words: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bvm"))
        .args(words)
        .current_dir(&folder.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("written");
    let began = Instant::now();
    let output = child.wait_with_output().expect("ended");
    assert!(began.elapsed() < Duration::from_secs(3), "{words:?}");
    drop(stdin);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run {
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        code: output.status.code(),
    }
}

fn out_of_time(stdout: &str) -> Run {
    Run {
        stdout: stdout.to_owned(),
        stderr: "bvm: out of time\n".to_owned(),
        code: Some(124),
    }
}

const READS: &str =
    "print(io.read()) print(io.read('*n', '*l')) print(io.read(3, 0)) print(io.read())";

#[test]
fn a_program_that_waits_is_saved_where_it_asks() {
    for how in [&[][..], &["run"]] {
        let fleet = "[[guest]]\nscript = 's'\n";
        let folder = Folder::new(&[("main.lua", READS), ("fleet.toml", fleet)]);
        let options = ["--timeout=0.3", "--snapshot-out=s", "main.lua"];
        let run = waiting(&folder, &[how, &options].concat(), "one\n2 two\nabcd");
        assert_eq!(run, out_of_time("one\n2\t two\nabc\t\n"));
        let info = args(&["info", "s"]).bvm(&folder);
        assert!(info.stdout.contains("waits for read_line"), "{info:?}");
        let run = args(&["resume", "s"]).stdin("more\n").bvm(&folder);
        assert_eq!(
            (run.stdout.as_str(), run.code),
            ("more\n", Some(0)),
            "{run:?}"
        );
    }
}

#[test]
fn a_journal_of_a_program_that_waits_is_run_again() {
    let folder = Folder::new(&[("main.lua", "print(io.read()) print(io.read('*a'))")]);
    let options = ["run", "--timeout=0.3", "--record=j", "main.lua"];
    let run = waiting(&folder, &options, "one\ntwo\n");
    assert_eq!(run, out_of_time("one\n"));
    assert_eq!(args(&["replay", "j"]).bvm(&folder), run);
}

#[test]
fn what_was_written_is_seen_whatever_is_waited_for() {
    // Processes that the test would wait for close what they have of it.
    for wait in [
        "io.read('*a')",
        "os.execute('exec sleep 5 >&- 2>&-')",
        "io.popen('exec sleep 5 2>&-'):read()",
        "io.popen('exec sleep 5 2>&-'):close()",
        "io.open('fifo')",
        "for line in io.lines() do print(line) end",
        "while true do end",
    ] {
        let script = format!("print(1) io.write('2') {wait} print(3)");
        let folder = Folder::new(&[("main.lua", &script)]);
        let made = Command::new("mkfifo")
            .arg(folder.path.join("fifo"))
            .status();
        assert!(made.expect("started").success());
        let run = waiting(&folder, &["--timeout=0.2", "main.lua"], "");
        assert_eq!(run, out_of_time("1\n2"), "{wait}");
    }
}

#[test]
fn programs_in_time_are_not_changed() {
    let script = "local n = 0 for line in io.lines() do n = n + #line io.write(line, '\\n') end
        local pipe = io.popen('cat', 'w') io.stdout:flush() pipe:write('x\\n') print(pipe:close(), n)";
    let folder = Folder::new(&[("main.lua", script)]);
    let input = "some words on a line\n".repeat(5000);
    let expected = format!("{input}x\ntrue\t100000\n");
    for how in [
        &["--timeout=60"][..],
        &["run", "--timeout=60", "--allow=console,os"],
    ] {
        let run = args(&[how, &["main.lua"]].concat())
            .stdin(&input)
            .bvm(&folder);
        assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)), "{how:?}");
        assert!(run.stdout == expected, "{how:?}");
    }
}
