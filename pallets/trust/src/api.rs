//! What the node and its clients may ask.

use crate::{Config, Current, EpochParameters, Last, Pallet, Parameters, SealedEpoch, Signers, Since, Unsealed};
use codec::{Decode, Encode};
use icn_dag::{Cid, Did, Epoch};
use icn_primitives::{Header, Moment};
use icn_trust::bundle;
use scale_info::TypeInfo;

/// Where the epochs are.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct EpochStatus {
    /// The federation.
    pub federation: Option<Did>,
    /// The open epoch.
    pub epoch: Epoch,
    /// Its first block; nothing before the first.
    pub first: Option<u32>,
    /// When it ends, as time goes; nothing while the epoch before is not sealed.
    pub ends_at: Option<Moment>,
    /// Validators when it began, and how many of them have a sealing key.
    pub signers: (u32, u32),
    /// Their power, and that of those with a key.
    pub power: (u64, u64),
    /// The epoch that is closed and not sealed.
    pub closing: Option<ClosingStatus>,
    /// The epoch that was sealed last, and its bundle.
    pub sealed: Option<(Epoch, Cid)>,
    /// How long epochs are.
    pub parameters: Parameters,
}

/// An epoch that is closed and not sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ClosingStatus {
    /// The epoch.
    pub epoch: Epoch,
    /// Its last block.
    pub height: u32,
    /// That block's time.
    pub time: Moment,
    /// Who seals it.
    pub signers: bundle::Signers,
    /// Whether it waits for longer than it should.
    pub overdue: bool,
}

impl<T: Config> Pallet<T> {
    /// Where the epochs are, in the state after a block.
    pub fn status() -> EpochStatus {
        let set = Signers::<T>::get();
        let signers = set.seal_with();
        let keyed = signers.list.iter().fold(0_u64, |sum, signer| sum.saturating_add(signer.power));
        EpochStatus {
            federation: Self::federation(),
            epoch: Current::<T>::get(),
            first: Since::<T>::get().map(|since| since.height),
            ends_at: Self::ends_at(),
            signers: (set.0.len() as u32, signers.list.len() as u32),
            power: (signers.power, keyed),
            closing: Unsealed::<T>::get().map(|closing| ClosingStatus {
                epoch: closing.epoch,
                height: closing.height,
                time: closing.time,
                signers: closing.signers,
                overdue: closing.overdue,
            }),
            sealed: Last::<T>::get(),
            parameters: EpochParameters::<T>::get(),
        }
    }
}

sp_api::decl_runtime_apis! {
    /// Epochs and bundles, in the state after a block.
    pub trait TrustApi {
        /// Where the epochs are.
        fn epoch_status() -> EpochStatus;

        /// The bundle of the epoch that is closed, from the header of the block that closed it, and who seals it.
        fn closing_bundle(header: Header) -> Option<(bundle::Bundle, bundle::Signers)>;

        /// The bundle of an epoch and its seal, if the state keeps it.
        fn sealed_epoch(epoch: Epoch) -> Option<SealedEpoch>;
    }
}
