//! Bounds of a source and of what is made of it.

/// Bytes of a source.
pub const SOURCE_BYTES_MAX: usize = 256 * 1024;

/// Brackets, blocks and types within each other.
pub const NESTING_MAX: usize = 64;

/// Operators within each other in one expression, brackets or not.
pub const EXPRESSION_HEIGHT_MAX: usize = 256;

/// Diagnostics of one run; there are always more of the kind that a member should see first.
pub const DIAGNOSTICS_MAX: usize = 200;

/// Bytes of one value.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
