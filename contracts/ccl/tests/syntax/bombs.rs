//! Sources made to exhaust whoever reads them: each is read, told about and let go on a small stack.

use crate::read;
use icn_ccl::{
    diagnostic::Code,
    fmt::format,
    limits::SOURCE_BYTES_MAX,
    syntax::{parse, SyntaxNode},
};
use rowan::WalkEvent;

const HEADER: &str = "contract \"T\" version 1.0.0 for node;\n";

/// Nodes within each other in any tree: readers of trees go as deep.
const HEIGHT_MAX: usize = 640;

fn height(root: &SyntaxNode) -> usize {
    let (mut now, mut most) = (0, 0);
    for event in root.preorder() {
        match event {
            WalkEvent::Enter(_) => now += 1,
            WalkEvent::Leave(_) => now -= 1,
        }
        most = most.max(now);
    }
    most
}

/// As much of a pattern as a source holds.
fn filled(begin: &str, pattern: &str, end: &str) -> String {
    let room = SOURCE_BYTES_MAX - HEADER.len() - begin.len() - end.len();
    format!("{HEADER}{begin}{}{end}", pattern.repeat(room / pattern.len()))
}

/// Reads, formats, and drops the tree, on the smallest stack that threads have.
fn on_a_small_stack(source: String) -> Vec<Code> {
    let read = move || {
        let parsed = read(&source);
        drop(format(&source));
        assert!(height(&parsed.syntax()) <= HEIGHT_MAX);
        parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
    };
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(read);
    thread.unwrap().join().expect("the stack is enough")
}

#[test]
fn what_nests_without_end_is_refused() {
    for pattern in [
        "(",
        "[",
        "{1:",
        "f(",
        "a[",
        "not ",
        "-",
        "- ",
        "if a then ",
        "a except b if (",
        "1 + (",
        "R { a: ",
        "all(x in ",
        "a.b(",
        "((1+1)*",
    ] {
        let codes = on_a_small_stack(filled("fn f() -> Int { return ", pattern, "1; }"));
        assert!(codes.contains(&Code::TooDeep), "{pattern}: {codes:?}");
    }
    for pattern in ["if a { ", "for x in xs { ", "match x { _ => { ", "if a {} else ", "if a "] {
        let codes = on_a_small_stack(filled("fn f() { ", pattern, " }"));
        assert!(codes.contains(&Code::TooDeep), "{pattern}: {codes:?}");
    }
    for pattern in ["a { ", "band 1 .. 2 { ", "effect { ", "a b { "] {
        let codes = on_a_small_stack(filled("role r { ", pattern, " }"));
        assert!(codes.contains(&Code::TooDeep), "{pattern}: {codes:?}");
    }
    let codes = on_a_small_stack(filled("state s: ", "List<", ";"));
    assert!(codes.contains(&Code::TooDeep));
    let codes = on_a_small_stack(filled("fn f() { match x { ", "some(", "=> 1 } }"));
    assert!(codes.contains(&Code::TooDeep));
}

#[test]
fn what_goes_on_without_end_is_refused() {
    for pattern in ["1+", "a.", "a and ", "a or ", "1*", "a == 1 and ", "1-", "a except b if "] {
        let codes = on_a_small_stack(filled("fn f() -> Int { return ", pattern, "a; }"));
        assert!(codes.contains(&Code::TooDeep), "{pattern}: {codes:?}");
    }
    for pattern in ["()", "[1]", ".b", "(1)[2].c"] {
        let codes = on_a_small_stack(filled("fn f() -> Int { return a", pattern, "; }"));
        assert!(codes.contains(&Code::TooDeep), "{pattern}: {codes:?}");
    }
}

/// Every level of brackets with as many operators as one may have, so that both bounds multiply if nobody adds them.
#[test]
fn operators_within_brackets_are_counted_together() {
    let operators = "1+".repeat(200);
    let open = format!("({operators}").repeat(60);
    let codes = on_a_small_stack(format!("{HEADER}fn f() -> Int {{ return {open}1{}; }}", ")".repeat(60)));
    assert_eq!(codes, []);
    let open = "(".repeat(60);
    let codes = on_a_small_stack(format!(
        "{HEADER}fn f() -> Int {{ return {open}1{}; }}",
        format!("{})", "+1".repeat(200)).repeat(60)
    ));
    assert_eq!(codes, [Code::TooDeep]);
}

/// Blocks, cases, brackets and operators, each as deep as it may be.
#[test]
fn trees_are_as_high_as_readers_can_walk() {
    let [blocks, ends] = ["match x { _ => { ", "} }"].map(|part| part.repeat(20));
    let brackets = "a.b[f(".repeat(7);
    let operators = format!("{}1{}", "-(".repeat(2), ")".repeat(2)) + &"+1".repeat(200);
    let deep = format!("{HEADER}fn f() {{ {blocks} x = {brackets}{operators}{}; {ends} }}", ")]".repeat(7));
    assert_eq!(on_a_small_stack(deep.clone()), []);
    assert!(height(&parse(&deep).syntax()) > 250);
}

#[test]
fn what_is_long_and_right_is_read() {
    let sources = [
        filled("fn f() -> List<Int> { return [", "a,", "a]; }"),
        filled("enum E { ", "A,", "}"),
        filled("fn f() { ", "a;", "}"),
        filled("role r { ", "a:b;", "}"),
        filled("role r { ", "a{}", "}"),
        filled("", "drop state a;", ""),
        filled("fn f() { match x { ", "a=>b,", "} }"),
        filled("organization o { name: \"", "x", "\"; }"),
        filled("organization o { name: \"", "\\\"", "\"; }"),
        filled("/* ", "* /", " */ role r {}"),
        filled("", "/**/", "role r {}"),
        filled("", "//\n", "role r {}"),
        filled("", "///\n", "role r {}"),
        filled("role r { ", " ", "}"),
        filled("role ", "r", " {}"),
        filled("const A: Int = ", "1", ";"),
    ];
    for source in sources {
        let start: String = source.chars().skip(HEADER.len()).take(30).collect();
        assert_eq!(on_a_small_stack(source), [], "{start}");
    }
}

#[test]
fn what_is_long_and_wrong_is_told() {
    let patterns = [
        "/*",
        "\"",
        "a ",
        "1 ",
        ";",
        "}",
        ")",
        "{",
        "=>",
        "@",
        "é",
        "!",
        "&&",
        "||",
        "5x ",
        ", ",
        "role ",
        "role r ",
        "fn f ",
        "fn f(",
        "fn f() {",
        "a:",
        "a: b ",
        "=",
        "enum E { A B ",
        "\u{202e}",
        "match ",
        "else ",
        "/* */ \" ",
        "\"\n",
        "if ",
        "..",
        "const A: Int = 3\n",
        "import ",
        "test \"",
        "[,",
        "(;",
        "{:",
        "record R { a: ",
        "on ",
        "found { ",
        "found { a: ",
        "entrench [",
        "fn f() { let ",
        "\r",
        "'",
        ".5",
    ];
    for begin in [
        "",
        "fn f() { ",
        "fn f() { return ",
        "fn f() { match x { ",
        "role r { ",
        "role r { a: ",
        "enum E { ",
        "state s: ",
        "found { ",
        "@a(",
    ] {
        for pattern in patterns {
            let room = (SOURCE_BYTES_MAX / 16).min(SOURCE_BYTES_MAX - HEADER.len() - begin.len());
            let source = format!("{HEADER}{begin}{}", pattern.repeat(room / pattern.len()));
            assert_ne!(on_a_small_stack(source), [], "{begin}{pattern}");
        }
    }
}

#[test]
fn a_source_over_the_limit_is_refused_unread() {
    let source = format!("{}\n", filled("", "a", ""));
    assert_eq!(source.len(), SOURCE_BYTES_MAX + 1);
    assert_eq!(on_a_small_stack(source), [Code::TooLarge]);
}
