//! The Tendermint RPC as its stock clients meet it, over a chain in memory whose validators really sign.
#![allow(missing_docs)]

mod answers;
mod chain;
mod fetching;
mod light;
mod node;
mod queries;
mod refusals;
mod shape;
mod signers;
mod stock;
mod tree;
