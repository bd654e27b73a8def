//! Malachite over this chain: the engine's actors, started and wired. They are generic, so they are compiled here, once.
//!
//! Start with [`start()`]. The engine asks the actor in `host`, which hands every question to `driver`; that feeds the application of
//! [`icn_consensus`] and carries out its effects. Blocks are built, verified and committed on one thread, in `jobs`. What is signed
//! leaves through `publisher`, when `own_log` holds it. What travels and what the log holds is encoded by [`codec`].

pub mod codec;
mod driver;
mod host;
mod jobs;
mod logged;
mod own_log;
mod publisher;
mod settings;
mod start;

pub use driver::{Around, Progress};
pub use logged::{is_entry_of, log_holds, Logged};
pub use malachitebft_engine::network::NetworkRef;
pub use settings::{EngineConfig, Intermediary, ValidatorKey};
pub use start::{start, Engine, Handle, StartError, Stopped};

use icn_consensus::application::ChainError;

/// Why consensus stopped by itself. The process ends: what was promised to peers is on the disk, and a restart goes on from it.
#[derive(Debug, thiserror::Error)]
pub enum StopReason {
    /// The chain below failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// An actor of the engine ended, or its log failed.
    #[error("the consensus engine stopped: see the log; start the node again, and if it stops again, check its disk")]
    Engine,
}
