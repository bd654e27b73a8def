//! The names of DAGs that are made here.

use crate::{Config, Created, Network, NetworkName, Pallet};
use codec::Encode;
use icn_dag::Did;
use sha2::{Digest, Sha256};

/// What a name is the hash of begins with this.
const TAG: &[u8] = b"icn/dag/inception/1";

/// Reads the name of a network; `None` when it is none.
pub(crate) fn network(name: &str) -> Option<NetworkName> {
    Did::of_hash(name, &[0; 32]).ok()?;
    name.as_bytes().to_vec().try_into().ok()
}

impl<T: Config> Pallet<T> {
    /// The name of the DAG that `owner` makes next: `did:icn:NETWORK:` and the base32 of
    /// `SHA-256("icn/dag/inception/1" ‖ SCALE(genesis hash, owner, number of DAGs before))`.
    // SPEC-DAG-24
    pub(crate) fn next_name(owner: &T::AccountId) -> Option<Did> {
        let genesis =
            frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default());
        let inception = (genesis, owner, Created::<T>::get());
        let hash = Sha256::new().chain_update(TAG).chain_update(inception.encode()).finalize();
        let network = Network::<T>::get();
        Did::of_hash(core::str::from_utf8(&network).ok()?, &hash.into()).ok()
    }
}
