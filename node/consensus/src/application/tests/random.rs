//! Any order of inputs: each question has one answer at most, none is forgotten, and one value is proposed in a round.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeSet, VecDeque};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// The oldest job is done.
    Work,
    Ready,
    StartedRound,
    /// The round ends.
    NextRound,
    GetValue,
    /// A proposal of the current height or the next.
    Part {
        next: bool,
        seed: u8,
        ahead: u64,
    },
    Restream(u8),
    Decide(u8),
    Finalize,
    Sync {
        next: bool,
    },
    MakeBlock,
    Wait(u16),
    /// The process starts again; what was durable is there.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Work),
        1 => Just(Step::Ready),
        2 => Just(Step::StartedRound),
        1 => Just(Step::NextRound),
        4 => Just(Step::GetValue),
        6 => (any::<bool>(), 0..6u8, 0..3_000u64).prop_map(|(next, seed, ahead)| Step::Part { next, seed, ahead }),
        1 => any::<u8>().prop_map(Step::Restream),
        4 => any::<u8>().prop_map(Step::Decide),
        3 => Just(Step::Finalize),
        1 => any::<bool>().prop_map(|next| Step::Sync { next }),
        1 => Just(Step::MakeBlock),
        2 => any::<u16>().prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

/// A question that waits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Question {
    Next,
    Known,
    Value(u64),
    Part,
    Decided,
    Synced,
}

/// The chain and the engine, as far as they matter.
struct World {
    node: Node,
    head: u64,
    round: u32,
    /// What the engine waits for the end of.
    decided: bool,
    token: Token,
    open: BTreeMap<Token, Question>,
    answered: BTreeSet<Token>,
    jobs: VecDeque<Told>,
    durable: Vec<Proposed>,
    proposed: BTreeMap<(u64, u32), Target>,
    /// Height of the part that a question is about.
    parts: BTreeMap<Token, u64>,
    blocks: u8,
}

/// Every third block is invalid, as its bytes have it.
fn is_valid(block: &[u8]) -> bool {
    !block[0].is_multiple_of(3)
}

impl World {
    fn new() -> Self {
        Self {
            node: Node::new(),
            head: 6,
            round: 0,
            decided: false,
            token: 0,
            open: BTreeMap::new(),
            answered: BTreeSet::new(),
            jobs: VecDeque::new(),
            durable: Vec::new(),
            proposed: BTreeMap::new(),
            parts: BTreeMap::new(),
            blocks: 0,
        }
    }

    fn ask(&mut self, question: Question) -> Token {
        self.token += 1;
        self.open.insert(self.token, question);
        self.token
    }

    fn step(&mut self, step: Step) {
        let height = self.head + 1;
        match step {
            Step::Work => self.work(),
            Step::Ready => {
                if !self.open.values().any(|question| *question == Question::Next) {
                    let token = self.ask(Question::Next);
                    self.tell(Input::ConsensusReady(token));
                }
            }
            Step::StartedRound => {
                let token = self.ask(Question::Known);
                self.tell(Input::StartedRound { height, round: self.round, token });
                assert!(!self.open.contains_key(&token), "it is answered at once");
            }
            Step::NextRound => self.round += 1,
            Step::GetValue => {
                let token = self.ask(Question::Value(height));
                self.tell(Input::GetValue { height, round: self.round, timeout: Duration::from_secs(1), token });
            }
            Step::Part { next, seed, ahead } => {
                let height = height + u64::from(next);
                let (init, block) = proposal_at(height, seed, self.node.around.now + ahead);
                let token = self.ask(Question::Part);
                self.parts.insert(token, height);
                let part = pieces(&init, &block).remove(0);
                self.tell(Input::Part { from: vec![seed], part, token });
            }
            Step::Restream(place) => {
                if let Some(target) = self.pick(place) {
                    self.tell(Input::Restream { height, target });
                }
            }
            Step::Decide(place) => {
                let target = self.pick(place);
                if let Some(target) = target.filter(|_| !self.decided) {
                    self.decided = true;
                    let token = self.ask(Question::Decided);
                    self.tell(decided(height, target, token));
                }
            }
            Step::Finalize => {
                if !self.open.values().any(|question| *question == Question::Next) {
                    let token = self.ask(Question::Next);
                    self.tell(finalized(height, token));
                }
            }
            Step::Sync { next } => {
                let token = self.ask(Question::Synced);
                let (height, block) = (height + u64::from(next), block(1, 10));
                self.tell(Input::Synced { height, round: 0, proposer: address(2).0, block, token });
            }
            Step::MakeBlock => self.tell(Input::MakeBlock),
            Step::Wait(ms) => {
                self.node.around.now += u64::from(ms);
                self.tell(Input::Wake);
            }
            Step::Restart => self.restart(),
        }
    }

    /// A durable valid block of the current height.
    fn pick(&self, place: u8) -> Option<Target> {
        let valid: Vec<_> = self.durable.iter().filter(|known| known.valid).map(|known| known.init.target).collect();
        valid.get(usize::from(place) % valid.len().max(1)).copied()
    }

    fn restart(&mut self) {
        let now = self.node.around.now;
        self.node = Node::restarted(head(self.head), self.durable.clone());
        self.node.around.now = now;
        (self.round, self.decided) = (0, false);
        self.open.clear();
        self.jobs.clear();
        self.parts.clear();
    }

    /// Does the oldest job.
    fn work(&mut self) {
        let Some(job) = self.jobs.pop_front() else { return };
        match job {
            Told::Build { at: (height, round), .. } => {
                self.blocks = self.blocks.wrapping_add(3);
                let made = made(height, round, self.blocks | 1);
                if height == self.head + 1 {
                    self.durable.push(made.clone());
                }
                self.tell(Input::Built { height, round, made: Some(made) });
            }
            Told::Verify(claimed, init, block) => {
                let valid = is_valid(&block);
                if init.height == self.head + 1 {
                    self.durable.push(Proposed { init, block, valid });
                }
                let verdict = Some(if valid { Verdict::Valid(claimed) } else { invalid() });
                self.tell(Input::Verified { claimed, verdict });
            }
            Told::VerifySynced { token, height, round, proposer, .. } => {
                let verdict = Some(Verdict::Valid(samples::target(1)));
                self.tell(Input::SyncVerified { token, height, round, proposer, verdict });
            }
            Told::Commit(job) => {
                assert_eq!(job.height, self.head + 1);
                self.head = job.height;
                (self.round, self.decided) = (0, false);
                self.durable.clear();
                self.tell(Input::Committed(head(self.head)));
                self.committed();
            }
            other => panic!("{other:?} is no job"),
        }
    }

    /// Nothing about a height is open when it is committed.
    fn committed(&self) {
        for (token, question) in &self.open {
            let open = match question {
                Question::Value(height) => *height > self.head,
                Question::Part => self.parts[token] > self.head,
                Question::Decided | Question::Known => false,
                Question::Next | Question::Synced => true,
            };
            assert!(open, "{question:?} {token} is open at height {}", self.head);
        }
    }

    fn tell(&mut self, input: Input) {
        for told in self.node.tell(input) {
            match told {
                Told::Start(token, height) => {
                    assert_eq!(height, self.head, "a height starts on the head");
                    self.answer(token, &[Question::Next]);
                }
                Told::Known(token, _) => self.answer(token, &[Question::Known]),
                Told::Propose(token, value) => {
                    self.answer(token, &[Question::Value(value.height)]);
                    let at = (value.height, value.round);
                    let durable = self.durable.iter().any(|known| known.init.target == value.target);
                    assert!(durable, "it is durable before it is proposed");
                    let before = *self.proposed.entry(at).or_insert(value.target);
                    assert_eq!(before, value.target, "two values for {at:?}");
                }
                Told::Found(token, value) => {
                    self.answer(token, &[Question::Part]);
                    let known = self.durable.iter().find(|known| known.init.target == value.target);
                    assert_eq!(known.map(|known| known.valid), Some(value.valid), "it is durable before it is told");
                }
                Told::Nothing(token) => {
                    self.answer(token, &[Question::Part, Question::Value(self.head), Question::Value(self.head + 1)])
                }
                Told::Synced(token, _) => self.answer(token, &[Question::Synced]),
                Told::Committed(token) => self.answer(token, &[Question::Decided]),
                Told::Build { .. } | Told::Verify(..) | Told::VerifySynced { .. } | Told::Commit(_) => {
                    self.jobs.push_back(told);
                }
                Told::Publish(parts) => assert!(!parts.is_empty()),
                Told::Improve(..) | Told::WakeAt(_) | Told::Stir(_) => {}
            }
        }
    }

    fn answer(&mut self, token: Token, expected: &[Question]) {
        assert!(self.answered.insert(token), "{token} is answered twice");
        let question = self.open.remove(&token).expect("somebody asked");
        assert!(expected.contains(&question), "{question:?} is answered as one of {expected:?}");
    }
}

proptest! {
    #[test]
    fn questions_are_answered_once_and_none_is_forgotten(steps in proptest::collection::vec(step(), 1..200)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
    }
}
