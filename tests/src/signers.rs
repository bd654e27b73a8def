//! Validators that sign: their keys, and the commits and votes they make.

use ed25519_consensus::SigningKey;
use icn_primitives::{
    validators::address_of,
    votes::{vote_sign_bytes, SignatureBytes, SignedTarget, VoteKind},
    BlockNumber, BlockRecord, Commit, DuplicateVote, Hashing, Target, ValidatorSet,
};
use sp_runtime::traits::Hash as _;

/// The seed of //Alice's Ed25519 key, the validator of the development chain.
const ALICE: &str = "abf8e5bdbe30c65656c0a3cbd181ff8a56294a69dfedd27982aace4a76909115";

/// Keys of validators. Who of them signs a block follows from the validators of its height.
#[derive(Clone)]
pub struct Signers(Vec<SigningKey>);

impl Signers {
    /// //Alice, who alone validates the development chain.
    pub fn alice() -> Self {
        let mut seed = [0; 32];
        hex::decode_to_slice(ALICE, &mut seed).expect("64 hex digits");
        Self(vec![seed.into()])
    }

    /// The keys of the numbers below `count`.
    pub fn numbered(count: u32) -> Self {
        Self((0..count).map(numbered_key).collect())
    }

    /// These without the key at a place.
    pub fn without(&self, place: usize) -> Self {
        let mut keys = self.0.clone();
        keys.remove(place);
        Self(keys)
    }

    /// The secret keys, in their order.
    pub fn keys(&self) -> &[SigningKey] {
        &self.0
    }

    /// The public key at a place.
    pub fn public(&self, place: usize) -> [u8; 32] {
        public(&self.0[place])
    }

    /// The commit of a block: the precommits of those validators whose keys are here.
    pub fn commit(&self, record: &BlockRecord, round: u32, validators: &ValidatorSet) -> Commit {
        let target = record.target().expect("in range").expect("nobody signs block 0");
        self.commit_to(&record.tendermint.chain_id, record.block.header.number, round, &target, validators)
    }

    /// As [`Self::commit`], to whatever target.
    pub fn commit_to(
        &self,
        chain_id: &str,
        height: BlockNumber,
        round: u32,
        target: &Target,
        validators: &ValidatorSet,
    ) -> Commit {
        let message = vote_sign_bytes(chain_id, VoteKind::Precommit, height.into(), round, Some(target));
        let message = message.expect("in range");
        let signatures = validators.validators().iter().map(|validator| {
            let key = self.0.iter().find(|key| public(key) == validator.key)?;
            Some(key.sign(&message).to_bytes())
        });
        let signatures = signatures.collect::<Vec<_>>().try_into().expect("a set is within a commit's bound");
        Commit { round, signatures }
    }
}

/// The seed of the key of a number.
pub fn numbered_seed(number: u32) -> [u8; 32] {
    *numbered_key(number).as_bytes()
}

/// The key of a number.
pub fn numbered_key(number: u32) -> SigningKey {
    Hashing::hash_of(&(b"icn test validator", number)).0.into()
}

/// The public key of a secret one.
pub fn public(key: &SigningKey) -> [u8; 32] {
    key.verification_key().to_bytes()
}

/// Signs a vote.
pub fn vote(
    key: &SigningKey,
    chain_id: &str,
    kind: VoteKind,
    height: BlockNumber,
    round: u32,
    target: Option<&Target>,
) -> SignatureBytes {
    let message = vote_sign_bytes(chain_id, kind, height.into(), round, target).expect("in range");
    key.sign(&message).to_bytes()
}

/// Evidence that the owner of a key voted for two targets in one step; signed for real, whether or not they are in order.
pub fn duplicate_vote(
    key: &SigningKey,
    chain_id: &str,
    height: BlockNumber,
    round: u32,
    targets: [Option<Target>; 2],
) -> DuplicateVote {
    let kind = VoteKind::Prevote;
    let signed = targets
        .map(|target| SignedTarget { target, signature: vote(key, chain_id, kind, height, round, target.as_ref()) });
    let [first, second] = signed;
    DuplicateVote { address: address_of(&public(key)), height, round, kind, first, second }
}
