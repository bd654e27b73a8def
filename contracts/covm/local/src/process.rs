//! Proposals in an organisation: made, voted on, decided, carried out.
//!
//! Voters, proposers, quorum, threshold, abstention, talk, voting, timelock and confirmation are those of the process. Sponsors,
//! deposits, delegation, review, stages and weights are the chain's: a trial on one machine has nobody to ask for them. Methods
//! that choose among options, or weigh by class, are refused.

use crate::{
    chain::{Chain, ChainError},
    economy::ORGANISATION,
    outcome::{Denied, Failure, Outcome},
};
use icn_ccl::{
    program::{Role, SettingValue},
    schema::Kind,
    value::Value,
};
use icn_tally::{
    Abstention, Base, Consent, ConsentRule, Count as _, CountSheet as _, Motion, MotionRule, Objection, ObjectionRule,
    Position, Quorum, Share, Threshold, Voice, Votes,
};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Methods of processes that this organisation counts by: those that decide yes or no.
const COUNTED: [&str; 6] = ["consent", "lazy_consent", "consensus", "majority", "supermajority", "unanimous"];

/// What a voter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Choice {
    Yes,
    No,
    Abstain,
    /// Objects, with a reason and an alternative.
    Object,
}

/// How a proposal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Stage {
    Deliberation,
    Voting,
    Passed,
    Rejected,
    Executed,
    Failed(Failure),
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposed {
    pub(crate) kind: String,
    args: Vec<Value>,
    made: i64,
    /// Who may vote, as listed when voting began.
    voters: Option<BTreeSet<String>>,
    votes: BTreeMap<String, Choice>,
    pub(crate) stage: Stage,
}

fn share(ratio: Option<(i128, i128)>) -> Option<Share> {
    let (numerator, denominator) = ratio?;
    Share::new(u64::try_from(numerator).ok()?, u64::try_from(denominator).ok()?).ok()
}

impl Chain {
    fn process_of(&self, kind: &str) -> Option<String> {
        self.law().decl(Kind::Proposal, kind)?.settings.name("process").map(String::from)
    }

    fn setting(&self, process: &str, key: &str) -> Option<i64> {
        self.law().decl(Kind::Process, process)?.settings.duration(key)
    }

    /// The group whose members make proposals of a kind.
    pub(crate) fn proposers(&self, kind: &str) -> Option<String> {
        let settings = &self.law().decl(Kind::Process, &self.process_of(kind)?)?.settings;
        settings.name("proposers").or_else(|| settings.name("voters")).map(str::to_string)
    }

    /// Makes a proposal; gives its number.
    ///
    /// # Errors
    /// Inside: why the organisation does not take it. Outside: when the sandbox cannot tell.
    pub fn propose(&mut self, by: &str, kind: &str, args: Vec<Value>) -> Result<Result<u64, Failure>, ChainError> {
        let Some(process) = self.process_of(kind) else { return Ok(Err(Failure::NoEntryPoint(kind.into()))) };
        let settings = self.law().decl(Kind::Process, &process).map(|decl| &decl.settings);
        let group = self.proposers(kind);
        let among = |group: &str| self.economy().in_group(self.law(), group, self.now()).contains(by);
        let may = by == ORGANISATION
            || self.economy().may(self.law(), by, "propose", self.now()) && group.as_deref().is_some_and(among);
        if !may {
            return Ok(Err(Failure::Unauthorised { permission: "propose".into() }));
        }
        // What is not counted here is refused, not counted otherwise.
        let method = settings.and_then(|settings| settings.word("method"));
        if !method.is_some_and(|method| COUNTED.contains(&method)) {
            return Ok(Err(Failure::HostDenied(Denied::NotHere)));
        }
        if let Err(failure) = self.admissible(kind, &args)? {
            return Ok(Err(failure));
        }
        let made = self.now();
        let stage = Stage::Deliberation;
        self.proposals.push(Proposed { kind: kind.into(), args, made, voters: None, votes: BTreeMap::new(), stage });
        Ok(Ok(self.proposals.len() as u64))
    }

    /// Whether a proposal is in force and its condition holds.
    pub(crate) fn admissible(&mut self, kind: &str, args: &[Value]) -> Result<Result<(), Failure>, ChainError> {
        if let Err(failure) = self.check_in_force(&Role::Effect(kind.into()), kind) {
            return Ok(Err(failure));
        }
        if self.law().program().function(&Role::Condition(kind.into()), kind).is_none() {
            return self.check_arguments(kind, args);
        }
        Ok(match self.condition(kind, args.to_vec())?.result {
            Ok(Value::Bool(true)) => Ok(()),
            Ok(_) => Err(Failure::NotAdmissible(kind.into())),
            Err(failure) => Err(failure),
        })
    }

    fn proposal(&mut self, id: u64) -> Option<&mut Proposed> {
        let at = usize::try_from(id).ok()?.checked_sub(1)?;
        self.proposals.get_mut(at)
    }

    /// How a proposal stands now.
    pub fn stage(&self, id: u64) -> Option<Stage> {
        let proposal = self.proposals.get(usize::try_from(id).ok()?.checked_sub(1)?)?;
        let process = self.process_of(&proposal.kind)?;
        let opens = proposal.made.saturating_add(self.setting(&process, "deliberation").unwrap_or(0));
        Some(match &proposal.stage {
            Stage::Deliberation if self.now() >= opens => Stage::Voting,
            stage => stage.clone(),
        })
    }

    /// Who may vote in a process now: those of its voters who have the permission, but no members of a class without votes.
    fn electorate(&self, process: &str) -> BTreeSet<String> {
        let (law, now) = (self.law(), self.now());
        let group = law.decl(Kind::Process, process).and_then(|decl| decl.settings.name("voters"));
        let mut voters = group.map(|group| self.economy().in_group(law, group, now)).unwrap_or_default();
        let silent = |who: &String| {
            let class = self.economy().members.get(who).and_then(|member| law.decl(Kind::Class, &member.class));
            class.is_some_and(|class| !class.settings.is_true("votes"))
        };
        voters.retain(|who| self.economy().may(law, who, "vote", now) && !silent(who));
        voters
    }

    /// Says what somebody thinks of a proposal; a later word replaces an earlier one, if the process allows it.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn vote(&mut self, by: &str, id: u64, choice: Choice) -> Result<(), Failure> {
        let now = self.now();
        let stage = self.stage(id).ok_or(Failure::HostDenied(Denied::UnknownProposal))?;
        let kind = self.proposal(id).map(|proposal| proposal.kind.clone()).unwrap_or_default();
        let process = self.process_of(&kind).unwrap_or_default();
        let opens = self.setting(&process, "deliberation").unwrap_or(0);
        let open = self.setting(&process, "voting").unwrap_or(0);
        let settings = self.law().decl(Kind::Process, &process).map(|decl| decl.settings.clone()).unwrap_or_default();
        let voters = self.electorate(&process);
        let revote = settings.is_true("revote");
        let Some(proposal) = self.proposal(id) else { return Err(Failure::HostDenied(Denied::UnknownProposal)) };
        let ends = proposal.made.saturating_add(opens).saturating_add(open);
        if stage != Stage::Voting || now >= ends {
            return Err(Failure::HostDenied(Denied::PeriodClosed));
        }
        let listed = proposal.voters.get_or_insert(voters);
        if !listed.contains(by) {
            return Err(Failure::Unauthorised { permission: "vote".into() });
        }
        if !revote && proposal.votes.contains_key(by) {
            return Err(Failure::HostDenied(Denied::AlreadyHeld));
        }
        proposal.votes.insert(by.into(), choice);
        Ok(())
    }

    /// Counts a proposal whose voting is over, and carries it out when its timelock is.
    ///
    /// # Errors
    /// Inside: why nothing happens yet. Outside: when the sandbox cannot tell.
    pub fn close(&mut self, id: u64) -> Result<Result<Stage, Failure>, ChainError> {
        let now = self.now();
        let Some(found) = self.proposal(id).map(|proposal| proposal.clone()) else {
            return Ok(Err(Failure::HostDenied(Denied::UnknownProposal)));
        };
        let Some(process) = self.process_of(&found.kind) else {
            return Ok(Err(Failure::HostDenied(Denied::UnknownProposal)));
        };
        let span = |key: &str| self.setting(&process, key).unwrap_or(0);
        let ends = found.made.saturating_add(span("deliberation")).saturating_add(span("voting"));
        let effective = ends.saturating_add(span("timelock")).saturating_add(span("confirm"));
        if now < ends {
            return Ok(Err(Failure::HostDenied(Denied::PeriodClosed)));
        }
        let passed = match found.stage {
            Stage::Deliberation | Stage::Voting => self.count(&process, &found),
            Stage::Passed => true,
            stage => return Ok(Ok(stage)),
        };
        let stage = match passed {
            false => Stage::Rejected,
            true if now < effective => Stage::Passed,
            true => self.carry_out(&found.kind, found.args.clone())?,
        };
        if let Some(proposal) = self.proposal(id) {
            proposal.stage = stage.clone();
        }
        Ok(Ok(stage))
    }

    /// What a proposal that passed comes to.
    fn carry_out(&mut self, kind: &str, args: Vec<Value>) -> Result<Stage, ChainError> {
        let Outcome { result, .. } = self.enact(kind, args)?;
        Ok(match result {
            Ok(_) => Stage::Executed,
            Err(failure) => Stage::Failed(failure),
        })
    }

    fn count(&self, process: &str, proposal: &Proposed) -> bool {
        let Some(settings) = self.law().decl(Kind::Process, process).map(|decl| &decl.settings) else { return false };
        let voters = proposal.voters.clone().unwrap_or_else(|| self.electorate(process));
        let eligible = voters.len() as u64;
        let quorum = match settings.get("quorum") {
            Some(SettingValue::Count(count)) => Quorum::Count(u64::try_from(*count).unwrap_or(u64::MAX)),
            _ => Quorum::Share(share(settings.ratio("quorum")).unwrap_or(Share::WHOLE)),
        };
        let many = |choice: Choice| proposal.votes.values().filter(|vote| **vote == choice).count() as u64;
        let threshold = share(settings.ratio("threshold")).unwrap_or(Share::HALF);
        let consent = match settings.get("method") {
            Some(SettingValue::Word(word, _)) if word == "consent" => Some(ConsentRule::Consent(quorum)),
            Some(SettingValue::Word(word, _)) if word == "lazy_consent" => Some(ConsentRule::Lazy),
            Some(SettingValue::Word(word, Some(least))) if word == "consensus" => match **least {
                SettingValue::Ratio(a, b) => share(Some((a, b))).map(|least| ConsentRule::Consensus(quorum, least)),
                _ => None,
            },
            _ => None,
        };
        if let Some(rule) = consent {
            let position = |choice: &Choice| match choice {
                Choice::Yes => Position::Consent,
                Choice::Abstain => Position::StandAside,
                Choice::No | Choice::Object => {
                    Position::Object(Objection { paramount: true, reason: true, alternative: true, earlier: 0 })
                }
            };
            let voice = |(member, choice): (usize, &Choice)| Voice {
                member: member as u64,
                delegated: false,
                position: position(choice),
            };
            let voices = proposal.votes.values().enumerate().map(voice).collect();
            let objections = ObjectionRule { alternative_required: false, max_per_period: None };
            let count = Consent { voices, eligible, rule, objections }.count();
            return count.is_ok_and(|sheet| sheet.outcome());
        }
        let threshold = match settings.word("method") {
            Some("unanimous") => Threshold::Unanimous,
            Some("supermajority") => Threshold::Supermajority(threshold),
            _ => Threshold::Majority(threshold),
        };
        let of = if settings.word("of") == Some("of_eligible") { Base::OfEligible } else { Base::OfCast };
        let abstain =
            if settings.word("abstain") == Some("ignored") { Abstention::Ignored } else { Abstention::CountsQuorum };
        let votes = Votes {
            yes: many(Choice::Yes),
            no: many(Choice::No) + many(Choice::Object),
            abstain: many(Choice::Abstain),
            eligible,
        };
        Motion { votes, rule: MotionRule { quorum, threshold, of, abstain } }.count().is_ok_and(|sheet| sheet.outcome())
    }

    /// The name of a proposal as code has it.
    pub fn proposal_cid(id: u64) -> Vec<u8> {
        icn_ccl::sema::test_cid(&format!("proposal {id}")).to_bytes()
    }

    /// The number of a proposal by the name that code has for it.
    pub fn proposal_of(&self, cid: &[u8]) -> Option<u64> {
        (1..=self.proposals.len() as u64).find(|id| Self::proposal_cid(*id) == cid)
    }

    pub(crate) fn tally_of(&self, cid: &[u8]) -> Option<Value> {
        let at = self.proposal_of(cid)?;
        let proposal = self.proposals.get(usize::try_from(at).ok()?.checked_sub(1)?)?;
        let many = |choice: Choice| Value::Int(proposal.votes.values().filter(|vote| **vote == choice).count() as i128);
        let passed = matches!(proposal.stage, Stage::Passed | Stage::Executed);
        Some(Value::Record(vec![
            Value::Int(proposal.voters.as_ref().map_or(0, BTreeSet::len) as i128),
            many(Choice::Yes),
            many(Choice::No),
            many(Choice::Abstain),
            Value::Bool(passed),
        ]))
    }

    /// A value that nobody could know when the voters were listed; here it follows from the proposal's name.
    pub(crate) fn beacon(&self, proposal: &[u8]) -> Vec<u8> {
        Sha256::digest([b"icn/local/beacon".as_slice(), proposal].concat()).to_vec()
    }

    /// How many votes somebody has in a process.
    pub(crate) fn weight(&self, process: &str, who: &str) -> i128 {
        let Some(settings) = self.law().decl(Kind::Process, process).map(|decl| &decl.settings) else { return 0 };
        let Some(voters) = settings.name("voters") else { return 0 };
        if !self.economy().in_group(self.law(), voters, self.now()).contains(who) {
            return 0;
        }
        if settings.word("weight") != Some("class") {
            return 1;
        }
        let class = self.economy().members.get(who).map(|member| member.class.as_str());
        class.and_then(|class| self.law().decl(Kind::Class, class)?.settings.int("weight")).unwrap_or(1)
    }
}
