//! What every part of the node agrees on: accounts, signatures, extrinsics, blocks, both headers, state views and limits.
//!
//! Start with [`block`]: a block has one content and two headers, a FRAME header for wallets and a Tendermint header for
//! validators and light clients. [`state`] holds the narrow traits by which execution reads a state it does not store.
//!
//! This crate does no I/O and knows no pallet.

pub mod block;
pub mod code;
pub mod extrinsic;
pub mod limits;
pub mod signature;
pub mod state;
pub mod tendermint;
pub mod transaction;
pub mod validators;
pub mod votes;

pub use block::{Block, BlockRecord, ConsensusDigest, Header, ENGINE_ID};
pub use code::CodeDescriptor;
pub use extrinsic::Extrinsic;
pub use signature::Signature;
pub use sp_core::H256;
pub use state::{Changes, StateCommitment, StateError, StateView};
pub use tendermint::{PartSetHeader, TendermintHeader};
pub use transaction::{SubmitError, TransactionStatus, ValidTransaction};
pub use validators::{Validator, ValidatorSet};
pub use votes::{Commit, ConsensusRecord, DuplicateVote, Target};

/// Height of a block; genesis is 0. Clients decode it as a compact integer.
pub type BlockNumber = u32;

/// Public key hash of whoever signs: 32 bytes, SS58 in text.
pub type AccountId = sp_runtime::AccountId32;

/// How extrinsics name accounts. No index pallet exists, so the index is `()`.
pub type Address = sp_runtime::MultiAddress<AccountId, ()>;

/// Base units of the fee token, 10^-12 of a whole one.
pub type Balance = u128;

/// Number of transactions an account has sent.
pub type Nonce = u32;

/// Milliseconds since the Unix epoch.
pub type Moment = u64;

/// Substrate's hash of blocks and extrinsics: BLAKE2b with 256 bits of output.
pub type Hash = H256;

/// The hasher of [`type@Hash`].
pub type Hashing = sp_runtime::traits::BlakeTwo256;
