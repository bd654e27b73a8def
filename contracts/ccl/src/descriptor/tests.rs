use super::*;
use crate::{
    ast::File,
    diagnostic::{render, Severity},
    sema::{resolve, Arguments, Modules},
    syntax::parse,
};
use icn_dag::Ipld;
use icn_fuzzing::{fuzz, Raw};
use proptest::prelude::*;

/// The core modules with the CIDs of their sources.
pub(crate) struct Core;

impl Modules for Core {
    fn module(&self, name: &str) -> Option<(String, String)> {
        let source = match name {
            "core/civic@1" => include_str!("../../../library/core/civic.ccl"),
            "core/contract@1" => include_str!("../../../library/core/contract.ccl"),
            "core/justice@1" => include_str!("../../../library/core/justice.ccl"),
            _ => return None,
        };
        Some((source.into(), source_cid(source).to_string()))
    }
}

pub(crate) const BAKERY: &str = include_str!("../../../library/examples/bakery.ccl");
pub(crate) const NEIGHBOURHOOD: &str = include_str!("../../../library/examples/neighbourhood.ccl");
pub(crate) const EXAMPLES: [&str; 2] = [BAKERY, NEIGHBOURHOOD];

/// A document that resolves without errors.
pub(crate) fn resolved(source: &str) -> Program {
    let parsed = parse(source);
    let (program, mut found) = resolve(&File::of(&parsed.syntax()), &Core, &Arguments::new());
    found.extend(parsed.diagnostics);
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    assert!(found.is_empty(), "{}", render("test", source, &found, false));
    program
}

fn described(source: &str) -> Descriptor {
    Descriptor::of(&resolved(source), source_cid("the source")).unwrap()
}

/// A document with something of every kind that a descriptor holds.
const ALL: &str = r#"
/// A document of many parts.
constitution "All" version 2.1.0 for community;
import "core/justice@1" as law;
organization us { name: "Us"; effective: time"2026-02-01T00:00:00Z"; parent: did"did:icn:federation"; articles: cid"bafkreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"; }
param fee: Int in 1..10 = 3;
@param const LIMIT: Ratio = 2/3;
const NAMES: List<Text> = ["a", "b"];
resource hour { unit: "hour"; decimals: 2; kind: custom("time"); demurrage { rate: 1%; every: 30d; } cap: 1000 hour; }
class member { votes: true; dues: 1.50 hour; dues_period: 30d; }
class guest { votes: false; }
membership people { admit: normal; remove: normal; }
role voter { can: [vote, propose, talk]; held_by: member; }
role chair extends voter { can: [convene]; assigned_by: normal; needs: [Card]; }
permission talk "may speak first";
body all { members: voter; size: 12; meeting { every: 30d; } }
body three { members: [did"did:icn:a", did"did:icn:b", did"did:icn:c"]; }
process normal { voters: all; method: score(5); quorum: 3; deliberation: 1d; voting: 2d; executor: role(chair); on_tie: chair(chair); }
process classes { voters: all; method: multi_class; quorum: 10%; deliberation: 1d; voting: 2d; class member { quorum: 1; threshold: 1/2; } stages: [normal]; }
process panel { voters: three; method: sortition_panel(3); quorum: 0%; threshold: 2/3; deliberation: 1d; voting: 2d; review: guardians; deposit: 2 hour; }
found { member: first List<Did> in 3..9; }
treasury pot { resources: [hour]; spend: normal; reserve { share: 1/3; process: panel; } }
budget year { resource: hour; total: 100 hour; rule: greedy; period { from: time"2026-01-01T00:00:00Z"; to: time"2027-01-01T00:00:00Z"; }
  category a { min: 10%; } category b { limit: 5 hour; } band 0 hour .. 5 hour { approvers: 1; role: chair; } band 5 hour .. { process: normal; } spender chair { single: 1 hour; categories: [a]; } }
meter runs { resource: hour; action: "run"; cost: price; rate { amount: 1 hour; every: 1d; } }
meter walks { resource: hour; action: "walk"; cost: 0.01 hour; }
credential Card { template: custom; issuer: all; claims { name: Text; since: Time; } disclose: [name]; }
delegation proxy { areas: [money]; }
dispute cases { steps: [dialogue, panel]; remedies: [apology]; }
election chairs { role: chair; voters: all; method: stv; nominate: 1d; voting: 1d; }
enum Kind { Plain, Big(Int, Amount<hour>) }
record Thing { kind: Kind, at: Time, who: Option<Did>, case: law.Case }
@max(10) state things: Map<Int, Thing> = {};
state last: Option<Kind> = none;
drop state older;
event Made(id: Int);
error Bad(id: Int);
fn price(n: Int) -> Amount<hour> { return 1 hour * n; }
view count_of(k: Int) -> Int { return count(t in things.values() where t.at > now); }
@signed @effective(time"2026-03-01T00:00:00Z") action make(id: Int, by: Amount<hour>) requires talk {
  require id > fee else Bad(id);
  things[id] = Thing { kind: Kind.Big(id, by), at: now, who: some(caller), case: law.Case.Filed };
  emit Made(id);
  schedule(now + 1d, make(id + 1, by));
}
action leave() requires anyone { remove(caller, "left"); }
on RoleGranted(who: Did, role: Role) { log("granted"); }
on TermEnded(who: Did, role: Role) { last = some(Kind.Plain); }
@effective(time"2026-03-01T00:00:00Z") @sunset(time"2026-04-01T00:00:00Z") proposal Pay(to: Did, much: Amount<hour>) { process: normal; requires: much < 10 hour; effect { transfer(from: pot, to: to, amount: much); } }
proposal Next(next: Cid) { process: panel; effect { enact_constitution(next); set_param(LIMIT, 1/2); } }
@max(5000) invariant few: len(things) <= 10;
entrench [process.panel, found] forever;
entrench [invariant.few, process.panel] requires 4/5;
"#;

#[test]
fn what_is_written_reads_back() {
    for source in EXAMPLES.into_iter().chain([ALL]) {
        let descriptor = described(source).after(source_cid("before")).unwrap();
        assert_eq!(Descriptor::from_bytes(descriptor.to_bytes()), Ok(descriptor.clone()));
        assert_eq!(Descriptor::new((*descriptor).clone()), Ok(descriptor));
    }
}

#[test]
fn everything_is_in_it() {
    let all = described(ALL);
    assert_eq!(all.decls.len(), Kind::ALL.len());
    let settings = &all.decls[&Kind::Process]["normal"].settings;
    assert_eq!(settings["timelock"], SettingValue::Duration(0), "defaults are written out");
    assert_eq!(settings["quorum"], SettingValue::Count(3));
    assert!(all.consts["fee"].param.as_ref().is_some_and(|param| !param.given));
    assert!(all.consts["LIMIT"].settable);
    assert_eq!(all.entrench["process.panel"], None, "of two clauses the stronger holds");
    assert_eq!(all.entrench["invariant.few"], Some((4, 5)));
    assert_eq!(all.invariants["few"].code.reads.iter().collect::<Vec<_>>(), ["things"]);
    assert_eq!(all.functions["make"].code.later.iter().collect::<Vec<_>>(), ["action.make"]);
    let pay = all.decls[&Kind::Proposal]["Pay"].proposal.as_ref().unwrap();
    assert_eq!(pay.effect.export.as_deref(), Some("effect.Pay"));
    assert_eq!(pay.condition.as_ref().and_then(|code| code.export.as_deref()), Some("condition.Pay"));
    let [transfer] = pay.effect.effects.as_slice() else { panic!("one effect") };
    assert_eq!((transfer.call.as_str(), transfer.resource.as_deref()), ("transfer", Some("hour")));
    assert_eq!(transfer.names.first(), Some(&Some("treasury:pot".into())));
}

/// The same with other spaces, comments and line ends.
fn reformatted(source: &str, seed: u64) -> String {
    let mut random = seed;
    let mut next = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut written = String::new();
    for line in source.lines() {
        let code = line.trim();
        written.push_str(&" ".repeat(usize::try_from(next(5)).unwrap()));
        written.push_str(code);
        match next(4) {
            0 if !code.contains("//") => written.push_str(" // a remark"),
            1 if !code.starts_with("///") => written.push_str("\n\n"),
            2 if !code.contains("//") => written.push_str(" /* and\n another */"),
            _ => {}
        }
        written.push('\n');
    }
    written
}

/// The same items, the last one first. Handlers keep their order, which counts.
fn reordered(source: &str) -> String {
    let (header, items) = source.split_once(";\n").unwrap();
    let (first, last) = items.split_once("treasury").unwrap();
    let (imports, first) = first.split_once("organization").unwrap();
    format!("{header};\n{imports}\ntreasury{last}\norganization{first}")
}

#[test]
fn neither_layout_nor_order_changes_it() {
    for source in EXAMPLES.into_iter().chain([ALL]) {
        for seed in 0..20 {
            assert_eq!(described(&reformatted(source, seed)).cid(), described(source).cid());
        }
    }
    assert_eq!(described(&reordered(BAKERY)).cid(), described(BAKERY).cid());
    let (a, b) = (source_cid(BAKERY), source_cid(NEIGHBOURHOOD));
    let of = |source| Descriptor::of(&resolved(BAKERY), source).unwrap();
    assert_ne!(of(a).cid(), of(b).cid());
    assert_eq!(of(a).rules_cid(), of(b).after(a).unwrap().rules_cid());
}

#[test]
fn every_word_that_counts_changes_it() {
    let before = described(BAKERY).cid();
    for (from, to) in [
        ("threshold: 3/4", "threshold: 4/5"),
        ("/// The surplus goes", "/// The surplus never goes"),
        ("available(till, eur) >= 0 eur", "available(till, eur) >= 1 eur"),
        ("sum(worked.values()) > 0", "sum(worked.values()) > 1"),
        ("90d;\n  summary", "91d;\n  summary"),
        ("requires 9/10", "requires 10/10"),
        ("in 5 ..", "in 4 .."),
        ("requires convene", "requires spend_small"),
        ("may pay small", "may pay tiny"),
    ] {
        assert!(BAKERY.contains(from), "{from}");
        assert_ne!(described(&BAKERY.replacen(from, to, 1)).cid(), before, "{from}");
    }
}

#[test]
fn an_invariant_changes_with_what_it_calls() {
    let changed = NEIGHBOURHOOD.replacen("where project.funded: project.cost", "where project.funded: project.paid", 1);
    let (before, after) = (described(NEIGHBOURHOOD), described(&changed));
    assert_ne!(before.invariants["within_budget"].tree, after.invariants["within_budget"].tree);
    assert_eq!(before.invariants["within_budget"].code.hash, after.invariants["within_budget"].code.hash);
}

#[test]
fn a_layout_changes_with_the_definitions_in_it() {
    let changed = NEIGHBOURHOOD.replacen("owner: Did,", "owner: Did, note: Option<Bool>,", 1).replacen(
        "owner: caller,",
        "owner: caller, note: none,",
        1,
    );
    let (before, after) = (described(NEIGHBOURHOOD), described(&changed));
    assert_ne!(before.states["projects"].layout, after.states["projects"].layout);
    assert_eq!(before.states["ballots"].layout, after.states["ballots"].layout);
}

#[test]
fn a_document_with_errors_has_no_descriptor() {
    let source = BAKERY.replacen("Amount<eur>", "Amount<gold>", 1);
    let (program, found) = resolve(&File::of(&parse(&source).syntax()), &Core, &Arguments::new());
    assert!(!found.is_empty());
    assert!(Descriptor::of(&program, source_cid(&source)).is_err());
}

#[test]
fn types_read_back_as_they_are_written() {
    for text in
        ["Int", "List<Set<Int>>", "Map<Did, Option<Amount<eur>>>", "pb.Category", "BudgetStatus<eur>", "nothing"]
    {
        assert_eq!(type_of_text(text).map(|ty| ty.to_string()).as_deref(), Some(text));
    }
    let deep = format!("{}Int{}", "List<".repeat(70), ">".repeat(70));
    for text in
        ["", "List", "List<Int", "List<Int>>", "Map<Int>", "Map<Int,Int>", "Amount<>", "List< Int>", "1a", &deep]
    {
        assert_eq!(type_of_text(text), None, "{text}");
    }
}

/// The bytes of a descriptor of which one place was changed.
fn changed(path: &[&str], change: impl FnOnce(&mut BTreeMap<String, Ipld>)) -> Vec<u8> {
    let mut ipld = ipld::decode(described(ALL).to_bytes(), &LIMITS).unwrap();
    let mut place = &mut ipld;
    for key in path {
        place = match place {
            Ipld::Map(map) => map.get_mut(*key).unwrap(),
            Ipld::List(list) => list.get_mut(key.parse::<usize>().unwrap()).unwrap(),
            _ => panic!("nothing at {key}"),
        };
    }
    let Ipld::Map(map) = place else { panic!("no map at {path:?}") };
    change(map);
    ipld::encode(&ipld, &LIMITS).unwrap()
}

fn set(path: &[&str], key: &str, value: Ipld) -> Result<Descriptor, DescriptorError> {
    Descriptor::from_bytes(&changed(path, |map| drop(map.insert(key.into(), value))))
}

fn malformed(at: &'static str) -> Result<Descriptor, DescriptorError> {
    Err(DescriptorError::Malformed { at })
}

fn unknown(at: &'static str) -> Result<Descriptor, DescriptorError> {
    Err(DescriptorError::UnknownName { at })
}

fn wide(number: i128) -> Ipld {
    Ipld::Bytes(number.to_be_bytes().to_vec())
}

#[test]
fn what_is_not_of_the_form_is_refused() {
    let text = |text: &str| Ipld::String(text.into());
    let process = &["decls", "process", "normal", "settings"];
    let pay = &["decls", "proposal", "Pay"];
    for (got, want) in [
        (set(&[], "format", Ipld::Integer(2)), Err(DescriptorError::Format)),
        (set(&[], "compiler", text("1.0")), malformed("descriptor")),
        (set(&[], "title", Ipld::Null), malformed("title")),
        (set(&[], "source", text("bafy")), malformed("source")),
        (set(&[], "docs", text("")), Err(DescriptorError::NotCanonical)),
        (set(&[], "handlers", Ipld::List(Vec::new())), Err(DescriptorError::NotCanonical)),
        (set(&[], "dropped", Ipld::List(vec![text("z"), text("a")])), Err(DescriptorError::NotCanonical)),
        (set(&[], "dropped", Ipld::List(vec![text("things")])), unknown("dropped")),
        (set(&["decls"], "wizard", Ipld::Map(BTreeMap::new())), malformed("decls")),
        (set(process, "colour", text("red")), malformed("settings")),
        (set(process, "quorum", wide(0)), malformed("quorum")),
        (set(process, "quorum", Ipld::List(vec![wide(2), wide(4)])), malformed("quorum")),
        (set(process, "quorum", Ipld::List(vec![wide(3), wide(2)])), malformed("quorum")),
        (set(process, "quorum", Ipld::List(vec![wide(1), wide(0)])), malformed("quorum")),
        (set(process, "voting", Ipld::Integer(-1)), malformed("voting")),
        (set(process, "method", Ipld::List(vec![text("dice")])), malformed("method")),
        (set(process, "method", Ipld::List(vec![text("score")])), malformed("method")),
        (set(process, "method", Ipld::List(vec![text("majority"), wide(1)])), malformed("method")),
        (set(process, "voters", text("nobody")), unknown("voters")),
        (set(process, "voters", text("normal")), unknown("voters")),
        (set(process, "executor", Ipld::List(vec![text("role"), text("all")])), unknown("executor")),
        (set(&["decls", "role", "chair"], "extends", text("king")), unknown("extends")),
        (set(&["decls", "role", "chair", "settings"], "can", Ipld::List(vec![text("fly")])), unknown("can")),
        (set(&["decls", "role", "chair"], "effect", Ipld::Map(BTreeMap::new())), malformed("role")),
        (set(&["decls", "resource", "hour", "settings"], "decimals", wide(19)), malformed("decimals")),
        (set(pay, "params", Ipld::List(vec![Ipld::List(vec![text("to"), text("Persona")])])), unknown("params")),
        (set(pay, "signed", Ipld::Bool(false)), malformed("signed")),
        (set(&["decls", "proposal", "Pay", "effect"], "export", text("effect.Other")), malformed("export")),
        (set(&["decls", "proposal", "Pay", "effect"], "hash", Ipld::Bytes(vec![0; 31])), malformed("hash")),
        (set(&["decls", "proposal", "Pay", "effect", "effects", "0"], "call", text("steal")), unknown("effects")),
        (set(&["decls", "proposal", "Pay", "effect"], "writes", Ipld::List(vec![text("x")])), unknown("code")),
        (set(&["states", "last"], "type", text("Int")), malformed("initial")),
        (set(&["states", "last"], "layout", Ipld::Bytes(vec![0; 32])), malformed("layout")),
        (set(&["consts", "fee"], "value", Ipld::Integer(3)), malformed("value")),
        (set(&["functions", "make"], "level", text("wish")), malformed("level")),
        (set(&["functions", "make"], "requires", text("fly")), unknown("requires")),
        (set(&["functions", "price"], "requires", text("talk")), malformed("requires")),
        (set(&["functions", "make", "code"], "later", Ipld::List(vec![text("action.other")])), unknown("later")),
        (
            set(&["types"], "Member", Ipld::Map(BTreeMap::from([("record".into(), Ipld::List(vec![]))]))),
            malformed("types"),
        ),
        (set(&["entrench"], "process.none", Ipld::List(vec![])), unknown("entrench")),
        (set(&["entrench"], "found", Ipld::List(vec![Ipld::List(vec![wide(0), wide(1)])])), malformed("entrench")),
        (set(&["founders"], "all", Ipld::Map(BTreeMap::new())), malformed("param")),
        (set(&["handlers", "0"], "event", text("Doomsday")), unknown("event")),
    ] {
        assert_eq!(got, want);
    }
    let without = |path: &[&str], key: &str| Descriptor::from_bytes(&changed(path, |map| drop(map.remove(key))));
    assert_eq!(without(process, "timelock"), malformed("timelock"), "defaults are written out");
    assert_eq!(without(process, "method"), malformed("method"));
    assert_eq!(without(pay, "effect"), malformed("effect"));
    assert_eq!(without(&[], "source"), malformed("source"));
    assert_eq!(without(&["types"], "Kind"), unknown("types"));
}

#[test]
fn what_is_not_canonical_or_too_large_is_refused() {
    let bytes = described(ALL).to_bytes().to_vec();
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Descriptor::from_bytes(&longer), Err(DescriptorError::NotCanonical));
    assert_eq!(Descriptor::from_bytes(&bytes[..bytes.len() - 1]), Err(DescriptorError::NotCanonical));
    assert_eq!(Descriptor::from_bytes(&[]), Err(DescriptorError::NotCanonical));
    assert_eq!(Descriptor::from_bytes(&vec![0x80; LIMITS.bytes + 1]), Err(DescriptorError::TooLarge));
    let mut program = resolved(ALL);
    program.header.docs = "x".repeat(LIMITS.bytes);
    assert_eq!(Descriptor::of(&program, source_cid("")), Err(DescriptorError::TooLarge));
    program.header.docs.clear();
    program.imports.iter_mut().for_each(|import| import.cid = "cid".into());
    assert_eq!(Descriptor::of(&program, source_cid("")), Err(DescriptorError::BadImport));
}

#[test]
fn fuzz_descriptor() {
    let seeds = EXAMPLES.into_iter().chain([ALL]).map(|source| described(source).to_bytes().to_vec());
    fuzz("descriptor", &seeds.collect::<Vec<_>>(), |bytes| {
        let descriptor = Descriptor::from_bytes(bytes).ok()?;
        Some(Raw(Descriptor::new((*descriptor).clone()).unwrap().to_bytes().to_vec()))
    });
}

#[test]
fn fuzz_type_text() {
    proptest!(|(text in "(List|Set|Map|Option|Amount|Int|Did|[a-z<>, .]){0,12}")| {
        if let Some(ty) = type_of_text(&text) {
            prop_assert_eq!(ty.to_string(), text);
        }
    });
}

proptest! {
    #[test]
    fn documents_with_any_numbers_read_back(
        quorum in 1i128..1_000,
        share in 0i128..=100,
        days in 0i64..10_000,
        amount in 0i128..1_000_000,
        words in "[a-zA-Zäöü ]{1,40}",
    ) {
        let source = format!(
            "constitution \"{words}.\" version 1.0.0 for community;
             resource eur {{ unit: \"EUR\"; kind: budget; cap: {amount} eur; }}
             class member {{ votes: true; dues: {amount} eur; }}
             process p {{ voters: member; method: majority; quorum: {quorum}; threshold: {share}%; deliberation: {days}d; voting: 1d; }}"
        );
        let descriptor = described(&source);
        prop_assert_eq!(Descriptor::from_bytes(descriptor.to_bytes()), Ok(descriptor.clone()));
        prop_assert_eq!(described(&source), descriptor);
    }
}

#[test]
fn layouts_that_take_long_to_check_are_refused() {
    let mut content = (*described(ALL)).clone();
    let variants = (0..3_000).map(|at| crate::types::VariantDef { name: format!("v{at}"), payload: Vec::new() });
    content.types.add("Many".into(), crate::types::TypeDef::Enum(variants.collect()));
    let state = content.states["last"].clone();
    content.states.extend((0..2_000).map(|at| (format!("state{at}"), state.clone())));
    assert_eq!(Descriptor::new(content), Err(DescriptorError::TooLarge));
}
