//! What holds after every block.

use crate::{Blocks, Bundles, Config, Forks, Pallet, Peers, Receipts, BLOCKS_KEPT, BUNDLES_KEPT, PEERS_MAX};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks all of it.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(Peers::<T>::iter_keys().count() <= PEERS_MAX as usize, "federation: there are too many peers");
        Self::check_bundles()?;
        Self::check_blocks()?;
        Self::check_receipts()?;
        let known = Forks::<T>::iter_keys().all(|did| Peers::<T>::get(did).is_some_and(|peer| peer.frozen.is_some()));
        ensure!(known, "federation: a fork froze nobody");
        Ok(())
    }

    /// The last bundle is kept, none is of a later epoch, and they follow each other.
    fn check_bundles() -> Result<(), TryRuntimeError> {
        for (did, epoch, bundle) in Bundles::<T>::iter() {
            let last = Peers::<T>::get(&did).and_then(|peer| peer.epoch);
            ensure!(last.is_some_and(|last| epoch <= last), "federation: a bundle belongs to no peer");
            ensure!(
                last.is_some_and(|last| epoch.saturating_add(BUNDLES_KEPT) > last),
                "federation: a bundle is too old"
            );
            ensure!(bundle.epoch == epoch && bundle.federation == did, "federation: a bundle is in another's place");
            let before = epoch.checked_sub(1).and_then(|before| Bundles::<T>::get(&did, before));
            let follows = before.is_none_or(|before| before.cid().ok() == bundle.prev);
            ensure!(follows, "federation: a bundle does not follow the one before");
        }
        let kept = Peers::<T>::iter()
            .all(|(did, peer)| peer.epoch.is_none_or(|epoch| Bundles::<T>::contains_key(&did, epoch)));
        ensure!(kept, "federation: the last bundle of a peer is not kept");
        Ok(())
    }

    /// The last block is kept, none is higher, and they are counted.
    fn check_blocks() -> Result<(), TryRuntimeError> {
        for (did, height, block) in Blocks::<T>::iter() {
            let last = Peers::<T>::get(&did).and_then(|peer| peer.block);
            ensure!(last.is_some_and(|last| height <= last), "federation: a block belongs to no peer");
            ensure!(block.height == height, "federation: a block is in another's place");
        }
        for (did, peer) in Peers::<T>::iter() {
            let kept = Blocks::<T>::iter_key_prefix(&did).count();
            ensure!(
                kept == peer.blocks_kept as usize && peer.blocks_kept <= BLOCKS_KEPT,
                "federation: blocks are not counted"
            );
            let last = peer.block.is_none_or(|height| Blocks::<T>::contains_key(&did, height));
            ensure!(last, "federation: the last block of a peer is not kept");
        }
        Ok(())
    }

    /// Receipts are counted.
    fn check_receipts() -> Result<(), TryRuntimeError> {
        for (did, peer) in Peers::<T>::iter() {
            let count = Receipts::<T>::iter_key_prefix(&did).count() as u64;
            ensure!(count == peer.receipts, "federation: receipts are not counted");
        }
        let known = Receipts::<T>::iter_keys().all(|(did, _)| Peers::<T>::contains_key(did));
        ensure!(known, "federation: a receipt is of no peer");
        Ok(())
    }
}
