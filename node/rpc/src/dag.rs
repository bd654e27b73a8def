//! `icn_dag*`: signed records.

use crate::{
    arguments::{Argument, Arguments},
    backend::{FoundRecord, RecordProof, RecordQuery, RecordQueryKey},
    calls::{blocking, notify, Ended},
    context::Context,
    error::Error,
    hex::Hex,
};
use icn_dag::{limits::NODE_BYTES_MAX, Cid, Did, Key, Kind, Moment};
use icn_merkle::InclusionProof;
use icn_primitives::{BlockNumber, Hash};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{PendingSubscriptionSink, RpcModule},
};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use std::str::FromStr;
use tokio::sync::broadcast::error::RecvError;

/// Records in one answer, at most.
const LIST_MAX: u64 = 1_000;

/// Records in one answer when nothing is said.
const LIST_DEFAULT: u64 = 100;

/// Registers the methods, on a node that keeps records.
pub(crate) fn register(module: &mut RpcModule<Context>, offered: bool) -> Result<(), RegisterMethodError> {
    if !offered {
        return Ok(());
    }
    blocking(module, "icn_dagPut", &["record"], put)?;
    blocking(module, "icn_dagGet", &["cid"], get)?;
    blocking(module, "icn_dagNext", &["dag", "issuer", "key"], next)?;
    blocking(module, "icn_dagTips", &["dag"], tips)?;
    blocking(module, "icn_dagChildren", &["cid", "limit"], children)?;
    blocking(module, "icn_dagQuery", &["query"], query)?;
    blocking(module, "icn_dagProof", &["cid"], proof)?;
    blocking(module, "icn_dagEvidence", &["dag", "key"], evidence)?;
    module.register_subscription(
        "icn_dagSubscribe",
        "icn_dagRecord",
        "icn_dagUnsubscribe",
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

/// Something that is written as text.
#[derive(Debug)]
pub(crate) struct Text<T>(pub(crate) T);

impl<'de, T: FromStr<Err: std::fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl<T> Argument for Text<T> where Self: DeserializeOwned {}

/// An Ed25519 key in hex.
#[derive(Debug)]
struct HexKey(Key);

impl<'de> Deserialize<'de> for HexKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Hex::<32>::deserialize(deserializer)?.0;
        let bytes = bytes.try_into().map_err(|_| serde::de::Error::custom("an Ed25519 key has 32 bytes"))?;
        Ok(Self(Key(bytes)))
    }
}

impl Argument for HexKey {}

/// Where a record stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FinalJson {
    height: BlockNumber,
    place: u64,
}

/// A record.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordJson {
    cid: Cid,
    record: Hex,
    r#final: Option<FinalJson>,
}

/// What a writer's next record is to say.
#[derive(Clone, Debug, Serialize)]
struct NextJson {
    seq: u64,
    epoch: u64,
    time: Moment,
    parents: Vec<Cid>,
}

/// One entry of a list.
#[derive(Clone, Debug, Serialize)]
struct ListedJson {
    time: Moment,
    cid: Cid,
}

/// Whose records are looked for, and which of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryJson {
    dag: Option<Text<Did>>,
    issuer: Option<Text<Did>>,
    scope: Option<Text<Did>>,
    kind: Option<Text<Kind>>,
    from: Option<Moment>,
    to: Option<Moment>,
    after: Option<AfterJson>,
    limit: Option<u64>,
}

/// Where the answer before ended.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterJson {
    time: Moment,
    cid: Text<Cid>,
}

impl Argument for QueryJson {}

#[derive(Clone, Debug, Serialize)]
struct BlockJson {
    hash: Hash,
    number: BlockNumber,
}

/// The proof that a record is final, to be completed by the block's signed header.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProofJson {
    block: BlockJson,
    root: Hash,
    record: Option<Hex>,
    inclusion: InclusionProof,
    log_key: Hex,
    log: Hex,
    log_proof: Hex,
}

impl From<RecordProof> for ProofJson {
    fn from(proof: RecordProof) -> Self {
        Self {
            block: BlockJson { hash: proof.block.hash, number: proof.block.number },
            root: proof.root,
            record: proof.record.map(Hex),
            inclusion: proof.inclusion,
            log_key: Hex(proof.log_key),
            log: Hex(proof.log),
            log_proof: Hex(proof.log_proof),
        }
    }
}

fn records(context: &Context) -> Result<&dyn crate::backend::Records, Error> {
    // The methods are registered where there are records.
    context.records.as_deref().ok_or(Error::Internal)
}

fn put(context: &Context, mut arguments: Arguments) -> Result<Cid, Error> {
    let record: Hex<NODE_BYTES_MAX> = arguments.required("record")?;
    Ok(records(context)?.put(&record.0)?)
}

fn get(context: &Context, mut arguments: Arguments) -> Result<Option<RecordJson>, Error> {
    let Text(cid) = arguments.required("cid")?;
    let found = records(context)?.get(&cid)?;
    Ok(found.map(|FoundRecord { bytes, place }| RecordJson {
        cid,
        record: Hex(bytes),
        r#final: place.map(|(height, place)| FinalJson { height, place }),
    }))
}

fn next(context: &Context, mut arguments: Arguments) -> Result<NextJson, Error> {
    let (Text(dag), Text(issuer)) = (arguments.required("dag")?, arguments.required("issuer")?);
    let HexKey(key) = arguments.required("key")?;
    let next = records(context)?.next(&dag, &issuer, &key)?;
    Ok(NextJson { seq: next.seq, epoch: next.epoch, time: next.time, parents: next.parents })
}

fn tips(context: &Context, mut arguments: Arguments) -> Result<Vec<Cid>, Error> {
    let Text(dag) = arguments.required("dag")?;
    Ok(records(context)?.tips(&dag, LIST_MAX as usize)?)
}

fn children(context: &Context, mut arguments: Arguments) -> Result<Vec<Cid>, Error> {
    let Text(cid) = arguments.required("cid")?;
    let limit = limit(arguments.optional("limit")?)?;
    Ok(records(context)?.children(&cid, limit)?)
}

fn limit(given: Option<u64>) -> Result<usize, Error> {
    match given.unwrap_or(LIST_DEFAULT) {
        value if value > LIST_MAX => Err(Error::InvalidCount { value, max: LIST_MAX }),
        value => Ok(value as usize),
    }
}

fn query(context: &Context, mut arguments: Arguments) -> Result<Vec<ListedJson>, Error> {
    let query: QueryJson = arguments.required("query")?;
    let key = match (query.dag, query.issuer, query.scope, query.kind) {
        (Some(Text(dag)), None, None, None) => RecordQueryKey::Dag(dag),
        (Some(Text(dag)), None, None, Some(Text(kind))) => RecordQueryKey::Kind(dag, kind),
        (None, Some(Text(issuer)), None, None) => RecordQueryKey::Issuer(issuer),
        (None, None, Some(Text(scope)), None) => RecordQueryKey::Scope(scope),
        _ => return Err(Error::InvalidParams("expected one of dag, issuer and scope, and kind with dag only".into())),
    };
    let times = query.from.unwrap_or(0)..=query.to.unwrap_or(Moment::MAX);
    let after = query.after.map(|AfterJson { time, cid: Text(cid) }| (time, cid));
    let found = records(context)?.query(&RecordQuery { key, times, after, limit: limit(query.limit)? })?;
    Ok(found.into_iter().map(|(time, cid)| ListedJson { time, cid }).collect())
}

fn proof(context: &Context, mut arguments: Arguments) -> Result<Option<ProofJson>, Error> {
    let Text(cid) = arguments.required("cid")?;
    Ok(records(context)?.prove(&cid)?.map(ProofJson::from))
}

fn evidence(context: &Context, mut arguments: Arguments) -> Result<Option<Hex>, Error> {
    let Text(dag) = arguments.required("dag")?;
    let HexKey(key) = arguments.required("key")?;
    Ok(records(context)?.evidence(&dag, &key)?.map(Hex))
}

/// Sends the name of every record that this node takes from now on.
async fn follow(pending: PendingSubscriptionSink, context: std::sync::Arc<Context>) -> Ended {
    let Some(records) = context.records.clone() else { return Ended::Failed };
    let mut taken = records.taken();
    let Ok(mut sink) = pending.accept().await else { return Ended::Quietly };
    loop {
        let next = tokio::select! {
            () = sink.closed() => return Ended::Quietly,
            next = taken.recv() => next,
        };
        match next {
            Ok(cid) => {
                if let Err(ended) = notify(&mut sink, &cid) {
                    return ended;
                }
            }
            Err(RecvError::Lagged(_)) => return Ended::SlowReader,
            Err(RecvError::Closed) => return Ended::Quietly,
        }
    }
}
