//! The agenda: calls that run at or after a time.
//!
//! Heights are not time: an idle chain makes no blocks. Whatever happens at a time (a term ends, a notice runs out, a budget
//! renews) is an *entry* of the agenda: a call, the origin to run it as, the block time at which it is *due* (milliseconds since
//! the Unix epoch), and how often to *retry* it when it fails. The node reads [`Agenda::next_due`] and makes a block when the
//! time comes.
//!
//! An entry runs in the first block of its time or later that has room for it: after the block's time is known and before its
//! first transaction, earliest first, within a share of the block's weight. What finds no room is first in the next block, so
//! many entries due at once are served over several blocks. See [`mod@service`] for the rules, [`mod@queue`] for the storage.
//!
//! # Example
//! ```text
//! agenda.schedule(due: 1_800_000_000_000, retry: {times: 3, period: 60_000}, call: treasury.renew())
//!     -> Scheduled {id: 7, due}
//! block of time 1_800_000_000_250 -> Dispatched {id: 7, Err}, RetryScheduled {id: 7, due: 1_800_000_060_250, left: 2}
//! block of time 1_800_000_060_250 -> Dispatched {id: 7, Ok}
//! ```
//!
//! This pallet never reads a clock and never counts blocks.

pub use limits::*;
pub use pallet::*;
pub use place::Place;
pub use traits::Agenda;
pub use types::*;
pub use weights::WeightInfo;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod invariants;
mod limits;
#[cfg(test)]
mod mock;
mod place;
mod preimages;
pub mod queue;
pub mod service;
#[cfg(test)]
mod tests;
mod traits;
mod types;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    //! Storage, events, errors and calls.

    use crate::{Agenda, BoundedCallOf, EntryId, EntryOf, Place, Retry, WeightInfo};
    use frame_support::{
        dispatch::{GetDispatchInfo, PostDispatchInfo},
        pallet_prelude::*,
        traits::{CallerTrait, OriginTrait, PrivilegeCmp, QueryPreimage, StorePreimage, Time},
        weights::WeightMeter,
    };
    use frame_system::{pallet_prelude::*, RawOrigin};
    use icn_primitives::Moment;
    use sp_runtime::{traits::Dispatchable, TryRuntimeError};

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// The agenda.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What the agenda needs of the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The aggregated origin, made from a stored caller.
        type RuntimeOrigin: OriginTrait<PalletsOrigin = Self::PalletsOrigin>
            + From<Self::PalletsOrigin>
            + IsType<<Self as frame_system::Config>::RuntimeOrigin>;

        /// The aggregated caller, as it is stored.
        type PalletsOrigin: From<RawOrigin<Self::AccountId>> + CallerTrait<Self::AccountId> + MaxEncodedLen;

        /// The aggregated call.
        type RuntimeCall: Parameter
            + Dispatchable<
                RuntimeOrigin = <Self as Config>::RuntimeOrigin,
                PostInfo = PostDispatchInfo,
                Info = frame_support::dispatch::DispatchInfo,
            > + GetDispatchInfo
            + From<frame_system::Call<Self>>;

        /// The time of the current block, in milliseconds; of the parent until the block's own is known.
        type Time: Time<Moment = Moment>;

        /// Where calls of more than 128 bytes are kept.
        type Preimages: QueryPreimage<H = Self::Hashing> + StorePreimage;

        /// Who may schedule and cancel by calls.
        type ScheduleOrigin: EnsureOrigin<<Self as frame_system::Config>::RuntimeOrigin>;

        /// Who may cancel what another has scheduled.
        type OriginPrivilegeCmp: PrivilegeCmp<Self::PalletsOrigin>;

        /// The agenda's share of a block. A heavier call never runs.
        #[pallet::constant]
        type MaximumWeight: Get<Weight>;

        /// Most entries at one time.
        #[pallet::constant]
        type EntriesMax: Get<u32>;

        /// Most retries of an entry.
        #[pallet::constant]
        type RetriesMax: Get<u32>;

        /// What the work costs.
        type WeightInfo: WeightInfo;
    }

    /// The id of the next entry.
    #[pallet::storage]
    pub type NextId<T> = StorageValue<_, EntryId, ValueQuery>;

    /// Entry id → entry. Written by the calls, by other pallets and by the service; at most `EntriesMax`.
    // Ids are given by this pallet, so a cheap hasher will do.
    #[pallet::storage]
    pub type Entries<T: Config> = CountedStorageMap<_, Twox64Concat, EntryId, EntryOf<T>>;

    /// The order of the entries: (due, id), each 8 bytes big-endian, so that keys sort by time and then by id. One for each
    /// entry.
    // Not hashed, so that the first key is the first entry; nobody but this pallet chooses keys.
    #[pallet::storage]
    pub type Queue<T> = StorageMap<_, Identity, Place, ()>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An entry was put on the agenda.
        Scheduled {
            /// Its id.
            id: EntryId,
            /// When it runs, or later, in milliseconds since the Unix epoch.
            due: Moment,
        },
        /// An entry was taken off the agenda before it ran.
        Canceled {
            /// Its id.
            id: EntryId,
        },
        /// An entry ran.
        Dispatched {
            /// Its id.
            id: EntryId,
            /// What came of its call.
            result: DispatchResult,
        },
        /// An entry failed and will be tried again.
        RetryScheduled {
            /// Its id.
            id: EntryId,
            /// When, or later.
            due: Moment,
            /// Retries left after that one.
            left: u32,
        },
        /// An entry failed for the last time and is off the agenda.
        RetriesExhausted {
            /// Its id.
            id: EntryId,
        },
        /// The call of an entry was not to be found, or its call or origin is none of this runtime's; it is off the agenda.
        CallUnavailable {
            /// Its id.
            id: EntryId,
        },
        /// An entry is heavier than the agenda's share of a block; it is off the agenda.
        PermanentlyOverweight {
            /// Its id.
            id: EntryId,
        },
    }

    /// Why a call is refused.
    #[pallet::error]
    pub enum Error<T> {
        /// The time has come already. Times are milliseconds since the Unix epoch and must be after the current block's.
        NotInFuture,
        /// Retries must be from 1 to `RetriesMax`, at least 1 ms apart. Leave the retry out to try once.
        RetryOutOfRange,
        /// The agenda holds `EntriesMax` entries. Wait until some have run, or cancel some.
        AgendaFull,
        /// The call is heavier than the agenda's share of a block, so it could never run. Split it.
        CallTooHeavy,
        /// The call is larger than what can be stored. Split it.
        CallTooLarge,
        /// No entry has this id: it has ended, was canceled, or never was.
        NotFound,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Runs what is due: inherents have been applied, transactions have not.
        fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
            Self::serve(meter);
        }

        fn try_state(_: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
            Self::do_try_state()
        }

        fn integrity_test() {
            let share = T::MaximumWeight::get();
            let block = T::BlockWeights::get();
            let least = T::WeightInfo::serve_base().saturating_add(Self::entry_cost(1024));
            assert!(least.all_lte(share), "MaximumWeight has no room for a call of 1 KiB");
            let free = block.max_block.saturating_sub(block.base_block);
            assert!(share.all_lte(free), "MaximumWeight is more than a block has");
            assert!(T::EntriesMax::get() > 0, "EntriesMax is 0");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Runs `call` in the first block of time `due` or later that has room for it.
        ///
        /// Origin: `ScheduleOrigin`; the call runs as that origin.
        ///
        /// An entry is added, and the call stored when it is more than 128 bytes. When the call fails it is tried again as
        /// `retry` says.
        ///
        /// Errors: [`Error::NotInFuture`], [`Error::RetryOutOfRange`], [`Error::AgendaFull`], [`Error::CallTooHeavy`],
        /// [`Error::CallTooLarge`].
        ///
        /// Event: [`Event::Scheduled`].
        #[pallet::call_index(0)]
        #[pallet::weight(<T as Config>::WeightInfo::schedule(call.encoded_size() as u32))]
        pub fn schedule(
            origin: OriginFor<T>,
            due: Moment,
            retry: Option<Retry>,
            call: Box<<T as Config>::RuntimeCall>,
        ) -> DispatchResult {
            let caller = Self::ensure_scheduler(origin)?;
            Self::do_schedule(due, retry, caller, *call)?;
            Ok(())
        }

        /// As `schedule`, `delay` milliseconds after the current block's time.
        ///
        /// Origin, changes, errors and event: as `schedule`.
        #[pallet::call_index(1)]
        #[pallet::weight(<T as Config>::WeightInfo::schedule(call.encoded_size() as u32))]
        pub fn schedule_after(
            origin: OriginFor<T>,
            delay: Moment,
            retry: Option<Retry>,
            call: Box<<T as Config>::RuntimeCall>,
        ) -> DispatchResult {
            let caller = Self::ensure_scheduler(origin)?;
            // A time past the end of time never comes; such an entry can be canceled.
            let due = T::Time::now().saturating_add(delay);
            Self::do_schedule(due, retry, caller, *call)?;
            Ok(())
        }

        /// Takes an entry off the agenda.
        ///
        /// Origin: `ScheduleOrigin`, as privileged as the one who scheduled it.
        ///
        /// The entry and its claim on a preimage are removed.
        ///
        /// Errors: [`Error::NotFound`]; `BadOrigin` when the other is more privileged.
        ///
        /// Event: [`Event::Canceled`].
        #[pallet::call_index(2)]
        #[pallet::weight(<T as Config>::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, id: EntryId) -> DispatchResult {
            let caller = Self::ensure_scheduler(origin)?;
            Self::do_cancel(Some(&caller), id)
        }
    }

    impl<T: Config> Pallet<T> {
        fn ensure_scheduler(origin: OriginFor<T>) -> Result<T::PalletsOrigin, DispatchError> {
            T::ScheduleOrigin::ensure_origin(origin.clone())?;
            let origin = <T as Config>::RuntimeOrigin::from(origin);
            Ok(origin.caller().clone())
        }
    }

    impl<T: Config> Agenda for Pallet<T> {
        type Call = <T as Config>::RuntimeCall;
        type Origin = T::PalletsOrigin;
        type Hasher = T::Hashing;

        fn schedule(
            due: Moment,
            retry: Option<Retry>,
            origin: Self::Origin,
            call: Self::Call,
        ) -> Result<EntryId, DispatchError> {
            Self::do_schedule(due, retry, origin, call)
        }

        fn schedule_bounded(
            due: Moment,
            retry: Option<Retry>,
            origin: Self::Origin,
            call: BoundedCallOf<T>,
        ) -> Result<EntryId, DispatchError> {
            Self::do_schedule_bounded(due, retry, origin, call)
        }

        fn cancel(id: EntryId) -> DispatchResult {
            Self::do_cancel(None, id)
        }

        fn next_due() -> Option<Moment> {
            Self::front().map(|place| place.due())
        }
    }
}
