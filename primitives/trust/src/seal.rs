//! The signatures under a bundle: of each signer by itself, and added up.

use crate::{
    bls::{self, PublicKey, Signature},
    bundle::{Signers, SIGNERS_MAX},
};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use icn_dag::{Cid, Epoch};
use scale_info::TypeInfo;
use std::collections::BTreeMap;

/// Signatures of more than two thirds of the power, added up.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Seal {
    /// The places of those that signed in the list of signers, ascending.
    pub signers: BoundedVec<u16, ConstU32<SIGNERS_MAX>>,
    /// Their signatures, added up.
    pub signature: Signature,
}

/// Why a seal does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There is no signer in this place.
    #[error("there is no signer in place {0}")]
    UnknownSigner(u16),
    /// A signer is there twice, or out of order.
    #[error("the signer in place {0} is there twice, or out of order")]
    DuplicateSigner(u16),
    /// Those that signed have too little power.
    #[error("those that signed have a power of {have}; {need} is needed")]
    QuorumNotMet {
        /// Their power.
        have: u128,
        /// The least that is more than two thirds.
        need: u128,
    },
    /// The signature is not theirs, or of something else.
    #[error("the signature is not that of these signers for this bundle")]
    BadSignature,
}

impl Seal {
    /// Checks that more than two thirds of the signers' power signed the message. Each counts once, against the power of all.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn verify(&self, signers: &Signers, message: &[u8]) -> Result<(), SealError> {
        let (mut power, mut keys, mut last) = (0_u128, Vec::with_capacity(self.signers.len()), None);
        for place in &self.signers {
            if last.is_some_and(|last| last >= place) {
                return Err(SealError::DuplicateSigner(*place));
            }
            last = Some(place);
            let signer = signers.list.get(usize::from(*place)).ok_or(SealError::UnknownSigner(*place))?;
            power = power.saturating_add(signer.power.into());
            keys.push(signer.key);
        }
        if !signers.is_quorum(power) {
            return Err(SealError::QuorumNotMet { have: power, need: signers.quorum() });
        }
        if bls::verify(&keys, message, &self.signature) {
            Ok(())
        } else {
            Err(SealError::BadSignature)
        }
    }
}

/// One signer's signature of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen)]
pub struct Partial {
    /// The epoch of the bundle.
    pub epoch: Epoch,
    /// The bundle.
    pub bundle: Cid,
    /// Who signs.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// Why a partial signature is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartialError {
    /// It is of another epoch than the one that is closing.
    #[error("the signature is for epoch {got}, and epoch {want} is closing")]
    OtherEpoch {
        /// The epoch that is closing.
        want: Epoch,
        /// That of the signature.
        got: Epoch,
    },
    /// It is for another bundle of the epoch.
    #[error("the signature is for another bundle of the epoch")]
    OtherBundle,
    /// Its key is no signer's of the epoch.
    #[error("the key is no signer's of the epoch")]
    UnknownSigner,
    /// It is here already.
    #[error("the signer's signature is here already")]
    Duplicate,
    /// It is not the key's.
    #[error("the signature is not the signer's")]
    BadSignature,
}

/// The partial signatures of one bundle, as they come.
#[derive(Clone, Debug)]
pub struct Gathering {
    epoch: Epoch,
    bundle: Cid,
    message: Vec<u8>,
    signers: Signers,
    partials: BTreeMap<u16, Signature>,
    power: u128,
}

impl Gathering {
    /// None yet, of a bundle: its epoch, name and message, and who seals it.
    pub fn new(epoch: Epoch, bundle: Cid, message: Vec<u8>, signers: Signers) -> Self {
        Self { epoch, bundle, message, signers, partials: BTreeMap::new(), power: 0 }
    }

    /// The epoch.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The bundle.
    pub fn bundle(&self) -> Cid {
        self.bundle
    }

    /// What is signed.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// Who seals it.
    pub fn signers(&self) -> &Signers {
        &self.signers
    }

    /// The power of those that signed.
    pub fn power(&self) -> u128 {
        self.power
    }

    /// Takes a signature, once.
    ///
    /// # Errors
    /// See [`PartialError`]. What is here stays.
    pub fn take(&mut self, partial: &Partial) -> Result<(), PartialError> {
        if partial.epoch != self.epoch {
            return Err(PartialError::OtherEpoch { want: self.epoch, got: partial.epoch });
        }
        if partial.bundle != self.bundle {
            return Err(PartialError::OtherBundle);
        }
        let place = self.signers.place(&partial.key).ok_or(PartialError::UnknownSigner)?;
        let signer = self.signers.list.get(place).ok_or(PartialError::UnknownSigner)?;
        let place = u16::try_from(place).map_err(|_| PartialError::UnknownSigner)?;
        if self.partials.contains_key(&place) {
            return Err(PartialError::Duplicate);
        }
        if !partial.key.verify(&self.message, &partial.signature) {
            return Err(PartialError::BadSignature);
        }
        self.partials.insert(place, partial.signature);
        self.power = self.power.saturating_add(signer.power.into());
        Ok(())
    }

    /// The signatures that are here.
    pub fn partials(&self) -> impl Iterator<Item = Partial> + '_ {
        self.partials.iter().filter_map(|(place, signature)| {
            let signer = self.signers.list.get(usize::from(*place))?;
            Some(Partial { epoch: self.epoch, bundle: self.bundle, key: signer.key, signature: *signature })
        })
    }

    /// The seal, once more than two thirds of the power signed.
    pub fn seal(&self) -> Option<Seal> {
        if !self.signers.is_quorum(self.power) {
            return None;
        }
        let signatures: Vec<_> = self.partials.values().copied().collect();
        let signers = BoundedVec::try_from(self.partials.keys().copied().collect::<Vec<_>>()).ok()?;
        Some(Seal { signers, signature: bls::aggregate(&signatures)? })
    }
}
