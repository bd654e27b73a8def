//! What a set says: order, powers, hash.

use crate::{
    protobuf::{root, simple_validator},
    samples::{key, power, set},
};
use codec::{Decode, Encode, MaxEncodedLen};
use icn_primitives::{
    validators::{SetError, TOTAL_POWER_MAX, VALIDATORS_MAX},
    Validator, ValidatorSet,
};
use proptest::prelude::*;
use tendermint::validator::{Info, Set};

fn stock(set: &ValidatorSet) -> Set {
    let info = |validator: &Validator| {
        let key = tendermint::PublicKey::from_raw_ed25519(&validator.key).unwrap();
        Info::new(key, validator.power.try_into().unwrap())
    };
    Set::without_proposer(set.validators().iter().map(info).collect())
}

fn sets() -> impl Strategy<Value = ValidatorSet> {
    proptest::collection::btree_map(0..60u16, power(), 1..40)
        .prop_map(|members| ValidatorSet::new(members.into_iter().map(|(number, power)| (key(number), power))).unwrap())
}

proptest! {
    #[test]
    fn order_total_and_hash_are_tendermints(set in sets()) {
        let stock = stock(&set);
        let keys: Vec<_> = set.validators().iter().map(|validator| validator.key.to_vec()).collect();
        let stock_keys: Vec<_> = stock.validators().iter().map(|info| info.pub_key.to_bytes()).collect();
        prop_assert_eq!(keys, stock_keys);
        prop_assert_eq!(set.total_power(), stock.total_voting_power().value());
        prop_assert_eq!(set.hash().as_bytes().to_vec(), stock.hash().as_bytes().to_vec());
        let leaf = |validator: &Validator| simple_validator(&validator.key, validator.power);
        let leaves: Vec<_> = set.validators().iter().map(leaf).collect();
        prop_assert_eq!(set.hash().as_bytes().to_vec(), root(&leaves));
        for (validator, info) in set.validators().iter().zip(stock.validators()) {
            prop_assert_eq!(&validator.address()[..], info.address.as_bytes());
            prop_assert_eq!(set.by_address(&validator.address()), Some(validator));
            prop_assert_eq!(set.by_key(&validator.key), Some(validator));
        }
    }

    #[test]
    fn the_order_in_which_members_are_named_does_not_matter(set in sets(), seed in any::<u64>()) {
        let mut members: Vec<_> = set.validators().iter().map(|validator| (validator.key, validator.power)).collect();
        let places = members.len();
        for place in 0..places {
            members.swap(place, seed as usize % places);
        }
        prop_assert_eq!(ValidatorSet::new(members).unwrap(), set);
    }

    #[test]
    fn a_set_decodes_and_is_sound_in_order_only(set in sets(), one in any::<usize>(), other in any::<usize>()) {
        let decode = |validators: &[Validator]| ValidatorSet::decode(&mut &validators.encode()[..]);
        prop_assert!(set.is_sound());
        let mut validators = set.validators().to_vec();
        prop_assert_eq!(decode(&validators).unwrap(), set);
        let (one, other) = (one % validators.len(), other % validators.len());
        validators.swap(one, other);
        prop_assert_eq!(decode(&validators).unwrap().is_sound(), one == other);
        validators[one] = validators[other];
        prop_assert_eq!(decode(&validators).is_ok(), one == other);
    }

    #[test]
    fn a_quorum_is_more_than_two_thirds(set in sets(), power in power()) {
        let more = u128::from(power) * 3 > u128::from(set.total_power()) * 2;
        prop_assert_eq!(set.is_quorum(power), more);
    }
}

#[test]
fn a_third_less_is_no_quorum() {
    let set = set(&[1, 1, 1]);
    assert!(!set.is_quorum(2));
    assert!(set.is_quorum(3));
    let large = ValidatorSet::new([(key(0), TOTAL_POWER_MAX)]).unwrap();
    assert!(!large.is_quorum(TOTAL_POWER_MAX / 3 * 2));
    assert!(large.is_quorum(TOTAL_POWER_MAX));
}

#[test]
fn what_is_no_set_is_refused() {
    let new = |members: &[([u8; 32], u64)]| ValidatorSet::new(members.iter().copied());
    assert_eq!(new(&[]), Err(SetError::Empty));
    assert_eq!(new(&[(key(0), 1), (key(1), 0)]), Err(SetError::NoPower));
    assert_eq!(new(&[(key(0), 1), (key(1), 2), (key(0), 3)]), Err(SetError::Duplicate));
    assert_eq!(new(&[(key(0), TOTAL_POWER_MAX), (key(1), 1)]), Err(SetError::TooMuchPower));
    assert_eq!(new(&[(key(0), u64::MAX), (key(1), u64::MAX)]), Err(SetError::TooMuchPower));
    let many: Vec<_> = (0..VALIDATORS_MAX as u16 + 1).map(|number| (key(number), 1)).collect();
    assert_eq!(new(&many), Err(SetError::TooMany));
    assert!(new(&many[1..]).is_ok());
    assert!(new(&[(key(0), TOTAL_POWER_MAX)]).is_ok());
}

#[test]
fn what_cannot_be_reckoned_with_does_not_decode() {
    let decode = |powers: &[u64]| {
        let validator =
            |(power, number): (&u64, u16)| Validator { key: key(number), power: *power, priority: i64::MIN };
        let validators: Vec<_> = powers.iter().zip(0..).map(validator).collect();
        ValidatorSet::decode(&mut &validators.encode()[..])
    };
    for powers in [&[][..], &[0], &[1, 0], &[TOTAL_POWER_MAX, 1], &[u64::MAX, u64::MAX], &[1; 151]] {
        assert!(decode(powers).is_err(), "{powers:?}");
    }
    // Priorities may be whatever they are.
    let set = decode(&[TOTAL_POWER_MAX - 1, 1]).unwrap();
    assert_eq!(set.next().proposer(1_000).key, key(0));
}

#[test]
fn a_change_is_refused_when_its_result_is_no_set() {
    let set = set(&[1, 2]);
    assert_eq!(set.updated(&[(key(0), 0), (key(1), 0)]), Err(SetError::Empty));
    assert_eq!(set.updated(&[(key(2), TOTAL_POWER_MAX)]), Err(SetError::TooMuchPower));
    assert_eq!(set.updated(&[(key(2), u64::MAX)]), Err(SetError::TooMuchPower));
    assert_eq!(set.updated(&[(key(2), 1), (key(2), 2)]), Err(SetError::Duplicate));
    let many: Vec<_> = (0..VALIDATORS_MAX as u16 + 1).map(|number| (key(number), 1)).collect();
    assert_eq!(set.updated(&many), Err(SetError::TooMany));
    // One leaves, so that there is room for another.
    let full = set.updated(&many[..150]).unwrap();
    assert!(full.updated(&[(key(0), 0), (key(150), 1)]).is_ok());
    // Power that goes makes room for power that comes.
    let heavy = ValidatorSet::new([(key(0), TOTAL_POWER_MAX - 1), (key(1), 1)]).unwrap();
    assert!(heavy.updated(&[(key(0), 1), (key(2), TOTAL_POWER_MAX - 2)]).is_ok());
}

#[test]
fn a_change_of_nothing_changes_nothing() {
    let set = set(&[5, 1]).next();
    assert_eq!(set.updated(&[]).unwrap(), set);
    assert!(set.updated(&[(key(9), 0)]).unwrap().has_same_powers(&set));
}

#[test]
fn turns_change_priorities_and_nothing_else() {
    let set = set(&[5, 3, 1]);
    let next = set.next();
    assert_ne!(next, set);
    assert!(next.has_same_powers(&set));
    assert_eq!(next.hash(), set.hash());
    assert_eq!(next.without_priorities(), set);
    assert!(!set.updated(&[(key(0), 6)]).unwrap().has_same_powers(&set));
    assert!(!set.updated(&[(key(9), 1)]).unwrap().has_same_powers(&set));
}

#[test]
fn a_set_keeps_its_format() {
    let set = ValidatorSet::new([(key(0), 7), (key(1), 0x0908)]).unwrap();
    let second = [&key(0)[..], &[7, 0, 0, 0, 0, 0, 0, 0], &[0; 8]].concat();
    let first = [&key(1)[..], &[8, 9, 0, 0, 0, 0, 0, 0], &[0; 8]].concat();
    assert_eq!(set.encode(), [&[8][..], &first, &second].concat());
    assert_eq!(ValidatorSet::max_encoded_len(), 2 + 150 * 48);
}
