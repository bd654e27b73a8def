//! In what a process is weaker than another, in words.

use crate::{
    check::{self, strictness::Component},
    diff::written,
    program::Program,
    schema::Kind,
};

/// Components in words: "a quorum of 50 % instead of 2/3".
pub(super) fn words(program: &Program, process: &str, than: &str) -> Vec<String> {
    let value = |name: &str, key: &str| {
        let decl = program.decl(Kind::Process, name)?;
        Some(written::setting(program, decl.settings.get(key)?))
    };
    let both = |key: &str, none: &str| {
        let or = |value: Option<String>| value.unwrap_or_else(|| none.to_string());
        (or(value(process, key)), or(value(than, key)))
    };
    let component = |component: Component| match component.key() {
        "threshold" => {
            let said = |name: &str| match (value(name, "method"), value(name, "threshold")) {
                (Some(method), Some(share)) => format!("{method} {share}"),
                (method, _) => method.unwrap_or_default(),
            };
            format!("{} instead of {}", said(process), said(than))
        }
        "review" => "no review".into(),
        key => {
            let (own, other) = both(key, "none");
            format!("{key} {own} instead of {other}")
        }
    };
    check::weaker(program, process, than).into_iter().map(component).collect()
}
