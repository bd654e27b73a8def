//! Checks the blobs: each block has the bytes of its name, each blob has its blocks, what is counted and charged is what there is, and
//! nothing is left over. Blocks of a blob that was being put when the node stopped are not: the next start collects them.

use super::{Check, Finding};
use crate::{
    blobs::{blocks_of, BlobInfo, Held, Pin},
    blocks::decode,
    history::undecodable,
    layout::{Account, BlobKey},
    ordered_store::{Family, OrderedStore},
    StorageError,
};
use codec::Encode;
use icn_blob::{block::verify, BlobError};
use icn_dag::{Cid, Codec, Did};
use std::collections::{BTreeMap, BTreeSet};

/// What the roots say that there is.
#[derive(Default)]
struct Inventory {
    roots: BTreeMap<Cid, BlobInfo>,
    counts: BTreeMap<Cid, u32>,
    held: BTreeSet<Cid>,
    owners: BTreeMap<Did, u64>,
    staged: BTreeSet<Cid>,
}

impl<S: OrderedStore> Check<'_, S> {
    pub(super) fn blobs(&mut self) -> Result<(), StorageError> {
        let mut inventory = self.inventory()?;
        self.blob_blocks(&inventory)?;
        let mut expected = inventory.counted();
        self.scan(Family::BlobIndex, |check, key, value| {
            match (key.first(), expected.remove(&key)) {
                (Some(3 | 4), Some(known)) if known == value => {}
                (Some(3 | 4), Some(_)) => check.find(Finding::Record(undecodable(Family::BlobIndex, &key))),
                (Some(3 | 4), None) => check.left_over(Family::BlobIndex, &key),
                _ => check.blob_entry(&mut inventory, &key, &value)?,
            }
            Ok(())
        })?;
        for key in expected.into_keys() {
            self.find(Finding::Record(StorageError::Missing { family: Family::BlobIndex, key }));
        }
        Ok(())
    }

    /// The blobs, their blocks and who holds them.
    fn inventory(&mut self) -> Result<Inventory, StorageError> {
        let mut found = Inventory::default();
        self.scan(Family::BlobIndex, |check, key, value| {
            let Some(cid) = BlobKey::cid_of(&key) else { return Ok(()) };
            if key.starts_with(&BlobKey::BLOB_PREFIX) {
                let info = check.note(decode::<BlobInfo>(Family::BlobIndex, &key, &value))?;
                found.roots.extend(info.map(|info| (cid, info)));
            } else if key.starts_with(&BlobKey::held_prefix(&cid)) {
                if let Some(held) = check.note(decode::<Held>(Family::BlobIndex, &key, &value))? {
                    // Keys come in their order: the roots are known.
                    let size = found.roots.get(&cid).map_or(0, |info| info.size);
                    let used = found.owners.entry(held.owner).or_default();
                    *used = used.saturating_add(size);
                    found.held.insert(cid);
                }
            } else if key.starts_with(&BlobKey::STAGED_PREFIX) {
                found.staged.insert(cid);
            }
            Ok(())
        })?;
        for (root, info) in &found.roots {
            match blocks_of(self.reads(), root, info.size) {
                Ok(blocks) => blocks.into_iter().for_each(|block| *found.counts.entry(block).or_default() += 1),
                Err(StorageError::Blob(error)) => self.find(Finding::Blob(error)),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Each block against its name; those that blobs have are there.
    fn blob_blocks(&mut self, inventory: &Inventory) -> Result<(), StorageError> {
        let mut missing: BTreeSet<Cid> = inventory.counts.keys().copied().collect();
        self.scan(Family::BlobBlocks, |check, key, bytes| {
            check.report.blob_blocks += 1;
            let Ok(cid) = Cid::try_from(&key[..]) else {
                check.left_over(Family::BlobBlocks, &key);
                return Ok(());
            };
            if !missing.remove(&cid) && !inventory.staged.contains(&cid) {
                check.left_over(Family::BlobBlocks, &key);
            }
            if let Err(error) = verify(&cid, &bytes) {
                check.find(Finding::Blob(error));
            }
            let size = inventory.roots.get(&cid).map(|info| info.size);
            if cid.codec() == Codec::Raw && size.is_some_and(|size| size != bytes.len() as u64) {
                check.find(Finding::Blob(BlobError::CorruptBlob(cid)));
            }
            Ok(())
        })?;
        missing.into_iter().for_each(|cid| self.find(Finding::Blob(BlobError::Missing(cid))));
        Ok(())
    }

    /// What is neither counted nor charged: blobs, holders, pins, marks of what is being put.
    fn blob_entry(&mut self, inventory: &mut Inventory, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        let known = BlobKey::cid_of(key).filter(|cid| inventory.roots.contains_key(cid));
        let is_there = match (key.first(), known) {
            (Some(0), Some(root)) => key == BlobKey::Blob(root).to_bytes(),
            (Some(1), Some(root)) => {
                let held = self.note(decode::<Held>(Family::BlobIndex, key, value))?;
                held.is_none_or(|held| key == BlobKey::Held { root, owner: &held.owner }.to_bytes())
            }
            (Some(2), Some(root)) => {
                let pin = self.note(decode::<Pin>(Family::BlobIndex, key, value))?;
                pin.is_none_or(|pin| key == BlobKey::Pinned { root, owner: pin.owner.as_ref() }.to_bytes())
            }
            (Some(5), _) => value.is_empty(),
            _ => false,
        };
        if !is_there {
            self.left_over(Family::BlobIndex, key);
        }
        Ok(())
    }
}

impl Inventory {
    /// What the index must say of counts and accounts.
    fn counted(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let counts = self.counts.iter().map(|(block, count)| (BlobKey::Count(*block).to_bytes(), count.encode()));
        let sum = |roots: &mut dyn Iterator<Item = (&Cid, &BlobInfo)>| {
            roots.fold(0_u64, |sum, (_, info)| sum.saturating_add(info.size))
        };
        let all = sum(&mut self.roots.iter());
        let nobody = sum(&mut self.roots.iter().filter(|(root, _)| !self.held.contains(*root)));
        let accounts = [(Account::All, all), (Account::Nobody, nobody)].into_iter();
        let accounts = accounts.chain(self.owners.iter().map(|(owner, used)| (Account::Owner(owner), *used)));
        // What is nothing is not written.
        let accounts = accounts.filter(|(_, used)| *used > 0);
        counts.chain(accounts.map(|(account, used)| (BlobKey::Used(account).to_bytes(), used.encode()))).collect()
    }
}
