//! The consensus engine alone: validators over TCP whose application does nothing, so that what is left is votes, the engine's log
//! and the network.

use icn_consensus::{
    application::{BuildJob, Chain, ChainError, CommitJob, DecidedBlock, Head, Proposed, Sealer, Verdict, VerifyJob},
    guard::{Guard, MemoryGuard},
    parts::split,
    signing::{Key as _, LocalKey, Signer},
};
use icn_engine::{Around, Engine, EngineConfig, ValidatorKey};
use icn_primitives::{tendermint::BlockId, validators::address_of, Commit, DuplicateVote, Hash, Target, ValidatorSet};
use malachitebft_app::types::Keypair;
use std::{
    net::TcpListener,
    ops::RangeInclusive,
    path::Path,
    sync::{atomic::Ordering, Arc},
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, watch};

const CHAIN: &str = "bench-00c0ffee";

/// Heights until the engines have found each other.
const WARM_UP: u64 = 20;

/// Mean time between two blocks of engines with an empty application, in one process.
///
/// # Errors
/// When an engine does not start.
pub(crate) async fn interval(validators: u16, blocks: u64) -> eyre::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let members: Vec<Member> = (0..validators).map(Member::new).collect::<eyre::Result<_>>()?;
    let set = ValidatorSet::new(members.iter().map(|member| (*member.key.public_key().as_bytes(), 10)));
    let head = Head {
        height: 0,
        time: 0,
        target: None,
        validators: set.map_err(|error| eyre::eyre!("{error:?}"))?,
        timeouts: Default::default(),
        target_time: None,
        minimum_interval: Duration::ZERO,
        halted: false,
        due: None,
    };
    let (mut engines, mut heads) = (Vec::new(), Vec::new());
    for member in &members {
        let (engine, head) = member.start(&members, &head, folder.path()).await?;
        engines.push(engine);
        heads.push(head);
    }
    let seen = &mut heads[0];
    seen.wait_for(|head| head.height >= WARM_UP).await?;
    let start = Instant::now();
    seen.wait_for(|head| head.height >= WARM_UP + blocks).await?;
    let taken = start.elapsed();
    for engine in engines {
        engine.stop().await;
    }
    Ok(taken / u32::try_from(blocks)?)
}

/// One validator.
struct Member {
    index: u16,
    key: Arc<LocalKey>,
    keypair: Keypair,
    port: u16,
}

impl Member {
    fn new(index: u16) -> eyre::Result<Self> {
        let key = Arc::new(LocalKey::from_seed([index as u8 + 1; 32]));
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self { index, key, keypair: Keypair::generate_ed25519(), port })
    }

    async fn start(&self, all: &[Self], head: &Head, folder: &Path) -> eyre::Result<(Engine, watch::Receiver<Head>)> {
        let public = *self.key.public_key().as_bytes();
        let guard = Guard::open(CHAIN, public, Box::new(MemoryGuard::default()))?;
        let sealer = Sealer { address: address_of(&public), chain_id: CHAIN.into(), key: self.key.clone() };
        let others = all.iter().filter(|other| other.index != self.index);
        let peer = |other: &Self| {
            let id = other.keypair.public().to_peer_id();
            format!("/ip4/127.0.0.1/tcp/{}/p2p/{id}", other.port).parse()
        };
        let config = EngineConfig {
            moniker: format!("bare{}", self.index),
            chain_id: CHAIN.into(),
            keypair: self.keypair.clone(),
            listen: format!("/ip4/127.0.0.1/tcp/{}", self.port).parse()?,
            peers: others.map(peer).collect::<Result<_, _>>()?,
            persistent_peers_only: true,
            log: folder.join(format!("wal{}", self.index)),
            validator: Some(ValidatorKey {
                signer: Signer::new(CHAIN, self.key.clone(), guard),
                sealer: Arc::new(sealer),
            }),
            validators: all.len(),
            intermediary: None,
        };
        let around = Arc::new(Around::default());
        // There is always work.
        around.ready.store(1, Ordering::Relaxed);
        let (head, seen) = watch::channel(head.clone());
        let (stir, _) = mpsc::unbounded_channel();
        Ok((icn_engine::start(config, Arc::new(Empty(head)), around, stir).await?, seen))
    }
}

/// A chain of blocks that say nothing, and nothing is stored. A block is its time, height and round.
struct Empty(watch::Sender<Head>);

/// Bytes of a block.
const BLOCK_BYTES: usize = 20;

/// What is voted for: the block itself stands for its hash.
fn target_of(block: &[u8]) -> Option<Target> {
    let block: &[u8; BLOCK_BYTES] = block.try_into().ok()?;
    let (mut time, mut hash) = ([0; 8], [7; 32]);
    time.copy_from_slice(&block[..8]);
    hash[..BLOCK_BYTES].copy_from_slice(block);
    let id = BlockId { hash: Hash::from(hash), parts: split(block).0.parts };
    Some(Target { id, time: u64::from_le_bytes(time) })
}

impl Chain for Empty {
    fn head(&self) -> Result<Head, ChainError> {
        Ok(self.0.borrow().clone())
    }

    fn build(&self, job: &BuildJob) -> Result<Option<Proposed>, ChainError> {
        let block = [&job.time.to_le_bytes()[..], &job.height.to_le_bytes(), &job.round.to_le_bytes()].concat();
        let Some(target) = target_of(&block) else { return Ok(None) };
        let init = job.sealer.seal((job.height, job.round), None, target, block.len() as u32);
        Ok(init.ok().map(|init| Proposed { init, block: block.into(), valid: true }))
    }

    fn verify(&self, job: &VerifyJob) -> Result<Option<Verdict>, ChainError> {
        Ok(Some(target_of(&job.block).map_or(Verdict::Undecodable, Verdict::Valid)))
    }

    fn commit(&self, job: &CommitJob) -> Result<Head, ChainError> {
        self.0.send_modify(|head| {
            head.height = job.height;
            head.time = job.target.time;
            head.target = Some(job.target);
            head.validators = head.validators.next();
        });
        self.head()
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
