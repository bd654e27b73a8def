//! Nodes: making, signing, encoding, decoding.
//!
//! ```text
//! header   {v, dag, key | height, seq, kind, refs, time, epoch, scope, issuer, parents, payload: link, visibility}
//! node     the same with the payload itself, and `sig` beside `key`
//!
//! signing CID = CID(header)          sig = Ed25519("icn/dag/1" ‖ signing CID)          CID = CID(node)
//! ```
//!
//! A [`Node`] is always one that its bytes decode to: what it is made of is checked when it is made.

use crate::{
    cid::{Cid, Codec},
    did::Did,
    error::Error,
    fields::{self, malformed, Fields},
    header::{Author, Header, Parents, References, Wire, VERSION},
    ipld::{self, Limits},
    key::{signing_message, Key, SignatureBytes},
    payload::Payload,
    scope::Scope,
    words::{Kind, Visibility},
    BlockNumber, Epoch, Moment,
};
use ed25519_consensus::SigningKey;

/// What an issuer wants to say, before it is signed or emitted. The fields are those of [`Header`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Draft {
    pub dag: Did,
    pub parents: Parents,
    pub issuer: Did,
    pub seq: u64,
    pub epoch: Epoch,
    pub time: Moment,
    pub kind: Kind,
    pub scope: Scope,
    pub visibility: Visibility,
    pub refs: References,
    pub payload: Payload,
}

impl Draft {
    /// The header that the draft becomes: its signing CID is what a signer that keeps its key elsewhere signs.
    pub fn header(&self, author: Author) -> Header {
        Header {
            dag: self.dag.clone(),
            parents: self.parents.clone(),
            issuer: self.issuer.clone(),
            author,
            seq: self.seq,
            epoch: self.epoch,
            time: self.time,
            kind: self.kind,
            scope: self.scope.clone(),
            visibility: self.visibility,
            refs: self.refs.clone(),
            payload: self.payload.cid(),
        }
    }
}

/// Why a node is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A key of the issuer signed it.
    Signed {
        /// The key.
        key: Key,
        /// Its signature over the signing CID.
        sig: SignatureBytes,
    },
    /// A block emitted it: it needs no signature, and is valid when that block is on the chain and did.
    Emitted {
        /// The block.
        height: BlockNumber,
    },
}

impl Proof {
    fn author(&self) -> Author {
        match self {
            Self::Signed { key, .. } => Author::Key(*key),
            Self::Emitted { height } => Author::Block(*height),
        }
    }

    fn signature(&self) -> Option<&SignatureBytes> {
        match self {
            Self::Signed { sig, .. } => Some(sig),
            Self::Emitted { .. } => None,
        }
    }

    /// Takes the fields of the proof out of a decoded node (SPEC-DAG-6).
    fn take(fields: &mut Fields) -> Result<Self, Error> {
        match (fields.optional("key"), fields.optional("sig"), fields.optional("height")) {
            (Some(key), Some(sig), None) => {
                Ok(Self::Signed { key: Key(fields::bytes(&key, "key")?), sig: fields::bytes(&sig, "sig")? })
            }
            (None, None, Some(height)) => Ok(Self::Emitted { height: fields::uint(height, "height")? }),
            _ => malformed("sig"),
        }
    }
}

/// A node with its encoding and its names. Its signature may still be wrong, see [`Node::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    header: Header,
    payload: Payload,
    proof: Proof,
    bytes: Vec<u8>,
    signing_cid: Cid,
    cid: Cid,
}

impl Node {
    /// Signs a draft.
    ///
    /// # Errors
    /// [`Error::Malformed`] when its fields contradict each other.
    pub fn sign(draft: Draft, signer: &SigningKey) -> Result<Self, Error> {
        let key = Key::of(signer);
        let message = signing_message(&draft.header(Author::Key(key)).signing_cid());
        Self::with_proof(draft, Proof::Signed { key, sig: signer.sign(&message).to_bytes() })
    }

    /// Makes the node that a block emits.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the draft's fields contradict each other.
    pub fn emit(draft: Draft, height: BlockNumber) -> Result<Self, Error> {
        Self::with_proof(draft, Proof::Emitted { height })
    }

    /// Makes a node with a signature that was made elsewhere. The signature is not verified.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the draft's fields contradict each other.
    pub fn with_proof(draft: Draft, proof: Proof) -> Result<Self, Error> {
        let header = draft.header(proof.author());
        header.check()?;
        let bytes = ipld::to_bytes(&Wire::of(&header, draft.payload.data(), proof.signature()))?;
        Ok(Self::sealed(header, draft.payload, proof, bytes))
    }

    /// Decodes a node from a stranger's bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NotCanonical`], [`Error::UnknownVersion`], [`Error::Malformed`] and
    /// [`Error::UnknownField`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::of(ipld::decode(bytes, &Limits::NODE)?, "v")?;
        let version: u64 = fields.uint("v")?;
        if version != VERSION {
            return Err(Error::UnknownVersion(version));
        }
        let payload = Payload::new(fields.take("payload")?)?;
        let proof = Proof::take(&mut fields)?;
        let header = Header::take(&mut fields, proof.author(), payload.cid())?;
        fields.end()?;
        Ok(Self::sealed(header, payload, proof, bytes.to_vec()))
    }

    fn sealed(header: Header, payload: Payload, proof: Proof, bytes: Vec<u8>) -> Self {
        let (signing_cid, cid) = (header.signing_cid(), Cid::of(Codec::DagCbor, &bytes));
        Self { header, payload, proof, bytes, signing_cid, cid }
    }

    /// Verifies the signature. An emitted node has none, so this fails.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn verify(&self) -> Result<(), Error> {
        match &self.proof {
            Proof::Signed { key, sig } if key.has_signed(&self.signing_cid, sig) => Ok(()),
            _ => Err(Error::BadSignature),
        }
    }

    /// Everything but payload and signature.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What it says.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Why it is valid.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Its encoding.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The CID of what is signed: of the node without signature and with a link to its payload.
    pub fn signing_cid(&self) -> Cid {
        self.signing_cid
    }

    /// The CID of the node, signature and payload included: the name by which it is stored and referred to.
    pub fn cid(&self) -> Cid {
        self.cid
    }
}
