//! `icn_blob*`: blobs. Large ones come and go in pieces.

use crate::{
    arguments::{Argument, Arguments, Text},
    backend::{BlobCollection, BlobDetails, BlobFetch, BlobPin, BlobRefusal, BlobSummary, Blobs},
    calls::blocking,
    context::Context,
    error::Error,
    hex::Hex,
};
use icn_blob::{Permit, Root};
use icn_dag::{Cid, Did, Key, Moment};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::{Deserialize, Serialize};

/// Bytes that one call takes or gives, at most.
pub const BLOB_CALL_BYTES_MAX: usize = 1024 * 1024;

/// Blobs in one answer, at most.
const LIST_MAX: u64 = 1_000;

/// Blobs in one answer when nothing is said.
const LIST_DEFAULT: u64 = 100;

/// Bytes of a pin's reason, at most.
const REASON_BYTES_MAX: usize = 256;

/// Characters of the name of an upload, at most.
const UPLOAD_CHARACTERS_MAX: usize = 64;

/// Registers the methods, on a node that keeps blobs.
pub(crate) fn register(module: &mut RpcModule<Context>, offered: bool) -> Result<(), RegisterMethodError> {
    if !offered {
        return Ok(());
    }
    blocking(module, "icn_blobBegin", &["permit"], begin)?;
    blocking(module, "icn_blobPut", &["upload", "offset", "data"], put)?;
    blocking(module, "icn_blobFinish", &["upload"], finish)?;
    blocking(module, "icn_blobCancel", &["upload"], cancel)?;
    blocking(module, "icn_blobGet", &["cid", "offset", "length"], get)?;
    blocking(module, "icn_blobInfo", &["cid"], info)?;
    blocking(module, "icn_blobFetch", &["cid"], fetch)?;
    blocking(module, "icn_blobList", &["after", "limit"], list)?;
    blocking(module, "icn_blobPin", &["cid", "owner", "until", "reason"], pin)?;
    blocking(module, "icn_blobUnpin", &["cid", "owner"], unpin)?;
    blocking(module, "icn_blobGc", &[], |context, _| Ok(CollectionJson::from(operators(context)?.collect()?)))
}

/// An owner's permit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PermitJson {
    root: Text<Cid>,
    size: u64,
    owner: Text<Did>,
    dag: Text<Did>,
    key: Hex<32>,
    expiry: Moment,
    signature: Hex<64>,
}

impl Argument for PermitJson {}

impl TryFrom<PermitJson> for Permit {
    type Error = Error;

    fn try_from(permit: PermitJson) -> Result<Self, Error> {
        let exactly = |what| Error::InvalidParams(format!("{what} has another length"));
        Ok(Self {
            root: Root { cid: permit.root.0, size: permit.size },
            owner: permit.owner.0,
            dag: permit.dag.0,
            key: Key(permit.key.0.try_into().map_err(|_| exactly("a key of 32 bytes"))?),
            expiry: permit.expiry,
            signature: permit.signature.0.try_into().map_err(|_| exactly("a signature of 64 bytes"))?,
        })
    }
}

/// An upload that began; no name when the blob is here already.
#[derive(Clone, Debug, Serialize)]
struct BegunJson {
    upload: Option<String>,
}

/// Bytes of a blob.
#[derive(Clone, Debug, Serialize)]
struct BytesJson {
    size: u64,
    data: Hex<BLOB_CALL_BYTES_MAX>,
}

/// A blob.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson {
    cid: Cid,
    size: u64,
    put: Moment,
    idle_since: Option<Moment>,
}

impl From<BlobSummary> for SummaryJson {
    fn from(blob: BlobSummary) -> Self {
        Self { cid: blob.root, size: blob.size, put: blob.put, idle_since: blob.idle_since }
    }
}

/// A pin.
#[derive(Clone, Debug, Serialize)]
struct PinJson {
    owner: Option<String>,
    until: Option<Moment>,
    reason: String,
}

/// All that is known of a blob.
#[derive(Clone, Debug, Serialize)]
struct DetailsJson {
    #[serde(flatten)]
    summary: SummaryJson,
    owners: Vec<String>,
    pins: Vec<PinJson>,
    records: Vec<Cid>,
}

impl From<BlobDetails> for DetailsJson {
    fn from(blob: BlobDetails) -> Self {
        let text = |did: Did| did.as_str().to_owned();
        let pin = |pin: BlobPin| PinJson { owner: pin.owner.map(text), until: pin.until, reason: pin.reason };
        Self {
            summary: blob.summary.into(),
            owners: blob.owners.into_iter().map(text).collect(),
            pins: blob.pins.into_iter().map(pin).collect(),
            records: blob.records,
        }
    }
}

/// How far a fetch is.
#[derive(Clone, Debug, Serialize)]
struct FetchJson {
    here: bool,
    size: Option<u64>,
    fetched: u64,
}

/// What was removed.
#[derive(Clone, Debug, Serialize)]
struct CollectionJson {
    removed: u64,
    bytes: u64,
    kept: u64,
}

impl From<BlobCollection> for CollectionJson {
    fn from(BlobCollection { removed, bytes, kept }: BlobCollection) -> Self {
        Self { removed, bytes, kept }
    }
}

fn blobs(context: &Context) -> Result<&dyn Blobs, Error> {
    // The methods are registered where there are blobs.
    context.blobs.as_deref().ok_or(Error::Internal)
}

/// The blobs, for the operator only.
fn operators(context: &Context) -> Result<&dyn Blobs, Error> {
    let blobs = blobs(context)?;
    blobs.is_for_operator().then_some(blobs).ok_or(Error::Unsafe)
}

fn upload(arguments: &mut Arguments) -> Result<String, Error> {
    let upload: String = arguments.required("upload")?;
    if upload.len() > UPLOAD_CHARACTERS_MAX {
        return Err(BlobRefusal::UnknownUpload.into());
    }
    Ok(upload)
}

fn begin(context: &Context, mut arguments: Arguments) -> Result<BegunJson, Error> {
    let permit: PermitJson = arguments.required("permit")?;
    Ok(BegunJson { upload: blobs(context)?.begin(permit.try_into()?)? })
}

fn put(context: &Context, mut arguments: Arguments) -> Result<u64, Error> {
    let upload = upload(&mut arguments)?;
    let offset: u64 = arguments.required("offset")?;
    let data: Hex<BLOB_CALL_BYTES_MAX> = arguments.required("data")?;
    Ok(blobs(context)?.put(&upload, offset, &data.0)?)
}

fn finish(context: &Context, mut arguments: Arguments) -> Result<Cid, Error> {
    Ok(blobs(context)?.finish(&upload(&mut arguments)?)?)
}

fn cancel(context: &Context, mut arguments: Arguments) -> Result<bool, Error> {
    Ok(blobs(context)?.cancel(&upload(&mut arguments)?)?)
}

fn get(context: &Context, mut arguments: Arguments) -> Result<BytesJson, Error> {
    let Text(cid) = arguments.required("cid")?;
    let (offset, max) = (arguments.optional::<u64>("offset")?.unwrap_or(0), BLOB_CALL_BYTES_MAX as u64);
    let length: Option<u64> = arguments.optional("length")?;
    if let Some(value) = length.filter(|length| *length > max) {
        return Err(Error::InvalidCount { value, max });
    }
    let blobs = blobs(context)?;
    let size = blobs.info(&cid)?.ok_or(BlobRefusal::NotFound(cid))?.summary.size;
    // What is not said is as much as there is and fits.
    let length = length.unwrap_or_else(|| size.saturating_sub(offset).min(max));
    let data = blobs.read(&cid, offset..offset.saturating_add(length))?;
    Ok(BytesJson { size, data: Hex(data) })
}

fn info(context: &Context, mut arguments: Arguments) -> Result<Option<DetailsJson>, Error> {
    let Text(cid) = arguments.required("cid")?;
    Ok(blobs(context)?.info(&cid)?.map(DetailsJson::from))
}

fn fetch(context: &Context, mut arguments: Arguments) -> Result<FetchJson, Error> {
    let Text(cid) = arguments.required("cid")?;
    Ok(match blobs(context)?.fetch(&cid)? {
        BlobFetch::Here { size } => FetchJson { here: true, size: Some(size), fetched: size },
        BlobFetch::Fetching { size, fetched } => FetchJson { here: false, size, fetched },
    })
}

fn list(context: &Context, mut arguments: Arguments) -> Result<Vec<SummaryJson>, Error> {
    let after: Option<Text<Cid>> = arguments.optional("after")?;
    let limit = match arguments.optional("limit")?.unwrap_or(LIST_DEFAULT) {
        value if value > LIST_MAX => return Err(Error::InvalidCount { value, max: LIST_MAX }),
        value => value as usize,
    };
    let found = blobs(context)?.list(after.map(|Text(cid)| cid).as_ref(), limit)?;
    Ok(found.into_iter().map(SummaryJson::from).collect())
}

fn pin(context: &Context, mut arguments: Arguments) -> Result<bool, Error> {
    let blobs = operators(context)?;
    let Text(cid) = arguments.required("cid")?;
    let owner: Option<Text<Did>> = arguments.optional("owner")?;
    let (until, reason) = (arguments.optional("until")?, arguments.optional::<String>("reason")?.unwrap_or_default());
    if reason.len() > REASON_BYTES_MAX {
        return Err(Error::InvalidParams(format!("a reason has at most {REASON_BYTES_MAX} bytes")));
    }
    blobs.pin(&cid, BlobPin { owner: owner.map(|Text(owner)| owner), until, reason })?;
    Ok(true)
}

fn unpin(context: &Context, mut arguments: Arguments) -> Result<bool, Error> {
    let blobs = operators(context)?;
    let Text(cid) = arguments.required("cid")?;
    let owner: Option<Text<Did>> = arguments.optional("owner")?;
    Ok(blobs.unpin(&cid, owner.map(|Text(owner)| owner).as_ref())?)
}
