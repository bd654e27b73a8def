//! Tests of the engine's types.

use super::*;
use crate::samples::{address, key_bytes, set, target, validators};
use icn_primitives::ValidatorSet;
use malachitebft_core_types::{Height as _, ValidatorSet as _, Value};

#[test]
fn heights_neither_overflow_nor_go_below_zero() {
    assert_eq!(Height(u64::MAX).increment(), Height(u64::MAX));
    assert_eq!(Height::ZERO.decrement(), None);
    assert_eq!(Height::INITIAL.decrement(), Some(Height::ZERO));
    assert_eq!(Height(u64::from(u32::MAX)).number(), Some(u32::MAX));
    assert_eq!(Height(u64::from(u32::MAX) + 1).number(), None);
}

#[test]
fn an_address_is_written_as_tendermint_writes_it() {
    let of_key = tendermint::account::Id::from(tendermint::PublicKey::from_raw_ed25519(&key_bytes(1)).expect("a key"));
    assert_eq!(address(1).to_string(), of_key.to_string());
    assert_eq!(address(1).0, <[u8; 20]>::try_from(of_key.as_bytes()).expect("20 bytes"));
}

#[test]
fn a_value_is_its_own_identifier_and_short_in_text() {
    let value = BlockRef(target(0xab));
    assert_eq!(value.id(), value);
    assert_eq!(value.to_string(), "abababab");
}

#[test]
fn validators_stand_in_the_order_of_the_set_and_are_found_by_address() {
    let validators = validators(&[1, 5, 3, 3]);
    let powers: Vec<_> = validators.iter().map(Validator::power).collect();
    assert_eq!(powers, [5, 3, 3, 1]);
    assert_eq!(validators.count(), 4);
    assert_eq!(validators.total_voting_power(), 12);
    for (place, validator) in validators.set().validators().iter().enumerate() {
        let by_index = validators.get_by_index(place).expect("it is there");
        assert_eq!(by_index.address().0, validator.address());
        assert_eq!(validators.get(&by_index.address()), Some(by_index));
    }
    assert_eq!(validators.get(&address(9)), None);
    assert_eq!(validators.get_by_index(4), None);
}

#[test]
fn the_proposer_is_that_of_the_set_in_every_round_and_however_often_it_is_asked_for() {
    let context = IcnContext::new("icn-test");
    let validators = validators(&[10, 1, 1, 7]);
    for round in (0..200).chain([1_500, i32::MAX as u32]).chain(0..200) {
        let proposer = context.select_proposer(&validators, Height(1), Round::new(round));
        assert_eq!(proposer.key().as_bytes(), &validators.set().proposer(round).key);
    }
    assert_eq!(context.select_proposer(&validators, Height(1), Round::Nil), validators.proposer(0));
}

#[test]
fn sets_are_equal_when_the_state_has_them_equal() {
    let (one, same) = (validators(&[1, 2]), validators(&[1, 2]));
    assert_eq!(one, same);
    assert_ne!(one, Validators::new(one.set().next()).expect("it is sound"));
    assert_ne!(one, validators(&[2, 1]));
}

#[test]
fn a_set_with_a_key_that_is_no_point_is_refused() {
    let mut no_point = [1; 32];
    no_point[31] = 0;
    let set = ValidatorSet::new([(key_bytes(1), 1), (no_point, 1)]).expect("sets do not look at keys");
    assert!(matches!(Validators::new(set), Err(ValidatorsError::Key { .. })));
}

#[test]
fn a_set_out_of_order_is_refused() {
    use codec::{DecodeAll, Encode};
    let mut members = set(&[1, 2]).validators().to_vec();
    members.reverse();
    let unsound = ValidatorSet::decode_all(&mut &members.encode()[..]).expect("it decodes");
    assert_eq!(Validators::new(unsound), Err(ValidatorsError::Unsound));
}
