//! What lives in a guest, as programs outside hold it: names of objects, and copies of strings. A handle may be
//! kept as long as one likes, and sent to other threads; when its guest is gone, using it is an error.

mod function;
mod list;
mod roots;
mod string;
mod table;
mod thread;
mod userdata;

pub use function::{Function, FunctionInfo};
pub(crate) use roots::{Handle, Roots};
pub use string::Str;
#[cfg(feature = "serde")]
pub(crate) use table::Key;
pub use table::{Pairs, Sequence, Table};
pub use thread::{Thread, ThreadStatus};
pub use userdata::AnyUserData;
