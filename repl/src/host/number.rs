//! A number at the head of a stream, taken byte by byte as C's `fscanf("%lf")` takes it.
//! Must not know streams: it is fed one byte at a time.

/// What the scanner says to a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// The byte is taken.
    Taken,
    /// The byte is not part of the number; it stays.
    Stop,
    /// The byte is taken, but there is no number.
    Fail,
}

/// The scanner's state.
#[derive(Debug, Default)]
pub struct Scanner {
    text: Vec<u8>,
    state: State,
    hex: bool,
    digit: bool,
    dot: bool,
    exponent: bool,
    word: &'static [u8],
    fits: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Blank,
    Signed,
    Zero,
    Digits,
    Word,
    Done,
}

/// Longest text of a number that is looked at; digits beyond it are taken and dropped.
const MAX_TEXT: usize = 1 << 16;

/// What C's `isspace` says.
pub fn is_blank(byte: u8) -> bool {
    byte == b' ' || (9..=13).contains(&byte)
}

impl Scanner {
    /// Takes the next byte.
    pub fn feed(&mut self, byte: u8) -> Scan {
        match self.state {
            State::Blank if is_blank(byte) => Scan::Taken,
            State::Blank if byte == b'-' || byte == b'+' => {
                self.state = State::Signed;
                self.take(byte)
            }
            State::Blank | State::Signed => self.first(byte),
            State::Zero if byte.eq_ignore_ascii_case(&b'x') => {
                self.state = State::Digits;
                self.hex = true;
                self.digit = false;
                self.take(byte)
            }
            State::Zero => {
                self.state = State::Digits;
                self.digits(byte)
            }
            State::Digits => self.digits(byte),
            State::Word => self.letter(byte),
            State::Done => Scan::Stop,
        }
    }

    fn take(&mut self, byte: u8) -> Scan {
        if self.text.len() < MAX_TEXT {
            self.text.push(byte);
        }
        Scan::Taken
    }

    fn first(&mut self, byte: u8) -> Scan {
        match byte.to_ascii_lowercase() {
            b'n' => self.begin_word(byte, b"an"),
            b'i' => self.begin_word(byte, b"nf"),
            b'0' => {
                self.state = State::Zero;
                self.digit = true;
                self.take(byte)
            }
            _ => {
                self.state = State::Digits;
                self.digits(byte)
            }
        }
    }

    fn begin_word(&mut self, byte: u8, rest: &'static [u8]) -> Scan {
        self.state = State::Word;
        self.word = rest;
        self.take(byte)
    }

    fn letter(&mut self, byte: u8) -> Scan {
        let lower = byte.to_ascii_lowercase();
        if let Some((first, rest)) = self.word.split_first() {
            if *first != lower {
                self.text.clear();
                return Scan::Fail;
            }
            self.word = rest;
            self.fits = rest.is_empty();
            if rest.is_empty() && lower == b'n' || rest.is_empty() && lower == b'y' {
                self.state = State::Done;
            }
            return self.take(byte);
        }
        if lower == b'i' {
            self.word = b"nity";
            self.fits = false;
            return self.take(byte);
        }
        Scan::Stop
    }

    fn digits(&mut self, byte: u8) -> Scan {
        let mark = if self.hex { b'p' } else { b'e' };
        let after_mark = self.exponent
            && self
                .text
                .last()
                .is_some_and(|last| last.eq_ignore_ascii_case(&mark));
        let digit =
            byte.is_ascii_digit() || (self.hex && !self.exponent && byte.is_ascii_hexdigit());
        if digit {
            self.digit = true;
        } else if after_mark && matches!(byte, b'-' | b'+') {
            // The sign of the exponent.
        } else if self.digit && !self.exponent && byte.eq_ignore_ascii_case(&mark) {
            self.exponent = true;
            self.dot = true;
        } else if !self.dot && byte == b'.' {
            self.dot = true;
        } else {
            return Scan::Stop;
        }
        self.take(byte)
    }

    /// The number that was taken, if it is one: the longest head that C's `strtod` reads.
    pub fn finish(&self) -> Option<f64> {
        if self.state == State::Word && !self.fits {
            return None;
        }
        let signed = matches!(self.text.first(), Some(b'-' | b'+'));
        if self.hex && self.text.len() == 2 + usize::from(signed) {
            return None;
        }
        let mut head = self.text.as_slice();
        // At most an unfinished exponent has to go: a mark and a sign.
        for _ in 0..3 {
            if let Some(n) = bvm_isa::number::parse_number(head) {
                return Some(n);
            }
            head = head.split_last()?.1;
        }
        None
    }
}
