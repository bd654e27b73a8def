//! Values that numbers choose. The smaller the numbers, the simpler the value, so that what `proptest` makes small is simple.

use crate::{chain::Chain, written::CONTENTS};
use icn_ccl::{
    number,
    program::{each_statement, Program},
    schema::Kind,
    sema::{test_cid, test_did},
    types::Type,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Values within values.
const DEPTH_MAX: u32 = 6;

/// Elements of a collection, at most.
const LENGTH_MAX: usize = 3;

/// Numbers that choose, one after the other; when they are used up, always the first.
pub(super) struct Choices<'a>(std::slice::Iter<'a, u32>);

impl<'a> Choices<'a> {
    pub(super) fn new(numbers: &'a [u32]) -> Self {
        Self(numbers.iter())
    }

    /// A number below a bound; 0 if the bound is.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let number = self.0.next().copied().unwrap_or(0) as usize;
        number.checked_rem(bound).unwrap_or(0)
    }

    pub(super) fn of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let at = self.below(all.len());
        all.get(at)
    }
}

/// Values that a document is about: those that it names, from which most bounds are not far.
pub(super) struct Pool {
    ints: Vec<i128>,
    amounts: BTreeMap<String, Vec<i128>>,
    spans: Vec<i64>,
    times: Vec<i64>,
    /// When something comes into force.
    moments: BTreeSet<i64>,
    texts: Vec<String>,
    ratios: Vec<number::Ratio>,
    accounts: Vec<String>,
    names: BTreeMap<Kind, Vec<String>>,
}

const DAY: i64 = 86_400_000;

impl Pool {
    pub(super) fn of(program: &Program) -> Self {
        let mut found: BTreeSet<(Type, Value)> = BTreeSet::new();
        for constant in &program.consts {
            found.insert((constant.ty.clone(), constant.value.clone()));
        }
        for function in &program.functions {
            each_statement(&function.body, &mut |statement| {
                statement.kind.walk_exprs(&mut |expr| {
                    if let icn_ccl::program::ExprKind::Value(value) = &expr.kind {
                        found.insert((expr.ty.clone(), value.clone()));
                    }
                });
            });
        }
        let mut pool = Self {
            ints: vec![0, 1, 2, 3],
            amounts: BTreeMap::new(),
            spans: vec![1_000, 3_600_000, DAY, 7 * DAY, 30 * DAY, 365 * DAY],
            times: Vec::new(),
            moments: program.functions.iter().filter_map(|function| function.in_force.effective).collect(),
            texts: vec![String::new(), "a".into(), "b".into()],
            ratios: vec![(0, 1), (1, 2), (1, 1)],
            accounts: Vec::new(),
            names: BTreeMap::new(),
        };
        for resource in program.decls_of(Kind::Resource) {
            let decimals = resource.settings.int("decimals").and_then(|decimals| u32::try_from(decimals).ok());
            let whole = 10i128.checked_pow(decimals.unwrap_or(0)).unwrap_or(1);
            pool.amounts.insert(resource.name.clone(), vec![0, 1, whole, whole.saturating_mul(100)]);
        }
        for (ty, value) in found {
            match (ty, value) {
                (Type::Int, Value::Int(number)) => pool.ints.push(number),
                (Type::Amount(resource), Value::Int(number)) => pool.amounts.entry(resource).or_default().push(number),
                (Type::Duration, Value::Millis(span)) => pool.spans.push(span),
                (Type::Time, Value::Millis(time)) => pool.times.push(time),
                (Type::Text, Value::Text(text)) => pool.texts.push(text),
                (Type::Ratio, Value::Ratio(numerator, denominator)) => pool.ratios.push((numerator, denominator)),
                _ => {}
            }
        }
        for (kind, prefix) in [(Kind::Treasury, "treasury"), (Kind::Budget, "budget")] {
            pool.accounts.extend(program.decls_of(kind).map(|decl| format!("{prefix}:{}", decl.name)));
        }
        for kind in [Kind::Role, Kind::Class, Kind::Body, Kind::Process] {
            pool.names.insert(kind, program.decls_of(kind).map(|decl| decl.name.clone()).collect());
        }
        pool
    }

    /// The next time at which something comes into force.
    pub(super) fn moment_after(&self, now: i64) -> Option<i64> {
        self.moments.range(now.checked_add(1)?..).next().copied()
    }

    /// A span of time.
    pub(super) fn span(&self, choices: &mut Choices<'_>) -> i64 {
        choices.of(&self.spans).copied().unwrap_or(DAY)
    }

    /// A value of a type; none if there is nothing to choose from.
    pub(super) fn value(&self, ty: &Type, chain: &Chain, choices: &mut Choices<'_>) -> Option<Value> {
        self.within(ty, chain, choices, 0)
    }

    fn within(&self, ty: &Type, chain: &Chain, choices: &mut Choices<'_>, depth: u32) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        // What the code keeps under is what it most likely asks for.
        if ty.is_key(chain.types()) && choices.below(4) == 1 {
            let kept = keys(ty, chain);
            if let Some(key) = choices.of(&kept) {
                return Some(key.clone());
            }
        }
        let name = |kind: Kind, choices: &mut Choices<'_>| {
            choices.of(self.names.get(&kind)?).map(|name| Value::Text(name.clone()))
        };
        let did = |choices: &mut Choices<'_>| choices.of(&super::PERSONS).map(|name| Value::Text(test_did(name)));
        let many = |of: &Type, choices: &mut Choices<'_>| {
            let length = choices.below(LENGTH_MAX + 1);
            (0..length).map(|_| self.within(of, chain, choices, depth + 1)).collect::<Option<Vec<_>>>()
        };
        Some(match ty {
            Type::Bool => Value::Bool(choices.below(2) == 1),
            Type::Int => Value::Int(near(*choices.of(&self.ints)?, choices)),
            Type::Amount(resource) => Value::Int(near(*choices.of(self.amounts.get(resource)?)?, choices).max(0)),
            Type::Ratio => {
                choices.of(&self.ratios).map(|(numerator, denominator)| Value::Ratio(*numerator, *denominator))?
            }
            Type::Text => Value::Text(choices.of(&self.texts)?.clone()),
            Type::Bytes => Value::Bytes(vec![0; choices.below(4)]),
            Type::Time => {
                let times = self.times.len();
                let at = choices.below(times + 2 * self.spans.len() + 1);
                match (self.times.get(at), self.spans.get(at.saturating_sub(times) / 2)) {
                    (Some(time), _) => Value::Millis(*time),
                    (None, Some(span)) if (at - times).is_multiple_of(2) => {
                        Value::Millis(chain.now().saturating_add(*span))
                    }
                    (None, Some(span)) => Value::Millis(chain.now().saturating_sub(*span)),
                    (None, None) => Value::Millis(chain.now()),
                }
            }
            Type::Duration => Value::Millis(self.span(choices)),
            Type::Did => did(choices)?,
            Type::Account => match choices.of(&self.accounts) {
                Some(account) if choices.below(2) == 0 => Value::Text(account.clone()),
                _ => did(choices)?,
            },
            Type::Cid => Value::Bytes(test_cid(choices.of(&CONTENTS)?).to_bytes()),
            Type::Role => name(Kind::Role, choices)?,
            Type::Class => name(Kind::Class, choices)?,
            Type::Body => name(Kind::Body, choices)?,
            Type::Process => name(Kind::Process, choices)?,
            Type::List(of) => Value::List(many(of, choices)?),
            Type::Set(of) => {
                let values: BTreeSet<Value> = many(of, choices)?.into_iter().collect();
                Value::Set(values.into_iter().collect())
            }
            Type::Map(key, of) => {
                let keys: BTreeSet<Value> = many(key, choices)?.into_iter().collect();
                let entry = |key| Some((key, self.within(of, chain, choices, depth + 1)?));
                Value::Map(keys.into_iter().map(entry).collect::<Option<_>>()?)
            }
            Type::Option(of) => match choices.below(3) {
                0 => Value::Option(None),
                _ => Value::Option(Some(Box::new(self.within(of, chain, choices, depth + 1)?))),
            },
            Type::Named(_) => match chain.types().variants(ty) {
                Some(variants) => {
                    let at = choices.below(variants.len());
                    let payload = variants.get(at)?.payload.iter();
                    let payload =
                        payload.map(|ty| self.within(ty, chain, choices, depth + 1)).collect::<Option<_>>()?;
                    Value::Variant(u32::try_from(at).ok()?, payload)
                }
                None => {
                    let fields = chain.types().fields(ty)?;
                    let values = fields.iter().map(|field| self.within(&field.ty, chain, choices, depth + 1));
                    Value::Record(values.collect::<Option<_>>()?)
                }
            },
            // Nobody outside makes one of these.
            Type::Unknown | Type::Unit | Type::Exact(_) | Type::Proposal | Type::BudgetStatus(_) => return None,
        })
    }
}

/// A number, or one beside it, or twice it.
fn near(number: i128, choices: &mut Choices<'_>) -> i128 {
    match choices.below(6) {
        1 => number.saturating_add(1),
        2 => number.saturating_sub(1),
        3 => number.saturating_mul(2),
        _ => number,
    }
}

/// Keys of a type under which the code keeps something.
fn keys(ty: &Type, chain: &Chain) -> Vec<Value> {
    let mut keys = BTreeSet::new();
    for (at, state) in chain.manifest().states.iter().enumerate() {
        if matches!(&state.ty, Type::Map(key, _) if **key == *ty) {
            keys.extend(chain.storage().keys(at).unwrap_or_default());
        }
    }
    keys.into_iter().collect()
}
