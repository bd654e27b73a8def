//! Why a node, an anchor entry or a proof of equivocation is refused (SPEC-DAG-23).

use crate::{cid::Cid, did::Did, key::Key, scope::Scope, words::Kind, BlockNumber, Epoch, Moment};

/// Why bytes are not canonical dag-cbor of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes end within an item.
    #[error("the bytes end too early")]
    Truncated,
    /// Bytes follow the item.
    #[error("bytes follow")]
    Trailing,
    /// A number or a length is written with more bytes than it needs.
    #[error("a number or length is longer than it needs")]
    NotMinimal,
    /// An item has no length of its own.
    #[error("an indefinite length")]
    Indefinite,
    /// A first byte that CBOR reserves.
    #[error("a reserved first byte")]
    Reserved,
    /// A floating-point number, of whatever size: records have none.
    #[error("a floating-point number")]
    Float,
    /// A simple value other than false, true and null.
    #[error("a simple value other than false, true and null")]
    Simple,
    /// A tag other than 42.
    #[error("a tag other than 42")]
    Tag,
    /// Tag 42 with something other than a zero byte and a CID.
    #[error("a link that is no CID")]
    Link,
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    Text,
    /// A key of a map that is not text.
    #[error("a key that is not text")]
    Key,
    /// A key of a map that is there twice.
    #[error("a key twice")]
    KeyTwice,
    /// A key of a map that belongs before the one before it: shorter keys come first, then bytes decide.
    #[error("keys out of order")]
    KeyOrder,
    /// What was decoded encodes to other bytes, or not at all. The walk over the bytes finds its reason first, so this is a
    /// second line.
    #[error("it encodes otherwise")]
    Form,
}

/// A bound that is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// The bytes of a node or of its payload.
    #[error("too many bytes")]
    Bytes,
    /// Lists and maps inside each other.
    #[error("too deep")]
    Depth,
    /// Values, lists, maps and keys.
    #[error("too many items")]
    Items,
    /// Parents.
    #[error("too many parents")]
    Parents,
    /// References.
    #[error("too many references")]
    References,
}

/// Why a node, an anchor entry or a proof of equivocation is refused.
///
/// The issuer can mend what is marked *issuer* with a new node; what is marked *later* may be right when the state has moved
/// on; everything else is wrong for ever.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not canonical dag-cbor.
    #[error("not canonical at byte {at}: {fault}")]
    NotCanonical {
        /// Where the item in question begins.
        at: usize,
        /// What is wrong with it.
        fault: Fault,
    },
    /// It exceeds a bound. *Issuer*: what is large is a blob.
    #[error("{0}")]
    TooLarge(Limit),
    /// It has a format of another version. *Later*: a newer node reads it.
    #[error("format version {0} is unknown")]
    UnknownVersion(u64),
    /// A field is missing, has another type, or is out of its range.
    #[error("field {field} is missing or malformed")]
    Malformed {
        /// The field, with dots between levels.
        field: &'static str,
    },
    /// There is a field that the format does not have.
    #[error("there is a field that a node does not have")]
    UnknownField,
    /// The node is known already.
    #[error("node {0} is known")]
    Duplicate(Cid),
    /// A parent is not known. *Later*: whoever receives the node asks for its parent.
    #[error("parent {0} is unknown")]
    UnknownParent(Cid),
    /// A parent belongs to another DAG and the kind is not `link`, or no parent of a `link` belongs to its own.
    #[error("parent {0} belongs to another DAG")]
    CycleOrForeignParent(Cid),
    /// The sequence number does not follow the last one of this DAG, issuer and key. *Later* when it is too high.
    #[error("sequence number {got} where {want} follows")]
    BadSequence {
        /// The number that follows.
        want: u64,
        /// The number given.
        got: u64,
    },
    /// Another node has this sequence number. It is an accusation only: the signature is not checked yet, see
    /// [`Equivocation`](crate::Equivocation).
    #[error("node {1} has the sequence number of node {0}")]
    Equivocation(Cid, Cid),
    /// The epoch is before a parent's, or to come. *Later* when it is to come.
    #[error("epoch {got} is not between {min} and {max}")]
    BadEpoch {
        /// The latest of its parents.
        min: Epoch,
        /// The present one.
        max: Epoch,
        /// The node's.
        got: Epoch,
    },
    /// The time is before a parent's, or too far ahead of the block's. *Later* when it is ahead.
    #[error("time {got} is not between {min} and {max}")]
    BadTime {
        /// The latest of its parents.
        min: Moment,
        /// The block's, and what is allowed beyond.
        max: Moment,
        /// The node's.
        got: Moment,
    },
    /// Nobody has this DID. *Later*.
    #[error("issuer {0} is unknown")]
    UnknownIssuer(Did),
    /// The issuer has never had this key. *Later*.
    #[error("key {0} is none of the issuer's")]
    UnknownKey(Key),
    /// The key did not sign for the issuer at the node's epoch, or does not any more. *Issuer*.
    #[error("key {0} is revoked")]
    KeyRevoked(Key),
    /// The signature is not the key's over the signing CID.
    #[error("the signature is wrong")]
    BadSignature,
    /// The block of this height did not emit the node, or is not there yet. *Later* in the second case.
    #[error("block {height} did not emit the node")]
    NotEmitted {
        /// The block that the node names.
        height: BlockNumber,
    },
    /// The issuer has no role in the scope that may make nodes of this kind in this DAG. *Issuer*.
    #[error("no right to make a {kind} for {scope}")]
    Unauthorised {
        /// For whom the node speaks.
        scope: Scope,
        /// What it is.
        kind: Kind,
    },
    /// The payload, or a reference that gives it its meaning, is not as the kind and visibility want it. *Issuer*.
    #[error("{0} is not as the node's kind and visibility want it")]
    BadPayload(&'static str),
    /// An anchor entry names another node as the one before it.
    #[error("the entry's previous node is not the last one")]
    BadPrevious {
        /// The last node of this DAG, issuer and key.
        want: Option<Cid>,
        /// The entry's.
        got: Option<Cid>,
    },
    /// A proof of equivocation is of nodes with different places, of one node, or out of order.
    #[error("these are not two nodes with one sequence number, the lesser first")]
    NotEquivocation,
}

impl Error {
    /// The name under which clients know the reason. It never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotCanonical { .. } => "not_canonical",
            Self::TooLarge(_) => "too_large",
            Self::UnknownVersion(_) => "unknown_version",
            Self::Malformed { .. } => "malformed",
            Self::UnknownField => "unknown_field",
            Self::Duplicate(_) => "duplicate",
            Self::UnknownParent(_) => "unknown_parent",
            Self::CycleOrForeignParent(_) => "cycle_or_foreign_parent",
            Self::BadSequence { .. } => "bad_sequence",
            Self::Equivocation(..) => "equivocation",
            Self::BadEpoch { .. } => "bad_epoch",
            Self::BadTime { .. } => "bad_time",
            Self::UnknownIssuer(_) => "unknown_issuer",
            Self::UnknownKey(_) => "unknown_key",
            Self::KeyRevoked(_) => "key_revoked",
            Self::BadSignature => "bad_signature",
            Self::NotEmitted { .. } => "not_emitted",
            Self::Unauthorised { .. } => "unauthorised",
            Self::BadPayload(_) => "bad_payload",
            Self::BadPrevious { .. } => "bad_previous",
            Self::NotEquivocation => "not_equivocation",
        }
    }
}
