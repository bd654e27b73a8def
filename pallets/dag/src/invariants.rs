//! What holds after every block.

use crate::{All, Bars, Config, Created, Dags, Last, Listed, Logs, Own, Pallet, WriterKeys, WRITERS_MAX};
use frame_support::{ensure, traits::Get};
use icn_dag::Did;
use sp_runtime::TryRuntimeError;
use std::collections::BTreeMap;

impl<T: Config> Pallet<T> {
    /// Checks all of it.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_counts()?;
        Self::check_logs()?;
        Self::check_bars()?;
        Self::check_writers()?;
        ensure!(!Listed::<T>::exists(), "dag: the mark of a block's entries outlived the block");
        Ok(())
    }

    /// There are as many DAGs as were made.
    fn check_counts() -> Result<(), TryRuntimeError> {
        ensure!(Dags::<T>::iter_keys().count() as u64 == Created::<T>::get(), "dag: the DAGs are not counted");
        Ok(())
    }

    /// A log holds every record of each issuer and key once: as many as the numbers say.
    fn check_logs() -> Result<(), TryRuntimeError> {
        let mut sizes = BTreeMap::<Did, u64>::new();
        for ((dag, ..), (seq, _)) in Last::<T>::iter() {
            let size = sizes.entry(dag).or_default();
            *size = size.checked_add(seq).and_then(|sum| sum.checked_add(1)).ok_or("dag: the numbers overflow")?;
        }
        let own = Own::<T>::get();
        if let (Some(dag), true) = (T::Federation::get(), own.count > 0) {
            ensure!(own.last.is_some(), "dag: the chain emitted records and has no last one");
            sizes.insert(dag, own.count);
        }
        let (mut logs, mut all) = (0, 0_u64);
        for (dag, log) in Logs::<T>::iter() {
            ensure!(Dags::<T>::contains_key(&dag), "dag: a log belongs to no DAG");
            ensure!(sizes.get(&dag) == Some(&log.size()), "dag: a log does not hold what the numbers say");
            logs += 1;
            all = all.checked_add(log.size()).ok_or("dag: the logs overflow")?;
        }
        ensure!(logs == sizes.len(), "dag: numbers belong to no log");
        ensure!(All::<T>::get().size() == all, "dag: the log of all records does not hold what the logs hold");
        Ok(())
    }

    /// Writers write something, and are few.
    fn check_writers() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<Did, u32>::new();
        for (dag, ..) in WriterKeys::<T>::iter_keys() {
            let count = counts.entry(dag).or_default();
            *count = count.saturating_add(1);
        }
        ensure!(counts.keys().all(Dags::<T>::contains_key), "dag: a writer writes no DAG");
        ensure!(counts.values().all(|count| *count <= WRITERS_MAX), "dag: a DAG has too many writers");
        Ok(())
    }

    /// Who is barred is barred from something.
    fn check_bars() -> Result<(), TryRuntimeError> {
        let known = Bars::<T>::iter_keys().all(|(dag, _)| Dags::<T>::contains_key(dag));
        ensure!(known, "dag: a key is barred from no DAG");
        let in_order = Bars::<T>::iter_values().all(|bar| bar.signed[0] <= bar.signed[1]);
        ensure!(in_order, "dag: evidence is not in order");
        Ok(())
    }
}
