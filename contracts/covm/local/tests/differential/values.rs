//! Values of the evaluator: numbers without bounds, collections of the standard library, and how they are written.

use icn_ccl::{
    types::{Type, Types},
    value::Value,
};
use icn_covm_local::Failure;
use num_bigint::BigInt;
use num_rational::BigRational;
use std::collections::{BTreeMap, BTreeSet};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum V {
    Unit,
    Bool(bool),
    /// `Int` and `Amount`.
    Int(BigInt),
    /// `Time` and `Duration`.
    Millis(BigInt),
    /// `Ratio` and `Exact`.
    Ratio(BigRational),
    Text(String),
    Bytes(Vec<u8>),
    Option(Option<Box<V>>),
    List(Vec<V>),
    Set(BTreeSet<V>),
    Map(BTreeMap<V, V>),
    Record(Vec<V>),
    Variant(u32, Vec<V>),
}

pub(crate) type Res<T> = Result<T, Failure>;

/// A whole number of 128 bits.
pub(crate) fn int(number: BigInt) -> Res<V> {
    match i128::try_from(&number) {
        Ok(_) => Ok(V::Int(number)),
        Err(_) => Err(Failure::Overflow),
    }
}

/// Milliseconds of 64 bits.
pub(crate) fn millis(number: BigInt) -> Res<V> {
    match i64::try_from(&number) {
        Ok(_) => Ok(V::Millis(number)),
        Err(_) => Err(Failure::Overflow),
    }
}

/// A ratio whose terms have 128 bits.
pub(crate) fn ratio(number: BigRational) -> Res<V> {
    match (i128::try_from(number.numer()), i128::try_from(number.denom())) {
        (Ok(_), Ok(_)) => Ok(V::Ratio(number)),
        _ => Err(Failure::Overflow),
    }
}

impl V {
    pub(crate) fn of(value: &Value) -> Self {
        let all = |values: &[Value]| values.iter().map(Self::of).collect::<Vec<_>>();
        match value {
            Value::Unit => Self::Unit,
            Value::Bool(yes) => Self::Bool(*yes),
            Value::Int(number) => Self::Int((*number).into()),
            Value::Millis(number) => Self::Millis((*number).into()),
            Value::Ratio(a, b) => Self::Ratio(BigRational::new((*a).into(), (*b).into())),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Value::Option(value) => Self::Option(value.as_ref().map(|value| Box::new(Self::of(value)))),
            Value::List(values) => Self::List(all(values)),
            Value::Set(values) => Self::Set(all(values).into_iter().collect()),
            Value::Map(entries) => Self::Map(entries.iter().map(|(k, v)| (Self::of(k), Self::of(v))).collect()),
            Value::Record(values) => Self::Record(all(values)),
            Value::Variant(index, values) => Self::Variant(*index, all(values)),
        }
    }

    pub(crate) fn value(&self) -> Value {
        let all = |values: &mut dyn Iterator<Item = &Self>| values.map(Self::value).collect::<Vec<_>>();
        let number = |number: &BigInt| i128::try_from(number).expect("numbers fit when they are made");
        match self {
            Self::Unit => Value::Unit,
            Self::Bool(yes) => Value::Bool(*yes),
            Self::Int(of) => Value::Int(number(of)),
            Self::Millis(of) => Value::Millis(i64::try_from(of).expect("numbers fit when they are made")),
            Self::Ratio(of) => Value::Ratio(number(of.numer()), number(of.denom())),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Self::Option(value) => Value::Option(value.as_ref().map(|value| Box::new(value.value()))),
            Self::List(values) => Value::List(all(&mut values.iter())),
            Self::Set(values) => Value::Set(all(&mut values.iter())),
            Self::Map(entries) => Value::Map(entries.iter().map(|(k, v)| (k.value(), v.value())).collect()),
            Self::Record(values) => Value::Record(all(&mut values.iter())),
            Self::Variant(index, values) => Value::Variant(*index, all(&mut values.iter())),
        }
    }

    /// The elements of a collection, in its order; of a map its keys.
    pub(crate) fn elements(&self) -> Vec<Self> {
        match self {
            Self::List(values) => values.clone(),
            Self::Set(values) => values.iter().cloned().collect(),
            Self::Map(entries) => entries.keys().cloned().collect(),
            other => panic!("no collection: {other:?}"),
        }
    }

    pub(crate) fn bool(&self) -> bool {
        match self {
            Self::Bool(yes) => *yes,
            other => panic!("no truth value: {other:?}"),
        }
    }

    pub(crate) fn int(&self) -> &BigInt {
        match self {
            Self::Int(number) => number,
            other => panic!("no whole number: {other:?}"),
        }
    }

    /// A number as a fraction.
    pub(crate) fn fraction(&self) -> BigRational {
        match self {
            Self::Int(number) => BigRational::from(number.clone()),
            Self::Ratio(number) => number.clone(),
            other => panic!("no number: {other:?}"),
        }
    }
}

/// A value in letters.
pub(crate) fn text(value: &V, ty: &Type, types: &Types, decimals: &dyn Fn(&str) -> u32) -> String {
    let inner = |value: &V, ty: &Type| text(value, ty, types, decimals);
    let all = |values: &mut dyn Iterator<Item = &V>, of: &Type| {
        values.map(|value| inner(value, of)).collect::<Vec<_>>().join(", ")
    };
    match (value, ty) {
        (V::Bool(yes), _) => format!("{yes}"),
        (V::Int(number), Type::Amount(resource)) => {
            let scale = decimals(resource) as usize;
            let sign = if *number < BigInt::from(0) { "-" } else { "" };
            let mut digits = number.magnitude().to_string();
            while digits.len() <= scale {
                digits.insert(0, '0');
            }
            if scale > 0 {
                digits.insert(digits.len() - scale, '.');
            }
            format!("{sign}{digits} {resource}")
        }
        (V::Int(number), _) => number.to_string(),
        (V::Millis(number), Type::Duration) => duration(number),
        (V::Millis(number), _) => moment(number),
        (V::Ratio(number), _) => format!("{}/{}", number.numer(), number.denom()),
        (V::Text(text), _) => text.clone(),
        (V::Bytes(bytes), Type::Cid | Type::Proposal) => {
            ipld_core::cid::Cid::try_from(bytes.as_slice()).expect("CIDs are whole").to_string()
        }
        (V::Bytes(bytes), _) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        (V::Option(None), _) => "none".into(),
        (V::Option(Some(value)), Type::Option(of)) => format!("some({})", inner(value, of)),
        (V::List(values), Type::List(of)) => format!("[{}]", all(&mut values.iter(), of)),
        (V::Set(values), Type::Set(of)) => format!("set([{}])", all(&mut values.iter(), of)),
        (V::Map(entries), Type::Map(k, v)) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| format!("{}: {}", inner(key, k), inner(value, v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        (V::Record(values), ty) => {
            let fields = types.fields(ty).expect("a record has fields");
            let parts: Vec<_> = fields
                .iter()
                .zip(values)
                .map(|(field, value)| format!("{}: {}", field.name, inner(value, &field.ty)))
                .collect();
            format!("{ty} {{ {} }}", parts.join(", "))
        }
        (V::Variant(index, values), ty) => {
            let variant = &types.variants(ty).expect("an enum has variants")[*index as usize];
            let parts: Vec<_> = values.iter().zip(&variant.payload).map(|(value, ty)| inner(value, ty)).collect();
            match parts.as_slice() {
                [] => format!("{ty}.{}", variant.name),
                parts => format!("{ty}.{}({})", variant.name, parts.join(", ")),
            }
        }
        (value, ty) => panic!("{value:?} is no {ty}"),
    }
}

fn duration(number: &BigInt) -> String {
    let sign = if *number < BigInt::from(0) { "-" } else { "" };
    let mut left = number.magnitude().clone();
    let mut written = String::new();
    for (unit, size) in
        [("w", 604_800_000u32), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
    {
        let count = &left / size;
        left %= size;
        if count != 0u32.into() {
            written += &format!("{count}{unit}");
        }
    }
    if written.is_empty() {
        written = "0s".into();
    }
    format!("{sign}{written}")
}

/// Counted year by year and month by month from the beginning of a cycle of 400 years.
fn moment(number: &BigInt) -> String {
    let number = i64::try_from(number).expect("moments fit");
    let (day, clock) = (number.div_euclid(86_400_000), number.rem_euclid(86_400_000));
    let (cycle, mut left) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let mut year = 1970 + cycle * 400;
    let leap = |year: i64| year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    while left >= 365 + i64::from(leap(year)) {
        left -= 365 + i64::from(leap(year));
        year += 1;
    }
    let months = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while left >= months[month] {
        left -= months[month];
        month += 1;
    }
    let (hours, minutes, seconds, rest) = (clock / 3_600_000, clock / 60_000 % 60, clock / 1000 % 60, clock % 1000);
    let rest = if rest == 0 { String::new() } else { format!(".{rest:03}") };
    format!("{year:04}-{:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}{rest}Z", month + 1, left + 1)
}
