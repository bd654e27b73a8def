//! Comparing two states, page by page.

use crate::{
    backend::{Chain, ReadError},
    storage_query::{range_start, PAGE_BYTES},
};
use icn_primitives::{state::Entry, Hash, StateError};
use std::{cmp::Ordering, collections::VecDeque, iter::Peekable};

/// Keys compared for one page at most, so that two states that hardly differ do not keep a worker long.
const COMPARED_MAX: usize = 16 * 1024;

/// A prefix under which to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// Every key starts with it.
    pub(super) prefix: Vec<u8>,
    /// Keys up to and including this one are passed over.
    pub(super) after: Option<Vec<u8>>,
    /// Whether hashes are wanted instead of values.
    pub(super) hashes: bool,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is new, with this value.
    Added(Vec<u8>),
    /// It has this value now.
    Modified(Vec<u8>),
    /// It is gone, and had this value.
    Deleted(Vec<u8>),
}

/// A changed key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) key: Vec<u8>,
    pub(super) change: Change,
    /// As in the [`Range`] it was found in.
    pub(super) hashes: bool,
}

/// Compares the state after `block` with that after `previous`, from the front of `ranges`, until they are empty or the
/// page is full. What is left is for the next page.
///
/// # Errors
/// When a state cannot be read.
pub(super) fn diff_page(
    chain: &dyn Chain,
    block: Hash,
    previous: Hash,
    ranges: &mut VecDeque<Range>,
    items_max: usize,
) -> Result<Vec<Changed>, ReadError> {
    let (new, old) = (chain.state(block)?, chain.state(previous)?);
    let mut found = Vec::new();
    let (mut bytes, mut compared) = (0, 0);
    while let Some(range) = ranges.pop_front() {
        let start = range_start(&range.prefix, range.after.as_deref());
        let mut new = under(&range.prefix, new.entries(start));
        let mut old = under(&range.prefix, old.entries(start));
        let mut last = None;
        let full = loop {
            if found.len() >= items_max.max(1) || bytes >= PAGE_BYTES || compared >= COMPARED_MAX {
                break true;
            }
            let Some((key, change)) = next_key(&mut new, &mut old)? else { break false };
            compared += 1;
            if let Some(change) = change {
                bytes += key.len() + change.value().len();
                found.push(Changed { key: key.clone(), change, hashes: range.hashes });
            }
            last = Some(key);
        };
        drop((new, old));
        if full {
            let after = last.or(range.after);
            ranges.push_front(Range { after, ..range });
            break;
        }
    }
    Ok(found)
}

impl Change {
    /// The value it has, or had.
    pub(super) fn value(&self) -> &[u8] {
        match self {
            Self::Added(value) | Self::Modified(value) | Self::Deleted(value) => value,
        }
    }
}

type Entries<'a> = Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a>;

/// The entries of a prefix; an error is its own last entry.
fn under<'a>(prefix: &'a [u8], entries: Entries<'a>) -> Peekable<Entries<'a>> {
    let within = move |entry: &Result<Entry, StateError>| !matches!(entry, Ok((key, _)) if !key.starts_with(prefix));
    let entries: Entries<'a> = Box::new(entries.take_while(within));
    entries.peekable()
}

/// Takes the lowest key of both, and what became of it; `None` after the last one.
#[allow(clippy::type_complexity, reason = "a key and its change")]
fn next_key(
    new: &mut Peekable<Entries<'_>>,
    old: &mut Peekable<Entries<'_>>,
) -> Result<Option<(Vec<u8>, Option<Change>)>, StateError> {
    let order = match (new.peek(), old.peek()) {
        (None, None) => return Ok(None),
        (Some(Ok((new, _))), Some(Ok((old, _)))) => new.cmp(old),
        (Some(Err(_)), _) | (_, None) => Ordering::Less,
        (None, _) | (_, Some(Err(_))) => Ordering::Greater,
    };
    let after = if order.is_le() { new.next().transpose()? } else { None };
    let before = if order.is_ge() { old.next().transpose()? } else { None };
    Ok(match (before, after) {
        (None, Some((key, value))) => Some((key, Some(Change::Added(value)))),
        (Some((key, value)), None) => Some((key, Some(Change::Deleted(value)))),
        (Some((_, before)), Some((key, after))) => Some((key, (before != after).then_some(Change::Modified(after)))),
        (None, None) => None,
    })
}
