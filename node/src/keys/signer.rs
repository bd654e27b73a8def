//! An account that signs transactions.

use super::{Scheme, Secret};
use icn_primitives::AccountId;
use sp_core::{ecdsa, ed25519, sr25519, Pair as _};
use std::fmt;
use subxt::{
    transactions::Signer,
    utils::{AccountId32, MultiSignature},
    SubstrateConfig,
};

/// An account that signs transactions, of any scheme that wallets have.
pub struct AccountSigner {
    account: AccountId,
    pair: SigningPair,
}

enum SigningPair {
    Sr25519(sr25519::Pair),
    Ed25519(Box<ed25519::Pair>),
    Ecdsa(ecdsa::Pair),
}

impl AccountSigner {
    /// The signer with a secret.
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        let bytes = secret.bytes();
        let pair = match secret.kind().scheme() {
            Scheme::Sr25519 => sr25519::Pair::from_seed_slice(bytes).ok().map(SigningPair::Sr25519),
            Scheme::Ed25519 => ed25519::Pair::from_seed_slice(bytes).ok().map(Box::new).map(SigningPair::Ed25519),
            Scheme::Ecdsa => ecdsa::Pair::from_seed_slice(bytes).ok().map(SigningPair::Ecdsa),
        };
        Some(Self { account: secret.public().account(), pair: pair? })
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }
}

impl Signer<SubstrateConfig> for AccountSigner {
    fn account_id(&self) -> AccountId32 {
        AccountId32(*self.account.as_ref())
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        match &self.pair {
            SigningPair::Sr25519(pair) => MultiSignature::Sr25519(pair.sign(payload).0),
            SigningPair::Ed25519(pair) => MultiSignature::Ed25519(pair.sign(payload).0),
            SigningPair::Ecdsa(pair) => MultiSignature::Ecdsa(pair.sign(payload).0),
        }
    }
}

impl fmt::Debug for AccountSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSigner").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyKind;
    use codec::{Decode as _, Encode as _};
    use sp_runtime::traits::Verify as _;

    #[test]
    fn the_runtime_accepts_what_each_scheme_signs() {
        for scheme in [Scheme::Sr25519, Scheme::Ed25519, Scheme::Ecdsa] {
            let signer = Secret::random(KeyKind::Account(scheme)).and_then(|secret| secret.account_signer());
            let signer = signer.expect("an account");
            let signature = signer.sign(b"payload").encode();
            let signature = icn_primitives::Signature::decode(&mut &signature[..]).expect("the same encoding");
            assert!(signature.verify(&b"payload"[..], signer.account()), "{scheme}");
            assert!(!signature.verify(&b"other"[..], signer.account()), "{scheme}");
            assert_eq!(signer.account_id().0, *AsRef::<[u8; 32]>::as_ref(signer.account()));
        }
    }
}
