//! A chain and a pool in memory, whose runtime answers by script. They implement the traits by which the RPC sees the node.

use codec::Encode;
use icn_primitives::{
    AccountId, BlockNumber, Changes, Extrinsic, Hash, Header, Moment, Nonce, StateError, StateView, SubmitError,
    TransactionStatus,
};
use icn_rpc::{
    backend::{
        BlockRef, CallError, Chain, ChainInfo, Decided, Development, DevelopmentError, ReadError, RuntimeVersion,
        StateProof, Transactions,
    },
    Context, Limits, Workers,
};
use jsonrpsee::server::RpcModule;
use parking_lot::Mutex;
use sp_runtime::{
    traits::Header as _,
    transaction_validity::{InvalidTransaction, UnknownTransaction},
    Digest, DigestItem,
};
use std::{collections::BTreeMap, ops::Bound, sync::Arc};
use tokio::sync::{broadcast, mpsc};

/// A state as an ordered map.
#[derive(Clone, Default)]
pub(crate) struct MemoryState(BTreeMap<Vec<u8>, Vec<u8>>);

impl StateView for MemoryState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(key).cloned())
    }

    fn entries<'a>(
        &'a self,
        from: Bound<&[u8]>,
    ) -> Box<dyn Iterator<Item = Result<(Vec<u8>, Vec<u8>), StateError>> + 'a> {
        let range = self.0.range::<[u8], _>((from, Bound::Unbounded));
        Box::new(range.map(|(key, value)| Ok((key.clone(), value.clone()))))
    }
}

struct MemoryBlock {
    header: Header,
    body: Vec<Extrinsic>,
    state: Arc<MemoryState>,
}

/// A chain whose blocks the test decides. Its first block is pruned: only the header is kept.
pub(crate) struct MemoryChain {
    info: ChainInfo,
    blocks: Mutex<Vec<MemoryBlock>>,
    decided: broadcast::Sender<Arc<Decided>>,
}

/// Height of the one block whose state and body are no longer kept.
pub(crate) const PRUNED: BlockNumber = 1;

impl MemoryChain {
    fn new() -> Self {
        let info = ChainInfo {
            name: "Test".into(),
            chain_type: "Development".into(),
            genesis_hash: header(0, Hash::zero()).hash(),
            properties: serde_json::from_str(r#"{"ss58Format":42,"tokenDecimals":12,"tokenSymbol":"ICN"}"#).unwrap(),
            node_name: "icn".into(),
            node_version: "0.1.0".into(),
            peer_id: "nobody".into(),
        };
        let genesis = MemoryBlock { header: header(0, Hash::zero()), body: Vec::new(), state: Arc::default() };
        let chain = Self { info, blocks: Mutex::new(vec![genesis]), decided: broadcast::Sender::new(1024) };
        chain.decide(&[(b"a/1", Some(b"one")), (b"a/2", Some(b"two"))]);
        chain.decide(&[(b"a/3", Some(b"three")), (b"b/1", Some(b"other"))]);
        chain
    }

    /// Decides a block that writes some keys.
    pub(crate) fn decide(&self, writes: &[(&[u8], Option<&[u8]>)]) -> BlockRef {
        self.decide_as(writes, None)
    }

    /// As [`Self::decide`], by a new runtime.
    pub(crate) fn decide_as(&self, writes: &[(&[u8], Option<&[u8]>)], new_runtime: Option<RuntimeVersion>) -> BlockRef {
        let mut blocks = self.blocks.lock();
        let parent = blocks.last().unwrap();
        let header = header(parent.header.number + 1, parent.header.hash());
        let mut state = MemoryState::clone(&parent.state);
        let changes: Changes = writes.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect();
        for (key, value) in &changes {
            match value {
                Some(value) => drop(state.0.insert(key.clone(), value.clone())),
                None => drop(state.0.remove(key)),
            }
        }
        let block = BlockRef { hash: header.hash(), number: header.number };
        blocks.push(MemoryBlock { header: header.clone(), body: vec![extrinsic(&[9])], state: Arc::new(state) });
        let _ = self.decided.send(Arc::new(Decided { block, header, changes: Arc::new(changes), new_runtime }));
        block
    }

    /// The hash of the block at a height that exists.
    pub(crate) fn hash(&self, number: BlockNumber) -> Hash {
        self.blocks.lock()[number as usize].header.hash()
    }

    fn with<T>(&self, hash: Hash, read: impl FnOnce(&MemoryBlock) -> T) -> Option<T> {
        self.blocks.lock().iter().find(|block| block.header.hash() == hash).map(read)
    }
}

/// A header with a digest, as blocks have one.
fn header(number: BlockNumber, parent: Hash) -> Header {
    let digest = Digest { logs: vec![DigestItem::PreRuntime(*b"icn\0", vec![1, 2, 3])] };
    Header::new(number, Hash::repeat_byte(1), Hash::repeat_byte(2), parent, digest)
}

/// An extrinsic around some bytes.
pub(crate) fn extrinsic(content: &[u8]) -> Extrinsic {
    Extrinsic::from_encoded(content.to_vec().encode())
}

impl Chain for MemoryChain {
    fn info(&self) -> &ChainInfo {
        &self.info
    }

    fn head(&self) -> BlockRef {
        let blocks = self.blocks.lock();
        let header = &blocks.last().unwrap().header;
        BlockRef { hash: header.hash(), number: header.number }
    }

    fn header(&self, hash: Hash) -> Result<Option<Header>, ReadError> {
        Ok(self.with(hash, |block| block.header.clone()))
    }

    fn body(&self, hash: Hash) -> Result<Option<Vec<Extrinsic>>, ReadError> {
        match self.with(hash, |block| (block.header.number, block.body.clone())) {
            Some((PRUNED, _)) => Err(ReadError::Pruned { number: PRUNED, oldest: PRUNED + 1 }),
            found => Ok(found.map(|(_, body)| body)),
        }
    }

    fn hash_at(&self, number: BlockNumber) -> Result<Option<Hash>, ReadError> {
        Ok(self.blocks.lock().get(number as usize).map(|block| block.header.hash()))
    }

    fn state(&self, hash: Hash) -> Result<Arc<dyn StateView>, ReadError> {
        match self.with(hash, |block| (block.header.number, block.state.clone())) {
            None => Err(ReadError::UnknownBlock(hash)),
            Some((PRUNED, _)) => Err(ReadError::Pruned { number: PRUNED, oldest: PRUNED + 1 }),
            Some((_, state)) => Ok(state),
        }
    }

    fn call(&self, hash: Hash, method: &str, arguments: &[u8]) -> Result<Vec<u8>, CallError> {
        self.state(hash)?;
        let dispatch_info = (codec::Compact(7u64), codec::Compact(8u64), 0u8, 9u128);
        let fee_details = (Some((1u128, 2u128, 300u128)), 0u128);
        let failed = || CallError::Failed { method: method.into(), reason: "on purpose".into() };
        match (method, arguments) {
            ("Test_echo", arguments) => Ok(arguments.to_vec()),
            ("Test_panic", _) => panic!("on purpose"),
            ("Test_fail", _) => Err(failed()),
            ("Metadata_metadata", []) => Ok(b"meta".to_vec().encode()),
            ("TransactionPaymentApi_query_info", [8, 0, 0, ..]) => Err(failed()),
            ("TransactionPaymentApi_query_info", [.., 2, 0, 0, 0]) => Ok(dispatch_info.encode()),
            ("TransactionPaymentApi_query_fee_details", [.., 2, 0, 0, 0]) => Ok(fee_details.encode()),
            ("BlockBuilder_apply_extrinsic", _) => Ok(vec![0, 0]),
            _ => Err(CallError::UnknownMethod(method.into())),
        }
    }

    fn runtime_version(&self, hash: Hash) -> Result<RuntimeVersion, ReadError> {
        self.state(hash)?;
        Ok(version(1))
    }

    fn last_change_under(&self, hash: Hash, _: &[u8]) -> Result<Option<BlockNumber>, ReadError> {
        self.with(hash, |block| Some(block.header.number)).ok_or(ReadError::UnknownBlock(hash))
    }

    fn prove(&self, hash: Hash, key: &[u8]) -> Result<StateProof, ReadError> {
        let value = self.state(hash)?.get(key)?;
        let number = self.with(hash, |block| block.header.number).ok_or(ReadError::UnknownBlock(hash))?;
        let leaf = value.as_ref().map(|value| [&[0], value.as_slice()].concat());
        let root = Hash::repeat_byte(1);
        Ok(StateProof { block: BlockRef { hash, number }, root, value, leaf, proof: key.to_vec() })
    }

    fn decided(&self) -> broadcast::Receiver<Arc<Decided>> {
        self.decided.subscribe()
    }
}

/// A runtime's version.
pub(crate) fn version(spec_version: u32) -> RuntimeVersion {
    RuntimeVersion {
        spec_name: "icn".into(),
        impl_name: "icn".into(),
        spec_version,
        transaction_version: 1,
        apis: vec![(*b"core api", 5), ([0x40, 0xfe, 0x3a, 0xd4, 0x01, 0xf8, 0x95, 0x9a], 6)].into(),
        system_version: 1,
        ..Default::default()
    }
}

/// A pool that answers by the first byte of what an extrinsic holds.
#[derive(Default)]
pub(crate) struct MemoryPool {
    /// Where the statuses of each watched transaction go.
    pub(crate) watched: Mutex<Vec<mpsc::UnboundedSender<TransactionStatus>>>,
    pending: Mutex<Vec<Extrinsic>>,
}

/// What each first byte is refused for; others are taken.
pub(crate) fn refusal(code: u8) -> Option<SubmitError> {
    Some(match code {
        100 => SubmitError::BadFormat("on purpose".into()),
        101 => SubmitError::Invalid(InvalidTransaction::BadProof),
        102 => SubmitError::Invalid(InvalidTransaction::Stale),
        103 => SubmitError::Invalid(InvalidTransaction::Payment),
        104 => SubmitError::Invalid(InvalidTransaction::AncientBirthBlock),
        105 => SubmitError::Invalid(InvalidTransaction::Future),
        106 => SubmitError::Invalid(InvalidTransaction::Custom(7)),
        107 => SubmitError::Invalid(InvalidTransaction::Call),
        108 => SubmitError::Invalid(InvalidTransaction::ExhaustsResources),
        109 => SubmitError::Unknown(UnknownTransaction::CannotLookup),
        110 => SubmitError::TemporarilyBanned,
        111 => SubmitError::AlreadyImported(Hash::repeat_byte(0x11)),
        112 => SubmitError::TooLowPriority { old: 2, new: 1 },
        113 => SubmitError::ImmediatelyDropped,
        114 => SubmitError::Stopping,
        _ => return None,
    })
}

impl Transactions for MemoryPool {
    fn submit(&self, extrinsic: Extrinsic) -> Result<Hash, SubmitError> {
        match refusal(extrinsic.bytes()[1]) {
            Some(error) => Err(error),
            None => {
                let hash = extrinsic.hash();
                self.pending.lock().push(extrinsic);
                Ok(hash)
            }
        }
    }

    fn submit_and_watch(
        &self,
        extrinsic: Extrinsic,
    ) -> Result<mpsc::UnboundedReceiver<TransactionStatus>, SubmitError> {
        self.submit(extrinsic)?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let _ = sender.send(TransactionStatus::Ready);
        self.watched.lock().push(sender);
        Ok(receiver)
    }

    fn pending(&self) -> Vec<Extrinsic> {
        self.pending.lock().clone()
    }

    fn remove(&self, hash: Hash) -> bool {
        let mut pending = self.pending.lock();
        let before = pending.len();
        pending.retain(|extrinsic| extrinsic.hash() != hash);
        pending.len() < before
    }

    fn next_nonce(&self, account: &AccountId) -> Result<Nonce, CallError> {
        match account.as_ref() as &[u8; 32] {
            [0xff, ..] => Err(CallError::UnknownMethod("AccountNonceApi_account_nonce".into())),
            [first, ..] => Ok(Nonce::from(*first)),
        }
    }
}

/// Makes blocks on the chain in memory.
pub(crate) struct ByHand(Arc<MemoryChain>);

impl Development for ByHand {
    fn new_block(&self) -> Result<BlockRef, DevelopmentError> {
        Ok(self.0.decide(&[]))
    }

    fn advance_time(&self, by: Moment) -> Result<BlockRef, DevelopmentError> {
        match by {
            0..=1000 => Ok(self.0.decide(&[(b"time", Some(&by.to_le_bytes()))])),
            _ => Err(DevelopmentError::TooFar { max: 1000 }),
        }
    }
}

/// A node in memory.
pub(crate) struct Node {
    pub(crate) chain: Arc<MemoryChain>,
    pub(crate) pool: Arc<MemoryPool>,
    pub(crate) context: Context,
}

impl Node {
    /// A Development node with a few blocks and the usual limits.
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    /// With other limits.
    pub(crate) fn with(limits: Limits) -> Self {
        let chain = Arc::new(MemoryChain::new());
        let pool = Arc::new(MemoryPool::default());
        let context = Context {
            chain: chain.clone(),
            transactions: pool.clone(),
            records: Some(Arc::new(crate::records::Script::default())),
            epochs: Some(Arc::new(crate::epochs::Script::default())),
            blobs: Some(Arc::new(crate::blobs::Script::default())),
            tendermint: Some(Arc::new(crate::unbegun::Unbegun::default())),
            development: Some(Arc::new(ByHand(chain.clone()))),
            workers: Workers::new(2, 64),
            limits: Arc::new(limits),
        };
        Self { chain, pool, context }
    }

    /// A node whose chain is not for development.
    pub(crate) fn live() -> Self {
        let mut node = Self::new();
        node.context.development = None;
        node
    }

    /// The methods, to be called without a connection.
    pub(crate) fn methods(&self) -> RpcModule<Context> {
        icn_rpc::methods::methods(icn_rpc::Groups::default(), &self.context).unwrap()
    }
}
