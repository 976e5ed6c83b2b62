//! `bvm resume`, `bvm info` and `bvm clone`: what a saved program may do when it goes on.

mod common;

use common::{Folder, Run, args};

/// Runs the command in a folder.
fn bvm(folder: &Folder, words: &[&str]) -> Run {
    args(words).bvm(folder)
}

/// Computes until it is saved; then tries everything that the world has.
const CURIOUS: &str = "for i = 1, 1e4 do end
print('on')
local function try(name, f, ...)
    local ok, got, why = pcall(f, ...)
    print(name, ok and got and true or tostring(why or got):match('is not granted') or why or got)
end
try('execute', os.execute, 'echo ran >> ran')
try('popen', io.popen, 'echo ran >> ran')
try('open', io.open, 'secret')
try('write', io.open, 'new', 'w')
try('load', loadfile, 'secret')
try('getenv', os.getenv, 'HOME')
try('time', os.time)
try('tmpfile', io.tmpfile)
try('remove', os.remove, 'secret')";

const NAMES: [&str; 9] = [
    "execute", "popen", "open", "write", "load", "getenv", "time", "tmpfile", "remove",
];

/// A folder in which the program is saved as `s`, by words before its name.
fn saved(words: &[&str]) -> Folder {
    let folder = Folder::new(&[("main.lua", CURIOUS), ("secret", "return 1")]);
    let options = ["--fuel=5000", "--snapshot-out=s", "main.lua"];
    let run = bvm(&folder, &[words, &options].concat());
    assert_eq!((run.code, run.stdout.as_str()), (Some(124), ""), "{run:?}");
    folder
}

/// What `main.lua` prints when each thing ends so.
fn ends(of: impl Fn(&str) -> &'static str) -> String {
    let line = |name: &&str| format!("{name}\t{}\n", of(name));
    format!("on\n{}", NAMES.iter().map(line).collect::<String>())
}

#[test]
fn a_saved_program_goes_on_with_the_console_and_nothing_else() {
    for words in [&["run"][..], &["run", "--allow=console,os,env,time"], &[]] {
        let folder = saved(words);
        let run = bvm(&folder, &["resume", "s"]);
        assert_eq!(run.stdout, ends(|_| "is not granted"), "{words:?}");
        assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)), "{words:?}");
        assert!(!folder.path.join("ran").exists() && !folder.path.join("new").exists());
    }
}

#[test]
fn a_saved_program_has_what_it_is_allowed_when_it_goes_on() {
    let folder = saved(&["run", "--allow=console,env"]);
    let run = bvm(
        &folder,
        &["resume", "--allow=console,time", "--allow=fs:ro:.", "s"],
    );
    let expected = ends(|name| match name {
        "open" | "load" | "time" => "true",
        "write" => "new: Read-only file system",
        "remove" => "secret: Read-only file system",
        "tmpfile" => "Permission denied",
        _ => "is not granted",
    });
    assert_eq!(run.stdout, expected, "{run:?}");
    let silent = bvm(&folder, &["resume", "--allow=time", "s"]);
    let refused = "hypercall 'write' (console) is not granted to ring 2";
    assert!(silent.stderr.contains(refused), "{silent:?}");
    let unknown = bvm(&folder, &["resume", "--allow=all", "s"]);
    let stderr = "bvm: --allow does not know 'all'\n";
    assert_eq!((unknown.stderr.as_str(), unknown.code), (stderr, Some(1)));
}

#[test]
fn what_is_allowed_is_for_the_ring_of_the_program() {
    let script = "for i = 1, 1e4 do end print((ring.current()))";
    let folder = Folder::new(&[("main.lua", script)]);
    let words = [
        "run",
        "--ring=3",
        "--fuel=5000",
        "--snapshot-out=s",
        "main.lua",
    ];
    assert_eq!(bvm(&folder, &words).code, Some(124));
    assert_eq!(bvm(&folder, &["resume", "s"]).stdout, "3\n");
}

#[test]
fn a_trusted_program_goes_on_with_everything() {
    let folder = saved(&[]);
    let run = bvm(&folder, &["resume", "--trusted", "s"]);
    assert_eq!(run.stdout, ends(|_| "true"), "{run:?}");
    assert!(folder.path.join("ran").exists() && !folder.path.join("secret").exists());
    let both = bvm(&folder, &["resume", "--trusted", "--allow=time", "s"]);
    assert_eq!(both.code, Some(1));
    assert!(both.stderr.contains("--trusted"), "{both:?}");
}

#[test]
fn a_program_that_is_saved_again_has_no_more_rights() {
    let folder = saved(&["run"]);
    let words = [
        "resume",
        "--trusted",
        "--fuel=1000",
        "--snapshot-out=t",
        "s",
    ];
    assert_eq!(bvm(&folder, &words).code, Some(124));
    assert_eq!(bvm(&folder, &["clone", "t", "c"]).code, Some(0));
    for file in ["t", "c"] {
        let run = bvm(&folder, &["resume", file]);
        assert_eq!(run.stdout, ends(|_| "is not granted"), "{run:?}");
    }
}

#[test]
fn options_that_mean_nothing_there_are_refused() {
    let folder = saved(&["run"]);
    for words in [
        &["resume", "-e", "x = 1", "s"][..],
        &["resume", "-l", "m", "s"],
        &["resume", "-i", "s"],
        &["resume", "--std=5.1", "s"],
        &["resume", "s", "argument"],
        &["resume"],
        &["info", "-i", "s"],
        &["info", "--fuel=3", "s"],
        &["info", "s", "t"],
    ] {
        let run = bvm(&folder, words);
        assert_eq!((run.stdout.as_str(), run.code), ("", Some(1)), "{words:?}");
        let usage = format!("Usage: bvm {}", words[0]);
        assert!(run.stderr.contains(&usage), "{words:?}: {run:?}");
    }
    let help = bvm(&folder, &["resume", "--help"]);
    assert_eq!((help.stderr.as_str(), help.code), ("", Some(0)));
    assert!(help.stdout.contains("--trusted"), "{help:?}");
}
