//! What a member reads of mistakes in the writing: each `.ccl` has its report beside it.
//!
//! `ICN_UPDATE_GOLDEN=1` writes the reports anew.

use icn_ccl::{diagnostic::render, limits::SOURCE_BYTES_MAX, syntax::parse};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/syntax")
}

/// The report of a source, compared with the one that is kept.
fn check(name: &str, source: &str) {
    let report = render(&format!("{name}.ccl"), source, &parse(source).diagnostics, false);
    let path = folder().join(name).with_extension("txt");
    if std::env::var_os("ICN_UPDATE_GOLDEN").is_some() {
        return fs::write(path, report).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(report, kept, "the report of {name}.ccl is another: look at it, and write it with ICN_UPDATE_GOLDEN=1");
}

#[test]
fn mistakes_are_reported_as_kept() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut sources: Vec<_> = files.filter(|path| path.extension().is_some_and(|kind| kind == "ccl")).collect();
    sources.sort();
    assert!(sources.len() >= 25);
    for path in sources {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let source = fs::read_to_string(&path).unwrap();
        assert!(!parse(&source).diagnostics.is_empty(), "{name}.ccl has no mistake");
        check(name, &source);
    }
}

#[test]
fn a_source_that_is_too_long_is_reported_as_kept() {
    let header = "contract \"Budget\" version 1.0.0 for community;\n";
    check("too_large", &format!("{header}{}", "// more\n".repeat(SOURCE_BYTES_MAX / 8)));
}

#[test]
fn long_lines_are_quoted_in_part() {
    check(
        "long_line",
        &format!("contract \"Ж\" version 1.0.0 for community; {}const A: Int = ;\n", "/* é */ ".repeat(60)),
    );
}

#[test]
fn reports_on_one_endless_line_are_short() {
    let source = "role { } ".repeat(SOURCE_BYTES_MAX / 9);
    let diagnostics = parse(&source).diagnostics;
    assert!(diagnostics.len() > 50, "{} mistakes", diagnostics.len());
    let report = render("long.ccl", &source, &diagnostics, false);
    assert!(report.len() < 400 * diagnostics.len(), "{} bytes", report.len());
}
