use super::*;
use crate::{
    descriptor::tests::{resolved, BAKERY, EXAMPLES, NEIGHBOURHOOD},
    program::{Band, SettingValue as Value, Settings},
    schema::{Form, Meaning, Need, Setting, Shape},
};

type Block = BTreeMap<String, Value>;

fn changed(source: &str, from: &str, to: &str) -> Vec<Change> {
    assert!(source.contains(from), "{from}");
    diff(&resolved(source), &resolved(&source.replacen(from, to, 1)))
}

/// Path and direction of each change.
fn lines(changes: &[Change]) -> Vec<(&str, Direction)> {
    changes.iter().map(|change| (change.path.as_str(), change.direction)).collect()
}

fn is_inverse(there: &[Change], back: &[Change]) {
    let mut want: Vec<_> = there
        .iter()
        .map(|change| (&change.path, change.kind, change.direction.inverse(), &change.new, &change.old))
        .collect();
    let mut got: Vec<_> =
        back.iter().map(|change| (&change.path, change.kind, change.direction, &change.old, &change.new)).collect();
    want.sort();
    got.sort();
    assert_eq!(got, want);
}

/// What a mutation does to a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Greater,
    Less,
    Other,
    Set,
    Unset,
}

/// Values next to one, and which way they lie.
fn neighbours(value: &Value, form: Form) -> Vec<(Value, Way)> {
    use Way::{Greater, Less, Other};
    match (value, form) {
        (Value::Bool(yes), _) => vec![(Value::Bool(!yes), if *yes { Less } else { Greater })],
        (Value::Int(number), _) => vec![(Value::Int(number + 1), Greater), (Value::Int(number - 1), Less)],
        (Value::Count(number), _) => vec![(Value::Count(number + 1), Greater)],
        (Value::Ratio(a, b), _) => {
            let sum = |x: i128| crate::number::reduced(a * 100 + x * b, b * 100).unwrap();
            [(sum(1), Greater), (sum(-1), Less)].map(|((a, b), way)| (Value::Ratio(a, b), way)).to_vec()
        }
        (Value::Duration(millis), _) => {
            let hour = 3_600_000;
            let less = (*millis > 0).then_some((Value::Duration(millis - hour.min(*millis)), Less));
            [(Value::Duration(millis + hour), Greater)].into_iter().chain(less).collect()
        }
        (Value::Time(millis), _) => vec![(Value::Time(millis + 1), Other)],
        (Value::Amount { minor, resource }, _) => [(1, Greater), (-1, Less)]
            .map(|(by, way)| (Value::Amount { minor: minor + by, resource: resource.clone() }, way))
            .to_vec(),
        (Value::Text(text), _) => vec![(Value::Text(format!("{text}!")), Other)],
        (Value::Name(name), _) => vec![(Value::Name(format!("other_{name}")), Other)],
        (Value::Did(did), _) => vec![(Value::Did(format!("{did}a")), Other)],
        (Value::Word(word, _), Form::Word(words)) => {
            let others = words.iter().filter(|other| other.word != word && other.payload.is_none());
            others.map(|other| (Value::Word(other.word.into(), None), Other)).collect()
        }
        (Value::List(values), _) => {
            let new = match form {
                Form::List(Form::Text) => Value::Text("something new".into()),
                Form::List(Form::Word(_)) => Value::Word("new_word".into(), None),
                _ => Value::Name("new_name".into()),
            };
            let more: Vec<_> = values.iter().cloned().chain([new]).collect();
            let fewer = (0..values.len()).map(|at| {
                let mut fewer = values.clone();
                fewer.remove(at);
                (Value::List(fewer), Way::Unset)
            });
            [(Value::List(more), Way::Set)].into_iter().chain(fewer).collect()
        }
        _ => Vec::new(),
    }
}

/// A value for a setting that has none.
fn something(form: Form) -> Option<Value> {
    Some(match form {
        Form::Text => Value::Text("words".into()),
        Form::Bool => Value::Bool(true),
        Form::Int(min, _) => Value::Int(min.max(1)),
        Form::Ratio | Form::RatioOrCount => Value::Ratio(1, 3),
        Form::Duration => Value::Duration(3_600_000),
        Form::Time => Value::Time(0),
        Form::Did => Value::Did("did:icn:a".into()),
        Form::Amount | Form::Cost => Value::Amount { minor: 5, resource: "eur".into() },
        Form::Name(_) | Form::Members(_) => Value::Name("new_name".into()),
        Form::Word(words) => Value::Word(words.iter().find(|word| word.payload.is_none())?.word.into(), None),
        _ => return None,
    })
}

/// What the table says that a mutation means.
fn meant(setting: &Setting, of: &str, way: Way) -> Direction {
    use Direction as D;
    let is_list = matches!(setting.shape, Shape::Value(Form::List(_) | Form::Permissions | Form::Names));
    // Limits that are no limits, see the module's words.
    let unlimited =
        [("objections", "max_per_period"), ("spender", "single"), ("spender", "per_period"), ("rate", "amount")];
    let reversed = unlimited.contains(&(of, setting.key)) || (of, setting.key) == ("demurrage", "every");
    let greater = match (way, setting.meaning) {
        (Way::Other, _) if setting.key == "method" => return D::Changed,
        (Way::Other, _) => return D::Changed,
        (Way::Set, Meaning::Neutral) => return D::Added,
        (Way::Unset, Meaning::Neutral) => return D::Removed,
        (Way::Set, Meaning::Weaker) if !is_list => (of, setting.key) == ("demurrage", "rate"),
        (Way::Unset, Meaning::Weaker) if !is_list => (of, setting.key) != ("demurrage", "rate"),
        (Way::Set, _) => !reversed,
        (Way::Unset, _) => reversed,
        (Way::Greater, _) => true,
        (Way::Less, _) => false,
    };
    match (setting.meaning, greater) {
        (Meaning::Neutral, _) => D::Changed,
        (Meaning::Stronger, true) | (Meaning::Weaker, false) => D::Stronger,
        (Meaning::Stronger, false) | (Meaning::Weaker, true) => D::Weaker,
        (Meaning::Grants, true) => D::Granted,
        (Meaning::Grants, false) => D::Revoked,
    }
}

/// A block with one setting changed, the path of it from the block, and what it means.
type Mutation = (Block, String, Direction);

fn mutations(block: &Block, table: &'static [Setting], of: &str) -> Vec<Mutation> {
    let mut all = Vec::new();
    for setting in table {
        let with = |value: Option<Value>| {
            let mut block = block.clone();
            match value {
                Some(value) => block.insert(setting.key.into(), value),
                None => block.remove(setting.key),
            };
            block
        };
        let key = setting.key;
        match (setting.shape, block.get(key)) {
            // Other decimals make other amounts of the same smallest units.
            _ if key == "decimals" => {}
            (Shape::Value(Form::Condition), _) => {}
            (Shape::Value(form), None) => {
                if let Some(value) = something(form) {
                    all.push((with(Some(value)), key.to_string(), meant(setting, of, Way::Set)));
                }
            }
            (Shape::Value(form), Some(value)) => {
                for (other, way) in neighbours(value, form) {
                    let element = match (value, &other) {
                        (Value::List(old), Value::List(new)) => {
                            let one = old.iter().find(|one| !new.contains(one)).or(new.last()).cloned();
                            match one {
                                Some(Value::Name(name) | Value::Word(name, _)) => format!(".{name}"),
                                _ => String::new(),
                            }
                        }
                        _ => String::new(),
                    };
                    // Unanimity is harder than a share.
                    let direction = match (key, &other) {
                        ("method", Value::Word(word, _)) if word == "unanimous" && by_share(value) => {
                            Direction::Stronger
                        }
                        _ => meant(setting, of, way),
                    };
                    all.push((with(Some(other)), format!("{key}{element}"), direction));
                }
                if setting.need == Need::Optional {
                    all.push((with(None), key.to_string(), meant(setting, of, Way::Unset)));
                }
            }
            (Shape::Block(inner), Some(Value::Block(value))) => {
                for (block, path, direction) in mutations(value, inner, key) {
                    all.push((with(Some(Value::Block(block))), format!("{key}.{path}"), direction));
                }
            }
            (Shape::Named(_, inner), Some(Value::Named(named))) => {
                for (name, value) in named {
                    for (block, path, direction) in mutations(value, inner, key) {
                        let mut named = named.clone();
                        named.insert(name.clone(), block);
                        all.push((with(Some(Value::Named(named))), format!("{key}.{name}.{path}"), direction));
                    }
                }
            }
            (Shape::Bands(inner), Some(Value::Bands(bands))) => {
                for (at, band) in bands.iter().enumerate() {
                    for (settings, path, direction) in mutations(&band.settings, inner, key) {
                        let mut bands = bands.clone();
                        bands[at] = Band { settings, ..band.clone() };
                        all.push((with(Some(Value::Bands(bands))), format!("{key}.{}.{path}", at + 1), direction));
                    }
                }
            }
            _ => {}
        }
    }
    all
}

fn by_share(value: &Value) -> bool {
    matches!(value, Value::Word(word, _) if ["majority", "supermajority", "consensus"].contains(&word.as_str()))
}

#[test]
fn every_setting_that_changes_is_told_once_and_with_its_direction() {
    let mut count = 0;
    for source in EXAMPLES {
        let program = resolved(source);
        for (at, decl) in program.decls.iter().enumerate() {
            let block: Block = decl.settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            for (block, path, direction) in mutations(&block, decl.kind.settings(), decl.kind.word()) {
                let mut settings = Settings::default();
                block.into_iter().for_each(|(key, value)| settings.set(&key, value, None));
                let mut mutated = program.clone();
                mutated.decls[at].settings = settings;
                let path = format!("{}.{}.{path}", decl.kind.word(), decl.name);
                let there = diff(&program, &mutated);
                assert_eq!(lines(&there), [(path.as_str(), direction)]);
                is_inverse(&there, &diff(&mutated, &program));
                count += 1;
            }
        }
    }
    assert!(count > 600, "{count} mutations");
}

#[test]
fn the_same_document_has_no_changes() {
    for source in EXAMPLES {
        let program = resolved(source);
        assert_eq!(diff(&program, &program), []);
        // Spans and the order of items are no changes.
        let moved = source.replacen("organization", "// a remark\n\norganization", 1);
        assert_eq!(diff(&program, &resolved(&moved)), []);
    }
    assert_eq!(text(&[]), "Nothing changes.\n");
}

#[test]
fn the_other_way_round_everything_is_inverted() {
    let (bakery, neighbourhood) = (resolved(BAKERY), resolved(NEIGHBOURHOOD));
    let there = diff(&bakery, &neighbourhood);
    assert!(there.len() > 60);
    is_inverse(&there, &diff(&neighbourhood, &bakery));
    let none = Program::default();
    is_inverse(&diff(&none, &bakery), &diff(&bakery, &none));
}

#[test]
fn what_members_read() {
    let changes = changed(BAKERY, "quorum: 2/3;", "quorum: 50%;");
    assert_eq!(
        text(&changes),
        "process.amendment.quorum: 2/3 → 50 % (weaker)\n    Process `amendment`, how many of the voters must vote: 50 % \
         instead of 2/3. That is weaker.\n"
    );
    assert!(markdown(&changes).contains("| `process.amendment.quorum` | 2/3 | 50 % | weaker |"));
    let json: serde_json::Value = serde_json::from_str(&super::json(&changes)).unwrap();
    assert_eq!(json[0]["direction"], "weaker");
    assert_eq!(json[0]["kind"], "process");
    assert_eq!(json[0]["old"], "2/3");
}

#[test]
fn shares_and_numbers_compare_when_one_is_always_more() {
    let quorum = |from: &str, to: &str| {
        let source = BAKERY.replacen("quorum: 2/3", &format!("quorum: {from}"), 1);
        let changes = changed(
            &source,
            &format!("quorum: {from};\n  deliberation: 14d"),
            &format!("quorum: {to};\n  deliberation: 14d"),
        );
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        change.direction
    };
    // Five workers found the bakery: there are never fewer.
    assert_eq!(quorum("50%", "3"), Direction::Weaker, "half of five or more is at least three");
    assert_eq!(quorum("3", "50%"), Direction::Stronger);
    assert_eq!(quorum("50%", "4"), Direction::Changed, "more of five, less of nine");
    assert_eq!(quorum("0%", "1"), Direction::Stronger);
    assert_eq!(quorum("2", "3"), Direction::Stronger);
    assert_eq!(quorum("100%", "5"), Direction::Weaker);
}

#[test]
fn changes_beside_settings() {
    use Direction::{Added, Changed, Granted, Removed, Revoked, Stronger, Weaker};
    for (source, from, to, want) in [
        (BAKERY, "version 1.0.0", "version 1.1.0", vec![("document.version", Changed)]),
        (BAKERY, "/// The constitution of", "/// The rules of", vec![("document.docs", Changed)]),
        (
            BAKERY,
            "worker: founders List<Did> in 5 ..;",
            "worker: founders List<Did> in 6 ..;",
            vec![("found.worker.min", Stronger)],
        ),
        (BAKERY, "in 3 .. 3", "in 3 ..", vec![("found.overseer.max", Weaker)]),
        (BAKERY, "\"may pay small amounts", "\"may pay tiny amounts", vec![("permission.spend_small", Changed)]),
        (
            BAKERY,
            "requires 9/10",
            "requires 4/5",
            vec![("entrench.invariant.one_worker_one_vote", Weaker), ("entrench.process.amendment", Weaker)],
        ),
        (
            BAKERY,
            "[process.amendment, invariant.one_worker_one_vote] requires 9/10",
            "[process.amendment] forever",
            vec![("entrench.invariant.one_worker_one_vote", Weaker), ("entrench.process.amendment", Stronger)],
        ),
        (
            BAKERY,
            "available(till, eur) >= 0 eur;",
            "available(till, eur) >= 0 eur and reserve_of(till, eur) >= 0 eur;",
            vec![("invariant.solvent", Stronger)],
        ),
        (
            BAKERY,
            "available(till, eur) >= 0 eur;",
            "available(till, eur) >= -1 eur;",
            vec![("invariant.solvent", Changed)],
        ),
        (BAKERY, "invariant solvent: available(till, eur) >= 0 eur;", "", vec![("invariant.solvent", Weaker)]),
        (BAKERY, "role steward extends member", "role steward", vec![("role.steward.extends", Revoked)]),
        (BAKERY, "can: [review, pause]", "can: [review]", vec![("role.overseer.can.pause", Revoked)]),
        (BAKERY, "can: [review, pause]", "can: [pause, review, convene]", vec![("role.overseer.can.convene", Granted)]),
        (BAKERY, "amount <= 1000 eur", "amount <= 2000 eur", vec![("proposal.PayInEmergency.requires", Changed)]),
        (BAKERY, " and now >= member(person).joined + 90d", "", vec![("proposal.AdmitWorker.requires", Weaker)]),
        (
            BAKERY,
            "set_class(person, worker);",
            "set_class(person, worker); grant_role(person, treasurer);",
            vec![("proposal.AdmitWorker.effect.grant_role(treasurer)", Granted)],
        ),
        (BAKERY, "> 0 hours else", "> 1 hours else", vec![("proposal.PatronageDividend.code", Changed)]),
        (
            BAKERY,
            "proposal Amend(next: Cid)",
            "@signed proposal Amend(next: Cid)",
            vec![("proposal.Amend.signed", Granted)],
        ),
        (BAKERY, "requires convene {", "requires spend_small {", vec![("function.hand_out_card.requires", Changed)]),
        (
            BAKERY,
            "[dialogue, facilitated, mediation",
            "[facilitated, dialogue, mediation",
            vec![("dispute.conflicts.steps", Changed)],
        ),
        (
            BAKERY,
            "share: 60%; }\n",
            "share: 60%; }\n  category rest { }\n",
            vec![("budget.running.category.rest", Added)],
        ),
        (BAKERY, "  reserve { share: 20%; process: amendment; }\n", "", vec![("treasury.till.reserve", Weaker)]),
        (
            BAKERY,
            "mutual_credit; credit",
            "mutual_credit; demurrage { rate: 1%; every: 30d; } credit",
            vec![("resource.eur.demurrage", Weaker)],
        ),
        (NEIGHBOURHOOD, "spender clerk {}", "", vec![("budget.pb.spender.clerk", Revoked)]),
        (
            NEIGHBOURHOOD,
            "spender clerk {}",
            "spender clerk { single: 10 credits; }",
            vec![("budget.pb.spender.clerk.single", Revoked)],
        ),
        (
            NEIGHBOURHOOD,
            "Int = 3;",
            "Int = 4;",
            vec![("const.MAX_PER_PERSON", Changed), ("function.submit.code", Changed)],
        ),
        (NEIGHBOURHOOD, "@max(1000)", "@max(2000)", vec![("state.projects.max", Weaker)]),
        (NEIGHBOURHOOD, "Build, Closed", "Build, Closed, Later", vec![("type.Phase", Changed)]),
        (
            NEIGHBOURHOOD,
            "event Funded(id: Int, amount: Amount<credits>);",
            "event Funded(id: Int, amount: Amount<credits>);\nevent Lost();",
            vec![("event.Lost", Added)],
        ),
        (
            NEIGHBOURHOOD,
            "state phase: Phase = Phase.Submit",
            "state phase: Phase = Phase.Review",
            vec![("state.phase.initial", Changed)],
        ),
        (NEIGHBOURHOOD, "@max(2000000)", "@max(3000000)", vec![("invariant.within_budget.max", Changed)]),
        (
            NEIGHBOURHOOD,
            "test \"nobody",
            "on MemberRemoved(who: Did) { delete ballots[who]; }\ntest \"nobody",
            vec![("handler.MemberRemoved.1", Added)],
        ),
        (
            NEIGHBOURHOOD,
            "as law;",
            "as law;\nimport \"core/justice@1\" as justice;",
            vec![("import.justice", Added), ("type.justice.Case", Added)],
        ),
        (
            NEIGHBOURHOOD,
            "role clerk { can: [advance, assess];",
            "role clerk { can: [advance];",
            vec![("role.clerk.can.assess", Revoked)],
        ),
        (
            NEIGHBOURHOOD,
            "projects[id].feasible = some(ok);",
            "projects[id].feasible = some(ok); log(\"assessed\");",
            vec![("function.assess.effect.log(assessed)", Granted)],
        ),
        (
            NEIGHBOURHOOD,
            "action advance() requires advance",
            "action go_on() requires advance",
            vec![("function.advance", Removed), ("function.go_on", Added)],
        ),
        (
            NEIGHBOURHOOD,
            "action advance()",
            "@effective(time\"2027-01-01T00:00:00Z\") action advance()",
            vec![("function.advance.effective", Revoked)],
        ),
        (
            NEIGHBOURHOOD,
            "proposal AppointClerk",
            "@sunset(time\"2030-01-01T00:00:00Z\") proposal AppointClerk",
            vec![("proposal.AppointClerk.sunset", Revoked)],
        ),
    ] {
        let there = changed(source, from, to);
        assert_eq!(lines(&there), want, "{from} → {to}\n{}", text(&there));
        is_inverse(&there, &diff(&resolved(&source.replacen(from, to, 1)), &resolved(source)));
    }
}

#[test]
fn a_band_that_reaches_further_is_weaker_if_the_next_is_harder() {
    let source = BAKERY.replacen("band 500 eur .. 5000 eur", "band 600 eur .. 5000 eur", 1).replacen(
        "band 0 eur .. 500 eur",
        "band 0 eur .. 600 eur",
        1,
    );
    let there = diff(&resolved(BAKERY), &resolved(&source));
    assert_eq!(lines(&there), [("budget.running.band.1.to", Direction::Weaker)]);
    assert_eq!(there[0].old.as_deref(), Some("500 eur"));
    is_inverse(&there, &diff(&resolved(&source), &resolved(BAKERY)));
}

#[test]
fn other_decimals_are_not_other_amounts() {
    let there = changed(BAKERY, "unit: \"EUR\"; decimals: 2", "unit: \"EUR\"; decimals: 3");
    // Code counts in smallest units, and is told to be different.
    let want = ["proposal.PayInEmergency.requires", "resource.eur.decimals"];
    assert_eq!(lines(&there), want.map(|path| (path, Direction::Changed)));
}

#[test]
fn claims_are_told_one_by_one() {
    let (before, rest) = BAKERY.split_once("action hand_out_card").unwrap();
    let source = format!("{before}invariant{}", rest.split_once("\ninvariant").unwrap().1);
    let there = changed(&source, "since: Time;", "since: Int; by: Did;");
    let want = [
        ("credential.WorkerCard.claims.by", Direction::Added),
        ("credential.WorkerCard.claims.since", Direction::Changed),
    ];
    assert_eq!(lines(&there), want);
}
