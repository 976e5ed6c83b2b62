//! Types of the host in a guest: what a program may do with their values, and how these are reached from both
//! sides. The values stay outside the guest, which has userdata that stand for them.

mod borrow;
mod class;
mod make;
mod member;
mod method;
mod saved;
#[cfg(feature = "derive")]
pub mod told;

pub use borrow::{Ref, RefMut};
pub(crate) use class::wrong_self;
pub use class::{Class, ClassInfo};
pub(crate) use make::Types;
pub use member::{Member, MemberKind, Param};
pub use method::{Method, MethodMut};
pub use saved::Policy;
pub(crate) use saved::SavedValue;

/// A type of the host whose values a guest may have.
///
/// The values are shared with programs that are metered, paused and moved between threads, so the type is
/// `Send + Sync`. Most types derive this, with the feature `derive`.
///
/// A value is dropped some time after the guest has lost its last userdata for it, on the thread that runs the guest, or
/// with the guest. While the guest lives, a panic of its `Drop` goes no further.
///
/// ```
/// use bvm::{Class, Lua, UserData};
/// struct Counter(u32);
/// impl UserData for Counter {
///     const NAME: &'static str = "Counter";
///     fn class(class: &mut Class<Counter>) {
///         class.function("new", |from: u32| Counter(from));
///         class.method_mut("next", |counter: &mut Counter, by: Option<u32>| {
///             counter.0 += by.unwrap_or(1);
///             counter.0
///         });
///         class.getter("value", |counter: &Counter| counter.0);
///     }
/// }
/// let lua = Lua::new()?;
/// lua.globals().set("Counter", lua.class::<Counter>()?)?;
/// let source = "local c = Counter.new(5) c:next() c:next(10) return c.value";
/// assert_eq!(lua.load(source).eval::<u32>()?, 16);
/// # Ok::<(), bvm::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no host type",
    label = "no `UserData`",
    note = "derive `UserData` for it, or take it by value when it is a table"
)]
pub trait UserData: Send + Sync + Sized + 'static {
    /// The name of the type: in messages, and in whatever guests are saved in. It has to be the only one of its name
    /// in a guest.
    const NAME: &'static str;

    /// Whether the type's methods are leaves: they compute from the value and their arguments, and neither have nor use
    /// handles of the guest. Those that take no [`Cx`](crate::Cx), and only numbers, strings and truth values as arguments and
    /// results, are then called inside of the machine, several times as fast. One that does use its guest then gets
    /// [`Error::Busy`](crate::Error::Busy). See [`Lua::leaf_function`](crate::Lua::leaf_function).
    const IS_LEAF: bool = false;

    /// Says what programs may do with the values.
    fn class(class: &mut Class<Self>);
}
