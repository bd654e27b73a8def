//! `state_*`: storage, runtime calls and their subscriptions.

mod query;
mod storage;
mod subscriptions;

use crate::{
    arguments::Arguments,
    calls::{aliases, blocking},
    context::Context,
    error::Error,
    hex::{Hex, HexHash},
};
use codec::{Decode, DecodeAll};
use icn_primitives::Hash;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};

/// Most characters of a runtime method's name.
const METHOD_NAME_MAX: usize = 128;

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "state_call", &["method", "data", "hash"], call)?;
    aliases(module, "state_call", &["state_callAt"])?;
    blocking(module, "state_getMetadata", &["hash"], metadata)?;
    blocking(module, "state_getRuntimeVersion", &["hash"], |context, mut arguments| {
        let block = runtime_block(context, arguments.optional("hash")?)?;
        Ok(context.chain.runtime_version(block)?)
    })?;
    aliases(module, "state_getRuntimeVersion", &["chain_getRuntimeVersion"])?;
    storage::register(module)?;
    query::register(module)?;
    subscriptions::register(module)
}

fn call(context: &Context, mut arguments: Arguments) -> Result<Hex, Error> {
    let method: String = arguments.required("method")?;
    let data: Hex = arguments.required("data")?;
    let block = context.block_or_head(arguments.optional("hash")?);
    if method.len() > METHOD_NAME_MAX {
        return Err(Error::InvalidParams(format!("expected a method of at most {METHOD_NAME_MAX} characters")));
    }
    Ok(Hex(context.chain.call(block, &method, &data.0)?))
}

fn metadata(context: &Context, mut arguments: Arguments) -> Result<Hex, Error> {
    let block = runtime_block(context, arguments.optional("hash")?)?;
    let opaque = context.chain.call(block, "Metadata_metadata", &[])?;
    decoded::<Vec<u8>>(&opaque).map(Hex)
}

/// The block whose runtime is asked for. To decode a block, polkadot.js asks for the runtime of its *parent*, as code set in a
/// Substrate block takes effect in the next. Here the first block of a runtime is made by it, so the runtime that follows a
/// block is that of its child, if it has one.
fn runtime_block(context: &Context, asked: Option<HexHash>) -> Result<Hash, Error> {
    let Some(HexHash(block)) = asked else { return Ok(context.block_or_head(None)) };
    let Some(header) = context.chain.header(block)? else { return Ok(block) };
    let child = context.chain.hash_at(header.number.saturating_add(1))?;
    Ok(child.unwrap_or(block))
}

/// Decodes what the runtime answered.
pub(crate) fn decoded<T: Decode>(bytes: &[u8]) -> Result<T, Error> {
    T::decode_all(&mut &bytes[..]).map_err(Error::Undecodable)
}
