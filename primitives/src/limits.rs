//! Limits that every node of a chain must agree on, and the bounds of what is decoded from strangers.

/// Largest SCALE-encoded block, in bytes.
pub const BLOCK_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// Largest SCALE-encoded extrinsic, its length prefix included, in bytes.
pub const EXTRINSIC_BYTES_MAX: u32 = 512 * 1024;

/// Calls inside calls (batch, proxy, multisig, …), the outermost counted as 1.
pub const CALL_NESTING_MAX: u32 = 32;

/// Depth of nested containers when an extrinsic is decoded. Each nested call costs one container or two, and the innermost
/// call's arguments a few more.
pub const DECODE_DEPTH_MAX: u32 = 2 * CALL_NESTING_MAX + 16;

/// Reference time of a block, in picoseconds: one second.
pub const BLOCK_REF_TIME_MAX: u64 = 1_000_000_000_000;

/// Latest time of a block, in milliseconds since the Unix epoch: the end of the year 9999, the last that Tendermint's headers
/// can hold.
pub const TIME_MAX: u64 = 253_402_300_799_999;

/// How many blocks back a transaction's era may point.
pub const BLOCK_HASH_COUNT: u32 = 4096;

/// Size of the parts in which a block travels, in bytes; the part-set header commits to parts of this size.
pub const BLOCK_PART_BYTES: usize = 256 * 1024;

/// Values longer than this many bytes enter the state tree as their hash.
pub const TREE_VALUE_BYTES_MAX: usize = 1024;

/// Stack of a thread that executes or decodes extrinsics, in bytes. A stack overflow cannot be caught.
pub const EXECUTION_STACK_BYTES: usize = 64 * 1024 * 1024;
