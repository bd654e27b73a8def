//! A validator's key that is elsewhere: CometBFT's `privval` protocol, of which this node is the client.
//!
//! The signer (`tmkms`, Horcrux, …) connects to the node, over TCP with Tendermint's `SecretConnection` or over a Unix socket that only the
//! node's user can open. The node then asks for the public key, and for each signature. Messages are those of package
//! `tendermint.privval` of version 0.38, each with its length before it and of at most [`MESSAGE_BYTES_MAX`] bytes.
//!
//! ```text
//! signer ── connects ──▶ node          node ── PubKeyRequest ──▶ signer        once, at the start
//!                                      node ── SignVoteRequest, SignProposalRequest ──▶ signer
//!                                      node ── SignBytesRequest ──▶ signer     the first part of a block, the proof to peers
//!                                      node ── PingRequest ──▶ signer          every few seconds
//! ```
//!
//! The first part of a block and the proof that a peer is a validator are no votes. They need `SignBytesRequest`, fields 9 and 10 of
//! CometBFT's `privval` 2; a signer that has only 0.38 lets its validator vote, not propose.
//!
//! The node's own [`guard`](crate::guard) stands before the signer's: what comes back is checked against the bytes that were to be
//! signed, so a signer that answers with another signature of its own is found out. A connection that breaks is replaced by the next
//! one that the signer opens; the question is asked again, and a correct signer gives the same answer.

mod address;
mod connection;
mod error;
mod key;
mod listener;
mod message;
mod request;

#[cfg(test)]
mod tests;

pub use address::{AddressError, PrivvalAddress};
pub use error::RemoteError;
pub use key::{RemoteConfig, RemoteKey};
pub use message::MESSAGE_BYTES_MAX;
