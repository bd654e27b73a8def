//! Decided blocks of peers.

use super::*;

fn synced(height: u64, token: Token) -> Input {
    Input::Synced { height, round: 3, proposer: address(2).0, block: block(1, 10), token }
}

fn verified(height: u64, token: Token, verdict: Option<Verdict>) -> Input {
    Input::SyncVerified { token, height, round: 3, proposer: address(2).0, verdict }
}

#[test]
fn a_block_of_the_current_height_is_verified() {
    let mut node = Node::new();
    let job = Told::VerifySynced { token: 1, height: 7, round: 3, proposer: address(2).0, block: block(1, 10) };
    assert_eq!(node.tell(synced(7, 1)), [job]);
    let target = samples::target(1);
    let (height, round, valid_round, proposer) = (7, 3, None, address(2).0);
    let found = Value { height, round, valid_round, proposer, target, valid: true };
    let told = node.tell(verified(7, 1, Some(Verdict::Valid(target))));
    assert_eq!(told, [Told::Synced(1, SyncOutcome::Verdict(found))]);
}

#[test]
fn blocks_of_other_heights_wait() {
    let mut node = Node::new();
    for height in [1, 6, 8, 9] {
        assert_eq!(node.tell(synced(height, height)), [Told::Synced(height, SyncOutcome::Transient)]);
    }
    node.tell(decided(7, samples::target(1), 1));
    assert_eq!(node.tell(synced(7, 2)), [Told::Synced(2, SyncOutcome::Transient)], "it is being committed");
    node.tell(Input::Committed(head(7)));
    assert!(matches!(node.tell(synced(8, 3))[..], [Told::VerifySynced { token: 3, height: 8, .. }]));
}

#[test]
fn a_certified_block_is_never_invalid() {
    let mut node = Node::new();
    let outcomes = [
        (Some(invalid()), SyncOutcome::Transient),
        (None, SyncOutcome::Transient),
        (Some(Verdict::Undecodable), SyncOutcome::PeerFault),
    ];
    for ((verdict, outcome), token) in outcomes.into_iter().zip(1..) {
        node.tell(synced(7, token));
        assert_eq!(node.tell(verified(7, token, verdict)), [Told::Synced(token, outcome)]);
    }
    assert_eq!(node.application.invalid_proposals(), 0);
}

#[test]
fn its_time_is_not_judged() {
    let mut node = Node::new();
    let target = Target { time: NOW - 1_000_000_000, ..samples::target(1) };
    node.tell(synced(7, 1));
    let told = node.tell(verified(7, 1, Some(Verdict::Valid(target))));
    assert!(matches!(told[..], [Told::Synced(1, SyncOutcome::Verdict(Value { valid: true, .. }))]));
}
