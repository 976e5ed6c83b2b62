//! Random texts with a grammar of their own: patterns and subjects, formats, short chunks.
//! Must not make calls.

use super::Calls;

const SUBJECTS: &[&str] = &[
    "\"abc\"",
    "\"hello world\"",
    "\"key = value, k2=v2\"",
    "\"\"",
    "\"aaa\"",
    "\"aab\"",
    "\"(a(b)c)(\"",
    "\"x1 y22 z333\"",
    "\"a\\0b\\0\"",
    "\"\\255\\200\"",
    "\"THE (quick) fox\"",
    "\"abcabcabc\"",
    "\"  trim me  \"",
    "\"%d %s\"",
    "\"a.b-c[d]^$\"",
    "\"one;two;;four\"",
    "(\"ab\"):rep(20)",
    "\"\\n\\t line\\r\\n\"",
    "\"0x1F 12 -3\"",
];
const ITEMS: &[&str] = &[
    "a",
    "b",
    "c",
    ".",
    "%a",
    "%d",
    "%s",
    "%w",
    "%x",
    "%p",
    "%c",
    "%l",
    "%u",
    "%z",
    "%A",
    "%D",
    "%S",
    "%W",
    "%Z",
    "[abc]",
    "[^abc]",
    "[a-c]",
    "[%a_]",
    "[]]",
    "[^]]",
    "[%]]",
    "[a-]",
    "[-a]",
    "[%a-z]",
    "[a-%%]",
    "%%",
    "%.",
    "%(",
    "x",
    " ",
    "1",
    "[%d%s]",
    "[^%w]",
    "[\\0-\\31]",
    "\\0",
    "[\\0]",
    "%b()",
    "%bab",
    "%f[%w]",
    "%f[%W]",
    "%f[a]",
    "%f[^\\0]",
    "%1",
    "%2",
    "=",
    ";",
    "[%z]",
    "[a-c-e]",
    "[z-a]",
    "%g",
    "%k",
    "[%g]",
    "()",
    "\\255",
    "[\\128-\\255]",
];
const BROKEN: &[&str] = &[
    "%", "[", "[a", "[^", "[%", "[]", "(", ")", "%b", "%bx", "%f", "%fa", "%0", "%9", "((", "%3",
    "[a-", "%b(", "[^]",
];
const DIRECTIVES: &[&str] = &[
    "d", "d", "i", "o", "u", "x", "X", "c", "e", "E", "f", "g", "G", "g", "q", "s", "s", "s", "%",
    "a", "A", "p", "n", "F", "", "z", "\\0", "ld", " ", "5", "D",
];
const TOKENS: &[&str] = &[
    "x",
    "y",
    "1",
    "0x",
    "1e",
    "3..2",
    "3.",
    ".5",
    "'s'",
    "\\\"q\\\"",
    "[[long]]",
    "[==[",
    "]]",
    "--",
    "--[[",
    "and",
    "or",
    "not",
    "if",
    "then",
    "else",
    "elseif",
    "end",
    "for",
    "in",
    "do",
    "while",
    "repeat",
    "until",
    "return",
    "break",
    "local",
    "function",
    "nil",
    "true",
    "...",
    "..",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "#",
    "==",
    "~=",
    "<=",
    "<",
    ">",
    ">=",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "~",
    "!",
    "@",
    "$",
    "&",
    "|",
    "\\\\",
    "?",
    "`",
    "\\n",
    "'un",
    "\\\"un",
    "'\\\\x'",
    "'\\\\300'",
    "'a\\\\z'",
    "\\1",
    "\\0",
    "\\200",
    "goto",
    "::",
    "0b1",
    "1x",
    "0xg",
    "12abc",
    "a.b",
    "f()",
    "f",
    "x",
    "=",
    "x",
    "=",
    "1",
];
const CHUNKS: &str = include_str!("chunks.txt");

impl Calls {
    pub(super) fn subject(&mut self) -> String {
        if self.rng.one_in(20) {
            return self.any();
        }
        if self.rng.one_in(3) {
            let count = self.rng.below(12);
            let body: String = (0..count)
                .map(|_| {
                    self.of(&[
                        "a", "b", "c", " ", "1", "(", ")", "x", "\\0", ".", "A", "=", "_",
                    ])
                })
                .collect();
            return format!("\"{body}\"");
        }
        self.of(SUBJECTS)
    }

    pub(super) fn quoted_pattern(&mut self) -> String {
        if self.rng.one_in(25) {
            return self.any();
        }
        let body = self.pattern();
        format!("\"{body}\"")
    }

    fn pattern(&mut self) -> String {
        let mut body = self.of(&["", "", "", "^"]);
        let mut open = 0;
        for _ in 0..1 + self.rng.below(4) {
            if self.rng.one_in(4) && open < 2 {
                open += 1;
                body.push('(');
            }
            body += &self.of(ITEMS);
            body += &self.of(&["", "", "", "*", "+", "-", "?"]);
            if open > 0 && self.rng.one_in(2) {
                open -= 1;
                body.push(')');
            }
        }
        if !self.rng.one_in(15) {
            body.extend(std::iter::repeat_n(')', open));
        }
        if self.rng.one_in(8) {
            body += &self.of(BROKEN);
        }
        body += &self.of(&["", "", "", "$"]);
        body
    }

    pub(super) fn replacement(&mut self) -> String {
        match self.rng.below(9) {
            0..=2 => {
                let count = self.rng.below(4);
                let body: String = (0..count)
                    .map(|_| {
                        self.of(&[
                            "%0", "%1", "%2", "%%", "x", "<", "\\0", "%9", "%", "%a", "-",
                        ])
                    })
                    .collect();
                format!("\"{body}\"")
            }
            3 => self.of(&[
                "{a=\"A\", b=false, [\"1\"]=7, c=true}",
                "setmetatable({}, {__index=function(_, k) return k .. k end})",
                "{a={}}",
                "object()",
                "brittle()",
                "{}",
                "{[1]=\"one\"}",
            ]),
            4..=6 => self.of(&[
                "string.upper",
                "id",
                "noop",
                "fail",
                "many",
                "tostring",
                "function(...) return select(\"#\", ...) end",
                "function(a, b) return b end",
                "function() return {} end",
                "yielder",
                "function() return true end",
            ]),
            7 => self.number(),
            _ => self.any(),
        }
    }

    /// A format and about as many arguments as it has directives.
    pub(super) fn format_arguments(&mut self) -> String {
        let count = 1 + self.rng.below(3);
        let (mut body, mut list) = (String::new(), Vec::new());
        for _ in 0..count {
            body += &self.of(&["", "", "[", " ", "\\0", "%%"]);
            let letter = self.of(DIRECTIVES);
            body += &format!("%{}{letter}", self.flags());
            list.push(match letter.as_str() {
                "s" | "q" => {
                    if self.rng.one_in(4) {
                        self.any()
                    } else {
                        self.string()
                    }
                }
                _ if self.rng.one_in(9) => self.any(),
                "c" => self.of(&["65", "0", "10", "255", "256", "-1", "\"66\""]),
                _ if self.rng.one_in(8) => self.argument('S'),
                _ => self.number(),
            });
        }
        if self.rng.one_in(12) {
            list.truncate(self.rng.below(count + 1));
        }
        body += &self.rarely(20, &["%"], &["", "", "]"]);
        list.retain(|argument| !argument.is_empty());
        list.insert(0, format!("\"{body}\""));
        list.join(", ")
    }

    fn flags(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..[0, 0, 0, 1, 1, 2, 3][self.rng.below(7)] {
            text += &self.of(&["-", "+", " ", "#", "0"]);
        }
        if self.rng.one_in(60) {
            text += "------";
        }
        text += &self.rarely(
            9,
            &["020", "100", "20"],
            &["", "", "", "5", "12", "1", "99", "30"],
        );
        text += &self.rarely(
            9,
            &[".100", ".-1", "..1", ".17"],
            &["", "", "", "", ".0", ".1", ".3", ".", ".10", ".20", ".99"],
        );
        text
    }

    /// A short text that is perhaps a chunk, quoted.
    pub(super) fn chunk_text(&mut self) -> String {
        let body = match self.rng.below(5) {
            0 => self.line_of(CHUNKS).to_owned(),
            1 => {
                // A chunk that is cut, or has something more.
                let chunk = self.line_of(CHUNKS);
                let more = self.of(TOKENS);
                format!("{chunk} {more}")
            }
            _ => {
                let count = 1 + self.rng.below(7);
                let tokens: Vec<String> = (0..count).map(|_| self.of(TOKENS)).collect();
                tokens.join(&self.of(&[" ", " ", "", "\\n"]))
            }
        };
        format!("\"{body}\"")
    }
}
