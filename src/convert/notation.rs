//! Rust types in the notation of the Lua language server, for stub files.

/// The type of what may be `nil`.
pub(crate) fn optional(of: &str) -> String {
    match of {
        "any" | "nil" => of.to_owned(),
        _ if of.ends_with('?') || of.starts_with("...") => of.to_owned(),
        _ => format!("{}?", closed(of)),
    }
}

/// The type of a sequence.
pub(crate) fn list(of: &str) -> String {
    format!("{}[]", closed(of))
}

/// The type of a map.
pub(crate) fn map(key: &str, value: &str) -> String {
    format!("table<{key}, {value}>")
}

/// A type to which something can be appended.
fn closed(of: &str) -> String {
    let is_open = of.starts_with("fun(") || of.ends_with('?');
    match is_open || has_union(of) {
        true => format!("({of})"),
        false => of.to_owned(),
    }
}

/// Whether there is a `|` outside of brackets.
fn has_union(of: &str) -> bool {
    let mut depth = 0_i32;
    of.chars().any(|c| {
        match c {
            '(' | '<' | '{' => depth += 1,
            ')' | '>' | '}' => depth -= 1,
            _ => {}
        }
        c == '|' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use crate::{FromLua, IntoLua, Value};
    use std::collections::{BTreeSet, HashMap};

    #[test]
    fn types() {
        let from = <HashMap<String, Option<Vec<u8>>> as FromLua>::lua_type();
        assert_eq!(from, "table<string, integer[]?>");
        assert_eq!(<Vec<Option<f64>> as FromLua>::lua_type(), "(number?)[]");
        assert_eq!(<Option<Option<bool>> as IntoLua>::lua_type(), "boolean?");
        assert_eq!(<Option<Value> as IntoLua>::lua_type(), "any");
        assert_eq!(
            <BTreeSet<String> as IntoLua>::lua_type(),
            "table<string, true>"
        );
        assert_eq!(super::list("\"a\"|\"b\""), "(\"a\"|\"b\")[]");
        assert_eq!(super::optional("table<string, A|B>"), "table<string, A|B>?");
    }
}
