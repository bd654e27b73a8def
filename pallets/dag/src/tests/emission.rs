//! Records that the chain emits.

use crate::{mock::*, All, Dags, Emitted, Event, Logs, Own, EMITTED_BYTES_MAX, EMITTED_MAX};
use frame_support::{assert_noop, assert_ok, traits::Get};
use icn_dag::{Emit, Ipld, Kind, Node, Proof};

fn says(text: &str) -> Ipld {
    Ipld::Map([("says".to_owned(), Ipld::String(text.into()))].into())
}

fn emitted() -> Vec<Node> {
    Emitted::<Test>::get().iter().map(|bytes| Node::decode(bytes).expect("a record")).collect()
}

#[test]
fn the_first_record_begins_the_dag_and_each_follows_the_one_before() {
    run(|_| {
        let own = Federation::get().expect("it has a name");
        let mut cids = Vec::new();
        block(|| {
            cids.extend(
                [says("one"), says("two")].map(|said| Dag::emit(Kind::Config, Vec::new(), said).expect("it fits")),
            )
        });
        let nodes = emitted();
        assert_eq!(
            nodes.iter().map(|node| node.header().kind).collect::<Vec<_>>(),
            [Kind::Genesis, Kind::Config, Kind::Config]
        );
        for (number, node) in nodes.iter().enumerate() {
            let header = node.header();
            assert_eq!((&header.dag, &header.issuer, header.seq), (&own, &own, number as u64));
            assert_eq!((node.proof(), header.epoch), (&Proof::Emitted { height: 2 }, 3));
            let parent = number.checked_sub(1).map(|before| nodes[before].cid());
            assert_eq!(header.parents.first().copied(), parent);
        }
        assert_eq!(nodes[1..].iter().map(Node::cid).collect::<Vec<_>>(), cids);
        let told: Vec<_> = nodes.iter().map(|node| Event::Emitted { dag: own.clone(), cid: node.cid() }).collect();
        assert_eq!(events(), told);
        assert_eq!((Logs::<Test>::get(&own).expect("a log").size(), All::<Test>::get().size()), (3, 3));
        // The next block emits nothing, and the one after goes on.
        block(|| {});
        assert_eq!(emitted(), []);
        block(|| assert!(Dag::emit(Kind::Config, Vec::new(), says("three")).is_some()));
        assert_eq!(emitted()[0].header().parents.first(), cids.last());
    });
}

#[test]
fn what_is_too_large_or_too_much_is_not_emitted_and_nothing_is_written() {
    run(|dag| {
        begin(&dag);
        block(|| assert!(Dag::emit(Kind::Config, Vec::new(), says(&"x".repeat(EMITTED_BYTES_MAX as usize))).is_none()));
        assert_eq!((Own::<Test>::get().count, All::<Test>::get().size(), Dags::<Test>::iter().count()), (0, 1, 1));
        block(|| {
            let emitted = (0..200).filter(|_| Dag::emit(Kind::Config, Vec::new(), says("more")).is_some());
            assert!((1..EMITTED_MAX as usize).contains(&emitted.count()));
        });
    });
}

#[test]
fn nobody_else_writes_the_dag_of_the_federation() {
    run(|_| {
        let own = Federation::get().expect("it has a name");
        block(|| assert!(Dag::emit(Kind::Config, Vec::new(), says("one")).is_some()));
        assert_noop!(
            Dag::set_writers(RuntimeOrigin::signed(OWNER), own.clone(), writers([1])),
            crate::Error::<Test>::NotOwner
        );
        let signed = record(&own, 1, 0, Kind::Genesis, &[]);
        assert_eq!(list([entry(&signed, None)]).map(drop), Err(crate::Error::<Test>::UnknownIssuer.into()));
        block(|| {
            assert_ok!(Dag::create(RuntimeOrigin::signed(OWNER), writers([3])));
        });
    });
}
