//! What operations do: read on the workers, and tell the follow.

use super::{events::FollowEvent, follow::Follow};
use crate::{
    backend::{CallError, ReadError},
    context::Context,
    error::Error,
    hex::Hex,
    storage_query::{read_page, Query},
};
use icn_primitives::Hash;
use std::{collections::VecDeque, sync::Arc};

/// The follow is over; there is nobody to tell.
struct Over;

/// Reads the extrinsics of a block.
pub(super) async fn body(context: Context, follow: Arc<Follow>, operation_id: String, block: Hash) {
    let chain = context.chain.clone();
    let event = match context.workers.run(move || chain.body(block)).await {
        Ok(Ok(Some(body))) => {
            let value = body.iter().map(|extrinsic| Hex(extrinsic.bytes().to_vec())).collect();
            FollowEvent::OperationBodyDone { operation_id, value }
        }
        Ok(Ok(None)) => unreadable(operation_id, &ReadError::UnknownBlock(block)),
        Ok(Err(error)) => unreadable(operation_id, &error),
        Err(error) => not_run(operation_id, &error),
    };
    let _: Result<(), Over> = tell(&follow, event).await;
}

/// Calls the runtime.
pub(super) async fn call(
    context: Context,
    follow: Arc<Follow>,
    operation_id: String,
    block: Hash,
    function: String,
    arguments: Vec<u8>,
) {
    let chain = context.chain.clone();
    let event = match context.workers.run(move || chain.call(block, &function, &arguments)).await {
        Ok(Ok(output)) => FollowEvent::OperationCallDone { operation_id, output: Hex(output) },
        Ok(Err(CallError::Read(error))) => unreadable(operation_id, &error),
        Ok(Err(error)) => FollowEvent::OperationError { operation_id, error: error.to_string() },
        Err(error) => not_run(operation_id, &error),
    };
    let _: Result<(), Over> = tell(&follow, event).await;
}

/// Reads storage page by page.
pub(super) async fn storage(
    context: Context,
    follow: Arc<Follow>,
    operation_id: String,
    block: Hash,
    queries: VecDeque<Query>,
) {
    // The follow is over: so is its operation.
    let _: Result<(), Over> = read_storage(&context, &follow, &operation_id, block, queries).await;
}

async fn read_storage(
    context: &Context,
    follow: &Follow,
    id: &str,
    block: Hash,
    mut queries: VecDeque<Query>,
) -> Result<(), Over> {
    while !queries.is_empty() {
        let chain = context.chain.clone();
        let items_max = context.limits.storage_items_per_event;
        let read = move || {
            let items = read_page(chain.as_ref(), block, &mut queries, items_max);
            (items, queries)
        };
        let (items, rest) = match context.workers.run(read).await {
            Ok((Ok(items), rest)) => (items, rest),
            Ok((Err(error), _)) => return tell(follow, unreadable(id.into(), &error)).await,
            Err(error) => return tell(follow, not_run(id.into(), &error)).await,
        };
        queries = rest;
        if !items.is_empty() {
            tell(follow, FollowEvent::OperationStorageItems { operation_id: id.into(), items }).await?;
        }
        // Only what may go on for long waits for its reader.
        if queries.front().is_some_and(|query| query.query_type.is_descendants()) {
            wait(follow, id).await?;
        }
    }
    tell(follow, FollowEvent::OperationStorageDone { operation_id: id.into() }).await
}

async fn wait(follow: &Follow, id: &str) -> Result<(), Over> {
    // It waits before the client is told so: the client may continue at once.
    let resumed = follow.operations.wait(id).ok_or(Over)?;
    tell(follow, FollowEvent::OperationWaitingForContinue { operation_id: id.into() }).await?;
    resumed.await.map_err(|_| Over)
}

async fn tell(follow: &Follow, event: FollowEvent) -> Result<(), Over> {
    follow.events.send(event).await.map_err(|_| Over)
}

/// A block that cannot be read now will not be readable later either.
fn unreadable(operation_id: String, error: &ReadError) -> FollowEvent {
    if let ReadError::State(source) = error {
        tracing::error!(%source, "an operation of a follow could not read the store");
    }
    FollowEvent::OperationError { operation_id, error: error.to_string() }
}

/// The workers had no room, which passes, or the work broke, which does not.
fn not_run(operation_id: String, error: &Error) -> FollowEvent {
    match error {
        Error::Busy => FollowEvent::OperationInaccessible { operation_id },
        error => FollowEvent::OperationError { operation_id, error: error.to_string() },
    }
}
