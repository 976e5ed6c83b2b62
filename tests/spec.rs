//! `spec.md` against the code. (These files belong to the package `bvm`.)
//!
//! A block between `<!-- begin NAME -->` and `<!-- end NAME -->` is made from the code: it is compared,
//! and rewritten with `BLESS=1`. Everything else is written by hand; what of it can be checked is checked
//! here: Lua programs run, rules and instructions are all there, prices are measured, links lead
//! somewhere. What a check needs to know about one chapter lives in `spec/`.

#[path = "spec/chunks.rs"]
mod chunks;
#[path = "spec/instructions.rs"]
mod instructions;
#[path = "spec/prices.rs"]
mod prices;
#[path = "spec/programs.rs"]
mod programs;
#[path = "spec/rules.rs"]
mod rules;
#[path = "spec/supervisor.rs"]
mod supervisor;
#[path = "spec/tables.rs"]
mod tables;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
fn text_of(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The specification.
fn page() -> String {
    text_of("spec.md")
}

/// The lines of the page from a heading to the next one of its level or above.
fn section(page: &str, heading: &str) -> String {
    let level = heading.chars().take_while(|&c| c == '#').count();
    let from = page
        .find(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("spec.md has no heading '{heading}'"));
    let body = &page[from + heading.len() + 2..];
    let mut fenced = false;
    let mut text = String::new();
    for line in body.lines() {
        fenced ^= line.starts_with("```");
        let depth = line.chars().take_while(|&c| c == '#').count();
        if !fenced && (1..=level).contains(&depth) {
            break;
        }
        text += line;
        text.push('\n');
    }
    text
}

/// The cells of all table rows of a text, without headings.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| line.starts_with("| "));
    lines
        .map(|line| {
            // A bar inside of code is written `\|`.
            let line = line.replace("\\|", "\u{1}");
            let cells = line.trim_matches('|').split('|');
            cells
                .map(|cell| cell.trim().replace('\u{1}', "|"))
                .collect()
        })
        .collect()
}

/// The pieces of a text between back-quotes.
fn code_pieces(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// All generated blocks by name.
fn blocks() -> BTreeMap<String, String> {
    let mut blocks = BTreeMap::new();
    instructions::blocks(&mut blocks);
    tables::blocks(&mut blocks);
    prices::blocks(&mut blocks);
    chunks::blocks(&mut blocks);
    rules::blocks(&mut blocks);
    supervisor::blocks(&mut blocks);
    blocks
}

/// The page with every block replaced; and the names of blocks that it lacks.
fn regenerate(page: &str, blocks: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let mut page = page.to_owned();
    let mut missing = Vec::new();
    for (name, text) in blocks {
        let (begin, end) = (
            format!("<!-- begin {name} -->\n"),
            format!("<!-- end {name} -->"),
        );
        let place = page.find(&begin).map(|at| at + begin.len());
        let place = place.and_then(|from| Some((from, from + page.get(from..)?.find(&end)?)));
        match place {
            Some((from, to)) => page.replace_range(from..to, text),
            None => missing.push(name.clone()),
        }
    }
    (page, missing)
}

#[test]
fn generated_blocks_agree_with_the_code() {
    let (old, blocks) = (page(), blocks());
    let (new, missing) = regenerate(&old, &blocks);
    assert!(
        missing.is_empty(),
        "spec.md has no blocks called {missing:?}"
    );
    let begun: Vec<&str> = old
        .lines()
        .filter_map(|line| line.strip_prefix("<!-- begin ")?.strip_suffix(" -->"))
        .collect();
    for name in &begun {
        assert!(
            blocks.contains_key(*name),
            "nothing makes the block '{name}' of spec.md"
        );
    }
    assert_eq!(begun.len(), blocks.len(), "a block is there twice");
    if std::env::var_os("BLESS").is_some() {
        // The other tests read the page meanwhile, so it has to be whole at any time.
        let blessed = file("target/spec.md");
        std::fs::create_dir_all(file("target")).expect("a folder");
        std::fs::write(&blessed, new).expect("spec.md can be written");
        std::fs::rename(blessed, file("spec.md")).expect("spec.md can be written");
        return;
    }
    let differs = old.lines().zip(new.lines()).find(|(old, new)| old != new);
    assert!(
        old == new,
        "spec.md is not what the code says; BLESS=1 rewrites it. First difference: {differs:#?}"
    );
}

#[test]
fn files_have_the_versions_of_the_code() {
    let page = page();
    for (heading, version) in [
        ("### The file", bvm_vm::snapshot::VERSION),
        ("## Journals", bvm::JOURNAL_VERSION),
    ] {
        let text = section(&page, heading);
        let says = format!("Version {version}:");
        assert!(text.contains(&says), "'{heading}' does not say '{says}'");
    }
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[test]
fn links_lead_to_headings_and_the_contents_are_complete() {
    let page = page();
    let mut fenced = false;
    let (mut anchors, mut chapters) = (BTreeSet::new(), Vec::new());
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        if fenced || title == line || !title.starts_with(' ') {
            continue;
        }
        let anchor = anchor(title.trim());
        if line.starts_with("## ") {
            chapters.push(anchor.clone());
        }
        assert!(anchors.insert(anchor), "two headings '{}'", title.trim());
    }
    let links: Vec<&str> = page
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    for link in &links {
        assert!(
            anchors.contains(*link),
            "spec.md has no heading for #{link}"
        );
    }
    for chapter in chapters {
        let is_listed = chapter == "contents" || links.contains(&chapter.as_str());
        assert!(is_listed, "the contents lack #{chapter}");
    }
}
