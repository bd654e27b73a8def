//! `icn_dag*`: signed records.

use crate::{
    arguments::{Argument, Arguments, Text},
    backend::{
        FoundRecord, Reader, RecordProof, RecordQuery, RecordQueryKey, RecordWalk, RecordsStatus, Related, Shown,
        WalkBounds,
    },
    calls::{blocking, notify, Ended},
    context::Context,
    error::Error,
    hex::Hex,
    server::Local,
};
use icn_dag::{limits::NODE_BYTES_MAX, Cid, Did, Key, Kind, Moment, ReadProof};
use icn_merkle::InclusionProof;
use icn_primitives::{BlockNumber, Hash};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{PendingSubscriptionSink, RpcModule},
    types::ErrorObjectOwned,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Records in one answer, at most.
const LIST_MAX: u64 = 1_000;

/// Records in one answer when nothing is said.
const LIST_DEFAULT: u64 = 100;

/// Records that are looked at to find how two are related, at most, and when nothing is said.
const LOOK_MAX: u64 = 100_000;
const LOOK_DEFAULT: u64 = 10_000;

/// Registers the methods, on a node that keeps records.
pub(crate) fn register(module: &mut RpcModule<Context>, offered: bool) -> Result<(), RegisterMethodError> {
    if !offered {
        return Ok(());
    }
    blocking(module, "icn_dagPut", &["record"], put)?;
    reading(module, "icn_dagGet", get)?;
    blocking(module, "icn_dagNext", &["dag", "issuer", "key"], next)?;
    blocking(module, "icn_dagTips", &["dag"], tips)?;
    blocking(module, "icn_dagChildren", &["cid", "limit"], children)?;
    blocking(module, "icn_dagAncestors", &["cid", "limit", "depth"], ancestors)?;
    blocking(module, "icn_dagDescendants", &["cid", "limit", "depth"], descendants)?;
    blocking(module, "icn_dagPath", &["from", "to", "lookAt"], path)?;
    blocking(module, "icn_dagCommonAncestors", &["one", "other", "lookAt"], common_ancestors)?;
    blocking(module, "icn_dagOrder", &["dag", "from", "limit"], order)?;
    blocking(module, "icn_dagQuery", &["query"], query)?;
    blocking(module, "icn_dagStatus", &[], status)?;
    reading(module, "icn_dagProof", proof)?;
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

/// Registers a call that reads a record: what it answers depends on who asks.
fn reading<T, W>(module: &mut RpcModule<Context>, name: &'static str, work: W) -> Result<(), RegisterMethodError>
where
    T: Serialize + Clone + Send + 'static,
    W: Fn(&Context, &Cid, &Reader) -> Result<T, Error> + Copy + Send + Sync + 'static,
{
    module.register_async_method(name, move |params, context, extensions| async move {
        let mut arguments = Arguments::new(&params, &["cid", "reader"])?;
        let local = extensions.get() == Some(&Local(true));
        let workers = context.workers.clone();
        let answer = workers.run(move || {
            let Text(cid) = arguments.required("cid")?;
            let proof = arguments.optional::<ReaderJson>("reader")?.map(ReadProof::from);
            work(&context, &cid, &Reader { local, proof })
        });
        answer.await?.map_err(ErrorObjectOwned::from)
    })?;
    Ok(())
}

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

/// A record, or what is shown of it to whom its payload is not for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordJson {
    cid: Cid,
    record: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<HeaderJson>,
    r#final: Option<FinalJson>,
}

/// A record without its payload.
#[derive(Clone, Debug, Serialize)]
struct HeaderJson {
    header: Hex,
    signature: Hex,
}

/// Who reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderJson {
    issuer: Option<Text<Did>>,
    key: HexKey,
    expiry: Moment,
    signature: HexSignature,
}

impl Argument for ReaderJson {}

impl From<ReaderJson> for ReadProof {
    fn from(reader: ReaderJson) -> Self {
        let HexKey(key) = reader.key;
        let issuer = reader.issuer.map_or_else(|| Did::of_key(&key), |Text(issuer)| issuer);
        Self { issuer, key, expiry: reader.expiry, signature: reader.signature.0 }
    }
}

/// An Ed25519 signature in hex.
#[derive(Debug)]
struct HexSignature([u8; 64]);

impl<'de> Deserialize<'de> for HexSignature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Hex::<64>::deserialize(deserializer)?.0;
        let bytes = bytes.try_into().map_err(|_| serde::de::Error::custom("an Ed25519 signature has 64 bytes"))?;
        Ok(Self(bytes))
    }
}

/// What a walk comes to.
#[derive(Clone, Debug, Serialize)]
struct WalkJson {
    records: Vec<ReachedJson>,
    complete: bool,
}

#[derive(Clone, Debug, Serialize)]
struct ReachedJson {
    cid: Cid,
    depth: u32,
}

impl From<RecordWalk> for WalkJson {
    fn from(walk: RecordWalk) -> Self {
        let records = walk.records.into_iter().map(|(cid, depth)| ReachedJson { cid, depth }).collect();
        Self { records, complete: walk.complete }
    }
}

/// A way between two records.
#[derive(Clone, Debug, Serialize)]
struct PathJson {
    path: Option<Vec<Cid>>,
    complete: bool,
}

/// Where two lines of descent part.
#[derive(Clone, Debug, Serialize)]
struct CommonJson {
    records: Vec<Cid>,
    complete: bool,
}

/// A final record in its DAG's order.
#[derive(Clone, Debug, Serialize)]
struct PlacedJson {
    place: u64,
    cid: Cid,
}

/// How this node does with records.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusJson {
    epoch: u64,
    keep_epochs: Option<u64>,
    waiting: u64,
    missing: u64,
    withheld: u64,
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
    r#ref: Option<Text<Cid>>,
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

fn get(context: &Context, cid: &Cid, reader: &Reader) -> Result<Option<RecordJson>, Error> {
    let Some(FoundRecord { shown, place }) = records(context)?.get(cid, reader)? else { return Ok(None) };
    let (record, header) = match shown {
        Shown::Record(bytes) => (Some(Hex(bytes)), None),
        Shown::Header(signed) => {
            let (header, signature) = (Hex(signed.header.to_bytes()), Hex(signed.signature.to_vec()));
            (None, Some(HeaderJson { header, signature }))
        }
    };
    let r#final = place.map(|(height, place)| FinalJson { height, place });
    Ok(Some(RecordJson { cid: *cid, record, header, r#final }))
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
    within(given.unwrap_or(LIST_DEFAULT), LIST_MAX)
}

fn within(value: u64, max: u64) -> Result<usize, Error> {
    match value {
        value if value > max => Err(Error::InvalidCount { value, max }),
        value => Ok(value as usize),
    }
}

fn bounds(arguments: &mut Arguments) -> Result<WalkBounds, Error> {
    let count = limit(arguments.optional("limit")?)?;
    // More steps than records are none.
    let depth = arguments.optional::<u64>("depth")?.map_or(u32::MAX, |depth| depth.try_into().unwrap_or(u32::MAX));
    Ok(WalkBounds { count, depth })
}

fn ancestors(context: &Context, mut arguments: Arguments) -> Result<Option<WalkJson>, Error> {
    let Text(cid) = arguments.required("cid")?;
    Ok(records(context)?.ancestors(&cid, bounds(&mut arguments)?)?.map(WalkJson::from))
}

fn descendants(context: &Context, mut arguments: Arguments) -> Result<Option<WalkJson>, Error> {
    let Text(cid) = arguments.required("cid")?;
    Ok(records(context)?.descendants(&cid, bounds(&mut arguments)?)?.map(WalkJson::from))
}

fn look_at(arguments: &mut Arguments) -> Result<usize, Error> {
    within(arguments.optional("lookAt")?.unwrap_or(LOOK_DEFAULT), LOOK_MAX)
}

fn path(context: &Context, mut arguments: Arguments) -> Result<PathJson, Error> {
    let (Text(from), Text(to)) = (arguments.required("from")?, arguments.required("to")?);
    let Related { found, complete } = records(context)?.path(&from, &to, look_at(&mut arguments)?)?;
    Ok(PathJson { path: found, complete })
}

fn common_ancestors(context: &Context, mut arguments: Arguments) -> Result<CommonJson, Error> {
    let (Text(one), Text(other)) = (arguments.required("one")?, arguments.required("other")?);
    let Related { found, complete } = records(context)?.common_ancestors(&one, &other, look_at(&mut arguments)?)?;
    Ok(CommonJson { records: found, complete })
}

fn order(context: &Context, mut arguments: Arguments) -> Result<Vec<PlacedJson>, Error> {
    let Text(dag) = arguments.required("dag")?;
    let from = arguments.optional("from")?.unwrap_or(0);
    let order = records(context)?.order(&dag, from, limit(arguments.optional("limit")?)?)?;
    Ok(order.into_iter().map(|(place, cid)| PlacedJson { place, cid }).collect())
}

fn status(context: &Context, _: Arguments) -> Result<StatusJson, Error> {
    let RecordsStatus { epoch, keep_epochs, waiting, missing, withheld } = records(context)?.status()?;
    Ok(StatusJson { epoch, keep_epochs, waiting, missing, withheld })
}

fn query(context: &Context, mut arguments: Arguments) -> Result<Vec<ListedJson>, Error> {
    let query: QueryJson = arguments.required("query")?;
    let key = match (query.dag, query.issuer, query.scope, query.r#ref, query.kind) {
        (Some(Text(dag)), None, None, None, None) => RecordQueryKey::Dag(dag),
        (Some(Text(dag)), None, None, None, Some(Text(kind))) => RecordQueryKey::Kind(dag, kind),
        (None, Some(Text(issuer)), None, None, None) => RecordQueryKey::Issuer(issuer),
        (None, None, Some(Text(scope)), None, None) => RecordQueryKey::Scope(scope),
        (None, None, None, Some(Text(cid)), None) => RecordQueryKey::Referring(cid),
        _ => {
            let words = "expected one of dag, issuer, scope and ref, and kind with dag only";
            return Err(Error::InvalidParams(words.into()));
        }
    };
    let times = query.from.unwrap_or(0)..=query.to.unwrap_or(Moment::MAX);
    let after = query.after.map(|AfterJson { time, cid: Text(cid) }| (time, cid));
    let found = records(context)?.query(&RecordQuery { key, times, after, limit: limit(query.limit)? })?;
    Ok(found.into_iter().map(|(time, cid)| ListedJson { time, cid }).collect())
}

fn proof(context: &Context, cid: &Cid, reader: &Reader) -> Result<Option<ProofJson>, Error> {
    Ok(records(context)?.prove(cid, reader)?.map(ProofJson::from))
}

fn evidence(context: &Context, mut arguments: Arguments) -> Result<Option<Hex>, Error> {
    let Text(dag) = arguments.required("dag")?;
    let HexKey(key) = arguments.required("key")?;
    Ok(records(context)?.evidence(&dag, &key)?.map(Hex))
}

/// Sends the name of every record that this node takes from now on.
async fn follow(pending: PendingSubscriptionSink, context: Arc<Context>) -> Ended {
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
