//! How much a node keeps, and for how long.

/// Bounds of the blobs of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobSettings {
    /// Bytes that each owner may have here.
    pub owner_bytes: u64,
    /// Bytes of blobs that were fetched from other nodes; the oldest that nothing needs give way.
    pub fetched_bytes: u64,
    /// Bytes of all blobs.
    pub total_bytes: u64,
    /// How long a blob that nothing needs is kept, in milliseconds.
    pub grace_ms: u64,
    /// Whether whoever reaches the RPC is the operator: who may pin, unpin and collect.
    pub for_operator: bool,
}

impl Default for BlobSettings {
    fn default() -> Self {
        const GIB: u64 = 1024 * 1024 * 1024;
        Self {
            owner_bytes: GIB,
            fetched_bytes: 4 * GIB,
            total_bytes: 64 * GIB,
            grace_ms: 7 * 24 * 60 * 60 * 1000,
            for_operator: false,
        }
    }
}
