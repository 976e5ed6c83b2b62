//! Random calls into the standard library, right and wrong ones, whose results and messages are
//! printed in exact form: programs for comparing with `lua5.1`. Each call stands in its own line and
//! has the line's number as its label. Must not know the machine.
//!
//! A program is a pure function of its seed. It needs the library to be Lua 5.1's, without additions.

mod operations;
mod sessions;
mod texts;
mod values;

use super::rng::Rng;

/// The values and the printing that calls need.
const PRELUDE: &str = include_str!("prelude.lua");
const FUNCTIONS: &str = include_str!("functions.txt");
const SHAPES: &str = include_str!("shapes.txt");
const METHODS: &str = include_str!("methods.txt");

/// A program of calls in the making.
#[derive(Debug)]
struct Calls {
    rng: Rng,
    text: String,
    label: usize,
}

/// The program of a seed, of about `count` calls.
pub fn calls(seed: u64, count: u32) -> String {
    let mut calls = Calls {
        rng: Rng::new(seed ^ 0x5EED),
        text: PRELUDE.to_owned(),
        label: 0,
    };
    for _ in 0..count {
        calls.label += 1;
        calls.call();
    }
    calls.text.push_str("os.remove(scratch)\n");
    calls.text
}

impl Calls {
    fn of(&mut self, items: &[&str]) -> String {
        self.rng.of(items).to_owned()
    }

    /// A line of a list; those that begin with `//` say what follows.
    fn line_of(&mut self, list: &'static str) -> &'static str {
        let lines: Vec<&str> = list
            .lines()
            .filter(|line| !line.starts_with("//"))
            .collect();
        lines[self.rng.below(lines.len())]
    }

    /// A line of a list, as its first word and the rest.
    fn row_of(&mut self, list: &'static str) -> (&'static str, &'static str) {
        let line = self.line_of(list);
        line.split_once(' ').unwrap_or((line, ""))
    }

    /// One of the rare items once in `n` times, else one of the usual ones.
    fn rarely(&mut self, n: usize, rare: &[&str], usual: &[&str]) -> String {
        let items = if self.rng.one_in(n) { rare } else { usual };
        self.of(items)
    }

    /// Adds one labelled call.
    fn call(&mut self) {
        match self.rng.below(30) {
            0..=11 => self.library_call(),
            12 | 13 => self.method_call(),
            14 | 15 => self.formatting(),
            16..=18 => self.matching(),
            19 => self.shaped(),
            20 | 21 => self.loaded_text(),
            22..=25 => self.operation(),
            _ => self.session(),
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds a line that shows what `protected` gives.
    fn shown(&mut self, protected: &str) {
        self.line(&format!("show({}, {protected})", self.label));
    }

    /// Arguments for a row's letters: sometimes too few, sometimes too many.
    fn arguments(&mut self, letters: &str) -> String {
        let mut list = Vec::new();
        let mut rest = letters.trim_end_matches('!');
        while let Some(letter) = rest.chars().next() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, after) = quoted.split_once('"').unwrap_or((quoted, ""));
                list.push(format!("\"{text}\""));
                rest = after;
                continue;
            }
            list.push(self.argument(letter));
            rest = &rest[1..];
        }
        let exact = letters.ends_with('!');
        match self.rng.below(12) {
            _ if exact => {}
            0 | 1 => list.truncate(self.rng.below(list.len() + 1)),
            2 => list.push(self.any()),
            _ => {}
        }
        list.retain(|argument| !argument.is_empty());
        list.join(", ")
    }

    /// A call in one of the ways in which a function can be reached; they give it other names.
    fn reached(&mut self, function: &str, arguments: &str) -> String {
        let comma = if arguments.is_empty() { "" } else { ", " };
        match self.rng.below(13) {
            0..=2 => format!("pcall({function}{comma}{arguments})"),
            3 => format!("pcall(function(...) return {function}({arguments}) end)"),
            4 | 5 => format!(
                "pcall(function(...) local a, b, c = {function}({arguments}) return a, b, c end)"
            ),
            6 => format!(
                "pcall(function(...) local fn = {function}; local a, b = fn({arguments}) return a, b end)"
            ),
            7 => format!(
                "(function() local up = {function} return pcall(function(...) local a, b = up({arguments}) return a, b end) end)()"
            ),
            8 => format!(
                "pcall(function(...) local t = {{ [\"fi eld\"] = {function} }}; local a, b = t[\"fi eld\"]({arguments}) return a, b end)"
            ),
            9 => format!(
                "pcall(function(...) local o = {{ inner = {{ fn = {function} }} }}; local a, b = o.inner.fn({arguments}) return a, b end)"
            ),
            10 => format!(
                "xpcall(function(...) local a, b = {function}({arguments}) return a, b end, debug.traceback)"
            ),
            11 => format!(
                "coroutine.resume(coroutine.create(function(...) local a, b = {function}({arguments}) return a, b end){comma}{})",
                if comma.is_empty() { "" } else { "1, 2" }
            ),
            _ => format!(
                "pcall(coroutine.wrap(function(...) return {function}({arguments}) end), \"first\")"
            ),
        }
    }

    fn library_call(&mut self) {
        let (function, letters) = self.row_of(FUNCTIONS);
        let arguments = self.arguments(letters);
        let call = self.reached(function, &arguments);
        self.shown(&call);
        match function {
            "io.input" => self.line("io.input(io.tmpfile())"),
            "os.setlocale" => self.line("os.setlocale(\"C\")"),
            "collectgarbage" => self.line("collectgarbage(\"restart\")"),
            _ => {}
        }
    }

    fn shaped(&mut self) {
        let (function, letters) = self.row_of(SHAPES);
        let arguments = self.arguments(letters);
        let call = self.reached(function, &arguments);
        self.line(&format!("shape({}, {call})", self.label));
        self.line("collectgarbage(\"restart\") collectgarbage(\"setpause\", 200)");
    }

    fn method_call(&mut self) {
        let (on, rest) = self.row_of(METHODS);
        let (method, letters) = rest.split_once(' ').unwrap_or((rest, ""));
        let receiver = on
            .chars()
            .map(|letter| self.single(letter))
            .collect::<String>();
        let arguments = self.arguments(letters);
        let call = match self.rng.below(4) {
            0 => format!(
                "pcall(function(...) local o = {receiver}; local a, b, c = o:{method}({arguments}) return a, b, c end)"
            ),
            1 => format!("pcall(function(...) return ({receiver}):{method}({arguments}) end)"),
            2 => format!(
                "xpcall(function(...) local a, b, c = ({receiver}):{method}({arguments}) return a, b, c end, debug.traceback)"
            ),
            _ => format!(
                "pcall(function(...) local o = {{ o = {receiver} }}; local a, b, c = o.o:{method}({arguments}) return a, b, c end)"
            ),
        };
        self.shown(&call);
    }

    fn formatting(&mut self) {
        let arguments = self.format_arguments();
        let call = self.reached("string.format", &arguments);
        self.shown(&call);
    }

    fn matching(&mut self) {
        let (s, p) = (self.subject(), self.quoted_pattern());
        let call = match self.rng.below(7) {
            0 => self.reached("string.find", &format!("{s}, {p}")),
            1 => {
                let i = self.argument('i');
                self.reached(&self.text_function(), &format!("{s}, {p}, {i}"))
            }
            2 => self.reached("string.match", &format!("{s}, {p}")),
            3 => format!(
                "pcall(function() local t = {{}} for a, b, c in string.gmatch({s}, {p}) do t[#t + 1] = tostring(a) .. \"/\" .. tostring(b) .. \"/\" .. tostring(c) if #t > 30 then break end end return unpack(t) end)"
            ),
            4 => {
                let r = self.replacement();
                self.reached("string.gsub", &format!("{s}, {p}, {r}"))
            }
            5 => {
                let (r, n) = (self.replacement(), self.argument('k'));
                self.reached("string.gsub", &format!("{s}, {p}, {r}, {n}"))
            }
            _ => {
                let plain = self.any();
                self.reached("string.find", &format!("{s}, {p}, 1, {plain}"))
            }
        };
        self.shown(&call);
    }

    fn text_function(&self) -> String {
        if self.label.is_multiple_of(2) {
            "string.find"
        } else {
            "string.match"
        }
        .to_owned()
    }

    fn loaded_text(&mut self) {
        let text = self.chunk_text();
        let name = self.of(&[
            "",
            "",
            ", \"=name\"",
            ", \"@file.lua\"",
            ", \"\"",
            ", \"a\\nb\"",
            ", (\"long\"):rep(30)",
            ", \"=\" .. (\"long\"):rep(30)",
            ", \"@\" .. (\"long\"):rep(30)",
        ]);
        self.shown(&format!("loadstring({text}{name})"));
    }
}
