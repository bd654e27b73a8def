//! That a block is final: its header, signed by its validators, from another one that is trusted.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use tendermint::{block::signed_header::SignedHeader, validator, Time};
use tendermint_light_client_verifier::{
    errors::VerificationErrorDetail,
    options::Options,
    types::{LightBlock, PeerId, TrustThreshold, ValidatorSet},
    ProdVerifier, Verdict, Verifier as _,
};

/// How far a header's time may be ahead of whoever verifies it.
const CLOCK_DRIFT: Duration = Duration::from_secs(10);

/// Most validators of a height, as the chain has it.
const VALIDATORS_MAX: usize = 1_000;

/// A block's header with the commit that decided it, and the validators before and after it, as Tendermint's JSON has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockProof {
    /// Header and commit.
    pub signed_header: SignedHeader,
    /// Who signs it.
    pub validators: Vec<validator::Info>,
    /// Who signs the next one.
    pub next_validators: Vec<validator::Info>,
}

/// For how long a block is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A trusted block older than this is not: its validators may have left, and lose nothing by lying.
    pub trusting_period: Duration,
}

/// Why a block is not shown to be final.
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// It is of another chain.
    #[error("the block is of the chain {found}, the trusted one of {expected}")]
    OtherChain {
        /// The trusted block's chain.
        expected: String,
        /// The block's.
        found: String,
    },
    /// It is older than the trusted one. Trust an older one.
    #[error("the block has height {height}, the trusted one {trusted}: give an older trusted block")]
    Older {
        /// Its height.
        height: u64,
        /// The trusted one's.
        trusted: u64,
    },
    /// It has the height of the trusted block and is another one: the chain forked, or somebody lies.
    #[error(
        "the block and the trusted one are two blocks of height {height}: the chain forked, or one of them is made up"
    )]
    Fork {
        /// Their height.
        height: u64,
    },
    /// The trusted block is too old.
    #[error("the trusted block is older than the trusting period: get a newer one from somebody whom you trust")]
    Expired,
    /// The validators changed too much between the two.
    #[error("too few of the trusted validators signed the block: get a trusted block between the two")]
    TooLittleTrust,
    /// There are more validators than a chain has.
    #[error("there are more than {VALIDATORS_MAX} validators")]
    TooManyValidators,
    /// Something in it is wrong: a hash, a signature, a time.
    #[error("the block is not verified: {0}")]
    Invalid(String),
}

impl BlockProof {
    /// The height.
    pub fn height(&self) -> u64 {
        self.signed_header.header.height.value()
    }

    fn light_block(&self) -> Result<LightBlock, BlockError> {
        if self.validators.len() > VALIDATORS_MAX || self.next_validators.len() > VALIDATORS_MAX {
            return Err(BlockError::TooManyValidators);
        }
        let set = |infos: &Vec<validator::Info>| ValidatorSet::without_proposer(infos.clone());
        // Whoever told the block is nobody's peer here.
        let nobody = PeerId::new([0; 20]);
        Ok(LightBlock::new(self.signed_header.clone(), set(&self.validators), set(&self.next_validators), nobody))
    }
}

/// Shows that a block is final, by one that is trusted to be, in one step of Tendermint's light client: the block after it, or any
/// that more than a third of the trusted power signed.
///
/// # Errors
/// See [`BlockError`].
pub fn verify_block(trusted: &BlockProof, block: &BlockProof, policy: Policy, now: Time) -> Result<(), BlockError> {
    let (known, header) = (&trusted.signed_header.header, &block.signed_header.header);
    if header.chain_id != known.chain_id {
        return Err(BlockError::OtherChain {
            expected: known.chain_id.to_string(),
            found: header.chain_id.to_string(),
        });
    }
    let (height, trusted_height) = (block.height(), trusted.height());
    if height < trusted_height {
        return Err(BlockError::Older { height, trusted: trusted_height });
    }
    if height == trusted_height {
        return if header.hash() == known.hash() { Ok(()) } else { Err(BlockError::Fork { height }) };
    }
    let (trusted, block) = (trusted.light_block()?, block.light_block()?);
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: policy.trusting_period,
        clock_drift: CLOCK_DRIFT,
    };
    let verifier = ProdVerifier::default();
    match verifier.verify_update_header(block.as_untrusted_state(), trusted.as_trusted_state(), &options, now) {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(_) => Err(BlockError::TooLittleTrust),
        Verdict::Invalid(VerificationErrorDetail::NotWithinTrustPeriod(_)) => Err(BlockError::Expired),
        Verdict::Invalid(detail) => Err(BlockError::Invalid(detail.to_string())),
    }
}
