//! What upgrades promise, by topic.

mod code;
mod execution;
mod invariants;
mod plan;
