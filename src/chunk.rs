//! A program on its way into a guest: source, name, environment. Must not compile.

use crate::convert::{FromLuaMulti, IntoLuaMulti};
use crate::error::Result;
use crate::handle::{Function, Table};
use crate::lua::Lua;

/// A source or a binary chunk that is to be loaded: see [`Lua::load`].
#[derive(Debug)]
#[must_use = "a chunk does nothing by itself"]
pub struct Chunk<'a> {
    lua: &'a Lua,
    source: Vec<u8>,
    name: String,
    environment: Option<Table>,
}

impl<'a> Chunk<'a> {
    pub(crate) fn new(lua: &'a Lua, source: Vec<u8>) -> Chunk<'a> {
        Chunk {
            lua,
            source,
            name: "=eval".to_owned(),
            environment: None,
        }
    }

    /// Names the chunk, for messages: `@` and a file name, `=` and any name, or a text to be quoted.
    pub fn name(mut self, name: impl Into<String>) -> Chunk<'a> {
        self.name = name.into();
        self
    }

    /// Makes a table the chunk's globals.
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// let globals = lua.table_from([("x", 40)])?;
    /// assert_eq!(lua.load("y = 2 return x + y").environment(&globals).eval::<i64>()?, 42);
    /// assert_eq!(globals.get::<i64>("y")?, 2);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn environment(mut self, globals: &Table) -> Chunk<'a> {
        self.environment = Some(globals.clone());
        self
    }

    /// Compiles, verifies and loads; the function has not run yet. Compiling takes time and memory of yours, not of
    /// the guest. Both are linear in the source; the memory is some 50 bytes for each byte of it.
    ///
    /// # Errors
    /// [`Error::Syntax`](crate::Error::Syntax); [`Error::Chunk`](crate::Error::Chunk) and
    /// [`Error::Verify`](crate::Error::Verify) for binary chunks; no memory.
    pub fn into_function(self) -> Result<Function> {
        let function = self.lua.load_now(&self.source, &self.name)?;
        self.with_environment(function)
    }

    fn with_environment(&self, function: Function) -> Result<Function> {
        if let Some(globals) = &self.environment {
            function.set_environment(globals)?;
        }
        Ok(function)
    }

    /// The source as an expression, if it is one.
    fn as_expression(&self) -> Option<Function> {
        if bvm_isa::is_chunk(&self.source) {
            return None;
        }
        let expression = [b"return ".as_slice(), &self.source].concat();
        self.lua.load_now(&expression, &self.name).ok()
    }

    /// Loads and runs.
    ///
    /// # Errors
    /// Those of [`Chunk::into_function`] and [`Function::call`].
    pub fn exec(self) -> Result<()> {
        self.call(())
    }

    /// Loads, runs and gives the results. A source that is an expression gives its value, without `return`.
    ///
    /// ```
    /// use bvm::Lua;
    /// let lua = Lua::new()?;
    /// assert_eq!(lua.load("6 * 7").eval::<i64>()?, 42);
    /// assert_eq!(lua.load("return 1, 'one'").eval::<(i64, String)>()?, (1, "one".to_owned()));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Chunk::into_function`] and [`Function::call`].
    pub fn eval<R: FromLuaMulti>(self) -> Result<R> {
        match self.as_expression() {
            Some(function) => self.with_environment(function)?.call(()),
            None => self.call(()),
        }
    }

    /// Loads and runs with arguments, which are the chunk's `...`.
    ///
    /// # Errors
    /// Those of [`Chunk::into_function`] and [`Function::call`].
    pub fn call<R: FromLuaMulti>(self, args: impl IntoLuaMulti) -> Result<R> {
        self.into_function()?.call(args)
    }
}
