//! Making a block from what waits.

use crate::{
    backend::Staged,
    consensus, decode,
    inherent::Inherents,
    session::{Session, Stopped},
    upgrade, Executor, ExecutorError, InvalidBlock, Parent,
};
use codec::Encode;
use icn_primitives::{
    block::{record, Block, BlockRecord, ConsensusDigest},
    code::CODE_KEY,
    limits::BLOCK_BYTES_MAX,
    Changes, CodeDescriptor, Extrinsic, Hash, Header, StateCommitment, ValidatorSet,
};
use icn_runtime::{current_version, Executive, UncheckedExtrinsic};
use sp_runtime::{
    traits::Header as _,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    ApplyExtrinsicResult,
};
use std::time::Instant;

/// Bytes left for the header and the length prefixes.
const HEADER_BYTES: usize = 4096;

/// How many transactions that do not fit are passed over before a block counts as full.
const PASSED_OVER_MAX: u32 = 16;

/// Where a block's transactions come from, best first, each sender's in the order of their nonces.
pub trait TransactionSource {
    /// The next one.
    fn next(&mut self) -> Option<(Hash, Extrinsic)>;

    /// Says that the last one did not enter the block, so that what follows from the same sender is passed over.
    fn refused(&mut self, hash: Hash, refusal: Refusal);
}

/// Why a transaction did not enter a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The block has no room for it; it stays for the next one.
    NoRoom,
    /// It cannot be applied to this state.
    Invalid(TransactionValidityError),
    /// It broke the runtime, or touches `:code`: drop and ban it.
    Broke {
        /// What happened.
        reason: String,
    },
}

/// When to stop filling a block, beside the limits every node agrees on.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildLimits {
    /// Take no further transaction after this moment.
    pub deadline: Option<Instant>,
    /// Take at most this many.
    pub transactions_max: Option<usize>,
}

/// A block that was built, with what its commit needs.
#[derive(Debug)]
pub struct Built<U> {
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
    /// Builds the block after `parent` on its state.
    ///
    /// When the block cannot be finished with the transactions in it, all of them are refused as [`Refusal::Broke`] and it is
    /// built without any.
    ///
    /// # Errors
    /// [`ExecutorError::State`], [`ExecutorError::Version`], or why a block without transactions cannot be built.
    /// Transactions that cannot be applied are refused to `source`, not errors.
    pub fn build<V: StateCommitment>(
        &self,
        parent: &Parent,
        view: &V,
        inherents: &Inherents,
        source: &mut dyn TransactionSource,
        limits: BuildLimits,
    ) -> Result<Built<V::Update>, ExecutorError> {
        let mut transactions = Vec::new();
        match self.attempt(parent, view, inherents, source, limits, &mut transactions) {
            Err(error) if error.blames_block() && !transactions.is_empty() => {
                let reason = error.to_string();
                for transaction in &transactions {
                    source.refused(transaction.hash(), Refusal::Broke { reason: reason.clone() });
                }
                self.attempt(parent, view, inherents, &mut Nothing, limits, &mut Vec::new())
            }
            built => built,
        }
    }

    /// Builds a block, and says in `transactions` which it took, so that they are known when it fails.
    fn attempt<V: StateCommitment>(
        &self,
        parent: &Parent,
        view: &V,
        inherents: &Inherents,
        source: &mut dyn TransactionSource,
        limits: BuildLimits,
        transactions: &mut Vec<Extrinsic>,
    ) -> Result<Built<V::Update>, ExecutorError> {
        let stage = |changes: &Changes| view.stage(changes);
        let mut session = Session::committing(view, &stage);
        upgrade::check(&mut session, parent.number + 1)?;
        let Inherents { digest, record: said, .. } = inherents;
        let sets = consensus::sets(&mut session, parent)?;
        consensus::check(&self.context.chain_id, parent, &sets, &digest.proposer, said, &mut session)?;
        begin(&mut session, parent, digest)?;
        apply_inherents(&mut session, inherents)?;
        run_due_calls(&mut session)?;
        let encoded = inherents.encode();
        let used = encoded.iter().map(|inherent| inherent.bytes().len()).sum();
        fill(&mut session, transactions, source, limits, used)?;
        let (header, next, staged) = finish(session, parent)?;
        let roots = consensus::roots(parent, &sets, &next, said)?;
        let extrinsics = encoded.into_iter().chain(transactions.iter().cloned()).collect();
        let block = Block { header, extrinsics };
        let bytes = block.encoded_size();
        if bytes > BLOCK_BYTES_MAX as usize {
            return Err(InvalidBlock::TooLarge { bytes }.into());
        }
        let record = record(block, digest, parent.id, &self.context, &roots);
        record.tendermint_hash().map_err(ExecutorError::Header)?;
        let new_validators = (roots.validators != roots.next_validators).then_some(next);
        Ok(Built { record, changes: staged.changes, update: staged.update, new_validators })
    }
}

/// No transactions.
struct Nothing;

impl TransactionSource for Nothing {
    fn next(&mut self) -> Option<(Hash, Extrinsic)> {
        None
    }

    fn refused(&mut self, _: Hash, _: Refusal) {}
}

/// Starts the block after `parent`.
pub(crate) fn begin<U>(
    session: &mut Session<'_, U>,
    parent: &Parent,
    digest: &ConsensusDigest,
) -> Result<(), ExecutorError> {
    let header = Header::new(parent.number + 1, Hash::zero(), Hash::zero(), parent.hash, digest.to_digest());
    session
        .enter(|| Executive::initialize_block(&header))
        .map_err(|stopped| ExecutorError::of(stopped, "beginning a block"))?;
    Ok(())
}

fn apply_inherents<U>(session: &mut Session<'_, U>, inherents: &Inherents) -> Result<(), ExecutorError> {
    for inherent in inherents.typed() {
        let applied = session
            .enter(|| Executive::apply_extrinsic(inherent))
            .map_err(|stopped| ExecutorError::of(stopped, "applying an inherent"))?;
        let Ok(Ok(())) = applied else {
            return Err(ExecutorError::Panicked { stage: "applying an inherent", message: format!("{applied:?}") });
        };
    }
    Ok(())
}

/// Runs what is due after the inherents and before the first transaction: the agenda. It would otherwise run inside the first
/// transaction, which would be blamed for it.
pub(crate) fn run_due_calls<U>(session: &mut Session<'_, U>) -> Result<(), ExecutorError> {
    session.enter(Executive::inherents_applied).map_err(|stopped| ExecutorError::of(stopped, "running due calls"))
}

/// Applies transactions until the block, of which `used` bytes are taken, is full, time is up or none is left.
fn fill<U>(
    session: &mut Session<'_, U>,
    transactions: &mut Vec<Extrinsic>,
    source: &mut dyn TransactionSource,
    limits: BuildLimits,
    used: usize,
) -> Result<(), ExecutorError> {
    let mut room = (BLOCK_BYTES_MAX as usize - HEADER_BYTES).saturating_sub(used);
    let mut passed_over = 0;
    let is_open = |transactions: &Vec<Extrinsic>| {
        limits.deadline.is_none_or(|deadline| Instant::now() < deadline)
            && limits.transactions_max.is_none_or(|max| transactions.len() < max)
    };
    while passed_over < PASSED_OVER_MAX && is_open(transactions) {
        let Some((hash, extrinsic)) = source.next() else { break };
        let bytes = extrinsic.bytes().len();
        let refusal = if bytes > room { Some(Refusal::NoRoom) } else { apply(session, &extrinsic)? };
        match refusal {
            None => {
                room -= bytes;
                transactions.push(extrinsic);
            }
            Some(refusal) => {
                passed_over += u32::from(refusal == Refusal::NoRoom);
                source.refused(hash, refusal);
            }
        }
    }
    Ok(())
}

/// Applies one transaction, or says why it is refused and leaves no trace of it.
fn apply<U>(session: &mut Session<'_, U>, extrinsic: &Extrinsic) -> Result<Option<Refusal>, ExecutorError> {
    let decoded = match decode::extrinsic(extrinsic) {
        Ok(decoded) if is_signed(&decoded) => decoded,
        _ => return Ok(Some(Refusal::Invalid(InvalidTransaction::Call.into()))),
    };
    let code = code_written(session);
    let mut touches_code = false;
    let keep = |applied: &ApplyExtrinsicResult, session: &mut Session<'_, U>| {
        touches_code = code_written(session) != code;
        applied.is_ok() && !touches_code
    };
    match session.enter_layer(|| Executive::apply_extrinsic(decoded), keep) {
        Err(Stopped::State(failure)) => Err(failure.into()),
        Err(Stopped::Panicked(reason)) => Ok(Some(Refusal::Broke { reason })),
        Ok(_) if touches_code => Ok(Some(Refusal::Broke { reason: "it changes :code".into() })),
        Ok(Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources))) => Ok(Some(Refusal::NoRoom)),
        Ok(Err(error)) => Ok(Some(Refusal::Invalid(error))),
        Ok(Ok(_)) => Ok(None),
    }
}

/// Whether an extrinsic is a transaction and not an inherent.
pub(crate) fn is_signed(extrinsic: &UncheckedExtrinsic) -> bool {
    matches!(extrinsic.preamble, sp_runtime::generic::Preamble::Signed(..))
}

/// What the block has written to `:code` so far, to find out who did.
pub(crate) fn code_written<U>(session: &mut Session<'_, U>) -> Option<Option<Vec<u8>>> {
    session.written(CODE_KEY).map(|code| code.map(<[u8]>::to_vec))
}

/// Whether `:code` is untouched, or is this runtime's descriptor.
fn code_is_kept<U>(session: &mut Session<'_, U>) -> bool {
    let version = current_version();
    let descriptor = CodeDescriptor::new(&version.spec_name, version.spec_version).encode();
    session.written(CODE_KEY).is_none_or(|code| code == Some(&descriptor[..]))
}

/// Ends the block: its header, the validators of the next one, and what its commit needs.
pub(crate) fn finish<U>(
    mut session: Session<'_, U>,
    parent: &Parent,
) -> Result<(Header, ValidatorSet, Staged<U>), ExecutorError> {
    let header =
        session.enter(Executive::finalize_block).map_err(|stopped| ExecutorError::of(stopped, "finishing a block"))?;
    if !code_is_kept(&mut session) {
        return Err(InvalidBlock::Code.into());
    }
    if header.number != parent.number + 1 || header.parent_hash != parent.hash {
        return Err(InvalidBlock::NotNext.into());
    }
    let next = consensus::next_set(&mut session, header.number)?;
    let staged = session.into_staged();
    Ok((header, next, staged))
}
