//! What only tests do.

use super::{one, Call, Given, NOTHING};
use crate::{
    chain::{Chain, Mode},
    outcome::Failure,
    process::{Choice, Stage},
    values::misuse,
};
use icn_ccl::{manifest::Purpose, program::TestOp, schema::Kind, value::Value};
use icn_covm::{Guest, Stop};

/// Who calls in a test when it does not say who.
pub(crate) const TESTER: &str = "tester";

/// Why a test does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// `expect(false)`
    Expectation,
    /// A call that had to fail succeeded.
    Succeeded(String),
    /// A call failed otherwise than it had to; what its caller should know.
    Otherwise(String, Failure, Vec<String>),
    /// A call that had to succeed failed; what its caller should know.
    Call(String, Failure, Vec<String>),
    /// What the test arranges is not possible.
    Arranged(crate::outcome::Denied),
}

/// What a test called, as whom, and how it ended.
struct Acted {
    name: String,
    caller: String,
    outcome: crate::Outcome,
}

impl Call<'_> {
    pub(super) fn test_op(&mut self, op: TestOp, args: &[u64]) -> Result<Given, Stop> {
        if self.mode != Mode::Tests {
            return misuse();
        }
        let a = |at: usize| args.get(at).copied().unwrap_or(0);
        let text = |call: &Self, at: usize| call.arena.text(a(at)).map(String::from);
        let (law, now) = (self.chain.law().clone(), self.chain.now());
        let done = match op {
            TestOp::Vote => return self.vote(a(0), a(1), a(2)),
            TestOp::Close => return self.close(a(0)),
            TestOp::Expect => {
                return if self.arena.bool(a(0))? { Ok(NOTHING) } else { Err(Stop::host(Unmet::Expectation)) };
            }
            TestOp::Grant => {
                let (who, of) = (text(self, 0)?, text(self, 1)?);
                match law.decl(Kind::Body, &of) {
                    Some(_) => self.chain.economy_mut().choose(&law, &who, &of),
                    None => self.chain.economy_mut().seat(&law, &who, &of, now),
                }
            }
            TestOp::Join => {
                let (who, class) = (text(self, 0)?, text(self, 1)?);
                self.chain.economy_mut().admit(&who, &class, now)
            }
            TestOp::Give => {
                let (account, amount, resource) = (text(self, 0)?, self.arena.int(a(1))?, text(self, 2)?);
                self.chain.economy_mut().mint(&law, &account, &resource, amount, now)
            }
            TestOp::At => {
                let time = self.arena.millis(a(0))?;
                self.chain.set_time(time);
                Ok(())
            }
        };
        match done {
            Ok(()) => Ok(NOTHING),
            Err(denied) => Err(Stop::host(Unmet::Arranged(denied))),
        }
    }

    fn vote(&mut self, who: u64, proposal: u64, choice: u64) -> Result<Given, Stop> {
        let who = self.arena.text(who)?.to_string();
        let choice = match self.arena.text(choice)? {
            "yes" => Choice::Yes,
            "no" => Choice::No,
            "abstain" => Choice::Abstain,
            "object" => Choice::Object,
            _ => return misuse(),
        };
        let id = self.chain.proposal_of(self.arena.bytes(proposal)?);
        let counts = id.is_some_and(|id| self.chain.vote(&who, id, choice).is_ok());
        Ok(one(counts.into()))
    }

    fn close(&mut self, proposal: u64) -> Result<Given, Stop> {
        let Some(id) = self.chain.proposal_of(self.arena.bytes(proposal)?) else { return Ok(one(0)) };
        self.chain.from = self.trace.last().map_or(0, |(at, _)| *at);
        match self.chain.close(id) {
            Ok(stage) => Ok(one((stage == Ok(Stage::Executed)).into())),
            Err(error) => Err(Stop::host(error)),
        }
    }

    /// Calls an entry of the document as it would be called from outside.
    fn made(&mut self, entry: u64, count: u64, caller: u64, proposed: bool) -> Result<Acted, Stop> {
        if self.mode != Mode::Tests {
            return misuse();
        }
        let args = self.arena.pop(count)?;
        let entry = usize::try_from(entry).ok().and_then(|at| self.loaded.manifest.entries.get(at));
        let Some(entry) = entry else { return misuse() };
        let (purpose, name) = (entry.purpose, entry.name.clone());
        self.chain.from = self.trace.last().map_or(0, |(at, _)| *at);
        let caller = match caller {
            0 => match self.chain.callers.range(..=self.chain.from).next_back() {
                Some((_, caller)) => caller.clone(),
                None => self.caller.clone(),
            },
            handle => self.arena.text(handle)?.to_string(),
        };
        let outcome = match purpose {
            Purpose::Effect if proposed => self.chain.propose(&caller, &name, args).map(|made| crate::Outcome {
                result: made.map(|id| Value::Bytes(Chain::proposal_cid(id))),
                events: Vec::new(),
                fuel: 0,
                lines: Vec::new(),
            }),
            Purpose::Effect => self.chain.enact(&name, args),
            _ => self.chain.call(&caller, &name, args),
        };
        match outcome {
            Ok(outcome) => Ok(Acted { name, caller, outcome }),
            Err(error) => Err(Stop::host(error)),
        }
    }

    pub(super) fn test_call(
        &mut self,
        entry: u64,
        count: u64,
        caller: u64,
        proposed: bool,
        guest: &mut dyn Guest,
    ) -> Result<Given, Stop> {
        let Acted { name, caller, outcome } = self.made(entry, count, caller, proposed)?;
        self.events.extend(outcome.events);
        match outcome.result {
            Ok(Value::Unit) => Ok(one(0)),
            Ok(value) => self.give(value, guest),
            Err(failure) => {
                let why = self.chain.why(&caller, &name, &failure);
                Err(Stop::host(Unmet::Call(name, failure, why)))
            }
        }
    }

    pub(super) fn test_fails(&mut self, args: &[u64]) -> Result<Given, Stop> {
        let &[entry, count, caller, kind, code, proposed] = args else { return misuse() };
        let Acted { name, caller, outcome } = self.made(entry, count, caller, proposed != 0)?;
        let failure = match outcome.result {
            Ok(_) => return Err(Stop::host(Unmet::Succeeded(name))),
            Err(failure) => failure,
        };
        let at = usize::try_from(code).unwrap_or(usize::MAX);
        let expected = match kind {
            0 => {
                let wanted = self.loaded.manifest.errors.get(at).map(|error| error.name.as_str());
                matches!(&failure, Failure::RequireFailed(event) if Some(event.name.as_str()) == wanted)
            }
            _ => {
                use icn_ccl::program::Failure as Kind;
                let kind = Kind::ALL.get(at);
                matches!(
                    (&failure, kind),
                    (Failure::Unauthorised { .. }, Some(Kind::Unauthorised))
                        | (Failure::BadArgument { .. }, Some(Kind::BadArgument))
                        | (Failure::NotAdmissible(_), Some(Kind::NotAdmissible))
                        | (Failure::InvariantBroken(_), Some(Kind::InvariantBroken))
                        | (Failure::HostDenied(_), Some(Kind::HostDenied))
                        | (Failure::Overflow, Some(Kind::Overflow))
                        | (Failure::DivByZero, Some(Kind::DivByZero))
                        | (Failure::KeyMissing, Some(Kind::KeyMissing))
                        | (Failure::NotInForce { .. }, Some(Kind::NotInForce))
                )
            }
        };
        if expected {
            Ok(NOTHING)
        } else {
            let why = self.chain.why(&caller, &name, &failure);
            Err(Stop::host(Unmet::Otherwise(name, failure, why)))
        }
    }
}

/// The reason for which a test ended, if it is one of these.
pub(crate) fn unmet(stop: Stop) -> Result<Unmet, Stop> {
    stop.reason::<Unmet>()
}
