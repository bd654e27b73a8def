//! The encodings, frozen, and their bounds.

use super::{transactions::*, *};
use crate::head::Head;
use codec::Encode;
use icn_fuzzing::{fuzz, Raw};
use icn_primitives::{limits::EXTRINSIC_BYTES_MAX, Extrinsic};

/// An extrinsic of so many bytes after its length.
fn extrinsic(fill: u8, bytes: usize) -> Extrinsic {
    Extrinsic::from_encoded(vec![fill; bytes].encode())
}

/// The largest extrinsic.
fn largest() -> Extrinsic {
    let extrinsic = extrinsic(7, EXTRINSIC_BYTES_MAX as usize - 4);
    assert_eq!(extrinsic.bytes().len(), EXTRINSIC_BYTES_MAX as usize);
    extrinsic
}

fn head() -> Head {
    Head { height: 300, hash: Hash::repeat_byte(0xab) }
}

fn status() -> ChainStatus {
    ChainStatus { genesis: Hash::repeat_byte(0x01), head: head() }
}

/// A batch of elements of any kind.
fn raw_batch(elements: &[&[u8]]) -> Vec<u8> {
    let element = |bytes: &&[u8]| [&[0x0a][..], &length(bytes.len()), bytes].concat();
    elements.iter().flat_map(element).collect()
}

fn length(bytes: usize) -> Vec<u8> {
    let mut encoded = Vec::new();
    prost::encode_length_delimiter(bytes, &mut encoded).unwrap();
    encoded
}

#[test]
fn the_encoding_of_a_batch_is_frozen() {
    let batch = [extrinsic(0x11, 3), extrinsic(0x22, 1)];
    let encoded = encode(&batch);
    assert_eq!(hex::encode(&encoded), "0a040c1111110a020422");
    assert_eq!(measure(&encoded), Ok(2));
    assert_eq!(decode(encoded), Ok(batch.to_vec()));
}

#[test]
fn the_encoding_of_a_head_is_frozen() {
    let encoded = head().to_bytes();
    assert_eq!(hex::encode(&encoded), format!("08ac021220{}", "ab".repeat(32)));
    assert_eq!(Head::from_bytes(&encoded), Ok(head()));
    let first = Head { height: 0, hash: Hash::zero() };
    assert_eq!(hex::encode(first.to_bytes()), format!("1220{}", "00".repeat(32)));
    assert_eq!(Head::from_bytes(&first.to_bytes()), Ok(first));
}

#[test]
fn the_encoding_of_a_status_is_frozen() {
    let encoded = status().to_bytes();
    assert_eq!(hex::encode(&encoded), format!("0a20{}10ac021a20{}", "01".repeat(32), "ab".repeat(32)));
    assert_eq!(ChainStatus::from_bytes(&encoded), Ok(status()));
}

#[test]
fn the_largest_messages_fit_their_bounds() {
    let last = Head { height: u64::MAX, hash: Hash::repeat_byte(0xff) };
    assert_eq!(Head::from_bytes(&last.to_bytes()), Ok(last));
    let status = ChainStatus { genesis: Hash::repeat_byte(0xff), head: last };
    assert_eq!(status.to_bytes().len(), CHAIN_STATUS_BYTES_MAX);
    assert_eq!(ChainStatus::from_bytes(&status.to_bytes()), Ok(status));
    assert_eq!(decode(encode(&[largest()])), Ok(vec![largest()]));
    let many = vec![extrinsic(1, 10); EXTRINSICS_MAX];
    assert_eq!(decode(encode(&many)), Ok(many));
}

#[test]
fn a_batch_out_of_bounds_is_refused_before_it_is_decoded() {
    let many = vec![extrinsic(1, 10); EXTRINSICS_MAX + 1];
    assert_eq!(measure(&encode(&many)), Err(WireError::TooMany { max: EXTRINSICS_MAX }));
    let large = vec![0; EXTRINSIC_BYTES_MAX as usize + 1];
    assert_eq!(measure(&raw_batch(&[&large])), Err(WireError::ExtrinsicSize { bytes: large.len() }));
    assert_eq!(measure(&raw_batch(&[&[]])), Err(WireError::ExtrinsicSize { bytes: 0 }));
    assert_eq!(measure(&[]), Err(WireError::Empty));
    let whole = encode(&[largest(), largest()]);
    let oversized = WireError::Oversized { bytes: whole.len(), max: MESSAGE_BYTES_MAX };
    assert_eq!(measure(&whole), Err(oversized));
}

#[test]
fn a_batch_has_one_encoding() {
    let good = raw_batch(&[&[4, 9]]);
    assert_eq!(decode(good.clone()), Ok(vec![extrinsic(9, 1)]));
    let longer_length = vec![0x0a, 0x82, 0x00, 4, 9];
    let unknown_field = [&good[..], &[0x12, 0x00]].concat();
    let other_type = vec![0x08, 0x02];
    let cut = good[..good.len() - 1].to_vec();
    let endless_length = [&[0x0a][..], &[0xff; 10]].concat();
    for bytes in [longer_length, unknown_field, other_type, cut, endless_length] {
        assert_eq!(measure(&bytes), Err(WireError::Malformed), "{bytes:?}");
    }
}

#[test]
fn what_is_no_extrinsic_is_refused() {
    // The prefix says 2 bytes and 1 follows; the prefix says 1 byte and 2 follow.
    for element in [&[8, 9][..], &[4, 9, 9]] {
        let bytes = raw_batch(&[element]);
        assert_eq!(measure(&bytes), Ok(1));
        assert_eq!(decode(bytes), Err(WireError::Extrinsic));
    }
}

#[test]
fn heads_and_statuses_have_one_encoding() {
    let head = head().to_bytes();
    let status = status().to_bytes();
    let unknown_field = [&head[..], &[0x18, 0x01]].concat();
    assert_eq!(Head::from_bytes(&unknown_field), Err(WireError::Malformed));
    assert_eq!(ChainStatus::from_bytes(&[&status[..], &[0x20, 0x01]].concat()), Err(WireError::Malformed));
    let explicit_zero = [&[0x08, 0x00, 0x12, 0x20][..], &[0; 32]].concat();
    assert_eq!(Head::from_bytes(&explicit_zero), Err(WireError::Malformed));
    let short_hash = [&[0x08, 0x01, 0x12, 0x1f][..], &[0; 31]].concat();
    assert_eq!(Head::from_bytes(&short_hash), Err(WireError::Malformed));
    assert_eq!(Head::from_bytes(&[]), Err(WireError::Malformed));
    assert!(matches!(Head::from_bytes(&[0; 100]), Err(WireError::Oversized { bytes: 100, .. })));
    assert!(matches!(ChainStatus::from_bytes(&[0; 100]), Err(WireError::Oversized { bytes: 100, .. })));
}

#[test]
fn fuzz_batch() {
    let seeds = [
        encode(&[extrinsic(1, 3)]),
        encode(&[extrinsic(2, 100), extrinsic(3, 1), extrinsic(4, 20)]),
        encode(&vec![extrinsic(5, 2); 40]),
    ];
    fuzz("batch", &seeds, |bytes| {
        let count = measure(bytes);
        let batch = decode(bytes.to_vec()).ok()?;
        assert_eq!(count, Ok(batch.len()));
        Some(Raw(encode(&batch)))
    });
}

#[test]
fn fuzz_head() {
    let first = Head { height: 0, hash: Hash::zero() };
    fuzz("head", &[head().to_bytes(), first.to_bytes()], |bytes| {
        Head::from_bytes(bytes).ok().map(|head| Raw(head.to_bytes()))
    });
}

#[test]
fn fuzz_status() {
    fuzz("status", &[status().to_bytes()], |bytes| {
        ChainStatus::from_bytes(bytes).ok().map(|status| Raw(status.to_bytes()))
    });
}
