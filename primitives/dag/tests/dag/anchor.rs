//! Anchor entries.

use crate::samples::{self, blob, cid, did, draft, emitted, key, node, reference, references, signer};
use icn_dag::{AnchorEntry, Draft, Error, Kind, Node, Parents, Payload, Scope, ScopeKind, Visibility};

fn entry() -> AnchorEntry {
    AnchorEntry::of(&node(), Some(cid(4))).unwrap()
}

#[test]
fn an_entry_says_what_the_node_says() {
    let expected = AnchorEntry {
        cid: node().cid(),
        dag: did('c'),
        issuer: did('p'),
        key: key(7),
        seq: 3,
        kind: Kind::Vote,
        scope: Scope { kind: ScopeKind::Cooperative, id: did('s') },
        epoch: 41,
        time: 1_767_225_600_123,
        prev: Some(cid(4)),
        parents: draft().parents,
    };
    assert_eq!(entry(), expected);
    assert!(entry().matches(&node()));
}

#[test]
fn what_a_block_emitted_has_no_entry() {
    assert_eq!(AnchorEntry::of(&emitted(), None), None);
    assert!(!entry().matches(&emitted()));
}

#[test]
fn an_entry_with_another_field_is_not_the_nodes() {
    let changes: [fn(&mut AnchorEntry); 10] = [
        |entry| entry.cid = cid(9),
        |entry| entry.dag = did('x'),
        |entry| entry.issuer = did('x'),
        |entry| entry.key = key(8),
        |entry| entry.seq += 1,
        |entry| entry.kind = Kind::Tally,
        |entry| entry.scope.id = did('x'),
        |entry| entry.epoch += 1,
        |entry| entry.time += 1,
        |entry| entry.parents = Parents::sorted([cid(1)]).unwrap(),
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut entry = entry();
        change(&mut entry);
        assert!(!entry.matches(&node()), "change {place}");
    }
    // What came before is not in the node.
    assert!(AnchorEntry { prev: None, ..entry() }.matches(&node()));
}

/// The CID stands for what the entry leaves out.
#[test]
fn a_node_that_differs_in_anything_is_not_the_entrys() {
    let changes: [fn(&mut Draft); 3] = [
        |draft| draft.visibility = Visibility::Federation,
        |draft| draft.refs = references([reference("proposal", blob(5))]),
        |draft| draft.payload = Payload::new(samples::map([])).unwrap(),
    ];
    for change in changes {
        let mut draft = draft();
        change(&mut draft);
        assert!(!entry().matches(&Node::sign(draft, &signer(7)).unwrap()));
    }
}

#[test]
fn an_entry_follows_the_last_one() {
    assert_eq!(entry().follows(Some((2, cid(4)))), Ok(()));
    let first = AnchorEntry { seq: 0, prev: None, ..entry() };
    assert_eq!(first.follows(None), Ok(()));
}

#[test]
fn an_entry_that_does_not_follow_is_refused() {
    let own = entry().cid;
    assert_eq!(entry().follows(None), Err(Error::BadSequence { want: 0, got: 3 }));
    assert_eq!(entry().follows(Some((1, cid(4)))), Err(Error::BadSequence { want: 2, got: 3 }));
    assert_eq!(entry().follows(Some((3, cid(4)))), Err(Error::Equivocation(cid(4), own)));
    assert_eq!(entry().follows(Some((3, own))), Err(Error::Duplicate(own)));
    let other = Err(Error::BadPrevious { want: Some(cid(5)), got: Some(cid(4)) });
    assert_eq!(entry().follows(Some((2, cid(5)))), other);
    let none = AnchorEntry { prev: None, ..entry() };
    assert_eq!(none.follows(Some((2, cid(5)))), Err(Error::BadPrevious { want: Some(cid(5)), got: None }));
    let first = AnchorEntry { seq: 0, ..entry() };
    assert_eq!(first.follows(None), Err(Error::BadPrevious { want: None, got: Some(cid(4)) }));
}
