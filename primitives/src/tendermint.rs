//! The Tendermint header of a block: what validators sign and light clients verify.
//!
//! It commits to the same content as the FRAME header (ADR 2). Its hash is that of CometBFT's header with the same fields;
//! `tendermint` 0.40 computes it.

use crate::{limits::BLOCK_PART_BYTES, Hash, Moment};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use tendermint::{account, block, chain, merkle, AppHash, Time};

/// CometBFT's version of the block protocol.
const BLOCK_PROTOCOL: u64 = 11;

/// Version of the application, as light clients see it.
const APP_PROTOCOL: u64 = 1;

/// Address of a validator: the first 20 bytes of SHA-256 of its Ed25519 key.
pub type ValidatorAddress = [u8; 20];

/// Number and Merkle root of the parts in which a block travels.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
pub struct PartSetHeader {
    /// Number of parts of [`BLOCK_PART_BYTES`]; the last may be shorter.
    pub total: u32,
    /// RFC 6962 root of the parts.
    pub hash: Hash,
}

impl PartSetHeader {
    /// The header of the parts of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let parts: Vec<&[u8]> = bytes.chunks(BLOCK_PART_BYTES).collect();
        Self { total: parts.len() as u32, hash: merkle_root(&parts) }
    }
}

/// A block as its successor names it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
pub struct BlockId {
    /// Hash of the block's Tendermint header.
    pub hash: Hash,
    /// The block's parts.
    pub parts: PartSetHeader,
}

/// A Tendermint header with the fields of CometBFT's, in the order in which they are hashed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TendermintHeader {
    /// Name of the chain; at most 50 characters.
    pub chain_id: String,
    /// Height of the block, 1 for the first after genesis.
    pub height: u64,
    /// Time of the block, whole milliseconds.
    pub time: Moment,
    /// The block before; `None` at height 1.
    pub last_block_id: Option<BlockId>,
    /// Root of the commit of the block before.
    pub last_commit_hash: Hash,
    /// Root of the hashes of the extrinsics.
    pub data_hash: Hash,
    /// Root of the validators that sign this block.
    pub validators_hash: Hash,
    /// Root of the validators that sign the next block.
    pub next_validators_hash: Hash,
    /// Hash of the consensus parameters.
    pub consensus_hash: Hash,
    /// Root of the state **after** this block.
    pub app_hash: Hash,
    /// Hash of the FRAME header **of this block**.
    pub last_results_hash: Hash,
    /// Root of the evidence in this block.
    pub evidence_hash: Hash,
    /// Who proposed the block.
    pub proposer: ValidatorAddress,
}

impl TendermintHeader {
    /// The hash that validators sign.
    ///
    /// # Errors
    /// When a field is out of Tendermint's range: an empty or over-long chain id, a height above `i64::MAX`, a time past
    /// the year 9999.
    pub fn hash(&self) -> Result<Hash, ::tendermint::Error> {
        Ok(bytes_of(self.to_stock()?.hash()))
    }

    /// The header as the stock crate's type.
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub fn to_stock(&self) -> Result<block::Header, ::tendermint::Error> {
        let hash = |hash: Hash| ::tendermint::Hash::Sha256(hash.0);
        let last_block_id = self.last_block_id.as_ref().map(stock_id).transpose()?;
        Ok(block::Header {
            version: block::header::Version { block: BLOCK_PROTOCOL, app: APP_PROTOCOL },
            chain_id: chain::Id::try_from(self.chain_id.clone())?,
            height: block::Height::try_from(self.height)?,
            time: stock_time(self.time)?,
            last_block_id,
            last_commit_hash: Some(hash(self.last_commit_hash)),
            data_hash: Some(hash(self.data_hash)),
            validators_hash: hash(self.validators_hash),
            next_validators_hash: hash(self.next_validators_hash),
            consensus_hash: hash(self.consensus_hash),
            app_hash: AppHash::try_from(self.app_hash.0.to_vec())?,
            last_results_hash: Some(hash(self.last_results_hash)),
            evidence_hash: Some(hash(self.evidence_hash)),
            proposer_address: account::Id::new(self.proposer),
        })
    }
}

/// RFC 6962 root of `leaves` with SHA-256, as Tendermint computes it; the root of no leaves is the hash of nothing.
pub fn merkle_root(leaves: &[impl AsRef<[u8]>]) -> Hash {
    merkle::simple_hash_from_byte_vectors::<::tendermint::crypto::default::Sha256>(leaves).into()
}

/// A block's name as the stock crate's type.
pub(crate) fn stock_id(id: &BlockId) -> Result<block::Id, ::tendermint::Error> {
    Ok(block::Id {
        hash: ::tendermint::Hash::Sha256(id.hash.0),
        part_set_header: block::parts::Header::new(id.parts.total, ::tendermint::Hash::Sha256(id.parts.hash.0))?,
    })
}

/// A time as the stock crate's type.
///
/// # Errors
/// When it is past the year 9999.
pub(crate) fn stock_time(time: Moment) -> Result<Time, ::tendermint::Error> {
    let seconds = i64::try_from(time / 1000).unwrap_or(i64::MAX);
    Time::from_unix_timestamp(seconds, (time % 1000) as u32 * 1_000_000)
}

fn bytes_of(hash: ::tendermint::Hash) -> Hash {
    match hash {
        ::tendermint::Hash::Sha256(bytes) => bytes.into(),
        ::tendermint::Hash::None => Hash::zero(),
    }
}
