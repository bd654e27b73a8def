//! The values of one call: handles, and the operations on them.

use crate::outcome::Failure;
use icn_ccl::{
    number,
    types::{Type, Types},
    value::Value,
};
use icn_covm::{Guest, Stop, TrapReason};
use std::{cmp::Ordering, collections::BTreeMap};

/// Bytes of all values of a call.
const BYTES_MAX: usize = 16 << 20;

/// Handles of a call.
const HANDLES_MAX: usize = 1 << 20;

/// Values within values.
const DEPTH_MAX: usize = 64;

/// Bytes of a value that are copied for one unit of fuel.
const BYTES_PER_FUEL: usize = 16;

/// The handles of a call, and the values pushed for the next collection.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    values: Vec<Value>,
    stack: Vec<Value>,
    bytes: usize,
}

pub(crate) fn fail<T>(failure: Failure) -> Result<T, Stop> {
    Err(Stop::host(failure))
}

/// What only a module that no compiler made does.
pub(crate) fn misuse<T>() -> Result<T, Stop> {
    Err(Stop::Trap(TrapReason::Unreachable))
}

impl Arena {
    /// A handle for a value; it is paid for by its size.
    pub(crate) fn put(&mut self, value: Value, guest: &mut dyn Guest) -> Result<u64, Stop> {
        let size = value.size();
        guest.charge((size / BYTES_PER_FUEL) as u64)?;
        self.bytes += size;
        if self.bytes > BYTES_MAX || self.values.len() >= HANDLES_MAX {
            return Err(Stop::Trap(TrapReason::OutOfMemory));
        }
        self.values.push(value);
        // 0 is no handle.
        Ok(self.values.len() as u64)
    }

    /// The value of a handle.
    pub(crate) fn get(&self, handle: u64) -> Result<&Value, Stop> {
        let place = usize::try_from(handle).ok().and_then(|handle| handle.checked_sub(1));
        place.and_then(|place| self.values.get(place)).map_or_else(misuse, Ok)
    }

    /// Puts a value on the stack that collections are built from.
    pub(crate) fn push(&mut self, handle: u64, guest: &mut dyn Guest) -> Result<(), Stop> {
        let value = self.get(handle)?.clone();
        let size = value.size();
        guest.charge((size / BYTES_PER_FUEL) as u64)?;
        self.bytes += size;
        if self.bytes > BYTES_MAX || self.stack.len() >= HANDLES_MAX {
            return Err(Stop::Trap(TrapReason::OutOfMemory));
        }
        self.stack.push(value);
        Ok(())
    }

    /// The last values pushed.
    pub(crate) fn pop(&mut self, count: u64) -> Result<Vec<Value>, Stop> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let Some(from) = self.stack.len().checked_sub(count) else { return misuse() };
        let values = self.stack.split_off(from);
        if values.iter().any(|value| depth(value) >= DEPTH_MAX) {
            return Err(Stop::Trap(TrapReason::OutOfMemory));
        }
        Ok(values)
    }

    pub(crate) fn int(&self, handle: u64) -> Result<i128, Stop> {
        match self.get(handle)? {
            Value::Int(number) => Ok(*number),
            _ => misuse(),
        }
    }

    pub(crate) fn millis(&self, handle: u64) -> Result<i64, Stop> {
        match self.get(handle)? {
            Value::Millis(millis) => Ok(*millis),
            _ => misuse(),
        }
    }

    pub(crate) fn bool(&self, handle: u64) -> Result<bool, Stop> {
        match self.get(handle)? {
            Value::Bool(yes) => Ok(*yes),
            _ => misuse(),
        }
    }

    pub(crate) fn text(&self, handle: u64) -> Result<&str, Stop> {
        match self.get(handle)? {
            Value::Text(text) => Ok(text),
            _ => misuse(),
        }
    }

    pub(crate) fn bytes(&self, handle: u64) -> Result<&[u8], Stop> {
        match self.get(handle)? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => misuse(),
        }
    }

    pub(crate) fn ratio(&self, handle: u64) -> Result<number::Ratio, Stop> {
        match self.get(handle)? {
            Value::Ratio(numerator, denominator) => Ok((*numerator, *denominator)),
            _ => misuse(),
        }
    }

    pub(crate) fn map(&self, handle: u64) -> Result<&[(Value, Value)], Stop> {
        match self.get(handle)? {
            Value::Map(entries) => Ok(entries),
            _ => misuse(),
        }
    }

    pub(crate) fn list(&self, handle: u64) -> Result<&[Value], Stop> {
        match self.get(handle)? {
            Value::List(values) | Value::Set(values) => Ok(values),
            _ => misuse(),
        }
    }
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Option(Some(value)) => depth(value),
        Value::List(values) | Value::Set(values) | Value::Record(values) | Value::Variant(_, values) => {
            values.iter().map(depth).max().unwrap_or(0)
        }
        Value::Map(entries) => entries.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0),
        _ => 0,
    };
    inner + 1
}

/// A map of pairs; of one key the last holds.
pub(crate) fn map_of(values: Vec<Value>) -> Value {
    let mut entries = BTreeMap::new();
    let mut rest = values.into_iter();
    while let (Some(key), Some(value)) = (rest.next(), rest.next()) {
        entries.insert(key, value);
    }
    Value::Map(entries.into_iter().collect())
}

/// The value of a key.
pub(crate) fn find<'a>(entries: &'a [(Value, Value)], key: &Value) -> Result<&'a Value, usize> {
    let found = entries.binary_search_by(|(known, _)| known.cmp(key));
    found.and_then(|at| entries.get(at).map(|(_, value)| value).ok_or(at))
}

/// The order of numbers, moments and ratios.
pub(crate) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Ratio(a, b), Value::Ratio(c, d)) => number::compare((*a, *b), (*c, *d)),
        (a, b) => a.cmp(b),
    }
}

/// A value in letters, as members write it.
pub fn show(value: &Value, ty: &Type, types: &Types, decimals: &dyn Fn(&str) -> u32) -> String {
    show_by(&|_, _| None, value, ty, types, decimals)
}

/// The same, but what `own` has its own letters for, on its own or within another value.
pub(crate) fn show_by(
    own: &dyn Fn(&Value, &Type) -> Option<String>,
    value: &Value,
    ty: &Type,
    types: &Types,
    decimals: &dyn Fn(&str) -> u32,
) -> String {
    if let Some(text) = own(value, ty) {
        return text;
    }
    let inner = |value: &Value, ty: &Type| show_by(own, value, ty, types, decimals);
    let all = |values: &[Value], ty: &Type| values.iter().map(|value| inner(value, ty)).collect::<Vec<_>>().join(", ");
    match (value, ty) {
        (Value::Unit, _) => "nothing".into(),
        (Value::Bool(yes), _) => yes.to_string(),
        (Value::Int(number), Type::Amount(resource)) => format!("{} {resource}", scaled(*number, decimals(resource))),
        (Value::Int(number), _) => number.to_string(),
        (Value::Millis(millis), Type::Duration) => span(*millis),
        (Value::Millis(millis), _) => moment(*millis),
        (Value::Ratio(numerator, denominator), _) => format!("{numerator}/{denominator}"),
        (Value::Text(text), _) => text.clone(),
        (Value::Bytes(bytes), Type::Cid | Type::Proposal) => {
            ipld_core::cid::Cid::try_from(bytes.as_slice()).map_or_else(|_| "no CID".into(), |cid| cid.to_string())
        }
        (Value::Bytes(bytes), _) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        (Value::Option(None), _) => "none".into(),
        (Value::Option(Some(value)), Type::Option(of)) => format!("some({})", inner(value, of)),
        (Value::List(values), Type::List(of)) => format!("[{}]", all(values, of)),
        (Value::Set(values), Type::Set(of)) => format!("set([{}])", all(values, of)),
        (Value::Map(entries), Type::Map(key, of)) => {
            let entry = |(k, v): &(Value, Value)| format!("{}: {}", inner(k, key), inner(v, of));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        (Value::Record(values), ty) => {
            let fields = types.fields(ty).unwrap_or_default();
            let field = |(field, value): (&icn_ccl::types::FieldDef, &Value)| {
                format!("{}: {}", field.name, inner(value, &field.ty))
            };
            format!("{ty} {{ {} }}", fields.iter().zip(values).map(field).collect::<Vec<_>>().join(", "))
        }
        (Value::Variant(index, payload), ty) => {
            let variant = types.variants(ty).and_then(|variants| variants.get(*index as usize));
            let Some(variant) = variant else { return "?".into() };
            let name = format!("{ty}.{}", variant.name);
            if payload.is_empty() {
                return name;
            }
            let parts = payload.iter().zip(&variant.payload).map(|(value, ty)| inner(value, ty));
            format!("{name}({})", parts.collect::<Vec<_>>().join(", "))
        }
        _ => "?".into(),
    }
}

/// A number with the point at its place.
fn scaled(number: i128, decimals: u32) -> String {
    if decimals == 0 {
        return number.to_string();
    }
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = decimals as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals as usize);
    format!("{}{whole}.{part}", if number < 0 { "-" } else { "" })
}

/// A span of time as it is written.
fn span(millis: i64) -> String {
    let mut rest = millis.unsigned_abs();
    let mut text = String::from(if millis < 0 { "-" } else { "" });
    for (unit, size) in [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if rest >= size {
            text += &format!("{}{unit}", rest / size);
            rest %= size;
        }
    }
    match (text.trim_start_matches('-').is_empty(), rest) {
        (true, 0) => "0s".into(),
        (_, 0) => text,
        (_, rest) => format!("{text}{rest}ms"),
    }
}

/// A moment as RFC 3339 writes it. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub(crate) fn moment(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    let fraction = match rest % 1_000 {
        0 => String::new(),
        part => format!(".{part:03}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}
