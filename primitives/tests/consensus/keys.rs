use crate::samples::key;
use icn_primitives::validators::{address_of, is_sound_key};

/// The points of small order in all their encodings, and bytes that are no point.
const UNSOUND: [&str; 16] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "0700000000000000000000000000000000000000000000000000000000000000",
];

#[test]
fn keys_that_everyone_can_sign_for_are_not_sound() {
    for text in UNSOUND {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).unwrap();
        assert!(!is_sound_key(&key), "{text}");
    }
}

#[test]
fn keys_of_signers_are_sound() {
    for number in 0..100 {
        assert!(is_sound_key(&key(number)), "{number}");
    }
}

#[test]
fn the_address_of_a_key_is_the_stock_crates() {
    for number in 0..100 {
        let stock = tendermint::PublicKey::from_raw_ed25519(&key(number)).unwrap();
        assert_eq!(tendermint::account::Id::new(address_of(&key(number))), tendermint::account::Id::from(stock));
    }
}
