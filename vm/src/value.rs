//! The value word: one 64-bit NaN-boxed word for everything a register or table slot can hold.
//!
//! ```text
//!   number     any double that is not a NaN, or one of the two canonical NaNs (7FF80000... and FFF80000...)
//!   other      | tag : 32 (FFFFFFxx) | payload : 32 |
//!              nil FFFFFFFF:FFFFFFFF   false FFFFFFFE:0   true FFFFFFFD:0
//!              string, table, function, userdata, thread: payload = offset of the object in the cage
//! ```
//!
//! A tagged word read as a double is a quiet NaN, so arithmetic on it yields a NaN and one check of
//! the result guards both operands. Must not know the heap or the cage.

/// Tag of `nil`.
pub const TAG_NIL: u32 = 0xFFFF_FFFF;
/// Tag of `false`; a word is falsy when its tag is at or above this.
pub const TAG_FALSE: u32 = 0xFFFF_FFFE;
/// Tag of `true`.
pub const TAG_TRUE: u32 = 0xFFFF_FFFD;
/// Tag of a light userdata: a bare 32-bit number that only the host interprets.
pub const TAG_LIGHT: u32 = 0xFFFF_FFFC;
/// Tag of a string.
pub const TAG_STRING: u32 = 0xFFFF_FFFB;
/// Tag of a table.
pub const TAG_TABLE: u32 = 0xFFFF_FFFA;
/// Tag of a function, Lua or native.
pub const TAG_FUNCTION: u32 = 0xFFFF_FFF9;
/// Tag of a full userdata.
pub const TAG_USERDATA: u32 = 0xFFFF_FFF8;
/// Tag of a coroutine.
pub const TAG_THREAD: u32 = 0xFFFF_FFF7;
/// Tags at or above this are not numbers.
pub const TAG_MIN: u32 = 0xFFFF_FF00;

/// A Lua value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(pub u64);

/// The type of a value, in the order and with the names of Lua.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Type {
    /// `nil`
    Nil,
    /// `true` and `false`
    Boolean,
    /// A light userdata.
    LightUserdata,
    /// A double.
    Number,
    /// A byte string.
    String,
    /// A table.
    Table,
    /// A Lua or native function.
    Function,
    /// A full userdata.
    Userdata,
    /// A coroutine.
    Thread,
}

impl Type {
    /// Lua's name of the type, as `type()` returns it.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::LightUserdata | Type::Userdata => "userdata",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::Thread => "thread",
        }
    }
}

impl Value {
    /// `nil`
    pub const NIL: Value = Value(u64::MAX);
    /// `false`
    pub const FALSE: Value = Value::tagged(TAG_FALSE, 0);
    /// `true`
    pub const TRUE: Value = Value::tagged(TAG_TRUE, 0);

    /// A word of a tag and a payload.
    #[inline(always)]
    pub const fn tagged(tag: u32, payload: u32) -> Value {
        Value((tag as u64) << 32 | payload as u64)
    }

    /// A number; any NaN becomes the canonical NaN of its sign.
    #[inline(always)]
    pub fn number(n: f64) -> Value {
        if n.is_nan() {
            Value(0x7FF8_0000_0000_0000 | n.to_bits() & 1 << 63)
        } else {
            Value(n.to_bits())
        }
    }

    /// A boolean.
    #[inline(always)]
    pub const fn boolean(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// The upper half: the tag, or a part of the double.
    #[inline(always)]
    pub const fn tag(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The lower half: the payload, meaningful for tagged words.
    #[inline(always)]
    pub const fn payload(self) -> u32 {
        self.0 as u32
    }

    /// Whether this is a number.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.tag() < TAG_MIN
    }

    /// The number, when it is one.
    #[inline(always)]
    pub const fn as_number(self) -> Option<f64> {
        if self.is_number() {
            Some(f64::from_bits(self.0))
        } else {
            None
        }
    }

    /// Whether this is `nil`.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.tag() == TAG_NIL
    }

    /// Whether this counts as false in a condition.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.tag() >= TAG_FALSE
    }

    /// The payload when the tag is `tag`.
    #[inline(always)]
    pub const fn untag(self, tag: u32) -> Option<u32> {
        if self.tag() == tag {
            Some(self.payload())
        } else {
            None
        }
    }

    /// Whether this is a reference to an object in the cage.
    #[inline(always)]
    pub const fn is_object(self) -> bool {
        self.tag() >= TAG_THREAD && self.tag() <= TAG_STRING
    }

    /// The type.
    pub const fn type_of(self) -> Type {
        match self.tag() {
            TAG_NIL => Type::Nil,
            TAG_FALSE | TAG_TRUE => Type::Boolean,
            TAG_LIGHT => Type::LightUserdata,
            TAG_STRING => Type::String,
            TAG_TABLE => Type::Table,
            TAG_FUNCTION => Type::Function,
            TAG_USERDATA => Type::Userdata,
            TAG_THREAD => Type::Thread,
            _ => Type::Number,
        }
    }

    /// The name of the type.
    pub const fn type_name(self) -> &'static str {
        self.type_of().name()
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.as_number() {
            Some(n) => write!(f, "{n}"),
            None => write!(f, "{}@{:#x}", self.type_name(), self.payload()),
        }
    }
}

/// The integer that a double is, when it is one of 32 bits.
#[inline(always)]
pub fn small_int(n: f64) -> Option<i32> {
    // 1.5 * 2^52: adding it leaves the rounded integer in the low half of the bits, in two
    // instructions where `as` needs six to saturate. What does not fit fails the comparison.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let i = (n + SHIFT).to_bits() as u32 as i32;
    if f64::from(i) == n { Some(i) } else { None }
}
