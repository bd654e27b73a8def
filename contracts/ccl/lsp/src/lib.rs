//! The language server of CCL: what editors show of constitutions and contracts while they are written.
//!
//! It speaks the Language Server Protocol 3.17 over the standard streams ([`run_stdio`], which `icn ccl lsp` calls) or any other
//! [`lsp_server::Connection`] ([`run`]). Each text is read anew when it has changed ([`analysis`]), with the parser and the
//! resolver of the compiler; what its names mean is put into an [`index`], and every feature is a module that reads both.
//! Positions are counted in [`text`] as the editor wants them. The server reads the documents that are open, `ccl.lock` beside
//! them and the modules that it names; it writes nothing and reaches no network.

pub mod analysis;
pub mod completion;
pub mod cost;
pub mod diagnostics;
pub mod document;
mod error;
pub mod formatting;
pub mod hover;
pub mod index;
pub mod modules;
pub mod navigation;
pub mod outline;
pub mod rename;
mod schema_text;
mod server;
pub mod signature;
pub mod text;
pub mod tokens;

pub use error::{Error, Refusal};
pub use server::{capabilities, run, run_stdio};
