//! JSON-RPC for stock Substrate and Tendermint clients, over WebSocket and HTTP on one port.
//!
//! Start with [`server`]: it serves the [`methods`] over the node that [`backend`] describes. A method's parameters are
//! [`arguments`], its errors are in one table, [`error_table`]; `docs/spec/rpc.md` lists both. Whatever reads the store or runs
//! the runtime does so on [`workers`]. This crate knows no store, pool or executor.

mod archive;
pub mod arguments;
mod author;
pub mod backend;
mod blob;
mod calls;
mod chain;
mod chain_head;
mod chain_spec;
mod childstate;
mod connection;
pub mod context;
mod dag;
mod dev;
pub mod error;
pub mod error_table;
pub mod hex;
mod icn;
pub mod limits;
pub mod methods;
mod payment;
pub mod server;
mod spec_bytes;
mod state;
mod storage_query;
mod system;
mod tendermint;
mod transaction;
mod transaction_watch;
mod trust;
mod unsubscribe;
pub mod workers;

pub use blob::BLOB_CALL_BYTES_MAX;
pub use context::Context;
pub use error::Error;
pub use limits::Limits;
pub use methods::Groups;
pub use server::{serve, Allowed, ServeError, Server, ServerConfig};
pub use tendermint::Refusal;
pub use workers::Workers;
