//! A network of nodes in one thread: each with the real application, executor, pool and store over the engine's core, and everything
//! around them from one seed: time, messages, disks, power, the weather between them, what users and operators do, and validators
//! that do as they like. What happens is judged as it happens; the same seed does it again.
//!
//! Start with [`world::World`]; a node is [`node::Node`], with [`process::Process`] while it runs; [`judge`] knows what may never be.
//! Only the engine's actors, its sync and the transport are not here: what they do is repeated in [`process`], and tested with real
//! processes elsewhere.

// In a simulation a broken environment is a panic.
#![allow(clippy::unwrap_in_result)]

pub mod adversary;
pub mod forgery;
pub mod judge;
pub mod log;
pub mod message;
pub mod node;
pub mod notary;
pub mod plant;
pub mod process;
pub mod report;
pub mod world;

pub use report::{Counts, Options, Report, Violation};
pub use world::World;

/// Runs a seed.
///
/// # Errors
/// What happened that never may.
pub fn run(seed: u64, options: Options) -> Result<Report, Violation> {
    World::new(seed, options).run()
}
