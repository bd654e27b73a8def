//! A validator whose key another program holds.

use icn_tests::{
    account::Account,
    client::{agree, connect, status, transfer, Node, PATIENCE},
    light_client::{fetch, http},
    network::Network,
    node::{icn, run},
    remote_signer::{RemoteSigner, Speaks},
};
use std::{net::TcpListener, time::Duration};

/// The key by which the signer proves who it is.
const SIGNER: [u8; 32] = [0x52; 32];

/// How long a chain is watched that must not move.
const STILL: Duration = Duration::from_secs(2);

/// A network whose first validator has its key in another program.
struct Setting {
    network: Network,
    key: [u8; 32],
    port: u16,
    variables: [(&'static str, String); 2],
}

impl Setting {
    /// All nodes run but the first.
    fn new() -> Self {
        let mut network = Network::new(4, 0);
        let (home, secret) = (network.home(0), network.home(0).join("seed"));
        run(icn(["keys", "export", "consensus", "--yes", "--home"]).arg(&home).arg("--secret-file").arg(&secret)).ok();
        let text = std::fs::read_to_string(secret).expect("it was written");
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).expect("64 digits");
        std::fs::remove_file(home.join("keys").join("consensus.json")).expect("it was there");
        (1..4).for_each(|index| network.start(index));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let own = ed25519_consensus::SigningKey::from(SIGNER).verification_key().to_bytes();
        let variables = [
            ("ICN_VALIDATOR_REMOTE_SIGNER", format!("tcp://127.0.0.1:{port}")),
            ("ICN_VALIDATOR_REMOTE_SIGNER_KEY", hex::encode(own)),
        ];
        Self { network, key, port, variables }
    }

    fn signer(&self, speaks: Speaks) -> RemoteSigner {
        RemoteSigner::start(self.key, self.port, SIGNER, speaks)
    }

    /// Starts the first node; its vote is needed from then on, because another validator is gone.
    fn start(&mut self) {
        let variables = self.variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.network.start_with(0, &variables);
        self.network.kill(1);
    }

    /// How many of the blocks from `from` on the first validator proposed.
    async fn proposed(&self, from: u32, to: u32) -> usize {
        let client = http(&self.network, 2);
        let address = status(&self.network, 0)["address"].as_str().expect("it validates").to_owned();
        let mut count = 0;
        for height in from..=to {
            let header = fetch(&client, height).await.signed_header.header;
            count += usize::from(header.proposer_address.to_string() == address);
        }
        count
    }
}

async fn pay(node: &Node, times: u128) {
    for value in 1..=times {
        node.send(&Account::dev("Alice"), transfer(&Account::dev("Bob"), value)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_votes_and_proposes_with_a_key_in_another_program() {
    let mut setting = Setting::new();
    let signer = setting.signer(Speaks::RawBytes);
    setting.start();
    let node = connect(&setting.network, 2).await;
    pay(&node, 8).await;
    let height = agree(&setting.network).await;
    assert!(setting.proposed(1, height).await > 0, "it never proposed");
    for kind in ["vote", "proposal", "bytes"] {
        assert!(signer.signed(kind) > 0, "it never signed a {kind}");
    }

    // Without its signer it does not vote; with it, it votes again.
    drop(signer);
    let mut waiting = std::pin::pin!(pay(&node, 1));
    assert!(tokio::time::timeout(STILL, &mut waiting).await.is_err(), "two of four decided");
    let _signer = setting.signer(Speaks::RawBytes);
    tokio::time::timeout(PATIENCE, waiting).await.expect("three of four decide");
    agree(&setting.network).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_signer_of_votes_only_others_propose() {
    let mut setting = Setting::new();
    let signer = setting.signer(Speaks::VotesOnly);
    setting.start();
    let node = connect(&setting.network, 2).await;
    pay(&node, 6).await;
    let height = agree(&setting.network).await;
    assert_eq!(setting.proposed(1, height).await, 0);
    assert!(signer.signed("vote") > 0);
    assert!(setting.network.node(0).log().contains("this validator cannot propose"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_one_place_and_a_signer_over_tcp_proves_who_it_is() {
    let network = Network::new(1, 0);
    let refused = |variables: &[(&str, &str)], words: &[&str]| {
        let mut command = icn(["start", "--home"]);
        let said = run(command.arg(network.home(0)).envs(variables.iter().copied()));
        words.iter().for_each(|word| assert!(said.refusal().contains(word), "{word}: {said:?}"));
    };
    let address = "ICN_VALIDATOR_REMOTE_SIGNER";
    refused(&[(address, "unix:///run/icn/signer.sock")], &["consensus.json", "remove one"]);
    refused(&[(address, "tcp://127.0.0.1:1")], &["remote_signer_key is missing"]);
    refused(&[(address, "tcp://127.0.0.1:1"), ("ICN_VALIDATOR_REMOTE_SIGNER_KEY", "12")], &["64 hex digits"]);
    refused(&[(address, "127.0.0.1:1")], &["tcp://", "unix://"]);
}
