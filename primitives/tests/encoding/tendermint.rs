//! The Tendermint header's hash against CometBFT's definition, written here anew: the Merkle root of fourteen protobuf
//! fields, where an empty field is an empty leaf.

use crate::samples;
use icn_primitives::{
    limits::BLOCK_PART_BYTES,
    tendermint::{merkle_root, BlockId},
    Hash, PartSetHeader, TendermintHeader,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    Sha256::digest(parts.concat()).to_vec()
}

/// RFC 6962, 2.1.
fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves.len() {
        0 => sha256(&[]),
        1 => sha256(&[&[0], &leaves[0]]),
        len => {
            let (left, right) = leaves.split_at(len.next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A number field of protobuf; zero is left out.
fn number(field: u8, value: u64) -> Vec<u8> {
    if value == 0 {
        return Vec::new();
    }
    [vec![field << 3], varint(value)].concat()
}

/// A field of protobuf with a length; nothing is left out.
fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    if value.is_empty() {
        return Vec::new();
    }
    nested(field, value)
}

/// A message within a message; an empty one is still there.
fn nested(field: u8, value: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(value.len() as u64), value.to_vec()].concat()
}

fn block_id(id: Option<BlockId>) -> Vec<u8> {
    let Some(id) = id else { return nested(2, &[]) };
    let parts = [number(1, id.parts.total.into()), bytes(2, id.parts.hash.as_bytes())].concat();
    [bytes(1, id.hash.as_bytes()), nested(2, &parts)].concat()
}

fn hash(header: &TendermintHeader) -> Vec<u8> {
    let field = |hash: Hash| bytes(1, hash.as_bytes());
    root(&[
        [number(1, 11), number(2, 1)].concat(),
        bytes(1, header.chain_id.as_bytes()),
        number(1, header.height),
        [number(1, header.time / 1000), number(2, header.time % 1000 * 1_000_000)].concat(),
        block_id(header.last_block_id),
        field(header.last_commit_hash),
        field(header.data_hash),
        field(header.validators_hash),
        field(header.next_validators_hash),
        field(header.consensus_hash),
        field(header.app_hash),
        field(header.last_results_hash),
        field(header.evidence_hash),
        bytes(1, &header.proposer),
    ])
}

fn headers() -> impl Strategy<Value = TendermintHeader> {
    let hash = || any::<[u8; 32]>().prop_map(Hash::from);
    let id = (hash(), 1..100u32, hash())
        .prop_map(|(hash, total, parts)| BlockId { hash, parts: PartSetHeader { total, hash: parts } });
    let hashes = (hash(), hash(), hash(), hash(), hash(), hash(), hash(), hash());
    let time = prop_oneof![0..2000u64, 0..253_402_300_800_000u64];
    ("[a-z]{1,20}-[0-9a-f]{8}", 0..=i64::MAX as u64, time, proptest::option::of(id), hashes, any::<[u8; 20]>())
        .prop_map(|(chain_id, height, time, last_block_id, hashes, proposer)| TendermintHeader {
            chain_id,
            height,
            time,
            last_block_id,
            last_commit_hash: hashes.0,
            data_hash: hashes.1,
            validators_hash: hashes.2,
            next_validators_hash: hashes.3,
            consensus_hash: hashes.4,
            app_hash: hashes.5,
            last_results_hash: hashes.6,
            evidence_hash: hashes.7,
            proposer,
        })
}

proptest! {
    #[test]
    fn the_hash_is_cometbfts(header in headers()) {
        prop_assert_eq!(header.hash().unwrap().as_bytes().to_vec(), hash(&header));
        prop_assert_eq!(header.to_stock().unwrap().hash().as_bytes().to_vec(), hash(&header));
    }
}

#[test]
fn the_hash_commits_to_every_field() {
    let record = samples::block_record();
    let base = record.tendermint;
    let other = Hash::repeat_byte(0xee);
    let changes: [fn(&mut TendermintHeader, Hash); 14] = [
        |header, _| header.chain_id.push('x'),
        |header, _| header.height += 1,
        |header, _| header.time += 1,
        |header, _| header.last_block_id = None,
        |header, other| header.last_block_id = header.last_block_id.map(|id| BlockId { hash: other, ..id }),
        |header, other| header.last_commit_hash = other,
        |header, other| header.data_hash = other,
        |header, other| header.validators_hash = other,
        |header, other| header.next_validators_hash = other,
        |header, other| header.consensus_hash = other,
        |header, other| header.app_hash = other,
        |header, other| header.last_results_hash = other,
        |header, other| header.evidence_hash = other,
        |header, _| header.proposer[0] ^= 1,
    ];
    let mut hashes = vec![base.hash().unwrap()];
    for change in changes {
        let mut header = base.clone();
        change(&mut header, other);
        hashes.push(header.hash().unwrap());
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), changes.len() + 1);
}

#[test]
fn a_header_out_of_tendermints_ranges_has_no_hash() {
    let base = samples::block_record().tendermint;
    let invalid = [
        TendermintHeader { chain_id: String::new(), ..base.clone() },
        TendermintHeader { chain_id: "x".repeat(51), ..base.clone() },
        TendermintHeader { height: i64::MAX as u64 + 1, ..base.clone() },
        TendermintHeader { time: 253_402_300_800_000, ..base.clone() },
        TendermintHeader { time: u64::MAX, ..base },
    ];
    for header in invalid {
        assert!(header.hash().is_err(), "{header:?}");
    }
}

#[test]
fn a_record_commits_to_the_frame_header_the_extrinsics_and_the_state() {
    let record = samples::block_record();
    let header = &record.tendermint;
    assert_eq!(header.last_results_hash, record.block.header.hash());
    assert_eq!(header.app_hash, record.block.header.state_root);
    assert_eq!(header.height, 70_000);
    let leaves: Vec<_> = record.block.extrinsics.iter().map(|x| sha256(&[x.bytes()])).collect();
    assert_eq!(header.data_hash.as_bytes(), root(&leaves));
    assert_eq!(record.id().unwrap().unwrap().hash, record.tendermint_hash().unwrap());
}

#[test]
fn the_root_of_nothing_and_of_one_are_rfc_6962s() {
    let none: [&[u8]; 0] = [];
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex::encode(merkle_root(&none)), empty);
    let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    assert_eq!(hex::encode(merkle_root(&[b""])), leaf);
}

/// The tree of eight leaves of the Certificate Transparency reference implementation.
#[test]
fn the_root_of_eight_is_that_of_certificate_transparency() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let leaves = leaves.map(|leaf| hex::decode(leaf).unwrap());
    let expected = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert_eq!(hex::encode(merkle_root(&leaves)), expected);
}

#[test]
fn parts_are_cut_at_256_kib() {
    let bytes: Vec<u8> = (0..2 * BLOCK_PART_BYTES + 1).map(|i| i as u8).collect();
    for (len, total) in [(0, 0), (1, 1), (BLOCK_PART_BYTES, 1), (BLOCK_PART_BYTES + 1, 2), (bytes.len(), 3)] {
        let parts: Vec<_> = bytes[..len].chunks(BLOCK_PART_BYTES).map(<[u8]>::to_vec).collect();
        let header = PartSetHeader::of(&bytes[..len]);
        assert_eq!((header.total, header.hash.as_bytes()), (total, &root(&parts)[..]), "{len} bytes");
    }
}
