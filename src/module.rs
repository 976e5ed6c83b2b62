//! What an application gives to its guests: named functions and types. Names are what guests are saved with, and
//! what connects them to the host that they are restored by.

use crate::error::Result;
use crate::function::{self, Callable};
use crate::held::Held;
use crate::lua::Lua;
use crate::userdata::{ClassInfo, Member, MemberKind, UserData};
use std::sync::Arc;

/// A table of the host's functions and types that guests have as a global. Copies share them.
///
/// Functions that [`Lua::function`] makes belong to one guest and its forks. Those of a module have names: a guest that
/// is saved and restored elsewhere goes on with the functions of the modules that it is restored with.
///
/// ```
/// use bvm::{Guest, Module};
/// let mut geo = Module::new("geo");
/// geo.function("area", |width: f64, height: f64| width * height);
/// let mut guest = Guest::builder().module(&geo).build()?;
/// assert_eq!(guest.eval::<f64>("return geo.area(6, 7)", 1_000)?, 42.0);
/// let saved = guest.snapshot()?;
/// let mut twin = Guest::builder().module(&geo).restore(&saved)?;
/// assert_eq!(twin.eval::<f64>("return geo.area(2, 3)", 1_000)?, 6.0);
/// # Ok::<(), bvm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Module {
    name: String,
    doc: String,
    functions: Vec<Member>,
    classes: Vec<Arc<ClassInfo>>,
}

impl Module {
    /// An empty module. Its name is that of its global, and no other module of a guest may have it.
    pub fn new(name: &str) -> Module {
        Module {
            name: name.to_owned(),
            doc: String::new(),
            functions: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says what the module is for, in stub files.
    pub fn describe(&mut self, text: &str) -> &mut Module {
        text.trim().clone_into(&mut self.doc);
        self
    }

    /// What it is for.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// The functions.
    pub fn functions(&self) -> &[Member] {
        &self.functions
    }

    /// The types.
    pub fn classes(&self) -> impl Iterator<Item = &ClassInfo> {
        self.classes.iter().map(|class| &**class)
    }

    /// Adds a function: see [`Lua::function`]. What it gives takes what stub files show.
    ///
    /// # Panics
    /// Never.
    pub fn function<Kind: 'static, F: Callable<Kind> + Send + Sync + 'static>(
        &mut self,
        name: &str,
        function: F,
    ) -> &mut Member {
        let full = format!("{}.{name}", self.name);
        let function = function::function(Some(full.into()), function);
        let member = Member::new(name, MemberKind::Function, function, F::signature());
        push_mut(&mut self.functions, member)
    }

    /// Adds a type. Its functions are in the module under the type's name.
    pub fn class<T: UserData>(&mut self) -> &mut Module {
        self.classes.push(ClassInfo::of::<T>());
        self
    }

    /// Makes all names known to a guest.
    pub(crate) fn register(&self, held: &mut Held) {
        for member in &self.functions {
            held.register(&member.function);
        }
        for class in &self.classes {
            held.know(class.clone());
        }
    }
}

/// Adds an element; gives where it is now.
pub(crate) fn push_mut<T>(list: &mut Vec<T>, element: T) -> &mut T {
    let at = list.len();
    list.push(element);
    &mut list[at]
}

impl Lua {
    /// Gives a module to the guest, as a global.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory); another type with a name that the module has.
    pub fn add_module(&self, module: &Module) -> Result<()> {
        let table = self.table()?;
        for member in &module.functions {
            table.raw_set(member.name.as_str(), self.give(member.function.clone())?)?;
        }
        for class in &module.classes {
            table.raw_set(class.name, self.class_of(class)?)?;
        }
        self.globals().raw_set(module.name.as_str(), table)
    }
}
