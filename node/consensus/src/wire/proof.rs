//! The proof that a peer is a validator.

use super::{
    field::{exactly, signature},
    proto, Wire, WireError,
};
use crate::IcnContext;
use malachitebft_core_consensus::PeerId;
use malachitebft_core_types::ValidatorProof;

impl Wire for ValidatorProof<IcnContext> {
    const KIND: &'static str = "validator proof";
    const BYTES_MAX: usize = 192;
    type Proto = proto::ValidatorProof;

    fn to_proto(&self) -> Result<Self::Proto, WireError> {
        Ok(proto::ValidatorProof {
            key: exactly::<32>("key", &self.public_key)?.to_vec(),
            peer_id: checked(&self.peer_id)?,
            signature: self.signature.to_bytes().to_vec(),
        })
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, WireError> {
        let key = exactly::<32>("key", &proto.key)?.to_vec();
        Ok(Self::new(key, checked(&proto.peer_id)?, signature(&proto.signature)?))
    }
}

fn checked(peer_id: &[u8]) -> Result<Vec<u8>, WireError> {
    PeerId::from_bytes(peer_id).map(PeerId::to_bytes).map_err(|_| WireError::PeerId)
}
