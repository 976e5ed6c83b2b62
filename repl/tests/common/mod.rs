//! Running the command and, where they are installed, the programs that it stands in for.
#![allow(dead_code)] // Each test program uses its own part.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a run gives.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

/// A run of a program with words, environment and input, in a folder of its own.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    pub args: &'a [&'a str],
    pub env: &'a [(&'a str, &'a str)],
    pub stdin: &'a str,
}

/// A case of arguments alone.
pub fn args<'a>(args: &'a [&'a str]) -> Case<'a> {
    Case {
        args,
        env: &[],
        stdin: "",
    }
}

impl<'a> Case<'a> {
    pub fn stdin(mut self, stdin: &'a str) -> Case<'a> {
        self.stdin = stdin;
        self
    }

    pub fn env(mut self, env: &'a [(&'a str, &'a str)]) -> Case<'a> {
        self.env = env;
        self
    }

    /// Runs the command.
    pub fn bvm(&self, folder: &Folder) -> Run {
        self.run(Command::new(env!("CARGO_BIN_EXE_bvm")), folder)
    }

    /// Runs the reference under its own name, with the name in its output replaced; `None` when it is
    /// not installed.
    pub fn reference(&self, program: &str, shown: &str, folder: &Folder) -> Option<Run> {
        if Command::new(program).arg("-v").output().is_err() {
            println!("{program} is not installed: nothing to compare with");
            return None;
        }
        let mut run = self.run(Command::new(program), folder);
        let (from, to) = (format!("{program}: "), format!("{shown}: "));
        run.stderr = run.stderr.replace(&from, &to);
        Some(run)
    }

    fn run(&self, mut command: Command, folder: &Folder) -> Run {
        command.args(self.args).current_dir(&folder.path);
        for name in ["LUA_INIT", "LUA_PATH", "LUA_CPATH"] {
            command.env_remove(name);
        }
        command.env("TZ", "UTC0").envs(self.env.iter().copied());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let mut stdin = child.stdin.take().expect("piped");
        // A program that does not read its input closes the pipe.
        let _ = stdin.write_all(self.stdin.as_bytes());
        drop(stdin);
        Run::of(&child.wait_with_output().expect("ended"))
    }
}

impl Run {
    fn of(output: &Output) -> Run {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            code: output.status.code(),
        }
    }
}

/// A folder for the files of one test, removed at its end.
#[derive(Debug)]
pub struct Folder {
    pub path: PathBuf,
}

impl Folder {
    pub fn new(files: &[(&str, &str)]) -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bvm-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("folder");
        for (name, text) in files {
            std::fs::write(path.join(name), text).expect("file");
        }
        Folder { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind in the folder for temporary files is harmless.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Checks a case against what is expected, and the expectation against `lua5.1`.
pub fn check(case: &Case<'_>, files: &[(&str, &str)], stdout: &str, stderr: &str, code: i32) {
    let expected = Run {
        stdout: stdout.into(),
        stderr: stderr.into(),
        code: Some(code),
    };
    if let Some(reference) = case.reference("lua5.1", "bvm", &Folder::new(files)) {
        assert_eq!(reference, expected, "lua5.1 {:?}", case.args);
    }
    assert_eq!(
        case.bvm(&Folder::new(files)),
        expected,
        "bvm {:?}",
        case.args
    );
}
