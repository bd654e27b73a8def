use crate::syntax::parse;

#[test]
fn examples_parse_without_loss() {
    for source in
        [include_str!("../../library/examples/bakery.ccl"), include_str!("../../library/examples/neighbourhood.ccl")]
    {
        let parsed = parse(source);
        let report = crate::diagnostic::render("example", source, &parsed.diagnostics, false);
        assert!(parsed.diagnostics.is_empty(), "{report}");
        assert_eq!(parsed.syntax().to_string(), source);
    }
}
