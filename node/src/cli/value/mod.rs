//! Values as people write and read them: text → SCALE by the metadata's types, and back.
//!
//! [`literal`] parses text without knowing a type; [`typed`] gives the literal the type that the metadata asks for;
//! [`shown`] renders decoded values, as text that [`literal`] can read again or as JSON.

pub mod account;
pub mod literal;
pub mod shown;
pub mod typed;

pub use literal::{Literal, LiteralError};
pub use shown::{Shown, Types};
pub use typed::{ArgumentError, Reader};
