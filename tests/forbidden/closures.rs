//! Functions of the host outlive whoever made them, and are called by any thread.

use bvm::{Lua, Result};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

pub fn not_sent(lua: &Lua) -> Result<()> {
    let count = Rc::new(5);
    lua.function(move || *count)?; //~ E0277
    Ok(())
}

pub fn not_shared(lua: &Lua) -> Result<()> {
    let count = RefCell::new(5);
    lua.function(move || *count.borrow_mut() += 1)?; //~ E0277
    Ok(())
}

pub fn changing(lua: &Lua) -> Result<()> {
    let mut count = 5;
    lua.function(move || { //~ E0525
        count += 1;
        count
    })?;
    Ok(())
}

pub fn no_value(lua: &Lua) -> Result<()> {
    lua.function(|| Arc::new(5))?; //~ E0277
    Ok(())
}
