//! What a light client is given verifies with the stock verifier, and nothing else does.

use crate::{
    chain::{time, LENGTH},
    node::{client, Node},
};
use serde_json::{json, Value};
use std::time::Duration;
use tendermint_light_client_verifier::{
    options::Options,
    types::{LightBlock, PeerId, Time, TrustThreshold, ValidatorSet},
    ProdVerifier, Verdict, Verifier,
};
use tendermint_rpc::{
    endpoint::{commit, validators},
    Client, HttpClient, Paging,
};

/// A height that one of four validators of equal power is absent from: all signatures count.
const BARE: u32 = 3;

/// What the verifier says of a block, given a block that is trusted.
fn verify(untrusted: &LightBlock, trusted: &LightBlock) -> Verdict {
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(14 * 24 * 60 * 60),
        clock_drift: Duration::from_secs(5),
    };
    let now = Time::from_unix_timestamp(time(LENGTH + 4) as i64 / 1000, 0).unwrap();
    let (untrusted, trusted) = (untrusted.as_untrusted_state(), trusted.as_trusted_state());
    ProdVerifier::default().verify_update_header(untrusted, trusted, &options, now)
}

fn light_block(commit: commit::Response, set: validators::Response, next: validators::Response) -> LightBlock {
    let signed = commit.signed_header;
    let proposer = signed.header.proposer_address;
    let set = ValidatorSet::with_proposer(set.validators, proposer).unwrap();
    LightBlock::new(signed, set, ValidatorSet::without_proposer(next.validators), PeerId::new([0; 20]))
}

/// Fetches what the stock light client fetches, as it does.
async fn fetch(client: &HttpClient, height: u32) -> LightBlock {
    let commit = client.commit(height).await.unwrap();
    let set = client.validators(height, Paging::All).await.unwrap();
    let next = client.validators(height + 1, Paging::All).await.unwrap();
    light_block(commit, set, next)
}

#[tokio::test]
async fn every_step_from_the_first_block_to_the_last_verifies() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    let mut trusted = fetch(&client, 1).await;
    for height in 2..=LENGTH {
        let block = fetch(&client, height).await;
        assert_eq!(verify(&block, &trusted), Verdict::Success, "height {height}");
        assert_eq!(block.signed_header.header.hash().as_bytes(), node.chain.id(height).hash.as_bytes());
        trusted = block;
    }
    let last = client.latest_commit().await.unwrap();
    assert_eq!(last.signed_header, trusted.signed_header);
}

#[tokio::test]
async fn steps_over_many_blocks_verify_while_a_third_of_the_trusted_validators_signs() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    let first = fetch(&client, 1).await;
    for height in [2, 7, 11, 21, 32] {
        assert_eq!(verify(&fetch(&client, height).await, &first), Verdict::Success, "height {height}");
    }
    // One validator of four is left of the first set.
    let last = fetch(&client, LENGTH).await;
    assert!(matches!(verify(&last, &first), Verdict::NotEnoughTrust(_)));
}

#[tokio::test]
async fn bisection_reaches_the_last_block() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    let mut trusted = fetch(&client, 1).await;
    let mut targets = vec![LENGTH];
    let mut steps = 0;
    while let Some(target) = targets.last().copied() {
        let block = fetch(&client, target).await;
        match verify(&block, &trusted) {
            Verdict::Success => {
                steps += 1;
                trusted = block;
                targets.pop();
            }
            Verdict::NotEnoughTrust(_) => targets.push((trusted.height().value() as u32 + target) / 2),
            Verdict::Invalid(error) => panic!("{error}"),
        }
    }
    assert!((2..10).contains(&steps), "{steps}");
}

/// The answers that make a light block, to be altered.
struct Answers {
    commit: Value,
    set: Value,
    next: Value,
}

impl Answers {
    async fn of(node: &Node, height: u32) -> Self {
        Self {
            commit: node.call("commit", json!({"height": height.to_string()})).await,
            set: node.call("validators", json!({"height": height.to_string()})).await,
            next: node.call("validators", json!({"height": (height + 1).to_string()})).await,
        }
    }

    /// Why these answers are refused, by the client's types or by the verifier, as a client has it that trusts another block.
    fn refusal(&self, trusted: &LightBlock) -> Option<String> {
        let commit = match serde_json::from_value(self.commit.clone()) {
            Ok(commit) => commit,
            Err(error) => return Some(error.to_string()),
        };
        let set = serde_json::from_value(self.set.clone()).unwrap();
        let next = serde_json::from_value(self.next.clone()).unwrap();
        match verify(&light_block(commit, set, next), trusted) {
            Verdict::Success => None,
            verdict => Some(format!("{verdict:?}")),
        }
    }

    fn altered(&self, pointer: &str, value: Value) -> Self {
        let mut commit = self.commit.clone();
        *commit.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = value;
        Self { commit, set: self.set.clone(), next: self.next.clone() }
    }
}

/// Hex with the digit at a place changed.
fn with_other_digit(hex: &str, place: usize) -> String {
    let mut digits: Vec<char> = hex.chars().collect();
    digits[place] = if digits[place] == '0' { '1' } else { '0' };
    digits.into_iter().collect()
}

/// Base64 with one of the characters in its middle changed.
fn with_other_character(base64: &str) -> String {
    let mut characters: Vec<char> = base64.chars().collect();
    characters[40] = if characters[40] == 'A' { 'B' } else { 'A' };
    characters.into_iter().collect()
}

#[tokio::test]
async fn every_altered_field_of_a_header_is_refused() {
    let node = Node::new();
    let trusted = fetch_in_process(&node, 1).await;
    let answers = Answers::of(&node, BARE).await;
    assert_eq!(answers.refusal(&trusted), None);
    let header = answers.commit["signed_header"]["header"].as_object().unwrap().clone();
    let mut altered = 0;
    for (field, value) in &header {
        let pointer = format!("/signed_header/header/{field}");
        let others: Vec<Value> = match field.as_str() {
            "version" => vec![json!({"block": "11", "app": "2"}), json!({"block": "12", "app": "1"})],
            "chain_id" => vec![json!("memory-0badcaff")],
            "height" => vec![json!("2"), json!("4")],
            "time" => vec![json!("2026-01-01T00:00:03.751Z"), json!("2026-01-01T00:00:03.75000001Z")],
            "last_block_id" => {
                let hash = value["hash"].as_str().unwrap();
                let parts = &value["parts"];
                vec![
                    json!({"hash": with_other_digit(hash, 63), "parts": parts}),
                    json!({"hash": hash, "parts": {"total": 2, "hash": parts["hash"]}}),
                    json!({"hash": hash, "parts": {"total": 1, "hash": with_other_digit(parts["hash"].as_str().unwrap(), 0)}}),
                ]
            }
            _ => {
                let hex = value.as_str().unwrap();
                (0..hex.len()).map(|place| with_other_digit(hex, place).into()).collect()
            }
        };
        for other in others {
            assert_ne!(other, *value, "{field}");
            let refusal = answers.altered(&pointer, other.clone());
            // A proposer of another address is not in the set: the client's own types refuse it.
            let refused = field == "proposer_address" || refusal.refusal(&trusted).is_some();
            assert!(refused, "{field} = {other} is accepted");
            altered += 1;
        }
    }
    assert_eq!(header.len(), 14);
    assert!(altered > 400, "{altered}");
}

#[tokio::test]
async fn every_altered_field_of_a_commit_is_refused() {
    let node = Node::new();
    let trusted = fetch_in_process(&node, 1).await;
    let answers = Answers::of(&node, BARE).await;
    let commit = &answers.commit["signed_header"]["commit"];
    let mut altered = Vec::new();
    for pointer in ["block_id/hash", "block_id/parts/hash"] {
        let hash = commit.pointer(&format!("/{pointer}")).unwrap().as_str().unwrap();
        altered.extend((0..64).map(|place| (pointer.to_string(), json!(with_other_digit(hash, place)))));
    }
    altered.push(("block_id/parts/total".into(), json!(2)));
    altered.push(("height".into(), json!("4")));
    altered.push(("round".into(), json!(1)));
    let signatures = commit["signatures"].as_array().unwrap();
    let signed = signatures.iter().filter(|entry| entry["block_id_flag"] == 2).count();
    assert_eq!((signatures.len(), signed), (4, 3));
    for (index, entry) in signatures.iter().enumerate().filter(|(_, entry)| entry["block_id_flag"] == 2) {
        let signature = with_other_character(entry["signature"].as_str().unwrap());
        altered.push((format!("signatures/{index}/signature"), json!(signature)));
        altered.push((format!("signatures/{index}/timestamp"), json!("2026-01-01T00:00:03.751Z")));
        let other = signatures[(index + 1) % 3]["signature"].clone();
        altered.push((format!("signatures/{index}/signature"), other));
    }
    altered.push(("signatures".into(), json!([])));
    altered.push(("signatures".into(), json!(signatures[..3])));
    for (pointer, value) in altered {
        let refusal = answers.altered(&format!("/signed_header/commit/{pointer}"), value.clone()).refusal(&trusted);
        assert!(refusal.is_some(), "{pointer} = {value} is accepted");
    }
}

#[tokio::test]
async fn other_validators_are_refused() {
    let node = Node::new();
    let trusted = fetch_in_process(&node, 10).await;
    let answers = Answers::of(&node, 11).await;
    let other = Answers::of(&node, 21).await;
    assert_eq!(answers.refusal(&trusted), None);
    let next = Answers { commit: answers.commit.clone(), set: answers.set.clone(), next: other.set.clone() };
    assert!(next.refusal(&trusted).is_some());
    let mut set = answers.set.clone();
    set["validators"][0]["voting_power"] = json!("16");
    let powers = Answers { commit: answers.commit, set, next: answers.next };
    assert!(powers.refusal(&trusted).is_some());
}

/// A light block from answers that crossed no network.
async fn fetch_in_process(node: &Node, height: u32) -> LightBlock {
    let answers = Answers::of(node, height).await;
    let [commit, set, next] = [answers.commit, answers.set, answers.next];
    light_block(
        serde_json::from_value(commit).unwrap(),
        serde_json::from_value(set).unwrap(),
        serde_json::from_value(next).unwrap(),
    )
}
