//! Rules of the house that can be read off the sources: which crate may use which, where `unsafe` is,
//! what files begin with, how long files and functions are. Must not check what clippy checks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The crates and what each may use, besides crates from elsewhere.
const ARROWS: &[(&str, &[&str])] = &[
    ("isa", &[]),
    ("cage", &[]),
    ("derive", &[]),
    ("text", &["isa"]),
    ("compiler", &["isa"]),
    ("apart", &["isa", "compiler"]),
    ("vm", &["isa", "cage"]),
    ("stdlib", &["isa", "compiler", "apart", "text", "vm"]),
    // And the root package, which has no dash in its name.
    ("repl", &["isa", "compiler", "vm", "stdlib"]),
    (
        "tests",
        &["isa", "compiler", "text", "cage", "vm", "stdlib"],
    ),
    (".", &["isa", "compiler", "derive", "vm", "stdlib"]),
];

/// The files with `unsafe` in them.
const UNSAFE_FILES: [&str; 4] = [
    "apart/src/stack.rs",
    "cage/src/region.rs",
    "cage/src/memory.rs",
    "cage/src/wide.rs",
];

/// The crates that have such files. All others forbid it, and `apart` denies it elsewhere.
const UNSAFE_CRATES: [&str; 2] = ["cage/", "apart/"];

/// Sources of what is done on stacks that go from thread to thread in the middle: nothing there may belong to a thread.
const ON_OWN_STACKS: [&str; 3] = ["apart/src/", "compiler/src/", "isa/src/"];

/// Words for what belongs to a thread.
const OF_THREADS: [&str; 2] = ["thread_local", "LocalKey"];

/// Most lines of a file and of a function.
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 60;

/// Files longer than that: lines today and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// Functions longer than that: file, name, why.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[
    (
        "apart/tests/deepest.rs",
        "chains",
        "one table of sources, a kind of chain a line",
    ),
    (
        "isa/tests/rules.rs",
        "headers_are_checked",
        "one table of headers, a case a line",
    ),
    (
        "vm/src/load/select.rs",
        "select",
        "one match, an arm for each instruction",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new(".."))
        .to_path_buf()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_none_or(|n| n.to_string_lossy().starts_with('.'));
        if hidden || path.ends_with("target") {
            continue;
        }
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// All Rust files: path from the root, and text.
fn rust_files() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    collect(&root(), ".rs", &mut paths);
    let read = |path: PathBuf| {
        let name = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        (name, std::fs::read_to_string(&path).unwrap_or_default())
    };
    let files: BTreeMap<_, _> = paths.into_iter().map(read).collect();
    assert!(
        UNSAFE_FILES.iter().all(|file| files.contains_key(*file)),
        "the sources are at {}",
        root().display()
    );
    files
}

/// A line without its comment and without its literals, near enough to count braces and find words.
fn code_of(line: &str) -> String {
    let mut code = String::new();
    let mut letters = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = letters.next() {
        match c {
            '\\' if quoted => {
                letters.next();
            }
            '"' => quoted = !quoted,
            '\'' if !quoted => skip_letter(&mut letters),
            '/' if !quoted && letters.peek() == Some(&'/') => break,
            _ if !quoted => code.push(c),
            _ => {}
        }
    }
    code
}

/// Skips a character literal whose quote has been read; a lifetime stays.
fn skip_letter(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut ahead = letters.clone();
    let first = ahead.next();
    if first == Some('\\') {
        ahead.next();
        while ahead.next().is_some_and(|c| c != '\'') {}
        *letters = ahead;
    } else if ahead.next() == Some('\'') {
        *letters = ahead;
    }
}

fn report(problems: Vec<String>) {
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[test]
fn arrows_between_crates_go_one_way() {
    let mut problems = Vec::new();
    for (name, may) in ARROWS {
        let manifest = root().join(name).join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&manifest) else {
            problems.push(format!("{} is missing", manifest.display()));
            continue;
        };
        let mut section = "";
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let used = line
                .strip_prefix("bvm-")
                .and_then(|l| l.split([' ', '=', '.']).next());
            let Some(used) = used.filter(|_| !section.contains("dev-dependencies")) else {
                continue;
            };
            if !may.contains(&used) {
                problems.push(format!("{name} must not use {used}"));
            }
        }
    }
    let members = std::fs::read_to_string(root().join("Cargo.toml")).unwrap_or_default();
    let line = members
        .lines()
        .find(|line| line.starts_with("members"))
        .unwrap_or_default();
    for member in line.split('"').skip(1).step_by(2) {
        if !ARROWS.iter().any(|(name, _)| *name == member) {
            problems.push(format!("{member} has no row in ARROWS"));
        }
    }
    report(problems);
}

#[test]
fn unsafe_is_in_few_files() {
    let mut problems = Vec::new();
    for (name, text) in rust_files() {
        let root_file = name.ends_with("src/lib.rs") || name.ends_with("src/main.rs");
        let begins_a_crate = root_file && name.matches('/').count() <= 2;
        let has_some = UNSAFE_CRATES.iter().any(|folder| name.starts_with(folder));
        if begins_a_crate && !has_some && !text.contains("#![forbid(unsafe_code)]") {
            problems.push(format!("{name} does not forbid unsafe code"));
        }
        if !UNSAFE_FILES.contains(&name.as_str()) && has_word(&text, &["unsafe"]) {
            problems.push(format!("{name} has unsafe code"));
        }
    }
    report(problems);
}

/// Whether one of these words is in the code of a file.
fn has_word(text: &str, wanted: &[&str]) -> bool {
    text.lines().any(|line| {
        let code = code_of(line);
        let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| wanted.contains(&word))
    })
}

/// What `apart/src/stack.rs` says of stacks that go from thread to thread.
#[test]
fn work_on_stacks_of_its_own_belongs_to_no_thread() {
    let files = rust_files();
    let on_stacks = files.iter().filter(|(name, _)| {
        let mut folders = ON_OWN_STACKS.iter();
        folders.any(|folder| name.starts_with(folder))
    });
    let mut problems = Vec::new();
    for (name, text) in on_stacks {
        if has_word(text, &OF_THREADS) {
            problems.push(format!("{name} keeps something of a thread"));
        }
    }
    report(problems);
}

#[test]
fn files_say_what_lives_in_them() {
    let silent = |(name, text): (String, String)| {
        (!text.starts_with("//!")).then(|| format!("{name} does not begin with //!"))
    };
    report(rust_files().into_iter().filter_map(silent).collect());
}

#[test]
fn files_are_short() {
    let mut problems = Vec::new();
    for (name, text) in rust_files() {
        let lines = text.lines().count();
        let excused = LONG_FILES.iter().any(|(file, _)| *file == name);
        if lines > FILE_LINES && !excused {
            problems.push(format!("{name} has {lines} lines"));
        }
        if lines <= FILE_LINES && excused {
            problems.push(format!("{name} is short again: remove it from LONG_FILES"));
        }
    }
    report(problems);
}

/// The functions of a file with their lengths, by the indentation that rustfmt gives their ends.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let code = code_of(line);
        let words: Vec<&str> = code.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| *word == "fn") else {
            continue;
        };
        if !words[..at]
            .iter()
            .all(|w| w.starts_with("pub") || ["const", "unsafe"].contains(w) || w.ends_with(')'))
        {
            continue;
        }
        let Some(name) = words
            .get(at + 1)
            .and_then(|word| word.split(['(', '<']).next())
        else {
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| *line == closing);
        let has_body = lines[start..]
            .iter()
            .find(|l| l.contains('{') || l.trim_end().ends_with(';'));
        if let (Some(end), true) = (
            end,
            has_body.is_some_and(|l| l.contains('{') && !l.ends_with('}')),
        ) {
            found.push((name.to_owned(), end + 1));
        }
    }
    found
}

#[test]
fn functions_are_short() {
    let mut problems = Vec::new();
    let mut used = Vec::new();
    for (file, text) in rust_files() {
        for (name, lines) in functions(&text)
            .into_iter()
            .filter(|(_, n)| *n > FUNCTION_LINES)
        {
            let row = LONG_FUNCTIONS
                .iter()
                .find(|(f, n, _)| *f == file && *n == name);
            match row {
                Some(row) => used.push(row),
                None => problems.push(format!("{file}: {name} has {lines} lines")),
            }
        }
    }
    for row in LONG_FUNCTIONS {
        if !used.contains(&row) {
            problems.push(format!(
                "{}: {} is short: remove it from LONG_FUNCTIONS",
                row.0, row.1
            ));
        }
    }
    report(problems);
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    let mut problems = Vec::new();
    let forbidden = [
        concat!("#[", "ignore"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
    ];
    for (name, text) in rust_files() {
        for (number, line) in text.lines().enumerate() {
            if forbidden.iter().any(|word| code_of(line).contains(word)) {
                problems.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    report(problems);
}
