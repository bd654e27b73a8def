//! The groups of the JSON-RPC interface specification, through WebSocket, over a node of in-memory maps.

mod archive;
mod chain_head;
mod client;
mod double;
mod operations;
mod storage;
mod transactions;
mod typed;
