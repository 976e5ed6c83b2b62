//! Random arguments, one placeholder letter each. Must not know which function gets them.

use super::Calls;

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "16",
    "36",
    "65",
    "255",
    "256",
    "0.5",
    "-0.5",
    "1.5",
    "2.5",
    "-1",
    "-2",
    "-3",
    "1e15",
    "-1e15",
    "1e16",
    "123456789012",
    "1e100",
    "-1e100",
    "2^31",
    "-2^31",
    "2^31-1",
    "2^32",
    "2^32+1",
    "2^53",
    "2^63",
    "-2^63",
    "2^64",
    "1/0",
    "-1/0",
    "0/0",
    "1e-300",
    "5e-324",
    "1e308",
    "0x10",
    "0xffffffff",
    "3.14159265358979",
    "0.1",
    "1/3",
    "1e21",
    "999999.5",
    "99999999999999.9",
    "100",
];
const SMALL: &[&str] = &[
    "0", "1", "2", "3", "4", "5", "-1", "-2", "-3", "-7", "9", "20", "2.9", "-1.5", "\"2\"",
];
const STRINGS: &[&str] = &[
    "\"\"",
    "\"x\"",
    "\"abc\"",
    "\"hello world\"",
    "\"a\\0b\"",
    "\"\\0\"",
    "\"10\"",
    "\"0x1F\"",
    "\"1e2\"",
    "\" 7 \"",
    "\"\\n\"",
    "\"a\\nb\\r\\n\\tc\"",
    "\"\\255\\128z\"",
    "\"key=value, k2=v2\"",
    "\"(a(b)c)\"",
    "\"%d\"",
    "\"The Quick brown\"",
    "(\"x\"):rep(100)",
    "(\"ab\"):rep(300)",
    "\"\\\"q\\\"\\\\\"",
    "\"-12.5\"",
];
const NUMERIC_TEXTS: &[&str] = &[
    "10",
    " 10 ",
    "0x1F",
    "0X1f",
    "1e2",
    "1E+2",
    "1e",
    "1e+",
    "0x",
    "0x1p4",
    "0x1.8",
    ".5",
    "5.",
    ".",
    "",
    " ",
    "+5",
    "-5",
    "--5",
    "- 5",
    "-0x10",
    "+0x10",
    "1_000",
    "1,5",
    "nan",
    "inf",
    "-inf",
    "infinity",
    "NAN(1)",
    "1e309",
    "1e-400",
    "99999999999999999999",
    "0xffffffffffffffff",
    "0x1ffffffffffffffff",
    "z",
    "zz",
    "Zz9",
    "11",
    "102",
    "7f",
    "-ff",
    "  -11  ",
    "1 1",
    "1\\0",
    "\\0",
    "1\\n",
    "\\t\\v\\f\\r1",
    "1e1.5",
    "0b11",
    "1d",
    "1f",
    "0x.8",
    "0x8.",
    "1e5x",
    "08",
    "0e0",
    "18446744073709551616",
    "18446744073709551615",
];
const TABLES: &[&str] = &[
    "{}",
    "{1,2,3}",
    "{\"a\",\"b\",\"c\"}",
    "holes()",
    "words()",
    "mixed()",
    "object()",
    "counted(20)",
    "{n=3}",
    "{1,nil,3}",
    "{[1]=1,[2]=2,[4]=4}",
    "{nil,nil,3}",
    "{{},{}}",
    "{1,2,3,n=2}",
    "{[0]=0,1}",
    "{[1.5]=1}",
    "chain()",
    "{x=1}",
    "{true,false}",
    "{1,\"2\",3.5}",
];
const ODD_TABLES: &[&str] = &[
    "locked()",
    "mute()",
    "brittle()",
    "weak(\"k\")",
    "object()",
    "_G.package",
    "_G.string",
];
const FUNCTIONS: &[&str] = &[
    "noop",
    "id",
    "fail",
    "failwith",
    "failnil",
    "many",
    "yielder",
    "truth",
    "less",
    "more",
    "add",
    "string.upper",
    "print",
    "function(...) return select(\"#\", ...) end",
    "function(a, b) return b end",
    "tostring",
    "error",
    "function(x) return nil end",
    "function(x) return {} end",
    "reader()",
    "coroutine.wrap(yielder)",
    "next",
    "pcall",
];
const COROUTINES: &[&str] = &[
    "fresh()",
    "suspended()",
    "dead()",
    "failed()",
    "coroutine.running()",
    "coroutine.create(reader())",
];
const OTHERS: &[&str] = &[
    "nil",
    "nil",
    "nil",
    "true",
    "false",
    "newproxy()",
    "proxy()",
    "io.stdout",
    "closed()",
    "(nil)",
    "many()",
    "(many())",
    "...",
    "unpack({1,2,3})",
    "{}",
    "noop",
    "print",
    "fresh()",
    "\"str\"",
    "12",
    "\"12\"",
    "-1",
    "locked()",
    "mute()",
    "object()",
];
const FILES: &[&str] = &[
    "file()",
    "file()",
    "file()",
    "closed()",
    "io.tmpfile()",
    "file(\"\")",
    "file(\"12 0x1f -3e1 +7 .5 x\")",
    "file(\"x\\n\", \"w\")",
    "file(\"ab\\n\", \"a+\")",
    "file(\"abcdef\", \"r+\")",
    "file((\"line\\n\"):rep(300))",
];

impl Calls {
    /// An argument for a placeholder letter; in one of nine cases it is something else altogether.
    pub(super) fn argument(&mut self, letter: char) -> String {
        if letter != 'k' && letter != 'g' && letter.is_ascii_lowercase() && self.rng.one_in(9) {
            return self.any();
        }
        self.proper(letter)
    }

    fn proper(&mut self, letter: char) -> String {
        match letter {
            'n' | 'N' => self.number(),
            'i' => self.index(),
            'k' => self.of(SMALL),
            's' => self.string(),
            'S' => self.numeric_text(),
            't' => self.of(TABLES),
            'T' if self.rng.one_in(3) => self.of(ODD_TABLES),
            'T' => self.of(TABLES),
            'f' => self.of(FUNCTIONS),
            'c' | 'C' => self.of(COROUTINES),
            'p' => self.quoted_pattern(),
            'q' => self.subject(),
            'r' => self.replacement(),
            'F' => self.format_arguments(),
            'm' => self.of(&[
                "{}",
                "{__index={x=5}}",
                "{__metatable=1}",
                "{__mode=\"k\"}",
                "{__call=id}",
                "nil",
            ]),
            'l' => self.of(&[
                "0", "1", "2", "3", "4", "5", "-1", "1.9", "\"1\"", "id", "noop", "print", "100",
                "1e10",
            ]),
            // Levels and ranges that keep `lua5.1` from long loops and overflows.
            'B' => self.of(&[
                "0", "1", "2", "3", "-1", "1.9", "'1'", "100", "nil", "noop", "{}",
            ]),
            'I' => self.of(&[
                "0", "1", "2", "3", "5", "-1", "-7", "100", "7000", "1e6", "nil", "{}", "'2'",
            ]),
            'b' => self.of(&[
                "2", "8", "10", "16", "36", "1", "37", "0", "-1", "3", "20", "10.9", "\"16\"",
                "1e10",
            ]),
            'd' => self.date_format(),
            'D' => self.date_table(),
            'x' => self.chunk_text(),
            _ => self.proper_few(letter),
        }
    }

    /// The letters for functions that few others are like.
    fn proper_few(&mut self, letter: char) -> String {
        match letter {
            'L' => self.of(&[
                "noop",
                "reader()",
                "reader()",
                "fail",
                "truth",
                "less",
                "nil",
                "{}",
                "yielder",
                "print",
                "12",
                "'return 1'",
                "coroutine.wrap(yielder)",
                "string.rep",
            ]),
            'h' => self.of(&[
                "debug.traceback",
                "tostring",
                "id",
                "fail",
                "many",
                "noop",
                "function(e) return type(e) end",
                "nil",
                "{}",
                "type",
            ]),
            'u' => self.of(FILES),
            'R' => self.read_formats(),
            'o' => self.of(&["collect", "count", "step", "setpause", "nope", "", "coll"]),
            'g' => self.of(&["1", "2", "0", "-1", "3", "\"1\"", "1.5"]),
            _ => self.any(),
        }
    }

    pub(super) fn any(&mut self) -> String {
        match self.rng.below(10) {
            0..=4 => self.of(OTHERS),
            5 => self.number(),
            6 => self.string(),
            7 => self.of(TABLES),
            8 => self.of(ODD_TABLES),
            _ => self.of(FUNCTIONS),
        }
    }

    pub(super) fn number(&mut self) -> String {
        if self.rng.one_in(4) {
            // A number with many digits, of any size.
            let (a, b) = (self.rng.below(2_000_000), self.rng.below(1_000_000));
            let power = self.rng.below(40) as i32 - 20;
            return format!("{}{a}.{b:06}e{power}", self.of(&["", "-"]));
        }
        self.of(NUMBERS)
    }

    fn index(&mut self) -> String {
        if self.rng.one_in(4) {
            return self.of(NUMBERS);
        }
        self.of(SMALL)
    }

    pub(super) fn string(&mut self) -> String {
        match self.rng.below(8) {
            0 => self.of(NUMBERS),
            1 => self.numeric_text(),
            _ => self.of(STRINGS),
        }
    }

    fn numeric_text(&mut self) -> String {
        if self.rng.one_in(3) {
            let count = 1 + self.rng.below(6);
            let body: String = (0..count)
                .map(|_| self.of(&["1", "0", "9", "e", "x", ".", "-", " ", "f", "a", "p", "+"]))
                .collect();
            return format!("\"{body}\"");
        }
        format!("\"{}\"", self.of(NUMERIC_TEXTS))
    }

    fn read_formats(&mut self) -> String {
        let count = self.rng.below(4);
        let of = [
            "\"*l\"",
            "\"*n\"",
            "\"*a\"",
            "3",
            "0",
            "1",
            "\"l\"",
            "\"*x\"",
            "\"*\"",
            "\"*line\"",
            "-1",
            "\"5\"",
            "nil",
            "{}",
            "100",
            "\"*number\"",
        ];
        let list: Vec<String> = (0..count).map(|_| self.of(&of)).collect();
        list.join(", ")
    }

    fn date_format(&mut self) -> String {
        let count = self.rng.below(5);
        let mut body = self.of(&["", "", "!", "!", "*t", "!*t", "*"]);
        for _ in 0..count {
            body += "%";
            let letters = "aAbBcdDeFgGhHIjklmMnprRsStTuUvVwWxXyYzZ%EOP+q";
            let at = self.rng.below(letters.len());
            body += &letters[at..=at];
            body += &self.of(&["", "", " ", "x", "-", "\\0"]);
        }
        format!("\"{body}\"")
    }

    fn date_table(&mut self) -> String {
        let mut fields = Vec::new();
        for (name, usual) in [
            ("year", "2001"),
            ("month", "9"),
            ("day", "9"),
            ("hour", "1"),
            ("min", "46"),
            ("sec", "40"),
            ("isdst", "false"),
        ] {
            let value = match self.rng.below(12) {
                0 => continue,
                1 => self.of(&[
                    "0", "-1", "100", "1970", "2038", "1900", "13", "366", "1e4", "-1e3",
                ]),
                2 => self.of(&[
                    "\"12\"", "\"x\"", "1.5", "true", "false", "{}", "nil", "2.9", "-0.5",
                    "\"0x10\"",
                ]),
                3 => format!("{}", self.rng.below(90)),
                _ => usual.to_owned(),
            };
            fields.push(format!("{name}={value}"));
        }
        format!("{{{}}}", fields.join(","))
    }
}
