//! Notifications of changed values and of a new runtime.

use super::{
    query::{all, keys_of, StorageChangeSet},
    storage::Budget,
};
use crate::{
    arguments::Arguments,
    backend::Decided,
    calls::{aliases, notify, notify_within, Ended},
    chain::next,
    context::Context,
    error::Error,
    hex::{Hex, Key},
    server::Share,
};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{PendingSubscriptionSink, RpcModule},
    types::Params,
};
use std::sync::Arc;

pub(super) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "state_subscribeStorage",
        "state_storage",
        "state_unsubscribeStorage",
        |params, pending, context, extensions| async move {
            storage(params, pending, context, extensions.get::<Arc<Share>>().cloned()).await
        },
    )?;
    module.register_subscription(
        "state_subscribeRuntimeVersion",
        "state_runtimeVersion",
        "state_unsubscribeRuntimeVersion",
        |params, pending, context, _| async move { runtime_version(params, pending, context).await },
    )?;
    aliases(module, "state_subscribeRuntimeVersion", &["chain_subscribeRuntimeVersion"])?;
    aliases(module, "state_unsubscribeRuntimeVersion", &["chain_unsubscribeRuntimeVersion"])
}

/// All keys first, nulls included, then those of them that a block wrote.
async fn storage(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    context: Arc<Context>,
    share: Option<Arc<Share>>,
) -> Ended {
    let mut decided = context.chain.decided();
    let first = async {
        let keys = keys_of(&context, &mut Arguments::new(&params, &["keys"])?)?;
        context
            .work(move |context| {
                let head = context.chain.head();
                let state = context.chain.state(head.hash)?;
                let changes = all(&*state, &keys, &mut Budget::new(context))?;
                Ok((head.number, keys, StorageChangeSet { block: head.hash, changes }))
            })
            .await
    };
    let (number, keys, first) = match first.await {
        Ok(first) => first,
        Err(error) => return reject(pending, error).await,
    };
    let Ok(mut sink) = pending.accept().await else { return Ended::Quietly };
    let mut sent = notify_within(share.as_deref(), &mut sink, &first);
    while sent.is_ok() {
        let block = tokio::select! {
            () = sink.closed() => return Ended::Quietly,
            block = next(&mut decided, number) => block,
        };
        sent = block.and_then(|block| match changes_of(&block, &keys) {
            set if set.changes.is_empty() => Ok(()),
            set => notify_within(share.as_deref(), &mut sink, &set),
        });
    }
    sent.err().unwrap_or(Ended::Quietly)
}

/// Those of the keys that a block wrote.
fn changes_of(decided: &Decided, keys: &[Key]) -> StorageChangeSet {
    let changed = |key: &Key| decided.changes.get(&key.0).map(|value| (key.clone(), value.clone().map(Hex)));
    StorageChangeSet { block: decided.block.hash, changes: keys.iter().filter_map(changed).collect() }
}

/// The version at the head, then each new one.
async fn runtime_version(params: Params<'static>, pending: PendingSubscriptionSink, context: Arc<Context>) -> Ended {
    let mut decided = context.chain.decided();
    let first = async {
        Arguments::new(&params, &[])?;
        context
            .work(|context| {
                let head = context.chain.head();
                Ok((head.number, context.chain.runtime_version(head.hash)?))
            })
            .await
    };
    let (number, version) = match first.await {
        Ok(first) => first,
        Err(error) => return reject(pending, error).await,
    };
    let Ok(mut sink) = pending.accept().await else { return Ended::Quietly };
    let mut sent = notify(&mut sink, &version);
    while sent.is_ok() {
        let block = tokio::select! {
            () = sink.closed() => return Ended::Quietly,
            block = next(&mut decided, number) => block,
        };
        sent = block.and_then(|block| match &block.new_runtime {
            Some(version) => notify(&mut sink, version),
            None => Ok(()),
        });
    }
    sent.err().unwrap_or(Ended::Quietly)
}

async fn reject(pending: PendingSubscriptionSink, error: Error) -> Ended {
    pending.reject(error).await;
    Ended::Quietly
}
