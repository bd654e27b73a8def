//! What a follow tells its client, and what the methods beside it answer, as they stand on the wire.

use crate::{backend::RuntimeVersion, hex::Hex, storage_query::Item};
use icn_primitives::Hash;
use serde::Serialize;
use std::collections::BTreeMap;

/// A notification of `chainHead_v1_followEvent`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum FollowEvent {
    /// First of all: the last finalized blocks, oldest first.
    Initialized {
        finalized_block_hashes: Vec<Hash>,
        #[serde(skip_serializing_if = "Option::is_none")]
        finalized_block_runtime: Option<Runtime>,
    },
    /// A block; `new_runtime` is `Some(None)` when a follow with runtime sees no new one.
    NewBlock {
        block_hash: Hash,
        parent_block_hash: Hash,
        #[serde(skip_serializing_if = "Option::is_none")]
        new_runtime: Option<Option<Runtime>>,
    },
    /// The best block is now this one.
    BestBlockChanged { best_block_hash: Hash },
    /// These blocks are final. Nothing is ever pruned: blocks are final when they are decided.
    Finalized { finalized_block_hashes: Vec<Hash>, pruned_block_hashes: Vec<Hash> },
    /// The extrinsics of a block.
    OperationBodyDone { operation_id: String, value: Vec<Hex> },
    /// What a runtime call returned.
    OperationCallDone { operation_id: String, output: Hex },
    /// Some of the storage asked for.
    OperationStorageItems { operation_id: String, items: Vec<Item> },
    /// There is more storage, after `chainHead_v1_continue`.
    OperationWaitingForContinue { operation_id: String },
    /// That was all the storage asked for.
    OperationStorageDone { operation_id: String },
    /// Not now; it may be asked again.
    OperationInaccessible { operation_id: String },
    /// It does not work and will not.
    OperationError { operation_id: String, error: String },
    /// The follow is over; no event comes after.
    Stop,
}

/// The runtime of a block.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum Runtime {
    /// Its version.
    Valid { spec: RuntimeSpec },
    /// Its version is not to be had.
    Invalid { error: String },
}

impl From<&RuntimeVersion> for Runtime {
    fn from(version: &RuntimeVersion) -> Self {
        Self::Valid { spec: version.into() }
    }
}

/// The part of a runtime version that clients need.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuntimeSpec {
    spec_name: String,
    impl_name: String,
    spec_version: u32,
    impl_version: u32,
    transaction_version: u32,
    /// Hex of the 8-byte hash of an API's name → its version.
    apis: BTreeMap<String, u32>,
}

impl From<&RuntimeVersion> for RuntimeSpec {
    fn from(version: &RuntimeVersion) -> Self {
        Self {
            spec_name: version.spec_name.to_string(),
            impl_name: version.impl_name.to_string(),
            spec_version: version.spec_version,
            impl_version: version.impl_version,
            transaction_version: version.transaction_version,
            apis: version.apis.iter().map(|(id, version)| (crate::hex::encode(id), *version)).collect(),
        }
    }
}

/// What the methods answer that start an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Started {
    /// Events with this id follow.
    Started {
        operation_id: String,
        /// How many items at the end of a storage request were left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        discarded_items: Option<usize>,
    },
    /// Too many operations run, or there is no such follow.
    LimitReached,
}
