//! `author_*`: submitting transactions and watching what becomes of them.

use crate::{
    arguments::{Argument, Arguments},
    calls::{blocking, notify, Ended},
    chain::hex_of,
    context::Context,
    error::Error,
    hex::{Hex, HexHash},
};
use icn_primitives::{Extrinsic, Hash, SubmitError, TransactionStatus};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{PendingSubscriptionSink, RpcModule},
    types::Params,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Methods that would touch the operator's keys; they are not offered on this port.
const OPERATORS: &[&str] = &["author_insertKey", "author_rotateKeys", "author_hasSessionKeys", "author_hasKey"];

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "author_submitExtrinsic", &["extrinsic"], submit)?;
    blocking(module, "author_pendingExtrinsics", &[], |context, _| {
        Ok(context.transactions.pending().iter().map(hex_of).collect::<Vec<_>>())
    })?;
    blocking(module, "author_removeExtrinsic", &["extrinsics"], remove)?;
    for name in OPERATORS {
        refused(module, name)?;
    }
    module.register_subscription(
        "author_submitAndWatchExtrinsic",
        "author_extrinsicUpdate",
        "author_unwatchExtrinsic",
        |params, pending, context, _| async move { watch(params, pending, context).await },
    )?;
    Ok(())
}

/// Registers a method that only operators may call, and that nobody is an operator for here.
pub(crate) fn refused(module: &mut RpcModule<Context>, name: &'static str) -> Result<(), RegisterMethodError> {
    module.register_method(name, |_, _, _| Err::<(), _>(Error::Unsafe))?;
    Ok(())
}

/// Reads the extrinsic in the parameters.
pub(crate) fn extrinsic_of(arguments: &mut Arguments) -> Result<Extrinsic, Error> {
    let bytes: Hex = arguments.required("extrinsic")?;
    Extrinsic::from_bytes(&bytes.0).map_err(|error| SubmitError::BadFormat(error.to_string()).into())
}

fn submit(context: &Context, mut arguments: Arguments) -> Result<Hash, Error> {
    let extrinsic = extrinsic_of(&mut arguments)?;
    Ok(context.transactions.submit(extrinsic)?)
}

/// How `author_removeExtrinsic` names a transaction.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ExtrinsicOrHash {
    Hash(HexHash),
    Extrinsic(Hex),
}

impl Argument for ExtrinsicOrHash {}

/// Drops transactions from the pool; on Development chains only, as anyone can call it.
fn remove(context: &Context, mut arguments: Arguments) -> Result<Vec<Hash>, Error> {
    if context.development.is_none() {
        return Err(Error::Unsafe);
    }
    let named: Vec<ExtrinsicOrHash> = arguments.required("extrinsics")?;
    let mut removed = Vec::new();
    for name in named {
        let hash = match name {
            ExtrinsicOrHash::Hash(HexHash(hash)) => hash,
            ExtrinsicOrHash::Extrinsic(bytes) => {
                Extrinsic::from_bytes(&bytes.0).map_err(|error| SubmitError::BadFormat(error.to_string()))?.hash()
            }
        };
        if context.transactions.remove(hash) {
            removed.push(hash);
        }
    }
    Ok(removed)
}

/// A [`TransactionStatus`] in Substrate's JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    Future,
    Ready,
    InBlock(Hash),
    Finalized(Hash),
    Usurped(Hash),
    Dropped,
    Invalid,
}

impl From<TransactionStatus> for Status {
    fn from(status: TransactionStatus) -> Self {
        match status {
            TransactionStatus::Future => Self::Future,
            TransactionStatus::Ready => Self::Ready,
            TransactionStatus::InBlock { block, .. } => Self::InBlock(block),
            TransactionStatus::Finalized { block, .. } => Self::Finalized(block),
            TransactionStatus::Usurped { by } => Self::Usurped(by),
            TransactionStatus::Dropped => Self::Dropped,
            TransactionStatus::Invalid => Self::Invalid,
        }
    }
}

async fn watch(params: Params<'static>, pending: PendingSubscriptionSink, context: Arc<Context>) -> Ended {
    let submitted = match Arguments::new(&params, &["extrinsic"]).and_then(|mut read| extrinsic_of(&mut read)) {
        Ok(extrinsic) => context.work(move |context| Ok(context.transactions.submit_and_watch(extrinsic)?)).await,
        Err(error) => Err(error),
    };
    let mut statuses = match submitted {
        Ok(statuses) => statuses,
        Err(error) => {
            pending.reject(error).await;
            return Ended::Quietly;
        }
    };
    let Ok(mut sink) = pending.accept().await else { return Ended::Quietly };
    loop {
        let status = tokio::select! {
            () = sink.closed() => return Ended::Quietly,
            status = statuses.recv() => status,
        };
        let Some(status) = status else { return Ended::Quietly };
        if let Err(ended) = notify(&mut sink, &Status::from(status)) {
            return ended;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_the_words_that_clients_know() {
        let json = |status: TransactionStatus| serde_json::to_string(&Status::from(status)).unwrap();
        let hash = Hash::repeat_byte(0x11);
        let text = format!("\"{hash:?}\"");
        assert_eq!(json(TransactionStatus::Future), r#""future""#);
        assert_eq!(json(TransactionStatus::Ready), r#""ready""#);
        assert_eq!(json(TransactionStatus::InBlock { block: hash, index: 1 }), format!(r#"{{"inBlock":{text}}}"#));
        assert_eq!(json(TransactionStatus::Finalized { block: hash, index: 1 }), format!(r#"{{"finalized":{text}}}"#));
        assert_eq!(json(TransactionStatus::Usurped { by: hash }), format!(r#"{{"usurped":{text}}}"#));
        assert_eq!(json(TransactionStatus::Dropped), r#""dropped""#);
        assert_eq!(json(TransactionStatus::Invalid), r#""invalid""#);
    }
}
