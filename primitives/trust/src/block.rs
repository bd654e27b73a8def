//! That a block is final: its header, signed by its validators, from another one that is trusted.

use crate::bytes::HexBytes;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use prost::Message as _;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tendermint::{block::signed_header::SignedHeader, validator, Time};
use tendermint_light_client_verifier::{
    errors::VerificationErrorDetail,
    options::Options,
    types::{LightBlock, PeerId, TrustThreshold, TrustedBlockState, ValidatorSet},
    ProdVerifier, Verdict, Verifier as _,
};
use tendermint_proto::v0_38::types;

/// How far a header's time may be ahead of whoever verifies it.
const CLOCK_DRIFT: Duration = Duration::from_secs(10);

/// Most bytes of a chain's name, as Tendermint has it.
pub const CHAIN_ID_BYTES_MAX: u32 = 50;

/// Most validators of a height, as the chain has it.
pub const VALIDATORS_MAX: usize = 1_000;

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

/// A [`BlockProof`] in a file, or in a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[serde(deny_unknown_fields)]
pub struct BlockFile {
    /// `tendermint.types.SignedHeader`.
    pub signed_header: HexBytes,
    /// `tendermint.types.ValidatorSet`, its validators only.
    pub validators: HexBytes,
    /// The same.
    pub next_validators: HexBytes,
}

/// What is kept of a block that is trusted, to go on from it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct TrustedHeader {
    /// The chain.
    pub chain_id: BoundedVec<u8, ConstU32<CHAIN_ID_BYTES_MAX>>,
    /// The height.
    pub height: u64,
    /// Seconds and nanoseconds since the Unix epoch.
    pub time: (i64, u32),
    /// Hash of the header.
    pub hash: [u8; 32],
    /// Hash of the validators of the next block.
    pub next_validators_hash: [u8; 32],
    /// Root of the state after the block.
    pub app_hash: [u8; 32],
}

impl TrustedHeader {
    /// What is kept of a block. `None` when a hash is not of 32 bytes, or the chain's name too long.
    pub fn of(block: &BlockProof) -> Option<Self> {
        let header = &block.signed_header.header;
        let time = (
            header.time.unix_timestamp(),
            u32::try_from(header.time.unix_timestamp_nanos().rem_euclid(1_000_000_000)).ok()?,
        );
        Some(Self {
            chain_id: header.chain_id.as_str().as_bytes().to_vec().try_into().ok()?,
            height: header.height.value(),
            time,
            hash: header.hash().as_bytes().try_into().ok()?,
            next_validators_hash: header.next_validators_hash.as_bytes().try_into().ok()?,
            app_hash: header.app_hash.as_bytes().try_into().ok()?,
        })
    }
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

/// Reads a protobuf `tendermint.types.ValidatorSet`, of which only the validators count.
///
/// # Errors
/// What is malformed.
pub fn read_set(bytes: &HexBytes) -> Result<Vec<validator::Info>, String> {
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
    /// The validators after the trusted block are others.
    #[error("the validators after the trusted block are not those that it names")]
    OtherValidators,
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
        let (own, next) = (checked_set(&self.validators)?, checked_set(&self.next_validators)?);
        // Whoever told the block is nobody's peer here.
        let nobody = PeerId::new([0; 20]);
        Ok(LightBlock::new(self.signed_header.clone(), own, next, nobody))
    }
}

/// The set of some validators, within bounds.
fn checked_set(infos: &[validator::Info]) -> Result<ValidatorSet, BlockError> {
    if infos.len() > VALIDATORS_MAX {
        return Err(BlockError::TooManyValidators);
    }
    // Tendermint's set panics beyond.
    let power = infos.iter().fold(0, |sum: u64, info| sum.saturating_add(info.power.value()));
    if power > ValidatorSet::MAX_TOTAL_VOTING_POWER {
        return Err(BlockError::TooMuchPower);
    }
    Ok(ValidatorSet::without_proposer(infos.to_vec()))
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
    step(trusted.as_trusted_state(), &block, policy, now)
}

/// As [`verify_block`], from what is kept of a trusted block; the validators of the block after it are needed when the step is over more
/// than one block, and are checked by their hash.
///
/// # Errors
/// See [`BlockError`].
pub fn verify_from(
    trusted: &TrustedHeader,
    next_validators: &[validator::Info],
    block: &BlockProof,
    policy: Policy,
    now: Time,
) -> Result<(), BlockError> {
    let header = &block.signed_header.header;
    let (height, known) = (block.height(), String::from_utf8_lossy(&trusted.chain_id).into_owned());
    if header.chain_id.as_str() != known {
        return Err(BlockError::OtherChain { expected: known, found: header.chain_id.to_string() });
    }
    if height < trusted.height {
        return Err(BlockError::Older { height, trusted: trusted.height });
    }
    if height == trusted.height {
        let same = header.hash().as_bytes() == trusted.hash;
        return if same { Ok(()) } else { Err(BlockError::Fork { height }) };
    }
    let malformed = |error: tendermint::Error| BlockError::Invalid(error.to_string());
    let time = Time::from_unix_timestamp(trusted.time.0, trusted.time.1).map_err(malformed)?;
    let set = checked_set(next_validators)?;
    if height > trusted.height.saturating_add(1) && set.hash().as_bytes() != trusted.next_validators_hash {
        return Err(BlockError::OtherValidators);
    }
    let state = TrustedBlockState {
        chain_id: &header.chain_id,
        header_time: time,
        height: trusted.height.try_into().map_err(malformed)?,
        next_validators: &set,
        next_validators_hash: tendermint::Hash::Sha256(trusted.next_validators_hash),
    };
    step(state, &block.light_block()?, policy, now)
}

fn step(trusted: TrustedBlockState<'_>, block: &LightBlock, policy: Policy, now: Time) -> Result<(), BlockError> {
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: policy.trusting_period,
        clock_drift: CLOCK_DRIFT,
    };
    let verifier = ProdVerifier::default();
    match verifier.verify_update_header(block.as_untrusted_state(), trusted, &options, now) {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(_) => Err(BlockError::TooLittleTrust),
        Verdict::Invalid(VerificationErrorDetail::NotWithinTrustPeriod(_)) => Err(BlockError::Expired),
        Verdict::Invalid(detail) => Err(BlockError::Invalid(detail.to_string())),
    }
}
