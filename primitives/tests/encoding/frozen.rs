//! The encodings of stored and sent types, byte for byte. Whoever changes one changes a format: existing stores and
//! networks no longer read it, so the change needs a new format version and a word in the changelog. `ICN_UPDATE_FIXTURES=1`
//! writes them anew.

use crate::samples;
use codec::{DecodeAll, Encode};
use icn_primitives::{Block, BlockRecord, CodeDescriptor, ConsensusDigest, Extrinsic};
use std::{fmt::Debug, path::Path};

/// Compares a value's encoding with its fixture, and reads the fixture back.
fn check<T: Encode + DecodeAll + PartialEq + Debug>(name: &str, value: &T) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/encoding/fixtures").join(name).with_extension("hex");
    let encoded = value.encode();
    if std::env::var_os("ICN_UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, wrap(&hex::encode(&encoded))).unwrap();
    }
    let fixture = std::fs::read_to_string(&path).unwrap();
    let fixture = hex::decode(fixture.split_whitespace().collect::<String>()).unwrap();
    assert_eq!(encoded, fixture, "the encoding of {name} changed");
    assert_eq!(T::decode_all(&mut &fixture[..]).as_ref(), Ok(value), "{name} is read back");
}

/// Lines of 64 digits.
fn wrap(digits: &str) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text + "\n"
}

#[test]
fn an_extrinsic_is_encoded_as_ever() {
    check::<Extrinsic>("extrinsic", &samples::extrinsic(4, 100));
}

#[test]
fn a_block_is_encoded_as_ever() {
    check::<Block>("block", &samples::block());
}

#[test]
fn a_block_record_is_encoded_as_ever() {
    check::<BlockRecord>("block_record", &samples::block_record());
}

#[test]
fn a_consensus_digest_is_encoded_as_ever() {
    check::<ConsensusDigest>("consensus_digest", &samples::consensus_digest());
}

#[test]
fn a_code_descriptor_is_encoded_as_ever() {
    check::<CodeDescriptor>("code_descriptor", &samples::code_descriptor());
}

#[test]
fn both_hashes_of_a_block_are_as_ever() {
    let record = samples::block_record();
    let hashes = format!("{}\n{}\n", hex::encode(record.hash()), hex::encode(record.tendermint_hash().unwrap()));
    assert_eq!(hashes, include_str!("fixtures/hashes.hex"), "FRAME header first, then Tendermint header");
}
