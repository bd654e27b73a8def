//! Tests of the application: inputs in, effects out.

mod availability;
mod deciding;
mod pacing;
mod proposing;
mod random;
mod syncing;
mod timeliness;
mod verifying;

use super::*;
use crate::samples::{self, address, block, key, proposed, proposer, set, CHAIN};
use icn_primitives::{
    votes::{EvidenceList, SignedTarget, VoteKind},
    Commit, DuplicateVote, ValidatorSet,
};
use malachitebft_core_types::LinearTimeouts;

/// What all clocks show when a test begins; blocks of the samples have this time.
const NOW: Moment = 1_700_000_000_000;

/// The validator under test.
const ME: u8 = 1;

/// An effect, comparable. Of a job only what tests look at.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Start(Token, u64),
    Known(Token, Vec<Value>),
    Propose(Token, Value),
    Found(Token, Value),
    Nothing(Token),
    Synced(Token, SyncOutcome),
    Committed(Token),
    Publish(Vec<ProposalPart>),
    Build { at: (u64, u32), time: Moment, budget: Duration, evidence: EvidenceList },
    Verify(Target, Init, Arc<[u8]>),
    VerifySynced { token: Token, height: u64, round: u32, proposer: [u8; 20], block: Arc<[u8]> },
    Commit(CommitJob),
    Improve(u64, Commit),
    WakeAt(Moment),
    Stir(u64),
}

impl Told {
    fn of(effect: Effect) -> Self {
        match effect {
            Effect::Start(token, head) => Self::Start(token, head.height),
            Effect::Known(token, values) => Self::Known(token, values),
            Effect::Propose(token, value) => Self::Propose(token, value),
            Effect::Found(token, value) => Self::Found(token, value),
            Effect::Nothing(token) => Self::Nothing(token),
            Effect::Synced(token, outcome) => Self::Synced(token, outcome),
            Effect::Committed(token) => Self::Committed(token),
            Effect::Publish(parts) => Self::Publish(parts),
            Effect::Build(BuildJob { height, round, time, budget, evidence, sealer }) => {
                assert_eq!(sealer.address, address(ME).0);
                Self::Build { at: (height, round), time, budget, evidence }
            }
            Effect::Verify(target, VerifyJob { height, origin: Origin::Parts(init), block }) => {
                assert_eq!(height, init.height);
                Self::Verify(target, init, block)
            }
            Effect::VerifySynced(token, VerifyJob { height, origin: Origin::Sync { round, proposer }, block }) => {
                Self::VerifySynced { token, height, round, proposer, block }
            }
            Effect::Verify(..) | Effect::VerifySynced(..) => panic!("a job of the wrong origin"),
            Effect::Commit(job) => Self::Commit(job),
            Effect::Improve(height, commit) => Self::Improve(height, commit),
            Effect::WakeAt(time) => Self::WakeAt(time),
            Effect::Stir(height) => Self::Stir(height),
        }
    }
}

/// An application and what is around it.
struct Node {
    application: Application,
    around: Surroundings,
}

impl Node {
    /// Validator 1 of four at height 7, which has started.
    fn new() -> Self {
        Self::over(head(6))
    }

    fn over(head: Head) -> Self {
        Self::restarted(head, Vec::new())
    }

    fn restarted(head: Head, known: Vec<Proposed>) -> Self {
        Self::with_sealer(head, Some(sealer()), known)
    }

    fn with_sealer(head: Head, sealer: Option<Arc<Sealer>>, known: Vec<Proposed>) -> Self {
        let around = Surroundings { now: NOW, ready: false, peer_head: 0 };
        Self { application: Application::new(CHAIN.into(), head, sealer, known), around }
    }

    /// What follows from an input.
    fn tell(&mut self, input: Input) -> Vec<Told> {
        self.application.handle(input, &self.around).into_iter().map(Told::of).collect()
    }

    /// Gives a block that fits into one part.
    fn give(&mut self, (init, block): &(Init, Arc<[u8]>), token: Token) -> Vec<Told> {
        let [part] = &pieces(init, block)[..] else { panic!("it has one part") };
        self.tell(Input::Part { from: vec![9], part: part.clone(), token })
    }

    /// Gives a block and its verdict.
    fn verified(&mut self, target: Target, verdict: Verdict) -> Vec<Told> {
        self.tell(Input::Verified { claimed: target, verdict: Some(verdict) })
    }

    /// Asks for a block.
    fn get_value(&mut self, height: u64, round: u32, token: Token) -> Vec<Told> {
        self.tell(Input::GetValue { height, round, timeout: Duration::from_millis(500), token })
    }

    /// Decides and commits the next height.
    fn commit(&mut self, target: Target) -> Vec<Told> {
        let height = self.application.head().height + 1;
        self.tell(decided(height, target, 900));
        self.tell(Input::Committed(head(height)))
    }
}

fn sealer() -> Arc<Sealer> {
    Arc::new(Sealer { address: address(ME).0, chain_id: CHAIN.into(), key: Arc::new(key(ME)) })
}

/// The head of this height, ten seconds old.
fn head(height: u64) -> Head {
    Head {
        height,
        time: NOW - 10_000,
        target: Some(samples::target(height as u8)),
        validators: validators(height),
        timeouts: LinearTimeouts::default(),
        target_time: None,
        minimum_interval: Duration::ZERO,
        halted: false,
        due: None,
    }
}

/// The validators of the height after this one.
fn validators(height: u64) -> ValidatorSet {
    (0..height).fold(set(&[1, 1, 1, 1]), |set, _| set.next())
}

/// The first round of a height that belongs to somebody else, and to whom.
fn other(height: u64) -> (u32, u8) {
    let set = validators(height - 1);
    let turns = (0..).map(|round| (round, proposer(&set, round, 4)));
    turns.into_iter().find(|(_, n)| *n != ME).expect("there are others")
}

/// A proposal of another validator in its turn.
fn proposal(height: u64, seed: u8) -> (Init, Arc<[u8]>) {
    let (round, n) = other(height);
    let block = block(seed, 100);
    (proposed(n, height, round, None, &block).0, block)
}

/// The same at another time.
fn proposal_at(height: u64, seed: u8, time: Moment) -> (Init, Arc<[u8]>) {
    let (init, block) = proposal(height, seed);
    let target = Target { time, ..init.target };
    (samples::signed(other(height).1, Init { target, ..init }), block)
}

/// A block of this node's.
fn made(height: u64, round: u32, seed: u8) -> Proposed {
    let block = block(seed, 100);
    Proposed { init: proposed(ME, height, round, None, &block).0, block, valid: true }
}

/// Every part of a block, with the claim.
fn pieces(init: &Init, block: &[u8]) -> Vec<ProposalPart> {
    split(block).1.into_iter().map(|chunk| ProposalPart::Piece(init.clone(), chunk)).collect()
}

/// An `Init` as the engine knows it.
fn value(init: &Init, valid: bool) -> Value {
    Value {
        height: init.height,
        round: init.round,
        valid_round: init.pol_round,
        proposer: init.proposer,
        target: init.target,
        valid,
    }
}

fn commit(round: u32) -> Commit {
    Commit { round, signatures: vec![Some([1; 64]), None].try_into().expect("two are few") }
}

fn decided(height: u64, target: Target, token: Token) -> Input {
    Input::Decided { height, target, commit: commit(0), token }
}

fn finalized(height: u64, token: Token) -> Input {
    Input::Finalized { height, commit: commit(1), evidence: Vec::new(), token }
}

/// Evidence of an offence in a round.
fn evidence(round: u32) -> DuplicateVote {
    let signed = |n| SignedTarget { target: Some(samples::target(n)), signature: [n; 64] };
    let (first, second) = (signed(1), signed(2));
    DuplicateVote { address: address(3).0, height: 5, round, kind: VoteKind::Prevote, first, second }
}

fn invalid() -> Verdict {
    Verdict::Invalid { reason: "of the test".into() }
}
