//! What `#[derive(FromLua)]` and `#[derive(IntoLua)]` say of their misuse.

use bvm::{FromLua, IntoLua};

#[derive(FromLua)]
pub struct Pair(pub u32, pub u32); //~ only structures with named fields and enumerations without fields

#[derive(IntoLua)]
pub enum Shape {
    Circle(f64), //~ only structures with named fields and enumerations without fields
}

#[derive(FromLua)]
#[bvm(rename_all = "UPPER")] //~ expected "snake_case" or "lowercase"
pub enum Case {
    A,
}

pub struct Inner;

#[derive(FromLua)]
pub struct Outer {
    pub inner: Inner, //~ E0277
}

#[derive(IntoLua)]
pub struct Given {
    pub inner: Inner, //~ E0277
}
