//! Random documents without mistakes, as a seed says, and calls of what is in them.

mod effects;
mod expressions;
mod statements;
mod values;

use crate::dice::Dice;
use icn_ccl::{ast::Level, program::Role, types::Type, value::Value};
use std::{collections::BTreeMap, fmt::Write as _};

/// Persons that documents and calls know.
pub(crate) const PERSONS: [&str; 4] = ["did:icn:ada", "did:icn:bo", "did:icn:cleo", "did:icn:dan"];

/// Content that documents name.
pub(crate) const CONTENT: [&str; 2] = [
    "bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
];

/// What every document has.
const PRELUDE: &str = r#"contract "T" version 1.0.0 for community;
organization org { name: "Org"; }
resource eur { unit: "EUR"; decimals: 2; kind: mutual_credit; credit_limit: 5 eur; issuer: clerk; cap: 900000 eur; }
resource pts { unit: "point"; kind: budget; transferable: false; issuer: clerk; max_hold: 5000 pts; }
class worker { votes: true; }
class guest { votes: false; }
role member { can: [propose, vote]; held_by: worker; }
role visitor { can: [vote]; held_by: guest; }
role clerk { can: [run, propose]; seats: 2; assigned_by: opening; }
role holder { can: [vote]; needs: [Card]; }
body everyone { members: worker; selection: all; }
process opening {
  voters: everyone; method: majority; threshold: 1/2; quorum: 10%; deliberation: 7d; voting: 7d;
}
membership staff { admit: opening; remove: opening; default_class: guest; }
treasury till { resources: [eur, pts]; spend: opening; reserve { share: 20%; process: opening; } signers: clerk; }
budget pb {
  resource: eur; total: 1000 eur; rule: equal_shares; unspent: carry;
  period { from: time"2025-01-01T00:00:00Z"; to: time"2030-01-01T00:00:00Z"; }
  category green { min: 20%; max: 60%; }
  category other { max: 80%; }
}
credential Card {
  template: membership; issuer: clerk; claims { level: Int; note: Text; } validity: 52w; disclose: [level];
}
permission run "may run this";
proposal Hold(n: Int) { process: opening; requires: n > 0; effect { log("held"); } }
action about(p: Proposal) requires vote {
  open_thread(p);
  log(text(beacon(p)));
  let votes = tally(p);
  log(text(votes));
}
record Plan { cost: Amount<eur>, category: pb.Category, weight: Ratio }
"#;

/// What half of the documents have in the place of that, so that the organisation refuses more.
const TIGHT: [(&str, &str); 5] = [
    ("cap: 900000 eur", "cap: 12 eur"),
    ("max_hold: 5000 pts", "max_hold: 3 pts"),
    ("seats: 2", "seats: 1"),
    ("resources: [eur, pts]", "resources: [eur]"),
    ("to: time\"2030-01-01T00:00:00Z\"", "to: time\"2025-07-01T00:00:00Z\""),
];

/// The variants of an enum, with what they carry.
type Variants = Vec<(String, Vec<Type>)>;

/// A call of a document.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) caller: &'static str,
    pub(crate) args: Vec<Value>,
}

/// A document and what is called of it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) source: String,
    pub(crate) calls: Vec<Called>,
}

/// A function that can be called by others.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    params: Vec<(String, Type)>,
    result: Type,
    level: Level,
}

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    ty: Type,
    fixed: bool,
}

#[derive(Clone, Debug)]
struct Kept {
    name: String,
    ty: Type,
}

struct Generator {
    dice: Dice,
    names: usize,
    /// Parts of expressions that the code being written may still have.
    budget: usize,
    level: Level,
    scope: Vec<Variable>,
    records: Vec<(String, Vec<(String, Type)>)>,
    enums: Vec<(String, Variants)>,
    consts: Vec<(String, Type)>,
    settable: Vec<(String, Type)>,
    states: Vec<Kept>,
    events: Vec<(String, Vec<(String, Type)>)>,
    errors: Vec<(String, Vec<(String, Type)>)>,
    functions: Vec<Known>,
    /// What is scheduled and proposed.
    actions: Vec<(String, Vec<(String, Type)>)>,
    proposals: Vec<(String, Vec<(String, Type)>)>,
    /// Functions that were needed on the way.
    more: String,
    constants: BTreeMap<Type, String>,
    appliers: BTreeMap<(Type, Type), String>,
}

/// Writes the document of a seed.
pub(crate) fn document(seed: u64) -> Document {
    Generator::new(seed).document()
}

fn named(name: &str) -> Type {
    Type::Named(name.into())
}

impl Generator {
    fn new(seed: u64) -> Self {
        let plan = vec![
            ("cost".to_string(), Type::amount("eur")),
            ("category".into(), named("pb.Category")),
            ("weight".into(), Type::Ratio),
        ];
        let categories = vec![("green".to_string(), Vec::new()), ("other".into(), Vec::new())];
        Self {
            dice: Dice::new(seed),
            names: 0,
            budget: 0,
            level: Level::Pure,
            scope: Vec::new(),
            records: vec![("Plan".into(), plan)],
            enums: vec![("pb.Category".into(), categories)],
            consts: Vec::new(),
            settable: Vec::new(),
            states: Vec::new(),
            events: Vec::new(),
            errors: Vec::new(),
            functions: Vec::new(),
            actions: Vec::new(),
            proposals: Vec::new(),
            more: String::new(),
            constants: BTreeMap::new(),
            appliers: BTreeMap::new(),
        }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn key_type(&mut self) -> Type {
        match self.dice.below(9) {
            0..=2 => Type::Int,
            3 => Type::Text,
            4 => Type::Did,
            5 => Type::Time,
            6 => Type::Bool,
            7 => Type::Cid,
            _ => {
                let free = |(name, variants): &(String, Variants)| {
                    variants.iter().all(|(_, payload)| payload.is_empty()).then(|| named(name))
                };
                let keys: Vec<_> = self.enums.iter().filter_map(free).collect();
                self.dice.pick(&keys).unwrap_or(Type::Int)
            }
        }
    }

    fn numeric(&mut self) -> Type {
        match self.dice.below(6) {
            0 | 1 => Type::Int,
            2 => Type::Ratio,
            3 => Type::amount("eur"),
            4 => Type::amount("pts"),
            _ => Type::Duration,
        }
    }

    /// A type whose values can be kept.
    fn any_type(&mut self, depth: usize) -> Type {
        let inner = depth > 0;
        match self.dice.below(if inner { 22 } else { 13 }) {
            0 => Type::Bool,
            1..=3 => Type::Int,
            4 => Type::Ratio,
            5 => Type::Text,
            6 => Type::Time,
            7 => Type::Duration,
            8 => Type::Did,
            9 | 10 => Type::amount("eur"),
            11 => Type::amount("pts"),
            12 => self.key_type(),
            13..=15 => Type::list(self.any_type(depth - 1)),
            16 => Type::set(self.key_type()),
            17 | 18 => Type::map(self.key_type(), self.any_type(depth - 1)),
            19 => Type::option(self.any_type(depth - 1)),
            20 => {
                let names: Vec<_> = self.records.iter().map(|(name, _)| named(name)).collect();
                self.dice.pick(&names).unwrap_or(Type::Int)
            }
            _ => {
                let names: Vec<_> = self.enums.iter().map(|(name, _)| named(name)).collect();
                self.dice.pick(&names).unwrap_or(Type::Int)
            }
        }
    }

    fn fields(&mut self, most: usize, depth: usize) -> Vec<(String, Type)> {
        let count = self.dice.below(most + 1);
        (0..count).map(|_| (self.name("p"), self.any_type(depth))).collect()
    }

    fn written_fields(fields: &[(String, Type)]) -> String {
        fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect::<Vec<_>>().join(", ")
    }

    fn document(mut self) -> Document {
        let mut source = match self.dice.percent(50) {
            true => TIGHT.iter().fold(String::from(PRELUDE), |source, (from, to)| source.replace(from, to)),
            false => String::from(PRELUDE),
        };
        self.declare_types(&mut source);
        self.declare_kept(&mut source);
        for _ in 0..2 + self.dice.below(2) {
            self.function(Level::Pure, &mut source);
        }
        for _ in 0..1 + self.dice.below(2) {
            self.function(Level::View, &mut source);
        }
        // What is scheduled and proposed is known before it is written.
        let actions: Vec<_> = (0..2 + self.dice.below(2)).map(|_| (self.name("act"), self.fields(3, 2))).collect();
        let proposals: Vec<_> = (0..1).map(|_| (self.name("Prop"), self.fields(2, 1))).collect();
        (self.actions, self.proposals) = (actions.clone(), proposals.clone());
        let mut calls = vec![(Role::Action, "about".to_string(), vec![Type::Proposal])];
        calls.extend(
            [Role::Effect("Hold".into()), Role::Condition("Hold".into())]
                .map(|role| (role, "Hold".into(), vec![Type::Int])),
        );
        for view in self.functions.iter().filter(|function| function.level == Level::View) {
            let types = view.params.iter().map(|(_, ty)| ty.clone()).collect();
            calls.push((Role::View, view.name.clone(), types));
        }
        for (name, params) in actions {
            self.action(&name, &params, &mut source);
            calls.push((Role::Action, name, params.into_iter().map(|(_, ty)| ty).collect()));
        }
        for (name, params) in proposals {
            self.proposal(&name, &params, &mut source);
            let types: Vec<_> = params.into_iter().map(|(_, ty)| ty).collect();
            calls.push((Role::Effect(name.clone()), name.clone(), types.clone()));
            calls.push((Role::Condition(name.clone()), name, types));
        }
        if self.dice.percent(60) {
            self.invariant(&mut source);
        }
        source += &self.more;
        let calls = (0..9).filter_map(|_| self.called(&calls)).collect();
        Document { source, calls }
    }

    fn declare_types(&mut self, source: &mut String) {
        for _ in 0..2 {
            let payloads = self.dice.percent(60);
            let name = self.name("Mood");
            let mut variants = Vec::new();
            for _ in 0..2 + self.dice.below(2) {
                let count = if payloads { self.dice.below(3) } else { 0 };
                let payload: Vec<_> = (0..count).map(|_| self.any_type(1)).collect();
                variants.push((self.name("Is"), payload));
            }
            let written = |(name, payload): &(String, Vec<Type>)| match payload.as_slice() {
                [] => name.clone(),
                payload => format!("{name}({})", payload.iter().map(Type::to_string).collect::<Vec<_>>().join(", ")),
            };
            let all: Vec<_> = variants.iter().map(written).collect();
            writeln!(source, "enum {name} {{ {} }}", all.join(", ")).expect("a text grows");
            self.enums.push((name, variants));
        }
        for _ in 0..2 {
            let name = self.name("Item");
            let mut fields = self.fields(2, 1);
            fields.push((self.name("p"), self.any_type(2)));
            writeln!(source, "record {name} {{ {} }}", Self::written_fields(&fields)).expect("a text grows");
            self.records.push((name, fields));
        }
    }

    fn declare_kept(&mut self, source: &mut String) {
        for at in 0..3 {
            let ty = self.any_type(if at == 0 { 2 } else { 0 });
            let value = self.literal(&ty, true);
            let name = self.name("K");
            if at == 2 {
                writeln!(source, "@param").expect("a text grows");
                self.settable.push((name.clone(), ty.clone()));
            } else {
                self.consts.push((name.clone(), ty.clone()));
            }
            writeln!(source, "const {name}: {ty} = {value};").expect("a text grows");
        }
        let kinds = [
            Type::Int,
            Type::map(Type::Int, self.records.last().map_or(Type::Int, |(name, _)| named(name))),
            Type::map(self.key_type(), self.any_type(1)),
            Type::map(Type::Int, Type::map(Type::Int, Type::list(Type::Int))),
            self.any_type(2),
            Type::list(self.any_type(1)),
            Type::set(self.key_type()),
        ];
        let picked: Vec<_> = kinds.into_iter().filter(|_| self.dice.percent(65)).collect();
        for ty in picked {
            let name = self.name("s");
            let value = match &ty {
                Type::Map(..) if self.dice.percent(50) => "{}".into(),
                Type::List(_) if self.dice.percent(50) => "[]".into(),
                _ => self.literal(&ty, true),
            };
            if matches!(ty, Type::Map(..) | Type::List(_) | Type::Set(_)) {
                writeln!(source, "@max({})", 1 + self.dice.below(5) * 2).expect("a text grows");
            }
            writeln!(source, "state {name}: {ty} = {value};").expect("a text grows");
            self.states.push(Kept { name, ty });
        }
        for _ in 0..2 {
            let (name, fields) = (self.name("Told"), self.fields(3, 2));
            writeln!(source, "event {name}({});", Self::written_fields(&fields)).expect("a text grows");
            self.events.push((name, fields));
        }
        for _ in 0..2 {
            let (name, fields) = (self.name("Wrong"), self.fields(3, 2));
            writeln!(source, "error {name}({});", Self::written_fields(&fields)).expect("a text grows");
            self.errors.push((name, fields));
        }
    }

    /// Begins writing code.
    fn begin(&mut self, level: Level, params: &[(String, Type)], budget: usize) {
        (self.level, self.budget) = (level, budget);
        self.scope =
            params.iter().map(|(name, ty)| Variable { name: name.clone(), ty: ty.clone(), fixed: true }).collect();
    }

    fn function(&mut self, level: Level, source: &mut String) {
        let (params, result) = (self.fields(4, 2), self.any_type(2));
        let name = self.name(if level == Level::Pure { "f" } else { "v" });
        self.begin(level, &params, 40);
        let body = self.returning(&result, 2);
        let word = if level == Level::Pure { "fn" } else { "view" };
        let written = Self::written_fields(&params);
        writeln!(source, "{word} {name}({written}) -> {result} {{\n{body}}}").expect("a text grows");
        self.functions.push(Known { name, params, result, level });
    }

    fn action(&mut self, name: &str, params: &[(String, Type)], source: &mut String) {
        self.begin(Level::Action, params, 70);
        let result = self.dice.percent(40).then(|| self.any_type(2));
        let body = match &result {
            Some(result) => self.returning(result, 4),
            None => self.block(4, 2),
        };
        let signed = if self.dice.percent(30) { "@signed\n" } else { "" };
        let gives = result.map_or(String::new(), |result| format!(" -> {result}"));
        let requires = if self.dice.percent(10) { "run" } else { "vote" };
        let written = Self::written_fields(params);
        writeln!(source, "{signed}action {name}({written}){gives} requires {requires} {{\n{body}}}")
            .expect("a text grows");
    }

    fn proposal(&mut self, name: &str, params: &[(String, Type)], source: &mut String) {
        self.begin(Level::View, params, 12);
        let condition = self.expr(&Type::Bool, 3);
        self.begin(Level::Action, params, 50);
        let body = self.block(3, 2);
        let written = Self::written_fields(params);
        writeln!(
            source,
            "proposal {name}({written}) {{\n  process: opening;\n  requires: {condition};\n  effect {{\n{body}  }}\n}}"
        )
        .expect("a text grows");
    }

    fn invariant(&mut self, source: &mut String) {
        self.begin(Level::View, &[], 14);
        let any = self.expr(&Type::Bool, 3);
        let name = self.name("holds");
        // Most hold most of the time.
        let condition = match self.dice.below(3) {
            0 => any,
            1 => format!("{any} or {}", self.expr(&Type::Bool, 2)),
            _ => format!("not ({any} and is_member(did\"{}\") and balance(till, eur) > 90 eur)", PERSONS[0]),
        };
        writeln!(source, "@max(900000)\ninvariant {name}: {condition};").expect("a text grows");
    }

    fn called(&mut self, known: &[(Role, String, Vec<Type>)]) -> Option<Called> {
        let actions: Vec<_> = known.iter().filter(|(role, ..)| *role != Role::View).cloned().collect();
        // Little happens there.
        let known = if self.dice.percent(80) { known.get(3..).unwrap_or_default() } else { known };
        let acting = self.dice.percent(75);
        let (role, name, types) = self.dice.pick(if acting { &actions } else { known })?;
        let name = if self.dice.percent(1) { "nothing".into() } else { name };
        let caller = match role {
            Role::Effect(_) | Role::Condition(_) => icn_covm_local::economy::ORGANISATION,
            _ => PERSONS[self.dice.below(PERSONS.len())],
        };
        let mut args: Vec<_> = types.iter().map(|ty| self.argument(ty)).collect();
        if let (Some(last), true) = (args.last_mut(), self.dice.percent(2)) {
            *last = Value::Unit;
        }
        Some(Called { role, name, caller, args })
    }
}
