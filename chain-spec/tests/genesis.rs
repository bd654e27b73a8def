//! What follows from a document is the same on every machine.

use codec::{Decode, Encode};
use icn_chain_spec::{builtin, consensus_hash, genesis, genesis_header, parse};
use icn_primitives::{code::CODE_KEY, CodeDescriptor, Hash, Hashing};
use sp_runtime::traits::Hash as _;
use tendermint::{
    validator::{Info, Set},
    PublicKey,
};

/// Root of a state, for what does not depend on it.
const ROOT: Hash = Hash::repeat_byte(7);

#[test]
fn the_same_document_gives_the_same_beginning() {
    let spec = builtin("dev").unwrap();
    let (one, two) = (genesis(&spec).unwrap(), genesis(&parse(spec.to_json().as_bytes()).unwrap()).unwrap());
    assert_eq!(one.state, two.state);
    assert_eq!(one.record(ROOT), two.record(ROOT));
    assert_eq!(one.context(ROOT), two.context(ROOT));
}

#[test]
fn another_document_gives_another_beginning() {
    let mut spec = builtin("dev").unwrap();
    let dev = genesis(&spec).unwrap();
    spec.genesis.patch = serde_json::json!({ "sudo": null });
    assert_ne!(genesis(&spec).unwrap().state, dev.state);
    spec = builtin("dev").unwrap();
    spec.genesis_time_ms += 1;
    let later = genesis(&spec).unwrap();
    assert_ne!(later.record(ROOT).tendermint_hash().unwrap(), dev.record(ROOT).tendermint_hash().unwrap());
}

#[test]
fn the_genesis_header_is_that_of_an_empty_block() {
    let header = genesis_header(ROOT);
    // The root of no extrinsics is the root of the empty trie.
    let empty = "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314";
    assert_eq!(hex::encode(header.extrinsics_root), empty);
    let expected = [&[0; 32][..], &[0], ROOT.as_bytes(), &hex::decode(empty).unwrap(), &[0]].concat();
    assert_eq!(header.encode(), expected, "parent, compact number, state root, extrinsics root, no digest items");
    assert_eq!(header.hash(), Hashing::hash(&expected));
}

#[test]
fn the_context_is_what_stock_tendermint_computes() {
    let genesis = genesis(&builtin("dev").unwrap()).unwrap();
    let alice = hex::decode("88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee").unwrap();
    let alice = Info::new(PublicKey::from_raw_ed25519(&alice).unwrap(), 1u32.into());
    let context = genesis.context(ROOT);
    let hash = Set::without_proposer(vec![alice.clone()]).hash();
    let header = genesis.record(ROOT).tendermint;
    assert_eq!(header.validators_hash.as_bytes(), hash.as_bytes());
    assert_eq!(header.next_validators_hash, header.validators_hash);
    assert_eq!(context.consensus_hash, consensus_hash());
    assert_eq!(genesis.proposer()[..], *alice.address.as_bytes());
    let digits = hex::encode(genesis_header(ROOT).hash());
    assert_eq!(context.chain_id, format!("dev-{}", &digits[..8]));
}

#[test]
fn validators_stand_in_tendermints_order_whatever_that_of_the_document() {
    let mut spec = builtin("dev").unwrap();
    let validator = |key: &str, power| icn_chain_spec::Validator {
        name: None,
        key: key.into(),
        power,
        peer_id: None,
        sealing: None,
    };
    spec.validators = vec![
        validator("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", 1),
        validator("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", 9),
    ];
    let one = genesis(&spec).unwrap();
    spec.validators.reverse();
    let two = genesis(&spec).unwrap();
    assert_eq!(one.record(ROOT), two.record(ROOT));
    assert_eq!(one.validators.validators()[0].power, 9);
    assert_eq!(one.proposer(), one.validators.validators()[0].address());
}

#[test]
fn the_record_of_block_0_names_no_block_before_it() {
    let genesis = genesis(&builtin("dev").unwrap()).unwrap();
    let record = genesis.record(ROOT);
    assert_eq!((record.block.header.number, record.tendermint.height), (0, 0));
    assert_eq!(record.id().unwrap(), None);
    assert_eq!(record.tendermint.last_block_id, None);
    assert_eq!(record.tendermint.app_hash, ROOT);
    assert_eq!(record.tendermint.last_results_hash, record.hash());
    assert_eq!(record.time(), 1_767_225_600_000);
    record.tendermint_hash().expect("its fields are within Tendermint's ranges");
}

#[test]
fn the_development_state_holds_the_runtimes_descriptor() {
    let genesis = genesis(&builtin("dev").unwrap()).unwrap();
    let descriptor = CodeDescriptor::decode(&mut &genesis.state[CODE_KEY][..]).unwrap();
    assert_eq!(descriptor, CodeDescriptor::new("icn", icn_runtime::VERSION.spec_version));
}

/// The accounts of the development chain: their keys and how an account is encoded. A change of it changes the genesis hash
/// of every chain, and is announced.
#[test]
fn accounts_are_encoded_as_ever() {
    let genesis = genesis(&builtin("dev").unwrap()).unwrap();
    let prefix = hex::decode("26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9").unwrap();
    let accounts: Vec<_> = genesis.state.iter().filter(|(key, _)| key.starts_with(&prefix)).collect();
    assert_eq!(accounts.len(), 12, "//Alice to //Ferdie and their //stash");
    let hash = hex::encode(Hashing::hash(&accounts.encode()));
    assert_eq!(hash, include_str!("accounts.blake2").trim());
}
