//! What whole-node tests and benches share: accounts that sign, a chain without network or clock, and the real binary.
//!
//! [`chain::TestChain`] builds, executes and commits blocks through the real executor and store, decided by
//! [`signers::Signers`], the validators' keys; [`account::Account`] signs real transactions; [`node::NodeProcess`] is a node as
//! its users run it, [`network::Network`] some of them that make up a chain, asked through [`client::Node`], and
//! [`remote_signer::RemoteSigner`] a program that holds a validator's key. [`scribe::Scribe`] signs records, and puts blobs with [`uploader`]; a
//! [`stranger`] is a peer that is no node. The tests are in `tests/`, sorted by what they are about.

// In tests a broken environment is a panic, wherever it is met.
#![allow(clippy::unwrap_in_result)]

pub mod account;
pub mod chain;
pub mod client;
pub mod light_client;
pub mod network;
pub mod node;
pub mod proxy;
pub mod random;
pub mod remote_signer;
pub mod scribe;
pub mod signers;
pub mod stranger;
pub mod uploader;
