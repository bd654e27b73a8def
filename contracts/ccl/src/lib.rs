//! CCL, the language in which communities write constitutions and contracts.

pub mod ast;
pub mod diagnostic;
pub mod limits;
pub mod number;
mod nearest;
pub mod syntax;
pub mod types;
pub mod value;

#[cfg(test)]
mod tests;
