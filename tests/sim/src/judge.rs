//! What must never happen, checked as it happens.

use crate::process::Shell;
use icn_consensus::{parts::Init, Address, IcnContext, ProposalPart};
use icn_executor::CallError;
use icn_primitives::{tendermint::ValidatorAddress, votes::VoteKind, BlockNumber, Commit, Hash, Target, ValidatorSet};
use icn_storage::StorageError;
use malachitebft_core_consensus::SignedConsensusMsg;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};
use tendermint::{
    block::signed_header::SignedHeader,
    validator::{Info, Set},
    vote::Power,
    PublicKey, Time,
};
use tendermint_light_client_verifier::{
    options::Options,
    types::{LightBlock, TrustThreshold},
    ProdVerifier, Verdict as Checked, Verifier as _,
};

/// How often the runtime's invariants are checked, in blocks.
const INVARIANTS_EVERY: u64 = 16;

/// For how many heights it is remembered what was signed.
const KEPT: u64 = 8;

/// What was decided at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Target voted for.
    pub target: Target,
    /// FRAME hash.
    pub hash: Hash,
    /// Root of the state after it.
    pub root: Hash,
    /// The round.
    pub round: u32,
}

/// A step in which a validator signs once.
type Step = (Address, u64, u32, u8);

/// Why a block is not judged to be well.
#[derive(Debug)]
pub enum Verdict {
    /// The node's disk failed.
    Disk(StorageError),
    /// It never may be.
    Never(String),
}

impl From<StorageError> for Verdict {
    fn from(error: StorageError) -> Self {
        Self::Disk(error)
    }
}

impl From<String> for Verdict {
    fn from(words: String) -> Self {
        Self::Never(words)
    }
}

impl From<&str> for Verdict {
    fn from(words: &str) -> Self {
        Self::Never(words.into())
    }
}

/// Judges what honest nodes do.
pub struct Judge {
    chain_id: String,
    decided: BTreeMap<u64, Decided>,
    signed: BTreeMap<Step, Option<Target>>,
    /// Blocks that honest proposers published: proposer, height, round, block.
    proposed: BTreeSet<(u64, ValidatorAddress, u32, Target)>,
    /// The last commits that were verified.
    commits: VecDeque<(u64, Target, Commit)>,
    trusted: Option<LightBlock>,
}

impl Judge {
    /// Knows nothing yet.
    pub fn new(chain_id: &str) -> Self {
        Self {
            chain_id: chain_id.into(),
            decided: BTreeMap::new(),
            signed: BTreeMap::new(),
            proposed: BTreeSet::new(),
            commits: VecDeque::new(),
            trusted: None,
        }
    }

    /// The highest block that an honest node has committed.
    pub fn height(&self) -> u64 {
        self.decided.keys().next_back().copied().unwrap_or(0)
    }

    /// What was decided.
    pub fn decided(&self) -> &BTreeMap<u64, Decided> {
        &self.decided
    }

    /// An honest validator lets a message leave.
    pub fn sent(&mut self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), String> {
        let (address, height, round, step, target) = match message {
            SignedConsensusMsg::Vote(vote) => {
                let step = match vote.kind {
                    VoteKind::Prevote => 1,
                    VoteKind::Precommit => 2,
                };
                (vote.address, vote.height.0, vote.round, step, vote.target().copied())
            }
            SignedConsensusMsg::Proposal(proposal) => {
                (proposal.address, proposal.height.0, proposal.round, 0, Some(proposal.value.0))
            }
        };
        let step = (address, height, round.as_u32().unwrap_or(0), step);
        match self.signed.insert(step, target) {
            Some(before) if before != target => Err(format!("{address} signed two things in step {step:?}")),
            _ => Ok(()),
        }
    }

    /// An honest proposer publishes a part.
    pub fn published(&mut self, part: &ProposalPart) {
        if let ProposalPart::Piece(init, _) = part {
            self.proposed.insert((init.height, init.proposer, init.round, init.target));
        }
    }

    /// An honest node takes a block for an honest proposer's.
    pub fn taken(&self, init: &Init) -> Result<(), String> {
        let Init { height, proposer, round, target, .. } = *init;
        let forgotten = height + KEPT < self.height();
        if forgotten || self.proposed.contains(&(height, proposer, round, target)) {
            return Ok(());
        }
        Err(format!(
            "block {target} is taken for {}'s, who never proposed it in round {round} of {height}",
            Address(proposer)
        ))
    }

    /// An honest node committed a block; what was decided, when it is the first.
    pub fn committed(
        &mut self,
        height: u64,
        shell: &Shell,
        honest: &BTreeSet<ValidatorAddress>,
    ) -> Result<Option<Decided>, Verdict> {
        let chain = &shell.parts().chain;
        let number = BlockNumber::try_from(height).map_err(|error| error.to_string())?;
        let store = chain.store();
        let head = store.head();
        if head.number != number {
            return Err(format!("block {height} was committed, the head is {}", head.number).into());
        }
        let commit = store.commit_of(number)?.ok_or("a decided block has no commit")?;
        let target = head.record.target().map_err(|error| error.to_string())?.ok_or("a decided block has no target")?;
        let (hash, root) = (head.hash, head.record.block.header.state_root);
        let decided = Decided { target, hash, root, round: commit.round };
        let set = store.validators_at(number)?.ok_or("a height has no validators")?;
        let seen = (height, target, commit.clone());
        if !self.commits.contains(&seen) {
            let verified = commit.verify(&self.chain_id, height, &target, &set);
            verified.map_err(|error| format!("commit of {height}: {error}"))?;
            self.commits.truncate(31);
            self.commits.push_front(seen);
        }
        for (validator, signature) in set.validators().iter().zip(&commit.signatures) {
            let address = validator.address();
            if signature.is_none() || !honest.contains(&address) {
                continue;
            }
            let cast = self.signed.get(&(Address(address), height, commit.round, 2));
            if cast != Some(&Some(target)) && height + KEPT >= self.height() {
                return Err(format!("the commit of {height} has a vote that {} never cast", Address(address)).into());
            }
        }
        if let Some(first) = self.decided.get(&height) {
            if (first.target, first.hash, first.root) != (target, hash, root) {
                return Err(format!("two blocks are decided at height {height}: {first:?} and {decided:?}").into());
            }
            return Ok(None);
        }
        if height != self.height() + 1 {
            return Err(format!("block {height} was committed after block {}", self.height()).into());
        }
        let next = store.validators_at(number + 1)?.ok_or("the next height has no validators")?;
        self.light_client(number, &head.record.tendermint, &commit, &target, (&set, &next))?;
        if height.is_multiple_of(INVARIANTS_EVERY) {
            let checked = chain.executor().invariants(&*store.latest());
            match checked {
                Ok(()) | Err(CallError::State(_)) => {}
                Err(error) => return Err(format!("invariants after block {height}: {error}").into()),
            }
        }
        self.decided.insert(height, decided);
        self.signed.retain(|(_, signed, ..), _| *signed + KEPT >= height);
        self.proposed = self.proposed.split_off(&(height.saturating_sub(KEPT), [0; 20], 0, target));
        Ok(Some(decided))
    }

    /// Follows the chain as the stock light client does.
    fn light_client(
        &mut self,
        number: BlockNumber,
        header: &icn_primitives::TendermintHeader,
        commit: &Commit,
        target: &Target,
        (set, next): (&ValidatorSet, &ValidatorSet),
    ) -> Result<(), String> {
        let commit = commit.to_stock(number.into(), target, set).map_err(|error| error.to_string())?;
        let header = header.to_stock().map_err(|error| error.to_string())?;
        let now = Time::from_unix_timestamp(header.time.unix_timestamp() + 1, 0).map_err(|error| error.to_string())?;
        let signed = SignedHeader::new(header, commit).map_err(|error| error.to_string())?;
        let provider = "0000000000000000000000000000000000000000".parse().expect("it is a name");
        let block = LightBlock::new(signed, stock(set)?, stock(next)?, provider);
        if let Some(trusted) = &self.trusted {
            let (trusting_period, clock_drift) = (Duration::from_secs(14 * 86_400), Duration::from_secs(5));
            let options = Options { trust_threshold: TrustThreshold::ONE_THIRD, trusting_period, clock_drift };
            let (untrusted, trusted) = (block.as_untrusted_state(), trusted.as_trusted_state());
            match ProdVerifier::default().verify_update_header(untrusted, trusted, &options, now) {
                Checked::Success => {}
                verdict => return Err(format!("the light client refuses block {number}: {verdict:?}")),
            }
        }
        self.trusted = Some(block);
        Ok(())
    }
}

fn stock(set: &ValidatorSet) -> Result<Set, String> {
    let info = |validator: &icn_primitives::Validator| {
        let key = PublicKey::from_raw_ed25519(&validator.key).ok_or("no key")?;
        Ok::<_, String>(Info::new(key, Power::try_from(validator.power).map_err(|error| error.to_string())?))
    };
    Ok(Set::without_proposer(set.validators().iter().map(info).collect::<Result<_, _>>()?))
}
