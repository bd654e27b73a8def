//! What clients and other nodes take for granted of the development chain: how it begins, and how it describes itself.
//!
//! The fixture changes with the runtime and with the preset, never otherwise: whoever changes either raises the spec version
//! and writes the fixture anew with `ICN_UPDATE_FIXTURES=1 cargo nextest run -p icn-tests --test frozen`.

use icn_primitives::Hashing;
use icn_runtime::genesis::runtime_record_parts;
use icn_tests::chain::dev_genesis;
use sp_runtime::traits::Hash as _;
use std::path::Path;

/// One line for each fact: its name and its hash.
fn facts() -> String {
    let (spec_version, version, metadata) = runtime_record_parts();
    let begin = dev_genesis();
    let root = icn_storage::genesis_root(&begin.state);
    let record = begin.record(root);
    let mut facts = vec![
        ("spec_version".to_owned(), spec_version.to_string()),
        ("runtime_version".to_owned(), hex::encode(version)),
        ("genesis_state_root".to_owned(), hex::encode(root)),
        ("genesis_hash".to_owned(), hex::encode(record.hash())),
        ("genesis_tendermint_hash".to_owned(), hex::encode(record.tendermint_hash().expect("in range"))),
        ("chain_id".to_owned(), record.tendermint.chain_id),
    ];
    for (number, metadata) in metadata {
        facts.push((format!("metadata_v{number}_blake2_256"), hex::encode(Hashing::hash(&metadata))));
    }
    facts.into_iter().map(|(name, value)| format!("{name} {value}\n")).collect()
}

#[test]
fn the_development_chain_begins_and_describes_itself_as_ever() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/development.txt");
    let facts = facts();
    if std::env::var_os("ICN_UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &facts).expect("writable");
    }
    assert_eq!(facts, std::fs::read_to_string(&path).expect("readable"), "see the head of this file");
}
