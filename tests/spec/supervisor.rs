//! The chapter about supervisors: what can happen to a guest, and the library by which guests talk.

use std::collections::BTreeMap;

/// The blocks of this file.
pub fn blocks(blocks: &mut BTreeMap<String, String>) {
    blocks.insert("acts".into(), acts());
    blocks.insert("tasks".into(), tasks());
}

fn acts() -> String {
    let list = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        names.join(", ")
    };
    let mut text = "| act | from | to | meaning |\n|---|---|---|---|\n".to_owned();
    for (name, meaning, from, to) in bvm::Act::TABLE {
        let to = match to {
            [] => "the same".to_owned(),
            to => list(to),
        };
        let name = name.to_lowercase();
        text += &format!("| {name} | {} | {to} | {} |\n", list(from), meaning.trim());
    }
    text
}

fn tasks() -> String {
    let mut text = String::new();
    for function in bvm_stdlib::task::LIBRARY.functions {
        text += &format!("* {}\n", function.doc.trim());
    }
    text
}
