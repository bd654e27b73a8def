//! Reading, checking and writing documents.

use icn_chain_spec::{
    build, builtin, builtin_names, load, parse, resolve, BuildOptions, ChainSpec, ChainType, Properties, SpecError,
    Summary, Validator, DOCUMENT_BYTES_MAX,
};
use serde_json::{json, Map, Value};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
/// An account that nobody knows the secret of.
const STRANGER: &str = "0x4242424242424242424242424242424242424242424242424242424242424242";
/// Public keys of RFC 8032, 7.1.
const KEYS: [&str; 2] = [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
];

/// A live chain with one account.
fn live() -> Value {
    json!({
        "name": "Federation",
        "id": "federation-1",
        "chain_type": "Live",
        "genesis_time_ms": 1_767_225_600_000u64,
        "properties": { "ss58Format": 42, "tokenDecimals": 12, "tokenSymbol": "ICN" },
        "validators": [{ "name": "one", "key": KEYS[0], "power": 10 }, { "key": KEYS[1], "power": 20 }],
        "genesis": { "patch": { "balances": { "balances": [[stranger(), 5_000_000_000_000_000u64]] } } }
    })
}

/// The stranger's address.
fn stranger() -> String {
    STRANGER.parse::<icn_primitives::AccountId>().expect("32 bytes of hex").to_string()
}

/// The live chain with one field replaced.
fn with(pointer: &str, value: Value) -> Result<ChainSpec, SpecError> {
    let mut document = live();
    if let Some(field) = document.pointer_mut(pointer) {
        *field = value;
    } else {
        let (parent, field) = pointer.rsplit_once('/').unwrap_or_default();
        document.pointer_mut(parent).unwrap_or(&mut Value::Null)[field] = value;
    }
    parse(document.to_string().as_bytes())
}

/// The words with which a field is refused.
fn refusal(pointer: &str, value: Value) -> String {
    with(pointer, value).expect_err(pointer).to_string()
}

#[test]
fn a_document_reads_back_as_it_was_written() {
    let spec = parse(live().to_string().as_bytes()).unwrap();
    assert_eq!(parse(spec.to_json().as_bytes()).unwrap(), spec);
    let dev = builtin("dev").unwrap();
    assert_eq!(parse(dev.to_json().as_bytes()).unwrap(), dev);
    assert_eq!(dev.to_json(), include_str!("dev.json"), "the built-in document is part of the interface");
}

#[test]
fn every_builtin_chain_is_valid() {
    for name in builtin_names() {
        let summary = Summary::of(&builtin(name).unwrap()).unwrap();
        assert_eq!(summary.id, name);
        assert!(summary.to_string().contains(&summary.validators_hash));
    }
    assert!(builtin("mainnet").is_none());
}

#[test]
fn an_unknown_field_is_named_at_every_level() {
    for pointer in ["/powers", "/properties/decimals", "/validators/0/weight", "/genesis/patches"] {
        let name = pointer.rsplit('/').next().unwrap();
        let words = refusal(pointer, json!(1));
        assert!(words.contains(&format!("unknown field `{name}`")), "{words}");
    }
    let words = refusal("/genesis/patch/balances", json!({ "ballances": [] }));
    assert!(words.contains("balances: unknown field `ballances`"), "{words}");
    let words = refusal("/genesis/patch/tokens", json!({}));
    assert!(words.contains("tokens"), "{words}");
}

#[test]
fn a_missing_or_mistyped_field_is_named() {
    let mut document = live();
    document.as_object_mut().unwrap().remove("genesis_time_ms");
    let words = parse(document.to_string().as_bytes()).unwrap_err().to_string();
    assert!(words.contains("missing field `genesis_time_ms`"), "{words}");
    let words = refusal("/chain_type", json!("Mainnet"));
    assert!(words.contains("unknown variant `Mainnet`") && words.contains("`Live`"), "{words}");
    assert!(matches!(parse(b"{"), Err(SpecError::Document(_))));
    assert!(matches!(parse(b"{} {}"), Err(SpecError::Document(_))));
    assert!(matches!(parse("[".repeat(100_000).as_bytes()), Err(SpecError::Document(_))));
}

#[test]
fn texts_times_and_formats_are_bounded() {
    for id in ["", "Federation", "a b", "ünser", &"a".repeat(42)] {
        assert!(refusal("/id", json!(id)).starts_with("id: "), "{id}");
    }
    with("/id", json!("a".repeat(41))).unwrap();
    assert!(refusal("/name", json!("")).starts_with("name: "));
    assert!(refusal("/name", json!("a\nb")).starts_with("name: "));
    assert!(refusal("/genesis_time_ms", json!(0)).starts_with("genesis_time_ms: "));
    assert!(refusal("/genesis_time_ms", json!(253_402_300_800_000u64)).starts_with("genesis_time_ms: "));
    assert!(refusal("/properties/ss58Format", json!(16_384)).starts_with("properties.ss58Format: "));
    assert!(refusal("/properties/tokenSymbol", json!("icn")).starts_with("properties.tokenSymbol: "));
}

#[test]
fn validators_have_sound_keys_and_power_within_bounds() {
    assert!(refusal("/validators", json!([])).starts_with("validators: 0 validators"));
    let many: Vec<_> = (0..151).map(|_| json!({ "key": KEYS[0], "power": 1 })).collect();
    assert!(refusal("/validators", json!(many)).starts_with("validators: 151 validators"));
    // Too short, no hex, no point of the curve, and the neutral element, under which everyone can sign.
    let neutral = format!("01{}", "00".repeat(31));
    for key in ["d75a", &"zz".repeat(32), &"02".repeat(32), &neutral, &"00".repeat(32)] {
        assert!(refusal("/validators/1/key", json!(key)).starts_with("validators[1].key: "), "{key}");
    }
    assert_eq!(refusal("/validators/1/key", json!(KEYS[0])), "validators[1].key: validators[0] has the same key");
    assert!(refusal("/validators/0/power", json!(0)).starts_with("validators[0].power"));
    assert!(refusal("/validators/0/power", json!(-1)).contains("-1"));
    let max = i64::MAX as u64 / 8;
    with("/validators/0/power", json!(max - 20)).unwrap();
    for power in [max - 19, max + 1, u64::MAX] {
        assert!(refusal("/validators/0/power", json!(power)).starts_with("validators: the sum"), "{power}");
    }
}

#[test]
fn keys_that_everyone_knows_are_refused_outside_development() {
    let alice = "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";
    assert_eq!(
        refusal("/validators/0/key", json!(alice)),
        "validators[0].key: the secret of //Alice (ed25519) is public; it may only be used on Development chains"
    );
    let known = [
        (ALICE, "//Alice (sr25519)"),
        ("5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLctxiZY", "//Alice//stash (sr25519)"),
        ("5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty", "//Bob (sr25519)"),
        ("5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu", "//Alice (ed25519)"),
        ("5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV", "the development phrase (sr25519)"),
        ("5C7C2Z5sWbytvHpuLTvzKunnnRwQxft1jiqrLD5rhucQ5S9X", "//Alice (ecdsa)"),
    ];
    for (address, name) in known {
        let words = refusal(
            "/genesis/patch/balances",
            json!({ "balances": [[stranger(), 5e15 as u64], [address, 5e15 as u64]] }),
        );
        let field = "genesis.balances.balances[1][0]: ";
        assert!(words.starts_with(field) && words.contains(name), "{words}");
    }
    let words = refusal("/genesis/preset", json!("development"));
    assert!(words.contains("is public"), "{words}");
}

#[test]
fn sudo_exists_on_development_chains_only() {
    let mut document = live();
    document["genesis"]["patch"]["sudo"] = json!({ "key": stranger() });
    let refused = parse(document.to_string().as_bytes()).unwrap_err();
    assert!(matches!(refused, SpecError::Sudo), "{refused}");
    document["chain_type"] = json!("Development");
    parse(document.to_string().as_bytes()).unwrap();
    document["chain_type"] = json!("Local");
    document["genesis"]["patch"]["sudo"] = Value::Null;
    parse(document.to_string().as_bytes()).unwrap();
}

#[test]
fn balances_are_whole_numbers_within_bounds() {
    let balances = |amounts: &[&str]| {
        let entries: Vec<_> =
            amounts.iter().enumerate().map(|(i, amount)| format!("[{:?}, {amount}]", address(i))).collect();
        let text = format!(r#"{{ "balances": [{}] }}"#, entries.join(","));
        serde_json::from_str::<Value>(&text).unwrap()
    };
    for bad in ["-5", "1.5", "0", "\"7\"", "340282366920938463463374607431768211456"] {
        let words = refusal("/genesis/patch/balances", balances(&["5000000000000000", bad]));
        assert!(words.starts_with("genesis: balances.balances[1]: "), "{words}");
        assert!(words.contains(bad), "{words}");
    }
    let max = u128::MAX.to_string();
    let words = refusal("/genesis/patch/balances", balances(&["5000000000000000", &max]));
    assert!(words.starts_with("genesis: balances.balances[1]: ") && words.contains("add up"), "{words}");
    let words = refusal("/genesis/patch/balances", balances(&["1"]));
    assert!(words.contains("existential"), "{words}");
}

fn address(i: usize) -> String {
    icn_primitives::AccountId::new([0x40 + i as u8; 32]).to_string()
}

#[test]
fn an_unknown_preset_is_named_with_those_there_are() {
    let words = refusal("/genesis/preset", json!("production"));
    assert!(words.contains("\"production\"") && words.contains("development"), "{words}");
    assert!(matches!(with("/genesis/patch", json!([1])), Err(SpecError::Patch)));
}

#[test]
fn files_are_bounded_and_named() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("chain.json");
    let words = load(&path).unwrap_err().to_string();
    assert!(words.contains("chain.json"), "{words}");
    std::fs::write(&path, live().to_string()).unwrap();
    let spec = load(&path).unwrap();
    assert_eq!(resolve(path.to_str().unwrap()).unwrap(), spec);
    assert_eq!(resolve("dev").unwrap(), builtin("dev").unwrap());
    assert!(matches!(resolve("/no/such/chain"), Err(SpecError::UnknownChain { .. })));
    std::fs::File::create(&path).unwrap().set_len(DOCUMENT_BYTES_MAX + 1).unwrap();
    assert!(matches!(load(&path), Err(SpecError::TooLarge { .. })));
}

#[test]
fn a_document_is_built_from_a_preset_and_a_patch() {
    let mut patch = Map::new();
    patch.insert("sudo".into(), Value::Null);
    let options = BuildOptions {
        name: "Mine".into(),
        id: "mine".into(),
        chain_type: ChainType::Development,
        genesis_time_ms: 1,
        properties: Properties::default(),
        validators: vec![Validator { name: None, key: KEYS[0].into(), power: 1, peer_id: None, sealing: None }],
        seeds: Vec::new(),
        patch,
    };
    let spec = build(Some("development"), options.clone()).unwrap();
    assert_eq!(parse(spec.to_json().as_bytes()).unwrap(), spec);
    build(Some("development"), BuildOptions { validators: vec![], ..options }).unwrap_err();
}
