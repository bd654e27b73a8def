//! JSON-RPC for stock Substrate clients.

pub mod backend;
