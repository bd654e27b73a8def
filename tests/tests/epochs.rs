//! Epochs of a network: sealed by its validators, missing a quorum and healed, and carried away.

use codec::{DecodeAll as _, Encode as _};
use icn_dag::{Cid, Did, Kind};
use icn_network::Event;
use icn_runtime::RuntimeCall;
use icn_tests::{
    account::Account,
    client::{agree, connect, Node, PATIENCE},
    network::Network,
    node::{check, icn, run},
    scribe::{wait_final, Scribe},
    stranger,
};
use icn_trust::{Partial, SealedBundle};
use jsonrpsee::{
    core::client::{ClientT as _, Subscription, SubscriptionClientT as _},
    rpc_params,
};
use serde_json::{json, Value};

async fn epochs(node: &Node) -> Value {
    node.client.request("icn_epoch", rpc_params![]).await.expect("answered")
}

async fn bundle(node: &Node, epoch: u64) -> Option<SealedBundle> {
    node.client.request("icn_trustBundle", rpc_params![epoch]).await.expect("answered")
}

async fn sealings(node: &Node) -> Subscription<SealedBundle> {
    node.client.subscribe("icn_trustSubscribe", rpc_params![], "icn_trustUnsubscribe").await.expect("subscribed")
}

async fn next(sealed: &mut Subscription<SealedBundle>) -> SealedBundle {
    let next = tokio::time::timeout(PATIENCE, sealed.next()).await.expect("an epoch is sealed in time");
    next.expect("the node runs").expect("a bundle")
}

async fn privileged(node: &Node, call: impl Into<RuntimeCall>) {
    node.send(&Account::dev("Alice"), pallet_sudo::Call::sudo { call: Box::new(call.into()) }).await;
}

async fn create(node: &Node) -> Did {
    let writers = vec![Scribe::writer(1)].try_into().expect("one");
    let block = node.send(&Account::dev("Alice"), pallet_dag::Call::create { writers }).await;
    let made = node.events(block).await.into_iter().find_map(|event| match event {
        icn_runtime::RuntimeEvent::Dag(pallet_dag::Event::Created { dag, .. }) => Some(dag),
        _ => None,
    });
    made.expect("it is made")
}

/// The Ed25519 key of a validator.
fn validator(network: &Network, moniker: &str) -> [u8; 32] {
    let listed = run(&mut icn(["validator", "list", "--output", "json", "--url", &network.node(0).url])).ok();
    let listed: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
    let one = listed.iter().find(|one| one["moniker"] == json!(moniker)).expect("it is one");
    let mut key = [0; 32];
    hex::decode_to_slice(one["key"].as_str().expect("hex"), &mut key).expect("32 bytes");
    key
}

/// Joins the first node, hears the signatures of the epoch that is closing, and tells them as those of the signers that are missing until
/// it is banned.
async fn forge(network: &Network, node: &Node, last: &SealedBundle) {
    let (forger, mut events) = stranger::join(node, &network.home(0)).await;
    let told = stranger::wait(&mut events, |event| match event {
        Event::SealsTold { seals, .. } => Some(seals),
        _ => None,
    });
    let told: Vec<_> =
        told.await.iter().map(|bytes| Partial::decode_all(&mut &bytes[..]).expect("a signature")).collect();
    let missing = last.bundle.signers.list.iter().filter(|signer| told.iter().all(|partial| partial.key != signer.key));
    let forged: Vec<_> = missing.map(|signer| Partial { key: signer.key, ..told[0] }.encode()).collect();
    assert!(!forged.is_empty());
    (0..4).for_each(|_| forger.tell_seals(forged.clone(), None, None));
    stranger::wait(&mut events, |event| matches!(event, Event::PeerDisconnected { .. }).then_some(())).await;
    assert!(network.node(0).log().contains("a peer is banned"), "{}", network.node(0).log());
    forger.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn epochs_are_sealed_by_a_quorum_which_is_missed_and_heals() {
    let directory = icn_tests::node::directory();
    let patch = directory.path().join("patch.json");
    let parameters = json!({ "trust": { "parameters": { "blocks": 1_000_000, "deadline_ms": 1 } } });
    std::fs::write(&patch, parameters.to_string()).expect("it can be written");
    let mut network = Network::with_patch(4, 1, Some(&patch));
    (0..4).for_each(|index| network.start(index));
    let node = connect(&network, 0).await;
    let mut sealed = sealings(&node).await;

    // One of them has no sealing key from the next epoch on.
    let keyless = validator(&network, "node3");
    privileged(&node, pallet_trust::Call::remove_key { validator: keyless }).await;
    privileged(&node, pallet_trust::Call::close {}).await;
    let first = next(&mut sealed).await;
    assert_eq!((first.bundle.epoch, first.bundle.signers.list.len(), first.bundle.signers.power), (0, 3, 40));
    assert!(first.seal.signers.len() >= 3);

    // Records of the epoch, put at several nodes.
    let dag = create(&node).await;
    let scribe = Scribe::new(1, &dag);
    let mut cids: Vec<Cid> = vec![scribe.write(&node, Kind::Genesis, "we begin").await];
    wait_final(&node, &cids[0]).await;
    for index in 1..4 {
        let other = connect(&network, index).await;
        agree(&network).await;
        cids.push(scribe.write(&other, Kind::Config, &format!("by node {index}")).await);
        wait_final(&node, cids.last().expect("one")).await;
    }
    assert_eq!(scribe.next(&node).await.epoch, 1);

    // Three of four have keys, and one of these is away: blocks go on, the seal does not come, and everybody can see it.
    network.kill(2);
    privileged(&node, pallet_trust::Call::close {}).await;
    let closing = loop {
        node.send(&Account::dev("Bob"), frame_system::Call::remark { remark: vec![1] }).await;
        let closing = epochs(&node).await["closing"].clone();
        if closing["overdue"] == json!(true) && closing["signed"] == json!(20) {
            break closing;
        }
    };
    assert_eq!((&closing["epoch"], &closing["needed"]), (&json!(1), &json!(27)));
    assert_eq!(epochs(&node).await["sealed"]["epoch"], json!(0));
    assert_eq!((bundle(&node, 1).await, epochs(&node).await["endsAt"].clone()), (None, Value::Null));

    // Who tells signatures that are not the signers' is banned, and they count for nothing.
    forge(&network, &node, &first).await;
    assert_eq!(epochs(&node).await["closing"]["signed"], json!(20));

    // It comes back, and the epoch is sealed without anybody's doing.
    network.start(2);
    let second = next(&mut sealed).await;
    // Before the records the chain itself wrote two: the beginning of its DAG, and that the first epoch is sealed.
    assert_eq!((second.bundle.epoch, second.bundle.records.size), (1, 2 + 4));
    second.verify(&first.bundle, second.bundle.time).expect("it continues the first");

    // Every node has the same bundle, and one that syncs from genesis too, which holds no record.
    network.start(4);
    agree(&network).await;
    for index in 0..5 {
        let other = connect(&network, index).await;
        assert_eq!(bundle(&other, 0).await, Some(first.clone()), "node {index}");
        assert_eq!(bundle(&other, 1).await, Some(second.clone()), "node {index}");
    }

    // The records verify for who has only files.
    let files = directory.path();
    let trusted = files.join("trusted.json");
    std::fs::write(&trusted, serde_json::to_string(&first).expect("JSON")).expect("it can be written");
    for (place, cid) in cids.iter().enumerate() {
        let proof = files.join("proof.json");
        let url = network.node(place % 2).url.clone();
        let cid = cid.to_string();
        run(icn(["dag", "prove", &cid, "--by", "bundle", "--from", "0", "--url", &url, "--out"]).arg(&proof)).ok();
        let said = run(icn(["trust", "verify", "--output", "json"]).arg(&proof).arg("--from").arg(&trusted)).ok();
        let said: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!((&said["holds"], &said["place"]), (&json!(true), &json!((2 + place).to_string())), "{said}");
        assert_eq!(said["record"]["cid"], json!(cid));
    }
    drop(node);
    (0..5).for_each(|index| network.stop(index));
    (0..5).for_each(|index| drop(check(&network.home(index)).ok()));
}
