//! Signatures that add up to one: BLS12-381 with keys of 48 bytes, signatures of 96, and proofs of possession.
//!
//! The ciphersuite is `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_` of draft-irtf-cfrg-bls-signature-05, the one of Ethereum's
//! validators. Whoever adds up the signatures of keys that were not proven to be possessed can be deceived by a key made from the
//! others' ("rogue key"), so a key is worth nothing before [`PublicKey::is_possessed`].

use blst::{
    min_pk::{self, AggregateSignature},
    BLST_ERROR,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Bytes of a public key: a compressed point of G1.
pub const KEY_BYTES: usize = 48;

/// Bytes of a signature: a compressed point of G2.
pub const SIGNATURE_BYTES: usize = 96;

/// Separates signatures from those of other suites.
pub const SIGNATURE_DOMAIN: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// Separates proofs of possession from signatures.
pub const POSSESSION_DOMAIN: &[u8] = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// The flag of the neutral element in the first byte of a compressed point.
const NEUTRAL: u8 = 0x40;

/// What a secret key is derived under, before the seed it is derived from.
const DERIVATION_TAG: &[u8] = b"icn/seal-key/1";

/// A public key as bytes; whether they are a point is found when it is used.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PublicKey(pub [u8; KEY_BYTES]);

/// A signature, or several added up, as bytes; whether they are a point is found when it is used.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Signature(pub [u8; SIGNATURE_BYTES]);

macro_rules! hex_text {
    ($type:ident, $bytes:expr) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $type {
            type Err = hex::FromHexError;

            /// Reads hex digits, with or without `0x`.
            fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&format_args!("0x{self}"))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse()
                    .map_err(|_| serde::de::Error::custom(format_args!("expected 0x and {} hex digits", 2 * $bytes)))
            }
        }
    };
}

hex_text!(PublicKey, KEY_BYTES);
hex_text!(Signature, SIGNATURE_BYTES);

/// A secret key. It is erased when it is dropped.
#[derive(Clone)]
pub struct SecretKey(min_pk::SecretKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public())
    }
}

impl SecretKey {
    /// The sealing key that belongs to a seed: `KeyGen(SHA-256(tag ‖ seed))` of the draft. `None` does not happen for 32 bytes.
    pub fn derive(seed: &[u8; 32]) -> Option<Self> {
        let material: [u8; 32] = Sha256::new().chain_update(DERIVATION_TAG).chain_update(seed).finalize().into();
        min_pk::SecretKey::key_gen(&material, &[]).ok().map(Self)
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.sk_to_pk().to_bytes())
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message, SIGNATURE_DOMAIN, &[]).to_bytes())
    }

    /// Shows that this key is possessed.
    pub fn prove(&self) -> Signature {
        Signature(self.0.sign(&self.public().0, POSSESSION_DOMAIN, &[]).to_bytes())
    }
}

impl PublicKey {
    /// Whether it is a point of the right group and not its neutral element, and `proof` was made with its secret key.
    pub fn is_possessed(&self, proof: &Signature) -> bool {
        let (Ok(key), Ok(proof)) = (min_pk::PublicKey::key_validate(&self.0), min_pk::Signature::from_bytes(&proof.0))
        else {
            return false;
        };
        proof.verify(true, &self.0, POSSESSION_DOMAIN, &[], &key, false) == BLST_ERROR::BLST_SUCCESS
    }

    /// Whether `signature` is this key's for a message.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        verify(&[*self], message, signature)
    }
}

/// Whether `signature` adds up those of all `keys` for one message. The keys have been shown to be possessed; there is at least one.
pub fn verify(keys: &[PublicKey], message: &[u8], signature: &Signature) -> bool {
    // The neutral element, which compressed points flag, is nobody's key.
    if keys.iter().any(|key| key.0[0] & NEUTRAL != 0) {
        return false;
    }
    let Ok(signature) = min_pk::Signature::from_bytes(&signature.0) else { return false };
    let points: Result<Vec<_>, _> = keys.iter().map(|key| min_pk::PublicKey::from_bytes(&key.0)).collect();
    let Ok(points) = points else { return false };
    let references: Vec<_> = points.iter().collect();
    signature.fast_aggregate_verify(true, message, SIGNATURE_DOMAIN, &references) == BLST_ERROR::BLST_SUCCESS
}

/// Adds signatures up. `None` when there are none, or one is no point of the right group.
pub fn aggregate(signatures: &[Signature]) -> Option<Signature> {
    let bytes: Vec<&[u8]> = signatures.iter().map(|signature| &signature.0[..]).collect();
    let sum = AggregateSignature::aggregate_serialized(&bytes, true).ok()?;
    Some(Signature(sum.to_signature().to_bytes()))
}
