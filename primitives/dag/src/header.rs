//! A node without its payload and signature, which is what is signed (SPEC-DAG-5 to SPEC-DAG-8).

use crate::{
    ascending::{Ascending, AscendingError},
    cid::{Cid, Codec},
    did::Did,
    error::{Error, Limit},
    fields::{self, malformed, Fields},
    ipld,
    key::{Key, SignatureBytes},
    limits::{PARENTS_MAX, REFS_MAX},
    reference::Reference,
    scope::Scope,
    words::{Kind, ScopeKind, Visibility},
    BlockNumber, Epoch, Moment,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ipld_core::ipld::Ipld;
use scale_info::TypeInfo;
use serde::{Serialize, Serializer};

/// Version of the format. 1: the first.
pub const VERSION: u64 = 1;

/// The parents of a node.
pub type Parents = Ascending<Cid, PARENTS_MAX>;

/// The references of a node, by relation and then by CID.
pub type References = Ascending<Reference, REFS_MAX>;

/// Who makes a node valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum Author {
    /// A key of the issuer, by its signature.
    Key(Key),
    /// The block of this height, which emitted the node.
    Block(BlockNumber),
}

impl Author {
    /// The key of a signed node.
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Key(key) => Some(key),
            Self::Block(_) => None,
        }
    }
}

/// A node without its signature and with the CID of its payload instead of the payload: what is signed. It can be verified
/// by who does not have the payload, and two of them fit into a transaction where two nodes do not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Header {
    /// The DAG that the node belongs to, by its owner.
    pub dag: Did,
    /// The nodes that it follows.
    pub parents: Parents,
    /// Who makes it.
    pub issuer: Did,
    /// Which key of the issuer signs it, or which block emits it.
    pub author: Author,
    /// Its number among the nodes of this DAG, issuer and key, from 0 without gaps; a block's nodes are counted together.
    pub seq: u64,
    /// The epoch in which it is made.
    pub epoch: Epoch,
    /// When it is made, by the issuer's word.
    pub time: Moment,
    /// What it is.
    pub kind: Kind,
    /// For whom it speaks.
    pub scope: Scope,
    /// Who may see the payload.
    pub visibility: Visibility,
    /// What it refers to.
    pub refs: References,
    /// The CID of its payload.
    pub payload: Cid,
}

impl Header {
    /// The CID of the header, which is signed.
    pub fn signing_cid(&self) -> Cid {
        Cid::of(Codec::DagCbor, &self.to_bytes())
    }

    /// The header as dag-cbor.
    pub fn to_bytes(&self) -> Vec<u8> {
        ipld::to_bytes(&Wire::of(self, &self.payload, None)).expect("text, numbers, bytes and links have an encoding")
    }

    /// Decodes a header from a stranger's bytes: what [`Self::to_bytes`] makes.
    ///
    /// # Errors
    /// As [`crate::Node::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::of(ipld::decode(bytes, &ipld::Limits::NODE)?, "v")?;
        let version: u64 = fields.uint("v")?;
        if version != VERSION {
            return Err(Error::UnknownVersion(version));
        }
        let payload = fields::cid(&fields.take("payload")?, "payload")?;
        let author = match (fields.optional("key"), fields.optional("height")) {
            (Some(key), None) => Author::Key(Key(fields::bytes(&key, "key")?)),
            (None, Some(height)) => Author::Block(fields::uint(height, "height")?),
            _ => return malformed("key"),
        };
        let header = Self::take(&mut fields, author, payload)?;
        fields.end()?;
        Ok(header)
    }

    /// Checks what single fields do not show: SPEC-DAG-7.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn check(&self) -> Result<(), Error> {
        if !self.dag.is_icn() {
            return malformed("dag");
        }
        if self.parents.is_empty() != (self.kind == Kind::Genesis) {
            return malformed("parents");
        }
        if !self.scope.id.is_icn() && self.scope.kind != ScopeKind::Node {
            return malformed("scope.id");
        }
        Ok(())
    }

    /// Takes the fields of a header out of a decoded node; `payload` is the CID of what was taken before.
    pub(crate) fn take(fields: &mut Fields, author: Author, payload: Cid) -> Result<Self, Error> {
        let header = Self {
            dag: fields.text("dag")?,
            parents: parents(fields.list("parents")?)?,
            issuer: fields.text("issuer")?,
            author,
            seq: fields.uint("seq")?,
            epoch: fields.uint("epoch")?,
            time: fields.uint("time")?,
            kind: fields.text("kind")?,
            scope: scope(fields.take("scope")?)?,
            visibility: fields.text("visibility")?,
            refs: references(fields.list("refs")?)?,
            payload,
        };
        header.check()?;
        Ok(header)
    }
}

fn parents(list: Vec<Ipld>) -> Result<Parents, Error> {
    let cids = list.iter().map(|parent| fields::cid(parent, "parents")).collect::<Result<_, _>>()?;
    Parents::new(cids).map_err(|error| refused(error, Limit::Parents, "parents"))
}

fn references(list: Vec<Ipld>) -> Result<References, Error> {
    let references = list.into_iter().map(reference).collect::<Result<_, _>>()?;
    References::new(references).map_err(|error| refused(error, Limit::References, "refs"))
}

fn reference(ipld: Ipld) -> Result<Reference, Error> {
    let mut fields = Fields::of(ipld, "refs")?;
    let reference =
        Reference { rel: fields.text("refs.rel")?, cid: fields::cid(&fields.take("refs.cid")?, "refs.cid")? };
    fields.end()?;
    Ok(reference)
}

fn scope(ipld: Ipld) -> Result<Scope, Error> {
    let mut fields = Fields::of(ipld, "scope")?;
    let scope = Scope { kind: fields.text("scope.kind")?, id: fields.text("scope.id")? };
    fields.end()?;
    Ok(scope)
}

fn refused(error: AscendingError, limit: Limit, field: &'static str) -> Error {
    match error {
        AscendingError::TooMany => Error::TooLarge(limit),
        AscendingError::NotAscending => Error::Malformed { field },
    }
}

/// A node or a header as it is encoded. The codec puts the fields in dag-cbor's order, shorter names first; they stand here
/// in that order.
#[derive(Serialize)]
pub(crate) struct Wire<'a, P> {
    v: u64,
    dag: &'a Did,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Bytes<'a>>,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sig: Option<Bytes<'a>>,
    kind: Kind,
    refs: &'a [Reference],
    time: Moment,
    epoch: Epoch,
    scope: &'a Scope,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<BlockNumber>,
    issuer: &'a Did,
    parents: &'a [Cid],
    payload: &'a P,
    visibility: Visibility,
}

impl<'a, P> Wire<'a, P> {
    pub(crate) fn of(header: &'a Header, payload: &'a P, signature: Option<&'a SignatureBytes>) -> Self {
        let (key, height) = match &header.author {
            Author::Key(key) => (Some(Bytes(&key.0)), None),
            Author::Block(height) => (None, Some(*height)),
        };
        Self {
            v: VERSION,
            dag: &header.dag,
            key,
            seq: header.seq,
            sig: signature.map(|signature| Bytes(signature)),
            kind: header.kind,
            refs: &header.refs,
            time: header.time,
            epoch: header.epoch,
            scope: &header.scope,
            height,
            issuer: &header.issuer,
            parents: &header.parents,
            payload,
            visibility: header.visibility,
        }
    }
}

/// Bytes that serde is not to take for a list of numbers.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}
