//! From a bundle that is trusted to the ones after it.

use crate::{
    bls::Signature,
    bundle::Bundle,
    bytes::HexBytes,
    seal::{Seal, SealError},
};
use bounded_collections::BoundedVec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use icn_dag::{Epoch, Moment};
use icn_merkle::{ConsistencyError, ConsistencyProof};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How far a bundle's time may be ahead of whoever verifies it, in milliseconds.
pub const CLOCK_DRIFT: Moment = 10_000;

/// A bundle with the proof that it continues the one before, and is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(try_from = "SealedFile", into = "SealedFile")]
pub struct SealedBundle {
    /// The bundle.
    pub bundle: Bundle,
    /// That the log of records before is the beginning of its log; none when that log is empty, with which every log begins.
    pub consistency: Option<ConsistencyProof>,
    /// The signatures of more than two thirds of the power.
    pub seal: Seal,
}

/// A [`SealedBundle`] in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedFile {
    /// Canonical dag-cbor.
    bundle: HexBytes,
    consistency: Option<ConsistencyProof>,
    signers: Vec<u16>,
    signature: Signature,
}

impl TryFrom<SealedFile> for SealedBundle {
    type Error = String;

    fn try_from(file: SealedFile) -> Result<Self, String> {
        let bundle = Bundle::decode_cbor(&file.bundle.0).map_err(|error| error.to_string())?;
        let signers = BoundedVec::try_from(file.signers).map_err(|_| "there are too many signers")?;
        let seal = Seal { signers, signature: file.signature };
        Ok(Self { bundle, consistency: file.consistency, seal })
    }
}

impl From<SealedBundle> for SealedFile {
    fn from(sealed: SealedBundle) -> Self {
        let SealedBundle { bundle, consistency, seal } = sealed;
        // A bundle within its types is within its bounds.
        let bundle = HexBytes(bundle.encode_cbor().unwrap_or_default());
        Self { bundle, consistency, signers: seal.signers.into_inner(), signature: seal.signature }
    }
}

/// Why a bundle is not shown to continue a trusted one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bundle cannot be encoded.
    #[error("the bundle: {0}")]
    Malformed(#[from] icn_dag::Error),
    /// It is of another federation.
    #[error("the bundle is of another federation than the trusted one")]
    OtherFederation,
    /// It is not of the epoch after the trusted one.
    #[error("the bundle is of epoch {got}, and the one of epoch {want} is next")]
    BadEpoch {
        /// The next epoch.
        want: Epoch,
        /// The bundle's.
        got: Epoch,
    },
    /// It is of the trusted one's epoch, and another bundle.
    #[error("there are two bundles of epoch {0}: the federation forked, or one of them is made up")]
    Fork(Epoch),
    /// It does not name the trusted one as the bundle before it.
    #[error("the bundle does not continue the trusted one")]
    BrokenChain,
    /// Its height or time is not after that of the trusted one.
    #[error("the bundle is not later than the trusted one")]
    NotLater,
    /// The trusted one is not valid any more.
    #[error("the trusted bundle is not valid any more: get a newer one from somebody whom you trust")]
    Expired,
    /// Its time is yet to come.
    #[error("the bundle's time is yet to come; is the clock right?")]
    NotYetValid,
    /// The trusted one's log of records is not the beginning of its log.
    #[error("the records of the bundle do not continue those of the trusted one: {0}")]
    InconsistentRoot(#[from] ConsistencyError),
    /// Nothing shows that it is.
    #[error("nothing shows that the records of the bundle continue those of the trusted one")]
    NoConsistency,
    /// It is not sealed by the signers that the trusted one names.
    #[error("the bundle is not sealed: {0}")]
    Seal(#[from] SealError),
}

impl SealedBundle {
    /// Shows that this is the bundle after one that is trusted, at a time in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// See [`BundleError`], in the order in which it is checked; the costly signature comes last.
    pub fn verify(&self, trusted: &Bundle, now: Moment) -> Result<(), BundleError> {
        let next = &self.bundle;
        if (&next.federation, &next.genesis) != (&trusted.federation, &trusted.genesis) {
            return Err(BundleError::OtherFederation);
        }
        if next.epoch == trusted.epoch && next != trusted {
            return Err(BundleError::Fork(next.epoch));
        }
        let want = trusted.epoch.saturating_add(1);
        if next.epoch != want {
            return Err(BundleError::BadEpoch { want, got: next.epoch });
        }
        if next.prev != Some(trusted.cid()?) {
            return Err(BundleError::BrokenChain);
        }
        if next.height <= trusted.height || next.time <= trusted.time {
            return Err(BundleError::NotLater);
        }
        if now > trusted.valid_until || now > next.valid_until {
            return Err(BundleError::Expired);
        }
        if next.time > now.saturating_add(CLOCK_DRIFT) {
            return Err(BundleError::NotYetValid);
        }
        match &self.consistency {
            Some(proof) => proof.verify(&trusted.records, &next.records)?,
            None if trusted.records.size == 0 => {}
            None => return Err(BundleError::NoConsistency),
        }
        self.seal.verify(&trusted.signers, &next.message()?)?;
        Ok(())
    }
}

/// Shows that bundles lead from one that is trusted to the last of them; those up to the trusted one's epoch are passed over.
///
/// # Errors
/// See [`BundleError`].
pub fn verify_chain<'a>(
    trusted: &'a Bundle,
    chain: &'a [SealedBundle],
    now: Moment,
) -> Result<&'a Bundle, BundleError> {
    if now > trusted.valid_until {
        return Err(BundleError::Expired);
    }
    let mut last = trusted;
    for sealed in chain {
        let bundle = &sealed.bundle;
        if bundle == last || (bundle.epoch < trusted.epoch && bundle.federation == trusted.federation) {
            continue;
        }
        sealed.verify(last, now)?;
        last = bundle;
    }
    Ok(last)
}
