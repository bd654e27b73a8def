//! As much of protobuf as votes and commits need, and RFC 6962 roots, written for these tests.

use icn_primitives::{tendermint::BlockId, Moment, Target};
use sha2::{Digest, Sha256};

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A varint field; zero is left out.
pub(crate) fn number(field: u8, value: u64) -> Vec<u8> {
    if value == 0 {
        return Vec::new();
    }
    [vec![field << 3], varint(value)].concat()
}

/// An `sfixed64` field; zero is left out.
fn fixed(field: u8, value: u64) -> Vec<u8> {
    if value == 0 {
        return Vec::new();
    }
    [vec![field << 3 | 1], value.to_le_bytes().to_vec()].concat()
}

/// A message within a message, or bytes that are not empty.
pub(crate) fn nested(field: u8, value: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(value.len() as u64), value.to_vec()].concat()
}

/// A `Timestamp`.
pub(crate) fn timestamp(seconds: i64, nanos: u64) -> Vec<u8> {
    [number(1, seconds as u64), number(2, nanos)].concat()
}

fn moment(time: Moment) -> Vec<u8> {
    timestamp((time / 1000) as i64, time % 1000 * 1_000_000)
}

fn block_id(id: &BlockId) -> Vec<u8> {
    let parts = [number(1, id.parts.total.into()), nested(2, id.parts.hash.as_bytes())].concat();
    [nested(1, id.hash.as_bytes()), nested(2, &parts)].concat()
}

/// The sign bytes of a `CanonicalVote`. A vote for nothing has the epoch as its time.
pub(crate) fn canonical_vote(chain_id: &str, kind: u64, height: u64, round: u32, target: Option<&Target>) -> Vec<u8> {
    let vote = [
        number(1, kind),
        fixed(2, height),
        fixed(3, round.into()),
        target.map_or_else(Vec::new, |target| nested(4, &block_id(&target.id))),
        nested(5, &moment(target.map_or(0, |target| target.time))),
        nested(6, chain_id.as_bytes()),
    ]
    .concat();
    [varint(vote.len() as u64), vote].concat()
}

/// A `CommitSig` for the block.
pub(crate) fn commit_sig(address: &[u8], timestamp: &[u8], signature: &[u8]) -> Vec<u8> {
    [number(1, 2), nested(2, address), nested(3, timestamp), nested(4, signature)].concat()
}

/// The same with a time in milliseconds.
pub(crate) fn commit_sig_at(address: &[u8], time: Moment, signature: &[u8]) -> Vec<u8> {
    commit_sig(address, &moment(time), signature)
}

/// A `CommitSig` of a validator that is absent. Its time is the start of year 1.
pub(crate) fn absent_sig() -> Vec<u8> {
    [number(1, 1), nested(3, &timestamp(-62_135_596_800, 0))].concat()
}

/// A `SimpleValidator` with an Ed25519 key.
pub(crate) fn simple_validator(key: &[u8; 32], power: u64) -> Vec<u8> {
    [nested(1, &nested(1, key)), number(2, power)].concat()
}

/// RFC 6962, 2.1.
pub(crate) fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    let sha256 = |parts: &[&[u8]]| Sha256::digest(parts.concat()).to_vec();
    match leaves.len() {
        0 => sha256(&[]),
        1 => sha256(&[&[0], &leaves[0]]),
        len => {
            let (left, right) = leaves.split_at(len.next_power_of_two() / 2);
            sha256(&[&[1], &root(left), &root(right)])
        }
    }
}
