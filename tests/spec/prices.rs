//! Prices: programs that are measured, and formulas that are compared with measurements.

use super::instructions::{fuel_in, fuel_of};
use super::page;
use bvm_isa::Dialect;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The blocks of this file.
pub fn blocks(blocks: &mut BTreeMap<String, String>) {
    blocks.insert("measured".into(), measured());
}

/// Small programs whose cost the page states.
const MEASURED: &[&str] = &[
    "",
    "local a = 1",
    "local a = 1 local b = a + 2",
    "for i = 1, 100 do end",
    "local function f() end f()",
    "local t = {1, 2, 3}",
    "local s = ('x'):rep(6400)",
    "local s = 'x' .. 1",
    "return #('x'):rep(64000):upper()",
    "return ('x'):rep(1000):find('y', 1, true)",
    "return ('a'):rep(1000):find('b')",
    "return ('a'):rep(16):find(('a?'):rep(16) .. ('a'):rep(16))",
    "local t = {} for i = 1, 1000 do t[i] = i end",
    "local t = {} for i = 1, 1000 do t[i] = -i end table.sort(t)",
    "return pcall(error, 'x')",
    "return loadstring('return 1')",
];

/// The table of measured costs.
fn measured() -> String {
    let mut text = String::from("| program | units |\n|---|---|\n");
    for source in MEASURED {
        let units = fuel_of(source);
        let shown = if source.is_empty() {
            "(an empty chunk)".into()
        } else {
            format!("`{source}`")
        };
        let _ = writeln!(text, "| {shown} | {units} |");
    }
    text
}

/// A price that depends on a size.
struct Formula {
    /// The words of the page.
    says: &'static str,
    /// A program with `@` in place of the size, and `S` in place of a string of the size.
    program: &'static str,
    /// What a size costs beyond what does not depend on it.
    price: fn(i64) -> i64,
    /// The sizes to try; the others are compared with the first.
    sizes: &'static [i64],
}

const BYTES: &[i64] = &[0, 1000, 6400, 64_000, 1_000_000];

/// The sentences of the page that are formulas.
const FORMULAS: &[Formula] = &[
    Formula {
        says: "| CONCAT | bytes of the result / 64 |",
        program: "local s = S; local t = s .. ''",
        price: |n| made(n, JOINED),
        sizes: BYTES,
    },
    Formula {
        says: "| EQ, LT, LE of two strings: LT and LE | bytes of the shorter one / 64 |",
        program: "local s, t = S, S .. 'x'; local b = s < t",
        price: |n| made(n + 1, JOINED) + n / 64,
        sizes: BYTES,
    },
    Formula {
        says: "comparing a long result with the string that may be the same | bytes / 256 above 8192 bytes, above 32768 for `..`",
        program: "local s = S",
        price: |_| 0,
        sizes: BYTES,
    },
    Formula {
        says: "| arithmetic, UNM, FORPREP with a string operand | bytes of the string / 8, for each such operand |",
        program: "local s = ('0'):rep(@); local n = s + 1",
        price: |n| n / 8,
        sizes: &[1, 64, 6400, 16_000],
    },
    Formula {
        says: "| VARARG | values / 8 |",
        program: "local function f(...) local t = {...} end f(unpack({}, 1, @))",
        price: |n| n / 8 + n / 8 + n / 8 + n / 16,
        sizes: &[0, 64, 100, 200],
    },
    Formula {
        says: "| `string.upper`, `string.lower`, `string.reverse` | bytes / 64 (up to 64 bytes nothing) |",
        program: "local s = S; local t = s:upper()",
        price: |n| made(n, WHOLE),
        sizes: BYTES,
    },
    Formula {
        says: "| `tonumber` | bytes / 8; with a base bytes / 16 |",
        program: "local s = ('0'):rep(@); local n = tonumber(s)",
        price: |n| n / 8,
        sizes: &[1, 64, 6400, 64_000],
    },
    Formula {
        says: "| `unpack`, `table.unpack` | values / 8 |",
        program: "local n = select('#', unpack({}, 1, @))",
        price: |n| n / 8,
        sizes: &[0, 64, 640, 6400],
    },
    Formula {
        says: "| `loadstring`, `load`, `loadfile`, `dofile`, `require` of source or chunk | 100 + 4 × bytes",
        program: "local s = (' '):rep(@); local f = loadstring(s, '=x')",
        price: |n| 4 * n,
        sizes: &[0, 1000, 10_000, 100_000],
    },
    Formula {
        says: "| any that looks for a key in a table | nodes / 8 for a walk of 16 nodes or more",
        // The second byte of 64 is none of those that the hash takes.
        program: "local function key(i) return 'x' .. string.char(i) .. ('x'):rep(62) end
            local t, absent = {}, key(0)
            for i = 1, 255 do t[key(i)] = i end
            for i = 1, @ do local x = t[absent] end",
        price: |n| n * (2 + 255 / 8),
        sizes: &[1, 10, 1000],
    },
    Formula {
        says: "| CLOSURE | upvalues / 8 + variables passed / 6:",
        program: "local a, b, c, d, e, f, g, h = 1, 2, 3, 4, 5, 6, 7, 8; for i = 1, @ do \
            local function all() return a, b, c, d, e, f, g, h end end",
        // CLOSURE with its charge for eight upvalues, FORLOOP. The first closure meets no variables; later ones pass 7, 6, and so on.
        price: |n| n * (1 + 1 + 1) + (n - 1) * (7 * 8 / 2 / 6),
        sizes: &[1, 10, 1000],
    },
    Formula {
        says: "| NEWTABLE | (array slots + nodes) / 16 |",
        program: "for i = 1, @ do local t = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16} end",
        // NEWTABLE with its charge, 16 LOADK, SETLIST with its charge, FORLOOP.
        price: |n| n * (1 + 1 + 16 + 1 + 2 + 1),
        sizes: &[1, 10, 1000],
    },
    Formula {
        says: "| SETLIST | values / 8 |",
        program: "local function f(...) local t = {1, 2, 3, 4, 5, 6, 7, 8} end for i = 1, @ do f() end",
        // FORLOOP, MOVE, CALL, NEWTABLE, 8 LOADK, SETLIST with its charge, RETURN.
        price: |n| n * (1 + 1 + 1 + 1 + 8 + 2 + 1),
        sizes: &[1, 10, 1000],
    },
    Formula {
        says: "| SETLIST that makes the array part larger | besides, (slots then + nodes) / 16 + nodes / 4 |",
        program: "local t = {unpack({}, 1, @)}",
        price: |n| n / 8 + n / 8 + n / 16,
        sizes: &[1, 50, 64, 640, 3000, 6000],
    },
    Formula {
        says: "* An error that is caught: 4 + activations between / 64 + variables that are open in what it leaves / 4.",
        program: "for i = 1, @ do pcall(error) end",
        price: |n| n * (4 + 4),
        sizes: &[1, 10, 1000],
    },
    Formula {
        says: "variables that are open in what it leaves / 4",
        program: "local function f(n) local a, b, c, d
            local g = function() return a, b, c, d end
            if n == 0 then error() end return 1 + f(n - 1) end
            pcall(f, @)",
        // LOADNIL, CLOSURE, EQ, GETUPVAL, SUB, CALL, and the variables.
        price: |n| n * (6 + 1) + n / 64,
        sizes: &[0, 64, 640, 6400],
    },
    Formula {
        says: "| SETTABLE, SETGLOBAL that cause a rehash | (array slots + nodes afterwards) / 4 |",
        program: "local t = {} for i = 1, @ do t[i] = i end",
        price: |n| 2 * n + (n * 2 - 1) / 4,
        sizes: &[4, 64, 1024],
    },
    Formula {
        says: "; `math.randomseed` 62 |",
        program: "for i = 1, @ do math.randomseed(i) end",
        // GETGLOBAL, GETTABLE, MOVE, CALL, FORLOOP.
        price: |n| n * (5 + 310 / 5),
        sizes: &[1, 10, 100],
    },
    Formula {
        says: "another three tenths of the exponent",
        program: "for i = 1, @ do local s = ('%.99f'):format(1e300) end",
        price: |n| n * price_of_99_digits(996 * 3 / 10, 996),
        sizes: &[1, 10],
    },
    Formula {
        says: "as many as the precision says",
        program: "for i = 1, @ do local s = ('%.99e'):format(1e-300) end",
        price: |n| n * price_of_99_digits(997 * 3 / 10, 997),
        sizes: &[1, 10],
    },
    Formula {
        says: "but for `%f` of a number below 1 another",
        program: "for i = 1, @ do local s = ('%.99f'):format(1e-300) end",
        price: |n| n * price_of_99_digits(0, 997),
        sizes: &[1, 10],
    },
    Formula {
        says: "each place with both of its rarest bytes / 2",
        program: "local s = ('z'):rep(@); local n = s:find(('z'):rep(31) .. 'e', 1, true)",
        // Eight places are tried before the rest is searched: portions overlap by the needle, and count for themselves.
        price: |n| (n + 32) / 64 + (n - 8 - 31) / 2,
        sizes: &[640, 6400, 8_000],
    },
    Formula {
        says: "once there are 32 such places bytes / 8",
        program: "local s = ('z'):rep(@); local n = s:find(('z'):rep(99) .. 'e', 1, true)",
        price: |n| (n + 100) / 64 + (n - 8) / 8,
        sizes: &[640, 6400, 8_000],
    },
    Formula {
        says: "for a text of more than 1024 bytes 1 for 16 bytes that the two-way algorithm looks at",
        program: "local s = ('z'):rep(@); local n = s:find(('y'):rep(2000), 1, true)",
        // Twice through the text for what it repeats, and once through the places where it may be.
        price: |n| (2 * 2000 + n - 2000) / 16,
        sizes: &[6400, 64_000],
    },
    Formula {
        says: "| `table.pack` | values / 8 |",
        program: "local t = table.pack(unpack({}, 1, @))",
        price: |n| n / 8 + n / 8,
        sizes: &[0, 64, 640, 6400],
    },
    Formula {
        says: "| `table.move` | values / 8, if all places",
        program: "local t = {unpack({}, 1, @)} table.move(t, 1, @, 1)",
        price: |n| 3 * (n / 8) + n / 16,
        sizes: &[0, 64, 640],
    },
    Formula {
        says: "| `bit.band`, `bit.bor`, `bit.bxor`, and in `bit32` also `bit32.btest` | arguments / 4 |",
        program: "local n = bit32.band(unpack({}, 1, 0)) for i = 1, @ do bit.band(1, 2, 3, 4, 5, 6, 7, 8) end",
        price: |n| n * (12 + 8 / 4),
        sizes: &[1, 10, 100],
    },
    Formula {
        says: "| `utf8.len`, `utf8.offset`, a step of `utf8.codes` | bytes walked / 16,",
        program: "local s = S; local n = utf8.len(s)",
        price: |n| n / 16,
        sizes: &[0, 64, 1600, 4096],
    },
    Formula {
        says: "| `utf8.codepoint` | code points / 4 |",
        program: "local s = S; local n = utf8.codepoint(s, 1, -1)",
        price: |n| n / 4,
        sizes: &[1, 64, 6400],
    },
    Formula {
        says: "| `string.pack`, `string.packsize` | bytes of the format / 2;",
        program: "local s = (' '):rep(@); local n = string.packsize(s)",
        price: |n| n / 2,
        sizes: &[0, 64, 6400],
    },
    Formula {
        says: "| `string.unpack` | 1 for each option,",
        program: "local s = (' '):rep(@); local n = string.unpack(s, '')",
        price: |n| n,
        sizes: &[0, 64, 6400],
    },
    Formula {
        says: "| `next`, and what `pairs` gives | places skipped / 8, when there are more than 8 |",
        program: "local t = {unpack({}, 1, @)}; next(t)",
        price: |n| n / 8 * 3 + n / 16,
        sizes: &[64, 640],
    },
    Formula {
        says: "| `string.byte` | values / 8 (a single one nothing) |",
        program: "local s = S; local n = s:byte(1, -1)",
        price: |n| n / 8,
        sizes: &[64, 640, 6400],
    },
    Formula {
        says: "| `table.maxn` | (array slots + nodes) / 8 |",
        program: "local t = {unpack({}, 1, @)}; table.maxn(t)",
        price: |n| n / 8 * 3 + n / 16,
        sizes: &[64, 640],
    },
    Formula {
        says: "| `print` | for each value 1 + bytes / 64",
        program: "local s = S; print(s)",
        price: |n| n / 64,
        sizes: &[64, 640, 64_000],
    },
    Formula {
        says: "| `string.sub` | bytes of the result / 64 (up to 64 bytes, and the whole string, nothing) |",
        program: "local s = S .. 'x'; local t = s:sub(1, -2)",
        price: |n| made(n + 1, JOINED) + made(n, WHOLE),
        sizes: BYTES,
    },
];

/// What a turn of a loop costs that makes 99 digits and passes some others.
fn price_of_99_digits(passed: i64, exponent: i64) -> i64 {
    let hard = 99 + passed - 16;
    // LOADK, SELF, LOADK, CALL, FORLOOP.
    5 + 1 + 8 + exponent / 8 + hard / 4 + hard * exponent / 2048
}

/// Longest results that are made at once and not compared in portions: of `..`, and of functions.
const JOINED: i64 = 32_768;
const WHOLE: i64 = 8192;

/// What making a string of `n` bytes costs.
fn made(n: i64, most: i64) -> i64 {
    n / 64 + if n > most { n / 256 } else { 0 }
}

/// A program with a size put in.
fn at_size(program: &str, size: i64) -> String {
    let string = format!("('x'):rep({size})");
    program
        .replace('S', &string)
        .replace('@', &size.to_string())
}

#[test]
fn prices_are_what_the_formulas_say() {
    let (page, mut wrong) = (page(), String::new());
    for formula in FORMULAS {
        assert!(
            page.contains(formula.says),
            "spec.md does not say: {}",
            formula.says
        );
        // What `rep` costs, for each time that the program makes a string of the size.
        let count =
            formula.program.matches('S').count() + formula.program.matches("rep(@)").count();
        let price = |size: i64| (formula.price)(size) + made(size, WHOLE) * count as i64;
        let first = formula.sizes[0];
        let fixed = fuel_of(&at_size(formula.program, first)) - price(first);
        for &size in formula.sizes {
            let source = at_size(formula.program, size);
            let says = formula.says;
            let (measured, computed) = (fuel_of(&source), fixed + price(size));
            if measured != computed {
                wrong += &format!("{says}: {source} takes {measured}, not {computed}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn dialects_cost_the_same() {
    for source in MEASURED {
        let units = fuel_of(source);
        for (name, dialect) in Dialect::NAMES {
            let got = fuel_in(dialect, source);
            assert_eq!(got, units, "{source} in the dialect {name}");
        }
    }
}
