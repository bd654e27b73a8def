//! What a block says of consensus, checked before the runtime sees it: the commit of its parent, and evidence. The runtime knows
//! no chain id, so signatures are checked here; who is judged, and how, is its own.

use crate::{session::Session, upgrade, Executor, ExecutorError, InvalidBlock, Parent};
use icn_primitives::{
    block::ConsensusRoots,
    tendermint::ValidatorAddress,
    votes::{evidence_hash, EvidenceList},
    BlockNumber, Commit, ConsensusRecord, DuplicateVote, Moment, StateView, Target, ValidatorSet,
};
use icn_runtime::Validators;
use pallet_validators::Parameters;

/// The validators around a block.
pub(crate) struct Sets {
    /// Those that sign it.
    pub(crate) own: ValidatorSet,
    /// Those that signed its parent; `None` when that is genesis.
    last: Option<ValidatorSet>,
}

/// Reads the validators around the child of `parent` from the parent's state.
pub(crate) fn sets<U>(session: &mut Session<'_, U>, parent: &Parent) -> Result<Sets, ExecutorError> {
    let number = parent.number;
    let (own, last) = session
        .enter(|| (Validators::current(), (number > 0).then(|| Validators::set_at(number)).flatten()))
        .map_err(|stopped| ExecutorError::of(stopped, "reading the validators"))?;
    let own = own.ok_or(ExecutorError::NoValidators { number: number.saturating_add(1) })?;
    if number > 0 && last.is_none() {
        return Err(ExecutorError::NoValidators { number });
    }
    Ok(Sets { own, last })
}

/// Root of the validators that sign the next block, once this one is finished.
pub(crate) fn next_set<U>(session: &mut Session<'_, U>, number: BlockNumber) -> Result<ValidatorSet, ExecutorError> {
    session
        .enter(Validators::current)
        .map_err(|stopped| ExecutorError::of(stopped, "reading the next validators"))?
        .ok_or(ExecutorError::NoValidators { number: number.saturating_add(1) })
}

/// The roots of a block with this record between these sets.
pub(crate) fn roots(
    parent: &Parent,
    sets: &Sets,
    next: &ValidatorSet,
    record: &ConsensusRecord,
) -> Result<ConsensusRoots, ExecutorError> {
    let mut roots = ConsensusRoots::of_sets(sets.own.hash(), next.hash());
    if let (Some(commit), Some(last)) = (&record.commit, &sets.last) {
        roots.last_commit = commit.hash(parent.time, last).map_err(|error| ExecutorError::Header(error.0))?;
    }
    roots.evidence = evidence_hash(&record.evidence);
    Ok(roots)
}

/// Checks that a member proposes, that the commit is the parent's, and that evidence is signed by whom it accuses.
pub(crate) fn check<U>(
    chain_id: &str,
    parent: &Parent,
    sets: &Sets,
    proposer: &ValidatorAddress,
    record: &ConsensusRecord,
    session: &mut Session<'_, U>,
) -> Result<(), ExecutorError> {
    if sets.own.by_address(proposer).is_none() {
        return Err(InvalidBlock::Proposer.into());
    }
    check_commit(chain_id, parent, sets.last.as_ref(), record.commit.as_ref())?;
    for (index, evidence) in record.evidence.iter().enumerate() {
        check_evidence(chain_id, evidence, session)?.map_err(|reason| InvalidBlock::Evidence { index, reason })?;
    }
    Ok(())
}

fn check_commit(
    chain_id: &str,
    parent: &Parent,
    last: Option<&ValidatorSet>,
    commit: Option<&Commit>,
) -> Result<(), InvalidBlock> {
    let wrong = |reason: &str| InvalidBlock::Commit { reason: reason.into() };
    match (parent.id, last, commit) {
        (None, None, None) => Ok(()),
        (None, ..) => Err(wrong("nobody signs block 0")),
        (Some(id), Some(last), Some(commit)) => {
            let target = Target { id, time: parent.time };
            commit.verify(chain_id, parent.number.into(), &target, last).map_err(|error| wrong(&error.to_string()))
        }
        (Some(_), ..) => Err(wrong("it is missing")),
    }
}

/// Whether evidence holds in a state; the inner error says why not.
fn check_evidence<U>(
    chain_id: &str,
    evidence: &DuplicateVote,
    session: &mut Session<'_, U>,
) -> Result<Result<(), String>, ExecutorError> {
    let judged = session
        .enter(|| Validators::check_evidence(evidence).map(|()| Validators::set_at(evidence.height)))
        .map_err(|stopped| ExecutorError::of(stopped, "judging evidence"))?;
    Ok(match judged {
        Err(error) => Err(format!("{error:?}")),
        Ok(None) => Err("the validators of that height are not known any more".into()),
        Ok(Some(set)) => evidence.verify(chain_id, &set).map_err(|error| error.to_string()),
    })
}

/// What the validators agreed on, in a state.
#[derive(Clone, Debug)]
pub struct Consensus {
    /// The validators of the next block.
    pub validators: ValidatorSet,
    /// The parameters of the chain.
    pub parameters: Parameters,
}

impl Executor {
    /// The validators of the next block and the parameters, in the state after the block `number`.
    ///
    /// # Errors
    /// When the state cannot be read, or names no validators.
    pub fn consensus(&self, view: &dyn StateView, number: BlockNumber) -> Result<Consensus, ExecutorError> {
        let (validators, parameters) = Session::reading(view)
            .enter(|| (Validators::current(), Validators::parameters()))
            .map_err(|stopped| ExecutorError::of(stopped, "reading the validators"))?;
        let validators = validators.ok_or(ExecutorError::NoValidators { number: number.saturating_add(1) })?;
        Ok(Consensus { validators, parameters })
    }

    /// Whether this binary may make the block `number`, the next one after a state: an upgrade may have been agreed on.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn may_make(&self, view: &dyn StateView, number: BlockNumber) -> Result<bool, ExecutorError> {
        match upgrade::check(&mut Session::reading(view), number) {
            Ok(()) => Ok(true),
            Err(ExecutorError::Version(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The evidence that a proposer may put into the next block of a state, at that block's time: what holds, and can stand together.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn select_evidence(
        &self,
        view: &dyn StateView,
        evidence: &[DuplicateVote],
        (number, time): (BlockNumber, Moment),
    ) -> Result<EvidenceList, ExecutorError> {
        let mut session = Session::reading(view);
        let mut signed = Vec::new();
        for evidence in evidence {
            if check_evidence(&self.context.chain_id, evidence, &mut session)?.is_ok() {
                signed.push(evidence.clone());
            }
        }
        session
            .enter(|| Validators::select_evidence(&signed, number, time))
            .map_err(|stopped| ExecutorError::of(stopped, "selecting evidence"))
    }

    /// Whether evidence still holds in a state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn accepts_evidence(&self, view: &dyn StateView, evidence: &DuplicateVote) -> Result<bool, ExecutorError> {
        check_evidence(&self.context.chain_id, evidence, &mut Session::reading(view)).map(|judged| judged.is_ok())
    }
}
