//! What every handler is given.

use crate::{
    backend::{Blobs, Chain, Development, Epochs, Records, Tendermint, Transactions},
    limits::Limits,
    workers::Workers,
};
use std::sync::Arc;

/// The node as the handlers see it. Clones share everything.
#[derive(Clone)]
pub struct Context {
    /// Reading the chain.
    pub chain: Arc<dyn Chain>,
    /// The transaction pool.
    pub transactions: Arc<dyn Transactions>,
    /// The signed records; `None` on a node that keeps none.
    pub records: Option<Arc<dyn Records>>,
    /// The epochs and their bundles; `None` on a node that follows none.
    pub epochs: Option<Arc<dyn Epochs>>,
    /// The blobs; `None` on a node that keeps none.
    pub blobs: Option<Arc<dyn Blobs>>,
    /// The chain as Tendermint's clients see it; `None` on a node that does not show it to them.
    pub tendermint: Option<Arc<dyn Tendermint>>,
    /// Making blocks by hand; `None` outside Development chains.
    pub development: Option<Arc<dyn Development>>,
    /// Where whatever may block or run runtime code runs.
    pub workers: Workers,
    /// What one client may use.
    pub limits: Arc<Limits>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("limits", &self.limits).finish_non_exhaustive()
    }
}
