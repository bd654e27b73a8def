//! The calls beside a follow, which name it and a block that it pins.

use super::{events::Started, follow::Follow, work, ChainHead};
use crate::{
    arguments::{Argument, Arguments},
    connection::connection_of,
    error::Error,
    hex::{self, HexHash},
    spec_bytes::{SpecBytes, SpecKey},
    storage_query::{Query, QueryType},
};
use codec::Encode;
use icn_primitives::Hash;
use jsonrpsee::{core::RegisterMethodError, types::Params, Extensions, ResponsePayload, RpcModule};
use serde::Deserialize;
use std::{future::Future, sync::Arc};

/// Registers them.
pub(super) fn register(module: &mut RpcModule<ChainHead>) -> Result<(), RegisterMethodError> {
    module.register_async_method("chainHead_v1_header", |params, group, extensions| async move {
        header(&params, &group, &extensions).await
    })?;
    module
        .register_method("chainHead_v1_body", |params, group, extensions| answer(body(&params, group, extensions)))?;
    module
        .register_method("chainHead_v1_call", |params, group, extensions| answer(call(&params, group, extensions)))?;
    module.register_method("chainHead_v1_storage", |params, group, extensions| {
        answer(storage(&params, group, extensions))
    })?;
    module.register_method("chainHead_v1_unpin", |params, group, extensions| unpin(&params, group, extensions))?;
    module.register_method("chainHead_v1_continue", |params, group, extensions| {
        let (follow, operation) = operation_of(&params, group, extensions)?;
        follow.map_or(Ok(()), |follow| follow.operations.resume(&operation))
    })?;
    module.register_method("chainHead_v1_stopOperation", |params, group, extensions| {
        let (follow, operation) = operation_of(&params, group, extensions)?;
        if let Some(follow) = follow {
            follow.operations.stop(&operation);
        }
        Ok::<(), Error>(())
    })?;
    Ok(())
}

type Answer = ResponsePayload<'static, Started>;

fn answer(answer: Result<Answer, Error>) -> Answer {
    answer.unwrap_or_else(ResponsePayload::error)
}

fn limit_reached() -> Answer {
    ResponsePayload::success(Started::LimitReached)
}

/// The follow that the first parameter names; `None` when there is no such any more.
fn follow_of(given: &mut Arguments, group: &ChainHead, extensions: &Extensions) -> Result<Option<Arc<Follow>>, Error> {
    let name: String = given.required("followSubscription")?;
    Ok(group.follows.get(connection_of(extensions)?, &name))
}

fn require_pinned(follow: &Follow, block: &Hash) -> Result<(), Error> {
    if follow.pins.lock().contains(block) {
        Ok(())
    } else {
        Err(Error::UnpinnedBlock)
    }
}

/// Starts an operation on `slots` slots; `work` is given how many it got, and the operation's id.
fn start<F: Future<Output = ()> + Send + 'static>(
    follow: Arc<Follow>,
    slots: usize,
    started: impl FnOnce(String, usize) -> Started,
    work: impl FnOnce(Arc<Follow>, String, usize) -> F,
) -> Answer {
    let operations = follow.operations.clone();
    let Some((held, count)) = operations.take(slots) else { return limit_reached() };
    let id = operations.next_id();
    let (answer, answered) = ResponsePayload::success(started(id.clone(), count)).notify_on_completion();
    operations.start(id.clone(), held, answered, work(follow, id, count));
    answer
}

fn started(operation_id: String, _slots: usize) -> Started {
    Started::Started { operation_id, discarded_items: None }
}

async fn header(params: &Params<'_>, group: &ChainHead, extensions: &Extensions) -> Result<Option<String>, Error> {
    let mut given = Arguments::new(params, &["followSubscription", "hash"])?;
    let follow = follow_of(&mut given, group, extensions)?;
    let HexHash(block) = given.required("hash")?;
    let Some(follow) = follow else { return Ok(None) };
    require_pinned(&follow, &block)?;
    let chain = group.context.chain.clone();
    let header = group.context.workers.run(move || chain.header(block)).await??;
    // A block that was announced has a header.
    let header = header.ok_or(Error::Internal)?;
    Ok(Some(hex::encode(header.encode())))
}

fn body(params: &Params<'_>, group: &ChainHead, extensions: &Extensions) -> Result<Answer, Error> {
    let mut given = Arguments::new(params, &["followSubscription", "hash"])?;
    let follow = follow_of(&mut given, group, extensions)?;
    let HexHash(block) = given.required("hash")?;
    let Some(follow) = follow else { return Ok(limit_reached()) };
    require_pinned(&follow, &block)?;
    let context = group.context.clone();
    Ok(start(follow, 1, started, |follow, id, _| work::body(context, follow, id, block)))
}

fn call(params: &Params<'_>, group: &ChainHead, extensions: &Extensions) -> Result<Answer, Error> {
    let mut given = Arguments::new(params, &["followSubscription", "hash", "function", "callParameters"])?;
    let follow = follow_of(&mut given, group, extensions)?;
    let HexHash(block) = given.required("hash")?;
    let function: String = given.required("function")?;
    let SpecBytes(arguments) = given.required::<SpecBytes>("callParameters")?;
    let Some(follow) = follow else { return Ok(limit_reached()) };
    require_pinned(&follow, &block)?;
    if !follow.with_runtime {
        return Err(Error::RuntimeCall("the follow was made with withRuntime false".into()));
    }
    let context = group.context.clone();
    Ok(start(follow, 1, started, |follow, id, _| work::call(context, follow, id, block, function, arguments)))
}

/// One element of `items`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StorageItem {
    key: SpecKey,
    #[serde(rename = "type")]
    query_type: QueryType,
}

impl Argument for StorageItem {}

fn storage(params: &Params<'_>, group: &ChainHead, extensions: &Extensions) -> Result<Answer, Error> {
    let mut given = Arguments::new(params, &["followSubscription", "hash", "items", "childTrie"])?;
    let follow = follow_of(&mut given, group, extensions)?;
    let HexHash(block) = given.required("hash")?;
    let items: Vec<StorageItem> = given.required("items")?;
    let child_trie: Option<SpecKey> = given.optional("childTrie")?;
    let Some(follow) = follow else { return Ok(limit_reached()) };
    require_pinned(&follow, &block)?;
    let context = group.context.clone();
    let wanted = items.len();
    let started = |operation_id, slots| {
        let discarded_items = Some(wanted.saturating_sub(slots));
        Started::Started { operation_id, discarded_items }
    };
    Ok(start(follow, wanted, started, |follow, id, slots| {
        let queries = items.into_iter().take(slots);
        let queries = queries.map(|item| Query { key: item.key.0, query_type: item.query_type, after: None });
        // There are no child tries, so nothing is in them.
        let queries = if child_trie.is_some() { Default::default() } else { queries.collect() };
        work::storage(context, follow, id, block, queries)
    }))
}

/// The parameter of `chainHead_v1_unpin`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a hash of 32 bytes in hex, or a list of them")]
enum OneOrMany {
    One(HexHash),
    Many(Vec<HexHash>),
}

impl Argument for OneOrMany {}

fn unpin(params: &Params<'_>, group: &ChainHead, extensions: &Extensions) -> Result<(), Error> {
    let mut given = Arguments::new(params, &["followSubscription", "hashOrHashes"])?;
    let follow = follow_of(&mut given, group, extensions)?;
    let blocks = match given.required("hashOrHashes")? {
        OneOrMany::One(HexHash(block)) => vec![block],
        OneOrMany::Many(blocks) => blocks.into_iter().map(|HexHash(block)| block).collect(),
    };
    follow.map_or(Ok(()), |follow| follow.pins.lock().unpin(&blocks))
}

fn operation_of(
    params: &Params<'_>,
    group: &ChainHead,
    extensions: &Extensions,
) -> Result<(Option<Arc<Follow>>, String), Error> {
    let mut given = Arguments::new(params, &["followSubscription", "operationId"])?;
    let follow = follow_of(&mut given, group, extensions)?;
    Ok((follow, given.required("operationId")?))
}
