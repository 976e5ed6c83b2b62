//! `#[derive(FromLua)]` and `#[derive(IntoLua)]`: structures as tables, enumerations without fields as strings.

use crate::attribute::{Missing, Settings, literal, place, refuse_generics};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Fields, FieldsNamed, Ident, LitStr, Result, Type, Variant};

/// A field of the structure and of the table.
struct Column<'a> {
    field: &'a Ident,
    name: LitStr,
    of: &'a Type,
    missing: Option<Missing>,
}

/// What can be converted.
enum Shape<'a> {
    Table(Vec<Column<'a>>),
    /// The variants with their texts.
    Text(Vec<(&'a Ident, LitStr)>),
}

fn shape(input: &DeriveInput) -> Result<Shape<'_>> {
    refuse_generics(&input.generics, "a type with derived conversions")?;
    match &input.data {
        Data::Struct(data) => {
            Settings::read(&input.attrs, &[])?;
            match &data.fields {
                Fields::Named(fields) => columns(fields).map(Shape::Table),
                _ => Err(no_table(&input.ident)),
            }
        }
        Data::Enum(data) => {
            let settings = Settings::read(&input.attrs, &["rename_all"])?;
            let text = |variant| text(variant, settings.rename_all.as_ref());
            data.variants
                .iter()
                .map(text)
                .collect::<Result<_>>()
                .map(Shape::Text)
        }
        Data::Union(_) => Err(no_table(&input.ident)),
    }
}

fn no_table(ident: &Ident) -> Error {
    let text = "only structures with named fields and enumerations without fields are converted field by field";
    Error::new_spanned(ident, text)
}

fn columns(fields: &FieldsNamed) -> Result<Vec<Column<'_>>> {
    let named = fields
        .named
        .iter()
        .filter_map(|field| Some((field.ident.as_ref()?, field)));
    named
        .map(|(ident, field)| {
            let settings = Settings::read(&field.attrs, &["rename", "default"])?;
            Ok(Column {
                field: ident,
                name: literal(&settings.name_of(ident)),
                of: &field.ty,
                missing: settings.default,
            })
        })
        .collect()
}

fn text<'a>(variant: &'a Variant, case: Option<&LitStr>) -> Result<(&'a Ident, LitStr)> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(no_table(&variant.ident));
    }
    let settings = Settings::read(&variant.attrs, &["rename"])?;
    let name = settings.name_of(&variant.ident);
    let name = match case.filter(|_| settings.rename.is_none()) {
        None => name,
        Some(case) if case.value() == "snake_case" => snake(&name),
        Some(case) if case.value() == "lowercase" => name.to_lowercase(),
        Some(case) => {
            let text = "expected \"snake_case\" or \"lowercase\"";
            return Err(Error::new(case.span(), text));
        }
    };
    Ok((&variant.ident, literal(&name)))
}

/// `DarkRed` as `dark_red`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// Writes `impl FromLua`.
pub fn derive_from(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let shape = shape(input)?;
    let body = match &shape {
        Shape::Table(columns) => {
            let fields = columns.iter().map(from_field);
            quote! {
                let table = <::bvm::Table as ::bvm::FromLua>::from_lua(value, lua)?;
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
        Shape::Text(variants) => from_text(variants),
    };
    let lua_type = lua_type(&shape, &quote! { ::bvm::FromLua });
    Ok(quote! {
        #[automatically_derived]
        impl ::bvm::FromLua for #ident {
            #[allow(unused_variables)]
            fn from_lua(value: ::bvm::Value, lua: &::bvm::Lua) -> ::bvm::Result<Self> {
                #body
            }

            #lua_type
        }
    })
}

fn from_field(column: &Column<'_>) -> TokenStream {
    let Column {
        field,
        name,
        of,
        missing,
    } = column;
    let read = match missing {
        None => quote! { field::<#of>(&table, #name, lua)? },
        Some(Missing::Default) => {
            quote! { field_or::<#of>(&table, #name, lua, ::core::default::Default::default)? }
        }
        Some(Missing::Value(value)) => {
            quote! { field_or::<#of>(&table, #name, lua, || #value)? }
        }
    };
    quote_spanned! { place(of)=> #field: ::bvm::__private::#read }
}

fn from_text(variants: &[(&Ident, LitStr)]) -> TokenStream {
    let (idents, texts): (Vec<&Ident>, Vec<LitStr>) = variants.iter().cloned().unzip();
    let quoted: Vec<String> = texts
        .iter()
        .map(|text| format!("'{}'", text.value()))
        .collect();
    let names = literal(&quoted.join(" or "));
    quote! {
        let text = ::bvm::__private::variant(&value, #names)?;
        match text {
            #(#texts => ::core::result::Result::Ok(Self::#idents),)*
            other => ::core::result::Result::Err(::bvm::__private::no_variant(#names, other)),
        }
    }
}

/// Writes `impl IntoLua`.
pub fn derive_into(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let shape = shape(input)?;
    let body = match &shape {
        Shape::Table(columns) => {
            let count = columns.len() as u32;
            let fields = columns.iter().map(
                |Column {
                     field, name, of, ..
                 }| {
                    quote_spanned! { place(of)=> table.raw_set(#name, self.#field)?; }
                },
            );
            quote! {
                let table = lua.table_for(0, #count)?;
                #(#fields)*
                ::core::result::Result::Ok(::bvm::Value::Table(table))
            }
        }
        Shape::Text(variants) => {
            let (idents, texts): (Vec<&Ident>, Vec<LitStr>) = variants.iter().cloned().unzip();
            quote! {
                let text: &str = match self { #(Self::#idents => #texts,)* };
                ::bvm::IntoLua::into_lua(text, lua)
            }
        }
    };
    let lua_type = lua_type(&shape, &quote! { ::bvm::IntoLua });
    Ok(quote! {
        #[automatically_derived]
        impl ::bvm::IntoLua for #ident {
            #[allow(unused_variables)]
            fn into_lua(self, lua: &::bvm::Lua) -> ::bvm::Result<::bvm::Value> {
                #body
            }

            #lua_type
        }
    })
}

/// The type in stub files.
fn lua_type(shape: &Shape<'_>, conversion: &TokenStream) -> TokenStream {
    let shown = match shape {
        Shape::Table(columns) => {
            let columns = columns.iter().map(
                |Column {
                     name, of, missing, ..
                 }| {
                    let of = quote! { <#of as #conversion>::lua_type() };
                    match missing {
                        Some(_) => quote! { (#name, ::bvm::__private::optional(&#of)) },
                        None => quote! { (#name, #of) },
                    }
                },
            );
            quote! { ::bvm::__private::record(&[#(#columns),*]) }
        }
        Shape::Text(variants) => {
            let quoted = variants
                .iter()
                .map(|(_, text)| format!("{:?}", text.value()));
            let all = literal(&quoted.collect::<Vec<_>>().join("|"));
            quote! { ::std::string::String::from(#all) }
        }
    };
    quote! {
        fn lua_type() -> ::std::string::String {
            #shown
        }
    }
}
