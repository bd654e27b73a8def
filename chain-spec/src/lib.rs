//! Genesis documents and named networks: what a chain is called, who validates its first blocks, and the state it starts
//! with.
//!
//! Start with [`ChainSpec`], the JSON document; [`Genesis`] is what follows from one. The same document gives the same
//! genesis hash on every machine: nothing here reads a clock or the network, and only [`load()`](fn@load) reads a file.

mod build;
mod check;
mod config;
mod consensus;
mod error;
mod genesis;
mod load;
mod spec;
mod summary;
mod validators;
mod well_known;

pub use build::{build, builtin, builtin_names, BuildOptions};
pub use check::check;
pub use consensus::consensus_hash;
pub use error::SpecError;
pub use genesis::{genesis, genesis_header, Genesis};
pub use load::{load, parse, resolve, DOCUMENT_BYTES_MAX};
pub use spec::{ChainSpec, ChainType, GenesisPatch, Properties, Sealing, Validator};
pub use summary::Summary;
pub use validators::VALIDATORS_MAX;
pub use well_known::{development_seed, is_development_phrase, name_of as well_known_name};
