//! Reading the latest state and an older one: single values, and a whole map.

use crate::{accounts::Accounts, report::Report};
use icn_primitives::StateView;
use icn_runtime::Runtime;
use icn_storage::RocksStore;
use icn_tests::chain::TestChain;
use std::{ops::Bound, time::Instant};

/// Values read from each state.
const READS: u32 = 20_000;

/// Entries listed of each state.
const LISTED: usize = 20_000;

/// Adds what reads take in the latest state and in that of block 1.
///
/// # Errors
/// When the store fails.
pub(crate) fn measure(
    chain: &TestChain<RocksStore>,
    accounts: &Accounts,
    label: &str,
    report: &mut Report,
) -> eyre::Result<()> {
    let (latest, past) = (chain.state(), chain.store.state_at(1)?);
    let name = |what: &str| format!("{label}, {what}");
    // The first reads fill the caches, and are not for one of the two to pay.
    read(&*latest, accounts)?;
    list(&*latest)?;
    for (when, state) in [("latest", &*latest as &dyn StateView), ("block 1", &*past)] {
        report.add(name(&format!("read of a value, {when}")), read(state, accounts)?, "us");
        report.add(name(&format!("listing of an entry, {when}")), list(state)?, "us");
    }
    for what in ["read of a value", "listing of an entry"] {
        let (past, latest) = (name(&format!("{what}, block 1")), name(&format!("{what}, latest")));
        report.ratio(&name(&format!("{what}, block 1 against latest")), &past, &latest)?;
    }
    Ok(())
}

fn read(state: &dyn StateView, accounts: &Accounts) -> eyre::Result<f64> {
    let step = (accounts.count / READS).max(1);
    let key = |index: u32| frame_system::Account::<Runtime>::hashed_key_for(accounts.id(index * step % accounts.count));
    let keys: Vec<Vec<u8>> = (0..READS).map(key).collect();
    let start = Instant::now();
    for key in &keys {
        eyre::ensure!(state.get(key)?.is_some(), "an account is missing");
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(READS))
}

fn list(state: &dyn StateView) -> eyre::Result<f64> {
    let mut prefix = frame_system::Account::<Runtime>::hashed_key_for(sp_runtime::AccountId32::new([0; 32]));
    prefix.truncate(32);
    let start = Instant::now();
    let mut listed = 0;
    for entry in state.entries(Bound::Included(&prefix[..])).take(LISTED) {
        listed += usize::from(entry?.0.starts_with(&prefix));
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / listed as f64)
}
