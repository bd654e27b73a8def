//! Sealing keys of validators.

use crate::{Config, Error, Event, Keys, Owners, Pallet, ValidatorKey};
use frame_support::ensure;
use icn_trust::bls::{PublicKey, Signature};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    // SPEC-TRUST-10
    pub(crate) fn do_set_key(validator: ValidatorKey, key: PublicKey, proof: &Signature) -> DispatchResult {
        ensure!(key.is_possessed(proof), Error::<T>::NotPossessed);
        let owner = Owners::<T>::get(key);
        ensure!(owner.is_none_or(|owner| owner == validator), Error::<T>::KeyTaken);
        if let Some(before) = Keys::<T>::get(validator) {
            Owners::<T>::remove(before);
        }
        Keys::<T>::insert(validator, key);
        Owners::<T>::insert(key, validator);
        Self::deposit_event(Event::KeySet { validator, key });
        Ok(())
    }
}
