use super::*;
use crate::descriptor::tests::{resolved, BAKERY, EXAMPLES, NEIGHBOURHOOD};
use std::{fs, path::Path};

/// Compares with a file; `ICN_UPDATE_GOLDEN=1` writes it.
#[allow(clippy::disallowed_methods)] // Tests read what the one who runs them wants.
pub(crate) fn golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    if std::env::var("ICN_UPDATE_GOLDEN").is_ok() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, known, "{file} is different; write it with ICN_UPDATE_GOLDEN=1 and read what changes");
}

fn numbers(members: u64, counts: &[(&str, u64)]) -> Numbers {
    let counts = counts.iter().map(|(name, count)| ((*name).to_string(), *count)).collect();
    Numbers { members: Some(members), counts }
}

#[test]
fn the_bakery_with_23_workers() {
    let bakery = explain(&resolved(BAKERY), &numbers(27, &[("worker", 23), ("candidate", 4)]));
    golden("explain/bakery.md", &markdown(&bakery));
    let said = text(&bakery);
    assert!(said.contains("Of 23 voters, at least 16 must vote"));
    assert!(said.contains("at least three quarters of the votes cast must agree: 12 of 16 if nobody abstains"));
}

#[test]
fn the_neighbourhood_without_numbers() {
    let neighbourhood = explain(&resolved(NEIGHBOURHOOD), &Numbers::default());
    golden("explain/neighbourhood.md", &markdown(&neighbourhood));
}

fn sentence_of(program: &Program, numbers: &Numbers, process: &str) -> String {
    let document = explain(program, numbers);
    let lines = document.sections.iter().flat_map(|section| &section.lines);
    let needle = format!("`{process}`: ");
    lines.map(|line| line.text.clone()).find(|text| text.starts_with(&needle)).unwrap_or_default()
}

#[test]
fn decisions_have_exact_numbers() {
    let with = |rest: &str, voters: u64| {
        let source = format!(
            "constitution \"c\" version 1.0.0 for cooperative;
             class member {{ votes: true; }}
             process p {{ voters: member; deliberation: 1d; voting: 1d; {rest} }}"
        );
        sentence_of(&resolved(&source), &numbers(voters, &[]), "p")
    };
    // From the rules: of 23 members 16 must take part, and more than half of them agree.
    let majority = with("method: majority; threshold: 1/2; quorum: 2/3;", 23);
    assert!(majority.contains("Of 23 voters, at least 16 must vote, and more than half of the votes cast must agree: 9 of 16 if nobody abstains."), "{majority}");
    let of_all = with("method: majority; threshold: 1/2; quorum: 2/3; of: of_eligible;", 23);
    assert!(of_all.contains("more than half of all voters must agree: 12 of 23."), "{of_all}");
    let three_quarters = with("method: supermajority; threshold: 3/4; quorum: 1;", 23);
    assert!(three_quarters
        .contains("at least 1 must vote, and at least three quarters of the votes cast must agree: 1 of 1"));
    let all = with("method: unanimous; quorum: 100%;", 7);
    assert!(all.contains("at least 7 must vote, and all of the votes cast must agree: 7 of 7"), "{all}");
    assert!(with("method: consent; quorum: 8;", 7).contains("8 would have to vote, which cannot be reached"));
    assert!(with("method: majority; threshold: 1/2; quorum: 0%;", 7).contains("no number must vote"));
    assert!(with("method: schulze; quorum: 10%;", 11).contains("at least 2 must vote"));
}

#[test]
fn numbers_follow_from_who_belongs_to_whom() {
    let bakery = resolved(BAKERY);
    let known = numbers(27, &[("worker", 23)]);
    assert_eq!(known.of(&bakery, "assembly"), Some(23));
    assert_eq!(known.of(&bakery, "member"), Some(23));
    assert_eq!(known.of(&bakery, "panel"), Some(3));
    assert_eq!(known.of(&bakery, "steward"), None);
    // Of members only workers vote.
    assert_eq!(numbers(20, &[]).of(&bakery, "assembly"), Some(20));
    assert_eq!(Numbers::default().of(&bakery, "assembly"), None);
}

#[test]
fn every_article_is_cited() {
    for source in EXAMPLES {
        let program = resolved(source);
        let document = explain(&program, &Numbers::default());
        let cited: Vec<_> =
            document.sections.iter().flat_map(|section| &section.lines).flat_map(|line| &line.articles).collect();
        for decl in &program.decls {
            assert!(cited.contains(&&decl.article), "{} {}", decl.kind.word(), decl.name);
        }
    }
}

#[test]
fn json_has_sections_and_articles() {
    let document = explain(&resolved(BAKERY), &Numbers::default());
    let json: serde_json::Value = serde_json::from_str(&json(&document)).unwrap();
    assert_eq!(json["title"], "Riverside Bakery Workers' Cooperative");
    assert_eq!(json["sections"][0]["heading"], "Who we are");
    assert!(json["sections"][1]["lines"][0]["articles"][0].is_u64());
}

#[test]
fn an_empty_document_is_explained() {
    let document = explain(&Program::default(), &Numbers::default());
    assert!(!markdown(&document).is_empty() && !text(&document).is_empty());
}
