//! `chain_*`: headers, blocks, hashes and their subscriptions.
//!
//! Blocks are final when they are decided, so new, best and finalized heads are the same.

use crate::{
    arguments::Arguments,
    backend::Decided,
    calls::{aliases, blocking, immediate, notify, Ended},
    context::Context,
    error::Error,
    hex::{Hex, NumberOrHex},
};
use icn_primitives::{Extrinsic, Hash, Header};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{PendingSubscriptionSink, RpcModule},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "chain_getHeader", &["hash"], get_header)?;
    blocking(module, "chain_getBlock", &["hash"], get_block)?;
    blocking(module, "chain_getBlockHash", &["number"], get_block_hash)?;
    aliases(module, "chain_getBlockHash", &["chain_getHead"])?;
    immediate(module, "chain_getFinalizedHead", &[], |context, _| Ok(context.chain.head().hash))?;
    aliases(module, "chain_getFinalizedHead", &["chain_getFinalisedHead"])?;
    heads(module, "chain_subscribeAllHeads", "chain_allHead", "chain_unsubscribeAllHeads")?;
    heads(module, "chain_subscribeNewHeads", "chain_newHead", "chain_unsubscribeNewHeads")?;
    aliases(module, "chain_subscribeNewHeads", &["chain_subscribeNewHead", "subscribe_newHead"])?;
    aliases(module, "chain_unsubscribeNewHeads", &["chain_unsubscribeNewHead", "unsubscribe_newHead"])?;
    heads(module, "chain_subscribeFinalizedHeads", "chain_finalizedHead", "chain_unsubscribeFinalizedHeads")?;
    aliases(module, "chain_subscribeFinalizedHeads", &["chain_subscribeFinalisedHeads"])?;
    aliases(module, "chain_unsubscribeFinalizedHeads", &["chain_unsubscribeFinalisedHeads"])
}

/// `chain_getBlock`: a block and what justifies it.
#[derive(Clone, Debug, Serialize)]
struct SignedBlock {
    block: BlockJson,
    /// Commits travel in Tendermint's own calls.
    justifications: Option<Vec<()>>,
}

#[derive(Clone, Debug, Serialize)]
struct BlockJson {
    header: Header,
    extrinsics: Vec<Hex>,
}

/// One thing, or a list of it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

fn get_header(context: &Context, mut arguments: Arguments) -> Result<Option<Header>, Error> {
    let hash = context.block_or_head(arguments.optional("hash")?);
    Ok(context.chain.header(hash)?)
}

fn get_block(context: &Context, mut arguments: Arguments) -> Result<Option<SignedBlock>, Error> {
    let hash = context.block_or_head(arguments.optional("hash")?);
    let Some(header) = context.chain.header(hash)? else { return Ok(None) };
    let Some(extrinsics) = context.chain.body(hash)? else { return Ok(None) };
    let extrinsics = extrinsics.iter().map(hex_of).collect();
    Ok(Some(SignedBlock { block: BlockJson { header, extrinsics }, justifications: None }))
}

/// An extrinsic on the wire.
pub(crate) fn hex_of(extrinsic: &Extrinsic) -> Hex {
    Hex(extrinsic.bytes().to_vec())
}

fn get_block_hash(context: &Context, mut arguments: Arguments) -> Result<OneOrMany<Option<Hash>>, Error> {
    match arguments.optional::<serde_json::Value>("number")? {
        None => Ok(OneOrMany::One(Some(context.chain.head().hash))),
        Some(serde_json::Value::Array(numbers)) => {
            let max = u64::from(context.limits.query_keys);
            if numbers.len() as u64 > max {
                return Err(Error::InvalidCount { value: numbers.len() as u64, max });
            }
            numbers.into_iter().map(|number| hash_at(context, number)).collect::<Result<_, _>>().map(OneOrMany::Many)
        }
        Some(number) => hash_at(context, number).map(OneOrMany::One),
    }
}

fn hash_at(context: &Context, number: serde_json::Value) -> Result<Option<Hash>, Error> {
    let number = NumberOrHex::deserialize(number)
        .map_err(|error| Error::InvalidParams(format!("expected [number]: number: {error}")))?;
    match u32::try_from(number.0) {
        Ok(number) => Ok(context.chain.hash_at(number)?),
        Err(_) => Ok(None),
    }
}

fn heads(
    module: &mut RpcModule<Context>,
    subscribe: &'static str,
    notification: &'static str,
    unsubscribe: &'static str,
) -> Result<(), RegisterMethodError> {
    module.register_subscription(subscribe, notification, unsubscribe, |params, pending, context, _| async move {
        match Arguments::new(&params, &[]) {
            Ok(_) => follow_heads(pending, context).await,
            Err(error) => {
                pending.reject(error).await;
                Ended::Quietly
            }
        }
    })?;
    Ok(())
}

/// Sends the head, then every head after it.
async fn follow_heads(pending: PendingSubscriptionSink, context: Arc<Context>) -> Ended {
    let mut decided = context.chain.decided();
    let first = context.work(|context| {
        let head = context.chain.head();
        Ok((head.number, context.chain.header(head.hash)?))
    });
    let (number, header) = match first.await {
        Ok(head) => head,
        Err(error) => {
            pending.reject(error).await;
            return Ended::Quietly;
        }
    };
    let Ok(mut sink) = pending.accept().await else { return Ended::Quietly };
    if let Err(ended) = notify(&mut sink, &header) {
        return ended;
    }
    loop {
        let block = tokio::select! {
            () = sink.closed() => return Ended::Quietly,
            block = next(&mut decided, number) => block,
        };
        match block.and_then(|block| notify(&mut sink, &block.header)) {
            Ok(()) => {}
            Err(ended) => return ended,
        }
    }
}

/// The next block decided above a height.
pub(crate) async fn next(
    decided: &mut broadcast::Receiver<Arc<Decided>>,
    above: icn_primitives::BlockNumber,
) -> Result<Arc<Decided>, Ended> {
    loop {
        match decided.recv().await {
            Ok(block) if block.block.number > above => return Ok(block),
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => return Err(Ended::SlowReader),
            Err(broadcast::error::RecvError::Closed) => return Err(Ended::Quietly),
        }
    }
}
