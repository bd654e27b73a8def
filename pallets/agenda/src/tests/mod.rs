//! What the agenda promises, by topic.

mod cancel;
mod encoding;
mod invariants;
mod model;
mod preimages;
mod retry;
mod schedule;
mod service;
