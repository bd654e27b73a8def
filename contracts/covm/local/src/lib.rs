//! An organisation in memory: what a document of CCL says, run against a reference economy.
//!
//! A [`Chain`] is one organisation with its document in force: its members, roles, balances, credentials and proposals
//! ([`economy`]), the states of the document's code ([`storage`]), and a clock that is set by hand. [`Chain::call`] calls an
//! action as somebody; what it changes is kept only if it succeeds and every invariant that it touches still holds.
//!
//! [`host`] is the host interface `icn1` of docs/spec/host-abi.md over such an organisation. Start there, or with
//! [`suite`], which runs the tests of a document.
//!
//! Nothing here reads a clock or chance: the same calls give the same results, events, states and fuel.

mod allocation;
mod chain;
pub mod economy;
pub mod host;
mod interface;
mod law;
mod outcome;
mod process;
pub mod properties;
pub mod storage;
pub mod suite;
mod values;
mod why;
mod written;

#[doc(hidden)]
pub use chain::Runner;
pub use chain::{Chain, ChainError, Limits, Standing};
pub use economy::Economy;
pub use interface::interface;
pub use law::Law;
pub use outcome::{Denied, Event, Failure, Line, Made, Outcome};
pub use process::{Choice, Stage};
pub use storage::Storage;
pub use values::show;
