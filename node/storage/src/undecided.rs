//! Blocks that are proposed and not decided. A node votes for a block only when its body is durable: after a crash it must be
//! able to show what it voted for.

use crate::{
    blocks::decode,
    layout::{height_key, undecided_key},
    ordered_store::{Batch, Family, KeyValue, OrderedStore, Reads},
    ChainStore, StorageError,
};
use codec::{Decode, Encode};
use icn_primitives::{tendermint::ValidatorAddress, votes::SignatureBytes, BlockNumber, Target};

/// A block that was proposed at the height after the head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Undecided {
    /// What is voted for.
    pub target: Target,
    /// The round in which it was proposed. A block may be proposed in several.
    pub round: u32,
    /// Who proposed it.
    pub proposer: ValidatorAddress,
    /// The earlier round in which it had the prevotes of a quorum, when the proposer names one.
    pub pol_round: Option<u32>,
    /// The proposer's signature of the first part.
    pub signature: SignatureBytes,
    /// What this node found of it.
    pub valid: bool,
    /// SCALE of the block; what an invalid proposal gave may be no block.
    pub block: Vec<u8>,
}

impl<S: OrderedStore> ChainStore<S> {
    /// Stores a block that is proposed at the height after the head, durably: when this returns, no crash loses it before a
    /// block of that height is committed. One of the same target and round is replaced.
    ///
    /// # Errors
    /// [`StorageError::NotNext`] at any other height; after an error of the store itself the process must end.
    pub fn put_undecided(&self, number: BlockNumber, undecided: &Undecided) -> Result<(), StorageError> {
        let mut batch = self.committing.lock();
        let head = self.head().number;
        if head.checked_add(1) != Some(number) {
            return Err(StorageError::NotNext { number, head });
        }
        batch.clear();
        let key = undecided_key(number, &undecided.target.id.hash, undecided.round);
        batch.put(Family::Undecided, key, undecided.encode());
        self.store().write(&batch, true)
    }

    /// The blocks that are proposed at a height and stored, by Tendermint hash and round; none at any height but the one after
    /// the head.
    ///
    /// # Errors
    /// Those of the store.
    pub fn undecided(&self, number: BlockNumber) -> Result<Vec<Undecided>, StorageError> {
        if self.head().number.checked_add(1) != Some(number) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for record in proposed_at(self.store(), number) {
            let (key, value) = record?;
            found.push(decode(Family::Undecided, &key, &value)?);
        }
        Ok(found)
    }
}

/// What is proposed at a height. It is found by its height: seeking from the first key on would pass over all that was removed.
fn proposed_at(
    reads: &(impl Reads + ?Sized),
    number: BlockNumber,
) -> impl Iterator<Item = Result<KeyValue, StorageError>> + '_ {
    let prefix = height_key(number);
    let at_height =
        move |record: &Result<KeyValue, _>| record.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix));
    reads.iterate(Family::Undecided, &prefix).take_while(at_height)
}

/// Adds to a batch the removal of what was proposed at a height, which is decided. Nothing is there of the heights before.
pub(crate) fn remove_undecided(
    reads: &(impl Reads + ?Sized),
    batch: &mut Batch,
    decided: BlockNumber,
) -> Result<(), StorageError> {
    for record in proposed_at(reads, decided) {
        batch.delete(Family::Undecided, record?.0);
    }
    Ok(())
}
