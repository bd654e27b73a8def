//! Anchors of signed records: what of a DAG is final.
//!
//! A *record* is a DAG node that somebody signed ([`icn_dag`]). Records travel and are kept outside of the state; a block lists those
//! that it makes final as *anchor entries*, in an inherent of their own ([`mod@anchoring`]). Each DAG has a *log*, the Merkle
//! mountain range of its records' CIDs in the order in which they became final ([`Logs`]). With a proof of the log in a final block's
//! state, and one of the record in the log, anybody can show that the record is part of the chain's history. One log more has the records
//! of all DAGs ([`All`]): trust bundles name it.
//!
//! This pallet judges entries by the state: whether the DAG is there, who may write it, and what number comes next for each DAG,
//! issuer and key. That an entry is its record's, that the record is signed and available, and that its parents are final,
//! those validators check that hold it, before they vote. A key that signed two records for one place is *barred* from the DAG by
//! whoever shows both ([`Pallet::report_equivocation`]).
//!
//! The chain writes one DAG itself, that of its federation, without signatures: other pallets *emit* records through [`icn_dag::Emit`]
//! (`emission`). A node finds them in the state after the block.
//!
//! Who may write is asked through [`Rights`]; where no identities are, it is the list that a DAG's owner keeps ([`OwnerList`]).
//!
//! # Example
//! ```text
//! create(writers: [alice's key])                     -> Created { dag: did:icn:…, owner: alice }
//! block 7 lists genesis, seq 0 and a message, seq 1  -> Anchored { dag, first: 0, count: 2 }, the log has two leaves
//! report_equivocation(two messages with seq 2)       -> Barred { dag, key }: nothing more of that key becomes final
//! ```
//!
//! The rules are numbered in `docs/spec/dag.md`; code that carries one out names it. This pallet holds no record and verifies no
//! signature but those of evidence.

pub use pallet::*;
pub use rights::{OwnerList, Rights};
pub use types::*;
pub use weights::WeightInfo;

pub mod anchoring;
mod emission;
mod inception;
mod invariants;
#[cfg(test)]
mod mock;
mod ownership;
pub mod rights;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    //! Storage, events, errors and calls.

    use crate::{Bar, EmittedRecord, EntryList, OwnLog, Rights, WeightInfo, Writers, EMITTED_MAX, NETWORK_DEFAULT};
    use frame_support::{pallet_prelude::*, traits::Time};
    use frame_system::pallet_prelude::*;
    use icn_dag::{Cid, Did, Epoch, Equivocation, Key};
    use icn_merkle::Range;
    use icn_primitives::Moment;
    use sp_runtime::TryRuntimeError;

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Anchors.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What anchors need of the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The time of the current block, in milliseconds.
        type Time: Time<Moment = Moment>;

        /// The epoch of the current block.
        type Epoch: Get<Epoch>;

        /// Who may write what.
        type Rights: Rights;

        /// The federation, whose DAG the chain writes itself; nothing before it has a name.
        type Federation: Get<Option<Did>>;

        /// What the work costs.
        type WeightInfo: WeightInfo;
    }

    /// The name of this network in the DIDs that are made here. Written at genesis.
    #[pallet::storage]
    pub type Network<T> = StorageValue<_, crate::NetworkName, ValueQuery>;

    /// DAG → who owns it. Written by `create` and `set_owner`, never removed.
    // A DID is a hash that its maker cannot choose freely; whoever reads the key wants the DID.
    #[pallet::storage]
    pub type Dags<T: Config> = StorageMap<_, Blake2_128Concat, Did, T::AccountId>;

    /// (DAG, issuer, key) → nothing: the key may write the DAG for the issuer. Written by `create` and `set_writers`; at most
    /// [`crate::WRITERS_MAX`] of a DAG.
    // One value would have to be decoded for each record, and a block has 256 of them.
    #[pallet::storage]
    pub type WriterKeys<T> = StorageNMap<
        _,
        (NMapKey<Blake2_128Concat, Did>, NMapKey<Blake2_128Concat, Did>, NMapKey<Blake2_128Concat, Key>),
        (),
    >;

    /// DAG → the log of its final records: of each, the leaf hash of its CID. Written by the inherent; a DAG has one from its first
    /// record on.
    #[pallet::storage]
    pub type Logs<T> = StorageMap<_, Blake2_128Concat, Did, Range>;

    /// The log of all records of all DAGs, in the order in which they became final. Written by the inherent.
    #[pallet::storage]
    pub type All<T> = StorageValue<_, Range, ValueQuery>;

    /// How many records the chain has emitted, and the last of them.
    #[pallet::storage]
    pub type Own<T> = StorageValue<_, OwnLog, ValueQuery>;

    /// The records that the last block emitted. Removed at the beginning of the next one.
    // A node takes them from the state after the block.
    #[pallet::storage]
    pub type Emitted<T> = StorageValue<_, BoundedVec<EmittedRecord, ConstU32<EMITTED_MAX>>, ValueQuery>;

    /// (DAG, issuer, key) → number and CID of its last final record. Written by the inherent, never removed; not more than records.
    #[pallet::storage]
    pub type Last<T> = StorageMap<_, Blake2_128Concat, (Did, Did, Key), (u64, Cid)>;

    /// (DAG, key) → why nothing more that the key signs becomes final there. Written by `report_equivocation`, never removed.
    #[pallet::storage]
    pub type Bars<T> = StorageMap<_, Blake2_128Concat, (Did, Key), Bar>;

    /// How many DAGs were made here.
    #[pallet::storage]
    pub type Created<T> = StorageValue<_, u64, ValueQuery>;

    /// Whether this block has listed its entries. Removed at the end of the block.
    #[pallet::storage]
    pub type Listed<T> = StorageValue<_, (), OptionQuery>;

    /// The name of the network.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// 1 to 32 of `a-z`, `0-9` and `-`, with `-` inside only.
        pub network: String,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self { network: NETWORK_DEFAULT.into(), _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Network::<T>::put(
                crate::inception::network(&self.network).expect("the name of the network is 1 to 32 of a-z, 0-9 and -"),
            );
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A DAG was made.
        Created {
            /// Its name.
            dag: Did,
            /// Who decides who may write it.
            owner: T::AccountId,
        },
        /// Others may write a DAG from now on.
        WritersSet {
            /// The DAG.
            dag: Did,
            /// How many they are.
            writers: u32,
        },
        /// A DAG has another owner.
        OwnerSet {
            /// The DAG.
            dag: Did,
            /// The new one.
            owner: T::AccountId,
        },
        /// Records of a DAG are final.
        Anchored {
            /// The DAG.
            dag: Did,
            /// The place of the first of them in the log.
            first: u64,
            /// How many they are.
            count: u32,
        },
        /// The chain has emitted a record into the DAG of the federation.
        Emitted {
            /// The DAG.
            dag: Did,
            /// The record.
            cid: Cid,
        },
        /// A key signed two records for one place. Nothing more that it signs becomes final in this DAG.
        Barred {
            /// The DAG.
            dag: Did,
            /// The key.
            key: Key,
        },
    }

    /// Why a call is refused, or a block with such an entry is not valid.
    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// There is no such DAG. Its owner makes it with `create`.
        UnknownDag,
        /// Only the DAG's owner may do this.
        NotOwner,
        /// A writer is there twice.
        WriterTwice,
        /// A writer's key is no Ed25519 key, or one that everyone can sign for, or not the one that its `did:key` names.
        UnsoundWriter,
        /// There is no room for another DAG, or for another record in this one.
        Full,
        /// The block has listed its entries already.
        AlreadyListed,
        /// The inherent lists nothing.
        NothingListed,
        /// One issuer has too many entries in one DAG in this block. The others go into the next one.
        QuotaExceeded,
        /// The entry is not the next of its DAG, issuer and key.
        NotNext,
        /// The first record of a DAG, and no other, is of kind `genesis`.
        NotGenesis,
        /// The record's time is too far ahead of the block's.
        TimeAhead,
        /// The record's epoch has not begun.
        EpochAhead,
        /// The issuer is not known.
        UnknownIssuer,
        /// The key is not the issuer's.
        UnknownKey,
        /// The key was the issuer's, or is barred.
        KeyRevoked,
        /// The issuer may not make records of this kind for this scope here.
        Unauthorised,
        /// The two are no evidence: they are not of one place, not different, or not signed.
        NotEquivocation,
        /// The key never wrote this DAG.
        NotWriter,
        /// The key is barred already.
        AlreadyBarred,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Emitted::<T>::kill();
            T::DbWeight::get().writes(2)
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Listed::<T>::kill();
        }

        fn try_state(_: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Lists the records that this block makes final.
        ///
        /// Origin: none. It is an inherent, once a block, that only the block's maker writes; validators that hold the records have
        /// checked that the entries are theirs.
        ///
        /// The logs of their DAGs grow.
        ///
        /// Errors, each of which makes the block invalid: [`Error::AlreadyListed`], [`Error::NothingListed`], and those of
        /// [`Pallet::check_entry`].
        ///
        /// Events: [`Event::Anchored`] for each DAG.
        #[pallet::call_index(0)]
        #[pallet::weight((<T as Config>::WeightInfo::anchor(entries.len() as u32), DispatchClass::Mandatory))]
        pub fn anchor(origin: OriginFor<T>, entries: EntryList) -> DispatchResult {
            ensure_none(origin)?;
            Self::list(&entries)
        }

        /// Makes a DAG.
        ///
        /// Origin: signed; the account becomes its owner.
        ///
        /// Its name is in the event. The first record that becomes final in it is of kind `genesis`.
        ///
        /// Errors: [`Error::WriterTwice`], [`Error::UnsoundWriter`], [`Error::Full`].
        ///
        /// Event: [`Event::Created`].
        #[pallet::call_index(1)]
        #[pallet::weight(<T as Config>::WeightInfo::create(writers.len() as u32))]
        pub fn create(origin: OriginFor<T>, writers: Writers) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_create(owner, writers)
        }

        /// Sets who may write a DAG.
        ///
        /// Origin: signed by its owner.
        ///
        /// Records that are not final when it takes effect are judged by the new list.
        ///
        /// Errors: [`Error::UnknownDag`], [`Error::NotOwner`], [`Error::WriterTwice`], [`Error::UnsoundWriter`].
        ///
        /// Event: [`Event::WritersSet`].
        #[pallet::call_index(2)]
        #[pallet::weight(<T as Config>::WeightInfo::set_writers(writers.len() as u32))]
        pub fn set_writers(origin: OriginFor<T>, dag: Did, writers: Writers) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_set_writers(owner, dag, writers)
        }

        /// Gives a DAG to another account.
        ///
        /// Origin: signed by its owner.
        ///
        /// Errors: [`Error::UnknownDag`], [`Error::NotOwner`].
        ///
        /// Event: [`Event::OwnerSet`].
        #[pallet::call_index(3)]
        #[pallet::weight(<T as Config>::WeightInfo::set_owner())]
        pub fn set_owner(origin: OriginFor<T>, dag: Did, owner: T::AccountId) -> DispatchResult {
            let current = ensure_signed(origin)?;
            Self::do_set_owner(current, dag, owner)
        }

        /// Shows that a key signed two records for one place.
        ///
        /// Origin: signed, by anybody.
        ///
        /// The key is barred from the DAG, and the evidence is kept.
        ///
        /// Errors: [`Error::NotEquivocation`], [`Error::UnknownDag`], [`Error::NotWriter`], [`Error::AlreadyBarred`].
        ///
        /// Event: [`Event::Barred`].
        #[pallet::call_index(4)]
        #[pallet::weight(<T as Config>::WeightInfo::report_equivocation())]
        pub fn report_equivocation(origin: OriginFor<T>, evidence: Box<Equivocation>) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_report_equivocation(&evidence)
        }
    }

    /// The executor makes the inherent itself; FRAME needs to know which call it is, so that it may come before
    /// polling.
    #[pallet::inherent]
    impl<T: Config> ProvideInherent for Pallet<T> {
        type Call = Call<T>;
        type Error = sp_inherents::MakeFatalError<()>;

        const INHERENT_IDENTIFIER: sp_inherents::InherentIdentifier = *b"icn-dag\0";

        fn create_inherent(_: &sp_inherents::InherentData) -> Option<Self::Call> {
            None
        }

        fn is_inherent(call: &Self::Call) -> bool {
            matches!(call, Call::anchor { .. })
        }
    }
}
