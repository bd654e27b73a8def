//! Permits count for one blob, owner, time and chain.

use icn_blob::{builder::root_of, limits::PERMIT_LIFE_MAX, BlobError, Permit, PermitError};
use icn_dag::{Did, Key, SigningKey};

const GENESIS: [u8; 32] = [1; 32];
const NOW: u64 = 1_700_000_000_000;

fn permit(expiry: u64) -> Permit {
    let key = SigningKey::from([5; 32]);
    let dag = Did::of_hash("local", &[7; 32]).unwrap();
    Permit::sign(&GENESIS, root_of(b"bytes").unwrap(), (Did::of_key(&Key::of(&key)), dag), expiry, &key)
}

#[test]
fn a_permit_counts_until_it_ends_and_ends_soon() {
    assert_eq!(permit(NOW + 1).check(&GENESIS, NOW), Ok(()));
    assert_eq!(permit(NOW).check(&GENESIS, NOW), Err(PermitError::Expired { expiry: NOW, now: NOW }));
    let expiry = NOW + PERMIT_LIFE_MAX + 1;
    assert_eq!(permit(expiry - 1).check(&GENESIS, NOW), Ok(()));
    assert_eq!(permit(expiry).check(&GENESIS, NOW), Err(PermitError::TooLong { expiry, max: PERMIT_LIFE_MAX }));
    assert!(permit(u64::MAX).check(&GENESIS, NOW).is_err());
}

#[test]
fn nothing_of_a_permit_can_be_changed() {
    let good = permit(NOW + 1000);
    assert_eq!(good.check(&[2; 32], NOW), Err(PermitError::BadSignature), "another chain");
    let mut other = good.clone();
    other.root = root_of(b"other").unwrap();
    assert_eq!(other.check(&GENESIS, NOW), Err(PermitError::BadSignature));
    other = good.clone();
    other.root.size += 1;
    assert_eq!(other.check(&GENESIS, NOW), Err(PermitError::BadSignature));
    other = good.clone();
    other.expiry += 1;
    assert_eq!(other.check(&GENESIS, NOW), Err(PermitError::BadSignature));
    other = good.clone();
    other.owner = other.dag.clone();
    assert_eq!(other.check(&GENESIS, NOW), Err(PermitError::BadSignature), "another would be charged");
    other = good.clone();
    other.key = Key::of(&SigningKey::from([6; 32]));
    assert_eq!(other.check(&GENESIS, NOW), Err(PermitError::BadSignature));
    other = good.clone();
    other.signature[0] ^= 1;
    assert_eq!(other.check(&GENESIS, NOW), Err(PermitError::BadSignature));
    other = good;
    other.root.size = u64::MAX;
    assert!(matches!(other.check(&GENESIS, NOW), Err(PermitError::Blob(BlobError::TooLarge { .. }))));
}

#[test]
fn nobody_signs_with_a_key_of_small_order() {
    let mut permit = permit(NOW + 1000);
    let mut identity = [0; 32];
    identity[0] = 1;
    permit.key = Key(identity);
    // R is the identity and s is 0: this verifies for every message by ZIP 215.
    permit.signature = [0; 64];
    permit.signature[0] = 1;
    assert_eq!(permit.check(&GENESIS, NOW), Err(PermitError::BadSignature));
}

#[test]
fn the_message_is_what_the_specification_says() {
    let permit = permit(NOW);
    let message = Permit::message(&GENESIS, &permit.root, NOW, &permit.owner);
    let expected = [
        &b"icn/blob/1"[..],
        &GENESIS,
        permit.root.cid.as_bytes(),
        &[0, 0, 0, 0, 0, 0, 0, 5],
        &NOW.to_be_bytes(),
        permit.owner.as_str().as_bytes(),
    ];
    assert_eq!(message, expected.concat());
}
