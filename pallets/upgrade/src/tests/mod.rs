//! What upgrades promise, by topic.

mod code;
mod encoding;
mod execution;
mod invariants;
mod plan;
