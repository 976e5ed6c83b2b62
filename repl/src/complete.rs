//! Completion at the prompt: keywords, globals and the fields of global tables, read without calling
//! anything of the program.

use crate::session::Session;
use bvm_vm::data::table;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Cpu, Value};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

/// Most names that are offered, whatever the program has.
const MOST: usize = 20_000;

const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// What can be completed, as it was when the prompt was shown.
#[derive(Debug, Default)]
pub struct Names {
    names: Vec<String>,
}

impl Names {
    /// Looks at the globals of a guest.
    pub fn look(&mut self, session: &mut Session) {
        self.names = KEYWORDS.iter().map(|word| (*word).to_owned()).collect();
        let names = &mut self.names;
        session.vm.access(|cpu| {
            let globals = cpu.globals();
            for (name, value) in fields(cpu, globals) {
                names.push(name.clone());
                if let Some(inner) = Table::of(value)
                    && inner != globals
                {
                    let inner = fields(cpu, inner).into_iter();
                    names.extend(inner.map(|(field, _)| format!("{name}.{field}")));
                }
                if names.len() > MOST {
                    break;
                }
            }
        });
        self.names.truncate(MOST);
        self.names.sort();
    }

    /// The names that begin with the word before the cursor, and where that begins.
    fn matching(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = line.get(..cursor).unwrap_or_default();
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == ':';
        let start = before.rfind(|c| !part(c)).map_or(0, |at| {
            at + before
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
        let word = before.get(start..).unwrap_or_default();
        // A method is a field; the colon stays as it was typed.
        let plain = word.replace(':', ".");
        let found = self.names.iter().filter(|name| name.starts_with(&plain));
        let whole = |name: &String| {
            let rest = name.get(plain.len()..).unwrap_or_default();
            format!("{word}{rest}")
        };
        // One level at a time: `str` offers `string`, not all its functions.
        let level = plain.matches('.').count();
        let found = found
            .filter(|name| name.matches('.').count() == level)
            .map(whole);
        (start, found.collect())
    }
}

/// The entries of a table whose keys are names, without metamethods.
fn fields(cpu: &Cpu<'_, '_>, t: Table) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut key = Value::NIL;
    while let Ok(Some((next, value))) = table::next(cpu.mem, t, key) {
        key = next;
        let name = Str::of(key).and_then(|s| std::str::from_utf8(cpu.bytes(s)).ok());
        if let Some(name) = name
            && is_name(name)
        {
            found.push((name.to_owned(), value));
        }
        if found.len() > MOST {
            break;
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.matching(line, cursor))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let names = ["string", "string.rep", "string.reverse", "print", "s"];
        Names {
            names: names.map(str::to_owned).to_vec(),
        }
    }

    #[test]
    fn completes_one_level_at_a_time() {
        assert_eq!(
            names().matching("x = str", 7),
            (4, vec!["string".to_owned()])
        );
        let (start, found) = names().matching("(string.re", 10);
        assert_eq!(start, 1);
        assert_eq!(found, ["string.rep", "string.reverse"]);
    }

    #[test]
    fn a_method_keeps_its_colon() {
        assert_eq!(names().matching("string:rep", 10).1, ["string:rep"]);
        assert_eq!(
            names().matching("\u{e9}pr", 4),
            (2, vec!["print".to_owned()])
        );
    }
}
