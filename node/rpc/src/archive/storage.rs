//! `archive_v1_storage`: what is under some keys of a state.

use super::{
    stream::{send_all, PageError, Pages},
    Archive,
};
use crate::{
    arguments::{Argument, Arguments},
    backend::Chain,
    connection::Outlet,
    error::Error,
    hex::HexHash,
    spec_bytes::SpecKey,
    storage_query::{read_page, Item, Query, QueryType},
    unsubscribe::{answer_null, Stranger},
};
use icn_primitives::Hash;
use jsonrpsee::{core::RegisterMethodError, types::Params, RpcModule};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, sync::Arc};

pub(super) fn register(module: &mut RpcModule<Archive>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "archive_v1_storage",
        "archive_v1_storageEvent",
        "archive_v1_stopStorage",
        |params, pending, archive, extensions| async move {
            let queries = match Queries::new(&params, &archive) {
                Ok(queries) => queries,
                Err(error) => return pending.reject(error).await,
            };
            let Some(_share) = archive.streams.take(pending.connection_id()) else {
                return pending.reject(Error::Busy).await;
            };
            if let Ok(sink) = pending.accept().await {
                send_all(&archive.context, &Outlet::new(sink, &extensions), queries).await;
            }
        },
    )?;
    answer_null(module, "archive_v1_stopStorage", &["subscription"], Stranger::Ignored, |_, _| ())
}

/// A notification of `archive_v1_storageEvent`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub(super) enum StorageEvent {
    Storage(Item),
    StorageDone,
    StorageError { error: String },
}

/// One element of `items`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StorageItem {
    key: SpecKey,
    #[serde(rename = "type")]
    query_type: QueryType,
    pagination_start_key: Option<SpecKey>,
}

impl Argument for StorageItem {}

impl StorageItem {
    fn query(self) -> Result<Query, Error> {
        if self.pagination_start_key.is_some() && !self.query_type.is_descendants() {
            let reason = "items: paginationStartKey goes with descendantsValues and descendantsHashes only";
            return Err(Error::InvalidParams(reason.into()));
        }
        let after = self.pagination_start_key.map(|key| key.0);
        Ok(Query { key: self.key.0, query_type: self.query_type, after })
    }
}

/// The questions of one request, as far as they are not answered.
struct Queries {
    chain: Arc<dyn Chain>,
    block: Hash,
    items_max: usize,
    /// Read at least once even when nothing is asked, so that an unknown block is told.
    started: bool,
    left: VecDeque<Query>,
}

impl Queries {
    fn new(params: &Params<'_>, archive: &Archive) -> Result<Self, Error> {
        let mut given = Arguments::new(params, &["hash", "items", "childTrie"])?;
        let HexHash(block) = given.required("hash")?;
        let items: Vec<StorageItem> = given.required("items")?;
        let child_trie: Option<SpecKey> = given.optional("childTrie")?;
        let mut left = items.into_iter().map(StorageItem::query).collect::<Result<VecDeque<_>, _>>()?;
        if child_trie.is_some() {
            // There are no child tries, so nothing is in them.
            left.clear();
        }
        let items_max = archive.context.limits.storage_items_per_event;
        Ok(Self { chain: archive.context.chain.clone(), block, items_max, started: false, left })
    }
}

impl Pages for Queries {
    type Event = StorageEvent;

    fn next_page(&mut self) -> Option<Result<Vec<StorageEvent>, PageError>> {
        if self.left.is_empty() && self.started {
            return None;
        }
        self.started = true;
        let items = read_page(self.chain.as_ref(), self.block, &mut self.left, self.items_max);
        Some(items.map(|items| items.into_iter().map(StorageEvent::Storage).collect()).map_err(PageError::from))
    }

    fn done() -> StorageEvent {
        StorageEvent::StorageDone
    }

    fn failed(error: String) -> StorageEvent {
        StorageEvent::StorageError { error }
    }
}
