//! Random Lua 5.1 programs whose output is the same in every correct implementation: bounded in time
//! and size, no addresses, no order of hash keys, no NaN or negative zero as text, no yields across
//! natives. Must not know the machine.
//!
//! A program is a pure function of its seed.

mod calls;
mod expression;
pub mod rng;
mod statement;

pub use calls::calls;
use rng::Rng;

/// What a variable holds, as far as the generator cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Flag,
    /// A sequence of numbers.
    List,
    /// Numbers under the keys a, b, c.
    Record,
    /// A function of numbers that returns numbers.
    Function,
    /// An object with all metamethods; its field `v` is a number.
    Object,
    /// A value that operations will refuse.
    Wrong,
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    kind: Kind,
    /// A loop's variable, which is not assigned to.
    fixed: bool,
}

/// A program in the making.
#[derive(Debug)]
struct Generator {
    rng: Rng,
    text: String,
    indent: usize,
    scope: Vec<Variable>,
    /// Statements that may still be generated.
    left: u32,
    names: u32,
    nesting: u32,
    /// Within a loop of the function being generated.
    in_loop: bool,
    /// Directly in a coroutine's body, where it can yield.
    can_yield: bool,
    vararg: bool,
}

/// The helpers that keep programs bounded and their output comparable.
const PRELUDE: &str = include_str!("prelude.lua");

/// The program of a seed, of about `statements` statements.
pub fn program(seed: u64, statements: u32) -> String {
    let mut generator = Generator {
        rng: Rng::new(seed),
        text: PRELUDE.to_owned(),
        indent: 0,
        scope: Vec::new(),
        left: statements,
        names: 0,
        nesting: 0,
        in_loop: false,
        can_yield: false,
        vararg: false,
    };
    for kind in [
        Kind::Number,
        Kind::Text,
        Kind::List,
        Kind::Record,
        Kind::Object,
        Kind::Wrong,
    ] {
        generator.declare(kind);
    }
    while generator.left > 0 {
        generator.statement();
    }
    generator.show_all();
    generator.text
}

impl Generator {
    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.text.push_str("  ");
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn fresh_name(&mut self) -> String {
        self.names += 1;
        // Names are used again, so that they shadow each other; locals of one function stay few.
        format!(
            "{}{}",
            ["a", "b", "c", "x", "y"][self.rng.below(5)],
            self.names % 17
        )
    }

    fn add(&mut self, name: &str, kind: Kind, fixed: bool) {
        self.scope.retain(|v| v.name != name);
        self.scope.push(Variable {
            name: name.to_owned(),
            kind,
            fixed,
        });
    }

    /// A visible variable of a kind.
    fn pick(&mut self, kind: Kind, assignable: bool) -> Option<String> {
        let fits = |v: &&Variable| v.kind == kind && !(assignable && v.fixed);
        let found: Vec<&Variable> = self.scope.iter().filter(fits).collect();
        if found.is_empty() {
            return None;
        }
        let chosen = self.rng.below(found.len());
        Some(found[chosen].name.clone())
    }

    /// Prints every visible variable whose text is comparable.
    fn show_all(&mut self) {
        for v in self.scope.clone() {
            let text = match v.kind {
                Kind::Number | Kind::Text | Kind::Flag => format!("out({:?}, {})", v.name, v.name),
                Kind::List => format!("out({:?}, #{}, unpack({}))", v.name, v.name, v.name),
                Kind::Record => {
                    let n = &v.name;
                    format!("out({n:?}, {n}.a, {n}.b, {n}.c)")
                }
                Kind::Object => format!("out({:?}, {}.v)", v.name, v.name),
                Kind::Function | Kind::Wrong => continue,
            };
            self.line(&text);
        }
    }

    /// Generates a nested block; what it declares goes out of scope.
    fn block(&mut self, statements: usize) {
        let outer = self.scope.clone();
        self.indent += 1;
        self.nesting += 1;
        for _ in 0..statements {
            if self.left > 0 {
                self.statement();
            }
        }
        self.nesting -= 1;
        self.indent -= 1;
        self.scope = outer;
    }

    /// Generates a function's body with its own loops, varargs and yields.
    fn body(&mut self, vararg: bool, can_yield: bool, fill: impl FnOnce(&mut Generator)) {
        let outer = (
            self.in_loop,
            self.can_yield,
            self.vararg,
            self.scope.clone(),
        );
        (self.in_loop, self.can_yield, self.vararg) = (false, can_yield, vararg);
        fill(self);
        (self.in_loop, self.can_yield, self.vararg, self.scope) = outer;
    }
}
