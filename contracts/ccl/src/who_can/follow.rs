//! From a question to ways, and from groups to the ways into them.

use super::{find, Answer, Finding, FindingKind, Group, Question, Rights, Way};
use crate::{
    diff::written,
    explain::{duration, group, in_force, is_plural, listed, plural, verb},
    program::{Band, Builtin, Decl, Effect, Function, Program, Role, SettingValue},
    schema::Kind,
};
use std::collections::{BTreeSet, VecDeque};

pub(super) fn answer(program: &Program, question: &Question) -> Answer {
    let ways = match question {
        Question::Permission(name) => permission(program, name),
        Question::Action(name) => {
            program.function(&Role::Action, name).and_then(|(at, _)| by_function(program, at)).into_iter().collect()
        }
        Question::Proposal(name) => {
            let effect = program.function(&Role::Effect(name.clone()), name);
            effect.and_then(|(at, _)| by_function(program, at)).into_iter().collect()
        }
        Question::Effect(builtin, name) => effect(program, *builtin, name.as_deref()),
        Question::Role(name) => role_ways(program, name),
    };
    let mut start: Vec<String> = ways.iter().flat_map(groups_of).collect();
    if let Question::Role(name) = question {
        start.insert(0, name.clone());
    }
    let groups = expand(program, start);
    let findings = relevant(program, question, &ways, &groups);
    Answer { question: question.words(), ways, groups, findings }
}

/// Findings about what the answer names.
fn relevant(program: &Program, question: &Question, ways: &[Way], groups: &[Group]) -> Vec<Finding> {
    let mut named: BTreeSet<&str> = ways.iter().map(|way| way.through.as_str()).collect();
    named.extend(ways.iter().filter_map(|way| way.process.as_deref()));
    let grouped: BTreeSet<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let amends = matches!(question, Question::Effect(Builtin::EnactConstitution, _));
    let concerns = |finding: &Finding| match finding.kind {
        // Whoever can change the document can change the answer.
        FindingKind::PackedElectorate => {
            amends || finding.about.iter().any(|name| named.contains(name.as_str()) || grouped.contains(name.as_str()))
        }
        FindingKind::SingleHand => finding.about.iter().any(|name| named.contains(name.as_str())),
        _ => finding.about.iter().any(|name| grouped.contains(name.as_str())),
    };
    let mut all: Vec<_> = find::findings(program).into_iter().filter(concerns).collect();
    if ways.is_empty() {
        all.push(Finding {
            kind: FindingKind::NoHolder,
            about: BTreeSet::new(),
            sentence: "Nobody can, by this document.".into(),
            articles: Vec::new(),
        });
    }
    all
}

fn groups_of(way: &Way) -> Vec<String> {
    way.who.iter().chain(&way.voters).chain(&way.review).cloned().collect()
}

fn permission(program: &Program, name: &str) -> Vec<Way> {
    let rights = Rights::of(program);
    let can = crate::explain::permission(program, name);
    let way = |role: &String| {
        let decl = program.decl(Kind::Role, role);
        let own = decl.is_some_and(|decl| decl.settings.names("can").contains(&name));
        let base = decl.and_then(|decl| decl.extends.clone()).unwrap_or_default();
        let by = if own { String::new() } else { format!(", by the rights of {}", group(program, &base)) };
        Way {
            who: vec![role.clone()],
            through: name.into(),
            process: None,
            voters: None,
            review: None,
            sentence: format!("{} may {can}{by}.", capital(&group(program, role))),
            articles: decl.map(|decl| decl.article).into_iter().collect(),
        }
    };
    rights.holders(name).iter().map(way).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The way through an action, a proposal or a handler.
fn by_function(program: &Program, index: usize) -> Option<Way> {
    let function = program.functions.get(index)?;
    let mut way = always(program, function)?;
    if let Some(when) = in_force(program.in_force(function)) {
        way.sentence = format!("{}: {}", capital(&when), way.sentence);
    }
    Some(way)
}

/// The same, without when it is in force.
fn always(program: &Program, function: &Function) -> Option<Way> {
    match &function.role {
        Role::Action => {
            let Some(permission) = function.requires.clone() else {
                return Some(Way {
                    who: Vec::new(),
                    through: function.name.clone(),
                    process: None,
                    voters: None,
                    review: None,
                    sentence: format!("Anybody, by the action `{}`.", function.name),
                    articles: vec![function.article],
                });
            };
            let who: Vec<_> = Rights::of(program).holders(&permission).into_iter().collect();
            let groups: Vec<_> = who.iter().map(|role| group(program, role)).collect();
            let roles = who.iter().filter_map(|role| program.decl(Kind::Role, role)).map(|decl| decl.article);
            let articles = std::iter::once(function.article).chain(roles).collect();
            let sentence = match groups.is_empty() {
                true => format!("Nobody has the permission `{permission}` that `{}` requires.", function.name),
                false => {
                    format!("{}, each alone, by the action `{}`.", capital(&listed(&groups, "and")), function.name)
                }
            };
            (!who.is_empty()).then(|| Way {
                who,
                through: function.name.clone(),
                process: None,
                voters: None,
                review: None,
                sentence,
                articles,
            })
        }
        Role::Effect(name) => {
            let proposal = program.decl(Kind::Proposal, name)?;
            by_process(program, name, proposal.settings.name("process")?, &[proposal.article])
        }
        Role::Handler(event) => Some(Way {
            who: Vec::new(),
            through: event.clone(),
            process: None,
            voters: None,
            review: None,
            sentence: format!("It happens by itself on `{event}`."),
            articles: vec![function.article],
        }),
        _ => None,
    }
}

/// The way through a decision.
fn by_process(program: &Program, through: &str, process: &str, articles: &[usize]) -> Option<Way> {
    let decl = program.decl(Kind::Process, process)?;
    let settings = &decl.settings;
    let voters = settings.name("voters")?.to_string();
    let proposers = settings.name("proposers").unwrap_or(&voters).to_string();
    let review = match settings.get("review") {
        Some(SettingValue::Word(_, Some(role))) => Some(written::setting(program, role)),
        Some(_) => Some("guardians".into()),
        None => None,
    };
    let decide = verb(program, &voters, "decide");
    let seen =
        review.as_ref().map(|role| format!(", and {} {} it", group(program, role), verb(program, role, "review")));
    let seen = seen.unwrap_or_default();
    let one = match is_plural(program, &proposers) {
        true => format!("One of {}", group(program, &proposers)),
        false if program.decl(Kind::Body, &proposers).is_some() => {
            format!("A member of {}", group(program, &proposers))
        }
        false => capital(&group(program, &proposers)),
    };
    let how = how(program, decl);
    let sentence =
        format!("{one} proposes `{through}`; {} {decide} by `{process}` ({how}){seen}.", group(program, &voters));
    Some(Way {
        who: vec![proposers],
        through: through.into(),
        process: Some(process.into()),
        voters: Some(voters),
        review,
        sentence,
        articles: articles.iter().copied().chain([decl.article]).collect(),
    })
}

/// "majority 50 %, quorum 40 %"
fn how(program: &Program, process: &Decl) -> String {
    let value = |key: &str| process.settings.get(key).map(|value| written::setting(program, value)).unwrap_or_default();
    let method = format!("{} {}", value("method"), value("threshold"));
    let open =
        process.settings.duration("deliberation").unwrap_or(0) + process.settings.duration("voting").unwrap_or(0);
    format!("{}, quorum {}, within {}", method.trim(), value("quorum"), duration(open))
}

/// Whether an effect is of this kind and, if a name is asked for, can be on what has it.
fn matches(effect: &Effect, builtin: Builtin, name: Option<&str>) -> bool {
    let at = match builtin {
        Builtin::Transfer | Builtin::Burn | Builtin::SetParam | Builtin::Fund => 0,
        _ => 1,
    };
    if effect.builtin != builtin || effect.is_own() {
        return false;
    }
    let Some(name) = name else { return true };
    let by_resource = effect.resource.as_deref() == Some(name);
    match builtin {
        Builtin::Mint | Builtin::Lock | Builtin::Authorize | Builtin::Consume => by_resource,
        Builtin::Issue | Builtin::Remove | Builtin::Suspend => true,
        // A name that is computed can be any.
        _ => by_resource || written::effect_name(effect, at).is_none_or(|of| of == name),
    }
}

/// Code that has such an effect, at once or by what follows from it.
fn code_with(program: &Program, is: &dyn Fn(&Effect) -> bool) -> Vec<usize> {
    let mut with: BTreeSet<usize> = BTreeSet::new();
    let entries = |role: &Role| matches!(role, Role::Action | Role::Effect(_) | Role::Handler(_));
    loop {
        let before = with.len();
        for (index, _) in program.functions_of(entries) {
            let effects = program.effects(index);
            if effects.host.iter().any(is) || effects.later.iter().any(|later| with.contains(later)) {
                with.insert(index);
            }
        }
        if with.len() == before {
            return with.into_iter().collect();
        }
    }
}

fn effect(program: &Program, builtin: Builtin, name: Option<&str>) -> Vec<Way> {
    let issues = |effect: &Effect| matches(effect, builtin, name);
    let mut ways: Vec<_> =
        code_with(program, &issues).into_iter().filter_map(|index| by_function(program, index)).collect();
    ways.extend(by_settings(program, builtin, name));
    ways
}

/// Ways that the kernel offers for a setting: `treasury.spend` and the like.
fn by_settings(program: &Program, builtin: Builtin, name: Option<&str>) -> Vec<Way> {
    let mut ways = Vec::new();
    let wanted = |decl: &Decl| name.is_none_or(|name| decl.name == name);
    let process = |ways: &mut Vec<Way>, decl: &Decl, key: &str, verb: &str| {
        let way = decl
            .settings
            .name(key)
            .and_then(|process| by_process(program, &format!("{}.{verb}", decl.name), process, &[decl.article]));
        ways.extend(way);
    };
    match builtin {
        Builtin::Transfer => {
            for decl in program.decls_of(Kind::Treasury).filter(|decl| wanted(decl)) {
                process(&mut ways, decl, "spend", "pay");
                let reserve = decl.settings.block("reserve").and_then(|reserve| reserve.get("process"));
                if let Some(SettingValue::Name(name)) = reserve {
                    ways.extend(by_process(program, &format!("{}.pay_from_reserve", decl.name), name, &[decl.article]));
                }
            }
            for decl in program.decls_of(Kind::Budget).filter(|decl| wanted(decl)) {
                ways.extend(decl.settings.named("spender").map(|(role, _)| spender(program, decl, role)));
                ways.extend(decl.settings.bands().iter().filter_map(|band| by_band(program, decl, band)));
            }
        }
        Builtin::Mint => {
            for decl in program.decls_of(Kind::Resource).filter(|decl| wanted(decl)) {
                ways.extend(decl.settings.name("issuer").map(|issuer| issuing(program, decl, issuer)));
            }
        }
        Builtin::Admit | Builtin::Remove | Builtin::Suspend => {
            let key = builtin.word();
            for decl in program.decls_of(Kind::Membership) {
                let key = if decl.settings.get(key).is_some() { key } else { "remove" };
                process(&mut ways, decl, key, builtin.word());
            }
        }
        Builtin::GrantRole => {
            for decl in program.decls_of(Kind::Role).filter(|decl| wanted(decl)) {
                process(&mut ways, decl, "assigned_by", "assign");
                ways.extend(elected(program, decl));
            }
        }
        Builtin::RevokeRole => {
            for decl in program.decls_of(Kind::Role).filter(|decl| wanted(decl)) {
                process(&mut ways, decl, "removable_by", "revoke");
            }
        }
        Builtin::Issue => {
            for decl in program.decls_of(Kind::Credential).filter(|decl| wanted(decl)) {
                ways.extend(decl.settings.name("issuer").map(|issuer| issuing(program, decl, issuer)));
            }
        }
        _ => {}
    }
    ways
}

fn plain(who: &str, through: String, sentence: String, article: usize) -> Way {
    Way { who: vec![who.into()], through, process: None, voters: None, review: None, sentence, articles: vec![article] }
}

fn spender(program: &Program, budget: &Decl, role: &str) -> Way {
    let sentence =
        format!("{}, each alone, as those who pay out of `{}`.", capital(&group(program, role)), budget.name);
    plain(role, format!("{}.pay", budget.name), sentence, budget.article)
}

fn by_band(program: &Program, budget: &Decl, band: &Band) -> Option<Way> {
    let resource = budget.settings.name("resource").unwrap_or_default();
    let upto = band.to.map(|to| format!("up to {}", written::amount(program, to, resource)));
    let above = (band.from > 0).then(|| format!("above {}", written::amount(program, band.from, resource)));
    let range: Vec<_> = above.into_iter().chain(upto).collect();
    let range = if range.is_empty() { "any amount".into() } else { listed(&range, "and") };
    let through = format!("{}.pay", budget.name);
    match (band.settings.get("process"), band.settings.get("role")) {
        (Some(SettingValue::Name(process)), _) => {
            let mut way = by_process(program, &through, process, &[budget.article])?;
            way.sentence = format!("For {range}: {}", way.sentence);
            Some(way)
        }
        (_, Some(SettingValue::Name(role))) => {
            let count = match band.settings.get("approvers") {
                Some(SettingValue::Int(count)) => *count,
                _ => 1,
            };
            let who = if count == 1 { format!("1 {role}") } else { format!("{count} {}", plural(role)) };
            let sentence = format!("For {range}: {who}, out of `{}`.", budget.name);
            Some(plain(role, through, sentence, budget.article))
        }
        _ => None,
    }
}

fn issuing(program: &Program, decl: &Decl, issuer: &str) -> Way {
    let does = verb(program, issuer, if decl.kind == Kind::Resource { "make" } else { "give" });
    let sentence = format!("{} {does} `{}`.", capital(&group(program, issuer)), decl.name);
    plain(issuer, format!("{}.issuer", decl.name), sentence, decl.article)
}

fn elected(program: &Program, role: &Decl) -> Option<Way> {
    let election = program.decl(Kind::Election, role.settings.name("elected_by")?)?;
    let voters = election.settings.name("voters")?.to_string();
    let elect = verb(program, &voters, "elect");
    Some(Way {
        who: Vec::new(),
        through: election.name.clone(),
        process: None,
        sentence: format!(
            "{} {elect} {} in `{}`.",
            capital(&group(program, &voters)),
            group(program, &role.name),
            election.name
        ),
        voters: Some(voters),
        review: None,
        articles: vec![role.article, election.article],
    })
}

/// Ways into a role.
fn role_ways(program: &Program, name: &str) -> Vec<Way> {
    let mut ways = entries(program, name);
    if let Some(decl) = program.decl(Kind::Role, name) {
        if let Some(of) = decl.settings.name("held_by") {
            let sentence = format!("{} hold it by that.", capital(&group(program, of)));
            let sentence = if program.decl(Kind::Body, of).is_some() {
                format!("Everyone in {} holds it by that.", group(program, of))
            } else {
                sentence
            };
            ways.push(plain(of, format!("{name}.held_by"), sentence, decl.article));
        }
    }
    for decl in program.decls_of(Kind::Role).filter(|decl| decl.extends.as_deref() == Some(name)) {
        let hold = verb(program, &decl.name, "hold");
        let sentence = format!("{} {hold} it too, by extending it.", capital(&group(program, &decl.name)));
        ways.push(plain(&decl.name, format!("{}.extends", decl.name), sentence, decl.article));
    }
    ways
}

/// Ways by which somebody comes into a class, a role or the holders of a credential, other than by being in another group.
pub(super) fn entries(program: &Program, name: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    if program.decl(Kind::Class, name).is_some() {
        let is = |effect: &Effect| {
            matches(effect, Builtin::Admit, Some(name)) || matches(effect, Builtin::SetClass, Some(name))
        };
        ways.extend(code_with(program, &is).into_iter().filter_map(|index| by_function(program, index)));
        for decl in program.decls_of(Kind::Membership) {
            let here = decl.settings.name("default_class").is_none_or(|class| class == name);
            let admit = decl.settings.name("admit").filter(|_| here);
            let through = format!("{}.admit", decl.name);
            ways.extend(admit.and_then(|process| by_process(program, &through, process, &[decl.article])));
        }
    }
    if let Some(decl) = program.decl(Kind::Role, name) {
        ways.extend(effect(program, Builtin::GrantRole, Some(name)));
        // A role that credentials alone give.
        let sourced = ["held_by", "elected_by", "assigned_by"].iter().any(|key| decl.settings.get(key).is_some());
        for credential in decl.settings.names("needs").into_iter().filter(|_| !sourced) {
            ways.extend(entries(program, credential));
        }
    }
    if program.decl(Kind::Credential, name).is_some() {
        ways.extend(effect(program, Builtin::Issue, Some(name)));
    }
    ways
}

/// Groups and the groups that decide on them, each once.
fn expand(program: &Program, start: Vec<String>) -> Vec<Group> {
    let mut open: VecDeque<String> = start.into();
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    while let Some(name) = open.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(group) = described(program, &name) else { continue };
        open.extend(group.from.iter().cloned());
        open.extend(group.ways.iter().flat_map(groups_of));
        groups.push(group);
    }
    groups
}

fn described(program: &Program, name: &str) -> Option<Group> {
    let kinds = [Kind::Class, Kind::Role, Kind::Body, Kind::Credential];
    let decl = kinds.into_iter().find_map(|kind| program.decl(kind, name))?;
    let settings = &decl.settings;
    let mut made = Group {
        name: name.into(),
        kind: decl.kind.word().into(),
        from: Vec::new(),
        ways: entries(program, name),
        sentences: Vec::new(),
        articles: vec![decl.article],
    };
    if let Some(founder) = program.founders.iter().find(|founder| founder.of == name) {
        made.sentences.push(format!("At least {} are named at the founding.", founder.min));
    }
    match decl.kind {
        Kind::Class => {
            let removal = |key: &str| {
                let membership = program.decls_of(Kind::Membership).find(|decl| decl.settings.get(key).is_some())?;
                by_process(
                    program,
                    &format!("{}.{key}", membership.name),
                    membership.settings.name(key)?,
                    &[membership.article],
                )
            };
            made.ways.extend(removal("remove"));
        }
        Kind::Role => {
            if let Some(of) = settings.name("held_by") {
                made.from.push(of.into());
                made.sentences.push(format!("Whoever is among {} holds it.", group(program, of)));
            }
            for other in program.decls_of(Kind::Role).filter(|other| other.extends.as_deref() == Some(name)) {
                made.from.push(other.name.clone());
                let hold = verb(program, &other.name, "hold");
                made.sentences.push(format!("{} {hold} it too.", capital(&group(program, &other.name))));
            }
            for credential in settings.names("needs") {
                made.from.push(credential.into());
                made.sentences.push(format!("One needs the credential `{credential}`."));
            }
            made.ways.extend(effect(program, Builtin::RevokeRole, Some(name)));
        }
        Kind::Body => match settings.get("members") {
            Some(SettingValue::List(members)) => {
                made.sentences.push(format!(
                    "It is {} persons whom this document names; only an amendment changes them.",
                    members.len()
                ));
            }
            _ => {
                let of = settings.name("members").unwrap_or_default();
                made.from.push(of.into());
                let how = match settings.word("selection") {
                    Some("sortition") => "Some of them, drawn by lot, are in it:",
                    Some("election") => "Some of them, elected, are in it:",
                    Some("appointment") => "Some of them, appointed, are in it:",
                    _ => "All of them are in it:",
                };
                made.sentences.push(format!("{how} {}.", group(program, of)));
            }
        },
        _ => {
            if let Some(role) = settings.name("revocable_by") {
                made.sentences.push(format!("{} can take it back.", capital(&group(program, role))));
            }
        }
    }
    Some(made)
}
