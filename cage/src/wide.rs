//! An offset as wide as a host register, for handing it from function to function.

/// A `u32` of which the compiler knows that its upper half is zero, also as an argument: a plain `u32`
/// argument comes with an unknown upper half, and each function that uses it as an index has to clear
/// that first, in a register more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wide(u64);

impl From<u32> for Wide {
    #[inline(always)]
    fn from(n: u32) -> Wide {
        Wide(u64::from(n))
    }
}

impl Wide {
    /// The number itself.
    #[inline(always)]
    pub fn get(self) -> u32 {
        // SAFETY: `from` is the only way to make one, and it widens a u32.
        unsafe { std::hint::assert_unchecked(self.0 <= u32::MAX as u64) }
        self.0 as u32
    }
}
