//! `#[derive(UserData)]`: the class of a type from its fields and its attributes.

use crate::attribute::{Settings, Snapshot, doc, is_ours, literal, place, refuse_generics};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Field, Fields, Member, Result};

/// Writes `impl UserData`.
pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    refuse_generics(&input.generics, "a host type")?;
    let settings = Settings::read(&input.attrs, &["name", "memory", "snapshot", "leaf"])?;
    let ident = &input.ident;
    let name = match &settings.name {
        Some(name) => name.clone(),
        None => literal(&crate::attribute::plain(ident)),
    };
    let doc = literal(&doc(&input.attrs));
    let fields = fields(input)?;
    let keep = keep(settings.snapshot.as_ref());
    let is_leaf = settings.leaf;
    let memory = settings.memory.iter();
    Ok(quote! {
        #[automatically_derived]
        impl ::bvm::UserData for #ident {
            const NAME: &'static str = #name;
            const IS_LEAF: bool = #is_leaf;

            fn class(class: &mut ::bvm::Class<Self>) {
                #[allow(unused_imports)]
                use ::bvm::__private::NoMethods as _;
                class.doc(#doc);
                #(class.memory(#memory);)*
                #keep
                #fields
                Self::__bvm_methods(class);
            }
        }
    })
}

/// What becomes of values in guests that are saved.
fn keep(snapshot: Option<&Snapshot>) -> TokenStream {
    match snapshot {
        None | Some(Snapshot::Refuse) => TokenStream::new(),
        Some(Snapshot::Portable(span)) => quote_spanned! { *span=>
            class.portable(::bvm::__private::save::<Self>, ::bvm::__private::load::<Self>);
        },
        Some(Snapshot::Rebind { name, find }) => quote! {
            class.rebind(#name, #find);
        },
    }
}

fn fields(input: &DeriveInput) -> Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            let mut inner = data.variants.iter().flat_map(|variant| &variant.fields);
            return match inner.find_map(|field| field.attrs.iter().find(|a| is_ours(a))) {
                Some(attribute) => Err(Error::new_spanned(
                    attribute,
                    "fields of variants are no fields in Lua: write a method",
                )),
                None => Ok(TokenStream::new()),
            };
        }
        Data::Union(data) => {
            let text = "a union cannot be a host type";
            return Err(Error::new_spanned(data.union_token, text));
        }
    };
    all_fields(fields)
}

fn all_fields(fields: &Fields) -> Result<TokenStream> {
    fields
        .iter()
        .zip(fields.members())
        .map(|(field, member)| one_field(field, &member))
        .collect()
}

fn one_field(field: &Field, member: &Member) -> Result<TokenStream> {
    let settings = Settings::read(&field.attrs, &["get", "set", "rename"])?;
    if !settings.get && !settings.set {
        return match &settings.rename {
            Some(name) => Err(Error::new(
                name.span(),
                "without `get` or `set` the field is not in Lua",
            )),
            None => Ok(TokenStream::new()),
        };
    }
    let name = match (&field.ident, &settings.rename) {
        (Some(ident), _) => settings.name_of(ident),
        (None, Some(rename)) => rename.value(),
        (None, None) => {
            let text = "a field without a name needs `rename = \"…\"`";
            return Err(Error::new_spanned(field, text));
        }
    };
    let (name, doc, of) = (literal(&name), literal(&doc(&field.attrs)), &field.ty);
    let mut written = TokenStream::new();
    if settings.get {
        // The type is where messages about it belong.
        written.extend(quote_spanned! { place(of)=>
            ::bvm::__private::tell(
                ::bvm::__private::leaf_reading(
                    ::bvm::__private::reading(class, ::bvm::MemberKind::Getter, #name, |this, cx, _| {
                        ::bvm::__private::give::<#of>(::core::clone::Clone::clone(&this.#member), cx)
                    }),
                    ::bvm::__private::goes_straight::<#of>(),
                    |this: &Self, cpu| {
                        ::bvm::__private::give_words::<#of>(::core::clone::Clone::clone(&this.#member), cpu)
                    },
                ),
                #doc,
            )
            .returning::<#of>();
        });
    }
    if settings.set {
        written.extend(quote_spanned! { place(of)=>
            ::bvm::__private::tell(
                ::bvm::__private::changing(class, ::bvm::MemberKind::Setter, #name, |this, cx, mut args| {
                    this.#member = ::bvm::__private::take_field::<#of>(&mut args, cx.lua(), #name)?;
                    ::core::result::Result::Ok(::bvm::MultiValue::new())
                }),
                #doc,
            )
            .param::<#of>(#name)
            .done();
        });
    }
    Ok(written)
}
