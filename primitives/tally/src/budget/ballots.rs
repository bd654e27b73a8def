//! Who approves what: voters with equal ballots are one group, because whatever happens to one of them happens to all.

use crate::{ballot::votes, Approvals};
use std::collections::BTreeMap;

/// Groups of voters, and the groups that approve each project.
pub(super) struct Supporters {
    /// How many voters there are, those with blank ballots included.
    pub(super) voters: u64,
    /// Size of each group.
    pub(super) sizes: Vec<u64>,
    /// Groups that approve each project, by the project's place.
    pub(super) groups: Vec<Vec<usize>>,
    /// How many voters approve each project.
    pub(super) votes: Vec<u64>,
}

impl Supporters {
    /// The ballots were checked, and these are the places that they mark.
    pub(super) fn new(ballots: &[Approvals], places: Vec<Vec<usize>>, projects: usize) -> Self {
        let mut sizes_of: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
        for (ballot, mut places) in ballots.iter().zip(places) {
            places.sort_unstable();
            *sizes_of.entry(places).or_default() += ballot.count;
        }
        let (mut groups, mut approving) = (vec![Vec::new(); projects], vec![0; projects]);
        for (group, (places, size)) in sizes_of.iter().enumerate() {
            for place in places {
                groups[*place].push(group);
                approving[*place] += size;
            }
        }
        Self { voters: votes(ballots), sizes: sizes_of.into_values().collect(), groups, votes: approving }
    }
}
