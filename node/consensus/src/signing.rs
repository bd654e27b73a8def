//! What validators sign, who checks it, and who makes it.
//!
//! One key signs five kinds of bytes, and no two of them can be the same:
//!
//! | what | bytes |
//! |---|---|
//! | prevote, precommit | Tendermint's `CanonicalVote`: its length, which is not 0, then `0x08` and the type, 1 or 2 |
//! | proposal | Tendermint's `CanonicalProposal`: its length, then `0x08` and the type, 32 |
//! | first part of a block | `0x00` and a tag, see [`Init::sign_bytes`](crate::parts::Init::sign_bytes) |
//! | proof that a peer is a validator | `PoV`, then lengths, see the engine's `ValidatorProof` |
//!
//! Votes and proposals pass the [`guard`](crate::guard) when they are signed and before they are sent.

mod bytes;
mod key;
mod signer;
mod verifier;

#[cfg(test)]
mod tests;

pub use bytes::{proposal_sign_bytes, vote_sign_bytes, SignBytesError};
pub use key::{Key, KeyError, LocalKey};
pub use signer::{SignError, Signer};
pub use verifier::Verifier;
