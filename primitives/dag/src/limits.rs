//! The bounds of a node. All are checked before what they bound is decoded (SPEC-DAG-4).

/// Largest encoded payload, in bytes. What is larger is a blob, and the payload links to it.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;

/// Most bytes of a node beside its payload.
pub const HEADER_BYTES_MAX: usize = 4 * 1024;

/// Largest encoded node, in bytes.
pub const NODE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + HEADER_BYTES_MAX;

/// Most lists and maps inside each other in a payload, the outermost counted as 1.
pub const DEPTH_MAX: usize = 32;

/// Most items of a payload: each value, list, map and map key is one. A decoded item takes tens of bytes of memory even where
/// its encoding takes one.
pub const ITEMS_MAX: usize = 16 * 1024;

/// Most items of a node beside its payload's.
pub const HEADER_ITEMS_MAX: usize = 256;

/// Most parents of a node.
pub const PARENTS_MAX: u32 = 16;

/// Most references of a node.
pub const REFS_MAX: u32 = 32;

/// Longest relation of a reference, in bytes.
pub const REL_BYTES_MAX: u32 = 32;

/// Longest DID, in bytes: `did:icn:`, a network, a colon and 52 digits fit.
pub const DID_BYTES_MAX: u32 = 96;

/// Longest name of a network in a DID, in bytes.
pub const NETWORK_BYTES_MAX: usize = 32;

/// How far a node's time may be ahead of the block's, in milliseconds.
pub const TIME_AHEAD_MAX: u64 = 30_000;
