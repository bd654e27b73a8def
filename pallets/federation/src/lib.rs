//! Other federations, as this one sees them.
//!
//! A *peer* is a federation whose history is followed from a point that the privileged origin trusts: a *bundle* of one of its epochs, or
//! a *block* of its chain. Anybody brings what comes after ([`Pallet::follow_bundles`], [`Pallet::follow_block`]); it is verified by the
//! functions of [`icn_trust`], the same that the command line and light clients use. The last points that were reached are kept, and by
//! them anybody shows a record or a value of the peer's state, which is then *accepted* ([`Pallet::accept`]): a receipt says what, and by
//! which point.
//!
//! ```text
//!            follow_bundles, follow_block, accept
//!                 ┌──┐
//! trust ──> active┘  └──── report_fork, freeze ──> frozen ── thaw, with a point to go on from ──> active
//! ```
//!
//! Two bundles of one epoch that are both sealed, or two blocks of one height that are both final, say that more than a third of a
//! peer's validators signed against their rules: whoever shows the second one *freezes* the peer ([`Pallet::report_fork`]), the evidence
//! is kept, and only the privileged origin thaws it. A peer whose last point is too old is *stale*: nothing of it is accepted until the
//! privileged origin trusts a newer one.
//!
//! # Example
//! ```text
//! trust(did:icn:mill:…, bundle of epoch 3)           Trusted { peer, height: 4000 }
//! follow_bundles(did:icn:mill:…, epochs 4 and 5)     Followed { peer, height: 6000 }
//! accept(did:icn:mill:…, 6000, record bafy…)         Accepted { peer, item: bafy…, height: 6000 }
//! report_fork(did:icn:mill:…, another epoch 5)       Frozen { peer }
//! ```
//!
//! The rules are numbered in `docs/spec/federation.md`; code that carries one out names it. This pallet asks nobody, and never decides
//! what an accepted record means.

pub use api::*;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod acceptance;
mod api;
mod following;
mod forks;
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[frame_support::pallet]
pub mod pallet {
    //! Storage, events, errors and calls.

    use crate::{Encoded, ForkRecord, ItemId, KeptPoint, Peer, Reason, Receipt, WeightInfo};
    use frame_support::{pallet_prelude::*, traits::Time};
    use frame_system::pallet_prelude::*;
    use icn_dag::{Did, Emit, Epoch};
    use icn_primitives::Moment;
    use icn_trust::{Bundle, TrustedHeader};
    use sp_runtime::TryRuntimeError;

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Other federations.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What peers need of the runtime.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may trust, freeze, thaw and forget peers.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The time of the current block, in milliseconds.
        type Time: Time<Moment = Moment>;

        /// For how long a block of a peer is trusted, in milliseconds: shorter than its validators answer for what they signed.
        type TrustingPeriod: Get<Moment>;

        /// Makes records that the chain says itself.
        type Emit: Emit;

        /// This federation; no peer is it.
        type Own: Get<Option<Did>>;

        /// What the work costs.
        type WeightInfo: WeightInfo;
    }

    /// Federation → what is known of it. Written by the privileged origin, and by whoever shows a fork.
    // A DID is a hash that its maker cannot choose freely; whoever reads the key wants the DID.
    #[pallet::storage]
    pub type Peers<T> = StorageMap<_, Blake2_128Concat, Did, Peer>;

    /// (Federation, epoch) → a bundle that it sealed: the last [`BUNDLES_KEPT`](crate::BUNDLES_KEPT) that were followed.
    #[pallet::storage]
    pub type Bundles<T> = StorageDoubleMap<_, Blake2_128Concat, Did, Twox64Concat, Epoch, Bundle>;

    /// (Federation, height) → a block of its chain: the last [`BLOCKS_KEPT`](crate::BLOCKS_KEPT) that were followed.
    #[pallet::storage]
    pub type Blocks<T> = StorageDoubleMap<_, Blake2_128Concat, Did, Twox64Concat, u64, TrustedHeader>;

    /// (Federation, what was accepted) → by which point, and when. Written by `accept`, removed with the peer.
    #[pallet::storage]
    pub type Receipts<T> = StorageDoubleMap<_, Blake2_128Concat, Did, Identity, ItemId, Receipt>;

    /// Federation → the evidence that it forked. Removed when it is thawed or forgotten.
    #[pallet::storage]
    pub type Forks<T> = StorageMap<_, Blake2_128Concat, Did, ForkRecord>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A point of a peer's history is trusted.
        Trusted {
            /// The peer.
            peer: Did,
            /// The height of the point.
            height: u64,
        },
        /// A peer's history is followed further.
        Followed {
            /// The peer.
            peer: Did,
            /// The height that was reached.
            height: u64,
        },
        /// Something of a peer is accepted.
        Accepted {
            /// The peer.
            peer: Did,
            /// What: the SHA-256 of the record's CID, or of the state's key.
            item: ItemId,
            /// The height of the point that shows it.
            height: u64,
        },
        /// Nothing of a peer is followed or accepted any more.
        Frozen {
            /// The peer.
            peer: Did,
            /// Why.
            reason: Reason,
        },
        /// A peer is followed again.
        Thawed {
            /// The peer.
            peer: Did,
        },
        /// A peer is no peer any more.
        Forgotten {
            /// The peer.
            peer: Did,
        },
    }

    /// Why a call is refused.
    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// There is no such peer. The privileged origin trusts it first.
        UnknownPeer,
        /// There are as many peers as there can be.
        TooManyPeers,
        /// No federation is its own peer.
        OwnFederation,
        /// The peer is frozen.
        PeerFrozen,
        /// The peer is not frozen.
        NotFrozen,
        /// The bytes are not what they should be.
        Malformed,
        /// There is nothing to follow.
        Nothing,
        /// The peer is not followed in this way: nothing of the kind is trusted.
        NotTrusted,
        /// The bundle or block is of another federation or chain.
        OtherFederation,
        /// The bundle is not of the next epoch.
        BadEpoch,
        /// The bundle does not continue the one before.
        BrokenChain,
        /// The bundle or block is not later than the one before.
        NotLater,
        /// What is trusted of the peer is too old. The privileged origin trusts something newer.
        Expired,
        /// The bundle's time is yet to come.
        NotYetValid,
        /// The records of the bundle do not continue those of the one before.
        InconsistentRoot,
        /// The seal names somebody who is no signer.
        UnknownSigner,
        /// The seal names a signer twice, or out of order.
        DuplicateSigner,
        /// Those that signed have too little power.
        QuorumNotMet,
        /// A signature is not that of the signers.
        BadSignature,
        /// Too few of the validators that are trusted signed the block. Bring a block in between first.
        TooLittleTrust,
        /// The block is not shown to be final.
        BadBlock,
        /// No point of the peer's history is kept at this height.
        UnknownPoint,
        /// The proof is about another key, or leads to another root.
        BadProof,
        /// The record is not signed as records are.
        BadRecord,
        /// It is accepted already.
        AlreadyAccepted,
        /// The two do not contradict each other.
        NoFork,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn try_state(_: BlockNumberFor<T>) -> Result<(), TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Trusts a point of another federation's history, which makes it a peer.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// `point` is SCALE of [`TrustedPoint`](crate::TrustedPoint). What is kept of its kind is forgotten: bundles or blocks.
        ///
        /// Errors: [`Error::OwnFederation`], [`Error::TooManyPeers`], [`Error::PeerFrozen`], [`Error::Malformed`],
        /// [`Error::OtherFederation`], [`Error::Expired`].
        ///
        /// Event: [`Event::Trusted`].
        #[pallet::call_index(0)]
        #[pallet::weight((<T as Config>::WeightInfo::trust(point.len() as u32), DispatchClass::Operational))]
        pub fn trust(origin: OriginFor<T>, peer: Did, point: Encoded) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_trust(peer, &point)
        }

        /// Follows a peer by the bundles after the last one that is known.
        ///
        /// Origin: signed, by anybody.
        ///
        /// `bundles` is SCALE of at most [`BUNDLES_PER_CALL`](crate::BUNDLES_PER_CALL) sealed bundles, in order.
        ///
        /// Errors: [`Error::UnknownPeer`], [`Error::PeerFrozen`], [`Error::Malformed`], [`Error::Nothing`], [`Error::NotTrusted`], and
        /// those of a bundle that does not follow.
        ///
        /// Event: [`Event::Followed`].
        #[pallet::call_index(1)]
        #[pallet::weight(<T as Config>::WeightInfo::follow_bundles(bundles.len() as u32))]
        pub fn follow_bundles(origin: OriginFor<T>, peer: Did, bundles: Encoded) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_follow_bundles(peer, &bundles)
        }

        /// Follows a peer by a later block of its chain.
        ///
        /// Origin: signed, by anybody.
        ///
        /// `step` is SCALE of [`BlockStep`](crate::BlockStep): a block, and the validators after the one that is known.
        ///
        /// Errors: [`Error::UnknownPeer`], [`Error::PeerFrozen`], [`Error::Malformed`], [`Error::NotTrusted`],
        /// [`Error::OtherFederation`], [`Error::NotLater`], [`Error::Expired`], [`Error::TooLittleTrust`], [`Error::BadBlock`].
        ///
        /// Event: [`Event::Followed`].
        #[pallet::call_index(2)]
        #[pallet::weight(<T as Config>::WeightInfo::follow_block(step.len() as u32))]
        pub fn follow_block(origin: OriginFor<T>, peer: Did, step: Encoded) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_follow_block(peer, &step)
        }

        /// Accepts a record of a peer, or a value of its state.
        ///
        /// Origin: signed, by anybody.
        ///
        /// A record of kind `anchor` is emitted with the receipt. `claim` is SCALE of [`Claim`](crate::Claim), and `height` that of a point of the peer's history that is kept.
        ///
        /// Errors: [`Error::UnknownPeer`], [`Error::PeerFrozen`], [`Error::Malformed`], [`Error::UnknownPoint`], [`Error::Expired`],
        /// [`Error::BadRecord`], [`Error::BadProof`], [`Error::AlreadyAccepted`].
        ///
        /// Event: [`Event::Accepted`].
        #[pallet::call_index(3)]
        #[pallet::weight(<T as Config>::WeightInfo::accept(claim.len() as u32))]
        pub fn accept(origin: OriginFor<T>, peer: Did, height: u64, claim: Encoded) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_accept(peer, height, &claim)
        }

        /// Shows that a peer forked, which freezes it.
        ///
        /// Origin: signed, by anybody.
        ///
        /// `fork` is SCALE of [`Fork`](crate::Fork): a sealed bundle, or a final block, that contradicts what was followed.
        ///
        /// Errors: [`Error::UnknownPeer`], [`Error::PeerFrozen`], [`Error::Malformed`], [`Error::UnknownPoint`], [`Error::NoFork`], and
        /// those of a bundle or block that does not hold.
        ///
        /// Event: [`Event::Frozen`].
        #[pallet::call_index(4)]
        #[pallet::weight(<T as Config>::WeightInfo::report_fork(fork.len() as u32))]
        pub fn report_fork(origin: OriginFor<T>, peer: Did, fork: Encoded) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_report_fork(peer, fork)
        }

        /// Freezes a peer.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// Errors: [`Error::UnknownPeer`], [`Error::PeerFrozen`].
        ///
        /// Event: [`Event::Frozen`].
        #[pallet::call_index(5)]
        #[pallet::weight((<T as Config>::WeightInfo::freeze(), DispatchClass::Operational))]
        pub fn freeze(origin: OriginFor<T>, peer: Did) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            let height = Self::height();
            Self::set_frozen(peer, Reason::ByGovernance { height })
        }

        /// Lets a frozen peer be followed again, from a point that is trusted anew.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// What was followed before is forgotten; receipts stay, and so does the evidence in the chain's history.
        ///
        /// Errors: [`Error::UnknownPeer`], [`Error::NotFrozen`], and those of [`Self::trust`].
        ///
        /// Events: [`Event::Thawed`], [`Event::Trusted`].
        #[pallet::call_index(6)]
        #[pallet::weight((<T as Config>::WeightInfo::thaw(point.len() as u32), DispatchClass::Operational))]
        pub fn thaw(origin: OriginFor<T>, peer: Did, point: Encoded) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_thaw(peer, &point)
        }

        /// Forgets a peer; its receipts too, of which so many are removed at once, and the peer with the last of them.
        ///
        /// Origin: `AdminOrigin`.
        ///
        /// Errors: [`Error::UnknownPeer`].
        ///
        /// Event: [`Event::Forgotten`], when nothing is left.
        #[pallet::call_index(7)]
        #[pallet::weight((<T as Config>::WeightInfo::forget(), DispatchClass::Operational))]
        pub fn forget(origin: OriginFor<T>, peer: Did) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_forget(peer)
        }
    }

    /// The points of a peer that are kept, by height.
    pub(crate) type Points = Vec<(u64, KeptPoint)>;
}
