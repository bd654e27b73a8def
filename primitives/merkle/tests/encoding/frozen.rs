//! The encodings, byte for byte. Whoever changes one changes a format: what was stored or written to a file is no longer
//! read. `ICN_UPDATE_FIXTURES=1` writes them anew.

use crate::samples;
use codec::{DecodeAll, Encode};
use icn_merkle::{ConsistencyProof, InclusionProof, Range, TreeHead};
use serde::{de::DeserializeOwned, Serialize};
use std::{fmt::Debug, path::Path};

/// Compares a text with its fixture, and gives the fixture.
fn compare(file: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/encoding/fixtures").join(file);
    if std::env::var_os("ICN_UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let fixture = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, fixture, "{file} changed");
    fixture
}

/// Compares the SCALE encoding, and reads it back.
fn check_scale<T: Encode + DecodeAll + PartialEq + Debug>(name: &str, value: &T) {
    let fixture = compare(&format!("{name}.hex"), &wrap(&hex::encode(value.encode())));
    let fixture = hex::decode(fixture.split_whitespace().collect::<String>()).unwrap();
    assert_eq!(T::decode_all(&mut &fixture[..]).as_ref(), Ok(value), "{name} is read back");
}

/// Compares the JSON, and reads it back.
fn check_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let fixture = compare(&format!("{name}.json"), &(serde_json::to_string_pretty(value).unwrap() + "\n"));
    assert_eq!(&serde_json::from_str::<T>(&fixture).unwrap(), value, "{name} is read back");
}

/// Lines of 64 digits.
fn wrap(digits: &str) -> String {
    let lines: Vec<_> = digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n") + "\n"
}

#[test]
fn an_inclusion_proof_is_encoded_as_ever() {
    check_scale::<InclusionProof>("inclusion_proof", &samples::inclusion(5, 13));
    check_json::<InclusionProof>("inclusion_proof", &samples::inclusion(5, 13));
}

#[test]
fn a_consistency_proof_is_encoded_as_ever() {
    check_scale::<ConsistencyProof>("consistency_proof", &samples::consistency(6, 13));
    check_json::<ConsistencyProof>("consistency_proof", &samples::consistency(6, 13));
}

#[test]
fn a_range_is_encoded_as_ever() {
    check_scale::<Range>("range", &samples::range(13));
}

#[test]
fn a_tree_head_is_encoded_as_ever() {
    check_scale::<TreeHead>("tree_head", &samples::head(13));
    check_json::<TreeHead>("tree_head", &samples::head(13));
}
