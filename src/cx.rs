//! What a function of the host is called with besides its arguments.

use crate::convert::words::Words;
use crate::error::{Error, Result};
use crate::function::IntoReturn;
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

    /// The arguments of the call, when they go straight; nothing has happened to the window since it began.
    pub(crate) fn arguments<T>(
        &self,
        take: impl FnOnce(&mut Words<'_, '_>) -> Option<T>,
    ) -> Option<T> {
        let shared = self.lua.shared();
        let taken =
            shared.with(|body, _| Ok(body.vm.access(|cpu| take(&mut Words::window(cpu, 1)))));
        taken.ok().flatten()
    }

    /// Puts results that go straight where the caller expects them.
    ///
    /// # Errors
    /// Those of the results.
    pub(crate) fn answer(&self, results: impl IntoReturn) -> Result<()> {
        self.lua.shared().with(|body, _| {
            // The guest may have dropped the call meanwhile.
            if body.pending.is_some() {
                return Ok(());
            }
            body.vm.access(|cpu| {
                cpu.set_count(0);
                results.push_return(cpu)
            })
        })
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
