//! JSON-RPC for stock Substrate clients.

pub mod arguments;
pub mod backend;
pub mod context;
pub mod error;
pub mod error_table;
pub mod hex;
pub mod limits;
pub mod workers;

pub use context::Context;
pub use error::Error;
pub use limits::Limits;
pub use workers::Workers;
