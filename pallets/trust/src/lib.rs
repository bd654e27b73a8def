//! Epochs, and the bundles that seal them: what of the chain's history somebody can take away and show.
//!
//! Time is cut into *epochs*. Who seals an epoch's *bundle* ([`icn_trust::bundle`]), its *signers*, is fixed when the epoch begins: the
//! validators of then, each with its sealing key. The last block of an epoch *closes* it: what the bundle says is frozen. Once that block
//! is final, its signers sign the bundle, each by itself and outside of the chain; a later block carries the signatures, added up, in an
//! inherent of its own ([`mod@sealing`]), and the epoch is *sealed*. It is *superseded* when the next one is.
//!
//! ```text
//! open ── end of its last block ──> closing ── the inherent ──> sealed ── seal of the next epoch ──> superseded
//! ```
//!
//! A signature is about a block that is decided: no vote is one, and none can be pooled for a block that never was. While an epoch is
//! closing, the one after it is open and does not close: the chain of bundles has no gap. When signatures of more than two thirds of the
//! power do not come, the epoch stays closing, and says so ([`Event::QuorumMissing`]); it is sealed when they come. If those keys are
//! lost, others are named by [`Pallet::renew_signers`].
//!
//! # Example
//! ```text
//! block 1000   the epoch has had its blocks      Closed { epoch: 0, height: 1000 }; epoch 1 begins, its signers are those of block 1001
//! (outside)    block 1000 is decided             A, B and C sign the bundle of epoch 0
//! block 1001   seal(header of 1000, A + B + C)   Sealed { epoch: 0, bundle: bafy… }
//! ```
//!
//! The rules are numbered in `docs/spec/trust.md`; code that carries one out names it. This pallet never decides who is a validator.

pub use api::*;
pub use epochs::CurrentEpoch;
pub use genesis::GenesisKey;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod api;
mod epochs;
mod genesis;
mod invariants;
mod keys;
#[cfg(test)]
mod mock;
pub mod sealing;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    //! Storage, events, errors and calls.

    use crate::{
        Closing, GenesisKey, Parameters, SealedEpoch, SignerSet, Started, ValidatorKey, ValidatorPowers, WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::Time};
    use frame_system::pallet_prelude::*;
    use icn_dag::{Cid, Emit, Epoch};
    use icn_merkle::TreeHead;
    use icn_primitives::{Hash, Moment};
    use icn_trust::{
        bls::{PublicKey, Signature},
        seal::Seal,
    };
    use sp_runtime::{traits::HeaderProvider, TryRuntimeError};

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Epochs and their seals.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What epochs need of the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = Hash> {
        /// Who may name sealing keys, close an epoch, and set parameters.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The time of the current block, in milliseconds.
        type Time: Time<Moment = Moment>;

        /// The validators.
        type Validators: ValidatorPowers;

        /// The log of all records that are final.
        type Records: Get<TreeHead>;

        /// Makes records that the chain says itself.
        type Emit: Emit;

        /// The name of the network in the federation's DID.
        type Network: Get<Vec<u8>>;

        /// What the work costs.
        type WeightInfo: WeightInfo;
    }

    /// How long epochs are. Written at genesis and by `set_parameters`.
    #[pallet::storage]
    pub type EpochParameters<T> = StorageValue<_, Parameters, ValueQuery>;

    /// Validator → its sealing key. Written at genesis and by `set_key`, removed by `remove_key`; as many as the privileged origin names.
    // A validator's key is chosen by who joins.
    #[pallet::storage]
    pub type Keys<T> = StorageMap<_, Blake2_128Concat, ValidatorKey, PublicKey>;

    /// Sealing key → the validator that it is of: no two have one.
    #[pallet::storage]
    pub type Owners<T> = StorageMap<_, Blake2_128Concat, PublicKey, ValidatorKey>;

    /// The open epoch.
    #[pallet::storage]
    pub type Current<T> = StorageValue<_, Epoch, ValueQuery>;

    /// Where the open epoch began; nothing before the first block. Written when an epoch closes.
    #[pallet::storage]
    pub type Since<T> = StorageValue<_, Started>;

    /// Who seals the open epoch. Written at genesis and when an epoch closes.
    #[pallet::storage]
    pub type Signers<T> = StorageValue<_, SignerSet, ValueQuery>;

    /// The epoch that is closed and not sealed: the one before the open one. Removed when it is sealed.
    #[pallet::storage]
    pub type Unsealed<T> = StorageValue<_, Closing>;

    /// The epoch that was sealed last, and the name of its bundle.
    #[pallet::storage]
    pub type Last<T> = StorageValue<_, (Epoch, Cid)>;

    /// Epoch → its bundle and seal, of the last [`BUNDLES_KEPT`](crate::BUNDLES_KEPT) epochs. Written by the inherent.
    // The runtime counts epochs.
    #[pallet::storage]
    pub type Bundles<T> = StorageMap<_, Twox64Concat, Epoch, SealedEpoch>;

    /// Whether this block ends the epoch because somebody asked for it. Removed at the end of the block.
    #[pallet::storage]
    pub type Asked<T> = StorageValue<_, (), OptionQuery>;

    /// Sealing keys of the first validators, and how long epochs are.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Whose sealing keys are known from the beginning.
        pub keys: Vec<GenesisKey>,
        /// How long epochs are.
        pub parameters: Parameters,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            crate::genesis::build(self);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A validator has another sealing key, from the next epoch on.
        KeySet {
            /// The validator.
            validator: ValidatorKey,
            /// The key.
            key: PublicKey,
        },
        /// A validator has no sealing key any more, from the next epoch on.
        KeyRemoved {
            /// The validator.
            validator: ValidatorKey,
        },
        /// An epoch has ended. Its signers sign its bundle once this block is final.
        Closed {
            /// The epoch.
            epoch: Epoch,
            /// Its last block, which is this one.
            height: u32,
        },
        /// An epoch is sealed.
        Sealed {
            /// The epoch.
            epoch: Epoch,
            /// Its bundle.
            bundle: Cid,
            /// The power of those that signed.
            power: u64,
        },
        /// An epoch is closed for long, and too few of its signers have signed. It is sealed when they do; when their keys are lost,
        /// see `renew_signers`.
        QuorumMissing {
            /// The epoch.
            epoch: Epoch,
        },
        /// Others seal the epoch that is closed than those that its predecessor names. Who follows bundles needs one to trust from here on.
        SignersRenewed {
            /// The epoch.
            epoch: Epoch,
        },
        /// Epochs have another length.
        ParametersSet {
            /// The new parameters.
            parameters: Parameters,
        },
    }

    /// Why a call is refused, or a block with such a seal is not valid.
    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// The key is no point of the curve, or the proof was not made with it. `icn keys seal` shows both.
        NotPossessed,
        /// The sealing key is another validator's.
        KeyTaken,
        /// The validator has no sealing key.
        NoKey,
        /// A parameter is out of its range.
        ParametersOutOfRange,
        /// The epoch before has no seal yet.
        NotSealed,
        /// No epoch waits for its seal.
        NothingCloses,
        /// The header is not that of the block that closed the epoch.
        OtherBlock,
        /// There is no signer in a place that the seal names.
        UnknownSigner,
        /// The seal names a signer twice, or out of order.
        DuplicateSigner,
        /// Those that signed do not have more than two thirds of the power.
        QuorumNotMet,
        /// The signature is not that of the signers for this bundle.
        BadSignature,
        /// The bundle cannot be written.
        BadBundle,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::note_parent();
            <T as Config>::WeightInfo::hooks()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::end_block();
        }

        fn try_state(_: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
            Self::do_try_state()
        }
    }

    /// The header of a block of this chain.
    pub type HeaderOf<T> = <<T as frame_system::Config>::Block as HeaderProvider>::HeaderT;

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Seals the epoch that is closed.
        ///
        /// Origin: none. It is an inherent, once a block, that only the block's maker writes.
        ///
        /// The bundle and its seal are kept, and a record of kind `trust_bundle` is emitted.
        ///
        /// Errors, each of which makes the block invalid: [`Error::NothingCloses`], [`Error::OtherBlock`], [`Error::UnknownSigner`],
        /// [`Error::DuplicateSigner`], [`Error::QuorumNotMet`], [`Error::BadSignature`].
        ///
        /// Event: [`Event::Sealed`].
        #[pallet::call_index(0)]
        #[pallet::weight((<T as Config>::WeightInfo::seal(seal.signers.len() as u32), DispatchClass::Mandatory))]
        pub fn seal(origin: OriginFor<T>, header: Box<HeaderOf<T>>, seal: Seal) -> DispatchResult {
            ensure_none(origin)?;
            Self::do_seal(&header, seal)
        }

        /// Names a validator's sealing key.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// It seals from the next epoch on. The validator need not be one yet.
        ///
        /// Errors: [`Error::NotPossessed`], [`Error::KeyTaken`].
        ///
        /// Event: [`Event::KeySet`].
        #[pallet::call_index(1)]
        #[pallet::weight((<T as Config>::WeightInfo::set_key(), DispatchClass::Operational))]
        pub fn set_key(
            origin: OriginFor<T>,
            validator: ValidatorKey,
            key: PublicKey,
            proof: Signature,
        ) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_set_key(validator, key, &proof)
        }

        /// Takes a validator's sealing key away.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// It seals until the open epoch is sealed.
        ///
        /// Errors: [`Error::NoKey`].
        ///
        /// Event: [`Event::KeyRemoved`].
        #[pallet::call_index(2)]
        #[pallet::weight((<T as Config>::WeightInfo::remove_key(), DispatchClass::Operational))]
        pub fn remove_key(origin: OriginFor<T>, validator: ValidatorKey) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let key = Keys::<T>::take(validator).ok_or(Error::<T>::NoKey)?;
            Owners::<T>::remove(key);
            Self::deposit_event(Event::KeyRemoved { validator });
            Ok(())
        }

        /// Ends the open epoch with this block.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// Errors: [`Error::NotSealed`].
        ///
        /// Event: [`Event::Closed`], at the end of the block.
        #[pallet::call_index(3)]
        #[pallet::weight((<T as Config>::WeightInfo::close(), DispatchClass::Operational))]
        pub fn close(origin: OriginFor<T>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(!Unsealed::<T>::exists(), Error::<T>::NotSealed);
            Asked::<T>::put(());
            Ok(())
        }

        /// Lets the validators of the next block seal the epoch that is closed, because the keys of its signers are lost.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// Whoever follows bundles cannot follow this one: it is not sealed by those that its predecessor names.
        ///
        /// Errors: [`Error::NothingCloses`].
        ///
        /// Event: [`Event::SignersRenewed`].
        #[pallet::call_index(4)]
        #[pallet::weight((<T as Config>::WeightInfo::renew_signers(), DispatchClass::Operational))]
        pub fn renew_signers(origin: OriginFor<T>) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let mut closing = Unsealed::<T>::get().ok_or(Error::<T>::NothingCloses)?;
            closing.signers = Self::signers_now().seal_with();
            let epoch = closing.epoch;
            Unsealed::<T>::put(closing);
            Self::deposit_event(Event::SignersRenewed { epoch });
            Ok(())
        }

        /// Sets how long epochs are, from the open one on.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// Errors: [`Error::ParametersOutOfRange`].
        ///
        /// Event: [`Event::ParametersSet`].
        #[pallet::call_index(5)]
        #[pallet::weight((<T as Config>::WeightInfo::set_parameters(), DispatchClass::Operational))]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(parameters.are_in_range(), Error::<T>::ParametersOutOfRange);
            EpochParameters::<T>::put(parameters);
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

        const INHERENT_IDENTIFIER: sp_inherents::InherentIdentifier = *b"icn-seal";

        fn create_inherent(_: &sp_inherents::InherentData) -> Option<Self::Call> {
            None
        }

        fn is_inherent(call: &Self::Call) -> bool {
            matches!(call, Call::seal { .. })
        }
    }
}
