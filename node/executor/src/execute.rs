//! Executing a block that somebody else built.

use crate::{
    build::{begin, code_written, finish, is_signed, run_due_calls},
    consensus, decode,
    inherent::Inherents,
    session::{Session, Stopped},
    upgrade, Executor, ExecutorError, InvalidBlock, Parent,
};
use codec::Encode;
use icn_primitives::{
    block::{record, Block, BlockRecord, ConsensusDigest},
    limits::{BLOCK_BYTES_MAX, TIME_MAX},
    Changes, Header, StateCommitment, ValidatorSet,
};
use icn_runtime::{Executive, UncheckedExtrinsic};
use sp_runtime::traits::Header as _;

/// A block that was executed, with what its commit needs.
#[derive(Debug)]
pub struct Executed<U> {
    /// The block and both headers.
    pub record: BlockRecord,
    /// What it writes.
    pub changes: Changes,
    /// The tree's part of its commit.
    pub update: U,
    /// The validators of the next block, when their keys or powers are not those of this one.
    pub new_validators: Option<ValidatorSet>,
}

impl Executor {
    /// Executes `block` on the state of `parent` and compares every header field.
    ///
    /// # Errors
    /// [`ExecutorError::Invalid`] is what every correct node answers; all others say nothing about the block.
    pub fn execute<V: StateCommitment>(
        &self,
        parent: &Parent,
        view: &V,
        block: Block,
    ) -> Result<Executed<V::Update>, ExecutorError> {
        let digest = check_header(parent, &block)?;
        let verifying = tracing::debug_span!("verify").entered();
        let inherents = Inherents::of_block(&block.extrinsics, digest).ok_or(InvalidBlock::Inherent)?;
        let (first, said) = (inherents.count(), inherents.record);
        let transactions = self.decode(&block, first)?;
        let stage = |changes: &Changes| view.stage(changes);
        let mut session = Session::committing(view, &stage);
        upgrade::check(&mut session, parent.number + 1)?;
        let sets = consensus::sets(&mut session, parent)?;
        consensus::check(&self.context.chain_id, parent, &sets, &digest.proposer, &said, &mut session)
            .map_err(blame_block)?;
        self.verifiers.verify(view, parent.hash, parent.number + 1, &transactions[first..])?;
        drop(verifying);
        begin(&mut session, parent, &digest).map_err(blame_block)?;
        apply_all(&mut session, transactions, first)?;
        let (header, next, staged) = finish(session, parent).map_err(blame_block)?;
        compare(&block.header, &header)?;
        let roots = consensus::roots(parent, &sets, &next, &said)?;
        let record = record(block, &digest, parent.id, &self.context, &roots);
        let new_validators = (roots.validators != roots.next_validators).then_some(next);
        Ok(Executed { record, changes: staged.changes, update: staged.update, new_validators })
    }

    /// Decodes the extrinsics in parallel: the inherents, then from the index `first` on signed transactions.
    fn decode(&self, block: &Block, first: usize) -> Result<Vec<UncheckedExtrinsic>, InvalidBlock> {
        let decoded = self.verifiers.map(&block.extrinsics, decode::extrinsic);
        let mut transactions = Vec::with_capacity(decoded.len());
        for (index, decoded) in decoded.into_iter().enumerate() {
            let extrinsic = decoded.map_err(|reason| InvalidBlock::Extrinsic { index, reason })?;
            if index >= first && !is_signed(&extrinsic) {
                return Err(InvalidBlock::Extrinsic { index, reason: "it is not signed" });
            }
            transactions.push(extrinsic);
        }
        Ok(transactions)
    }
}

/// Checks what can be checked without executing.
fn check_header(parent: &Parent, block: &Block) -> Result<ConsensusDigest, InvalidBlock> {
    let bytes = block.encoded_size();
    if bytes > BLOCK_BYTES_MAX as usize {
        return Err(InvalidBlock::TooLarge { bytes });
    }
    let header = &block.header;
    if parent.number.checked_add(1) != Some(header.number) || header.parent_hash != parent.hash {
        return Err(InvalidBlock::NotNext);
    }
    let digest = ConsensusDigest::from_header(header).ok_or(InvalidBlock::Digest)?;
    if digest.time <= parent.time || digest.time > TIME_MAX {
        return Err(InvalidBlock::Time { time: digest.time, parent: parent.time });
    }
    Ok(digest)
}

fn apply_all<U>(
    session: &mut Session<'_, U>,
    extrinsics: Vec<UncheckedExtrinsic>,
    first: usize,
) -> Result<(), ExecutorError> {
    for (index, extrinsic) in extrinsics.into_iter().enumerate() {
        if index == first {
            run_due_calls(session).map_err(blame_block)?;
        }
        let code = code_written(session);
        match session.enter(|| Executive::apply_extrinsic(extrinsic)) {
            Ok(Ok(dispatched)) if index >= first || dispatched.is_ok() => {}
            Ok(Ok(_)) => return Err(InvalidBlock::Inherent.into()),
            Ok(Err(error)) => return Err(InvalidBlock::Transaction { index, error }.into()),
            Err(Stopped::Panicked(message)) => {
                return Err(InvalidBlock::Panicked { index: Some(index), message }.into())
            }
            Err(Stopped::State(failure)) => return Err(failure.into()),
        }
        if code_written(session) != code {
            return Err(InvalidBlock::Code.into());
        }
    }
    Ok(())
}

/// A panic while validating is a verdict: the block is invalid.
fn blame_block(error: ExecutorError) -> ExecutorError {
    match error {
        ExecutorError::Panicked { message, .. } => InvalidBlock::Panicked { index: None, message }.into(),
        other => other,
    }
}

/// Compares the header of the block with the one execution gives.
fn compare(claimed: &Header, given: &Header) -> Result<(), InvalidBlock> {
    let same = [
        ("digest", claimed.digest() == given.digest()),
        ("extrinsics root", claimed.extrinsics_root() == given.extrinsics_root()),
        ("state root", claimed.state_root() == given.state_root()),
        ("header", claimed == given),
    ];
    match same.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(InvalidBlock::HeaderMismatch(field)),
        None => Ok(()),
    }
}
