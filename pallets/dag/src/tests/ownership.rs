use crate::{mock::*, Created, Dags, Event, Network, WriterKeys};
use frame_support::{assert_noop, assert_ok};
use icn_dag::{Did, Key, KeyStatus};
use sp_runtime::traits::BadOrigin;

#[test]
fn every_dag_has_a_name_of_its_own() {
    run(|dag| {
        block(|| {
            for owner in [OWNER, OWNER, 2] {
                assert_ok!(Dag::create(RuntimeOrigin::signed(owner), writers([3])));
            }
        });
        let names: Vec<Did> = Dags::<Test>::iter_keys().collect();
        assert_eq!((names.len(), Created::<Test>::get()), (4, 4));
        assert!(names.contains(&dag));
        assert!(names.iter().all(|name| name.is_icn() && name.network() == Some("local")));
        let created = events().into_iter().filter(|event| matches!(event, Event::Created { .. }));
        assert_eq!(created.count(), 3);
    });
}

#[test]
fn the_network_is_in_the_name() {
    for (name, fits) in [("mill-valley", true), ("a", true), ("Mill", false), ("-a", false), ("", false)] {
        let built = std::panic::catch_unwind(|| {
            let config = RuntimeGenesisConfig {
                dag: DagConfig { network: name.into(), ..Default::default() },
                ..Default::default()
            };
            sp_runtime::BuildStorage::build_storage(&config).is_ok()
        });
        assert_eq!(built.unwrap_or(false), fits, "{name}");
    }
    run(|_| assert_eq!(Network::<Test>::get().into_inner(), b"local"));
}

#[test]
fn only_the_owner_says_who_writes() {
    run(|dag| {
        let other = RuntimeOrigin::signed(2);
        assert_noop!(Dag::set_writers(other.clone(), dag.clone(), writers([3])), Error::NotOwner);
        assert_noop!(Dag::set_owner(other.clone(), dag.clone(), 2), Error::NotOwner);
        assert_noop!(Dag::set_writers(RuntimeOrigin::root(), dag.clone(), writers([3])), BadOrigin);
        assert_ok!(Dag::set_owner(RuntimeOrigin::signed(OWNER), dag.clone(), 2));
        assert_noop!(Dag::set_writers(RuntimeOrigin::signed(OWNER), dag.clone(), writers([3])), Error::NotOwner);
        assert_ok!(Dag::set_writers(other.clone(), dag.clone(), writers([3])));
        assert_eq!(Dag::key_status(&dag, &issuer(3), &key(3), 0), KeyStatus::Valid);
        assert_eq!(Dag::key_status(&dag, &issuer(1), &key(1), 0), KeyStatus::UnknownIssuer);
        assert_eq!(Dag::key_status(&dag, &issuer(3), &key(1), 0), KeyStatus::UnknownKey);
        assert_eq!(WriterKeys::<Test>::iter_keys().count(), 1, "who is listed no more is gone");
        let stranger = Did::of_hash("local", &[9; 32]).expect("a network");
        assert_noop!(Dag::set_writers(other, stranger, writers([3])), Error::UnknownDag);
    });
}

#[test]
fn writers_are_sound_and_there_once() {
    run(|_| {
        let origin = RuntimeOrigin::signed(OWNER);
        assert_noop!(Dag::create(origin.clone(), writers([1, 2, 1])), Error::WriterTwice);
        // The neutral element, for which everyone can sign.
        let mut weak = [0; 32];
        weak[0] = 1;
        let mut list = writers([1]);
        list[0] = crate::Writer { issuer: Did::of_hash("local", &[1; 32]).expect("a network"), key: Key(weak) };
        assert_noop!(Dag::create(origin.clone(), list.clone()), Error::UnsoundWriter);
        // Another key than the one that the DID is.
        list[0] = crate::Writer { issuer: issuer(1), key: key(2) };
        assert_noop!(Dag::create(origin, list), Error::UnsoundWriter);
    });
}
