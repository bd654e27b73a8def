//! Epochs and their bundles: what the methods take and answer. How they come about, `tests/tests/epochs.rs` shows.

use crate::memory::Node;
use icn_dag::{Cid, Codec, Did, Epoch};
use icn_merkle::InclusionProof;
use icn_primitives::Hash;
use icn_rpc::{
    backend::{BundledProof, ClosingView, EpochView, Epochs, ReadError},
    hex::encode,
};
use icn_trust::SealedBundle;
use serde_json::{json, Value};
use tokio::sync::broadcast;

/// The bundles of epochs 0 and 1, and an epoch that is closing.
pub(crate) struct Script(broadcast::Sender<Epoch>);

impl Default for Script {
    fn default() -> Self {
        Self(broadcast::channel(8).0)
    }
}

fn bundles() -> Vec<SealedBundle> {
    let text = include_str!("../../../../primitives/trust/tests/fixtures/bundles.json");
    serde_json::from_str(text).expect("bundles")
}

fn federation() -> Did {
    Did::of_hash("local", &[7; 32]).expect("a network")
}

fn here() -> Cid {
    Cid::of(Codec::DagCbor, b"here")
}

impl Epochs for Script {
    fn status(&self) -> Result<EpochView, ReadError> {
        Ok(EpochView {
            federation: Some(federation()),
            genesis: Hash::repeat_byte(7),
            epoch: 3,
            first: Some(31),
            ends_at: None,
            signers: (4, 3),
            power: (40, 30),
            closing: Some(ClosingView { epoch: 2, height: 30, time: 9, signed: 20, needed: 27, overdue: true }),
            sealed: Some((1, here())),
        })
    }

    fn bundle(&self, epoch: Epoch) -> Result<Option<SealedBundle>, ReadError> {
        Ok(bundles().into_iter().nth(epoch as usize))
    }

    fn prove(&self, cid: &Cid, epoch: Epoch) -> Result<Option<BundledProof>, ReadError> {
        let inclusion = InclusionProof { index: 1, size: 2, path: vec![[5; 32]] };
        Ok((*cid == here()).then(|| BundledProof { epoch, record: Some(b"here".to_vec()), inclusion }))
    }

    fn sealed(&self) -> broadcast::Receiver<Epoch> {
        self.0.subscribe()
    }
}

#[tokio::test]
async fn the_epochs_are_told() {
    let node = Node::new();
    let expected = json!({
        "federation": federation(), "genesis": Hash::repeat_byte(7), "epoch": 3, "first": 31, "endsAt": null,
        "signers": {"count": 4, "withKey": 3, "power": 40, "powerWithKey": 30},
        "closing": {"epoch": 2, "height": 30, "time": 9, "signed": 20, "needed": 27, "overdue": true},
        "sealed": {"epoch": 1, "bundle": here()},
    });
    assert_eq!(node.call("icn_epoch", json!([])).await, expected);
}

#[tokio::test]
async fn bundles_are_told_one_by_one_or_as_a_chain() {
    let node = Node::new();
    let all = serde_json::to_value(bundles()).expect("JSON");
    assert_eq!(node.call("icn_trustBundle", json!([])).await, all[1]);
    assert_eq!(node.call("icn_trustBundle", json!({"epoch": 0})).await, all[0]);
    assert_eq!(node.call("icn_trustBundle", json!([9])).await, Value::Null);
    assert_eq!(node.call("icn_trustChain", json!([0])).await, all);
    assert_eq!(node.call("icn_trustChain", json!([1, 5])).await, json!([all[1]]));
    assert_eq!(node.call("icn_trustChain", json!([2])).await, json!([]));
    assert_eq!(node.refused("icn_trustChain", json!([])).await.0, -32602);
}

#[tokio::test]
async fn a_record_is_proven_by_a_bundle() {
    let node = Node::new();
    let inclusion = json!({"index": 1, "size": 2, "path": [encode([5; 32])]});
    let proof = json!({"epoch": 1, "record": encode(b"here"), "inclusion": inclusion});
    assert_eq!(node.call("icn_trustProof", json!([here()])).await, proof);
    assert_eq!(node.call("icn_trustProof", json!([here(), 0])).await["epoch"], json!(0));
    let other = Cid::of(Codec::DagCbor, b"other");
    assert_eq!(node.call("icn_trustProof", json!([other])).await, Value::Null);
    assert_eq!(node.refused("icn_trustProof", json!(["bafy"])).await.0, -32602);
}
