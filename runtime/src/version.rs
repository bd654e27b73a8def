//! Which runtime this is.

use frame_support::traits::Get;
use sp_runtime::Cow;
use sp_version::RuntimeVersion;
use std::{cell::Cell, sync::OnceLock};

/// The runtime of this binary. `spec_version` grows whenever the state transition or the metadata changes; a change takes
/// effect at a height agreed on chain (`pallet-upgrade`).
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("icn"),
    impl_name: Cow::Borrowed("icn"),
    authoring_version: 1,
    spec_version: 100,
    impl_version: 0,
    apis: crate::apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// The spec version under which a Development chain rehearses an upgrade.
static REHEARSED: OnceLock<u32> = OnceLock::new();

/// Makes this process run as another spec version, so that an upgrade can be rehearsed on a Development chain before its
/// binary exists. The node refuses it on all other chains. Returns whether it took effect: only the first call before the
/// runtime is used does.
pub fn rehearse(spec_version: u32) -> bool {
    REHEARSED.set(spec_version).is_ok()
}

thread_local! {
    /// The spec version that this thread's simulated node has.
    static SIMULATED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Does `work` as a binary of another spec version would, on this thread: in a simulation, nodes of several binaries run in one
/// process.
pub fn simulate<T>(spec_version: u32, work: impl FnOnce() -> T) -> T {
    let before = SIMULATED.replace(Some(spec_version));
    let done = work();
    SIMULATED.set(before);
    done
}

/// [`VERSION`], or the version that is simulated or rehearsed.
pub fn current_version() -> RuntimeVersion {
    let mut version = VERSION;
    if let Some(spec_version) = SIMULATED.get().or(REHEARSED.get().copied()) {
        version.spec_version = spec_version;
    }
    version
}

/// [`current_version`] as the pallets' parameter.
pub struct CurrentVersion;

impl Get<RuntimeVersion> for CurrentVersion {
    fn get() -> RuntimeVersion {
        current_version()
    }
}
