//! The state machine of the ICN chain: the list of its pallets, how they are configured, and the calls by which the node
//! and its clients ask it questions.
//!
//! It is compiled into the node and runs natively (ADR 1). Start with the list of pallets below, then [`configs`] for their
//! parameters, [`apis`] for what clients may call, [`genesis`] for how a chain begins and [`invariants`] for what must
//! hold after every block.
//!
//! Nothing here reads a clock, a file or the network; `node/executor` owns the boundary against panics.

// FRAME's macros make public items without docs.
#![allow(missing_docs)]

pub mod apis;
pub mod configs;
pub mod genesis;
pub mod invariants;
pub mod nesting;
pub mod version;
pub mod weights;

use icn_primitives::{Address, Hashing, Signature};
use sp_runtime::generic;

pub use icn_primitives::{AccountId, Balance, BlockNumber, Hash, Header, Moment, Nonce};
pub use version::{current_version, VERSION};

/// What a signed transaction carries beside its call, in the order in which it is encoded and checked.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);

/// A transaction or an inherent, decoded.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// A block with its extrinsics decoded.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// Runs blocks: `initialize_block`, `apply_extrinsic`, `finalize_block`.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
    Migrations,
>;

/// What the first block of this spec version runs before anything else. The first one has nothing to migrate.
pub type Migrations = ();

const _: fn() = || {
    fn same<T: sp_runtime::traits::Hash<Output = Hash>>() {}
    same::<Hashing>();
};

/// The pallets. Indices are part of every encoded call, event and error: they are never reused.
#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(3)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(4)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(5)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(6)]
    pub type Proxy = pallet_proxy;
    #[runtime::pallet_index(7)]
    pub type Preimage = pallet_preimage;
    #[runtime::pallet_index(8)]
    pub type Scheduler = pallet_scheduler;
    #[runtime::pallet_index(9)]
    pub type Agenda = pallet_agenda;
    #[runtime::pallet_index(10)]
    pub type Upgrade = pallet_upgrade;
    #[runtime::pallet_index(11)]
    pub type Validators = pallet_validators;
    #[runtime::pallet_index(12)]
    pub type Dag = pallet_dag;
    #[runtime::pallet_index(13)]
    pub type Trust = pallet_trust;
    #[runtime::pallet_index(14)]
    pub type Federation = pallet_federation;
    #[runtime::pallet_index(255)]
    pub type Sudo = pallet_sudo;
}
