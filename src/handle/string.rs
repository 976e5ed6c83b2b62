//! Strings of Lua outside a guest.

use std::fmt;
use std::ops::Deref;
use std::string::FromUtf8Error;

/// A byte string: a copy of what a guest has, or what it is to get.
///
/// Lua's strings are bytes of any encoding or none. This one is used as a slice of bytes, and shows itself as text.
///
/// ```
/// use bvm::{Lua, Str};
/// let lua = Lua::new()?;
/// let bytes: Str = lua.load(r"return '\255\0'").eval()?;
/// assert_eq!(bytes, [255, 0]);
/// assert!(bytes.to_str().is_err());
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Str(pub(crate) Vec<u8>);

impl Str {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The text, if it is one in UTF-8.
    ///
    /// # Errors
    /// Where it is not.
    pub fn to_str(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.0)
    }

    /// The text; what is not UTF-8 is replaced.
    pub fn to_string_lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl Deref for Str {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

macro_rules! from {
    ($($from:ty: |$v:ident| $make:expr;)*) => { $(
        impl From<$from> for Str {
            fn from($v: $from) -> Str { Str($make) }
        }
    )* };
}

from! {
    &str: |v| v.as_bytes().to_vec();
    String: |v| v.into_bytes();
    &[u8]: |v| v.to_vec();
    Vec<u8>: |v| v;
}

impl TryFrom<Str> for String {
    type Error = FromUtf8Error;

    fn try_from(bytes: Str) -> Result<String, FromUtf8Error> {
        String::from_utf8(bytes.0)
    }
}

macro_rules! equal {
    ($($other:ty)*) => { $(
        impl PartialEq<$other> for Str {
            fn eq(&self, other: &$other) -> bool {
                let other: &[u8] = other.as_ref();
                self.0 == other
            }
        }
    )* };
}

equal! { str &str String [u8] &[u8] Vec<u8> }

impl<const N: usize> PartialEq<[u8; N]> for Str {
    fn eq(&self, other: &[u8; N]) -> bool {
        self.0 == other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Str {
    fn eq(&self, other: &&[u8; N]) -> bool {
        self.0 == *other
    }
}
