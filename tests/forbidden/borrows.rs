//! Functions of the host keep nothing that is only lent to them.

use bvm::{Cx, Lua, Result};
use std::sync::Mutex;

pub fn from_outside(lua: &Lua, names: &Mutex<Vec<String>>) -> Result<()> {
    lua.function(move || names.lock().map_or(0, |names| names.len()))?; //~ E0521
    Ok(())
}

pub fn of_a_call(lua: &Lua) -> Result<()> {
    let kept: Mutex<Option<&'static Cx<'static>>> = Mutex::new(None);
    lua.function(move |cx: &Cx<'_>| {
        *kept.lock().expect("no panic") = Some(cx); //~ E0521
    })?;
    Ok(())
}
