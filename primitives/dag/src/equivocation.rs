//! The proof that a key signed two nodes with one sequence number (SPEC-DAG-22).

use crate::{
    cid::Cid,
    did::Did,
    error::Error,
    header::{Author, Header},
    key::{Key, SignatureBytes},
    node::{Node, Proof},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A signed node without its payload: enough to verify the signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SignedHeader {
    /// What is signed.
    pub header: Header,
    /// By the header's key.
    pub signature: SignatureBytes,
}

impl SignedHeader {
    /// That of a node; `None` when it is not signed.
    pub fn of(node: &Node) -> Option<Self> {
        match node.proof() {
            Proof::Signed { sig, .. } => Some(Self { header: node.header().clone(), signature: *sig }),
            Proof::Emitted { .. } => None,
        }
    }

    /// Verifies that a node can have this header and that its key signed it.
    ///
    /// # Errors
    /// [`Error::Malformed`] and [`Error::BadSignature`].
    pub fn verify(&self) -> Result<(), Error> {
        self.header.check()?;
        match &self.header.author {
            Author::Key(key) if key.has_signed(&self.header.signing_cid(), &self.signature) => Ok(()),
            _ => Err(Error::BadSignature),
        }
    }

    /// What no two nodes share.
    fn place(&self) -> (&Did, &Did, &Author, u64) {
        (&self.header.dag, &self.header.issuer, &self.header.author, self.header.seq)
    }

    /// What puts the two of a proof in order. Headers or signatures that differ are of nodes with different CIDs.
    fn order(&self) -> (Cid, &SignatureBytes) {
        (self.header.signing_cid(), &self.signature)
    }
}

/// Two signed nodes of one DAG, issuer and key with the same sequence number. It proves itself; whether the key was the
/// issuer's, the state knows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Equivocation {
    /// The one with the lesser signing CID; of two signatures of one header, the lesser.
    first: SignedHeader,
    /// The other.
    second: SignedHeader,
}

impl Equivocation {
    /// The proof against who signed two nodes, given in any order.
    ///
    /// # Errors
    /// As [`Equivocation::verify`].
    pub fn new(one: SignedHeader, other: SignedHeader) -> Result<Self, Error> {
        let (first, second) = if one.order() < other.order() { (one, other) } else { (other, one) };
        let proof = Self { first, second };
        proof.verify()?;
        Ok(proof)
    }

    /// Verifies it.
    ///
    /// # Errors
    /// [`Error::NotEquivocation`], [`Error::Malformed`] and [`Error::BadSignature`].
    pub fn verify(&self) -> Result<(), Error> {
        if self.first.place() != self.second.place() || self.first.order() >= self.second.order() {
            return Err(Error::NotEquivocation);
        }
        self.first.verify()?;
        self.second.verify()
    }

    /// The two, in order.
    pub fn headers(&self) -> [&Header; 2] {
        [&self.first.header, &self.second.header]
    }

    /// The signatures of the two headers, in their order.
    pub fn signatures(&self) -> [&SignatureBytes; 2] {
        [&self.first.signature, &self.second.signature]
    }

    /// The key that signed both; `None` when this is no proof.
    pub fn key(&self) -> Option<&Key> {
        self.first.header.author.key()
    }
}
