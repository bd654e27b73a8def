//! Accounts that sign transactions.

use codec::Encode;
use icn_primitives::{AccountId, Balance, Extrinsic, Hash, Hashing, Nonce, Signature};
use icn_runtime::{current_version, Runtime, RuntimeCall, SignedPayload, TxExtension, UncheckedExtrinsic};
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::{generic::Era, traits::Hash as _, MultiSignature};

/// An account with its key.
#[derive(Clone)]
pub struct Account {
    key: Key,
}

/// What an account signs with. Ed25519 signs the same message the same way each time, sr25519 does not.
#[derive(Clone)]
enum Key {
    Sr25519(Box<sr25519::Pair>),
    Ed25519(Box<ed25519::Pair>),
}

/// What a transaction carries beside its call.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Nonce of the sender.
    pub nonce: Nonce,
    /// Tip, in base units.
    pub tip: Balance,
    /// Era, with the hash of the block it starts at.
    pub era: Option<(Era, Hash)>,
    /// The chain it is for.
    pub genesis: Hash,
}

impl Account {
    /// `//Alice` and the like.
    pub fn dev(name: &str) -> Self {
        let pair = sr25519::Pair::from_string(&format!("//{name}"), None).expect("a derivation path is a secret URI");
        Self { key: Key::Sr25519(pair.into()) }
    }

    /// The account of a number, without a name.
    pub fn numbered(number: u32) -> Self {
        let seed = Hashing::hash_of(&(b"icn test account", number)).0;
        Self { key: Key::Sr25519(sr25519::Pair::from_seed(&seed).into()) }
    }

    /// As [`Self::numbered`], with a key that signs the same message the same way each time.
    pub fn repeatable(number: u32) -> Self {
        let seed = Hashing::hash_of(&(b"icn repeatable account", number)).0;
        Self { key: Key::Ed25519(ed25519::Pair::from_seed(&seed).into()) }
    }

    /// Its id.
    pub fn id(&self) -> AccountId {
        match &self.key {
            Key::Sr25519(pair) => pair.public().into(),
            Key::Ed25519(pair) => pair.public().into(),
        }
    }

    /// Signs `call`.
    pub fn sign(&self, call: impl Into<RuntimeCall>, terms: Terms) -> Extrinsic {
        let call = call.into();
        let (era, birth) = terms.era.unwrap_or((Era::Immortal, terms.genesis));
        let version = current_version();
        let implicit = ((), version.spec_version, version.transaction_version, terms.genesis, birth, (), (), ());
        let payload = SignedPayload::from_raw(call.clone(), extension(era, terms.nonce, terms.tip), implicit);
        let signature: MultiSignature = payload.using_encoded(|payload| match &self.key {
            Key::Sr25519(pair) => pair.sign(payload).into(),
            Key::Ed25519(pair) => pair.sign(payload).into(),
        });
        let extension = extension(era, terms.nonce, terms.tip);
        let signed = UncheckedExtrinsic::new_signed(call, self.id().into(), Signature(signature), extension);
        Extrinsic::from_encoded(signed.encode())
    }
}

fn extension(era: Era, nonce: Nonce, tip: Balance) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(era),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::from(tip),
    )
}
