//! Messages: what is in them, and where they wait. Must not know who sends what to whom.

use super::arena::Id;
use super::state::State;
use crate::error::Error;
use crate::value::Value;
use bvm_stdlib::message::{Item, Writer};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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

    /// The value, if it is plain.
    pub fn value(&self) -> Option<Value> {
        self.read(0).and_then(|(item, _)| self.plain(item))
    }

    /// The value of a field, if the message is a table, has the field, and its value is plain.
    ///
    /// ```
    /// use bvm::{Message, Value};
    /// let message = Message::record([("task", "add".into()), ("x", 20.0.into())])?;
    /// assert_eq!(message.field("x"), Some(Value::Number(20.0)));
    /// assert_eq!(message.field("y"), None);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn field(&self, name: &str) -> Option<Value> {
        let (Item::Table(0), at) = self.read(0)? else {
            return None;
        };
        let (Item::End, mut at) = self.read(at)? else {
            return None;
        };
        loop {
            let (key, next) = self.read(at)?;
            let (value, next) = self.read(next)?;
            match key {
                Item::End => return None,
                Item::Bytes(from, len) if self.0.get(from..from + len)? == name.as_bytes() => {
                    return self.plain(value);
                }
                _ => at = next,
            }
        }
    }

    fn read(&self, at: usize) -> Option<(Item, usize)> {
        bvm_stdlib::message::read(&self.0, at)
    }

    fn plain(&self, item: Item) -> Option<Value> {
        Some(match item {
            Item::Nil => Value::Nil,
            Item::Boolean(b) => Value::Bool(b),
            Item::Number(n) => Value::Number(n),
            Item::Bytes(from, len) => Value::from(self.0.get(from..from + len)?),
            Item::Table(_) | Item::End => return None,
        })
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

/// Most bytes of an error that those are told who watch a guest: each has a copy.
const MOST_TEXT: usize = 4096;

/// What a guest that watches another one is told when that has ended.
pub(crate) fn obituary(guest: Id, state: State, text: Option<&[u8]>) -> Message {
    let text = text.map(|text| text.get(..MOST_TEXT).unwrap_or(text));
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
    waiting: VecDeque<(Id, Vec<u8>)>,
    bytes: usize,
}

/// What a message counts beside its bytes: it takes memory of the host.
const OVERHEAD: usize = 64;

impl Inbox {
    /// Adds a message of a sender, if no more than `limit` bytes wait then.
    pub fn push(&mut self, from: Id, message: Message, limit: usize) -> bool {
        let bytes = self.bytes.saturating_add(message.0.len() + OVERHEAD);
        let fits = bytes <= limit;
        if fits {
            self.bytes = bytes;
            self.waiting.push_back((from, message.0));
        }
        fits
    }

    /// Whether there is room for a message of hardly any bytes.
    pub fn has_room(&self, limit: usize) -> bool {
        self.bytes.saturating_add(OVERHEAD) < limit
    }

    /// Takes the first message.
    pub fn pop(&mut self) -> Option<(Id, Vec<u8>)> {
        let (from, first) = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(first.len() + OVERHEAD);
        Some((from, first))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// The inbox of whoever owns the supervisor.
#[derive(Debug)]
pub(crate) struct Post {
    inbox: Mutex<Inbox>,
    came: Condvar,
    limit: usize,
}

impl Post {
    pub fn new(limit: usize) -> Post {
        Post {
            inbox: Mutex::default(),
            came: Condvar::new(),
            limit,
        }
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message of a guest; says whether there was room.
    pub fn push(&self, from: Id, message: Message) -> bool {
        let has_room = self.inbox().push(from, message, self.limit);
        self.came.notify_one();
        has_room
    }

    /// Takes the first message, waited for as long as that.
    pub fn take(&self, time: Duration) -> Option<(Id, Message)> {
        let mut inbox = self.inbox();
        if inbox.len() == 0 && !time.is_zero() {
            let waited = self
                .came
                .wait_timeout_while(inbox, time, |inbox| inbox.len() == 0);
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        inbox.pop().map(|(from, bytes)| (from, Message(bytes)))
    }
}
