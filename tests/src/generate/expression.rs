//! Random expressions of a kind. An arithmetic operation always has an operand that is no constant, so
//! that no implementation folds it (folding may lose the sign of a zero). Must not make statements.

use super::{Generator, Kind};

/// Patterns and what they are applied to.
const PATTERNS: [&str; 12] = [
    "%d+",
    "(%a)(%d?)",
    "^a*",
    "[b-y]",
    "[^%s]+$",
    ".-b",
    "%w*()",
    "a-$",
    "()",
    "%f[%w]%w+",
    "(.)%1",
    "%b()",
];
const WORDS: [&str; 9] = [
    "abc",
    "x1 y22 z",
    "hello world",
    "",
    "aab",
    "(a(b)c)",
    "10",
    "0x1F",
    "a,b,,c",
];

impl Generator {
    pub(super) fn expression(&mut self, kind: Kind, depth: u32) -> String {
        match kind {
            Kind::Number => self.number(depth),
            Kind::Text => self.string(depth),
            Kind::Flag => self.flag(depth),
            Kind::List => self.list(depth),
            Kind::Record => self.record(depth),
            Kind::Function => self.function(depth),
            Kind::Object => self.object(depth),
            Kind::Wrong => self
                .rng
                .of(&["nil", "true", "{}", "print", "\"w\""])
                .to_owned(),
        }
    }

    fn literal(&mut self) -> String {
        let few = [
            "1", "2", "3", "7", "10", "0.5", "1e3", "255", "0x10", "1e15", "100",
        ];
        self.rng.of(&few).to_owned()
    }

    /// A number that no compiler knows.
    fn unknown_number(&mut self, depth: u32) -> String {
        if let Some(name) = self.pick(Kind::Number, false)
            && !self.rng.one_in(3)
        {
            return name;
        }
        let depth = depth.saturating_sub(1);
        match self.rng.below(8) {
            0 => format!("(#{})", self.parenthesised(Kind::Text, depth)),
            1 => match self.pick(Kind::Record, false) {
                Some(t) => format!("num({t}.{})", self.rng.of(&["a", "b", "c"])),
                None => "ticks".to_owned(),
            },
            2 => match self.pick(Kind::List, false) {
                Some(t) => format!("num({t}[1])"),
                None => "ticks".to_owned(),
            },
            3 => match self.pick(Kind::Function, false) {
                Some(f) => format!("num({f}({}, {}))", self.number(depth), self.number(depth)),
                None => "ticks".to_owned(),
            },
            4 => match self.pick(Kind::Object, false) {
                Some(o) => match self.rng.below(4) {
                    0 => format!("{o}.v"),
                    1 => format!("{o}.twice"),
                    2 => format!("(({o}({})))", self.number(depth)),
                    _ => format!("val({o} / 2)"),
                },
                None => "ticks".to_owned(),
            },
            5 if self.vararg => "select('#', ...)".to_owned(),
            6 if self.vararg => "num((...))".to_owned(),
            _ => "(#tostring(M ~= nil))".to_owned(),
        }
    }

    fn number(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(3) {
                0 => self.literal(),
                _ => self
                    .pick(Kind::Number, false)
                    .unwrap_or_else(|| self.literal()),
            };
        }
        let d = depth - 1;
        match self.rng.below(14) {
            0..=5 => {
                let op = self.rng.of(&["+", "-", "*", "/", "%", "+", "-", "*"]);
                let (a, b) = (self.unknown_number(d), self.number(d));
                if self.rng.one_in(2) {
                    format!("({a} {op} {b})")
                } else {
                    format!("({b} {op} {a})")
                }
            }
            6 => format!(
                "({} ^ {})",
                self.unknown_number(d),
                self.rng.of(&["2", "3", "0.5", "1"])
            ),
            7 => format!("-{}", self.unknown_number(d)),
            8 => {
                let f = self.rng.of(&["floor", "ceil", "abs", "sqrt"]);
                format!("math.{f}({})", self.number(d))
            }
            9 => {
                let f = self.rng.of(&["max", "min", "fmod"]);
                format!("math.{f}({}, {})", self.number(d), self.number(d))
            }
            10 => self.number_of_text(d),
            11 => format!(
                "({} and {} or {})",
                self.flag(d),
                self.number(d),
                self.number(d)
            ),
            12 => format!(
                "(\"{}\" + {})",
                self.rng.of(&["10", "0x1F", " 7 ", "1e2"]),
                self.number(d)
            ),
            _ => self.unknown_number(d),
        }
    }

    fn number_of_text(&mut self, d: u32) -> String {
        let s = self.parenthesised(Kind::Text, d);
        let p = self.rng.of(&PATTERNS);
        match self.rng.below(6) {
            0 => format!("num({s}:byte({}))", self.literal()),
            1 => format!("num(({s}:find(\"{p}\")))"),
            2 => format!("select(2, {s}:gsub(\"{p}\", \"\"))"),
            3 => format!("num(tonumber({s}))"),
            4 => format!(
                "num(tonumber({s}, {}))",
                self.rng.of(&["2", "10", "16", "36"])
            ),
            _ => format!("(#{s})"),
        }
    }

    fn parenthesised(&mut self, kind: Kind, depth: u32) -> String {
        let inner = self.expression(kind, depth);
        format!("({inner})")
    }

    fn string(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(2) {
                0 => format!("\"{}\"", self.rng.of(&WORDS)),
                _ => self
                    .pick(Kind::Text, false)
                    .unwrap_or_else(|| "'q'".to_owned()),
            };
        }
        let d = depth - 1;
        match self.rng.below(10) {
            0 => format!("({} .. {})", self.string(d), self.string(d)),
            1 => format!(
                "(num({}) .. {} .. num({}))",
                self.number(d),
                self.string(d),
                self.number(d)
            ),
            2 => {
                let (i, j) = (self.rng.below(7) as i32 - 3, self.rng.below(9) as i32 - 4);
                format!("({}):sub({i}, {j})", self.string(d))
            }
            3 => format!(
                "string.{}({})",
                self.rng.of(&["upper", "lower", "reverse"]),
                self.string(d)
            ),
            4 => format!("({}):rep({})", self.string(d), self.rng.below(4)),
            5 => self.formatted(d),
            6 => self.substituted(d),
            7 => {
                let p = self.rng.of(&PATTERNS);
                format!("clip(({}):match(\"{p}\"))", self.string(d))
            }
            8 => match self.pick(Kind::Object, false) {
                Some(o) => format!("({} .. {o})", self.string(d)),
                None => format!("tostring({})", self.flag(d)),
            },
            _ => match self.pick(Kind::List, false) {
                Some(t) => format!("clip(#{t} .. type({t}))"),
                None => format!("type({})", self.number(d)),
            },
        }
    }

    fn formatted(&mut self, d: u32) -> String {
        let (n, s) = (self.number(d), self.string(d));
        match self.rng.below(7) {
            0 => format!("string.format(\"%5.1f|%s\", num({n}), {s})"),
            1 => format!("string.format(\"%d %%\", int({n}))"),
            2 => format!("string.format(\"%-8s|%3d\", {s}, int({n}) % 100)"),
            3 => format!("string.format(\"%q\", {s})"),
            4 => format!("string.format(\"%x %X %o\", 255, int({n}) % 999, 8)"),
            5 => format!("string.format(\"%g %e\", num({n}), num({n}))"),
            _ => format!("string.format(\"%.3s%c%5s\", {s}, 65 + int({n}) % 26, true and {s})"),
        }
    }

    fn substituted(&mut self, d: u32) -> String {
        let (s, p) = (self.string(d), self.rng.of(&PATTERNS));
        let by = match self.rng.below(5) {
            0 => "\"<%0>\"".to_owned(),
            1 => "\"%1%%\"".to_owned(),
            2 => "{ a = \"A\", b = false, [\"1\"] = 7 }".to_owned(),
            3 => "function(x) tick() return #tostring(x) end".to_owned(),
            _ => "function(x, y) if y then return y end end".to_owned(),
        };
        let most = self.rng.of(&["", ", 1", ", 2"]);
        format!("(string.gsub({s}, \"{p}\", {by}{most}))")
    }

    pub(super) fn flag(&mut self, depth: u32) -> String {
        if depth == 0 {
            return match self.rng.below(3) {
                0 => self
                    .pick(Kind::Flag, false)
                    .unwrap_or_else(|| "true".to_owned()),
                1 => "false".to_owned(),
                _ => "true".to_owned(),
            };
        }
        let d = depth - 1;
        let op = self.rng.of(&["<", "<=", ">", ">=", "==", "~="]);
        match self.rng.below(8) {
            0..=2 => format!("({} {op} {})", self.number(d), self.number(d)),
            3 => format!("({} {op} {})", self.string(d), self.string(d)),
            4 => format!("not {}", self.flag(d)),
            5 => format!("({} and {})", self.flag(d), self.flag(d)),
            6 => format!("({} or {})", self.flag(d), self.flag(d)),
            _ => match self.pick(Kind::Object, false) {
                Some(o) => format!("({} {op} {o})", self.object(d)),
                None => format!("({} == nil)", self.string(d)),
            },
        }
    }

    fn list(&mut self, depth: u32) -> String {
        let count = self.rng.below(7);
        let mut items: Vec<String> = (0..count)
            .map(|_| format!("num({})", self.number(depth.min(2))))
            .collect();
        if self.vararg && self.rng.one_in(4) {
            // The list ends at the first nil in every implementation when there is none.
            items.push("num((...))".to_owned());
        }
        if let Some(t) = self.pick(Kind::List, false)
            && self.rng.one_in(4)
        {
            items.push(format!("unpack({t})"));
        }
        format!("{{ {} }}", items.join(self.rng.of(&[", ", "; "])))
    }

    fn record(&mut self, depth: u32) -> String {
        let (a, b) = (self.number(depth.min(2)), self.number(depth.min(2)));
        match self.rng.below(3) {
            0 => format!("{{ a = {a}, b = {b} }}"),
            1 => format!("{{ [\"a\"] = {a}, c = {b}, [{b} ~= {b}] = 1 }}"),
            _ => format!("setmetatable({{ a = {a} }}, {{ __index = {{ b = {b}, c = 1 }} }})"),
        }
    }

    fn object(&mut self, depth: u32) -> String {
        let old = self.pick(Kind::Object, false);
        let Some(o) = old.filter(|_| depth > 0 && !self.rng.one_in(3)) else {
            return format!("new({})", self.number(depth.min(2)));
        };
        let d = depth - 1;
        match self.rng.below(4) {
            0 => format!("({o} {} {})", self.rng.of(&["+", "-", "*"]), self.number(d)),
            1 => format!(
                "({} {} {o})",
                self.number(d),
                self.rng.of(&["+", "-", "*", "^"])
            ),
            2 => format!("-{o}"),
            _ => format!("({o} + {})", self.object(d)),
        }
    }

    fn function(&mut self, depth: u32) -> String {
        let mut value = String::new();
        self.body(false, false, |g| {
            g.add("p", Kind::Number, false);
            g.add("q", Kind::Number, false);
            value = g.number(depth.min(3));
        });
        format!("function(p, q) tick() p, q = num(p), num(q) return {value} end")
    }
}
