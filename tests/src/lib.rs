//! What whole-node tests and benches share: accounts that sign, and a chain without network or clock.
//!
//! [`chain::TestChain`] builds, executes and commits blocks through the real executor and store; [`account::Account`] signs
//! real transactions. The tests are in `tests/`, sorted by what they are about.

pub mod account;
pub mod chain;
pub mod node;
