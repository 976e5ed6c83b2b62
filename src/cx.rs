//! What a function of the host is called with besides its arguments.

use crate::error::{Error, Result};
use crate::lua::Lua;
use bvm_vm::Ring;

/// The call that a function of the host is made for.
#[derive(Debug)]
pub struct Cx<'a> {
    lua: &'a Lua,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(lua: &'a Lua) -> Cx<'a> {
        Cx { lua }
    }

    /// The guest that calls.
    pub fn lua(&self) -> &'a Lua {
        self.lua
    }

    /// Makes the guest pay for work, in units of fuel.
    ///
    /// ```
    /// use bvm::{Cx, Error, Lua};
    /// let lua = Lua::builder().fuel(1_000).lua()?;
    /// let hash = lua.function(|cx: &Cx<'_>, text: String| -> bvm::Result<u32> {
    ///     cx.charge(text.len() as u64)?;
    ///     Ok(text.bytes().map(u32::from).sum())
    /// })?;
    /// lua.globals().set("hash", hash)?;
    /// assert_eq!(lua.load("return hash('abc')").eval::<u32>()?, 294);
    /// assert_eq!(lua.load("hash(('x'):rep(2000))").exec(), Err(Error::OutOfFuel));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfFuel`] when the guest has less than that and gets no more for this call; then it stops, whatever
    /// the function does. A guest that runs in slices pays with the next ones.
    pub fn charge(&self, units: u64) -> Result<()> {
        self.lua.shared().with(|body, _| {
            body.vm.access(|cpu| cpu.pay(units));
            match body.vm.fuel_left() < 0 && body.is_whole && !body.is_unlimited {
                true => Err(Error::OutOfFuel),
                false => Ok(()),
            }
        })
    }

    /// The ring of the code that calls.
    pub fn ring(&self) -> Ring {
        let ring = self
            .lua
            .shared()
            .with(|body, _| Ok(body.vm.access(|cpu| cpu.ring())));
        ring.unwrap_or_default()
    }
}
