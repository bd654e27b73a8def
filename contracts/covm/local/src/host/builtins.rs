//! Functions of the language: pure ones, views of the organisation, and effects on it.

use super::{Call, Given, NOTHING};
use crate::{
    economy::Movement,
    outcome::{Denied, Failure},
    values::{compare, fail, find, misuse},
};
use icn_ccl::{ast::Level, number, program::Builtin as B, schema::Kind, value::Value};
use icn_covm::{Guest, Stop};
use std::collections::BTreeSet;

/// Units of fuel for each entry that is looked at.
const PER_ENTRY: u64 = 4;

fn did_set(members: BTreeSet<String>) -> Value {
    Value::Set(members.into_iter().map(Value::Text).collect())
}

impl Call<'_> {
    pub(super) fn builtin(&mut self, builtin: B, args: &[u64], guest: &mut dyn Guest) -> Result<Given, Stop> {
        match builtin.level() {
            Level::Pure => {
                let value = self.pure(builtin, args, guest)?;
                self.give(value, guest)
            }
            Level::View => {
                let value = self.view(builtin, args, guest)?;
                self.give(value, guest)
            }
            Level::Action => {
                self.writing()?;
                self.acted = true;
                match self.effect(builtin, args)? {
                    Ok(Some(value)) => self.give(value, guest),
                    Ok(None) => Ok(NOTHING),
                    Err(denied) => fail(Failure::HostDenied(denied)),
                }
            }
        }
    }

    fn pure(&mut self, builtin: B, args: &[u64], guest: &mut dyn Guest) -> Result<Value, Stop> {
        let a = |at: usize| args.get(at).copied().unwrap_or(0);
        let first = self.arena.get(a(0))?;
        guest.charge((first.size() / 8) as u64)?;
        Ok(match builtin {
            B::Len => Value::Int(match first {
                Value::List(values) | Value::Set(values) => values.len() as i128,
                Value::Map(entries) => entries.len() as i128,
                Value::Text(text) => text.chars().count() as i128,
                _ => return misuse(),
            }),
            B::Min | B::Max => {
                let values = self.arena.list(a(0))?;
                let found = match builtin {
                    B::Min => values.iter().min_by(|x, y| compare(x, y)),
                    // Of equal ones there is no telling which.
                    _ => values.iter().max_by(|x, y| compare(x, y)),
                };
                Value::Option(found.cloned().map(Box::new))
            }
            B::Concat => {
                let mut text = String::new();
                for part in self.arena.list(a(0))? {
                    match part {
                        Value::Text(part) => text += part,
                        _ => return misuse(),
                    }
                }
                Value::Text(text)
            }
            B::Flatten => {
                let mut joined = Vec::new();
                for part in self.arena.list(a(0))? {
                    match part {
                        Value::List(part) => joined.extend(part.iter().cloned()),
                        _ => return misuse(),
                    }
                }
                Value::List(joined)
            }
            B::IsSome => match first {
                Value::Option(value) => Value::Bool(value.is_some()),
                _ => return misuse(),
            },
            B::Keys => Value::List(self.arena.map(a(0))?.iter().map(|(key, _)| key.clone()).collect()),
            B::Values => Value::List(self.arena.map(a(0))?.iter().map(|(_, value)| value.clone()).collect()),
            B::Get => {
                let key = self.arena.get(a(1))?;
                Value::Option(find(self.arena.map(a(0))?, key).ok().cloned().map(Box::new))
            }
            B::SetOf => {
                let values: BTreeSet<_> = self.arena.list(a(0))?.iter().cloned().collect();
                Value::Set(values.into_iter().collect())
            }
            B::With | B::Without => {
                let element = self.arena.get(a(1))?.clone();
                let mut values = self.arena.list(a(0))?.to_vec();
                match (builtin, values.binary_search(&element)) {
                    (B::With, Err(at)) => values.insert(at, element),
                    (B::Without, Ok(at)) => drop(values.remove(at)),
                    _ => {}
                }
                Value::Set(values)
            }
            B::Sort => {
                let mut values = self.arena.list(a(0))?.to_vec();
                values.sort_by(compare);
                Value::List(values)
            }
            B::SortBy => {
                let (values, keys) = (self.arena.list(a(0))?, self.arena.list(a(1))?);
                if values.len() != keys.len() {
                    return misuse();
                }
                let mut pairs: Vec<_> = keys.iter().zip(values).collect();
                pairs.sort_by(|(x, _), (y, _)| compare(x, y));
                Value::List(pairs.into_iter().map(|(_, value)| value.clone()).collect())
            }
            B::Split => self.split(a(0), a(1))?,
            _ => return misuse(),
        })
    }

    /// A total by weights: what is left of rounding down goes to the largest remainders, ties by key.
    fn split(&self, total: u64, weights: u64) -> Result<Value, Stop> {
        let total = self.arena.int(total)?;
        let weights = self.arena.map(weights)?;
        let weight = |value: &Value| match value {
            Value::Int(weight) => *weight,
            _ => -1,
        };
        let mut sum = 0i128;
        for (_, value) in weights {
            if weight(value) < 0 {
                return self.failed(Failure::Overflow);
            }
            match sum.checked_add(weight(value)) {
                Some(next) => sum = next,
                None => return self.failed(Failure::Overflow),
            }
        }
        if total < 0 {
            return self.failed(Failure::Overflow);
        }
        if sum == 0 {
            return self.failed(Failure::DivByZero);
        }
        let mut parts = Vec::new();
        let mut left = total;
        for (key, value) in weights {
            // A part of a total fits where the total does.
            let Some((part, rest)) = number::share(total, weight(value), sum) else {
                return self.failed(Failure::Overflow);
            };
            left -= part;
            parts.push((key.clone(), part, rest));
        }
        let mut order: Vec<usize> = (0..parts.len()).collect();
        let rest = |at: &usize| parts.get(*at).map_or(0, |(_, _, rest)| *rest);
        order.sort_by(|x, y| rest(y).cmp(&rest(x)).then(x.cmp(y)));
        let more: BTreeSet<usize> = order.into_iter().take(usize::try_from(left).unwrap_or(0)).collect();
        let part = |(at, (key, part, _)): (usize, (Value, i128, i128))| {
            (key, Value::Int(part + i128::from(more.contains(&at))))
        };
        Ok(Value::Map(parts.into_iter().enumerate().map(part).collect()))
    }

    fn view(&mut self, builtin: B, args: &[u64], guest: &mut dyn Guest) -> Result<Value, Stop> {
        let a = |at: usize| args.get(at).copied().unwrap_or(0);
        let now = self.chain.now();
        let text = |call: &Self, at: usize| call.arena.text(a(at)).map(String::from);
        // A name may say of which kind it is.
        let name = |call: &Self, at: usize| {
            call.arena.text(a(at)).map(|text| text.split_once(':').map_or(text, |(_, name)| name).to_string())
        };
        match builtin {
            B::Now => return Ok(Value::Millis(now)),
            B::Caller => return Ok(Value::Text(self.caller.clone())),
            _ => {}
        }
        let (law, economy) = (self.chain.law().clone(), self.chain.economy());
        Ok(match builtin {
            B::MemberOf => {
                let who = text(self, 0)?;
                let Some(member) = economy.members.get(&who) else { return self.failed(Failure::KeyMissing) };
                let standing = u32::from(!economy.is_active(&who, now));
                Value::Record(vec![
                    Value::Text(who),
                    Value::Text(member.class.clone()),
                    Value::Millis(member.joined),
                    Value::Variant(standing, Vec::new()),
                ])
            }
            B::IsMember => Value::Bool(economy.members.contains_key(&text(self, 0)?)),
            B::HasRole => Value::Bool(economy.holds(&law, &text(self, 0)?, &text(self, 1)?, now)),
            B::ClassOf => {
                let class = economy.members.get(&text(self, 0)?).map(|member| Value::Text(member.class.clone()));
                Value::Option(class.map(Box::new))
            }
            B::Members => {
                let members = economy.in_group(&law, &name(self, 0)?, now);
                guest.charge(PER_ENTRY * members.len() as u64)?;
                did_set(members)
            }
            B::Weights => {
                let members = economy.in_group(&law, &text(self, 0)?, now);
                guest.charge(PER_ENTRY * members.len() as u64)?;
                Value::List(members.iter().map(|_| Value::Int(1)).collect())
            }
            B::Weight => Value::Int(self.chain.weight(&text(self, 0)?, &text(self, 1)?)),
            B::Balance => Value::Int(economy.balance(&text(self, 1)?, &text(self, 0)?)),
            B::Available => Value::Int(economy.available(&text(self, 1)?, &text(self, 0)?)),
            B::ReserveOf => Value::Int(economy.reserve_of(&law, &text(self, 1)?, &text(self, 0)?)),
            B::Patronage => {
                guest.charge(PER_ENTRY * economy.earned.len() as u64)?;
                let sums = economy.patronage(&text(self, 0)?, self.arena.millis(a(1))?, now);
                Value::Map(sums.into_iter().map(|(who, sum)| (Value::Text(who), Value::Int(sum))).collect())
            }
            B::BudgetOf => {
                let budget = text(self, 0)?;
                let Some((resource, total, from, to)) = law.budget(&budget) else { return misuse() };
                let left = economy.balance(resource, &format!("budget:{budget}"));
                let spent = economy.spent.get(&budget).copied().unwrap_or(0);
                let amounts = [total, spent, 0, left].map(Value::Int);
                Value::Record(amounts.into_iter().chain([from, to].map(Value::Millis)).collect())
            }
            B::TallyOf => match self.chain.tally_of(self.arena.bytes(a(0))?) {
                Some(tally) => tally,
                None => return fail(Failure::HostDenied(Denied::UnknownProposal)),
            },
            B::CredentialOf => {
                let found = economy.credential(&text(self, 0)?, &text(self, 1)?, now);
                Value::Option(found.map(|credential| Box::new(credential.claims.clone())))
            }
            B::Allocate => self.allocate(args, guest)?,
            B::ParamOf => {
                let name = text(self, 0)?;
                match economy.params.get(&name) {
                    Some(value) => value.clone(),
                    None => match self.loaded.params.get(&name) {
                        Some(value) => value.clone(),
                        None => return misuse(),
                    },
                }
            }
            B::Epoch => Value::Int(economy.epoch),
            B::Constitution => Value::Bytes(economy.constitution.clone()),
            B::Compatible => Value::Bool(economy.compatible.contains(self.arena.bytes(a(0))?)),
            B::Beacon => Value::Bytes(self.chain.beacon(self.arena.bytes(a(0))?)),
            _ => return misuse(),
        })
    }

    fn effect(&mut self, builtin: B, args: &[u64]) -> Result<Result<Option<Value>, Denied>, Stop> {
        let a = |at: usize| args.get(at).copied().unwrap_or(0);
        let text = |at: usize| self.arena.text(a(at)).map(String::from);
        let int = |at: usize| self.arena.int(a(at));
        let bytes = |at: usize| self.arena.bytes(a(at)).map(<[u8]>::to_vec);
        let (law, now) = (self.chain.law().clone(), self.chain.now());
        let caller = self.caller.clone();
        let done = match builtin {
            B::Transfer => {
                let (from, to, amount, resource) = (text(0)?, text(1)?, int(2)?, text(3)?);
                self.chain.economy_mut().transfer(&law, &caller, &Movement { from, to, resource, amount }, now)
            }
            B::Mint => {
                let (to, amount, resource) = (text(0)?, int(1)?, text(2)?);
                self.chain.economy_mut().mint(&law, &to, &resource, amount, now)
            }
            B::Burn => {
                let (from, amount, resource) = (text(0)?, int(1)?, text(2)?);
                self.chain.economy_mut().burn(&law, &caller, &from, &resource, amount)
            }
            B::Lock => {
                let (id, from, amount, resource) = (text(0)?, text(1)?, int(2)?, text(3)?);
                self.chain.economy_mut().lock(&law, &caller, &id, &from, &resource, amount)
            }
            B::Release => {
                let (id, to) = (text(0)?, text(1)?);
                self.chain.economy_mut().release(&law, &id, Some(&to))
            }
            B::Refund => {
                let id = text(0)?;
                self.chain.economy_mut().release(&law, &id, None)
            }
            B::Fund => {
                let (budget, from, amount, resource) = (text(0)?, text(1)?, int(2)?, text(3)?);
                let to = format!("budget:{budget}");
                self.chain.economy_mut().transfer(&law, &caller, &Movement { from, to, resource, amount }, now)
            }
            B::Authorize => {
                let (who, amount, resource) = (text(0)?, int(1)?, text(3)?);
                let expires = self.arena.millis(a(2))?;
                let made = self.chain.economy_mut().authorize(&who, &resource, amount, expires, now);
                return Ok(made.map(|id| Some(Value::Int(id))));
            }
            B::Consume => {
                let (id, amount, resource) = (int(0)?, int(1)?, text(2)?);
                self.chain.economy_mut().consume(&caller, id, &resource, amount, now)
            }
            B::GrantRole => {
                let (who, role) = (text(0)?, text(1)?);
                self.chain.economy_mut().grant(&law, &who, &role, now)
            }
            B::RevokeRole => {
                let (who, role) = (text(0)?, text(1)?);
                self.chain.economy_mut().revoke_role(&who, &role)
            }
            B::Admit => {
                let (who, class) = (text(0)?, text(1)?);
                self.chain.economy_mut().admit(&who, &class, now)
            }
            B::SetClass => {
                let (who, class) = (text(0)?, text(1)?);
                self.chain.economy_mut().set_class(&who, &class)
            }
            B::Remove => {
                let who = text(0)?;
                self.chain.economy_mut().remove(&who)
            }
            B::Suspend => {
                let (who, until) = (text(0)?, self.arena.millis(a(1))?);
                self.chain.economy_mut().suspend(&who, until, now)
            }
            B::Enrol => self.chain.economy_mut().enrol(&law, &caller, now),
            B::Issue => {
                let (who, claims, kind) = (text(0)?, self.arena.get(a(1))?.clone(), text(2)?);
                if law.decl(Kind::Credential, &kind).is_none() {
                    return misuse();
                }
                self.chain.economy_mut().issue(&law, &who, &kind, claims, now)
            }
            B::Revoke => {
                let (who, kind) = (text(0)?, text(1)?);
                self.chain.economy_mut().revoke(&who, &kind)
            }
            B::Anchor => {
                let (path, cid) = (text(0)?, bytes(1)?);
                self.chain.economy_mut().anchor(&path, &cid)
            }
            B::Pin => {
                let (cid, factor) = (bytes(0)?, int(1)?);
                self.chain.economy_mut().pin(&cid, factor)
            }
            B::OpenThread => {
                let proposal = bytes(0)?;
                self.chain.economy_mut().open_thread(&proposal)
            }
            B::SetParam => {
                let (name, value) = (text(0)?, self.arena.get(a(1))?.clone());
                self.chain.economy_mut().params.insert(name, value);
                Ok(())
            }
            B::EnactConstitution => {
                let next = bytes(0)?;
                self.chain.economy_mut().enact(&next)
            }
            B::Log => {
                let words = text(0)?;
                self.chain.economy_mut().say(&words)
            }
            _ => return misuse(),
        };
        Ok(done.map(|()| None))
    }
}
