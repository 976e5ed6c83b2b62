//! What `#[derive(UserData)]` says of its misuse.

use bvm::UserData;

#[derive(UserData)]
pub struct Generic<T>(pub T); //~ a host type cannot be generic

#[derive(UserData)]
#[bvm(snapshot = maybe)] //~ expected `refuse`, `portable` or `rebind(name = …, find = …)`
pub struct NoPolicy;

#[derive(UserData)]
#[bvm(snapshot = rebind)] //~ `rebind` takes two functions
pub struct NoWays;

#[derive(UserData)]
#[bvm(get)] //~ expected one of: name, memory, snapshot
pub struct NoSetting;

#[derive(UserData)]
#[bvm(memory = "much")] //~ E0308
pub struct NoNumber;

#[derive(UserData)]
pub struct NoName(#[bvm(get)] pub u32); //~ a field without a name needs `rename = "…"`

#[derive(UserData)]
pub struct NoField {
    #[bvm(rename = "b")] //~ without `get` or `set` the field is not in Lua
    pub a: u32,
}

#[derive(UserData)]
pub enum Variants {
    A {
        #[bvm(get)] //~ fields of variants are no fields in Lua: write a method
        a: u32,
    },
}

#[derive(UserData)]
#[bvm(snapshot = portable)] //~ E0277
pub struct NotSaved;

pub struct Inner;

#[derive(UserData)]
pub struct NotShown {
    #[bvm(get)]
    pub inner: Inner, //~ E0277
}
