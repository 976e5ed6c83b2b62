//! The data types over the heap: strings, tables, closures, threads, userdata.
//! Must not know instructions, calls or metamethods.

pub mod closure;
pub mod growth;
pub mod heights;
pub mod interned;
pub mod lines;
pub mod records;
pub mod rehash;
pub mod string;
pub mod table;
pub mod thread;
pub mod unfinished;
pub mod userdata;
