//! Making DAGs, and who may write them.

use crate::{Bar, Bars, Config, Created, Dags, Error, Event, Last, Pallet, WriterKeys, Writers, WRITERS_MAX};
use frame_support::ensure;
use icn_dag::{Did, Equivocation};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchResult};
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    // SPEC-DAG-24
    pub(crate) fn do_create(owner: T::AccountId, writers: Writers) -> DispatchResult {
        check_writers::<T>(&writers)?;
        let number = Created::<T>::get().checked_add(1).ok_or(Error::<T>::Full)?;
        let dag = Self::next_name(&owner).ok_or(Error::<T>::Full)?;
        Created::<T>::put(number);
        Dags::<T>::insert(&dag, &owner);
        insert_writers::<T>(&dag, writers);
        Self::deposit_event(Event::Created { dag, owner });
        Ok(())
    }

    pub(crate) fn do_set_writers(owner: T::AccountId, dag: Did, writers: Writers) -> DispatchResult {
        Self::ensure_owner(&dag, &owner)?;
        check_writers::<T>(&writers)?;
        let count = writers.len() as u32;
        // There are no more of a DAG, so nothing is left for another time.
        let _ = WriterKeys::<T>::clear_prefix((&dag,), WRITERS_MAX, None);
        insert_writers::<T>(&dag, writers);
        Self::deposit_event(Event::WritersSet { dag, writers: count });
        Ok(())
    }

    pub(crate) fn do_set_owner(current: T::AccountId, dag: Did, owner: T::AccountId) -> DispatchResult {
        Self::ensure_owner(&dag, &current)?;
        Dags::<T>::insert(&dag, &owner);
        Self::deposit_event(Event::OwnerSet { dag, owner });
        Ok(())
    }

    fn ensure_owner(dag: &Did, account: &T::AccountId) -> Result<(), Error<T>> {
        let owner = Dags::<T>::get(dag).ok_or(Error::<T>::UnknownDag)?;
        ensure!(owner == *account, Error::<T>::NotOwner);
        Ok(())
    }

    // SPEC-DAG-25
    pub(crate) fn do_report_equivocation(evidence: &Equivocation) -> DispatchResult {
        let [first, second] = evidence.headers();
        ensure!(Dags::<T>::contains_key(&first.dag), Error::<T>::UnknownDag);
        let key = *evidence.key().ok_or(Error::<T>::NotEquivocation)?;
        ensure!(!Bars::<T>::contains_key((&first.dag, key)), Error::<T>::AlreadyBarred);
        let listed = WriterKeys::<T>::contains_key((&first.dag, &first.issuer, key));
        ensure!(listed || Last::<T>::contains_key((&first.dag, &first.issuer, key)), Error::<T>::NotWriter);
        evidence.verify().map_err(|_| Error::<T>::NotEquivocation)?;
        let bar = Bar {
            height: frame_system::Pallet::<T>::block_number().unique_saturated_into(),
            issuer: first.issuer.clone(),
            seq: first.seq,
            signed: [first.signing_cid(), second.signing_cid()],
        };
        Bars::<T>::insert((&first.dag, key), bar);
        Self::deposit_event(Event::Barred { dag: first.dag.clone(), key });
        Ok(())
    }
}

fn insert_writers<T: Config>(dag: &Did, writers: Writers) {
    for writer in writers {
        WriterKeys::<T>::insert((dag, writer.issuer, writer.key), ());
    }
}

fn check_writers<T: Config>(writers: &Writers) -> Result<(), Error<T>> {
    let mut seen = BTreeSet::new();
    for writer in writers {
        let own_key = writer.issuer.is_icn() || writer.issuer.key() == Some(writer.key);
        ensure!(own_key && writer.key.is_sound(), Error::<T>::UnsoundWriter);
        ensure!(seen.insert(writer), Error::<T>::WriterTwice);
    }
    Ok(())
}
