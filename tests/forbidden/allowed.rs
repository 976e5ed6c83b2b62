//! What the other files here change a little, as it is right.

use bvm::{FromLua, IntoLua, Lua, Ref, Result, UserData};
use std::sync::{Arc, Mutex};

#[derive(UserData)]
#[bvm(name = "Shared", snapshot = refuse)]
pub struct Shared {
    #[bvm(get, set)]
    pub name: String,
    pub count: Arc<Mutex<u32>>,
}

#[bvm::methods]
impl Shared {
    #[bvm(ctor)]
    fn new(name: String) -> Shared {
        let count = Arc::default();
        Shared { name, count }
    }

    fn join(&self, other: &Shared, extra: Extra) -> String {
        format!("{}{}{}", self.name, other.name, extra.text)
    }

    fn take(&mut self, name: &str) -> Result<()> {
        self.name = name.to_owned();
        Ok(())
    }
}

#[derive(FromLua, IntoLua)]
pub struct Extra {
    #[bvm(default)]
    text: String,
}

#[derive(FromLua, IntoLua)]
pub enum Kind {
    One,
    Two,
}

pub fn everything() -> Result<()> {
    let lua = Lua::new()?;
    let count = Arc::new(Mutex::new(0));
    lua.function(move |kind: Kind, by: Ref<Shared>| {
        *count.lock().expect("no panic") += by.name.len();
        kind
    })?;
    let other = lua.clone();
    std::thread::spawn(move || other.load("return 1").exec())
        .join()
        .expect("no panic")
}
