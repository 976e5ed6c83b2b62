//! Tokens of Lua 5.1 and the rules by which logos finds them. No parsing, no messages.

use logos::{Lexer, Logos, Skip};

use crate::literal::{self, LexError, Scan};
use crate::numeral::numeral;
use crate::pool::Sym;

/// A token. A NUL byte stands for a second or third dot and for the letter and sign of an
/// exponent: `lua5.1` looks these up with C's `strchr`, which finds the end of its set too.
///
/// Of tokens that may be long the rules have the beginnings only: the rest is read by `literal` and `numeral`, at the pace.
///
/// `Name` and `Str` get their number from [`crate::lexer`], which owns the pool. Reserved words are names
/// for logos; the lexer knows them by their numbers.
#[derive(Logos, Clone, Copy, Debug, PartialEq)]
#[logos(utf8 = false, extras = Scan<'s>, error = LexError)]
#[logos(skip(r"[ \t\x0B\x0C]", literal::blanks))]
#[logos(skip(r"\r\n|\n\r|\n|\r", newline))]
#[logos(skip("--", literal::comment))]
pub enum Token {
    And,
    Break,
    Do,
    Else,
    ElseIf,
    End,
    False,
    For,
    Function,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("^")]
    Caret,
    #[token("#")]
    Hash,
    #[token("==")]
    Equal,
    #[token("~=")]
    NotEqual,
    #[token("<=")]
    LessEqual,
    #[token(">=")]
    GreaterEqual,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("=")]
    Assign,
    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token("[")]
    LeftBracket,
    #[token("]")]
    RightBracket,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[regex(r"\.[.\x00]")]
    Concat,
    #[regex(r"\.[.\x00][.\x00]")]
    Dots,
    #[regex(r"[A-Za-z_]", literal::name)]
    Name(Sym),
    #[regex(r"\.?[0-9]", numeral)]
    Number(f64),
    #[token("\"", literal::short_string)]
    #[token("'", literal::short_string)]
    #[token("[[", literal::long_string)]
    #[token("[=", literal::leveled_string)]
    Str(Sym),
    /// `goto` before a name at the start of a statement. Never found here: [`crate::lexer`] makes
    /// it of a `Name`, in dialects that have it.
    Goto,
    /// `::name::`, made of five tokens in the same way.
    Label(Sym),
    /// A byte that begins no token; the parser will refuse it.
    #[regex(r"(?s-u:.)", |lex| lex.slice().first().copied().unwrap_or(0), priority = 0)]
    Stray(u8),
}

/// The reserved words, in the order of their numbers in the pool.
pub const RESERVED: [Token; 21] = {
    use Token::*;
    [
        And, Break, Do, Else, ElseIf, End, False, For, Function, If, In, Local, Nil, Not, Or,
        Repeat, Return, Then, True, Until, While,
    ]
};

impl Token {
    /// Whether a statement may begin behind this token. The tokens that an expression or a name
    /// must follow are others, apart from `;` between the fields of a table.
    pub fn may_precede_statement(self) -> bool {
        use Token::*;
        matches!(
            self,
            Do | Then | Else | Repeat | Semicolon | Label(_) // what a block begins with, or a pause
                | End | Name(_) | Number(_) | Str(_) | Nil | True | False | Dots
                | RightParen | RightBrace | RightBracket
        )
    }
}

/// One line break, whatever its spelling.
fn newline(lex: &mut Lexer<'_, Token>) -> Result<Skip, LexError> {
    lex.extras.next_line();
    // There may be many before the next token.
    lex.extras.reach(lex.span().end)?;
    Ok(Skip)
}

macro_rules! texts {
    ($($variant:ident $text:literal)*) => {
        impl Token {
            /// How the token is written, for those that are always written alike.
            pub fn fixed_text(self) -> Option<&'static str> {
                match self {
                    $(Token::$variant => Some($text),)*
                    Token::Name(_) | Token::Number(_) | Token::Str(_) | Token::Stray(_) => None,
                    Token::Label(_) => Some("::"),
                }
            }
        }
    };
}

texts! {
    And "and" Break "break" Do "do" Else "else" ElseIf "elseif" End "end" False "false" For "for"
    Function "function" If "if" In "in" Local "local" Nil "nil" Not "not" Or "or" Repeat "repeat"
    Return "return" Then "then" True "true" Until "until" While "while"
    Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Caret "^" Hash "#"
    Equal "==" NotEqual "~=" LessEqual "<=" GreaterEqual ">=" Less "<" Greater ">" Assign "="
    LeftParen "(" RightParen ")" LeftBrace "{" RightBrace "}" LeftBracket "[" RightBracket "]"
    Semicolon ";" Colon ":" Comma "," Dot "." Concat ".." Dots "..."
    Goto "goto"
}
