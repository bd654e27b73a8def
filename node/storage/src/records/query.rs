//! Looking for records.

use super::Records;
use crate::{
    layout::{RecordKey, RecordList},
    ordered_store::{Family, OrderedStore},
    StorageError,
};
use icn_dag::{Cid, Did, Kind, Moment};
use std::ops::RangeInclusive;

/// Whose records are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryKey {
    /// Those of a DAG.
    Dag(Did),
    /// Those of an issuer, in all DAGs.
    Issuer(Did),
    /// Those of a kind in a DAG.
    Kind(Did, Kind),
    /// Those that speak for somebody.
    Scope(Did),
    /// Those that refer to a record or blob.
    Referring(Cid),
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Whose records.
    pub key: QueryKey,
    /// Their times.
    pub times: RangeInclusive<Moment>,
    /// Where the answer before this one ended.
    pub after: Option<(Moment, Cid)>,
    /// How many.
    pub limit: usize,
}

impl<S: OrderedStore> Records<'_, S> {
    /// The records that a query finds, by time and CID. It costs as much as the answer is long.
    ///
    /// # Errors
    /// Those of the store.
    pub fn query(&self, query: &Query) -> Result<Vec<(Moment, Cid)>, StorageError> {
        let list = match &query.key {
            QueryKey::Dag(dag) => RecordList::Dag(dag),
            QueryKey::Issuer(issuer) => RecordList::Issuer(issuer),
            QueryKey::Kind(dag, kind) => RecordList::Kind(dag, *kind),
            QueryKey::Scope(scope) => RecordList::Scope(scope),
            QueryKey::Referring(cid) => RecordList::Referring(cid),
        };
        let prefix = list.prefix();
        let from = match query.after {
            // The key itself, and a byte that none of the length has.
            Some((time, cid)) => [&RecordKey::Listed { list, time, cid }.to_bytes()[..], &[0]].concat(),
            None => [&prefix[..], &query.times.start().to_be_bytes()].concat(),
        };
        let mut found = Vec::new();
        for entry in self.reads().iterate(Family::RecordIndex, &from) {
            let (key, _) = entry?;
            let Some((time, cid)) = RecordKey::listed_under(&prefix, &key) else { break };
            if time > *query.times.end() || found.len() >= query.limit {
                break;
            }
            found.push((time, cid));
        }
        Ok(found)
    }
}
