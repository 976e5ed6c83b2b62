//! Classes in a guest: their metatables, and userdata that stand for values.

use super::UserData;
use super::borrow::hold;
use super::class::ClassInfo;
use super::member::MemberKind;
use crate::convert::IntoLua;
use crate::error::{Error, Result};
use crate::handle::{AnyUserData, Roots, Table};
use crate::held::{Held, HeldEntry, HeldValue, HostFunction, Target};
use crate::lower::Refused;
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::{Cpu, objects};
use std::collections::HashMap;
use std::sync::Arc;

/// The classes that a guest knows, by name.
pub(crate) type Types = HashMap<&'static str, Arc<ClassInfo>>;

/// What a class's metatable is called in the registry.
pub(super) fn registered(class: &str) -> String {
    format!("bvm.class.{class}")
}

/// Reads fields: methods, fields, and what the class does with other keys.
const INDEX: &str = "return function(value, key)
        local method = methods[key]
        if method ~= nil then return method end
        local get = getters[key]
        if get then return get(value) end
        if other then return other(value, key) end
    end";

/// Writes fields.
const NEW_INDEX: &str = "return function(value, key, to)
        local set = setters[key]
        if set then return set(value, to) end
        return other(value, key, to)
    end";

impl Lua {
    /// The table of a host type's functions, to be given to programs: its constructors, mostly. From now on the guest
    /// knows the type; giving it a value does that, too.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn class<T: UserData>(&self) -> Result<Table> {
        self.class_of(&ClassInfo::of::<T>())
    }

    pub(crate) fn class_of(&self, class: &Arc<ClassInfo>) -> Result<Table> {
        self.know(class)?;
        self.functions(class, MemberKind::Function)
    }

    /// A userdata that stands for a value. The same as giving the value itself to whatever takes [`IntoLua`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn userdata<T: UserData>(&self, value: T) -> Result<AnyUserData> {
        self.stands_for::<T>(hold(value))
    }

    /// A userdata of the class of `T` that stands for what is held.
    pub(crate) fn stands_for<T: UserData>(&self, value: HeldValue) -> Result<AnyUserData> {
        let class = ClassInfo::of::<T>();
        self.know(&class)?;
        let entry = HeldEntry {
            value,
            name: T::NAME,
            class: Some(class.clone()),
        };
        self.place(entry, |cpu, _| {
            let registry = cpu.registry();
            Ok(cpu.field(registry, &class.registered)?)
        })
    }

    /// A userdata with a metatable that stands for what is held.
    pub(crate) fn stand_in(&self, entry: HeldEntry, meta: &Table) -> Result<AnyUserData> {
        let meta = Value::Table(meta.clone());
        self.place(entry, |cpu, roots| meta.lower(roots, self.shared(), cpu))
    }

    fn place(
        &self,
        entry: HeldEntry,
        meta: impl FnOnce(&mut Cpu<'_, '_>, &Roots) -> Result<bvm_vm::Value, Refused>,
    ) -> Result<AnyUserData> {
        let (made, released) = self.shared().with(|body, shared| {
            let roots = &body.roots;
            let made = body.vm.access(|cpu| {
                let meta = objects::Table::of(meta(cpu, roots)?);
                Ok(Held::within(cpu, |held, cpu| {
                    held.give_value(cpu, entry, meta)
                })?)
            });
            let made = made.map_err(|refused| body.refusal(shared, refused))?;
            let kept = AnyUserData(body.keep(shared, made)?);
            Ok((kept, Held::released(&mut body.vm)))
        })?;
        // Whoever makes many in a row drops those before, too.
        drop(released);
        Ok(made)
    }

    /// Lets the guest know a class, and have its metatable.
    fn know(&self, class: &Arc<ClassInfo>) -> Result<()> {
        let is_known = self.shared().with(|body, _| {
            let is_taken = Held::of(&mut body.vm, |held| {
                let known = held.classes.get(class.name);
                let is_taken = known.is_some_and(|known| !Arc::ptr_eq(known, class));
                if !is_taken {
                    held.know(class.clone());
                }
                is_taken
            });
            if is_taken {
                let text = format!("there is another type with the name '{}'", class.name);
                return Err(Error::Runtime(text));
            }
            Ok(known_in_registry(body, &class.registered))
        })?;
        if is_known {
            return Ok(());
        }
        let meta = self.make_meta(class)?;
        self.registry()?.raw_set(class.registered.as_str(), meta)
    }

    fn registry(&self) -> Result<Table> {
        self.shared().with(|body, shared| {
            let registry = body.vm.access(|cpu| cpu.registry());
            Ok(Table(body.keep(shared, registry.into())?))
        })
    }

    fn make_meta(&self, class: &Arc<ClassInfo>) -> Result<Table> {
        let meta = self.functions(class, MemberKind::Meta)?;
        let methods = self.functions(class, MemberKind::Method)?;
        let has = |kind| class.of_kind(kind).next().is_some();
        let other: Value = meta.raw_get("__index")?;
        if has(MemberKind::Getter) || !other.is_nil() {
            let getters = self.functions(class, MemberKind::Getter)?;
            let names = self.table()?;
            names.raw_set("methods", methods)?;
            names.raw_set("getters", getters)?;
            names.raw_set("other", other)?;
            meta.raw_set("__index", self.helper(INDEX, &names)?)?;
        } else {
            meta.raw_set("__index", methods)?;
        }
        let setters = self.functions(class, MemberKind::Setter)?;
        let other = match meta.raw_get::<Value>("__newindex")? {
            Value::Nil => Value::Function(self.give(refuse_field(class.name))?),
            other => other,
        };
        let names = self.table()?;
        names.raw_set("setters", setters)?;
        names.raw_set("other", other)?;
        meta.raw_set("__newindex", self.helper(NEW_INDEX, &names)?)?;
        meta.raw_set("__name", class.name)?;
        meta.raw_set("__metatable", false)?;
        Ok(meta)
    }

    /// The members of a kind, as a table of functions.
    fn functions(&self, class: &ClassInfo, kind: MemberKind) -> Result<Table> {
        let table = self.table()?;
        for member in class.of_kind(kind) {
            table.raw_set(member.name.as_str(), self.give(member.function.clone())?)?;
        }
        Ok(table)
    }
}

fn known_in_registry(body: &mut crate::body::Body, name: &str) -> bool {
    body.vm.access(|cpu| {
        let registry = cpu.registry();
        let found = cpu.field(registry, name);
        found.is_ok_and(|found| objects::Table::of(found).is_some())
    })
}

/// What refuses to set a field that there is not.
fn refuse_field(class: &'static str) -> Arc<HostFunction> {
    let call = move |_: &crate::Cx<'_>, args: crate::MultiValue| {
        let key = match args.as_slice() {
            [_, Value::String(key), ..] => format!("'{key}'"),
            [_, key, ..] => format!("of type {}", key.type_name()),
            _ => String::new(),
        };
        Err(Error::Runtime(format!(
            "cannot set field {key} of a {class}"
        )))
    };
    let target = Target::Function(Box::new(call));
    let name = format!("{class}.set");
    Arc::new(HostFunction::new(Some(name.into()), target))
}

/// A value of a host type becomes a userdata.
impl<T: UserData> IntoLua for T {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.userdata(self).map(Value::Userdata)
    }

    fn lua_type() -> String {
        T::NAME.to_owned()
    }
}
