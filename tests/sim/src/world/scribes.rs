//! People who write signed records: into one DAG, at any node, sometimes two for one place, and sometimes at a validator that tells
//! nobody.

use super::{Event, World};
use crate::message::Message;
use codec::{Decode, Encode};
use icn_consensus::IcnContext;
use icn_dag::{Cid, Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility};
use icn_merkle::Range;
use icn_node::service::records::NextRecord;
use icn_primitives::{Block, Hash, StateView, Target};
use icn_runtime::{version::simulate, Runtime};
use icn_storage::{ChainStore, Family, SimulatedDisk};
use malachitebft_core_consensus::SignedConsensusMsg;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Who writes.
const SCRIBES: u8 = 3;

/// The account that owns the DAG.
const OWNER: usize = 1;

/// Candidates whose records are remembered.
const TARGETS_MAX: usize = 64;

/// What is known of records.
#[derive(Default)]
pub(super) struct Scribes {
    /// What proposed blocks list.
    listed: BTreeMap<Target, Vec<Cid>>,
    /// Records so far, so that no two say the same.
    written: i128,
}

fn signer(number: u8) -> SigningKey {
    SigningKey::from([0xd0 + number; 32])
}

/// The name of the first DAG of the chain, computed as the specification has it.
fn dag(genesis: Hash, owner: &impl Encode) -> Did {
    let inception = (genesis, owner, 0_u64).encode();
    let hash = Sha256::new().chain_update(b"icn/dag/inception/1").chain_update(inception).finalize();
    Did::of_hash("local", &hash.into()).expect("it is a name")
}

fn has_dag(state: &dyn StateView, dag: &Did) -> bool {
    let key = pallet_dag::Dags::<Runtime>::hashed_key_for(dag);
    state.get(&key).ok().flatten().is_some()
}

impl World {
    /// Somebody writes a record, once there is a DAG.
    pub(super) fn write(&mut self) -> Result<(), String> {
        let next = self.random.between(100_000, 3_000_000);
        self.after(next, Event::Scribe);
        let dag = dag(self.beginning.genesis_hash, &self.accounts[OWNER].id());
        let node = self.random.below(self.nodes.len() as u64) as usize;
        let Some(process) = &self.nodes[node].process else { return Ok(()) };
        let parts = process.shell().parts();
        if !has_dag(&*parts.chain.store().latest(), &dag) {
            let writer = |number| pallet_dag::Writer {
                issuer: Did::of_key(&Key::of(&signer(number))),
                key: Key::of(&signer(number)),
            };
            let writers = (0..SCRIBES).map(writer).collect::<Vec<_>>().try_into().expect("few");
            return self.submit(OWNER, pallet_dag::Call::create { writers }.into());
        }
        let key = signer(self.random.below(SCRIBES.into()) as u8);
        let issuer = Did::of_key(&Key::of(&key));
        let records = parts.records.clone();
        parts.clock.store(self.clock(node), std::sync::atomic::Ordering::Relaxed);
        let version = self.nodes[node].spec_version;
        // A disk that fails stops the node at its next step.
        let Ok(next) = simulate(version, || records.next(&dag, &issuer, &Key::of(&key))) else { return Ok(()) };
        let record = self.record(&dag, &issuer, &key, &next);
        let taken = simulate(version, || records.put(record.bytes())).is_ok();
        self.note(10, node, u64::from(taken));
        if !taken {
            return Ok(());
        }
        if !self.nodes[node].disk().is_durable(Family::Records, record.cid().as_bytes()) {
            return Err(format!("node {node} has taken the record {} and may lose it", record.cid()));
        }
        if !self.nodes[node].honest {
            self.counts.withheld += 1;
            return Ok(());
        }
        self.send(node, None, Message::Records(vec![record.bytes().to_vec()]))?;
        if self.random.permille(50) {
            self.fork(&record, &dag, &issuer, &key, &next)?;
        }
        self.act(node, |process, now, around| process.wake(now, around))
    }

    /// Gives another node another record for the same place.
    fn fork(
        &mut self,
        first: &Node,
        dag: &Did,
        issuer: &Did,
        key: &SigningKey,
        next: &NextRecord,
    ) -> Result<(), String> {
        let node = self.random.below(self.nodes.len() as u64) as usize;
        let second = self.record(dag, issuer, key, next);
        let Some(process) = &self.nodes[node].process else { return Ok(()) };
        let records = process.shell().parts().records.clone();
        let taken = simulate(self.nodes[node].spec_version, || records.put(second.bytes())).is_ok();
        if taken && self.nodes[node].honest && first.cid() != second.cid() {
            self.counts.forked_records += 1;
            self.send(node, None, Message::Records(vec![second.bytes().to_vec()]))?;
        }
        Ok(())
    }

    fn record(&mut self, dag: &Did, issuer: &Did, key: &SigningKey, next: &NextRecord) -> Node {
        self.scribes.written += 1;
        let said = [("n".to_owned(), Ipld::Integer(self.scribes.written))].into();
        let draft = Draft {
            dag: dag.clone(),
            parents: Parents::new(next.parents.clone()).unwrap_or_default(),
            issuer: issuer.clone(),
            seq: next.seq,
            epoch: next.epoch,
            time: next.time,
            kind: if next.parents.is_empty() { Kind::Genesis } else { Kind::Config },
            scope: Scope { kind: ScopeKind::Cooperative, id: dag.clone() },
            visibility: Visibility::Public,
            refs: Default::default(),
            payload: Payload::new(Ipld::Map(said)).expect("it is small"),
        };
        Node::sign(draft, key).expect("its fields fit")
    }

    /// Nobody honest votes for a block whose records it does not hold.
    pub(super) fn holds_what_it_votes_for(
        &mut self,
        node: usize,
        message: &SignedConsensusMsg<IcnContext>,
    ) -> Result<(), String> {
        let SignedConsensusMsg::Vote(vote) = message else { return Ok(()) };
        let Some(target) = vote.target().copied() else { return Ok(()) };
        let Some(process) = &self.nodes[node].process else { return Ok(()) };
        let store = process.shell().parts().chain.store();
        if !self.scribes.listed.contains_key(&target) {
            // A disk that fails stops the node at its next step.
            let kept = store.undecided(store.head().number + 1).unwrap_or_default();
            let block = kept.into_iter().find(|kept| kept.target == target);
            let Some(block) = block.and_then(|kept| Block::from_bytes(&kept.block).ok()) else { return Ok(()) };
            let listed = icn_executor::inherent::anchors(&block.extrinsics);
            if self.scribes.listed.len() >= TARGETS_MAX {
                self.scribes.listed.clear();
            }
            self.scribes.listed.insert(target, listed.iter().map(|entry| entry.cid).collect());
        }
        for cid in self.scribes.listed.get(&target).into_iter().flatten() {
            if !self.nodes[node].disk().is_durable(Family::Records, cid.as_bytes()) {
                return Err(format!("node {node} votes for block {target} and may not hold its record {cid}"));
            }
        }
        Ok(())
    }
}

/// The logs that a store keeps are those of the state.
pub(super) fn check_logs(store: &ChainStore<SimulatedDisk>) -> Result<(), String> {
    let latest = store.latest();
    let prefix = frame_support::storage::storage_prefix(b"Dag", b"Logs");
    let mut key = prefix.to_vec();
    while let Some(next) = latest.next_key(&key).map_err(|error| error.to_string())? {
        if !next.starts_with(&prefix) {
            break;
        }
        let value = latest.get(&next).map_err(|error| error.to_string())?.unwrap_or_default();
        let log = Range::decode(&mut &value[..]).map_err(|error| error.to_string())?;
        // The key is a prefix, 16 bytes of hash, and the DAG itself.
        let dag = Did::decode(&mut next.get(48..).unwrap_or_default()).map_err(|error| error.to_string())?;
        let kept = store.records().log(&dag).map_err(|error| error.to_string())?;
        if kept != log {
            return Err(format!("the log of {dag} in the store is not that of the state"));
        }
        key = next;
    }
    Ok(())
}
