use crate::{mock::*, EntryList, Event, Listed, Logs, ENTRIES_MAX, ISSUER_ENTRIES_MAX};
use frame_support::{
    assert_noop, assert_ok,
    dispatch::{DispatchClass, GetDispatchInfo},
    inherent::ProvideInherent,
    traits::Time,
};
use icn_dag::{AnchorEntry, Did, Kind, Node, Scope, ScopeKind};
use icn_merkle::{leaf_hash, Range};
use pallet_testing::Clock;
use proptest::prelude::*;
use sp_runtime::traits::BadOrigin;

/// Records of one writer, each after the one before.
fn line(dag: &Did, number: u8, first: u64, count: u64, after: &Node) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for seq in first..first + count {
        let parent = nodes.last().unwrap_or(after);
        nodes.push(record(dag, number, seq, Kind::Config, &[parent]));
    }
    nodes
}

fn entries<'a>(nodes: impl IntoIterator<Item = &'a Node>, mut prev: Option<&'a Node>) -> Vec<AnchorEntry> {
    let one = |node: &'a Node| entry(node, prev.replace(node));
    nodes.into_iter().map(one).collect()
}

#[test]
fn the_log_is_the_tree_over_the_records_in_their_order() {
    run(|dag| {
        let genesis = begin(&dag);
        let first = line(&dag, 1, 1, 3, &genesis);
        let second = line(&dag, 2, 0, 2, &genesis);
        let mut all = entries(&first, Some(&genesis));
        all.extend(entries(&second, None));
        assert_ok!(list(all));
        assert_eq!(events(), [Event::Anchored { dag: dag.clone(), first: 1, count: 5 }]);
        let log = Logs::<Test>::get(&dag).expect("it has records");
        let cids = [&genesis].into_iter().chain(&first).chain(&second).map(Node::cid);
        let leaves: Vec<Vec<u8>> = cids.map(|cid| cid.as_bytes().to_vec()).collect();
        assert_eq!(log.head(), icn_merkle::tree::head(&leaves));
        assert!(!Listed::<Test>::exists());
    });
}

#[test]
fn only_the_blocks_maker_lists_once_and_something() {
    run(|dag| {
        let genesis = record(&dag, 1, 0, Kind::Genesis, &[]);
        let entries = EntryList::truncate_from(vec![entry(&genesis, None)]);
        block(|| {
            assert_noop!(Dag::anchor(RuntimeOrigin::root(), entries.clone()), BadOrigin);
            assert_noop!(Dag::anchor(RuntimeOrigin::signed(OWNER), entries.clone()), BadOrigin);
            assert_noop!(Dag::anchor(RuntimeOrigin::none(), EntryList::default()), Error::NothingListed);
            assert_ok!(Dag::anchor(RuntimeOrigin::none(), entries.clone()));
            assert_noop!(Dag::anchor(RuntimeOrigin::none(), entries.clone()), Error::AlreadyListed);
        });
        let call = crate::Call::<Test>::anchor { entries };
        assert!(Dag::is_inherent(&call));
        assert_eq!(call.get_dispatch_info().class, DispatchClass::Mandatory);
    });
}

#[test]
fn each_entry_is_judged_by_the_state() {
    run(|dag| {
        let genesis = begin(&dag);
        let good = entry(&record(&dag, 1, 1, Kind::Config, &[&genesis]), Some(&genesis));
        let stranger = Did::of_hash("local", &[9; 32]).expect("a network");
        let other = |change: &dyn Fn(&mut AnchorEntry)| {
            let mut entry = good.clone();
            change(&mut entry);
            entry
        };
        let late = || Clock::now() + 10 + 30_000;
        for (entry, error) in [
            (other(&|entry| entry.dag = stranger.clone()), Error::UnknownDag),
            (other(&|entry| entry.seq = 2), Error::NotNext),
            (other(&|entry| entry.seq = 0), Error::NotNext),
            (other(&|entry| entry.prev = None), Error::NotNext),
            (other(&|entry| entry.epoch = 4), Error::EpochAhead),
            (other(&|entry| (entry.issuer, entry.prev, entry.seq) = (issuer(3), None, 0)), Error::UnknownIssuer),
            (other(&|entry| (entry.key, entry.prev, entry.seq) = (key(3), None, 0)), Error::UnknownKey),
            (
                other(&|entry| entry.scope = Scope { kind: ScopeKind::Community, id: stranger.clone() }),
                Error::Unauthorised,
            ),
            (other(&|entry| entry.kind = Kind::Genesis), Error::NotGenesis),
        ] {
            // What comes before it does not stay either: the block is not valid.
            let before = Logs::<Test>::get(&dag);
            let second = record(&dag, 2, 0, Kind::Config, &[&genesis]);
            let said = list([crate::mock::entry(&second, None), entry]);
            assert_eq!(said, Err(error.into()));
            assert_eq!(Logs::<Test>::get(&dag), before);
        }
        let ahead = other(&|entry| entry.time = late() + 1);
        assert_eq!(list([ahead]), Err(Error::TimeAhead.into()));
        assert_ok!(list([other(&|entry| entry.time = late())]));
    });
}

#[test]
fn a_dag_begins_with_genesis() {
    run(|dag| {
        let genesis = record(&dag, 1, 0, Kind::Genesis, &[]);
        let config = record(&dag, 1, 0, Kind::Config, &[&genesis]);
        assert_eq!(list([entry(&config, None)]), Err(Error::NotGenesis.into()));
        assert_ok!(list([entry(&genesis, None)]));
        assert_eq!(Logs::<Test>::get(&dag).map(|log| log.size()), Some(1));
    });
}

#[test]
fn one_issuer_does_not_take_the_room_of_all() {
    run(|dag| {
        let genesis = begin(&dag);
        let many = line(&dag, 1, 1, u64::from(ISSUER_ENTRIES_MAX) + 1, &genesis);
        let all = entries(&many, Some(&genesis));
        assert_eq!(list(all.clone()), Err(Error::QuotaExceeded.into()));
        // Another issuer's room is its own.
        let second = record(&dag, 2, 0, Kind::Config, &[&genesis]);
        let mut fitting = all[..ISSUER_ENTRIES_MAX as usize].to_vec();
        fitting.push(entry(&second, None));
        assert_ok!(list(fitting));
        let last = &many[ISSUER_ENTRIES_MAX as usize - 1];
        assert_ok!(list([entry(&many[ISSUER_ENTRIES_MAX as usize], Some(last))]));
    });
}

#[test]
fn what_is_selected_is_listed_and_nothing_is_written_before() {
    run(|dag| {
        let genesis = begin(&dag);
        let first = line(&dag, 1, 1, u64::from(ISSUER_ENTRIES_MAX) + 5, &genesis);
        let second = line(&dag, 2, 0, 3, &genesis);
        let stranger = entry(&record(&dag, 3, 0, Kind::Config, &[&genesis]), None);
        let mut candidates = vec![stranger];
        candidates.extend(entries(&first, Some(&genesis)));
        candidates.extend(entries(&second, None));
        // A gap in a line ends the line.
        candidates.remove(candidates.len() - 2);
        let before = Logs::<Test>::get(&dag);
        let selected = Dag::select_entries(candidates, Clock::now() + 10);
        assert_eq!(Logs::<Test>::get(&dag), before);
        assert_eq!(selected.len(), ISSUER_ENTRIES_MAX as usize + 1);
        assert_ok!(list(selected));
        let none = Dag::select_entries(Vec::new(), 0);
        assert!(none.is_empty() && ENTRIES_MAX as usize > none.len());
    });
}

proptest! {
    /// Whatever is offered, what is selected makes a valid block, and the log is the one that a plain list gives.
    #[test]
    fn any_selection_makes_a_valid_block(steps in prop::collection::vec((1_u8..4, 0_u64..3, any::<bool>()), 0..40)) {
        run(|dag| {
            let genesis = begin(&dag);
            let (mut nodes, mut candidates) = (vec![genesis.clone()], Vec::new());
            let mut next = [0_u64, 1, 0, 0];
            let mut prev: [Option<Node>; 4] = [None, Some(genesis), None, None];
            for (number, skip, keep) in steps {
                let index = usize::from(number);
                let node = record(&dag, number, next[index] + skip, Kind::Config, &[nodes.last().expect("one")]);
                candidates.push(entry(&node, prev[index].as_ref()));
                if keep && skip == 0 {
                    next[index] += 1;
                    prev[index] = Some(node.clone());
                    nodes.push(node);
                }
            }
            let selected = Dag::select_entries(candidates, Clock::now() + 10);
            let mut model = Logs::<Test>::get(&dag).expect("it has records");
            for entry in &selected {
                model.append(leaf_hash(entry.cid.as_bytes())).expect("few");
            }
            if !selected.is_empty() {
                assert_ok!(list(selected));
            }
            let log: Range = Logs::<Test>::get(&dag).expect("it has records");
            assert_eq!(log, model);
        });
    }
}
