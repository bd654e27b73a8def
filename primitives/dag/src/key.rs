//! Keys and signatures of issuers (SPEC-DAG-9, SPEC-DAG-10).

use crate::cid::Cid;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ed25519_consensus::{Signature, SigningKey, VerificationKey};
use scale_info::TypeInfo;
use std::fmt;

/// Bytes of an Ed25519 signature.
pub type SignatureBytes = [u8; 64];

/// What a signature begins to sign; the signing CID follows.
pub const SIGNING_TAG: &[u8] = b"icn/dag/1";

/// An Ed25519 public key, which names itself: a node says by it which key of its issuer signed.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The public half of a key pair.
    pub fn of(signer: &SigningKey) -> Self {
        Self(signer.verification_key().to_bytes())
    }

    /// Whether it is a point of the curve that not everyone can sign for.
    pub fn is_sound(&self) -> bool {
        !is_of_small_order(&self.0) && VerificationKey::try_from(self.0).is_ok()
    }

    /// Whether a signature over a signing CID is good, by ZIP 215. No signature of an unsound key is.
    pub fn has_signed(&self, signing_cid: &Cid, signature: &SignatureBytes) -> bool {
        self.has_signed_message(&signing_message(signing_cid), signature)
    }

    /// The same over any message, which begins with a tag of its own.
    pub(crate) fn has_signed_message(&self, message: &[u8], signature: &SignatureBytes) -> bool {
        let Ok(key) = VerificationKey::try_from(self.0) else { return false };
        !is_of_small_order(&self.0) && key.verify(&Signature::from(*signature), message).is_ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Key {
    /// The Multikey of a DID document, `z6Mk…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did = crate::Did::of_key(self);
        f.write_str(did.as_str().strip_prefix("did:key:").unwrap_or_default())
    }
}

/// The bytes that are signed, for signers that keep their key elsewhere.
pub fn signing_message(signing_cid: &Cid) -> Vec<u8> {
    [SIGNING_TAG, signing_cid.as_bytes()].concat()
}

/// The y coordinates of the points of small order as ZIP 215 reads them, little-endian without the sign of x: 0, 1, −1, the
/// two of order 8, and 0 and 1 once more with the prime added.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    with_ends(0x01, 0, 0),
    with_ends(0xec, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    with_ends(0xed, 0xff, 0x7f),
    with_ends(0xee, 0xff, 0x7f),
];

const fn with_ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// Whether a key is one of the 14 encodings of the points of small order. For those the signature of the neutral element and
/// zero is good, whatever is signed.
fn is_of_small_order(key: &[u8; 32]) -> bool {
    let mut y = *key;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&y)
}
