//! Values of types that borrow, with methods of their own: an object is made for one scope, as its type has no class.

use super::{Borrowed, Lent, Scope};
use crate::convert::{FromLuaMulti, IntoLua, MultiValue};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::function::IntoReturn;
use crate::handle::{AnyUserData, Table};
use crate::held::HeldEntry;
use crate::lua::Lua;
use crate::userdata::wrong_self;
use crate::value::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// A value that a guest has until a scope is over: see [`Scope::object`].
pub struct Object<'a, 'env, V> {
    scope: &'a Scope<'env>,
    value: Rc<RefCell<V>>,
    name: &'static str,
    lent: Lent,
    methods: Table,
    meta: Table,
    userdata: AnyUserData,
}

impl<V> std::fmt::Debug for Object<'_, '_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Object({})", self.name)
    }
}

impl<'env> Scope<'env> {
    /// Gives the guest a value of any type, one that borrows, too, until the scope is over. It has the methods that are
    /// added to it, and belongs to nobody else; a type with a class is lent by [`Scope::userdata_mut`].
    ///
    /// The arguments of a method are a tuple, as in mlua. The name is for messages.
    ///
    /// ```
    /// use bvm::Lua;
    /// struct Cart<'a> { items: &'a mut Vec<String>, prices: &'a [(&'a str, f64)] }
    /// impl Cart<'_> {
    ///     fn price(&self, name: &str) -> Option<f64> {
    ///         self.prices.iter().find(|(known, _)| *known == name).map(|(_, price)| *price)
    ///     }
    /// }
    /// let lua = Lua::new()?;
    /// let (mut items, prices) = (Vec::new(), [("tea", 4.5), ("cup", 9.0)]);
    /// lua.scope(|scope| {
    ///     let cart = scope.object("Cart", Cart { items: &mut items, prices: &prices })?;
    ///     cart.method("price", |cart, name: String| cart.price(&name))?;
    ///     cart.method_mut("add", |cart, (name, count): (String, usize)| {
    ///         cart.items.extend(std::iter::repeat_n(name, count));
    ///     })?;
    ///     lua.globals().set("cart", &cart)?;
    ///     lua.load("if cart:price('tea') < 5 then cart:add('tea', 2) end").exec()
    /// })?;
    /// assert_eq!(items, ["tea", "tea"]);
    /// assert!(lua.load("cart:add('cup', 1)").exec().is_err());
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn object<V: 'env>(&self, name: &'static str, value: V) -> Result<Object<'_, 'env, V>> {
        let (methods, meta) = (self.lua.table()?, self.lua.table()?);
        meta.raw_set("__index", &methods)?;
        meta.raw_set("__name", name)?;
        meta.raw_set("__metatable", false)?;
        let lent = self.keep(Borrowed::Elsewhere);
        let entry = HeldEntry {
            value: Arc::new(lent),
            name,
            class: None,
        };
        Ok(Object {
            scope: self,
            value: Rc::new(RefCell::new(value)),
            name,
            lent,
            userdata: self.lua.stand_in(entry, &meta)?,
            methods,
            meta,
        })
    }
}

impl<'env, V: 'env> Object<'_, 'env, V> {
    /// Adds a method that reads the value.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn method<A: FromLuaMulti, R: IntoReturn>(
        &self,
        name: &str,
        method: impl Fn(&V, A) -> R + 'env,
    ) -> Result<()> {
        self.add(&self.methods, name, self.reading(method))
    }

    /// Adds a method that changes the value.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn method_mut<A: FromLuaMulti, R: IntoReturn>(
        &self,
        name: &str,
        method: impl Fn(&mut V, A) -> R + 'env,
    ) -> Result<()> {
        let (value, class) = (self.value.clone(), self.name);
        self.add(&self.methods, name, move |args, cx| {
            let value = value.try_borrow_mut();
            let mut value = value.map_err(|_| Error::Borrowed(class))?;
            method(&mut value, args).into_return(cx)
        })
    }

    /// Adds an event of the metatable whose first operand is the value, such as `__tostring` or `__call`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn meta_method<A: FromLuaMulti, R: IntoReturn>(
        &self,
        event: &str,
        method: impl Fn(&V, A) -> R + 'env,
    ) -> Result<()> {
        self.add(&self.meta, event, self.reading(method))
    }

    fn reading<A, R: IntoReturn>(
        &self,
        method: impl Fn(&V, A) -> R + 'env,
    ) -> impl Fn(A, &Cx<'_>) -> Result<MultiValue> + 'env {
        let (value, class) = (self.value.clone(), self.name);
        move |args, cx| {
            let value = value.try_borrow().map_err(|_| Error::Borrowed(class))?;
            method(&value, args).into_return(cx)
        }
    }

    fn add<A: FromLuaMulti>(
        &self,
        to: &Table,
        name: &str,
        call: impl Fn(A, &Cx<'_>) -> Result<MultiValue> + 'env,
    ) -> Result<()> {
        let (lent, class) = (self.lent, self.name);
        let function = self.scope.add(move |cx, mut args| {
            let this = args.next().unwrap_or_default();
            match is(&this, lent, cx.lua())? {
                true => call(A::from_lua_multi(args, cx.lua())?, cx),
                false => Err(wrong_self(class)),
            }
        })?;
        to.raw_set(name, function)
    }

    /// What the guest gets; the same as giving the object itself by reference.
    pub fn userdata(&self) -> &AnyUserData {
        &self.userdata
    }
}

/// Whether a value stands for what is lent.
fn is(value: &Value, lent: Lent, lua: &Lua) -> Result<bool> {
    let held = match value {
        Value::Userdata(userdata) => userdata.held(lua)?,
        _ => None,
    };
    Ok(held.is_some_and(|held| held.value.downcast_ref() == Some(&lent)))
}

impl<V> IntoLua for &Object<'_, '_, V> {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Userdata(self.userdata.clone()))
    }

    fn lua_type() -> String {
        "userdata".to_owned()
    }
}
