//! Consent: what passes unless somebody has a paramount objection, and consensus, which is a share of consent.

use crate::{
    ballot::Listed, limits::at_most, Count, CountSheet, Counted, MemberId, Quorum, Share, TallyError, MEMBERS_MAX,
};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a member says to a proposal for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Agrees.
    Consent,
    /// Does not agree and lets it pass.
    StandAside,
    /// Objects.
    Object(Objection),
}

/// An objection, as far as its form goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// It is said to be paramount: the proposal would harm the common aim.
    pub paramount: bool,
    /// It gives a reason.
    pub reason: bool,
    /// It offers an alternative.
    pub alternative: bool,
    /// How many objections of this member counted in the period before.
    pub earlier: u32,
}

/// A member's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Whose.
    pub member: MemberId,
    /// Said by a delegate. Delegates agree or stand aside, they never object for another.
    pub delegated: bool,
    /// What was said.
    pub position: Position,
}

/// What an objection needs to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRule {
    /// It must offer an alternative.
    pub alternative_required: bool,
    /// Most objections of a member that count in a period; `None` is no limit.
    pub max_per_period: Option<u32>,
}

/// How a proposal for consent is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// The quorum is reached, somebody took part, and no objection counts.
    Consent(Quorum),
    /// No objection counts, whoever took part.
    Lazy,
    /// The quorum is reached, and at least this share of those who agree or object agree. Every objection counts.
    Consensus(Quorum, Share),
}

/// Positions and the rule that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Each member once, in any order.
    pub voices: Vec<Voice>,
    /// How many members there are, by the snapshot of voters.
    pub eligible: u64,
    /// The rule.
    pub rule: ConsentRule,
    /// What objections need.
    pub objections: ObjectionRule,
}

/// What became of an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It counts.
    Valid,
    /// It came from a delegate.
    Delegated,
    /// It is not said to be paramount.
    NotParamount,
    /// It gives no reason.
    NoReason,
    /// It offers no alternative, which is required.
    NoAlternative,
    /// The member used up its objections.
    OverLimit,
}

/// One objection and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Whose.
    pub member: MemberId,
    /// What became of it.
    pub verdict: Verdict,
}

/// The count of positions. All three kinds are cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentSheet {
    /// By which rule.
    pub rule: ConsentRule,
    /// How many agree.
    pub consent: u64,
    /// How many stand aside.
    pub stand_aside: u64,
    /// How many members there are.
    pub eligible: u64,
    /// All objections, in ascending order of the members.
    pub objections: Vec<Judged>,
}

impl ConsentSheet {
    /// How many took part.
    pub fn cast(&self) -> u64 {
        self.consent.saturating_add(self.stand_aside).saturating_add(self.objections.len() as u64)
    }
}

impl CountSheet for ConsentSheet {
    /// Whether it passed.
    type Outcome = bool;

    // TAL-6, TAL-7
    fn outcome(&self) -> bool {
        let cast = self.cast();
        let unopposed = self.objections.iter().all(|judged| judged.verdict != Verdict::Valid);
        match self.rule {
            ConsentRule::Consent(quorum) => cast > 0 && unopposed && quorum.is_reached(cast, self.eligible),
            ConsentRule::Lazy => unopposed,
            ConsentRule::Consensus(quorum, share) => {
                let whole = self.consent.saturating_add(self.objections.len() as u64);
                let agreed = share.compare(self.consent, whole).is_some_and(Ordering::is_ge);
                agreed && quorum.is_reached(cast, self.eligible)
            }
        }
    }
}

impl ObjectionRule {
    fn judge(&self, delegated: bool, objection: &Objection) -> Verdict {
        if delegated {
            return Verdict::Delegated;
        }
        if !objection.paramount {
            return Verdict::NotParamount;
        }
        if !objection.reason {
            return Verdict::NoReason;
        }
        if self.alternative_required && !objection.alternative {
            return Verdict::NoAlternative;
        }
        match self.max_per_period {
            Some(max) if objection.earlier >= max => Verdict::OverLimit,
            _ => Verdict::Valid,
        }
    }
}

impl Consent {
    fn check(&self) -> Result<(), TallyError> {
        let cast = self.voices.len() as u64;
        at_most(Counted::Members, cast.max(self.eligible), MEMBERS_MAX)?;
        if cast > self.eligible {
            return Err(TallyError::MoreThanEligible { cast, eligible: self.eligible });
        }
        match self.rule {
            ConsentRule::Consent(quorum) | ConsentRule::Consensus(quorum, _) => quorum.check(),
            ConsentRule::Lazy => Ok(()),
        }
    }
}

impl Count for Consent {
    type Sheet = ConsentSheet;

    fn count(&self) -> Result<ConsentSheet, TallyError> {
        self.check()?;
        Listed::new(self.voices.iter().map(|voice| voice.member), Counted::Members, MEMBERS_MAX)?;
        let mut voices = self.voices.clone();
        voices.sort_by_key(|voice| voice.member);
        let count = |position| voices.iter().filter(|voice| voice.position == position).count() as u64;
        let judged = |voice: &Voice| match &voice.position {
            Position::Object(objection) => {
                Some(Judged { member: voice.member, verdict: self.objections.judge(voice.delegated, objection) })
            }
            Position::Consent | Position::StandAside => None,
        };
        Ok(ConsentSheet {
            rule: self.rule,
            consent: count(Position::Consent),
            stand_aside: count(Position::StandAside),
            eligible: self.eligible,
            objections: voices.iter().filter_map(judged).collect(),
        })
    }
}
