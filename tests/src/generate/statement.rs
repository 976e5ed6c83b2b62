//! Random statements. Must not decide what a value looks like: that is `expression`.

use super::{Generator, Kind};

const KINDS: [Kind; 9] = [
    Kind::Number,
    Kind::Number,
    Kind::Text,
    Kind::Flag,
    Kind::List,
    Kind::Record,
    Kind::Function,
    Kind::Object,
    Kind::Wrong,
];

/// Statements that fail when `%` is a value of the wrong kind: their messages are compared.
const FAILING: [&str; 16] = [
    "return % + 1",
    "return 2 - %.a.b",
    "local z = % return z.w.u",
    "return #% < 1, # nil",
    "return % .. {}",
    "return % < 1",
    "return {} < {}",
    "return %:method(1)",
    "% = nil return %()",
    "undefined_global()",
    "undefined_global.field = 1",
    "local t = {} t.x.y = %",
    "local t = {} t[nil] = %",
    "for i = 1, % do tick() end return {} + 1",
    "return math.floor(%), setmetatable(%, 1)",
    "error(%)",
];

impl Generator {
    pub(super) fn statement(&mut self) {
        self.left = self.left.saturating_sub(1);
        let deep = self.nesting > 3;
        match self.rng.below(if deep { 9 } else { 26 }) {
            0 | 1 => {
                let kind = KINDS[self.rng.below(KINDS.len())];
                self.declare(kind);
            }
            2..=4 => self.assign(),
            5 => self.assign_many(),
            6 => self.print(),
            7 => self.change_list(),
            8 => self.change_record(),
            9 | 10 => self.branch(),
            11 | 12 => self.numeric_loop(),
            13 => self.while_loop(),
            14 => self.repeat_loop(),
            15 | 16 => self.generic_loop(),
            17 | 18 => self.named_function(),
            19 => self.protected(),
            20 => self.failing(),
            21 => self.coroutine(),
            22 => self.closures_in_a_loop(),
            23 => self.sorted(),
            24 => self.loaded(),
            _ => {
                self.line("do");
                let count = 1 + self.rng.below(4);
                self.block(count);
                self.line("end");
            }
        }
        if self.can_yield && self.rng.one_in(3) {
            let value = self.expression(Kind::Number, 1);
            self.line(&format!("out(\"resumed\", coroutine.yield({value}))"));
        }
        if self.in_loop && self.rng.one_in(12) {
            let condition = self.flag(2);
            self.line(&format!("if {condition} then break end"));
        }
    }

    /// The value that a variable of a kind may be given.
    fn value(&mut self, kind: Kind) -> String {
        let value = self.expression(kind, 3);
        match kind {
            Kind::Text => format!("clip({value})"),
            _ => value,
        }
    }

    pub(super) fn declare(&mut self, kind: Kind) {
        if self.scope.len() > 40 {
            return self.print();
        }
        let value = self.value(kind);
        let name = self.fresh_name();
        if self.rng.one_in(5) {
            let more = self.fresh_name();
            let second = self.value(Kind::Number);
            if more != name {
                self.line(&format!("local {name}, {more} = {value}, {second}, nil"));
                self.add(&name, kind, false);
                return self.add(&more, Kind::Number, false);
            }
        }
        let local = if self.nesting == 0 && self.rng.one_in(6) {
            ""
        } else {
            "local "
        };
        // A global's name must not be that of a local, whose kind would change.
        let name = if local.is_empty() {
            format!("G{name}")
        } else {
            name
        };
        self.line(&format!("{local}{name} = {value}"));
        self.add(&name, kind, false);
    }

    fn assign(&mut self) {
        let kind = KINDS[self.rng.below(KINDS.len())];
        match self.pick(kind, true) {
            Some(name) => {
                let value = self.value(kind);
                self.line(&format!("{name} = {value}"));
            }
            None => self.declare(kind),
        }
    }

    fn assign_many(&mut self) {
        let (a, b) = (self.pick(Kind::Number, true), self.pick(Kind::Number, true));
        let t = self.pick(Kind::Record, false);
        match (a, b, t) {
            (Some(a), Some(b), Some(t)) if a != b => {
                let value = self.value(Kind::Number);
                self.line(&format!("{a}, {t}.a, {b} = {b}, {a}, {value}"));
            }
            (Some(a), Some(b), None) if a != b => self.line(&format!("{a}, {b} = {b}, {a}")),
            _ => self.print(),
        }
    }

    fn print(&mut self) {
        let kind = KINDS[self.rng.below(4)];
        let (a, b) = (self.expression(kind, 3), self.expression(Kind::Number, 2));
        self.line(&format!("out({a}, {b})"));
    }

    fn change_list(&mut self) {
        let Some(t) = self.pick(Kind::List, true) else {
            return self.declare(Kind::List);
        };
        let value = format!("num({})", self.expression(Kind::Number, 2));
        let text = match self.rng.below(7) {
            0 => format!("{t}[#{t} + 1] = {value}"),
            1 => format!("table.insert({t}, {value})"),
            2 => format!("table.insert({t}, 1, {value})"),
            3 => format!("out(table.remove({t}))"),
            4 => format!("out(table.remove({t}, 1))"),
            5 => format!("if #{t} > 0 then {t}[#{t}] = {value} end"),
            _ => format!("out(table.concat({t}, \",\"), #{t}, table.maxn({t}))"),
        };
        self.line(&text);
        self.line(&format!("while #{t} > 30 do {t}[#{t}] = nil end"));
    }

    fn change_record(&mut self) {
        let Some(t) = self.pick(Kind::Record, false) else {
            return self.declare(Kind::Record);
        };
        let value = self.expression(Kind::Number, 2);
        let text = match self.rng.below(5) {
            0 => format!("{t}.a = {value}"),
            1 => format!("{t}[\"b\"] = {value}"),
            2 => format!("{t}[clip({value})] = 1"),
            3 => format!("{t}.b = nil"),
            _ => format!("{t}.a = num({t}.a) + 1 out({t}.a, rawget({t}, \"b\"), {t}[1])"),
        };
        self.line(&text);
    }

    fn branch(&mut self) {
        let condition = self.flag(3);
        self.line(&format!("if {condition} then"));
        let count = 1 + self.rng.below(3);
        self.block(count);
        if self.rng.one_in(3) {
            let condition = self.flag(2);
            self.line(&format!("elseif {condition} then"));
            self.block(1);
        }
        if self.rng.one_in(2) {
            self.line("else");
            self.block(2);
        }
        self.line("end");
    }

    /// The body of a loop, with more room for what is in scope.
    fn loop_body(&mut self, count: usize, variables: &[(&str, Kind)]) {
        let outer = (self.in_loop, self.scope.clone());
        self.in_loop = true;
        for (name, kind) in variables {
            self.add(name, *kind, true);
        }
        self.block(count);
        (self.in_loop, self.scope) = outer;
    }

    fn numeric_loop(&mut self) {
        let name = self.fresh_name();
        let header = match self.rng.below(5) {
            0 => format!("for {name} = 1, {} do", self.rng.below(6)),
            1 => format!("for {name} = 5, 1, -{} do", 1 + self.rng.below(3)),
            2 => format!("for {name} = 0, 1, 0.25 do"),
            3 => {
                let limit = self.expression(Kind::Number, 1);
                format!("for {name} = 1, int({limit}) % 5 do")
            }
            _ => format!("for {name} = \"2\", \"4\" do"),
        };
        self.line(&format!("{header} tick()"));
        let count = 1 + self.rng.below(3);
        self.loop_body(count, &[(&name, Kind::Number)]);
        self.line("end");
    }

    fn while_loop(&mut self) {
        let name = format!("w{}", self.names % 7);
        self.names += 1;
        self.line(&format!("local {name} = 0"));
        let condition = self.flag(1);
        self.line(&format!(
            "while {name} < 4 and ({condition} or {name} < 2) do tick()"
        ));
        self.line(&format!("  {name} = {name} + 1"));
        self.loop_body(2, &[(&name, Kind::Number)]);
        self.line("end");
    }

    fn repeat_loop(&mut self) {
        let name = format!("r{}", self.names % 7);
        self.names += 1;
        self.line(&format!("local {name} = 0"));
        self.line("repeat tick()");
        self.line(&format!("  local inner = {name} + 1 {name} = inner"));
        self.loop_body(2, &[(&name, Kind::Number)]);
        let limit = self.rng.below(4);
        self.line(&format!("until inner > {limit}"));
    }

    fn generic_loop(&mut self) {
        let (k, v) = ("k".to_owned(), "v".to_owned());
        let list = self.pick(Kind::List, false);
        match (self.rng.below(4), list) {
            (0, Some(t)) => {
                self.line(&format!("for k, v in ipairs({t}) do tick()"));
                self.loop_body(2, &[(&k, Kind::Number), (&v, Kind::Number)]);
            }
            (1, Some(t)) => {
                self.line(&format!("for k, v in pairs({t}) do tick()"));
                self.loop_body(1, &[(&k, Kind::Number), (&v, Kind::Number)]);
            }
            (2, _) => {
                let s = self.expression(Kind::Text, 2);
                let pattern = self.rng.of(&["%w+", "(%a)(%d*)", ".", "()%S"]);
                self.line(&format!(
                    "for v in string.gmatch(clip({s}), \"{pattern}\") do tick()"
                ));
                self.line("  v = clip(v)");
                self.loop_body(2, &[(&v, Kind::Text)]);
            }
            _ => {
                let most = 1 + self.rng.below(4);
                self.line(&format!(
                    "for v, k in function(s, c) if c < {most} then return c + 1, s end end, \"s\", 0 do tick()"
                ));
                self.loop_body(2, &[(&v, Kind::Number), (&k, Kind::Text)]);
            }
        }
        self.line("end");
    }

    fn named_function(&mut self) {
        let name = self.fresh_name();
        let vararg = self.rng.one_in(3);
        let parameters = if vararg { "p, ..." } else { "p, q" };
        self.line(&format!("local function {name}({parameters}) tick()"));
        self.body(vararg, false, |g| {
            g.line(if vararg {
                "  p = num(p)"
            } else {
                "  p, q = num(p), num(q)"
            });
            g.add("p", Kind::Number, false);
            if !vararg {
                g.add("q", Kind::Number, false);
            }
            let recursive = g.rng.one_in(4);
            if recursive {
                g.line(&format!(
                    "  if p > 0 and p < 5 then return 1 + num({name}(p - 1)) end"
                ));
            }
            let outer = g.scope.clone();
            let count = 1 + g.rng.below(4);
            g.indent += 1;
            g.nesting += 1;
            for _ in 0..count {
                if g.left > 0 {
                    g.statement();
                }
            }
            let value = g.expression(Kind::Number, 3);
            match g.rng.below(4) {
                0 if vararg => g.line(&format!("return {value}, ...")),
                1 => g.line(&format!("return num({value})")),
                2 => g.line(&format!("return {value}, {value}, p")),
                _ => g.line(&format!("return {value}")),
            }
            g.nesting -= 1;
            g.indent -= 1;
            g.scope = outer;
        });
        self.line("end");
        self.add(&name, Kind::Function, true);
        let (a, b) = (
            self.expression(Kind::Number, 1),
            self.expression(Kind::Number, 1),
        );
        self.line(&format!("out({name}({a}, {b}, \"third\"))"));
    }

    fn protected(&mut self) {
        let handler = self.rng.one_in(3);
        let call = if handler { "xpcall" } else { "pcall" };
        self.line(&format!("out({call}(function() tick()"));
        self.body(false, false, |g| {
            let count = 1 + g.rng.below(3);
            g.block(count);
        });
        let value = self.expression(Kind::Number, 1);
        let text = match self.rng.below(5) {
            0 => format!("error(\"thrown\", {})", self.rng.below(3)),
            1 => format!("error({{ {value} }})"),
            2 => format!("error({value})"),
            3 => "error()".to_owned(),
            _ => format!("return {value}, \"fine\""),
        };
        self.line(&format!("  {text}"));
        let rest = if handler {
            ", function(e) return show(e), \"handled\" end))"
        } else {
            "))"
        };
        self.line(&format!("end{rest}"));
    }

    fn failing(&mut self) {
        let name = self
            .pick(Kind::Wrong, true)
            .unwrap_or_else(|| "missing".to_owned());
        let text = FAILING[self.rng.below(FAILING.len())].replace('%', &name);
        self.line(&format!("out(pcall(function() {text} end))"));
    }

    fn coroutine(&mut self) {
        let name = format!("co{}", self.names % 5);
        self.names += 1;
        let wrapped = self.rng.one_in(2);
        let make = if wrapped { "wrap" } else { "create" };
        self.line(&format!(
            "local {name} = coroutine.{make}(function(p, ...) tick()"
        ));
        self.body(true, true, |g| {
            g.line("  p = num(p)");
            g.add("p", Kind::Number, false);
            let count = 2 + g.rng.below(4);
            g.block(count);
        });
        let value = self.expression(Kind::Number, 1);
        self.line(&format!("  return {value}, \"end\""));
        self.line("end)");
        let rounds = 1 + self.rng.below(5);
        self.line(&format!("for i = 1, {rounds} do"));
        let argument = self.expression(Kind::Number, 1);
        if wrapped {
            self.line(&format!("  out(pcall({name}, {argument}, i))"));
        } else {
            self.line(&format!("  out(coroutine.resume({name}, {argument}, i))"));
            self.line(&format!("  out(coroutine.status({name}))"));
        }
        self.line("end");
    }

    fn closures_in_a_loop(&mut self) {
        let value = self.expression(Kind::Number, 2);
        self.line("do local fs = {}");
        self.line("for i = 1, 3 do");
        self.line(&format!("  local up = {value}"));
        self.line("  fs[i] = function(d) up = num(up) + num(d) + i return up end");
        let last = 1 + self.rng.below(4);
        self.line(&format!("  if i == {last} then break end"));
        self.line("end");
        self.line("for i, f in ipairs(fs) do f(i) out(i, f(1)) end end");
    }

    fn sorted(&mut self) {
        let Some(t) = self.pick(Kind::List, false) else {
            return self.declare(Kind::List);
        };
        let by = self
            .rng
            .of(&["", ", function(a, b) tick() return a > b end"]);
        let tail = format!("out(table.concat({t}, \" \"))");
        self.line(&format!(
            "if not pcall(table.sort, {t}{by}) then out(\"unsorted\") else {tail} end"
        ));
    }

    fn loaded(&mut self) {
        let operator = self.rng.of(&["+", "*", "..", "and", "(", "<"]);
        let value = self.rng.of(&["1", "x", "'s'", "nil", "{"]);
        self.line(&format!(
            "out(pcall(assert, loadstring(\"local x = ... return x {operator} {value}\", \"=chunk\")))"
        ));
    }
}
