//! `icn_epoch` and `icn_trust*`: epochs and their bundles.

use crate::{
    arguments::{Arguments, Text},
    backend::{EpochView, Epochs},
    calls::{blocking, notify, Ended},
    context::Context,
    error::Error,
    hex::Hex,
};
use icn_dag::{Cid, Did, Epoch, Moment};
use icn_merkle::InclusionProof;
use icn_primitives::{BlockNumber, Hash};
use icn_trust::SealedBundle;
use jsonrpsee::{
    core::RegisterMethodError,
    server::{PendingSubscriptionSink, RpcModule},
};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

/// Bundles in one answer, at most.
const CHAIN_MAX: u64 = 100;

/// Registers the methods, on a node that follows epochs.
pub(crate) fn register(module: &mut RpcModule<Context>, offered: bool) -> Result<(), RegisterMethodError> {
    if !offered {
        return Ok(());
    }
    blocking(module, "icn_epoch", &[], epoch)?;
    blocking(module, "icn_trustBundle", &["epoch"], bundle)?;
    blocking(module, "icn_trustChain", &["from", "to"], chain)?;
    blocking(module, "icn_trustProof", &["cid", "epoch"], proof)?;
    module.register_subscription(
        "icn_trustSubscribe",
        "icn_trustSealed",
        "icn_trustUnsubscribe",
        |params, pending, context, _| async move {
            match Arguments::new(&params, &[]) {
                Ok(_) => follow(pending, context).await,
                Err(error) => {
                    pending.reject(error).await;
                    Ended::Quietly
                }
            }
        },
    )?;
    Ok(())
}

/// Validators, or their power: of all, and of those with a sealing key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SignersJson {
    count: u32,
    with_key: u32,
    power: u64,
    power_with_key: u64,
}

/// An epoch that is closed and not sealed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClosingJson {
    epoch: Epoch,
    height: BlockNumber,
    time: Moment,
    signed: u64,
    needed: u64,
    overdue: bool,
}

#[derive(Clone, Debug, Serialize)]
struct SealedJson {
    epoch: Epoch,
    bundle: Cid,
}

/// Where the epochs are.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EpochJson {
    federation: Option<Did>,
    genesis: Hash,
    epoch: Epoch,
    first: Option<BlockNumber>,
    ends_at: Option<Moment>,
    signers: SignersJson,
    closing: Option<ClosingJson>,
    sealed: Option<SealedJson>,
}

impl From<EpochView> for EpochJson {
    fn from(view: EpochView) -> Self {
        let narrow = |power: u128| u64::try_from(power).unwrap_or(u64::MAX);
        Self {
            federation: view.federation,
            genesis: view.genesis,
            epoch: view.epoch,
            first: view.first,
            ends_at: view.ends_at,
            signers: SignersJson {
                count: view.signers.0,
                with_key: view.signers.1,
                power: view.power.0,
                power_with_key: view.power.1,
            },
            closing: view.closing.map(|closing| ClosingJson {
                epoch: closing.epoch,
                height: closing.height,
                time: closing.time,
                signed: narrow(closing.signed),
                needed: narrow(closing.needed),
                overdue: closing.overdue,
            }),
            sealed: view.sealed.map(|(epoch, bundle)| SealedJson { epoch, bundle }),
        }
    }
}

/// The proof that a record is in the log of all records, to be completed by the bundles that lead there.
#[derive(Clone, Debug, Serialize)]
struct ProofJson {
    epoch: Epoch,
    record: Option<Hex>,
    inclusion: InclusionProof,
}

fn epochs(context: &Context) -> Result<&dyn Epochs, Error> {
    // The methods are registered where epochs are followed.
    context.epochs.as_deref().ok_or(Error::Internal)
}

/// The epoch that is asked for, or the one that was sealed last.
fn sealed_epoch(context: &Context, given: Option<Epoch>) -> Result<Option<Epoch>, Error> {
    match given {
        Some(epoch) => Ok(Some(epoch)),
        None => Ok(epochs(context)?.status()?.sealed.map(|(epoch, _)| epoch)),
    }
}

fn epoch(context: &Context, _: Arguments) -> Result<EpochJson, Error> {
    Ok(epochs(context)?.status()?.into())
}

fn bundle(context: &Context, mut arguments: Arguments) -> Result<Option<SealedBundle>, Error> {
    match sealed_epoch(context, arguments.optional("epoch")?)? {
        Some(epoch) => Ok(epochs(context)?.bundle(epoch)?),
        None => Ok(None),
    }
}

fn chain(context: &Context, mut arguments: Arguments) -> Result<Vec<SealedBundle>, Error> {
    let from: Epoch = arguments.required("from")?;
    let Some(to) = sealed_epoch(context, arguments.optional("to")?)? else { return Ok(Vec::new()) };
    let mut bundles = Vec::new();
    for epoch in (from..=to).take(CHAIN_MAX as usize) {
        let Some(bundle) = epochs(context)?.bundle(epoch)? else { break };
        bundles.push(bundle);
    }
    Ok(bundles)
}

fn proof(context: &Context, mut arguments: Arguments) -> Result<Option<ProofJson>, Error> {
    let Text(cid) = arguments.required("cid")?;
    let Some(epoch) = sealed_epoch(context, arguments.optional("epoch")?)? else { return Ok(None) };
    let proof = epochs(context)?.prove(&cid, epoch)?;
    Ok(proof.map(|proof| ProofJson { epoch: proof.epoch, record: proof.record.map(Hex), inclusion: proof.inclusion }))
}

/// Sends every bundle that is sealed from now on.
async fn follow(pending: PendingSubscriptionSink, context: std::sync::Arc<Context>) -> Ended {
    let Some(epochs) = context.epochs.clone() else { return Ended::Failed };
    let mut sealed = epochs.sealed();
    let Ok(mut sink) = pending.accept().await else { return Ended::Quietly };
    loop {
        let next = tokio::select! {
            () = sink.closed() => return Ended::Quietly,
            next = sealed.recv() => next,
        };
        match next {
            Ok(epoch) => {
                let epochs = epochs.clone();
                let Ok(Ok(Some(bundle))) = context.workers.run(move || epochs.bundle(epoch)).await else {
                    return Ended::Failed;
                };
                if let Err(ended) = notify(&mut sink, &bundle) {
                    return ended;
                }
            }
            Err(RecvError::Lagged(_)) => return Ended::SlowReader,
            Err(RecvError::Closed) => return Ended::Quietly,
        }
    }
}
