//! Formatting changes how a document looks, and nothing of what it says.

use crate::{
    written::{joined, substance, words, Draft},
    EXAMPLES,
};
use icn_ccl::{
    diagnostic::{render, Code},
    fmt::{format, WIDTH_MAX},
    syntax::parse,
};
use proptest::{collection::vec, prelude::*};

const HEADER: &str = "contract \"T\" version 1.0.0 for node;\n";

fn formatted(source: &str) -> String {
    format(source).unwrap_or_else(|found| panic!("{source}\n{found:#?}"))
}

/// What holds of every source that parses.
fn check(source: &str) {
    let once = match format(source) {
        Ok(once) => once,
        Err(found) if found.iter().all(|one| one.code == Code::TooLarge) => return,
        Err(found) => panic!("{}", render("source", source, &found, false)),
    };
    same(&substance(source).join("\n"), &substance(&once).join("\n"), source);
    let twice = format(&once).unwrap_or_else(|found| panic!("{}", render("formatted", &once, &found, false)));
    same(&once, &twice, source);
    // Lines of a comment stay as they are.
    let blank = |line: &str| line.ends_with([' ', '\t', '\r']);
    assert!(!once.lines().any(blank), "a line ends with blanks:\n{once}");
    assert!(!once.contains("\n\n\n") && !once.starts_with('\n') && once.ends_with('\n') && !once.ends_with("\n\n"));
}

/// Fails with the first lines that differ.
fn same(a: &str, b: &str, source: &str) {
    let differs = a.lines().zip(b.lines()).position(|(a, b)| a != b);
    if a != b {
        let from = differs.unwrap_or(0).saturating_sub(3);
        let part = |text: &str| text.lines().skip(from).take(8).collect::<Vec<_>>().join("\n");
        panic!("{}\n--- and ---\n{}\n--- of {} bytes", part(a), part(b), source.len());
    }
}

#[test]
fn examples_are_formatted() {
    for example in EXAMPLES {
        assert_eq!(formatted(example), example);
        assert!(example.lines().all(|line| line.chars().count() <= WIDTH_MAX));
    }
}

#[test]
fn examples_are_formatted_whatever_stood_between_their_words() {
    for example in EXAMPLES {
        let words = words(example);
        for separator in [" ", "\n", "\r\n", "\n\n\n", "\t\n \n"] {
            check(&words.join(separator));
        }
    }
}

#[test]
fn a_source_with_mistakes_is_not_formatted() {
    let source = format!("{HEADER}role clerk {{ can: [vote] }}\nrole x {{");
    assert_eq!(format(&source), Err(parse(&source).diagnostics));
    assert_eq!(format("").unwrap_err().len(), 1);
}

#[test]
fn a_source_that_would_be_too_long_is_not_formatted() {
    let source = format!("{HEADER}fn f() -> List<Int> {{ return [{}1]; }}", "1,".repeat(120_000));
    assert!(parse(&source).diagnostics.is_empty());
    assert_eq!(format(&source).unwrap_err().first().unwrap().code, Code::TooLarge);
}

/// Pairs of what is written and what is made of it.
const WRITTEN: [(&str, &str); 25] = [
    ("role  clerk{can:[vote,];seats:2;}", "role clerk { can: [vote]; seats: 2; }"),
    ("role clerk {\n\n\n seats:2;\n\n\n\n term:3d;\n\n}", "role clerk {\n  seats: 2;\n\n  term: 3d;\n}"),
    ("role clerk { }", "role clerk {}"),
    ("role clerk {\n}", "role clerk {}"),
    ("role clerk { /* nobody */ }", "role clerk { /* nobody */ }"),
    ("role clerk { seats: 2; // two\n }", "role clerk {\n  seats: 2; // two\n}"),
    ("role clerk {\n// first\nseats: 2;\n// last\n}", "role clerk {\n  // first\n  seats: 2;\n  // last\n}"),
    ("const A : Ratio = 1 / 2 * a ;", "const A: Ratio = 1/2 * a;"),
    ("const A: Int = - 1-- 2 ;", "const A: Int = -1 - -2;"),
    ("invariant a: not  b>=c and(d);", "invariant a: not b >= c and (d);"),
    ("state s:Option<Int>= none;", "state s: Option<Int> = none;"),
    ("@max( 10 )\nstate s: Int;", "@max(10)\nstate s: Int;"),
    ("@max( 10 ) state s: Int;", "@max(10) state s: Int;"),
    ("record R {\n@max( 10 )\na:Int }", "record R {\n  @max(10) a: Int,\n}"),
    ("enum E{A,B(Int,),}", "enum E { A, B(Int) }"),
    ("enum E {\nA, B}", "enum E {\n  A,\n  B,\n}"),
    ("fn f(){match x{a=>{b();},_=>{},}}", "fn f() { match x { a => { b(); } _ => {} } }"),
    ("fn f(){match x{a=>1,\n_=>2}}", "fn f() {\n  match x {\n    a => 1,\n    _ => 2,\n  }\n}"),
    ("fn f() { if a {b();} else if c {} else {d();} }", "fn f() { if a { b(); } else if c {} else { d(); } }"),
    ("invariant i: all ( x in xs where x>1 : x<3 );", "invariant i: all(x in xs where x > 1: x < 3);"),
    ("const A: Int = 1 except 2 if a>b\nexcept 3 if c ;", "const A: Int = 1 except 2 if a > b except 3 if c;"),
    ("const A: Int = ( 1 except 2 if a ) ;", "const A: Int = (1 except 2 if a);"),
    ("const A: Int = f([ 1,2 ],) ;", "const A: Int = f([1, 2]);"),
    ("const A: Int = [1, /* two */ 2 // three\n, 3];", "const A: Int = [\n  1, /* two */\n  2 // three\n  ,\n  3,\n];"),
    (
        "budget b { band 0 eur..5 eur{role:r;} band 5 eur ..{ } }",
        "budget b { band 0 eur .. 5 eur { role: r; } band 5 eur .. {} }",
    ),
];

#[test]
fn documents_are_written_in_one_style() {
    for (written, wanted) in WRITTEN {
        let (source, wanted) = (format!("{HEADER}{written}"), format!("{HEADER}{wanted}\n"));
        assert_eq!(formatted(&source), wanted);
        check(&source);
    }
}

#[test]
fn what_is_too_long_for_a_line_is_broken() {
    let name = "n".repeat(50);
    for (written, wanted) in [
        (
            format!("invariant i: {name} and {name} and {name};"),
            format!("invariant i: {name}\n  and {name}\n  and {name};"),
        ),
        (
            format!("const A: Int = f({name}, [{name}], {name});"),
            format!("const A: Int = f(\n  {name},\n  [{name}],\n  {name},\n);"),
        ),
        (
            format!("fn f() {{ require {name} > 1 and {name} else {name}(); }}"),
            format!("fn f() {{\n  require {name} > 1 and {name}\n    else {name}();\n}}"),
        ),
        (
            format!("const A: Int = if {name} then {name} else if b then {name} else c;"),
            format!("const A: Int = if {name}\n  then {name}\n  else if b\n  then {name}\n  else c;"),
        ),
        (
            format!("const A: Int = {name} except {name} if {name} except b if {name} or {name};"),
            format!("const A: Int = {name}\n  except {name} if {name}\n  except b if {name} or {name};"),
        ),
        (
            format!("const A: Int = f({{ \"a\": {name}, \"b\": {name}, }});"),
            format!("const A: Int = f({{\n  \"a\": {name},\n  \"b\": {name},\n}});"),
        ),
        (
            format!("fn f({name}: Int, b: {name}, c: Int) -> Int {{ return 1; }}"),
            format!("fn f(\n  {name}: Int,\n  b: {name},\n  c: Int,\n) -> Int {{ return 1; }}"),
        ),
    ] {
        let source = format!("{HEADER}{written}");
        assert_eq!(formatted(&source), format!("{HEADER}{wanted}\n"));
        check(&source);
    }
}

proptest! {
    #[test]
    fn blanks_and_comments_change_nothing_of_examples(choices in vec(any::<u8>(), 0..4000), example in 0..2usize) {
        check(&joined(&words(EXAMPLES[example]), &choices));
    }

    #[test]
    fn documents_at_random_are_formatted(draft in vec(any::<u8>(), 0..400), choices in vec(any::<u8>(), 0..600)) {
        let words = Draft::document(&draft);
        check(&joined(&words, &[]));
        check(&joined(&words, &choices));
    }

    /// Words of documents in any order mostly do not parse; those that do are formatted, and nothing panics.
    #[test]
    fn soups_of_words_are_formatted_if_they_parse(draft in vec(any::<u8>(), 0..60), order in vec(any::<u16>(), 0..12)) {
        let mut words = Draft::document(&draft);
        for places in order.chunks_exact(2) {
            let (from, to) = (usize::from(places[0]) % words.len(), usize::from(places[1]) % words.len());
            words.swap(from, to);
        }
        let source = joined(&words, &[]);
        if crate::read(&source).diagnostics.is_empty() {
            check(&source);
        }
    }
}
