//! `transactionWatch_v1_…`: submitting a transaction and hearing what becomes of it.

use crate::{
    arguments::Arguments,
    connection::{Outlet, Quota},
    context::Context,
    error::Error,
    spec_bytes::SpecBytes,
    unsubscribe::{answer_null, Stranger},
};
use icn_primitives::{Extrinsic, Hash, SubmitError, TransactionStatus};
use jsonrpsee::{core::RegisterMethodError, Extensions, PendingSubscriptionSink, RpcModule};
use serde::Serialize;
use tokio::sync::mpsc;

/// A notification of `transactionWatch_v1_watchEvent`. The last four end the subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum WatchEvent {
    /// The runtime finds it valid.
    Validated,
    /// It is in a block of the best chain.
    BestChainBlockIncluded { block: Place },
    /// It is in a final block.
    Finalized { block: Place },
    /// The node failed.
    Error { error: String },
    /// The runtime refuses it.
    Invalid { error: String },
    /// The node does not keep track of it.
    Dropped { error: String },
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Place {
    hash: Hash,
    index: u32,
}

#[derive(Clone, Debug)]
struct Watch {
    context: Context,
    quota: Quota,
}

/// The methods of the group.
///
/// # Errors
/// When two of them have one name.
pub(crate) fn module(context: &Context) -> Result<RpcModule<()>, RegisterMethodError> {
    let quota = Quota::new(context.limits.transactions_per_connection);
    let mut module = RpcModule::new(Watch { context: context.clone(), quota });
    module.register_subscription(
        "transactionWatch_v1_submitAndWatch",
        "transactionWatch_v1_watchEvent",
        "transactionWatch_v1_unwatch",
        |params, pending, watch, extensions| async move {
            let bytes = Arguments::new(&params, &["transaction"])
                .and_then(|mut given| given.required::<SpecBytes>("transaction"));
            match bytes {
                Ok(bytes) => serve(&watch, bytes.0, pending, &extensions).await,
                Err(error) => pending.reject(error).await,
            }
        },
    )?;
    answer_null(&mut module, "transactionWatch_v1_unwatch", &["subscription"], Stranger::Refused, |_, _| ())?;
    Ok(module.remove_context())
}

async fn serve(watch: &Watch, bytes: Vec<u8>, pending: PendingSubscriptionSink, extensions: &Extensions) {
    let share = watch.quota.take(pending.connection_id());
    let Ok(sink) = pending.accept().await else { return };
    let outlet = Outlet::new(sink, extensions);
    if share.is_none() {
        let error = "the connection watches as many transactions as it may".into();
        return end(&outlet, &WatchEvent::Dropped { error }).await;
    }
    match submit(&watch.context, bytes).await {
        Ok(life) => report(&outlet, life).await,
        Err(event) => end(&outlet, &event).await,
    }
}

async fn submit(context: &Context, bytes: Vec<u8>) -> Result<mpsc::UnboundedReceiver<TransactionStatus>, WatchEvent> {
    let transactions = context.transactions.clone();
    let submit = move || {
        let extrinsic = Extrinsic::from_bytes(&bytes).map_err(|error| SubmitError::BadFormat(error.to_string()))?;
        transactions.submit_and_watch(extrinsic)
    };
    match context.workers.run(submit).await {
        Ok(submitted) => submitted.map_err(refusal),
        Err(error @ Error::Busy) => Err(WatchEvent::Dropped { error: error.to_string() }),
        Err(error) => Err(WatchEvent::Error { error: error.to_string() }),
    }
}

/// Reports a transaction's life until it ends, or the client goes.
async fn report(outlet: &Outlet, mut life: mpsc::UnboundedReceiver<TransactionStatus>) {
    let mut last = None;
    loop {
        let status = tokio::select! {
            () = outlet.closed() => return,
            status = life.recv() => status,
        };
        let Some(status) = status else { return };
        let event = event_of(status);
        if last.as_ref() != Some(&event) && outlet.send(&event).await.is_err() {
            return;
        }
        last = Some(event);
    }
}

async fn end(outlet: &Outlet, event: &WatchEvent) {
    // A client that is gone needs no news.
    let _ = outlet.send(event).await;
}

fn event_of(status: TransactionStatus) -> WatchEvent {
    match status {
        TransactionStatus::Future | TransactionStatus::Ready => WatchEvent::Validated,
        TransactionStatus::InBlock { block, index } => {
            WatchEvent::BestChainBlockIncluded { block: Place { hash: block, index } }
        }
        TransactionStatus::Finalized { block, index } => WatchEvent::Finalized { block: Place { hash: block, index } },
        TransactionStatus::Usurped { by } => {
            WatchEvent::Invalid { error: format!("transaction {by:?} of the same sender and nonce took its place") }
        }
        TransactionStatus::Dropped => {
            WatchEvent::Dropped { error: "the pool was full, or the transaction waited too long".into() }
        }
        TransactionStatus::Invalid => {
            WatchEvent::Invalid { error: "the state changed and the transaction is no longer valid".into() }
        }
    }
}

/// What a transaction gets that does not enter the pool.
fn refusal(error: SubmitError) -> WatchEvent {
    let invalid = matches!(error, SubmitError::BadFormat(_) | SubmitError::Invalid(_) | SubmitError::Unknown(_));
    let stopping = matches!(error, SubmitError::Stopping);
    let error = Error::Submit(error);
    let error = match error.data() {
        Some(data) => format!("{error}: {data}"),
        None => error.to_string(),
    };
    if invalid {
        WatchEvent::Invalid { error }
    } else if stopping {
        WatchEvent::Error { error }
    } else {
        WatchEvent::Dropped { error }
    }
}
