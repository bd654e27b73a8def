//! That a block is final: its header, signed by its validators, from another one that is trusted.

use crate::bytes::HexBytes;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tendermint::{block::signed_header::SignedHeader, validator, Time};
use tendermint_light_client_verifier::{
    errors::VerificationErrorDetail,
    options::Options,
    types::{LightBlock, PeerId, TrustThreshold, ValidatorSet},
    ProdVerifier, Verdict, Verifier as _,
};
use tendermint_proto::v0_38::types;

/// How far a header's time may be ahead of whoever verifies it.
const CLOCK_DRIFT: Duration = Duration::from_secs(10);

/// Most validators of a height, as the chain has it.
const VALIDATORS_MAX: usize = 1_000;

/// A block's header with the commit that decided it, and the validators before and after it.
///
/// In files these are Tendermint's protobuf messages as hex: its JSON is read by code that panics on malformed base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BlockFile", into = "BlockFile")]
pub struct BlockProof {
    /// Header and commit.
    pub signed_header: SignedHeader,
    /// Who signs it.
    pub validators: Vec<validator::Info>,
    /// Who signs the next one.
    pub next_validators: Vec<validator::Info>,
}

/// A [`BlockProof`] in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockFile {
    /// `tendermint.types.SignedHeader`.
    signed_header: HexBytes,
    /// `tendermint.types.ValidatorSet`, its validators only.
    validators: HexBytes,
    /// The same.
    next_validators: HexBytes,
}

impl TryFrom<BlockFile> for BlockProof {
    type Error = String;

    fn try_from(file: BlockFile) -> Result<Self, String> {
        let header = types::SignedHeader::decode(&file.signed_header.0[..]).map_err(|error| error.to_string())?;
        Ok(Self {
            signed_header: header.try_into().map_err(|error: tendermint::Error| error.to_string())?,
            validators: read_set(&file.validators)?,
            next_validators: read_set(&file.next_validators)?,
        })
    }
}

impl From<BlockProof> for BlockFile {
    fn from(block: BlockProof) -> Self {
        Self {
            signed_header: HexBytes(types::SignedHeader::from(block.signed_header).encode_to_vec()),
            validators: write_set(block.validators),
            next_validators: write_set(block.next_validators),
        }
    }
}

fn read_set(bytes: &HexBytes) -> Result<Vec<validator::Info>, String> {
    let set = types::ValidatorSet::decode(&bytes.0[..]).map_err(|error| error.to_string())?;
    let infos = set.validators.into_iter().map(validator::Info::try_from);
    infos.collect::<Result<_, _>>().map_err(|error: tendermint::Error| error.to_string())
}

fn write_set(infos: Vec<validator::Info>) -> HexBytes {
    let validators = infos.into_iter().map(Into::into).collect();
    HexBytes(types::ValidatorSet { validators, ..Default::default() }.encode_to_vec())
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
    /// The validators have more power than a set of a chain can have.
    #[error("the validators have more power than a set can have")]
    TooMuchPower,
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
        for infos in [&self.validators, &self.next_validators] {
            if infos.len() > VALIDATORS_MAX {
                return Err(BlockError::TooManyValidators);
            }
            // Tendermint's set panics beyond.
            let power = infos.iter().fold(0, |sum: u64, info| sum.saturating_add(info.power.value()));
            if power > ValidatorSet::MAX_TOTAL_VOTING_POWER {
                return Err(BlockError::TooMuchPower);
            }
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
