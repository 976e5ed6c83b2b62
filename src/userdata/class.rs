//! What a host type lets programs do: its members, once for all guests.

use super::UserData;
use super::borrow::cell;
use super::method::{Bound, Method, MethodMut, changing, reading};
use super::saved::{Keep, Policy};
use crate::convert::{FromLua, IntoLua, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::function::{Callable, boxed};
use crate::held::{HeldValue, HostFunction, Target};
use crate::module::push_mut;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// `value:name(…)`
    Method,
    /// `Class.name(…)`: without a value, as constructors are.
    Function,
    /// `value.name`
    Getter,
    /// `value.name = …`
    Setter,
    /// An event of the metatable.
    Meta,
}

/// A member of a class, with what editors show of it.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// What it does, for the stub file.
    pub doc: String,
    /// Names of the parameters with their types in LuaLS's notation.
    pub params: Vec<(String, String)>,
    /// Types of the results, or of the field, in that notation.
    pub returns: Vec<String>,
    pub(crate) function: Arc<HostFunction>,
}

impl Member {
    pub(crate) fn new(name: &str, kind: MemberKind, function: Arc<HostFunction>) -> Member {
        Member {
            name: name.to_owned(),
            kind,
            doc: String::new(),
            params: Vec::new(),
            returns: Vec::new(),
            function,
        }
    }

    /// Sets what the member does.
    pub fn doc(&mut self, text: &str) -> &mut Member {
        text.trim().clone_into(&mut self.doc);
        self
    }

    /// Adds a parameter, with its type in LuaLS's notation.
    pub fn param(&mut self, name: &str, lua_type: &str) -> &mut Member {
        self.params.push((name.to_owned(), lua_type.to_owned()));
        self
    }

    /// Adds a result, or sets the type of a field, in LuaLS's notation.
    pub fn returns(&mut self, lua_type: &str) -> &mut Member {
        self.returns.push(lua_type.to_owned());
        self
    }
}

/// Gathers the members of a host type: see [`UserData::class`].
pub struct Class<T: UserData> {
    doc: String,
    members: Vec<Member>,
    keep: Keep,
    kind: std::marker::PhantomData<fn() -> T>,
}

impl<T: UserData> std::fmt::Debug for Class<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Class({}, {:?})", T::NAME, self.members)
    }
}

impl<T: UserData> Class<T> {
    fn add(&mut self, name: &str, kind: MemberKind, target: Target) -> &mut Member {
        let full = match kind {
            MemberKind::Getter => format!("{}.get.{name}", T::NAME),
            MemberKind::Setter => format!("{}.set.{name}", T::NAME),
            _ => format!("{}.{name}", T::NAME),
        };
        let function = Arc::new(HostFunction {
            name: Some(full.into()),
            target,
        });
        push_mut(&mut self.members, Member::new(name, kind, function))
    }

    fn bound(&mut self, name: &str, kind: MemberKind, method: Bound<T>) -> &mut Member {
        let call = move |held: &HeldValue, cx: &Cx<'_>, args: MultiValue| match cell::<T>(held) {
            Some(cell) => method(&cell, cx, args),
            None => Err(wrong_self(T::NAME)),
        };
        let target = Target::Method {
            class: T::NAME,
            call: Box::new(call),
        };
        self.add(name, kind, target)
    }

    /// What the type is, for the stub file.
    pub fn doc(&mut self, text: &str) {
        text.trim().clone_into(&mut self.doc);
    }

    /// Adds a method that reads the value.
    pub fn method<Kind: 'static>(
        &mut self,
        name: &str,
        method: impl Method<T, Kind>,
    ) -> &mut Member {
        self.bound(name, MemberKind::Method, reading(method))
    }

    /// Adds a method that changes the value.
    pub fn method_mut<Kind: 'static>(
        &mut self,
        name: &str,
        method: impl MethodMut<T, Kind>,
    ) -> &mut Member {
        self.bound(name, MemberKind::Method, changing(method))
    }

    /// Adds a function of the class itself, such as a constructor.
    pub fn function<Kind: 'static>(
        &mut self,
        name: &str,
        function: impl Callable<Kind> + Send + Sync + 'static,
    ) -> &mut Member {
        self.add(
            name,
            MemberKind::Function,
            Target::Function(boxed(function)),
        )
    }

    /// Adds a field that can be read.
    pub fn getter<R: IntoLua>(
        &mut self,
        name: &str,
        get: impl Fn(&T) -> R + Send + Sync + 'static,
    ) -> &mut Member {
        let method: Bound<T> = Box::new(move |cell, cx, _| {
            let value = get(&*super::Ref::of(cell)?);
            Ok(MultiValue::from_iter([value.into_lua(cx.lua())?]))
        });
        self.bound(name, MemberKind::Getter, method)
    }

    /// Adds a field that can be written.
    pub fn setter<V: FromLua>(
        &mut self,
        name: &str,
        set: impl Fn(&mut T, V) + Send + Sync + 'static,
    ) -> &mut Member {
        let shown = name.to_owned();
        let method: Bound<T> = Box::new(move |cell, cx, mut args| {
            let value = args.next().unwrap_or_default();
            let value = V::from_lua(value, cx.lua()).map_err(|error| error.within(&shown))?;
            set(&mut *super::RefMut::of(cell)?, value);
            Ok(MultiValue::new())
        });
        self.bound(name, MemberKind::Setter, method)
    }

    /// Adds an event of the metatable, such as `__add`, as a function of all its operands.
    pub fn meta<Kind: 'static>(
        &mut self,
        event: &str,
        function: impl Callable<Kind> + Send + Sync + 'static,
    ) -> &mut Member {
        self.add(event, MemberKind::Meta, Target::Function(boxed(function)))
    }

    /// Adds an event of the metatable whose first operand is the value, such as `__tostring` or `__call`.
    pub fn meta_method<Kind: 'static>(
        &mut self,
        event: &str,
        method: impl Method<T, Kind>,
    ) -> &mut Member {
        self.bound(event, MemberKind::Meta, reading(method))
    }

    /// Lets values be saved with their guest as bytes, and be made from them again.
    ///
    /// A snapshot may come from anybody: `load` trusts the bytes in nothing.
    pub fn portable(
        &mut self,
        save: impl Fn(&T) -> Result<Vec<u8>> + Send + Sync + 'static,
        load: impl Fn(&[u8]) -> Result<T> + Send + Sync + 'static,
    ) {
        self.keep = Keep::portable(Policy::Portable, save, load);
    }

    /// Lets values be saved as the name of something that the host has: whoever restores the guest finds it again.
    pub fn rebind(
        &mut self,
        name: impl Fn(&T) -> String + Send + Sync + 'static,
        find: impl Fn(&str) -> Result<T> + Send + Sync + 'static,
    ) {
        let save = move |value: &T| Ok(name(value).into_bytes());
        let load = move |bytes: &[u8]| find(std::str::from_utf8(bytes)?);
        self.keep = Keep::portable(Policy::Rebind, save, load);
    }
}

/// The mistake of a method that is called on something else.
pub(crate) fn wrong_self(class: &'static str) -> Error {
    Error::mismatch(class, "another value").in_argument(1)
}

/// A class as guests and stub files see it.
#[derive(Debug)]
pub struct ClassInfo {
    /// The name of the type.
    pub name: &'static str,
    /// What it is.
    pub doc: String,
    /// Its members.
    pub members: Vec<Member>,
    /// What becomes of its values in guests that are saved.
    pub policy: Policy,
    pub(crate) keep: Keep,
}

/// The classes that have been asked for.
static CLASSES: LazyLock<Mutex<HashMap<TypeId, Arc<ClassInfo>>>> = LazyLock::new(Mutex::default);

impl ClassInfo {
    /// The class of a type.
    pub fn of<T: UserData>() -> Arc<ClassInfo> {
        let classes = || CLASSES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = classes().get(&TypeId::of::<T>()) {
            return known.clone();
        }
        let mut class = Class::<T> {
            doc: String::new(),
            members: Vec::new(),
            keep: Keep::refuse(),
            kind: std::marker::PhantomData,
        };
        T::class(&mut class);
        let info = Arc::new(ClassInfo {
            name: T::NAME,
            doc: class.doc,
            members: class.members,
            policy: class.keep.policy,
            keep: class.keep,
        });
        classes().entry(TypeId::of::<T>()).or_insert(info).clone()
    }

    /// The members of a kind.
    pub fn of_kind(&self, kind: MemberKind) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(move |member| member.kind == kind)
    }
}
