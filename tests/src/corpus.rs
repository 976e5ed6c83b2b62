//! The corpus of small programs under `lua/`: where they are and what they say they print.

use crate::engine::{End, Outcome};
use bvm_isa::Dialect;
use std::path::{Path, PathBuf};

/// One program.
#[derive(Debug, Clone)]
pub struct Case {
    /// `feature/behaviour_in_words.lua`.
    pub name: String,
    /// Its text.
    pub source: Vec<u8>,
    /// The lines it must print.
    pub lines: Vec<Vec<u8>>,
    /// The uncaught error it must end with.
    pub error: Option<Vec<u8>>,
}

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lua")
}

/// All programs in the order of their names.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for feature in entries(&folder()) {
        for path in entries(&feature) {
            if path.extension().is_some_and(|e| e == "lua") {
                cases.push(read(&path));
            }
        }
    }
    assert!(cases.len() > 500, "the corpus is at {}", folder().display());
    cases
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = list.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Case {
    let source = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let name = path
        .strip_prefix(folder())
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned();
    let (lines, error) = expectations(&source);
    Case {
        name,
        source,
        lines,
        error,
    }
}

/// Whether the fuel of a program depends on how it is run: it reaches a limit of memory, where collections are paid
/// for, and how much there is to collect depends on how far the collector had come by itself.
pub fn pays_for_collections(case: &Case) -> bool {
    case.name == "rings/limits_of_memory.lua"
}

/// The lines of output and the error that a program's comments announce.
pub fn expectations(source: &[u8]) -> (Vec<Vec<u8>>, Option<Vec<u8>>) {
    let (mut lines, mut error) = (Vec::new(), None);
    for line in source.split(|&b| b == b'\n') {
        let Some(text) = expectation(line) else {
            continue;
        };
        match text.strip_prefix(b"error: ") {
            Some(message) => error = Some(message.to_vec()),
            None => lines.push(text.to_vec()),
        }
    }
    (lines, error)
}

fn expectation(line: &[u8]) -> Option<&[u8]> {
    match line.windows(4).position(|w| w == b"--> ") {
        Some(at) => Some(&line[at + 4..]),
        None => line.ends_with(b"-->").then_some(b""),
    }
}

impl Case {
    /// The name under which the program is loaded: `@behaviour_in_words.lua`.
    pub fn chunk_name(&self) -> String {
        let file = self.name.rsplit('/').next().unwrap_or(&self.name);
        format!("@{file}")
    }

    /// The language of the program: its folder says so.
    pub fn dialect(&self) -> Dialect {
        match self.name.split('/').next() {
            Some("additions_52") => Dialect::Bvm52,
            Some("letter") => Dialect::Lua51,
            _ => Dialect::Bvm,
        }
    }

    /// Whether the program uses what Lua 5.1 does not have.
    pub fn has_additions(&self) -> bool {
        ["additions", "rings"]
            .iter()
            .any(|feature| self.name.starts_with(feature))
    }

    /// What the program must print, as [`Outcome::text`] shows it.
    pub fn expected(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text += &String::from_utf8_lossy(line);
            text.push('\n');
        }
        if let Some(message) = &self.error {
            text += &format!("error: {}\n", String::from_utf8_lossy(message));
        }
        text
    }

    /// How an outcome differs from the expectation, in lines.
    pub fn difference(&self, outcome: &Outcome) -> Option<String> {
        let mut outcome = outcome.clone();
        if let End::Error(message) | End::Syntax(message) = &mut outcome.end {
            let first = message.split(|&b| b == b'\n').next().unwrap_or_default();
            *message = first.to_vec();
        }
        difference(&self.expected(), &outcome.text())
    }
}

/// Characters of a line that a difference shows.
const MOST_SHOWN: usize = 200;

/// The first lines in which two texts differ.
pub fn difference(expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let (mut left, mut right) = (expected.split('\n'), got.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        let (a, b) = (left.next(), right.next());
        if a != b {
            let short = |line: Option<&str>| -> String {
                line.unwrap_or("<end>").chars().take(MOST_SHOWN).collect()
            };
            let (a, b) = (short(a), short(b));
            return Some(format!("  line {number} of the output\n  - {a}\n  + {b}"));
        }
    }
}

/// A number from the environment, for long runs by hand.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
