//! Files that tell the Lua language server, and so editors, what modules and types give to programs. Must not know a
//! guest.

use crate::module::Module;
use crate::userdata::{ClassInfo, Member, MemberKind, Param, UserData};
use std::fmt::{self, Write};
use std::sync::Arc;

/// Words that are no names in Lua.
const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// The operators that the language server knows of, by their events.
const OPERATORS: [&str; 9] = [
    "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__concat", "__len",
];

impl Module {
    /// What editors show of the module: a file for the [Lua language server](https://luals.github.io) with its
    /// types, functions and what they say of themselves. [`Stub`] is one for several modules.
    ///
    /// ```
    /// use bvm::Module;
    /// let mut geo = Module::new("geo");
    /// geo.function("area", |width: f64, height: f64| width * height)
    ///     .doc("The area of a rectangle.")
    ///     .names(&["width", "height"]);
    /// assert!(geo.stub().ends_with("\
    /// ---The area of a rectangle.
    /// ---@param width number
    /// ---@param height number
    /// ---@return number
    /// function geo.area(width, height) end
    /// "));
    /// ```
    pub fn stub(&self) -> String {
        Stub::new(self.name()).module(self).to_string()
    }
}

/// What editors show of several modules and types together: one file for the
/// [Lua language server](https://luals.github.io), as text by [`ToString`]. A type of several modules is described once.
///
/// ```
/// use bvm::{Class, Module, Stub, UserData};
/// struct Door;
/// impl UserData for Door {
///     const NAME: &'static str = "Door";
///     fn class(class: &mut Class<Door>) {
///         class.function("new", || Door);
///         class.method("open", |_: &Door| true);
///     }
/// }
/// let mut house = Module::new("house");
/// house.function("front", || Door);
/// let mut text = Module::new("text");
/// text.function("trim", |text: String| text.trim().to_owned()).names(&["text"]);
/// let stub = Stub::new("game").module(&house).module(&text).class::<Door>().to_string();
/// assert!(stub.starts_with("---@meta game\n"));
/// assert!(stub.contains("---@return Door\nfunction house.front() end"));
/// assert!(stub.contains("---@return Door\nfunction Door.new() end"));
/// assert!(stub.contains("---@return boolean\nfunction Door:open() end"));
/// ```
#[derive(Debug, Clone)]
pub struct Stub {
    name: String,
    modules: Vec<Module>,
    /// The types that are globals.
    classes: Vec<Arc<ClassInfo>>,
}

impl Stub {
    /// An empty file. Its name is what the language server calls it.
    pub fn new(name: &str) -> Stub {
        Stub {
            name: name.to_owned(),
            modules: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// Adds a module with its types.
    #[must_use]
    pub fn module(mut self, module: &Module) -> Stub {
        self.modules.push(module.clone());
        self
    }

    /// Adds a type whose functions programs have as a global with its name: see [`Lua::class`](crate::Lua::class).
    #[must_use]
    pub fn class<T: UserData>(mut self) -> Stub {
        self.classes.push(ClassInfo::of::<T>());
        self
    }

    /// All types, each once, in the order in which they come.
    fn types(&self) -> Vec<&ClassInfo> {
        let globals = self.classes.iter().map(|class| &**class);
        let mut types: Vec<&ClassInfo> = Vec::new();
        for class in globals.chain(self.modules.iter().flat_map(Module::classes)) {
            if types.iter().all(|known| known.name != class.name) {
                types.push(class);
            }
        }
        types
    }
}

/// The tables come before the types, each of which is a local from there on.
impl fmt::Display for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("---@meta {}\n", self.name);
        for class in &self.classes {
            functions(&mut text, class.name, class);
        }
        for module in &self.modules {
            text.push('\n');
            comment(&mut text, module.doc());
            let _ = writeln!(text, "{} = {{}}", module.name());
            for class in module.classes() {
                functions(&mut text, &member_name(module.name(), class.name), class);
            }
            for member in module.functions() {
                function(&mut text, module.name(), '.', member);
            }
        }
        for class in self.types() {
            instances(&mut text, class);
        }
        f.write_str(&text)
    }
}

/// The table of a class with its functions.
fn functions(text: &mut String, table: &str, class: &ClassInfo) {
    let _ = writeln!(text, "\n{table} = {{}}");
    for member in class.of_kind(MemberKind::Function) {
        function(text, table, '.', member);
    }
}

/// What values of a class have.
fn instances(text: &mut String, class: &ClassInfo) {
    text.push('\n');
    comment(text, &class.doc);
    let _ = writeln!(text, "---@class {}", class.name);
    fields(text, class);
    for member in class.of_kind(MemberKind::Meta) {
        operator(text, class, member);
    }
    let _ = writeln!(text, "local {} = {{}}", class.name);
    for member in class.of_kind(MemberKind::Method) {
        function(text, class.name, ':', member);
    }
}

fn fields(text: &mut String, class: &ClassInfo) {
    let find = |kind, name: &str| class.of_kind(kind).find(|member| member.name == name);
    for get in class.of_kind(MemberKind::Getter) {
        let shown = get.returns.first().map_or("any", String::as_str);
        let note = match find(MemberKind::Setter, &get.name) {
            Some(_) => "",
            None => " Read only.",
        };
        field(text, &get.name, shown, &get.doc, note);
    }
    for set in class.of_kind(MemberKind::Setter) {
        if find(MemberKind::Getter, &set.name).is_none() {
            let shown = set.params.first().map_or("any", |param| &param.lua_type);
            field(text, &set.name, shown, &set.doc, " Write only.");
        }
    }
}

fn field(text: &mut String, name: &str, shown: &str, doc: &str, note: &str) {
    let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = match is_name(name) {
        true => name.to_owned(),
        false => format!("[{name:?}]"),
    };
    let doc = format!("{doc}{note}");
    let line = format!("---@field {name} {shown} {}", doc.trim());
    let _ = writeln!(text, "{}", line.trim_end());
}

/// An event of the metatable, when the language server has a way to say it.
fn operator(text: &mut String, class: &ClassInfo, member: &Member) {
    let mut operands = member.params.as_slice();
    if !member.function.is_method() {
        match operands.split_first() {
            Some((first, others)) if [class.name, "any"].contains(&first.lua_type.as_str()) => {
                operands = others;
            }
            // There is no way to say that the value is the second operand.
            _ => return,
        }
    }
    let result = member.returns.first().map_or("any", String::as_str);
    if member.name == "__call" {
        let shown = |(i, param): (usize, &Param)| match param.is_variadic() {
            true => format!("...: {}", param.lua_type.trim_start_matches("...")),
            false => format!("{}: {}", param_name(i, param), param.lua_type),
        };
        let params: Vec<String> = operands.iter().enumerate().map(shown).collect();
        let _ = writeln!(
            text,
            "---@overload fun({}): {}",
            params.join(", "),
            member.returns.join(", ")
        );
    } else if OPERATORS.contains(&member.name.as_str()) {
        let name = member.name.trim_start_matches("__");
        let is_unary = matches!(name, "unm" | "len");
        let operand = match operands.first().filter(|_| !is_unary) {
            Some(param) => format!("({})", param.lua_type),
            None => String::new(),
        };
        let _ = writeln!(text, "---@operator {name}{operand}: {result}");
    }
}

/// A function with what it takes and gives.
fn function(text: &mut String, table: &str, joint: char, member: &Member) {
    text.push('\n');
    comment(text, &member.doc);
    let mut names = Vec::new();
    for (i, param) in member.params.iter().enumerate() {
        let name = param_name(i, param);
        let shown = param.lua_type.trim_start_matches("...");
        let _ = match shown.strip_suffix('?') {
            Some(shown) => writeln!(text, "---@param {name}? {shown}"),
            None => writeln!(text, "---@param {name} {shown}"),
        };
        names.push(name);
    }
    for shown in &member.returns {
        let _ = match shown.strip_prefix("...") {
            Some(shown) => writeln!(text, "---@return {shown} ..."),
            None if shown == "nil" => Ok(()),
            None => writeln!(text, "---@return {shown}"),
        };
    }
    let names = names.join(", ");
    let name = &member.name;
    let _ = match (is_name(name), joint) {
        (true, _) => writeln!(text, "function {table}{joint}{name}({names}) end"),
        (false, ':') if names.is_empty() => {
            writeln!(text, "{table}[{name:?}] = function(self) end")
        }
        (false, ':') => writeln!(text, "{table}[{name:?}] = function(self, {names}) end"),
        (false, _) => writeln!(text, "{table}[{name:?}] = function({names}) end"),
    };
}

/// What a parameter is called, the first being 0.
fn param_name(i: usize, param: &Param) -> String {
    if param.is_variadic() {
        return "...".to_owned();
    }
    match param.name.as_str() {
        "" => format!("arg{}", i + 1),
        name if is_name(name) => name.to_owned(),
        name => format!("{name}_"),
    }
}

fn member_name(table: &str, name: &str) -> String {
    match is_name(name) {
        true => format!("{table}.{name}"),
        false => format!("{table}[{name:?}]"),
    }
}

fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(is_letter)
        && text.chars().all(|c| is_letter(c) || c.is_ascii_digit())
        && !KEYWORDS.contains(&text)
}

fn comment(text: &mut String, doc: &str) {
    for line in doc.lines() {
        let _ = writeln!(text, "---{}", line.trim());
    }
}
