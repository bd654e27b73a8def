//! What must hold after every block. Tests and simulation ask after each one, `icn check` asks offline.

use crate::{AllPalletsWithSystem, Balance, Balances, Runtime, System};
use frame_support::traits::{PalletsInfoAccess, TryState, TryStateSelect};
use sp_runtime::TryRuntimeError;

/// Checks the invariants of every pallet, and the sums that cross pallets. Reads the whole state.
///
/// # Errors
/// The first one that does not hold, in words.
pub fn invariants() -> Result<(), TryRuntimeError> {
    // All of them in one call would say only that something does not hold.
    for pallet in AllPalletsWithSystem::infos() {
        let only = TryStateSelect::Only(vec![pallet.name.into()]);
        AllPalletsWithSystem::try_state(System::block_number(), only)?;
    }
    issuance_is_the_sum_of_balances()
}

/// Total issuance = Σ (free + reserved) over all accounts.
fn issuance_is_the_sum_of_balances() -> Result<(), TryRuntimeError> {
    let mut sum: Balance = 0;
    for (_, account) in frame_system::Account::<Runtime>::iter() {
        let held = account.data.free.checked_add(account.data.reserved);
        sum = held.and_then(|held| sum.checked_add(held)).ok_or("the sum of balances overflows")?;
    }
    if sum != Balances::total_issuance() {
        return Err("the total issuance is not the sum of the balances".into());
    }
    Ok(())
}
