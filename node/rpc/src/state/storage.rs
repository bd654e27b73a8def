//! Values and keys of one block's state.

use crate::{
    arguments::Arguments,
    calls::{aliases, blocking},
    context::Context,
    error::Error,
    hex::{Hex, HexHash, Key},
};
use icn_primitives::{Hashing, StateView};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use sp_runtime::traits::Hash as _;
use std::ops::Bound;

pub(super) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "state_getStorage", &["key", "hash"], |context, arguments| {
        Ok(value(context, arguments)?.map(Hex::<{ usize::MAX }>))
    })?;
    blocking(module, "state_getStorageHash", &["key", "hash"], |context, arguments| {
        Ok(value(context, arguments)?.map(|value| Hashing::hash(&value)))
    })?;
    blocking(module, "state_getStorageSize", &["key", "hash"], |context, arguments| {
        Ok(value(context, arguments)?.map(|value| value.len() as u64))
    })?;
    blocking(module, "state_getKeysPaged", &["prefix", "count", "startKey", "hash"], get_keys_paged)?;
    blocking(module, "state_getKeys", &["prefix", "hash"], get_keys)?;
    blocking(module, "state_getPairs", &["prefix", "hash"], get_pairs)?;
    aliases(module, "state_getStorage", &["state_getStorageAt"])?;
    aliases(module, "state_getStorageHash", &["state_getStorageHashAt"])?;
    aliases(module, "state_getStorageSize", &["state_getStorageSizeAt"])?;
    aliases(module, "state_getKeysPaged", &["state_getKeysPagedAt"])
}

fn value(context: &Context, mut arguments: Arguments) -> Result<Option<Vec<u8>>, Error> {
    let key: Key = arguments.required("key")?;
    let block: Option<HexHash> = arguments.optional("hash")?;
    let state = context.chain.state(context.block_or_head(block))?;
    Ok(state.get(&key.0).map_err(crate::backend::ReadError::from)?)
}

/// At most `count` keys under `prefix` after `start`, in the order of their bytes.
///
/// # Errors
/// When the store fails.
fn keys_page(state: &dyn StateView, prefix: &[u8], start: Option<&[u8]>, count: usize) -> Result<Vec<Key>, Error> {
    let from = match start {
        // A start key before the prefix starts with the prefix, as in Substrate.
        Some(start) if start >= prefix => Bound::Excluded(start),
        _ => Bound::Included(prefix),
    };
    let mut keys = Vec::new();
    for entry in state.entries(from).take(count) {
        let (key, _) = entry.map_err(crate::backend::ReadError::from)?;
        if !key.starts_with(prefix) {
            break;
        }
        keys.push(Hex(key));
    }
    Ok(keys)
}

fn get_keys_paged(context: &Context, mut arguments: Arguments) -> Result<Vec<Key>, Error> {
    let prefix: Option<Key> = arguments.optional("prefix")?;
    let count: u64 = arguments.required("count")?;
    let start: Option<Key> = arguments.optional("startKey")?;
    let block: Option<HexHash> = arguments.optional("hash")?;
    let max = u64::from(context.limits.page_keys);
    if count > max {
        return Err(Error::InvalidCount { value: count, max });
    }
    let state = context.chain.state(context.block_or_head(block))?;
    let prefix = prefix.unwrap_or_default();
    keys_page(&*state, &prefix.0, start.as_ref().map(|key| key.0.as_slice()), count as usize)
}

fn get_keys(context: &Context, mut arguments: Arguments) -> Result<Vec<Key>, Error> {
    let prefix: Key = arguments.required("prefix")?;
    let block: Option<HexHash> = arguments.optional("hash")?;
    let max = context.limits.unpaged_keys as usize;
    let state = context.chain.state(context.block_or_head(block))?;
    let keys = keys_page(&*state, &prefix.0, None, max + 1)?;
    if keys.len() > max {
        return Err(Error::InvalidCount { value: keys.len() as u64, max: max as u64 });
    }
    Ok(keys)
}

fn get_pairs(context: &Context, mut arguments: Arguments) -> Result<Vec<(Key, Hex)>, Error> {
    let prefix: Key = arguments.required("prefix")?;
    let block: Option<HexHash> = arguments.optional("hash")?;
    let max = u64::from(context.limits.unpaged_keys);
    let state = context.chain.state(context.block_or_head(block))?;
    let mut budget = Budget::new(context);
    let mut pairs = Vec::new();
    for entry in state.entries(Bound::Included(&prefix.0)) {
        let (key, value) = entry.map_err(crate::backend::ReadError::from)?;
        if !key.starts_with(&prefix.0) {
            break;
        }
        if pairs.len() as u64 == max {
            return Err(Error::InvalidCount { value: max + 1, max });
        }
        budget.take(key.len() + value.len())?;
        pairs.push((Hex(key), Hex(value)));
    }
    Ok(pairs)
}

/// How many bytes of values one answer may still hold.
pub(super) struct Budget {
    left: usize,
    max: u32,
}

impl Budget {
    /// The budget of one answer: a byte is two hex digits.
    pub(super) fn new(context: &Context) -> Self {
        let max = context.limits.response_bytes;
        Self { left: max as usize / 2, max }
    }

    /// Takes `bytes` from it.
    ///
    /// # Errors
    /// When fewer are left.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(bytes).ok_or(Error::ResponseTooLarge { max: self.max })?;
        Ok(())
    }
}
