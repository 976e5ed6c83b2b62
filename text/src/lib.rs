//! The standard library's pure algorithms: bytes and numbers in, bytes and numbers out.
//! Nothing here may know the VM, its values, the host, the clock or the locale.
//!
//! Every algorithm gives the bytes that Lua 5.1.5 gives in the C locale on 64-bit Linux.
//! Those that can run long are metered: a [`Matcher`] stops when its budget is spent and
//! goes on later, and the total it spends does not depend on how it was sliced.
//!
//! ```
//! use bvm_text::{Capture, Caret, Matcher, Outcome, Syntax};
//!
//! let (text, pattern) = (b"key = value", b"(%w+)%s*=%s*(%w+)");
//! let mut matcher = Matcher::start(text.len(), pattern.len(), 0, Caret::Anchors, Syntax::Lua51);
//! let mut budget = 1_000;
//! let outcome = matcher.run(text, pattern, &mut budget);
//! assert_eq!(outcome, Outcome::Match { start: 0, end: 11 });
//! assert_eq!(matcher.captures(), [Capture::Span(0, 3), Capture::Span(6, 11)]);
//! ```
#![forbid(unsafe_code)]

mod classes;
mod date;
mod exact;
mod find;
mod float;
mod format;
mod image;
mod machine;
mod matcher;
mod needle;
pub mod pack;
mod pending;
mod program;
mod quick;
mod radix;
mod records;
mod replace;
mod utf8;

pub use date::{Fields, Tm, civil_from_days, days_from_civil, normalize, os_date, strftime};
pub use find::{find_plain, find_plain_paid, first_special, plain_cost};
pub use float::price_of_digits;
pub use format::{
    Chunk, Conversion, Flags, FormatError, MAX_ITEM, Spec, bytes, character, chunks, number,
    quoted, quoted_part, scan, string,
};
pub use matcher::{Capture, Caret, MAX_CAPTURES, Matcher, Outcome, PatternError};
pub use needle::LongNeedle;
pub use program::Syntax;
pub use radix::tonumber_radix;
pub use replace::{Expanded, expand, nth_capture};
pub use utf8::{MAX_CODE_POINT, decode_utf8, encode_utf8, is_continuation};
