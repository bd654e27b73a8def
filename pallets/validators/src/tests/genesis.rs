use crate::{mock::*, GenesisValidator, History, Member, Members, Parameters, Since};
use icn_primitives::validators::TOTAL_POWER_MAX;
use serde_json::json;

#[test]
fn genesis_writes_the_first_set() {
    begin(genesis(&[1, 3, 2])).execute_with(|| {
        let set = current();
        let members: Vec<_> = set.validators().iter().map(|validator| (validator.key, validator.power)).collect();
        assert_eq!(members, [(key(1), 3), (key(2), 2), (key(0), 1)]);
        assert_eq!(set, set.without_priorities());
        assert_eq!(Members::<Test>::get(key(2)), Some(Member { moniker: moniker(2), peer_id: peer(2) }));
        assert_eq!((Since::<Test>::get(), History::<Test>::iter_keys().count()), (1, 0));
        assert_eq!(Validators::set_at(0), None);
        assert_eq!(Validators::set_at(1), Some(set));
        assert_eq!(Validators::parameters(), parameters());
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

#[test]
fn a_chain_may_begin_without_validators() {
    begin(Default::default()).execute_with(|| {
        assert_eq!(Validators::current(), None);
        assert_eq!(Validators::members(), []);
        assert_eq!(Validators::parameters(), Parameters::default());
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The words with which a genesis is refused.
fn refusal(change: impl FnOnce(&mut ValidatorsConfig)) -> String {
    let mut config = genesis(&[1, 2]);
    change(&mut config);
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| begin(config)));
    let Err(panic) = built else { panic!("the genesis is accepted") };
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[test]
fn a_genesis_that_is_not_valid_is_refused_in_words() {
    let one = |config: &mut ValidatorsConfig| config.validators[0].clone();
    assert!(refusal(|config| config.validators[0].power = 0).contains("no power"));
    assert!(refusal(|config| config.validators[0].power = TOTAL_POWER_MAX).contains("together"));
    assert!(refusal(|config| config.validators[1].key = one(config).key).contains("there twice"));
    assert!(refusal(|config| config.validators[1].key = [0; 32]).contains("no Ed25519 key"));
    assert!(refusal(|config| config.validators[1].peer_id = one(config).peer_id).contains("two validators"));
    assert!(refusal(|config| config.validators[1].peer_id = "a b".into()).contains("ASCII"));
    assert!(refusal(|config| config.validators[1].peer_id = "x".repeat(65)).contains("at most 64"));
    assert!(refusal(|config| config.validators[1].moniker = "x".repeat(65)).contains("at most 64"));
    assert!(refusal(|config| config.parameters.evidence_max_age_blocks = 0).contains("out of range"));
    let many = || (0..151).map(|number| GenesisValidator { key: key(number), ..genesis(&[1]).validators[0].clone() });
    assert!(refusal(|config| config.validators = many().collect()).contains("at most 150"));
}

#[test]
fn several_nodes_may_be_unknown() {
    let mut config = genesis(&[1, 2]);
    config.validators.iter_mut().for_each(|validator| validator.peer_id.clear());
    begin(config).execute_with(pallet_testing::check::<Test, AllPalletsWithSystem>);
}

#[test]
fn the_document_of_a_genesis_is_json() {
    let config = genesis(&[5]);
    let document = serde_json::to_value(&config).expect("numbers and text");
    let expected = json!({
        "validators": [{
            "key": hex::encode(key(0)),
            "power": 5,
            "peer_id": "12D3KooWNode0",
            "moniker": "Validator 0",
        }],
        "parameters": {
            "timeouts_ms": {
                "propose": 500,
                "propose_delta": 250,
                "prevote": 500,
                "prevote_delta": 250,
                "precommit": 500,
                "precommit_delta": 250,
                "rebroadcast": 1500,
            },
            "minimum_interval_ms": 1000,
            "evidence_max_age_blocks": 20,
            "evidence_max_age_ms": 6400,
        },
    });
    assert_eq!(document, expected);
    let read: ValidatorsConfig = serde_json::from_value(document).expect("it was written so");
    assert_eq!((read.validators, read.parameters), (config.validators, config.parameters));
}

#[test]
fn a_validator_needs_a_key_and_a_power_only() {
    let read = |document| serde_json::from_value::<GenesisValidator>(document);
    let validator = read(json!({ "key": hex::encode(key(0)), "power": 1 })).expect("the rest has defaults");
    assert_eq!((validator.key, validator.power, &validator.peer_id[..]), (key(0), 1, ""));
    for wrong in ["", "00", &"g".repeat(64), &format!("0x{}", hex::encode(key(0)))] {
        let error = read(json!({ "key": wrong, "power": 1 })).expect_err("no key");
        assert!(error.to_string().contains("64 hex digits"), "{error}");
    }
    assert!(read(json!({ "key": hex::encode(key(0)), "power": 1, "pwoer": 1 })).is_err());
    assert!(read(json!({ "key": hex::encode(key(0)), "power": -1 })).is_err());
}
