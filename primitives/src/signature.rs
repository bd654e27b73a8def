//! The signature of a transaction, with the cache of signatures already verified.

use crate::{AccountId, Hash, Hashing};
use codec::{Decode, DecodeWithMemTracking, Encode};
use quick_cache::sync::Cache;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{Hash as _, Lazy, Verify},
    MultiSignature, MultiSigner,
};
use std::sync::LazyLock;

/// How many verified signatures are remembered: 64 Ki entries of 32 bytes.
const VERIFIED_MAX: usize = 64 * 1024;

/// Signatures found valid, under `blake2_256(scheme ‖ account ‖ signature ‖ message)`. Only positive results are kept. The
/// signed message holds implicit data (era block, spec version), so an extrinsic's own hash would not do as the key.
static VERIFIED: LazyLock<Cache<Hash, ()>> = LazyLock::new(|| Cache::new(VERIFIED_MAX));

/// A [`MultiSignature`] whose verification is remembered. It encodes and describes itself as `MultiSignature`, so that
/// clients see the type they know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Signature(pub MultiSignature);

impl TypeInfo for Signature {
    type Identity = MultiSignature;

    fn type_info() -> scale_info::Type {
        MultiSignature::type_info()
    }
}

impl<T: Into<MultiSignature>> From<T> for Signature {
    fn from(signature: T) -> Self {
        Self(signature.into())
    }
}

impl Verify for Signature {
    type Signer = MultiSigner;

    fn verify<L: Lazy<[u8]>>(&self, mut message: L, account: &AccountId) -> bool {
        let key = Hashing::hash(&(&self.0, account, message.get()).encode());
        if VERIFIED.get(&key).is_some() {
            return true;
        }
        let valid = self.0.verify(message, account);
        if valid {
            VERIFIED.insert(key, ());
        }
        valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_core::{sr25519, Pair};

    fn signed(message: &[u8]) -> (Signature, AccountId) {
        let pair = sr25519::Pair::from_seed(&[7; 32]);
        (MultiSignature::from(pair.sign(message)).into(), pair.public().into())
    }

    #[test]
    fn a_remembered_signature_is_valid_for_its_own_message_only() {
        let (signature, account) = signed(b"pay");
        assert!(signature.verify(&b"pay"[..], &account));
        assert!(signature.verify(&b"pay"[..], &account));
        assert!(!signature.verify(&b"pay more"[..], &account));
        assert!(!signature.verify(&b"pay"[..], &AccountId::new([1; 32])));
    }

    #[test]
    fn it_encodes_and_describes_itself_as_a_multi_signature() {
        let (signature, _) = signed(b"x");
        assert_eq!(signature.encode(), signature.0.encode());
        assert_eq!(Signature::type_info(), MultiSignature::type_info());
    }
}
