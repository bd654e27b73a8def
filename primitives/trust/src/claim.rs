//! What is shown by a final block or a sealed bundle: that a record is part of the history, and what the state holds.

use crate::{
    block::{verify_block, BlockError, BlockProof, Policy},
    bundle::Bundle,
    bytes::HexBytes,
    chain::{verify_chain, BundleError, SealedBundle},
    record::log_key,
    state::{verify_value, StateError},
};
use codec::{Decode, DecodeAll as _, DecodeWithMemTracking, Encode, MaxEncodedLen};
use icn_dag::{validate::check_final, Moment, Node};
use icn_merkle::{leaf_hash, InclusionError, InclusionProof, Range, TreeHead};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use tendermint::Time;

/// Version of the format. 1: the first.
pub const VERSION: u8 = 1;

/// What somebody trusts: a block, or a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Trusted {
    /// A block; its commit is not checked.
    Block(BlockProof),
    /// A bundle; its seal is not checked.
    Bundle(SealedBundle),
}

/// What leads from the trusted to where something is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// One step of the light client.
    Block(Box<BlockProof>),
    /// Bundle after bundle.
    Bundles(Vec<SealedBundle>),
}

/// A point of a history that is final.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Final {
    /// Its height.
    pub height: u64,
    /// Its time, in milliseconds.
    pub time: Moment,
    /// Root of the state after it.
    pub state_root: [u8; 32],
    /// The log of all records, when a bundle says it.
    pub records: Option<TreeHead>,
}

impl Final {
    /// What a bundle says, once it is trusted.
    pub fn of_bundle(bundle: &Bundle) -> Self {
        Self {
            height: bundle.height.into(),
            time: bundle.time,
            state_root: bundle.state_root,
            records: Some(bundle.records),
        }
    }

    /// What a block says, once it is trusted. `None` when its state's root is not of 32 bytes.
    pub fn of_block(block: &BlockProof) -> Option<Self> {
        let header = &block.signed_header.header;
        Some(Self {
            height: header.height.value(),
            time: milliseconds(header.time),
            state_root: header.app_hash.as_bytes().try_into().ok()?,
            records: None,
        })
    }
}

/// A time in milliseconds since the Unix epoch; those before it are 0.
pub fn milliseconds(time: Time) -> Moment {
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

/// Why a path does not lead from what is trusted.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// The block is not final by the trusted one.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The bundles do not continue the trusted one.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A trusted block does not show bundles, nor a trusted bundle blocks.
    #[error("the proof is by {path}, and what is trusted is a {trusted}: trust a {path}, or ask for the other proof")]
    OtherKind {
        /// What the proof is by.
        path: &'static str,
        /// What is trusted.
        trusted: &'static str,
    },
    /// A root is not of 32 bytes.
    #[error("the block's app hash is not of 32 bytes")]
    AppHash,
}

impl Path {
    /// Where the path leads to.
    ///
    /// # Errors
    /// See [`PathError`].
    pub fn follow(&self, trusted: &Trusted, policy: Policy, now: Time) -> Result<Final, PathError> {
        match (self, trusted) {
            (Self::Block(block), Trusted::Block(trusted)) => {
                verify_block(trusted, block, policy, now)?;
                Final::of_block(block).ok_or(PathError::AppHash)
            }
            (Self::Bundles(chain), Trusted::Bundle(trusted)) => {
                Ok(Final::of_bundle(verify_chain(&trusted.bundle, chain, milliseconds(now))?))
            }
            (Self::Block(_), Trusted::Bundle(_)) => Err(PathError::OtherKind { path: "block", trusted: "bundle" }),
            (Self::Bundles(_), Trusted::Block(_)) => Err(PathError::OtherKind { path: "bundle", trusted: "block" }),
        }
    }
}

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum Place {
    /// In the log of all records, which a bundle names.
    All(InclusionProof),
    /// In the log of its DAG, which the state holds: the log as SCALE, and the ICS-23 proof of it.
    Dag {
        /// Its place there.
        inclusion: InclusionProof,
        /// SCALE of the log.
        log: Vec<u8>,
        /// ICS-23.
        log_proof: Vec<u8>,
    },
}

/// Why something is not part of a final history.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The file is of another version.
    #[error("proofs of version {0} are unknown; this program reads version {VERSION}")]
    Version(u8),
    /// What leads to it does not hold.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The bytes are no signed record.
    #[error("the record: {0}")]
    Record(#[from] icn_dag::Error),
    /// The state does not hold it.
    #[error(transparent)]
    State(#[from] StateError),
    /// The log does not decode.
    #[error("the log is malformed")]
    Log,
    /// A block says nothing of the log of all records.
    #[error("the proof is by the log of all records, which only a bundle names")]
    NoRecords,
    /// The log does not hold the record.
    #[error("the log does not hold the record: {0}")]
    Inclusion(#[from] InclusionError),
}

/// Shows that a signed record is part of a final history; the record.
///
/// # Errors
/// See [`ClaimError`].
pub fn verify_record(found: &Final, record: &[u8], place: &Place) -> Result<Node, ClaimError> {
    let node = Node::decode(record)?;
    check_final(&node)?;
    let leaf = leaf_hash(node.cid().as_bytes());
    match place {
        Place::All(inclusion) => inclusion.verify(&leaf, &found.records.ok_or(ClaimError::NoRecords)?)?,
        Place::Dag { inclusion, log, log_proof } => {
            verify_value(&found.state_root, &log_key(&node.header().dag), log, log_proof)?;
            let log = Range::decode_all(&mut &log[..]).map_err(|_| ClaimError::Log)?;
            inclusion.verify(&leaf, &log.head())?;
        }
    }
    Ok(node)
}

/// A record that is shown to be final by bundles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundledRecord {
    /// [`VERSION`].
    pub version: u8,
    /// The record.
    pub record: HexBytes,
    /// Its place in the log of all records.
    pub inclusion: InclusionProof,
    /// From the one after the trusted bundle, or before, to one whose log holds the record.
    pub bundles: Vec<SealedBundle>,
}

impl BundledRecord {
    /// Shows that the record is signed and final; the record, and by which point.
    ///
    /// # Errors
    /// See [`ClaimError`].
    pub fn verify(&self, trusted: &Bundle, now: Time) -> Result<(Node, Final), ClaimError> {
        if self.version != VERSION {
            return Err(ClaimError::Version(self.version));
        }
        let last = verify_chain(trusted, &self.bundles, milliseconds(now)).map_err(PathError::from)?;
        let found = Final::of_bundle(last);
        let node = verify_record(&found, &self.record.0, &Place::All(self.inclusion.clone()))?;
        Ok((node, found))
    }
}

/// A value of a final state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueProof {
    /// [`VERSION`].
    pub version: u8,
    /// The storage key.
    pub key: HexBytes,
    /// The value.
    pub value: HexBytes,
    /// ICS-23.
    pub proof: HexBytes,
    /// What leads to the state.
    pub path: Path,
}

impl ValueProof {
    /// Shows that a final state holds the value; which point that is.
    ///
    /// # Errors
    /// See [`ClaimError`].
    pub fn verify(&self, trusted: &Trusted, policy: Policy, now: Time) -> Result<Final, ClaimError> {
        if self.version != VERSION {
            return Err(ClaimError::Version(self.version));
        }
        let found = self.path.follow(trusted, policy, now)?;
        verify_value(&found.state_root, &self.key.0, &self.value.0, &self.proof.0)?;
        Ok(found)
    }
}
