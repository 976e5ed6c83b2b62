//! Access to a value of the host that a guest has: many may read it, or one may change it. Methods do not know whether
//! the guest keeps it or a scope lends it.

use super::{UserData, wrong_self};
use crate::convert::FromLua;
use crate::error::{Error, Result};
use crate::handle::AnyUserData;
use crate::held::HeldValue;
use crate::lua::Lua;
use crate::scope::Lent;
use crate::value::Value;
use parking_lot::RwLock;
use parking_lot::lock_api::{ArcRwLockReadGuard, ArcRwLockWriteGuard};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

type Raw = parking_lot::RawRwLock;

/// What a value is kept in.
pub(crate) type Cell<T> = RwLock<T>;

/// A value as guests keep it.
pub(crate) fn hold<T: UserData>(value: T) -> HeldValue {
    Arc::new(Cell::new(value))
}

/// The cell of a held value, when that is a `T`.
pub(crate) fn cell<T: UserData>(held: &HeldValue) -> Option<Arc<Cell<T>>> {
    held.clone().downcast::<Cell<T>>().ok()
}

/// A held `T`, to read during a leaf's call; nothing when it is something else, or being changed.
pub(crate) fn read<T: UserData>(held: &HeldValue) -> Option<impl Deref<Target = T>> {
    held.downcast_ref::<Cell<T>>()?.try_read()
}

/// The same to change it.
pub(crate) fn write<T: UserData>(held: &HeldValue) -> Option<impl DerefMut<Target = T>> {
    held.downcast_ref::<Cell<T>>()?.try_write()
}

/// What a method is called on: a value that should be a `T`.
pub(crate) struct This<'a, T>(&'a HeldValue, PhantomData<fn() -> T>);

impl<'a, T: UserData> This<'a, T> {
    pub fn new(held: &'a HeldValue) -> This<'a, T> {
        This(held, PhantomData)
    }

    /// Does something that reads the value.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        match (self.0.downcast_ref::<Cell<T>>(), self.0.downcast_ref()) {
            (Some(cell), _) => f(&*cell.try_read().ok_or(Error::Borrowed(T::NAME))?),
            (None, Some(lent)) => Lent::read(lent, f),
            (None, None) => Err(wrong_self(T::NAME)),
        }
    }

    /// Does something that changes the value.
    pub fn change<R>(&self, f: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        match (self.0.downcast_ref::<Cell<T>>(), self.0.downcast_ref()) {
            (Some(cell), _) => f(&mut *cell.try_write().ok_or(Error::Borrowed(T::NAME))?),
            (None, Some(lent)) => Lent::change(lent, f),
            (None, None) => Err(wrong_self(T::NAME)),
        }
    }
}

/// A value of the host that is being read; nobody changes it meanwhile. As an argument of a function it takes the
/// values of this type, but for those that a [`Scope`](crate::Scope) lends.
///
/// ```
/// use bvm::{Class, Lua, Ref, UserData};
/// struct Point(f64, f64);
/// impl UserData for Point {
///     const NAME: &'static str = "Point";
///     fn class(class: &mut Class<Point>) {
///         class.function("new", |x: f64, y: f64| Point(x, y));
///         class.meta("__add", |a: Ref<Point>, b: Ref<Point>| Point(a.0 + b.0, a.1 + b.1));
///     }
/// }
/// let lua = Lua::new()?;
/// lua.globals().set("Point", lua.class::<Point>()?)?;
/// let sum: Ref<Point> = lua.load("local p = Point.new(1, 2) return p + p").eval()?;
/// assert_eq!((sum.0, sum.1), (2.0, 4.0));
/// # Ok::<(), bvm::Error>(())
/// ```
pub struct Ref<T: UserData>(ArcRwLockReadGuard<Raw, T>);

/// A value of the host that may be changed; nobody else uses it meanwhile.
pub struct RefMut<T: UserData>(ArcRwLockWriteGuard<Raw, T>);

impl<T: UserData> Ref<T> {
    pub(crate) fn of(cell: &Arc<Cell<T>>) -> Result<Ref<T>> {
        let guard = cell.try_read_arc();
        guard.map(Ref).ok_or(Error::Borrowed(T::NAME))
    }
}

impl<T: UserData> RefMut<T> {
    pub(crate) fn of(cell: &Arc<Cell<T>>) -> Result<RefMut<T>> {
        let guard = cell.try_write_arc();
        guard.map(RefMut).ok_or(Error::Borrowed(T::NAME))
    }
}

impl<T: UserData> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: UserData> Deref for RefMut<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: UserData> DerefMut for RefMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: UserData + std::fmt::Debug> std::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: UserData + std::fmt::Debug> std::fmt::Debug for RefMut<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The cell of the value that a Lua value stands for.
fn cell_of<T: UserData>(value: &Value, lua: &Lua) -> Result<Arc<Cell<T>>> {
    let held = match value {
        Value::Userdata(handle) => handle.held(lua)?,
        _ => None,
    };
    let name = held.as_ref().map(|held| held.name);
    if let Some(lent) = held.as_ref().filter(|held| held.value.is::<Lent>()) {
        // It may be gone before whoever holds it lets go.
        let got = format!("{} of a scope", lent.name);
        return Err(Error::mismatch(T::NAME, "").but_got(got));
    }
    let found = held.and_then(|held| cell(&held.value));
    found.ok_or_else(|| Error::mismatch(T::NAME, name.unwrap_or(value.type_name())))
}

impl<T: UserData> FromLua for Ref<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Ref<T>> {
        Ref::of(&cell_of(&value, lua)?)
    }

    fn lua_type() -> String {
        T::NAME.to_owned()
    }
}

impl<T: UserData> FromLua for RefMut<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<RefMut<T>> {
        RefMut::of(&cell_of(&value, lua)?)
    }

    fn lua_type() -> String {
        T::NAME.to_owned()
    }
}

impl AnyUserData {
    /// Whether this stands for a `T`.
    pub fn is<T: UserData>(&self) -> bool {
        let lua = self.0.lua();
        cell_of::<T>(&Value::Userdata(self.clone()), lua).is_ok()
    }

    /// Reads the value that this stands for.
    ///
    /// # Errors
    /// [`Error::Type`] for another type, [`Error::Borrowed`] while somebody changes it.
    pub fn borrow<T: UserData>(&self) -> Result<Ref<T>> {
        Ref::from_lua(Value::Userdata(self.clone()), self.0.lua())
    }

    /// Changes the value that this stands for.
    ///
    /// # Errors
    /// [`Error::Type`] for another type, [`Error::Borrowed`] while somebody uses it.
    pub fn borrow_mut<T: UserData>(&self) -> Result<RefMut<T>> {
        RefMut::from_lua(Value::Userdata(self.clone()), self.0.lua())
    }

    /// Takes the value out; for the guest it is gone.
    ///
    /// # Errors
    /// [`Error::Type`] for another type, [`Error::Borrowed`] while somebody uses it.
    pub fn take<T: UserData>(&self) -> Result<T> {
        let lua = self.0.lua();
        let found = cell_of::<T>(&Value::Userdata(self.clone()), lua)?;
        drop(RefMut::of(&found)?);
        self.forget(lua)?;
        let cell = Arc::try_unwrap(found).map_err(|_| Error::Borrowed(T::NAME))?;
        Ok(cell.into_inner())
    }
}
