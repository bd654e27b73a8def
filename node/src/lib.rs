//! The `icn` binary: its command line, its configuration, and a node made of the other crates.
//!
//! Start with [`cli::Cli`] for what can be said, [`config::Config`] for what can be set, [`keys::Keystore`] for what signs,
//! and [`service::Node`] for what runs.

pub mod cli;
pub mod config;
pub mod keys;
pub mod logs;
pub mod service;
