//! Values as bytes, to be copied from guest to guest. Must not know a machine: `copy.rs` takes values apart and
//! puts them together.
//!
//! A message is a list of values up to an end, then for each table that it has come to, in that order, keys
//! and values up to an end. A table that comes up again is its number.

/// Most bytes of a message.
pub const MOST: usize = 1 << 20;

/// What stands before a value.
mod tag {
    pub const NIL: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    /// Eight bytes of a double follow, the lowest first.
    pub const NUMBER: u8 = 3;
    /// Four bytes of length and the bytes follow.
    pub const BYTES: u8 = 4;
    /// Four bytes of a table's number follow: one that is known, or the next one.
    pub const TABLE: u8 = 5;
    pub const END: u8 = 6;
}

/// Writes a message.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    /// Tables that the values written by [`Writer::table`] have come to.
    tables: u32,
}

impl Writer {
    /// Goes on with a message that has been begun.
    pub(crate) fn resume(bytes: Vec<u8>) -> Writer {
        Writer { bytes, tables: 0 }
    }

    /// What has been written, to go on later or as it is.
    pub(crate) fn finish_part(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes so far.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// `nil`
    pub fn nil(&mut self) {
        self.bytes.push(tag::NIL);
    }

    /// `true` or `false`
    pub fn boolean(&mut self, b: bool) {
        self.bytes.push(if b { tag::TRUE } else { tag::FALSE });
    }

    /// A number.
    pub fn number(&mut self, n: f64) {
        self.bytes.push(tag::NUMBER);
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    /// A string, of less than 4 GiB.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.push(tag::BYTES);
        self.bytes
            .extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// A new table, whose entries are to be written after those of all tables before it.
    pub fn table(&mut self) {
        self.known_table(self.tables);
        self.tables += 1;
    }

    /// The table with this number.
    pub(crate) fn known_table(&mut self, number: u32) {
        self.bytes.push(tag::TABLE);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// The end of the list of values.
    pub fn end_values(&mut self) {
        self.bytes.push(tag::END);
    }

    /// The end of a table's entries.
    pub fn end_table(&mut self) {
        self.bytes.push(tag::END);
    }

    /// The message. Without tables, only its values need have been written.
    pub fn finish(mut self) -> Vec<u8> {
        if self.bytes.last() != Some(&tag::END) {
            self.end_values();
        }
        self.bytes
    }
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Item {
    /// `nil`
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string: where in the message its bytes begin, and how many they are.
    Bytes(usize, usize),
    /// A table, by its number.
    Table(u32),
    /// The end of a list.
    End,
}

/// The part that begins at `at`, and where the next one does.
pub fn read(message: &[u8], at: usize) -> Option<(Item, usize)> {
    let (&tag, rest) = message.get(at..)?.split_first()?;
    let word = || {
        rest.first_chunk::<4>()
            .map(|bytes| u32::from_le_bytes(*bytes))
    };
    let (item, size) = match tag {
        tag::NIL => (Item::Nil, 0),
        tag::FALSE => (Item::Boolean(false), 0),
        tag::TRUE => (Item::Boolean(true), 0),
        tag::NUMBER => (Item::Number(f64::from_le_bytes(*rest.first_chunk()?)), 8),
        tag::BYTES => {
            let len = word()? as usize;
            rest.get(4..)?.get(..len)?;
            (Item::Bytes(at + 5, len), 4 + len)
        }
        tag::TABLE => (Item::Table(word()?), 4),
        tag::END => (Item::End, 0),
        _ => return None,
    };
    Some((item, at + 1 + size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::default();
        writer.nil();
        writer.boolean(true);
        writer.number(-0.5);
        writer.bytes(b"text");
        writer.table();
        writer.end_values();
        writer.end_table();
        let message = writer.finish();
        let mut at = 0;
        let mut items = Vec::new();
        while let Some((item, next)) = read(&message, at) {
            items.push(item);
            at = next;
        }
        let expected = [
            Item::Nil,
            Item::Boolean(true),
            Item::Number(-0.5),
            Item::Bytes(16, 4),
            Item::Table(0),
            Item::End,
            Item::End,
        ];
        assert_eq!(items, expected);
        assert_eq!(at, message.len());
    }

    #[test]
    fn what_is_cut_is_no_item() {
        assert_eq!(read(&[tag::BYTES, 255, 255, 255, 255, 1], 0), None);
        assert_eq!(read(&[tag::NUMBER, 0, 0], 0), None);
        assert_eq!(read(&[9], 0), None);
        assert_eq!(read(&[], 7), None);
    }
}
