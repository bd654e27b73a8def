use crate::{mock::*, Bars, Event};
use frame_support::{assert_noop, assert_ok};
use icn_dag::{Equivocation, KeyStatus, Kind, Node, SignedHeader};
use sp_runtime::traits::BadOrigin;

fn evidence(one: &Node, other: &Node) -> Box<Equivocation> {
    let header = |node| SignedHeader::of(node).expect("it is signed");
    Box::new(Equivocation::new(header(one), header(other)).expect("they are of one place"))
}

#[test]
fn who_signs_two_records_for_one_place_is_barred() {
    run(|dag| {
        let genesis = begin(&dag);
        let (one, other) =
            (record(&dag, 1, 1, Kind::Config, &[&genesis]), record(&dag, 1, 1, Kind::Thread, &[&genesis]));
        let shown = evidence(&one, &other);
        assert_noop!(Dag::report_equivocation(RuntimeOrigin::none(), shown.clone()), BadOrigin);
        assert_ok!(Dag::report_equivocation(RuntimeOrigin::signed(9), shown.clone()));
        assert!(events().contains(&Event::Barred { dag: dag.clone(), key: key(1) }));
        assert_eq!(Dag::key_status(&dag, &issuer(1), &key(1), 0), KeyStatus::Revoked);
        let bar = Bars::<Test>::get((&dag, key(1))).expect("it is kept");
        assert_eq!((bar.seq, bar.issuer), (1, issuer(1)));
        assert_eq!(list([entry(&one, Some(&genesis))]), Err(Error::KeyRevoked.into()));
        assert_noop!(Dag::report_equivocation(RuntimeOrigin::signed(9), shown), Error::AlreadyBarred);
        // The other writer goes on.
        assert_ok!(list([entry(&record(&dag, 2, 0, Kind::Config, &[&genesis]), None)]));
    });
}

#[test]
fn a_writer_that_left_answers_for_what_became_final() {
    run(|dag| {
        let genesis = begin(&dag);
        assert_ok!(Dag::set_writers(RuntimeOrigin::signed(OWNER), dag.clone(), writers([2])));
        let other = record(&dag, 1, 0, Kind::Config, &[&genesis]);
        assert_ok!(Dag::report_equivocation(RuntimeOrigin::signed(9), evidence(&genesis, &other)));
    });
}

#[test]
fn nobody_is_barred_for_nothing() {
    run(|dag| {
        let genesis = begin(&dag);
        let two = |number| {
            let kinds = [Kind::Config, Kind::Thread];
            kinds.map(|kind| record(&dag, number, 5, kind, &[&genesis]))
        };
        let [one, other] = two(3);
        let origin = || RuntimeOrigin::signed(9);
        assert_noop!(Dag::report_equivocation(origin(), evidence(&one, &other)), Error::NotWriter);
        let stranger = icn_dag::Did::of_hash("local", &[9; 32]).expect("a network");
        let [one, other] = [Kind::Config, Kind::Thread].map(|kind| record(&stranger, 1, 5, kind, &[&genesis]));
        assert_noop!(Dag::report_equivocation(origin(), evidence(&one, &other)), Error::UnknownDag);
        // Bytes that decode and prove nothing: one signature is for another header.
        let [one, other] = two(1);
        let mut bytes = codec::Encode::encode(&*evidence(&one, &other));
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let forged: Equivocation = codec::Decode::decode(&mut &bytes[..]).expect("it decodes");
        assert_noop!(Dag::report_equivocation(origin(), Box::new(forged)), Error::NotEquivocation);
    });
}
