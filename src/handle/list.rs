//! Tables as lists: elements behind the last one, in between, one after the other. All without metamethods.

use super::Table;
use crate::convert::{FromLua, IntoLua};
use crate::error::{Error, Result};
use crate::lower::Refused;
use crate::value::Value;
use bvm_vm::Raise;
use bvm_vm::data::table;

impl Table {
    /// Puts a value behind the last one: `table[#table + 1] = value`, without metamethods.
    ///
    /// # Errors
    /// Those of [`Table::raw_set`].
    pub fn push(&self, value: impl IntoLua) -> Result<()> {
        self.raw_set(self.raw_len()? + 1, value)
    }

    /// Takes the last value off: `table[#table]`, without metamethods; `nil` from an empty one.
    ///
    /// # Errors
    /// Those of [`Table::raw_get`].
    pub fn pop<V: FromLua>(&self) -> Result<V> {
        let last = self.raw_len()?;
        let value = self.raw_get(last)?;
        if last > 0 {
            self.raw_set(last, Value::Nil)?;
        }
        Ok(value)
    }

    /// Puts a value before the one at `at`, from 1, or behind the last one, as `table.insert` does. Takes time for each
    /// element behind it, and no fuel.
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// let list = lua.sequence(["a", "c"])?;
    /// list.raw_insert(2, "b")?;
    /// assert_eq!(list.raw_remove::<String>(1)?, "a");
    /// assert_eq!(list.sequence_values::<String>().collect::<bvm::Result<Vec<_>>>()?, ["b", "c"]);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// A place outside the list, a sealed table, no memory.
    pub fn raw_insert(&self, at: usize, value: impl IntoLua) -> Result<()> {
        let value = value.into_lua(self.0.lua())?;
        let last = self.raw_len()?;
        let (at, last) = places(at, last, last + 1)?;
        self.reach(|t, cpu, lower| {
            cpu.check_seal(t)?;
            cpu.changes(t);
            let word = lower(&value, cpu)?;
            for i in (at..=last).rev() {
                let moved = table::get_int(cpu.mem, t, i);
                table::set_int(cpu.mem, t, i + 1, moved).map_err(Raise::from)?;
            }
            table::set_int(cpu.mem, t, at, word).map_err(|full| Refused::Raise(full.into()))
        })
    }

    /// Takes the value at `at`, from 1, out; those behind it move up, as with `table.remove`.
    ///
    /// # Errors
    /// A place outside the list, a sealed table; [`Error::Type`] when the value is no `V`, which is out then.
    pub fn raw_remove<V: FromLua>(&self, at: usize) -> Result<V> {
        let last = self.raw_len()?;
        let value = self.raw_get::<Value>(at)?;
        let (at, last) = places(at, last, last)?;
        self.reach(|t, cpu, _| {
            cpu.check_seal(t)?;
            cpu.changes(t);
            for i in at..=last {
                let moved = match i < last {
                    true => table::get_int(cpu.mem, t, i + 1),
                    false => bvm_vm::Value::NIL,
                };
                table::set_int(cpu.mem, t, i, moved).map_err(Raise::from)?;
            }
            Ok(())
        })?;
        V::from_lua(value, self.0.lua())
    }

    /// Calls a closure with each pair: see [`Table::pairs`]. Ends with its first error.
    ///
    /// # Errors
    /// The closure's, and those of converting.
    pub fn for_each<K: FromLua, V: FromLua>(
        &self,
        mut f: impl FnMut(K, V) -> Result<()>,
    ) -> Result<()> {
        self.pairs().try_for_each(|pair| {
            let (key, value) = pair?;
            f(key, value)
        })
    }
}

/// A place and the end of a list as the machine counts, when the place is from 1 to `most`.
fn places(at: usize, last: usize, most: usize) -> Result<(u32, u32)> {
    match (u32::try_from(at), u32::try_from(last)) {
        (Ok(place), Ok(last)) if place >= 1 && at <= most => Ok((place, last)),
        _ => Err(Error::runtime(format_args!(
            "no place {at} in a list of {last}"
        ))),
    }
}
