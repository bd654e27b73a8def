//! The inherent that lists the records which a block makes final.
//!
//! Entries are judged one after the other, each by the state that those before it leave. One that is wrong makes the block invalid,
//! whatever else it says: the block's maker picks entries with [`Pallet::select_entries`].

use crate::{All, Config, Dags, EntryList, Error, Event, Last, Listed, Logs, Pallet, ENTRIES_MAX, ISSUER_ENTRIES_MAX};
use frame_support::{
    ensure,
    storage::{with_transaction, TransactionOutcome},
    traits::{Get, Time},
};
use icn_dag::{limits::TIME_AHEAD_MAX, AnchorEntry, Did, KeyStatus, Kind};
use icn_merkle::leaf_hash;
use icn_primitives::Moment;
use sp_runtime::{DispatchError, DispatchResult};
use std::collections::BTreeMap;

/// How many entries each issuer has in each DAG in this block.
type Quotas = BTreeMap<(Did, Did), u32>;

impl<T: Config> Pallet<T> {
    // SPEC-DAG-26
    pub(crate) fn list(entries: &EntryList) -> DispatchResult {
        ensure!(!Listed::<T>::exists(), Error::<T>::AlreadyListed);
        ensure!(!entries.is_empty(), Error::<T>::NothingListed);
        Listed::<T>::put(());
        let (mut quotas, mut anchored, mut all) = (Quotas::new(), BTreeMap::new(), All::<T>::get());
        for entry in entries {
            let place = Self::add_entry(entry, T::Time::now(), &mut quotas)?;
            // SPEC-DAG-41
            all.append(leaf_hash(entry.cid.as_bytes())).map_err(|_| Error::<T>::Full)?;
            anchored.entry(&entry.dag).or_insert((place, 0_u32)).1 += 1;
        }
        All::<T>::put(all);
        for (dag, (first, count)) in anchored {
            Self::deposit_event(Event::Anchored { dag: dag.clone(), first, count });
        }
        Ok(())
    }

    /// Those of some records that a block of this time can make final together after the current state, in their order: each that is
    /// wrong by the state or by those taken before it is left out. Nothing is written.
    pub fn select_entries(candidates: Vec<AnchorEntry>, time: Moment) -> EntryList {
        let mut quotas = Quotas::new();
        with_transaction(|| {
            let taken: Vec<_> = candidates
                .into_iter()
                .filter(|entry| Self::add_entry(entry, time, &mut quotas).is_ok())
                .take(ENTRIES_MAX as usize)
                .collect();
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(EntryList::truncate_from(taken)))
        })
        .unwrap_or_default()
    }

    /// Makes a record final; its place in the log. Nothing is written when it cannot be.
    fn add_entry(entry: &AnchorEntry, time: Moment, quotas: &mut Quotas) -> Result<u64, Error<T>> {
        Self::check_entry(entry, time)?;
        let used = quotas.entry((entry.dag.clone(), entry.issuer.clone())).or_default();
        ensure!(*used < ISSUER_ENTRIES_MAX, Error::<T>::QuotaExceeded);
        let mut log = Logs::<T>::get(&entry.dag).unwrap_or_default();
        let place = log.size();
        ensure!((place == 0) == (entry.kind == Kind::Genesis), Error::<T>::NotGenesis);
        log.append(leaf_hash(entry.cid.as_bytes())).map_err(|_| Error::<T>::Full)?;
        *used += 1;
        Logs::<T>::insert(&entry.dag, log);
        Last::<T>::insert((&entry.dag, &entry.issuer, entry.key), (entry.seq, entry.cid));
        Ok(place)
    }

    /// Judges an entry of a block of this time by the state.
    ///
    /// # Errors
    /// [`Error::UnknownDag`], [`Error::NotNext`], [`Error::EpochAhead`], [`Error::TimeAhead`], [`Error::UnknownIssuer`],
    /// [`Error::UnknownKey`], [`Error::KeyRevoked`], [`Error::Unauthorised`].
    // SPEC-DAG-27
    pub fn check_entry(entry: &AnchorEntry, time: Moment) -> Result<(), Error<T>> {
        ensure!(Dags::<T>::contains_key(&entry.dag), Error::<T>::UnknownDag);
        let last = Last::<T>::get((&entry.dag, &entry.issuer, entry.key));
        entry.follows(last).map_err(|_| Error::<T>::NotNext)?;
        ensure!(entry.epoch <= T::Epoch::get(), Error::<T>::EpochAhead);
        ensure!(entry.time <= time.saturating_add(TIME_AHEAD_MAX), Error::<T>::TimeAhead);
        match Self::key_status(&entry.dag, &entry.issuer, &entry.key, entry.epoch) {
            KeyStatus::Valid => {}
            KeyStatus::UnknownIssuer => return Err(Error::<T>::UnknownIssuer),
            KeyStatus::UnknownKey => return Err(Error::<T>::UnknownKey),
            KeyStatus::Revoked => return Err(Error::<T>::KeyRevoked),
        }
        let may_write = Self::may_write(&entry.dag, &entry.issuer, &entry.scope, entry.kind);
        ensure!(may_write, Error::<T>::Unauthorised);
        Ok(())
    }
}
