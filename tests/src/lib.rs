//! What the integration tests share: a host in memory, engine modes, the corpus, a generator of
//! programs and the reference Lua. Must not hold a test.
#![forbid(unsafe_code)]

pub mod corpus;
pub mod cuts;
pub mod engine;
pub mod files;
pub mod generate;
pub mod host;
pub mod reference;
