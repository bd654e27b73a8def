//! Checks the signed records and their index: each record has its name and is where the index leads, the logs are those of the final
//! records in their places, and nothing is left over. Which records a block made final is in its body, which is not read here.

use super::{Check, Finding};
use crate::{
    blocks::decode,
    history::undecodable,
    layout::RecordKey,
    ordered_store::{Family, KeyValue, OrderedStore, Reads},
    records::{Anchored, Indexed, Links, Parent},
    StorageError,
};
use codec::Encode;
use icn_dag::{Cid, Did, Equivocation, Moment, Node};
use icn_merkle::{leaf_hash, log, Range};
use std::collections::{BTreeMap, BTreeSet};

/// Keys that must be there, with their values where these are known.
type Expected = BTreeMap<Vec<u8>, Vec<u8>>;

/// The final records of each DAG by their places.
type Places = BTreeMap<Did, BTreeMap<u64, (Cid, Anchored)>>;

impl<S: OrderedStore> Check<'_, S> {
    pub(super) fn records(&mut self) -> Result<(), StorageError> {
        let mut expected = Expected::new();
        let places = self.places()?;
        let mut indexed: BTreeSet<Cid> = places.values().flat_map(BTreeMap::values).map(|(cid, _)| *cid).collect();
        indexed.extend(self.waiting()?);
        let held = self.held(&indexed, &places, &mut expected)?;
        self.logs(&places, &mut expected);
        let lacking: BTreeSet<Cid> = indexed.difference(&held).copied().collect();
        self.scan(Family::RecordIndex, |check, key, value| {
            match expected.remove(&key) {
                Some(known) if known == value => {}
                Some(_) => check.find(Finding::Record(undecodable(Family::RecordIndex, &key))),
                None => check.other(&key, &value, &held, &lacking),
            }
            Ok(())
        })?;
        for key in expected.into_keys() {
            self.find(Finding::Record(StorageError::Missing { family: Family::RecordIndex, key }));
        }
        Ok(())
    }

    /// The records that wait.
    fn waiting(&self) -> Result<Vec<Cid>, StorageError> {
        let mut waiting = Vec::new();
        for record in self.reads().iterate(Family::RecordIndex, &RecordKey::WAITING_PREFIX) {
            let (key, _) = record?;
            if !key.starts_with(&RecordKey::WAITING_PREFIX) {
                break;
            }
            waiting.extend(RecordKey::cid_at_end(&key));
        }
        Ok(waiting)
    }

    /// The records here, and what leads to those that wait or are final.
    fn held(
        &mut self,
        indexed: &BTreeSet<Cid>,
        places: &Places,
        expected: &mut Expected,
    ) -> Result<BTreeSet<Cid>, StorageError> {
        let (mut held, mut tips, mut followed) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        self.scan(Family::Records, |check, key, bytes| {
            let node = Node::decode(&bytes).ok().filter(|node| node.cid().as_bytes()[..] == key[..]);
            let Some(node) = node else {
                check.find(Finding::Record(undecodable(Family::Records, &key)));
                return Ok(());
            };
            held.insert(node.cid());
            if !indexed.contains(&node.cid()) {
                let proposed = RecordKey::Proposed(node.cid()).to_bytes();
                expected.insert(proposed, Vec::new());
                return Ok(());
            }
            let record = Indexed::from(&node);
            expected.extend(record.keys().into_iter().map(|key| (key, Vec::new())));
            expected.extend([record.time()]);
            let header = node.header();
            match check.links(&node.cid(), header.time)? {
                Some(((key, bytes), links))
                    if links.parents.iter().map(|one| one.cid).eq(header.parents.iter().copied()) =>
                {
                    expected.insert(key, bytes);
                }
                // Found as what is left over.
                Some(_) => {}
                None => drop(expected.insert(record.links_key(), Vec::new())),
            }
            followed.extend(header.parents.iter().copied());
            tips.insert(node.cid(), header.dag.clone());
            Ok(())
        })?;
        // Of a final record that is not here, the block's entry said what it follows.
        for (dag, (cid, Anchored { epoch, time, .. })) in
            places.iter().flat_map(|(dag, places)| places.values().map(move |place| (dag, place)))
        {
            let (epoch, cid, time) = (*epoch, *cid, *time);
            if held.contains(&cid) {
                expected.insert(RecordKey::Kept { epoch, cid }.to_bytes(), Vec::new());
                continue;
            }
            expected.insert(RecordKey::Time(cid).to_bytes(), time.to_be_bytes().to_vec());
            let Some(((key, bytes), links)) = self.links(&cid, time)? else {
                expected.insert(RecordKey::Links { time, cid }.to_bytes(), Vec::new());
                continue;
            };
            for Parent { cid: parent, .. } in &links.parents {
                expected.insert(RecordKey::Child { parent: *parent, child: cid }.to_bytes(), Vec::new());
                followed.insert(*parent);
            }
            tips.insert(cid, dag.clone());
            expected.insert(key, bytes);
        }
        for (cid, dag) in tips.iter().filter(|(cid, _)| !followed.contains(cid)) {
            expected.insert(RecordKey::Tip { dag, cid: *cid }.to_bytes(), Vec::new());
        }
        Ok(held)
    }

    /// What is stored of what a record follows, when each time in it is the one that is stored of that record.
    fn links(&self, cid: &Cid, time: Moment) -> Result<Option<(KeyValue, Links)>, StorageError> {
        let key = RecordKey::Links { time, cid: *cid }.to_bytes();
        let reads = self.reads();
        let Some(bytes) = reads.get(Family::RecordIndex, &key)? else { return Ok(None) };
        // What does not decode is left over.
        let Ok(links) = decode::<Links>(Family::RecordIndex, &key, &bytes) else { return Ok(None) };
        for Parent { cid, time } in &links.parents {
            let stored = reads.get(Family::RecordIndex, &RecordKey::Time(*cid).to_bytes())?;
            let differs = |time: &Moment| stored.as_ref().is_some_and(|stored| stored[..] != time.to_be_bytes());
            if time.as_ref().is_some_and(differs) {
                return Ok(None);
            }
        }
        Ok(Some(((key, bytes), links)))
    }

    /// The final records of each DAG by their places.
    fn places(&mut self) -> Result<Places, StorageError> {
        let mut places = Places::new();
        let head = self.head();
        let prefix = RecordKey::ANCHORED_PREFIX;
        let latest = self.latest;
        for record in latest.snapshot.iterate(Family::RecordIndex, &prefix) {
            let (key, value) = record?;
            let Some(cid) = RecordKey::cid_at_end(&key).filter(|_| key.starts_with(&prefix)) else { break };
            match self.note(decode::<Anchored>(Family::RecordIndex, &key, &value))? {
                Some(anchored) if anchored.height <= head => {
                    places.entry(anchored.dag.clone()).or_default().insert(anchored.place, (cid, anchored));
                }
                Some(_) => self.left_over(Family::RecordIndex, &key),
                None => {}
            }
        }
        Ok(places)
    }

    /// What is kept of the logs with these records.
    fn logs(&mut self, places: &Places, expected: &mut Expected) {
        for (dag, places) in places {
            let mut range = Range::default();
            let mut height = 0;
            for (expected_place, (place, (cid, anchored))) in (0..).zip(places) {
                if *place != expected_place || anchored.height < height {
                    self.find(Finding::LogBroken { dag: dag.clone(), place: expected_place });
                    break;
                }
                height = anchored.height;
                let nodes = log::append(&mut range, &[leaf_hash(cid.as_bytes())]).unwrap_or_default();
                let nodes = nodes
                    .into_iter()
                    .map(|(position, hash)| (RecordKey::LogNode { dag, position }.to_bytes(), hash.to_vec()));
                expected.extend(nodes);
                expected.insert(RecordKey::Place { dag, place: *place }.to_bytes(), cid.as_bytes().to_vec());
                expected.insert(RecordKey::Anchored(*cid).to_bytes(), anchored.encode());
            }
            expected.insert(RecordKey::Log(dag).to_bytes(), range.encode());
        }
        self.log_of_all(places, expected);
    }

    /// What is kept of the log of all records.
    fn log_of_all(&mut self, places: &Places, expected: &mut Expected) {
        let anchored = places.values().flat_map(BTreeMap::values);
        let all: BTreeMap<u64, (&Cid, &Anchored)> =
            anchored.map(|(cid, anchored)| (anchored.place_of_all, (cid, anchored))).collect();
        if all.is_empty() {
            return;
        }
        let mut range = Range::default();
        for (expected_place, (place, (cid, anchored))) in (0..).zip(&all) {
            if *place != expected_place {
                self.find(Finding::LogBroken { dag: anchored.dag.clone(), place: anchored.place });
                break;
            }
            let nodes = log::append(&mut range, &[leaf_hash(cid.as_bytes())]).unwrap_or_default();
            let nodes =
                nodes.into_iter().map(|(position, hash)| (RecordKey::AllNode(position).to_bytes(), hash.to_vec()));
            expected.extend(nodes);
        }
        expected.insert(RecordKey::All.to_bytes(), range.encode());
    }

    /// What neither the index nor a log needs: why a record is kept, that it is lacking, where it is listed when it is, or evidence.
    fn other(&mut self, key: &[u8], value: &[u8], held: &BTreeSet<Cid>, lacking: &BTreeSet<Cid>) {
        let is_of = |prefixes: &[[u8; 1]], cids: &BTreeSet<Cid>| {
            let known = RecordKey::cid_at_end(key).is_some_and(|cid| cids.contains(&cid));
            known && value.is_empty() && prefixes.iter().any(|prefix| key.starts_with(prefix))
        };
        let kept = is_of(&[RecordKey::WAITING_PREFIX, RecordKey::PROPOSED_PREFIX], held)
            || is_of(&[RecordKey::LACKING_PREFIX, RecordKey::LISTED_PREFIX], lacking);
        if kept || is_evidence(key, value) {
            return;
        }
        self.left_over(Family::RecordIndex, key);
    }
}

fn is_evidence(key: &[u8], value: &[u8]) -> bool {
    let Ok(evidence) = decode::<Equivocation>(Family::RecordIndex, key, value) else { return false };
    let [first, _] = evidence.headers();
    let place = evidence.key().map(|key| RecordKey::Evidence { dag: &first.dag, key }.to_bytes());
    place.as_deref() == Some(key) && evidence.verify().is_ok()
}
