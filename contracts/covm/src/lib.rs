//! The sandbox of contracts: which WebAssembly modules are accepted, how they are metered, and the engine that runs them.
//!
//! A *module* is a contract's code. It imports *host functions* of one [`Interface`], which whoever runs contracts gives. A
//! *run* is one call of a function that a module exports, in a fresh instance, with a limit of *fuel* and of *slots* for the
//! frames of its calls.
//!
//! 1. [`Module::check`] judges a module by the [`Rules`] and puts metering into it. A module that breaks one is a
//!    [`Refusal`] with the rule's code and the byte.
//! 2. [`Engine::compile`] makes machine code of it, once for as long as it is in the cache.
//! 3. [`Engine::run`] runs it against a [`Host`].
//!
//! The same module, arguments, limits and answers of the host give the same [`Outcome`] on every machine, down to the last
//! unit of fuel: docs/spec/module-rules.md says why. Start with `module.rs`, then `metering/`; `engine/` is the only part
//! that knows wasmtime, and its own limits (native stack, compiled size) are never what ends a run.
//!
//! This crate knows nothing about any host function, state or language, and never reads a clock.

mod check;
pub mod engine;
mod host;
mod interface;
pub mod metering;
mod module;
mod rules;

pub use engine::{Compiled, Engine, EngineError, Limits, Outcome};
pub use host::{Guest, Host, Stop, TrapReason};
pub use interface::{Function, Interface, ValueType};
pub use metering::{METERING_VERSION, RESERVED};
pub use module::{CodeHash, FunctionType, Module};
pub use rules::{Refusal, Rule, Rules};
