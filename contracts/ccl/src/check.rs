//! Whether a document whose names and types are right makes sense as the rules of a community.
//!
//! [`check()`] looks at one document, [`against()`] at a document that amends another. Each rule has a number, CHK-n, which
//! `docs/spec/ccl-checks.md` explains to members. [`strictness`] says when one process is at least as strict as another; the
//! rest of the module only asks it. What cannot be decided without running code is left to the kernel: effects on accounts that
//! are known only then, and what proposals are about.
//!
//! A mistake is told once, where it can be put right. What only follows from it, as from a process that is broken itself, is not
//! told.

mod against;
mod document;
mod facts;
mod governing;
mod groups;
mod holders;
mod holdings;
mod invariants;
mod processes;
mod roles;
pub mod strictness;
mod unused;

use crate::{
    diagnostic::{sorted, Diagnostic},
    program::Program,
    schema::Kind,
    wasm::{compile, Options},
};
use facts::Facts;

/// What is wrong with a document, and what somebody should look at.
///
/// The document was resolved without errors; of one that was not, the result may repeat them.
pub fn check(program: &Program) -> Vec<Diagnostic> {
    let mut facts = Facts::new(program);
    document::check(&mut facts);
    roles::check(&mut facts);
    processes::check(&mut facts);
    holdings::check(&mut facts);
    holders::check(&mut facts);
    governing::check(&mut facts);
    invariants::check(&mut facts);
    unused::check(&mut facts);
    if let Some(extended) = &program.notes.extended {
        against::extended(&mut facts, extended);
    }
    // Only what runs is measured: tests never come to nodes.
    facts.found.extend(compile(program, Options::default()).too_large);
    sorted(program.notes.placed(facts.found))
}

/// What is wrong with a document as an amendment of the one in force, beside what [`check`] finds in it.
pub fn against(program: &Program, previous: &Program) -> Vec<Diagnostic> {
    let mut facts = Facts::new(program);
    against::check(&mut facts, &Facts::new(previous));
    sorted(program.notes.placed(facts.found))
}

/// The components in which a process is not at least as strict as another; all of them if there is no such process.
pub fn weaker(program: &Program, process: &str, than: &str) -> Vec<strictness::Component> {
    let facts = Facts::new(program);
    match (facts.decl(Kind::Process, process), facts.decl(Kind::Process, than)) {
        (Some(process), Some(than)) => facts.rule(process).weaker_in(&facts.rule(than)),
        _ => strictness::Component::ALL.to_vec(),
    }
}
