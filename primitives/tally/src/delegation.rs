//! Delegation: whose vote a ballot carries besides its own.
//!
//! Everything is resolved once, when the poll closes. A delegate who did not vote passes on what it holds to its own
//! delegate. Whoever voted is not carried by anybody, and nobody is carried twice.

use crate::{ballot::Listed, limits::at_most, AreaId, Count, CountSheet, Counted, MemberId, TallyError, MEMBERS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Somebody lets somebody else vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// Who gives it.
    pub from: MemberId,
    /// Who gets it.
    pub to: MemberId,
    /// In which area; `None` is every area for which the member has no other.
    pub area: Option<AreaId>,
    /// When it was given. Of the delegations that a delegate holds the oldest count.
    pub since: u64,
    /// From when on it does not count; `None` is never. In the same unit as the poll's closing time.
    pub until: Option<u64>,
}

/// What delegations a poll respects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationRule {
    /// Area of the poll.
    pub area: AreaId,
    /// Longest chain, in delegations: 1 is from a member straight to who votes.
    pub depth: u64,
    /// Most members whose delegations one delegate holds directly; those who voted themselves are not among them.
    pub max_in: u64,
}

/// Who voted, and the delegations as they were when the poll closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// Everybody eligible.
    pub members: Vec<MemberId>,
    /// Those who voted.
    pub voted: Vec<MemberId>,
    /// Delegations, at most one of a member in an area.
    pub delegations: Vec<Delegation>,
    /// What is respected.
    pub rule: DelegationRule,
    /// When the poll closed.
    pub closed: u64,
}

/// What became of a member's vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The member voted.
    Voted,
    /// It is carried: the members it went by, the last of whom voted.
    Carried(Vec<MemberId>),
    /// The member neither voted nor delegated.
    Absent,
    /// The chain ends at a delegate who neither voted nor delegated.
    DeadEnd(MemberId),
    /// The chain comes back to a member of it, and nobody on it voted.
    Cycle(MemberId),
    /// A delegate on the chain held as many as it may before this one.
    DelegateFull(MemberId),
    /// The chain is longer than it may be.
    TooLong,
}

/// A member and what became of its vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Whose.
    pub member: MemberId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of every vote, in ascending order of the members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationSheet {
    /// What was respected.
    pub rule: DelegationRule,
    /// When the poll closed.
    pub closed: u64,
    /// Every member.
    pub votes: Vec<Vote>,
}

impl CountSheet for DelegationSheet {
    /// For each member who voted how many votes its ballot has, its own included. The others are not cast.
    type Outcome = BTreeMap<MemberId, u64>;

    fn outcome(&self) -> BTreeMap<MemberId, u64> {
        let mut weights = BTreeMap::new();
        for vote in &self.votes {
            let carrier = match &vote.fate {
                Fate::Voted => Some(vote.member),
                Fate::Carried(chain) => chain.last().copied(),
                _ => None,
            };
            carrier.into_iter().for_each(|carrier| *weights.entry(carrier).or_insert(0) += 1);
        }
        weights
    }
}

/// A step from a member, by places.
#[derive(Clone, Copy)]
enum Step {
    Vote,
    Nowhere,
    To(usize),
    Full(usize),
}

impl Delegated {
    /// The delegation of each member that counts in the area at the end: its own one for the area before the general one.
    fn effective<'a>(&'a self, listed: &Listed) -> Result<Vec<Option<&'a Delegation>>, TallyError> {
        at_most(Counted::Delegations, self.delegations.len() as u64, 4 * MEMBERS_MAX)?;
        let mut seen: Vec<(MemberId, Option<AreaId>)> =
            self.delegations.iter().map(|one| (one.from, one.area)).collect();
        seen.sort_unstable();
        if let Some(twice) = seen.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(TallyError::Repeated { id: twice.first().map_or(0, |(from, _)| *from) });
        }
        let mut effective: Vec<Option<&Delegation>> = vec![None; listed.len()];
        for one in &self.delegations {
            let (from, _) = (listed.place(one.from)?, listed.place(one.to)?);
            let counts = one.until.is_none_or(|until| self.closed < until);
            let in_area = one.area.is_none_or(|area| area == self.rule.area);
            if counts && in_area && (one.area.is_some() || effective[from].is_none()) {
                effective[from] = Some(one);
            }
        }
        Ok(effective)
    }

    /// What each member's vote does next.
    fn steps(&self, listed: &Listed) -> Result<Vec<Step>, TallyError> {
        let effective = self.effective(listed)?;
        let mut steps = vec![Step::Nowhere; listed.len()];
        for member in &self.voted {
            steps[listed.place(*member)?] = Step::Vote;
        }
        let is_open = |one: &&Delegation| listed.place(one.from).is_ok_and(|from| matches!(steps[from], Step::Nowhere));
        let mut used: Vec<&Delegation> = effective.into_iter().flatten().filter(is_open).collect();
        used.sort_by_key(|one| (one.since, one.from));
        let mut held = vec![0u64; listed.len()];
        for one in used {
            let (from, to) = (listed.place(one.from)?, listed.place(one.to)?);
            held[to] += 1;
            steps[from] = if held[to] <= self.rule.max_in { Step::To(to) } else { Step::Full(to) };
        }
        Ok(steps)
    }

    /// Follows a member's vote. // TAL-25
    fn fate(&self, member: usize, steps: &[Step], ids: &[MemberId]) -> Fate {
        let mut chain = Vec::new();
        let mut place = member;
        loop {
            match steps[place] {
                Step::Vote if chain.is_empty() => return Fate::Voted,
                Step::Vote => return Fate::Carried(chain),
                Step::Nowhere if chain.is_empty() => return Fate::Absent,
                Step::Nowhere => return Fate::DeadEnd(ids[place]),
                Step::Full(to) => return Fate::DelegateFull(ids[to]),
                Step::To(to) if to == member || chain.contains(&ids[to]) => return Fate::Cycle(ids[to]),
                Step::To(_) if chain.len() as u64 >= self.rule.depth => return Fate::TooLong,
                Step::To(to) => {
                    chain.push(ids[to]);
                    place = to;
                }
            }
        }
    }
}

/// Longest chain that a rule may allow.
pub const DEPTH_MAX: u64 = 64;

impl Count for Delegated {
    type Sheet = DelegationSheet;

    // TAL-23, TAL-24
    fn count(&self) -> Result<DelegationSheet, TallyError> {
        at_most(Counted::Rounds, self.rule.depth, DEPTH_MAX)?;
        let listed = Listed::new(self.members.iter().copied(), Counted::Members, MEMBERS_MAX)?;
        Listed::new(self.voted.iter().copied(), Counted::Members, MEMBERS_MAX)?;
        let steps = self.steps(&listed)?;
        let vote = |(place, member): (usize, &MemberId)| Vote {
            member: *member,
            fate: self.fate(place, &steps, listed.ids()),
        };
        let votes = listed.ids().iter().enumerate().map(vote).collect();
        Ok(DelegationSheet { rule: self.rule, closed: self.closed, votes })
    }
}
