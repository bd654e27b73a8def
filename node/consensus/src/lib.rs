//! Consensus as far as it needs no actor, socket or clock: what the engine's types are on this chain, how a block travels, what is
//! signed and by whom, and what messages look like on the wire and in the engine's log.
//!
//! Start with [`context`], which names the types; [`wire`] is where bytes of strangers come in, [`parts`] where blocks do, and
//! [`signing`] with [`guard`] where signatures go out. [`application`] is the state machine under the engine. [`commit`] leads
//! from the engine's certificates to what blocks carry. Only the guard's file and the remote signer of [`privval`] touch the
//! machine.

pub mod application;
pub mod commit;
pub mod context;
pub mod guard;
pub mod parts;
pub mod privval;
pub mod signing;
pub mod wire;

#[cfg(test)]
mod samples;

pub use context::{Address, BlockRef, Height, IcnContext, Proposal, Validator, Validators, Vote};
pub use parts::ProposalPart;
