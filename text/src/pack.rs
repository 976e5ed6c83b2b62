//! The formats of `string.pack` and `string.unpack` as in Lua 5.3: options, alignment, numbers as bytes.
//! Must not know where values come from or go to.
//!
//! Sizes are those of C on 64-bit Linux, so that a format means the same everywhere; the order of bytes
//! is that of the least first unless the format says otherwise.

/// Largest size of an integer, and the largest alignment.
pub const MAX_INTEGER: usize = 16;

/// Alignment after `!` without a number.
const NATIVE_ALIGN: usize = 8;

/// Size of C's `int`, and of `long`, `size_t` and Lua's numbers.
const INT: usize = 4;
const LONG: usize = 8;

/// Numbers in formats end before they can grow beyond this.
const MAX_NUMBER: usize = i32::MAX as usize;

/// What an option stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An integer with a sign, in two's complement.
    Signed,
    /// An integer without one.
    Unsigned,
    /// A number of 4 bytes.
    Float,
    /// A number of 8 bytes.
    Double,
    /// A string in as many bytes as the field has.
    Chars,
    /// A string after its length; the field is that of the length.
    Counted,
    /// A string and a zero byte.
    Zeroed,
    /// Bytes that mean nothing, or none: an option that sets something.
    Nothing,
}

/// An option as it applies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it stands for.
    pub kind: Kind,
    /// Its bytes, as far as the format says.
    pub size: usize,
    /// Bytes that go before it to align it.
    pub padding: usize,
    /// Whether the byte of least value comes first.
    pub little: bool,
}

/// What is wrong with a format, in Lua's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackError {
    /// No size that an integer or an alignment can have.
    Size(usize),
    /// `c` without a number.
    NoSize,
    /// A byte that is no option.
    Option(u8),
    /// `X` before what has no alignment.
    Next,
    /// An alignment that is no power of 2.
    Alignment,
}

impl PackError {
    /// The message.
    pub fn message(self) -> Vec<u8> {
        match self {
            PackError::Size(size) => {
                format!("integral size ({size}) out of limits [1,{MAX_INTEGER}]").into_bytes()
            }
            PackError::NoSize => b"missing size for format option 'c'".to_vec(),
            PackError::Option(byte) => [b"invalid format option '", &[byte][..], b"'"].concat(),
            PackError::Next => b"invalid next option for option 'X'".to_vec(),
            PackError::Alignment => b"format asks for alignment not power of 2".to_vec(),
        }
    }

    /// Whether Lua says it about the argument that the format is.
    pub fn is_of_argument(self) -> bool {
        matches!(self, PackError::Next | PackError::Alignment)
    }
}

/// A format as far as it has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    at: usize,
    little: bool,
    most_align: usize,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout::restore(0, 1 << 1 | 1)
    }
}

impl Layout {
    /// The state that [`Layout::save`] gave.
    pub fn restore(at: u32, rules: u32) -> Layout {
        Layout {
            at: at as usize,
            little: rules & 1 != 0,
            most_align: (rules as usize >> 1).clamp(1, MAX_INTEGER),
        }
    }

    /// The state as two numbers.
    pub fn save(&self) -> (u32, u32) {
        let rules = (self.most_align as u32) << 1 | u32::from(self.little);
        (self.at as u32, rules)
    }

    /// Reads one option, for a field that begins `offset` bytes after the start; `None` at the end, which
    /// as in C is before the first zero byte.
    pub fn next(&mut self, format: &[u8], offset: usize) -> Option<Result<Field, PackError>> {
        self.peek(format).map(|_| self.field(format, offset))
    }

    fn peek(&self, format: &[u8]) -> Option<u8> {
        format.get(self.at).copied().filter(|&byte| byte != 0)
    }

    fn field(&mut self, format: &[u8], offset: usize) -> Result<Field, PackError> {
        let aligns_next = self.peek(format) == Some(b'X');
        let (kind, size) = self.option(format)?;
        let mut align = size;
        if aligns_next {
            let next = match self.peek(format) {
                Some(_) => self.option(format)?,
                None => return Err(PackError::Next),
            };
            align = next.1;
            if next.0 == Kind::Chars || align == 0 {
                return Err(PackError::Next);
            }
        }
        let mut padding = 0;
        if align > 1 && kind != Kind::Chars {
            align = align.min(self.most_align);
            if !align.is_power_of_two() {
                return Err(PackError::Alignment);
            }
            padding = offset.wrapping_neg() & (align - 1);
        }
        Ok(Field {
            kind,
            size,
            padding,
            little: self.little,
        })
    }

    /// Reads an option; gives what it stands for and its size.
    fn option(&mut self, format: &[u8]) -> Result<(Kind, usize), PackError> {
        let Some(option) = self.peek(format) else {
            return Ok((Kind::Nothing, 0));
        };
        self.at += 1;
        Ok(match option {
            b'b' => (Kind::Signed, 1),
            b'B' => (Kind::Unsigned, 1),
            b'h' => (Kind::Signed, 2),
            b'H' => (Kind::Unsigned, 2),
            b'l' | b'j' => (Kind::Signed, LONG),
            b'L' | b'J' | b'T' => (Kind::Unsigned, LONG),
            b'i' => (Kind::Signed, self.limited(format, INT)?),
            b'I' => (Kind::Unsigned, self.limited(format, INT)?),
            b'f' => (Kind::Float, 4),
            b'd' | b'n' => (Kind::Double, 8),
            b's' => (Kind::Counted, self.limited(format, LONG)?),
            b'c' => (Kind::Chars, self.number(format).ok_or(PackError::NoSize)?),
            b'z' => (Kind::Zeroed, 0),
            b'x' => (Kind::Nothing, 1),
            b'X' => (Kind::Nothing, 0),
            other => {
                self.set(other, format)?;
                (Kind::Nothing, 0)
            }
        })
    }

    /// Options that set something.
    fn set(&mut self, option: u8, format: &[u8]) -> Result<(), PackError> {
        match option {
            b' ' => {}
            b'<' | b'=' => self.little = true,
            b'>' => self.little = false,
            b'!' => self.most_align = self.limited(format, NATIVE_ALIGN)?,
            other => return Err(PackError::Option(other)),
        }
        Ok(())
    }

    /// Reads digits, as many as are sure to give a C `int`.
    fn number(&mut self, format: &[u8]) -> Option<usize> {
        let digit = |at| {
            let byte: u8 = *format.get(at)?;
            byte.is_ascii_digit().then(|| usize::from(byte - b'0'))
        };
        let mut number = digit(self.at)?;
        self.at += 1;
        while number <= (MAX_NUMBER - 9) / 10
            && let Some(next) = digit(self.at)
        {
            number = number * 10 + next;
            self.at += 1;
        }
        Some(number)
    }

    /// Reads the size of an integer, or takes the usual one.
    fn limited(&mut self, format: &[u8], usual: usize) -> Result<usize, PackError> {
        let size = self.number(format).unwrap_or(usual);
        match (1..=MAX_INTEGER).contains(&size) {
            true => Ok(size),
            false => Err(PackError::Size(size)),
        }
    }
}

/// Appends an integer in `size` bytes, 16 at most; what does not fit is cut.
pub fn write_integer(n: i128, size: usize, little: bool, out: &mut Vec<u8>) {
    let bytes = n.to_le_bytes();
    write_bytes(bytes.get(..size).unwrap_or(&bytes), little, out);
}

/// Appends bytes of which the first is that of least value.
pub fn write_bytes(bytes: &[u8], little: bool, out: &mut Vec<u8>) {
    match little {
        true => out.extend_from_slice(bytes),
        false => out.extend(bytes.iter().rev()),
    }
}

/// The integer in up to 16 bytes, as the bits of 128.
pub fn read_integer(bytes: &[u8], signed: bool, little: bool) -> i128 {
    let mut n: i128 = 0;
    let mut add = |&byte: &u8| n = n << 8 | i128::from(byte);
    match little {
        true => bytes.iter().rev().for_each(&mut add),
        false => bytes.iter().for_each(&mut add),
    }
    let unused = 128 - 8 * bytes.len().min(MAX_INTEGER) as u32;
    match signed && unused < 128 {
        true => n << unused >> unused,
        false => n,
    }
}

/// The first `N` bytes in the order of their value; zeros where there are none.
pub fn read_bytes<const N: usize>(bytes: &[u8], little: bool) -> [u8; N] {
    let mut all = [0; N];
    all.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from);
    if !little {
        all.reverse();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Kind, Layout, PackError, read_integer, write_integer};

    fn fields(format: &[u8]) -> Result<Vec<(Kind, usize, usize)>, PackError> {
        let (mut layout, mut offset, mut found) = (Layout::default(), 0, Vec::new());
        while let Some(field) = layout.next(format, offset) {
            let field = field?;
            offset += field.padding + field.size;
            found.push((field.kind, field.padding, field.size));
        }
        Ok(found)
    }

    #[test]
    fn fields_are_aligned_when_asked() {
        let found = fields(b"!bih!2d").unwrap_or_default();
        let sizes: Vec<_> = found.iter().map(|field| (field.1, field.2)).collect();
        assert_eq!(sizes, [(0, 0), (0, 1), (3, 4), (0, 2), (0, 0), (0, 8)]);
        assert_eq!(fields(b"!4bXi\0y").map(|f| f.len()), Ok(3));
        assert_eq!(fields(b"X"), Err(PackError::Next));
        assert_eq!(fields(b"!i3"), Err(PackError::Alignment));
        assert_eq!(fields(b"i17"), Err(PackError::Size(17)));
        assert_eq!(fields(b"cz"), Err(PackError::NoSize));
        assert_eq!(fields(b"c99999999999"), Err(PackError::Option(b'9')));
    }

    #[test]
    fn integers_come_back() {
        for size in 1..=16 {
            for n in [0, 1, 100, -1, -128] {
                for little in [true, false] {
                    let mut bytes = Vec::new();
                    write_integer(n, size, little, &mut bytes);
                    assert_eq!(bytes.len(), size);
                    assert_eq!(read_integer(&bytes, true, little), n);
                }
            }
        }
        assert_eq!(read_integer(&[0xFE, 0xFF], false, true), 0xFFFE);
    }
}
