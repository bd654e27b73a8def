use crate::{
    ast::File,
    diagnostic::{render, sorted},
    sema::{resolve, Arguments, Modules},
    syntax::parse,
};

struct Core;

impl Modules for Core {
    fn module(&self, name: &str) -> Option<(String, String)> {
        let source = match name {
            "core/civic@1" => include_str!("../../library/core/civic.ccl"),
            "core/contract@1" => include_str!("../../library/core/contract.ccl"),
            "core/justice@1" => include_str!("../../library/core/justice.ccl"),
            _ => return None,
        };
        Some((source.into(), "cid".into()))
    }
}

const EXAMPLES: [&str; 2] =
    [include_str!("../../library/examples/bakery.ccl"), include_str!("../../library/examples/neighbourhood.ccl")];

#[test]
fn examples_parse_without_loss() {
    for source in EXAMPLES {
        let parsed = parse(source);
        assert!(parsed.diagnostics.is_empty(), "{}", render("example", source, &parsed.diagnostics, false));
        assert_eq!(parsed.syntax().to_string(), source);
    }
}

#[test]
fn examples_and_core_modules_resolve() {
    let core = ["core/civic@1", "core/contract@1", "core/justice@1"].map(|name| Core.module(name).unwrap().0);
    for source in EXAMPLES.into_iter().chain(core.iter().map(String::as_str)) {
        let parsed = parse(source);
        let (_, found) = resolve(&File::of(&parsed.syntax()), &Core, &Arguments::new());
        let found = sorted(found);
        assert!(found.is_empty(), "{}", render("example", source, &found, false));
    }
}
