//! The pool of transactions that wait for a block.
//!
//! A transaction is *ready* when every earlier nonce of its sender is in the state or ready too, and *future* otherwise.
//! Start with [`Pool`]; the rules of order, replacement and eviction are in `queues`, which knows no lock and no runtime.
//!
//! The pool never executes anything itself: it asks [`Validate`], on the thread that submits or on its own threads while it
//! revalidates, and never while it holds its lock.

mod bans;
mod block;
mod invariants;
mod limits;
mod pool;
mod pooled;
mod queue;
mod queues;
mod ready;
mod revalidation;
mod validate;
mod watchers;

#[cfg(test)]
mod tests;

pub use invariants::InvariantError;
pub use limits::Limits;
pub use pool::{Pool, Status};
pub use pooled::Pooled;
pub use queue::Load;
pub use ready::Ready;
pub use validate::Validate;
