//! Bounds and forms that the decoders insist on.

use crate::samples;
use codec::{Compact, DecodeAll, DecodeWithMemLimit, Encode, MaxEncodedLen};
use icn_merkle::{
    ConsistencyProof, InclusionProof, Range, TreeHead, CONSISTENCY_HASHES_MAX, INCLUSION_HASHES_MAX, PEAKS_MAX,
};
use serde_json::json;

/// Two numbers and so many hashes.
fn proof(hashes: usize) -> Vec<u8> {
    (1u64, 2u64, vec![[7u8; 32]; hashes]).encode()
}

#[test]
fn paths_are_bounded_and_the_bound_is_the_longest_encoding() {
    let (inclusion, consistency) = (proof(INCLUSION_HASHES_MAX), proof(CONSISTENCY_HASHES_MAX));
    assert!(InclusionProof::decode_all(&mut &inclusion[..]).is_ok());
    assert!(ConsistencyProof::decode_all(&mut &consistency[..]).is_ok());
    assert_eq!(InclusionProof::max_encoded_len(), inclusion.len());
    assert_eq!(ConsistencyProof::max_encoded_len(), consistency.len());
    assert!(InclusionProof::decode_all(&mut &proof(INCLUSION_HASHES_MAX + 1)[..]).is_err());
    assert!(ConsistencyProof::decode_all(&mut &proof(CONSISTENCY_HASHES_MAX + 1)[..]).is_err());
}

#[test]
fn a_range_has_the_peaks_of_its_size() {
    let range = |size: u64, peaks: usize| (size, vec![[7u8; 32]; peaks]).encode();
    let decode = |bytes: Vec<u8>| Range::decode_all(&mut &bytes[..]);
    assert_eq!(decode(range(u64::MAX, PEAKS_MAX)).unwrap().peaks().len(), PEAKS_MAX);
    assert_eq!(Range::max_encoded_len(), range(u64::MAX, PEAKS_MAX).len());
    assert!(decode(range(13, 3)).is_ok() && decode(range(0, 0)).is_ok());
    for (size, peaks) in [(13, 2), (13, 4), (0, 1), (1, 0), (u64::MAX, PEAKS_MAX - 1), (u64::MAX, PEAKS_MAX + 1)] {
        assert!(decode(range(size, peaks)).is_err(), "{peaks} peaks of {size} leaves");
    }
}

#[test]
fn a_list_that_is_said_to_be_long_is_not_waited_for() {
    let long = [(1u64, 2u64).encode(), Compact(u32::MAX).encode()].concat();
    assert!(InclusionProof::decode_all(&mut &long[..]).is_err());
    assert!(ConsistencyProof::decode_all(&mut &long[..]).is_err());
    assert!(Range::decode_all(&mut &long[8..]).is_err());
    // A limit is exceeded when it is reached.
    let path = proof(2);
    assert!(InclusionProof::decode_with_mem_limit(&mut &path[..], 65).is_ok());
    assert!(InclusionProof::decode_with_mem_limit(&mut &path[..], 64).is_err());
}

/// A proof as JSON with something else in place of its path.
fn with_path(path: serde_json::Value) -> String {
    json!({ "index": 1, "size": 2, "path": path }).to_string()
}

#[test]
fn json_has_as_many_hashes_as_a_path_may_have() {
    let hash = format!("0x{}", "07".repeat(32));
    let read = |count: usize| serde_json::from_str::<InclusionProof>(&with_path(json!(vec![&hash; count])));
    assert_eq!(read(0).unwrap().path, [[0; 32]; 0]);
    assert_eq!(read(INCLUSION_HASHES_MAX).unwrap().path, [[7; 32]; INCLUSION_HASHES_MAX]);
    let error = read(INCLUSION_HASHES_MAX + 1).unwrap_err().to_string();
    assert!(error.contains("at most 64 hashes"), "{error}");
    let text = |count| json!({ "from": 1, "to": 2, "path": vec![&hash; count] }).to_string();
    assert!(serde_json::from_str::<ConsistencyProof>(&text(CONSISTENCY_HASHES_MAX)).is_ok());
    assert!(serde_json::from_str::<ConsistencyProof>(&text(CONSISTENCY_HASHES_MAX + 1)).is_err());
}

#[test]
fn json_has_hashes_of_64_digits_after_0x() {
    let read = |hash: &str| serde_json::from_str::<InclusionProof>(&with_path(json!([hash])));
    let digits = "0a".repeat(32);
    assert_eq!(read(&format!("0x{digits}")).unwrap().path, [[10; 32]]);
    assert_eq!(read(&format!("0x{}", digits.to_uppercase())).unwrap().path, [[10; 32]]);
    for hash in [&digits, "", "0x", &format!("0X{digits}"), &format!("0x{digits}0a"), &format!("0x{digits} ")] {
        assert!(read(hash).is_err(), "{hash}");
    }
    assert!(read(&format!("0x{}zz", &digits[2..])).is_err());
    assert!(read(&format!("0x{}", &digits[1..])).is_err());
    assert!(serde_json::from_str::<InclusionProof>(&with_path(json!([vec![7; 32]]))).is_err());
    assert!(serde_json::from_str::<InclusionProof>(&with_path(json!(format!("0x{digits}")))).is_err());
}

#[test]
fn json_has_every_field_and_no_other() {
    let (head, root) = (samples::head(3), format!("0x{}", hex::encode(samples::head(3).root)));
    let read = |value: serde_json::Value| serde_json::from_str::<TreeHead>(&value.to_string());
    assert_eq!(read(json!({ "size": 3, "root": root })).unwrap(), head);
    assert!(read(json!({ "size": 3, "root": root, "height": 1 })).is_err());
    assert!(read(json!({ "root": root })).is_err());
    assert!(read(json!({ "size": 3 })).is_err());
    assert!(read(json!({ "size": -3, "root": root })).is_err());
    let largest = TreeHead { size: u64::MAX, ..head };
    assert_eq!(serde_json::from_str::<TreeHead>(&serde_json::to_string(&largest).unwrap()).unwrap(), largest);
}
