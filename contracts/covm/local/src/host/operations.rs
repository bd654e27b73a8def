//! Operations on values, states and the call.

use super::{one, wide, Call, Given, NOTHING};
use crate::{
    outcome::Failure,
    values::{fail, find, map_of, misuse, show},
};
use icn_ccl::{
    abi::Operation as O,
    number::{self, Rounding},
    types::Type,
    value::Value,
};
use icn_covm::{Guest, Stop};

/// Units of fuel for each entry that is looked at.
const PER_ENTRY: u64 = 2;

fn int(low: u64, high: u64) -> i128 {
    i128::from(high as i64) << 64 | i128::from(low)
}

fn place(word: u64) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}

fn overflow<T>(value: Option<T>) -> Result<T, Stop> {
    value.map_or_else(|| fail(Failure::Overflow), Ok)
}

fn present<T>(value: Option<T>) -> Result<T, Stop> {
    value.map_or_else(|| fail(Failure::KeyMissing), Ok)
}

impl Call<'_> {
    pub(super) fn operation(&mut self, operation: O, args: &[u64], guest: &mut dyn Guest) -> Result<Given, Stop> {
        let a = |at: usize| args.get(at).copied().unwrap_or(0);
        match operation {
            O::Constant => {
                let Some(constant) = self.loaded.constants.get(place(a(0))).cloned() else { return misuse() };
                self.give(constant, guest)
            }
            O::Int => self.give(Value::Int(int(a(0), a(1))), guest),
            O::IntOf => self.arena.int(a(0)).map(wide),
            O::Millis => self.give(Value::Millis(a(0) as i64), guest),
            O::MillisOf => self.arena.millis(a(0)).map(|millis| one(millis as u64)),
            O::Bool => self.give(Value::Bool(a(0) != 0), guest),
            O::BoolOf => self.arena.bool(a(0)).map(|yes| one(yes.into())),
            O::Push => self.arena.push(a(0), guest).map(|()| NOTHING),
            O::List => {
                let values = self.arena.pop(a(0))?;
                self.give(Value::List(values), guest)
            }
            O::Map => {
                let values = self.arena.pop(a(0).saturating_mul(2))?;
                guest.charge(PER_ENTRY * values.len() as u64)?;
                self.give(map_of(values), guest)
            }
            O::Record => {
                let values = self.arena.pop(a(0))?;
                self.give(Value::Record(values), guest)
            }
            O::Variant => {
                let payload = self.arena.pop(a(1))?;
                self.give(Value::Variant(a(0) as u32, payload), guest)
            }
            O::Some => {
                let value = self.arena.get(a(0))?.clone();
                self.give(Value::some(value), guest)
            }
            O::Unwrap => {
                let value = match self.arena.get(a(0))? {
                    Value::Option(value) => present(value.as_deref().cloned())?,
                    _ => return misuse(),
                };
                self.give(value, guest)
            }
            O::HasValue => match self.arena.get(a(0))? {
                Value::Option(value) => Ok(one(value.is_some().into())),
                _ => misuse(),
            },
            O::Tag => match self.arena.get(a(0))? {
                Value::Variant(tag, _) => Ok(one((*tag).into())),
                _ => misuse(),
            },
            O::Payload | O::Field => {
                let part = match self.arena.get(a(0))? {
                    Value::Variant(_, parts) if operation == O::Payload => parts.get(place(a(1))).cloned(),
                    Value::Record(parts) if operation == O::Field => parts.get(place(a(1))).cloned(),
                    _ => None,
                };
                match part {
                    Some(part) => self.give(part, guest),
                    None => misuse(),
                }
            }
            O::PutField => {
                let (mut whole, part) = (self.arena.get(a(0))?.clone(), self.arena.get(a(2))?.clone());
                match &mut whole {
                    Value::Record(parts) => match parts.get_mut(place(a(1))) {
                        Some(old) => *old = part,
                        None => return misuse(),
                    },
                    _ => return misuse(),
                }
                self.give(whole, guest)
            }
            O::At => {
                let at = usize::try_from(int(a(1), a(2))).ok();
                let found = self.arena.list(a(0)).map(|list| at.and_then(|at| list.get(at)).cloned())?;
                let found = present(found)?;
                self.give(found, guest)
            }
            O::PutAt => {
                let (mut whole, part) = (self.arena.get(a(0))?.clone(), self.arena.get(a(3))?.clone());
                let at = usize::try_from(int(a(1), a(2))).ok();
                match &mut whole {
                    Value::List(list) => *present(at.and_then(|at| list.get_mut(at)))? = part,
                    _ => return misuse(),
                }
                self.give(whole, guest)
            }
            O::Key => {
                let key = self.arena.get(a(1))?;
                let found = find(self.arena.map(a(0))?, key).ok().cloned();
                let found = present(found)?;
                self.give(found, guest)
            }
            O::PutKey | O::DeleteKey => self.change_map(operation, a(0), a(1), a(2), guest),
            O::Contains => {
                let element = self.arena.get(a(1))?;
                let (yes, looked) = match self.arena.get(a(0))? {
                    Value::List(values) => (values.contains(element), values.len()),
                    Value::Set(values) => (values.binary_search(element).is_ok(), 4),
                    Value::Map(entries) => (find(entries, element).is_ok(), 4),
                    _ => return misuse(),
                };
                guest.charge(PER_ENTRY * looked as u64)?;
                Ok(one(yes.into()))
            }
            O::Append => {
                let joined = [self.arena.list(a(0))?, self.arena.list(a(1))?].concat();
                self.give(Value::List(joined), guest)
            }
            O::Elements => {
                let elements = match self.arena.get(a(0))? {
                    Value::List(values) | Value::Set(values) => values.clone(),
                    Value::Map(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
                    _ => return misuse(),
                };
                self.give(Value::List(elements), guest)
            }
            O::Count => self.arena.list(a(0)).map(|list| one(list.len() as u64)),
            O::Item => {
                let Some(item) = self.arena.list(a(0))?.get(place(a(1))).cloned() else { return misuse() };
                self.give(item, guest)
            }
            O::Equal => {
                let (x, y) = (self.arena.get(a(0))?, self.arena.get(a(1))?);
                guest.charge((x.size().min(y.size()) / 32) as u64)?;
                Ok(one((x == y).into()))
            }
            O::IntTimes => overflow(int(a(0), a(1)).checked_mul(int(a(2), a(3)))).map(wide),
            O::IntDiv | O::IntMod => self.divide(operation, int(a(0), a(1)), int(a(2), a(3))),
            O::MillisTimes => {
                overflow(number::millis_times(a(0) as i64, int(a(1), a(2)))).map(|millis| one(millis as u64))
            }
            O::Ratio => {
                let (x, y) = (int(a(0), a(1)), int(a(2), a(3)));
                if y == 0 {
                    return self.failed(Failure::DivByZero);
                }
                let (numerator, denominator) = overflow(number::reduced(x, y))?;
                self.give(Value::Ratio(numerator, denominator), guest)
            }
            O::RatioAdd | O::RatioSubtract | O::RatioTimes | O::RatioDivide => {
                let (x, y) = (self.arena.ratio(a(0))?, self.arena.ratio(a(1))?);
                if operation == O::RatioDivide && y.0 == 0 {
                    return self.failed(Failure::DivByZero);
                }
                let (numerator, denominator) = overflow(match operation {
                    O::RatioAdd => number::add(x, y),
                    O::RatioSubtract => number::subtract(x, y),
                    O::RatioTimes => number::times(x, y),
                    _ => number::divide(x, y),
                })?;
                self.give(Value::Ratio(numerator, denominator), guest)
            }
            O::RatioCompare => {
                let order = number::compare(self.arena.ratio(a(0))?, self.arena.ratio(a(1))?);
                Ok(one((order as i32 as u32).into()))
            }
            O::RatioRound => {
                let rounding = match a(1) {
                    0 => Rounding::Down,
                    1 => Rounding::Up,
                    _ => Rounding::HalfEven,
                };
                overflow(number::round(self.arena.ratio(a(0))?, rounding)).map(wide)
            }
            O::StateGet => {
                let Some(value) = self.chain.storage.get(place(a(0))) else { return misuse() };
                guest.charge((value.size() / 4) as u64)?;
                self.give(value, guest)
            }
            O::StatePut => {
                let value = self.arena.get(a(1))?.clone();
                self.put_state(place(a(0)), None, Some(value), guest).map(|()| NOTHING)
            }
            O::StateKey | O::StateFind => {
                let found = self.chain.storage.entry(place(a(0)), self.arena.get(a(1))?).cloned();
                guest.charge(found.as_ref().map_or(0, |value| value.size() / 4) as u64)?;
                let value = match operation {
                    O::StateKey => present(found)?,
                    _ => Value::Option(found.map(Box::new)),
                };
                self.give(value, guest)
            }
            O::StateHas => {
                let key = self.arena.get(a(1))?;
                Ok(one(self.chain.storage.entry(place(a(0)), key).is_some().into()))
            }
            O::StatePutKey => {
                let (key, value) = (self.arena.get(a(1))?.clone(), self.arena.get(a(2))?.clone());
                self.put_state(place(a(0)), Some(key), Some(value), guest).map(|()| NOTHING)
            }
            O::StateDeleteKey => {
                let key = self.arena.get(a(1))?.clone();
                self.put_state(place(a(0)), Some(key), None, guest).map(|()| NOTHING)
            }
            O::StateLen => Ok(one(self.chain.storage.len(place(a(0))) as u64)),
            O::StateKeys => {
                let Some(keys) = self.chain.storage.keys(place(a(0))) else { return misuse() };
                guest.charge(keys.iter().map(Value::size).sum::<usize>() as u64 / 4)?;
                self.give(Value::List(keys), guest)
            }
            O::Arg => {
                let Some(arg) = self.args.get(place(a(0))).cloned() else { return misuse() };
                self.give(arg, guest)
            }
            O::Result => {
                self.result = Some(self.arena.get(a(0))?.clone());
                Ok(NOTHING)
            }
            O::Emit => {
                self.writing()?;
                let values = self.arena.pop(a(1))?;
                guest.charge(values.iter().map(Value::size).sum::<usize>() as u64)?;
                let event = self.event(a(0), &values, false)?;
                self.events.push(event);
                Ok(NOTHING)
            }
            O::Fail => {
                let values = self.arena.pop(a(1))?;
                let event = self.event(a(0), &values, true)?;
                fail(Failure::RequireFailed(event))
            }
            O::Stop => fail(match a(0) {
                0 => Failure::Overflow,
                1 => Failure::DivByZero,
                _ => Failure::KeyMissing,
            }),
            O::TextOf => {
                let Some(kind) = self.loaded.manifest.numbered.get(place(a(1))) else { return misuse() };
                let decimals = |resource: &str| self.chain.law().decimals(resource);
                let text = show(self.arena.get(a(0))?, kind, &self.loaded.types, &decimals);
                self.give(Value::Text(text), guest)
            }
            O::Schedule | O::Propose => self.later(operation, args),
            O::Line => {
                self.trace.push((a(0) as u32, guest.fuel()));
                Ok(NOTHING)
            }
            O::TestCall => self.test_call(a(0), a(1), a(2), false, guest),
            O::TestPropose => self.test_call(a(0), a(1), a(2), true, guest),
            O::TestFails => self.test_fails(args),
        }
    }

    fn divide(&self, operation: O, x: i128, y: i128) -> Result<Given, Stop> {
        if y == 0 {
            return self.failed(Failure::DivByZero);
        }
        overflow(match operation {
            O::IntDiv => number::floor_div(x, y),
            _ => number::euclid_mod(x, y),
        })
        .map(wide)
    }

    fn change_map(
        &mut self,
        operation: O,
        map: u64,
        key: u64,
        value: u64,
        guest: &mut dyn Guest,
    ) -> Result<Given, Stop> {
        let mut entries = self.arena.map(map)?.to_vec();
        let key = self.arena.get(key)?.clone();
        let at = entries.binary_search_by(|(known, _)| known.cmp(&key));
        match (operation, at) {
            (O::PutKey, Ok(at)) => {
                let value = self.arena.get(value)?.clone();
                if let Some(entry) = entries.get_mut(at) {
                    entry.1 = value;
                }
            }
            (O::PutKey, Err(at)) => {
                let value = self.arena.get(value)?.clone();
                entries.insert(at, (key, value));
            }
            (_, Ok(at)) => drop(entries.remove(at)),
            (_, Err(_)) => {}
        }
        self.give(Value::Map(entries), guest)
    }

    /// Changes a state or an entry of one.
    fn put_state(
        &mut self,
        state: usize,
        key: Option<Value>,
        value: Option<Value>,
        guest: &mut dyn Guest,
    ) -> Result<(), Stop> {
        self.writing()?;
        let Some(info) = self.loaded.manifest.states.get(state) else { return misuse() };
        let (ty, max) = (info.ty.clone(), info.max.unwrap_or(u64::MAX));
        let size = key.as_ref().map_or(0, Value::size) + value.as_ref().map_or(0, Value::size);
        guest.charge(size as u64)?;
        // What a module keeps is of the type that it says, whoever made the module.
        let fits = match (&ty, &key, &value) {
            (Type::Map(k, v), Some(key), value) => {
                self.fits(key, k) && value.as_ref().is_none_or(|value| self.fits(value, v))
            }
            (ty, None, Some(value)) => self.fits(value, ty),
            _ => false,
        };
        if !fits {
            return misuse();
        }
        match (key, value) {
            (Some(key), value) => {
                let grows = value.is_some() && self.chain.storage.entry(state, &key).is_none();
                if grows && self.chain.storage.len(state) as u64 >= max {
                    return self.failed(Failure::HostDenied(crate::outcome::Denied::TooMany));
                }
                self.chain.storage.put_entry(state, key, value);
            }
            (None, Some(value)) => {
                let many = match &value {
                    Value::List(values) | Value::Set(values) => values.len(),
                    Value::Map(entries) => entries.len(),
                    _ => 0,
                };
                if many as u64 > max {
                    return self.failed(Failure::HostDenied(crate::outcome::Denied::TooMany));
                }
                self.chain.storage.put(state, value);
            }
            (None, None) => {}
        }
        self.changed.insert(state);
        Ok(())
    }

    /// Whether a value is of a type and within bounds.
    pub(super) fn fits(&self, value: &Value, ty: &Type) -> bool {
        icn_ccl::value::encode(value, ty, &self.loaded.types).is_ok()
    }

    fn later(&mut self, operation: O, args: &[u64]) -> Result<Given, Stop> {
        self.writing()?;
        let (at, entry, count) = match (operation, args) {
            (O::Schedule, [at, entry, count]) => (Some(*at as i64), *entry, *count),
            (_, [entry, count]) => (None, *entry, *count),
            _ => return misuse(),
        };
        let values = self.arena.pop(count)?;
        let Some(entry) = self.loaded.manifest.entries.get(place(entry)) else { return misuse() };
        let name = entry.name.clone();
        self.acted = true;
        let now = self.chain.now();
        let economy = self.chain.economy_mut();
        let done = match at {
            Some(at) => economy.schedule(at, &name, values, now),
            None => {
                economy.proposed.push((name, values));
                Ok(())
            }
        };
        done.map(|()| NOTHING).or_else(|denied| fail(Failure::HostDenied(denied)))
    }
}
