//! The decoders of this crate, fuzzed.

use crate::samples;
use codec::{DecodeAll, Encode};
use icn_fuzzing::fuzz;
use icn_primitives::{Block, BlockRecord, ConsensusDigest, Extrinsic, Header};

#[test]
fn fuzz_extrinsic() {
    let seeds = [0, 1, 63, 64, 300].map(|len| samples::extrinsic(7, len).encode());
    fuzz("extrinsic", &seeds, |bytes| Extrinsic::from_bytes(bytes).ok());
}

#[test]
fn fuzz_block() {
    let empty = Block { extrinsics: Vec::new(), ..samples::block() };
    fuzz("block", &[samples::block().encode(), empty.encode()], |bytes| Block::from_bytes(bytes).ok());
}

#[test]
fn fuzz_block_record() {
    let record = samples::block_record();
    let first = BlockRecord {
        tendermint: icn_primitives::TendermintHeader { last_block_id: None, ..record.tendermint.clone() },
        ..record.clone()
    };
    fuzz("block record", &[record.encode(), first.encode()], |bytes| {
        let record = BlockRecord::decode_all(&mut &bytes[..]).ok()?;
        // A header that decodes may be out of Tendermint's ranges: then its hash is an error.
        drop(record.tendermint_hash());
        drop(record.id());
        Some(record)
    });
}

#[test]
fn fuzz_consensus_digest() {
    fuzz("consensus digest", &[samples::consensus_digest().encode()], |bytes| {
        ConsensusDigest::decode_all(&mut &bytes[..]).ok()
    });
}

#[test]
fn fuzz_header() {
    fuzz("header", &[samples::header().encode()], |bytes| {
        let header = Header::decode_all(&mut &bytes[..]).ok()?;
        let encoded = ConsensusDigest::from_header(&header).map(|digest| digest.encode().len());
        assert!(encoded.is_none_or(|len| len == 28));
        Some(header)
    });
}
