//! What can go wrong with a region. Must not know how one is made.

/// Why a region could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegionError;

impl std::fmt::Display for RegionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the system refused to reserve address space for a guest")
    }
}
impl std::error::Error for RegionError {}
