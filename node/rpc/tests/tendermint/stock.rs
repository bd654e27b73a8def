//! The stock HTTP client reads every answer.

use crate::{
    chain::{time, CHAIN_ID, EVIDENCE, LENGTH},
    node::{client, Node},
    signers::{first_set, key},
};
use base64::{prelude::BASE64_STANDARD, Engine};
use icn_primitives::{limits::BLOCK_BYTES_MAX, tendermint::merkle_root, validators::address_of};
use prost::Message;
use sha2::{Digest, Sha256};
use tendermint::{evidence::Evidence, Hash, Time};
use tendermint_proto::v0_38::types::{CommitSig, HashedParams};
use tendermint_rpc::{client::CompatMode, Client, Paging};

fn hash(bytes: icn_primitives::Hash) -> Hash {
    Hash::Sha256(bytes.0)
}

#[tokio::test]
async fn status_says_who_and_how_far_the_node_is() {
    let node = Node::new();
    let server = node.serve().await;
    let status = client(&server).status().await.unwrap();
    let info = status.node_info;
    assert_eq!(info.network.as_str(), CHAIN_ID);
    assert_eq!(info.id.as_bytes(), address_of(&key(2)));
    assert_eq!(info.moniker.as_ref(), "second");
    assert_eq!(CompatMode::from_version(info.version).unwrap(), CompatMode::V0_38);
    let sync = status.sync_info;
    assert_eq!(sync.latest_block_height.value(), u64::from(LENGTH));
    assert_eq!(sync.latest_block_hash, hash(node.chain.id(LENGTH).hash));
    assert_eq!(sync.latest_app_hash.as_bytes(), node.chain.record(LENGTH).tendermint.app_hash.as_bytes());
    assert_eq!(sync.latest_block_time.unix_timestamp_nanos(), i128::from(time(LENGTH)) * 1_000_000);
    assert_eq!(sync.earliest_block_height.value(), 1);
    assert_eq!(sync.earliest_block_hash, hash(node.chain.id(1).hash));
    assert!(!sync.catching_up);
    let validator = status.validator_info;
    assert_eq!(validator.address.as_bytes(), address_of(&key(2)));
    assert_eq!(validator.power(), 40);
}

#[tokio::test]
async fn status_of_a_chain_without_blocks_names_none() {
    let server = Node::of(0).serve().await;
    let client = client(&server);
    let sync = client.status().await.unwrap().sync_info;
    assert_eq!((sync.latest_block_height.value(), sync.earliest_block_height.value()), (0, 0));
    assert_eq!((sync.latest_block_hash, sync.earliest_block_hash), (Hash::None, Hash::None));
    assert!(client.latest_commit().await.is_err());
    assert_eq!(client.validators(1u32, Paging::All).await.unwrap().validators.len(), 4);
    assert_eq!(client.abci_info().await.unwrap().last_block_height.value(), 0);
}

#[tokio::test]
async fn a_block_is_what_its_header_commits_to() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    for height in 1..=LENGTH {
        let answer = client.block(height).await.unwrap();
        let (block, header) = (&answer.block, &answer.block.header);
        assert_eq!(answer.block_id.hash, hash(node.chain.id(height).hash));
        assert_eq!(answer.block_id.hash, header.hash());
        assert_eq!(answer.block_id.part_set_header.total, node.chain.id(height).parts.total);
        let hashes: Vec<_> = block.data.iter().map(Sha256::digest).collect();
        assert_eq!(header.data_hash, Some(hash(merkle_root(&hashes))));
        let commit = block.last_commit();
        assert_eq!(commit.is_some(), height > 1);
        let entries = commit.iter().flat_map(|commit| &commit.signatures).cloned();
        let entries: Vec<_> = entries.map(|entry| CommitSig::from(entry).encode_to_vec()).collect();
        assert_eq!(header.last_commit_hash, Some(hash(merkle_root(&entries))), "height {height}");
        assert_eq!(commit.as_ref().map(|commit| commit.block_id), header.last_block_id);
    }
    assert_eq!(client.latest_block().await.unwrap().block.header.height.value(), u64::from(LENGTH));
}

#[tokio::test]
async fn evidence_is_shown_in_the_block_that_carries_it() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    let block = client.block(EVIDENCE.0).await.unwrap().block;
    let [Evidence::DuplicateVote(evidence)] = &block.evidence().clone().into_vec()[..] else { panic!("one evidence") };
    assert_eq!(evidence.vote_a.validator_address.as_bytes(), address_of(&key(2)));
    assert_eq!((evidence.vote_a.height.value(), evidence.vote_a.block_id), (EVIDENCE.1.into(), None));
    assert_eq!(evidence.vote_b.block_id.unwrap().hash, hash(node.chain.id(EVIDENCE.1).hash));
    assert_eq!((evidence.validator_power.value(), evidence.total_voting_power.value()), (10, 40));
    assert_eq!(evidence.timestamp.unix_timestamp_nanos(), i128::from(time(EVIDENCE.1)) * 1_000_000);
    let chain_id = tendermint::chain::Id::try_from(CHAIN_ID).unwrap();
    for vote in [&evidence.vote_a, &evidence.vote_b] {
        let mut vote = vote.clone();
        // What a vote for nothing signs; the JSON cannot show it to this client.
        vote.timestamp = vote.timestamp.filter(|_| vote.block_id.is_some()).or(Some(Time::unix_epoch()));
        let signature = vote.signature.clone().unwrap();
        let signature = ed25519_consensus::Signature::try_from(signature.as_bytes()).unwrap();
        let bytes = vote.into_signable_vec(chain_id.clone());
        crate::signers::secret(2).verification_key().verify(&signature, &bytes).unwrap();
    }
    assert!(client.block(EVIDENCE.0 + 1).await.unwrap().block.evidence().iter().next().is_none());
}

#[tokio::test]
async fn headers_of_several_blocks_come_newest_first() {
    let node = Node::new();
    let server = node.serve().await;
    let answer = client(&server).blockchain(5u32, 8u32).await.unwrap();
    assert_eq!(answer.last_height.value(), u64::from(LENGTH));
    let heights: Vec<u64> = answer.block_metas.iter().map(|meta| meta.header.height.value()).collect();
    assert_eq!(heights, [8, 7, 6, 5]);
    for meta in &answer.block_metas {
        let height = meta.header.height.value() as u32;
        assert_eq!(meta.block_id.hash, hash(node.chain.id(height).hash));
        assert_eq!(meta.num_txs, node.chain.record(height).block.extrinsics.len() as i64);
        assert_eq!(meta.block_size, codec::Encode::encode(&node.chain.record(height).block).len() as i64);
    }
}

#[tokio::test]
async fn validators_have_the_priorities_that_cometbft_shows() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    let answer = client.validators(11u32, Paging::All).await.unwrap();
    assert_eq!((answer.block_height.value(), answer.total), (11, 5));
    let powers: Vec<u64> = answer.validators.iter().map(|validator| validator.power()).collect();
    assert_eq!(powers, [15, 10, 10, 10, 10]);
    for (validator, ours) in answer.validators.iter().zip(node.chain.set(11).validators()) {
        assert_eq!(validator.address.as_bytes(), ours.address());
        assert_eq!(validator.pub_key.to_bytes(), ours.key);
    }
    // Of equals the one with the least address proposes first and pays for it: the rest have gained their power.
    let shown = node.call("validators", serde_json::json!({"height": "1"})).await;
    let priorities: Vec<_> = shown["validators"].as_array().unwrap().iter().map(|v| &v["proposer_priority"]).collect();
    assert_eq!(priorities, ["-30", "10", "10", "10"]);
}

#[tokio::test]
async fn parameters_are_those_that_headers_commit_to() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    let answer = client.consensus_params(LENGTH).await.unwrap();
    let params = answer.consensus_params;
    assert_eq!(params.block.max_bytes, u64::from(BLOCK_BYTES_MAX));
    let hashed = HashedParams { block_max_bytes: params.block.max_bytes as i64, block_max_gas: params.block.max_gas };
    let header = client.commit(LENGTH).await.unwrap().signed_header.header;
    assert_eq!(header.consensus_hash.as_bytes(), Sha256::digest(hashed.encode_to_vec()).as_slice());
    assert_eq!(params.evidence.max_age_num_blocks, 100_000);
    assert_eq!(params.version.unwrap().app, header.version.app);
    assert_eq!(client.latest_consensus_params().await.unwrap().block_height.value(), u64::from(LENGTH));
}

#[tokio::test]
async fn genesis_names_the_first_validators() {
    let node = Node::new();
    let server = node.serve().await;
    let genesis = client(&server).genesis::<serde_json::Value>().await.unwrap();
    assert_eq!((genesis.chain_id.as_str(), genesis.initial_height), (CHAIN_ID, 1));
    assert_eq!(genesis.app_hash.as_bytes(), node.chain.record(0).tendermint.app_hash.as_bytes());
    let set = tendermint::validator::Set::without_proposer(genesis.validators);
    assert_eq!(set.hash(), hash(first_set().hash()));
    assert_eq!(genesis.app_state, serde_json::json!({"preset": "memory"}));
}

#[tokio::test]
async fn the_rest_of_the_node_is_read_too() {
    let node = Node::new();
    let server = node.serve().await;
    let client = client(&server);
    client.health().await.unwrap();
    let net = client.net_info().await.unwrap();
    assert!(net.listening);
    assert_eq!((net.n_peers, net.peers.len()), (1, 1));
    assert_eq!(net.peers[0].node_info.id.as_bytes(), address_of(&key(3)));
    assert_eq!(net.peers[0].connection_status.duration.as_millis(), 1_500);
    let info = client.abci_info().await.unwrap();
    assert_eq!((info.data.as_str(), info.version.as_str(), info.app_version), ("icn", "0.1.0", 1));
    assert_eq!(info.last_block_height.value(), u64::from(LENGTH));
    // The stock type keeps the base64 as it is.
    let root = BASE64_STANDARD.decode(info.last_block_app_hash.as_bytes()).unwrap();
    assert_eq!(root, node.chain.record(LENGTH).tendermint.app_hash.as_bytes());
}
