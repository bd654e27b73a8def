//! Who decides blocks: the validators of each height, and the commits that hold their signatures.
//!
//! A set is stored under the first height that it signs. Its priorities are not: they change with every block, live in the
//! state, and are no part of a set's hash.

use crate::{
    blocks::{decode, Blocks},
    history::undecodable,
    layout::{height_key, height_of},
    ordered_store::{Batch, Family, OrderedStore, Reads},
    ChainStore, Head, StorageError,
};
use codec::Encode;
use icn_primitives::{BlockNumber, Commit, Hash, ValidatorSet};

impl<R: Reads + ?Sized> Blocks<'_, R> {
    /// The first height that the validators of a height sign, and these validators. Nobody signs block 0.
    pub(crate) fn validators_at(&self, number: BlockNumber) -> Result<(BlockNumber, ValidatorSet), StorageError> {
        let key = height_key(number);
        let Some((key, bytes)) = self.0.last_at(Family::Validators, &key)? else {
            return Err(StorageError::Missing { family: Family::Validators, key: key.to_vec() });
        };
        let first = height_of(&key).ok_or_else(|| undecodable(Family::Validators, &key))?;
        Ok((first, decode(Family::Validators, &key, &bytes)?))
    }

    pub(crate) fn commit(&self, number: BlockNumber) -> Result<Option<Commit>, StorageError> {
        let key = height_key(number);
        self.0.get(Family::Commits, &key)?.map(|bytes| decode(Family::Commits, &key, &bytes)).transpose()
    }

    /// As [`Self::commit`], where it must be there.
    pub(crate) fn known_commit(&self, number: BlockNumber) -> Result<Commit, StorageError> {
        let missing = || StorageError::Missing { family: Family::Commits, key: height_key(number).to_vec() };
        self.commit(number)?.ok_or_else(missing)
    }
}

/// Adds the validators that sign from a height on to a batch.
pub(crate) fn put_validators(batch: &mut Batch, first: BlockNumber, validators: &ValidatorSet) {
    batch.put(Family::Validators, height_key(first), validators.encode());
}

/// Adds a block's commit to a batch.
pub(crate) fn put_commit(batch: &mut Batch, number: BlockNumber, commit: &Commit) {
    batch.put(Family::Commits, height_key(number), commit.encode());
}

/// A set as it is stored, when it has the hash that the header of block `number` names for the next.
pub(crate) fn checked_next(
    number: BlockNumber,
    validators: &ValidatorSet,
    hash: Hash,
) -> Result<ValidatorSet, StorageError> {
    let stored = validators.without_priorities();
    (stored.is_sound() && stored.hash() == hash).then_some(stored).ok_or(StorageError::NextValidators { number })
}

/// Checks that a block names its validators and that the commit has an entry for each. Its signatures are the caller's to check.
pub(crate) fn check_commit(head: &Head, validators: &ValidatorSet, commit: &Commit) -> Result<(), StorageError> {
    if head.record.tendermint.validators_hash != validators.hash() {
        return Err(StorageError::ForeignValidators { number: head.number });
    }
    check_length(head.number, validators, commit)
}

fn check_length(number: BlockNumber, validators: &ValidatorSet, commit: &Commit) -> Result<(), StorageError> {
    let (given, validators) = (commit.signatures.len(), validators.validators().len());
    (given == validators).then_some(()).ok_or(StorageError::CommitLength { number, given, validators })
}

/// The validators of the block after `head` as they are stored, where they are not those of `head`. They must be given just
/// then.
pub(crate) fn checked_change(
    head: &Head,
    validators: Option<&ValidatorSet>,
) -> Result<Option<ValidatorSet>, StorageError> {
    let header = &head.record.tendermint;
    let changed = header.validators_hash != header.next_validators_hash;
    match validators {
        Some(validators) if changed => checked_next(head.number, validators, header.next_validators_hash).map(Some),
        None if !changed => Ok(None),
        _ => Err(StorageError::NextValidators { number: head.number }),
    }
}

/// Whether the validators after a stored block and, unless it is genesis, those who decided it are what its header names.
pub(crate) fn is_decided(blocks: &Blocks<'_, impl Reads + ?Sized>, head: &Head) -> Result<bool, StorageError> {
    let decided = || {
        let next = blocks.validators_at(head.number.saturating_add(1))?.1;
        checked_next(head.number, &next, head.record.tendermint.next_validators_hash)?;
        match head.number {
            0 => Ok(()),
            number => check_commit(head, &blocks.validators_at(number)?.1, &blocks.known_commit(number)?),
        }
    };
    match decided() {
        Ok(()) => Ok(true),
        Err(
            StorageError::Missing { .. }
            | StorageError::Undecodable { .. }
            | StorageError::ForeignValidators { .. }
            | StorageError::NextValidators { .. }
            | StorageError::CommitLength { .. },
        ) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Signatures in a commit.
fn signatures(commit: &Commit) -> usize {
    commit.signatures.iter().flatten().count()
}

impl<S: OrderedStore> ChainStore<S> {
    /// The validators that sign the block at a height, their priorities 0; `None` for block 0, which nobody signs, and above the
    /// block after the head.
    ///
    /// # Errors
    /// Those of the store.
    pub fn validators_at(&self, number: BlockNumber) -> Result<Option<ValidatorSet>, StorageError> {
        if number == 0 || number > self.head().number.saturating_add(1) {
            return Ok(None);
        }
        Ok(Some(Blocks(self.store()).validators_at(number)?.1))
    }

    /// The commit by which this node saw a block decided; `None` for block 0 and above the head. Nodes have different ones: the
    /// one that all agree on is in the block after.
    ///
    /// # Errors
    /// [`StorageError::Pruned`] when only the headers are kept.
    pub fn commit_of(&self, number: BlockNumber) -> Result<Option<Commit>, StorageError> {
        let Some(latest) = self.latest_with_body(number)?.filter(|_| number > 0) else { return Ok(None) };
        // The store has the fullest one, the snapshot what has left the history meanwhile.
        match Blocks(self.store()).commit(number)? {
            Some(commit) => Ok(Some(commit)),
            None => Blocks(&latest.snapshot).known_commit(number).map(Some),
        }
    }

    /// Replaces the commit of the head by one with more signatures, which came late; whether it did. A crash may lose it, and
    /// then the one before is there.
    ///
    /// # Errors
    /// [`StorageError::CommitLength`]; after an error of the store itself the process must end.
    pub fn improve_commit(&self, number: BlockNumber, commit: Commit) -> Result<bool, StorageError> {
        let mut batch = self.committing.lock();
        if number == 0 || number != self.head().number {
            return Ok(false);
        }
        let blocks = Blocks(self.store());
        check_length(number, &blocks.validators_at(number)?.1, &commit)?;
        if signatures(&commit) <= signatures(&blocks.known_commit(number)?) {
            return Ok(false);
        }
        batch.clear();
        put_commit(&mut batch, number, &commit);
        self.store().write(&batch, false)?;
        Ok(true)
    }
}
