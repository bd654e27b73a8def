//! A search for what breaks a document: members, roles and funds are dealt out by chance, calls are made by chance, and the
//! invariants are asked after each. What is found is made as short as possible by `proptest`, and written as a test.

mod choice;

use crate::{
    chain::{Chain, ChainError, Limits, Standing},
    outcome::Failure,
    suite::EPOCH,
};
use choice::{Choices, Pool};
use icn_ccl::{
    manifest::{Entry, Purpose},
    program::{Program, SettingValue},
    schema::Kind as Declared,
    sema::test_did,
    types::Type,
    value::Value,
};
use icn_covm::TrapReason;
use proptest::{
    collection::vec,
    test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner},
};
use std::{cell::RefCell, fmt, sync::Arc};

/// Who takes part.
const PERSONS: [&str; 5] = ["ada", "bo", "cleo", "dan", "eve"];

/// Different things that are found before the search ends.
const FOUND_MAX: usize = 8;

/// How hard to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Sequences of calls.
    pub sequences: u32,
    /// Most calls of one.
    pub calls: usize,
    /// Runs in which what was found is made shorter.
    pub shrinks: u32,
    /// The same number searches the same way.
    pub seed: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { sequences: 100, calls: 24, shrinks: 2_000, seed: 0 }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An invariant held before and does not now, although nothing refused it.
    Broken(String),
    /// An invariant cannot be computed any more.
    Fails(String, String),
    /// The sandbox ends a call.
    Trapped(String, TrapReason),
    /// A call is stopped only by an invariant: by an action's own `require` its caller would know why.
    Stopped(String, String),
}

impl Kind {
    /// Whether the document is at fault, or only could say better why it refuses.
    pub fn is_broken(&self) -> bool {
        !matches!(self, Self::Stopped(..))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(invariant) => write!(formatter, "the invariant `{invariant}` does not hold after this"),
            Self::Fails(invariant, failure) => {
                write!(formatter, "the invariant `{invariant}` cannot be computed after this: {failure}")
            }
            Self::Trapped(call, reason) => write!(formatter, "the sandbox ends `{call}`: {reason}"),
            Self::Stopped(call, invariant) => {
                write!(formatter, "only the invariant `{invariant}` stops `{call}`, which should say why it refuses")
            }
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What.
    pub kind: Kind,
    /// How it comes about, as a test of the document.
    pub test: String,
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Sequences that were tried.
    pub sequences: u64,
    /// Calls in them.
    pub calls: u64,
    /// Calls that succeeded.
    pub succeeded: u64,
    /// What was found, each kind once.
    pub found: Vec<Found>,
}

/// A sequence, before it is known what its numbers choose from: what is arranged first, then what is done.
type Sequence = (Vec<Vec<u32>>, Vec<Vec<u32>>);

/// What can be chosen.
#[derive(Clone, Copy, Debug)]
enum What {
    Join,
    Grant,
    Give,
    Wait,
    Propose,
    Call,
}

/// What is arranged before anything is done.
const ARRANGED: [What; 3] = [What::Join, What::Grant, What::Give];

/// What is done, as often as it stands here; the simplest first.
const DONE: [What; 8] =
    [What::Call, What::Call, What::Call, What::Call, What::Propose, What::Propose, What::Wait, What::Join];

/// Something that is done.
#[derive(Clone, Debug)]
enum Step {
    Join(String, String),
    Grant(String, String),
    Give(String, String, i128),
    At(i64),
    Call(String, String, Vec<Value>),
    Enact(String, Vec<Value>),
}

/// Searches. Nothing is there to search in a document without actions and proposals.
///
/// # Errors
/// When the sandbox cannot run the document.
pub fn search(program: &Arc<Program>, effort: &Effort) -> Result<Option<Report>, ChainError> {
    let search = Search::new(program)?;
    if search.actions.is_empty() && search.proposals.is_empty() {
        return Ok(None);
    }
    let state = RefCell::new(State::default());
    let numbers = || vec(proptest::num::u32::ANY, 1..12);
    let strategy = (vec(numbers(), 0..10), vec(numbers(), 1..=effort.calls.max(1)));
    let mut report = Report::default();
    while report.sequences < u64::from(effort.sequences) && report.found.len() < FOUND_MAX {
        let mut runner = TestRunner::new(Config {
            cases: effort.sequences.saturating_sub(u32::try_from(report.sequences).unwrap_or(u32::MAX)),
            // Bounded by `shrinks`: beyond this bound `proptest` prints a message.
            max_shrink_iters: u32::MAX,
            failure_persistence: None,
            // Each time from where the last search ended.
            rng_seed: RngSeed::Fixed(effort.seed.wrapping_add(report.sequences)),
            verbose: 0,
            ..Config::default()
        });
        let ended = runner.run(&strategy, |sequence| {
            let mut state = state.borrow_mut();
            if state.target.is_some() {
                state.shrinks += 1;
            }
            if state.error.is_some() || state.shrinks > effort.shrinks {
                return Ok(());
            }
            match search.run(&sequence, &mut state) {
                Ok(Some(kind)) => {
                    let reason = kind.to_string();
                    state.target = Some(kind);
                    Err(TestCaseError::fail(reason))
                }
                Ok(None) => Ok(()),
                Err(error) => {
                    state.error = Some(error);
                    Ok(())
                }
            }
        });
        let mut state = state.borrow_mut();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        (report.sequences, report.calls, report.succeeded) = (state.sequences, state.calls, state.succeeded);
        let (Err(TestError::Fail(_, sequence)), Some(kind)) = (ended, state.target.take()) else { break };
        state.shrinks = 0;
        let test = search.written(&sequence, &kind)?;
        state.known.push(kind.clone());
        report.found.push(Found { kind, test });
    }
    Ok(Some(report))
}

/// What the runs of a search share.
#[derive(Default)]
struct State {
    known: Vec<Kind>,
    /// What is being made shorter.
    target: Option<Kind>,
    /// Runs for that.
    shrinks: u32,
    sequences: u64,
    calls: u64,
    succeeded: u64,
    error: Option<ChainError>,
}

/// A document, ready to be tried.
struct Search {
    chain: Chain,
    pool: Pool,
    /// When the document comes into force, if that is after the beginning.
    begins: Option<i64>,
    actions: Vec<Entry>,
    proposals: Vec<Entry>,
    classes: Vec<String>,
    roles: Vec<String>,
    /// Accounts of the organisation, with what they can hold.
    accounts: Vec<(String, String)>,
    resources: Vec<String>,
}

impl Search {
    fn new(program: &Arc<Program>) -> Result<Self, ChainError> {
        let chain = Chain::new(program.clone(), EPOCH, Limits::default())?;
        let of = |purpose: Purpose| {
            chain.manifest().entries.iter().filter(move |entry| entry.purpose == purpose).cloned().collect::<Vec<_>>()
        };
        let names = |kind: Declared| program.decls_of(kind).map(|decl| decl.name.clone()).collect::<Vec<_>>();
        let mut accounts = Vec::new();
        for treasury in program.decls_of(Declared::Treasury) {
            let held = treasury.settings.names("resources").into_iter();
            accounts.extend(held.map(|resource| (format!("treasury:{}", treasury.name), resource.to_string())));
        }
        for budget in program.decls_of(Declared::Budget) {
            if let Some(SettingValue::Name(resource)) = budget.settings.get("resource") {
                accounts.push((format!("budget:{}", budget.name), resource.clone()));
            }
        }
        Ok(Self {
            pool: Pool::of(program),
            begins: program.effective().filter(|from| *from > EPOCH),
            actions: of(Purpose::Action),
            proposals: of(Purpose::Effect),
            classes: names(Declared::Class),
            roles: names(Declared::Role),
            resources: names(Declared::Resource),
            accounts,
            chain,
        })
    }

    /// The organisation as it begins, once its document is in force.
    fn begin(&self) -> Result<Chain, ChainError> {
        let mut chain = self.chain.fresh(EPOCH)?;
        chain.set_time(self.begins.unwrap_or(EPOCH));
        Ok(chain)
    }

    /// Runs a sequence until something is found that is new, or what is sought.
    fn run(&self, sequence: &Sequence, state: &mut State) -> Result<Option<Kind>, ChainError> {
        let sought = state.target.clone();
        if sought.is_none() {
            state.sequences += 1;
        }
        let mut chain = self.begin()?;
        let mut standing = chain.invariants()?;
        for step in steps(sequence) {
            let Some(step) = self.step(&chain, step) else { continue };
            let done = self.take(&mut chain, &step, &mut standing)?;
            if sought.is_none() {
                state.calls += u64::from(done.called);
                state.succeeded += u64::from(done.called && done.well);
            }
            let wanted = |kind: &Kind| match &sought {
                Some(sought) => kind == sought,
                None => !state.known.contains(kind),
            };
            if let Some(kind) = done.found.filter(wanted) {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    /// A sequence as a test, to where it shows what was found. Steps that had no effect are left out.
    fn written(&self, sequence: &Sequence, kind: &Kind) -> Result<String, ChainError> {
        let mut chain = self.begin()?;
        let mut standing = chain.invariants()?;
        let mut text = String::from("test \"found by searching\" {\n");
        if let Some(begins) = self.begins {
            text += &format!("  {}\n", self.line(&chain, &Step::At(begins)));
        }
        for step in steps(sequence) {
            let Some(step) = self.step(&chain, step) else { continue };
            let line = self.line(&chain, &step);
            let done = self.take(&mut chain, &step, &mut standing)?;
            if done.found.as_ref() == Some(kind) {
                text += &format!("  {line} // {kind}\n");
                break;
            }
            if done.well {
                text += &format!("  {line}\n");
            }
        }
        Ok(text + "}")
    }

    /// What numbers choose, if there is anything to choose from.
    fn step(&self, chain: &Chain, (arranged, numbers): (bool, &[u32])) -> Option<Step> {
        let mut choices = Choices::new(numbers);
        let all: &[What] = if arranged { &ARRANGED } else { &DONE };
        let what = choices.of(all)?;
        let person = |choices: &mut Choices<'_>| choices.of(&PERSONS).map(|name| test_did(name));
        Some(match what {
            What::Join => Step::Join(person(&mut choices)?, choices.of(&self.classes)?.clone()),
            What::Grant => Step::Grant(person(&mut choices)?, choices.of(&self.roles)?.clone()),
            What::Give => {
                let own = choices.below(self.accounts.len() + 1);
                let (account, resource) = match self.accounts.get(own) {
                    Some(account) => account.clone(),
                    None => (person(&mut choices)?, choices.of(&self.resources)?.clone()),
                };
                let ty = Type::amount(&resource);
                let Value::Int(amount) = self.pool.value(&ty, chain, &mut choices)? else { return None };
                Step::Give(account, resource, amount.max(0))
            }
            What::Wait => match self.pool.moment_after(chain.now()) {
                Some(moment) if choices.below(2) == 0 => Step::At(moment),
                _ => Step::At(chain.now().checked_add(self.pool.span(&mut choices).max(1_000))?),
            },
            What::Propose if !self.proposals.is_empty() => self.enact(chain, &mut choices)?,
            What::Call if self.actions.is_empty() => self.enact(chain, &mut choices)?,
            What::Propose | What::Call => {
                let entry = choices.of(&self.actions)?;
                let may = |name: &&str| match &entry.requires {
                    Some(permission) => chain.economy().may(chain.law(), &test_did(name), permission, chain.now()),
                    None => true,
                };
                let mut callers: Vec<&str> = PERSONS.iter().copied().filter(may).collect();
                if callers.is_empty() {
                    callers.extend(PERSONS);
                }
                let caller = test_did(choices.of(&callers)?);
                Step::Call(caller, entry.name.clone(), self.args(entry, chain, &mut choices)?)
            }
        })
    }

    fn enact(&self, chain: &Chain, choices: &mut Choices<'_>) -> Option<Step> {
        let entry = choices.of(&self.proposals)?;
        Some(Step::Enact(entry.name.clone(), self.args(entry, chain, choices)?))
    }

    fn args(&self, entry: &Entry, chain: &Chain, choices: &mut Choices<'_>) -> Option<Vec<Value>> {
        let args = entry.params.iter().map(|param| self.pool.value(&param.ty, chain, choices));
        args.collect()
    }

    /// Takes a step and looks at the invariants.
    fn take(&self, chain: &mut Chain, step: &Step, before: &mut Standing) -> Result<Done, ChainError> {
        let held = |before: &Standing, name: &str| before.get(name).is_some_and(Result::is_ok);
        let (law, now) = (chain.law().clone(), chain.now());
        let economy = chain.economy().clone();
        let arranged = match step {
            Step::Join(who, class) => chain.economy_mut().admit(who, class, now).is_ok(),
            Step::Grant(who, role) => chain.economy_mut().seat(&law, who, role, now).is_ok(),
            Step::Give(account, resource, amount) => {
                chain.economy_mut().mint(&law, account, resource, *amount, now).is_ok()
            }
            Step::At(time) => {
                chain.set_time(*time);
                true
            }
            Step::Call(_, name, args) | Step::Enact(name, args) => {
                let outcome = match step {
                    Step::Call(caller, ..) => chain.call(caller, name, args.clone())?,
                    _ => chain.enact(name, args.clone())?,
                };
                let found = match &outcome.result {
                    Ok(_) => {
                        let after = chain.invariants()?;
                        let found = broken(before, &after);
                        *before = after;
                        found
                    }
                    Err(Failure::Trapped(reason)) => Some(Kind::Trapped(name.clone(), *reason)),
                    Err(Failure::InvariantBroken(invariant)) if held(before, invariant) => {
                        Some(Kind::Stopped(name.clone(), invariant.clone()))
                    }
                    Err(_) => None,
                };
                return Ok(Done { called: true, well: outcome.result.is_ok(), found });
            }
        };
        let after = chain.invariants()?;
        let found = broken(before, &after);
        // What nobody could arrange is not arranged; but time passes whatever it breaks.
        if found.is_some() && !matches!(step, Step::At(_)) || !arranged {
            *chain.economy_mut() = economy;
            return Ok(Done { called: false, well: false, found: None });
        }
        *before = after;
        Ok(Done { called: false, well: true, found })
    }

    /// A step as a statement of a test.
    fn line(&self, chain: &Chain, step: &Step) -> String {
        let account = |account: &String| chain.source_of(&Value::Text(account.clone()), &Type::Account);
        match step {
            Step::Join(who, class) => format!("join({}, {class});", account(who)),
            Step::Grant(who, role) => format!("grant({}, {role});", account(who)),
            Step::Give(to, resource, amount) => {
                let amount = chain.source_of(&Value::Int(*amount), &Type::amount(resource));
                format!("give({}, {amount});", account(to))
            }
            Step::At(time) => format!("at({});", chain.source_of(&Value::Millis(*time), &Type::Time)),
            Step::Call(caller, name, args) => {
                format!("as_caller({}, {});", account(caller), chain.written(Purpose::Action, name, args))
            }
            Step::Enact(name, args) => format!("{};", chain.written(Purpose::Effect, name, args)),
        }
    }
}

/// What came of a step.
struct Done {
    called: bool,
    well: bool,
    found: Option<Kind>,
}

fn steps((arranged, done): &Sequence) -> impl Iterator<Item = (bool, &[u32])> {
    let arranged = arranged.iter().map(|numbers| (true, numbers.as_slice()));
    arranged.chain(done.iter().map(|numbers| (false, numbers.as_slice())))
}

/// The first invariant that held before and does not now.
fn broken(before: &Standing, after: &Standing) -> Option<Kind> {
    let held = |name: &String| before.get(name).is_some_and(Result::is_ok);
    let broken = |(name, now): (&String, &Result<(), Failure>)| match now {
        Err(failure) if held(name) => Some(match failure {
            Failure::InvariantBroken(_) => Kind::Broken(name.clone()),
            failure => Kind::Fails(name.clone(), failure.to_string()),
        }),
        _ => None,
    };
    after.iter().find_map(broken)
}
