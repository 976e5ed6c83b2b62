//! What becomes what on its way into a guest and out of it. Must not run anything.

mod from;
mod into;
mod multi;
pub(crate) mod notation;
pub mod words;

pub use from::FromLua;
pub use into::IntoLua;
pub use multi::{FromLuaMulti, IntoLuaMulti, MultiValue, OrNil, Variadic};
