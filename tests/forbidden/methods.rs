//! What `#[methods]` says of its misuse.

use bvm::UserData;

#[derive(UserData)]
pub struct Door;

pub struct Unknown;

#[bvm::methods]
impl Door {
    fn close(self) {} //~ the guest keeps the value: a method takes `&self` or `&mut self`

    #[bvm(get)]
    async fn open(&self) {} //~ the value of a field cannot come later

    async fn wait(&self, cx: &bvm::Cx<'_>) {} //~ the call is over when the results come: take `&Lua`

    fn pass<T: Into<f64>>(&self, what: T) {} //~ Lua does not know which types are meant

    fn look(&self, at: impl Into<f64>) {} //~ Lua does not know which type is meant

    #[bvm(ctor)]
    fn new(&self) {} //~ a constructor has no `self`

    #[bvm(get)]
    fn size() -> u32 { //~ a field belongs to a value: `&self`
        5
    }

    #[bvm(get, set)]
    fn both(&self) {} //~ a function is one of `get`, `set`, `ctor` and `meta`

    #[bvm(meta = "add")] //~ events of a metatable begin with two underscores, as `__add`
    fn add(&self) {}

    #[bvm(getter)] //~ expected one of: ctor, get, set, meta, rename, skip
    fn wrong(&self) {}

    fn take(&self, what: Unknown) {} //~ `Unknown` is not made from Lua values

    fn lend(&self, what: &Unknown) {} //~ `Unknown` is no host type

    fn give(&self) -> Unknown { //~ `Unknown` does not become Lua values
        Unknown
    }
}

#[bvm::methods(name = "Gate")] //~ `methods` has no settings
impl Unknown {}
