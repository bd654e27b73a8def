//! Peers that are followed by the blocks of their chain.

use crate::{mock::*, BlockStep, Blocks, Claim, Fork, Peers, TrustedPoint};
use frame_support::{assert_noop, assert_ok};
use icn_dag::Did;
use icn_trust::{BlockProof, HexBytes, Place, RecordProof};

fn did() -> Did {
    Did::of_hash("mill", &[5; 32]).expect("a network")
}

fn seconds(block: &BlockProof) -> u64 {
    block.signed_header.header.time.unix_timestamp() as u64
}

/// Trusts the first block, a minute after the last one was made.
fn begin() {
    at((seconds(&block("head")) + 60) * 1000);
    let point = TrustedPoint::Block(file(&block("trusted")));
    assert_ok!(Federation::trust(RuntimeOrigin::root(), did(), bytes(&point)));
}

fn step(from: &BlockProof, to: &BlockProof) -> BlockStep {
    let next_validators = file(from).next_validators;
    BlockStep { from: from.signed_header.header.height.value(), block: file(to), next_validators }
}

fn follow(step: &BlockStep) -> sp_runtime::DispatchResult {
    Federation::follow_block(RuntimeOrigin::signed(1), did(), bytes(step))
}

#[test]
fn a_peer_is_followed_over_many_blocks_at_once() {
    run(|| {
        assert_noop!(follow(&step(&block("trusted"), &block("head"))), Error::UnknownPeer);
        begin();
        assert_ok!(follow(&step(&block("trusted"), &block("middle"))));
        assert_ok!(follow(&step(&block("middle"), &block("head"))));
        assert_eq!(Peers::<Test>::get(did()).expect("it is known").block, Some(8));
        assert_eq!(Blocks::<Test>::iter_key_prefix(did()).count(), 3);
        let info = Federation::peer_infos().remove(0);
        assert_eq!((info.heights, info.block.expect("it is followed").1), (vec![1, 3, 8], 8));
    });
}

#[test]
fn a_block_that_is_not_final_is_refused_with_its_error() {
    run(|| {
        begin();
        let (first, last) = (block("trusted"), block("head"));
        let altered = |change: fn(&mut BlockProof)| {
            let mut block = last.clone();
            change(&mut block);
            step(&first, &block)
        };
        let other_chain = altered(|block| {
            block.signed_header.header.chain_id = "another-chain".parse().expect("a name");
        });
        assert_noop!(follow(&other_chain), Error::OtherFederation);
        let other_root = altered(|block| block.signed_header.header.app_hash = vec![7; 32].try_into().expect("a hash"));
        assert_noop!(follow(&other_root), Error::BadBlock);
        let unsigned = altered(|block| block.signed_header.commit.signatures.truncate(1));
        assert_noop!(follow(&unsigned), Error::BadBlock);
        // Without the validators, or with others, a step over blocks shows nothing.
        let mut blind = step(&first, &last);
        blind.next_validators = HexBytes::default();
        assert_noop!(follow(&blind), Error::BadBlock);
        let mut malformed = step(&first, &last);
        malformed.block.signed_header = HexBytes(vec![0xff; 40]);
        assert_noop!(follow(&malformed), Error::Malformed);
        // From another block than the last one, and backwards.
        assert_ok!(follow(&step(&first, &last)));
        assert_noop!(follow(&step(&first, &block("middle"))), Error::NotLater);
        assert_noop!(follow(&step(&last, &block("middle"))), Error::NotLater);
        assert_noop!(follow(&step(&last, &last)), Error::NotLater);
    });
}

#[test]
fn a_peer_that_was_not_followed_for_long_is_stale() {
    run(|| {
        begin();
        at((seconds(&block("trusted")) + 14 * 24 * 3600 + 1) * 1000);
        assert_noop!(follow(&step(&block("trusted"), &block("head"))), Error::Expired);
        let point = TrustedPoint::Block(file(&block("trusted")));
        assert_noop!(Federation::trust(RuntimeOrigin::root(), did(), bytes(&point)), Error::Expired);
    });
}

#[test]
fn a_record_is_accepted_by_the_log_in_the_state_of_a_block() {
    run(|| {
        begin();
        assert_ok!(follow(&step(&block("trusted"), &block("head"))));
        let proof: RecordProof =
            serde_json::from_str(include_str!("../../../../primitives/trust/tests/fixtures/proof.json"))
                .expect("a proof");
        let place = |log: &HexBytes| Place::Dag {
            inclusion: proof.inclusion.clone(),
            log: log.0.clone(),
            log_proof: proof.log_proof.0.clone(),
        };
        let claim = |place| Claim::Record { record: proof.record.0.clone(), place };
        let accept = |height, claim: &Claim| Federation::accept(RuntimeOrigin::signed(1), did(), height, bytes(claim));
        let good = claim(place(&proof.log));
        assert_noop!(accept(1, &good), Error::BadProof);
        assert_noop!(accept(2, &good), Error::UnknownPoint);
        assert_noop!(accept(8, &claim(place(&HexBytes(vec![1, 2, 3])))), Error::BadProof);
        // A block says nothing of the log of all records.
        assert_noop!(accept(8, &claim(Place::All(proof.inclusion.clone()))), Error::BadProof);
        assert_ok!(accept(8, &good));
        assert_noop!(accept(8, &good), Error::AlreadyAccepted);
        // The log itself is a value of the state.
        let node = icn_dag::Node::decode(&proof.record.0).expect("a record");
        let value = Claim::Value {
            key: icn_trust::record::log_key(&node.header().dag),
            value: proof.log.0.clone(),
            proof: proof.log_proof.0.clone(),
        };
        assert_ok!(accept(8, &value));
        assert_eq!(Peers::<Test>::get(did()).expect("it is known").receipts, 2);
    });
}

#[test]
fn the_same_block_is_no_fork() {
    run(|| {
        begin();
        assert_ok!(follow(&step(&block("trusted"), &block("head"))));
        let same = Fork::Block(step(&block("trusted"), &block("head")));
        assert_noop!(Federation::report_fork(RuntimeOrigin::signed(1), did(), bytes(&same)), Error::NoFork);
        let unknown = Fork::Block(step(&block("trusted"), &block("middle")));
        assert_noop!(Federation::report_fork(RuntimeOrigin::signed(1), did(), bytes(&unknown)), Error::UnknownPoint);
    });
}
