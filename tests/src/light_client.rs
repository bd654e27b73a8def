//! The stock light client of Tendermint over a node's HTTP.

use crate::{client::PATIENCE, network::Network};
use icn_primitives::tendermint::ValidatorAddress;
use std::time::Duration;
use tendermint::evidence::Evidence;
use tendermint_light_client::{
    builder::LightClientBuilder,
    components::{clock::SystemClock, io::ProdIo, scheduler::basic_bisecting_schedule},
    store::memory::MemoryStore,
};
pub use tendermint_light_client_verifier::Verdict;
use tendermint_light_client_verifier::{
    options::Options,
    predicates::ProdPredicates,
    types::{LightBlock, Status, TrustThreshold},
    ProdVerifier, Verifier as _,
};
use tendermint_rpc::{Client as _, HttpClient, Paging};

/// A client of a node's Tendermint RPC.
pub fn http(network: &Network, index: usize) -> HttpClient {
    let url = network.node(index).url.replace("ws://", "http://");
    HttpClient::new(url.as_str()).expect("it is an address")
}

/// The keys of the validators of a height.
pub async fn validators(client: &HttpClient, height: u32) -> Vec<[u8; 32]> {
    let set = client.validators(height, Paging::All).await.expect("answered").validators;
    set.iter().map(|info| info.pub_key.to_bytes().try_into().expect("32 bytes")).collect()
}

/// The powers of the validators of a height.
pub async fn powers(client: &HttpClient, height: u32) -> Vec<u64> {
    let set = client.validators(height, Paging::All).await.expect("answered").validators;
    set.iter().map(|info| info.power.value()).collect()
}

/// The addresses that a block carries evidence against, each of two votes of its own that contradict each other.
pub async fn accused(client: &HttpClient, height: u32) -> Vec<ValidatorAddress> {
    let block = client.block(height).await.expect("answered").block;
    let accused = |evidence: &Evidence| {
        let Evidence::DuplicateVote(votes) = evidence else { panic!("{evidence:?}") };
        let (first, second) = (&votes.vote_a, &votes.vote_b);
        assert_eq!(first.validator_address, second.validator_address);
        assert_eq!((first.height, first.round, first.vote_type), (second.height, second.round, second.vote_type));
        assert_ne!(first.block_id, second.block_id);
        first.validator_address.as_bytes().try_into().expect("its size")
    };
    block.evidence.iter().map(accused).collect()
}

/// What the stock light client comes to that trusts block 1 of a node and follows it over HTTP to a height, and how many blocks it
/// verified for that: in steps of one block, or in the largest that it can.
pub async fn follow(network: &Network, index: usize, height: u32, skipping: bool) -> (LightBlock, usize) {
    let client = http(network, index);
    let peer = client.status().await.expect("answered").node_info.id;
    let first = client.commit(1_u32).await.expect("answered").signed_header.header.hash();
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(3_600),
        clock_drift: Duration::from_secs(10),
    };
    // It waits for its requests on a thread of its own.
    let follow = move || {
        let mut client = LightClientBuilder::custom(
            peer,
            options,
            Box::new(MemoryStore::new()),
            Box::new(ProdIo::new(peer, client, Some(PATIENCE))),
            Box::new(SystemClock),
            Box::new(ProdVerifier::default()),
            Box::new(basic_bisecting_schedule),
            Box::new(ProdPredicates),
        )
        .trust_primary_at(1_u32.into(), first)
        .expect("block 1 is what it is")
        .build();
        let first = if skipping { height } else { 2 };
        let mut reached = None;
        for height in first..=height {
            let verified = client.light_client.verify_to_target(height.into(), &mut client.state);
            reached = Some(verified.expect("it verifies"));
        }
        let verified = client.state.light_store.all(Status::Verified).count();
        (reached.expect("there is a block after the first"), verified)
    };
    tokio::task::spawn_blocking(follow).await.expect("the light client does not panic")
}

/// A height as a light client takes it.
pub async fn fetch(client: &HttpClient, height: u32) -> LightBlock {
    let signed_header = client.commit(height).await.expect("answered").signed_header;
    let set = |set: tendermint_rpc::endpoint::validators::Response| {
        tendermint::validator::Set::without_proposer(set.validators)
    };
    let own = set(client.validators(height, Paging::All).await.expect("answered"));
    let next = set(client.validators(height + 1, Paging::All).await.expect("answered"));
    let provider = "12d3koow12d3koow12d3koow12d3koow12d3koow".replace(['k', 'o', 'w'], "0").parse();
    LightBlock::new(signed_header, own, next, provider.expect("40 hex digits"))
}

/// What the stock verifier says of a block, by one that it trusts.
pub fn verify(trusted: &LightBlock, untrusted: &LightBlock) -> Verdict {
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(3_600),
        clock_drift: Duration::from_secs(10),
    };
    let now = tendermint::Time::now();
    let verifier = ProdVerifier::default();
    verifier.verify_update_header(untrusted.as_untrusted_state(), trusted.as_trusted_state(), &options, now)
}
