//! Several keys at one block, or through a range of blocks.

use super::storage::Budget;
use crate::{
    arguments::Arguments,
    backend::ReadError,
    calls::blocking,
    context::Context,
    error::Error,
    hex::{Hex, HexHash, Key},
};
use icn_primitives::{BlockNumber, Hash, StateView};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Serialize;
use std::collections::BTreeMap;

/// Values read by one `state_queryStorage`, blocks times keys.
const READS_MAX: u64 = 65_536;

pub(super) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "state_queryStorageAt", &["keys", "at"], |context, mut arguments| {
        let keys = keys_of(context, &mut arguments)?;
        let block = context.block_or_head(arguments.optional("at")?);
        let state = context.chain.state(block)?;
        Ok(vec![StorageChangeSet { block, changes: all(&*state, &keys, &mut Budget::new(context))? }])
    })?;
    blocking(module, "state_queryStorage", &["keys", "block", "hash"], query_range)
}

/// Keys and their values at a block; `null` where there is none.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StorageChangeSet {
    pub(super) block: Hash,
    pub(super) changes: Vec<(Key, Option<Hex>)>,
}

/// Reads the keys in the parameters.
pub(super) fn keys_of(context: &Context, arguments: &mut Arguments) -> Result<Vec<Key>, Error> {
    let keys: Vec<Key> = arguments.required("keys")?;
    let max = u64::from(context.limits.query_keys);
    if keys.len() as u64 > max {
        return Err(Error::InvalidCount { value: keys.len() as u64, max });
    }
    Ok(keys)
}

/// The keys, each with its value.
pub(super) fn all(state: &dyn StateView, keys: &[Key], budget: &mut Budget) -> Result<Vec<(Key, Option<Hex>)>, Error> {
    let read = |key: &Key| {
        let value = state.get(&key.0).map_err(ReadError::from)?;
        budget.take(key.0.len() + value.as_ref().map_or(0, Vec::len))?;
        Ok((key.clone(), value.map(Hex)))
    };
    keys.iter().map(read).collect()
}

fn query_range(context: &Context, mut arguments: Arguments) -> Result<Vec<StorageChangeSet>, Error> {
    let keys = keys_of(context, &mut arguments)?;
    let HexHash(from) = arguments.required("block")?;
    let to = context.block_or_head(arguments.optional("hash")?);
    let (first, last) = range(context, from, to)?;
    let blocks = u64::from(last - first) + 1;
    let blocks_max = u64::from(context.limits.query_blocks).min(READS_MAX / (keys.len() as u64).max(1));
    if blocks > blocks_max {
        return Err(Error::InvalidCount { value: blocks, max: blocks_max });
    }
    let mut budget = Budget::new(context);
    let mut known: BTreeMap<Key, Option<Hex>> = BTreeMap::new();
    let mut sets = Vec::new();
    for number in first..=last {
        let hash = context.chain.hash_at(number)?.ok_or(ReadError::UnknownBlock(to))?;
        let state = context.chain.state(hash)?;
        let mut changes = Vec::new();
        for key in &keys {
            let value = state.get(&key.0).map_err(ReadError::from)?.map(Hex);
            if known.get(key) != Some(&value) {
                budget.take(key.0.len() + value.as_ref().map_or(0, |value| value.0.len()))?;
                known.insert(key.clone(), value.clone());
                changes.push((key.clone(), value));
            }
        }
        if !changes.is_empty() {
            sets.push(StorageChangeSet { block: hash, changes });
        }
    }
    Ok(sets)
}

/// The heights of a range of blocks, first and last.
fn range(context: &Context, from: Hash, to: Hash) -> Result<(BlockNumber, BlockNumber), Error> {
    let wrong = |reason: String| Error::InvalidBlockRange { from, to, reason };
    let number = |hash: Hash| match context.chain.header(hash)? {
        Some(header) => Ok(header.number),
        None => Err(wrong(format!("{} is unknown", crate::hex::encode(hash)))),
    };
    let (first, last) = (number(from)?, number(to)?);
    if first > last {
        return Err(wrong(format!("it runs backwards, from block {first} to block {last}")));
    }
    Ok((first, last))
}
