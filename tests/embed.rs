//! A program and its Lua: values, functions of the host, calls back, errors, what is left when a guest is gone.

#[path = "embed/calls.rs"]
mod calls;
#[path = "embed/console.rs"]
mod console;
#[path = "embed/derive.rs"]
mod derive;
#[cfg(feature = "serde")]
#[path = "embed/formats.rs"]
mod formats;
#[path = "embed/later.rs"]
mod later;
#[path = "embed/leaves.rs"]
mod leaves;
#[path = "embed/migration.rs"]
mod migration;
#[path = "embed/reports.rs"]
mod reports;
#[path = "embed/scopes.rs"]
mod scopes;
#[cfg(feature = "serde")]
#[path = "embed/serial.rs"]
mod serial;
#[path = "embed/stops.rs"]
mod stops;
#[path = "embed/types.rs"]
mod types;
#[path = "embed/values.rs"]
mod values;
#[path = "embed/weight.rs"]
mod weight;
