//! A node with what outlives its process: disk, log, guard, key.

use crate::{
    log::Log,
    plant::{key, Plant},
    process::{Parts, Process, Stop},
};
use icn_chain_spec::ChainSpec;
use icn_consensus::{
    application::Sealer,
    guard::{Guard, MemoryGuard, Record},
    signing::{Key as _, LocalKey, Signer},
};
use icn_engine::Around;
use icn_executor::Executor;
use icn_mempool::{Limits, Pool};
use icn_node::service::{blocks::Blocks, chain::NodeChain, records::Records, seals::Seals, stop::StopSignal};
use icn_primitives::{block::ConsensusContext, validators::address_of, ValidatorSet};
use icn_rpc::backend::ChainInfo;
use icn_runtime::genesis::runtime_record_parts;
use icn_storage::{ChainStore, Options, RuntimeRecord, SimulatedDisk, StorageError};
use icn_tests::random::Random;
use icn_tests::signers::numbered_seed;
use icn_trust::bls::{PublicKey, SecretKey};
use std::{
    convert::Infallible,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
};

/// How a chain begins.
#[derive(Clone)]
pub struct Beginning {
    begin: icn_chain_spec::Genesis,
    /// What the headers have in common.
    pub context: ConsensusContext,
    /// Hash of block 0.
    pub genesis_hash: icn_primitives::Hash,
    root: icn_primitives::Hash,
}

impl Beginning {
    /// The beginning that a document describes.
    pub fn new(spec: &ChainSpec) -> Self {
        let begin = icn_chain_spec::genesis(spec).expect("the document is valid");
        let root = icn_storage::genesis_root(&begin.state);
        let context = begin.context(root);
        let genesis_hash = begin.record(root).hash();
        Self { begin, context, genesis_hash, root }
    }

    /// Time of block 0.
    pub fn time(&self) -> u64 {
        self.begin.time
    }

    /// The validators of block 1.
    pub fn validators(&self) -> &ValidatorSet {
        &self.begin.validators
    }

    fn open(&self, disk: SimulatedDisk) -> Result<ChainStore<SimulatedDisk>, StorageError> {
        let genesis = || {
            let (spec_version, version, metadata) = runtime_record_parts();
            Ok::<_, StorageError>(icn_storage::Genesis {
                record: self.begin.record(self.root),
                state: self.begin.state.clone(),
                runtime: RuntimeRecord { spec_version, version, metadata },
                validators: self.begin.validators.clone(),
            })
        };
        ChainStore::open_or_create(disk, genesis, Options::default())
    }
}

/// A node.
pub struct Node {
    /// Its place.
    pub index: usize,
    /// Its process, while it runs.
    pub process: Option<Process>,
    /// How often it was started.
    pub boot: u64,
    /// When the process of a start wakes.
    pub wake: Option<(u64, u64)>,
    /// Whether it does as it should.
    pub honest: bool,
    /// Whether its disk may fail before the next start.
    pub disk_fails: bool,
    /// Version of its binary.
    pub spec_version: u32,
    /// Version of the binary that is being installed.
    pub next_version: u32,
    /// Whether one is.
    pub installing: bool,
    /// How far its clock is ahead, in milliseconds.
    pub skew: i64,
    /// The number of its key.
    pub key_number: u32,
    key: LocalKey,
    disk: SimulatedDisk,
    log: Log,
    guard: MemoryGuard,
    plant: Option<Plant>,
}

impl Node {
    /// A node with an empty disk.
    pub fn new(index: usize, honest: bool, skew: i64, seed: u64, plant: Option<Plant>) -> Self {
        let key_number = index as u32;
        Self {
            index,
            process: None,
            boot: 0,
            wake: None,
            honest,
            disk_fails: false,
            spec_version: icn_runtime::VERSION.spec_version,
            next_version: icn_runtime::VERSION.spec_version,
            installing: false,
            skew,
            key_number,
            key: key(key_number),
            disk: SimulatedDisk::new(seed),
            log: Log::default(),
            guard: MemoryGuard::default(),
            plant,
        }
    }

    /// Its validator's address.
    pub fn address(&self) -> [u8; 20] {
        address_of(self.key.public_key().as_bytes())
    }

    /// Its key.
    pub fn key(&self) -> &LocalKey {
        &self.key
    }

    /// The key with which it seals bundles.
    pub fn sealing_key(&self) -> Option<PublicKey> {
        SecretKey::derive(&numbered_seed(self.key_number)).map(|key| key.public())
    }

    /// Its disk.
    pub fn disk(&self) -> &SimulatedDisk {
        &self.disk
    }

    /// Starts its process.
    pub fn start(&mut self, beginning: &Beginning) -> Result<(), Stop> {
        let store = beginning.open(self.disk.clone()).map_err(|error| Stop::Disk(error.to_string()))?;
        let executor = Executor::new(beginning.context.clone(), 1).map_err(|error| Stop::Broken(error.to_string()))?;
        let (chain, _) = NodeChain::new(info(beginning), store, executor, StopSignal::default());
        let chain = Arc::new(chain);
        let pool = Pool::new(chain.clone(), Limits::default());
        let head = chain.store().head();
        pool.on_block(head.hash, head.number, &[]);
        let (revalidate, _) = crossbeam_channel::bounded(1);
        let around = Arc::new(Around::default());
        let clock = Arc::new(AtomicU64::new(0));
        let shown = clock.clone();
        let records = Records::new(chain.clone(), around.clone(), Box::new(move || shown.load(Ordering::Relaxed)))
            .map_err(|error| Stop::Disk(error.to_string()))?;
        let records = Arc::new(records);
        let sealing = SecretKey::derive(&numbered_seed(self.key_number));
        let seals = Seals::new(chain.clone(), around.clone(), sealing);
        let seals = Arc::new(seals.map_err(|error| Stop::Disk(error.to_string()))?);
        let blocks = Blocks::new(chain.clone(), pool.clone(), records.clone(), seals.clone(), revalidate, None, around);
        let chain_id: Arc<str> = beginning.context.chain_id.as_str().into();
        let public = *self.key.public_key().as_bytes();
        // A node that does as it likes forgets what it signed.
        if !self.honest || self.plant == Some(Plant::NoGuard) {
            self.guard = MemoryGuard::default();
        }
        let guard = Guard::open(&chain_id, public, Box::new(self.guard.clone()))
            .map_err(|error| Stop::Refused(error.to_string()))?;
        let head = u64::from(chain.store().head().number);
        let logged = |record: &Record| Ok::<_, Infallible>(self.log.holds(record));
        let Ok(follow_until) = guard.follow_until(head, logged);
        // A node that does as it likes does not care.
        let follow_until = follow_until.filter(|_| self.honest);
        let key = Arc::new(self.key.clone());
        let sealer = Sealer { address: self.address(), chain_id: chain_id.clone(), key: key.clone() };
        let signer = Signer::new(chain_id.clone(), key, guard);
        let (index, plant) = (self.index, self.plant.filter(|_| self.honest));
        let sealer = Arc::new(sealer);
        let parts =
            Parts { index, chain_id, chain, blocks, pool, records, seals, clock, signer, sealer, follow_until, plant };
        self.process = Some(Process::new(parts, &mut self.log)?);
        self.boot += 1;
        Ok(())
    }

    /// Cuts its power; how many entries of its log are lost.
    pub fn crash(&mut self, random: &mut Random) -> usize {
        let Some(process) = self.process.take() else { return 0 };
        self.log = process.end();
        self.disk = self.disk.crash();
        self.disk_fails = false;
        self.log.crash(random)
    }

    /// Ends its process in good order.
    pub fn end(&mut self) {
        if let Some(process) = self.process.take() {
            self.log = process.end();
            self.disk = self.disk.restart();
        }
    }

    /// Finds an older log, or none, as when a home is put back from a copy without its guard and store.
    pub fn put_log_back(&mut self, random: &mut Random) {
        self.log.put_back(random);
    }

    /// Opens the chain on its disk, whose process has ended.
    pub fn open(&self, beginning: &Beginning) -> Result<ChainStore<SimulatedDisk>, StorageError> {
        beginning.open(self.disk.clone())
    }
}

fn info(beginning: &Beginning) -> ChainInfo {
    ChainInfo {
        name: "simulation".into(),
        chain_type: "Development".into(),
        genesis_hash: beginning.genesis_hash,
        properties: Default::default(),
        node_name: "icn".into(),
        node_version: "simulation".into(),
        peer_id: String::new(),
    }
}
