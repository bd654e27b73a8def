//! A block: one content, two headers (ADR 2).

use crate::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES},
    tendermint::{merkle_root, BlockId, PartSetHeader, TendermintHeader, ValidatorAddress},
    votes::Target,
    BlockNumber, Extrinsic, Hash, Hashing, Moment,
};
use codec::{Decode, Encode};
use sha2::{Digest as _, Sha256};
use sp_runtime::{generic, Digest, DigestItem};

/// The FRAME header, which Substrate clients know: its hash is `blake2_256` of its encoding.
pub type Header = generic::Header<BlockNumber, Hashing>;

/// Tags this chain's digest items.
pub const ENGINE_ID: sp_runtime::ConsensusEngineId = *b"icn\0";

/// A FRAME header and the extrinsics, as it is executed and sent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// The FRAME header.
    pub header: Header,
    /// The inherents first, time and consensus, then transactions.
    pub extrinsics: Vec<Extrinsic>,
}

impl Block {
    /// Decodes a block from a stranger's bytes.
    ///
    /// # Errors
    /// When the bytes are more than [`BLOCK_BYTES_MAX`], do not decode, or are more than the block.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, codec::Error> {
        if bytes.len() > BLOCK_BYTES_MAX as usize {
            return Err("block is larger than 4 MiB".into());
        }
        codec::DecodeAll::decode_all(&mut &bytes[..])
    }
}

/// What the proposer says of a block before it is executed: the first digest item, `PreRuntime(ENGINE_ID, …)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConsensusDigest {
    /// Time of the block.
    pub time: Moment,
    /// Who proposed it.
    pub proposer: ValidatorAddress,
}

impl ConsensusDigest {
    /// The digest with which a block's execution starts.
    pub fn to_digest(&self) -> Digest {
        Digest { logs: vec![DigestItem::PreRuntime(ENGINE_ID, self.encode())] }
    }

    /// Reads it from a header; `None` when it is missing, repeated or malformed.
    pub fn from_header(header: &Header) -> Option<Self> {
        let mut found = header.digest.logs.iter().filter_map(|item| match item {
            DigestItem::PreRuntime(ENGINE_ID, data) => Some(data),
            _ => None,
        });
        let (Some(data), None) = (found.next(), found.next()) else { return None };
        codec::DecodeAll::decode_all(&mut &data[..]).ok()
    }
}

/// A block with what is derived from it, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlockRecord {
    /// The block.
    pub block: Block,
    /// Its Tendermint header.
    pub tendermint: TendermintHeader,
    /// The parts in which it travels.
    pub parts: PartSetHeader,
}

impl BlockRecord {
    /// The hash that Substrate clients know.
    pub fn hash(&self) -> Hash {
        self.block.header.hash()
    }

    /// The hash that validators sign.
    ///
    /// # Errors
    /// As [`TendermintHeader::hash`].
    pub fn tendermint_hash(&self) -> Result<Hash, ::tendermint::Error> {
        self.tendermint.hash()
    }

    /// How the next block names this one; `None` for genesis, which has no place in the Tendermint chain.
    ///
    /// # Errors
    /// As [`TendermintHeader::hash`].
    pub fn id(&self) -> Result<Option<BlockId>, ::tendermint::Error> {
        if self.block.header.number == 0 {
            return Ok(None);
        }
        Ok(Some(BlockId { hash: self.tendermint.hash()?, parts: self.parts }))
    }

    /// Time of the block.
    pub fn time(&self) -> Moment {
        self.tendermint.time
    }

    /// What validators vote for when they vote for this block; `None` for genesis, for which nobody votes.
    ///
    /// # Errors
    /// As [`TendermintHeader::hash`].
    pub fn target(&self) -> Result<Option<Target>, ::tendermint::Error> {
        Ok(self.id()?.map(|id| Target { id, time: self.time() }))
    }
}

/// What the Tendermint headers of a chain have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsensusContext {
    /// Name of the chain.
    pub chain_id: String,
    /// Hash of the consensus parameters.
    pub consensus_hash: Hash,
}

/// The roots by which a Tendermint header commits to what surrounds the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsensusRoots {
    /// Root of the validators that sign this block.
    pub validators: Hash,
    /// Root of the validators that sign the next one.
    pub next_validators: Hash,
    /// Root of the commit of the block before; of nothing in block 1.
    pub last_commit: Hash,
    /// Root of the evidence in this block.
    pub evidence: Hash,
}

impl ConsensusRoots {
    /// The roots of a block that carries neither commit nor evidence, as block 0 does.
    pub fn of_sets(validators: Hash, next_validators: Hash) -> Self {
        let none: [&[u8]; 0] = [];
        Self { validators, next_validators, last_commit: merkle_root(&none), evidence: merkle_root(&none) }
    }
}

/// Derives a block's record: the Tendermint header commits to the FRAME header, the extrinsics and the state after it.
pub fn record(
    block: Block,
    digest: &ConsensusDigest,
    last_block_id: Option<BlockId>,
    context: &ConsensusContext,
    roots: &ConsensusRoots,
) -> BlockRecord {
    let hashes: Vec<[u8; 32]> = block.extrinsics.iter().map(|x| Sha256::digest(x.bytes()).into()).collect();
    let tendermint = TendermintHeader {
        chain_id: context.chain_id.clone(),
        height: block.header.number.into(),
        time: digest.time,
        last_block_id,
        last_commit_hash: roots.last_commit,
        data_hash: merkle_root(&hashes),
        validators_hash: roots.validators,
        next_validators_hash: roots.next_validators,
        consensus_hash: context.consensus_hash,
        app_hash: block.header.state_root,
        last_results_hash: block.header.hash(),
        evidence_hash: roots.evidence,
        proposer: digest.proposer,
    };
    let parts = PartSetHeader::of(&block.encode());
    BlockRecord { block, tendermint, parts }
}

const _: () = assert!((BLOCK_BYTES_MAX as usize).is_multiple_of(BLOCK_PART_BYTES));
