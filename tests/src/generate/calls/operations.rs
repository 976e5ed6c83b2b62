//! Operations on values that may not bear them, reached under names of every kind, in functions that
//! were called in every way: for the messages and the tracebacks. Must not call the library for its
//! own sake.

use super::Calls;

/// Where a function that fails can be called from; `BODY` is its body.
const AROUND: &str = include_str!("around.txt");

impl Calls {
    /// Adds one labelled operation with the variables it works on.
    pub(super) fn operation(&mut self) {
        let (ga, gb) = (self.any_one(), self.any_one());
        self.line(&format!("GA, GB = {ga}, {gb}"));
        let (a, b, up, field, item) = (
            self.any_one(),
            self.any_one(),
            self.any_one(),
            self.any_one(),
            self.any_one(),
        );
        let mut body = String::new();
        for _ in 0..1 + self.rng.below(3) {
            body += &self.wrong_statement();
            body += self.rng.of(&[" ", "; ", "\n"]);
        }
        let inside = format!(
            "local a, b = {a}, {b}; local t = {{ f = {field}, [1] = {item}, s = {{ f = {b} }} }}; {body}"
        );
        let around = self.line_of(AROUND).replace("BODY", &inside);
        if around.contains("loadstring") {
            return self.shown(&around);
        }
        self.shown(&format!(
            "(function(up, k) return {around} end)({up}, \"key\")"
        ));
    }

    /// A value for a variable: one, whatever makes it.
    fn any_one(&mut self) -> String {
        match self.rng.below(7) {
            0 => "nil".to_owned(),
            1 => "{}".to_owned(),
            2 => self.of(&["1", "\"10\"", "\"str\"", "true", "print", "0"]),
            _ => {
                let value = self.any();
                if value.contains("...") {
                    "nil".to_owned()
                } else {
                    format!("({value})")
                }
            }
        }
    }

    fn place(&mut self) -> String {
        self.of(&[
            "a",
            "b",
            "up",
            "GA",
            "GB",
            "t.f",
            "t[1]",
            "t.s.f",
            "t[k]",
            "t[a]",
            "a.x",
            "up.x",
            "GA.x",
            "a.b.c",
            "t.nope",
            "t.nope.x",
            "t.s.nope.x",
            "undefined",
            "t[\"a b\"]",
            "up[1]",
            "_G.GA",
            "t[nil]",
        ])
    }

    fn wrong_expression(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(6) {
                0 => self.of(&[
                    "nil", "true", "1", "\"s\"", "\"3\"", "{}", "2.5", "(...)", "print",
                ]),
                _ => self.place(),
            };
        }
        let d = depth - 1;
        match self.rng.below(12) {
            0..=2 => {
                let op = self.of(&["+", "-", "*", "/", "%", "^"]);
                format!(
                    "({} {op} {})",
                    self.wrong_expression(d),
                    self.wrong_expression(d)
                )
            }
            3 | 4 => format!(
                "({} .. {} .. {})",
                self.wrong_expression(d),
                self.wrong_expression(d),
                self.wrong_expression(0)
            ),
            5 | 6 => {
                let op = self.of(&["<", "<=", ">", ">=", "==", "~="]);
                format!(
                    "({} {op} {})",
                    self.wrong_expression(d),
                    self.wrong_expression(d)
                )
            }
            7 => {
                let op = self.of(&["- ", "not ", "#"]);
                format!("{op}{}", self.wrong_expression(d))
            }
            8 => format!("{}({})", self.place(), self.wrong_expression(d)),
            9 => format!("{}:m({})", self.place(), self.wrong_expression(d)),
            10 => format!(
                "({} {} {})",
                self.wrong_expression(d),
                self.rng.of(&["and", "or"]),
                self.place()
            ),
            _ => self.wrong_expression(0),
        }
    }

    fn wrong_statement(&mut self) -> String {
        let e = self.wrong_expression(2);
        match self.rng.below(14) {
            0..=4 => format!("local x = {e}"),
            5 => format!("if {e} then local y = {} end", self.wrong_expression(1)),
            6 => {
                let place = self.place();
                format!("{place} = {e}")
            }
            7 => format!("for i = {e}, {} do break end", self.wrong_expression(1)),
            8 => format!(
                "for i = 1, {}, {} do break end",
                self.wrong_expression(1),
                self.wrong_expression(0)
            ),
            9 => format!("for v in {} do break end", self.wrong_expression(1)),
            10 => format!(
                "while {e} do local z = {} break end",
                self.wrong_expression(1)
            ),
            11 => format!("do return {e} end"),
            12 => format!("local function f(...) local x = {e} return x end f()"),
            _ => format!("t[{e}] = {}", self.wrong_expression(1)),
        }
    }
}
