//! Counts elections that others count, too: one JSON object a line in, one out, for `tests/tally/judge.py`.
//!
//! With `--time N` every election is counted N times, and the only line out is the time of all counts in nanoseconds.
//! Reading and writing are not in it.

use icn_tally::{
    Approval, Approvals, Borda, BudgetRule, BudgetVote, Category, Count, CountSheet, Eligible, Preferences, Project,
    Ranking, Runoff, Schulze, Seed, Share, Sortition, Stv, TallyError,
};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::{
    hint::black_box,
    io::{stdin, stdout, BufRead as _, BufWriter, Write as _},
};

/// An election of any rule.
#[derive(Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
enum Election {
    Approval { options: Vec<u64>, ballots: Vec<Approvals>, seats: u64, threshold: Share },
    Borda { options: Vec<u64>, ballots: Vec<Preferences>, seats: u64 },
    Runoff { options: Vec<u64>, ballots: Vec<Preferences>, seed: Seed },
    Schulze { options: Vec<u64>, ballots: Vec<Ranking>, seed: Seed },
    Stv { options: Vec<u64>, ballots: Vec<Preferences>, seats: u64, seed: Seed },
    Sortition { eligible: Vec<Eligible>, seats: u64, stratified: bool, seed: Seed },
    Budget { budget: u64, projects: Vec<Project>, categories: Vec<Category>, ballots: Vec<Approvals>, by: BudgetRule },
}

/// What is done with an election.
trait Task {
    /// What comes of it.
    type Result;

    /// Does it.
    fn run<C: Count>(&self, count: &C) -> Result<Self::Result, TallyError>
    where
        <C::Sheet as CountSheet>::Outcome: Serialize;
}

/// Counts, sends the sheet through JSON, checks it against the ballots.
struct Tell;

impl Task for Tell {
    type Result = Value;

    fn run<C: Count>(&self, count: &C) -> Result<Value, TallyError>
    where
        <C::Sheet as CountSheet>::Outcome: Serialize,
    {
        let sheet = json!(count.count()?);
        let read = serde_json::from_value(sheet.clone()).map_err(|_| TallyError::Mismatch)?;
        Ok(json!({ "outcome": count.verify(&read)?, "sheet": sheet }))
    }
}

/// Counts so often, and tells how long it took.
struct Time(u32);

impl Task for Time {
    type Result = u128;

    #[allow(clippy::disallowed_methods)] // How long a count takes is what is asked here.
    fn run<C: Count>(&self, count: &C) -> Result<u128, TallyError>
    where
        <C::Sheet as CountSheet>::Outcome: Serialize,
    {
        let start = std::time::Instant::now();
        for _ in 0..self.0 {
            black_box(black_box(count).count()?);
        }
        Ok(start.elapsed().as_nanos())
    }
}

impl Election {
    fn run<T: Task>(self, task: &T) -> Result<T::Result, TallyError> {
        match self {
            Self::Approval { options, ballots, seats, threshold } => {
                task.run(&Approval { options, ballots, seats, threshold })
            }
            Self::Borda { options, ballots, seats } => task.run(&Borda { options, ballots, seats }),
            Self::Runoff { options, ballots, seed } => task.run(&Runoff { options, ballots, seed }),
            Self::Schulze { options, ballots, seed } => task.run(&Schulze { options, ballots, seed }),
            Self::Stv { options, ballots, seats, seed } => task.run(&Stv { options, ballots, seats, seed }),
            Self::Sortition { eligible, seats, stratified, seed } => {
                task.run(&Sortition { eligible, seats, stratified, seed })
            }
            Self::Budget { budget, projects, categories, ballots, by } => {
                task.run(&BudgetVote { budget, projects, categories, ballots, rule: by })
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let times = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--time"), Some(times)) => Some(times.parse()?),
        _ => None,
    };
    let mut out = BufWriter::new(stdout().lock());
    let mut nanoseconds = 0;
    for line in stdin().lock().lines() {
        let election: Election = serde_json::from_str(&line?)?;
        match times {
            Some(times) => nanoseconds += election.run(&Time(times))?,
            None => writeln!(out, "{}", election.run(&Tell)?)?,
        }
    }
    if times.is_some() {
        writeln!(out, "{nanoseconds}")?;
    }
    Ok(out.flush()?)
}
