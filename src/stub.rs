//! Files that tell the Lua language server, and so editors, what a module gives to programs. Must not know a guest.

use crate::module::Module;
use crate::userdata::{ClassInfo, Member, MemberKind, Param};
use std::fmt::Write;

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
    /// types, functions and what they say of themselves.
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
        let mut text = format!("---@meta {}\n", self.name());
        for class in self.classes() {
            instances(&mut text, class);
        }
        text.push('\n');
        comment(&mut text, self.doc());
        let _ = writeln!(text, "{} = {{}}", self.name());
        for class in self.classes() {
            let table = member_name(self.name(), class.name);
            let _ = writeln!(text, "\n{table} = {{}}");
            for member in class.of_kind(MemberKind::Function) {
                function(&mut text, &table, '.', member);
            }
        }
        for member in self.functions() {
            function(&mut text, self.name(), '.', member);
        }
        text
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
