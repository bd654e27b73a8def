//! What stands under `:code`.

use codec::{Decode, Encode};

/// Storage key under which Substrate keeps the runtime's code.
pub const CODE_KEY: &[u8] = b":code";

/// Names the runtime that made the state. The runtime is native (ADR 1), but stock clients key their metadata cache on the
/// hash of `:code`, so it holds this descriptor, which changes exactly when the spec version does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CodeDescriptor {
    /// Always [`CodeDescriptor::MAGIC`].
    pub magic: [u8; 4],
    /// Name of the runtime's specification.
    pub spec_name: String,
    /// Version of the specification.
    pub spec_version: u32,
}

impl CodeDescriptor {
    /// The first bytes of every descriptor; a wasm blob starts otherwise.
    pub const MAGIC: [u8; 4] = *b"icn\0";

    /// The descriptor of a runtime.
    pub fn new(spec_name: &str, spec_version: u32) -> Self {
        Self { magic: Self::MAGIC, spec_name: spec_name.into(), spec_version }
    }
}
