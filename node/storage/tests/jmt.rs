//! The tree is that of the `jmt` crate: same roots, and proofs that stock `ics23` accepts.
#![allow(missing_docs)]

mod support;

use icn_primitives::{Changes, Hash};
use icn_storage::{layout::EVENTS_KEY, node::leaf_value, proof::spec, Options, SimulatedDisk};
use ics23::HostFunctionsManager;
use jmt::{
    storage::{LeafNode, Node, NodeBatch, NodeKey, TreeReader},
    KeyHash, OwnedValue, Sha256Jmt, Version,
};
use parking_lot::Mutex;
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{apply, commit, create, events, State};

/// The nodes of a `jmt` tree in memory.
#[derive(Default)]
struct Reference(Mutex<BTreeMap<NodeKey, Node>>);

impl TreeReader for Reference {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.0.lock().get(key).cloned())
    }

    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(None)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

impl Reference {
    fn put(&self, changes: &Changes, version: u64) -> Hash {
        let writes = changes
            .iter()
            .map(|(key, value)| (KeyHash::with::<sha2::Sha256>(key), value.as_ref().map(|value| leaf_value(value))));
        let (root, update) = Sha256Jmt::new(self).put_value_set(writes, version).expect("the reference works");
        self.write(update.node_batch);
        Hash::from(root.0)
    }

    fn write(&self, batch: NodeBatch) {
        let nodes = batch.nodes().iter().map(|(key, node)| (key.clone(), node.clone()));
        self.0.lock().extend(nodes);
    }
}

fn arbitrary_changes() -> impl Strategy<Value = Changes> {
    let key = (0..60_u16).prop_map(|key| key.to_be_bytes().to_vec());
    let value = prop_oneof![
        1 => Just(None),
        2 => proptest::collection::vec(any::<u8>(), 0..4).prop_map(Some),
        1 => (1020_usize..1030).prop_map(|length| Some(vec![9; length])),
    ];
    proptest::collection::btree_map(key, value, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn its_roots_are_those_of_the_jmt_crate(blocks in proptest::collection::vec(arbitrary_changes(), 1..12)) {
        let reference = Reference::default();
        let first: State = [(vec![1], vec![1])].into();
        let expected = reference.put(&first.iter().map(|(k, v)| (k.clone(), Some(v.clone()))).collect(), 0);
        let chain = create(SimulatedDisk::new(1), first, Options::default());
        prop_assert_eq!(chain.head().record.block.header.state_root, expected);
        for (height, changes) in (1..).zip(blocks) {
            let expected = reference.put(&changes, height);
            prop_assert_eq!(commit(&chain, changes).record.block.header.state_root, expected);
        }
    }

    #[test]
    fn every_key_is_proven_at_every_height(blocks in proptest::collection::vec(arbitrary_changes(), 1..6)) {
        let mut state: State = [(vec![1], vec![1])].into();
        let chain = create(SimulatedDisk::new(1), state.clone(), Options::default());
        let mut states = vec![state.clone()];
        for changes in blocks {
            apply(&mut state, &changes);
            commit(&chain, changes);
            states.push(state.clone());
        }
        for (number, state) in (0..).zip(&states) {
            let root = chain.header(number).unwrap().unwrap().state_root;
            for key in 0..61_u16 {
                let key = key.to_be_bytes();
                let proof = chain.prove(&key, number).unwrap();
                prop_assert_eq!(proof.root, root);
                prop_assert_eq!(proof.value.as_ref(), state.get(&key[..]));
                prop_assert!(verifies(&proof.proof, root, &key, proof.leaf.as_deref()));
            }
        }
    }
}

fn verifies(proof: &ics23::CommitmentProof, root: Hash, key: &[u8], leaf: Option<&[u8]>) -> bool {
    let root = root.as_bytes().to_vec();
    match leaf {
        Some(leaf) => ics23::verify_membership::<HostFunctionsManager>(proof, &spec(), &root, key, leaf),
        None => ics23::verify_non_membership::<HostFunctionsManager>(proof, &spec(), &root, key),
    }
}

#[test]
fn unit_values_events_and_ordinary_values_are_proven_then_and_now() {
    let unit = b"map of nothing".to_vec();
    let large = vec![8; 5000];
    let chain = create(SimulatedDisk::new(1), support::state("a=1 b=2 c=3"), Options::default());
    commit(&chain, [(unit.clone(), Some(vec![])), events(&large), (b"a".to_vec(), Some(b"5".to_vec()))].into());
    commit(&chain, [(unit.clone(), None), events(b"few"), (b"a".to_vec(), Some(b"6".to_vec()))].into());
    let proven = |key: &[u8], number, value: Option<&[u8]>| {
        let proof = chain.prove(key, number).unwrap();
        let root = chain.tendermint_header(number).unwrap().unwrap().app_hash;
        assert_eq!(proof.value.as_deref(), value);
        assert_eq!(proof.leaf, value.map(leaf_value));
        assert!(verifies(&proof.proof, root, key, proof.leaf.as_deref()));
    };
    proven(&unit, 0, None);
    proven(&unit, 1, Some(b""));
    proven(&unit, 2, None);
    proven(&EVENTS_KEY, 0, None);
    proven(&EVENTS_KEY, 1, Some(&large));
    proven(&EVENTS_KEY, 2, Some(b"few"));
    proven(b"a", 0, Some(b"1"));
    proven(b"a", 1, Some(b"5"));
    proven(b"a", 2, Some(b"6"));
}

#[test]
fn altered_proofs_are_refused() {
    let chain = create(SimulatedDisk::new(1), support::state("a=1 b=2 c=3 d=4 e=5"), Options::default());
    let root = chain.head().record.block.header.state_root;
    let present = chain.prove(b"a", 0).unwrap();
    let leaf = present.leaf.clone().unwrap();
    assert!(verifies(&present.proof, root, b"a", Some(&leaf)));
    assert!(!verifies(&present.proof, root, b"b", Some(&leaf)));
    assert!(!verifies(&present.proof, root, b"a", Some(b"\x002")));
    assert!(!verifies(&present.proof, Hash::repeat_byte(1), b"a", Some(&leaf)));
    let mut altered = present.proof.clone();
    if let Some(ics23::commitment_proof::Proof::Exist(exist)) = &mut altered.proof {
        let sibling = exist.path.iter_mut().find(|op| !op.suffix.is_empty() || op.prefix.len() > 16).unwrap();
        let bytes = if sibling.suffix.is_empty() { &mut sibling.prefix } else { &mut sibling.suffix };
        *bytes.last_mut().unwrap() ^= 1;
    }
    assert!(!verifies(&altered, root, b"a", Some(&leaf)));
    let absent = chain.prove(b"f", 0).unwrap();
    assert!(verifies(&absent.proof, root, b"f", None));
    assert!(!verifies(&absent.proof, root, b"a", None));
    let mut altered = absent.proof.clone();
    if let Some(ics23::commitment_proof::Proof::Nonexist(proof)) = &mut altered.proof {
        let neighbour = proof.left.as_mut().or(proof.right.as_mut()).unwrap();
        neighbour.value.push(1);
    }
    assert!(!verifies(&altered, root, b"f", None));
}
