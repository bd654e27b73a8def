//! `archive_v1_…`: any block that the node keeps.
//!
//! Every block it has is final, so every answer stays the same. [`storage`] lists what is in a state, [`storage_diff`] what
//! differs between two; both are subscriptions that go at their reader's pace.

mod diff;
mod storage;
mod storage_diff;
mod stream;

use crate::{
    arguments::Arguments,
    backend::{CallError, ReadError},
    connection::Quota,
    context::Context,
    error::Error,
    hex::{self, Hex, HexHash},
    spec_bytes::SpecBytes,
};
use codec::Encode;
use icn_primitives::{BlockNumber, Hash};
use jsonrpsee::{core::RegisterMethodError, types::Params, RpcModule};
use serde::Serialize;
use serde_json::Number;

/// Storage subscriptions of one connection at once. Each holds up to a page of items for its reader.
const STREAMS_MAX: usize = 16;

/// What the methods of the group share.
#[derive(Clone, Debug)]
struct Archive {
    context: Context,
    streams: Quota,
}

/// The methods of the group.
///
/// # Errors
/// When two of them have one name.
pub(crate) fn module(context: &Context) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(Archive { context: context.clone(), streams: Quota::new(STREAMS_MAX) });
    module.register_method("archive_v1_genesisHash", |_, archive, _| {
        Ok::<_, Error>(archive.context.chain.info().genesis_hash)
    })?;
    module.register_async_method("archive_v1_finalizedHeight", |_, archive, _| async move {
        let chain = archive.context.chain.clone();
        archive.context.workers.run(move || chain.head().number).await
    })?;
    module.register_async_method("archive_v1_hashByHeight", |params, archive, _| async move {
        hash_by_height(&params, &archive.context).await
    })?;
    module.register_async_method("archive_v1_header", |params, archive, _| async move {
        header(&params, &archive.context).await
    })?;
    module.register_async_method("archive_v1_body", |params, archive, _| async move {
        body(&params, &archive.context).await
    })?;
    module.register_async_method("archive_v1_call", |params, archive, _| async move {
        call(&params, &archive.context).await
    })?;
    storage::register(&mut module)?;
    storage_diff::register(&mut module)?;
    Ok(module.remove_context())
}

async fn hash_by_height(params: &Params<'_>, context: &Context) -> Result<Vec<Hash>, Error> {
    let height: Number = Arguments::new(params, &["height"])?.required("height")?;
    let Some(height) = height.as_u64() else {
        return Err(Error::InvalidParams("height is a whole number that is not negative".into()));
    };
    // No block is higher than heights go.
    let Ok(height) = BlockNumber::try_from(height) else { return Ok(vec![]) };
    let chain = context.chain.clone();
    let hash = context.workers.run(move || chain.hash_at(height)).await??;
    Ok(hash.into_iter().collect())
}

async fn header(params: &Params<'_>, context: &Context) -> Result<Option<String>, Error> {
    let HexHash(block) = Arguments::new(params, &["hash"])?.required("hash")?;
    let chain = context.chain.clone();
    let header = context.workers.run(move || chain.header(block)).await??;
    Ok(header.map(|header| hex::encode(header.encode())))
}

async fn body(params: &Params<'_>, context: &Context) -> Result<Option<Vec<Hex>>, Error> {
    let HexHash(block) = Arguments::new(params, &["hash"])?.required("hash")?;
    let chain = context.chain.clone();
    match context.workers.run(move || chain.body(block)).await? {
        Ok(body) => Ok(body.map(|body| body.iter().map(|extrinsic| Hex(extrinsic.bytes().to_vec())).collect())),
        Err(ReadError::UnknownBlock(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a runtime call answers.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Called {
    Success { success: bool, value: Hex },
    Failure { success: bool, error: String },
}

async fn call(params: &Params<'_>, context: &Context) -> Result<Option<Called>, Error> {
    let mut given = Arguments::new(params, &["hash", "function", "callParameters"])?;
    let HexHash(block) = given.required("hash")?;
    let function: String = given.required("function")?;
    let SpecBytes(arguments) = given.required::<SpecBytes>("callParameters")?;
    let chain = context.chain.clone();
    match context.workers.run(move || chain.call(block, &function, &arguments)).await? {
        Ok(output) => Ok(Some(Called::Success { success: true, value: Hex(output) })),
        Err(CallError::Read(ReadError::UnknownBlock(_))) => Ok(None),
        Err(CallError::Read(error @ ReadError::State(_))) => Err(error.into()),
        Err(error) => Ok(Some(Called::Failure { success: false, error: error.to_string() })),
    }
}
