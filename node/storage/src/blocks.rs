//! Blocks, headers and runtimes as they are stored.

use crate::{
    history::undecodable,
    layout::{height_key, height_of, META_HEAD},
    ordered_store::{Batch, Family, Reads},
    StorageError,
};
use codec::{Decode, DecodeAll, Encode};
use icn_primitives::{Block, BlockNumber, BlockRecord, Extrinsic, Hash, Header, PartSetHeader, TendermintHeader};
use std::{collections::BTreeMap, sync::Arc};

/// What clients must know of a runtime to decode the blocks and states that it made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RuntimeRecord {
    /// Version of the specification.
    pub spec_version: u32,
    /// SCALE of `sp_version::RuntimeVersion`.
    pub version: Vec<u8>,
    /// SCALE of `OpaqueMetadata` by metadata version.
    pub metadata: BTreeMap<u32, Vec<u8>>,
}

/// The highest decided block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub number: BlockNumber,
    /// Hash of its FRAME header.
    pub hash: Hash,
    /// Hash of its Tendermint header.
    pub tendermint_hash: Hash,
    /// The block.
    pub record: Arc<BlockRecord>,
}

impl Head {
    /// Names a block.
    ///
    /// # Errors
    /// [`StorageError::TendermintHeader`] when its Tendermint header has no hash.
    pub fn new(record: BlockRecord) -> Result<Self, StorageError> {
        let number = record.block.header.number;
        let tendermint_hash = tendermint_hash(number, &record.tendermint)?;
        Ok(Self { number, hash: record.hash(), tendermint_hash, record: record.into() })
    }
}

pub(crate) fn tendermint_hash(number: BlockNumber, header: &TendermintHeader) -> Result<Hash, StorageError> {
    header.hash().map_err(|source| StorageError::TendermintHeader { number, source: Box::new(source) })
}

/// What is kept of a block for ever.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Headers {
    pub(crate) frame: Header,
    pub(crate) tendermint: TendermintHeader,
    pub(crate) parts: PartSetHeader,
}

/// Reads blocks.
pub(crate) struct Blocks<'a, R: ?Sized>(pub(crate) &'a R);

impl<R: Reads + ?Sized> Blocks<'_, R> {
    pub(crate) fn headers(&self, number: BlockNumber) -> Result<Option<Headers>, StorageError> {
        let key = height_key(number);
        self.0.get(Family::Headers, &key)?.map(|bytes| decode(Family::Headers, &key, &bytes)).transpose()
    }

    /// As [`Self::headers`], where the block must be there.
    pub(crate) fn known_headers(&self, number: BlockNumber) -> Result<Headers, StorageError> {
        let missing = || StorageError::Missing { family: Family::Headers, key: height_key(number).to_vec() };
        self.headers(number)?.ok_or_else(missing)
    }

    pub(crate) fn body(&self, number: BlockNumber) -> Result<Option<Vec<Extrinsic>>, StorageError> {
        let key = height_key(number);
        self.0.get(Family::Bodies, &key)?.map(|bytes| decode(Family::Bodies, &key, &bytes)).transpose()
    }

    /// Headers and body; `None` when either is not there.
    pub(crate) fn record(&self, number: BlockNumber) -> Result<Option<BlockRecord>, StorageError> {
        let Some(headers) = self.headers(number)? else { return Ok(None) };
        let record = |extrinsics| BlockRecord {
            block: Block { header: headers.frame, extrinsics },
            tendermint: headers.tendermint,
            parts: headers.parts,
        };
        Ok(self.body(number)?.map(record))
    }

    pub(crate) fn number_of(&self, hash: &Hash) -> Result<Option<BlockNumber>, StorageError> {
        let Some(bytes) = self.0.get(Family::Numbers, hash.as_bytes())? else { return Ok(None) };
        height_of(&bytes).map(Some).ok_or_else(|| undecodable(Family::Numbers, hash.as_bytes()))
    }

    pub(crate) fn meta_height(&self, key: &[u8]) -> Result<Option<BlockNumber>, StorageError> {
        let Some(bytes) = self.0.get(Family::Meta, key)? else { return Ok(None) };
        height_of(&bytes).map(Some).ok_or_else(|| undecodable(Family::Meta, key))
    }

    /// The first height of the runtime that made the state after a block, and that runtime.
    pub(crate) fn runtime_at(&self, number: BlockNumber) -> Result<(BlockNumber, RuntimeRecord), StorageError> {
        let key = height_key(number);
        let Some((key, bytes)) = self.0.last_at(Family::Runtimes, &key)? else {
            return Err(StorageError::Missing { family: Family::Runtimes, key: key.to_vec() });
        };
        let first = height_of(&key).ok_or_else(|| undecodable(Family::Runtimes, &key))?;
        Ok((first, decode(Family::Runtimes, &key, &bytes)?))
    }

    /// Height and hash of the head as `meta` has it.
    pub(crate) fn head(&self) -> Result<Option<(BlockNumber, Hash)>, StorageError> {
        let Some(bytes) = self.0.get(Family::Meta, META_HEAD)? else { return Ok(None) };
        decode(Family::Meta, META_HEAD, &bytes).map(Some)
    }
}

pub(crate) fn decode<T: Decode>(family: Family, key: &[u8], bytes: &[u8]) -> Result<T, StorageError> {
    T::decode_all(&mut &bytes[..]).map_err(|_| undecodable(family, key))
}

/// Adds a block, its indexes and the head to a batch.
pub(crate) fn put_block(batch: &mut Batch, head: &Head) {
    let record = &head.record;
    let key = height_key(head.number);
    let headers =
        Headers { frame: record.block.header.clone(), tendermint: record.tendermint.clone(), parts: record.parts };
    batch.put(Family::Headers, key, headers.encode());
    batch.put(Family::Bodies, key, record.block.extrinsics.encode());
    batch.put(Family::Numbers, head.hash.as_bytes(), key);
    batch.put(Family::Numbers, head.tendermint_hash.as_bytes(), key);
    batch.put(Family::Meta, META_HEAD, (head.number, head.hash).encode());
}

/// Checks that the two headers of a block name the same content and, unless it is genesis, the block before.
pub(crate) fn check_headers(head: &Head) -> Result<(), StorageError> {
    let (frame, tendermint) = (&head.record.block.header, &head.record.tendermint);
    let agree = u64::from(frame.number) == tendermint.height
        && frame.state_root == tendermint.app_hash
        && head.hash == tendermint.last_results_hash;
    agree.then_some(()).ok_or(StorageError::HeadersDisagree { number: head.number })
}
