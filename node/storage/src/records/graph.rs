//! Walks along parents and children: their cost is that of what they look at, which is bounded, whatever the size of the DAG.

use super::{index::children, Records};
use crate::{ordered_store::OrderedStore, StorageError};
use icn_dag::{Cid, Moment};
use std::collections::{btree_map::Entry, BTreeMap, BTreeSet, BinaryHeap, VecDeque};

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

type Steps<'a> = Box<dyn Iterator<Item = Result<Cid, StorageError>> + 'a>;

impl<S: OrderedStore> Records<'_, S> {
    /// Whether a record waits or is final.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_known(&self, cid: &Cid) -> Result<bool, StorageError> {
        Ok(self.links(cid)?.is_some() || self.anchored(cid)?.is_some())
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
        let mut queue = VecDeque::from([Reached { cid: *start, depth: 0 }]);
        while let Some(Reached { cid, depth }) = queue.pop_front() {
            let Some(steps) = self.steps(&cid, way)? else {
                walk.complete = false;
                continue;
            };
            for next in steps {
                let cid = next?;
                if seen.contains(&cid) {
                    continue;
                }
                // Whatever is left in the queue is as deep.
                if depth >= bounds.depth || walk.reached.len() >= bounds.count {
                    return Ok(Walk { complete: false, ..walk });
                }
                let next = Reached { cid, depth: depth + 1 };
                seen.insert(cid);
                walk.reached.push(next);
                queue.push_back(next);
            }
        }
        Ok(walk)
    }

    /// The next records; `None` when they are not known.
    fn steps<'a>(&'a self, cid: &Cid, way: Way) -> Result<Option<Steps<'a>>, StorageError> {
        Ok(match way {
            Way::Children => Some(Box::new(children(self.reads(), cid))),
            Way::Parents => self.links(cid)?.map(|links| -> Steps<'a> {
                let parents: Vec<Cid> = links.parents.to_vec();
                Box::new(parents.into_iter().map(Ok))
            }),
        })
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
        let Some(oldest) = self.links(to)?.map(|links| links.time) else {
            return Ok(Path { records: None, complete: false });
        };
        // Each record with the one that led to it.
        let mut came = BTreeMap::from([(*from, *from)]);
        let (mut queue, mut complete) = (VecDeque::from([*from]), true);
        while let Some(cid) = queue.pop_front() {
            if cid == *to {
                return Ok(Path { records: Some(way_back(&came, from, to)), complete: true });
            }
            let Some(links) = self.links(&cid)? else {
                complete = false;
                continue;
            };
            // Parents are no younger: what is older than the end does not lead to it.
            if links.time < oldest {
                continue;
            }
            for parent in links.parents.iter() {
                if came.len() >= looked_at && !came.contains_key(parent) {
                    complete = false;
                } else if let Entry::Vacant(vacant) = came.entry(*parent) {
                    vacant.insert(cid);
                    queue.push_back(*parent);
                }
            }
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
            let Some(links) = self.links(cid)? else { return Ok(unknown) };
            search.mark(*cid, links.time, mark);
        }
        while let Some((time, cid)) = search.next() {
            let marks = search.marks(&cid);
            if marks == BOTH {
                search.found.insert(cid);
                search.oldest = Some(search.oldest.map_or(time, |oldest| oldest.min(time)));
            }
            let Some(links) = self.links(&cid)? else { return Ok(unknown) };
            // What is above a common ancestor is not a lowest one.
            let passed = if marks & BOTH == BOTH { marks | ABOVE } else { marks };
            for parent in links.parents.iter() {
                if search.marks(parent) | passed == search.marks(parent) {
                    continue;
                }
                let Some(above) = self.links(parent)? else { return Ok(unknown) };
                search.mark(*parent, above.time, passed);
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
