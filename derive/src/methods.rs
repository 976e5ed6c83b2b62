//! `#[methods]`: members of a class from the functions of an `impl` block.

use crate::attribute::{Settings, doc, is_ours, literal, place, plain};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::visit_mut::{VisitMut, visit_type_mut};
use syn::{
    Error, FnArg, GenericParam, Ident, ImplItem, ImplItemFn, ItemImpl, Lifetime, Pat, PatType,
    ReceiverKind, Result, ReturnType, Type,
};

/// Writes the block as it was, and the function that adds its members to a class.
pub fn expand(attribute: &TokenStream, mut block: ItemImpl) -> TokenStream {
    let mut problems: Vec<Error> = misuse(attribute, &block).into_iter().collect();
    let mut members = TokenStream::new();
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item {
            match member(function) {
                Ok(member) => members.extend(member),
                Err(error) => problems.push(error),
            }
            function.attrs.retain(|attribute| !is_ours(attribute));
        }
    }
    let problems = problems.iter().map(Error::to_compile_error);
    let of = &block.self_ty;
    quote! {
        #block

        impl #of {
            #[doc(hidden)]
            #[allow(unused_mut, unused_variables, clippy::all, clippy::pedantic)]
            pub(crate) fn __bvm_methods(class: &mut ::bvm::Class<Self>) {
                #members
            }
        }

        #(#problems)*
    }
}

fn misuse(attribute: &TokenStream, block: &ItemImpl) -> Option<Error> {
    if !attribute.is_empty() {
        let text = "`methods` has no settings: they are on the type, as `#[bvm(…)]`";
        return Some(Error::new_spanned(attribute, text));
    }
    if block.trait_.is_some() {
        let text = "`methods` is for `impl T`, not for a trait";
        return Some(Error::new_spanned(&block.self_ty, text));
    }
    crate::attribute::refuse_generics(&block.generics, "a host type").err()
}

/// How a function is reached.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Reading,
    Changing,
    Plain,
}

/// What a function gets for one of its arguments.
enum Argument {
    /// What the call belongs to.
    Cx,
    Lua,
    /// A value that is converted.
    Owned(Type),
    /// A value that is lent for the call.
    Lent(Type),
    LentMut(Type),
}

fn member(function: &ImplItemFn) -> Result<TokenStream> {
    let allowed = ["ctor", "get", "set", "meta", "rename", "skip"];
    let settings = Settings::read(&function.attrs, &allowed)?;
    if settings.skip {
        return Ok(TokenStream::new());
    }
    let way = way(function)?;
    let (kind, name) = kind_and_name(function, &settings, way)?;
    let arguments = arguments(function)?;
    let (taken, passed): (Vec<_>, Vec<_>) = arguments
        .iter()
        .enumerate()
        .map(|(i, (label, argument))| take_and_pass(i, label, argument, settings.set, &name))
        .unzip();
    let described = arguments
        .iter()
        .filter_map(|(label, argument)| describe(label, argument));
    let end = match settings.set {
        true => quote! { .done() },
        false => results(&function.sig.output),
    };
    let (name, doc) = (literal(&name), literal(&doc(&function.attrs)));
    let (add, call) = call(function, way, &taken, &passed);
    let member = quote! { ::bvm::__private::#add(class, ::bvm::MemberKind::#kind, #name, #call) };
    let member = match settings.set {
        true => member,
        false => led(function, way, &arguments, member),
    };
    Ok(quote! {
        ::bvm::__private::tell(
            #member,
            #doc,
        )
        #(#described)*
        #end;
    })
}

/// The closure that calls the function, and what adds it to the class.
fn call(
    function: &ImplItemFn,
    way: Way,
    taken: &[TokenStream],
    passed: &[TokenStream],
) -> (TokenStream, TokenStream) {
    let ident = &function.sig.ident;
    let place = place(&function.sig.output);
    if function.sig.asyncness.is_some() {
        return later(ident, place, way, taken, passed);
    }
    let (add, this) = match way {
        Way::Reading => (quote! { reading }, quote! { this, }),
        Way::Changing => (quote! { changing }, quote! { this, }),
        Way::Plain => (quote! { plain }, quote! {}),
    };
    let give = quote_spanned! { place=>
        ::bvm::__private::give(Self::#ident(#this #(#passed),*), cx)
    };
    let call = quote! {
        |#this cx, mut args| {
            let guest = cx.lua();
            #(#taken)*
            #give
        }
    };
    (add, call)
}

/// A member together with the way in which it is called inside of the engine, when neither call nor guest nor other values
/// of the host are among its arguments.
fn led(
    function: &ImplItemFn,
    way: Way,
    arguments: &[(String, Argument)],
    member: TokenStream,
) -> TokenStream {
    let lead = match way {
        Way::Reading => quote! { leaf_reading },
        Way::Changing => quote! { leaf_changing },
        Way::Plain => return member,
    };
    let this = match way {
        Way::Changing => quote! { &mut Self },
        _ => quote! { &Self },
    };
    let of = match &function.sig.output {
        ReturnType::Default => quote! { () },
        ReturnType::Type(_, of) if matches!(**of, Type::ImplTrait(_)) => return member,
        ReturnType::Type(_, of) => {
            let of = any_lifetime(of);
            quote! { #of }
        }
    };
    let is_plain = |argument: &Argument| matches!(argument, Argument::Owned(_) | Argument::Lent(_));
    let is_later = function.sig.asyncness.is_some();
    if is_later || !arguments.iter().all(|(_, argument)| is_plain(argument)) {
        return member;
    }
    let (taken, passed): (Vec<_>, Vec<_>) = arguments.iter().enumerate().map(take_word).unzip();
    let holders = arguments
        .iter()
        .filter_map(|(_, argument)| holder(argument));
    let ident = &function.sig.ident;
    quote_spanned! { place(&function.sig.output)=>
        ::bvm::__private::#lead(
            #member,
            ::bvm::__private::goes_straight::<#of>()
                #(&& ::bvm::__private::comes_straight::<#holders>())*,
            |this: #this, cpu| {
                let mut words = ::bvm::__private::words(cpu);
                #(#taken)*
                ::bvm::__private::give_words(Self::#ident(this, #(#passed),*), cpu)
            },
        )
    }
}

/// How an argument of a leaf is taken, and how it is given to the function.
fn take_word((i, (label, argument)): (usize, &(String, Argument))) -> (TokenStream, TokenStream) {
    let local = format_ident!("arg{i}_{label}");
    let taken = holder(argument).map(|holder| {
        quote_spanned! { place(&holder)=>
            let #local = ::bvm::__private::take_word::<#holder>(&mut words)?;
        }
    });
    let passed = match argument {
        Argument::Lent(of) => quote! { <#of as ::bvm::__private::Lent>::lend(&#local) },
        _ => quote! { #local },
    };
    (taken.unwrap_or_default(), passed)
}

/// The same for an async function: the value stays lent while the future is not done.
fn later(
    ident: &Ident,
    place: Span,
    way: Way,
    taken: &[TokenStream],
    passed: &[TokenStream],
) -> (TokenStream, TokenStream) {
    let take = quote! { ::bvm::__private::take };
    let (this, lent) = match way {
        Way::Reading => (
            quote! { let this = #take::<::bvm::Ref<Self>>(&mut args, guest)?; },
            quote! { &this, },
        ),
        Way::Changing => (
            quote! { let mut this = #take::<::bvm::RefMut<Self>>(&mut args, guest)?; },
            quote! { &mut this, },
        ),
        Way::Plain => (quote! {}, quote! {}),
    };
    let give = quote_spanned! { place=>
        ::bvm::__private::give_later(Self::#ident(#lent #(#passed),*).await, guest)
    };
    let call = quote! {
        |lua: ::bvm::Lua, mut args| {
            let guest = &lua;
            #this
            #(#taken)*
            let later: ::bvm::__private::Later = ::std::boxed::Box::pin(async move {
                let guest = &lua;
                #give
            });
            ::core::result::Result::Ok(later)
        }
    };
    (quote! { later }, call)
}

/// What is told of the results.
fn results(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote! { .returning::<()>() },
        // Nobody can write the type down.
        ReturnType::Type(_, of) if matches!(**of, Type::ImplTrait(_)) => quote! { .done() },
        ReturnType::Type(_, of) => {
            let of = any_lifetime(of);
            quote_spanned! { place(&of)=> .returning::<#of>() }
        }
    }
}

fn way(function: &ImplItemFn) -> Result<Way> {
    let sig = &function.sig;
    let generic = sig.generics.params.iter();
    if let Some(param) = generic
        .into_iter()
        .find(|p| !matches!(p, GenericParam::Lifetime(_)))
    {
        let text =
            "Lua does not know which types are meant: add `#[bvm(skip)]`, or write the types";
        return Err(Error::new_spanned(param, text));
    }
    match sig.receiver() {
        None => Ok(Way::Plain),
        Some(receiver) => match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => Ok(Way::Reading),
            ReceiverKind::Reference(_, _, Some(_)) => Ok(Way::Changing),
            _ => Err(Error::new_spanned(
                receiver,
                "the guest keeps the value: a method takes `&self` or `&mut self`",
            )),
        },
    }
}

/// The kind of the member and its name in Lua.
fn kind_and_name(function: &ImplItemFn, settings: &Settings, way: Way) -> Result<(Ident, String)> {
    let ident = &function.sig.ident;
    let kinds = [
        settings.get,
        settings.set,
        settings.ctor,
        settings.meta.is_some(),
    ];
    if kinds.iter().filter(|is_kind| **is_kind).count() > 1 {
        let text = "a function is one of `get`, `set`, `ctor` and `meta`";
        return Err(Error::new_spanned(ident, text));
    }
    if settings.ctor && way != Way::Plain {
        return Err(Error::new_spanned(ident, "a constructor has no `self`"));
    }
    let is_field = settings.get || settings.set;
    if let Some(word) = function.sig.asyncness.filter(|_| is_field) {
        return Err(Error::new_spanned(
            word,
            "the value of a field cannot come later",
        ));
    }
    if is_field && way == Way::Plain {
        return Err(Error::new_spanned(
            ident,
            "a field belongs to a value: `&self`",
        ));
    }
    let name = settings.name_of(ident);
    let (kind, name) = match (&settings.meta, way) {
        (Some(event), _) if !event.value().starts_with("__") => {
            let text = "events of a metatable begin with two underscores, as `__add`";
            return Err(Error::new(event.span(), text));
        }
        (Some(event), _) => ("Meta", event.value()),
        _ if settings.get => ("Getter", name),
        _ if settings.set => {
            let short = name
                .strip_prefix("set_")
                .filter(|_| settings.rename.is_none());
            ("Setter", short.unwrap_or(&name).to_owned())
        }
        (None, Way::Plain) => ("Function", name),
        (None, _) => ("Method", name),
    };
    Ok((format_ident!("{kind}"), name))
}

/// The arguments besides `self`, with their names.
fn arguments(function: &ImplItemFn) -> Result<Vec<(String, Argument)>> {
    let typed = function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    let is_later = function.sig.asyncness.is_some();
    typed
        .enumerate()
        .map(|(i, typed)| Ok((label(i, typed), argument(typed, is_later)?)))
        .collect()
}

fn label(i: usize, typed: &PatType) -> String {
    match &*typed.pat {
        Pat::Ident(name) => plain(&name.ident),
        _ => format!("arg{}", i + 1),
    }
}

fn argument(typed: &PatType, is_later: bool) -> Result<Argument> {
    let of = any_lifetime(bare(&typed.ty));
    match &of {
        Type::ImplTrait(_) => Err(Error::new_spanned(
            &of,
            "Lua does not know which type is meant: write the type",
        )),
        Type::Reference(reference) => {
            let inner = bare(&reference.elem).clone();
            Ok(match (last_name(&inner).as_deref(), reference.mutability) {
                (Some("Cx"), None) if is_later => {
                    let text = "the call is over when the results come: take `&Lua`";
                    return Err(Error::new_spanned(&of, text));
                }
                (Some("Cx"), None) => Argument::Cx,
                (Some("Lua"), None) => Argument::Lua,
                (_, Some(_)) => Argument::LentMut(inner),
                (_, None) => Argument::Lent(inner),
            })
        }
        _ => Ok(Argument::Owned(of)),
    }
}

/// A type without the brackets that macros put around it.
fn bare(of: &Type) -> &Type {
    match of {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => of,
    }
}

fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// A type where no lifetime has a name: there is none to refer to.
fn any_lifetime(of: &Type) -> Type {
    struct Nameless;
    impl VisitMut for Nameless {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident != "static" {
                *lifetime = Lifetime::new("'_", lifetime.span());
            }
        }
    }
    let mut of = of.clone();
    visit_type_mut(&mut Nameless, &mut of);
    of
}

/// What an argument is taken as.
fn holder(argument: &Argument) -> Option<TokenStream> {
    match argument {
        Argument::Cx | Argument::Lua => None,
        Argument::Owned(of) => Some(quote! { #of }),
        Argument::Lent(of) => {
            Some(quote_spanned! { place(of)=> <#of as ::bvm::__private::Lent>::Holder })
        }
        Argument::LentMut(of) => Some(quote_spanned! { place(of)=> ::bvm::RefMut<#of> }),
    }
}

/// How an argument is taken from the list, and how it is given to the function.
fn take_and_pass(
    i: usize,
    label: &str,
    argument: &Argument,
    is_field: bool,
    field: &str,
) -> (TokenStream, TokenStream) {
    let local = format_ident!("arg{i}_{label}");
    let taken = holder(argument).map(|holder| {
        let take = match is_field {
            true => quote! { ::bvm::__private::take_field::<#holder>(&mut args, guest, #field)? },
            false => quote_spanned! { place(&holder)=>
                ::bvm::__private::take::<#holder>(&mut args, guest)?
            },
        };
        quote! { let mut #local = #take; }
    });
    let passed = match argument {
        Argument::Cx => quote! { cx },
        Argument::Lua => quote! { guest },
        Argument::Owned(_) => quote! { #local },
        Argument::Lent(of) => quote! { <#of as ::bvm::__private::Lent>::lend(&#local) },
        Argument::LentMut(_) => quote! { &mut *#local },
    };
    (taken.unwrap_or_default(), passed)
}

fn describe(label: &str, argument: &Argument) -> Option<TokenStream> {
    holder(argument).map(|holder| quote! { .param::<#holder>(#label) })
}
