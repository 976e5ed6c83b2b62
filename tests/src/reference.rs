//! The reference: PUC Lua 5.1, when it is installed. Tests that need it say so when it is not.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether `lua5.1` can be started.
pub fn is_installed() -> bool {
    let version = Command::new("lua5.1").arg("-v").output();
    version.is_ok_and(|found| found.stderr.starts_with(b"Lua 5.1"))
}

/// Runs a program from a file's folder, so that messages name the file alone. Returns its output and,
/// after `error: `, the first line of an uncaught error.
pub fn run_file(path: &Path) -> String {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = path.file_name().unwrap_or_default();
    let mut command = Command::new("lua5.1");
    command.current_dir(folder).arg(file).env("TZ", "UTC");
    finish(command, &[])
}

/// Runs a program from standard input, in an empty folder, as it may write files; its chunk is called `stdin`.
pub fn run_source(source: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("no folder to run in: {e}"));
    let mut command = Command::new("lua5.1");
    command.current_dir(folder.path()).arg("-");
    finish(command, source)
}

fn finish(mut command: Command, input: &[u8]) -> String {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("lua5.1: {e}"));
    if let Some(mut pipe) = child.stdin.take() {
        // Lua reads all of it before it writes anything.
        let _ = pipe.write_all(input);
    }
    let done = child
        .wait_with_output()
        .unwrap_or_else(|e| panic!("lua5.1: {e}"));
    let mut text = String::from_utf8_lossy(&done.stdout).into_owned();
    if !done.status.success() {
        let errors = String::from_utf8_lossy(&done.stderr);
        let first = errors.lines().next().unwrap_or_default();
        text += &format!(
            "error: {}\n",
            first.strip_prefix("lua5.1: ").unwrap_or(first)
        );
    }
    text
}
