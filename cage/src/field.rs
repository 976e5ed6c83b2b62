//! Names for the places inside objects. Must not know any object.

use std::marker::PhantomData;

/// A typed field at a fixed displacement inside an object.
#[derive(Debug, Clone, Copy)]
pub struct Field<T> {
    pub(crate) disp: u16,
    kind: PhantomData<fn() -> T>,
}

impl<T> Field<T> {
    /// The field at displacement `disp`.
    pub const fn at(disp: u16) -> Field<T> {
        Field {
            disp,
            kind: PhantomData,
        }
    }

    /// The same field of the object `by` bytes higher.
    #[inline(always)]
    pub const fn above(self, by: u16) -> Field<T> {
        Field::at(self.disp + by)
    }

    /// The displacement in bytes.
    #[inline(always)]
    pub const fn disp(self) -> u16 {
        self.disp
    }
}
