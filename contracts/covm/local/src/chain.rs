//! An organisation with its document in force.

use crate::{
    economy::{Economy, ORGANISATION},
    host::{testing::unmet, Call, Loaded},
    interface::interface,
    law::Law,
    outcome::{Failure, Line, Made, Outcome},
    process::Proposed,
    storage::Storage,
    suite::Ran,
    values::Arena,
};
use icn_ccl::{
    manifest::{Entry, Manifest, ManifestError, Purpose},
    program::{Builtin, Program, Role},
    types::Type,
    value::{decode, encode, CodecError, Value},
    wasm::{compile, Compiled as Code, Options},
};
use icn_covm::{metering::START_FUEL, Compiled, Engine, EngineError, Host, Module, Refusal, Rules, Stop};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What one call may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of fuel.
    pub fuel: u64,
    /// Slots for the frames of calls.
    pub slots: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fuel: 50_000_000, slots: 16_384 }
    }
}

/// Bytes of compiled modules that are kept.
const CACHE_BYTES: usize = 64 << 20;

/// Invariants by name: whether each holds, or why not.
pub type Standing = BTreeMap<String, Result<(), Failure>>;

/// Calls within calls: an action may not call another, but a test does.
const PAGES: u32 = 16;

/// What telling the host that a line begins costs: a constant, and a call that passes one value.
pub(crate) const LINE_FUEL: u64 = 10;

/// Why there is no organisation, or no outcome. None of these is the fault of a call.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The sandbox refuses the module.
    #[error("the compiled document is refused: {0}")]
    Refused(Refusal),
    /// The engine cannot tell what a call comes to.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The module does not say how it is called.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A constant of the module is not of its type.
    #[error("a constant of the module: {0}")]
    Constant(#[from] CodecError),
}

/// Code that is ready to run.
pub(crate) struct Ready {
    compiled: Arc<Compiled>,
    loaded: Arc<Loaded>,
}

/// Runs an exported function of the chain's module in another way than its engine does.
#[doc(hidden)]
pub type Runner = Arc<dyn Fn(&str, &mut dyn Host, &icn_covm::Limits) -> icn_covm::Outcome + Send + Sync>;

/// An organisation in memory.
pub struct Chain {
    engine: Arc<Engine>,
    runner: Option<Runner>,
    ready: Arc<Ready>,
    law: Law,
    economy: Arc<Economy>,
    pub(crate) storage: Storage,
    pub(crate) proposals: Vec<Proposed>,
    now: i64,
    limits: Limits,
    /// The calls that were made, if they are noted.
    calls: Option<Vec<Made>>,
    /// Where the statement of a test begins that makes them.
    pub(crate) from: u32,
    /// Who calls in a test when it does not say who, by the byte from which on.
    pub(crate) callers: BTreeMap<u32, String>,
}

impl Chain {
    /// An organisation whose document has just come into force, at a time in milliseconds.
    ///
    /// # Errors
    /// When the compiled document does not run here.
    pub fn new(program: Arc<Program>, now: i64, limits: Limits) -> Result<Self, ChainError> {
        let code = compile(&program, Options::default());
        Self::of_code(Self::engine()?, program, &code, now, limits)
    }

    /// An engine that several organisations can share.
    ///
    /// # Errors
    /// When there is none on this machine.
    pub fn engine() -> Result<Arc<Engine>, ChainError> {
        Ok(Arc::new(Engine::new(&interface(), CACHE_BYTES)?))
    }

    /// The same as [`Self::new`], with code that was compiled before, whoever did.
    ///
    /// # Errors
    /// When the code does not run here.
    pub fn of_code(
        engine: Arc<Engine>,
        program: Arc<Program>,
        code: &Code,
        now: i64,
        limits: Limits,
    ) -> Result<Self, ChainError> {
        let ready = Arc::new(load(&engine, code)?);
        let storage = first_states(&ready.loaded)?;
        Ok(Self {
            engine,
            runner: None,
            ready,
            law: Law::new(program),
            economy: Arc::default(),
            storage,
            proposals: Vec::new(),
            now,
            limits,
            calls: None,
            from: 0,
            callers: BTreeMap::new(),
        })
    }

    /// The same organisation as it began.
    ///
    /// # Errors
    /// When a first value is not of its type.
    pub fn fresh(&self, now: i64) -> Result<Self, ChainError> {
        Ok(Self {
            engine: self.engine.clone(),
            runner: self.runner.clone(),
            ready: self.ready.clone(),
            law: self.law.clone(),
            economy: Arc::default(),
            storage: first_states(&self.ready.loaded)?,
            proposals: Vec::new(),
            now,
            limits: self.limits.clone(),
            calls: None,
            from: 0,
            callers: BTreeMap::new(),
        })
    }

    /// What the document lays down.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// Members, roles, holdings and statements.
    pub fn economy(&self) -> &Economy {
        &self.economy
    }

    /// The same, to be arranged by hand.
    pub fn economy_mut(&mut self) -> &mut Economy {
        Arc::make_mut(&mut self.economy)
    }

    /// What the document's code keeps.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// What the module says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.ready.loaded.manifest
    }

    /// The named types of the document.
    pub fn types(&self) -> &icn_ccl::types::Types {
        &self.ready.loaded.types
    }

    /// The time, in milliseconds.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Sets the time.
    pub fn set_time(&mut self, now: i64) {
        self.now = now;
    }

    /// Notes calls from now on.
    pub fn note_calls(&mut self) {
        self.calls.get_or_insert_default();
    }

    /// The calls that were noted since this was last asked.
    pub fn noted_calls(&mut self) -> Vec<Made> {
        self.calls.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Calls run by another engine from now on.
    #[doc(hidden)]
    pub fn run_by(&mut self, runner: Runner) {
        self.runner = Some(runner);
    }

    /// What a function of the organisation gives, or does, outside of any code.
    ///
    /// # Errors
    /// As in code.
    #[doc(hidden)]
    pub fn ask(&mut self, caller: &str, builtin: Builtin, args: &[Value]) -> Result<Value, Failure> {
        let ready = self.ready.clone();
        crate::host::ask(&mut self.begin(&ready, caller, Vec::new(), Mode::Writes), builtin, args)
    }

    /// Calls an action as somebody.
    ///
    /// # Errors
    /// When the sandbox cannot tell what it comes to.
    pub fn call(&mut self, caller: &str, action: &str, args: Vec<Value>) -> Result<Outcome, ChainError> {
        let ready = self.ready.clone();
        let Some(entry) = ready.loaded.manifest.entry(Purpose::Action, action) else {
            return Ok(refused(Failure::NoEntryPoint(action.into())));
        };
        if let Err(failure) = self.check_in_force(&Role::Action, action) {
            let outcome = refused(failure);
            self.note(entry, caller, &args, &outcome);
            return Ok(outcome);
        }
        if let Some(permission) = &entry.requires {
            if !self.economy.may(&self.law, caller, permission, self.now) {
                let outcome = refused(Failure::Unauthorised { permission: permission.clone() });
                self.note(entry, caller, &args, &outcome);
                return Ok(outcome);
            }
        }
        self.run_entry(&ready, entry, caller, args, Mode::Writes)
    }

    /// Whether an action or what a proposal does is in force now.
    pub(crate) fn check_in_force(&self, role: &Role, name: &str) -> Result<(), Failure> {
        let program = self.law.program();
        let in_force = program.function(role, name).map(|(_, function)| program.in_force(function)).unwrap_or_default();
        match in_force.at(self.now) {
            true => Ok(()),
            false => Err(Failure::NotInForce { name: name.into(), in_force }),
        }
    }

    /// Asks a view.
    ///
    /// # Errors
    /// When the sandbox cannot tell what it comes to.
    pub fn view(&mut self, caller: &str, view: &str, args: Vec<Value>) -> Result<Outcome, ChainError> {
        self.of_purpose(Purpose::View, caller, view, args, Mode::Reads)
    }

    /// Asks whether a proposal may be made.
    ///
    /// # Errors
    /// When the sandbox cannot tell what it comes to.
    pub fn condition(&mut self, proposal: &str, args: Vec<Value>) -> Result<Outcome, ChainError> {
        self.of_purpose(Purpose::Condition, ORGANISATION, proposal, args, Mode::Reads)
    }

    /// Does what a proposal does, as if it had passed: what it requires must hold now.
    ///
    /// # Errors
    /// When the sandbox cannot tell what it comes to.
    pub fn enact(&mut self, proposal: &str, args: Vec<Value>) -> Result<Outcome, ChainError> {
        if let Err(failure) = self.admissible(proposal, &args)? {
            let outcome = refused(failure);
            let ready = self.ready.clone();
            if let Some(entry) = ready.loaded.manifest.entry(Purpose::Effect, proposal) {
                self.note(entry, ORGANISATION, &args, &outcome);
            }
            return Ok(outcome);
        }
        self.of_purpose(Purpose::Effect, ORGANISATION, proposal, args, Mode::Writes)
    }

    fn of_purpose(
        &mut self,
        purpose: Purpose,
        caller: &str,
        name: &str,
        args: Vec<Value>,
        mode: Mode,
    ) -> Result<Outcome, ChainError> {
        let ready = self.ready.clone();
        match ready.loaded.manifest.entry(purpose, name) {
            Some(entry) => self.run_entry(&ready, entry, caller, args, mode),
            None => Ok(refused(Failure::NoEntryPoint(name.into()))),
        }
    }

    /// Whether arguments are those of a proposal.
    pub(crate) fn check_arguments(&self, proposal: &str, args: &[Value]) -> Result<Result<(), Failure>, ChainError> {
        Ok(match self.ready.loaded.manifest.entry(Purpose::Effect, proposal) {
            Some(entry) => arguments(entry, args, &self.ready.loaded).map_or(Ok(()), Err),
            None => Err(Failure::NoEntryPoint(proposal.into())),
        })
    }

    fn note(&mut self, entry: &Entry, caller: &str, args: &[Value], outcome: &Outcome) {
        let from = self.from;
        if let Some(calls) = &mut self.calls {
            let (name, caller) = (entry.name.clone(), caller.to_string());
            calls.push(Made {
                purpose: entry.purpose,
                name,
                caller,
                args: args.to_vec(),
                outcome: outcome.clone(),
                from,
            });
        }
    }

    fn run_entry(
        &mut self,
        ready: &Ready,
        entry: &Entry,
        caller: &str,
        args: Vec<Value>,
        mode: Mode,
    ) -> Result<Outcome, ChainError> {
        let noted = self.calls.is_some().then(|| args.clone());
        let outcome = self.judged(ready, entry, caller, args, mode)?;
        if let Some(args) = noted {
            self.note(entry, caller, &args, &outcome);
        }
        Ok(outcome)
    }

    /// Runs an entry, and takes everything back if it fails or an invariant does not hold afterwards.
    fn judged(
        &mut self,
        ready: &Ready,
        entry: &Entry,
        caller: &str,
        args: Vec<Value>,
        mode: Mode,
    ) -> Result<Outcome, ChainError> {
        if let Some(failure) = arguments(entry, &args, &ready.loaded) {
            return Ok(refused(failure));
        }
        let mark = self.storage.mark();
        let before = self.economy.clone();
        let limits = self.limits.clone();
        let done = self.execute(ready, &entry.export, (caller, args), mode, limits.fuel)?;
        let (mut outcome, changed, acted) = (done.outcome, done.changed, done.acted);
        if mode == Mode::Writes && outcome.result.is_ok() {
            let left = limits.fuel.saturating_sub(outcome.fuel);
            let touched = |entry: &Entry| {
                entry.reads.iter().any(|state| changed.contains(&(*state as usize)))
                    || (!entry.host.is_empty() && acted)
            };
            let judged = self.broken_invariant(ready, &touched, left)?;
            outcome.fuel += judged.fuel;
            outcome.lines.extend(judged.lines);
            if let Err(failure) = judged.result {
                outcome.result = Err(failure);
            }
        }
        if outcome.result.is_err() {
            self.storage.roll_back(mark);
            self.economy = before;
            outcome.events.clear();
        }
        self.storage.keep(mark);
        Ok(outcome)
    }

    /// Each invariant, and whether it holds.
    ///
    /// # Errors
    /// When the sandbox cannot tell.
    pub fn invariants(&mut self) -> Result<Standing, ChainError> {
        let ready = self.ready.clone();
        let loaded = ready.loaded.clone();
        let all = loaded.manifest.entries.iter().filter(|entry| entry.purpose == Purpose::Invariant);
        let judged = all.map(|one| {
            let judged = self.broken_invariant(&ready, &|entry| entry == one, self.limits.fuel)?;
            Ok((one.name.clone(), judged.result.map(|_| ())))
        });
        judged.collect()
    }

    /// Asks the invariants that are chosen, until one does not hold.
    fn broken_invariant(
        &mut self,
        ready: &Ready,
        chosen: &dyn Fn(&Entry) -> bool,
        mut left: u64,
    ) -> Result<Outcome, ChainError> {
        let mut judged = Outcome { result: Ok(Value::Unit), events: Vec::new(), fuel: 0, lines: Vec::new() };
        let loaded = ready.loaded.clone();
        let invariants = loaded.manifest.entries.iter().filter(|entry| entry.purpose == Purpose::Invariant);
        for entry in invariants.filter(|entry| chosen(entry)) {
            // What is declared bounds the invariant's own code; what every call costs to begin with comes on top.
            let most = entry.fuel_max.map_or(u64::MAX, |max| max.saturating_add(START_FUEL)).min(left);
            let asked = self.execute(ready, &entry.export, (ORGANISATION, Vec::new()), Mode::Reads, most)?.outcome;
            judged.fuel += asked.fuel;
            judged.lines.extend(asked.lines);
            left = left.saturating_sub(asked.fuel);
            judged.result = match asked.result {
                Ok(Value::Bool(true)) => Ok(Value::Unit),
                Ok(_) => Err(Failure::InvariantBroken(entry.name.clone())),
                Err(failure) => Err(failure),
            };
            if judged.result.is_err() {
                break;
            }
        }
        Ok(judged)
    }

    fn execute(
        &mut self,
        ready: &Ready,
        export: &str,
        (caller, args): (&str, Vec<Value>),
        mode: Mode,
        fuel: u64,
    ) -> Result<Done, ChainError> {
        let limits = icn_covm::Limits { fuel, slots: self.limits.slots, memory_pages: PAGES };
        let (engine, runner) = (self.engine.clone(), self.runner.clone());
        let mut call = self.begin(ready, caller, args, mode);
        let ran = match runner {
            Some(runner) => runner(export, &mut call, &limits),
            None => engine.run(&ready.compiled, export, &[], &mut call, &limits)?,
        };
        let Call { result, events, changed, acted, trace, .. } = call;
        let (result, stop) = match ran.result {
            Ok(_) => (Ok(result.unwrap_or(Value::Unit)), None),
            Err(Stop::Trap(reason)) => (Err(Failure::Trapped(reason)), None),
            Err(stop) => match stop.reason::<Failure>() {
                Ok(failure) => (Err(failure), None),
                Err(stop) => (Ok(Value::Unit), Some(stop)),
            },
        };
        let left = trace.iter().skip(1).map(|(_, left)| *left).chain([fuel.saturating_sub(ran.fuel_used)]);
        let line = |(&(at, before), after): (&(u32, u64), u64)| Line {
            at,
            fuel: before.saturating_sub(after).saturating_sub(LINE_FUEL),
        };
        let lines = trace.iter().zip(left).map(line).collect();
        let outcome = Outcome { result, events, fuel: ran.fuel_used, lines };
        Ok(Done { outcome, changed, acted, stop })
    }

    fn begin(&mut self, ready: &Ready, caller: &str, args: Vec<Value>, mode: Mode) -> Call<'_> {
        Call {
            chain: self,
            loaded: ready.loaded.clone(),
            arena: Arena::default(),
            caller: caller.into(),
            args,
            result: None,
            events: Vec::new(),
            mode,
            changed: BTreeSet::new(),
            acted: false,
            trace: Vec::new(),
        }
    }

    /// Loads code that was compiled with the tests.
    pub(crate) fn load(&self, code: &Code) -> Result<Ready, ChainError> {
        load(&self.engine, code)
    }

    /// Runs a test: it arranges, calls and looks as it likes; nothing is taken back.
    pub(crate) fn run_test(&mut self, ready: &Ready, export: &str) -> Result<Ran, ChainError> {
        let caller = icn_ccl::sema::test_did(crate::host::testing::TESTER);
        let done = self.execute(ready, export, (&caller, Vec::new()), Mode::Tests, self.limits.fuel)?;
        let unmet = match done.stop {
            None => None,
            Some(stop) => match unmet(stop) {
                Ok(unmet) => Some(unmet),
                // An error of the sandbox in a call that the test made.
                Err(stop) => {
                    return match stop.reason::<ChainError>() {
                        Ok(error) => Err(error),
                        Err(_) => Ok(Ran { outcome: done.outcome, unmet: None }),
                    }
                }
            },
        };
        Ok(Ran { outcome: done.outcome, unmet })
    }
}

/// What code may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Change nothing.
    Reads,
    /// Change states and the organisation.
    Writes,
    /// The same, and arrange and call as tests do.
    Tests,
}

/// How code ended.
struct Done {
    outcome: Outcome,
    changed: BTreeSet<usize>,
    acted: bool,
    /// Why the host ended it, if for a reason that is no failure of a call.
    stop: Option<Stop>,
}

fn refused(failure: Failure) -> Outcome {
    Outcome { result: Err(failure), events: Vec::new(), fuel: 0, lines: Vec::new() }
}

/// Why arguments are not those of an entry.
fn arguments(entry: &Entry, args: &[Value], loaded: &Loaded) -> Option<Failure> {
    if args.len() != entry.params.len() {
        let name = entry.params.get(args.len()).map_or_else(|| entry.name.clone(), |param| param.name.clone());
        return Some(Failure::BadArgument { name });
    }
    for (param, value) in entry.params.iter().zip(args) {
        let negative = matches!((&param.ty, value), (Type::Amount(_), Value::Int(amount)) if *amount < 0);
        if negative && !entry.signed || encode(value, &param.ty, &loaded.types).is_err() {
            return Some(Failure::BadArgument { name: param.name.clone() });
        }
    }
    None
}

fn load(engine: &Engine, code: &Code) -> Result<Ready, ChainError> {
    let module = Module::check(&code.bytes, &interface(), &Rules::default()).map_err(ChainError::Refused)?;
    let compiled = engine.compile(&module)?;
    let manifest = Manifest::from_bytes(&code.manifest.to_bytes())?;
    let types = manifest.types();
    let mut constants = Vec::new();
    for (of, bytes) in &manifest.constants {
        let kind = manifest.numbered.get(*of as usize).ok_or(ManifestError::Malformed)?;
        constants.push(decode(bytes, kind, &types)?);
    }
    let mut params = BTreeMap::new();
    for param in &manifest.params {
        params.insert(param.name.clone(), decode(&param.value, &param.ty, &types)?);
    }
    Ok(Ready { compiled, loaded: Arc::new(Loaded { manifest, types, constants, params }) })
}

fn first_states(loaded: &Loaded) -> Result<Storage, ChainError> {
    let mut initial = Vec::new();
    for state in &loaded.manifest.states {
        let ty = state.ty.clone();
        let value = decode(&state.initial, &ty, &loaded.types)?;
        initial.push((ty, value));
    }
    Ok(Storage::new(initial))
}
