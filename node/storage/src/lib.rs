//! The chain on disk: blocks, the latest state, its history and the tree that proves it.
//!
//! Start with [`chain_store`]: [`ChainStore`] commits decided blocks one by one, each as one durable batch, and answers for
//! any block kept. Below it is an [`OrderedStore`]: RocksDB, or a simulated disk that crashes. What is stored under which
//! key is in [`layout`]; signed records in [`records`]; blobs in [`Blobs`]; how older states are read in `history`; the tree in [`node`] and [`tree`], its
//! proofs in [`proof`]; what this node sealed in `seals`; who decides blocks in `validators`, and what is not decided yet in `undecided`.
//! [`check`](ChainStore::check) goes through all of it offline.
//!
//! This crate executes nothing and judges no block: it refuses what does not follow the head, and a failed read is an
//! error, never a verdict.

mod blobs;
mod blocks;
mod chain_store;
pub mod check;
mod commit;
mod error;
mod history;
pub mod last_change;
pub mod layout;
pub mod node;
pub mod ordered_store;
pub mod proof;
pub mod records;
mod rocks;
mod seals;
mod simulated_disk;
mod state;
mod tree;
mod undecided;
mod validators;
mod value_cache;

pub use blobs::{BlobInfo, Blobs, Held, Pin, Staging, PIN_REASON_BYTES_MAX};
pub use blocks::{Head, RuntimeRecord};
pub use chain_store::{genesis_root, ChainStore, Decided, Genesis, Options};
pub use check::{CheckReport, CheckStep, Finding};
pub use commit::Keep;
pub use error::StorageError;
pub use ordered_store::{Batch, Family, OrderedStore, Reads};
pub use proof::Proof;
pub use records::{Anchored, Query, QueryKey, Records, Standing};
pub use rocks::RocksStore;
pub use simulated_disk::{Fault, SimulatedDisk};
pub use state::LatestState;
pub use tree::TreeUpdate;
pub use undecided::Undecided;
