use codec::{Compact, Decode, DecodeAll, Encode};
use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, EXTRINSIC_BYTES_MAX},
    Block, Extrinsic, Hashing,
};
use proptest::prelude::*;
use sp_runtime::{traits::Hash as _, OpaqueExtrinsic};

/// Content of the largest extrinsic: its length prefix takes four bytes.
const CONTENT_MAX: usize = EXTRINSIC_BYTES_MAX as usize - 4;

proptest! {
    #[test]
    fn what_is_decoded_is_what_was_encoded(content in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let bytes = content.encode();
        let extrinsic = Extrinsic::from_bytes(&bytes).unwrap();
        prop_assert_eq!(extrinsic.bytes(), &bytes[..]);
        prop_assert_eq!(extrinsic.encode(), bytes.clone());
        prop_assert_eq!(extrinsic.size_hint(), bytes.len());
        prop_assert_eq!(Extrinsic::decode_all(&mut &bytes[..]), Ok(extrinsic.clone()));
        prop_assert_eq!(extrinsic.hash(), Hashing::hash(&bytes));
    }

    #[test]
    fn whatever_is_accepted_encodes_as_itself(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(extrinsic) = Extrinsic::from_bytes(&bytes) {
            prop_assert_eq!(extrinsic.bytes(), &bytes[..]);
        }
    }

    #[test]
    fn a_list_of_them_is_a_list_of_extrinsics(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..10)) {
        let ours: Vec<_> = contents.iter().map(|content| Extrinsic::from_encoded(content.encode())).collect();
        prop_assert_eq!(ours.encode(), contents.encode());
        prop_assert_eq!(Vec::<Extrinsic>::decode_all(&mut &contents.encode()[..]), Ok(ours));
        prop_assert!(Vec::<OpaqueExtrinsic>::decode_all(&mut &contents.encode()[..]).is_ok());
    }
}

#[test]
fn the_largest_is_accepted_and_a_byte_more_is_not() {
    let largest = vec![7u8; CONTENT_MAX].encode();
    assert_eq!(largest.len(), EXTRINSIC_BYTES_MAX as usize);
    assert_eq!(Extrinsic::from_bytes(&largest).unwrap().bytes(), &largest[..]);
    let error = Extrinsic::from_bytes(&vec![7u8; CONTENT_MAX + 1].encode()).unwrap_err();
    assert!(error.to_string().contains("512 KiB"), "{error}");
}

#[test]
fn a_length_that_lies_is_refused_before_anything_is_allocated() {
    for length in [u32::MAX, EXTRINSIC_BYTES_MAX, 100] {
        let mut bytes = Compact(length).encode();
        bytes.extend([0; 10]);
        Extrinsic::from_bytes(&bytes).unwrap_err();
        // A reader that does not know how much is left meets the same bounds.
        Extrinsic::decode(&mut codec::IoReader(&bytes[..])).unwrap_err();
    }
}

#[test]
fn every_way_to_be_malformed_is_refused() {
    let good = b"abc".to_vec().encode();
    assert!(Extrinsic::from_bytes(&good).is_ok());
    let longer = [&good[..], &[0]].concat();
    // Nothing, a part, something behind, and lengths written with more bytes than they need.
    let malformed: [&[u8]; 7] = [
        &[],
        &good[..1],
        &good[..3],
        &longer,
        &[0x0d, 0, 1, 2, 3],
        &[0x0e, 0, 0, 0, 1, 2, 3],
        &[0x03, 3, 0, 0, 0, 1, 2, 3],
    ];
    for bytes in malformed {
        assert!(Extrinsic::from_bytes(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn a_block_from_a_stranger_is_bounded_and_whole() {
    let block = crate::samples::block();
    let bytes = block.encode();
    assert_eq!(Block::from_bytes(&bytes), Ok(block));
    assert!(Block::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    assert!(Block::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    let error = Block::from_bytes(&vec![0; BLOCK_BYTES_MAX as usize + 1]).unwrap_err();
    assert!(error.to_string().contains("4 MiB"), "{error}");
}
