//! What the node tells of signatures of trust bundles.

use libp2p::PeerId;

/// Tells signatures to peers.
#[derive(Debug)]
pub(crate) struct SealsOrder {
    /// Each as bytes.
    pub(crate) seals: Vec<Vec<u8>>,
    /// To this peer only.
    pub(crate) to: Option<PeerId>,
    /// Not to this one.
    pub(crate) except: Option<PeerId>,
}
