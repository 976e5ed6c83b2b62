//! Calls that belong together: files, coroutines, environments, hooks, levels. In their
//! templates `$x` is an argument for the letter x and `$/` a new line. Must not hold single calls: those are `rows`.

use super::Calls;

const SESSIONS: &str = include_str!("sessions.txt");

impl Calls {
    /// Adds one labelled session.
    pub(super) fn session(&mut self) {
        let template = self.line_of(SESSIONS);
        let mut text = String::new();
        let mut letters = template.chars();
        while let Some(c) = letters.next() {
            match (c, if c == '$' { letters.next() } else { None }) {
                (_, Some('/')) => text.push('\n'),
                (_, Some('K')) => {
                    text += &self.of(&[
                        "\"c\"", "\"r\"", "\"l\"", "\"cr\"", "\"crl\"", "\"\", 1", "\"\", 3",
                        "\"l\", 4", "nil", "\"x\"", "\"r\", 1", "{}",
                    ])
                }
                (_, Some('M')) => {
                    text += &self.of(&[
                        "read", "write", "close", "lines", "seek", "flush", "setvbuf",
                    ])
                }
                (_, Some('w')) => {
                    text += &self.of(&["\"set\"", "\"cur\"", "\"end\"", "nil", "\"x\"", "1"])
                }
                (_, Some('R')) => text += &self.argument('R'),
                (_, Some(letter)) => text += &self.single(letter),
                (c, None) => text.push(c),
            }
        }
        self.shown(&text);
    }

    /// An argument that stands where an expression must, and where `...` means nothing.
    pub(super) fn single(&mut self, letter: char) -> String {
        let text = self.argument(letter);
        match text.as_str() {
            "" | "..." => "nil".to_owned(),
            _ if text.starts_with("function") => format!("({text})"),
            _ => text,
        }
    }
}
