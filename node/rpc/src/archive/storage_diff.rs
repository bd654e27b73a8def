//! `archive_v1_storageDiff`: what differs between two states.

use super::{
    diff::{diff_page, Change, Changed, Range},
    stream::{send_all, PageError, Pages},
    Archive,
};
use crate::{
    arguments::{Argument, Arguments},
    backend::{Chain, ReadError},
    connection::Outlet,
    error::Error,
    hex::{Hex, HexHash},
    spec_bytes::SpecKey,
    unsubscribe::{answer_null, Stranger},
};
use icn_primitives::{Hash, Hashing};
use jsonrpsee::{core::RegisterMethodError, types::Params, RpcModule};
use serde::{Deserialize, Serialize};
use sp_runtime::traits::Hash as _;
use std::{collections::VecDeque, sync::Arc};

pub(super) fn register(module: &mut RpcModule<Archive>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "archive_v1_storageDiff",
        "archive_v1_storageDiffEvent",
        "archive_v1_stopStorageDiff",
        |params, pending, archive, extensions| async move {
            let difference = match Difference::new(&params, &archive) {
                Ok(difference) => difference,
                Err(error) => return pending.reject(error).await,
            };
            let Some(_share) = archive.streams.take(pending.connection_id()) else {
                return pending.reject(Error::Busy).await;
            };
            if let Ok(sink) = pending.accept().await {
                send_all(&archive.context, &Outlet::new(sink, &extensions), difference).await;
            }
        },
    )?;
    answer_null(module, "archive_v1_stopStorageDiff", &["subscription"], Stranger::Ignored, |_, _| ())
}

/// A notification of `archive_v1_storageDiffEvent`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "the names on the wire")]
pub(super) enum DiffEvent {
    StorageDiff {
        key: Hex,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Hex>,
        #[serde(skip_serializing_if = "Option::is_none")]
        hash: Option<Hash>,
        #[serde(rename = "type")]
        change: ChangeType,
    },
    StorageDiffDone,
    StorageDiffError {
        error: String,
    },
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ChangeType {
    Added,
    Modified,
    Deleted,
}

impl From<Changed> for DiffEvent {
    fn from(changed: Changed) -> Self {
        let (change, value) = match changed.change {
            Change::Added(value) => (ChangeType::Added, value),
            Change::Modified(value) => (ChangeType::Modified, value),
            Change::Deleted(value) => (ChangeType::Deleted, value),
        };
        let (value, hash) = if changed.hashes { (None, Some(Hashing::hash(&value))) } else { (Some(Hex(value)), None) };
        Self::StorageDiff { key: Hex(changed.key), value, hash, change }
    }
}

/// One element of `items`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DiffItem {
    #[serde(default)]
    key: SpecKey,
    return_type: ReturnType,
    child_trie_key: Option<SpecKey>,
}

impl Argument for DiffItem {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ReturnType {
    Value,
    Hash,
}

/// The comparison of one request, as far as it is not done.
struct Difference {
    chain: Arc<dyn Chain>,
    block: Hash,
    /// The block to compare with; the parent when it is not given.
    previous: Option<Hash>,
    items_max: usize,
    started: bool,
    left: VecDeque<Range>,
}

impl Difference {
    fn new(params: &Params<'_>, archive: &Archive) -> Result<Self, Error> {
        let mut given = Arguments::new(params, &["hash", "items", "previousHash"])?;
        let HexHash(block) = given.required("hash")?;
        let items: Option<Vec<DiffItem>> = given.optional("items")?;
        let previous = given.optional("previousHash")?.map(|HexHash(previous)| previous);
        let items = items.unwrap_or_else(|| {
            vec![DiffItem { key: SpecKey::default(), return_type: ReturnType::Value, child_trie_key: None }]
        });
        let of_main_trie = items.into_iter().filter(|item| item.child_trie_key.is_none());
        let left = of_main_trie
            .map(|item| Range { prefix: item.key.0, after: None, hashes: item.return_type == ReturnType::Hash })
            .collect();
        let items_max = archive.context.limits.storage_items_per_event;
        Ok(Self { chain: archive.context.chain.clone(), block, previous, items_max, started: false, left })
    }

    /// The block to compare with. Blocks are one chain, so the lower of two is the other's ancestor.
    fn resolve_previous(&mut self) -> Result<Hash, PageError> {
        if let (Some(previous), true) = (self.previous, self.started) {
            return Ok(previous);
        }
        let header = self.chain.header(self.block)?.ok_or(ReadError::UnknownBlock(self.block))?;
        let previous = self.previous.unwrap_or(header.parent_hash);
        let ancestor = self.chain.header(previous)?.ok_or(ReadError::UnknownBlock(previous))?;
        if ancestor.number > header.number {
            return Err(PageError::NoAncestor { previous, block: self.block });
        }
        self.previous = Some(previous);
        self.started = true;
        Ok(previous)
    }

    fn read(&mut self) -> Result<Vec<DiffEvent>, PageError> {
        let previous = self.resolve_previous()?;
        let changed = diff_page(self.chain.as_ref(), self.block, previous, &mut self.left, self.items_max)?;
        Ok(changed.into_iter().map(DiffEvent::from).collect())
    }
}

impl Pages for Difference {
    type Event = DiffEvent;

    fn next_page(&mut self) -> Option<Result<Vec<DiffEvent>, PageError>> {
        (!self.started || !self.left.is_empty()).then(|| self.read())
    }

    fn done() -> DiffEvent {
        DiffEvent::StorageDiffDone
    }

    fn failed(error: String) -> DiffEvent {
        DiffEvent::StorageDiffError { error }
    }
}
