//! What a call answers instead of a result.
//!
//! Codes and words are in one table, [`crate::error_table`], which `docs/spec/rpc.md` repeats.

use crate::{
    backend::{BlobRefusal, CallError, DevelopmentError, ReadError, RecordError, RecordReadError},
    error_table::{self as table, Row},
    tendermint::Refusal,
};
use icn_dag::ReadProofError;
use icn_primitives::SubmitError;
use jsonrpsee::types::{ErrorObject, ErrorObjectOwned};
use serde_json::value::RawValue;
use sp_runtime::transaction_validity::InvalidTransaction;

/// Why a call has no result. [`Self::row`] is its place in the table; `Display` is the message on the wire.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Parameters of another number or type than the method takes; the data says what was expected.
    #[error("Invalid params")]
    InvalidParams(String),
    /// The node failed; its log says how.
    #[error("Internal error")]
    Internal,
    /// All worker threads are taken and the queue before them is full.
    #[error("Server is busy, try again later")]
    Busy,
    /// The connection makes more calls than its share.
    #[error("RPC rate limit exceeded")]
    RateLimit,
    /// A method that only the operator may call.
    #[error("RPC call is unsafe to be called externally")]
    Unsafe,
    /// A transaction does not enter the pool.
    #[error("{}", submit_words(.0))]
    Submit(#[source] SubmitError),
    /// A block or state cannot be read.
    #[error("Client error: {}", read_words(.0))]
    Read(#[from] ReadError),
    /// A runtime call failed.
    #[error("Client error: {}", call_words(.0))]
    Call(CallError),
    /// The range of `state_queryStorage` cannot be resolved.
    #[error("Cannot resolve a block range [{from:?}...{to:?}]. {reason}")]
    InvalidBlockRange {
        /// First block asked for.
        from: icn_primitives::Hash,
        /// Last block asked for.
        to: icn_primitives::Hash,
        /// What is wrong with it.
        reason: String,
    },
    /// More was asked for than one call gives.
    #[error("count exceeds maximum value. value: {value}, max: {max}")]
    InvalidCount {
        /// What was asked for, or found.
        value: u64,
        /// The most there is in one answer.
        max: u64,
    },
    /// The answer has more bytes than the server sends.
    #[error("Response is too big")]
    ResponseTooLarge {
        /// The most bytes of one answer.
        max: u32,
    },
    /// The runtime failed on what a call asks it.
    #[error("{}", .0.words())]
    Query(Question, #[source] CallError),
    /// The runtime's answer does not decode.
    #[error("Unable to decode the runtime's answer.")]
    Undecodable(#[source] codec::Error),
    /// A block was not made by hand.
    #[error("{0}")]
    Development(#[from] DevelopmentError),
    /// `chainHead_v1_follow`: the connection follows as often as it may.
    #[error("Maximum number of chainHead_follow has been reached")]
    TooManyFollows,
    /// The block is not pinned by this follow.
    #[error("Invalid block hash")]
    UnpinnedBlock,
    /// The follow has no runtime to call, or the runtime has no such method.
    #[error("Invalid runtime call: {0}")]
    RuntimeCall(String),
    /// `chainHead_v1_continue`: the operation is not waiting.
    #[error("Invalid operation: it does not wait to be continued")]
    InvalidContinue,
    /// `chainHead_v1_unpin`: a hash is given twice.
    #[error("Received duplicate hashes for the same block")]
    DuplicateHashes,
    /// A record breaks a rule; the data is the code of the rule.
    #[error("Record refused: {words}")]
    Record {
        /// The code.
        code: &'static str,
        /// The rule in words.
        words: String,
    },
    /// Too many records wait.
    #[error("Too many records wait to be final")]
    RecordsFull,
    /// Who asks for a record is not who they say they are.
    #[error("The proof of who reads does not hold: {0}")]
    Reader(#[source] ReadProofError),
    /// Who asks for a record is no writer of its DAG.
    #[error("This key may not write the DAG")]
    NotAWriter,
    /// A blob is not taken, given or kept.
    #[error("{}", blob_words(.0))]
    Blob(#[source] BlobRefusal),
    /// A Tendermint method has no answer; CometBFT calls that an internal error, and the data says why.
    #[error("Internal error")]
    Tendermint(#[from] Refusal),
}

/// What a call asks the runtime on the client's behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// `payment_queryInfo`.
    DispatchInfo,
    /// `payment_queryFeeDetails`.
    FeeDetails,
    /// `system_accountNextIndex`.
    Nonce,
    /// `system_dryRun`.
    DryRun,
}

impl Question {
    /// Substrate's words when there is no answer.
    fn words(self) -> &'static str {
        match self {
            Self::DispatchInfo => "Unable to query dispatch info.",
            Self::FeeDetails => "Unable to query fee details.",
            Self::Nonce => "Unable to query nonce.",
            Self::DryRun => "Unable to dry run transaction.",
        }
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Read(error) => Self::Read(error),
            error => Self::Call(error),
        }
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Refused(code, words) => Self::Record { code, words },
            RecordError::Full => Self::RecordsFull,
            RecordError::Read(error) => Self::Read(error),
        }
    }
}

impl From<RecordReadError> for Error {
    fn from(error: RecordReadError) -> Self {
        match error {
            RecordReadError::Proof(error) => Self::Reader(error),
            RecordReadError::NotAWriter => Self::NotAWriter,
            RecordReadError::Read(error) => Self::Read(error),
        }
    }
}

impl From<BlobRefusal> for Error {
    fn from(error: BlobRefusal) -> Self {
        match error {
            BlobRefusal::Read(error) => Self::Read(error),
            error => Self::Blob(error),
        }
    }
}

impl From<SubmitError> for Error {
    fn from(error: SubmitError) -> Self {
        Self::Submit(error)
    }
}

impl Error {
    /// The error's row of the table.
    pub fn row(&self) -> Row {
        match self {
            Self::InvalidParams(_) => table::INVALID_PARAMS,
            Self::Internal => table::INTERNAL,
            Self::Busy => table::BUSY,
            Self::RateLimit => table::RATE_LIMIT,
            Self::Unsafe => table::UNSAFE,
            Self::Submit(error) => submit_row(error),
            Self::Read(_) => table::READ,
            Self::Call(_) => table::READ,
            Self::InvalidBlockRange { .. } => table::BLOCK_RANGE,
            Self::InvalidCount { .. } => table::COUNT,
            Self::ResponseTooLarge { .. } => table::OVERSIZED_RESPONSE,
            Self::Query(..) => table::QUERY,
            Self::Undecodable(_) => table::UNDECODABLE,
            Self::Development(_) => table::DEVELOPMENT,
            Self::TooManyFollows => table::TOO_MANY_FOLLOWS,
            Self::UnpinnedBlock => table::UNPINNED_BLOCK,
            Self::RuntimeCall(_) => table::RUNTIME_CALL,
            Self::InvalidContinue => table::INVALID_CONTINUE,
            Self::DuplicateHashes => table::DUPLICATE_HASHES,
            Self::Record { .. } => table::RECORD,
            Self::RecordsFull => table::RECORDS_FULL,
            Self::Reader(ReadProofError::BadSignature) => table::READER_SIGNATURE,
            Self::Reader(ReadProofError::Expiry) => table::READER_EXPIRY,
            Self::NotAWriter => table::READER_UNKNOWN,
            Self::Blob(error) => blob_row(error),
            Self::Tendermint(_) => table::INTERNAL,
        }
    }

    /// What the error object's `data` says beyond the message.
    pub fn data(&self) -> Option<String> {
        match self {
            Self::InvalidParams(expected) => Some(expected.clone()),
            Self::Submit(error) => submit_data(error),
            Self::ResponseTooLarge { max } => Some(format!("Exceeded max limit of {max}")),
            Self::Query(_, CallError::Read(error)) => Some(read_words(error)),
            Self::Query(_, error) => Some(error.to_string()),
            Self::Undecodable(error) => Some(error.to_string()),
            Self::Tendermint(refusal) => Some(refusal.to_string()),
            Self::Record { code, .. } => Some((*code).into()),
            Self::Blob(BlobRefusal::QuotaExceeded { left, .. }) => Some(left.to_string()),
            Self::Blob(BlobRefusal::Offset { expected }) => Some(expected.to_string()),
            _ => None,
        }
    }
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        if let Error::Read(ReadError::State(source)) | Error::Query(_, CallError::Read(ReadError::State(source))) =
            &error
        {
            tracing::error!(%source, "a client's call could not read the store");
        }
        let data: Option<Box<RawValue>> = error.data().and_then(|text| serde_json::value::to_raw_value(&text).ok());
        ErrorObject::owned(error.row().code, error.to_string(), data)
    }
}

fn blob_row(error: &BlobRefusal) -> Row {
    match error {
        BlobRefusal::NotFound(_) => table::BLOB_NOT_FOUND,
        BlobRefusal::Corrupt(_) => table::BLOB_CORRUPT,
        BlobRefusal::TooLarge { .. } => table::BLOB_TOO_LARGE,
        BlobRefusal::NotCanonical(_) => table::BLOB_NOT_CANONICAL,
        BlobRefusal::BadRange(_) => table::BLOB_RANGE,
        BlobRefusal::Permit(_) => table::BLOB_PERMIT,
        BlobRefusal::NotAuthorised { .. } => table::BLOB_NOT_AUTHORISED,
        BlobRefusal::QuotaExceeded { .. } => table::BLOB_QUOTA,
        BlobRefusal::Full { .. } => table::BLOB_FULL,
        BlobRefusal::NoProvider(_) => table::BLOB_NO_PROVIDER,
        BlobRefusal::Timeout(_) => table::BLOB_TIMEOUT,
        BlobRefusal::UnknownUpload => table::BLOB_UPLOAD,
        BlobRefusal::Offset { .. } => table::BLOB_OFFSET,
        BlobRefusal::Busy => table::BLOB_BUSY,
        BlobRefusal::Read(_) => table::READ,
    }
}

/// The words of the row, with what differs in place of the `…` at their end.
fn blob_words(error: &BlobRefusal) -> String {
    match blob_row(error).words.strip_suffix('…') {
        Some(words) => format!("{words}{error}"),
        None => blob_row(error).words.into(),
    }
}

fn submit_row(error: &SubmitError) -> Row {
    match error {
        SubmitError::BadFormat(_) => table::BAD_FORMAT,
        SubmitError::Invalid(_) => table::INVALID_TRANSACTION,
        SubmitError::Unknown(_) => table::UNKNOWN_TRANSACTION,
        SubmitError::TemporarilyBanned => table::TEMPORARILY_BANNED,
        SubmitError::AlreadyImported(_) => table::ALREADY_IMPORTED,
        SubmitError::TooLowPriority { .. } => table::TOO_LOW_PRIORITY,
        SubmitError::ImmediatelyDropped => table::IMMEDIATELY_DROPPED,
        SubmitError::Stopping => table::STOPPING,
    }
}

fn submit_words(error: &SubmitError) -> String {
    match error {
        SubmitError::BadFormat(reason) => format!("Extrinsic has invalid format: {reason}"),
        SubmitError::TooLowPriority { old, new } => format!("Priority is too low: ({old} vs {new})"),
        error => submit_row(error).words.into(),
    }
}

fn submit_data(error: &SubmitError) -> Option<String> {
    match error {
        SubmitError::Invalid(InvalidTransaction::Custom(code)) => Some(format!("Custom error: {code}")),
        SubmitError::Invalid(reason) => Some(<&'static str>::from(*reason).into()),
        SubmitError::Unknown(reason) => Some(<&'static str>::from(*reason).into()),
        SubmitError::AlreadyImported(hash) => Some(format!("{hash:?}")),
        SubmitError::TooLowPriority { .. } => {
            Some("The transaction has too low priority to replace another transaction already in the pool.".into())
        }
        SubmitError::ImmediatelyDropped => Some("The transaction couldn't enter the pool because of the limit".into()),
        _ => None,
    }
}

fn read_words(error: &ReadError) -> String {
    match error {
        ReadError::UnknownBlock(hash) => format!("UnknownBlock: Header was not found in the database: {hash:?}"),
        ReadError::Pruned { .. } => format!("UnknownBlock: State already discarded: {error}"),
        ReadError::State(_) => "the node's store cannot be read".into(),
    }
}

fn call_words(error: &CallError) -> String {
    match error {
        CallError::Read(error) => read_words(error),
        CallError::UnknownMethod(method) => format!("Execution failed: Exported method {method} is not found"),
        error => format!("Execution failed: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_table::TABLE;
    use icn_primitives::{Hash, StateError};
    use sp_runtime::transaction_validity::UnknownTransaction;

    fn blob() -> icn_dag::Cid {
        icn_dag::Cid::of(icn_dag::Codec::Raw, b"blob")
    }

    fn owner() -> icn_dag::Did {
        icn_dag::Did::of_key(&icn_dag::Key([7; 32]))
    }

    fn samples() -> Vec<Error> {
        let hash = Hash::zero();
        let read = || ReadError::Pruned { number: 1, oldest: 2 };
        vec![
            Error::InvalidParams("expected [hash]".into()),
            Error::Internal,
            Error::Busy,
            Error::RateLimit,
            Error::Unsafe,
            Error::Submit(SubmitError::BadFormat("short".into())),
            Error::Submit(SubmitError::Invalid(InvalidTransaction::BadProof)),
            Error::Submit(SubmitError::Unknown(UnknownTransaction::CannotLookup)),
            Error::Submit(SubmitError::TemporarilyBanned),
            Error::Submit(SubmitError::AlreadyImported(hash)),
            Error::Submit(SubmitError::TooLowPriority { old: 2, new: 1 }),
            Error::Submit(SubmitError::ImmediatelyDropped),
            Error::Submit(SubmitError::Stopping),
            Error::Read(ReadError::UnknownBlock(hash)),
            Error::Read(read()),
            Error::Call(CallError::UnknownMethod("Core_nothing".into())),
            Error::Call(CallError::OtherRuntime { number: 1, block_spec: 1, node_spec: 2 }),
            Error::InvalidBlockRange { from: hash, to: hash, reason: "it runs backwards".into() },
            Error::InvalidCount { value: 2, max: 1 },
            Error::ResponseTooLarge { max: 1 },
            Error::Query(Question::DispatchInfo, CallError::Read(read())),
            Error::Query(Question::FeeDetails, CallError::Read(read())),
            Error::Query(Question::Nonce, CallError::Read(read())),
            Error::Query(Question::DryRun, CallError::Read(read())),
            Error::Undecodable("short".into()),
            Error::Development(DevelopmentError::Stopping),
            Error::TooManyFollows,
            Error::UnpinnedBlock,
            Error::RuntimeCall("Core_nothing".into()),
            Error::InvalidContinue,
            Error::DuplicateHashes,
            Error::Record { code: "bad_signature", words: "the signature is wrong".into() },
            Error::RecordsFull,
            Error::Reader(ReadProofError::BadSignature),
            Error::Reader(ReadProofError::Expiry),
            Error::NotAWriter,
            Error::Blob(BlobRefusal::NotFound(blob())),
            Error::Blob(BlobRefusal::Corrupt(icn_blob::BlobError::CorruptBlob(blob()))),
            Error::Blob(BlobRefusal::TooLarge { bytes: 2, max: 1 }),
            Error::Blob(BlobRefusal::NotCanonical(icn_blob::BlobError::Missing(blob()))),
            Error::Blob(BlobRefusal::BadRange(icn_blob::BlobError::BadRange { start: 1, end: 3, size: 2 })),
            Error::Blob(BlobRefusal::Permit(icn_blob::PermitError::BadSignature)),
            Error::Blob(BlobRefusal::NotAuthorised { dag: owner(), owner: owner() }),
            Error::Blob(BlobRefusal::QuotaExceeded { needed: 2, left: 1 }),
            Error::Blob(BlobRefusal::Full { needed: 1 }),
            Error::Blob(BlobRefusal::NoProvider(blob())),
            Error::Blob(BlobRefusal::Timeout(blob())),
            Error::Blob(BlobRefusal::UnknownUpload),
            Error::Blob(BlobRefusal::Offset { expected: 1 }),
            Error::Blob(BlobRefusal::Busy),
            Error::Tendermint(Refusal::NoBlock),
        ]
    }

    /// Whether `text` is `words` with something in place of each `…`.
    fn fits(text: &str, words: &str) -> bool {
        let mut parts = words.split('…');
        let Some(mut rest) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
        for part in parts {
            match if part.is_empty() { Some(rest.len()) } else { rest.find(part).map(|at| at + part.len()) } {
                Some(end) => rest = &rest[end..],
                None => return false,
            }
        }
        rest.is_empty()
    }

    #[test]
    fn every_error_has_the_code_and_words_of_its_row() {
        for error in samples() {
            let (row, object) = (error.row(), ErrorObjectOwned::from(error));
            assert!(TABLE.contains(&row), "{row:?} is not in the table");
            assert_eq!(object.code(), row.code);
            assert!(fits(object.message(), row.words), "{:?} is not {:?}", object.message(), row.words);
        }
    }

    #[test]
    fn every_row_is_an_error_of_ours_or_of_the_server() {
        use jsonrpsee::types::error as server;
        let servers = [
            (server::PARSE_ERROR_CODE, server::PARSE_ERROR_MSG),
            (server::INVALID_REQUEST_CODE, server::INVALID_REQUEST_MSG),
            (server::METHOD_NOT_FOUND_CODE, server::METHOD_NOT_FOUND_MSG),
            (server::TOO_MANY_SUBSCRIPTIONS_CODE, server::TOO_MANY_SUBSCRIPTIONS_MSG),
            (server::OVERSIZED_REQUEST_CODE, server::OVERSIZED_REQUEST_MSG),
            (server::OVERSIZED_RESPONSE_CODE, server::OVERSIZED_RESPONSE_MSG),
            (server::TOO_BIG_BATCH_REQUEST_CODE, server::TOO_BIG_BATCH_REQUEST_MSG),
            (server::TOO_BIG_BATCH_RESPONSE_CODE, server::TOO_BIG_BATCH_RESPONSE_MSG),
        ];
        let ours: Vec<Row> = samples().iter().map(Error::row).collect();
        for row in TABLE {
            assert!(ours.contains(row) || servers.contains(&(row.code, row.words)), "{row:?} is nobody's");
        }
    }

    #[test]
    fn what_the_store_says_is_for_the_log_only() {
        let error = Error::Read(ReadError::State(StateError("/secret/path".into())));
        assert_eq!(error.to_string(), "Client error: the node's store cannot be read");
        assert_eq!(error.data(), None);
        let error = Error::Query(Question::Nonce, CallError::Read(ReadError::State(StateError("/secret/path".into()))));
        assert!(!error.data().unwrap_or_default().contains("secret"), "{:?}", error.data());
    }
}
