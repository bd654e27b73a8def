//! The validators of the chain: who signs its blocks, with what power, and what becomes of who signs two.
//!
//! A *set* is the validators of a height ([`icn_primitives::validators`]). [`Current`] is the set of the next block,
//! with the priorities by which proposers take turns. Whatever changes it in block *H* (a call of the privileged
//! origin, or evidence) is gathered in [`Changes`] and takes effect at *H + 1*, so that it is under
//! `next_validators_hash` of *H*; each change is checked when it is made, against the set with all changes before it.
//!
//! The second inherent of each block is the *consensus record* ([`mod@inherent`]): the commit of the block before,
//! which says who was present, and evidence. The executor verifies the signatures of both before the runtime runs,
//! since it knows the chain id; this pallet judges who is meant and when it was, against the sets of the past, which
//! are kept for as long as evidence may refer to them. An offender loses its power and its address is *tombstoned*:
//! that key never signs again. A key that was *rotated* away answers through its successor.
//!
//! # Example
//! ```text
//! block   in it                                       what comes of it                       who signs it
//! 7       join(key: D, power: 1)                      Joined {D}, SetChanged {first: 8}      A B C
//! 8       consensus(commit of 7: A, C)                missed(B) = 1                          A B C D
//! 9       consensus(commit of 8, B voted twice in 6)  Tombstoned {B}, SetChanged {first: 10} A B C D
//! 10                                                                                         A C D
//! ```
//!
//! The rules are numbered in `docs/spec/validators.md`; code that carries one out names it.
//!
//! A chain whose genesis names no validators has none, and its records are empty. This pallet never verifies a
//! signature and never decides who may call it.

pub use api::*;
pub use attendance::Attendance;
pub use genesis::GenesisValidator;
pub use pallet::*;
pub use parameters::{Parameters, Timeouts, TIMEOUT_MS_MAX};
pub use timeline::Timeline;
pub use types::*;
pub use weights::WeightInfo;

mod api;
pub mod attendance;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod difference;
pub mod evidence;
mod genesis;
pub mod history;
pub mod inherent;
mod invariants;
mod membership;
#[cfg(test)]
mod mock;
mod parameters;
#[cfg(test)]
mod tests;
pub mod timeline;
mod types;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    //! Storage, events, errors and calls.

    use crate::{
        genesis, Attendance, GenesisValidator, Key, Member, Moniker, Offence, Parameters, Past, PeerId, Successor,
        Timeline, Tombstone, WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::Time};
    use frame_system::pallet_prelude::*;
    use icn_primitives::{
        tendermint::ValidatorAddress, validators::VALIDATORS_MAX, BlockNumber, ConsensusRecord, Moment, ValidatorSet,
    };
    use sp_runtime::TryRuntimeError;

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Most keys whose power a block changes: all that are there and as many that come.
    pub(crate) const CHANGES_MAX: u32 = 2 * VALIDATORS_MAX;

    /// Validators.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What validators need of the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may change the set and the parameters.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The time of the current block, in milliseconds.
        type Time: Time<Moment = Moment>;

        /// What the work costs.
        type WeightInfo: WeightInfo;
    }

    /// The validators of the next block; inside a block, those of the block. Written at genesis and at the end of each
    /// block. There is none on a chain without validators.
    #[pallet::storage]
    pub type Current<T> = StorageValue<_, ValidatorSet>;

    /// The first height that is signed by the keys and powers of `Current`.
    #[pallet::storage]
    pub type Since<T> = StorageValue<_, BlockNumber, ValueQuery>;

    /// What this block changes: key → power from the next height on, 0 when it leaves. Each differs from `Current`.
    /// Written by the calls and by evidence, removed at the end of the block.
    #[pallet::storage]
    pub type Changes<T> = StorageValue<_, BoundedBTreeMap<Key, u64, ConstU32<CHANGES_MAX>>, ValueQuery>;

    /// Key → who stands behind it, for each validator of `Current` with `Changes`; at most [`VALIDATORS_MAX`].
    // A key is chosen by who joins.
    #[pallet::storage]
    pub type Members<T> = StorageMap<_, Blake2_128Concat, Key, Member>;

    /// Last height → the set that signed up to it. Written when the set changes, removed when no evidence can refer to
    /// it.
    // Four bytes, big-endian and not hashed, so that keys are in the order of heights; nobody but this pallet chooses
    // keys.
    #[pallet::storage]
    pub type History<T> = StorageMap<_, Identity, [u8; 4], Past>;

    /// The times of some heights, by which the age of evidence is judged.
    #[pallet::storage]
    pub type Times<T> = StorageValue<_, Timeline, ValueQuery>;

    /// Rotated key → the key that took its place. Written by `rotate`, removed with the history; at most
    /// [`SUCCESSORS_MAX`](crate::evidence::SUCCESSORS_MAX).
    #[pallet::storage]
    pub type Successors<T> = CountedStorageMap<_, Blake2_128Concat, Key, Successor>;

    /// Address → why it never signs again. Written by evidence, never removed; not more than keys that ever signed.
    #[pallet::storage]
    pub type Tombstones<T> = StorageMap<_, Blake2_128Concat, ValidatorAddress, Tombstone>;

    /// Address → which blocks it signed, for validators of `Current` that were to sign one. Written by each block.
    // One value: it is read and written whole.
    #[pallet::storage]
    pub type Presence<T> =
        StorageValue<_, BoundedBTreeMap<ValidatorAddress, Attendance, ConstU32<VALIDATORS_MAX>>, ValueQuery>;

    /// The parameters of consensus. Written at genesis and by `set_parameters`.
    #[pallet::storage]
    pub type ChainParameters<T> = StorageValue<_, Parameters, ValueQuery>;

    /// Whether this block has told its record. Removed at the end of the block.
    #[pallet::storage]
    pub type Noted<T> = StorageValue<_, (), OptionQuery>;

    /// The validators of the first block and the parameters.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The validators; a chain without any never has one.
        pub validators: Vec<GenesisValidator>,
        /// The parameters of consensus.
        pub parameters: Parameters,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            genesis::build(self);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A validator signs from the next height on.
        Joined {
            /// Its key.
            key: Key,
            /// Its power.
            power: u64,
        },
        /// A validator signs no more from the next height on.
        Left {
            /// Its key.
            key: Key,
        },
        /// A validator has another power from the next height on.
        PowerChanged {
            /// Its key.
            key: Key,
            /// The power it had.
            from: u64,
            /// Its new power.
            to: u64,
        },
        /// A validator signs with another key from the next height on.
        Rotated {
            /// The key it had.
            from: Key,
            /// Its new key.
            to: Key,
        },
        /// The parameters of consensus are others from the next height on.
        ParametersSet {
            /// The new ones.
            parameters: Parameters,
        },
        /// A validator was proven to have done what it must never do. Its address never signs again.
        Tombstoned {
            /// Its address.
            address: ValidatorAddress,
            /// What it did.
            offence: Offence,
        },
        /// An offender keeps its power while there is no other validator; it leaves when another joins.
        LastValidatorKept {
            /// Its key.
            key: Key,
        },
        /// More than a third of the power moved at once. Light clients have to follow block by block.
        LargeChange {
            /// The power that moved.
            moved: u64,
            /// All power after it.
            total: u64,
        },
        /// The chain stops when the mightiest of its validators does.
        FaultToleranceLost {
            /// The power of that validator.
            most: u64,
            /// All power.
            total: u64,
        },
        /// Other validators, or others' powers, sign from a height on.
        SetChanged {
            /// That height, the next one.
            first: BlockNumber,
            /// How many they are.
            validators: u32,
            /// Their power together.
            total: u64,
        },
    }

    /// Why a call is refused.
    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// The chain has no validators: its genesis names none.
        NoValidators,
        /// The key is no Ed25519 key, or one that everyone can sign for. Make a new one with `icn keys new`.
        UnsoundKey,
        /// The key is a validator's already.
        AlreadyMember,
        /// The key is no validator's.
        NotMember,
        /// The key signed two votes in one step once and never signs again. Use a new key.
        KeyTombstoned,
        /// The key was rotated, and evidence against it may still come. Use a new key.
        KeyRotated,
        /// The validator joins in this block and has signed nothing. Let it leave, and join with the other key.
        NotSigningYet,
        /// So many keys were rotated lately that no more can be remembered. Wait until evidence against some is too
        /// old.
        TooManyRotations,
        /// A power is at least 1. To remove a validator use `leave`.
        NoPower,
        /// The validators would have together more power than Tendermint can count.
        TooMuchPower,
        /// There are as many validators as there can be.
        TooManyValidators,
        /// Nobody would be left to make blocks.
        LastValidator,
        /// The moniker is not UTF-8.
        MonikerNotText,
        /// A peer id is of visible ASCII characters, without spaces.
        PeerIdMalformed,
        /// Another validator has this peer id. Each validator has a node of its own.
        PeerIdTaken,
        /// A parameter is out of its range.
        ParametersOutOfRange,
        /// The block has told its record already.
        AlreadyNoted,
        /// The record lacks the commit of the block before.
        CommitMissing,
        /// The record has a commit though nobody signs the block before.
        CommitUnexpected,
        /// The commit has not one entry for each validator of its height.
        CommitLength,
        /// The evidence is of this height or a later one.
        EvidenceNotPast,
        /// The evidence is too old, by blocks and by time.
        EvidenceTooOld,
        /// The one it is against did not sign at that height, as far as is remembered.
        OffenderUnknown,
        /// The offender's address never signs again already.
        AlreadyTombstoned,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            <T as Config>::WeightInfo::hooks()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::close_block();
        }

        fn try_state(_: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Tells the block's consensus record: the commit of the block before, and evidence.
        ///
        /// Origin: none. It is an inherent, once a block, that only the block's maker writes; the executor has verified
        /// its signatures.
        ///
        /// Presence is noted; offenders lose their power and are tombstoned.
        ///
        /// Errors, each of which makes the block invalid: [`Error::AlreadyNoted`], [`Error::CommitMissing`],
        /// [`Error::CommitUnexpected`], [`Error::CommitLength`], and those of [`Pallet::check_evidence`].
        ///
        /// Events: [`Event::Tombstoned`], [`Event::Left`], [`Event::LastValidatorKept`].
        #[pallet::call_index(0)]
        #[pallet::weight((crate::weights::consensus::<<T as Config>::WeightInfo>(record), DispatchClass::Mandatory))]
        pub fn consensus(origin: OriginFor<T>, record: ConsensusRecord) -> DispatchResult {
            ensure_none(origin)?;
            Self::note_record(&record)
        }

        /// Adds a validator.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// It signs from the next height on, and its turn to propose comes after everyone else's. An offender that was
        /// kept because there was no other leaves.
        ///
        /// Errors: [`Error::NoPower`], [`Error::UnsoundKey`], [`Error::AlreadyMember`], [`Error::KeyTombstoned`],
        /// [`Error::KeyRotated`], [`Error::MonikerNotText`], [`Error::PeerIdMalformed`], [`Error::PeerIdTaken`],
        /// [`Error::TooManyValidators`], [`Error::TooMuchPower`], [`Error::NoValidators`].
        ///
        /// Events: [`Event::Joined`]; [`Event::LargeChange`], [`Event::FaultToleranceLost`], [`Event::Left`].
        #[pallet::call_index(1)]
        #[pallet::weight((<T as Config>::WeightInfo::join(), DispatchClass::Operational))]
        pub fn join(origin: OriginFor<T>, key: Key, power: u64, peer_id: PeerId, moniker: Moniker) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_join(key, power, Member { moniker, peer_id })
        }

        /// Removes a validator.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// It signs no more from the next height on. What it signed before can still be held against it.
        ///
        /// Errors: [`Error::NotMember`], [`Error::LastValidator`].
        ///
        /// Events: [`Event::Left`]; [`Event::LargeChange`], [`Event::FaultToleranceLost`].
        #[pallet::call_index(2)]
        #[pallet::weight((<T as Config>::WeightInfo::leave(), DispatchClass::Operational))]
        pub fn leave(origin: OriginFor<T>, key: Key) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_leave(key)
        }

        /// Gives a validator another power.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// It counts from the next height on.
        ///
        /// Errors: [`Error::NoPower`], [`Error::NotMember`], [`Error::TooMuchPower`].
        ///
        /// Events: [`Event::PowerChanged`]; [`Event::LargeChange`], [`Event::FaultToleranceLost`].
        #[pallet::call_index(3)]
        #[pallet::weight((<T as Config>::WeightInfo::set_power(), DispatchClass::Operational))]
        pub fn set_power(origin: OriginFor<T>, key: Key, power: u64) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_set_power(key, power)
        }

        /// Gives a validator another key, and its node another identity.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// The new key signs from the next height on, with the same power and moniker; its turn to propose comes after
        /// everyone else's. Evidence against the old key hits the new one.
        ///
        /// Errors: [`Error::NotMember`], [`Error::NotSigningYet`], [`Error::TooManyRotations`], [`Error::UnsoundKey`],
        /// [`Error::AlreadyMember`], [`Error::KeyTombstoned`], [`Error::KeyRotated`], [`Error::PeerIdMalformed`],
        /// [`Error::PeerIdTaken`].
        ///
        /// Events: [`Event::Rotated`]; [`Event::LargeChange`].
        #[pallet::call_index(4)]
        #[pallet::weight((
            // The successor and the count of them are removed one day.
            <T as Config>::WeightInfo::rotate().saturating_add(T::DbWeight::get().reads_writes(2, 2)),
            DispatchClass::Operational,
        ))]
        pub fn rotate(origin: OriginFor<T>, old_key: Key, new_key: Key, new_peer_id: PeerId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_rotate(old_key, new_key, new_peer_id)
        }

        /// Sets the parameters of consensus.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// They hold from the next height on.
        ///
        /// Errors: [`Error::ParametersOutOfRange`].
        ///
        /// Event: [`Event::ParametersSet`].
        #[pallet::call_index(5)]
        #[pallet::weight((<T as Config>::WeightInfo::set_parameters(), DispatchClass::Operational))]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(parameters.are_in_range(), Error::<T>::ParametersOutOfRange);
            ChainParameters::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet { parameters });
            Ok(())
        }
    }

    /// The executor makes the inherent itself; FRAME needs to know which call it is, so that it may come before
    /// polling.
    #[pallet::inherent]
    impl<T: Config> ProvideInherent for Pallet<T> {
        type Call = Call<T>;
        type Error = sp_inherents::MakeFatalError<()>;

        const INHERENT_IDENTIFIER: sp_inherents::InherentIdentifier = *b"icn-cons";

        fn create_inherent(_: &sp_inherents::InherentData) -> Option<Self::Call> {
            None
        }

        fn is_inherent(call: &Self::Call) -> bool {
            matches!(call, Call::consensus { .. })
        }
    }
}
