//! `bvm luac`.

/// Runs the compiler command; gives the exit code.
pub fn main(_words: &[Vec<u8>]) -> i32 {
    1
}
