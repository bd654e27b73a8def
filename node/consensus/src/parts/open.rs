//! The proposals of one height.

use super::{
    assemblies::{Outcome, OPEN_MAX, ROUNDS_AHEAD, VALUES_MAX},
    roster::Roster,
    Added, Assembly, Body, Chunk, Init, Refusal,
};
use icn_primitives::{tendermint::ValidatorAddress, ValidatorSet};
use std::{collections::BTreeMap, sync::Arc};

/// How much a proposal is worth keeping, the most first: the proposal of this round, then those of others whose turn it is in
/// theirs, then what is proposed again by somebody else, then what was handed out; among equals the one of the nearest round.
type Rank = (u8, u32);

/// A proposal whose `Init` is valid.
#[derive(Debug)]
struct Opened {
    init: Init,
    in_turn: bool,
    /// Whether it was handed out with its block.
    told: bool,
}

/// The bytes of a block.
#[derive(Debug)]
enum Content {
    Filling(Assembly),
    Whole(Arc<[u8]>),
}

/// The proposals of one height.
#[derive(Debug)]
pub(super) struct OpenHeight {
    height: u64,
    /// The round at which this node is, once it is told.
    round: Option<u32>,
    roster: Roster,
    /// The validators are those that there will be if the height before changes nothing: no turn is refused.
    provisional: bool,
    bytes_max: u64,
    opened: Vec<Opened>,
    bodies: BTreeMap<Body, Content>,
}

impl OpenHeight {
    pub(super) fn new(height: u64, set: ValidatorSet, bytes_max: u64) -> Self {
        let roster = Roster::new(set);
        Self { height, round: None, roster, provisional: false, bytes_max, opened: Vec::new(), bodies: BTreeMap::new() }
    }

    /// The height after this one, as far as it is known.
    pub(super) fn next(&self, bytes_max: u64) -> Self {
        let (height, roster) = (self.height + 1, self.roster.next());
        let (opened, bodies) = (Vec::new(), BTreeMap::new());
        Self { height, round: Some(0), roster, provisional: true, bytes_max, opened, bodies }
    }

    /// This height with its real validators; proposals that they would not have opened are dropped.
    pub(super) fn confirmed(mut self, set: ValidatorSet, bytes_max: u64) -> Self {
        (self.roster, self.provisional, self.bytes_max) = (Roster::new(set), false, bytes_max);
        self.round = None;
        let Self { roster, opened, .. } = &mut self;
        opened.retain_mut(|opened| {
            let Init { proposer, round, pol_round, .. } = opened.init;
            opened.in_turn = roster.is_turn(&proposer, round);
            // An address has one key, so the signature stays good.
            roster.key(&proposer).is_some() && (opened.in_turn || pol_round.is_some())
        });
        self.drop_orphans();
        self
    }

    pub(super) fn height(&self) -> u64 {
        self.height
    }

    pub(super) fn enter_round(&mut self, round: u32) {
        self.round = Some(round);
    }

    /// Bytes of the blocks that are announced.
    pub(super) fn bytes(&self) -> u64 {
        self.bodies.keys().map(|body| u64::from(body.length)).sum()
    }

    /// Whether an `Init` is one that this height's validators may open with.
    pub(super) fn check(&mut self, init: &Init, chain_id: &str) -> Result<bool, Refusal> {
        if !init.is_sound() {
            return Err(Refusal::Unsound);
        }
        if self.round.is_some_and(|round| init.round > round.saturating_add(ROUNDS_AHEAD)) {
            return Err(Refusal::Round);
        }
        let key = self.roster.key(&init.proposer).ok_or(Refusal::Stranger)?;
        if !init.is_signed_by(chain_id, key) {
            return Err(Refusal::Signature);
        }
        let in_turn = self.roster.is_turn(&init.proposer, init.round);
        if !in_turn && init.pol_round.is_none() && !self.provisional {
            return Err(Refusal::Turn);
        }
        Ok(in_turn)
    }

    /// Opens a proposal.
    pub(super) fn open(&mut self, init: Init, chain_id: &str) -> Outcome {
        if self.opened.iter().any(|opened| is_same(&opened.init, &init)) {
            return self.take_whole(init.body()).unwrap_or(Outcome::Duplicate);
        }
        let rivals = |opened: &&Opened| (opened.init.round, opened.init.proposer) == (init.round, init.proposer);
        if self.opened.iter().filter(rivals).count() >= VALUES_MAX {
            return Outcome::Refused(Refusal::Values);
        }
        let opened = match self.check(&init, chain_id) {
            Ok(in_turn) => Opened { init, in_turn, told: false },
            Err(refusal) => return Outcome::Refused(refusal),
        };
        match self.admit(opened) {
            Ok(body) => self.take_whole(body).unwrap_or(Outcome::Stored),
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Makes room for a valid proposal and keeps it.
    fn admit(&mut self, opened: Opened) -> Result<Body, Refusal> {
        let body = opened.init.body();
        self.make_place(&opened.init.proposer, opened.init.round)?;
        if !self.bodies.contains_key(&body) {
            self.make_room(body, self.rank(&opened))?;
            let assembly = Assembly::new(body).ok_or(Refusal::Unsound)?;
            self.bodies.insert(body, Content::Filling(assembly));
        }
        self.opened.push(opened);
        Ok(body)
    }

    /// Keeps the number of a proposer's open proposals bounded: its newest rounds stay.
    fn make_place(&mut self, proposer: &ValidatorAddress, round: u32) -> Result<(), Refusal> {
        let own = self.opened.iter().enumerate().filter(|(_, opened)| opened.init.proposer == *proposer);
        if own.clone().count() < OPEN_MAX {
            return Ok(());
        }
        let oldest = own.min_by_key(|(_, opened)| opened.init.round).map(|(place, opened)| (place, opened.init.round));
        match oldest {
            Some((place, oldest)) if oldest < round => {
                self.opened.remove(place);
                self.drop_orphans();
                Ok(())
            }
            _ => Err(Refusal::Values),
        }
    }

    /// Drops blocks that are worth less than one of this rank, the least first, until it fits.
    fn make_room(&mut self, body: Body, rank: Rank) -> Result<(), Refusal> {
        let mut excess = (self.bytes() + u64::from(body.length)).saturating_sub(self.bytes_max);
        let mut lesser: Vec<_> = self.bodies.keys().map(|body| (self.rank_of_body(body), *body)).collect();
        lesser.retain(|(other, _)| *other > rank);
        lesser.sort_unstable();
        let mut dropped = Vec::new();
        while excess > 0 {
            let (_, body) = lesser.pop().ok_or(Refusal::Memory)?;
            excess = excess.saturating_sub(body.length.into());
            dropped.push(body);
        }
        self.bodies.retain(|body, _| !dropped.contains(body));
        self.opened.retain(|opened| !dropped.contains(&opened.init.body()));
        Ok(())
    }

    fn rank(&self, opened: &Opened) -> Rank {
        let at = self.round.unwrap_or(0);
        let class = match opened {
            Opened { told: true, .. } => 3,
            Opened { in_turn: false, .. } => 2,
            Opened { init, .. } if init.round != at => 1,
            Opened { .. } => 0,
        };
        (class, opened.init.round.abs_diff(at))
    }

    fn rank_of_body(&self, body: &Body) -> Rank {
        let ranks = self.opened.iter().filter(|opened| opened.init.body() == *body).map(|opened| self.rank(opened));
        ranks.min().unwrap_or((u8::MAX, u32::MAX))
    }

    /// Drops blocks that no open proposal announces.
    fn drop_orphans(&mut self) {
        let Self { opened, bodies, .. } = self;
        bodies.retain(|body, _| opened.iter().any(|opened| opened.init.body() == *body));
    }

    /// Adds a chunk; `None` when no open proposal announces its block.
    pub(super) fn add(&mut self, chunk: &Chunk) -> Option<Outcome> {
        let content = self.bodies.get_mut(&chunk.body)?;
        let added = match content {
            Content::Filling(assembly) => assembly.add(chunk),
            Content::Whole(_) => Ok(Added::Duplicate),
        };
        Some(match added {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(Added::Stored) => Outcome::Stored,
            Ok(Added::Duplicate) => self.take_whole(chunk.body).unwrap_or(Outcome::Duplicate),
            Ok(Added::Complete(block)) => {
                *content = Content::Whole(block);
                self.take_whole(chunk.body).unwrap_or(Outcome::Stored)
            }
        })
    }

    /// The proposal of a whole block that is worth most among those that were not handed out.
    fn take_whole(&mut self, body: Body) -> Option<Outcome> {
        let Some(Content::Whole(block)) = self.bodies.get(&body) else { return None };
        let untold = self.opened.iter().enumerate().filter(|(_, opened)| !opened.told && opened.init.body() == body);
        let (place, _) = untold.min_by_key(|(_, opened)| self.rank(opened))?;
        let block = block.clone();
        self.opened[place].told = true;
        Some(Outcome::Complete { init: self.opened[place].init.clone(), block })
    }
}

/// Whether two proposals are one: the same value by the same proposer in the same round.
fn is_same(left: &Init, right: &Init) -> bool {
    let value = |init: &Init| (init.round, init.proposer, init.target, init.length);
    value(left) == value(right)
}
