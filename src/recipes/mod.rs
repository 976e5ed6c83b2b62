//! Short programs for what people embed Lua for. All of them run as tests. There is nothing to call in here.
//!
//! | you want | look at |
//! |---|---|
//! | a configuration file | [`data`](data#a-configuration-file) |
//! | to share data with serde | [`data`](data#data-by-serde) |
//! | a template engine | [`data`](data#a-template-engine) |
//! | a rules engine | [`data`](data#a-rules-engine) |
//! | to lend scripts what you keep | [`data`](data#what-is-only-lent) |
//! | to give iterators to scripts | [`data`](data#iterators-for-scripts) |
//! | plugins with limits | [`limits`](limits#plugins-with-limits) |
//! | a calculator for strangers | [`limits`](limits#a-calculator-for-strangers) |
//! | to show progress | [`limits`](limits#progress) |
//! | a cancel button | [`limits`](limits#a-cancel-button) |
//! | to see where the fuel goes | [`limits`](limits#a-profile) |
//! | scripts of things in a game | [`lives`](lives#things-in-a-game) |
//! | to load changed scripts | [`lives`](lives#hot-reload) |
//! | to compile beforehand | [`lives`](lives#compiled-beforehand) |
//! | to begin with a snapshot | [`lives`](lives#a-snapshot-at-the-start) |
//! | a guest for each request | [`lives`](lives#a-guest-for-each-request) |
//! | guests that talk | [`lives`](lives#guests-that-talk) |
//! | scripts in an async server | [`lives`](lives#in-an-async-server) |
//! | to handle errors | [`errors`](errors#errors-of-scripts) |
//! | to test scripts | [`errors`](errors#tests-of-scripts) |
//! | to come from mlua | [`mlua`] |

pub mod data;
pub mod errors;
pub mod limits;
pub mod lives;
pub mod mlua;
