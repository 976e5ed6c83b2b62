//! The engine's own code: one row each. One engine slot stands for each guest word.
//!
//! ```text
//!   slot   | code:8 | a:8 | b:8 | c:8 | d:32 |      low byte first
//! ```

/// Calls `$mac!` with every row of the engine's code.
#[macro_export]
macro_rules! for_each_code {
    ($mac:path) => {
        $mac! {
            /// A continuation: see `exec::stubs`.
            Stub = stub;
            /// The guest instruction in full generality, from its word.
            Cold = cold;
        }
    };
}

macro_rules! code_enum {
    ($($(#[$doc:meta])* $variant:ident = $handler:ident;)*) => {
        /// A code of the engine.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// All codes, by number.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// Name for debugging.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => stringify!($handler),)* }
            }
        }
    };
}
for_each_code!(code_enum);

/// A slot from its fields.
pub const fn slot(code: Code, a: u8, b: u8, c: u8, d: u32) -> u64 {
    code as u64 | (a as u64) << 8 | (b as u64) << 16 | (c as u64) << 24 | (d as u64) << 32
}
