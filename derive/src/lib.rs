//! Macros that turn Rust declarations into what programs of Lua see of them. They write calls to the crate `bvm` and
//! decide nothing at run time; use them through it, with its feature `derive`.
#![forbid(unsafe_code)]

mod attribute;
mod convert;
mod methods;
mod userdata;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

/// Makes a type one that guests may have values of.
///
/// On the type:
/// * `#[bvm(name = "…")]`: its name in messages, stub files and saved guests; otherwise its Rust name.
/// * `#[bvm(memory = N)]`: how many bytes a value keeps elsewhere, which its guest pays for: see `bvm::Class::memory`.
/// * `#[bvm(snapshot = refuse)]`, the default: a guest that has a value cannot be saved.
/// * `#[bvm(snapshot = portable)]`: values are saved as bytes. The type has serde's `Serialize` and `Deserialize`.
/// * `#[bvm(snapshot = rebind(name = F, find = G))]`: values are saved as names. `F` is a `fn(&Self) -> String`, `G` a
///   `fn(&str) -> bvm::Result<Self>`.
/// * `#[bvm(leaf)]`: its methods compute from the value and their arguments, and neither have nor use handles of the
///   guest. They are called inside of the machine, several times as fast: see `bvm::UserData::IS_LEAF`.
///
/// On fields: `#[bvm(get)]`, `#[bvm(set)]`, `#[bvm(get, set)]`, and with them `rename = "…"`. What is read is a clone.
///
/// Doc comments go to stub files.
///
/// ```
/// #[derive(bvm::UserData)]
/// struct Lamp {
///     /// Whether it shines.
///     #[bvm(get, set)]
///     on: bool,
///     #[bvm(get, rename = "power")]
///     watts: f64,
/// }
/// let lua = bvm::Lua::new()?;
/// lua.globals().set("lamp", Lamp { on: false, watts: 40.0 })?;
/// lua.load("lamp.on = lamp.power > 30; assert(lamp.on)").exec()?;
/// # Ok::<(), bvm::Error>(())
/// ```
#[proc_macro_derive(UserData, attributes(bvm))]
pub fn derive_userdata(input: TokenStream) -> TokenStream {
    written(userdata::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Makes the functions of an `impl` block members of a host type, which derives [`UserData`](macro@UserData). There is
/// one such block for a type.
///
/// Functions with `&self` or `&mut self` become methods, those without become functions of the class. Arguments are
/// whatever `bvm::FromLuaMulti` takes, `&T` and `&mut T` for host types, `&str` and `&[u8]` for strings; an argument
/// `&Cx<'_>` or `&Lua`, at any place, is what the function is called in. A `Result` raises its error. The results of an
/// async function come later (see `bvm::Lua::async_function`); its value stays lent until then.
///
/// * `#[bvm(ctor)]`: says that the function makes values; nothing else.
/// * `#[bvm(meta = "__add")]`: an event of the metatable. With `self` for its first operand.
/// * `#[bvm(get)]`, `#[bvm(set)]`: a field that is computed; `set_` before its name is left out.
/// * `#[bvm(rename = "…")]`: the name in Lua.
/// * `#[bvm(skip)]`: not for Lua.
///
/// Who writes `impl UserData` by hand calls `Self::__bvm_methods(class)` there.
///
/// ```
/// #[derive(bvm::UserData)]
/// struct Circle { #[bvm(get)] radius: f64 }
/// #[bvm::methods]
/// impl Circle {
///     #[bvm(ctor)]
///     fn new(radius: f64) -> Circle { Circle { radius } }
///     #[bvm(get)]
///     fn area(&self) -> f64 { 3.0 * self.radius * self.radius }
///     fn grow(&mut self, by: f64) { self.radius *= by }
///     #[bvm(meta = "__eq")]
///     fn same(&self, other: &Circle) -> bool { self.radius == other.radius }
/// }
/// let lua = bvm::Lua::new()?;
/// lua.globals().set("Circle", lua.class::<Circle>()?)?;
/// lua.load("local c = Circle.new(1) c:grow(2) assert(c.area == 12 and c == Circle.new(2))").exec()?;
/// let error = lua.load("Circle.new(1):grow({})").name("=m").exec().unwrap_err();
/// assert_eq!(error.to_string(), "m:1: bad argument #1 'by' (number expected, got table)");
/// # Ok::<(), bvm::Error>(())
/// ```
#[proc_macro_attribute]
pub fn methods(attribute: TokenStream, block: TokenStream) -> TokenStream {
    let attribute = attribute.into();
    methods::expand(&attribute, parse_macro_input!(block as ItemImpl)).into()
}

/// Makes a structure from a table, field by field, or an enumeration without fields from a string.
///
/// `#[bvm(rename = "…")]` on a field or a variant, `#[bvm(default)]` or `#[bvm(default = expression)]` on a field that
/// may be missing, `#[bvm(rename_all = "snake_case")]` or `"lowercase"` on an enumeration.
///
/// ```
/// #[derive(bvm::FromLua)]
/// struct Options { name: String, #[bvm(default = 30)] timeout: u32 }
/// let lua = bvm::Lua::new()?;
/// let options: Options = lua.load("{ name = 'a' }").eval()?;
/// assert_eq!((options.name.as_str(), options.timeout), ("a", 30));
/// let error = lua.load("{ name = 'a', timeout = 'soon' }").eval::<Options>().err().expect("no number");
/// assert_eq!(error.to_string(), "bad result #1 'timeout' (u32 expected, got string)");
/// # Ok::<(), bvm::Error>(())
/// ```
#[proc_macro_derive(FromLua, attributes(bvm))]
pub fn derive_from_lua(input: TokenStream) -> TokenStream {
    written(convert::derive_from(&parse_macro_input!(
        input as DeriveInput
    )))
}

/// Makes a table of a structure, field by field, or a string of an enumeration without fields. The attributes are
/// those of [`FromLua`](macro@FromLua).
///
/// ```
/// #[derive(bvm::IntoLua)]
/// struct Point { x: f64, y: f64 }
/// #[derive(bvm::IntoLua)]
/// #[bvm(rename_all = "snake_case")]
/// enum Colour { DarkRed, Blue }
/// let lua = bvm::Lua::new()?;
/// lua.globals().set("here", Point { x: 3.0, y: 4.0 })?;
/// lua.globals().set("colours", [Colour::DarkRed, Colour::Blue])?;
/// lua.load("assert(here.x * here.y == 12 and colours[1] == 'dark_red')").exec()?;
/// # Ok::<(), bvm::Error>(())
/// ```
#[proc_macro_derive(IntoLua, attributes(bvm))]
pub fn derive_into_lua(input: TokenStream) -> TokenStream {
    written(convert::derive_into(&parse_macro_input!(
        input as DeriveInput
    )))
}

/// What has been written, or the messages for whoever reads the compiler's.
fn written(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
