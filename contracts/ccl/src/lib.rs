//! CCL, the language in which communities write constitutions and contracts.

pub mod ast;
pub mod diagnostic;
pub mod fmt;
pub mod limits;
mod nearest;
pub mod syntax;

#[cfg(test)]
mod tests;
