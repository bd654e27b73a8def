//! What `icn ccl who-can` answers, against an organisation that is asked by trying: of random small documents, everybody whom
//! there could be calls, proposes and votes, and whoever comes into a role, class or credential by a call does so by a way that
//! was told.

use icn_ccl::{
    ast::File,
    diagnostic::render,
    program::{Builtin, Program},
    sema::{self, NoModules},
    syntax::parse,
    value::Value,
    who_can::{who_can, ActorState, Power, Question, Rights},
};
use icn_covm::Engine;
use icn_covm_local::{
    economy::{Credential, Economy, Member, ORGANISATION},
    suite::EPOCH,
    Chain, Choice, Failure, Limits, Outcome,
};
use std::{
    collections::BTreeSet,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex,
    },
};

const CASES: u64 = 1_000;

/// Who acts, and to whom something is done.
const ACTOR: &str = "did:icn:test:actor";
const OTHER: &str = "did:icn:test:other";

const RIGHTS: [&str; 4] = ["vote", "propose", "dig", "plant"];

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

/// The text of a document, and what is declared in it.
struct Drawn {
    text: String,
    classes: Vec<String>,
    credentials: Vec<String>,
    roles: Vec<String>,
    /// Bodies for which somebody is drawn.
    chosen: Vec<String>,
    /// Process and proposals by it.
    proposals: Vec<(String, String)>,
}

fn draw(seed: u64) -> Drawn {
    let random = &mut Random(seed);
    let names = |prefix: &str, count: usize| (0..count).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>();
    let classes = names("class", 1 + random.below(2));
    let credentials = names("Card", random.below(2));
    let roles = names("role", 1 + random.below(3));
    let bodies = names("body", 1 + random.below(2));
    let processes = names("process", 1 + random.below(2));
    let mut text = String::from(
        "constitution \"Drawn\" version 1.0.0 for community;\npermission dig \"d\"; permission plant \"p\";\nstate count: Int = 0;\n",
    );
    for name in &classes {
        text += &format!("class {name} {{ votes: {}; }}\n", !random.one_in(4));
    }
    for name in &credentials {
        text += &format!("credential {name} {{ template: custom; issuer: role0; }}\n");
    }
    let holders: Vec<String> = classes.iter().chain(&bodies).cloned().collect();
    let members: Vec<String> = classes.iter().chain(&roles).cloned().collect();
    let voters: Vec<String> = members.iter().chain(&bodies).cloned().collect();
    let mut assigned = Vec::new();
    for (at, name) in roles.iter().enumerate() {
        let can: Vec<_> = RIGHTS.into_iter().filter(|_| random.one_in(2)).collect();
        let extends = match at > 0 && random.one_in(2) {
            true => format!(" extends {}", random.pick(&roles[..at])),
            false => String::new(),
        };
        let needs: Vec<_> = credentials.iter().filter(|_| random.one_in(3)).cloned().collect();
        let source = match random.below(3) {
            0 => format!(" held_by: {};", random.pick(&holders)),
            1 => {
                assigned.push(name.clone());
                " assigned_by: process0;".into()
            }
            _ => String::new(),
        };
        text +=
            &format!("role {name}{extends} {{ can: [{}]; needs: [{}];{source} }}\n", can.join(", "), needs.join(", "));
    }
    let mut chosen = Vec::new();
    for name in bodies {
        let selection = match random.one_in(3) {
            true => " selection: sortition;",
            false => "",
        };
        text += &format!("body {name} {{ members: {};{selection} }}\n", random.pick(&members));
        chosen.extend(Some(name).filter(|_| !selection.is_empty()));
    }
    for name in &processes {
        let proposers = match random.one_in(2) {
            true => format!(" proposers: {};", random.pick(&voters)),
            false => String::new(),
        };
        let voters = random.pick(&voters);
        text += &format!(
            "process {name} {{ voters: {voters}; method: majority; threshold: 1/2; quorum: 1; deliberation: 1d; voting: 1d;{proposers} }}\n"
        );
    }
    // What calls do: somebody comes into something, or nobody does.
    let mut effect = || match random.below(5) {
        0 if !assigned.is_empty() => format!("grant_role(who, {});", random.pick(&assigned)),
        1 => format!("admit(who, {});", random.pick(&classes)),
        2 if !credentials.is_empty() => format!("issue(who, {} {{ }});", random.pick(&credentials)),
        3 if !assigned.is_empty() => format!("if is_member(who) {{ grant_role(who, {}); }}", random.pick(&assigned)),
        _ => "count += 1;".into(),
    };
    let mut proposals = Vec::new();
    for (at, process) in processes.iter().enumerate() {
        let name = format!("Proposal{at}");
        text += &format!("proposal {name}(who: Did) {{ process: {process}; effect {{ {} }} }}\n", effect());
        proposals.push((process.clone(), name));
    }
    for (at, right) in ["dig", "plant", "anyone"].into_iter().enumerate() {
        text += &format!("action act{at}(who: Did) requires {right} {{ {} }}\n", effect());
    }
    Drawn { text, classes, credentials, roles, chosen, proposals }
}

fn subsets(of: &[String]) -> Vec<BTreeSet<String>> {
    (0..1usize << of.len())
        .map(|bits| of.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, name)| name.clone()).collect())
        .collect()
}

/// Everybody whom there could be.
fn actors(drawn: &Drawn) -> Vec<ActorState> {
    let classes = drawn.classes.iter().cloned().map(Some).chain([None]);
    let mut all = Vec::new();
    for class in classes {
        for roles in subsets(&drawn.roles) {
            for credentials in subsets(&drawn.credentials) {
                for bodies in subsets(&drawn.chosen) {
                    let (class, roles, credentials) = (class.clone(), roles.clone(), credentials.clone());
                    all.push(ActorState { did: ACTOR.into(), class, roles, bodies, credentials });
                }
            }
        }
    }
    all
}

/// An organisation in which there is only this person, and another member of the same class.
fn arrange(program: &Program, actor: &ActorState) -> Economy {
    let mut economy = Economy::default();
    if let Some(class) = &actor.class {
        let member = Member { class: class.clone(), joined: EPOCH, suspended_until: None };
        economy.members.insert(ACTOR.into(), member);
    }
    economy.assigned = actor.roles.iter().map(|role| ((role.clone(), ACTOR.into()), EPOCH)).collect();
    for body in
        program.decls_of(icn_ccl::schema::Kind::Body).filter(|body| body.settings.word("selection") != Some("all"))
    {
        // Somebody is.
        economy.chosen.entry(body.name.clone()).or_default().insert(OTHER.into());
    }
    for body in &actor.bodies {
        economy.chosen.entry(body.clone()).or_default().insert(ACTOR.into());
    }
    for kind in &actor.credentials {
        let credential = Credential { claims: Value::Record(Vec::new()), expires: None };
        economy.credentials.insert((ACTOR.into(), kind.clone()), credential);
    }
    let roles = program.decls_of(icn_ccl::schema::Kind::Role);
    economy.enrolled = roles.map(|role| (role.name.clone(), ACTOR.into())).collect();
    economy
}

fn unauthorised<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Unauthorised { .. }))
}

/// What was asked, how often the answer was yes, and how often somebody came into something.
#[derive(Default)]
struct Asked {
    questions: u64,
    yes: u64,
    ways: u64,
}

/// What there is for somebody to come into, as it is asked about.
fn things(drawn: &Drawn) -> Vec<Question> {
    let grant = drawn.roles.iter().map(|role| Question::Effect(Builtin::GrantRole, Some(role.clone())));
    let admit = drawn.classes.iter().map(|class| Question::Effect(Builtin::Admit, Some(class.clone())));
    grant.chain(admit).chain([Question::Effect(Builtin::Issue, None)]).collect()
}

/// Whether the other is in what is asked about.
fn is_in(economy: &Economy, thing: &Question) -> bool {
    match thing {
        Question::Effect(Builtin::GrantRole, Some(role)) => {
            economy.assigned.contains_key(&(role.clone(), OTHER.into()))
        }
        Question::Effect(Builtin::Admit, Some(class)) => {
            economy.members.get(OTHER).is_some_and(|member| member.class == *class)
        }
        _ => economy.credentials.keys().any(|(who, _)| who == OTHER),
    }
}

fn judge(engine: &Arc<Engine>, seed: u64) -> Asked {
    let drawn = draw(seed);
    let (program, found) = sema::resolve(&File::of(&parse(&drawn.text).syntax()), &NoModules, &sema::Arguments::new());
    assert!(found.is_empty(), "{}", render("drawn", &drawn.text, &found, false));
    let program = Arc::new(program);
    let rights = Rights::of(&program);
    let code = icn_ccl::wasm::compile(&program, icn_ccl::wasm::Options::default());
    let mut chain = Chain::of_code(engine.clone(), program.clone(), &code, EPOCH, Limits::default()).unwrap();
    let mut asked = Asked::default();
    let who = || vec![Value::Text(OTHER.into())];
    // Who came into what, by what.
    let mut came: BTreeSet<(usize, String)> = BTreeSet::new();
    let things = things(&drawn);
    for actor in actors(&drawn) {
        let mut economy = arrange(&program, &actor);
        let stranger = economy.clone();
        // The other is a member or not: some calls need that.
        for is_member in [false, true] {
            if is_member {
                let member = Member { class: drawn.classes[0].clone(), joined: EPOCH, suspended_until: None };
                economy.members.insert(OTHER.into(), member);
            }
            for name in ["act0", "act1", "act2"] {
                *chain.economy_mut() = economy.clone();
                let before: Vec<_> = things.iter().map(|thing| is_in(chain.economy(), thing)).collect();
                let Outcome { result, .. } = chain.call(ACTOR, name, who()).unwrap();
                let can = rights.can(&actor, &Power::Act(name.into()));
                assert_eq!(!unauthorised(&result), can, "seed {seed}: {actor:?} {name}\n{}", drawn.text);
                asked.questions += 1;
                asked.yes += u64::from(can);
                let now = things.iter().enumerate().filter(|(at, thing)| !before[*at] && is_in(chain.economy(), thing));
                came.extend(now.map(|(at, _)| (at, name.to_string())));
            }
            for (_, proposal) in &drawn.proposals {
                *chain.economy_mut() = economy.clone();
                let before: Vec<_> = things.iter().map(|thing| is_in(chain.economy(), thing)).collect();
                chain.enact(proposal, who()).unwrap();
                let now = things.iter().enumerate().filter(|(at, thing)| !before[*at] && is_in(chain.economy(), thing));
                came.extend(now.map(|(at, _)| (at, proposal.clone())));
            }
        }
        *chain.economy_mut() = stranger;
        for (process, proposal) in &drawn.proposals {
            chain.set_time(EPOCH);
            let made = chain.propose(ACTOR, proposal, who()).unwrap();
            let can = rights.can(&actor, &Power::Propose(proposal.clone()));
            assert_eq!(!unauthorised(&made), can, "seed {seed}: {actor:?} proposes {proposal}\n{}", drawn.text);
            let id = chain.propose(ORGANISATION, proposal, who()).unwrap().unwrap();
            chain.set_time(EPOCH + 86_400_000);
            let voted = chain.vote(ACTOR, id, Choice::Yes);
            let may = rights.can(&actor, &Power::Vote(process.clone()));
            assert_eq!(!unauthorised(&voted), may, "seed {seed}: {actor:?} votes by {process}\n{}", drawn.text);
            chain.set_time(EPOCH);
            asked.questions += 2;
            asked.yes += u64::from(can) + u64::from(may);
        }
        for right in RIGHTS {
            let may = chain.economy().may(chain.law(), ACTOR, right, EPOCH);
            let can = rights.can(&actor, &Power::Permission(right.into()));
            assert_eq!(may, can, "seed {seed}: {actor:?} may {right}\n{}", drawn.text);
            asked.questions += 1;
            asked.yes += u64::from(can);
        }
    }
    for (at, thing) in things.iter().enumerate() {
        // Ways of the kernel, as `role0.assign`, are no calls of the document.
        let told = who_can(&program, thing).ways.into_iter().map(|way| way.through).filter(|way| !way.contains('.'));
        let told: BTreeSet<String> = told.collect();
        let found: BTreeSet<String> = came.iter().filter(|(of, _)| *of == at).map(|(_, by)| by.clone()).collect();
        assert_eq!(told, found, "seed {seed}: {thing:?}\n{}", drawn.text);
        asked.ways += found.len() as u64;
    }
    asked
}

#[allow(clippy::disallowed_methods, reason = "a test may ask its environment how long to search")]
fn cases() -> u64 {
    std::env::var("ICN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

#[test]
fn who_can_do_what_is_what_comes_of_trying() {
    let engine = Chain::engine().expect("there is an engine");
    let (next, total) = (AtomicU64::new(0), Mutex::new(Asked::default()));
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= cases() {
            return;
        }
        let asked = judge(&engine, seed);
        let mut total = total.lock().expect("nobody panics with it");
        total.questions += asked.questions;
        total.yes += asked.yes;
        total.ways += asked.ways;
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let Asked { questions, yes, ways } = total.into_inner().expect("nobody panics with it");
    println!("{} documents: {questions} questions, {yes} times yes, {ways} ways into something", cases());
    assert!(yes * 4 > questions && yes * 4 < questions * 3 && ways >= cases(), "{questions} {yes} {ways}");
}
