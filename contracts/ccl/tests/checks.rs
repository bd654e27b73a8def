//! Small documents that each fail one check, and pass by one change.
//!
//! The first lines of `checks/<name>.ccl` are comments. `expect Code at` with the text of the place is the one report that it
//! gives, `repair` the change of a text to another after which there is none, `against` the document in `checks/before` that it
//! amends, and what they extend may be in `checks/shared`; texts stand in backticks, `\n` for a new line. `<name>.txt` is the report as members read it; `ICN_UPDATE_GOLDEN=1` writes it.

use icn_ccl::{
    ast::File,
    check,
    diagnostic::{render, sorted, Code, Diagnostic},
    program::Program,
    sema::{resolve, Arguments, Modules},
    syntax::parse,
};
use std::{collections::BTreeSet, fs, path::Path};

struct Core;

impl Modules for Core {
    fn module(&self, name: &str) -> Option<(String, String)> {
        if let Some(shared) = name.strip_prefix("shared/").and_then(|name| name.strip_suffix("@1")) {
            let path = directory().join("shared").join(shared).with_extension("ccl");
            return Some((fs::read_to_string(path).expect("it is shared"), "cid".into()));
        }
        let file = match name {
            "core/civic@1" => "civic",
            "core/contract@1" => "contract",
            "core/justice@1" => "justice",
            "templates/community_charter@1" => "../templates/community_charter",
            _ => return None,
        };
        let path = directory().join(format!("../../../library/core/{file}.ccl"));
        Some((fs::read_to_string(path).expect("the module is in the library"), "cid".into()))
    }

    fn names(&self) -> Vec<String> {
        ["core/civic@1", "core/contract@1", "core/justice@1"].map(String::from).into()
    }
}

fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checks"))
}

/// The program and every report, of whichever step is the first to have an error.
fn look(source: &str, previous: Option<&Program>) -> (Program, Vec<Diagnostic>) {
    let parsed = parse(source);
    let (program, mut found) = resolve(&File::of(&parsed.syntax()), &Core, &Arguments::new());
    found.extend(parsed.diagnostics);
    if !found.iter().any(Diagnostic::is_error) {
        found.extend(check::check(&program));
        found.extend(previous.map(|previous| check::against(&program, previous)).into_iter().flatten());
    }
    (program, sorted(found))
}

/// The quoted texts of a comment line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('"').skip(1).step_by(2).collect()
}

struct Case {
    code: Code,
    at: String,
    repair: (String, String),
    before: Option<String>,
}

fn case(source: &str) -> Case {
    let line = |word: &str| source.lines().find_map(|line| line.strip_prefix("// ")?.strip_prefix(word));
    let expect = line("expect ").expect("says what it expects");
    let name = expect.split(' ').next().unwrap();
    let code = *Code::ALL.iter().find(|code| code.name() == name).expect("a code of the language");
    let strip = |text: &str| text.trim_matches('`').replace("\\n", "\n");
    let at = strip(expect.split_once(" at ").expect("says where").1);
    let (old, new) = line("repair ").and_then(|line| line.split_once(" => ")).expect("says how it is repaired");
    Case { code, at, repair: (strip(old), strip(new)), before: line("against ").map(|line| quoted(line).concat()) }
}

fn run(name: &str, source: &str) -> (Code, String) {
    let case = case(source);
    let before = case.before.as_ref().map(|file| {
        let text = fs::read_to_string(directory().join("before").join(file)).expect("the document before is there");
        let (program, found) = look(&text, None);
        assert!(found.is_empty(), "{file}:\n{}", render(file, &text, &found, false));
        program
    });
    let (_, found) = look(source, before.as_ref());
    let report = render(name, source, &found, false);
    let [one] = found.as_slice() else { panic!("{name}: {} reports\n{report}", found.len()) };
    assert_eq!(one.code, case.code, "{name}\n{report}");
    let text = source.get(one.span.range()).expect("the span lies in the source");
    assert_eq!(text, case.at, "{name}\n{report}");
    let of_checks = matches!(one.code.id().as_bytes()[4], b'4' | b'6');
    assert!(one.help.is_some() || !of_checks, "{name}: what should a member do?\n{report}");
    let header = source.find("\n\n").expect("an empty line ends the header");
    let (head, body) = source.split_at(header);
    assert_eq!(body.matches(&case.repair.0).count(), 1, "{name}: `{}` is not once in it", case.repair.0);
    let repaired = format!("{head}{}", body.replacen(&case.repair.0, &case.repair.1, 1));
    let (_, found) = look(&repaired, before.as_ref());
    assert!(found.is_empty(), "{name}, repaired:\n{}", render(name, &repaired, &found, false));
    (case.code, report)
}

#[test]
fn each_check_fails_its_document_and_passes_the_repaired_one() {
    let mut names: Vec<_> = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "ccl"));
    names.sort();
    let mut codes = BTreeSet::new();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        let (code, report) = run(&name, &source);
        codes.insert(code);
        let golden = path.with_extension("txt");
        if std::env::var_os("ICN_UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &report).unwrap();
        }
        let known = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(known, report, "{name}: the report has changed; ICN_UPDATE_GOLDEN=1 writes it anew");
    }
    // What is wrong with the text itself has its documents in `syntax`.
    let of_syntax = [Code::Syntax, Code::TooLarge, Code::TooDeep, Code::HiddenText];
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !of_syntax.contains(code) && !codes.contains(code)).collect();
    assert!(missing.is_empty(), "no document fails with {missing:?}");
}

#[test]
fn the_examples_pass() {
    for name in ["bakery.ccl", "neighbourhood.ccl"] {
        let source = fs::read_to_string(directory().join("../../../library/examples").join(name)).unwrap();
        let (_, found) = look(&source, None);
        let errors: Vec<_> = found.iter().filter(|found| found.is_error()).cloned().collect();
        assert!(errors.is_empty(), "{}", render(name, &source, &errors, false));
        let codes: Vec<_> = found.iter().map(|found| found.code).collect();
        // Clerks hand out the cards of residents, who appoint clerks.
        let want: &[Code] = if name == "neighbourhood.ccl" { &[Code::Spread] } else { &[] };
        assert_eq!(codes, want, "{}", render(name, &source, &found, false));
    }
}
