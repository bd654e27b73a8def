//! How large things may be.

/// Bytes of every chunk but the last of a blob, which may be shorter.
pub const CHUNK_BYTES: u64 = 256 * 1024;

/// Most parts of an inner node. Every inner node but the last of its level has so many.
pub const FANOUT: u64 = 256;

/// Most bytes of a blob: 1 GiB, 4096 chunks.
pub const BLOB_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Most bytes of an inner node; one with [`FANOUT`] parts has fewer.
pub const INNER_BYTES_MAX: usize = 16 * 1024;

/// Most bytes of any block.
pub const BLOCK_BYTES_MAX: usize = CHUNK_BYTES as usize;

/// How far ahead a permit may end, in milliseconds: 7 days.
pub const PERMIT_LIFE_MAX: u64 = 7 * 24 * 60 * 60 * 1000;
