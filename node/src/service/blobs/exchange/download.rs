//! One blob on its way.

use super::{Exchange, Progress};
use crate::service::blobs::refusal;
use futures::{stream::FuturesUnordered, StreamExt as _};
use icn_blob::{Block, Download, Root};
use icn_dag::{Cid, Codec};
use icn_network::{FetchedBlocks, PeerId};
use icn_rpc::{backend::BlobRefusal, Error};
use icn_storage::{layout::Account, OrderedStore, Staging};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

/// Questions of one fetch at once.
const WINDOW: usize = 4;

/// Blocks in one question: the largest fit into an answer.
const BATCH: usize = 4;

/// How long to wait before a peer that is busy is asked again.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// How often a peer may be busy in a row before it counts as silent.
const BUSY_MAX: u32 = 600;

/// How often a peer may be silent before it is not asked any more.
const SILENT_MAX: u32 = 2;

type Question = Pin<Box<dyn Future<Output = (PeerId, Vec<Cid>, Option<FetchedBlocks>)> + Send>>;

/// What is known of a peer's answers.
#[derive(Clone, Copy, Debug, Default)]
struct Conduct {
    silent: u32,
    busy: u32,
    lied: bool,
    /// Blocks that it gave.
    gave: u64,
}

impl Conduct {
    fn is_asked(self) -> bool {
        !self.lied && self.silent < SILENT_MAX
    }
}

/// A fetch under way.
pub(super) struct Fetching<'e, S: OrderedStore> {
    exchange: &'e Arc<Exchange<S>>,
    root: Cid,
    download: Download,
    progress: Arc<Mutex<Progress>>,
    peers: BTreeMap<PeerId, Conduct>,
    /// Who does not have a block.
    lacking: BTreeMap<Cid, BTreeSet<PeerId>>,
    reserved: u64,
}

impl<'e, S: OrderedStore> Fetching<'e, S> {
    pub(super) fn new(exchange: &'e Arc<Exchange<S>>, root: Cid, progress: Arc<Mutex<Progress>>) -> Self {
        let (peers, lacking) = (BTreeMap::new(), BTreeMap::new());
        Self { exchange, root, download: Download::new(root), progress, peers, lacking, reserved: 0 }
    }

    /// Fetches the blob; it is durable when this returns.
    pub(super) async fn run(mut self) -> Result<(), BlobRefusal> {
        let staging = Arc::new(Mutex::new(self.exchange.blobs.chain.store.blobs().begin()));
        let fetched = self.fetch_all(&staging).await;
        let (blobs, root) = (self.exchange.blobs.clone(), self.root);
        let end = move || {
            let (staging, store) = (staging.lock(), blobs.chain.store.blobs());
            match fetched {
                Ok(size) => {
                    blobs.chain.read(store.finish(&staging, &Root { cid: root, size }, None, blobs.now()))?;
                    Ok(())
                }
                Err(refusal) => {
                    blobs.chain.read(store.abandon(&staging))?;
                    Err(refusal)
                }
            }
        };
        self.work(end).await?
    }

    /// Runs what may block; a fetch waits while others have the workers.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, BlobRefusal> {
        let slot = Arc::new(Mutex::new(Some(work)));
        loop {
            let slot = slot.clone();
            let run = move || slot.lock().take().map(|work| work());
            match self.exchange.workers.run(run).await {
                Ok(Some(result)) => return Ok(result),
                Err(Error::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
                Ok(None) | Err(_) => return Err(BlobRefusal::Busy),
            }
        }
    }

    /// Asks until all blocks are staged; the size of the blob.
    async fn fetch_all(&mut self, staging: &Arc<Mutex<Staging>>) -> Result<u64, BlobRefusal> {
        let mut asked: FuturesUnordered<Question> = FuturesUnordered::new();
        loop {
            while asked.len() < WINDOW {
                let Some(question) = self.question() else { break };
                asked.push(question);
            }
            let Some((peer, cids, answer)) = asked.next().await else { break };
            self.answered(peer, cids, answer, staging).await?;
        }
        match self.download.size() {
            Some(size) if self.download.is_complete() => Ok(size),
            _ if self.peers.values().any(|peer| peer.silent > 0 && !peer.lied) => Err(BlobRefusal::Timeout(self.root)),
            _ => Err(BlobRefusal::NoProvider(self.root)),
        }
    }

    /// Peers that may be asked: those who gave something come first.
    fn peers(&mut self) -> Vec<PeerId> {
        let connected = self.exchange.peers.lock().clone();
        let mut peers: Vec<(u64, PeerId)> = Vec::new();
        for peer in connected {
            let conduct = *self.peers.entry(peer).or_default();
            peers.extend(conduct.is_asked().then_some((conduct.gave, peer)));
        }
        peers.sort_by_key(|(gave, _)| std::cmp::Reverse(*gave));
        peers.into_iter().map(|(_, peer)| peer).collect()
    }

    /// The next question; `None` when nobody can be asked for what is wanted.
    fn question(&mut self) -> Option<Question> {
        for peer in self.peers() {
            let lacking = &self.lacking;
            let may = |cid: &Cid| !lacking.get(cid).is_some_and(|peers| peers.contains(&peer));
            let cids: Vec<Cid> = std::iter::from_fn(|| self.download.next_where(may)).take(BATCH).collect();
            if cids.is_empty() {
                continue;
            }
            let (network, ids) = (self.exchange.network.clone(), cids.iter().map(|cid| *cid.as_bytes()).collect());
            return Some(Box::pin(async move {
                let answer = network.fetch_blocks(peer, ids).await;
                if answer.as_ref().is_some_and(|answer| answer.busy) {
                    tokio::time::sleep(BUSY_PAUSE).await;
                }
                (peer, cids, answer)
            }));
        }
        None
    }

    /// Takes what a peer sent of what it was asked for.
    async fn answered(
        &mut self,
        peer: PeerId,
        cids: Vec<Cid>,
        answer: Option<FetchedBlocks>,
        staging: &Arc<Mutex<Staging>>,
    ) -> Result<(), BlobRefusal> {
        let conduct = self.peers.entry(peer).or_default();
        let blocks = match answer {
            Some(FetchedBlocks { blocks, busy: false }) => blocks,
            Some(_) if conduct.busy < BUSY_MAX => {
                conduct.busy += 1;
                return self.put_back(cids);
            }
            _ => {
                conduct.silent += 1;
                return self.put_back(cids);
            }
        };
        conduct.busy = 0;
        let asked = cids.clone();
        let (found, lied) = self.work(move || identify(&asked, blocks)).await?;
        if lied {
            self.exchange.network.accuse(peer);
        }
        let conduct = self.peers.entry(peer).or_default();
        conduct.lied |= lied;
        conduct.gave += found.len() as u64;
        let missing = cids.into_iter().filter(|cid| !found.iter().any(|block| block.cid() == *cid)).collect::<Vec<_>>();
        for cid in &missing {
            self.lacking.entry(*cid).or_default().insert(peer);
        }
        self.put_back(missing)?;
        for block in &found {
            self.lacking.remove(&block.cid());
            self.download.accept(block).map_err(refusal)?;
        }
        self.check_room().await?;
        self.stage(found, staging).await
    }

    /// What did not come is wanted still.
    fn put_back(&mut self, cids: Vec<Cid>) -> Result<(), BlobRefusal> {
        cids.into_iter().rev().for_each(|cid| self.download.put_back(cid));
        Ok(())
    }

    /// Once it is known how large the blob is, there must be room for it.
    async fn check_room(&mut self) -> Result<(), BlobRefusal> {
        let Some(size) = self.download.size().filter(|_| self.progress.lock().size.is_none()) else { return Ok(()) };
        let blobs = self.exchange.blobs.clone();
        let reserve = move || {
            let promised = blobs.uploads.lock().promised();
            let mut fetching = blobs.fetching.lock();
            let has_room = blobs.make_room(Account::Nobody, size, *fetching)?
                && blobs.make_room(Account::All, size, fetching.saturating_add(promised))?;
            if !has_room {
                return Err(BlobRefusal::Full { needed: size });
            }
            *fetching = fetching.saturating_add(size);
            Ok(())
        };
        self.work(reserve).await??;
        self.reserved = size;
        self.progress.lock().size = Some(size);
        Ok(())
    }

    async fn stage(&mut self, found: Vec<Block>, staging: &Arc<Mutex<Staging>>) -> Result<(), BlobRefusal> {
        let chunks = found.iter().filter(|block| block.cid().codec() == Codec::Raw);
        let fetched: usize = chunks.map(|block| block.bytes().len()).sum();
        let (blobs, staging) = (self.exchange.blobs.clone(), staging.clone());
        let stage = move || {
            let mut staging = staging.lock();
            let store = blobs.chain.store.blobs();
            found.iter().try_for_each(|block| blobs.chain.read(store.stage(&mut staging, block)))
        };
        self.work(stage).await??;
        self.progress.lock().fetched += fetched as u64;
        Ok(())
    }
}

impl<S: OrderedStore> Drop for Fetching<'_, S> {
    fn drop(&mut self) {
        let mut fetching = self.exchange.blobs.fetching.lock();
        *fetching = fetching.saturating_sub(self.reserved);
    }
}

/// Which of the blocks that were asked for these are, in their order; and whether something is none of them.
fn identify(asked: &[Cid], blocks: Vec<Vec<u8>>) -> (Vec<Block>, bool) {
    let (mut rest, mut found) = (asked.iter(), Vec::new());
    for bytes in blocks {
        let digest = Cid::of(Codec::Raw, &bytes);
        let same = |cid: &&Cid| cid.as_bytes().get(4..) == digest.as_bytes().get(4..);
        match rest.find(same).map(|cid| Block::verified(*cid, bytes)) {
            Some(Ok(block)) => found.push(block),
            Some(Err(_)) | None => return (found, true),
        }
    }
    (found, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_known_by_their_hashes_and_strange_ones_are_lies() {
        let cids: Vec<Cid> = [b"a", b"b", b"c"].map(|bytes| Cid::of(Codec::Raw, bytes)).to_vec();
        let names = |found: Vec<Block>| found.iter().map(Block::cid).collect::<Vec<_>>();
        let of = |blocks: &[&[u8]]| {
            let (found, lied) = identify(&cids, blocks.iter().map(|bytes| bytes.to_vec()).collect());
            (names(found), lied)
        };
        assert_eq!(of(&[b"a", b"b", b"c"]), (cids.clone(), false));
        assert_eq!(of(&[b"a", b"c"]), (vec![cids[0], cids[2]], false));
        assert_eq!(of(&[]), (vec![], false));
        assert_eq!(of(&[b"a", b"d"]), (vec![cids[0]], true));
        assert_eq!(of(&[b"b", b"a"]), (vec![cids[1]], true), "the order is that of the question");
        assert_eq!(of(&[b"a", b"a"]), (vec![cids[0]], true));
    }
}
