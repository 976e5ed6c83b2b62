//! What the tests share: section files and the reference compiler.

// Each test file uses its own part of this.
#![allow(clippy::unwrap_used, dead_code)]

use std::process::Command;

/// One case of a section file.
pub struct Section {
    pub name: String,
    pub source: String,
    pub expected: String,
}

const HEAD: &str = "==== ";
const BREAK: &str = "----\n";

/// Reads `==== name`, source, `----`, expectation, and so on.
pub fn read_sections(file: &str) -> Vec<Section> {
    let text = std::fs::read_to_string(file).unwrap();
    let parts = text.split(HEAD).skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once('\n').unwrap();
            let (source, expected) = rest.split_once(BREAK).unwrap_or((rest, ""));
            Section {
                name: name.to_string(),
                source: source.to_string(),
                expected: expected.to_string(),
            }
        })
        .collect()
}

/// Writes what [`read_sections`] reads.
pub fn write_sections(file: &str, sections: &[Section]) {
    let mut text = String::new();
    for section in sections {
        text += &format!("{HEAD}{}\n{}{BREAK}", section.name, section.source);
        text += &section.expected;
    }
    std::fs::write(file, text).unwrap();
}

/// Is the reference compiler installed?
pub fn has_luac() -> bool {
    Command::new("luac5.1").arg("-v").output().is_ok()
}

/// Runs `luac5.1` on a source named `x.lua`: its output, or its message without `luac5.1: `.
pub fn luac(source: &str, options: &[&str]) -> String {
    String::from_utf8_lossy(&luac_bytes(source.as_bytes(), options)).into_owned()
}

/// [`luac`] for any bytes.
pub fn luac_bytes(source: &[u8], options: &[&str]) -> Vec<u8> {
    let folder = std::env::temp_dir().join(format!(
        "bvm-compiler-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("x.lua"), source).unwrap();
    let output = Command::new("luac5.1")
        .args(options)
        .arg("x.lua")
        .current_dir(&folder)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    if output.status.success() {
        return output.stdout;
    }
    let prefix = b"luac5.1: ".len();
    output.stderr[prefix..].to_vec()
}

/// Puts the same digits into all addresses.
pub fn hide_addresses(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split("0x");
    out += parts.next().unwrap_or_default();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        let is_address = digits >= 8;
        out += "0x";
        out += if is_address { "ADDRESS" } else { "" };
        out += if is_address { &part[digits..] } else { part };
    }
    out
}
