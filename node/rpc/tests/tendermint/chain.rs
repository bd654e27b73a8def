//! A chain in memory, made block by block as a node makes it and signed by its validators.

use crate::{
    signers::{commit, first_set, key, next_set, round, sign},
    tree::Tree,
};
use icn_primitives::{
    block::{record, ConsensusContext, ConsensusRoots},
    limits::{BLOCK_BYTES_MAX, BLOCK_REF_TIME_MAX},
    tendermint::BlockId,
    votes::{evidence_hash, vote_sign_bytes, SignedTarget, VoteKind},
    Block, BlockNumber, BlockRecord, Commit, ConsensusDigest, DuplicateVote, Extrinsic, Hash, Header, Moment,
    PartSetHeader, StateView, Target, TendermintHeader, ValidatorSet,
};
use icn_rpc::backend::{
    BlockRef, CallError, Chain, ChainInfo, ConsensusParameters, Decided, GenesisDocument, GenesisValidator, Heights,
    KnownCommit, ReadError, RuntimeVersion, StateProof, Tendermint, TendermintNode, TendermintPeer,
};
use prost::Message;
use serde_json::json;
use sha2::{Digest, Sha256};
use sp_runtime::traits::Header as _;
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;

/// Name of the chain.
pub(crate) const CHAIN_ID: &str = "memory-0badcafe";

/// Height of the usual chain.
pub(crate) const LENGTH: BlockNumber = 40;

/// Height that carries evidence, and height that the evidence is of.
pub(crate) const EVIDENCE: (BlockNumber, BlockNumber) = (12, 9);

/// A key that every block writes, and one that no block writes.
pub(crate) const COUNTER: &[u8] = b"counter";
pub(crate) const ABSENT: &[u8] = b"absent";

/// They never change.
const PARAMETERS: ConsensusParameters = ConsensusParameters {
    block_bytes_max: BLOCK_BYTES_MAX as u64,
    block_gas_max: BLOCK_REF_TIME_MAX,
    evidence_age_blocks_max: 100_000,
    evidence_age_max: Duration::from_secs(48 * 60 * 60),
};

/// 2026-01-01 00:00:00 UTC.
const START: Moment = 1_767_225_600_000;

/// Time of a block.
pub(crate) fn time(height: BlockNumber) -> Moment {
    START + Moment::from(height) * 1_250
}

/// The chain.
pub(crate) struct MemoryChain {
    info: ChainInfo,
    context: ConsensusContext,
    tree: Tree,
    /// By height; the first is block 0.
    records: Vec<BlockRecord>,
    /// By height; the first is of nobody.
    commits: Vec<Option<Commit>>,
    /// By height, one more than there are blocks; the first is a copy of the second.
    sets: Vec<ValidatorSet>,
    evidence: Vec<Vec<DuplicateVote>>,
    genesis: GenesisDocument,
    oldest: BlockNumber,
    decided: broadcast::Sender<Arc<Decided>>,
}

impl MemoryChain {
    /// A chain of so many blocks.
    pub(crate) fn of(length: BlockNumber) -> Self {
        let mut tree = Tree::default();
        let root = tree.write(&[(COUNTER, vec![0]), (b"name", b"memory".to_vec())]);
        let context = ConsensusContext { chain_id: CHAIN_ID.into(), consensus_hash: consensus_hash() };
        let set = first_set();
        let header = Header::new(0, Hash::zero(), root, Hash::zero(), Default::default());
        let digest = ConsensusDigest { time: START, proposer: [0; 20] };
        let roots = ConsensusRoots::of_sets(set.hash(), set.hash());
        let block = Block { header, extrinsics: Vec::new() };
        let genesis_record = record(block, &digest, None, &context, &roots);
        let mut chain = Self {
            info: info(genesis_record.hash()),
            context,
            tree,
            records: vec![genesis_record],
            commits: vec![None],
            sets: vec![set.clone(), set],
            evidence: vec![Vec::new()],
            genesis: genesis(root),
            oldest: 1,
            decided: broadcast::Sender::new(1),
        };
        (0..length).for_each(|_| chain.decide());
        chain
    }

    /// The same, of which only what is needed from `oldest` on is kept.
    pub(crate) fn pruned(length: BlockNumber, oldest: BlockNumber) -> Self {
        Self { oldest, ..Self::of(length) }
    }

    fn decide(&mut self) {
        let parent = self.records.last().unwrap();
        let height = parent.block.header.number + 1;
        let set = self.set(height).clone();
        let next = next_set(&set, height);
        let digest = ConsensusDigest { time: time(height), proposer: set.proposer(round(height)).address() };
        let root = self.tree.write(&[(COUNTER, vec![height as u8])]);
        let header = Header::new(height, Hash::repeat_byte(7), root, parent.hash(), digest.to_digest());
        let evidence = if height == EVIDENCE.0 { vec![self.offence(EVIDENCE.1)] } else { Vec::new() };
        let roots = ConsensusRoots {
            last_commit: self.last_commit_hash(height),
            evidence: evidence_hash(&evidence),
            ..ConsensusRoots::of_sets(set.hash(), next.hash())
        };
        let block = Block { header, extrinsics: extrinsics(height) };
        let record = record(block, &digest, parent.id().unwrap(), &self.context, &roots);
        let target = record.target().unwrap().unwrap();
        self.commits.push(Some(commit(CHAIN_ID, height, &target, &set)));
        self.records.push(record);
        self.sets.push(next);
        self.evidence.push(evidence);
    }

    fn last_commit_hash(&self, height: BlockNumber) -> Hash {
        let before = height - 1;
        match &self.commits[before as usize] {
            None => ConsensusRoots::of_sets(Hash::zero(), Hash::zero()).last_commit,
            Some(commit) => commit.hash(time(before), self.set(before)).unwrap(),
        }
    }

    /// Validator 2 precommits at a height for its block and for nothing.
    fn offence(&self, height: BlockNumber) -> DuplicateVote {
        let target = self.records[height as usize].target().unwrap();
        let vote = |target: Option<Target>| {
            let bytes = vote_sign_bytes(CHAIN_ID, VoteKind::Precommit, height.into(), 0, target.as_ref()).unwrap();
            SignedTarget { target, signature: sign(&key(2), &bytes) }
        };
        let address = icn_primitives::validators::address_of(&key(2));
        let (first, second) = (vote(None), vote(target));
        DuplicateVote { address, height, round: 0, kind: VoteKind::Precommit, first, second }
    }

    /// The set that signs a height.
    pub(crate) fn set(&self, height: BlockNumber) -> &ValidatorSet {
        &self.sets[height as usize]
    }

    /// A block.
    pub(crate) fn record(&self, height: BlockNumber) -> &BlockRecord {
        &self.records[height as usize]
    }

    /// How a block is named.
    pub(crate) fn id(&self, height: BlockNumber) -> BlockId {
        self.record(height).id().unwrap().unwrap()
    }

    fn latest(&self) -> BlockNumber {
        self.records.len() as BlockNumber - 1
    }

    fn height_of(&self, hash: Hash) -> Result<usize, ReadError> {
        let found = self.records.iter().position(|record| record.hash() == hash);
        let height = found.ok_or(ReadError::UnknownBlock(hash))?;
        self.kept(height as BlockNumber)?;
        Ok(height)
    }

    /// Refuses what is pruned.
    fn kept(&self, height: BlockNumber) -> Result<(), ReadError> {
        match height + 1 < self.oldest {
            true => Err(ReadError::Pruned { number: height, oldest: self.oldest }),
            false => Ok(()),
        }
    }
}

/// Some extrinsics, differently many.
fn extrinsics(height: BlockNumber) -> Vec<Extrinsic> {
    let content = |index: u32| vec![height as u8, index as u8, 0xff];
    (0..=height % 3).map(|index| Extrinsic::from_encoded(codec::Encode::encode(&content(index)))).collect()
}

/// CometBFT's hash of the parameters, by the stock message.
fn consensus_hash() -> Hash {
    let params = tendermint_proto::v0_38::types::HashedParams {
        block_max_bytes: BLOCK_BYTES_MAX.into(),
        block_max_gas: BLOCK_REF_TIME_MAX as i64,
    };
    <[u8; 32]>::from(Sha256::digest(params.encode_to_vec())).into()
}

fn info(genesis_hash: Hash) -> ChainInfo {
    ChainInfo {
        name: "Memory".into(),
        chain_type: "Local".into(),
        genesis_hash,
        properties: Default::default(),
        node_name: "icn".into(),
        node_version: "0.1.0".into(),
        peer_id: "12D3KooWMemory".into(),
    }
}

fn genesis(app_hash: Hash) -> GenesisDocument {
    let validator = |seed| GenesisValidator { name: format!("validator {seed}"), key: key(seed), power: 10 };
    GenesisDocument {
        time: START,
        validators: [1, 2, 3, 4].map(validator).into(),
        app_hash,
        app_state: json!({"preset": "memory"}),
    }
}

impl Tendermint for MemoryChain {
    fn chain_id(&self) -> &str {
        CHAIN_ID
    }

    fn heights(&self) -> Heights {
        let latest = self.latest();
        Heights { oldest: self.oldest.min(latest), latest }
    }

    fn header(&self, height: BlockNumber) -> Result<Option<(TendermintHeader, PartSetHeader)>, ReadError> {
        Ok(self.records.get(height as usize).map(|record| (record.tendermint.clone(), record.parts)))
    }

    fn block(&self, height: BlockNumber) -> Result<Option<BlockRecord>, ReadError> {
        self.kept(height)?;
        Ok(self.records.get(height as usize).cloned())
    }

    fn commit(&self, height: BlockNumber) -> Result<Option<KnownCommit>, ReadError> {
        self.kept(height)?;
        let commit = self.commits.get(height as usize).cloned().flatten();
        Ok(commit.map(|commit| KnownCommit { commit, canonical: height < self.latest() }))
    }

    fn evidence(&self, height: BlockNumber) -> Result<Vec<DuplicateVote>, ReadError> {
        self.kept(height)?;
        Ok(self.evidence[height as usize].clone())
    }

    fn validators(&self, height: BlockNumber) -> Result<Option<ValidatorSet>, ReadError> {
        self.kept(height)?;
        Ok(self.sets.get(height as usize).cloned())
    }

    fn parameters(&self, height: BlockNumber) -> Result<ConsensusParameters, ReadError> {
        self.kept(height)?;
        Ok(PARAMETERS)
    }

    fn genesis_parameters(&self) -> Result<ConsensusParameters, ReadError> {
        Ok(PARAMETERS)
    }

    fn node(&self) -> TendermintNode {
        TendermintNode {
            network_key: key(2),
            consensus_key: key(2),
            moniker: "second".into(),
            listen_address: "tcp://127.0.0.1:26656".into(),
            rpc_address: "tcp://127.0.0.1:9944".into(),
            catching_up: false,
        }
    }

    fn peers(&self) -> Vec<TendermintPeer> {
        vec![TendermintPeer {
            network_key: key(3),
            peer_id: "12D3KooWThird".into(),
            moniker: "third".into(),
            listen_address: "tcp://127.0.0.1:26657".into(),
            remote_ip: [127, 0, 0, 1].into(),
            outbound: true,
            since: time(1),
            connected: Duration::from_millis(1_500),
        }]
    }

    fn genesis(&self) -> &GenesisDocument {
        &self.genesis
    }
}

impl Chain for MemoryChain {
    fn info(&self) -> &ChainInfo {
        &self.info
    }

    fn head(&self) -> BlockRef {
        let number = self.latest();
        BlockRef { hash: self.record(number).hash(), number }
    }

    fn header(&self, hash: Hash) -> Result<Option<Header>, ReadError> {
        Ok(self.records.iter().find(|record| record.hash() == hash).map(|record| record.block.header.clone()))
    }

    fn body(&self, hash: Hash) -> Result<Option<Vec<Extrinsic>>, ReadError> {
        Ok(Some(self.records[self.height_of(hash)?].block.extrinsics.clone()))
    }

    fn hash_at(&self, number: BlockNumber) -> Result<Option<Hash>, ReadError> {
        Ok(self.records.get(number as usize).map(BlockRecord::hash))
    }

    fn state(&self, hash: Hash) -> Result<Arc<dyn StateView>, ReadError> {
        Ok(self.tree.state(self.height_of(hash)?))
    }

    fn call(&self, _: Hash, method: &str, _: &[u8]) -> Result<Vec<u8>, CallError> {
        Err(CallError::UnknownMethod(method.into()))
    }

    fn runtime_version(&self, hash: Hash) -> Result<RuntimeVersion, ReadError> {
        Err(ReadError::UnknownBlock(hash))
    }

    fn last_change_under(&self, hash: Hash, _: &[u8]) -> Result<Option<BlockNumber>, ReadError> {
        Err(ReadError::UnknownBlock(hash))
    }

    fn prove(&self, hash: Hash, key: &[u8]) -> Result<StateProof, ReadError> {
        let height = self.height_of(hash)?;
        let (value, proof) = self.tree.prove(height, key);
        let leaf = value.as_deref().map(crate::tree::leaf);
        let block = BlockRef { hash, number: height as BlockNumber };
        Ok(StateProof { block, root: self.records[height].tendermint.app_hash, value, leaf, proof })
    }

    fn decided(&self) -> broadcast::Receiver<Arc<Decided>> {
        self.decided.subscribe()
    }
}
