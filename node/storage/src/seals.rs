//! What this node has sealed.

use crate::{
    blocks::decode,
    ordered_store::{Batch, Family, OrderedStore},
    ChainStore, StorageError,
};
use codec::Encode as _;
use icn_dag::{Cid, Epoch};

/// What the keys in `meta` start with under which the last bundle is that a sealing key signed.
pub(crate) const META_SEALED: &[u8] = b"sealed ";

impl<S: OrderedStore> ChainStore<S> {
    /// Notes, durably, that a sealing key signs a bundle; whether it may: it has signed no other of this epoch, and none of a later one.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn guard_seal(&self, key: &[u8], epoch: Epoch, bundle: &Cid) -> Result<bool, StorageError> {
        let place = [META_SEALED, key].concat();
        let _still = self.committing.lock();
        let signed = self.store().get(Family::Meta, &place)?;
        let signed: Option<(Epoch, Cid)> = signed.map(|bytes| decode(Family::Meta, &place, &bytes)).transpose()?;
        match signed {
            Some((last, cid)) if last == epoch => return Ok(cid == *bundle),
            Some((last, _)) if last > epoch => return Ok(false),
            _ => {}
        }
        let mut batch = Batch::new();
        batch.put(Family::Meta, place, (epoch, bundle).encode());
        self.store().write(&batch, true)?;
        Ok(true)
    }
}
