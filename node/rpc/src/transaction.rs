//! `transaction_v1_…`: having the node submit a transaction again and again until it is in a final block.
//!
//! ```text
//! submit ──▶ in the pool ──▶ final: done
//!    ▲            │
//!    │            ▼
//!    └── a block is decided ◀── refused or dropped, and may be accepted later
//! ```
//!
//! A transaction that is refused again and again is tried at ever fewer blocks. A broadcast counts for its connection until
//! `transaction_v1_stop`, whatever became of it, and ends with the connection.

use crate::{
    arguments::Arguments,
    connection::{text_of, Quota, Share},
    context::Context,
    error::Error,
    spec_bytes::SpecBytes,
};
use icn_primitives::{Extrinsic, SubmitError, TransactionStatus};
use jsonrpsee::{
    core::RegisterMethodError, types::Params, ConnectionId, Extensions, MethodCallback, MethodResponse, MethodSink,
    ResponsePayload, RpcModule, SubscriptionPermit,
};
use parking_lot::Mutex;
use sp_runtime::transaction_validity::InvalidTransaction;
use std::{collections::HashMap, sync::Arc};
use tokio::{
    sync::{broadcast, mpsc},
    task::AbortHandle,
};

/// Broadcasts of one connection at once; the specification asks for at least 4. Each holds a transaction's bytes.
const BROADCASTS_MAX: usize = 16;

/// Most blocks between two attempts.
const PAUSE_BLOCKS_MAX: u32 = 64;

/// The transactions that are being broadcast.
#[derive(Clone, Debug)]
struct Broadcasts {
    context: Context,
    quota: Quota,
    running: Arc<Mutex<HashMap<(ConnectionId, String), AbortHandle>>>,
}

/// The methods of the group.
///
/// # Errors
/// When two of them have one name.
pub(crate) fn module(context: &Context) -> Result<RpcModule<()>, RegisterMethodError> {
    let quota = Quota::new(BROADCASTS_MAX);
    let broadcasts = Broadcasts { context: context.clone(), quota, running: Arc::default() };
    let mut module = RpcModule::new(broadcasts.clone());
    // Not an ordinary method, because only a subscription's callback learns when the connection closes.
    let callback = MethodCallback::Subscription(Arc::new(move |id, params, sink, subscription, extensions| {
        let name = text_of(subscription.id_provider.next_id());
        let of = Client { connection: subscription.conn_id, sink, permit: subscription.subscription_permit };
        let max_bytes = of.sink.max_response_size() as usize;
        let answer = match broadcasts.start(&params, name, of) {
            Ok(name) => MethodResponse::response(id, ResponsePayload::success(name), max_bytes),
            Err(error) => MethodResponse::error(id, error),
        };
        Box::pin(std::future::ready(answer.with_extensions(extensions)))
    }));
    module.verify_and_insert("transaction_v1_broadcast", callback)?;
    module.register_method("transaction_v1_stop", |params, broadcasts, extensions| {
        broadcasts.stop(&params, extensions)
    })?;
    Ok(module.remove_context())
}

/// Who asked.
struct Client {
    connection: ConnectionId,
    sink: MethodSink,
    permit: SubscriptionPermit,
}

impl Broadcasts {
    /// Starts a broadcast and names it; `None` when the connection has as many as it may.
    fn start(&self, params: &Params<'_>, name: String, client: Client) -> Result<Option<String>, Error> {
        let SpecBytes(bytes) = Arguments::new(params, &["transaction"])?.required::<SpecBytes>("transaction")?;
        let Some(share) = self.quota.take(client.connection) else { return Ok(None) };
        let key = (client.connection, name.clone());
        let mut running = self.running.lock();
        let entry = Entry { running: self.running.clone(), key: key.clone() };
        let task = tokio::spawn(keep(self.context.clone(), bytes, client, share, entry));
        running.insert(key, task.abort_handle());
        Ok(Some(name))
    }

    fn stop(&self, params: &Params<'_>, extensions: &Extensions) -> Result<(), Error> {
        let name: String = Arguments::new(params, &["operationId"])?.required("operationId")?;
        let connection = crate::connection::connection_of(extensions)?;
        let Some(task) = self.running.lock().remove(&(connection, name)) else {
            return Err(Error::InvalidParams("operationId: there is no such active broadcast".into()));
        };
        task.abort();
        Ok(())
    }
}

/// A broadcast's entry among the running ones, removed with it.
struct Entry {
    running: Arc<Mutex<HashMap<(ConnectionId, String), AbortHandle>>>,
    key: (ConnectionId, String),
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.running.lock().remove(&self.key);
    }
}

/// Broadcasts until the transaction is final or can never be, and keeps the client's place until it is gone.
async fn keep(context: Context, bytes: Vec<u8>, client: Client, _share: Share, _entry: Entry) {
    let Client { sink, permit: _permit, .. } = client;
    let to_the_end = async {
        // What is no extrinsic is never submitted, and the client is not told: it asked for no news.
        if let Ok(extrinsic) = Extrinsic::from_bytes(&bytes) {
            drop(bytes);
            broadcast(&context, extrinsic).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = sink.closed() => (),
        () = to_the_end => (),
    }
}

/// Submits until the transaction is final, or can never be.
async fn broadcast(context: &Context, extrinsic: Extrinsic) {
    let mut blocks = context.chain.decided();
    let mut pause = 1;
    loop {
        let (transactions, copy) = (context.transactions.clone(), extrinsic.clone());
        match context.workers.run(move || transactions.submit_and_watch(copy)).await {
            Ok(Ok(life)) => {
                pause = 1;
                if ends_final(life).await {
                    return;
                }
            }
            Ok(Err(error)) if is_hopeless(&error) => return,
            // The pool has it from elsewhere: when it leaves the pool, the next attempt tells why.
            Ok(Err(SubmitError::AlreadyImported(_))) => pause = 1,
            Ok(Err(_)) | Err(_) => pause = (pause * 2).min(PAUSE_BLOCKS_MAX),
        }
        for _ in 0..pause {
            // Blocks that were missed were decided all the same.
            if let Err(broadcast::error::RecvError::Closed) = blocks.recv().await {
                return;
            }
        }
    }
}

/// Follows a transaction through the pool; whether it got into a final block.
async fn ends_final(mut life: mpsc::UnboundedReceiver<TransactionStatus>) -> bool {
    while let Some(status) = life.recv().await {
        if let TransactionStatus::Finalized { .. } = status {
            return true;
        }
    }
    false
}

/// Whether no later state accepts what this one refused.
fn is_hopeless(error: &SubmitError) -> bool {
    match error {
        SubmitError::BadFormat(_) | SubmitError::Stopping => true,
        SubmitError::Invalid(reason) => matches!(
            reason,
            InvalidTransaction::Stale
                | InvalidTransaction::BadProof
                | InvalidTransaction::AncientBirthBlock
                | InvalidTransaction::BadMandatory
                | InvalidTransaction::MandatoryValidation
        ),
        _ => false,
    }
}
