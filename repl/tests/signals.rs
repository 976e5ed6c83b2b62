//! What `bvm run` does when it is told to end.

mod common;

use common::{Folder, args};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs a program, sends it a signal when it has had time to begin, and gives what it printed and its exit code.
fn signalled(folder: &Folder, words: &[&str], signal: &str) -> (String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bvm"))
        .args(words)
        .current_dir(&folder.path)
        // It stays open, so that a program which reads waits.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let _stdin = child.stdin.take();
    std::thread::sleep(Duration::from_millis(500));
    let id = child.id().to_string();
    let kill = Command::new("kill").args([signal, &id]).status();
    assert!(kill.expect("started").success());
    let (mut text, mut errors) = (String::new(), String::new());
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_to_string(&mut text).expect("a text");
    let stderr = child.stderr.take().expect("piped");
    BufReader::new(stderr)
        .read_line(&mut errors)
        .expect("a line");
    let status = child.wait().expect("ended");
    assert_eq!(errors, "bvm: interrupted\n");
    (text, status.code())
}

const SPIN: &str = "print('start') local n = 0 while n < 1e9 do n = n + 1 end";

#[test]
fn a_program_that_is_interrupted_leaves_what_it_has_done() {
    let folder = Folder::new(&[("spin.lua", SPIN)]);
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let words = ["run", "--snapshot-out=s", "--record=j", "spin.lua"];
        let (text, ended) = signalled(&folder, &words, signal);
        assert_eq!((text.as_str(), ended), ("start\n", Some(code)));
        let info = args(&["info", "s"]).bvm(&folder);
        assert!(info.stdout.contains("in the middle"), "{info:?}");
        let replay = args(&["replay", "j"]).bvm(&folder);
        assert_eq!(
            (replay.stdout.as_str(), replay.code),
            ("start\n", Some(124))
        );
    }
}

#[test]
fn a_program_that_waits_is_interrupted_where_it_waits() {
    let folder = Folder::new(&[("read.lua", "print('start') print(io.read())")]);
    let words = ["run", "--snapshot-out=s", "--allow=console", "read.lua"];
    let (text, ended) = signalled(&folder, &words, "-INT");
    assert_eq!((text.as_str(), ended), ("start\n", Some(130)));
    let resumed = args(&["resume", "s"]).stdin("more\n").bvm(&folder);
    assert_eq!((resumed.stdout.as_str(), resumed.code), ("more\n", Some(0)));
}
