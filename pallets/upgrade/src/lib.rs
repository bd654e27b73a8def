//! Runtime upgrades: another binary from a height agreed on chain.
//!
//! The runtime is native (ADR 1), so an upgrade is a release that operators install. A *plan* names the first height of the new
//! *spec version*; a node of the old one makes no block from there on, a node of the new one none before ([`version::check`]).
//! In the first block of the new runtime the executive runs the migrations; this pallet carries out the plan: the chain's
//! *agreed version* becomes the new one, `:code` names it, and the header's digest says `RuntimeEnvironmentUpdated`, from which
//! wallets learn to fetch new metadata.
//!
//! There is no other way to `:code`: see [`code`].
//!
//! # Example
//! ```text
//! upgrade.plan(height: 10_000, spec_version: 2, info: "icn 0.2")     -> Planned, halts_at() = Some((10_000, 2))
//! block 9_999: version 1                                             the node of version 1 stops
//! block 10_000: version 2, in which migrations run                   -> Upgraded, halts_at() = None
//! ```

pub use code::{touches_code, RefuseSetCode};
pub use pallet::*;
pub use types::*;
pub use version::VersionError;
pub use weights::WeightInfo;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod code;
mod execution;
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod version;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    //! Storage, events, errors and calls.

    use crate::{Agreed, Info, Upgrade, WeightInfo};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_runtime::{traits::Saturating, TryRuntimeError};

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Upgrades.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What upgrades need of the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may plan and cancel.
        type UpgradeOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Blocks that operators have at least to install a release.
        #[pallet::constant]
        type MinimumNotice: Get<BlockNumberFor<Self>>;

        /// How many past upgrades are remembered, at least 1.
        #[pallet::constant]
        type HistoryMax: Get<u32>;

        /// What the work costs.
        type WeightInfo: WeightInfo;
    }

    /// The upgrade to come. Written by `plan`, removed by `cancel` and when it is carried out.
    #[pallet::storage]
    pub type Planned<T> = StorageValue<_, Upgrade<BlockNumberFor<T>>>;

    /// The version that the chain has agreed on: that of the runtime which made the state. Written at genesis and when a plan is
    /// carried out.
    #[pallet::storage]
    pub type AgreedVersion<T> = StorageValue<_, Agreed<BlockNumberFor<T>>, ValueQuery>;

    /// Upgrades made, oldest first; the oldest are forgotten beyond `HistoryMax`.
    #[pallet::storage]
    pub type History<T: Config> = StorageValue<_, BoundedVec<Upgrade<BlockNumberFor<T>>, T::HistoryMax>, ValueQuery>;

    /// Writes the first `:code`.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            AgreedVersion::<T>::put(Agreed { spec_version: T::Version::get().spec_version, since: 0u32.into() });
            Pallet::<T>::write_code();
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An upgrade was planned.
        Planned {
            /// The first block of the new runtime.
            height: BlockNumberFor<T>,
            /// Its spec version.
            spec_version: u32,
        },
        /// The plan was called off.
        Canceled {
            /// The height it was for.
            height: BlockNumberFor<T>,
            /// The spec version it was for.
            spec_version: u32,
        },
        /// The plan was carried out.
        Upgraded {
            /// This block.
            height: BlockNumberFor<T>,
            /// The spec version from this block on.
            spec_version: u32,
        },
        /// `:code`, or what could have changed it later, was changed in this block and is put back.
        CodeRestored,
    }

    /// Why a call is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// Operators would have less than `MinimumNotice` blocks. Choose a later height.
        NoticeTooShort,
        /// The spec version is not above the current one.
        VersionNotHigher,
        /// Another upgrade is planned. Cancel it first.
        AlreadyPlanned,
        /// No upgrade is planned.
        NotPlanned,
        /// The runtime is part of the node's binary: there is no code to set. Use `plan`.
        RuntimeIsNative,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Carries out the plan; the executive calls this in the first block of a binary of another version.
        fn on_runtime_upgrade() -> Weight {
            Self::carry_out(frame_system::Pallet::<T>::block_number().saturating_add(1u32.into()));
            <T as Config>::WeightInfo::upgrade()
        }

        /// Says in the header that the runtime is new. A digest item of `on_runtime_upgrade` would be lost, since the block is
        /// initialized after it.
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            if Self::upgraded_at(now) {
                frame_system::Pallet::<T>::deposit_log(sp_runtime::DigestItem::RuntimeEnvironmentUpdated);
            }
            <T as Config>::WeightInfo::hooks()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::restore_code();
        }

        fn try_state(_: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
            Self::do_try_state()
        }

        fn integrity_test() {
            assert!(T::HistoryMax::get() > 0, "HistoryMax is 0");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Plans that block `height` is the first of a runtime of `spec_version`; `info` says where the release is found.
        ///
        /// Origin: `UpgradeOrigin`.
        ///
        /// The plan is stored, and nodes of the present version will make no block from `height` on.
        ///
        /// Errors: [`Error::AlreadyPlanned`], [`Error::VersionNotHigher`], [`Error::NoticeTooShort`].
        ///
        /// Event: [`Event::Planned`].
        #[pallet::call_index(0)]
        #[pallet::weight((<T as Config>::WeightInfo::plan(), DispatchClass::Operational))]
        pub fn plan(origin: OriginFor<T>, height: BlockNumberFor<T>, spec_version: u32, info: Info) -> DispatchResult {
            T::UpgradeOrigin::ensure_origin(origin)?;
            Self::do_plan(Upgrade { height, spec_version, info })
        }

        /// Calls the plan off.
        ///
        /// Origin: `UpgradeOrigin`.
        ///
        /// The plan is removed, and the present version goes on.
        ///
        /// Errors: [`Error::NotPlanned`].
        ///
        /// Event: [`Event::Canceled`].
        #[pallet::call_index(1)]
        #[pallet::weight((<T as Config>::WeightInfo::cancel(), DispatchClass::Operational))]
        pub fn cancel(origin: OriginFor<T>) -> DispatchResult {
            T::UpgradeOrigin::ensure_origin(origin)?;
            Self::do_cancel()
        }
    }
}
