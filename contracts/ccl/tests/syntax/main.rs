//! The text of documents: what is read of any bytes, what members are told, and how it is written.

mod bombs;
mod formatting;
mod fuzz;
mod mistakes;
mod snippets;
mod written;

use icn_ccl::{
    diagnostic::Diagnostic,
    syntax::{parse, Parse},
};

const EXAMPLES: [&str; 2] =
    [include_str!("../../../library/examples/bakery.ccl"), include_str!("../../../library/examples/neighbourhood.ccl")];

/// Parses, and checks what holds of every source: nothing is lost, and what is told has a place.
fn read(source: &str) -> Parse {
    let parsed = parse(source);
    if source.len() <= icn_ccl::limits::SOURCE_BYTES_MAX {
        assert_eq!(parsed.syntax().to_string(), source);
    }
    parsed.diagnostics.iter().for_each(|diagnostic| check_places(source, diagnostic));
    parsed
}

fn check_places(source: &str, diagnostic: &Diagnostic) {
    let labels = diagnostic.labels.iter().map(|(span, _)| *span);
    let fix = diagnostic.fix.iter().map(|fix| fix.span);
    for span in labels.chain(fix).chain([diagnostic.span]) {
        assert!(source.get(span.range()).is_some(), "{diagnostic:?} lies outside of the source or within a letter");
    }
}
