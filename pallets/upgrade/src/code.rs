//! `:code`, which no one writes but this pallet.
//!
//! The routes to it in `frame_system`, and what closes each:
//!
//! | call | closed by |
//! |---|---|
//! | `set_heap_pages` | nothing to close: it writes `:heappages`, which no native runtime reads |
//! | `set_code` | no wasm runtime version can be read; [`RefuseSetCode`] |
//! | `set_code_without_checks`, `apply_authorized_upgrade` | [`RefuseSetCode`] |
//! | `authorize_upgrade`, `authorize_upgrade_without_checks` | the authorization is removed at the end of the block |
//! | `set_storage`, `kill_storage`, `kill_prefix` | the descriptor is put back at the end of the block |
//! | `set_storage` of what `frame_system` keeps for code that is pending | it is removed at the end of the block, before use |
//!
//! Calls that are not of the root origin are refused earlier by the runtime's call filter, with [`touches_code`]; root passes
//! every filter.

use crate::{Config, Error, Event, Pallet};
use codec::Encode;
use frame_support::{
    storage::{storage_prefix, unhashed},
    traits::{Get, PalletInfoAccess},
};
use icn_primitives::{code::CODE_KEY, CodeDescriptor};
use sp_core::storage::well_known_keys::PENDING_CODE;
use sp_runtime::DispatchResult;

/// Item of `frame_system`: the hash of code that anyone may then apply.
const AUTHORIZED_UPGRADE: &[u8] = b"AuthorizedUpgrade";

/// Item of `frame_system`: when pending code becomes `:code`.
const BLOCKS_TILL_UPGRADE: &[u8] = b"BlocksTillUpgrade";

/// `frame_system::Config::OnSetCode` of a native runtime: there is no code to set.
pub struct RefuseSetCode;

impl<T: Config> frame_system::SetCode<T> for RefuseSetCode {
    fn set_code(_: Vec<u8>) -> DispatchResult {
        Err(Error::<T>::RuntimeIsNative.into())
    }
}

/// Whether a call of `frame_system` is meant to change the code or its environment, by whatever route. Calls inside other pallets' calls are for
/// the runtime's filter to find.
pub fn touches_code<T: frame_system::Config>(call: &frame_system::Call<T>) -> bool {
    use frame_system::Call::*;
    match call {
        set_code { .. }
        | set_code_without_checks { .. }
        | authorize_upgrade { .. }
        | authorize_upgrade_without_checks { .. }
        | apply_authorized_upgrade { .. }
        | set_heap_pages { .. } => true,
        set_storage { items } => items.iter().any(|(key, _)| is_code_key::<T>(key)),
        kill_storage { keys } => keys.iter().any(|key| is_code_key::<T>(key)),
        kill_prefix { prefix, .. } => code_keys::<T>().iter().any(|key| key.starts_with(prefix)),
        _ => false,
    }
}

fn is_code_key<T: frame_system::Config>(key: &[u8]) -> bool {
    code_keys::<T>().iter().any(|code_key| code_key == key)
}

/// The keys by which `:code` can change.
fn code_keys<T: frame_system::Config>() -> [Vec<u8>; 4] {
    let items = [AUTHORIZED_UPGRADE, BLOCKS_TILL_UPGRADE].map(system_key::<T>);
    let [authorized, blocks_left] = items;
    [CODE_KEY.to_vec(), PENDING_CODE.to_vec(), authorized, blocks_left]
}

fn system_key<T: frame_system::Config>(item: &[u8]) -> Vec<u8> {
    storage_prefix(frame_system::Pallet::<T>::name().as_bytes(), item).to_vec()
}

impl<T: Config> Pallet<T> {
    /// What stands under `:code` while `spec_version` is the chain's.
    pub fn code(spec_version: u32) -> Vec<u8> {
        CodeDescriptor::new(&T::Version::get().spec_name, spec_version).encode()
    }

    /// Writes `:code` for the version the chain has agreed on.
    pub(crate) fn write_code() {
        unhashed::put_raw(CODE_KEY, &Self::code(Self::agreed_version()));
    }

    /// Undoes what root has done to the code in this block. It runs in `on_finalize`, before `frame_system` would apply pending
    /// code.
    pub(crate) fn restore_code() {
        if unhashed::get_raw(CODE_KEY).as_deref() != Some(&Self::code(Self::agreed_version())[..]) {
            Self::write_code();
            Self::deposit_event(Event::CodeRestored);
        }
        for item in [AUTHORIZED_UPGRADE, BLOCKS_TILL_UPGRADE] {
            let key = system_key::<T>(item);
            if unhashed::exists(&key) {
                unhashed::kill(&key);
                unhashed::kill(PENDING_CODE);
                Self::deposit_event(Event::CodeRestored);
            }
        }
    }
}
