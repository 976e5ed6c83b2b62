//! What the macros of `bvm-derive` write comes down to these functions. No part of the interface: they change with the
//! macros.

use super::borrow::{Ref, read, write};
use super::member::{Member, MemberKind};
use super::method::Bound;
use super::{Class, UserData};
use crate::convert::words::{MOST, Words};
use crate::convert::{FromLua, FromLuaMulti, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::function::{IntoReturn, Signature};
use crate::handle::{AnyUserData, Function, Str, Table, Thread};
use crate::held::{HostFunction, Target};
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::Cpu;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Types without a block of `#[methods]`: where there is one, its function is found first.
pub trait NoMethods: UserData {
    /// Adds nothing.
    fn __bvm_methods(_: &mut Class<Self>) {}
}

impl<T: UserData> NoMethods for T {}

/// What an argument `&Self` is taken as.
pub trait Lent {
    /// What holds the value during the call.
    type Holder: FromLuaMulti;
    /// The value in it.
    fn lend(holder: &Self::Holder) -> &Self;
}

impl<T: UserData> Lent for T {
    type Holder = Ref<T>;
    fn lend(holder: &Ref<T>) -> &T {
        holder
    }
}

macro_rules! lent {
    ($($type:ty: $holder:ty, |$h:ident| $lend:expr;)*) => { $(
        impl Lent for $type {
            type Holder = $holder;
            fn lend($h: &$holder) -> &$type {
                $lend
            }
        }
    )* };
}

lent! {
    str: String, |h| h;
    [u8]: Str, |h| h.as_bytes();
    String: String, |h| h;
    Str: Str, |h| h;
    Table: Table, |h| h;
    Function: Function, |h| h;
    Thread: Thread, |h| h;
    AnyUserData: AnyUserData, |h| h;
    Value: Value, |h| h;
    [f64]: Vec<f64>, |h| h;
    [String]: Vec<String>, |h| h;
    [Value]: Vec<Value>, |h| h;
}

/// What a member of a macro does, without a value.
type Plain = fn(&Cx<'_>, MultiValue) -> Result<MultiValue>;
/// The same with a value that it reads.
type Reading<T> = fn(&T, &Cx<'_>, MultiValue) -> Result<MultiValue>;
/// The same with a value that it changes.
type Changing<T> = fn(&mut T, &Cx<'_>, MultiValue) -> Result<MultiValue>;

/// Adds a member without a value.
pub fn plain<'a, T: UserData>(
    class: &'a mut Class<T>,
    kind: MemberKind,
    name: &str,
    call: Plain,
) -> &'a mut Member {
    let target = Target::Function(Box::new(call));
    let make = |name| HostFunction::new(Some(name), target);
    class.add(name, kind, make, Signature::default())
}

/// Adds a member that reads the value.
pub fn reading<'a, T: UserData>(
    class: &'a mut Class<T>,
    kind: MemberKind,
    name: &str,
    call: Reading<T>,
) -> &'a mut Member {
    let bound = Bound::new(move |this, cx, args| this.read(|value| call(value, cx, args)));
    class.bound(name, kind, bound, Signature::default())
}

/// Adds a member that changes the value.
pub fn changing<'a, T: UserData>(
    class: &'a mut Class<T>,
    kind: MemberKind,
    name: &str,
    call: Changing<T>,
) -> &'a mut Member {
    let bound = Bound::new(move |this, cx, args| this.change(|value| call(value, cx, args)));
    class.bound(name, kind, bound, Signature::default())
}

/// Lets a member that reads the value be called inside of the engine, if its types go straight.
pub fn leaf_reading<T: UserData>(
    member: &mut Member,
    goes_straight: bool,
    leaf: for<'t> fn(&'t T, &mut Cpu<'_, '_>) -> Option<Result<()>>,
) -> &mut Member {
    member.lead(goes_straight && T::IS_LEAF, move |held, cpu| {
        leaf(&*read::<T>(held)?, cpu)
    })
}

/// The same for a member that changes the value.
pub fn leaf_changing<T: UserData>(
    member: &mut Member,
    goes_straight: bool,
    leaf: for<'t> fn(&'t mut T, &mut Cpu<'_, '_>) -> Option<Result<()>>,
) -> &mut Member {
    member.lead(goes_straight && T::IS_LEAF, move |held, cpu| {
        leaf(&mut *write::<T>(held)?, cpu)
    })
}

/// Whether an argument comes straight out of the machine.
pub const fn comes_straight<A: FromLuaMulti>() -> bool {
    A::IS_PLAIN
}

/// Whether results go straight into it.
pub const fn goes_straight<R: IntoReturn>() -> bool {
    R::WORDS <= MOST
}

/// The arguments of a leaf.
pub fn words<'w, 'c>(cpu: &'w Cpu<'_, 'c>) -> Words<'w, 'c> {
    Words::window(cpu, 2)
}

/// Takes an argument of a leaf.
pub fn take_word<A: FromLuaMulti>(words: &mut Words<'_, '_>) -> Option<A> {
    A::from_words(words)
}

/// Gives results of a leaf.
///
/// # Errors
/// The function's own.
pub fn give_words<R: IntoReturn>(results: R, cpu: &mut Cpu<'_, '_>) -> Option<Result<()>> {
    Some(results.push_return(cpu))
}

/// What an async function of a macro does.
pub type Later = crate::later::Later;

/// Adds a member whose results come later. It takes its value with the other arguments.
pub fn later<'a, T: UserData>(
    class: &'a mut Class<T>,
    kind: MemberKind,
    name: &str,
    call: fn(Lua, MultiValue) -> Result<Later>,
) -> &'a mut Member {
    let begin = move |lua: Lua, args: MultiValue| -> Later {
        let begun = call(lua, args);
        begun.unwrap_or_else(|error| Box::pin(std::future::ready(Err(error))))
    };
    let target = Target::Later(Box::new(begin));
    let make = |name| HostFunction::new(Some(name), target);
    class.add(name, kind, make, Signature::default())
}

/// Takes an argument.
///
/// # Errors
/// The argument does not fit.
pub fn take<A: FromLuaMulti>(args: &mut MultiValue, lua: &Lua) -> Result<A> {
    A::take_from(args, lua)
}

/// Takes what a field is set to.
///
/// # Errors
/// The value does not fit.
pub fn take_field<V: FromLua>(args: &mut MultiValue, lua: &Lua, name: &str) -> Result<V> {
    let value = args.next().unwrap_or_default();
    V::from_lua(value, lua).map_err(|error| error.within(name))
}

/// Gives results.
///
/// # Errors
/// The function's own.
pub fn give<R: IntoReturn>(results: R, cx: &Cx<'_>) -> Result<MultiValue> {
    results.into_return(cx)
}

/// Gives results of an async function.
///
/// # Errors
/// The function's own.
pub fn give_later<R: IntoReturn>(results: R, lua: &Lua) -> Result<MultiValue> {
    results.into_return(&Cx::new(lua))
}

/// What is written about a member, from its Rust signature.
pub struct Told<'a> {
    member: &'a mut Member,
    params: Vec<(String, String)>,
}

impl std::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.member.fmt(f)
    }
}

/// Begins to describe a member.
pub fn tell<'a>(member: &'a mut Member, doc: &str) -> Told<'a> {
    member.doc(doc);
    Told {
        member,
        params: Vec::new(),
    }
}

impl Told<'_> {
    /// The next parameter. One that takes several arguments has several names.
    #[must_use]
    pub fn param<A: FromLuaMulti>(mut self, name: &str) -> Self {
        let mut types = Vec::new();
        A::lua_types(&mut types);
        let is_one = types.len() == 1;
        for (i, lua_type) in types.into_iter().enumerate() {
            let name = match is_one {
                true => name.to_owned(),
                false => format!("{name}{}", i + 1),
            };
            self.params.push((name, lua_type));
        }
        self
    }

    /// The results.
    pub fn returning<R: IntoReturn>(self) {
        self.member.returns = Signature::returning::<R>().returns;
        self.done();
    }

    /// That is all.
    pub fn done(self) {
        let params: Vec<(&str, &str)> = self
            .params
            .iter()
            .map(|(name, lua_type)| (name.as_str(), lua_type.as_str()))
            .collect();
        self.member.params(&params);
    }
}

/// A field of a table that becomes a structure.
///
/// # Errors
/// It does not fit: says which field.
pub fn field<T: FromLua>(table: &Table, name: &str, lua: &Lua) -> Result<T> {
    let value: Value = table.get(name)?;
    T::from_lua(value, lua).map_err(|error| error.within(name))
}

/// A field that may be missing.
///
/// # Errors
/// It is there and does not fit.
pub fn field_or<T: FromLua>(
    table: &Table,
    name: &str,
    lua: &Lua,
    default: impl FnOnce() -> T,
) -> Result<T> {
    let value: Option<T> = field(table, name, lua)?;
    Ok(value.unwrap_or_else(default))
}

/// Fields of a table type in the notation of the Lua language server.
pub fn record(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(name, lua_type)| format!("{name}: {lua_type}"))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}

/// The type of what may be missing.
pub fn optional(lua_type: &str) -> String {
    crate::convert::notation::optional(lua_type)
}

/// The text that stands for a variant.
///
/// # Errors
/// It is no text.
pub fn variant<'a>(value: &'a Value, names: &'static str) -> Result<&'a str> {
    let text = match value {
        Value::String(text) => std::str::from_utf8(text.as_bytes()).ok(),
        _ => None,
    };
    text.ok_or_else(|| Error::mismatch(names, value.type_name()))
}

/// The mistake of a text that is none of the names of an enumeration.
pub fn no_variant(names: &'static str, got: &str) -> Error {
    let got = format!("'{got}'");
    Error::mismatch(names, "").but_got(got)
}

/// The bytes of a value that goes with its guest.
///
/// # Errors
/// The type's own.
pub fn save<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(|error| Error::external(Box::new(error)))
}

/// The value of such bytes, which may come from anybody.
///
/// # Errors
/// They are of no such value.
pub fn load<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(Error::runtime("bytes after a value")),
        Err(error) => Err(Error::external(Box::new(error))),
    }
}
