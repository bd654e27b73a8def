//! The lexer, the parser and the formatter, fuzzed.

use crate::{read, EXAMPLES};
use icn_ccl::{diagnostic::render, fmt::format};
use icn_fuzzing::{fuzz, Raw};

fn seeds() -> Vec<Vec<u8>> {
    let parts = EXAMPLES.iter().flat_map(|example| example.split_inclusive("\n}\n"));
    let header = "contract \"T\" version 1.0.0 for node;\n";
    let whole = EXAMPLES.iter().map(|example| example.as_bytes().to_vec());
    whole.chain(parts.map(|part| format!("{header}{part}").into_bytes())).collect()
}

#[test]
fn fuzz_syntax() {
    fuzz("syntax", &seeds(), |bytes| {
        let source = std::str::from_utf8(bytes).ok()?;
        let parsed = read(source);
        drop(render("fuzz.ccl", source, &parsed.diagnostics, false));
        Some(Raw(parsed.syntax().to_string().into_bytes()))
    });
}

#[test]
fn fuzz_format() {
    fuzz("format", &seeds(), |bytes| {
        let once = format(std::str::from_utf8(bytes).ok()?).ok()?;
        assert_eq!(format(&once).as_ref(), Ok(&once));
        Some(Raw(bytes.to_vec()))
    });
}
