//! Literals, and arguments of calls.

use super::{Generator, CONTENT, PERSONS};
use icn_ccl::{types::Type, value::Value};

const TIMES: [&str; 4] =
    ["2026-01-01T00:00:00Z", "2026-06-30T12:30:00.250Z", "2027-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"];
const SPANS: [&str; 7] = ["0s", "1s", "5m", "12h", "1d", "1w2d3h4m5s", "15000000w"];
const TEXTS: [&str; 5] = ["", "a", "bread", "Österreich", "a \\\"quoted\\\" word"];
const SHARES: [&str; 7] = ["0.5", "50%", "33.3%", "0.0", "12.5%", "3.75", "1.0"];
const BIG: [i128; 8] = [
    i128::MAX,
    i128::MAX - 1,
    i128::MAX / 3,
    1 << 64,
    (1 << 64) - 1,
    1 << 63,
    u64::MAX as i128 * 5,
    10_000_000_000_000_000_000_000_000,
];

impl Generator {
    fn number(&mut self) -> i128 {
        match self.dice.below(20) {
            0 => BIG[self.dice.below(BIG.len())],
            1 => -BIG[self.dice.below(BIG.len())],
            2 => 0,
            3 | 4 => -(self.dice.below(9) as i128),
            5 => self.dice.below(100_000) as i128,
            _ => self.dice.below(7) as i128,
        }
    }

    fn whole(&mut self) -> String {
        let number = self.number();
        if number < 0 {
            format!("({number})")
        } else {
            format!("{number}")
        }
    }

    /// A literal of a type; one that needs to be told its type stands only where it is known.
    pub(super) fn literal(&mut self, ty: &Type, hinted: bool) -> String {
        match ty {
            Type::Bool => ["true", "false"][self.dice.below(2)].into(),
            Type::Int => self.whole(),
            Type::Ratio if hinted && self.dice.percent(20) => ["0", "1"][self.dice.below(2)].into(),
            Type::Ratio => SHARES[self.dice.below(SHARES.len())].into(),
            Type::Text => format!("\"{}\"", TEXTS[self.dice.below(TEXTS.len())]),
            Type::Time => format!("time\"{}\"", TIMES[self.dice.below(TIMES.len())]),
            Type::Duration => SPANS[self.dice.below(SPANS.len())].into(),
            Type::Did => format!("did\"{}\"", PERSONS[self.dice.below(PERSONS.len())]),
            Type::Cid => format!("cid\"{}\"", CONTENT[self.dice.below(CONTENT.len())]),
            Type::Class => ["worker", "guest"][self.dice.below(2)].into(),
            Type::Role => ["member", "clerk", "holder"][self.dice.below(3)].into(),
            Type::Process => "opening".into(),
            Type::Body => "everyone".into(),
            Type::Account if self.dice.percent(50) => ["till", "pb"][self.dice.below(2)].into(),
            Type::Account => self.literal(&Type::Did, true),
            Type::Amount(resource) => {
                let cents = if resource == "eur" && self.dice.percent(40) { ".25" } else { "" };
                let sign = if self.dice.percent(10) { "-" } else { "" };
                let number = match self.dice.below(12) {
                    0 => 0,
                    1 => i128::MAX / 300,
                    2 | 3 => self.dice.below(2000) as i128,
                    _ => self.dice.below(9) as i128,
                };
                format!("({sign}{number}{cents} {resource})")
            }
            Type::Exact(resource) => {
                let (amount, share) = (self.literal(&Type::amount(resource), true), self.literal(&Type::Ratio, false));
                format!("({amount} * {share})")
            }
            Type::List(of) => {
                let least = usize::from(!hinted);
                let count = least + self.dice.below(4 - least);
                let items: Vec<_> = (0..count).map(|at| self.literal(of, hinted || at > 0)).collect();
                format!("[{}]", items.join(", "))
            }
            Type::Set(of) => {
                let count = 1 + self.dice.below(3);
                let items: Vec<_> = (0..count).map(|_| self.literal(of, false)).collect();
                format!("set([{}])", items.join(", "))
            }
            Type::Map(key, of) => {
                let least = usize::from(!hinted);
                let count = least + self.dice.below(4 - least);
                let entry = |at: usize| {
                    let (key, value) = (self.literal(key, hinted || at > 0), self.literal(of, hinted || at > 0));
                    format!("{key}: {value}")
                };
                let entries: Vec<_> = (0..count).map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Type::Option(_) if hinted && self.dice.percent(35) => "none".into(),
            Type::Option(of) => format!("some({})", self.literal(of, hinted)),
            Type::Named(name) => match self.record_fields(name) {
                Some(fields) => {
                    let fields: Vec<_> =
                        fields.iter().map(|(field, ty)| format!("{field}: {}", self.literal(ty, true))).collect();
                    format!("{name} {{ {} }}", fields.join(", "))
                }
                None => {
                    let variants = self.variants(name);
                    let (variant, payload) = self.dice.pick(&variants).expect("an enum has variants");
                    let parts: Vec<_> = payload.iter().map(|ty| self.literal(ty, true)).collect();
                    match parts.as_slice() {
                        [] => format!("{name}.{variant}"),
                        parts => format!("{name}.{variant}({})", parts.join(", ")),
                    }
                }
            },
            other => panic!("there is no literal of {other}"),
        }
    }

    pub(super) fn record_fields(&self, name: &str) -> Option<Vec<(String, Type)>> {
        self.records.iter().find(|(record, _)| record == name).map(|(_, fields)| fields.clone())
    }

    pub(super) fn variants(&self, name: &str) -> Vec<(String, Vec<Type>)> {
        self.enums.iter().find(|(of, _)| of == name).map(|(_, variants)| variants.clone()).unwrap_or_default()
    }

    /// An argument of a type.
    pub(super) fn argument(&mut self, ty: &Type) -> Value {
        match ty {
            Type::Bool => Value::Bool(self.dice.percent(50)),
            Type::Int => Value::Int(self.number()),
            Type::Amount(_) => Value::Int(match self.dice.below(20) {
                0 => -5,
                1 => i128::MAX / 7,
                _ => self.dice.below(2000) as i128,
            }),
            Type::Ratio => {
                let (a, b) = (self.number(), 1 + self.dice.below(6) as i128);
                let (a, b) = icn_ccl::number::reduced(a, b).unwrap_or((1, 2));
                Value::Ratio(a, b)
            }
            Type::Text => Value::Text(["", "a", "bread", "ß"][self.dice.below(4)].into()),
            Type::Time => Value::Millis([1_767_225_600_000, 0, -1, i64::MAX, i64::MIN][self.dice.below(5)]),
            Type::Duration => Value::Millis([0, 1, -1, 86_400_000, 1_000, i64::MAX, i64::MIN][self.dice.below(7)]),
            Type::Did => Value::Text(PERSONS[self.dice.below(PERSONS.len())].into()),
            Type::Proposal if self.dice.percent(70) => Value::Bytes(icn_covm_local::Chain::proposal_cid(1)),
            Type::Cid | Type::Proposal => {
                let cid = ipld_core::cid::Cid::try_from(CONTENT[self.dice.below(CONTENT.len())]);
                Value::Bytes(cid.expect("content is named by CIDs").to_bytes())
            }
            Type::List(of) => Value::List((0..self.dice.below(4)).map(|_| self.argument(of)).collect()),
            Type::Set(of) => {
                let values: std::collections::BTreeSet<_> =
                    (0..self.dice.below(4)).map(|_| self.argument(of)).collect();
                Value::Set(values.into_iter().collect())
            }
            Type::Map(key, of) => {
                let entries: std::collections::BTreeMap<_, _> =
                    (0..self.dice.below(4)).map(|_| (self.argument(key), self.argument(of))).collect();
                Value::Map(entries.into_iter().collect())
            }
            Type::Option(of) => Value::Option(self.dice.percent(60).then(|| Box::new(self.argument(of)))),
            Type::Named(name) => match self.record_fields(name) {
                Some(fields) => Value::Record(fields.iter().map(|(_, ty)| self.argument(ty)).collect()),
                None => {
                    let variants = self.variants(name);
                    let at = self.dice.below(variants.len());
                    let payload = variants[at].1.iter().map(|ty| self.argument(ty)).collect();
                    Value::Variant(at as u32, payload)
                }
            },
            other => panic!("there is no argument of {other}"),
        }
    }
}
