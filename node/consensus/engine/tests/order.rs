//! What is durable when a vote leaves: the whole engine with one validator, its log and its network listened to.

use async_trait::async_trait;
use icn_consensus::{
    application::{BuildJob, Chain, ChainError, CommitJob, DecidedBlock, Head, Proposed, Sealer, Verdict, VerifyJob},
    guard::{Guard, GuardStore, GuardStoreError, MemoryGuard, Record},
    parts::split,
    signing::{Key as _, LocalKey, Signer},
    IcnContext,
};
use icn_engine::{Around, EngineConfig, Intermediary, NetworkRef, ValidatorKey};
use icn_primitives::{tendermint::BlockId, validators::address_of, Commit, DuplicateVote, Hash, Target, ValidatorSet};
use malachitebft_core_consensus::{Input, SignedConsensusMsg};
use malachitebft_engine::{
    network::NetworkMsg,
    wal::{Msg as LogMsg, WalRef},
};
use parking_lot::Mutex;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{error::Error, ops::RangeInclusive, sync::Arc, time::Duration};

const CHAIN: &str = "order-00c0ffee";

/// Blocks that are decided while somebody listens.
const HEIGHTS: u64 = 5;

/// Something that happened, in order.
#[derive(Clone, Debug, PartialEq)]
enum Happened {
    /// A block is durable.
    Block(Target),
    /// The engine writes to its log.
    Logged(Said),
    /// The log is durable.
    Synced,
    /// The guard is durable.
    Guarded,
    /// A vote or proposal leaves.
    Left(Said),
}

/// A vote or proposal of the validator: its signature, and the block that it is for.
#[derive(Clone, Debug, PartialEq)]
struct Said([u8; 64], Option<Target>);

type Journal = Arc<Mutex<Vec<Happened>>>;

fn said(message: &SignedConsensusMsg<IcnContext>) -> Said {
    let target = match message {
        SignedConsensusMsg::Vote(vote) => vote.target().copied(),
        SignedConsensusMsg::Proposal(proposal) => Some(proposal.value.0),
    };
    Said(message.signature().to_bytes(), target)
}

/// A chain of blocks that say nothing; a block is durable when its build returns.
struct Blocks {
    journal: Journal,
    head: Mutex<Head>,
}

impl Chain for Blocks {
    fn head(&self) -> Result<Head, ChainError> {
        Ok(self.head.lock().clone())
    }

    fn build(&self, job: &BuildJob) -> Result<Option<Proposed>, ChainError> {
        let block = format!("block {} of round {}", job.height, job.round).into_bytes();
        let mut hash = [7; 32];
        hash[..8].copy_from_slice(&job.height.to_be_bytes());
        let target = Target { id: BlockId { hash: Hash::from(hash), parts: split(&block).0.parts }, time: job.time };
        let sealed = job.sealer.seal((job.height, job.round), None, target, block.len() as u32);
        let Ok(init) = sealed else { panic!("a local key signs") };
        self.journal.lock().push(Happened::Block(target));
        Ok(Some(Proposed { init, block: block.into(), valid: true }))
    }

    fn verify(&self, _: &VerifyJob) -> Result<Option<Verdict>, ChainError> {
        panic!("nobody else proposes")
    }

    fn commit(&self, job: &CommitJob) -> Result<Head, ChainError> {
        let mut head = self.head.lock();
        *head = Head {
            height: job.height,
            time: job.target.time,
            target: Some(job.target),
            validators: head.validators.next(),
            ..head.clone()
        };
        Ok(head.clone())
    }

    fn improve_commit(&self, _: u64, _: Commit) -> Result<(), ChainError> {
        Ok(())
    }

    fn undecided(&self) -> Result<Vec<Proposed>, ChainError> {
        Ok(Vec::new())
    }

    fn accepts_evidence(&self, _: &DuplicateVote) -> Result<bool, ChainError> {
        Ok(false)
    }

    fn oldest(&self) -> u64 {
        1
    }

    fn decided(&self, _: RangeInclusive<u64>, _: usize) -> Result<Vec<DecidedBlock>, ChainError> {
        Ok(Vec::new())
    }
}

/// A guard whose writes are told.
struct ToldGuard(MemoryGuard, Journal);

impl GuardStore for ToldGuard {
    fn load(&mut self) -> Result<Option<Record>, GuardStoreError> {
        self.0.load()
    }

    fn save(&mut self, record: &Record) -> Result<(), GuardStoreError> {
        self.0.save(record)?;
        self.1.lock().push(Happened::Guarded);
        Ok(())
    }
}

/// Listens to what is sent and what is logged.
struct Listener(Journal);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

#[async_trait]
impl Intermediary for Listener {
    async fn start(
        &self,
        _: &EngineConfig,
        network: NetworkRef<IcnContext>,
    ) -> Result<NetworkRef<IcnContext>, Box<dyn Error + Send + Sync>> {
        Ok(Actor::spawn(None, Sending(self.0.clone(), network), ()).await?.0)
    }

    async fn start_log(&self, log: WalRef<IcnContext>) -> Result<WalRef<IcnContext>, Box<dyn Error + Send + Sync>> {
        Ok(Actor::spawn(None, Logging(self.0.clone(), log), ()).await?.0)
    }
}

struct Sending(Journal, NetworkRef<IcnContext>);

#[async_trait]
impl Actor for Sending {
    type Msg = NetworkMsg<IcnContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Self::Msg>, message: Self::Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
        if let NetworkMsg::PublishConsensusMsg(message) = &message {
            self.0.lock().push(Happened::Left(said(message)));
        }
        Ok(self.1.cast(message)?)
    }
}

struct Logging(Journal, WalRef<IcnContext>);

#[async_trait]
impl Actor for Logging {
    type Msg = LogMsg<IcnContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Self::Msg>, message: Self::Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
        match message {
            LogMsg::Append(height, entry, reply) => {
                let message = match &entry {
                    Input::Vote(vote) => Some(said(&SignedConsensusMsg::Vote(vote.clone()))),
                    Input::Proposal(proposal) => Some(said(&SignedConsensusMsg::Proposal(proposal.clone()))),
                    _ => None,
                };
                self.0.lock().extend(message.map(Happened::Logged));
                self.1.cast(LogMsg::Append(height, entry, reply))?;
            }
            LogMsg::Flush(reply) => {
                let synced = ractor::call!(self.1, LogMsg::Flush)?;
                self.0.lock().push(Happened::Synced);
                reply.send(synced)?;
            }
            other => self.1.cast(other)?,
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn block_log_and_guard_are_durable_before_a_vote_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Journal::default();
    let key = Arc::new(LocalKey::from_seed([5; 32]));
    let public = *key.public_key().as_bytes();
    let guard = Guard::open(CHAIN, public, Box::new(ToldGuard(MemoryGuard::default(), journal.clone())));
    let signer = Signer::new(CHAIN, key.clone(), guard.expect("it is empty"));
    let sealer = Sealer { address: address_of(&public), chain_id: CHAIN.into(), key };
    let head = Head {
        height: 0,
        time: 0,
        target: None,
        validators: ValidatorSet::new([(public, 1)]).expect("it is a set"),
        timeouts: Default::default(),
        target_time: None,
        minimum_interval: Duration::ZERO,
        halted: false,
        due: None,
    };
    let config = EngineConfig {
        moniker: "alone".into(),
        chain_id: CHAIN.into(),
        keypair: malachitebft_app::types::Keypair::generate_ed25519(),
        listen: "/ip4/127.0.0.1/tcp/0".parse().expect("an address"),
        peers: Vec::new(),
        persistent_peers_only: true,
        log: folder.path().join("wal"),
        validator: Some(ValidatorKey { signer, sealer: Arc::new(sealer) }),
        validators: 1,
        intermediary: Some(Arc::new(Listener(journal.clone()))),
    };
    let chain = Arc::new(Blocks { journal: journal.clone(), head: Mutex::new(head) });
    let (stir, _stirred) = tokio::sync::mpsc::unbounded_channel();
    let engine = icn_engine::start(config, chain, Arc::new(Around::default()), stir).await.expect("it starts");
    for height in 1..=HEIGHTS {
        let head = engine.handle().make_block().await.expect("it runs").expect("a block");
        assert_eq!(head.height, height);
    }
    engine.stop().await;

    let journal = journal.lock();
    let mut left = 0;
    for (place, happened) in journal.iter().enumerate() {
        let Happened::Left(said) = happened else { continue };
        left += 1;
        let before = &journal[..place];
        let place_of = |wanted: &dyn Fn(&Happened) -> bool| before.iter().position(wanted);
        let logged = place_of(&|happened| *happened == Happened::Logged(said.clone())).expect("it is logged");
        let synced = before[logged..].contains(&Happened::Synced);
        assert!(synced, "the log is synced after it: {before:?}");
        let target = said.1.expect("nobody else is late");
        let durable = place_of(&|happened| *happened == Happened::Block(target)).expect("its block is durable");
        assert!(durable < logged, "the block is durable before anything is said of it");
        // Proposals may leave after the prevote, which the guard has by then.
        assert!(before[logged..].contains(&Happened::Guarded), "the guard is written after the log: {before:?}");
    }
    // A proposal and two votes for each block; what follows the last decision may not leave any more.
    assert!(left >= 3 * (HEIGHTS - 1), "{left} messages left");
}
