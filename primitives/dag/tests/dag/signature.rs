//! No bit of a signed node is free.

use crate::{
    random,
    samples::{self, signer},
};
use icn_dag::{Error, Node};
use proptest::prelude::*;

/// Whether a changed node is refused: it does not decode, or its signature is wrong.
fn is_refused(bytes: &[u8]) -> bool {
    match Node::decode(bytes) {
        Ok(node) => node.verify() == Err(Error::BadSignature),
        Err(_) => true,
    }
}

#[test]
fn every_flipped_bit_of_a_node_is_noticed() {
    let node = samples::node();
    assert!(!is_refused(node.bytes()));
    for bit in 0..node.bytes().len() * 8 {
        let mut bytes = node.bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(is_refused(&bytes), "bit {bit}");
    }
}

#[test]
fn a_signature_of_another_key_is_noticed() {
    let other = Node::sign(samples::draft(), &signer(8)).unwrap();
    assert_ne!(other.signing_cid(), samples::node().signing_cid(), "the key is signed too");
    assert!(other.verify().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_is_noticed(draft in random::drafts(), places in proptest::collection::vec(any::<prop::sample::Index>(), 16)) {
        let node = Node::sign(draft, &signer(7)).unwrap();
        for place in places {
            let bit = place.index(node.bytes().len() * 8);
            let mut bytes = node.bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(is_refused(&bytes), "bit {}", bit);
        }
    }
}
