//! What validators promise, by topic.

mod encoding;
mod evidence;
mod genesis;
mod history;
mod inherent;
mod invariants;
mod membership;
mod parameters;
mod power;
mod presence;
mod rotation;
