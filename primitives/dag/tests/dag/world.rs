//! A small world for nodes to be judged in.

use crate::samples::key;
use icn_dag::{BlockNumber, Cid, Did, Draft, Epoch, Key, KeyStatus, Kind, Now, ParentInfo, Scope, View};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: Now,
    pub(crate) known: BTreeSet<Cid>,
    pub(crate) parents: BTreeMap<Cid, ParentInfo>,
    pub(crate) last: BTreeMap<(Did, Did, Option<Key>), (u64, Cid)>,
    /// Issuer → key → first and last epoch.
    pub(crate) keys: BTreeMap<Did, BTreeMap<Key, (Epoch, Epoch)>>,
    pub(crate) emitted: BTreeSet<(BlockNumber, Cid)>,
    pub(crate) rights: BTreeSet<(Did, Did, Scope, Kind)>,
}

impl World {
    /// One in which a draft is valid, signed by key 7 or emitted once the block says so.
    pub(crate) fn around(draft: &Draft) -> Self {
        let parent = ParentInfo { dag: draft.dag.clone(), epoch: draft.epoch, time: draft.time };
        let last = draft.seq.checked_sub(1).map(|seq| (seq, crate::samples::cid(200)));
        let series = [Some(key(7)), None].map(|key| (draft.dag.clone(), draft.issuer.clone(), key));
        let right = (draft.dag.clone(), draft.issuer.clone(), draft.scope.clone(), draft.kind);
        Self {
            now: Now { time: draft.time, epoch: draft.epoch },
            known: BTreeSet::new(),
            parents: draft.parents.iter().map(|cid| (*cid, parent.clone())).collect(),
            last: series.into_iter().filter_map(|series| Some((series, last?))).collect(),
            keys: [(draft.issuer.clone(), [(key(7), (draft.epoch, draft.epoch))].into())].into(),
            emitted: BTreeSet::new(),
            rights: [right].into(),
        }
    }
}

impl View for World {
    fn contains(&self, cid: &Cid) -> bool {
        self.known.contains(cid)
    }

    fn parent(&self, cid: &Cid) -> Option<ParentInfo> {
        self.parents.get(cid).cloned()
    }

    fn last(&self, dag: &Did, issuer: &Did, key: Option<&Key>) -> Option<(u64, Cid)> {
        self.last.get(&(dag.clone(), issuer.clone(), key.copied())).copied()
    }

    fn key(&self, issuer: &Did, key: &Key, epoch: Epoch) -> KeyStatus {
        let Some(keys) = self.keys.get(issuer) else { return KeyStatus::UnknownIssuer };
        match keys.get(key) {
            None => KeyStatus::UnknownKey,
            Some((first, last)) if (first..=last).contains(&&epoch) => KeyStatus::Valid,
            Some(_) => KeyStatus::Revoked,
        }
    }

    fn emitted(&self, height: BlockNumber, cid: &Cid) -> bool {
        self.emitted.contains(&(height, *cid))
    }

    fn may_write(&self, dag: &Did, issuer: &Did, scope: &Scope, kind: Kind) -> bool {
        self.rights.contains(&(dag.clone(), issuer.clone(), scope.clone(), kind))
    }
}
