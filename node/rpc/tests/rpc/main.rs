//! The server as clients meet it, over a chain in memory.

mod blobs;
mod chain;
mod epochs;
mod golden;
mod heads;
mod memory;
mod records;
mod server;
mod state;
mod submission;
mod system;
mod unbegun;
mod wire;
