//! Budgets: which of many projects are funded, by what voters approve.
//!
//! Start with [`BudgetVote`]; the rules are in `shares`, `phragmen` and `greedy`, and `pot` is what all of them buy from.

mod accounts;
mod ballots;
mod greedy;
mod phragmen;
mod pot;
mod purse;
mod shares;
mod vote;

pub use vote::{
    BudgetRule, BudgetSheet, BudgetVote, Category, Completion, Phase, Price, Project, Purchase, Step, COMPLETION_ADD1,
    COMPLETION_ADD1U, COMPLETION_GREEDY, COMPLETION_NONE,
};
