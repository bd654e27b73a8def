//! Which blocks of a blob are still to be had, and whether one that came is the one that was asked for.
//!
//! ```text
//! wanted --next--> asked --accept--> taken (its parts are wanted)
//!    ^------put_back--'
//! ```

use crate::{
    block::Block,
    error::{BlobError, Fault},
    inner::Inner,
    shape,
};
use icn_dag::{Cid, Codec};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is known of a block before it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expected {
    /// Bytes below it, and its height; `None` of the root, which says so itself.
    place: Option<(u64, u32)>,
}

/// The blocks of one blob on their way.
#[derive(Clone, Debug)]
pub struct Download {
    size: Option<u64>,
    known: BTreeMap<Cid, Expected>,
    wanted: VecDeque<Cid>,
    asked: BTreeSet<Cid>,
}

impl Download {
    /// Nothing is here but the name.
    pub fn new(root: Cid) -> Self {
        Self {
            size: None,
            known: [(root, Expected { place: None })].into(),
            wanted: [root].into(),
            asked: BTreeSet::new(),
        }
    }

    /// Bytes of the blob, once its root is here.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The next block to ask for that `may` be asked for, in the order of the blob.
    pub fn next_where(&mut self, may: impl Fn(&Cid) -> bool) -> Option<Cid> {
        let at = self.wanted.iter().position(may)?;
        let cid = self.wanted.remove(at)?;
        self.asked.insert(cid);
        Some(cid)
    }

    /// A block that was asked for did not come; it is wanted again.
    pub fn put_back(&mut self, cid: Cid) {
        if self.asked.remove(&cid) {
            self.wanted.push_front(cid);
        }
    }

    /// Takes a block that was asked for.
    ///
    /// # Errors
    /// [`BlobError::NotCanonical`] and [`BlobError::TooLarge`] when the name is that of no blob: nobody can have the rest. Whoever sent the
    /// block is not to blame.
    pub fn accept(&mut self, block: &Block) -> Result<(), BlobError> {
        let (cid, bytes) = (&block.cid(), block.bytes());
        if !self.asked.contains(cid) {
            return Err(BlobError::NotCanonical { cid: *cid, fault: Fault::Kind });
        }
        let place = self.known.get(cid).and_then(|expected| expected.place);
        let (length, height) = match (place, cid.codec()) {
            (Some(place), _) => place,
            (None, Codec::Raw) => (bytes.len() as u64, 0),
            (None, Codec::DagCbor) => {
                let size = Inner::root(cid, bytes)?.length();
                (size, shape::height(size))
            }
        };
        if height == 0 && bytes.len() as u64 != length {
            return Err(BlobError::NotCanonical { cid: *cid, fault: Fault::Length });
        }
        if height > 0 {
            for part in Inner::below(cid, bytes, length, height)?.parts() {
                self.want(part.cid, (part.length, height - 1))?;
            }
        }
        self.size.get_or_insert(length);
        self.asked.remove(cid);
        Ok(())
    }

    fn want(&mut self, cid: Cid, place: (u64, u32)) -> Result<(), BlobError> {
        let expected = Expected { place: Some(place) };
        match self.known.insert(cid, expected) {
            None => self.wanted.push_back(cid),
            Some(before) if before == expected => {}
            // One block cannot have two lengths.
            Some(_) => return Err(BlobError::NotCanonical { cid, fault: Fault::Length }),
        }
        Ok(())
    }

    /// Whether all blocks are here.
    pub fn is_complete(&self) -> bool {
        self.wanted.is_empty() && self.asked.is_empty()
    }
}
