//! Checks who decided each block: the validators of each height against the headers, the signatures of each commit kept, and
//! that nothing proposed is left over.

use super::{Check, CheckStep, Finding, STEP_RECORDS};
use crate::{
    blocks::{decode, Blocks, Headers},
    history::undecodable,
    layout::{height_key, undecided_of},
    ordered_store::{Family, OrderedStore, Reads},
    undecided::Undecided,
    StorageError,
};
use icn_primitives::{tendermint::BlockId, BlockNumber, Hash, Target, ValidatorSet};

/// The validators of a height, as they are stored.
struct Signers {
    validators: ValidatorSet,
    hash: Hash,
}

impl<S: OrderedStore> Check<'_, S> {
    pub(super) fn decided(&mut self) -> Result<(), StorageError> {
        let (head, oldest) = (self.head(), self.oldest_body.max(1));
        let next = head.saturating_add(1);
        let (mut signers, mut before) = (None, self.checked_headers(0)?);
        for number in 1..=next {
            let own = self.checked_headers(number)?.filter(|_| number <= head);
            signers = self.signers(number, signers, before.as_ref(), own.as_ref())?;
            if (oldest..=head).contains(&number) {
                self.commit(number, own.as_ref(), signers.as_ref())?;
            }
            if number == head || (number < head && u64::from(number) % STEP_RECORDS == 0) {
                (self.progress)(CheckStep::Commits { done: number.into(), total: head.into() });
            }
            before = own;
        }
        self.heights(Family::Validators, 1, next)?;
        self.heights(Family::Commits, oldest, head)?;
        self.undecided(next)
    }

    /// The headers of a block. What is wrong with them is a finding already.
    fn checked_headers(&self, number: BlockNumber) -> Result<Option<Headers>, StorageError> {
        match Blocks(self.reads()).headers(number) {
            Err(StorageError::Undecodable { .. }) => Ok(None),
            headers => headers,
        }
    }

    /// The validators of a height: those of the height before, unless others are stored for it. They must be what the block
    /// before and the block itself name.
    fn signers(
        &mut self,
        number: BlockNumber,
        signers: Option<Signers>,
        before: Option<&Headers>,
        own: Option<&Headers>,
    ) -> Result<Option<Signers>, StorageError> {
        let key = height_key(number);
        let stored = self.reads().get(Family::Validators, &key)?;
        let unchanged = before.is_some_and(|headers| !headers.changes_validators());
        if stored.is_some() && unchanged && number > 1 {
            self.left_over(Family::Validators, &key);
        }
        let signers = match stored {
            Some(bytes) => self.stored_signers(&key, &bytes)?,
            None if number == 1 => {
                self.find(Finding::Record(StorageError::Missing { family: Family::Validators, key: key.to_vec() }));
                None
            }
            None => signers,
        };
        let named = [
            before.map(|headers| headers.tendermint.next_validators_hash),
            own.map(|headers| headers.tendermint.validators_hash),
        ];
        if signers.as_ref().is_some_and(|signers| named.into_iter().flatten().any(|named| named != signers.hash)) {
            self.find(Finding::ValidatorsDiffer { number });
        }
        Ok(signers)
    }

    fn stored_signers(&mut self, key: &[u8], bytes: &[u8]) -> Result<Option<Signers>, StorageError> {
        let validators = decode(Family::Validators, key, bytes).and_then(|validators: ValidatorSet| {
            let is_stored = validators.is_sound() && validators == validators.without_priorities();
            is_stored.then_some(validators).ok_or_else(|| undecodable(Family::Validators, key))
        });
        Ok(self.note(validators)?.map(|validators| Signers { hash: validators.hash(), validators }))
    }

    /// The commit of a block must be there and signed by its validators.
    fn commit(
        &mut self,
        number: BlockNumber,
        headers: Option<&Headers>,
        signers: Option<&Signers>,
    ) -> Result<(), StorageError> {
        let commit = Blocks(self.reads()).known_commit(number);
        let (Some(commit), Some(headers), Some(signers)) = (self.note(commit)?, headers, signers) else {
            return Ok(());
        };
        let header = &headers.tendermint;
        // A header that has no hash is a finding already.
        let Ok(hash) = header.hash() else { return Ok(()) };
        self.report.commits += 1;
        let target = Target { id: BlockId { hash, parts: headers.parts }, time: header.time };
        if let Err(reason) = commit.verify(&header.chain_id, number.into(), &target, &signers.validators) {
            self.find(Finding::CommitInvalid { number, reason });
        }
        Ok(())
    }

    /// What is proposed must be for the block after the head, and be what its key says.
    fn undecided(&mut self, next: BlockNumber) -> Result<(), StorageError> {
        self.scan(Family::Undecided, |check, key, value| {
            let Some((height, hash, round)) = undecided_of(&key) else {
                check.find(Finding::Record(undecodable(Family::Undecided, &key)));
                return Ok(());
            };
            if height != next {
                check.left_over(Family::Undecided, &key);
            }
            let record = decode(Family::Undecided, &key, &value).and_then(|undecided: Undecided| {
                let named = undecided.target.id.hash == hash && undecided.round == round;
                named.then_some(()).ok_or_else(|| undecodable(Family::Undecided, &key))
            });
            check.note(record).map(drop)
        })
    }
}

impl Headers {
    /// Whether the next block is signed by others than this one.
    fn changes_validators(&self) -> bool {
        self.tendermint.validators_hash != self.tendermint.next_validators_hash
    }
}
