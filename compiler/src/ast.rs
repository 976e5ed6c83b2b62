//! The syntax tree: plain data in an arena, in source order, without positions. The emitter walks
//! it token by token and so knows at every moment which token `luac` would have reached.
//! Chains of operators and of suffixes are flat lists, so only real nesting makes it deep.

use crate::pool::Sym;

/// Statements in a row; only the last one can be `return` or `break`.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub stats: &'a [Stat<'a>],
    /// The labels among them, which a `goto` may name before it meets them.
    pub labels: &'a [Sym],
}

/// A statement and whether a semicolon follows.
#[derive(Clone, Copy, Debug)]
pub struct Stat<'a> {
    pub kind: StatKind<'a>,
    pub semicolon: bool,
}

/// What a statement does.
#[derive(Clone, Copy, Debug)]
pub enum StatKind<'a> {
    Assign(&'a Assign<'a>),
    Break,
    Call(Expr<'a>),
    Do(&'a Block<'a>),
    ForIn(&'a ForIn<'a>),
    ForNumber(&'a ForNumber<'a>),
    Function(&'a NamedFunction<'a>),
    Goto(Sym),
    If(&'a If<'a>),
    Label(Label),
    Local(&'a Local<'a>),
    LocalFunction(Sym, &'a Function<'a>),
    Repeat(&'a Clause<'a>),
    Return(&'a [Expr<'a>]),
    While(&'a Clause<'a>),
}

/// `::name::`
#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub name: Sym,
    /// Nothing but labels comes behind it in its block.
    pub at_end: bool,
}

/// `targets = values`
#[derive(Clone, Copy, Debug)]
pub struct Assign<'a> {
    pub targets: &'a [Expr<'a>],
    pub values: &'a [Expr<'a>],
}

/// `for names in values do body end`
#[derive(Clone, Copy, Debug)]
pub struct ForIn<'a> {
    pub names: &'a [Sym],
    pub values: &'a [Expr<'a>],
    pub body: &'a Block<'a>,
}

/// `for name = start, limit, step do body end`
#[derive(Clone, Copy, Debug)]
pub struct ForNumber<'a> {
    pub name: Sym,
    pub start: Expr<'a>,
    pub limit: Expr<'a>,
    pub step: Option<Expr<'a>>,
    pub body: &'a Block<'a>,
}

/// `function a.b.c:method() end`
#[derive(Clone, Copy, Debug)]
pub struct NamedFunction<'a> {
    pub path: &'a [Sym],
    pub method: Option<Sym>,
    pub function: &'a Function<'a>,
}

/// `if`, its `elseif`s and its `else`
#[derive(Clone, Copy, Debug)]
pub struct If<'a> {
    pub clauses: &'a [Clause<'a>],
    pub otherwise: Option<&'a Block<'a>>,
}

/// A condition and the block that it guards.
#[derive(Clone, Copy, Debug)]
pub struct Clause<'a> {
    pub condition: Expr<'a>,
    pub body: &'a Block<'a>,
}

/// `local names = values`; no values means no `=` either.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    pub names: &'a [Sym],
    pub values: &'a [Expr<'a>],
}

/// Parameters and body of a function.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    pub params: &'a [Sym],
    pub vararg: bool,
    pub body: &'a Block<'a>,
}

/// An expression.
#[derive(Clone, Copy, Debug)]
pub enum Expr<'a> {
    Nil,
    True,
    False,
    Vararg,
    Number(f64),
    Str(Sym),
    Name(Sym),
    Paren(&'a Expr<'a>),
    Function(&'a Function<'a>),
    Table(&'a Table<'a>),
    Suffixed(&'a Suffixed<'a>),
    Operation(&'a Operation<'a>),
}

/// A name or parenthesised expression with fields, indices and calls behind it.
#[derive(Clone, Copy, Debug)]
pub struct Suffixed<'a> {
    pub head: Expr<'a>,
    pub suffixes: &'a [Suffix<'a>],
}

/// One step of a suffix chain.
#[derive(Clone, Copy, Debug)]
pub enum Suffix<'a> {
    Field(Sym),
    Index(Expr<'a>),
    Call(Args<'a>),
    Method(Sym, Args<'a>),
}

/// Arguments of a call.
#[derive(Clone, Copy, Debug)]
pub enum Args<'a> {
    List(&'a [Expr<'a>]),
    Str(Sym),
    Table(&'a Table<'a>),
}

/// A table constructor and whether a separator stands before its `}`.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    pub fields: &'a [Field<'a>],
    pub trailing: bool,
}

/// One entry of a table constructor.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    Item(Expr<'a>),
    Named(Sym, Expr<'a>),
    Keyed(&'a Expr<'a>, Expr<'a>),
}

/// Operands and operators as written: `- a + b ^ c`.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a>(pub &'a [Item<'a>]);

/// One piece of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    Operand(Expr<'a>),
    Unary(Unary),
    Binary(Binary),
}

/// Unary operators; they bind tighter than all binary ones except `^`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Minus,
    Not,
    Len,
}

macro_rules! binary {
    ($($name:ident $left:literal $right:literal;)*) => {
        /// Binary operators.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Binary { $($name,)* }

        impl Binary {
            /// How tightly it holds its left operand.
            pub fn left(self) -> u8 { match self { $(Binary::$name => $left,)* } }
            /// How tightly it holds its right operand; less than left means right-associative.
            pub fn right(self) -> u8 { match self { $(Binary::$name => $right,)* } }
        }
    };
}

/// How tightly a unary operator holds its operand.
pub const UNARY_PRIORITY: u8 = 8;

binary! {
    Or 1 1;
    And 2 2;
    Equal 3 3;
    NotEqual 3 3;
    Less 3 3;
    LessEqual 3 3;
    Greater 3 3;
    GreaterEqual 3 3;
    Concat 5 4;
    Add 6 6;
    Sub 6 6;
    Mul 7 7;
    Div 7 7;
    Mod 7 7;
    Pow 10 9;
}
