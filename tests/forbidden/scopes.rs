//! What a scope lends outlives the scope, and is nobody else's meanwhile.

use bvm::{AnyUserData, Class, Lua, Result, Scope, UserData};

pub struct World(pub u32);

impl UserData for World {
    const NAME: &'static str = "World";
    fn class(_: &mut Class<World>) {}
}

pub struct Unknown;

pub fn too_short(lua: &Lua) -> Result<()> {
    lua.scope(|scope| {
        let world = World(1);
        scope.userdata_ref(&world)?; //~ E0597
        Ok(())
    })
}

pub fn used_meanwhile(lua: &Lua) -> Result<()> {
    let mut world = World(1);
    lua.scope(|scope| {
        scope.userdata_mut(&mut world)?;
        world.0 += 1; //~ E0503
        Ok(())
    })
}

pub fn lent_twice(lua: &Lua) -> Result<()> {
    let mut world = World(1);
    lua.scope(|scope| {
        scope.userdata_mut(&mut world)?;
        scope.userdata_ref(&world)?; //~ E0502
        Ok(())
    })
}

pub fn changed_through_a_reader(lua: &Lua, world: &World) -> Result<()> {
    lua.scope(|scope| scope.userdata_mut(world).map(drop)) //~ E0308
}

pub fn no_host_type(lua: &Lua) -> Result<()> {
    lua.scope(|scope| scope.userdata_ref(&Unknown).map(drop)) //~ E0277
}

pub fn kept<'a>(lua: &Lua) -> Result<&'a Scope<'a>> {
    lua.scope(|scope| Ok(scope)) //~ lifetime may not live long enough
}

pub fn a_handle_is_kept(lua: &Lua, world: &World) -> Result<AnyUserData> {
    lua.scope(|scope| scope.userdata_ref(world))
}

pub fn an_object_that_borrows_too_short(lua: &Lua) -> Result<()> {
    lua.scope(|scope| {
        let list = vec![1, 2, 3];
        scope.object("View", &list)?; //~ E0597
        Ok(())
    })
}

pub fn an_object_is_kept(lua: &Lua, list: &mut Vec<u32>) -> Result<()> {
    let mut kept = None;
    lua.scope(|scope| {
        kept = Some(scope.object("View", list)?); //~ borrowed data escapes
        Ok(())
    })
}
