//! ICS-23 proofs over the RPC of a real node, checked by the stock `ics23` crate against the header.

use icn_primitives::{Hash, Header, StateView as _};
use icn_runtime::{Runtime, RuntimeCall};
use icn_storage::{layout::EVENTS_KEY, proof::spec, ChainStore, Options, RocksStore};
use icn_tests::{
    account::{Account, Terms},
    node::{directory, NodeProcess},
};
use ics23::{
    commitment_proof::Proof, verify_membership, verify_non_membership, CommitmentProof, HostFunctionsManager, LeafOp,
};
use jsonrpsee::{
    core::client::{ClientT as _, Subscription, SubscriptionClientT as _},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use prost::Message as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What `icn_stateProof` answers.
#[derive(Clone, Debug)]
struct Answer {
    root: Hash,
    value: Option<Vec<u8>>,
    leaf: Option<Vec<u8>>,
    proof: Vec<u8>,
}

impl Answer {
    fn of(answer: &Value) -> Self {
        let bytes = |name: &str| answer[name].as_str().map(|text| hex::decode(&text[2..]).expect("hex"));
        let root = serde_json::from_value(answer["root"].clone()).expect("a hash");
        Self { root, value: bytes("value"), leaf: bytes("leaf"), proof: bytes("proof").expect("bytes") }
    }

    /// Whether the stock crate accepts the proof of what the answer says of `key`.
    fn holds(&self, key: &[u8], root: Hash) -> bool {
        let Ok(proof) = CommitmentProof::decode(&self.proof[..]) else { return false };
        let (spec, root) = (spec(), root.as_bytes().to_vec());
        match &self.leaf {
            Some(leaf) => verify_membership::<HostFunctionsManager>(&proof, &spec, &root, key, leaf),
            None => verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, key),
        }
    }
}

/// A node whose last block put an entry on the agenda, and made large events.
struct Chain {
    node: NodeProcess,
    client: WsClient,
    head: Hash,
    directory: tempfile::TempDir,
}

impl Chain {
    async fn start() -> Self {
        let directory = directory();
        let node = NodeProcess::start(&directory.path().join("home"));
        let client = WsClientBuilder::default().build(&node.url).await.expect("the node answers");
        let genesis = client.request("chain_getBlockHash", rpc_params![0]).await.expect("answered");
        let terms = Terms { nonce: 0, tip: 0, era: None, genesis };
        let calls = vec![schedule(), transfers()];
        let transaction = Account::dev("Alice").sign(pallet_utility::Call::batch_all { calls }, terms);
        let bytes = format!("0x{}", hex::encode(transaction.bytes()));
        let (method, end) = ("author_submitAndWatchExtrinsic", "author_unwatchExtrinsic");
        let mut life: Subscription<Value> = client.subscribe(method, rpc_params![bytes], end).await.expect("submitted");
        let head = loop {
            let status = life.next().await.expect("it goes on").expect("readable");
            if let Some(block) = status.get("finalized") {
                break serde_json::from_value(block.clone()).expect("a hash");
            }
        };
        drop(life);
        Self { node, client, head, directory }
    }

    async fn prove(&self, key: &[u8], at: Hash) -> Answer {
        let key = format!("0x{}", hex::encode(key));
        Answer::of(&self.client.request("icn_stateProof", rpc_params![key, at]).await.expect("answered"))
    }

    async fn root(&self, at: Hash) -> Hash {
        let header: Header = self.client.request("chain_getHeader", rpc_params![at]).await.expect("answered");
        header.state_root
    }

    async fn value(&self, key: &[u8]) -> Option<Vec<u8>> {
        let key = format!("0x{}", hex::encode(key));
        let value: Option<String> =
            self.client.request("state_getStorage", rpc_params![key, self.head]).await.expect("answered");
        value.map(|text| hex::decode(&text[2..]).expect("hex"))
    }
}

fn schedule() -> RuntimeCall {
    let call = Box::new(frame_system::Call::remark { remark: vec![1] }.into());
    let schedule = pallet_agenda::Call::schedule_after { delay: 60 * 60 * 1000, retry: None, call };
    pallet_sudo::Call::sudo { call: Box::new(schedule.into()) }.into()
}

/// Enough of them that the block's events are more than 1 KiB.
fn transfers() -> RuntimeCall {
    let to = Account::dev("Bob").id();
    let transfer = || pallet_balances::Call::transfer_keep_alive { dest: to.clone().into(), value: 1_000_000 }.into();
    pallet_utility::Call::batch { calls: (0..20).map(|_| transfer()).collect() }.into()
}

fn account(name: &str) -> Vec<u8> {
    frame_system::Account::<Runtime>::hashed_key_for(Account::dev(name).id())
}

/// The key of the one place in the agenda's queue.
async fn place(chain: &Chain) -> Vec<u8> {
    let prefix = format!("0x{}", hex::encode(frame_support::storage::storage_prefix(b"Agenda", b"Queue")));
    let parameters = rpc_params![prefix, 10, Value::Null, chain.head];
    let keys: Vec<String> = chain.client.request("state_getKeysPaged", parameters).await.expect("answered");
    let [key] = &keys[..] else { panic!("one entry is on the agenda: {keys:?}") };
    hex::decode(&key[2..]).expect("hex")
}

#[tokio::test]
async fn values_units_and_events_are_proven_against_the_header() {
    let chain = Chain::start().await;
    let root = chain.root(chain.head).await;
    let place = place(&chain).await;
    let (now, issuance) =
        (pallet_timestamp::Now::<Runtime>::hashed_key(), pallet_balances::TotalIssuance::<Runtime>::hashed_key());
    let mut longest = 0;
    for key in [&place[..], &EVENTS_KEY, &account("Alice"), &now, &issuance, b":code"] {
        let answer = chain.prove(key, chain.head).await;
        assert_eq!(answer.root, root);
        let value = answer.value.clone().expect("it is there");
        assert_eq!(chain.value(key).await, Some(value.clone()));
        let short = [&[0][..], &value].concat();
        let expected = if value.len() > 1024 { [&[1][..], &Sha256::digest(&value)[..]].concat() } else { short };
        assert_eq!(answer.leaf, Some(expected));
        assert!(answer.holds(key, root), "0x{}", hex::encode(key));
        longest = longest.max(value.len());
    }
    assert!(longest > 1024, "the events are large");
    assert_eq!(chain.prove(&place, chain.head).await.value, Some(vec![]), "a unit is no bytes");

    for absent in [
        &[&place[..], &[0]].concat()[..],
        &place[..place.len() - 1],
        &account("Nobody"),
        b":heappages",
        &[0],
        &[255; 40],
    ] {
        let answer = chain.prove(absent, chain.head).await;
        assert_eq!((answer.value.clone(), answer.leaf.clone()), (None, None));
        assert!(answer.holds(absent, root), "0x{}", hex::encode(absent));
    }

    // The same in the past: before it was put on the agenda, the place was not there.
    let genesis: Hash = chain.client.request("chain_getBlockHash", rpc_params![0]).await.expect("answered");
    let before = chain.prove(&place, genesis).await;
    assert!(before.leaf.is_none() && before.holds(&place, chain.root(genesis).await));
    assert!(!before.holds(&place, root), "a proof is for one block");

    expect_app_hash(chain, root);
}

/// The root is what validators sign.
fn expect_app_hash(chain: Chain, root: Hash) {
    let Chain { node, directory, head, .. } = chain;
    assert!(node.stop().success());
    let store = RocksStore::open(directory.path().join("home/db")).expect("in order");
    let store = ChainStore::open(store, Options::default()).expect("in order").expect("a chain");
    assert_eq!(store.head().hash, head);
    let header = store.tendermint_header(store.head().number).expect("readable").expect("there");
    assert_eq!(header.app_hash, root);
    assert!(store.latest().get(&EVENTS_KEY).expect("readable").is_some());
}

#[tokio::test]
async fn altered_proofs_are_refused() {
    let chain = Chain::start().await;
    let root = chain.root(chain.head).await;
    let place = place(&chain).await;
    let absent = account("Nobody");
    for key in [&place[..], &EVENTS_KEY, &account("Alice"), &absent] {
        let honest = chain.prove(key, chain.head).await;
        assert!(honest.holds(key, root));
        expect_lies_refused(&honest, key, root);
        expect_damage_refused(&honest, key, root);
    }
    // One is no proof for the other's key, and existence is no absence.
    let alice = chain.prove(&account("Alice"), chain.head).await;
    assert!(!alice.holds(&account("Bob"), root));
    assert!(!Answer { leaf: None, ..alice.clone() }.holds(&account("Alice"), root));
    let nobody = chain.prove(&absent, chain.head).await;
    assert!(!Answer { leaf: alice.leaf.clone(), ..nobody.clone() }.holds(&absent, root));
    assert!(!nobody.holds(&account("Alice"), root), "absence of one is not absence of another that is there");
}

/// Another value, key or root is not what was proven.
fn expect_lies_refused(honest: &Answer, key: &[u8], root: Hash) {
    let mut other_root = root;
    other_root.0[31] ^= 1;
    assert!(!honest.holds(key, other_root));
    let Some(leaf) = &honest.leaf else { return };
    for leaf in [[&leaf[..], &[0]].concat(), leaf[..leaf.len() - 1].to_vec(), vec![], vec![0, 7]] {
        assert!(!Answer { leaf: Some(leaf), ..honest.clone() }.holds(key, root));
    }
    let longer = [key, &[0]].concat();
    assert!(!honest.holds(&longer, root));
}

/// With any bit of it flipped the proof does not hold, or it says what it said.
fn expect_damage_refused(honest: &Answer, key: &[u8], root: Hash) {
    let said = meaning(&honest.proof).expect("it decodes");
    for bit in 0..honest.proof.len() * 8 {
        let mut damaged = honest.clone();
        damaged.proof[bit / 8] ^= 1 << (bit % 8);
        let same = meaning(&damaged.proof).is_some_and(|meaning| meaning == said);
        assert!(same || !damaged.holds(key, root), "bit {bit} of the proof for 0x{}", hex::encode(key));
    }
}

/// What of a proof is compared: all but the key that a proof of absence repeats, and fields that the crate does not read.
fn meaning(proof: &[u8]) -> Option<CommitmentProof> {
    let mut proof = CommitmentProof::decode(proof).ok()?;
    if let Some(Proof::Nonexist(absence)) = &mut proof.proof {
        absence.key.clear();
    }
    Some(proof)
}

#[test]
fn the_shape_of_proofs_is_as_ever() {
    let shape = spec();
    let leaf: LeafOp = shape.leaf_spec.clone().expect("it has one");
    let inner = shape.inner_spec.clone().expect("it has one");
    let written = format!(
        "{leaf:?}\n{inner:?}\n{} {} {}\n",
        shape.min_depth, shape.max_depth, shape.prehash_key_before_comparison
    );
    assert_eq!(written, include_str!("fixtures/proof_spec.txt"), "clients of other chains are configured with it");
}
