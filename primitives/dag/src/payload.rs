//! What a node says: any IPLD data within bounds.

use crate::{
    cid::{Cid, Codec},
    error::Error,
    ipld::{self, Limits},
};
use ipld_core::ipld::Ipld;

/// IPLD data that encodes within the bounds of a payload, without floating-point numbers, and its CID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    data: Ipld,
    cid: Cid,
}

impl Payload {
    /// A payload of some data.
    ///
    /// # Errors
    /// As [`ipld::encode`].
    pub fn new(data: Ipld) -> Result<Self, Error> {
        let cid = Cid::of(Codec::DagCbor, &ipld::encode(&data, &Limits::PAYLOAD)?);
        Ok(Self { data, cid })
    }

    /// The data.
    pub fn data(&self) -> &Ipld {
        &self.data
    }

    /// The CID of the data alone, encoded as dag-cbor.
    pub fn cid(&self) -> Cid {
        self.cid
    }
}
