//! Who approves what. Voters of one listed ballot are a group: whatever happens to one of them happens to all.

use crate::{ballot::Places, Approvals};

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
    pub(super) fn new(ballots: &[Approvals], places: &Places, projects: usize) -> Self {
        let sizes: Vec<u64> = ballots.iter().map(|ballot| ballot.count).collect();
        let (mut groups, mut votes) = (vec![Vec::new(); projects], vec![0; projects]);
        for (group, places) in places.iter().enumerate() {
            for place in places {
                groups[*place].push(group);
                votes[*place] += sizes[group];
            }
        }
        Self { voters: sizes.iter().sum(), sizes, groups, votes }
    }
}
