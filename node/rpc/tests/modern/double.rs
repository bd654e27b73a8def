//! A chain and a transaction pool that do what the test says.

use icn_primitives::{
    state::Entry, AccountId, BlockNumber, Changes, Extrinsic, Hash, Header, Nonce, StateError, StateView, SubmitError,
    TransactionStatus,
};
use icn_rpc::backend::{
    BlockRef, CallError, Chain, ChainInfo, Decided, ReadError, RuntimeVersion, StateProof, Transactions,
};
use parking_lot::{Condvar, Mutex, RwLock};
use sp_runtime::traits::Header as _;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::Arc,
};
use tokio::sync::{broadcast, mpsc};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Decided blocks that wait for a subscriber before it lags.
pub(crate) const DECIDED_WAITING: usize = 4;

struct State(Arc<Map>);

impl StateView for State {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.0.get(key).cloned())
    }

    fn entries<'a>(&'a self, from: Bound<&[u8]>) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        let from = from.map(<[u8]>::to_vec);
        Box::new(self.0.range((from, Bound::Unbounded)).map(|(key, value)| Ok((key.clone(), value.clone()))))
    }
}

struct Stored {
    header: Header,
    body: Option<Vec<Extrinsic>>,
    state: Option<Arc<Map>>,
    changes: Arc<Changes>,
    version: RuntimeVersion,
}

/// A chain whose blocks the test makes.
pub(crate) struct Blocks {
    info: ChainInfo,
    stored: RwLock<Vec<Stored>>,
    pub(crate) decided: broadcast::Sender<Arc<Decided>>,
    gate: (Mutex<bool>, Condvar),
}

/// Version 1 of the double's runtime, and higher ones.
pub(crate) fn version(spec_version: u32) -> RuntimeVersion {
    RuntimeVersion {
        spec_name: "double".into(),
        impl_name: "double-node".into(),
        authoring_version: 9,
        spec_version,
        impl_version: 3,
        apis: vec![([0xd2, 0xbc, 0x98, 0x97, 0xee, 0xd0, 0x8f, 0x15], 3), ([1; 8], 2)].into(),
        transaction_version: 7,
        system_version: 1,
    }
}

impl Blocks {
    /// A chain of genesis alone, whose state is `state`.
    pub(crate) fn new(state: &[(&str, &str)]) -> Arc<Self> {
        let state: Map = state.iter().map(|(key, value)| (key.as_bytes().into(), value.as_bytes().into())).collect();
        let changes = state.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let header = Header::new(0, Hash::zero(), Hash::repeat_byte(1), Hash::zero(), Default::default());
        let info = ChainInfo {
            name: "Double".into(),
            chain_type: "Development".into(),
            genesis_hash: header.hash(),
            properties: serde_json::Map::from_iter([("tokenDecimals".to_string(), 12.into())]),
            node_name: "double".into(),
            node_version: "0.0.0".into(),
            peer_id: String::new(),
        };
        let genesis = Stored {
            header,
            body: Some(vec![]),
            state: Some(Arc::new(state)),
            changes: Arc::new(changes),
            version: version(1),
        };
        let stored = RwLock::new(vec![genesis]);
        let decided = broadcast::Sender::new(DECIDED_WAITING);
        Arc::new(Self { info, stored, decided, gate: Default::default() })
    }

    /// Makes a block with these changes and extrinsics and tells of it.
    pub(crate) fn decide(&self, changes: &[(&str, Option<&str>)], body: Vec<Extrinsic>) -> Hash {
        let decided = self.add(changes, body, None);
        let hash = decided.block.hash;
        let _ = self.decided.send(Arc::new(decided));
        hash
    }

    /// Makes an empty block and tells of it.
    pub(crate) fn decide_empty(&self) -> Hash {
        self.decide(&[], vec![])
    }

    /// Makes an empty block with a new runtime and tells of it.
    pub(crate) fn upgrade(&self, spec_version: u32) -> Hash {
        let decided = self.add(&[], vec![], Some(version(spec_version)));
        let hash = decided.block.hash;
        let _ = self.decided.send(Arc::new(decided));
        hash
    }

    /// Makes an empty block and tells nobody.
    pub(crate) fn decide_unheard(&self) -> Hash {
        self.add(&[], vec![], None).block.hash
    }

    fn add(&self, changes: &[(&str, Option<&str>)], body: Vec<Extrinsic>, new: Option<RuntimeVersion>) -> Decided {
        let mut stored = self.stored.write();
        let parent = stored.last().unwrap();
        let changes: Changes = changes
            .iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), value.map(|value| value.as_bytes().to_vec())))
            .collect();
        let mut state = Map::clone(parent.state.as_ref().unwrap());
        for (key, value) in &changes {
            match value {
                Some(value) => state.insert(key.clone(), value.clone()),
                None => state.remove(key),
            };
        }
        let number = parent.header.number + 1;
        let header = Header::new(number, Hash::zero(), Hash::zero(), parent.header.hash(), Default::default());
        let changes = Arc::new(changes);
        let decided = Decided {
            block: BlockRef { hash: header.hash(), number },
            header: header.clone(),
            changes: changes.clone(),
            new_runtime: new.clone(),
        };
        let version = new.unwrap_or_else(|| parent.version.clone());
        stored.push(Stored { header, body: Some(body), state: Some(Arc::new(state)), changes, version });
        decided
    }

    /// Forgets the body of a block.
    pub(crate) fn prune_body(&self, hash: Hash) {
        self.stored.write().iter_mut().find(|block| block.header.hash() == hash).unwrap().body = None;
    }

    /// Forgets the state of a block.
    pub(crate) fn prune_state(&self, hash: Hash) {
        self.stored.write().iter_mut().find(|block| block.header.hash() == hash).unwrap().state = None;
    }

    /// Lets calls of `Double_wait` return, now and later.
    pub(crate) fn open_gate(&self) {
        *self.gate.0.lock() = true;
        self.gate.1.notify_all();
    }

    fn read<T>(&self, hash: Hash, read: impl FnOnce(&Stored) -> T) -> Result<T, ReadError> {
        let stored = self.stored.read();
        stored.iter().find(|block| block.header.hash() == hash).map(read).ok_or(ReadError::UnknownBlock(hash))
    }
}

impl Chain for Blocks {
    fn info(&self) -> &ChainInfo {
        &self.info
    }

    fn head(&self) -> BlockRef {
        let stored = self.stored.read();
        let header = &stored.last().unwrap().header;
        BlockRef { hash: header.hash(), number: header.number }
    }

    fn header(&self, hash: Hash) -> Result<Option<Header>, ReadError> {
        Ok(self.read(hash, |block| block.header.clone()).ok())
    }

    fn body(&self, hash: Hash) -> Result<Option<Vec<Extrinsic>>, ReadError> {
        let Ok((number, body)) = self.read(hash, |block| (block.header.number, block.body.clone())) else {
            return Ok(None);
        };
        body.map(Some).ok_or(ReadError::Pruned { number, oldest: number + 1 })
    }

    fn hash_at(&self, number: BlockNumber) -> Result<Option<Hash>, ReadError> {
        Ok(self.stored.read().get(number as usize).map(|block| block.header.hash()))
    }

    fn state(&self, hash: Hash) -> Result<Arc<dyn StateView>, ReadError> {
        let (number, state) = self.read(hash, |block| (block.header.number, block.state.clone()))?;
        let state = state.ok_or(ReadError::Pruned { number, oldest: number + 1 })?;
        Ok(Arc::new(State(state)))
    }

    fn call(&self, hash: Hash, method: &str, arguments: &[u8]) -> Result<Vec<u8>, CallError> {
        let version = self.read(hash, |block| block.version.clone())?;
        match method {
            "Double_version" => Ok(version.spec_version.to_le_bytes().into()),
            "Double_echo" => Ok(arguments.into()),
            "Double_wait" => {
                let mut open = self.gate.0.lock();
                self.gate.1.wait_while(&mut open, |open| !*open);
                Ok(vec![1])
            }
            "Double_fail" => Err(CallError::Failed { method: method.into(), reason: "on purpose".into() }),
            method => Err(CallError::UnknownMethod(method.into())),
        }
    }

    fn runtime_version(&self, hash: Hash) -> Result<RuntimeVersion, ReadError> {
        self.read(hash, |block| block.version.clone())
    }

    fn last_change_under(&self, hash: Hash, prefix: &[u8]) -> Result<Option<BlockNumber>, ReadError> {
        let number = self.read(hash, |block| block.header.number)?;
        let stored = self.stored.read();
        let until = stored.iter().take(number as usize + 1).rev();
        let changed = |block: &&Stored| block.changes.keys().any(|key| key.starts_with(prefix));
        let last = until.into_iter().find(changed).map(|block| block.header.number);
        Ok(last)
    }

    fn prove(&self, hash: Hash, _key: &[u8]) -> Result<StateProof, ReadError> {
        Err(ReadError::UnknownBlock(hash))
    }

    fn decided(&self) -> broadcast::Receiver<Arc<Decided>> {
        self.decided.subscribe()
    }
}

/// What the pool does with the next transaction.
pub(crate) enum Verdict {
    Refuse(SubmitError),
    Accept(mpsc::UnboundedReceiver<TransactionStatus>),
}

/// A pool that answers as it was told, and tells of each attempt.
pub(crate) struct Pool {
    verdicts: Mutex<VecDeque<Verdict>>,
    attempts: mpsc::UnboundedSender<Extrinsic>,
}

impl Pool {
    /// A pool with these answers, in turn, and where each attempt is told.
    pub(crate) fn new(verdicts: impl IntoIterator<Item = Verdict>) -> (Arc<Self>, mpsc::UnboundedReceiver<Extrinsic>) {
        let (attempts, attempted) = mpsc::unbounded_channel();
        (Arc::new(Self { verdicts: Mutex::new(verdicts.into_iter().collect()), attempts }), attempted)
    }
}

impl Transactions for Pool {
    fn submit(&self, extrinsic: Extrinsic) -> Result<Hash, SubmitError> {
        let hash = extrinsic.hash();
        self.submit_and_watch(extrinsic).map(|_| hash)
    }

    fn submit_and_watch(
        &self,
        extrinsic: Extrinsic,
    ) -> Result<mpsc::UnboundedReceiver<TransactionStatus>, SubmitError> {
        let verdict = self.verdicts.lock().pop_front();
        let _ = self.attempts.send(extrinsic);
        match verdict {
            None => Err(SubmitError::Stopping),
            Some(Verdict::Refuse(error)) => Err(error),
            Some(Verdict::Accept(life)) => Ok(life),
        }
    }

    fn pending(&self) -> Vec<Extrinsic> {
        vec![]
    }

    fn remove(&self, _hash: Hash) -> bool {
        false
    }

    fn next_nonce(&self, _account: &AccountId) -> Result<Nonce, CallError> {
        Ok(0)
    }
}
