//! A function of the host as one of the members of a class or module, with what stub files show of it.

use crate::function::Signature;
use crate::held::HostFunction;
#[cfg(feature = "derive")]
use crate::{
    error::Result,
    held::{HeldValue, Leaf},
};
#[cfg(feature = "derive")]
use bvm_vm::Cpu;
use std::sync::Arc;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// `value:name(…)`
    Method,
    /// `Class.name(…)`: without a value, as constructors are.
    Function,
    /// `value.name`
    Getter,
    /// `value.name = …`
    Setter,
    /// An event of the metatable.
    Meta,
}

/// A member of a class or module, with what editors show of it.
///
/// ```
/// use bvm::Module;
/// let mut geo = Module::new("geo");
/// geo.function("area", |width: f64, height: f64| width * height)
///     .doc("The area of a rectangle.")
///     .names(&["width", "height"]);
/// let lua = bvm::Lua::builder().module(&geo).lua()?;
/// let error = lua.load("geo.area(3, {})").name("=m").exec().unwrap_err();
/// assert_eq!(error.to_string(), "m:1: bad argument #2 'height' (number expected, got table)");
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// What it does.
    pub doc: String,
    /// The parameters, without the value of a method.
    pub params: Vec<Param>,
    /// Types of the results in the notation of the Lua language server.
    pub returns: Vec<String>,
    pub(crate) function: Arc<HostFunction>,
}

/// A parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Param {
    /// Its name; empty when nobody gave it one.
    pub name: String,
    /// Its type in the notation of the Lua language server; `...T` for any number of them.
    pub lua_type: String,
}

impl Param {
    /// Whether it is any number of arguments.
    pub fn is_variadic(&self) -> bool {
        self.lua_type.starts_with("...")
    }
}

impl Member {
    pub(crate) fn new(
        name: &str,
        kind: MemberKind,
        function: HostFunction,
        signature: Signature,
    ) -> Member {
        let nameless = |lua_type| Param {
            name: String::new(),
            lua_type,
        };
        Member {
            name: name.to_owned(),
            kind,
            doc: String::new(),
            params: signature.params.into_iter().map(nameless).collect(),
            returns: signature.returns,
            function: Arc::new(function),
        }
    }

    /// Sets what the member does.
    pub fn doc(&mut self, text: &str) -> &mut Member {
        text.trim().clone_into(&mut self.doc);
        self
    }

    /// Names the parameters, for stub files and for messages about wrong arguments.
    pub fn names(&mut self, names: &[&str]) -> &mut Member {
        for (param, name) in self.params.iter_mut().zip(names) {
            (*name).clone_into(&mut param.name);
        }
        self.tell_function()
    }

    /// Says which parameters there are: names with types in the notation of the Lua language server.
    pub fn params(&mut self, params: &[(&str, &str)]) -> &mut Member {
        let param = |(name, lua_type): &(&str, &str)| Param {
            name: (*name).to_owned(),
            lua_type: (*lua_type).to_owned(),
        };
        self.params = params.iter().map(param).collect();
        self.tell_function()
    }

    /// Says which types the results have, or the field, in the notation of the Lua language server.
    pub fn returns(&mut self, lua_types: &[&str]) -> &mut Member {
        self.returns = lua_types.iter().map(|&of| of.to_owned()).collect();
        self
    }

    /// Lets a method be called inside of the engine.
    #[cfg(feature = "derive")]
    pub(crate) fn lead(
        &mut self,
        is_leaf: bool,
        leaf: impl Fn(&HeldValue, &mut Cpu<'_, '_>) -> Option<Result<()>> + Send + Sync + 'static,
    ) -> &mut Member {
        if let Some(function) = Arc::get_mut(&mut self.function).filter(|_| is_leaf) {
            function.leaf = Some(Leaf::Method(Box::new(leaf)));
        }
        self
    }

    /// Lets messages know the names. Arguments of any number have their numbers only.
    fn tell_function(&mut self) -> &mut Member {
        // Nobody has the function yet, as members are described where they are declared.
        if let Some(function) = Arc::get_mut(&mut self.function) {
            let named = self.params.iter().take_while(|param| !param.is_variadic());
            function.params = named.map(|param| param.name.clone()).collect();
        }
        self
    }
}
