//! The codes of errors, which clients know.

use crate::samples::{cid, did, draft, key};
use icn_dag::{Error, Fault, Kind, Limit};

fn all() -> Vec<Error> {
    vec![
        Error::TooLarge(Limit::Bytes),
        Error::NotCanonical { at: 1, fault: Fault::Float },
        Error::UnknownVersion(2),
        Error::Malformed { field: "seq" },
        Error::UnknownField,
        Error::Duplicate(cid(1)),
        Error::UnknownParent(cid(1)),
        Error::CycleOrForeignParent(cid(1)),
        Error::BadSequence { want: 1, got: 2 },
        Error::Equivocation(cid(1), cid(2)),
        Error::BadEpoch { min: 1, max: 2, got: 3 },
        Error::BadTime { min: 1, max: 2, got: 3 },
        Error::UnknownIssuer(did('p')),
        Error::UnknownKey(key(7)),
        Error::KeyRevoked(key(7)),
        Error::BadSignature,
        Error::NotEmitted { height: 1 },
        Error::Unauthorised { scope: draft().scope, kind: Kind::Vote },
        Error::BadPayload("payload.ct"),
        Error::BadPrevious { want: None, got: Some(cid(1)) },
        Error::NotEquivocation,
    ]
}

/// The table of the specification lists exactly these, in the order of the checks.
#[test]
fn the_specification_lists_the_codes() {
    let page = include_str!("../../../../docs/spec/dag.md");
    let (_, table) = page.split_once("| code |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let listed: Vec<_> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
    assert_eq!(listed, all().iter().map(Error::code).collect::<Vec<_>>());
}

#[test]
fn messages_name_what_is_wrong() {
    let messages: Vec<_> = all().iter().map(ToString::to_string).collect();
    assert_eq!(messages[1], "not canonical at byte 1: a floating-point number");
    assert_eq!(messages[8], "sequence number 2 where 1 follows");
    assert_eq!(messages[17], format!("no right to make a vote for cooperative {}", did('s')));
    assert!(messages[13].contains("z6Mk"), "{}", messages[13]);
}
