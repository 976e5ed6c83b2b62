//! What a host type lets programs do: its members, once for all guests.

use super::UserData;
use super::borrow::{This, read};
use super::make::registered;
use super::member::{Member, MemberKind};
use super::method::{Bound, Method, MethodMut, changing, reading};
use super::saved::{Keep, Policy};
use crate::convert::words;
use crate::convert::{FromLua, IntoLua, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::function::{self, Callable, Signature};
use crate::held::{HeldValue, HostFunction, Leaf, Target};
use crate::module::push_mut;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Gathers the members of a host type: see [`UserData::class`].
pub struct Class<T: UserData> {
    doc: String,
    members: Vec<Member>,
    memory: u64,
    keep: Keep,
    kind: std::marker::PhantomData<fn() -> T>,
}

impl<T: UserData> std::fmt::Debug for Class<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Class({}, {:?})", T::NAME, self.members)
    }
}

impl<T: UserData> Class<T> {
    pub(super) fn add(
        &mut self,
        name: &str,
        kind: MemberKind,
        make: impl FnOnce(Arc<str>) -> HostFunction,
        signature: Signature,
    ) -> &mut Member {
        let full = match kind {
            MemberKind::Getter => format!("{}.get.{name}", T::NAME),
            MemberKind::Setter => format!("{}.set.{name}", T::NAME),
            _ => format!("{}.{name}", T::NAME),
        };
        let member = Member::new(name, kind, make(full.into()), signature);
        push_mut(&mut self.members, member)
    }

    pub(super) fn bound(
        &mut self,
        name: &str,
        kind: MemberKind,
        method: Bound<T>,
        signature: Signature,
    ) -> &mut Member {
        let Bound { call, leaf } = method;
        let call =
            move |held: &HeldValue, cx: &Cx<'_>, args: MultiValue| call(&This::new(held), cx, args);
        let target = Target::Method {
            class: T::NAME,
            call: Box::new(call),
        };
        let make = |name| {
            let function = HostFunction::new(Some(name), target);
            match leaf {
                Some(leaf) => function.with_leaf(Leaf::Method(leaf)),
                None => function,
            }
        };
        self.add(name, kind, make, signature)
    }

    /// What the type is, for the stub file.
    pub fn doc(&mut self, text: &str) {
        text.trim().clone_into(&mut self.doc);
    }

    /// Says how many bytes a value keeps elsewhere, as a vector does, besides its own size.
    ///
    /// The guest pays for each value with memory of its own: with 96 bytes, the size of the value and these bytes,
    /// rounded up to 64 and up to 4 MiB. They are given back when the collector frees the userdata.
    ///
    /// ```
    /// use bvm::{Class, Lua, UserData};
    /// struct Picture(Vec<u8>);
    /// impl UserData for Picture {
    ///     const NAME: &'static str = "Picture";
    ///     fn class(class: &mut Class<Picture>) {
    ///         class.memory(1 << 20);
    ///         class.function("new", || Picture(vec![0; 1 << 20]));
    ///     }
    /// }
    /// let lua = Lua::builder().memory(8 << 20).lua()?;
    /// lua.globals().set("Picture", lua.class::<Picture>()?)?;
    /// lua.load("for i = 1, 100 do last = Picture.new() end").exec()?;
    /// let error = lua.load("local all = {} for i = 1, 100 do all[i] = Picture.new() end").exec().unwrap_err();
    /// assert_eq!(error.to_string(), "not enough memory");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn memory(&mut self, bytes: u64) {
        self.memory = bytes;
    }

    /// Adds a method that reads the value.
    pub fn method<Kind: 'static, M: Method<T, Kind>>(
        &mut self,
        name: &str,
        method: M,
    ) -> &mut Member {
        self.bound(name, MemberKind::Method, reading(method), M::signature())
    }

    /// Adds a method that changes the value.
    pub fn method_mut<Kind: 'static, M: MethodMut<T, Kind>>(
        &mut self,
        name: &str,
        method: M,
    ) -> &mut Member {
        self.bound(name, MemberKind::Method, changing(method), M::signature())
    }

    /// Adds a function of the class itself, such as a constructor.
    pub fn function<Kind: 'static, F: Callable<Kind> + Send + Sync + 'static>(
        &mut self,
        name: &str,
        function: F,
    ) -> &mut Member {
        let make = |name| function::function(Some(name), function);
        self.add(name, MemberKind::Function, make, F::signature())
    }

    /// Adds a field that can be read.
    pub fn getter<R: IntoLua>(
        &mut self,
        name: &str,
        get: impl Fn(&T) -> R + Send + Sync + 'static,
    ) -> &mut Member {
        let get = Arc::new(get);
        let inner = get.clone();
        let method = Bound::new(move |this, cx, _| {
            let value = this.read(|value| Ok(get(value)))?;
            Ok(MultiValue::from_iter([value.into_lua(cx.lua())?]))
        });
        let method = method.with_leaf(R::IS_PLAIN, move |held, cpu| {
            let value = inner(&*read::<T>(held)?);
            Some(words::push(value, cpu))
        });
        let signature = Signature::returning::<R>();
        self.bound(name, MemberKind::Getter, method, signature)
    }

    /// Adds a field that can be written.
    pub fn setter<V: FromLua>(
        &mut self,
        name: &str,
        set: impl Fn(&mut T, V) + Send + Sync + 'static,
    ) -> &mut Member {
        let shown = name.to_owned();
        let method = Bound::new(move |this, cx, mut args| {
            let value = args.next().unwrap_or_default();
            let value = V::from_lua(value, cx.lua()).map_err(|error| error.within(&shown))?;
            this.change(|this| {
                set(this, value);
                Ok(MultiValue::new())
            })
        });
        let signature = Signature::default().taking::<V>();
        self.bound(name, MemberKind::Setter, method, signature)
    }

    /// Adds an event of the metatable, such as `__add`, as a function of all its operands.
    pub fn meta<Kind: 'static, F: Callable<Kind> + Send + Sync + 'static>(
        &mut self,
        event: &str,
        function: F,
    ) -> &mut Member {
        let make = |name| function::function(Some(name), function);
        self.add(event, MemberKind::Meta, make, F::signature())
    }

    /// Adds an event of the metatable whose first operand is the value, such as `__tostring` or `__call`.
    pub fn meta_method<Kind: 'static, M: Method<T, Kind>>(
        &mut self,
        event: &str,
        method: M,
    ) -> &mut Member {
        self.bound(event, MemberKind::Meta, reading(method), M::signature())
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
    /// Bytes that a value keeps elsewhere: see [`Class::memory`].
    pub memory: u64,
    pub(crate) keep: Keep,
    /// What its metatable is called in the registry of a guest.
    pub(super) registered: String,
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
            memory: 0,
            keep: Keep::refuse(),
            kind: std::marker::PhantomData,
        };
        T::class(&mut class);
        let info = Arc::new(ClassInfo {
            name: T::NAME,
            doc: class.doc,
            members: class.members,
            policy: class.keep.policy,
            memory: class.memory,
            keep: class.keep,
            registered: registered(T::NAME),
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
