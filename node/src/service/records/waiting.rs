//! The records that wait to be final.

use icn_dag::{Cid, Did, Key, Node};
use std::{collections::BTreeMap, sync::Arc};

/// Records that wait, at most.
const COUNT_MAX: usize = 8192;

/// Their bytes, at most.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Records of one issuer that wait in one DAG, at most.
const ISSUER_MAX: usize = 1024;

/// Who numbers records together.
type Line = (Did, Did, Key);

/// Records that wait, in the order in which they were taken: each after its parents, and after the one before it of its line.
#[derive(Default)]
pub(super) struct Waiting {
    nodes: BTreeMap<Cid, Arc<Node>>,
    order: BTreeMap<u64, Cid>,
    lines: BTreeMap<Line, BTreeMap<u64, Cid>>,
    issuers: BTreeMap<(Did, Did), usize>,
    bytes: usize,
    next: u64,
}

fn line(node: &Node) -> Option<Line> {
    let header = node.header();
    Some((header.dag.clone(), header.issuer.clone(), *header.author.key()?))
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, cid: &Cid) -> Option<&Arc<Node>> {
        self.nodes.get(cid)
    }

    /// Whether one more fits.
    pub(super) fn has_room(&self, node: &Node) -> bool {
        let header = node.header();
        let issuer = self.issuers.get(&(header.dag.clone(), header.issuer.clone())).copied().unwrap_or(0);
        self.nodes.len() < COUNT_MAX && self.bytes + node.bytes().len() <= BYTES_MAX && issuer < ISSUER_MAX
    }

    /// Adds a signed record that follows what is here; any other changes nothing.
    pub(super) fn insert(&mut self, node: Arc<Node>) {
        let (cid, header) = (node.cid(), node.header());
        let Some(line) = line(&node).filter(|_| !self.nodes.contains_key(&cid)) else { return };
        self.lines.entry(line).or_default().insert(header.seq, cid);
        *self.issuers.entry((header.dag.clone(), header.issuer.clone())).or_default() += 1;
        self.order.insert(self.next, cid);
        self.next += 1;
        self.bytes += node.bytes().len();
        self.nodes.insert(cid, node);
    }

    /// Number and CID of the last record of a line that waits.
    pub(super) fn last(&self, dag: &Did, issuer: &Did, key: &Key) -> Option<(u64, Cid)> {
        let line = self.lines.get(&(dag.clone(), issuer.clone(), *key))?;
        line.last_key_value().map(|(seq, cid)| (*seq, *cid))
    }

    /// The record of a line with a number, if it waits.
    pub(super) fn at(&self, node: &Node, seq: u64) -> Option<Cid> {
        self.lines.get(&line(node)?)?.get(&seq).copied()
    }

    /// All, in order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.order.values().filter_map(|cid| self.nodes.get(cid))
    }

    /// Takes all out, in order.
    pub(super) fn take(&mut self) -> Vec<Arc<Node>> {
        let nodes = self.in_order().cloned().collect();
        *self = Self { next: self.next, ..Self::default() };
        nodes
    }
}
