//! Bounds of a source and of what is made of it.

/// Bytes of a source.
pub const SOURCE_BYTES_MAX: usize = 256 * 1024;

/// Where spans of the document that another one extends begin: beyond all of its own.
pub const EXTENDED_AT: usize = 2 * SOURCE_BYTES_MAX;

/// Brackets, blocks and types within each other.
pub const NESTING_MAX: usize = 64;

/// Operators within each other in one expression, brackets or not.
pub const EXPRESSION_HEIGHT_MAX: usize = 256;

/// Diagnostics of one run; there are always more of the kind that a member should see first.
pub const DIAGNOSTICS_MAX: usize = 200;

/// Values of 64 bits or less that a function of a module takes: `Int` and amounts are two.
pub const FUNCTION_WORDS_MAX: usize = 16;

/// Locals of a function of a module. These bounds are those of docs/spec/module-rules.md.
pub const FUNCTION_LOCALS_MAX: usize = 512;

/// Instructions of a function of a module, and the values that its calls pass.
pub const FUNCTION_INSTRUCTIONS_MAX: usize = 8 << 10;

/// Its instructions at which control goes two ways.
pub const FUNCTION_BRANCHES_MAX: usize = 2 << 10;

/// Its blocks within each other.
pub const FUNCTION_NESTING_MAX: usize = 256;

/// Its bytes.
pub const FUNCTION_BYTES_MAX: usize = 32 << 10;

/// Instructions of all functions of a module, as before.
pub const MODULE_INSTRUCTIONS_MAX: usize = 128 << 10;

/// Branches of all functions of a module.
pub const MODULE_BRANCHES_MAX: usize = 24 << 10;

/// What a module can be called for.
pub const MODULE_ENTRIES_MAX: usize = 256;

/// Bytes of a module.
pub const MODULE_BYTES_MAX: usize = 1 << 20;

/// Bytes of one value.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
