//! What a rule buys from: money, and projects that can still be bought with it.

use super::{BudgetVote, Category, Phase, Price, Project, Purchase, Step};
use crate::{CategoryId, ProjectId};
use std::collections::BTreeMap;

/// Money and projects.
#[derive(Clone)]
pub(super) struct Pot {
    /// What is left to spend.
    pub(super) money: u64,
    /// All projects, in ascending order of their ids.
    projects: Vec<Project>,
    /// Whether each of them can still be bought.
    open: Vec<bool>,
    /// What may still be spent on each category.
    room: BTreeMap<CategoryId, u64>,
}

impl Pot {
    pub(super) fn new(vote: &BudgetVote) -> Self {
        let mut projects = vote.projects.clone();
        projects.sort_by_key(|project| project.id);
        let room = vote.categories.iter().map(|category| (category.id, category.ceiling)).collect();
        Self { money: vote.budget, open: vec![true; projects.len()], projects, room }
    }

    /// The floor of a category, and the projects of that.
    pub(super) fn of_category(&self, category: &Category) -> Self {
        let mut pot = Self { money: category.floor, ..self.clone() };
        let of_category = self.projects.iter().map(|project| project.category == Some(category.id));
        pot.open.iter_mut().zip(of_category).for_each(|(open, of_category)| *open &= of_category);
        pot
    }

    pub(super) fn project(&self, place: usize) -> &Project {
        &self.projects[place]
    }

    /// Whether the project can still be bought, by what is left for all and for its category.
    pub(super) fn fits(&self, place: usize) -> bool {
        self.project(place).cost <= self.money && self.has_room(place)
    }

    /// Whether its category has room for the project.
    pub(super) fn has_room(&self, place: usize) -> bool {
        let project = self.project(place);
        let room = project.category.and_then(|category| self.room.get(&category)).copied().unwrap_or(u64::MAX);
        self.open[place] && project.cost <= room
    }

    /// The places of the projects that fit, the cheapest first and of these the lowest id: the order of ties.
    pub(super) fn fitting(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.projects.len()).filter(|place| self.fits(*place)).collect();
        places.sort_by_key(|place| self.rank(*place));
        places
    }

    /// What decides between projects that nothing else tells apart. // TAL-32
    pub(super) fn rank(&self, place: usize) -> (u64, ProjectId) {
        (self.project(place).cost, self.project(place).id)
    }

    /// The project is bought. A rule that gives voters more money than there is may overdraw a copy of the pot.
    pub(super) fn buy(&mut self, place: usize) {
        let Project { cost, category, .. } = self.projects[place];
        self.open[place] = false;
        self.money = self.money.saturating_sub(cost);
        if let Some(room) = category.and_then(|category| self.room.get_mut(&category)) {
            *room = room.saturating_sub(cost);
        }
    }

    /// As [`Self::buy`], by id.
    pub(super) fn take(&mut self, project: ProjectId) {
        if let Ok(place) = self.projects.binary_search_by_key(&project, |project| project.id) {
            self.buy(place);
        }
    }

    /// Buys the first of the tied in their order, and tells of it.
    pub(super) fn purchase(&mut self, tied: &[usize], price: Price) -> Option<(usize, Purchase)> {
        let place = tied.iter().copied().min_by_key(|place| self.rank(*place))?;
        self.buy(place);
        let mut others: Vec<ProjectId> = tied.iter().map(|place| self.project(*place).id).collect();
        let Project { id, cost, .. } = self.projects[place];
        others.retain(|other| *other != id);
        others.sort_unstable();
        Some((place, Purchase { project: id, cost, price, tied: others }))
    }

    /// A phase that began with so much money.
    pub(super) fn phase(pot: u64, step: Step, purchases: Vec<Purchase>) -> Phase {
        Phase { category: None, pot, step, purchases }
    }
}
