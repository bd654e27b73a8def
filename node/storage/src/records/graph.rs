//! Walks along parents and children: their cost is that of what they look at, which is bounded, whatever the size of the DAG.

use super::{
    index::{children_by, Links, Parent},
    Records,
};
use crate::{
    blocks::decode,
    layout::RecordKey,
    ordered_store::{Family, OrderedStore},
    StorageError,
};
use icn_dag::{Cid, Moment};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Records, at most.
    pub count: usize,
    /// Steps from where it starts, at most.
    pub depth: u32,
}

/// A record that a walk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The record.
    pub cid: Cid,
    /// The fewest steps to it, from 1.
    pub depth: u32,
}

/// What a walk came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Each record once, the nearest first.
    pub reached: Vec<Reached>,
    /// Whether these are all. They are not when a bound was met, or when it is not known what a record follows.
    pub complete: bool,
}

/// A way from one record to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// A shortest one, with both ends; `None` when none was found.
    pub records: Option<Vec<Cid>>,
    /// Whether there is none when none was found.
    pub complete: bool,
}

/// Where two lines of descent part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonAncestors {
    /// The common ancestors that no other common ancestor follows, by CID. A record counts as its own ancestor.
    pub lowest: Vec<Cid>,
    /// Whether they were found within the bound; `lowest` is empty otherwise.
    pub complete: bool,
}

/// Where a walk goes.
#[derive(Clone, Copy)]
enum Way {
    Parents,
    Children,
}

impl<S: OrderedStore> Records<'_, S> {
    /// Whether a record waits or is final.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_known(&self, cid: &Cid) -> Result<bool, StorageError> {
        Ok(self.time_of(cid)?.is_some() || self.anchored(cid)?.is_some())
    }

    /// What a record follows, and what that follows, and so on.
    ///
    /// # Errors
    /// Those of the store.
    pub fn ancestors(&self, of: &Cid, bounds: Bounds) -> Result<Walk, StorageError> {
        self.walk(of, bounds, Way::Parents)
    }

    /// What follows a record, and what follows that, and so on.
    ///
    /// # Errors
    /// Those of the store.
    pub fn descendants(&self, of: &Cid, bounds: Bounds) -> Result<Walk, StorageError> {
        self.walk(of, bounds, Way::Children)
    }

    /// Breadth first. Each record has few parents, so the steps are at most so many times the records that are reached, whichever way.
    fn walk(&self, start: &Cid, bounds: Bounds, way: Way) -> Result<Walk, StorageError> {
        let (mut walk, mut seen) = (Walk { reached: Vec::new(), complete: true }, BTreeSet::from([*start]));
        let mut cursor = self.reads().cursor(Family::RecordIndex);
        let (mut level, mut depth) = (vec![Parent { cid: *start, time: None }], 0);
        while !level.is_empty() {
            let mut known = match way {
                Way::Parents => self.links_of(&level)?,
                Way::Children => Vec::new(),
            };
            let mut next = Vec::new();
            for (index, at) in level.iter().enumerate() {
                let steps = match way {
                    Way::Parents => known.get_mut(index).and_then(Option::take).map(|(_, links)| links.parents),
                    // Those that were seen, those that there is room for, and one more.
                    Way::Children => Some(children_by(&mut *cursor, &at.cid, bounds.count.saturating_add(2))?),
                };
                walk.complete &= steps.is_some();
                for step in steps.into_iter().flatten() {
                    if seen.contains(&step.cid) {
                        continue;
                    }
                    // Whatever is left of this level is as deep.
                    if depth >= bounds.depth || walk.reached.len() >= bounds.count {
                        return Ok(Walk { complete: false, ..walk });
                    }
                    seen.insert(step.cid);
                    walk.reached.push(Reached { cid: step.cid, depth: depth + 1 });
                    next.push(step);
                }
            }
            (level, depth) = (next, depth.saturating_add(1));
        }
        Ok(walk)
    }

    /// Times and links of some records, read together; `None` for what is not known.
    fn links_of(&self, records: &[Parent]) -> Result<Vec<Option<(Moment, Links)>>, StorageError> {
        let (mut links, mut keys) = (vec![None; records.len()], Vec::new());
        for (index, Parent { cid, time }) in records.iter().enumerate() {
            let time = time.map_or_else(|| self.time_of(cid), |time| Ok(Some(time)))?;
            keys.extend(time.map(|time| (RecordKey::Links { time, cid: *cid }.to_bytes(), time, index)));
        }
        keys.sort_unstable();
        let sorted: Vec<&[u8]> = keys.iter().map(|(key, ..)| key.as_slice()).collect();
        let values = self.reads().get_many(Family::RecordIndex, &sorted)?;
        for ((key, time, index), value) in keys.iter().zip(values) {
            let found = value.map(|bytes| decode(Family::RecordIndex, key, &bytes)).transpose()?;
            links[*index] = found.map(|found| (*time, found));
        }
        Ok(links)
    }

    /// A shortest way along parents or children between two records, one of which descends from the other. At most `looked_at` records
    /// are looked at.
    ///
    /// # Errors
    /// Those of the store.
    pub fn path(&self, from: &Cid, to: &Cid, looked_at: usize) -> Result<Path, StorageError> {
        let up = self.path_up(from, to, looked_at)?;
        if up.records.is_some() {
            return Ok(up);
        }
        let down = self.path_up(to, from, looked_at)?;
        let reversed = down.records.map(|records| records.into_iter().rev().collect());
        Ok(Path { records: reversed, complete: up.complete && down.complete })
    }

    /// A shortest way along parents.
    fn path_up(&self, from: &Cid, to: &Cid, looked_at: usize) -> Result<Path, StorageError> {
        let Some(oldest) = self.time_of(to)? else { return Ok(Path { records: None, complete: false }) };
        // Each record with the one that led to it.
        let mut came = BTreeMap::from([(*from, *from)]);
        let (mut level, mut complete) = (vec![Parent { cid: *from, time: None }], true);
        while !level.is_empty() {
            if came.contains_key(to) {
                return Ok(Path { records: Some(way_back(&came, from, to)), complete: true });
            }
            let mut next = Vec::new();
            for (at, known) in level.iter().zip(self.links_of(&level)?) {
                complete &= known.is_some();
                for parent in known.iter().flat_map(|(_, links)| &links.parents) {
                    // Parents are no younger: what is older than the end does not lead to it.
                    let too_old = parent.time.is_some_and(|time| time < oldest);
                    if too_old || came.contains_key(&parent.cid) {
                        continue;
                    }
                    if came.len() >= looked_at {
                        complete = false;
                        break;
                    }
                    came.insert(parent.cid, at.cid);
                    next.push(*parent);
                }
            }
            level = next;
        }
        Ok(Path { records: None, complete })
    }

    /// The lowest common ancestors of two records. At most `looked_at` records are looked at.
    ///
    /// # Errors
    /// Those of the store.
    pub fn common_ancestors(&self, one: &Cid, other: &Cid, looked_at: usize) -> Result<CommonAncestors, StorageError> {
        let unknown = CommonAncestors { lowest: Vec::new(), complete: false };
        let mut search = Search::default();
        for (cid, mark) in [(one, ONE), (other, OTHER)] {
            let Some(time) = self.time_of(cid)? else { return Ok(unknown) };
            search.mark(*cid, time, mark);
        }
        while let Some((time, cid)) = search.next() {
            let marks = search.marks(&cid);
            if marks == BOTH {
                search.found.insert(cid);
                search.oldest = Some(search.oldest.map_or(time, |oldest| oldest.min(time)));
            }
            let known = self.links_of(&[Parent { cid, time: Some(time) }])?.pop().flatten();
            let Some((_, links)) = known else { return Ok(unknown) };
            // What is above a common ancestor is not a lowest one.
            let passed = if marks & BOTH == BOTH { marks | ABOVE } else { marks };
            for parent in &links.parents {
                if search.marks(&parent.cid) | passed == search.marks(&parent.cid) {
                    continue;
                }
                let time = parent.time.map_or_else(|| self.time_of(&parent.cid), |time| Ok(Some(time)))?;
                let Some(time) = time else { return Ok(unknown) };
                search.mark(parent.cid, time, passed);
            }
            if search.all.len() > looked_at {
                return Ok(unknown);
            }
        }
        let lowest = search.found.iter().filter(|cid| search.marks(cid) == BOTH).copied().collect();
        Ok(CommonAncestors { lowest, complete: true })
    }
}

fn way_back(came: &BTreeMap<Cid, Cid>, from: &Cid, to: &Cid) -> Vec<Cid> {
    let mut records = vec![*to];
    let mut at = *to;
    while at != *from {
        let Some(before) = came.get(&at) else { break };
        at = *before;
        records.push(at);
    }
    records.reverse();
    records
}

/// The record is an ancestor of the first, of the second, or of a common ancestor.
const ONE: u8 = 1;
const OTHER: u8 = 2;
const BOTH: u8 = ONE | OTHER;
const ABOVE: u8 = 4;

/// A search for common ancestors, the youngest first: whatever leads to a record is no older. Records of one time come in any order, so a
/// record is looked at again when it is marked anew.
#[derive(Default)]
struct Search {
    all: BTreeMap<Cid, u8>,
    queue: BinaryHeap<(Moment, Cid)>,
    queued: BTreeSet<Cid>,
    /// How many in the queue are not above a common ancestor.
    open: usize,
    /// Common ancestors; one that turns out to be above another is marked so.
    found: BTreeSet<Cid>,
    /// The least time of these.
    oldest: Option<Moment>,
}

impl Search {
    fn marks(&self, cid: &Cid) -> u8 {
        self.all.get(cid).copied().unwrap_or(0)
    }

    fn mark(&mut self, cid: Cid, time: Moment, marks: u8) {
        let before = self.marks(&cid);
        self.all.insert(cid, before | marks);
        let was_queued = !self.queued.insert(cid);
        if !was_queued {
            self.queue.push((time, cid));
        }
        let was_open = was_queued && before & ABOVE == 0;
        let is_open = (before | marks) & ABOVE == 0;
        self.open = self.open + usize::from(is_open) - usize::from(was_open);
    }

    /// The next record to look at; `None` when no other can be a lowest common ancestor, nor lead to one that was found.
    fn next(&mut self) -> Option<(Moment, Cid)> {
        let (time, _) = self.queue.peek()?;
        if self.open == 0 && self.oldest.is_none_or(|oldest| *time < oldest) {
            return None;
        }
        let (time, cid) = self.queue.pop()?;
        self.queued.remove(&cid);
        self.open -= usize::from(self.marks(&cid) & ABOVE == 0);
        Some((time, cid))
    }
}
