//! One value of each type, with every field different from its neighbours and from its default.

use codec::Encode;
use icn_primitives::{
    block::{record, ConsensusContext, ConsensusRoots},
    tendermint::BlockId,
    Block, BlockRecord, CodeDescriptor, ConsensusDigest, Extrinsic, Hash, Header, PartSetHeader,
};
use sp_runtime::{Digest, DigestItem};

pub(crate) fn extrinsic(byte: u8, len: usize) -> Extrinsic {
    Extrinsic::from_encoded(vec![byte; len].encode())
}

pub(crate) fn consensus_digest() -> ConsensusDigest {
    ConsensusDigest { time: 1_767_225_600_123, proposer: *b"proposer-of-20-bytes" }
}

/// A header with an item of each kind.
pub(crate) fn header() -> Header {
    let mut digest: Digest = consensus_digest().to_digest();
    digest.push(DigestItem::Consensus(*b"test", vec![1, 2]));
    digest.push(DigestItem::Seal(*b"seal", vec![3]));
    digest.push(DigestItem::Other(vec![4]));
    digest.push(DigestItem::RuntimeEnvironmentUpdated);
    Header {
        parent_hash: Hash::repeat_byte(1),
        number: 70_000,
        state_root: Hash::repeat_byte(2),
        extrinsics_root: Hash::repeat_byte(3),
        digest,
    }
}

pub(crate) fn block() -> Block {
    Block { header: header(), extrinsics: vec![extrinsic(4, 3), extrinsic(5, 100)] }
}

pub(crate) fn block_id() -> BlockId {
    BlockId { hash: Hash::repeat_byte(6), parts: PartSetHeader { total: 7, hash: Hash::repeat_byte(8) } }
}

pub(crate) fn context() -> ConsensusContext {
    ConsensusContext { chain_id: "dev-01234567".into(), consensus_hash: Hash::repeat_byte(11) }
}

pub(crate) fn block_record() -> BlockRecord {
    let roots = ConsensusRoots::of_sets(Hash::repeat_byte(9), Hash::repeat_byte(10));
    record(block(), &consensus_digest(), Some(block_id()), &context(), &roots)
}

pub(crate) fn code_descriptor() -> CodeDescriptor {
    CodeDescriptor::new("icn", 100)
}
