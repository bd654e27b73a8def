use super::*;
use crate::{
    check::{self, strictness::Component},
    descriptor::tests::{resolved, BAKERY, EXAMPLES, NEIGHBOURHOOD},
    explain::golden,
};
use std::collections::BTreeSet;

fn asked(source: &str, question: &str) -> Answer {
    let program = resolved(source);
    who_can(&program, &Question::parse(&program, question).unwrap())
}

fn throughs(answer: &Answer) -> Vec<&str> {
    answer.ways.iter().map(|way| way.through.as_str()).collect()
}

#[test]
fn answers_that_members_read() {
    let mut all = String::new();
    for (source, question) in [
        (BAKERY, "amend"),
        (BAKERY, "spend till"),
        (BAKERY, "pay running"),
        (BAKERY, "role steward"),
        (BAKERY, "spend_small"),
        (BAKERY, "expel"),
        (NEIGHBOURHOOD, "mint credits"),
        (NEIGHBOURHOOD, "vote"),
    ] {
        all.push_str(&text(&asked(source, question)));
        all.push('\n');
    }
    golden("who_can/answers.txt", &all);
}

#[test]
fn questions_are_read() {
    let bakery = resolved(BAKERY);
    let parse = |text: &str| Question::parse(&bakery, text);
    assert_eq!(parse("vote"), Ok(Question::Permission("vote".into())));
    assert_eq!(parse("hand_out_card"), Ok(Question::Action("hand_out_card".into())));
    assert_eq!(parse("proposal Amend"), Ok(Question::Proposal("Amend".into())));
    assert_eq!(parse("steward"), Ok(Question::Role("steward".into())));
    assert_eq!(parse("spend till"), Ok(Question::Effect(Builtin::Transfer, Some("till".into()))));
    assert_eq!(parse("enact_constitution"), Ok(Question::Effect(Builtin::EnactConstitution, None)));
    for unknown in ["fly", "role king", "spend moon", "", "available till"] {
        assert!(parse(unknown).is_err(), "{unknown}");
    }
}

#[test]
fn ways_go_through_actions_proposals_and_settings() {
    assert_eq!(throughs(&asked(BAKERY, "amend")), ["Amend"]);
    assert_eq!(
        throughs(&asked(BAKERY, "spend till")),
        ["PatronageDividend", "PayInEmergency", "till.pay", "till.pay_from_reserve"]
    );
    assert_eq!(throughs(&asked(BAKERY, "grant treasurer")), ["ElectTreasurer", "treasurer.assign"]);
    assert_eq!(throughs(&asked(BAKERY, "grant overseer")), ["overseer.assign"]);
    assert_eq!(throughs(&asked(BAKERY, "grant steward")), ["stewards"]);
    assert_eq!(throughs(&asked(BAKERY, "pay running")), ["running.pay", "running.pay", "running.pay"]);
    assert_eq!(throughs(&asked(NEIGHBOURHOOD, "pay pb")), ["pay", "pb.pay"]);
    assert_eq!(throughs(&asked(BAKERY, "pause")), ["pause"]);
    let nobody = asked(BAKERY, "execute");
    assert_eq!((nobody.ways.len(), nobody.findings[0].kind), (0, FindingKind::NoHolder));
}

#[test]
fn to_leave_is_not_to_expel() {
    let leave = "action leave() requires anyone { remove(caller, \"left\"); }\ntest \"";
    let source = BAKERY.replacen("test \"", leave, 1);
    assert_ne!(source, BAKERY);
    let program = resolved(&source);
    assert!(!check::check(&program).iter().any(crate::diagnostic::Diagnostic::is_error));
    assert_eq!(throughs(&asked(&source, "expel")), throughs(&asked(BAKERY, "expel")));
    assert!(!findings(&program).iter().any(|finding| finding.sentence.contains("`leave`")));
    let explained = crate::explain::text(&crate::explain::explain(&program, &crate::explain::Numbers::default()));
    assert!(explained.contains("`leave`, by anybody: It can end one's own membership."), "{explained}");
    // Another's membership is another matter, also when it is the caller's by chance.
    let other = source.replace("remove(caller,", "let who = caller; remove(who,");
    let found = check::check(&resolved(&other));
    assert!(found.iter().any(|one| one.code == crate::diagnostic::Code::WeakProcess), "{found:?}");
}

#[test]
fn what_is_in_force_for_a_time_is_told_with_it() {
    let dated = "@effective(time\"2027-01-01T00:00:00Z\")\n@sunset(time\"2028-01-01T00:00:00Z\")\naction hand_out_card";
    let answer = asked(&BAKERY.replace("action hand_out_card", dated), "action hand_out_card");
    let way = answer.ways.first().unwrap();
    assert!(way.sentence.starts_with("From 2027-01-01 until 2028-01-01: "), "{way:?}");
}

#[test]
fn what_follows_later_counts() {
    let source = NEIGHBOURHOOD.replacen(
        "emit Submitted(id, caller);",
        "emit Submitted(id, caller); schedule(now + 1d, pay(id, 1 credits));",
        1,
    );
    assert_eq!(throughs(&asked(&source, "pay pb")), ["submit", "pay", "pb.pay"]);
}

#[test]
fn each_group_is_told_once_and_all_that_decide_are_told() {
    for source in EXAMPLES {
        let program = resolved(source);
        for decl in program.decls_of(Kind::Role) {
            let answer = who_can(&program, &Question::Role(decl.name.clone()));
            let names: Vec<_> = answer.groups.iter().map(|group| &group.name).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
            for group in &answer.groups {
                let deciders = group.ways.iter().flat_map(|way| way.who.iter().chain(&way.voters).chain(&way.review));
                assert!(group.from.iter().chain(deciders).all(|name| names.contains(&name)), "{group:?}");
            }
        }
    }
}

#[test]
fn an_electorate_that_can_be_packed_is_found() {
    let found = |source: &str| {
        let all = findings(&resolved(source));
        all.into_iter().filter(|finding| finding.kind == FindingKind::PackedElectorate).count()
    };
    assert_eq!(found(BAKERY), 1);
    let strict = BAKERY.replacen(
        "proposal AdmitWorker(person: Did) {\n  process: ordinary;",
        "proposal AdmitWorker(person: Did) {\n  process: amendment;",
        1,
    );
    assert_eq!(found(&strict), 0, "admission as strict as the amendment");
    assert_eq!(found(NEIGHBOURHOOD), 0, "nothing amends it");
    let amended = NEIGHBOURHOOD.replacen(
        "proposal AppointClerk",
        "proposal Amend(next: Cid) { process: opening; effect { enact_constitution(next); } }\nproposal AppointClerk",
        1,
    );
    let all = findings(&resolved(&amended));
    let packed = all.iter().find(|finding| finding.kind == FindingKind::PackedElectorate).unwrap();
    assert!(packed.sentence.contains("`welcome`, done by the clerks alone"), "{}", packed.sentence);
}

#[test]
fn those_who_fill_their_own_role_are_found() {
    let source = BAKERY.replacen("voters: assembly;\n  method: stv", "voters: steward;\n  method: stv", 1);
    let found = findings(&resolved(&source));
    assert!(found.iter().any(|finding| finding.kind == FindingKind::SelfFilling));
    assert!(!findings(&resolved(BAKERY)).iter().any(|finding| finding.kind == FindingKind::SelfFilling));
}

#[test]
fn strictness_is_by_component() {
    let bakery = resolved(BAKERY);
    let weaker = |process: &str, than: &str| strictness::words(&bakery, process, than);
    assert_eq!(weaker("amendment", "amendment"), [""; 0]);
    assert_eq!(weaker("amendment", "ordinary"), [""; 0]);
    let words = [
        "quorum 40 % instead of 50 %",
        "deliberation 2d instead of 3d",
        "voting 3d instead of 4d",
        "timelock 0d instead of 1d",
    ];
    assert_eq!(weaker("spending", "ordinary"), words);
    assert_eq!(weaker("emergency", "spending").len(), 3);
    let of = |component: &Component| component.key();
    let components = check::weaker(&bakery, "expulsion", "amendment");
    assert_eq!(
        components.iter().map(of).collect::<Vec<_>>(),
        ["quorum", "threshold", "deliberation", "timelock", "review"]
    );
}

#[test]
fn json_has_ways_and_groups() {
    let json: serde_json::Value = serde_json::from_str(&super::json(&asked(BAKERY, "amend"))).unwrap();
    assert_eq!(json["ways"][0]["process"], "amendment");
    assert_eq!(json["ways"][0]["review"], "overseer");
    assert_eq!(json["findings"][0]["kind"], "packed_electorate");
}

/// A small document as it is drawn, with the text that it is resolved from: what the brute force below knows about it.
#[derive(Debug, Default)]
struct Model {
    classes: Vec<(String, bool)>,
    credentials: Vec<String>,
    roles: Vec<ModelRole>,
    bodies: Vec<(String, String, bool)>,
    /// Name, voters, proposers.
    processes: Vec<(String, String, Option<String>)>,
    proposals: Vec<(String, String)>,
    actions: Vec<(String, String)>,
}

#[derive(Debug)]
struct ModelRole {
    name: String,
    can: Vec<String>,
    extends: Option<String>,
    held_by: Option<String>,
    assigned: bool,
    needs: Vec<String>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, from: &'a [String]) -> &'a String {
        &from[self.below(from.len())]
    }
}

const RIGHTS: [&str; 4] = ["vote", "propose", "dig", "plant"];

fn model(random: &mut Random) -> Model {
    let names = |prefix: &str, count: usize| (0..count).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>();
    let classes = names("class", 1 + random.below(2));
    let credentials = names("Card", random.below(2));
    let roles = names("role", 1 + random.below(3));
    let bodies = names("body", 1 + random.below(2));
    let processes = names("process", 1 + random.below(2));
    let holders: Vec<String> = classes.iter().chain(&bodies).cloned().collect();
    let members: Vec<String> = classes.iter().chain(&roles).cloned().collect();
    let voters: Vec<String> = members.iter().chain(&bodies).cloned().collect();
    let mut model = Model { credentials: credentials.clone(), ..Model::default() };
    model.classes = classes.into_iter().map(|name| (name, !random.one_in(4))).collect();
    for (at, name) in roles.iter().enumerate() {
        let can = RIGHTS.iter().filter(|_| random.one_in(2)).map(|right| (*right).to_string()).collect();
        let extends = (at > 0 && random.one_in(2)).then(|| random.pick(&roles[..at]).clone());
        let needs = credentials.iter().filter(|_| random.one_in(3)).cloned().collect::<Vec<_>>();
        let (held_by, assigned) = match random.below(3) {
            0 => (Some(random.pick(&holders).clone()), false),
            1 => (None, true),
            _ => (None, false),
        };
        model.roles.push(ModelRole { name: name.clone(), can, extends, held_by, assigned, needs });
    }
    for name in bodies {
        let of = random.pick(&members).clone();
        model.bodies.push((name, of, random.one_in(3)));
    }
    for name in &processes {
        let proposers = random.one_in(2).then(|| random.pick(&voters).clone());
        model.processes.push((name.clone(), random.pick(&voters).clone(), proposers));
    }
    for name in names("Proposal", 1 + random.below(2)) {
        model.proposals.push((name, random.pick(&processes).clone()));
    }
    for (at, right) in ["dig", "plant"].into_iter().enumerate() {
        model.actions.push((format!("act{at}"), right.into()));
    }
    model
}

fn source(model: &Model) -> String {
    let mut text = String::from(
        "constitution \"m\" version 1.0.0 for community;\npermission dig \"d\"; permission plant \"p\";\n",
    );
    for (name, votes) in &model.classes {
        text += &format!("class {name} {{ votes: {votes}; }}\n");
    }
    for name in &model.credentials {
        let issuer = &model.roles[0].name;
        text += &format!("credential {name} {{ template: custom; issuer: {issuer}; }}\n");
    }
    for role in &model.roles {
        let extends = role.extends.as_ref().map(|base| format!(" extends {base}")).unwrap_or_default();
        let held = role.held_by.as_ref().map(|group| format!(" held_by: {group};")).unwrap_or_default();
        let assigned = if role.assigned { format!(" assigned_by: {};", model.processes[0].0) } else { String::new() };
        let (can, needs) = (role.can.join(", "), role.needs.join(", "));
        text += &format!("role {}{extends} {{ can: [{can}]; needs: [{needs}];{held}{assigned} }}\n", role.name);
    }
    for (name, of, chosen) in &model.bodies {
        let selection = if *chosen { "sortition" } else { "all" };
        text += &format!("body {name} {{ members: {of}; selection: {selection}; }}\n");
    }
    for (name, voters, proposers) in &model.processes {
        let proposers = proposers.as_ref().map(|group| format!(" proposers: {group};")).unwrap_or_default();
        text += &format!(
            "process {name} {{ voters: {voters}; method: majority; threshold: 1/2; quorum: 1; deliberation: 1d; voting: 1d;{proposers} }}\n"
        );
    }
    for (name, process) in &model.proposals {
        text += &format!("proposal {name}() {{ process: {process}; }}\n");
    }
    for (name, right) in &model.actions {
        text += &format!("action {name}() requires {right} {{ }}\n");
    }
    text
}

/// Whether somebody is in a group, by a derivation of at most so many steps. It is slow and says the rules once more, backwards.
fn is_in(model: &Model, actor: &ActorState, group: &str, steps: usize) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    if model.classes.iter().any(|(name, _)| name == group) {
        return actor.class.as_deref() == Some(group);
    }
    if let Some((name, of, chosen)) = model.bodies.iter().find(|(name, ..)| name == group) {
        return is_in(model, actor, of, steps) && (!chosen || actor.bodies.contains(name));
    }
    let Some(role) = model.roles.iter().find(|role| role.name == group) else { return false };
    // A role needs what the roles need that it extends.
    let mut needs: Vec<&String> = role.needs.iter().collect();
    let mut base = role.extends.as_ref();
    while let Some(of) = base.and_then(|base| model.roles.iter().find(|role| role.name == *base)) {
        needs.extend(&of.needs);
        base = of.extends.as_ref();
    }
    let credentials_alone = role.held_by.is_none() && !role.assigned && !role.needs.is_empty();
    let given = actor.roles.contains(group)
        || credentials_alone
        || role.held_by.as_ref().is_some_and(|of| is_in(model, actor, of, steps));
    let directly = given && needs.iter().all(|card| actor.credentials.contains(*card));
    let mut extending = model.roles.iter().filter(|other| other.extends.as_deref() == Some(group));
    directly || extending.any(|other| is_in(model, actor, &other.name, steps))
}

fn has(model: &Model, actor: &ActorState, right: &str) -> bool {
    let steps = model.roles.len() + model.bodies.len() + model.classes.len() + 1;
    model.roles.iter().any(|role| role.can.iter().any(|can| can == right) && is_in(model, actor, &role.name, steps))
}

fn brute_force(model: &Model, actor: &ActorState, power: &Power) -> bool {
    let steps = model.roles.len() + model.bodies.len() + model.classes.len() + 1;
    match power {
        Power::Permission(name) => has(model, actor, name),
        Power::Act(name) => model.actions.iter().any(|(action, right)| action == name && has(model, actor, right)),
        Power::Propose(name) => model.proposals.iter().any(|(proposal, process)| {
            let process = model.processes.iter().find(|(name, ..)| name == process);
            let proposers = process.map(|(_, voters, proposers)| proposers.as_ref().unwrap_or(voters));
            let among = proposers.is_some_and(|group| is_in(model, actor, group, steps));
            proposal == name && among && has(model, actor, "propose")
        }),
        Power::Vote(name) => {
            let silent = model.classes.iter().any(|(class, votes)| !votes && actor.class.as_ref() == Some(class));
            let process = model.processes.iter().find(|(process, ..)| process == name);
            let among = process.is_some_and(|(_, voters, _)| is_in(model, actor, voters, steps));
            !silent && among && has(model, actor, "vote")
        }
    }
}

/// All subsets.
fn subsets(of: &[String]) -> Vec<BTreeSet<String>> {
    (0..1usize << of.len())
        .map(|bits| of.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, name)| name.clone()).collect())
        .collect()
}

fn actors(model: &Model) -> Vec<ActorState> {
    let roles: Vec<_> = model.roles.iter().map(|role| role.name.clone()).collect();
    let bodies: Vec<_> = model.bodies.iter().map(|(name, ..)| name.clone()).collect();
    let classes = model.classes.iter().map(|(name, _)| Some(name.clone())).chain([None]);
    let mut all = Vec::new();
    for class in classes {
        for roles in subsets(&roles) {
            for bodies in subsets(&bodies) {
                for credentials in subsets(&model.credentials) {
                    let (class, roles, bodies) = (class.clone(), roles.clone(), bodies.clone());
                    all.push(ActorState { did: "did:icn:a".into(), class, roles, bodies, credentials });
                }
            }
        }
    }
    all
}

#[test]
fn the_fixpoint_is_what_brute_force_finds_in_1000_documents() {
    let (mut asked, mut yes) = (0u32, 0u32);
    for seed in 0..1_000 {
        let model = model(&mut Random(seed));
        let text = source(&model);
        let program = resolved(&text);
        let rights = Rights::of(&program);
        for actor in actors(&model) {
            for power in rights.powers() {
                let want = brute_force(&model, &actor, &power);
                assert_eq!(rights.can(&actor, &power), want, "seed {seed}: {actor:?} {power:?}\n{text}");
                asked += 1;
                yes += u32::from(want);
            }
        }
        for right in RIGHTS {
            // Holding a role with whatever it needs, and nothing else.
            let alone = |role: &&ModelRole| {
                let credentials = model.credentials.iter().cloned().collect();
                // What credentials alone give is not by the role.
                let roles = BTreeSet::from([role.name.clone()]);
                let with = ActorState { roles, credentials, ..ActorState::default() };
                let without = ActorState { roles: BTreeSet::new(), ..with.clone() };
                has(&model, &with, right) && !has(&model, &without, right)
            };
            let by_role: BTreeSet<_> = model.roles.iter().filter(alone).map(|role| role.name.clone()).collect();
            let holders = rights.holders(right);
            // A body of its holders can give a role more by `held_by`.
            let gives = |role: &String| {
                model.bodies.iter().any(|(body, ..)| {
                    model.roles.iter().any(|other| other.held_by.as_ref() == Some(body) && other.name != *role)
                })
            };
            assert!(by_role.iter().all(|role| holders.contains(role) || gives(role)), "seed {seed}: {right}\n{text}");
            let all = |role: &String| {
                let roles = BTreeSet::from([role.clone()]);
                let credentials = model.credentials.iter().cloned().collect();
                has(&model, &ActorState { roles, credentials, ..ActorState::default() }, right)
            };
            assert!(holders.iter().all(all), "seed {seed}: {right}\n{text}");
        }
    }
    assert!(asked > 400_000 && yes > 50_000, "{yes} of {asked}");
}

#[test]
fn what_anyone_may_call_anybody_can() {
    let neighbourhood = resolved(NEIGHBOURHOOD);
    let rights = Rights::of(&neighbourhood);
    let stranger = ActorState::default();
    assert!(rights.can(&stranger, &Power::Act("register".into())));
    assert!(!rights.can(&stranger, &Power::Act("welcome".into())));
    let question = Question::parse(&neighbourhood, "action register").unwrap();
    assert!(text(&who_can(&neighbourhood, &question)).contains("Anybody, by the action `register`."));
}
