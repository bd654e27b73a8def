//! An editor that follows a script, over a connection in memory.

mod client;
mod features;
mod names;
mod positions;
mod protocol;
mod robustness;
mod session;

/// The constitution of a bakery.
const BAKERY: &str = include_str!("../../../../library/examples/bakery.ccl");
/// A budget that residents decide about.
const NEIGHBOURHOOD: &str = include_str!("../../../../library/examples/neighbourhood.ccl");
