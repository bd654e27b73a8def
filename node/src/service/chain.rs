//! The chain as the RPC and the pool see it: the store and the executor behind the traits they ask for.

use super::{error::StopError, stop::StopSignal};
use codec::{Decode, Encode};
use icn_executor::{Executor, ExecutorError};
use icn_mempool::Validate;
use icn_primitives::{
    AccountId, BlockNumber, Extrinsic, Hash, Header, Nonce, StateError, StateView, SubmitError, ValidTransaction,
};
use icn_rpc::backend::{BlockRef, CallError, Chain, ChainInfo, Decided, ReadError, RuntimeVersion, StateProof};
use icn_runtime::current_version;
use icn_storage::{ChainStore, OrderedStore, RuntimeRecord, StorageError};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// How many decided blocks a subscriber may lag behind before it is dropped.
const DECIDED_BUFFER: usize = 1024;

/// The chain of this node.
pub struct NodeChain<S: OrderedStore> {
    pub(super) info: ChainInfo,
    pub(super) store: ChainStore<S>,
    pub(super) executor: Executor,
    pub(super) decided: broadcast::Sender<Arc<Decided>>,
    pub(super) stop: StopSignal,
    /// Dropped last, when the store is closed.
    _closed: watch::Sender<()>,
}

impl<S: OrderedStore> NodeChain<S> {
    /// The chain in `store`; with what ends when the store is closed, after the last use of the chain.
    pub fn new(
        info: ChainInfo,
        store: ChainStore<S>,
        executor: Executor,
        stop: StopSignal,
    ) -> (Self, watch::Receiver<()>) {
        let (_closed, closed) = watch::channel(());
        (Self { info, store, executor, decided: broadcast::channel(DECIDED_BUFFER).0, stop, _closed }, closed)
    }

    /// Its store.
    pub fn store(&self) -> &ChainStore<S> {
        &self.store
    }

    /// What executes its blocks.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// A storage error as a reader's. One that the question is to blame for is an answer; one that puts the store in doubt
    /// stops the node.
    fn read_error(&self, error: StorageError) -> ReadError {
        match error {
            StorageError::Pruned { number, oldest } => ReadError::Pruned { number, oldest },
            error @ (StorageError::UnknownHeight { .. } | StorageError::EmptyKey | StorageError::EmptyState { .. }) => {
                ReadError::State(StateError(Box::new(error)))
            }
            error => {
                let words = error.to_string();
                self.stop.stop(StopError::Store(error));
                ReadError::State(StateError(words.into()))
            }
        }
    }

    /// Stops the node for a state that cannot be read.
    fn state_error(&self, error: StateError) -> StateError {
        let words = error.to_string();
        self.stop.stop(StopError::State(error));
        StateError(words.into())
    }

    /// An executor's error as a reader's: the state cannot be read, or names no validators, which stops the node.
    pub(super) fn executor_error(&self, error: ExecutorError) -> ReadError {
        match error {
            ExecutorError::State(error) => ReadError::State(self.state_error(error)),
            error => ReadError::State(StateError(Box::new(error))),
        }
    }

    pub(super) fn read<T>(&self, result: Result<T, StorageError>) -> Result<T, ReadError> {
        result.map_err(|error| self.read_error(error))
    }

    fn number_of(&self, hash: Hash) -> Result<BlockNumber, ReadError> {
        self.read(self.store.number_of(&hash))?.ok_or(ReadError::UnknownBlock(hash))
    }

    fn runtime_at(&self, number: BlockNumber) -> Result<Arc<RuntimeRecord>, ReadError> {
        self.read(self.store.runtime_at(number))
    }

    pub(super) fn state_of(&self, number: BlockNumber) -> Result<Arc<dyn StateView>, ReadError> {
        let latest = self.store.latest();
        if latest.head().number == number {
            return Ok(latest);
        }
        self.read(self.store.state_at(number))
    }
}

impl<S: OrderedStore> Chain for NodeChain<S> {
    fn info(&self) -> &ChainInfo {
        &self.info
    }

    fn head(&self) -> BlockRef {
        let head = self.store.head();
        BlockRef { hash: head.hash, number: head.number }
    }

    fn header(&self, hash: Hash) -> Result<Option<Header>, ReadError> {
        match self.read(self.store.number_of(&hash))? {
            Some(number) => self.read(self.store.header(number)),
            None => Ok(None),
        }
    }

    fn body(&self, hash: Hash) -> Result<Option<Vec<Extrinsic>>, ReadError> {
        let Some(number) = self.read(self.store.number_of(&hash))? else { return Ok(None) };
        Ok(self.read(self.store.record(number))?.map(|record| record.block.extrinsics))
    }

    fn hash_at(&self, number: BlockNumber) -> Result<Option<Hash>, ReadError> {
        self.read(self.store.hash_at(number))
    }

    fn state(&self, hash: Hash) -> Result<Arc<dyn StateView>, ReadError> {
        self.state_of(self.number_of(hash)?)
    }

    fn call(&self, hash: Hash, method: &str, arguments: &[u8]) -> Result<Vec<u8>, CallError> {
        let number = self.number_of(hash)?;
        let runtime = self.runtime_at(number)?;
        if let Some(answer) = answer_from_record(&runtime, method, arguments) {
            return Ok(answer);
        }
        let (block_spec, node_spec) = (runtime.spec_version, current_version().spec_version);
        if block_spec != node_spec {
            return Err(CallError::OtherRuntime { number, block_spec, node_spec });
        }
        let state = self.state_of(number)?;
        self.executor.call(&state, method, arguments).map_err(|error| match error {
            icn_executor::CallError::State(error) => CallError::Read(ReadError::State(self.state_error(error))),
            icn_executor::CallError::UnknownMethod(method) => CallError::UnknownMethod(method),
            icn_executor::CallError::Failed(reason) => CallError::Failed { method: method.into(), reason },
        })
    }

    fn runtime_version(&self, hash: Hash) -> Result<RuntimeVersion, ReadError> {
        let runtime = self.runtime_at(self.number_of(hash)?)?;
        RuntimeVersion::decode(&mut &runtime.version[..]).map_err(|error| ReadError::State(StateError(Box::new(error))))
    }

    fn last_change_under(&self, hash: Hash, prefix: &[u8]) -> Result<Option<BlockNumber>, ReadError> {
        let number = self.number_of(hash)?;
        self.read(self.store.last_change_under(prefix, number))
    }

    fn prove(&self, hash: Hash, key: &[u8]) -> Result<StateProof, ReadError> {
        let number = self.number_of(hash)?;
        let proof = self.read(self.store.prove(key, number))?;
        Ok(StateProof {
            block: BlockRef { hash, number },
            root: proof.root,
            value: proof.value,
            leaf: proof.leaf,
            proof: prost::Message::encode_to_vec(&proof.proof),
        })
    }

    fn decided(&self) -> broadcast::Receiver<Arc<Decided>> {
        self.decided.subscribe()
    }
}

/// What a runtime said of itself, its version and its metadata: kept, so that it is answered whatever runs now.
fn answer_from_record(runtime: &RuntimeRecord, method: &str, arguments: &[u8]) -> Option<Vec<u8>> {
    match method {
        "Core_version" => Some(runtime.version.clone()),
        "Metadata_metadata" => runtime.metadata.get(&14).cloned(),
        "Metadata_metadata_versions" => Some(runtime.metadata.keys().copied().collect::<Vec<u32>>().encode()),
        "Metadata_metadata_at_version" => {
            let version = u32::decode(&mut &arguments[..]).ok()?;
            // `Option<OpaqueMetadata>`, of which the record holds the inner encoding.
            Some(runtime.metadata.get(&version).map_or(vec![0], |metadata| [&[1], &metadata[..]].concat()))
        }
        _ => None,
    }
}

impl<S: OrderedStore> Validate for NodeChain<S> {
    fn validate(&self, extrinsic: &Extrinsic) -> Result<ValidTransaction, SubmitError> {
        let latest = self.store.latest();
        match self.executor.validate(&latest, latest.head().hash, extrinsic) {
            Ok(verdict) => verdict,
            Err(error) => {
                self.stop.stop(StopError::Executor(error));
                Err(SubmitError::Stopping)
            }
        }
    }

    fn nonce(&self, account: &AccountId) -> Result<Nonce, StateError> {
        self.executor.nonce(&self.store.latest(), account).map_err(|error| match error {
            ExecutorError::State(error) => self.state_error(error),
            error => StateError(Box::new(error)),
        })
    }
}
