//! Two federations that check each other, each a chain of its own, and everything between them in files or by `icn relay`.

use icn_tests::node::{clean, directory, icn, run, NodeProcess, Said};
use jsonrpsee::{
    core::client::{ClientT as _, Subscription, SubscriptionClientT as _},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::{json, Value};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How long an epoch may take to be sealed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A chain with one validator, //Alice.
struct Chain {
    node: NodeProcess,
    home: PathBuf,
    client: WsClient,
}

impl Chain {
    /// Makes a chain whose epochs end on demand.
    async fn new(directory: &Path, name: &str) -> Self {
        let (home, patch, spec) = (directory.join(name), directory.join("patch.json"), directory.join("spec.json"));
        let text = json!({ "dag": { "network": name }, "trust": { "parameters": { "blocks": 1_000_000 } } });
        std::fs::write(&patch, text.to_string()).expect("it can be written");
        let built = run(icn(["chain-spec", "build", "--id", name, "--patch"]).arg(&patch)).ok();
        std::fs::write(&spec, built).expect("it can be written");
        run(icn(["init", "--home"]).arg(&home).arg("--chain").arg(&spec)).ok();
        Self::start(home).await
    }

    async fn start(home: PathBuf) -> Self {
        let mut command = icn(["start", "--rpc-port", "0", "--log", "warn", "--home"]);
        command.arg(&home);
        let node = NodeProcess::try_start(command, &home).unwrap_or_else(|said| panic!("{said:?}"));
        let client = WsClientBuilder::default().build(&node.url).await.expect("it answers");
        Self { node, home, client }
    }

    /// Stops it; the same history goes on twice, at `other` too.
    async fn fork(self, other: &Path) -> (Self, Self) {
        let home = self.home.clone();
        drop(self.client);
        assert!(self.node.stop().success());
        run(clean(Path::new("cp"), ["-a"]).arg(&home).arg(other)).ok();
        (Self::start(home).await, Self::start(other.into()).await)
    }

    /// A command about this chain.
    fn icn(&self, arguments: &[&str]) -> Said {
        run(icn(arguments).args(["--url", &self.node.url]))
    }

    /// A command that succeeds; what it says in JSON.
    fn json(&self, arguments: &[&str]) -> Value {
        let said = run(icn(arguments).args(["--output", "json", "--url", &self.node.url])).ok();
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    async fn epochs(&self) -> Value {
        self.client.request("icn_epoch", rpc_params![]).await.expect("answered")
    }

    async fn federation(&self) -> String {
        self.epochs().await["federation"].as_str().expect("a DID").into()
    }

    /// Ends the open epoch, and waits for its seal.
    async fn seal(&self) -> u64 {
        let mut sealed: Subscription<Value> = self
            .client
            .subscribe("icn_trustSubscribe", rpc_params![], "icn_trustUnsubscribe")
            .await
            .expect("subscribed");
        let epoch = self.epochs().await["epoch"].as_u64().expect("a number");
        self.icn(&["tx", "Sudo.sudo", "call=Trust.close{}", "--signer", "//Alice"]).ok();
        let next = tokio::time::timeout(PATIENCE, sealed.next()).await.expect("it is sealed in time");
        next.expect("it runs").expect("a bundle");
        assert_eq!(self.epochs().await["sealed"]["epoch"], json!(epoch));
        epoch
    }

    fn remark(&self, text: &str) {
        self.icn(&["tx", "System.remark", &format!("remark=\"{text}\""), "--signer", "//Bob"]).ok();
    }

    fn peer(&self) -> Value {
        self.json(&["federation", "peer", "list"])[0].clone()
    }
}

/// Runs `icn relay` once.
fn relay(from: &Chain, to: &Chain) -> Said {
    run(&mut icn(["relay", "--once", "--signer", "//Bob", "--from", &from.node.url, "--url", &to.node.url]))
}

/// A DAG of a chain with its first record; its name.
fn dag(chain: &Chain) -> String {
    let made = chain.json(&["dag", "create", "--writer", "//Alice", "--signer", "//Alice"]).to_string();
    let start = made.find("did:icn:").expect("its name");
    let end = made[start..].find('"').expect("text") + start;
    let dag = made[start..end].to_owned();
    chain
        .icn(&["dag", "put", &dag, "--kind", "genesis", "--payload", "{\"name\": \"Mill\"}", "--signer", "//Alice"])
        .ok();
    dag
}

/// Writes a record, final when this returns; its name.
fn put(chain: &Chain, dag: &str, text: &str) -> String {
    let payload = json!({ "decided": text }).to_string();
    let said = chain.json(&["dag", "put", dag, "--kind", "config", "--payload", &payload, "--signer", "//Alice"]);
    said["cid"].as_str().expect("its name").into()
}

struct Files(PathBuf);

impl Files {
    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("text").into()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).expect("it is there")).expect("JSON")
    }

    fn write(&self, name: &str, value: &Value) -> String {
        std::fs::write(self.path(name), value.to_string()).expect("it can be written");
        self.path(name)
    }
}

/// The name of the pallet's error in what a command said.
#[track_caller]
fn refused(said: &Said, error: &str) {
    assert!(!said.status.success() && format!("{}{}", said.out, said.err).contains(error), "{error}: {said:?}");
}

/// Storage keys that every chain has: `Balances.TotalIssuance` and `System.Number`.
const ISSUANCE: &str = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80";
const NUMBER: &str = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_federation_made_final_is_accepted_by_another_and_a_fork_is_not() {
    let directory = directory();
    let files = Files(directory.path().into());
    let mill = Chain::new(directory.path(), "mill").await;
    let valley = Chain::new(directory.path(), "valley").await;
    let history = dag(&mill);
    let peer = mill.federation().await;
    assert!(peer.starts_with("did:icn:mill:"), "{peer}");

    // The valley trusts the mill by a bundle and by a block.
    mill.seal().await;
    let (bundle, block) = (files.path("bundle.json"), files.path("block.json"));
    mill.icn(&["trust", "bundle", "--out", &bundle]).ok();
    mill.icn(&["trust", "block", "1", "--out", &block]).ok();
    for trusted in [&bundle, &block] {
        let add = ["federation", "peer", "add", &peer, "--trusted", trusted, "--signer", "//Alice"];
        valley.icn(&add).ok();
    }
    refused(
        &valley.icn(&[
            "federation",
            "peer",
            "add",
            &valley.federation().await,
            "--trusted",
            &bundle,
            "--signer",
            "//Alice",
        ]),
        "OwnFederation",
    );

    // Proofs of records and values, by bundles and by a block.
    let cids = [put(&mill, &history, "open on Sundays"), put(&mill, &history, "a new roof")];
    let early = mill.icn(&["dag", "prove", &cids[0], "--by", "bundle", "--out", &files.path("early.json")]);
    assert!(early.refusal().contains("is in no sealed epoch yet"), "{early:?}");
    assert_eq!(mill.seal().await, 1);
    let proofs = ["record-by-bundle.json", "value-by-bundle.json", "record-by-block.json", "value-by-block.json"]
        .map(|name| files.path(name));
    mill.icn(&["dag", "prove", &cids[0], "--by", "bundle", "--from", "0", "--out", &proofs[0]]).ok();
    mill.icn(&["trust", "value", ISSUANCE, "--by", "bundle", "--from", "0", "--out", &proofs[1]]).ok();
    mill.icn(&["dag", "prove", &cids[1], "--out", &proofs[2]]).ok();
    mill.icn(&["trust", "value", NUMBER, "--out", &proofs[3]]).ok();

    // Who has only files checks them: no node is asked.
    for (proof, trusted) in proofs.iter().zip([&bundle, &bundle, &block, &block]) {
        let said = run(&mut icn(["trust", "verify", proof, "--from", trusted])).ok();
        assert!(said.contains("holds: true"), "{said}");
    }
    let other = run(&mut icn(["trust", "verify", &proofs[0], "--from", &block]));
    assert!(other.refusal().contains("trust a bundle"), "{other:?}");

    // The valley does not know that point yet; the relay brings it.
    let accept = |proof: &str| valley.icn(&["federation", "accept", &peer, proof, "--signer", "//Bob"]);
    refused(&accept(&proofs[0]), "UnknownPoint");
    relay(&mill, &valley).ok();
    let known = valley.peer();
    assert_eq!((&known["bundle"]["epoch"], &known["frozen"]), (&json!("1"), &Value::Null), "{known}");
    // Forged: another record, another place, another value.
    let mut forged = files.json("record-by-bundle.json");
    forged["record"] = files.json("record-by-block.json")["record"].clone();
    refused(&accept(&files.write("forged.json", &forged)), "BadProof");
    let mut forged = files.json("record-by-bundle.json");
    let record = forged["record"].as_str().expect("hex").to_owned();
    forged["record"] = json!(format!("{}00", &record[..record.len() - 2]));
    refused(&accept(&files.write("forged.json", &forged)), "BadRecord");
    let mut forged = files.json("value-by-block.json");
    forged["value"] = json!("0x00");
    refused(&accept(&files.write("forged.json", &forged)), "BadProof");
    // Foreign: of a chain that is no peer, and another federation's bundle.
    let stranger = icn_trust::bundle::federation("stranger", &[1; 32]).expect("a network").to_string();
    refused(&valley.icn(&["federation", "accept", &stranger, &proofs[0], "--signer", "//Bob"]), "UnknownPeer");
    valley.seal().await;
    valley.icn(&["trust", "bundle", "--out", &files.path("own.json")]).ok();
    let foreign = valley.icn(&["federation", "follow", &peer, &files.path("own.json"), "--signer", "//Bob"]);
    refused(&foreign, "OtherFederation");
    // The real ones, once each.
    for proof in &proofs {
        accept(proof).ok();
        refused(&accept(proof), "AlreadyAccepted");
    }
    assert_eq!(valley.peer()["receipts"], json!("4"));

    // The mill goes on twice, with the same keys.
    let (mill, twin) = mill.fork(&directory.path().join("twin")).await;
    mill.remark("we bake");
    twin.remark("we do not");
    for chain in [&mill, &twin] {
        assert_eq!(chain.seal().await, 2);
    }
    relay(&mill, &valley).ok();
    assert_eq!(valley.peer()["bundle"]["epoch"], json!("2"));
    relay(&twin, &valley).ok();
    let frozen = valley.peer();
    assert_eq!(frozen["frozen"], json!("it sealed two bundles of epoch 2"), "{frozen}");
    refused(&accept(&proofs[0]), "PeerFrozen");
    assert!(relay(&mill, &valley).refusal().contains("is frozen"));

    // Governance thaws it, from a block; two blocks of one height freeze it again.
    let (head, lower) = (files.path("head.json"), files.path("lower.json"));
    mill.icn(&["trust", "block", "5", "--out", &lower]).ok();
    mill.icn(&["trust", "block", "--out", &head]).ok();
    let thaw = ["federation", "peer", "thaw", &peer, "--trusted", &lower, "--signer", "//Alice"];
    valley.icn(&thaw).ok();
    valley.icn(&["federation", "follow", &peer, &head, "--from", &lower, "--signer", "//Bob"]).ok();
    let height: String = valley.peer()["block"]["height"].as_str().expect("a height").into();
    twin.icn(&["trust", "block", &height, "--out", &files.path("other.json")]).ok();
    let report = ["federation", "report", &peer, &files.path("other.json"), "--from", &lower, "--signer", "//Bob"];
    valley.icn(&report).ok();
    assert_eq!(valley.peer()["frozen"], json!(format!("it made two blocks of height {height} final")));

    // Whoever may, thaws it once more; after a fortnight without news it is stale.
    valley.icn(&["federation", "peer", "thaw", &peer, "--trusted", &head, "--signer", "//Alice"]).ok();
    let day = 24 * 3600 * 1000_u64;
    for _ in 0..15 {
        let _: Value = valley.client.request("dev_advanceTime", rpc_params![day]).await.expect("answered");
    }
    mill.icn(&["trust", "value", ISSUANCE, "--out", &files.path("stale.json")]).ok();
    refused(&accept(&files.path("stale.json")), "Expired");
}
