//! Programs that must not compile: what the types forbid, and what the macros say of their misuse. A line with an error
//! ends in `//~` and a part of the message or its code. Only these are compared, as the rest is the compiler's own.

use std::path::{Path, PathBuf};
use std::process::Command;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forbidden")
}

/// Where cargo puts libraries: the folder of this test.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    test.parent().expect("in target/<profile>/deps").to_owned()
}

/// Compiles a program with a built library, as far as to know whether it is one. Gives the compiler's messages.
fn compile(case: &Path, library: &Path) -> Result<(), String> {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let folder = libraries();
    let output = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .args(["--error-format=short", "--cap-lints=allow"])
        .arg("-L")
        .arg(format!("dependency={}", folder.display()))
        .arg("--extern")
        .arg(format!("bvm={}", library.display()))
        .arg("--out-dir")
        .arg(std::env::temp_dir())
        .arg(case)
        .output()
        .expect("the compiler runs");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The newest library `bvm` with which what is allowed compiles: cargo keeps older ones and ones without the macros.
fn library() -> PathBuf {
    let files = std::fs::read_dir(libraries()).expect("the folder is there");
    let mut found: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    found.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libbvm-") && name.ends_with(".rlib")
    });
    found.sort_by_key(|path| path.metadata().and_then(|about| about.modified()).ok());
    let mut messages = String::new();
    for library in found.into_iter().rev() {
        match compile(&cases().join("allowed.rs"), &library) {
            Ok(()) => return library,
            Err(message) => messages = message,
        }
    }
    panic!("no library with which allowed.rs compiles: {messages}");
}

/// The lines that have to have errors, and what these say.
fn expected(source: &str) -> Vec<(usize, &str)> {
    source
        .lines()
        .enumerate()
        .filter_map(|(i, line)| Some((i + 1, line.split_once("//~")?.1.trim())))
        .collect()
}

/// The line that a message is about.
fn line_of(message: &str) -> Option<usize> {
    let (place, _) = message.split_once(": error")?;
    place.rsplit(':').nth(1)?.parse().ok()
}

fn problems_of(case: &Path, library: &Path) -> Vec<String> {
    let source = std::fs::read_to_string(case).expect("the case is there");
    let Err(output) = compile(case, library) else {
        return vec![format!("{} compiles", case.display())];
    };
    let errors: Vec<(usize, &str)> = output
        .lines()
        .filter_map(|message| Some((line_of(message)?, message)))
        .collect();
    let expected = expected(&source);
    let is_met = |&(line, text): &(usize, &str)| {
        errors
            .iter()
            .any(|&(at, message)| at == line && message.contains(text))
    };
    let mut problems: Vec<String> = expected
        .iter()
        .filter(|wanted| !is_met(wanted))
        .map(|(line, text)| format!("{}:{line}: no error '{text}' in\n{output}", case.display()))
        .collect();
    let surprising = errors
        .iter()
        .filter(|(line, _)| !expected.iter().any(|(wanted, _)| wanted == line));
    problems.extend(surprising.map(|(_, message)| format!("unexpected: {message}")));
    problems
}

#[test]
fn what_is_forbidden_does_not_compile() {
    let library = library();
    let files = std::fs::read_dir(cases()).expect("the folder is there");
    let mut cases: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    cases.retain(|path| !path.ends_with("allowed.rs"));
    cases.sort();
    assert!(!cases.is_empty());
    let problems: Vec<String> = cases
        .iter()
        .flat_map(|case| problems_of(case, &library))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
