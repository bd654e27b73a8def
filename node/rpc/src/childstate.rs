//! `childstate_*`: the runtime has no child tries, so every one of them is missing.

use crate::{
    arguments::Arguments,
    calls::{aliases, blocking},
    context::Context,
    error::Error,
    hex::{Hex, HexHash, Key},
};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};

/// What the storage key of a child trie starts with.
const CHILD_PREFIX: &[u8] = b":child_storage:default:";

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "childstate_getKeys", &["childKey", "prefix", "hash"], |context, mut arguments| {
        missing(context, &mut arguments, &["prefix"])?;
        Ok(Vec::<Key>::new())
    })?;
    let paged = &["childKey", "prefix", "count", "startKey", "hash"];
    blocking(module, "childstate_getKeysPaged", paged, |context, mut arguments| {
        let count: u64 = arguments.required("count")?;
        let max = u64::from(context.limits.page_keys);
        if count > max {
            return Err(Error::InvalidCount { value: count, max });
        }
        missing(context, &mut arguments, &["prefix", "startKey"])?;
        Ok(Vec::<Key>::new())
    })?;
    aliases(module, "childstate_getKeysPaged", &["childstate_getKeysPagedAt"])?;
    for name in ["childstate_getStorage", "childstate_getStorageHash", "childstate_getStorageSize"] {
        blocking(module, name, &["childKey", "key", "hash"], |context, mut arguments| {
            arguments.required::<Key>("key")?;
            missing(context, &mut arguments, &[])?;
            Ok(None::<Hex>)
        })?;
    }
    blocking(module, "childstate_getStorageEntries", &["childKey", "keys", "hash"], |context, mut arguments| {
        let keys: Vec<Key> = arguments.required("keys")?;
        missing(context, &mut arguments, &[])?;
        Ok(vec![None::<Hex>; keys.len()])
    })
}

/// Checks that the block exists, and that the parameters are what they should be.
fn missing(context: &Context, arguments: &mut Arguments, optional: &[&'static str]) -> Result<(), Error> {
    let child: Key = arguments.required("childKey")?;
    if !child.0.starts_with(CHILD_PREFIX) {
        return Err(Error::InvalidParams(
            "childKey: expected the key of a child trie, :child_storage:default:…".into(),
        ));
    }
    for name in optional {
        arguments.optional::<Key>(name)?;
    }
    let block: Option<HexHash> = arguments.optional("hash")?;
    context.chain.state(context.block_or_head(block))?;
    Ok(())
}
