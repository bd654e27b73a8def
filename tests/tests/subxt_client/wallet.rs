//! A wallet: a subxt client with a node of its own.

use codec::Encode;
use icn_primitives::{AccountId, Balance, Hash};
use icn_runtime::RuntimeCall;
use icn_tests::node::{directory, NodeProcess};
use scale_value::{At as _, Value};
use serde::de::DeserializeOwned;
use subxt::{
    client::{OnlineClientAtBlock, OnlineClientAtBlockImpl},
    config::DefaultExtrinsicParamsBuilder,
    dynamic,
    extrinsics::ExtrinsicEvents,
    tx::SubmittableTransaction,
    OnlineClient, SubstrateConfig,
};
use subxt_rpcs::{client::RpcParams, rpc_params, RpcClient};
use subxt_signer::{sr25519::Keypair, SecretUri};

/// The chain at a block.
pub(crate) type At = OnlineClientAtBlock<SubstrateConfig>;

/// A signed transaction.
pub(crate) type Signed = SubmittableTransaction<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>;

/// Which part of the RPC the node offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// `chainHead_v1_…` and its like only.
    New,
    /// `chain_…`, `state_…` and so on only.
    Legacy,
}

impl Face {
    /// The variable that switches the other groups off.
    pub(crate) fn variables(self) -> [(&'static str, &'static str); 1] {
        match self {
            Self::New => [("ICN_RPC_LEGACY", "false")],
            Self::Legacy => [("ICN_RPC_MODERN", "false")],
        }
    }
}

/// Those who have tokens.
pub(crate) struct People {
    pub(crate) alice: Keypair,
    pub(crate) bob: Keypair,
    pub(crate) charlie: Keypair,
    pub(crate) dave: Keypair,
    pub(crate) eve: Keypair,
    pub(crate) ferdie: Keypair,
    /// Sends what makes a block where none can be asked for.
    pub(crate) one: Keypair,
}

impl People {
    /// `//Alice` and her friends, or those whose names go on with `path`.
    pub(crate) fn named(path: &str) -> Self {
        let key = |name: &str| {
            let uri: SecretUri = format!("//{name}{path}").parse().expect("it is a secret URI");
            Keypair::from_uri(&uri).expect("a path without a password")
        };
        Self {
            alice: key("Alice"),
            bob: key("Bob"),
            charlie: key("Charlie"),
            dave: key("Dave"),
            eve: key("Eve"),
            ferdie: key("Ferdie"),
            one: key("One"),
        }
    }

    /// Their accounts.
    pub(crate) fn accounts(&self) -> [AccountId; 7] {
        let Self { alice, bob, charlie, dave, eve, ferdie, one } = self;
        [alice, bob, charlie, dave, eve, ferdie, one].map(id)
    }
}

/// A client of a node.
pub(crate) struct Wallet {
    pub(crate) face: Face,
    pub(crate) api: OnlineClient<SubstrateConfig>,
    pub(crate) rpc: RpcClient,
    pub(crate) people: People,
    /// The node, where it is the wallet's own.
    pub(crate) own: Option<OwnNode>,
}

/// A node that one wallet has for itself: the only validator of a Development chain.
pub(crate) struct OwnNode {
    pub(crate) node: NodeProcess,
    pub(crate) directory: tempfile::TempDir,
}

/// A transaction in a final block.
pub(crate) struct Included {
    pub(crate) at: At,
    pub(crate) events: ExtrinsicEvents<SubstrateConfig>,
}

impl Wallet {
    /// Starts a node with one face and connects to it.
    pub(crate) async fn connect(face: Face) -> Self {
        let directory = directory();
        let node = NodeProcess::start_with(&directory.path().join("home"), &[], &face.variables());
        Self::to(face, node, directory).await
    }

    /// Connects to a node of its own.
    pub(crate) async fn to(face: Face, node: NodeProcess, directory: tempfile::TempDir) -> Self {
        let wallet = Self::at(face, &node.url, People::named("")).await;
        Self { own: Some(OwnNode { node, directory }), ..wallet }
    }

    /// Connects to a node that others use too.
    pub(crate) async fn at(face: Face, url: &str, people: People) -> Self {
        let rpc = RpcClient::from_insecure_url(url).await.expect("the node answers");
        let api = OnlineClient::from_rpc_client(rpc.clone()).await.expect("subxt connects");
        Self { face, api, rpc, people, own: None }
    }

    /// The chain at its highest block.
    pub(crate) async fn now(&self) -> At {
        self.api.at_current_block().await.expect("the head is readable")
    }

    /// Signs a call with the next nonce, mortal for 32 blocks.
    pub(crate) async fn sign(&self, call: impl Into<RuntimeCall>, signer: &Keypair) -> Signed {
        self.sign_with(call, signer, DefaultExtrinsicParamsBuilder::new().mortal(32)).await
    }

    /// Signs a call. It goes through the metadata twice: its bytes are decoded by it, and encoded again.
    pub(crate) async fn sign_with(
        &self,
        call: impl Into<RuntimeCall>,
        signer: &Keypair,
        parameters: DefaultExtrinsicParamsBuilder<SubstrateConfig>,
    ) -> Signed {
        let bytes = call.into().encode();
        let at = self.now().await;
        let payload = at.tx().from_call_data_bytes(&bytes).expect("the metadata describes the call");
        assert_eq!(at.tx().call_data(&payload).expect("encodes"), bytes);
        at.tx().create_signed(&payload, signer, parameters.build()).await.expect("signed")
    }

    /// Sends a call and waits until it is final, whatever came of it.
    pub(crate) async fn send(&self, call: impl Into<RuntimeCall>, signer: &Keypair) -> Included {
        let signed = self.sign(call, signer).await;
        Included::of(signed.submit_and_watch().await.expect("submitted")).await
    }

    /// Makes a block by hand.
    pub(crate) async fn new_block(&self) -> Result<u64, subxt_rpcs::Error> {
        let made: serde_json::Value = self.rpc.request("dev_newBlock", rpc_params![]).await?;
        Ok(made["number"].as_u64().expect("a number"))
    }

    /// Waits for a block more: made by hand, or on a network by a remark.
    pub(crate) async fn another_block(&self) -> At {
        if self.own.is_some() {
            let made = self.new_block().await.expect("made");
            return self.api.at_block(made).await.expect("readable");
        }
        let remark = frame_system::Call::remark { remark: Vec::new() };
        self.send(RuntimeCall::from(remark), &self.people.one).await.ok().at
    }

    /// Calls a method.
    pub(crate) async fn request<T: DeserializeOwned>(&self, method: &str, parameters: RpcParams) -> T {
        self.rpc.request(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

impl Included {
    /// Waits until a transaction is final.
    pub(crate) async fn of(
        progress: subxt::tx::TransactionProgress<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>,
    ) -> Self {
        let block = progress.wait_for_finalized().await.expect("final");
        let events = block.fetch_events().await.expect("decodable");
        Self { at: block.at().await.expect("its block is readable"), events }
    }

    /// What the call failed with, in words.
    pub(crate) fn failure(&self) -> Option<String> {
        self.fields("System", "ExtrinsicFailed").map(|fields| fields.to_string())
    }

    /// The fields of its first event of a kind.
    pub(crate) fn fields(&self, pallet: &str, name: &str) -> Option<scale_value::Composite<()>> {
        let mut events = self.events.iter().map(|event| event.expect("decodable"));
        let event = events.find(|event| (event.pallet_name(), event.event_name()) == (pallet, name))?;
        Some(event.decode_fields_unchecked_as().expect("the metadata describes the event"))
    }

    /// Its place among the extrinsics of its block.
    pub(crate) fn index(&self) -> u32 {
        self.events.extrinsic_index() as u32
    }

    /// That its call succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.failure(), None);
        self
    }
}

/// An account's free balance, read by name.
pub(crate) async fn free(at: &At, account: &AccountId) -> Balance {
    let address = dynamic::storage::<([u8; 32],), Value>("System", "Account");
    let entry = at.storage().try_fetch(address, (<[u8; 32]>::from(account.clone()),)).await.expect("readable");
    let Some(entry) = entry else { return 0 };
    let account = entry.decode().expect("the metadata describes it");
    account.at("data").at("free").and_then(|free| free.as_u128()).expect("a number")
}

/// The id of a key's account.
pub(crate) fn id(key: &Keypair) -> AccountId {
    AccountId::from(key.public_key().0)
}

/// A transfer of `value` base units.
pub(crate) fn transfer(to: &AccountId, value: Balance) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive { dest: to.clone().into(), value }.into()
}

/// A call of the root origin.
pub(crate) fn sudo(call: RuntimeCall) -> RuntimeCall {
    pallet_sudo::Call::sudo { call: Box::new(call) }.into()
}

/// subxt's hash as ours.
pub(crate) fn hash(hash: subxt::utils::H256) -> Hash {
    Hash::from(hash.0)
}
