//! The storage look-ups that `chainHead_v1_storage` and `archive_v1_storage` share.
//!
//! A request is a queue of queries that is read page by page. Between pages nothing of the state is held, so a client that
//! takes its time costs nothing.

use crate::{
    backend::{Chain, ReadError},
    hex::Hex,
};
use codec::Encode;
use icn_primitives::{Hash, Hashing, StateView};
use serde::{Deserialize, Serialize};
use sp_runtime::traits::Hash as _;
use std::{collections::VecDeque, ops::Bound};

/// Keys and values of one page together, in bytes, after which it ends; one item may exceed it.
pub(crate) const PAGE_BYTES: usize = 1024 * 1024;

/// What to find out about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum QueryType {
    /// Its value.
    Value,
    /// BLAKE2b-256 of its value.
    Hash,
    /// Something that changes when anything under the key does.
    ClosestDescendantMerkleValue,
    /// The values of all keys that start with it.
    DescendantsValues,
    /// BLAKE2b-256 of those.
    DescendantsHashes,
}

impl QueryType {
    /// Whether there may be any number of items.
    pub(crate) fn is_descendants(self) -> bool {
        matches!(self, Self::DescendantsValues | Self::DescendantsHashes)
    }
}

/// One question to the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// The key, or the prefix of the descendants.
    pub(crate) key: Vec<u8>,
    /// What to find out.
    pub(crate) query_type: QueryType,
    /// Descendants up to and including this key are passed over.
    pub(crate) after: Option<Vec<u8>>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    key: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closest_descendant_merkle_value: Option<Hash>,
}

impl Item {
    fn new(key: &[u8]) -> Self {
        Self { key: Hex(key.to_vec()), value: None, hash: None, closest_descendant_merkle_value: None }
    }

    fn of_value(key: &[u8], value: Vec<u8>, query_type: QueryType) -> Self {
        let mut item = Self::new(key);
        match query_type {
            QueryType::Hash | QueryType::DescendantsHashes => item.hash = Some(Hashing::hash(&value)),
            _ => item.value = Some(Hex(value)),
        }
        item
    }

    fn bytes(&self) -> usize {
        self.key.0.len() + self.value.as_ref().map_or(32, |value| value.0.len())
    }
}

/// The items of one page, as they are collected.
struct Page {
    items: Vec<Item>,
    bytes: usize,
    items_max: usize,
}

impl Page {
    fn is_full(&self) -> bool {
        self.items.len() >= self.items_max || self.bytes >= PAGE_BYTES
    }

    fn push(&mut self, item: Item) {
        self.bytes += item.bytes();
        self.items.push(item);
    }
}

/// Answers queries from the front of the queue until it is empty or the page is full: at most `items_max` items, about
/// [`PAGE_BYTES`]. What is left in the queue is for the next page.
///
/// # Errors
/// When the block's state cannot be read.
pub(crate) fn read_page(
    chain: &dyn Chain,
    block: Hash,
    queries: &mut VecDeque<Query>,
    items_max: usize,
) -> Result<Vec<Item>, ReadError> {
    let state = chain.state(block)?;
    let mut page = Page { items: Vec::new(), bytes: 0, items_max: items_max.max(1) };
    while let Some(query) = queries.front_mut() {
        if page.is_full() {
            break;
        }
        let finished = match query.query_type {
            QueryType::Value | QueryType::Hash => {
                if let Some(value) = state.get(&query.key)? {
                    page.push(Item::of_value(&query.key, value, query.query_type));
                }
                true
            }
            QueryType::ClosestDescendantMerkleValue => {
                if let Some(mark) = change_mark(chain, block, &state, &query.key)? {
                    page.push(Item { closest_descendant_merkle_value: Some(mark), ..Item::new(&query.key) });
                }
                true
            }
            QueryType::DescendantsValues | QueryType::DescendantsHashes => descend(&state, query, &mut page)?,
        };
        if finished {
            queries.pop_front();
        }
    }
    Ok(page.items)
}

/// Collects descendants until they end, which it says, or the page is full.
fn descend(state: &impl StateView, query: &mut Query, page: &mut Page) -> Result<bool, ReadError> {
    for entry in state.entries(query.start()) {
        let (key, value) = entry?;
        if !key.starts_with(&query.key) {
            break;
        }
        if page.is_full() {
            return Ok(false);
        }
        page.push(Item::of_value(&key, value, query.query_type));
        query.after = Some(key);
    }
    Ok(true)
}

impl Query {
    fn start(&self) -> Bound<&[u8]> {
        range_start(&self.key, self.after.as_deref())
    }
}

/// Where the keys of a prefix begin that come after another key.
pub(crate) fn range_start<'a>(prefix: &'a [u8], after: Option<&'a [u8]>) -> Bound<&'a [u8]> {
    match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    }
}

/// Stands for the trie's Merkle value, which clients compare for equality between blocks: BLAKE2b-256 of the prefix and the
/// last height at which anything under it changed. `None` when nothing is under the prefix.
fn change_mark(
    chain: &dyn Chain,
    block: Hash,
    state: &impl StateView,
    prefix: &[u8],
) -> Result<Option<Hash>, ReadError> {
    let first = state.entries(Bound::Included(prefix)).next().transpose()?;
    if !first.is_some_and(|(key, _)| key.starts_with(prefix)) {
        return Ok(None);
    }
    // What no block is known to have changed stands since before the history.
    let height = chain.last_change_under(block, prefix)?.unwrap_or_default();
    Ok(Some(Hashing::hash(&(prefix, height).encode())))
}
