//! Messages: what is in them, and where they wait. Must not know who sends what to whom.

use super::arena::Id;
use super::state::State;
use crate::error::Error;
use crate::value::Value;
use bvm_stdlib::message::Writer;
use std::collections::VecDeque;

/// A value on its way to a guest, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(pub(super) Vec<u8>);

impl Message {
    /// A plain value. Tables, functions and the like stay in the guest that has them.
    ///
    /// # Errors
    /// [`Error::Type`] for such a value.
    pub fn new(value: &Value) -> Result<Message, Error> {
        let mut writer = Writer::default();
        put(&mut writer, value)?;
        Ok(Message(writer.finish()))
    }

    /// A table with plain values in fields.
    ///
    /// # Errors
    /// [`Error::Type`] for a value that is not plain.
    pub fn record<'a>(
        fields: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Message, Error> {
        let mut writer = Writer::default();
        writer.table();
        writer.end_values();
        for (name, value) in fields {
            // What a field lacks, the table need not say.
            if value != Value::Nil {
                writer.bytes(name.as_bytes());
                put(&mut writer, &value)?;
            }
        }
        writer.end_table();
        Ok(Message(writer.finish()))
    }

    /// Bytes that it takes in an inbox.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

impl TryFrom<&Value> for Message {
    type Error = Error;

    fn try_from(value: &Value) -> Result<Message, Error> {
        Message::new(value)
    }
}

fn put(writer: &mut Writer, value: &Value) -> Result<(), Error> {
    match value {
        Value::Nil => writer.nil(),
        Value::Bool(b) => writer.boolean(*b),
        Value::Number(n) => writer.number(*n),
        Value::String(bytes) => writer.bytes(bytes),
        other => return Err(Error::mismatch("plain value", other.type_name())),
    }
    Ok(())
}

/// What a guest that watches another one is told when that has ended.
pub(crate) fn obituary(guest: Id, state: State, text: Option<&[u8]>) -> Message {
    let fields = [
        ("exit", Value::Number(guest.number() as f64)),
        ("reason", Value::from(state.to_string())),
        ("message", text.map_or(Value::Nil, Value::from)),
    ];
    // Plain values are no error.
    Message::record(fields).unwrap_or(Message(Vec::new()))
}

/// Messages that wait, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
}

/// What a message counts beside its bytes: it takes memory of the host.
const OVERHEAD: usize = 64;

impl Inbox {
    /// Adds a message, if no more than `limit` bytes wait then.
    pub fn push(&mut self, message: Message, limit: usize) -> bool {
        let bytes = self.bytes.saturating_add(message.0.len() + OVERHEAD);
        let fits = bytes <= limit;
        if fits {
            self.bytes = bytes;
            self.waiting.push_back(message.0);
        }
        fits
    }

    /// Takes the first message.
    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let first = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(first.len() + OVERHEAD);
        Some(first)
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}
