//! The reference economy: what an organisation is made of, and how it changes.

use crate::{law::Law, outcome::Denied};
use icn_ccl::{number, schema::Kind, value::Value};
use std::collections::{BTreeMap, BTreeSet};

/// Things of a kind that are kept.
const KEPT_MAX: usize = 100_000;

/// Whoever code acts for when no person calls: proposals that passed, handlers, calls that were scheduled.
pub const ORGANISATION: &str = "did:icn:organisation";

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Member {
    pub class: String,
    /// Milliseconds since 1970.
    pub joined: i64,
    /// Until when the member is suspended.
    pub suspended_until: Option<i64>,
}

/// Something set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Lock {
    pub from: String,
    pub resource: String,
    pub amount: i128,
}

/// What a credential says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Credential {
    pub claims: Value,
    pub expires: Option<i64>,
}

/// Leave to use so much of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Authorisation {
    pub who: String,
    pub resource: String,
    pub left: i128,
    pub expires: i64,
}

/// What goes from one account to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Movement {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) resource: String,
    pub(crate) amount: i128,
}

/// A call that is made later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Scheduled {
    pub at: i64,
    pub action: String,
    pub args: Vec<Value>,
}

/// An organisation's members, roles, holdings and statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Economy {
    pub members: BTreeMap<String, Member>,
    /// (role, person) → since when.
    pub assigned: BTreeMap<(String, String), i64>,
    /// Who is drawn, elected or appointed for a body; one that is not here is all of those whom it is chosen from.
    pub chosen: BTreeMap<String, BTreeSet<String>>,
    /// (role, person): on the roll of roles that credentials give.
    pub enrolled: BTreeSet<(String, String)>,
    /// (resource, account) → smallest units.
    pub balances: BTreeMap<(String, String), i128>,
    pub issued: BTreeMap<String, i128>,
    /// When so much of a resource was made for somebody: (time, resource, person, amount).
    pub earned: Vec<(i64, String, String, i128)>,
    pub locks: BTreeMap<String, Lock>,
    /// (person, kind).
    pub credentials: BTreeMap<(String, String), Credential>,
    pub authorisations: BTreeMap<i128, Authorisation>,
    /// Paid out of budgets.
    pub spent: BTreeMap<String, i128>,
    pub params: BTreeMap<String, Value>,
    pub anchors: BTreeMap<String, Vec<u8>>,
    pub pins: BTreeMap<Vec<u8>, i128>,
    pub threads: BTreeSet<Vec<u8>>,
    pub scheduled: Vec<Scheduled>,
    /// Proposals that code made: kind and arguments.
    pub proposed: Vec<(String, Vec<Value>)>,
    pub log: Vec<String>,
    /// The bytes of the CID in force.
    pub constitution: Vec<u8>,
    /// Documents that may follow, by CID.
    pub compatible: BTreeSet<Vec<u8>>,
    pub epoch: i128,
}

type Done = Result<(), Denied>;

fn room<T>(has: usize, value: T) -> Result<T, Denied> {
    if has < KEPT_MAX {
        Ok(value)
    } else {
        Err(Denied::TooMany)
    }
}

fn positive(amount: i128) -> Done {
    if amount < 0 {
        return Err(Denied::NegativeAmount);
    }
    Ok(())
}

impl Economy {
    // Who is who.

    /// Whether somebody is a member in good standing.
    pub fn is_active(&self, who: &str, now: i64) -> bool {
        self.members.get(who).is_some_and(|member| member.suspended_until.is_none_or(|until| until <= now))
    }

    /// Everybody in a class or body, or with a role.
    pub fn in_group(&self, law: &Law, group: &str, now: i64) -> BTreeSet<String> {
        use icn_ccl::program::SettingValue as Setting;
        let assigned = self.assigned.keys().map(|(_, who)| who);
        let enrolled = self.enrolled.iter().map(|(_, who)| who);
        let mut known: BTreeSet<&String> = self.members.keys().chain(assigned).chain(enrolled).collect();
        for body in law.program().decls_of(Kind::Body) {
            if let Some(Setting::List(members)) = body.settings.get("members") {
                known.extend(members.iter().filter_map(|member| match member {
                    Setting::Did(did) => Some(did),
                    _ => None,
                }));
            }
        }
        known.into_iter().filter(|who| self.is_in(law, who, [group], now)).cloned().collect()
    }

    /// Whether somebody is in one of these classes and bodies, or holds one of these roles or one that extends it: a search
    /// through the groups whose members belong to them, each once, for groups may belong to each other in a circle.
    fn is_in<'a>(&self, law: &'a Law, who: &str, groups: impl IntoIterator<Item = &'a str>, now: i64) -> bool {
        use icn_ccl::program::SettingValue as Setting;
        let mut open: Vec<&str> = groups.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(group) = open.pop() {
            if !seen.insert(group) {
                continue;
            }
            if law.decl(Kind::Class, group).is_some() {
                if self.members.get(who).is_some_and(|member| member.class == group) && self.is_active(who, now) {
                    return true;
                }
            } else if let Some(body) = law.decl(Kind::Body, group) {
                if self.chosen.get(group).is_some_and(|chosen| !chosen.contains(who)) {
                    continue;
                }
                match body.settings.get("members") {
                    Some(Setting::Name(of)) => open.push(of),
                    Some(Setting::List(members)) if members.contains(&Setting::Did(who.into())) => return true,
                    _ => {}
                }
            } else {
                // However somebody comes to a role, it needs its credentials.
                let has = |kind: &&str| self.credential(who, kind, now).is_some();
                for role in law.descendants(group).into_iter().filter(|role| law.needs(role).iter().all(has)) {
                    let key = (role.to_string(), who.to_string());
                    if self.assigned.contains_key(&key) || law.is_by_credentials(role) && self.enrolled.contains(&key) {
                        return true;
                    }
                    open.extend(law.decl(Kind::Role, role).and_then(|decl| decl.settings.name("held_by")));
                }
            }
        }
        false
    }

    /// Whether somebody holds a role, or one that extends it.
    pub fn holds(&self, law: &Law, who: &str, role: &str, now: i64) -> bool {
        self.is_in(law, who, [role], now)
    }

    /// Whether somebody may do what a permission allows.
    pub fn may(&self, law: &Law, who: &str, permission: &str, now: i64) -> bool {
        self.is_in(law, who, law.roles_with(permission), now)
    }

    /// A credential that holds now.
    pub fn credential(&self, who: &str, kind: &str, now: i64) -> Option<&Credential> {
        let found = self.credentials.get(&(who.to_string(), kind.to_string()))?;
        found.expires.is_none_or(|expires| now < expires).then_some(found)
    }

    // Membership and roles.

    pub(crate) fn admit(&mut self, who: &str, class: &str, now: i64) -> Done {
        if self.members.contains_key(who) {
            return Err(Denied::AlreadyMember);
        }
        room(self.members.len(), ())?;
        let member = Member { class: class.into(), joined: now, suspended_until: None };
        self.members.insert(who.into(), member);
        Ok(())
    }

    pub(crate) fn set_class(&mut self, who: &str, class: &str) -> Done {
        self.members.get_mut(who).ok_or(Denied::NotMember)?.class = class.into();
        Ok(())
    }

    pub(crate) fn remove(&mut self, who: &str) -> Done {
        self.members.remove(who).ok_or(Denied::NotMember)?;
        self.assigned.retain(|(_, holder), _| holder != who);
        self.chosen.values_mut().for_each(|chosen| chosen.retain(|member| member != who));
        self.enrolled.retain(|(_, holder)| holder != who);
        Ok(())
    }

    pub(crate) fn suspend(&mut self, who: &str, until: i64, now: i64) -> Done {
        if until <= now {
            return Err(Denied::PastTime);
        }
        self.members.get_mut(who).ok_or(Denied::NotMember)?.suspended_until = Some(until);
        Ok(())
    }

    pub(crate) fn grant(&mut self, law: &Law, who: &str, role: &str, now: i64) -> Done {
        let decl = law.decl(Kind::Role, role).ok_or(Denied::NotAssignable)?;
        if decl.settings.get("held_by").is_some() || law.is_by_credentials(role) {
            return Err(Denied::NotAssignable);
        }
        self.seat(law, who, role, now)
    }

    /// Puts somebody into a role, whatever its source; a test may.
    pub(crate) fn seat(&mut self, law: &Law, who: &str, role: &str, now: i64) -> Done {
        let key = (role.to_string(), who.to_string());
        if self.assigned.contains_key(&key) {
            return Err(Denied::AlreadyHeld);
        }
        let held = self.assigned.keys().filter(|(of, _)| of == role).count();
        let seats = law.decl(Kind::Role, role).and_then(|decl| decl.settings.int("seats"));
        if seats.is_some_and(|seats| i128::try_from(held).is_ok_and(|held| held >= seats)) {
            return Err(Denied::NoSeat);
        }
        room(self.assigned.len(), ())?;
        self.assigned.insert(key, now);
        Ok(())
    }

    /// Puts somebody into a body that is drawn, elected or appointed; a test may.
    pub(crate) fn choose(&mut self, law: &Law, who: &str, body: &str) -> Done {
        let settings = law.decl(Kind::Body, body).map(|decl| &decl.settings);
        if settings.is_none_or(|settings| settings.word("selection") == Some("all")) {
            return Err(Denied::NotAssignable);
        }
        let chosen = self.chosen.get(body).map_or(0, BTreeSet::len);
        if self.chosen.get(body).is_some_and(|chosen| chosen.contains(who)) {
            return Err(Denied::AlreadyHeld);
        }
        let size = settings.and_then(|settings| settings.int("size"));
        if size.is_some_and(|size| i128::try_from(chosen).is_ok_and(|chosen| chosen >= size)) {
            return Err(Denied::NoSeat);
        }
        room(chosen, ())?;
        self.chosen.entry(body.into()).or_default().insert(who.into());
        Ok(())
    }

    pub(crate) fn revoke_role(&mut self, who: &str, role: &str) -> Done {
        self.assigned.remove(&(role.to_string(), who.to_string())).map(drop).ok_or(Denied::NotInRole)
    }

    pub(crate) fn enrol(&mut self, law: &Law, who: &str, now: i64) -> Done {
        let roles = law.program().decls_of(Kind::Role).map(|decl| decl.name.as_str());
        let fits = |role: &&str| {
            law.is_by_credentials(role) && law.needs(role).iter().all(|kind| self.credential(who, kind, now).is_some())
        };
        let new: Vec<_> = roles.filter(fits).map(|role| (role.to_string(), who.to_string())).collect();
        if new.is_empty() {
            return Err(Denied::UnknownCredential);
        }
        room(self.enrolled.len(), ())?;
        self.enrolled.extend(new);
        Ok(())
    }

    // Resources.

    /// What an account has.
    pub fn balance(&self, resource: &str, account: &str) -> i128 {
        self.balances.get(&(resource.to_string(), account.to_string())).copied().unwrap_or(0)
    }

    /// What of it is set aside.
    fn locked(&self, resource: &str, account: &str) -> i128 {
        let of = |lock: &&Lock| lock.resource == resource && lock.from == account;
        self.locks.values().filter(of).fold(0i128, |sum, lock| sum.saturating_add(lock.amount))
    }

    /// What an account has and has not set aside: balances leave what is locked already.
    pub fn available(&self, resource: &str, treasury: &str) -> i128 {
        self.balance(resource, &format!("treasury:{treasury}"))
    }

    /// What a treasury keeps, of what it has and has set aside.
    pub fn reserve_of(&self, law: &Law, resource: &str, treasury: &str) -> i128 {
        let account = format!("treasury:{treasury}");
        let held = self.balance(resource, &account).saturating_add(self.locked(resource, &account)).max(0);
        let kept = number::times((held, 1), law.reserve(treasury));
        kept.and_then(|kept| number::round(kept, number::Rounding::Up)).unwrap_or(held)
    }

    fn add(&mut self, resource: &str, account: &str, amount: i128) -> Done {
        let key = (resource.to_string(), account.to_string());
        let new = self.balance(resource, account).checked_add(amount).ok_or(Denied::HoldExceeded)?;
        if new == 0 {
            self.balances.remove(&key);
        } else {
            room(self.balances.len(), ())?;
            self.balances.insert(key, new);
        }
        Ok(())
    }

    fn take(&mut self, law: &Law, resource: &str, account: &str, amount: i128) -> Done {
        // Persons may be given credit; what the organisation holds is what it has.
        let credit = if is_person(account) { law.resource(resource).credit } else { 0 };
        let left = self.balance(resource, account).checked_sub(amount).ok_or(Denied::InsufficientBalance)?;
        if amount > 0 && left < -credit {
            return Err(Denied::InsufficientBalance);
        }
        self.add(resource, account, -amount)
    }

    fn give(&mut self, law: &Law, resource: &str, account: &str, amount: i128) -> Done {
        let max = law.resource(resource).max_hold.filter(|_| is_person(account));
        let new = self.balance(resource, account).checked_add(amount).ok_or(Denied::HoldExceeded)?;
        if max.is_some_and(|max| amount > 0 && new > max) {
            return Err(Denied::HoldExceeded);
        }
        self.holds_resource(law, resource, account)?;
        self.add(resource, account, amount)
    }

    /// Treasuries and budgets hold what the document says.
    fn holds_resource(&self, law: &Law, resource: &str, account: &str) -> Done {
        let holds = match account.split_once(':') {
            Some(("treasury", name)) => {
                law.decl(Kind::Treasury, name).is_some_and(|decl| decl.settings.names("resources").contains(&resource))
            }
            Some(("budget", name)) => law.budget(name).is_some_and(|(of, ..)| of == resource),
            _ => true,
        };
        if holds {
            Ok(())
        } else {
            Err(Denied::NotHeld)
        }
    }

    /// Only the caller, or the organisation for what is its own, moves what an account holds.
    fn owns(caller: &str, account: &str) -> Done {
        if account == caller || !is_person(account) {
            Ok(())
        } else {
            Err(Denied::NotYours)
        }
    }

    pub(crate) fn transfer(&mut self, law: &Law, caller: &str, movement: &Movement, now: i64) -> Done {
        let Movement { from, to, resource, amount } = movement;
        let (from, to, resource, amount) = (from.as_str(), to.as_str(), resource.as_str(), *amount);
        positive(amount)?;
        Self::owns(caller, from)?;
        if is_person(from) && is_person(to) && !law.resource(resource).transferable {
            return Err(Denied::NotTransferable);
        }
        if amount == 0 {
            return Ok(());
        }
        let budget = from.strip_prefix("budget:").map(String::from);
        if let Some(budget) = &budget {
            let (_, _, start, end) = law.budget(budget).ok_or(Denied::NotHeld)?;
            if !(start..end).contains(&now) {
                return Err(Denied::PeriodClosed);
            }
        }
        self.take(law, resource, from, amount)?;
        self.give(law, resource, to, amount)?;
        if let Some(budget) = budget {
            let spent = self.spent.entry(budget).or_default();
            *spent = spent.saturating_add(amount);
        }
        Ok(())
    }

    pub(crate) fn mint(&mut self, law: &Law, to: &str, resource: &str, amount: i128, now: i64) -> Done {
        positive(amount)?;
        if amount == 0 {
            return Ok(());
        }
        let issued = self.issued.get(resource).copied().unwrap_or(0).checked_add(amount).ok_or(Denied::CapExceeded)?;
        if law.resource(resource).cap.is_some_and(|cap| issued > cap) {
            return Err(Denied::CapExceeded);
        }
        self.give(law, resource, to, amount)?;
        self.issued.insert(resource.into(), issued);
        if is_person(to) {
            room(self.earned.len(), ())?;
            self.earned.push((now, resource.into(), to.into(), amount));
        }
        Ok(())
    }

    pub(crate) fn burn(&mut self, law: &Law, caller: &str, from: &str, resource: &str, amount: i128) -> Done {
        positive(amount)?;
        Self::owns(caller, from)?;
        if amount == 0 {
            return Ok(());
        }
        self.take(law, resource, from, amount)?;
        let issued = self.issued.entry(resource.into()).or_default();
        *issued = issued.saturating_sub(amount);
        Ok(())
    }

    pub(crate) fn lock(&mut self, law: &Law, caller: &str, id: &str, from: &str, resource: &str, amount: i128) -> Done {
        positive(amount)?;
        Self::owns(caller, from)?;
        if self.locks.contains_key(id) {
            return Err(Denied::LockTaken);
        }
        room(self.locks.len(), ())?;
        self.take(law, resource, from, amount)?;
        self.locks.insert(id.into(), Lock { from: from.into(), resource: resource.into(), amount });
        Ok(())
    }

    pub(crate) fn release(&mut self, law: &Law, id: &str, to: Option<&str>) -> Done {
        let lock = self.locks.remove(id).ok_or(Denied::UnknownLock)?;
        let to = to.unwrap_or(&lock.from).to_string();
        self.give(law, &lock.resource, &to, lock.amount)
    }

    pub(crate) fn authorize(
        &mut self,
        who: &str,
        resource: &str,
        left: i128,
        expires: i64,
        now: i64,
    ) -> Result<i128, Denied> {
        positive(left)?;
        if expires <= now {
            return Err(Denied::PastTime);
        }
        room(self.authorisations.len(), ())?;
        let id = self.authorisations.keys().next_back().map_or(1, |last| last.saturating_add(1));
        let made = Authorisation { who: who.into(), resource: resource.into(), left, expires };
        self.authorisations.insert(id, made);
        Ok(id)
    }

    pub(crate) fn consume(&mut self, caller: &str, id: i128, resource: &str, amount: i128, now: i64) -> Done {
        positive(amount)?;
        let found = self.authorisations.get_mut(&id).filter(|found| found.who == caller && found.resource == resource);
        let found = found.ok_or(Denied::UnknownAuthorisation)?;
        if now >= found.expires || amount > found.left {
            return Err(Denied::AuthorisationSpent);
        }
        found.left -= amount;
        Ok(())
    }

    /// What each member has earned of a resource in the time before now.
    pub(crate) fn patronage(&self, resource: &str, window: i64, now: i64) -> BTreeMap<String, i128> {
        let from = now.saturating_sub(window);
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for (at, of, who, amount) in &self.earned {
            if of == resource && *at > from && *at <= now && self.members.contains_key(who) {
                let sum = sums.entry(who.clone()).or_default();
                *sum = sum.saturating_add(*amount);
            }
        }
        sums
    }

    // Statements.

    pub(crate) fn issue(&mut self, law: &Law, to: &str, kind: &str, claims: Value, now: i64) -> Done {
        room(self.credentials.len(), ())?;
        let validity = law.decl(Kind::Credential, kind).and_then(|decl| decl.settings.duration("validity"));
        let expires = validity.map(|validity| now.saturating_add(validity));
        self.credentials.insert((to.into(), kind.into()), Credential { claims, expires });
        Ok(())
    }

    pub(crate) fn revoke(&mut self, from: &str, kind: &str) -> Done {
        self.credentials.remove(&(from.to_string(), kind.to_string())).map(drop).ok_or(Denied::UnknownCredential)
    }

    pub(crate) fn anchor(&mut self, path: &str, cid: &[u8]) -> Done {
        room(self.anchors.len(), ())?;
        self.anchors.insert(path.into(), cid.into());
        Ok(())
    }

    pub(crate) fn pin(&mut self, cid: &[u8], factor: i128) -> Done {
        room(self.pins.len(), ())?;
        self.pins.insert(cid.into(), factor);
        Ok(())
    }

    pub(crate) fn open_thread(&mut self, proposal: &[u8]) -> Done {
        room(self.threads.len(), ())?;
        self.threads.insert(proposal.into());
        Ok(())
    }

    pub(crate) fn enact(&mut self, next: &[u8]) -> Done {
        if !self.compatible.contains(next) {
            return Err(Denied::ContentMissing);
        }
        self.constitution = next.into();
        Ok(())
    }

    pub(crate) fn schedule(&mut self, at: i64, action: &str, args: Vec<Value>, now: i64) -> Done {
        if at <= now {
            return Err(Denied::PastTime);
        }
        room(self.scheduled.len(), ())?;
        self.scheduled.push(Scheduled { at, action: action.into(), args });
        Ok(())
    }

    pub(crate) fn say(&mut self, words: &str) -> Done {
        room(self.log.len(), ())?;
        self.log.push(words.into());
        Ok(())
    }
}

/// Whether an account is a person's, not a part of the organisation.
pub(crate) fn is_person(account: &str) -> bool {
    account.starts_with("did:")
}
