//! Sortition: a panel drawn by lot, that everybody can draw again.

use crate::{
    limits::{at_most, not_zero},
    lot::{text, Drawer},
    ClassId, Count, CountSheet, Counted, Seed, TallyError, CLASSES_MAX, MEMBERS_MAX,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Longest name, in bytes.
pub const NAME_LEN_MAX: u64 = 1_024;

/// Somebody who can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligible {
    /// The DID, or another name by which the list is sorted, byte by byte.
    pub name: String,
    /// Class, for draws by class.
    pub class: ClassId,
}

/// A list and how many are drawn from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sortition {
    /// Everybody who can be drawn, in any order.
    pub eligible: Vec<Eligible>,
    /// How many are drawn, at least one; all of them when they are not more.
    pub seats: u64,
    /// Seats go to the classes in proportion to their sizes, by largest remainders, of equals to the lowest class.
    pub stratified: bool,
    /// What is drawn from.
    pub seed: Seed,
}

/// One draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Place in the stratum's list that was exchanged with the next open one.
    pub place: u64,
    /// Who was there.
    pub name: String,
}

/// The draws from one class, or from all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// Which class; `None` is the whole list.
    pub class: Option<ClassId>,
    /// How many are in it.
    pub size: u64,
    /// The draws, one for each seat.
    pub draws: Vec<Draw>,
}

/// The draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SortitionSheet {
    /// What was drawn from.
    pub seed: Seed,
    /// SHA-256 over the sorted list: of each entry the length of its name in bytes (u32, big-endian), the name, and the class
    /// (u64, big-endian). `0x` and hex.
    pub list: String,
    /// The draws of each class, in ascending order.
    pub strata: Vec<Stratum>,
}

impl CountSheet for SortitionSheet {
    /// Who was drawn, in the order of the draws.
    type Outcome = Vec<String>;

    fn outcome(&self) -> Vec<String> {
        self.strata.iter().flat_map(|stratum| &stratum.draws).map(|draw| draw.name.clone()).collect()
    }
}

/// A class, its members and its seats.
type Chosen<'a> = (Option<ClassId>, Vec<&'a Eligible>, u64);

impl Sortition {
    fn sorted(&self) -> Result<Vec<&Eligible>, TallyError> {
        not_zero(Counted::Seats, self.seats)?;
        at_most(Counted::Members, self.eligible.len() as u64, MEMBERS_MAX)?;
        for eligible in &self.eligible {
            at_most(Counted::Marks, eligible.name.len() as u64, NAME_LEN_MAX)?;
        }
        let mut sorted: Vec<&Eligible> = self.eligible.iter().collect();
        sorted.sort_by(|left, right| left.name.cmp(&right.name));
        let twice = (1..sorted.len()).find(|place| sorted[*place].name == sorted[*place - 1].name);
        twice.map_or(Ok(sorted), |place| Err(TallyError::RepeatedName { place: place as u64 }))
    }

    /// Classes with their members and seats. // TAL-28
    fn strata<'a>(&self, sorted: &[&'a Eligible]) -> Result<Vec<Chosen<'a>>, TallyError> {
        let (seats, all) = (self.seats.min(sorted.len() as u64), sorted.len() as u64);
        if !self.stratified {
            return Ok(vec![(None, sorted.to_vec(), seats)]);
        }
        let mut classes: BTreeMap<ClassId, Vec<&Eligible>> = BTreeMap::new();
        sorted.iter().for_each(|eligible| classes.entry(eligible.class).or_default().push(eligible));
        at_most(Counted::Classes, classes.len() as u64, CLASSES_MAX)?;
        let whole = |members: &Vec<&Eligible>| members.len() as u64 * seats / all;
        let given: u64 = classes.values().map(whole).sum();
        let remainder = |members: &Vec<&Eligible>| members.len() as u64 * seats % all;
        let mut by_remainder: Vec<ClassId> = classes.keys().copied().collect();
        by_remainder.sort_by_key(|class| (std::cmp::Reverse(classes.get(class).map(remainder)), *class));
        by_remainder.truncate((seats - given) as usize);
        let extra = |class: &ClassId| u64::from(by_remainder.contains(class));
        let stratum = |(class, members): (&ClassId, &Vec<&'a Eligible>)| {
            (Some(*class), members.clone(), whole(members) + extra(class))
        };
        Ok(classes.iter().map(stratum).collect())
    }
}

/// SHA-256 over the sorted list.
fn list_hash(sorted: &[&Eligible]) -> String {
    let mut hash = Sha256::new();
    for eligible in sorted {
        hash.update((eligible.name.len() as u32).to_be_bytes());
        hash.update(&eligible.name);
        hash.update(eligible.class.to_be_bytes());
    }
    text(&hash.finalize())
}

impl Count for Sortition {
    type Sheet = SortitionSheet;

    // TAL-26, TAL-27
    fn count(&self) -> Result<SortitionSheet, TallyError> {
        let sorted = self.sorted()?;
        let mut drawer = Drawer::new(&self.seed);
        let mut strata = Vec::new();
        for (class, mut members, seats) in self.strata(&sorted)? {
            let places = drawer.shuffle(&mut members, seats as usize);
            let draw = |(place, drawn): (u64, &&Eligible)| Draw { place, name: drawn.name.clone() };
            let size = members.len() as u64;
            strata.push(Stratum { class, size, draws: places.into_iter().zip(&members).map(draw).collect() });
        }
        Ok(SortitionSheet { seed: self.seed, list: list_hash(&sorted), strata })
    }
}
