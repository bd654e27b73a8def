use crate::{mock::*, Call, Noted};
use frame_support::{
    assert_noop, assert_ok,
    dispatch::{DispatchClass, GetDispatchInfo},
    inherent::ProvideInherent,
    traits::Time,
};
use icn_primitives::{Commit, ConsensusRecord};
use pallet_testing::Clock;
use sp_runtime::{traits::BadOrigin, DispatchError};

fn tell(record: ConsensusRecord) -> Result<(), DispatchError> {
    Validators::consensus(RuntimeOrigin::none(), record)
}

/// Runs inside a block whose record was not told.
fn untold(test: impl FnOnce()) {
    let time = Clock::now() + 10;
    pallet_testing::make_block::<Test, AllPalletsWithSystem>(time, test);
}

#[test]
fn a_record_is_told_once_a_block() {
    run(|| {
        let twice = record();
        block_with(|| assert_eq!(tell(twice), Err(Error::AlreadyNoted.into())));
        assert!(!Noted::<Test>::exists());
        block();
    });
}

#[test]
fn only_the_blocks_maker_tells_the_record() {
    run(|| {
        let record = record();
        untold(|| {
            assert_eq!(Validators::consensus(RuntimeOrigin::root(), record.clone()), Err(BadOrigin.into()));
            assert_eq!(Validators::consensus(RuntimeOrigin::signed(1), record.clone()), Err(BadOrigin.into()));
            assert_ok!(tell(record));
        });
    });
}

#[test]
fn block_1_has_no_commit() {
    begin(genesis(&[1])).execute_with(|| {
        now();
        let commit = Some(Commit { round: 0, signatures: vec![None].try_into().expect("one") });
        untold(|| {
            assert_noop!(tell(ConsensusRecord { commit, ..Default::default() }), Error::CommitUnexpected);
            assert_ok!(tell(ConsensusRecord::default()));
        });
    });
}

#[test]
fn later_blocks_have_a_commit() {
    run(|| {
        untold(|| assert_eq!(tell(ConsensusRecord::default()), Err(Error::CommitMissing.into())));
    });
}

#[test]
fn a_commit_has_an_entry_for_each_validator_of_its_height() {
    run(|| {
        let mut short = record();
        short.commit.as_mut().expect("block 1 was signed").signatures.pop();
        let mut long = record();
        long.commit.as_mut().expect("block 1 was signed").signatures.try_push(None).expect("there is room");
        untold(|| {
            assert_noop!(tell(short), Error::CommitLength);
            assert_noop!(tell(long), Error::CommitLength);
        });
        // The set before a change signs the block that makes it.
        block_with(|| join(9, 10));
        assert_eq!(record().commit.map(|commit| commit.signatures.len()), Some(4));
        block();
        assert_eq!(record().commit.map(|commit| commit.signatures.len()), Some(5));
        block();
    });
}

#[test]
fn a_record_that_fails_changes_nothing() {
    run(|| {
        let (bad, good) = (accusing(&[evidence(1, 1), evidence(9, 1)]), accusing(&[evidence(1, 1)]));
        untold(|| {
            assert_noop!(tell(bad), Error::OffenderUnknown);
            assert_ok!(tell(good));
        });
        assert!(Validators::is_tombstoned(&address(1)));
    });
}

#[test]
fn a_chain_without_validators_has_empty_records() {
    begin(Default::default()).execute_with(|| {
        now();
        for _ in 0..3 {
            block_of(ConsensusRecord::default(), || {
                assert_noop!(Validators::leave(RuntimeOrigin::root(), key(0)), Error::NotMember);
                let join = Validators::join(RuntimeOrigin::root(), key(0), 1, peer(0), moniker(0));
                assert_eq!(join, Err(Error::NoValidators.into()));
            });
        }
        assert_eq!((Validators::current(), Validators::set_at(1)), (None, None));
        let commit = Some(Commit { round: 0, signatures: Default::default() });
        untold(|| {
            assert_noop!(tell(ConsensusRecord { commit, ..Default::default() }), Error::CommitUnexpected);
            let evidence = vec![evidence(0, 1)].try_into().expect("one");
            assert_noop!(tell(ConsensusRecord { commit: None, evidence }), Error::OffenderUnknown);
        });
    });
}

#[test]
fn frame_knows_the_inherent() {
    run(|| {
        let call = Call::<Test>::consensus { record: accusing(&[evidence(1, 1)]) };
        assert!(Validators::is_inherent(&call));
        assert!(!Validators::is_inherent(&Call::leave { key: key(1) }));
        assert!(Validators::create_inherent(&Default::default()).is_none());
        let info = call.get_dispatch_info();
        assert_eq!(info.class, DispatchClass::Mandatory);
        let without = Call::<Test>::consensus { record: record() }.get_dispatch_info();
        assert!(info.call_weight.ref_time() > without.call_weight.ref_time());
    });
}
