//! `#[bvm(…)]` and doc comments, as they are written on types, fields and functions.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Result, Token};

/// What a type says about guests that are saved.
pub enum Snapshot {
    Refuse,
    Portable(Span),
    Rebind { name: Path, find: Path },
}

/// What a field is when it is missing.
pub enum Missing {
    Default,
    Value(Box<Expr>),
}

/// All that `#[bvm(…)]` can say.
#[derive(Default)]
pub struct Settings {
    pub get: bool,
    pub set: bool,
    pub skip: bool,
    pub ctor: bool,
    pub leaf: bool,
    pub meta: Option<LitStr>,
    pub name: Option<LitStr>,
    pub rename: Option<LitStr>,
    pub rename_all: Option<LitStr>,
    pub snapshot: Option<Snapshot>,
    pub memory: Option<Expr>,
    pub default: Option<Missing>,
}

/// Whether an attribute is one of ours.
pub fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("bvm")
}

impl Settings {
    /// Reads what is said at a place where only the words `allowed` have a meaning.
    pub fn read(attributes: &[Attribute], allowed: &[&str]) -> Result<Settings> {
        let mut settings = Settings::default();
        for attribute in attributes.iter().filter(|a| is_ours(a)) {
            attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(Ident::to_string);
                match word.filter(|word| allowed.contains(&word.as_str())) {
                    Some(word) => settings.take(&word, &meta),
                    None => Err(meta.error(nothing_of_the_kind(allowed))),
                }
            })?;
        }
        Ok(settings)
    }

    fn take(&mut self, word: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match word {
            "get" => self.get = true,
            "set" => self.set = true,
            "skip" => self.skip = true,
            "ctor" => self.ctor = true,
            "leaf" => self.leaf = true,
            "meta" => self.meta = Some(meta.value()?.parse()?),
            "name" => self.name = Some(meta.value()?.parse()?),
            "rename" => self.rename = Some(meta.value()?.parse()?),
            "rename_all" => self.rename_all = Some(meta.value()?.parse()?),
            "memory" => self.memory = Some(meta.value()?.parse()?),
            "snapshot" => self.snapshot = Some(snapshot(meta)?),
            _ => {
                self.default = Some(match meta.input.peek(Token![=]) {
                    true => Missing::Value(meta.value()?.parse()?),
                    false => Missing::Default,
                });
            }
        }
        Ok(())
    }

    /// The name in Lua of what is called `name` in Rust.
    pub fn name_of(&self, name: &Ident) -> String {
        match &self.rename {
            Some(rename) => rename.value(),
            None => plain(name),
        }
    }
}

/// A name without what makes a keyword one.
pub fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

fn nothing_of_the_kind(allowed: &[&str]) -> String {
    match allowed {
        [] => "`bvm` has no settings here".to_owned(),
        _ => format!("expected one of: {}", allowed.join(", ")),
    }
}

fn snapshot(meta: &ParseNestedMeta<'_>) -> Result<Snapshot> {
    let policy: Ident = meta.value()?.parse()?;
    match policy.to_string().as_str() {
        "refuse" => Ok(Snapshot::Refuse),
        "portable" => Ok(Snapshot::Portable(place(&policy))),
        "rebind" => rebind(&policy, meta),
        _ => Err(Error::new(
            policy.span(),
            "expected `refuse`, `portable` or `rebind(name = …, find = …)`",
        )),
    }
}

fn rebind(policy: &Ident, meta: &ParseNestedMeta<'_>) -> Result<Snapshot> {
    let (mut name, mut find) = (None, None);
    if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|inner| {
            let way: Path = inner.value()?.parse()?;
            if inner.path.is_ident("name") {
                name = Some(way);
            } else if inner.path.is_ident("find") {
                find = Some(way);
            } else {
                return Err(inner.error("expected `name` or `find`"));
            }
            Ok(())
        })?;
    }
    match (name, find) {
        (Some(name), Some(find)) => Ok(Snapshot::Rebind { name, find }),
        _ => Err(Error::new(
            policy.span(),
            "`rebind` takes two functions: `rebind(name = fn(&Self) -> String, find = fn(&str) -> bvm::Result<Self>)`",
        )),
    }
}

/// The doc comment.
pub fn doc(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) = &pair.value
        {
            lines.push(line.value().trim().to_owned());
        }
    }
    lines.join("\n")
}

/// Refuses generic types: their values would have one name and several types.
pub fn refuse_generics(generics: &syn::Generics, what: &str) -> Result<()> {
    match generics.params.first() {
        None => Ok(()),
        Some(first) => Err(Error::new_spanned(
            first,
            format!("{what} cannot be generic"),
        )),
    }
}

/// The place of something that was written, for messages about it; names are those of the macro.
pub fn place(of: &impl Spanned) -> Span {
    Span::call_site().located_at(of.span())
}

/// A text of the program that is written.
pub fn literal(text: &str) -> LitStr {
    LitStr::new(text, Span::call_site())
}
