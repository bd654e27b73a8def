//! The codec below nodes: IPLD data as canonical dag-cbor, bounded, without floating-point numbers (SPEC-DAG-3).

use crate::{
    cbor,
    error::{Error, Fault},
    limits::{DEPTH_MAX, HEADER_ITEMS_MAX, ITEMS_MAX, NODE_BYTES_MAX, PAYLOAD_BYTES_MAX},
};
use ipld_core::ipld::Ipld;
use serde::Serialize;

/// Bounds that are checked before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes.
    pub bytes: usize,
    /// Most lists and maps inside each other.
    pub depth: usize,
    /// Most values, lists, maps and keys.
    pub items: usize,
}

impl Limits {
    /// Those of a payload.
    pub const PAYLOAD: Self = Self { bytes: PAYLOAD_BYTES_MAX, depth: DEPTH_MAX, items: ITEMS_MAX };

    /// Those of a node: it is one map around its payload.
    pub const NODE: Self = Self { bytes: NODE_BYTES_MAX, depth: DEPTH_MAX + 1, items: ITEMS_MAX + HEADER_ITEMS_MAX };
}

/// Decodes canonical dag-cbor.
///
/// # Errors
/// [`Error::TooLarge`] and [`Error::NotCanonical`]. Bounds and form are checked before anything is allocated; then what was
/// decoded must encode to the same bytes.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Ipld, Error> {
    cbor::check(bytes, limits)?;
    let ipld: Ipld = serde_ipld_dagcbor::from_slice(bytes).map_err(|_| FORM)?;
    if to_bytes(&ipld)? != bytes {
        return Err(FORM);
    }
    Ok(ipld)
}

/// Encodes data as canonical dag-cbor.
///
/// # Errors
/// [`Error::TooLarge`], and [`Error::NotCanonical`] for floating-point numbers and for integers of more than 64 bits.
pub fn encode(ipld: &Ipld, limits: &Limits) -> Result<Vec<u8>, Error> {
    let bytes = to_bytes(ipld)?;
    cbor::check(&bytes, limits)?;
    Ok(bytes)
}

const FORM: Error = Error::NotCanonical { at: 0, fault: Fault::Form };

/// The encoding of anything that serde describes.
pub(crate) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_ipld_dagcbor::to_vec(value).map_err(|_| FORM)
}
