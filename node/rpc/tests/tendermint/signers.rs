//! Validators with known keys, and the chain's changes of them.

use ed25519_consensus::SigningKey;
use icn_primitives::{
    votes::{vote_sign_bytes, SignatureBytes, VoteKind},
    BlockNumber, Commit, Target, ValidatorSet,
};

/// Seeds of all keys that ever validate.
const SEEDS: std::ops::RangeInclusive<u8> = 1..=7;

/// The signing key made of a seed.
pub(crate) fn secret(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

/// The public key made of a seed.
pub(crate) fn key(seed: u8) -> [u8; 32] {
    secret(seed).verification_key().to_bytes()
}

/// The set of height 1.
pub(crate) fn first_set() -> ValidatorSet {
    ValidatorSet::new([1, 2, 3, 4].map(|seed| (key(seed), 10))).unwrap()
}

/// The powers that a block changes, from the next height on. In the end validator 2 alone is left of the first four.
fn changes(height: BlockNumber) -> Vec<([u8; 32], u64)> {
    let changes: &[(u8, u64)] = match height {
        10 => &[(5, 15)],
        20 => &[(1, 0)],
        30 => &[(2, 40)],
        33 => &[(3, 0), (4, 0), (6, 20), (7, 5)],
        _ => &[],
    };
    changes.iter().map(|(seed, power)| (key(*seed), *power)).collect()
}

/// The set of the height after `height`.
pub(crate) fn next_set(set: &ValidatorSet, height: BlockNumber) -> ValidatorSet {
    let next = set.next();
    match changes(height) {
        none if none.is_empty() => next,
        changes => next.updated(&changes).unwrap(),
    }
}

/// A vote's signature by the validator with a key.
pub(crate) fn sign(key: &[u8; 32], bytes: &[u8]) -> SignatureBytes {
    let mut secrets = SEEDS.map(secret);
    let secret = secrets.find(|secret| secret.verification_key().to_bytes() == *key).expect("every key is one of ours");
    secret.sign(bytes).to_bytes()
}

/// Round in which a height is decided.
pub(crate) fn round(height: BlockNumber) -> u32 {
    u32::from(height == 7)
}

/// The commit of a block. At every third height the last validator of the set is absent.
pub(crate) fn commit(chain_id: &str, height: BlockNumber, target: &Target, set: &ValidatorSet) -> Commit {
    let round = round(height);
    let bytes = vote_sign_bytes(chain_id, VoteKind::Precommit, height.into(), round, Some(target)).unwrap();
    let last = set.validators().len() - 1;
    let is_absent = |place| height.is_multiple_of(3) && place == last;
    let entry = |(place, validator): (usize, &icn_primitives::Validator)| {
        (!is_absent(place)).then(|| sign(&validator.key, &bytes))
    };
    let signatures: Vec<_> = set.validators().iter().enumerate().map(entry).collect();
    Commit { round, signatures: signatures.try_into().unwrap() }
}
