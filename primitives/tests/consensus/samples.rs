//! Signers, sets and what is signed.

use ed25519_consensus::SigningKey;
use icn_primitives::{tendermint::BlockId, votes::SignatureBytes, Hash, PartSetHeader, Target, ValidatorSet};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// A chain's name.
pub(crate) const CHAIN: &str = "test-01234567";

/// The key pair of a number.
pub(crate) fn signer(number: u16) -> SigningKey {
    SigningKey::from(<[u8; 32]>::from(Sha256::digest(number.to_be_bytes())))
}

/// Its public key.
pub(crate) fn key(number: u16) -> [u8; 32] {
    signer(number).verification_key().to_bytes()
}

/// The key pair of a public key of [`key`].
pub(crate) fn signer_of(public: &[u8; 32]) -> SigningKey {
    (0..1000).map(signer).find(|signer| signer.verification_key().to_bytes() == *public).unwrap()
}

/// A set of the keys from 0 with these powers.
pub(crate) fn set(powers: &[u64]) -> ValidatorSet {
    ValidatorSet::new(powers.iter().zip(0..).map(|(power, number)| (key(number), *power))).unwrap()
}

/// Something to vote for; numbers that differ give targets that differ.
pub(crate) fn target(number: u8) -> Target {
    let id = BlockId {
        hash: Hash::repeat_byte(number),
        parts: PartSetHeader { total: 1, hash: Hash::repeat_byte(number ^ 0xff) },
    };
    Target { id, time: 1_767_225_600_123 + u64::from(number) }
}

/// A signature.
pub(crate) fn sign(signer: &SigningKey, message: &[u8]) -> SignatureBytes {
    signer.sign(message).to_bytes()
}

/// Powers of every magnitude, together within the bound.
pub(crate) fn power() -> impl Strategy<Value = u64> {
    prop_oneof![1..10u64, 1..1_000_000u64, 1..(1u64 << 54)]
}

/// Targets of every kind.
pub(crate) fn targets() -> impl Strategy<Value = Target> {
    let hash = || any::<[u8; 32]>().prop_map(Hash::from);
    let time = prop_oneof![0..2_000u64, 0..253_402_300_800_000u64];
    (hash(), 1..100u32, hash(), time).prop_map(|(hash, total, parts, time)| Target {
        id: BlockId { hash, parts: PartSetHeader { total, hash: parts } },
        time,
    })
}
