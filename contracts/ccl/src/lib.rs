//! CCL, the language in which communities write constitutions and contracts.

pub mod abi;
pub mod ast;
pub mod check;
pub mod descriptor;
pub mod diagnostic;
pub mod diff;
pub mod doc;
pub mod explain;
pub mod fmt;
pub mod library;
pub mod limits;
pub mod manifest;
mod nearest;
pub mod number;
pub mod program;
pub mod schema;
pub mod sema;
pub mod syntax;
pub mod types;
pub mod value;
pub mod wasm;
pub mod who_can;

#[cfg(test)]
mod tests;
